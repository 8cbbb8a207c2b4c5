/* Which blocks of a function run when some of its parameters have known values: branches and
 * switches that these decide are followed one way only. */
#include "ir/reach.h"
#include "ir/analysis_private.h"

#include <stdlib.h>

enum { DEEPEST = 8 };

static const PgKnown unknown = {PG_KNOWN_NOTHING, 0};

static PgKnown number(int64_t n) {
  return (PgKnown){PG_KNOWN_NUMBER, n};
}

/* A value that its type cannot hold is another one when the program runs. */
static PgKnown within(const IrType *type, int64_t n) {
  if (type->kind == IR_T_PTR)
    return number(n);
  IrRange r = ir_type_range(type);
  return type->kind == IR_T_INT && n >= r.low && n <= r.high ? number(n) : unknown;
}

static PgKnown calculated(const IrType *type, IrOp op, int64_t a, int64_t b) {
  int64_t n = 0;
  bool lost = false;
  switch (op) {
  case IR_ADD:
    lost = __builtin_add_overflow(a, b, &n);
    break;
  case IR_SUB:
    lost = __builtin_sub_overflow(a, b, &n);
    break;
  case IR_MUL:
    lost = __builtin_mul_overflow(a, b, &n);
    break;
  case IR_AND:
    n = a & b;
    break;
  case IR_OR:
    n = a | b;
    break;
  default:
    lost = true;
    break;
  }
  return lost ? unknown : within(type, n);
}

static PgKnown compared(const IrTest *t, PgKnown a, PgKnown b) {
  bool equality = t->op == IR_EQ || t->op == IR_NE;
  bool to_zero = b.kind == PG_KNOWN_NUMBER && b.number == 0;
  if (a.kind == PG_KNOWN_NOT_ZERO && equality && to_zero)
    return number(t->op == IR_NE);
  if (a.kind != PG_KNOWN_NUMBER || b.kind != PG_KNOWN_NUMBER ||
      (t->is_unsigned && !equality && (a.number < 0 || b.number < 0)))
    return unknown;
  switch (t->op) {
  case IR_EQ:
    return number(a.number == b.number);
  case IR_NE:
    return number(a.number != b.number);
  case IR_LT:
    return number(a.number < b.number);
  case IR_LE:
    return number(a.number <= b.number);
  case IR_GT:
    return number(a.number > b.number);
  case IR_GE:
    return number(a.number >= b.number);
  default:
    return unknown;
  }
}

static PgKnown value(const PgFunction *pf, const PgGiven *given, IrRef ref, uint32_t depth) {
  const IrFunction *fn = pf->fn;
  int64_t n;
  if (ir_const_int(fn, ref, &n))
    return number(n);
  IrRefKind kind = ir_ref_kind(ref);
  if (kind == IR_REF_LOCAL || kind == IR_REF_STR)
    return (PgKnown){PG_KNOWN_NOT_ZERO, 0};
  const IrInsn *in = ir_def(fn, ref);
  if (!in || depth > DEEPEST)
    return unknown;
  const IrType *type = &pf->unit->types[in->type];
  if (in->op == IR_PARAM)
    return in->aux < PG_GIVEN ? given->params[in->aux] : unknown;
  if (in->op == IR_CONV) {
    PgKnown v = value(pf, given, ir_arg(fn, in, 0), depth + 1);
    return v.kind == PG_KNOWN_NUMBER                               ? within(type, v.number)
           : v.kind == PG_KNOWN_NOT_ZERO && type->kind == IR_T_PTR ? v
                                                                   : unknown;
  }
  if (in->op >= IR_EQ && in->op <= IR_GE) {
    IrTest t = ir_read_test(pf->an, ref, true);
    PgKnown left = value(pf, given, t.left, depth + 1);
    return compared(&t, left,
                    ir_has_ref(t.right) ? value(pf, given, t.right, depth + 1) : number(0));
  }
  if (in->op < IR_ADD || in->op > IR_OR)
    return unknown;
  PgKnown a = value(pf, given, ir_arg(fn, in, 0), depth + 1),
          b = value(pf, given, ir_arg(fn, in, 1), depth + 1);
  return a.kind == PG_KNOWN_NUMBER && b.kind == PG_KNOWN_NUMBER
             ? calculated(type, (IrOp)in->op, a.number, b.number)
             : unknown;
}

PgGiven pg_given_by(const PgFunction *pf, const PgGiven *given, IrInsnId call) {
  const IrInsn *in = &pf->fn->insns[call];
  uint32_t shift = in->op == IR_CALLP;
  PgGiven out = {0};
  for (uint32_t i = 0; i < PG_GIVEN && i + shift < in->nargs; i++)
    out.params[i] = value(pf, given, ir_arg(pf->fn, in, i + shift), 0);
  return out;
}

/* The one successor that the block's end goes to, IR_NONE when several are left. */
static IrBlockId only_way(const PgFunction *pf, const PgGiven *given, IrBlockId id) {
  const IrFunction *fn = pf->fn;
  const IrBlock *b = &fn->blocks[id];
  const IrInsn *end = &fn->insns[b->first + b->count - 1];
  if (end->op != IR_BR && end->op != IR_SWITCH)
    return IR_NONE;
  PgKnown v = value(pf, given, ir_arg(fn, end, 0), 0);
  if (end->op == IR_BR)
    return v.kind == PG_KNOWN_NOTHING
               ? IR_NONE
               : fn->edges[b->succs + (v.kind == PG_KNOWN_NUMBER && !v.number)];
  if (v.kind != PG_KNOWN_NUMBER)
    return IR_NONE;
  const IrBlockInfo *info = ir_block_info(fn, b);
  for (uint32_t i = 0; i < info->ncases; i++) {
    const IrCase *c = &fn->cases[info->cases + i];
    if (v.number >= c->low && v.number <= c->high)
      return fn->edges[b->succs + c->succ];
  }
  return fn->edges[b->succs];
}

bool *pg_reached(const PgFunction *pf, const PgGiven *given) {
  const IrFunction *fn = pf->fn;
  bool *seen = hp_calloc(fn->nblocks, sizeof *seen);
  IrBlockId *stack = hp_calloc(fn->nblocks, sizeof *stack);
  uint32_t top = 0;
  stack[top++] = 0;
  seen[0] = true;
  while (top) {
    IrBlockId at = stack[--top];
    const IrBlock *b = &fn->blocks[at];
    IrBlockId only = only_way(pf, given, at);
    for (uint32_t i = 0; i < b->nsuccs; i++) {
      IrBlockId next = fn->edges[b->succs + i];
      if (seen[next] || (only != IR_NONE && next != only))
        continue;
      seen[next] = true;
      stack[top++] = next;
    }
  }
  free(stack);
  return seen;
}
