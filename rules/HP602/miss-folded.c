/* What compilers fold, what needs its digits, what is no loop. */
#include <math.h>

double squares(const double *a, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += pow(a[i], 2) + pow(a[i], -1.0) + pow(2, a[i]) + pow(a[i], 2.7);
  return sum;
}

double any(const double *a, double exponent, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += pow(a[i], exponent);
  return sum;
}

/* exact in either type */
void halve(float *a, int n) {
  for (int i = 0; i < n; i++)
    a[i] = a[i] * 0.5;
  for (int i = 0; i < n; i++)
    a[i] = floor(a[i]) + sqrt(a[i]);
}

/* the sum is kept in double on purpose */
double mean(const float *a, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += sin(a[i]) * 0.1;
  return sum / n;
}

/* a cast says that it is meant */
void careful(float *a, int n) {
  for (int i = 0; i < n; i++)
    a[i] = (float)(a[i] * 0.1);
}

float once(float x) {
  return pow(x, 3) * 0.3;
}

void floats(float *a, int n) {
  for (int i = 0; i < n; i++)
    a[i] = sinf(a[i]) * 0.1f;
}
