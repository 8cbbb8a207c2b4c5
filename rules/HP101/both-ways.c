/* A list walked in a direction that is chosen once is no tree descent, nor one whose step stands in several branches. */
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

long some_weights(const struct node *n, long least) {
  long sum = 0;
  while (n) { // expect: HP101 "linked list"
    if (n->key < 0) {
      n = n->next;
      continue;
    }
    if (n->weight < least) {
      least--;
      n = n->next;
      continue;
    }
    sum += n->weight;
    n = n->next;
  }
  return sum;
}
