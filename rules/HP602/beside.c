/* One call beside much work of its own. */
#include <math.h>

double smoothed(double *values, const double *weights, int n, int m) {
  double last = 0;
  for (int i = 0; i < n; i++) {
    double sum = 0;
    for (int k = 0; k < m; k++)
      for (int j = 0; j < m; j++)
        sum += values[k * m + j] * weights[j] / (1 + weights[k]);
    last += pow(sum, 1.5); // expect: HP602 low "exponent 1.5"
  }
  return last;
}
