/* A copy after the length is known; and what runs once. */
#include <stdlib.h>
#include <string.h>

char *copy(const char *text) {
  char *out = malloc(strlen(text) + 1);
  if (out)
    strcpy(out, text); // expect: HP608 low "strcpy looks for the end of text"
  return out;
}
