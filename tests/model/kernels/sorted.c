/* rule: HP311; sizes: 20 200 1000
 * Sorted again after each element against sorted once. */
#include "../harness.h"

#include <stdlib.h>

static int in[SIZE], out[SIZE];

void setup(void) {
  for (int i = 0; i < SIZE; i++)
    in[i] = (int)(next_random() & 0xffffff);
}

static int by_value(const void *a, const void *b) {
  int x = *(const int *)a, y = *(const int *)b;
  return (x > y) - (x < y);
}

long kernel(void) {
  int m = 0;
  for (int i = 0; i < SIZE; i++) {
    out[m++] = in[i];
#ifndef GOOD
    qsort(out, (size_t)m, sizeof *out, by_value);
#endif
  }
#ifdef GOOD
  qsort(out, (size_t)m, sizeof *out, by_value);
#endif
  return out[m / 2];
}
