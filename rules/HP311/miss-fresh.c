/* Arrays of their own, a scratch array that is filled anew, a few constant elements, one sort at the
 * end, a sort after the search has ended. */
#include <stdlib.h>

static int by_value(const void *a, const void *b) {
  int x = *(const int *)a, y = *(const int *)b;
  return (x > y) - (x < y);
}

void sort_rows(int **rows, const size_t *lengths, int n) {
  for (int i = 0; i < n; i++)
    qsort(rows[i], lengths[i], sizeof(int), by_value);
}

long medians(int *scratch, int *const *rows, size_t width, int n) {
  long sum = 0;
  for (int i = 0; i < n; i++) {
    for (size_t k = 0; k < width; k++)
      scratch[k] = rows[i][k];
    qsort(scratch, width, sizeof(int), by_value);
    sum += scratch[width / 2];
  }
  return sum;
}

void median_of_nine(const int *in, int *out, int n) {
  int window[9];
  for (int i = 4; i < n - 4; i++) {
    for (int k = 0; k < 9; k++)
      window[k] = in[i - 4 + k];
    qsort(window, 9, sizeof(int), by_value);
    out[i] = window[4];
  }
}

void positive(int *out, const int *in, int n) {
  size_t m = 0;
  for (int i = 0; i < n; i++)
    if (in[i] > 0)
      out[m++] = in[i];
  qsort(out, m, sizeof *out, by_value);
}

int fill(int *batch, int n);

/* as many as came in */
int batches(int *batch, int n) {
  int total = 0, got;
  while ((got = fill(batch, n)) > 0) {
    qsort(batch, (size_t)got, sizeof *batch, by_value);
    total += got;
  }
  return total;
}
