/* A bubble or insertion sort of the program's own, in a while loop, of a global array. */
#include <stdlib.h>

static long times[100000];
static size_t ntimes;

static int by_time(const void *a, const void *b) {
  const long *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

static void note(long time) {
  times[ntimes++] = time;
  qsort(times, ntimes, sizeof *times, by_time);
}

void note_all(const long *from) {
  while (*from)
    note(*from++); // expect: HP311 found
}

#define SORTED(a, n) (qsort((a), (n), sizeof *(a), by_time), (a)[(n) / 2])

long medians(long *a, const long *in, size_t n) {
  long sum = 0;
  size_t used = 0;
  do {
    a[used++] = *in++;
    sum += SORTED(a, used); // expect: HP311 found
  } while (used < n);
  return sum;
}
