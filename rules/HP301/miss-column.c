/* One column of a matrix: no loop around it moves by neighbours. */
enum { N = 1500 };

double column(const double (*m)[N], int j) {
  double sum = 0;
  for (int i = 0; i < N; i++)
    sum += m[i][j];
  return sum;
}

double diagonals(const double (*m)[N], int times) {
  double sum = 0;
  for (int t = 0; t < times; t++)
    for (int i = 0; i < N; i++)
      sum += m[i][i];
  return sum;
}
