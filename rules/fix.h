/* Symbolic fixes: what of a finding's advice can be done mechanically, and is proven to be safe as
 * far as the IR tells. Each function sets finding->fix, to the fix or to why there is none. */
#ifndef HPLINT_RULES_FIX_H
#define HPLINT_RULES_FIX_H

#include "rules/rule.h"

/* No fix, and why: "the allocation ...", a clause without a full stop. */
void finding_no_fix(Finding *f, const char *why);

/* Other order of the fields; the record's order is not fixed (rules/reorder.h). */
void finding_fix_reorder(Report *r, Finding *f, const PgRecordInfo *info, const uint32_t *order);

/* Exchange of two loops that ir_can_interchange calls legal without a condition. */
void finding_fix_interchange(Finding *f, const IrAnalysis *an, uint32_t outer, uint32_t inner);

/* A block that is taken by `call` and given back by `release` in each iteration of the loop, and
 * goes nowhere else: one block serves all iterations. `null`: the block that an iteration goes to
 * when the allocation failed, IR_NONE if it does not ask; `size`: of the block, a NONE operand if
 * unknown. */
void finding_fix_reuse(Finding *f, const IrAnalysis *an, uint32_t loop, IrInsnId call,
                       IrInsnId release, IrBlockId null, IrRef size);

/* A capacity in memory that `store` adds a constant to before `call` makes room. */
void finding_fix_grow(Finding *f, const PgFunction *pf, IrInsnId store, IrInsnId call);

#endif
