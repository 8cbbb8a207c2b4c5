/* The order of a nest that the program chooses by its shape: `if (rows > columns)` runs the nest in
 * one order, else in the other. */
#include "rules/nest.h"

enum { EXPRESSION = 8 }; /* instructions from a bound to the value that decides it */

/* Made from its operands alone, and moved by them in one direction: n - 1, (n + 1) / 2. */
static bool is_shape_arithmetic(IrOp op) {
  switch (op) {
  case IR_ADD:
  case IR_SUB:
  case IR_MUL:
  case IR_DIV:
  case IR_SHL:
  case IR_SHR:
  case IR_CONV:
    return true;
  default:
    return false;
  }
}

/* The one value that an expression depends on besides constants; NONE if there are several. */
static IrRef deciding_value(const IrFunction *fn, IrRef value) {
  for (int steps = 0; steps < EXPRESSION; steps++) {
    const IrInsn *def = ir_def(fn, value);
    if (!def || !is_shape_arithmetic(def->op))
      return value;
    IrRef left = ir_ref(IR_REF_NONE, 0);
    for (uint32_t i = 0; i < def->nargs; i++) {
      IrRef arg = ir_arg(fn, def, i);
      if (ir_ref_kind(arg) == IR_REF_CONST)
        continue;
      if (ir_ref_kind(left) != IR_REF_NONE)
        return ir_ref(IR_REF_NONE, 0);
      left = arg;
    }
    value = left;
  }
  return ir_ref(IR_REF_NONE, 0);
}

static bool is_order(IrOp op) {
  return op == IR_LT || op == IR_LE || op == IR_GT || op == IR_GE;
}

/* The comparison that ends the block is one of the two values. */
static bool compares(const IrAnalysis *an, IrBlockId block, IrRef a, IrRef b) {
  const IrFunction *fn = an->fn;
  const IrBlock *bl = &fn->blocks[block];
  const IrInsn *last = &fn->insns[bl->first + bl->count - 1];
  const IrInsn *test = last->op == IR_BR ? ir_def(fn, ir_arg(fn, last, 0)) : NULL;
  if (!test || !is_order(test->op))
    return false;
  IrRef left = deciding_value(fn, ir_arg(fn, test, 0));
  IrRef right = deciding_value(fn, ir_arg(fn, test, 1));
  return (left == a && right == b) || (left == b && right == a);
}

/* The other way of the branch, not the one to `here`, has a nest of loops. */
static bool other_way_has_nest(const IrAnalysis *an, IrBlockId branch, IrBlockId here) {
  const IrBlock *b = &an->fn->blocks[branch];
  for (uint32_t w = 0; w < b->nsuccs; w++) {
    IrBlockId way = an->fn->edges[b->succs + w];
    if (ir_dominates(an->idom, way, here))
      continue;
    for (uint32_t loop = 0; loop < an->nloops; loop++)
      if (an->loops[loop].parent != IR_NONE && ir_dominates(an->idom, way, an->loops[loop].header))
        return true;
  }
  return false;
}

bool nest_order_chosen(const IrAnalysis *an, uint32_t outer, uint32_t inner) {
  const IrLoop *out = &an->loops[outer], *in = &an->loops[inner];
  if (out->trip != IR_TRIP_SYMBOLIC || in->trip != IR_TRIP_SYMBOLIC)
    return false;
  IrRef a = deciding_value(an->fn, out->bound), b = deciding_value(an->fn, in->bound);
  if (ir_ref_kind(a) == IR_REF_NONE || ir_ref_kind(b) == IR_REF_NONE || a == b)
    return false;
  for (IrBlockId block = out->header; block != an->idom[block]; block = an->idom[block])
    if (compares(an, an->idom[block], a, b) && other_way_has_nest(an, an->idom[block], out->header))
      return true;
  return false;
}
