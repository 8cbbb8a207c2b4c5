/* What things cost, in cycles, for the share that a fix saves (docs/model.md). The figures are of
 * today's processors, rounded; `./dev bench-model` holds them against the clock. A footprint of 0 is
 * one that is not known: it is taken to be more than the caches hold. */
#ifndef HPLINT_RULES_MODEL_H
#define HPLINT_RULES_MODEL_H

#include "rules/machine.h"

enum {
  MODEL_PAIR = 24,       /* malloc and free of a block that the thread's cache serves */
  MODEL_PAIR_LARGE = 50, /* of a larger one */
  MODEL_CALL = 36,       /* of a string function: the call, the set-up, the wrong guess at its end */
  MODEL_WORK = 5,        /* what is left of an iteration that does little */
  MODEL_STEP = 4,        /* a load that waits for a load, in the first-level cache */
  MODEL_NEAR = 14,       /* the same in the second-level cache */
  MODEL_GUESS = 25,      /* a comparison of keys whose outcome is not foreseen */
  MODEL_PROBE = 10,      /* a look-up in a small hash table */
  MODEL_BYTES = 32,      /* moved or read per cycle by the C library */
};

/* Work of an iteration on so many bytes, apart from fetching their lines: vectors do 8 a cycle. */
double model_work(double bytes);
/* A cache line of a pass in order over `footprint` bytes, which comes from where they fit. */
double model_line(const Machine *m, double footprint);
/* A load from anywhere in `footprint` bytes when the next ones do not wait for it. */
double model_random(const Machine *m, double footprint);
double model_pair(double bytes);
/* Share saved when `now` becomes `then`: 0 to 0.9999. */
double model_saving(double now, double then);

#endif
