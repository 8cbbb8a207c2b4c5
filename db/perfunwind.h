/* Call chains from the registers and the piece of stack in a sample (perf record --call-graph
 * dwarf), by the unwind information of the binaries. */
#ifndef HPLINT_DB_PERFUNWIND_H
#define HPLINT_DB_PERFUNWIND_H

#include "db/symbols.h"

typedef struct UnwindMap {
  uint64_t start;   /* address in the process */
  uint64_t offset;  /* in the file */
  Symbols *symbols; /* NULL: nothing known */
} UnwindMap;
typedef struct UnwindSample {
  uint64_t mask;        /* perf's register numbers that are present */
  const uint8_t *regs;  /* 8 bytes each, in the order of the mask */
  const uint8_t *stack; /* from the stack pointer upwards */
  uint64_t stack_size;
} UnwindSample;

typedef struct Unwinder Unwinder;
/* For one process, as it is mapped now. */
Unwinder *unwinder_new(const UnwindMap *maps, uint32_t count);
void unwinder_free(Unwinder *u);
/* Addresses, innermost first: the first as it was, the others those of the calls (one less than the
 * return address). 0 when the machine or the sample does not allow it. */
uint32_t unwinder_run(Unwinder *u, const UnwindSample *sample, uint64_t *addresses, uint32_t cap);

#endif
