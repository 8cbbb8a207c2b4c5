/* rule: HP108; sizes: 1000 20000
 * A record of 256 bytes copied to look at four of its numbers. */
#include "../harness.h"

struct matrix {
  double m[4][8];
};
static struct matrix all[SIZE];

void setup(void) {
  for (int i = 0; i < SIZE; i++)
    for (int k = 0; k < 4; k++)
      all[i].m[k][k] = i + k;
}

static __attribute__((noinline)) double trace(const struct matrix *m) {
  double sum = 0;
  for (int i = 0; i < 4; i++)
    sum += m->m[i][i];
  return sum;
}

long kernel(void) {
  double sum = 0;
  for (int i = 0; i < SIZE; i++) {
#ifdef GOOD
    sum += trace(&all[i]);
#else
    struct matrix m = all[i];
    sum += trace(&m);
#endif
  }
  return (long)sum;
}
