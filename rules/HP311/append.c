/* Sorted again after each element that is put in. */
#include <stdlib.h>

static int by_value(const void *a, const void *b) {
  int x = *(const int *)a, y = *(const int *)b;
  return (x > y) - (x < y);
}

int collect(int *out, const int *in, int n) {
  int m = 0;
  for (int i = 0; i < n; i++) {
    if (in[i] < 0)
      continue;
    out[m++] = in[i];
    qsort(out, (size_t)m, sizeof *out, by_value); // expect: HP311 severity medium "sorts all of out with qsort, which the loop makes longer"
  }
  return m;
}
