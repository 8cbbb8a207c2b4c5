/* The same with a pointer, in a while loop, and through a macro and a helper. */
#define STEP 48
#define EACH(p, from, n) for (p = from; p < (from) + (n)*STEP; p += STEP)

int count(const int *from) {
  const int *p = from, *end = from + 1000 * STEP;
  int n = 0;
  while (p < end) { // expect: HP302 "192 bytes"
    n += *p > 0;
    p += STEP;
  }
  return n;
}

long total(const short *from) {
  const short *p;
  long sum = 0;
  EACH(p, from, 100000) // expect: HP302 "96 bytes"
    sum += *p;
  return sum;
}

static inline double at(const double *m, int i) {
  return m[i * 16];
}
double sum_of(const double *m, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += at(m, i);
  return sum;
}

double sum_unknown(const double *m, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) // expect: HP302 low
    sum += m[i * 16];
  return sum;
}
