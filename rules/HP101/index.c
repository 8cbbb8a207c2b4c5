/* Links that are indices: of a hash chain, of a list in an array of records, of a tree. */
#include <stdint.h>

/* How long the chains are the text does not tell. */
unsigned longest(const unsigned char *window, const uint32_t *prev, uint32_t at, uint32_t limit, unsigned chain,
                 uint32_t mask, unsigned char want) {
  unsigned best = 0;
  do { // expect: HP101 low "waits for the load of prev[at & mask], which gives the index of the next"
    if (window[at + best] == want)
      best++;
  } while ((at = prev[at & mask]) > limit && --chain != 0);
  return best;
}

struct node {
  int next;
  long value;
};
long sum(const struct node *nodes, int i) {
  long s = 0;
  for (; i >= 0; i = nodes[i].next) // expect: HP101 low "which gives the index of the next"
    s += nodes[i].value;
  return s;
}

/* The two sons of position i are at 2 * i. */
uint32_t descend(const uint32_t *son, const uint32_t *keys, uint32_t key, uint32_t i) {
  while (i && keys[i] != key) { // expect: HP101 low "gives the index of the next"
    const uint32_t *pair = son + 2 * i;
    i = key < keys[i] ? pair[0] : pair[1];
  }
  return i;
}

/* A pointer that the link's index is turned into. */
struct entry {
  uint32_t next, key;
  long value;
};
const struct entry *look_up(const struct entry *table, const struct entry *e, uint32_t key) {
  while (e->key != key) // expect: HP101 low "e->next, which gives the index of the next"
    e = &table[e->next];
  return e;
}
