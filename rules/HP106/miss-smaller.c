/* Another order is smaller too: the advice is HP104's, and there is one. */
#include <stdlib.h>

struct peer { // expect: HP104 low "fit in 104"
  char open;
  struct peer *next;
  char name[88];
  char dirty;
  int load;
};

struct peer *peers(struct peer *next, int n) {
  for (int i = 0; i < n; i++) {
    struct peer *p = calloc(1, sizeof *p);
    p->next = next;
    next = p;
  }
  return next;
}

int load(const struct peer *p) {
  int sum = 0;
  for (; p; p = p->next)
    sum += p->load;
  return sum;
}
