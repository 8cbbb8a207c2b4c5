/* Many, in a heap array. */
#include <stdlib.h>

struct particle { // expect: HP104 "struct particle takes 40 bytes, 18 of them padding; in another order its fields fit in 24"
  char kind;
  double x;
  char fixed;
  double y;
  int id;
};

struct particle *particles(size_t n) {
  return calloc(n, sizeof(struct particle));
}

double sum(const struct particle *p, size_t n) {
  double total = 0;
  for (size_t i = 0; i < n; i++)
    if (p[i].kind && !p[i].fixed)
      total += p[i].x * p[i].y + p[i].id;
  return total;
}
