/* rule: HP602; sizes: 1000 10000
 * A constant of type double among floats. */
#include "../harness.h"

static float to[SIZE], from[SIZE];

void setup(void) {
  for (int i = 0; i < SIZE; i++)
    from[i] = (float)i;
}

long kernel(void) {
  for (int i = 0; i < SIZE; i++)
#ifdef GOOD
    to[i] = from[i] * 0.1F;
#else
    to[i] = from[i] * 0.1;
#endif
  return (long)to[SIZE / 2];
}
