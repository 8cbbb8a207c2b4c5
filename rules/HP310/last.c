/* The list is that of an array's last element: no bucket of a table. */
#include <stdlib.h>

struct node {
  struct node *next;
  long value;
};
struct block {
  long name;
  struct node *nodes;
};
struct blocks {
  struct block *items;
  unsigned count;
};

void fill_last(struct blocks *b, const long *values, int n) {
  for (int i = 0; i < n; i++) {
    struct node *new = calloc(1, sizeof *new), **link;
    if (!new)
      abort();
    new->value = values[i];
    for (link = &b->items[b->count - 1].nodes; *link; link = &(*link)->next) // expect: HP310 "to append a node"
      ;
    *link = new;
  }
}
