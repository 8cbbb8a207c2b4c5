/* One of two ways is taken: one allocation an iteration, though two places make one. */
#include <stdlib.h>
struct pair {
  struct pair *next;
  int key, value;
};
struct pair *read_pairs(const int *from, int n) {
  struct pair *list = NULL;
  for (int i = 0; i < n; i++) {
    struct pair *p;
    if (from[i] > 0) {
      p = malloc(sizeof *p); // expect: HP204 low "each iteration takes up to one struct pair of 16 bytes"
      p->value = 1;
    } else {
      p = malloc(sizeof *p);
      p->value = -1;
    }
    p->key = from[i];
    p->next = list;
    list = p;
  }
  return list;
}
