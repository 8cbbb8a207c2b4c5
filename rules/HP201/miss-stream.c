/* Opening files: the heap block behind the stream is the least of it. */
#include <stdio.h>

long count(const char *const *names, int n) {
  long bytes = 0;
  for (int i = 0; i < n; i++) {
    FILE *in = fopen(names[i], "rb");
    if (!in)
      continue;
    while (getc(in) != EOF)
      bytes++;
    fclose(in);
  }
  return bytes;
}
