/* How much of the code the IR models: instructions, and those that are OPAQUE, by reason. */
#ifndef HPLINT_IR_COVERAGE_H
#define HPLINT_IR_COVERAGE_H

#include "ir/ir.h"

typedef struct IrGap {
  char *reason;
  uint64_t count;
  char *path; /* where it is first seen */
  uint32_t line;
  char *function;
} IrGap;
typedef struct IrCoverage {
  uint64_t units, functions, instructions, opaque;
  uint64_t touched; /* functions with an OPAQUE instruction */
  IrGap *gaps;      /* by count after ir_coverage_sort */
  uint32_t ngaps, gaps_cap;
} IrCoverage;

void ir_coverage_add(IrCoverage *c, const IrUnit *unit);
void ir_coverage_sort(IrCoverage *c); /* most frequent first, then by name */
void ir_coverage_free(IrCoverage *c);

#endif
