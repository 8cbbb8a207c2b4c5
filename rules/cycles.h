/* What things cost, in cycles, for the share that a fix saves (docs/model.md). The figures are of
 * today's processors, rounded; `./dev bench-model` holds them against the clock. A footprint of 0
 * is one that is not known: it is taken to be more than the caches hold. */
#ifndef HPLINT_RULES_CYCLES_H
#define HPLINT_RULES_CYCLES_H

#include "rules/machine.h"

enum {
  CYCLES_PAIR = 24,       /* malloc and free of a block that the thread's cache serves */
  CYCLES_PAIR_LARGE = 50, /* of a larger one */
  CYCLES_CALL = 36,     /* of a string function: the call, the set-up, the wrong guess at its end */
  CYCLES_WORK = 5,      /* what is left of an iteration that does little */
  CYCLES_STEP = 4,      /* a load that waits for a load, in the first-level cache */
  CYCLES_NEAR = 14,     /* the same in the second-level cache */
  CYCLES_GUESS = 25,    /* a comparison of keys whose outcome is not foreseen */
  CYCLES_PROBE = 10,    /* a look-up in a small hash table */
  BYTES_PER_CYCLE = 32, /* moved or read per cycle by the C library */
};

/* Work of an iteration on so many bytes, apart from fetching their lines: vectors do 8 a cycle. */
double cycles_work(double bytes);
/* A cache line of a pass in order over `footprint` bytes, which comes from where they fit. */
double cycles_line(const Machine *m, double footprint);
/* A load from anywhere in `footprint` bytes when the next ones do not wait for it. */
double cycles_random(const Machine *m, double footprint);
double cycles_pair(double bytes);
/* Share saved when `now` becomes `then`: 0 to 0.9999. */
double cycles_saving(double now, double then);

#endif
