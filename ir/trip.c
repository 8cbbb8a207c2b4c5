/* How often loops go round: finds the exit test that compares an evenly moving value with an
 * invariant one. A test counts only if it is made in every iteration. Other exits (break, return)
 * may cut the loop short: the count is the most that the test allows.
 *
 * The same tests show which counters cannot overflow. A test against a variable is taken to keep
 * `i += 2` from passing the end of the type when i < n does: n would have to be within a step of
 * it. */
#include "ir/analysis_private.h"

enum {
  MAX_EXITS = 64,     /* tests looked at per loop */
  MAX_RUN = 128,      /* iterations run */
  MAX_RUN_STEPS = 32, /* values computed in one of them */
};

/* ---- the condition under which the loop goes on ---------------------------------------------- */

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

IrTest ir_read_test(const IrAnalysis *an, IrRef ref, bool when_true) {
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
    return (IrTest){when_true ? (IrOp)in->op : negated((IrOp)in->op), left, right,
                    (an->unit->types[type].flags & IR_TF_UNSIGNED) != 0};
  }
  return (IrTest){when_true ? IR_NE : IR_EQ, ref, zero, false};
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
  IrTest test; /* the moving side is left */
  Ev step;
  IrInsnId phi;   /* what the left side counts from */
  int64_t offset; /* left == phi + offset, when exact */
  bool exact;
  bool both; /* both sides move */
} Counting;

/* How a tested value moves. Before the loop's second sweep only PHIs are known: what is a constant
 * away from one moves with it. */
static Ev moving(const IrAnalysis *an, uint32_t loop, IrBlockId exit, IrRef ref) {
  Ev e = ir_ev_at(an, loop, exit, ref);
  IrRef root;
  int64_t offset;
  if (e.kind != IR_EV_VARIES)
    return e;
  ir_constant_part(an->fn, ref, &root, &offset);
  if (ir_ref_kind(root) == IR_REF_VALUE && ir_is_header_phi(an, loop, ir_ref_index(root)))
    return ir_ev_of(an, loop, root);
  return e;
}

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

/* The type that the counter is kept in, NULL for pointers. */
static const IrType *counter_type(const Counting *c) {
  const IrType *t = c->phi == IR_NONE ? NULL : &c->an->unit->types[c->an->fn->insns[c->phi].type];
  return t && t->kind == IR_T_INT ? t : NULL;
}

/* Does the counter stay in its type until the test fails? */
static bool stays_in_type(const Counting *c, int64_t start, uint64_t count) {
  const IrType *t = counter_type(c);
  IrRange r = t ? ir_type_range(t) : (IrRange){INT64_MIN, INT64_MAX};
  int64_t way, end;
  return count <= INT64_MAX && !__builtin_mul_overflow((int64_t)count, c->step.step, &way) &&
         !__builtin_add_overflow(start, way, &end) && end >= r.low && end <= r.high;
}

/* Does the test, against what is not a constant, keep the counter from overflowing? It must be met
 * by a counter that goes towards it. A limit of a wider type (unsigned i < size_t n) would make the
 * loop run for ever; that is thought of small counters only. */
static bool keeps_in_type(const Counting *c, IrRef init) {
  const IrType *t = counter_type(c);
  int64_t step = c->step.kind == IR_EV_AFFINE ? c->step.step : 0, limit = 0, start;
  bool constant = !ir_has_ref(c->test.right) || ir_const_int(c->an->fn, c->test.right, &limit);
  if (!t || c->phi == IR_NONE ||
      (!c->exact && ir_ev_of(c->an, c->loop, ir_ref(IR_REF_VALUE, c->phi)).step != step))
    return false;
  if (!constant && t->size < 4 && !ir_fits(c->an, c->exit, c->test.right, t))
    return false;
  switch (c->test.op) {
  case IR_LT:
  case IR_LE:
    return step >= 0 && c->offset >= 0 && (!constant || limit + step <= ir_type_range(t).high);
  case IR_GT:
  case IR_GE:
    return step <= 0 && (!constant || limit + step + (c->test.op == IR_GT) >= ir_type_range(t).low);
  case IR_NE:
    if (step == -1)
      return constant && limit == 0;
    return step == 1 && ir_has_ref(init) && ir_const_int(c->an->fn, init, &start) && start == 0 &&
           c->offset >= 0 && !constant;
  default:
    return false;
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
  int64_t first;
  if (from != to || __builtin_add_overflow(start, c->offset, &first) ||
      (c->test.is_unsigned && !ir_has_ref(from) && (first < 0 || limit < 0)))
    return false;
  return count_passes(c->test.op, c->test.is_unsigned, first, c->step.step, limit, count) &&
         (ir_has_ref(from) ? !(c->step.flags & EV_UNBOUNDED) : stays_in_type(c, start, *count));
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
bool ir_tests_at_end(const IrAnalysis *an, uint32_t loop, IrBlockId exit) {
  const IrLoop *l = &an->loops[loop];
  for (uint32_t i = 0; i < l->nlatches; i++)
    if (l->latches[i] == exit)
      return true;
  return false;
}

bool ir_trip_is_exact(const IrAnalysis *an, uint32_t loop) {
  const IrLoop *l = &an->loops[loop];
  return !l->irreducible && l->trip != IR_TRIP_UNKNOWN && l->nexits == 1 &&
         l->exits[0] == an->priv->counting_exit[loop] && an->priv->exact_trip[loop];
}

static void take_count(IrLoop *l, const Counting *c, uint64_t count) {
  if (l->trip == IR_TRIP_CONST && l->count <= count)
    return;
  l->trip = IR_TRIP_CONST;
  l->count = count;
  l->bound = ir_no_ref();
  l->counter = c->phi;
  c->an->priv->counting_exit[c->loop] = c->exit;
  c->an->priv->exact_trip[c->loop] = true;
}

static void take_bound(IrLoop *l, const Counting *c, IrRef init) {
  int64_t limit = 0;
  bool fixed_limit = !ir_has_ref(c->test.right) || ir_const_int(c->an->fn, c->test.right, &limit);
  IrRef bound = fixed_limit ? init : c->test.right;
  bool constant = ir_ref_kind(bound) == IR_REF_CONST; /* would have been counted if it could */
  if (l->trip != IR_TRIP_UNKNOWN || !ir_has_ref(bound) || constant || !stops(c))
    return;
  l->trip = IR_TRIP_SYMBOLIC;
  l->bound = bound;
  l->counter = c->phi;
  c->an->priv->counting_exit[c->loop] = c->exit;
  c->an->priv->exact_trip[c->loop] = c->exact && !c->both && c->step.kind == IR_EV_AFFINE;
  limit = fixed_limit && ir_has_ref(c->test.right) ? limit : 0;
  limit += c->test.op == IR_GT && limit < INT64_MAX;
  limit -= c->test.op == IR_LT && limit > INT64_MIN;
  c->an->priv->has_limit[c->loop] =
      fixed_limit && c->exact && !c->both && c->test.op != IR_NE &&
      !__builtin_sub_overflow(limit, c->offset, &c->an->priv->limit[c->loop]);
}

static bool in_every_iteration(const IrAnalysis *an, const IrLoop *l, IrBlockId block) {
  for (uint32_t i = 0; i < l->nlatches; i++)
    if (!ir_dom_dominates(&an->priv->dom, block, l->latches[i]))
      return false;
  return true;
}

/* The sides of the test, the moving one on the left. When both move evenly (i < j, i++, j--), their
 * distance is what counts, and where the right one starts is the limit. */
static bool take_sides(Counting *c) {
  Ev left = moving(c->an, c->loop, c->exit, c->test.left);
  Ev right = moving(c->an, c->loop, c->exit, c->test.right);
  if (left.kind == IR_EV_INVARIANT && ir_has_ref(c->test.right)) {
    c->test = (IrTest){swapped(c->test.op), c->test.right, c->test.left, c->test.is_unsigned};
    Ev e = left;
    left = right;
    right = e;
  }
  c->step = left;
  if (left.kind == IR_EV_AFFINE && right.kind == IR_EV_AFFINE &&
      !((left.flags | right.flags) & EV_WRAPS)) {
    IrRef root;
    int64_t offset;
    ir_constant_part(c->an->fn, c->test.right, &root, &offset);
    if (ir_ref_kind(root) != IR_REF_VALUE ||
        !ir_is_header_phi(c->an, c->loop, ir_ref_index(root)) ||
        __builtin_sub_overflow(left.step, right.step, &c->step.step) || !c->step.step)
      return false;
    c->test.right = ir_phi_init(c->an, c->loop, ir_ref_index(root));
    c->both = true;
    return ir_has_ref(c->test.right);
  }
  return right.kind == IR_EV_INVARIANT && !(left.flags & EV_WRAPS) &&
         (left.kind == IR_EV_AFFINE || left.kind == IR_EV_SYMBOLIC);
}

static void try_exit(IrAnalysis *an, uint32_t loop, IrBlockId exit) {
  IrLoop *l = &an->loops[loop];
  const IrFunction *fn = an->fn;
  const IrBlock *b = &fn->blocks[exit];
  const IrInsn *end = &fn->insns[b->first + b->count - 1];
  if (end->op != IR_BR || an->loop_of[exit] != loop || !in_every_iteration(an, l, exit))
    return;
  bool stay_if_true = ir_loop_contains(an, loop, fn->edges[b->succs]);
  Counting c = {.an = an, .loop = loop, .exit = exit, .phi = IR_NONE};
  c.test = ir_read_test(an, ir_arg(fn, end, 0), stay_if_true);
  if (!take_sides(&c))
    return;
  find_counter(&c);
  IrRef init = c.phi == IR_NONE ? ir_no_ref() : ir_phi_init(an, loop, c.phi);
  uint64_t count;
  bool bounded = false;
  if (!c.both && constant_count(&c, init, &count)) {
    take_count(l, &c, count + ir_tests_at_end(an, loop, exit));
    bounded = true;
  } else if (!(c.step.flags & EV_UNBOUNDED) || (bounded = keeps_in_type(&c, init))) {
    take_bound(l, &c, init);
  }
  if (bounded && c.phi != IR_NONE)
    ir_counter_is_bounded(an, loop, c.phi);
}

/* ---- running it ------------------------------------------------------------------------------ */

/* A test on something that starts as a constant and is computed from itself and constants alone can
 * be run: i *= 2, n >>= 1 (LLVM: ScalarEvolution::computeExitCountExhaustively). */
typedef struct Run {
  const IrAnalysis *an;
  uint32_t loop;
  IrInsnId phi;
  int64_t value; /* of the PHI */
  uint32_t steps;
} Run;

static int64_t cut(const IrType *t, int64_t v) {
  if (t->size >= 8)
    return v;
  unsigned unused = 64 - (unsigned)t->size * 8;
  uint64_t bits = (uint64_t)v << unused;
  return t->flags & IR_TF_UNSIGNED ? (int64_t)(bits >> unused) : (int64_t)bits >> unused;
}

static bool apply(IrOp op, bool is_unsigned, int64_t x, int64_t y, int64_t *out) {
  uint64_t a = (uint64_t)x, b = (uint64_t)y;
  switch (op) {
  case IR_ADD:
    *out = (int64_t)(a + b);
    return true;
  case IR_SUB:
    *out = (int64_t)(a - b);
    return true;
  case IR_MUL:
    *out = (int64_t)(a * b);
    return true;
  case IR_SHL:
    *out = b < 64 ? (int64_t)(a << b) : 0;
    return b < 64;
  case IR_SHR:
    *out = b >= 64 ? 0 : is_unsigned ? (int64_t)(a >> b) : x >> b;
    return b < 64;
  case IR_DIV:
    if (!y || y == -1)
      return false;
    *out = is_unsigned ? (int64_t)(a / b) : x / y;
    return true;
  case IR_AND:
    *out = (int64_t)(a & b);
    return true;
  case IR_OR:
    *out = (int64_t)(a | b);
    return true;
  case IR_XOR:
    *out = (int64_t)(a ^ b);
    return true;
  case IR_EQ:
    *out = x == y;
    return true;
  case IR_NE:
    *out = x != y;
    return true;
  case IR_LT:
    *out = is_unsigned ? a < b : x < y;
    return true;
  case IR_LE:
    *out = is_unsigned ? a <= b : x <= y;
    return true;
  case IR_GT:
    *out = is_unsigned ? a > b : x > y;
    return true;
  case IR_GE:
    *out = is_unsigned ? a >= b : x >= y;
    return true;
  default:
    return false;
  }
}

static bool value_of(Run *r, IrRef ref, int64_t *out) {
  const IrFunction *fn = r->an->fn;
  const IrInsn *in = ir_def(fn, ref);
  int64_t x, y;
  if (ir_const_int(fn, ref, out))
    return true;
  if (!in || r->steps++ > MAX_RUN_STEPS || r->an->unit->types[in->type].kind != IR_T_INT)
    return false;
  if (in->op == IR_PHI) {
    IrRef init = r->phi == IR_NONE && ir_is_header_phi(r->an, r->loop, ir_ref_index(ref))
                     ? ir_phi_init(r->an, r->loop, ir_ref_index(ref))
                     : ir_no_ref();
    if (ir_has_ref(init) && ir_const_int(fn, init, &r->value))
      r->phi = ir_ref_index(ref);
    *out = r->value;
    return r->phi == ir_ref_index(ref);
  }
  if (!in->nargs || in->nargs > 2 || !value_of(r, ir_arg(fn, in, 0), &x))
    return false;
  const IrType *from = &r->an->unit->types[ir_ref_type(r->an->unit, fn, ir_arg(fn, in, 0))];
  if (in->op == IR_CONV && from->kind == IR_T_INT)
    *out = x;
  else if (in->nargs != 2 || !value_of(r, ir_arg(fn, in, 1), &y) ||
           !apply((IrOp)in->op, (from->flags & IR_TF_UNSIGNED) != 0, x, y, out))
    return false;
  const IrType *to = &r->an->unit->types[in->type];
  *out = to->flags & IR_TF_BOOL ? x != 0 : cut(to, *out);
  return true;
}

static void run_exit(IrAnalysis *an, uint32_t loop, IrBlockId exit) {
  IrLoop *l = &an->loops[loop];
  const IrFunction *fn = an->fn;
  const IrBlock *b = &fn->blocks[exit], *header = &fn->blocks[l->header];
  const IrInsn *end = &fn->insns[b->first + b->count - 1];
  if (end->op != IR_BR || an->loop_of[exit] != loop || l->nlatches != 1 ||
      !in_every_iteration(an, l, exit))
    return;
  bool stay_if_true = ir_loop_contains(an, loop, fn->edges[b->succs]);
  Run r = {.an = an, .loop = loop, .phi = IR_NONE};
  IrRef next = ir_no_ref();
  for (uint64_t count = 0; count <= MAX_RUN; count++) {
    int64_t goes_on;
    r.steps = 0;
    if (!value_of(&r, ir_arg(fn, end, 0), &goes_on) || r.phi == IR_NONE)
      return;
    if ((goes_on != 0) != stay_if_true) {
      Counting c = {.an = an, .loop = loop, .exit = exit, .phi = r.phi};
      take_count(l, &c, count + ir_tests_at_end(an, loop, exit));
      return;
    }
    for (uint32_t i = 0; i < header->npreds; i++)
      if (fn->edges[header->preds + i] == l->latches[0])
        next = ir_arg(fn, &fn->insns[r.phi], i);
    if (!value_of(&r, next, &r.value))
      return;
  }
}

void ir_find_trip(IrAnalysis *an, uint32_t loop) {
  const IrLoop *l = &an->loops[loop];
  for (uint32_t k = 0; k < l->nexits && k < MAX_EXITS; k++)
    try_exit(an, loop, l->exits[k]);
  for (uint32_t k = 0; k < l->nexits && k < MAX_EXITS && l->trip == IR_TRIP_UNKNOWN; k++)
    run_exit(an, loop, l->exits[k]);
}
