/* A table of pointers, walked backwards by a while loop in a function of its own. */
#include <stdlib.h>

struct client { // expect: HP106 "2 cache lines of each struct client for deadline, flags"
  int fd, flags;
  char peer[120];
  long deadline;
};

struct pool {
  struct client **slots;
  int used;
};

void fill(struct pool *p, int n) {
  p->slots = malloc((size_t)n * sizeof *p->slots);
  while (p->slots && p->used < n)
    p->slots[p->used++] = calloc(1, sizeof(struct client));
}

int expire(struct pool *p, long now) {
  int i = p->used, expired = 0;
  while (i-- > 0) {
    struct client *c = p->slots[i];
    if (c->deadline < now && c->flags)
      expired++;
  }
  return expired;
}
