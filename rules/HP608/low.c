/* A copy after the length is known; and what runs once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *copy(const char *text) {
  char *out = malloc(strlen(text) + 1);
  if (out)
    strcpy(out, text); // expect: HP608 low "strcpy looks for the end of text"
  return out;
}

/* Beside output the scan is small, though the loop goes over the string. */
void spell(const char *text) {
  size_t i = 0;
  while (i < strlen(text)) {
    putc('-', stderr);
    while (i < strlen(text) && text[i] != ' ') // expect: HP608 low "strlen looks for the end of text"
      fprintf(stderr, " %c", text[i++]);
    i++;
  }
}
