/* Lists of indices whose order is not that of the table: made from other numbers, put in order by
 * somebody else, written in two places, or a work list that grows by what is found. */
#include <stdlib.h>

double from_numbers(const double *table, const int *keys, int n) {
  int list[1000];
  for (int i = 0; i < n; i++)
    list[i] = keys[i] * 7;
  double sum = 0;
  for (int k = 0; k < n; k++)
    sum += table[list[k]]; // expect: HP303 low
  return sum;
}

int by_size(const void *a, const void *b);

double sorted(const double *table, const int *state, int n) {
  int list[1000], count = 0;
  for (int i = 0; i < n; i++)
    if (state[i])
      list[count++] = i;
  qsort(list, (size_t)count, sizeof *list, by_size);
  double sum = 0;
  for (int k = 0; k < count; k++)
    sum += table[list[k]]; // expect: HP303 low
  return sum;
}

double swapped(const double *table, const int *order, int n) {
  int list[1000];
  for (int i = 0; i < n; i++)
    list[i] = i;
  for (int i = 0; i < n; i++)
    list[order[i]] = n;
  double sum = 0;
  for (int k = 0; k < n; k++)
    sum += table[list[k]]; // expect: HP303 low
  return sum;
}

double downwards(const double *table, int n) {
  int list[1000], count = 0;
  for (int i = n; i > 0; i--)
    list[count++] = i * 9;
  double sum = 0;
  for (int k = 0; k < count; k++)
    sum += table[list[k]]; // expect: HP303 low
  return sum;
}
