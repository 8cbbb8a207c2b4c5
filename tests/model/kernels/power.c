/* rule: HP602; sizes: 1000 10000
 * pow with the exponent 3 against products. */
#include "../harness.h"

#include <math.h>

static double radii[SIZE];

void setup(void) {
  for (int i = 0; i < SIZE; i++)
    radii[i] = 1 + i * 0.01;
}

long kernel(void) {
  double sum = 0;
  for (int i = 0; i < SIZE; i++)
#ifdef GOOD
    sum += radii[i] * radii[i] * radii[i];
#else
    sum += pow(radii[i], 3);
#endif
  return (long)(sum / 1000);
}
