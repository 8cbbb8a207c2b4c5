/* Costs in cycles, by the level of the cache that holds the data. */
#include "rules/cycles.h"

enum { TCACHE_BYTES = 1032 }; /* what glibc keeps for a thread without a lock */

typedef struct Levels {
  double l1, l2, l3, memory;
} Levels;

/* The cost at the level that holds `footprint`; between two levels a part comes from each. */
static double at_level(const Machine *m, double footprint, const Levels *cost) {
  if (footprint <= 0)
    return cost->memory;
  if (footprint <= (double)m->l1)
    return cost->l1;
  if (footprint <= (double)m->l2)
    return cost->l2;
  double l3 = (double)m->l3 / 2; /* the other half is other programs' */
  if (l3 <= 0 || footprint >= 2 * l3)
    return cost->memory;
  double out = footprint <= l3 ? 0 : (footprint - l3) / l3;
  return cost->l3 * (1 - out) + cost->memory * out;
}

double cycles_work(double bytes) {
  return bytes < 4 ? 0.5 : bytes / 8;
}

double cycles_line(const Machine *m, double footprint) {
  static const Levels cost = {.l1 = 0, .l2 = 1.3, .l3 = 4, .memory = 7};
  return at_level(m, footprint, &cost);
}

double cycles_random(const Machine *m, double footprint) {
  static const Levels cost = {.l1 = 1, .l2 = 2, .l3 = 6, .memory = 20};
  return at_level(m, footprint, &cost);
}

double cycles_pair(double bytes) {
  return bytes > TCACHE_BYTES ? CYCLES_PAIR_LARGE : CYCLES_PAIR;
}

double cycles_saving(double now, double then) {
  double saving = now > then ? 1 - then / now : 0;
  return saving < 0.9999 ? saving : 0.9999;
}
