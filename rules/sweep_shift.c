/* Elements moved up or down by a constant distance: a loop that copies each to a neighbour's place,
 * or a memmove whose source and destination are a constant number of bytes apart. Addresses are
 * compared as sums of values times constants. */
#include "rules/sweep.h"

#include "rules/touch.h"

enum { MAX_TERMS = 8, DEPTH = 10 };

/* ---- sums ------------------------------------------------------------------------------------ */

typedef struct Sum {
  struct {
    IrRef ref;
    int64_t times;
  } terms[MAX_TERMS];
  uint32_t n;
  int64_t constant;
  bool ok;
} Sum;

static int64_t product(int64_t a, int64_t b) {
  return (int64_t)((uint64_t)a * (uint64_t)b);
}

static void add_term(const IrFunction *fn, Sum *s, IrRef ref, int64_t times) {
  for (uint32_t i = 0; i < s->n; i++)
    if (touch_same_pointer(fn, s->terms[i].ref, ref)) {
      s->terms[i].times = offset_plus(s->terms[i].times, times);
      return;
    }
  s->ok &= s->n < MAX_TERMS;
  if (s->ok) {
    s->terms[s->n].ref = ref;
    s->terms[s->n++].times = times;
  }
}

static void add_value(const IrFunction *fn, Sum *s, IrRef ref, int64_t times, unsigned depth);

static void add_addr(const IrFunction *fn, Sum *s, const IrAddr *a, int64_t times, unsigned depth) {
  add_value(fn, s, a->base, times, depth);
  if (ir_ref_kind(a->index) != IR_REF_NONE)
    add_value(fn, s, a->index, product(times, a->scale), depth);
  s->constant = offset_plus(s->constant, product(times, a->offset));
}

/* One operand of a product or shift by a constant; false when neither is one. */
static bool constant_factor(const IrFunction *fn, const IrInsn *in, IrRef *other, int64_t *factor) {
  int64_t c;
  if (ir_const_int(fn, ir_arg(fn, in, 1), &c)) {
    *other = ir_arg(fn, in, 0);
  } else if (in->op == IR_MUL && ir_const_int(fn, ir_arg(fn, in, 0), &c)) {
    *other = ir_arg(fn, in, 1);
  } else {
    return false;
  }
  if (in->op == IR_SHL && (c < 0 || c > 31))
    return false;
  *factor = in->op == IR_SHL ? (int64_t)1 << c : c;
  return true;
}

static void add_value(const IrFunction *fn, Sum *s, IrRef ref, int64_t times, unsigned depth) {
  const IrInsn *in = ir_def(fn, ref);
  int64_t c;
  IrRef other;
  if (ir_const_int(fn, ref, &c)) {
    s->constant = offset_plus(s->constant, product(times, c));
    return;
  }
  if (!in || depth == 0) {
    add_term(fn, s, ref, times);
    return;
  }
  switch ((IrOp)in->op) {
  case IR_ADDR:
    add_addr(fn, s, ir_addr_of(fn, in), times, depth - 1);
    return;
  case IR_CONV:
    add_value(fn, s, ir_arg(fn, in, 0), times, depth - 1);
    return;
  case IR_ADD:
  case IR_SUB:
    add_value(fn, s, ir_arg(fn, in, 0), times, depth - 1);
    add_value(fn, s, ir_arg(fn, in, 1), in->op == IR_SUB ? product(times, -1) : times, depth - 1);
    return;
  case IR_MUL:
  case IR_SHL:
    if (constant_factor(fn, in, &other, &c)) {
      add_value(fn, s, other, product(times, c), depth - 1);
      return;
    }
    break;
  default:
    break;
  }
  add_term(fn, s, ref, times);
}

/* a - b when that is a constant other than 0. */
static bool distance(const Sum *s, int64_t *bytes) {
  for (uint32_t i = 0; i < s->n; i++)
    if (s->terms[i].times)
      return false;
  *bytes = s->constant;
  return s->ok && *bytes != 0;
}

/* Bytes of the array, when it is a variable or a field: 0 unknown. */
static uint64_t bytes_of_array(const PgFunction *pf, IrRef array) {
  const IrInsn *in = ir_def(pf->fn, array);
  if (!ir_is(in, IR_ADDR))
    return bytes_of_object(pf, array);
  const IrAddr *a = ir_addr_of(pf->fn, in);
  if (!a->nhops)
    return 0;
  IrHop hop = pf->fn->hops[a->hops + a->nhops - 1];
  const IrUnit *u = pf->unit;
  const IrType *t = &u->types[u->fields[u->records[hop.record].fields + hop.field].type];
  return t->kind == IR_T_ARRAY ? t->size : 0;
}

/* ---- loops ----------------------------------------------------------------------------------- */

typedef struct Shift {
  const PgFunction *pf;
  uint32_t loop;
  IrInsnId store;
  uint32_t stores;
  int64_t stride;
  bool up, down; /* to the next place, to the one before */
} Shift;

static bool moves_by_stride(Shift *s, const IrAddr *to, const IrAddr *from) {
  const IrFunction *fn = s->pf->fn;
  IrAccessInLoop a = ir_addr_in(s->pf->an, to, s->loop), b = ir_addr_in(s->pf->an, from, s->loop);
  bool even = (a.cls == IR_AC_UNIT || a.cls == IR_AC_STRIDED) && a.stride == b.stride &&
              (b.cls == IR_AC_UNIT || b.cls == IR_AC_STRIDED);
  Sum sum = {.ok = true};
  int64_t bytes;
  if (!even || (s->stores && a.stride != s->stride))
    return false;
  add_addr(fn, &sum, to, 1, DEPTH);
  add_addr(fn, &sum, from, -1, DEPTH);
  s->stride = a.stride;
  if (!distance(&sum, &bytes) || (bytes != a.stride && bytes != -a.stride))
    return false;
  s->up |= bytes > 0;
  s->down |= bytes < 0;
  return true;
}

static bool shifts(Shift *s, const IrInsn *in) {
  const IrFunction *fn = s->pf->fn;
  if (in->op == IR_COPY)
    return moves_by_stride(s, &fn->addrs[in->aux], &fn->addrs[in->aux + 1]);
  if (in->op != IR_STORE)
    return false;
  const IrInsn *value = ir_def(fn, ir_arg(fn, in, 0));
  while (ir_is(value, IR_CONV))
    value = ir_def(fn, ir_arg(fn, value, 0));
  return ir_is(value, IR_LOAD) && moves_by_stride(s, ir_addr_of(fn, in), ir_addr_of(fn, value));
}

/* All that the loop writes is shifted, one way, and it calls nothing. Elements that move both ways
 * are neighbours that change places, as in a bubble sort: no gap is opened or closed. */
static bool only_shifts(Shift *s) {
  const IrLoop *loop = &s->pf->an->loops[s->loop];
  for (uint32_t b = 0; b < loop->nblocks; b++) {
    const IrBlock *block = &s->pf->fn->blocks[loop->blocks[b]];
    for (uint32_t i = 0; i < block->count; i++) {
      const IrInsn *in = &s->pf->fn->insns[block->first + i];
      if (!(ir_ops[in->op].flags & (IR_WRITES | IR_CALLS)))
        continue;
      if (!shifts(s, in))
        return false;
      s->store = s->stores++ ? s->store : block->first + i;
    }
  }
  return s->stores > 0 && !(s->up && s->down);
}

Sweep sweep_shift_of_loop(const IrProgram *p, const PgFunction *pf, uint32_t loop) {
  Sweep none = {.loop = loop,
                .call = IR_NONE,
                .callee = IR_NONE,
                .head.record = IR_NONE,
                .link.record = IR_NONE,
                .size.record = IR_NONE};
  Shift s = {.pf = pf, .loop = loop};
  const IrLoop *l = &pf->an->loops[loop];
  if (!only_shifts(&s))
    return none;
  Sweep found = none;
  const IrAddr *to = ir_addr_of(pf->fn, &pf->fn->insns[s.store]);
  found.kind = SWEEP_SHIFT;
  found.at = s.store;
  found.whole = sweep_start_of(pf, sweep_array_of(pf, loop, to->base), true);
  found.ordered = l->nexits > 1;
  uint64_t step = (uint64_t)(s.stride < 0 ? -s.stride : s.stride);
  uint64_t object = bytes_of_array(pf, found.whole);
  found.bytes = l->trip == IR_TRIP_CONST ? l->count * step : object;
  if (object && object < found.bytes)
    found.bytes = object;
  if (l->trip == IR_TRIP_SYMBOLIC) {
    found.count = l->bound;
    found.size = sweep_holder_of_value(p, pf, l->bound);
  }
  return ir_ref_kind(found.whole) == IR_REF_NONE ? none : found;
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* A constant less something, as in (16 - i - 1) * sizeof(int). */
static bool at_most(const IrFunction *fn, IrRef size, int64_t *bytes) {
  Sum sum = {.ok = true};
  add_value(fn, &sum, size, 1, DEPTH);
  for (uint32_t i = 0; i < sum.n; i++)
    if (sum.terms[i].times > 0)
      return false;
  *bytes = sum.constant;
  return sum.ok && sum.constant > 0;
}

Sweep sweep_shift_of_call(const PgFunction *pf, IrInsnId call, uint32_t dst, uint32_t src,
                          uint32_t size) {
  const IrFunction *fn = pf->fn;
  const IrInsn *in = &fn->insns[call];
  Sweep found = {.loop = IR_NONE,
                 .call = call,
                 .callee = IR_NONE,
                 .at = call,
                 .head.record = IR_NONE,
                 .link.record = IR_NONE,
                 .size.record = IR_NONE};
  Sum sum = {.ok = true};
  int64_t bytes, length;
  add_value(fn, &sum, ir_arg(fn, in, dst), 1, DEPTH);
  add_value(fn, &sum, ir_arg(fn, in, src), -1, DEPTH);
  if (!distance(&sum, &bytes))
    return found;
  found.kind = SWEEP_SHIFT;
  found.whole = sweep_start_of(pf, ir_arg(fn, in, dst), true);
  found.count = ir_arg(fn, in, size);
  found.bytes =
      at_most(fn, found.count, &length) ? (uint64_t)length : bytes_of_array(pf, found.whole);
  return found;
}
