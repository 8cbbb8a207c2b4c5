/* In order already: rows outside, columns inside, also for pixels of three channels. */
enum { N = 1000 };

double sum(const double (*m)[N]) {
  double total = 0;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++)
      total += m[i][j];
  return total;
}

void grey(unsigned char *image, int width, int height) {
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int c = 0; c < 3; c++)
        image[(y * width + x) * 3 + c] /= 2;
}

void multiply(double (*restrict c)[N], double (*restrict a)[N], double (*restrict b)[N]) {
  for (int i = 0; i < N; i++)
    for (int k = 0; k < N; k++)
      for (int j = 0; j < N; j++)
        c[i][j] += a[i][k] * b[k][j];
}
