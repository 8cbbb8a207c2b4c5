/* rule: HP303; sizes: 400000 4000000
 * Reads of a table at random indices against sorted ones. */
#include "../harness.h"

#include <stdlib.h>

enum { READS = 200000 };
static long table[SIZE];
static int list[READS];

static int by_number(const void *a, const void *b) {
  int x = *(const int *)a, y = *(const int *)b;
  return (x > y) - (x < y);
}

void setup(void) {
  for (int i = 0; i < SIZE; i++)
    table[i] = i;
  for (int i = 0; i < READS; i++)
    list[i] = (int)(next_random() % SIZE);
#ifdef GOOD
  qsort(list, READS, sizeof *list, by_number);
#else
  (void)by_number;
#endif
}

long kernel(void) {
  long sum = 0;
  for (int i = 0; i < READS; i++)
    sum += table[list[i]];
  return sum;
}
