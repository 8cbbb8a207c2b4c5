/* The whole is needed: another order, a result of the first pass, two passes, an array changed in
 * place, items that are looked up; or it is small, or kept. */
#include <stdlib.h>

long backwards(const long *a, long n) {
  long *copy = malloc((size_t)n * sizeof *copy), sum = 0;
  for (long i = 0; i < n; i++)
    copy[i] = a[i] * 3;
  for (long i = n - 1; i >= 0; i--)
    sum = sum * 7 + copy[i];
  free(copy);
  return sum;
}

double spread(const double *a, long n) {
  double *logs = malloc((size_t)n * sizeof *logs), sum = 0, result = 0;
  for (long i = 0; i < n; i++)
    sum += logs[i] = a[i] * a[i];
  for (long i = 0; i < n; i++)
    result += logs[i] / sum;
  free(logs);
  return result;
}

void smooth(double *a, long n) {
  double *out = malloc((size_t)n * sizeof *out);
  for (long i = 0; i < n; i++)
    out[i] = i > 0 ? (a[i - 1] + a[i]) / 2 : a[i];
  for (long i = 0; i < n; i++)
    a[i] = out[i];
  free(out);
}

long twice(const long *a, long n) {
  long *b = malloc((size_t)n * sizeof *b), sum = 0;
  for (long i = 0; i < n; i++)
    b[i] = a[i] * a[i];
  for (int k = 0; k < 2; k++)
    for (long i = 0; i < n; i++)
      sum += b[i];
  free(b);
  return sum;
}

long picked(const long *a, const long *order, long n) {
  long *b = malloc((size_t)n * sizeof *b), sum = 0;
  for (long i = 0; i < n; i++)
    b[i] = a[i] * a[i];
  for (long i = 0; i < n; i++)
    sum = sum * 3 + b[order[i]];
  free(b);
  return sum;
}

int few(const int *a) {
  int *b = malloc(100 * sizeof *b), sum = 0;
  for (int i = 0; i < 100; i++)
    b[i] = a[i] * a[i];
  for (int i = 0; i < 100; i++)
    sum += b[i];
  free(b);
  return sum;
}

long *kept(const long *a, long n, long *sum) {
  long *b = malloc((size_t)n * sizeof *b);
  for (long i = 0; i < n; i++)
    b[i] = a[i] * a[i];
  for (long i = 0; i < n; i++)
    *sum += b[i];
  return b;
}
