/* Many, in a heap array: how many is known for the first. */
#include <stdlib.h>

enum { PARTICLES = 100000 };

struct particle { // expect: HP104 "struct particle takes 40 bytes, 18 of them padding; in another order its fields fit in 24"
  char kind;
  double x;
  char fixed;
  double y;
  int id;
};

struct particle *particles(void) {
  return calloc(PARTICLES, sizeof(struct particle));
}

double sum(const struct particle *p, size_t n) {
  double total = 0;
  for (size_t i = 0; i < n; i++)
    if (p[i].kind && !p[i].fixed)
      total += p[i].x * p[i].y + p[i].id;
  return total;
}

struct address { // expect: HP104 low "struct address takes 40 bytes"
  char kind;
  double x;
  char fixed;
  double y;
  int id;
};

struct address *addresses(size_t n) {
  return calloc(n, sizeof(struct address));
}

double sum_of(const struct address *p, size_t n) {
  double total = 0;
  for (size_t i = 0; i < n; i++)
    if (p[i].kind && !p[i].fixed)
      total += p[i].x * p[i].y + p[i].id;
  return total;
}
