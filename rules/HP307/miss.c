/* Rows that spread over the sets, few rows, nothing that is come back to, loops to exchange. */
enum { N = 512, PADDED = N + 8, FEW = 8 };

void padded(double to[restrict N][PADDED], double from[restrict N][PADDED]) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++)
      to[i][j] = from[j][i];
}

void few(double to[restrict N][FEW], double from[restrict FEW][N]) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < FEW; j++)
      to[i][j] = from[j][i];
}

double once(double (*m)[N], int column) {
  double sum = 0;
  for (int i = 0; i < N; i++)
    sum += m[i][column];
  return sum;
}

void exchange(double (*m)[N]) {
  for (int j = 0; j < N; j++)
    for (int i = 0; i < N; i++)
      m[i][j] *= 2;
}

/* pages are looked at one by one */
int pages(const char *memory, int n) {
  int used = 0;
  for (int i = 0; i < n; i++)
    used += memory[i * 4096] != 0;
  return used;
}

void odd(double to[restrict 500][500], double from[restrict 500][500]) {
  for (int i = 0; i < 500; i++)
    for (int j = 0; j < 500; j++)
      to[i][j] = from[j][i];
}
