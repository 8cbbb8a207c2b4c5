/* How values move from iteration to iteration: a small scalar evolution.
 *
 * For every loop, from the innermost outwards, the instructions in it get an Ev in program order.
 * Three sweeps: first what is invariant (a loop's own PHIs count as varying); then the loop's own
 * PHIs, by following the value that comes round the back edge down to the PHI and summing what is
 * added on the way; then everything again with the PHIs known. PHIs of inner loops are taken at the
 * same iteration of their loop, so they move as their start does. */
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

/* See ir_evolution in ir/analysis.h for what is taken on trust here. */
static bool keeps_value(const IrAnalysis *an, const IrInsn *conv) {
  const IrType *to = &an->unit->types[conv->type];
  const IrType *from = &an->unit->types[ir_ref_type(an->unit, an->fn, ir_arg(an->fn, conv, 0))];
  if (to->kind == IR_T_PTR || from->kind == IR_T_PTR)
    return to->kind == IR_T_PTR || to->size >= 4;
  return is_integer(to) && is_integer(from) && (to->size >= from->size || to->size >= 4);
}

typedef struct Sweep {
  const IrAnalysis *an;
  uint32_t loop;
  IrBlockId block;
} Sweep;

static Ev at(const Sweep *s, IrRef ref) {
  return ir_ev_at(s->an, s->loop, s->block, ref);
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

static Ev of_load(const Sweep *s, const IrInsn *in) {
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
  return varies;
}

static Ev of_call(const Sweep *s, const IrInsn *in) {
  uint32_t flags = s->an->unit->symbols[in->aux].flags;
  if (flags & IR_SYM_CONSTFN || (flags & IR_SYM_PURE && !s->an->priv->writes[s->loop].count))
    return from_invariants(s, in);
  return varies;
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
    return of_arithmetic(s, in);
  case IR_NEG:
  case IR_NOT:
    if (s->an->unit->types[in->type].kind == IR_T_FLOAT)
      return from_invariants(s, in);
    return ev_scale(at(s, ir_arg(fn, in, 0)), -1);
  case IR_CONV:
    return keeps_value(s->an, in) ? at(s, ir_arg(fn, in, 0)) : from_invariants(s, in);
  case IR_ADDR:
    return ir_ev_addr(s->an, s->loop, s->block, &fn->addrs[in->aux]);
  case IR_LOAD:
    return of_load(s, in);
  case IR_CALL:
    return of_call(s, in);
  case IR_DIV:
  case IR_REM:
  case IR_AND:
  case IR_OR:
  case IR_XOR:
  case IR_SHR:
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
  IrInsnId phi;
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

static Ev distance(Chase *c, IrRef ref, uint32_t depth);

static Ev distance_merge(Chase *c, const IrInsn *in, uint32_t depth) {
  Ev first = distance(c, ir_arg(c->sweep.an->fn, in, 0), depth);
  for (uint32_t i = 1; i < in->nargs && first.kind != IR_EV_VARIES; i++)
    if (!same_step(first, distance(c, ir_arg(c->sweep.an->fn, in, i), depth)))
      return varies;
  return first;
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
  case IR_ADD: {
    IrRef x = ir_arg(fn, in, 0), y = ir_arg(fn, in, 1);
    if (an->unit->types[in->type].kind == IR_T_FLOAT)
      return varies;
    Ev right = amount(c, y, 1);
    return right.kind != IR_EV_VARIES ? ev_add(distance(c, x, depth + 1), right)
                                      : ev_add(amount(c, x, 1), distance(c, y, depth + 1));
  }
  case IR_SUB:
    if (an->unit->types[in->type].kind == IR_T_FLOAT)
      return varies;
    return ev_add(distance(c, ir_arg(fn, in, 0), depth + 1), amount(c, ir_arg(fn, in, 1), -1));
  case IR_CONV: /* a counter of a narrow type is narrowed each time: taken not to wrap */
    return keeps_value(an, in) || is_integer(&an->unit->types[in->type])
               ? distance(c, ir_arg(fn, in, 0), depth + 1)
               : varies;
  case IR_ADDR: {
    const IrAddr *a = &fn->addrs[in->aux];
    Ev e = ev_add(distance(c, a->base, depth + 1), affine(a->offset, 0));
    return ir_has_ref(a->index) ? ev_add(e, amount(c, a->index, a->scale)) : e;
  }
  case IR_PHI: /* those that head an inner loop count in it */
    if (ir_is_header_phi(an, an->loop_of[an->block_of[id]], id))
      return varies;
    return distance_merge(c, in, depth + 1);
  default:
    return varies;
  }
}

static Ev own_phi(const IrAnalysis *an, uint32_t loop, IrInsnId phi) {
  const IrFunction *fn = an->fn;
  const IrInsn *in = &fn->insns[phi];
  const IrBlock *b = &fn->blocks[an->block_of[phi]];
  Chase c = {{an, loop, an->block_of[phi]}, phi, 0};
  Ev step = varies;
  bool first = true;
  for (uint32_t i = 0; i < b->npreds; i++) {
    if (!ir_loop_contains(an, loop, fn->edges[b->preds + i]))
      continue;
    Ev e = distance(&c, ir_arg(fn, in, i), 0);
    if (e.kind == IR_EV_VARIES || (!first && !same_step(step, e)))
      return varies;
    step = e;
    first = false;
  }
  return step;
}

/* ---- all loops ------------------------------------------------------------------------------- */

static void sweep(const IrAnalysis *an, uint32_t loop) {
  const IrLoop *l = &an->loops[loop];
  for (uint32_t k = 0; k < l->nblocks; k++) {
    Sweep s = {an, loop, l->blocks[k]};
    const IrBlock *b = &an->fn->blocks[l->blocks[k]];
    for (uint32_t i = b->first; i < b->first + b->count; i++) {
      Ev *e = entry(an, loop, i);
      if (e && e->kind == IR_EV_VARIES && !ir_is_header_phi(an, loop, i))
        *e = evolve(&s, i);
    }
  }
}

static void find_own_phis(const IrAnalysis *an, uint32_t loop) {
  const IrBlock *b = &an->fn->blocks[an->loops[loop].header];
  for (uint32_t i = b->first; i < b->first + b->count && an->fn->insns[i].op == IR_PHI; i++)
    *entry(an, loop, i) = own_phi(an, loop, i);
}

void ir_find_evolutions(IrAnalysis *an) {
  make_table(an);
  for (uint32_t loop = an->nloops; loop-- > 0;) {
    if (an->loops[loop].irreducible)
      continue;
    sweep(an, loop);
    find_own_phis(an, loop);
    sweep(an, loop);
  }
}

/* ---- questions ------------------------------------------------------------------------------- */

bool ir_loop_invariant(const IrAnalysis *an, uint32_t loop, IrRef ref) {
  Ev e = ir_ev_of(an, loop, ref);
  return e.kind == IR_EV_INVARIANT && !e.flags;
}

IrEvolution ir_evolution(const IrAnalysis *an, uint32_t loop, IrRef ref) {
  Ev e = ir_ev_of(an, loop, ref);
  if (e.flags & EV_ASSUMED)
    e = varies;
  bool has_step = e.kind == IR_EV_AFFINE || e.kind == IR_EV_SYMBOLIC;
  return (IrEvolution){(IrEvolutionKind)e.kind, has_step ? e.step : 0,
                       has_step ? e.ref : ir_no_ref()};
}
