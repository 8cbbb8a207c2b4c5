/* Matrix products, a repeated pass, a transpose too large for the cache. */
enum { N = 1000, MANY = 1 << 20 };
#define EACH(v, n) for (int v = 0; v < (n); v++)

void multiply(double c[restrict N][N], double a[restrict N][N], double b[restrict N][N]) {
  EACH(i, N)
    EACH(k, N)
      EACH(j, N) // expect: HP304 "comes back to b[k][j]"
        c[i][j] += a[i][k] * b[k][j];
}

static float data[MANY], weights[200];

void filters(float *restrict out) {
  int f = 0;
  while (f < 200) {
    float sum = 0;
    for (int i = 0; i < MANY; i++) // expect: HP304 "4.0 MiB"
      sum += data[i] * weights[f];
    out[f++] = sum;
  }
}

static int from[40000][40], to[40][40000];

void transpose(void) {
  for (int i = 0; i < 40; i++)
    for (int j = 0; j < 40000; j++) // expect: HP304 "the lines of from[j][i]"
      to[i][j] = from[j][i];
}

/* Unknown sizes: the whole of c is read and written back for each k; b is only read. */
void outer_product(int n, double *restrict c, const double *restrict a, const double *restrict b) {
  for (int k = 0; k < n; k++)
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++) // expect: HP304 severity medium "an unknown number"
        c[i * n + j] += a[i * n + k] * b[k * n + j];
}

/* The rows of a triangle depend on each other only, so that no bounds have to be rewritten. */
void half(int n, double *restrict c, const double *restrict a) {
  for (int k = 0; k < n; k++)
    for (int i = 0; i < n; i++)
      for (int j = i; j < n; j++) // expect: HP304 "loop at line 42 at a time, inside of the loop at line 43: a row of c[i * n + j] is then used 64 times while it is in the cache"
        c[i * n + j] += a[k * n + i] * a[k * n + j];
}

void unknown(int n, double *restrict c, double *restrict a, double *restrict b) {
  for (int i = 0; i < n; i++)
    for (int k = 0; k < n; k++)
      for (int j = 0; j < n; j++) // expect: HP304 low "an unknown number"
        c[i * n + j] += a[i * n + k] * b[k * n + j];
}
