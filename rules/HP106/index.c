/* Elements of an array, picked by an index array; through a helper and a macro. */
#include <stdlib.h>

struct body { // expect: HP106 "2 cache lines"
  double mass;
  char name[64];
  double trail[6];
  double charge;
};

#define FOR_EACH(i, n) for (int i = 0; i < (n); i++)

struct body *bodies(size_t n) {
  return calloc(n, sizeof(struct body));
}

double energy(const struct body *all, const int *near, int n) {
  double sum = 0;
  FOR_EACH(i, n) sum += all[near[i]].mass * all[near[i]].charge;
  return sum;
}
