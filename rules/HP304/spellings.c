/* Pairs of all points, with subscripts, by pointers in while loops, by a macro in a do loop. */
enum { POINTS = 200000 };
static double x[POINTS], y[POINTS];

double pairs(void) {
  double sum = 0;
  for (int i = 0; i < POINTS; i++)
    for (int j = 0; j < POINTS; j++) // expect: HP304 found
      sum += x[i] * y[j];
  return sum;
}

double by_pointer(void) {
  double sum = 0;
  const double *p = x;
  while (p < x + POINTS) {
    const double *q = y;
    while (q < y + POINTS) // expect: HP304 found
      sum += *p * *q++;
    p++;
  }
  return sum;
}

#define NEAR(i, j) ((x[i] - y[j]) * (x[i] - y[j]) < 1)

long near_pairs(void) {
  long n = 0;
  int i = 0;
  do {
    for (int j = 0; j < POINTS; j++) // expect: HP304 found
      n += NEAR(i, j);
  } while (++i < POINTS);
  return n;
}
