/* rule: HP208; sizes: 1024 4096
 * A local array initialised whole in each iteration, of which little is used. */
#include "../harness.h"

enum { TIMES = 1000 };
void setup(void) {}

static __attribute__((noipa)) long fill(char *buffer, int i) {
  buffer[0] = (char)i;
  buffer[1] = 0;
  return buffer[0];
}

long kernel(void) {
  long sum = 0;
  for (int i = 0; i < TIMES; i++) {
#ifdef GOOD
    char path[SIZE];
    path[0] = 0;
#else
    char path[SIZE] = {0};
#endif
    sum += fill(path, i);
  }
  return sum;
}
