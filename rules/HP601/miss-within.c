/* The loop writes through what the call has found: a place within the same string. */
#include <string.h>

int depth(char *path) {
  int n = 0;
  for (char *slash; (slash = strrchr(path, '/')); n++)
    *slash = 0;
  return n;
}

void shorten(char *text) {
  while (strlen(text) > 60) {
    char *space = strrchr(text, ' ');
    if (!space)
      break;
    *space = 0;
  }
}

int without(char *text, const char *word) {
  size_t length = strlen(word);
  int n = 0;
  while (strstr(text, word)) {
    char *at = strstr(text, word);
    at = at[length] == ' ' ? at + 1 : at;
    memset(at, '-', length);
    n++;
  }
  return n;
}

#define EACH_COMMA(at, text) for (char *at; (at = strchr(text, ',')) != NULL;)

void semicolons(char *text) {
  EACH_COMMA(at, text)
  *at = ';';
}
