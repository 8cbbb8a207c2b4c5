/* Addresses as linear forms over the iterations of a nest: what dependence tests compute with. */
#ifndef HPLINT_IR_LINEAR_H
#define HPLINT_IR_LINEAR_H

#include "ir/analysis_private.h"

enum { NEST_MAX = 4, LIN_MAX = 8, SEEN_MAX = 32 };

/* Loops of a nest from the outermost inwards; or of two nests that stand one after the other and
 * would be one (`ntwins` is 0 for a single one). */
typedef struct IrNest {
  const IrAnalysis *an;
  uint32_t loops[NEST_MAX], depth;
  uint32_t twins[NEST_MAX], ntwins; /* the second nest */
  IrRef seen[SEEN_MAX]; /* invariant values met: what is computed twice alike is one symbol */
  uint32_t nseen;
} IrNest;

/* coef * sym * (iteration of loops[loop], or of its twin); sym NONE and loop -1 stand for 1. Where
 * a loop starts at another value each time (j = i), its counter (times -1 if that counts down)
 * stands for the iteration: the order is the same, and so it is after an interchange with the
 * bounds rewritten. */
typedef struct IrTerm {
  IrRef sym;
  int32_t loop;
  int64_t coef;
} IrTerm;
typedef struct IrLin {
  IrTerm terms[LIN_MAX];
  uint32_t n;
  bool ok;
} IrLin;

/* base + at, or, through a table of row pointers, *(base + row) + at. */
typedef struct IrForm {
  IrRef base;
  bool has_row;
  IrLin row, at;
} IrForm;

/* False when the address does not follow the nest's counters evenly. */
bool ir_linear_addr(IrNest *nest, const IrAddr *addr, IrForm *out);
/* Does the loop, at this level of the nest, start elsewhere each time it is entered? */
bool ir_nest_is_skewed(const IrNest *nest, uint32_t level, uint32_t loop);
/* Does the value stay the same while the nests run? */
bool ir_nest_is_fixed(const IrNest *nest, IrRef ref);
/* a - b */
IrLin ir_lin_minus(const IrLin *a, const IrLin *b);

#endif
