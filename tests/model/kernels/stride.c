/* rule: HP302; sizes: 1000 10000 300000
 * Every 24th number of an array against these side by side. */
#include "../harness.h"

enum { STEP = 24 };
static int apart[SIZE * STEP], together[SIZE];

void setup(void) {
  for (int i = 0; i < SIZE; i++)
    apart[i * STEP] = together[i] = i % 1000;
}

long kernel(void) {
  long sum = 0;
#ifdef GOOD
  for (int i = 0; i < SIZE; i++)
    sum += together[i];
#else
  for (int i = 0; i < SIZE; i++)
    sum += apart[i * STEP];
#endif
  return sum;
}
