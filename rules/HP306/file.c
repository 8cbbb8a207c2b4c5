/* A whole file for one pass. */
#include <stdio.h>
#include <stdlib.h>

long lines(FILE *in) {
  long count = 0, size;
  fseek(in, 0, SEEK_END);
  size = ftell(in);
  rewind(in);
  char *text = malloc((size_t)size); // expect: HP306 "text holds the whole input"
  if (!text)
    return -1;
  size_t got = fread(text, 1, (size_t)size, in);
  for (size_t i = 0; i < got; i++)
    count += text[i] == '\n';
  free(text);
  return count;
}
