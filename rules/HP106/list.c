/* Nodes of a list: what the walk reads lies at both ends of 136 bytes. */
#include <stdlib.h>

struct route { // expect: HP106 "3 cache lines of each struct route for next, weight, key; in another order of the fields it is 1"
  struct route *next;
  char name[56];
  int key;
  char label[60];
  double weight;
};

struct route *read_routes(int n) {
  struct route *first = NULL;
  for (int i = 0; i < n; i++) {
    struct route *r = calloc(1, sizeof *r);
    if (!r)
      break;
    r->next = first;
    first = r;
  }
  return first;
}

double weight_of(const struct route *r, int key) {
  double sum = 0;
  for (; r; r = r->next)
    if (r->key == key)
      sum += r->weight;
  return sum;
}

double weight_of_read(int n, int key) {
  return weight_of(read_routes(n), key);
}
