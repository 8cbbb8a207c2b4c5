/* What values an integer can have: enough to see that a counter stays below a mask, that an index
 * fits the type it is narrowed to, that two halves of an address share no bits. From types,
 * constants, masks, and counters whose loops run a known number of times. */
#include "ir/analysis_private.h"

enum { RANGE_DEPTH = 8 };

static IrRange within(IrRange r, IrRange limits) {
  return r.low >= limits.low && r.high <= limits.high ? r : limits;
}

IrRange ir_type_range(const IrType *t) {
  if (t->kind != IR_T_INT || t->size >= 8 || !t->size)
    return ir_range_all;
  if (t->flags & IR_TF_BOOL)
    return (IrRange){0, 1};
  unsigned bits = (unsigned)t->size * 8;
  if (t->flags & IR_TF_UNSIGNED)
    return (IrRange){0, (int64_t)((UINT64_C(1) << bits) - 1)};
  return (IrRange){-(INT64_C(1) << (bits - 1)), (INT64_C(1) << (bits - 1)) - 1};
}

typedef struct Ranges {
  const IrAnalysis *an;
  IrBlockId block; /* where the value is used */
} Ranges;

static IrRange range_of(const Ranges *r, IrRef ref, uint32_t depth);

/* Is the counting test passed on every way from the loop's header to the block of the use? */
static bool past_test(const Ranges *r, uint32_t loop, IrBlockId test) {
  const IrFunction *fn = r->an->fn;
  const IrDomOrder *dom = &r->an->priv->dom;
  if (r->block == IR_NONE || !ir_loop_contains(r->an, loop, r->block))
    return false;
  for (uint32_t i = 0; i < fn->blocks[test].nsuccs; i++) {
    IrBlockId to = fn->edges[fn->blocks[test].succs + i];
    if (to != r->an->loops[loop].header && ir_loop_contains(r->an, loop, to) &&
        fn->blocks[to].npreds == 1)
      return ir_dom_dominates(dom, to, r->block);
  }
  return false;
}

static IrRange range_of_counter(const Ranges *r, IrInsnId phi, uint32_t depth) {
  const IrAnalysis *an = r->an;
  uint32_t loop = an->loop_of[an->block_of[phi]];
  if (loop == IR_NONE || an->loops[loop].irreducible || !ir_is_header_phi(an, loop, phi))
    return ir_range_all;
  const IrLoop *l = &an->loops[loop];
  Ev e = ir_ev_of(an, loop, ir_ref(IR_REF_VALUE, phi));
  IrRef init = ir_phi_init(an, loop, phi);
  if (e.kind != IR_EV_AFFINE || e.flags & (EV_WRAPS | EV_UNBOUNDED) || !ir_has_ref(init))
    return ir_range_all;
  IrRange start = range_of(r, init, depth + 1), out = start;
  int64_t way = 0;
  if (e.step > 0)
    out.high = INT64_MAX;
  else
    out.low = INT64_MIN;
  if (an->priv->has_limit[loop]) { /* and one step beyond, when the test fails */
    int64_t *end = e.step > 0 ? &out.high : &out.low;
    bool past = past_test(r, loop, an->priv->counting_exit[loop]);
    if (__builtin_add_overflow(an->priv->limit[loop], past ? 0 : e.step, end))
      *end = e.step > 0 ? INT64_MAX : INT64_MIN;
    if (e.step > 0 ? *end < start.high : *end > start.low)
      *end = e.step > 0 ? start.high : start.low;
    return out;
  }
  if (l->trip != IR_TRIP_CONST || l->count > INT64_MAX)
    return out;
  /* In the last iteration it has moved one time less than the loop goes round. */
  int64_t times = (int64_t)l->count, *end = e.step > 0 ? &out.high : &out.low;
  if (times && past_test(r, loop, an->priv->counting_exit[loop]))
    times--;
  if (__builtin_mul_overflow(times, e.step, &way) ||
      __builtin_add_overflow(e.step > 0 ? start.high : start.low, way, end))
    *end = e.step > 0 ? INT64_MAX : INT64_MIN;
  return out;
}

static IrRange range_of_sum(IrRange a, IrRange b) {
  IrRange sum;
  if (__builtin_add_overflow(a.low, b.low, &sum.low) ||
      __builtin_add_overflow(a.high, b.high, &sum.high))
    return ir_range_all;
  return sum;
}

static IrRange range_of_insn(const Ranges *r, IrRef ref, const IrInsn *in, uint32_t depth) {
  const IrFunction *fn = r->an->fn;
  IrRange a, b;
  int64_t c;
  switch (in->op) {
  case IR_PHI:
    return range_of_counter(r, ir_ref_index(ref), depth);
  case IR_CONV:
    return range_of(r, ir_arg(fn, in, 0), depth + 1);
  case IR_LOAD: {
    const IrAddr *addr = &fn->addrs[in->aux];
    const IrType *t = &r->an->unit->types[in->type];
    if (addr->flags & IR_MEM_BITFIELD && addr->bit_width < 63 && t->flags & IR_TF_UNSIGNED)
      return (IrRange){0, (INT64_C(1) << addr->bit_width) - 1};
    return ir_range_all;
  }
  case IR_ADD:
    return range_of_sum(range_of(r, ir_arg(fn, in, 0), depth + 1),
                        range_of(r, ir_arg(fn, in, 1), depth + 1));
  case IR_AND:
    a = range_of(r, ir_arg(fn, in, 0), depth + 1);
    b = range_of(r, ir_arg(fn, in, 1), depth + 1);
    if (a.low >= 0 && b.low >= 0)
      return (IrRange){0, a.high < b.high ? a.high : b.high};
    if (a.low < 0 && b.low < 0)
      return ir_range_all;
    return (IrRange){0, a.low >= 0 ? a.high : b.high};
  case IR_REM:
    if (!ir_const_int(fn, ir_arg(fn, in, 1), &c) || c <= 0)
      return ir_range_all;
    a = range_of(r, ir_arg(fn, in, 0), depth + 1);
    return (IrRange){a.low >= 0 ? 0 : 1 - c, a.high <= 0 ? 0 : c - 1};
  case IR_SHR:
    a = range_of(r, ir_arg(fn, in, 0), depth + 1);
    if (!ir_const_int(fn, ir_arg(fn, in, 1), &c) || c < 0 || c > 62 || a.low < 0)
      return ir_range_all;
    return (IrRange){a.low >> c, a.high >> c};
  case IR_EQ:
  case IR_NE:
  case IR_LT:
  case IR_LE:
  case IR_GT:
  case IR_GE:
    return (IrRange){0, 1};
  default:
    return ir_range_all;
  }
}

/* Never wider than the type. A value that leaves its type comes back anywhere in it. */
static IrRange range_of(const Ranges *r, IrRef ref, uint32_t depth) {
  const IrAnalysis *an = r->an;
  int64_t c;
  if (ir_const_int(an->fn, ref, &c))
    return (IrRange){c, c};
  const IrInsn *in = ir_def(an->fn, ref);
  if (!in)
    return ir_range_all;
  const IrType *t = &an->unit->types[in->type];
  IrRange limits = ir_type_range(t);
  if (t->kind != IR_T_INT || depth > RANGE_DEPTH)
    return limits;
  IrRange range = range_of_insn(r, ref, in, depth);
  bool wide = t->size >= 8 && t->flags & IR_TF_UNSIGNED;
  if (in->op == IR_PHI) { /* does not leave its type: cut, not lost */
    range.low = range.low > limits.low ? range.low : limits.low;
    range.high = range.high < limits.high ? range.high : limits.high;
  }
  if (wide && range.low < 0) /* above INT64_MAX, in unsigned */
    return ir_range_all;
  return within(range, limits);
}

IrRange ir_range_at(const IrAnalysis *an, IrBlockId block, IrRef ref) {
  return range_of(&(Ranges){an, block}, ref, 0);
}

bool ir_fits(const IrAnalysis *an, IrBlockId block, IrRef ref, const IrType *type) {
  IrRange r = ir_range_at(an, block, ref), limits = ir_type_range(type);
  return r.low >= limits.low && r.high <= limits.high;
}

uint32_t ir_low_zero_bits(const IrFunction *fn, IrRef ref) {
  int64_t c;
  for (uint32_t steps = 0; steps < RANGE_DEPTH; steps++) {
    const IrInsn *in = ir_def(fn, ref);
    if (ir_const_int(fn, ref, &c))
      return c ? (uint32_t)__builtin_ctzll((uint64_t)c) : 63;
    if (ir_is(in, IR_CONV)) {
      ref = ir_arg(fn, in, 0);
      continue;
    }
    if (!in || !in->nargs || !ir_const_int(fn, ir_arg(fn, in, in->nargs - 1), &c))
      return 0;
    if (in->op == IR_SHL)
      return c >= 0 && c < 63 ? (uint32_t)c : 0;
    if (in->op == IR_MUL || in->op == IR_AND)
      return c ? (uint32_t)__builtin_ctzll((uint64_t)c) : 63;
    return 0;
  }
  return 0;
}
