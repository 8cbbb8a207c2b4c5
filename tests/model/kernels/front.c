/* rule: HP309; sizes: 300 1000 5000
 * Each element put in at the front against one pass from the back. */
#include "../harness.h"

#include <string.h>

static long from[SIZE], to[SIZE + 1];

void setup(void) {
  for (int i = 0; i < SIZE; i++)
    from[i] = i;
}

long kernel(void) {
  int count = 0;
#ifdef GOOD
  for (int i = 0; i < SIZE; i++)
    to[SIZE - 1 - i] = from[i], count++;
#else
  for (int i = 0; i < SIZE; i++) {
    memmove(to + 1, to, (size_t)count * sizeof *to);
    to[0] = from[i];
    count++;
  }
#endif
  return to[0] + count;
}
