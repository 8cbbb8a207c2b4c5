/* An insertion sort: right for few elements, and nobody knows how many these are. */
void sort(int *a, int n) {
  for (int i = 1; i < n; i++) {
    int key = a[i], j;
    for (j = i; j > 0 && a[j - 1] > key; j--) // expect: HP309 low
      a[j] = a[j - 1];
    a[j] = key;
  }
}
