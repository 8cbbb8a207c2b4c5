/* The caches that findings are judged by. */
#ifndef HPLINT_RULES_MACHINE_H
#define HPLINT_RULES_MACHINE_H

#include <stdint.h>

typedef struct Machine {
  uint64_t l1, l2, l3; /* bytes of the data caches that one core uses; l3 0: there is none */
  uint32_t line;       /* bytes */
  uint32_t l1_ways;    /* lines of one set */
} Machine;

/* What most machines have at least: the same everywhere, so that results are. */
extern const Machine machine_portable;
/* This one, what the system does not tell being as in `machine_portable`. */
Machine machine_of_system(void);
/* Sets of the first-level cache. */
uint32_t machine_l1_sets(const Machine *m);

#endif
