/* Nodes that are at hand already, for a list that the program's own callers keep short: nothing
 * says that they are many. */
#include <stdlib.h>

struct node {
  struct node *next;
  int id;
};

static void append_all(struct node **head, struct node *nodes, int n) {
  for (int i = 0; i < n; i++) {
    struct node **link = head;
    while (*link) // expect: HP310 low "to append a node"
      link = &(*link)->next;
    *link = &nodes[i];
  }
}

int main(void) {
  static struct node nodes[3];
  struct node *head = NULL;
  append_all(&head, nodes, atoi("3"));
  return head != NULL;
}
