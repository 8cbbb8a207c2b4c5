/* What steps far and is fine. */
enum { N = 1000 };
struct record {
  int key;
  char rest[124];
};

/* unrolled: uses all of the line */
float unrolled(const float *a) {
  float s = 0;
  for (int i = 0; i < 64000; i += 16)
    s += a[i] + a[i + 1] + a[i + 2] + a[i + 3] + a[i + 4] + a[i + 5] + a[i + 6] + a[i + 7] + a[i + 8];
  return s;
}

/* an inner loop reads the rest */
float blocks(const float *a) {
  float s = 0;
  for (int i = 0; i < 64000; i += 16)
    for (int k = 0; k < 16; k++)
      s += a[i + k];
  return s;
}

/* the loop around it uses the rest of the lines: a transpose */
void transpose(float (*restrict to)[N], float (*restrict from)[N]) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++)
      to[i][j] = from[j][i];
}

/* a small table */
int small(const int *a) {
  int s = 0;
  for (int i = 0; i < 100; i++)
    s += a[i * 16];
  return s;
}

/* records: HP105's */
long keys(const struct record *r) {
  long s = 0;
  for (int i = 0; i < 100000; i++)
    s += r[i].key;
  return s;
}

/* stages of a fast transform, whose strides change */
void stages(float *a, int n) {
  for (int step = 1; step < n; step *= 2)
    for (int i = 0; i < n; i += step)
      a[i] += 1;
}

/* heads of blocks of which the loop goes on with a call that does the work */
int work(const int *block);
int heads(const int *a) {
  int s = 0;
  for (int i = 0; i < 100000; i++)
    s += work(a + i * 16);
  return s;
}
