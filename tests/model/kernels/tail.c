/* rule: HP310; sizes: 50 500 3000
 * A list walked to its end for each node against a pointer to the last. */
#include "../harness.h"

#include <stddef.h>

struct node {
  struct node *next;
  long value;
};
struct list {
  struct node *head, **end;
};
static struct node nodes[SIZE];
static struct list all;

void setup(void) {}

static void append(struct list *l, struct node *n) {
#ifdef GOOD
  *l->end = n;
  l->end = &n->next;
#else
  struct node **link = &l->head;
  while (*link)
    link = &(*link)->next;
  *link = n;
#endif
}

long kernel(void) {
  all.head = NULL;
  all.end = &all.head;
  for (int i = 0; i < SIZE; i++) {
    nodes[i].next = NULL;
    nodes[i].value = i;
    append(&all, &nodes[i]);
  }
  return all.head->value + nodes[SIZE - 1].value;
}
