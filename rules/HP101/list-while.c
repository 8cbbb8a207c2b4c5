/* The same through a while loop, with the step in the middle and a do loop over a ring. */
struct item {
  int weight;
  int flags;
  struct item *link;
};

int total_weight(struct item *it) {
  int total = 0;
  while (it) { // expect: HP101 "16 of 16 bytes"
    struct item *following = it->link;
    if (it->flags & 1)
      total += it->weight;
    it = following;
  }
  return total;
}

int ring_weight(const struct item *ring) {
  const struct item *p = ring;
  int total = 0;
  do { // expect: HP101 "the load of"
    total += p->weight;
    p = p->link;
  } while (p != ring);
  return total;
}
