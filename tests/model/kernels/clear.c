/* rule: HP206; sizes: 256 1024 4096
 * A text of SIZE bytes cleared before a short string is copied into it. */
#include "../harness.h"

#include <string.h>

enum { TIMES = 100 };
static char names[TIMES][24];
void *volatile seen;

void setup(void) {
  for (int i = 0; i < TIMES; i++)
    memset(names[i], 'a', 20);
}

long kernel(void) {
  char path[SIZE];
  long sum = 0;
  for (int i = 0; i < TIMES; i++) {
#ifndef GOOD
    memset(path, 0, sizeof path);
#endif
    strcpy(path, names[i]);
    seen = path;
    __asm__ volatile("" ::: "memory");
    sum += path[3];
  }
  return sum;
}
