/* An insertion sort: right for few elements, and nobody knows how many these are. */
void sort(int *a, int n) {
  for (int i = 1; i < n; i++) {
    int key = a[i], j;
    for (j = i; j > 0 && a[j - 1] > key; j--) // expect: HP309 low
      a[j] = a[j - 1];
    a[j] = key;
  }
}

#include <string.h>

/* Perhaps a few changes only. */
int take_out(int *a, int n, const int *places, int count) {
  for (int i = 0; i < count; i++) {
    memmove(a + places[i], a + places[i] + 1, (size_t)(n - places[i] - 1) * sizeof *a); // expect: HP309 low
    a[n - 1] = 0;
  }
  return n;
}
