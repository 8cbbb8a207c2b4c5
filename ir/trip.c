/* How often loops go round: finds the exit test that compares an evenly moving value with an
 * invariant one. A test counts only if it is made in every iteration. Other exits (break, return)
 * may cut the loop short: the count is the most that the test allows. */
#include "ir/analysis_private.h"

enum { MAX_EXITS = 64 }; /* tests looked at per loop */

/* ---- the condition under which the loop goes on ---------------------------------------------- */

typedef struct Test {
  IrOp op; /* EQ ... GE */
  IrRef left, right;
  bool is_unsigned;
} Test;

static IrOp negated(IrOp op) {
  switch (op) {
  case IR_EQ:
    return IR_NE;
  case IR_NE:
    return IR_EQ;
  case IR_LT:
    return IR_GE;
  case IR_GE:
    return IR_LT;
  case IR_GT:
    return IR_LE;
  default:
    return IR_GT;
  }
}

static IrOp swapped(IrOp op) {
  switch (op) {
  case IR_LT:
    return IR_GT;
  case IR_GT:
    return IR_LT;
  case IR_LE:
    return IR_GE;
  case IR_GE:
    return IR_LE;
  default:
    return op;
  }
}

static bool is_compare(const IrInsn *in) {
  return in && in->op >= IR_EQ && in->op <= IR_GE;
}

/* Takes `(a < b) != 0`, `!(a < b)` and conversions apart; a bare value is tested against 0. */
static Test read_test(const IrAnalysis *an, IrRef ref, bool when_true) {
  const IrFunction *fn = an->fn;
  IrRef zero = ir_no_ref();
  for (const IrInsn *in; (in = ir_def(fn, ref));) {
    int64_t c;
    if (in->op == IR_CONV) {
      ref = ir_arg(fn, in, 0);
      continue;
    }
    bool wraps = (in->op == IR_NE || in->op == IR_EQ) && ir_const_int(fn, ir_arg(fn, in, 1), &c) &&
                 c == 0 && is_compare(ir_def(fn, ir_arg(fn, in, 0)));
    if (wraps) {
      when_true ^= in->op == IR_EQ;
      ref = ir_arg(fn, in, 0);
      continue;
    }
    if (!is_compare(in))
      break;
    IrRef left = ir_arg(fn, in, 0), right = ir_arg(fn, in, 1);
    IrTypeId type = ir_ref_type(an->unit, fn, left);
    return (Test){when_true ? (IrOp)in->op : negated((IrOp)in->op), left, right,
                  (an->unit->types[type].flags & IR_TF_UNSIGNED) != 0};
  }
  return (Test){when_true ? IR_NE : IR_EQ, ref, zero, false};
}

/* ---- counting -------------------------------------------------------------------------------- */

/* How many of start, start + step, ... pass the test against limit; false when they never stop or
 * only by wrapping round. */
static bool count_passes(IrOp op, bool is_unsigned, int64_t start, int64_t step, int64_t limit,
                         uint64_t *count) {
  int64_t way;
  if (__builtin_sub_overflow(limit, start, &way) || step == INT64_MIN || way == INT64_MIN)
    return false;
  if (op == IR_GT || op == IR_GE) { /* downwards is upwards mirrored */
    if (op == IR_GE && is_unsigned && limit == 0)
      return false;
    op = op == IR_GT ? IR_LT : IR_LE;
    way = -way;
    step = -step;
  }
  switch (op) {
  case IR_NE:
    if (way % step || way / step < 0)
      return false;
    *count = (uint64_t)(way / step);
    return true;
  case IR_EQ:
    *count = way == 0;
    return true;
  case IR_LT:
    *count = way <= 0 ? 0 : (uint64_t)((way - 1) / step) + 1;
    return step > 0 || way <= 0;
  default:
    *count = way < 0 ? 0 : (uint64_t)(way / (step > 0 ? step : 1)) + 1;
    return step > 0 || way < 0;
  }
}

typedef struct Counting {
  const IrAnalysis *an;
  uint32_t loop;
  IrBlockId exit;
  Test test; /* the moving side is left */
  Ev step;
  IrInsnId phi;   /* what the left side counts from */
  int64_t offset; /* left == phi + offset, when exact */
  bool exact;
} Counting;

/* The PHI behind the tested value. */
static void find_counter(Counting *c) {
  const IrFunction *fn = c->an->fn;
  IrRef ref = c->test.left, root;
  c->exact = true;
  ir_constant_part(fn, ref, &root, &c->offset);
  for (uint32_t steps = 0; steps < 16; steps++) {
    const IrInsn *in = ir_def(fn, root);
    if (!in)
      return;
    if (ir_is_header_phi(c->an, c->loop, ir_ref_index(root))) {
      c->phi = ir_ref_index(root);
      return;
    }
    c->exact = false; /* scaled or with something invariant added: follow what moves */
    IrRef next = ir_no_ref();
    const IrAddr *a = in->op == IR_ADDR ? &fn->addrs[in->aux] : NULL;
    for (uint32_t k = 0; k < in->nargs && !ir_has_ref(next); k++)
      if (ir_ev_of(c->an, c->loop, ir_arg(fn, in, k)).kind != IR_EV_INVARIANT)
        next = ir_arg(fn, in, k);
    if (a)
      next = ir_ev_of(c->an, c->loop, a->base).kind != IR_EV_INVARIANT ? a->base : a->index;
    if (!ir_has_ref(next))
      return;
    root = next;
  }
}

static bool constant_count(const Counting *c, IrRef init, uint64_t *count) {
  const IrFunction *fn = c->an->fn;
  IrRef from, to = ir_no_ref();
  int64_t start, limit = 0;
  if (!c->exact || !ir_has_ref(init) || c->step.kind != IR_EV_AFFINE)
    return false;
  ir_constant_part(fn, init, &from, &start);
  if (ir_has_ref(c->test.right))
    ir_constant_part(fn, c->test.right, &to, &limit);
  if (from != to || __builtin_add_overflow(start, c->offset, &start))
    return false;
  return count_passes(c->test.op, c->test.is_unsigned, start, c->step.step, limit, count);
}

static bool stops(const Counting *c) {
  int64_t step = c->step.kind == IR_EV_AFFINE ? c->step.step : 0; /* 0: sign not known */
  switch (c->test.op) {
  case IR_LT:
  case IR_LE:
    return step >= 0;
  case IR_GT:
  case IR_GE:
    return step <= 0;
  default:
    return c->test.op == IR_NE;
  }
}

/* A test at the loop's end is made after the body ran: one more iteration than it passes. */
static bool at_end(const Counting *c) {
  const IrLoop *l = &c->an->loops[c->loop];
  for (uint32_t i = 0; i < l->nlatches; i++)
    if (l->latches[i] == c->exit)
      return true;
  return false;
}

static void take_count(IrLoop *l, const Counting *c, uint64_t count) {
  if (l->trip == IR_TRIP_CONST && l->count <= count)
    return;
  l->trip = IR_TRIP_CONST;
  l->count = count;
  l->bound = ir_no_ref();
  l->counter = c->phi;
  c->an->priv->counting_exit[c->loop] = c->exit;
}

static void take_bound(IrLoop *l, const Counting *c, IrRef init) {
  int64_t limit;
  bool fixed_limit = !ir_has_ref(c->test.right) || ir_const_int(c->an->fn, c->test.right, &limit);
  IrRef bound = fixed_limit ? init : c->test.right;
  bool constant = ir_ref_kind(bound) == IR_REF_CONST; /* would have been counted if it could */
  if (l->trip != IR_TRIP_UNKNOWN || !ir_has_ref(bound) || constant || !stops(c))
    return;
  l->trip = IR_TRIP_SYMBOLIC;
  l->bound = bound;
  l->counter = c->phi;
  c->an->priv->counting_exit[c->loop] = c->exit;
}

static bool in_every_iteration(const IrAnalysis *an, const IrLoop *l, IrBlockId block) {
  for (uint32_t i = 0; i < l->nlatches; i++)
    if (!ir_dom_dominates(&an->priv->dom, block, l->latches[i]))
      return false;
  return true;
}

static void try_exit(IrAnalysis *an, uint32_t loop, IrBlockId exit) {
  IrLoop *l = &an->loops[loop];
  const IrFunction *fn = an->fn;
  const IrBlock *b = &fn->blocks[exit];
  const IrInsn *end = &fn->insns[b->first + b->count - 1];
  if (end->op != IR_BR || an->loop_of[exit] != loop || !in_every_iteration(an, l, exit))
    return;
  bool stay_if_true = ir_loop_contains(an, loop, fn->edges[b->succs]);
  Counting c = {an,  loop,    exit, read_test(an, ir_arg(fn, end, 0), stay_if_true),
                {0}, IR_NONE, 0,    false};
  Ev left = ir_ev_at(an, loop, exit, c.test.left), right = ir_ev_at(an, loop, exit, c.test.right);
  if (left.kind == IR_EV_INVARIANT && ir_has_ref(c.test.right)) {
    c.test = (Test){swapped(c.test.op), c.test.right, c.test.left, c.test.is_unsigned};
    Ev e = left;
    left = right;
    right = e;
  }
  if (right.kind != IR_EV_INVARIANT || (left.kind != IR_EV_AFFINE && left.kind != IR_EV_SYMBOLIC))
    return;
  c.step = left;
  find_counter(&c);
  IrRef init = c.phi == IR_NONE ? ir_no_ref() : ir_phi_init(an, loop, c.phi);
  uint64_t count;
  if (constant_count(&c, init, &count))
    take_count(l, &c, count + at_end(&c));
  else
    take_bound(l, &c, init);
}

void ir_find_trips(IrAnalysis *an) {
  an->priv->counting_exit = HP_NEW(an->arena, uint32_t, an->nloops);
  for (uint32_t i = 0; i < an->nloops; i++) {
    const IrLoop *l = &an->loops[i];
    an->priv->counting_exit[i] = IR_NONE;
    for (uint32_t k = 0; k < l->nexits && k < MAX_EXITS && !l->irreducible; k++)
      try_exit(an, i, l->exits[k]);
  }
}
