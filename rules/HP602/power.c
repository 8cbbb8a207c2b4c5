/* Small and half exponents. */
#include <math.h>

#define CUBE(x) pow((x), 3)

double volume(const double *radii, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += pow(radii[i], 3); // expect: HP602 severity medium "pow with the exponent 3"
  return sum;
}

float roots(const float *a, int n) {
  float sum = 0;
  int i = 0;
  while (i < n) {
    sum += powf(a[i], 1.5f); // expect: HP602 "powf with the exponent 1.5"
    i++;
  }
  return sum;
}

static double force(double distance) {
  return CUBE(distance); // expect: HP602 low "exponent 3"
}

double all(const double *distances, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += force(distances[i]);
  return sum;
}
