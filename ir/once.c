/* Branches that one iteration of a loop takes: those that ask whether a counter is at a value that
 * stays, as in `if (i == 0)` and `if (i == n - 1)`. */
#include "ir/analysis_private.h"

static bool moves(const IrAnalysis *an, uint32_t loop, IrRef ref) {
  IrEvolution ev = ir_evolution(an, loop, ref);
  return ev.kind == IR_EV_AFFINE && ev.step != 0;
}

static bool stays(const IrAnalysis *an, uint32_t loop, IrRef ref) {
  return ir_ref_kind(ref) == IR_REF_CONST || ir_evolution(an, loop, ref).kind == IR_EV_INVARIANT;
}

uint32_t ir_equal_once(const IrAnalysis *an, IrBlockId block) {
  const IrFunction *fn = an->fn;
  const IrBlock *b = &fn->blocks[block];
  const uint32_t loop = an->loop_of[block];
  const IrInsn *end = b->count ? &fn->insns[b->first + b->count - 1] : NULL;
  if (loop == IR_NONE || an->loops[loop].irreducible || !ir_is(end, IR_BR) || b->nsuccs != 2 ||
      !ir_loop_contains(an, loop, fn->edges[b->succs]) ||
      !ir_loop_contains(an, loop, fn->edges[b->succs + 1]))
    return IR_NONE;
  IrRef condition = ir_arg(fn, end, 0);
  while (ir_is(ir_def(fn, condition), IR_CONV))
    condition = ir_arg(fn, ir_def(fn, condition), 0);
  const IrInsn *test = ir_def(fn, condition);
  if (ir_is(test, IR_EQ) || ir_is(test, IR_NE)) {
    IrRef x = ir_arg(fn, test, 0), y = ir_arg(fn, test, 1);
    bool counts =
        (moves(an, loop, x) && stays(an, loop, y)) || (moves(an, loop, y) && stays(an, loop, x));
    return counts ? fn->edges[b->succs + (test->op == IR_NE)] : IR_NONE;
  }
  return moves(an, loop, condition) ? fn->edges[b->succs + 1] : IR_NONE; /* `if (i)` */
}

bool ir_once_a_loop(const IrAnalysis *an, uint32_t loop, IrBlockId block) {
  for (IrBlockId at = block; at && at != an->loops[loop].header && ir_loop_contains(an, loop, at);
       at = an->idom[at]) {
    const IrBlockId branch = an->idom[at];
    if (an->loop_of[branch] == loop && an->fn->blocks[at].npreds == 1 &&
        ir_equal_once(an, branch) == at)
      return true;
  }
  return false;
}
