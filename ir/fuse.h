/* May two loops that stand one after the other be one? */
#ifndef HPLINT_IR_FUSE_H
#define HPLINT_IR_FUSE_H

#include "ir/analysis.h"

typedef enum IrFuseKind {
  IR_FUSE_LEGAL,
  IR_FUSE_CONDITIONAL, /* legal if what `condition` says holds */
  IR_FUSE_ILLEGAL,
  IR_FUSE_UNKNOWN, /* not neighbours, other numbers of iterations, calls, other exits ... */
} IrFuseKind;

/* Accesses to the same element in the same iteration: `first` in the one loop, `second` in the
 * other. */
typedef struct IrFusePair {
  const IrAccess *first, *second;
} IrFusePair;
enum { IR_FUSE_PAIRS = 8 };

typedef struct IrFuse {
  IrFuseKind kind;
  IrFusePair shared[IR_FUSE_PAIRS]; /* one for each object */
  uint32_t nshared;
} IrFuse;

/* `second` follows `first`, both directly in the same loop. The same assumptions as for the
 * dependence test; for CONDITIONAL, `condition` (may be NULL) gets the conditions in words, joined
 * by "; ". */
IrFuse ir_can_fuse(const IrAnalysis *an, uint32_t first, uint32_t second, HpBuf *condition);
const char *ir_fuse_name(IrFuseKind kind);

#endif
