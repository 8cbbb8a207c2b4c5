/* Lists of indices that were made in ascending order, all of them or those that are wanted. */
#include <stdlib.h>

double wanted(const double *table, const int *state, int n) {
  int list[1000], count = 0;
  for (int i = 0; i < n; i++)
    if (state[i] > 3)
      list[count++] = i;
  double sum = 0;
  for (int k = 0; k < count; k++)
    sum += table[list[k]];
  return sum;
}

double in_fresh_memory(const double *table, const int *state, size_t n) {
  size_t *list = malloc(n * sizeof *list), count = 0;
  for (size_t i = 0; i < n; i++)
    if (state[i])
      list[count++] = i;
  double sum = 0;
  for (size_t k = 0; k < count; k++)
    sum += table[list[k]];
  free(list);
  return sum;
}

double every_third(const double *table, int n) {
  int list[4000];
  for (int i = 0; i < n; i++)
    list[i] = 3 * i + 1;
  double sum = 0;
  for (int k = 0; k < n; k++)
    sum += table[list[k]];
  return sum;
}
