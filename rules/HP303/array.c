/* Gather and scatter in a large table: with subscripts, pointers, a macro, a while loop. */
enum { PLACES = 1 << 20 };
static double values[PLACES];
static int counts[PLACES];
#define VALUE(list, i) values[(list)[i]]

double gather(const int *index, int n) {
  double total = 0;
  for (int i = 0; i < n; i++)
    total += values[index[i]]; // expect: HP303 "table of up to 8.0 MiB"
  return total;
}

void histogram(const int *p, const int *end) {
  while (p < end)
    counts[*p++]++; // expect: HP303 "loads from *p"
}

double by_macro(const unsigned *list, int n) {
  double total = 0;
  for (int i = 0; i < n; i++)
    total += VALUE(list, i) * 2; // expect: HP303
  return total;
}

double sparse_row(const double *a, const int *column, const double *x, int n) {
  double total = 0;
  for (int k = 0; k < n; k++)
    total += a[k] * x[column[k]]; // expect: HP303 low "size that is not known"
  return total;
}

/* as far as the index could reach, more than the cache holds; but the table may be small */
void permute(float *restrict to, const float *restrict from, const short *order, int n) {
  for (int i = 0; i < n; i++)
    to[2 * order[i] + 1] = from[i]; // expect: HP303 low
}
