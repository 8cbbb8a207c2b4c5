/* rule: HP101; sizes: 1000 20000 400000
 * A linked list in random order of memory against an array of its values. */
#include "../harness.h"

#include <stdlib.h>

struct node {
  struct node *next;
  long value;
  char name[32];
};
static struct node nodes[SIZE];
static struct node *head;
static long values[SIZE];

void setup(void) {
  static int order[SIZE];
  for (int i = 0; i < SIZE; i++)
    order[i] = i;
  for (int i = SIZE - 1; i > 0; i--) {
    int j = (int)(next_random() % (unsigned)(i + 1)), t = order[i];
    order[i] = order[j];
    order[j] = t;
  }
  for (int i = 0; i < SIZE; i++) {
    struct node *n = &nodes[order[i]];
    n->value = values[i] = i;
    n->next = head;
    head = n;
  }
}

#ifdef GOOD
long kernel(void) {
  long total = 0;
  for (int i = 0; i < SIZE; i++)
    total += values[i];
  return total;
}
#else
long kernel(void) {
  long total = 0;
  for (const struct node *p = head; p; p = p->next)
    total += p->value;
  return total;
}
#endif
