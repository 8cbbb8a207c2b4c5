/* rule: HP602; sizes: 1000 10000
 * sin of a float against sinf. */
#include "../harness.h"

#include <math.h>

static float out[SIZE], phase[SIZE];

void setup(void) {
  for (int i = 0; i < SIZE; i++)
    phase[i] = (float)i * 0.01F;
}

long kernel(void) {
  for (int i = 0; i < SIZE; i++)
#ifdef GOOD
    out[i] = sinf(phase[i]);
#else
    out[i] = sin(phase[i]);
#endif
  return (long)out[SIZE / 2];
}
