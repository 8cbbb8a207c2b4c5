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

/* in blocks already: each row is used for all terms of a block */
void blocks(int n, double *restrict c, const double *restrict a, const double *restrict b) {
  for (int kk = 0; kk < n; kk += 32)
    for (int i = 0; i < n; i++)
      for (int k = kk; k < kk + 32 && k < n; k++)
        for (int j = 0; j < n; j++)
          c[i * n + j] += a[i * n + k] * b[k * n + j];
}

void blocks_of_known_size(double c[restrict N][N], double a[restrict N][N],
                          double b[restrict N][N]) {
  for (int ii = 0; ii < N; ii += 40)
    for (int k = 0; k < N; k++)
      for (int i = ii; i < ii + 40; i++)
        for (int j = 0; j < N; j++)
          c[i][j] += a[i][k] * b[k][j];
}

/* down the columns: blocks of the outer loop would not use rows again, and the sums forbid others */
void symmetric(int n, double *restrict c, const double *restrict a, const double *restrict b) {
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      double sum = 0;
      for (int k = 0; k < i; k++) {
        c[k * n + j] += a[i * n + k] * b[i * n + j];
        sum += a[i * n + k] * b[k * n + j];
      }
      c[i * n + j] += sum;
    }
}
