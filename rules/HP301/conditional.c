/* Exchangeable after a change that the finding names: a sum kept in memory, a loop split. */
void products(int n, double **a, double **b, double **c) {
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      double sum = 0;
      for (int k = 0; k < n; k++) // expect: HP301 "to another row through b[k][j]"
        sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
}

void column_sums(int n, double (*restrict m)[2000], double *restrict sums) {
  for (int j = 0; j < 2000; j++) {
    sums[j] = 0;
    for (int i = 0; i < n; i++) // expect: HP301 "16000 bytes"
      sums[j] += m[i][j];
  }
}
