/* The order carries values: exchanged, the loops would compute something else. */
enum { N = 1000 };

void skewed(double (*m)[N]) {
  for (int j = 1; j < N - 1; j++)
    for (int i = 1; i < N; i++)
      m[i][j] = m[i - 1][j + 1] * 0.5;
}

int put(int value);

void in_columns(const int (*m)[N]) {
  for (int j = 0; j < N; j++)
    for (int i = 0; i < N; i++)
      put(m[i][j]);
}
