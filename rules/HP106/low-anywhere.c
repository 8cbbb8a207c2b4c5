/* The fields lie side by side already: in which objects a line's end comes between them is chance. */
#include <stdlib.h>

struct watch { // expect: HP106 low "2 cache lines"
  struct watch *owner;
  char name[48];
  long since, until, hits;
};

struct watches {
  struct watch **all;
  int count;
};

void fill(struct watches *w, int n) {
  w->all = malloc((size_t)n * sizeof *w->all);
  while (w->all && w->count < n)
    w->all[w->count++] = calloc(1, sizeof(struct watch));
}

long length(struct watches *w) {
  long sum = 0;
  for (int i = 0; i < w->count; i++)
    sum += (w->all[i]->until - w->all[i]->since) * w->all[i]->hits;
  return sum;
}
