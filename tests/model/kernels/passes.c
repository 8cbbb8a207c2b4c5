/* rule: HP305; sizes: 300000 3000000
 * Two passes over an array against one. */
#include "../harness.h"

static double a[SIZE], b[SIZE];

void setup(void) {
  for (int i = 0; i < SIZE; i++)
    b[i] = i;
}

long kernel(void) {
#ifdef GOOD
  for (int i = 0; i < SIZE; i++)
    a[i] = b[i] * 3 + 2;
#else
  for (int i = 0; i < SIZE; i++)
    a[i] = b[i] * 3;
  for (int i = 0; i < SIZE; i++)
    a[i] += 2;
#endif
  return (long)a[SIZE / 2];
}
