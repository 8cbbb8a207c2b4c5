/* What fits, what may not be put in another order, what is not come back to. */
enum { N = 1000, SMALL = 64 };
static double grid[N][N], next[N][N];

/* 32 KiB each */
void small(double c[restrict SMALL][SMALL], double a[restrict SMALL][SMALL],
           double b[restrict SMALL][SMALL]) {
  for (int i = 0; i < SMALL; i++)
    for (int k = 0; k < SMALL; k++)
      for (int j = 0; j < SMALL; j++)
        c[i][j] += a[i][k] * b[k][j];
}

/* steps in time: each needs all of the one before */
void diffuse(void) {
  for (int t = 0; t < 100; t++) {
    for (int i = 1; i < N - 1; i++)
      for (int j = 1; j < N - 1; j++)
        next[i][j] = grid[i - 1][j] + grid[i + 1][j] + grid[i][j - 1] + grid[i][j + 1];
    for (int i = 1; i < N - 1; i++)
      for (int j = 1; j < N - 1; j++)
        grid[i][j] = next[i][j] / 4;
  }
}

/* one pass over the matrix; the vector of 8 KB stays in the cache */
void matrix_vector(double y[restrict N], double m[restrict N][N], double x[restrict N]) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++)
      y[i] += m[i][j] * x[j];
}

/* columns: an exchange of loops is all it takes */
double columns(void) {
  double sum = 0;
  for (int j = 0; j < N; j++)
    for (int i = 0; i < N; i++)
      sum += grid[i][j];
  return sum;
}

/* a search leaves when it has found something */
int search(const int *keys, const int *wanted, int n) {
  for (int w = 0; w < 1000; w++)
    for (int i = 0; i < 1000000; i++)
      if (keys[i] == wanted[w])
        return i;
  return n;
}

/* calls in between may do anything */
void step(int t);
double with_calls(void) {
  double sum = 0;
  for (int t = 0; t < 100; t++) {
    step(t);
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++)
        sum += grid[i][j];
  }
  return sum;
}
