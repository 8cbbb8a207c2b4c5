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
    const char *at = strchr(word, letter); // expect: HP601 low "strchr"
    out[i++] = at ? *at : ' ';
  }
  return i;
}

/* In a nest, */
void mark_all(const char *word, const char *letters, char *out, int rows, int n) {
  for (int row = 0; row < rows; row++) {
    char letter = letters[row];
    for (int i = 0; i < n; i++)
      out[row * n + i] = strchr(word, letter) ? '+' : '-'; // expect: HP601 "strchr"
  }
}

/* in the body of a loop that goes over the string, and of one that does not. */
void backwards(char *s, char *out, int n) {
  for (int i = 0; i < n; i++) {
    out[i] = s[strlen(s) - 1 - (size_t)i]; // expect: HP601 "strlen(s)"
  }
}

void compared(const char *const *names, const char *wanted, char *out, int n) {
  for (int i = 0; i < n; i++)
    out[i] = !strncmp(names[i], wanted, strlen(wanted)); // expect: HP601 low "strlen(wanted)"
}
