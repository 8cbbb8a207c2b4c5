/* Two passes: subscripts, pointers handed in, a macro, matrix rows, a while loop. */
enum { N = 1000000, ROWS = 2000 };
static double a[N], b[N], c[N];
#define EACH(i, n) for (int i = 0; i < (n); i++)

void scale_and_shift(double factor, double shift) {
  for (int i = 0; i < N; i++)
    a[i] = b[i] * factor;
  for (int i = 0; i < N; i++) // expect: HP305 "the loop at line 7"
    a[i] += shift;
}

double two_sums(const double *x, int n, double *squares) {
  double sum = 0, square = 0;
  EACH(i, n)
    sum += x[i];
  EACH(i, n) // expect: HP305 low "8 bytes per iteration"
    square += x[i] * x[i];
  *squares = square;
  return sum;
}

void rows(double (*restrict m)[ROWS], double (*restrict w)[ROWS], int n) {
  for (int i = 0; i < n; i++)
    for (int j = 0; j < ROWS; j++)
      m[i][j] *= 2;
  for (int i = 0; i < n; i++) // expect: HP305 low
    for (int j = 0; j < ROWS; j++)
      w[i][j] = m[i][j];
}

void while_loops(int n) {
  int i = 0, k = 0;
  while (i < n) {
    b[i] = a[i] + 1;
    i++;
  }
  while (k < n) { // expect: HP305 low
    c[k] = b[k] * a[k];
    k++;
  }
}

/* only if the arrays do not overlap */
void parameters(double *x, double *y, int n) {
  for (int i = 0; i < n; i++)
    x[i] = y[i] * 2;
  for (int i = 0; i < n; i++) // expect: HP305 low
    y[i] = x[i] + 1;
}
