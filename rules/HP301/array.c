/* Arrays of arrays, summed down the columns. */
#define N 1024
double grid[N][N];

double sum(void) {
  double total = 0;
  for (int j = 0; j < N; j++)
    for (int i = 0; i < N; i++) // expect: HP301 "moves 8192 bytes through grid[i][j] in each iteration"
      total += grid[i][j];
  return total;
}

void scale(double factor, int rows, double (*m)[500]) {
  for (int j = 0; j < 500; j++)
    for (int i = 0; i < rows; i++) // expect: HP301 "4000 bytes"
      m[i][j] *= factor;
}
