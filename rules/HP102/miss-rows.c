/* Rows of rows: no record is reached through another. */
long sum(long ***cubes, int n, int m, int l) {
  long total = 0;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < m; j++)
      for (int k = 0; k < l; k++)
        total += cubes[i][j][k];
  return total;
}
