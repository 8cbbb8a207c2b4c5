/* Accesses by kind and loops by what they touch: for listings and comparisons. */
#ifndef HPLINT_IR_KINDS_H
#define HPLINT_IR_KINDS_H

#include "ir/analysis.h"

/* The address classes of analysis.h, as many as a reader wants to tell apart. */
typedef enum IrAccessKind {
  IR_AK_UNIT,
  IR_AK_STRIDED, /* by a constant or another fixed amount */
  IR_AK_INVARIANT,
  IR_AK_CHASE,
  IR_AK_GATHER, /* the index or the base is loaded in the loop */
  IR_AK_UNKNOWN,
  IR_AK_COUNT,
} IrAccessKind;
IrAccessKind ir_access_kind(IrAccessClass cls);
const char *ir_access_kind_name(IrAccessKind kind); /* "unit stride", "pointer chase" ... */

/* One loop. Accesses and calls are those of its own blocks; inner loops have facts of their own. */
typedef struct IrLoopFacts {
  uint32_t accesses[IR_AK_COUNT];
  uint32_t ncalls; /* CALL and CALLP */
  double trips;    /* iterations each time it is entered: IR_TRIP_CONST its count, else the static
                      estimate */
  uint64_t step_bytes;  /* distinct bytes that an iteration touches at addresses which move */
  uint64_t fixed_bytes; /* distinct bytes at the same address in each iteration */
} IrLoopFacts;
/* By loop, in the arena. */
IrLoopFacts *ir_loop_facts(const IrAnalysis *an, HpArena *arena);
/* What `loop` touches in all each time it is entered, inner loops included, at most: iterations
 * times bytes, each counted as new. */
double ir_loop_footprint(const IrAnalysis *an, const IrLoopFacts *facts, uint32_t loop);
/* What bounds a loop's iterations, as C (IR_TRIP_SYMBOLIC). */
void ir_describe_bound(HpBuf *out, const IrAnalysis *an, uint32_t loop);

#endif
