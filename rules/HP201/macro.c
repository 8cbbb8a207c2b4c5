/* Through macros, in a do loop, with two ways to the end of the iteration. */
#include <stdlib.h>

#define NEW(type, n) ((type *)malloc((n) * sizeof(type)))
#define DELETE(p) free(p)

int measure(double *work, int n);

int best(int n, int rounds) {
  int least = -1;
  do {
    double *work = NEW(double, (size_t)n); // expect: HP201 "malloc"
    if (!work)
      return -1;
    int m = measure(work, n);
    if (m < 0) {
      DELETE(work);
      continue;
    }
    if (least < 0 || m < least)
      least = m;
    DELETE(work);
  } while (--rounds > 0);
  return least;
}
