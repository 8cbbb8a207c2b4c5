/* A library: who calls it may store anything. */
#include <stdlib.h>
#include "miss-library.h"

struct entry *entries(size_t n) {
  struct entry *e = calloc(n, sizeof *e);
  for (size_t i = 0; e && i < n; i++)
    e[i].kind = e[i].level = 1;
  return e;
}

/* Its own record, but a parameter of everybody's. */
struct inner {
  int kind, level, depth, more;
};

static struct inner *inners;

void set_inner(size_t i, int kind) {
  inners = inners ? inners : calloc(1000, sizeof *inners);
  inners[i].kind = inners[i].level = kind;
  inners[i].depth = inners[i].more = (int)i;
}
