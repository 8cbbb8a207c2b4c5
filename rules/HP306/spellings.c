/* In a do loop; by a macro; numbers that are read whole for one pass. */
#include <stdio.h>
#include <stdlib.h>

float doing(const float *a, int n) {
  float *half = calloc((size_t)n, sizeof *half), most = 0; // expect: HP306 found
  int i = 0;
  if (!half)
    return 0;
  do
    half[i] = a[i] / 2;
  while (++i < n);
  for (int k = 0; k < n; k++)
    most = half[k] > most ? half[k] : most;
  free(half);
  return most;
}

#define NEW(type, n) ((type *)malloc((size_t)(n) * sizeof(type)))

long sum_of(FILE *in, long n) {
  int *all = NEW(int, n); // expect: HP306 found
  long sum = 0, i = 0;
  if (!all)
    return -1;
  n = (long)fread(all, sizeof *all, (size_t)n, in);
  while (i < n) {
    sum += all[i];
    i++;
  }
  free(all);
  return sum;
}
