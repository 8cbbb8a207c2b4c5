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

/* The same work for p elements, which may be many, and for six. */
double curvature(const double *values, const double *weights, int n, int p) {
  double last = 0;
  for (int i = 0; i < n; i++) {
    double sum = 0;
    for (int k = 0; k < p; k++) {
      double f = values[k] * values[k] / (values[k] * values[k] + weights[k]), g = 1 - f;
      double d = -2 * f * g / weights[i], e = -d * (3 - 4 * f) / weights[i];
      sum += (d * d + f * e) * weights[k] * weights[k] + (e * g - d * d) * values[k];
    }
    last += pow(sum, 1.5); // expect: HP602 low "exponent 1.5"
  }
  return last;
}

double curvature_of_six(const double *values, const double *weights, int n) {
  double last = 0;
  for (int i = 0; i < n; i++) {
    double sum = 0;
    for (int k = 0; k < 6; k++) {
      double f = values[k] * values[k] / (values[k] * values[k] + weights[k]), g = 1 - f;
      double d = -2 * f * g / weights[i], e = -d * (3 - 4 * f) / weights[i];
      sum += (d * d + f * e) * weights[k] * weights[k] + (e * g - d * d) * values[k];
    }
    last += pow(sum, 1.5); // expect: HP602 "exponent 1.5"
  }
  return last;
}
