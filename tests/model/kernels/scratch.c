/* rule: HP201; sizes: 64 1024 16384
 * A block of SIZE bytes per iteration, of which the head is written, against one for all. */
#include "../harness.h"

#include <stdlib.h>
#include <string.h>

enum { TIMES = 1000 };
static char text[64];
void *volatile seen;

void setup(void) {
  memset(text, 'a', sizeof text - 1);
}

static long use(char *at, int i) {
  memcpy(at, text, sizeof text);
  at[i & 31] = 'b';
  seen = at;
  return at[i & 15];
}

long kernel(void) {
  long sum = 0;
#ifdef GOOD
  char *block = malloc(SIZE);
  if (!block)
    abort();
  for (int i = 0; i < TIMES; i++)
    sum += use(block, i);
  free(block);
#else
  for (int i = 0; i < TIMES; i++) {
    char *block = malloc(SIZE);
    if (!block)
      abort();
    sum += use(block, i);
    free(block);
  }
#endif
  return sum;
}
