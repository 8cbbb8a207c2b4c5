/* Lists built by walking to their end for each node. */
#include <stdlib.h>

struct node {
  struct node *next;
  long value;
};
struct list {
  struct node *head;
};

static void append(struct list *l, struct node *n) {
  struct node **link = &l->head;
  while (*link)
    link = &(*link)->next;
  *link = n;
}

void build(struct list *l, struct node *nodes, int n) {
  for (int i = 0; i < n; i++) {
    nodes[i].next = NULL;
    append(l, &nodes[i]); // expect: HP310 severity medium "append, called in each iteration, walks the list l to its end"
  }
}

void read_all(struct list *l, const long *values, int n) {
  for (int i = 0; i < n; i++) {
    struct node *new = malloc(sizeof *new), *p;
    if (!new)
      abort();
    new->next = NULL;
    new->value = values[i];
    if (!l->head) {
      l->head = new;
      continue;
    }
    for (p = l->head; p->next; p = p->next) // expect: HP310 "to append a node"
      ;
    p->next = new;
  }
}
