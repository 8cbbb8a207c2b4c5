/* A table of rows: each step goes to another row. */
double trace_all(double **m, int rows, int columns) {
  double sum = 0;
  for (int j = 0; j < columns; j++)
    for (int i = 0; i < rows; i++) // expect: HP301 "to another row"
      sum += m[i][j];
  return sum;
}
