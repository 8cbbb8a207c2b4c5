/* Rows of a matrix: down the columns each element is a row of its own; in a helper. */
#include <stdlib.h>

static double column_sum(double **m, int rows, int column) {
  double sum = 0;
  for (int i = 0; i < rows; i++)
    sum += m[i][column];
  return sum;
}

double corner(int rows, int columns) {
  double **m = malloc((size_t)rows * sizeof *m);
  double sum = 0;
  for (int i = 0; i < rows; i++)
    m[i] = calloc((size_t)columns, sizeof **m); // expect: HP103 "each m[i] is an allocation of one size by itself"
  for (int k = 0; k < columns; k++)
    sum += column_sum(m, rows, k);
  return sum;
}

/* Along the rows the pointer is loaded once a row. */
double all(int rows, int columns) {
  double **m = malloc((size_t)rows * sizeof *m);
  double sum = 0;
  for (int i = 0; i < rows; i++)
    m[i] = malloc((size_t)columns * sizeof **m); // expect: HP103 low "one size"
  for (int i = 0; i < rows; i++)
    for (int k = 0; k < columns; k++)
      sum += m[i][k] = i + k;
  return sum;
}
