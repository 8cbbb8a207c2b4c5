/* The length of a string that the loop changes, but not its end. */
#include <ctype.h>
#include <string.h>

void upper(char *s) {
  for (size_t i = 0; i < strlen(s); i++) // expect: HP601 severity medium "strlen(s) gives the same in each iteration"
    s[i] = (char)toupper((unsigned char)s[i]);
}

#define EACH(i, s) for (size_t i = 0; i < strlen(s); i++)

void count(const char *text, int counts[256]) {
  EACH(i, text) // expect: HP601 "strlen(text)"
    counts[(unsigned char)text[i]]++;
}

int mark(const char *word, char letter, char *out, int n) {
  int i = 0;
  while (i < n) {
    const char *at = strchr(word, letter); // expect: HP601 "strchr"
    out[i++] = at ? *at : ' ';
  }
  return i;
}
