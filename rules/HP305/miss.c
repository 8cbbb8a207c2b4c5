/* Passes that have to be two, or are small. */
#include <string.h>
enum { N = 1000000 };
static double a[N], b[N];
static int small[200], other[200];
int put(double v);

/* the second needs the total of the first */
void normalise(void) {
  double sum = 0;
  for (int i = 0; i < N; i++)
    sum += a[i];
  for (int i = 0; i < N; i++)
    a[i] /= sum;
}

/* looks ahead */
void smooth(void) {
  for (int i = 0; i < N - 1; i++)
    b[i] = a[i] * 2;
  for (int i = 0; i < N - 1; i++)
    a[i] = b[i] + b[i + 1];
}

/* the other way round */
void filter_back(int n) {
  for (int i = 0; i < n; i++)
    b[i] = a[i];
  for (int i = n - 1; i > 0; i--)
    b[i - 1] += b[i] * 0.5;
}

/* fits the cache */
void tables(void) {
  for (int i = 0; i < 200; i++)
    small[i] = i;
  for (int i = 0; i < 200; i++)
    other[i] = small[i] * 2;
}

/* output comes in order */
void print(int n) {
  for (int i = 0; i < n; i++)
    put(a[i]);
  for (int i = 0; i < n; i++)
    put(b[i] + a[i]);
}

/* other lengths */
void lengths(int n, int m) {
  for (int i = 0; i < n; i++)
    b[i] = a[i];
  for (int i = 0; i < m; i++)
    b[i] += 1;
}

/* nothing in common */
void apart(int n) {
  for (int i = 0; i < n; i++)
    a[i] = 0;
  for (int i = 0; i < n; i++)
    b[i] = 1;
}
