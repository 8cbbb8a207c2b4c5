/* One of the two strides, in whatever order. */
enum { N = 2048 };

void transpose(double (*restrict to)[N], const double (*restrict from)[N]) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++)
      to[j][i] = from[i][j];
}

void transpose_in_place(double (*m)[N]) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < i; j++) {
      double t = m[i][j];
      m[i][j] = m[j][i];
      m[j][i] = t;
    }
}
