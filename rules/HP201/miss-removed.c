/* A pair that the compiler removes: constant size, never seen by anybody else. */
#include <stdlib.h>

long sums(const long *values, int n) {
  long sum = 0;
  for (int i = 0; i < n; i++) {
    long *cell = malloc(sizeof *cell);
    if (!cell)
      return -1;
    *cell = values[i] * 2;
    sum += *cell;
    free(cell);
  }
  return sum;
}
