/* rule: HP204; sizes: 100 3000 50000
 * A malloc for each small object against one block of them. */
#include "../harness.h"

#include <stdlib.h>

struct point {
  double x, y;
};
static struct point *points[SIZE];

void setup(void) {}

long kernel(void) {
#ifdef GOOD
  struct point *all = malloc(SIZE * sizeof *all);
  if (!all)
    abort();
#endif
  for (int i = 0; i < SIZE; i++) {
#ifdef GOOD
    struct point *p = &all[i];
#else
    struct point *p = malloc(sizeof *p);
    if (!p)
      abort();
#endif
    p->x = i;
    p->y = 2 * i;
    points[i] = p;
  }
  long last = (long)points[SIZE - 1]->x;
#ifdef GOOD
  free(all);
#else
  for (int i = 0; i < SIZE; i++)
    free(points[i]);
#endif
  return last;
}
