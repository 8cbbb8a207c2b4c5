/* The length is asked for again after something that the compiler cannot see through. */
#include <stdio.h>
#include <string.h>

void put(const char *bytes, size_t n);

void send_all(char *const *lines, int n, size_t *total) {
  for (int i = 0; i < n; i++) {
    const char *line = lines[i];
    *total += strlen(line);
    put("> ", 2);
    put(line, strlen(line)); // expect: HP608 low "strlen looks for the end of line"
  }
}

void number(int *values, int n) {
  char text[32];
  int i = 0;
  while (i < n) {
    int length = sprintf(text, "%d", values[i++]);
    put(text, strlen(text)); // expect: HP608 low "whose length sprintf at line 20 has given"
    values[i - 1] = length;
  }
}

/* In a nest of loops, and where the loop goes over the string as well. */
void send_pages(char *const (*pages)[40], int n, size_t *total) {
  for (int i = 0; i < n; i++)
    for (int k = 0; k < 40; k++) {
      const char *line = pages[i][k];
      *total += strlen(line);
      put("> ", 2);
      put(line, strlen(line)); // expect: HP608 severity medium "strlen looks for the end of line"
    }
}

void tails(char *text, int n, size_t *total) {
  for (int i = 0; i < n; i++) {
    *total += strlen(text);
    put("> ", 2);
    put(&text[i], strlen(text) - (size_t)i); // expect: HP608 found "strlen looks for the end of text"
    *total += (size_t)text[i];
  }
}

#define COPY(to, from)                                                                             \
  do {                                                                                             \
    if (strlen(from) < 64)                                                                         \
      strcpy(to, from);                                                                            \
  } while (0)

void names(char (*out)[64], char *const *in, int *lengths, int n) {
  for (int i = 0; i < n; i++) {
    const char *name = in[i];
    lengths[i] = (int)strlen(name);
    COPY(out[i], name); // expect: HP608 low "strlen looks for the end of name"
  }
}
