/* The next node's key is looked at before the step: the load of the link stands there several
 * times, and what is read through any of them belongs to a node. */
struct node {
  struct node *next;
  long key;
  char rest[48];
};

struct node *place_for(struct node *n, long key) {
  while (n->next && n->next->key < key) // expect: HP101 "16 of 64 bytes"
    n = n->next;
  return n;
}
