/* By pointers, in a do loop, by a macro. */
enum { N = 1024 };
static float from[N][N], to[N][N];

void by_pointer(void) {
  for (int i = 0; i < N; i++) {
    const float *p = &from[0][i];
    for (int j = 0; j < N; j++, p += N) // expect: HP307 found
      to[i][j] = *p;
  }
}

#define AT(i, j) from[i][j]

void doing(void) {
  int i = 0;
  do {
    int j = 0;
    while (j < N) { // expect: HP307 found
      to[i][j] = AT(j, i);
      j++;
    }
  } while (++i < N);
}
