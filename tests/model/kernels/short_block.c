/* rule: HP205; sizes: 36 200
 * A block of a known small size that lives as long as the call. */
#include "../harness.h"

#include <stdlib.h>
#include <string.h>

void setup(void) {}

static __attribute__((noinline)) long look(const char *p) {
  return p[7];
}

long kernel(void) {
#ifdef GOOD
  char block[SIZE], *p = block;
#else
  char *p = malloc(SIZE);
  if (!p)
    abort();
#endif
  memset(p, 'a', 32);
  long first = look(p);
#ifndef GOOD
  free(p);
#endif
  return first;
}
