/* Columns of rows of a power of two bytes. */
enum { N = 512 };
#define AT(m, i, j) (m)[(i)*N + (j)]

void transpose(double to[restrict N][N], double from[restrict N][N]) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) // expect: HP307 "1 of 64 sets of the cache, which hold 8"
      to[i][j] = from[j][i];
}

void by_macro(float *restrict to, const float *restrict from) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) // expect: HP307 "2 of 64 sets"
      AT(to, j, i) = AT(from, i, j);
}

/* a filter down the columns: each row needs the one before */
void down(double (*m)[N]) {
  for (int j = 0; j < N; j++) {
    int i = 1;
    while (i < N) { // expect: HP307
      m[i][j] += m[i - 1][j + 1] * 0.5;
      i++;
    }
  }
}

void unknown(double *restrict to, const double *restrict from, int n) {
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) // expect: HP307 low
      to[i * 100 + j] = from[j * N + i];
}
