/* rule: HP202; sizes: 100 2000
 * A function that takes and frees a block, called in a loop. */
#include "../harness.h"

#include <stdlib.h>
#include <string.h>

static char text[48];

void setup(void) {
  memset(text, 'x', sizeof text - 1);
}

static __attribute__((noinline)) long upper(const char *from, char *kept) {
#ifdef GOOD
  char *copy = kept;
#else
  char *copy = malloc(sizeof text);
  (void)kept;
  if (!copy)
    abort();
#endif
  long sum = 0;
  memcpy(copy, from, sizeof text);
  __asm__ volatile("" ::: "memory");
  sum += copy[3];
#ifndef GOOD
  free(copy);
#endif
  return sum;
}

long kernel(void) {
  long sum = 0;
  char kept[sizeof text];
  for (int i = 0; i < SIZE; i++)
    sum += upper(text, kept);
  return sum;
}
