/* `for (size = 64;; size *= 2) { p = malloc(size); if (fill(p, size)) break; free(p); }`: the first
 * block mostly does, and the next ones are few. */
#include "rules/HP201/retry.h"

enum { MOST_WAYS = 12, DEEPEST = 8, STEPS = 8 };

typedef struct Retry {
  const PgFunction *pf;
  uint32_t loop;
  IrInsnId call;
  IrRef size; /* the header's PHI */
  IrRef seen[MOST_WAYS];
  uint32_t nseen;
  bool grows, other;
} Retry;

/* Down to a PHI at the loop's header, through sums with constants. */
static IrRef size_variable(const Retry *t, IrRef ref) {
  const IrFunction *fn = t->pf->fn;
  for (int steps = 0; steps < STEPS; steps++) {
    const IrInsn *in = ir_def(fn, ref);
    int64_t c;
    if (ir_is(in, IR_PHI) &&
        t->pf->an->block_of[ir_ref_index(ref)] == t->pf->an->loops[t->loop].header)
      return ref;
    if (!ir_is(in, IR_CONV) && !(ir_is(in, IR_ADD) && ir_const_int(fn, ir_arg(fn, in, 1), &c)))
      break;
    ref = ir_arg(fn, in, 0);
  }
  return ir_ref(IR_REF_NONE, 0);
}

static bool is_factor(const IrFunction *fn, const IrInsn *in) {
  int64_t c;
  if (in->op == IR_ADD)
    return ir_arg(fn, in, 0) == ir_arg(fn, in, 1);
  return ir_const_int(fn, ir_arg(fn, in, 1), &c) && c >= (in->op == IR_MUL ? 2 : 1);
}

/* A call that is handed the block, or a pointer into it. */
static bool gets_block(const Retry *t, const IrInsn *call) {
  const IrFunction *fn = t->pf->fn;
  for (uint32_t i = 0; i < call->nargs; i++)
    if (ir_addr_root(fn, ir_arg(fn, call, i)) == ir_ref(IR_REF_VALUE, t->call))
      return true;
  return false;
}

/* What the size is in the next iteration. */
static void next_size(Retry *t, IrRef ref, uint32_t depth) {
  const IrFunction *fn = t->pf->fn;
  const IrInsn *in = ir_def(fn, ref);
  if (!in || depth > DEEPEST || t->nseen == MOST_WAYS) {
    t->other = true;
    return;
  }
  for (uint32_t i = 0; i < t->nseen; i++)
    if (t->seen[i] == ref)
      return;
  t->seen[t->nseen++] = ref;
  int64_t c;
  const IrLoop *l = &t->pf->an->loops[t->loop];
  bool counted = l->trip == IR_TRIP_CONST || l->trip == IR_TRIP_SYMBOLIC;
  switch ((IrOp)in->op) {
  case IR_PHI:
    t->other |= ref == t->size; /* unchanged on some way */
    for (uint32_t i = 0; ref != t->size && i < in->nargs; i++)
      next_size(t, ir_arg(fn, in, i), depth + 1);
    break;
  case IR_SELECT:
    next_size(t, ir_arg(fn, in, 1), depth + 1);
    next_size(t, ir_arg(fn, in, 2), depth + 1);
    break;
  case IR_CONV:
    next_size(t, ir_arg(fn, in, 0), depth + 1);
    break;
  case IR_CALL:
  case IR_CALLP:
    t->grows |= gets_block(t, in);
    t->other |= !gets_block(t, in);
    break;
  case IR_ADD:
  case IR_MUL:
  case IR_SHL:
    if (is_factor(fn, in))
      t->grows = true;
    else if (in->op == IR_ADD && !counted && size_variable(t, ref) == t->size)
      t->grows |= ir_const_int(fn, ir_arg(fn, in, 1), &c) && c > 0;
    else if (in->op == IR_ADD && ir_const_int(fn, ir_arg(fn, in, 1), &c))
      next_size(t, ir_arg(fn, in, 0), depth + 1);
    else
      t->other = true;
    break;
  default:
    t->other = true;
    break;
  }
}

bool retry_with_larger(const IrProgram *p, const PgFunction *pf, uint32_t loop, IrInsnId call) {
  const IrFunction *fn = pf->fn;
  const IrInsn *in = &fn->insns[call];
  const PgSummary *s = pg_summary(p, pf->unit, fn, in);
  Retry t = {.pf = pf, .loop = loop, .call = call};
  uint32_t at = (uint32_t)s->size_arg + (in->op == IR_CALLP);
  if (s->size_arg < 0 || at >= in->nargs)
    return false;
  t.size = size_variable(&t, ir_arg(fn, in, at));
  if (ir_ref_kind(t.size) != IR_REF_VALUE)
    return false;
  const IrInsn *phi = ir_def(fn, t.size);
  const IrBlock *header = &fn->blocks[pf->an->loops[loop].header];
  for (uint32_t i = 0; i < phi->nargs; i++)
    if (ir_loop_contains(pf->an, loop, fn->edges[header->preds + i]))
      next_size(&t, ir_arg(fn, phi, i), 0);
  return t.grows && !t.other;
}
