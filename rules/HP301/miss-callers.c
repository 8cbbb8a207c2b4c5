/* The exchange asks for what a caller does not keep: both are parts of one array. */
static void sums(double *out, const double *m, int rows, int columns, int step) {
  for (int j = 0; j < columns; j++)
    for (int i = 0; i < rows; i++)
      out[j] += m[i * step + j];
}
void into_itself(double *m, int n, int step) {
  sums(m, m + step, n, n, step);
}
