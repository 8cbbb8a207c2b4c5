/* A list walked in a direction that is chosen once is no tree descent. */
struct node {
  struct node *prev, *next;
  long key, weight;
};

long weights(const struct node *n, int reverse) {
  long sum = 0;
  while (n) { // expect: HP101 "24 of 32 bytes"
    sum += n->weight;
    n = reverse ? n->prev : n->next;
  }
  return sum;
}

const struct node *descend(const struct node *n, long key) {
  while (n && n->key != key) // expect: HP101 low
    n = key < n->key ? n->prev : n->next;
  return n;
}
