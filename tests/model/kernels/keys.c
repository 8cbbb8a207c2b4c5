/* rule: HP109; sizes: 1000 30000 300000
 * Binary searches whose keys are behind pointers against keys in the array. */
#include "../harness.h"

#include <stdio.h>
#include <string.h>

enum { SEARCHES = 1000 };
static char texts[SIZE][64], inside[SIZE][16], wanted[SEARCHES][16];
static const char *keys[SIZE];

void setup(void) {
  for (int i = 0; i < SIZE; i++) {
    unsigned at = (unsigned)(i * 7919L % SIZE);
    while (texts[at][0])
      at = (at + 1) % SIZE;
    snprintf(texts[at], 16, "%08d", i);
    snprintf(inside[i], 16, "%08d", i);
    keys[i] = texts[at];
  }
  for (int i = 0; i < SEARCHES; i++)
    snprintf(wanted[i], 16, "%08d", (int)(next_random() % SIZE));
}

static long place(const char *key) {
  int low = 0, high = SIZE - 1;
  while (low <= high) {
    int mid = (low + high) / 2;
#ifdef GOOD
    int order = strcmp(key, inside[mid]);
#else
    int order = strcmp(key, keys[mid]);
#endif
    if (order == 0)
      return mid;
    if (order < 0)
      high = mid - 1;
    else
      low = mid + 1;
  }
  return -1;
}

long kernel(void) {
  long sum = 0;
  for (int i = 0; i < SEARCHES; i++)
    sum += place(wanted[i]);
  return sum;
}
