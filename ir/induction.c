/* How values move from iteration to iteration: a small scalar evolution.
 *
 * For every loop, from the innermost outwards, the instructions in it get an Ev in program order.
 * Three sweeps: first what is invariant (a loop's own PHIs count as varying); then the loop's own
 * PHIs and cells, by following the value that comes round the back edge down to the PHI and summing
 * what is added on the way; then everything again with the PHIs known. PHIs of inner loops are
 * taken at the same iteration of their loop, so they move as their start does.
 *
 * A counter that may overflow its type is said to wrap (EV_WRAPS), unless a test of its loop keeps
 * it from that, or overflow is undefined. Sums of 64 bits may wrap as they like: addresses wrap
 * with them. So are indexes that go round on purpose, (i + 1) % n, and counters that are set back
 * now and then. */
#include "ir/analysis_private.h"

#include <stdlib.h>

enum {
  MAX_KEPT_DEPTH = 12, /* levels of nesting below a loop that get a table entry */
  CHASE_STEPS = 200,   /* values looked at to find one PHI's step */
  CHASE_DEPTH = 40,
};

/* ---- arithmetic of evolutions ---------------------------------------------------------------- */

static const Ev varies = {.kind = IR_EV_VARIES};
static const Ev invariant = {.kind = IR_EV_INVARIANT};

static Ev affine(int64_t step, uint8_t flags) {
  return (Ev){.step = step, .kind = step ? IR_EV_AFFINE : IR_EV_INVARIANT, .flags = flags};
}

static Ev symbolic(int64_t step, IrRef ref, uint8_t flags) {
  if (ir_has_ref(ref) && !step)
    return (Ev){.kind = IR_EV_INVARIANT, .flags = flags};
  return (Ev){step, ref, IR_EV_SYMBOLIC, flags};
}

static Ev ev_add(Ev a, Ev b) {
  uint8_t flags = a.flags | b.flags;
  int64_t step;
  if (a.kind == IR_EV_VARIES || b.kind == IR_EV_VARIES ||
      __builtin_add_overflow(a.step, b.step, &step))
    return varies;
  if (a.kind == IR_EV_INVARIANT || b.kind == IR_EV_INVARIANT) {
    Ev moving = a.kind == IR_EV_INVARIANT ? b : a;
    moving.flags = flags;
    return moving;
  }
  if (a.kind == IR_EV_AFFINE && b.kind == IR_EV_AFFINE)
    return affine(step, flags);
  if (a.kind == b.kind && a.ref == b.ref && ir_has_ref(a.ref))
    return symbolic(step, a.ref, flags);
  return symbolic(0, ir_no_ref(), flags);
}

static Ev ev_scale(Ev a, int64_t factor) {
  if (a.kind == IR_EV_VARIES || __builtin_mul_overflow(a.step, factor, &a.step))
    return varies;
  if (!factor)
    return (Ev){.kind = IR_EV_INVARIANT, .flags = a.flags};
  return a;
}

/* Conversions inside the loop hide that two steps are the same value. */
static IrRef unconverted(const IrAnalysis *an, IrRef ref) {
  const IrInsn *in;
  while ((in = ir_def(an->fn, ref)) && in->op == IR_CONV)
    ref = ir_arg(an->fn, in, 0);
  return ref;
}

static Ev ev_mul(const IrAnalysis *an, Ev a, IrRef ra, Ev b, IrRef rb) {
  int64_t c;
  if (ir_const_int(an->fn, rb, &c))
    return ev_scale(a, c);
  if (ir_const_int(an->fn, ra, &c))
    return ev_scale(b, c);
  if (a.kind == IR_EV_INVARIANT && b.kind == IR_EV_INVARIANT)
    return ev_add(a, b);
  if (a.kind == IR_EV_INVARIANT)
    return ev_mul(an, b, rb, a, ra);
  if (b.kind != IR_EV_INVARIANT || a.kind == IR_EV_VARIES)
    return varies;
  uint8_t flags = a.flags | b.flags;
  return a.kind == IR_EV_AFFINE ? symbolic(a.step, unconverted(an, rb), flags)
                                : symbolic(0, ir_no_ref(), flags);
}

/* ---- the table ------------------------------------------------------------------------------- */

/* Entry of an instruction inside the loop; NULL when none is kept. */
static Ev *entry(const IrAnalysis *an, uint32_t loop, IrInsnId insn) {
  const struct IrAnalysisPrivate *p = an->priv;
  IrBlockId b = an->block_of[insn];
  uint32_t start = p->starts[p->slot[b] + an->loops[loop].depth - 1];
  return start == IR_NONE ? NULL : &p->evs[start + (insn - an->fn->blocks[b].first)];
}

static Ev ev_insn(const IrAnalysis *an, uint32_t loop, IrInsnId insn) {
  if (!ir_loop_contains(an, loop, an->block_of[insn]))
    return invariant;
  const Ev *e = entry(an, loop, insn);
  return e ? *e : varies;
}

Ev ir_ev_of(const IrAnalysis *an, uint32_t loop, IrRef ref) {
  return ir_ref_kind(ref) == IR_REF_VALUE ? ev_insn(an, loop, ir_ref_index(ref)) : invariant;
}

Ev ir_ev_at(const IrAnalysis *an, uint32_t loop, IrBlockId block, IrRef ref) {
  if (ir_ref_kind(ref) != IR_REF_VALUE)
    return invariant;
  IrInsnId insn = ir_ref_index(ref);
  IrBlockId home = an->block_of[insn];
  if (!ir_loop_contains(an, loop, home))
    return invariant;
  for (uint32_t l = an->loop_of[home]; block != IR_NONE && l != loop; l = an->loops[l].parent)
    if (!ir_loop_contains(an, l, block)) {
      Ev inner = ev_insn(an, l, insn);
      if (inner.kind != IR_EV_INVARIANT || inner.flags & EV_MOVES)
        return varies;
    }
  return ev_insn(an, loop, insn);
}

Ev ir_ev_addr(const IrAnalysis *an, uint32_t loop, IrBlockId block, const IrAddr *a) {
  Ev e = ir_ev_at(an, loop, block, a->base);
  return ir_has_ref(a->index) ? ev_add(e, ev_scale(ir_ev_at(an, loop, block, a->index), a->scale))
                              : e;
}

static void make_table(IrAnalysis *an) {
  const IrFunction *fn = an->fn;
  struct IrAnalysisPrivate *p = an->priv;
  uint32_t nstarts = 0;
  size_t nevs = 0;
  p->slot = HP_NEW(an->arena, uint32_t, fn->nblocks);
  for (uint32_t b = 0; b < fn->nblocks; b++) {
    p->slot[b] = nstarts;
    nstarts += an->loop_of[b] == IR_NONE ? 0 : an->loops[an->loop_of[b]].depth;
  }
  p->starts = HP_NEW(an->arena, uint32_t, nstarts);
  for (uint32_t b = 0; b < fn->nblocks; b++) {
    uint32_t deepest = an->loop_of[b] == IR_NONE ? 0 : an->loops[an->loop_of[b]].depth;
    for (uint32_t l = an->loop_of[b]; l != IR_NONE; l = an->loops[l].parent) {
      uint32_t depth = an->loops[l].depth, *start = &p->starts[p->slot[b] + depth - 1];
      *start = IR_NONE;
      if (deepest - depth > MAX_KEPT_DEPTH || nevs + fn->blocks[b].count >= IR_NONE)
        continue;
      *start = (uint32_t)nevs;
      nevs += fn->blocks[b].count;
    }
  }
  p->evs = HP_NEW(an->arena, Ev, nevs);
  for (size_t i = 0; i < nevs; i++)
    p->evs[i] = varies;
}

/* ---- one instruction ------------------------------------------------------------------------- */

static bool is_integer(const IrType *t) {
  return t->kind == IR_T_INT && !(t->flags & IR_TF_BOOL);
}

/* Conversions between integers and pointers, but for those to _Bool and floating numbers. */
static bool keeps_value(const IrAnalysis *an, const IrInsn *conv) {
  const IrType *to = &an->unit->types[conv->type];
  const IrType *from = &an->unit->types[ir_ref_type(an->unit, an->fn, ir_arg(an->fn, conv, 0))];
  if (to->kind == IR_T_PTR || from->kind == IR_T_PTR)
    return to->kind == IR_T_PTR || (is_integer(to) && to->size >= 4);
  return is_integer(to) && is_integer(from);
}

static bool narrows(const IrAnalysis *an, const IrInsn *conv) {
  const IrType *to = &an->unit->types[conv->type];
  const IrType *from = &an->unit->types[ir_ref_type(an->unit, an->fn, ir_arg(an->fn, conv, 0))];
  return to->size < from->size && to->size < 8 && from->kind == IR_T_INT;
}

typedef struct Sweep {
  const IrAnalysis *an;
  uint32_t loop;
  IrBlockId block;
} Sweep;

static Ev at(const Sweep *s, IrRef ref) {
  return ir_ev_at(s->an, s->loop, s->block, ref);
}

/* Does `x & y` or `x % y` make an x that grows by `step` go round, in more than one step? A mask is
 * one when it is known to have all its low bits, or looks like it: size - 1. */
static bool is_ring_size(const IrAnalysis *an, IrOp op, IrRef y, int64_t step) {
  int64_t c;
  uint64_t way = step < 0 ? -(uint64_t)step : (uint64_t)step;
  if (ir_const_int(an->fn, y, &c))
    return op == IR_AND ? c > 0 && !((uint64_t)c & ((uint64_t)c + 1)) && way <= (uint64_t)c
                        : c > 0 && way < (uint64_t)c;
  if (op != IR_AND)
    return true;
  const IrInsn *in = ir_def(an->fn, unconverted(an, y));
  return in && ((in->op == IR_SUB && ir_const_int(an->fn, ir_arg(an->fn, in, 1), &c) && c == 1) ||
                (in->op == IR_ADD && ir_const_int(an->fn, ir_arg(an->fn, in, 1), &c) && c == -1));
}

/* Anything else computed from operands: invariant when all of them are. */
static Ev from_invariants(const Sweep *s, const IrInsn *in) {
  Ev sum = invariant;
  for (uint32_t i = 0; i < in->nargs; i++) {
    Ev e = at(s, ir_arg(s->an->fn, in, i));
    if (e.kind != IR_EV_INVARIANT)
      return varies;
    sum.flags |= e.flags;
  }
  return sum;
}

/* `x & mask` and `x % n`: where x stays below, they do nothing; where x counts, they make it go
 * round. */
static Ev of_ring(const Sweep *s, const IrInsn *in) {
  const IrFunction *fn = s->an->fn;
  IrRef x = ir_arg(fn, in, 0), y = ir_arg(fn, in, 1);
  int64_t c = 0;
  Ev e = at(s, x), size = at(s, y);
  if (in->op == IR_AND && e.kind == IR_EV_INVARIANT && size.kind != IR_EV_INVARIANT) {
    IrRef swap = x;
    x = y;
    y = swap;
    e = size;
    size = at(s, y);
  }
  if (size.kind != IR_EV_INVARIANT || e.kind != IR_EV_AFFINE)
    return from_invariants(s, in);
  bool constant = ir_const_int(fn, y, &c);
  if (!is_ring_size(s->an, (IrOp)in->op, y, e.step))
    return varies;
  if (constant) {
    IrRange r = ir_range_at(s->an, s->block, x);
    if (r.low >= 0 && r.high <= (in->op == IR_AND ? c : c - 1))
      return e;
  }
  e.flags |= size.flags | EV_WRAPS;
  return e;
}

/* Halves of an address that share no bits: i << 6 | j. */
static Ev of_or(const Sweep *s, const IrInsn *in) {
  const IrFunction *fn = s->an->fn;
  for (uint32_t i = 0; i < 2; i++) {
    IrRef high = ir_arg(fn, in, i), low = ir_arg(fn, in, 1 - i);
    uint32_t zeros = ir_low_zero_bits(fn, high);
    if (!zeros)
      continue;
    IrRange r = ir_range_at(s->an, s->block, low);
    if (r.low >= 0 && (zeros >= 63 || r.high < INT64_C(1) << zeros))
      return ev_add(at(s, high), at(s, low));
  }
  return from_invariants(s, in);
}

/* Division without rest of a counter that does not go below zero. */
static Ev of_division(const Sweep *s, const IrInsn *in) {
  const IrFunction *fn = s->an->fn;
  IrRef x = ir_arg(fn, in, 0);
  Ev e = at(s, x);
  int64_t c;
  if (e.kind != IR_EV_AFFINE || e.flags & (EV_WRAPS | EV_UNBOUNDED) ||
      !ir_const_int(fn, ir_arg(fn, in, 1), &c) || c <= 0 || (in->op == IR_SHR && c > 61))
    return from_invariants(s, in);
  int64_t by = in->op == IR_SHR ? INT64_C(1) << c : c;
  if (e.step % by || (in->op == IR_DIV && ir_range_at(s->an, s->block, x).low < 0))
    return varies;
  return affine(e.step / by, e.flags);
}

static Ev of_arithmetic(const Sweep *s, const IrInsn *in) {
  const IrFunction *fn = s->an->fn;
  IrRef x = ir_arg(fn, in, 0), y = ir_arg(fn, in, 1);
  int64_t c;
  if (s->an->unit->types[in->type].kind == IR_T_FLOAT)
    return from_invariants(s, in);
  switch (in->op) {
  case IR_ADD:
    return ev_add(at(s, x), at(s, y));
  case IR_SUB:
    return ev_add(at(s, x), ev_scale(at(s, y), -1));
  case IR_MUL:
    return ev_mul(s->an, at(s, x), x, at(s, y), y);
  case IR_SHL:
    if (ir_const_int(fn, y, &c) && c >= 0 && c < 62)
      return ev_scale(at(s, x), (int64_t)1 << c);
    return from_invariants(s, in);
  case IR_AND:
  case IR_REM:
    return of_ring(s, in);
  case IR_OR:
    return of_or(s, in);
  case IR_DIV:
  case IR_SHR:
    return of_division(s, in);
  case IR_PDIFF: {
    Ev e = ev_add(at(s, x), ev_scale(at(s, y), -1));
    if (e.kind == IR_EV_VARIES || !in->aux || e.step % (int64_t)in->aux)
      return e.kind == IR_EV_INVARIANT ? e : varies;
    e.step /= (int64_t)in->aux;
    return e;
  }
  default:
    return from_invariants(s, in);
  }
}

IrRef ir_phi_init(const IrAnalysis *an, uint32_t loop, IrInsnId phi) {
  const IrFunction *fn = an->fn;
  const IrInsn *in = &fn->insns[phi];
  const IrBlock *b = &fn->blocks[an->block_of[phi]];
  IrRef init = ir_no_ref();
  for (uint32_t i = 0; i < b->npreds; i++) {
    if (ir_loop_contains(an, loop, fn->edges[b->preds + i]))
      continue;
    IrRef ref = ir_arg(fn, in, i);
    if (ir_has_ref(init) && ref != init)
      return ir_no_ref();
    init = ref;
  }
  return init;
}

/* A counter of a loop further inside moves as its start does, provided that it counts evenly. */
static Ev of_inner_counter(const Sweep *s, IrInsnId id) {
  uint32_t inner = s->an->loop_of[s->block];
  Ev own = ev_insn(s->an, inner, id);
  IrRef init = ir_phi_init(s->an, inner, id);
  if (own.kind == IR_EV_VARIES || !ir_has_ref(init))
    return varies;
  if (own.kind == IR_EV_SYMBOLIC &&
      (!ir_has_ref(own.ref) || at(s, own.ref).kind != IR_EV_INVARIANT))
    return varies;
  IrBlockId home = s->block;
  const IrBlock *b = &s->an->fn->blocks[home];
  for (uint32_t i = 0; i < b->npreds; i++) { /* the start is used where the loop is entered */
    IrBlockId from = s->an->fn->edges[b->preds + i];
    if (!ir_loop_contains(s->an, inner, from))
      home = from;
  }
  Ev e = ir_ev_at(s->an, s->loop, home, init);
  e.flags |= EV_MOVES | own.flags;
  return e;
}

/* A choice between invariant values on an invariant condition. Only the plain if and if-else are
 * seen through; else it varies. */
static Ev of_merge(const Sweep *s, const IrInsn *in) {
  const IrAnalysis *an = s->an;
  const IrFunction *fn = an->fn;
  const IrBlock *b = &fn->blocks[s->block];
  IrBlockId top = an->idom[s->block];
  const IrBlock *branch = &fn->blocks[top];
  const IrInsn *end = &fn->insns[branch->first + branch->count - 1];
  if (b->npreds != 2 || end->op != IR_BR || an->loop_of[top] != an->loop_of[s->block])
    return varies;
  for (uint32_t i = 0; i < 2; i++) {
    IrBlockId p = fn->edges[b->preds + i];
    if (p != top && !(fn->blocks[p].npreds == 1 && fn->edges[fn->blocks[p].preds] == top))
      return varies;
  }
  Ev condition = ir_ev_at(an, s->loop, top, ir_arg(fn, end, 0));
  Ev e = from_invariants(s, in);
  e.flags |= condition.flags;
  return condition.kind == IR_EV_INVARIANT ? e : varies;
}

/* What lies in memory and is changed by the loop, as far as it can be followed. */
static Ev of_cell(const Sweep *s, IrInsnId load) {
  const IrCell *cell = ir_cell_of(s->an, s->loop, load);
  if (!cell)
    return varies;
  IrCellValues v = ir_cell_values(s->an, s->loop, cell, load);
  if (v.unknown || v.count + v.carried != 1)
    return varies;
  Ev e = v.carried ? cell->ev : at(s, v.refs[0]);
  e.flags |= cell->assumed ? EV_ASSUMED : 0;
  return e;
}

static Ev of_load(const Sweep *s, IrInsnId id) {
  const IrInsn *in = &s->an->fn->insns[id];
  const IrAddr *a = &s->an->fn->addrs[in->aux];
  Ev e = ir_ev_addr(s->an, s->loop, s->block, a);
  if (e.kind != IR_EV_INVARIANT || a->flags & (IR_MEM_VOLATILE | IR_MEM_ATOMIC))
    return varies;
  switch (ir_loop_may_write(s->an, s->loop, a)) {
  case IR_WRITES_NOT:
    return e;
  case IR_WRITES_UNLIKELY:
    e.flags |= EV_ASSUMED;
    return e;
  case IR_WRITES_MAYBE:
    break;
  }
  return of_cell(s, id);
}

static Ev of_call(const Sweep *s, const IrInsn *in) {
  uint32_t flags = s->an->unit->symbols[in->aux].flags;
  if (flags & IR_SYM_CONSTFN || (flags & IR_SYM_PURE && !s->an->priv->writes[s->loop].count))
    return from_invariants(s, in);
  return varies;
}

static Ev of_conversion(const Sweep *s, const IrInsn *in) {
  IrRef from = ir_arg(s->an->fn, in, 0);
  if (!keeps_value(s->an, in))
    return from_invariants(s, in);
  Ev e = at(s, from);
  if (e.kind != IR_EV_INVARIANT && e.kind != IR_EV_VARIES && narrows(s->an, in) &&
      !ir_fits(s->an, s->block, from, &s->an->unit->types[in->type]))
    e.flags |= EV_WRAPS;
  return e;
}

static Ev evolve(const Sweep *s, IrInsnId id) {
  const IrFunction *fn = s->an->fn;
  const IrInsn *in = &fn->insns[id];
  switch ((IrOp)in->op) {
  case IR_PARAM:
    return invariant;
  case IR_PHI: {
    uint32_t l = s->an->loop_of[s->block];
    if (!ir_is_header_phi(s->an, l, id))
      return of_merge(s, in);
    return s->an->loops[l].irreducible ? varies : of_inner_counter(s, id);
  }
  case IR_ADD:
  case IR_SUB:
  case IR_MUL:
  case IR_SHL:
  case IR_PDIFF:
  case IR_AND:
  case IR_REM:
  case IR_OR:
  case IR_DIV:
  case IR_SHR:
    return of_arithmetic(s, in);
  case IR_NEG:
  case IR_NOT:
    if (s->an->unit->types[in->type].kind == IR_T_FLOAT)
      return from_invariants(s, in);
    return ev_scale(at(s, ir_arg(fn, in, 0)), -1);
  case IR_CONV:
    return of_conversion(s, in);
  case IR_ADDR:
    return ir_ev_addr(s->an, s->loop, s->block, &fn->addrs[in->aux]);
  case IR_LOAD:
    return of_load(s, id);
  case IR_CALL:
    return of_call(s, in);
  case IR_XOR:
  case IR_EQ:
  case IR_NE:
  case IR_LT:
  case IR_LE:
  case IR_GT:
  case IR_GE:
    return from_invariants(s, in);
  default:
    return varies;
  }
}

/* ---- the loop's own PHIs --------------------------------------------------------------------- */

typedef struct Chase {
  Sweep sweep;
  IrInsnId phi;       /* from where distances are taken: this PHI, or, if IR_NONE, */
  const IrCell *cell; /* what this cell holds as the iteration begins */
  uint32_t steps;
} Chase;

static Ev amount(const Chase *c, IrRef ref, int64_t factor) {
  int64_t value;
  if (ir_const_int(c->sweep.an->fn, ref, &value))
    return __builtin_mul_overflow(value, factor, &value) ? varies : affine(value, 0);
  Ev e = ir_ev_of(c->sweep.an, c->sweep.loop, ref);
  if (e.kind != IR_EV_INVARIANT || e.flags & EV_MOVES)
    return varies;
  return symbolic(factor, unconverted(c->sweep.an, ref), e.flags);
}

static bool same_step(Ev a, Ev b) {
  bool known = a.kind != IR_EV_VARIES && (a.kind != IR_EV_SYMBOLIC || ir_has_ref(a.ref));
  return known && a.kind == b.kind && a.step == b.step && a.ref == b.ref;
}

static bool is_reset(const Chase *c, IrRef ref) {
  Ev e = ir_ev_of(c->sweep.an, c->sweep.loop, ref);
  return e.kind == IR_EV_INVARIANT && !(e.flags & EV_MOVES);
}

/* Two ways round the loop. One of them may set the counter back to where it was before the loop, or
 * another fixed place. */
static Ev either_step(const Chase *c, Ev a, IrRef ra, Ev b, IrRef rb) {
  Ev e = a.kind == IR_EV_VARIES ? b : a;
  e.flags |= a.flags | b.flags;
  if (same_step(a, b))
    return e;
  bool set_back = a.kind == IR_EV_VARIES ? is_reset(c, ra) : is_reset(c, rb);
  if (a.kind != IR_EV_VARIES && b.kind != IR_EV_VARIES)
    return varies;
  if (!set_back || e.kind != IR_EV_AFFINE)
    return varies;
  e.flags |= EV_WRAPS;
  return e;
}

static Ev distance(Chase *c, IrRef ref, uint32_t depth);

static Ev distance_merge(Chase *c, const IrInsn *in, uint32_t depth) {
  const IrFunction *fn = c->sweep.an->fn;
  Ev e = distance(c, ir_arg(fn, in, 0), depth);
  for (uint32_t i = 1; i < in->nargs; i++) {
    e = either_step(c, e, ir_arg(fn, in, i - 1), distance(c, ir_arg(fn, in, i), depth),
                    ir_arg(fn, in, i));
    if (e.kind == IR_EV_VARIES)
      break;
  }
  return e;
}

/* What an inner loop that runs a fixed number of times adds to its PHI, all in all. */
static Ev distance_inner(Chase *c, IrInsnId phi, uint32_t depth) {
  const IrAnalysis *an = c->sweep.an;
  uint32_t inner = an->loop_of[an->block_of[phi]];
  const IrLoop *l = &an->loops[inner];
  Ev own = ev_insn(an, inner, phi), total = varies;
  IrRef init = ir_phi_init(an, inner, phi);
  if (own.kind != IR_EV_AFFINE || own.flags || !ir_has_ref(init) || !ir_trip_is_exact(an, inner))
    return varies;
  int64_t sum;
  if (l->trip ==
      IR_TRIP_CONST) { /* the PHI itself has not yet moved when a test at the end ends it */
    uint64_t times = l->count - ir_tests_at_end(an, inner, an->priv->counting_exit[inner]);
    if (times > INT32_MAX || __builtin_mul_overflow((int64_t)times, own.step, &sum))
      return varies;
    total = affine(sum, 0);
  } else {
    Ev bound = amount(c, l->bound, 1);
    Ev start = l->counter == IR_NONE ? varies : amount(c, ir_phi_init(an, inner, l->counter), 1);
    if (bound.kind == IR_EV_VARIES || start.kind == IR_EV_VARIES)
      return varies;
    total = symbolic(0, ir_no_ref(), bound.flags | start.flags);
  }
  return ev_add(distance(c, init, depth + 1), total);
}

/* A sum of less than 64 bits may overflow where that is defined. */
static Ev distance_sum(Chase *c, const IrInsn *in, uint32_t depth) {
  const IrAnalysis *an = c->sweep.an;
  const IrType *t = &an->unit->types[in->type];
  IrRef x = ir_arg(an->fn, in, 0), y = ir_arg(an->fn, in, 1);
  if (t->kind == IR_T_FLOAT)
    return varies;
  Ev e, right = amount(c, y, in->op == IR_SUB ? -1 : 1);
  if (in->op == IR_SUB || right.kind != IR_EV_VARIES)
    e = ev_add(distance(c, x, depth + 1), right);
  else
    e = ev_add(amount(c, x, 1), distance(c, y, depth + 1));
  bool defined = t->size < 4 || !(in->flags & IR_INSN_NSW); /* small ones are cut back from int */
  if (e.kind != IR_EV_VARIES && t->kind == IR_T_INT && t->size < 8 && defined)
    e.flags |= EV_UNBOUNDED | EV_DOUBTED;
  return e;
}

static Ev distance_ring(Chase *c, const IrInsn *in, uint32_t depth) {
  const IrFunction *fn = c->sweep.an->fn;
  Ev e = distance(c, ir_arg(fn, in, 0), depth + 1);
  if (e.kind != IR_EV_AFFINE || !is_reset(c, ir_arg(fn, in, 1)) ||
      !is_ring_size(c->sweep.an, (IrOp)in->op, ir_arg(fn, in, 1), e.step))
    return varies;
  e.flags |= EV_WRAPS;
  return e;
}

static Ev distance_cell(Chase *c, IrInsnId load, uint32_t depth) {
  const IrAnalysis *an = c->sweep.an;
  const IrCell *cell = ir_cell_of(an, c->sweep.loop, load);
  if (!cell)
    return varies;
  IrCellValues v = ir_cell_values(an, c->sweep.loop, cell, load);
  if (v.unknown || v.count + v.carried != 1 || (v.carried && cell != c->cell))
    return varies;
  Ev e = v.carried ? invariant : distance(c, v.refs[0], depth + 1);
  e.flags |= cell->assumed ? EV_ASSUMED : 0;
  return e;
}

/* `ref` minus the PHI, as the evolution that adding it once an iteration would make. */
static Ev distance(Chase *c, IrRef ref, uint32_t depth) {
  const IrAnalysis *an = c->sweep.an;
  const IrFunction *fn = an->fn;
  const IrInsn *in = ir_def(fn, ref);
  if (!in || depth > CHASE_DEPTH || c->steps++ > CHASE_STEPS)
    return varies;
  IrInsnId id = ir_ref_index(ref);
  if (id == c->phi)
    return invariant;
  if (!ir_loop_contains(an, c->sweep.loop, an->block_of[id]))
    return varies;
  switch (in->op) {
  case IR_ADD:
  case IR_SUB:
    return distance_sum(c, in, depth);
  case IR_AND:
  case IR_REM:
    return distance_ring(c, in, depth);
  case IR_LOAD:
    return distance_cell(c, id, depth);
  case IR_CONV: {
    if (!keeps_value(an, in))
      return varies;
    Ev e = distance(c, ir_arg(fn, in, 0), depth);
    if (e.kind != IR_EV_VARIES && narrows(an, in))
      e.flags |= EV_UNBOUNDED | EV_DOUBTED;
    return e;
  }
  case IR_ADDR: {
    const IrAddr *a = &fn->addrs[in->aux];
    Ev e = ev_add(distance(c, a->base, depth + 1), affine(a->offset, 0));
    return ir_has_ref(a->index) ? ev_add(e, amount(c, a->index, a->scale)) : e;
  }
  case IR_PHI:
    if (ir_is_header_phi(an, an->loop_of[an->block_of[id]], id))
      return distance_inner(c, id, depth);
    return distance_merge(c, in, depth + 1);
  default:
    return varies;
  }
}

Ev ir_ev_distance(const IrAnalysis *an, uint32_t loop, const IrCell *cell, IrRef ref) {
  Chase c = {{an, loop, an->loops[loop].header}, IR_NONE, cell, 0};
  Ev e = distance(&c, ref, 0);
  if (e.flags & EV_UNBOUNDED) /* tests are not looked for */
    e.flags = (uint8_t)((e.flags & ~(EV_UNBOUNDED | EV_DOUBTED)) | EV_WRAPS);
  return e;
}

static Ev own_phi(const IrAnalysis *an, uint32_t loop, IrInsnId phi) {
  const IrFunction *fn = an->fn;
  const IrInsn *in = &fn->insns[phi];
  const IrBlock *b = &fn->blocks[an->block_of[phi]];
  Chase c = {{an, loop, an->block_of[phi]}, phi, NULL, 0};
  Ev step = varies;
  IrRef last = ir_no_ref();
  for (uint32_t i = 0; i < b->npreds; i++) {
    if (!ir_loop_contains(an, loop, fn->edges[b->preds + i]))
      continue;
    IrRef ref = ir_arg(fn, in, i);
    Ev e = distance(&c, ref, 0);
    step = ir_has_ref(last) ? either_step(&c, step, last, e, ref) : e;
    if (step.kind == IR_EV_VARIES && ir_has_ref(last))
      return varies;
    last = ref;
  }
  return step;
}

/* `last = i` at the end of each iteration: from the second one on, last follows i (a "wrap-around
 * variable": Wolfe, "Beyond Induction Variables", PLDI 1992). */
static Ev follower(const IrAnalysis *an, uint32_t loop, IrInsnId phi) {
  const IrFunction *fn = an->fn;
  const IrBlock *b = &fn->blocks[an->block_of[phi]];
  Ev e = varies;
  for (uint32_t i = 0; i < b->npreds; i++) {
    IrRef root;
    int64_t offset;
    if (!ir_loop_contains(an, loop, fn->edges[b->preds + i]))
      continue;
    ir_constant_part(fn, ir_arg(fn, &fn->insns[phi], i), &root, &offset);
    if (ir_ref_kind(root) != IR_REF_VALUE || ir_ref_index(root) == phi || e.kind != IR_EV_VARIES ||
        !ir_is_header_phi(an, loop, ir_ref_index(root)))
      return varies;
    e = ir_ev_of(an, loop, root);
  }
  e.flags |= EV_WRAPS;
  return e.kind == IR_EV_AFFINE ? e : varies;
}

/* ---- all loops ------------------------------------------------------------------------------- */

static void sweep(const IrAnalysis *an, uint32_t loop) {
  const IrLoop *l = &an->loops[loop];
  for (uint32_t k = 0; k < l->nblocks; k++) {
    Sweep s = {an, loop, l->blocks[k]};
    const IrBlock *b = &an->fn->blocks[l->blocks[k]];
    Ev *evs = entry(an, loop, b->first); /* a block's are in a row */
    for (uint32_t i = 0; evs && i < b->count; i++)
      if (evs[i].kind == IR_EV_VARIES && !ir_is_header_phi(an, loop, b->first + i))
        evs[i] = evolve(&s, b->first + i);
  }
}

static void find_own_phis(const IrAnalysis *an, uint32_t loop) {
  const IrBlock *b = &an->fn->blocks[an->loops[loop].header];
  for (uint32_t i = b->first; i < b->first + b->count && an->fn->insns[i].op == IR_PHI; i++)
    *entry(an, loop, i) = own_phi(an, loop, i);
  for (uint32_t i = b->first; i < b->first + b->count && an->fn->insns[i].op == IR_PHI; i++)
    if (entry(an, loop, i)->kind == IR_EV_VARIES)
      *entry(an, loop, i) = follower(an, loop, i);
}

/* Stays a counter that no test looks at within its type for as long as the loop runs? */
static bool outlasts(const IrAnalysis *an, uint32_t loop, IrInsnId phi, int64_t step) {
  const IrLoop *l = &an->loops[loop];
  IrRange start, limits = ir_type_range(&an->unit->types[an->fn->insns[phi].type]);
  IrRef init = ir_phi_init(an, loop, phi);
  int64_t way, end;
  if (l->trip == IR_TRIP_UNKNOWN || !ir_has_ref(init))
    return false;
  start = ir_range_at(an, IR_NONE, init);
  int64_t times = (int64_t)l->count;
  if (l->trip == IR_TRIP_SYMBOLIC) {
    const Ev *e = l->counter == IR_NONE ? NULL : entry(an, loop, l->counter);
    IrRange from = e ? ir_range_at(an, IR_NONE, ir_phi_init(an, loop, l->counter)) : start;
    IrRange to = ir_range_at(an, IR_NONE, l->bound);
    if (!e || e->kind != IR_EV_AFFINE || e->step < 1 || from.low < 0)
      return false;
    if (__builtin_add_overflow(to.high, 2, &times))
      return false;
  }
  return times >= 0 && !__builtin_mul_overflow(times, step, &way) &&
         !__builtin_add_overflow(step > 0 ? start.high : start.low, way, &end) &&
         end >= limits.low && end <= limits.high;
}

/* Once the tests of the loop have been looked at, what may still overflow is said to wrap. True if
 * anything was in doubt. */
static bool settle_own_phis(const IrAnalysis *an, uint32_t loop) {
  const IrBlock *b = &an->fn->blocks[an->loops[loop].header];
  bool doubt = false;
  for (uint32_t i = b->first; i < b->first + b->count && an->fn->insns[i].op == IR_PHI; i++) {
    Ev *e = entry(an, loop, i);
    doubt = doubt || e->flags & EV_DOUBTED;
    if (e->flags & EV_UNBOUNDED &&
        (e->kind == IR_EV_SYMBOLIC || (e->kind == IR_EV_AFFINE && !outlasts(an, loop, i, e->step))))
      e->flags |= EV_WRAPS;
    e->flags &= (uint8_t)~(EV_UNBOUNDED | EV_DOUBTED);
  }
  return doubt;
}

/* Those that a test was found for at once were never in doubt. */
static void trust_bounded_phis(const IrAnalysis *an, uint32_t loop) {
  const IrBlock *b = &an->fn->blocks[an->loops[loop].header];
  for (uint32_t i = b->first; i < b->first + b->count && an->fn->insns[i].op == IR_PHI; i++)
    if (!(entry(an, loop, i)->flags & EV_UNBOUNDED))
      entry(an, loop, i)->flags &= (uint8_t)~EV_DOUBTED;
}

/* What was computed from a counter in doubt is to be computed again. */
static void forget_doubtful(const IrAnalysis *an, uint32_t loop) {
  const IrLoop *l = &an->loops[loop];
  for (uint32_t k = 0; k < l->nblocks; k++) {
    const IrBlock *b = &an->fn->blocks[l->blocks[k]];
    for (uint32_t i = b->first; i < b->first + b->count; i++) {
      Ev *e = entry(an, loop, i);
      if (e && e->flags & (EV_UNBOUNDED | EV_DOUBTED) && !ir_is_header_phi(an, loop, i))
        *e = varies;
    }
  }
}

void ir_counter_is_bounded(const IrAnalysis *an, uint32_t loop, IrInsnId phi) {
  Ev *e = entry(an, loop, phi);
  if (e)
    e->flags &= (uint8_t)~EV_UNBOUNDED;
}

static void find_in_loop(IrAnalysis *an, uint32_t loop) {
  sweep(an, loop);
  find_own_phis(an, loop);
  ir_find_cells(an, loop);
  ir_find_trip(an, loop); /* needs to know no more than the PHIs, mostly */
  trust_bounded_phis(an, loop);
  sweep(an, loop);
  ir_find_trip(an, loop);
  if (settle_own_phis(an, loop)) {
    forget_doubtful(an, loop);
    sweep(an, loop);
    ir_find_trip(an, loop);
  }
}

void ir_find_evolutions(IrAnalysis *an) {
  if (!an->nloops) /* all that is asked for is of a loop */
    return;
  make_table(an);
  an->priv->cells = HP_NEW(an->arena, IrCells, an->nloops);
  an->priv->counting_exit = HP_NEW(an->arena, uint32_t, an->nloops);
  an->priv->exact_trip = HP_NEW(an->arena, bool, an->nloops);
  an->priv->has_limit = HP_NEW(an->arena, bool, an->nloops);
  an->priv->limit = HP_NEW(an->arena, int64_t, an->nloops);
  for (uint32_t loop = 0; loop < an->nloops; loop++)
    an->priv->counting_exit[loop] = IR_NONE;
  for (uint32_t loop = an->nloops; loop-- > 0;)
    if (!an->loops[loop].irreducible)
      find_in_loop(an, loop);
}

/* ---- questions ------------------------------------------------------------------------------- */

bool ir_loop_invariant(const IrAnalysis *an, uint32_t loop, IrRef ref) {
  Ev e = ir_ev_of(an, loop, ref);
  return e.kind == IR_EV_INVARIANT && !e.flags;
}

IrEvolution ir_evolution(const IrAnalysis *an, uint32_t loop, IrRef ref) {
  Ev e = ir_ev_of(an, loop, ref);
  if (e.flags & (EV_ASSUMED | EV_WRAPS))
    e = varies;
  bool has_step = e.kind == IR_EV_AFFINE || e.kind == IR_EV_SYMBOLIC;
  return (IrEvolution){(IrEvolutionKind)e.kind, has_step ? e.step : 0,
                       has_step ? e.ref : ir_no_ref()};
}
