/* May the loops of a nest stand in another order? Every pair of accesses that may meet gets a
 * distance vector over the nest's loops; the order is legal if no vector turns negative by it
 * (Allen and Kennedy, "Optimizing Compilers for Modern Architectures", chapter 5). Beside that:
 * values carried in registers, bounds, code between the loops, calls and other exits. */
#include "ir/interchange.h"

#include "ir/depend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ACCESSES = 64 };

typedef struct Test {
  const IrAnalysis *an;
  IrNest nest;
  uint32_t outer, inner;    /* loops */
  uint32_t after[NEST_MAX]; /* levels of the nest in their new order */
  uint32_t core;            /* loop whose whole body keeps together */
  IrInterchange result;
  HpBuf *condition;
  IrInterchangeNeeds *needs; /* NULL */
  size_t before;             /* what the caller's buffer held */
  IrPlace places[MAX_ACCESSES];
  uint32_t naccesses;
  char names[2][80]; /* see name_of */
  uint32_t turn;
} Test;

/* ILLEGAL is final, UNKNOWN beats CONDITIONAL, that beats LEGAL. */
static void lower_to(Test *t, IrInterchange result) {
  static const int rank[] = {[IR_INTERCHANGE_LEGAL] = 0,
                             [IR_INTERCHANGE_CONDITIONAL] = 1,
                             [IR_INTERCHANGE_UNKNOWN] = 2,
                             [IR_INTERCHANGE_ILLEGAL] = 3};
  if (rank[result] > rank[t->result])
    t->result = result;
}

static void needs(Test *t, const char *fmt, ...) HP_PRINTF(2, 3);
static void needs(Test *t, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  char *text = hp_vformat(fmt, ap);
  va_end(ap);
  lower_to(t, IR_INTERCHANGE_CONDITIONAL);
  if (t->condition && !strstr(hp_buf_text(t->condition) + t->before, text)) {
    if (t->condition->length > t->before)
      hp_buf_add(t->condition, "; ");
    hp_buf_add(t->condition, text);
  }
  free(text);
}

/* ---- names in conditions --------------------------------------------------------------------- */

static const char *plain_name(const Test *t, IrRef ref) {
  const IrUnit *u = t->an->unit;
  const IrFunction *fn = t->an->fn;
  const IrInsn *in = ir_def(fn, ref);
  IrStr name = 0;
  if (ir_ref_kind(ref) == IR_REF_LOCAL)
    name = fn->locals[ir_ref_index(ref)].name;
  else if (ir_ref_kind(ref) == IR_REF_SYM)
    name = u->symbols[ir_ref_index(ref)].name;
  else if (in)
    name = in->name;
  return name ? ir_str(u, name) : NULL;
}

/* "x", "x->field"; good until the next but one. */
static const char *name_of(Test *t, IrRef ref) {
  const IrUnit *u = t->an->unit;
  const IrFunction *fn = t->an->fn;
  const IrInsn *in = ir_def(fn, ref);
  const char *plain = plain_name(t, ref);
  if (plain)
    return plain;
  if (!in || in->op != IR_LOAD || !fn->addrs[in->aux].nhops)
    return "another pointer";
  const IrAddr *a = &fn->addrs[in->aux];
  const IrHop *h = &fn->hops[a->hops + a->nhops - 1];
  const char *field = ir_str(u, u->fields[u->records[h->record].fields + h->field].name);
  const char *object = plain_name(t, a->base);
  if (!object || a->nhops > 1)
    return field;
  char *text = t->names[t->turn ^= 1];
  const char *arrow = ir_ref_kind(a->base) == IR_REF_VALUE ? "->" : ".";
  snprintf(text, sizeof t->names[0], "%s%s%s", object, arrow, field);
  return text;
}

/* ---- shape of the nest ----------------------------------------------------------------------- */

static bool find_nest(Test *t) {
  uint32_t path[NEST_MAX], n = 0, l = t->inner;
  for (; l != IR_NONE && n < NEST_MAX; l = t->an->loops[l].parent) {
    path[n++] = l;
    if (l == t->outer)
      break;
  }
  if (l != t->outer || n < 2)
    return false;
  t->nest = (IrNest){.an = t->an, .depth = n};
  for (uint32_t i = 0; i < n; i++) {
    const IrLoop *loop = &t->an->loops[path[i]];
    t->nest.loops[n - 1 - i] = path[i];
    if (loop->irreducible || loop->trip == IR_TRIP_UNKNOWN || loop->counter == IR_NONE)
      return false;
    for (uint32_t k = 0; k < loop->nexits; k++)
      if (loop->exits[k] != t->an->priv->counting_exit[path[i]])
        return false; /* leaving early depends on the order */
  }
  return true;
}

/* What becomes of the first and the last loop of the nest: they change places, or the first moves
 * inwards. */
typedef enum Move { MOVE_SWAP, MOVE_AROUND, MOVE_INSIDE } Move;

static void find_order(Test *t, Move move) {
  uint32_t depth = t->nest.depth, turned = move == MOVE_AROUND ? depth - 1 : depth;
  for (uint32_t i = 0; i < depth; i++)
    t->after[i] = move != MOVE_SWAP && i < turned ? (i + 1) % turned : i;
  t->core = move == MOVE_AROUND ? t->an->loops[t->inner].parent : t->inner;
  if (move == MOVE_SWAP) {
    t->after[0] = depth - 1;
    t->after[depth - 1] = 0;
  }
}

static bool changes_sides(const Test *t, uint32_t a, uint32_t b) {
  uint32_t at_a = 0, at_b = 0;
  for (uint32_t i = 0; i < t->nest.depth; i++) {
    at_a = t->after[i] == a ? i : at_a;
    at_b = t->after[i] == b ? i : at_b;
  }
  return (a < b) != (at_a < at_b);
}

/* The bounds of a loop must not move with one that comes to lie inside of it; if they do so evenly,
 * they can be rewritten. */
static void check_value_fixed(Test *t, uint32_t level, IrRef ref, const char *what) {
  for (uint32_t i = 0; i < level; i++) {
    if (!changes_sides(t, i, level))
      continue;
    Ev e = ir_ev_of(t->an, t->nest.loops[i], ref);
    if (e.kind == IR_EV_VARIES)
      lower_to(t, IR_INTERCHANGE_UNKNOWN);
    else if (e.kind != IR_EV_INVARIANT)
      needs(t, "%s", what);
  }
}

static void check_bounds(Test *t) {
  static const char *const what = "the bounds are rewritten, since those of the inner loop depend "
                                  "on the outer one";
  for (uint32_t i = 1; i < t->nest.depth; i++) {
    const IrLoop *l = &t->an->loops[t->nest.loops[i]];
    check_value_fixed(t, i, ir_phi_init(t->an, t->nest.loops[i], l->counter), what);
    if (l->trip == IR_TRIP_SYMBOLIC)
      check_value_fixed(t, i, l->bound, what);
  }
}

static void check_body(Test *t) {
  const IrLoop *outer = &t->an->loops[t->outer];
  const IrFunction *fn = t->an->fn;
  for (uint32_t k = 0; k < outer->nblocks; k++) {
    const IrBlock *b = &fn->blocks[outer->blocks[k]];
    bool between = !ir_loop_contains(t->an, t->core, outer->blocks[k]);
    for (uint32_t i = b->first; i < b->first + b->count; i++) {
      IrOp op = (IrOp)fn->insns[i].op;
      if (ir_has_effect(t->an, &fn->insns[i]))
        lower_to(t, IR_INTERCHANGE_UNKNOWN);
      else if (between && (op == IR_STORE || op == IR_COPY || op == IR_CLEAR))
        needs(t, "what stands between the loops is split off into a loop of its own");
    }
  }
}

/* ---- values carried in registers ------------------------------------------------------------- */

static bool is_sum(IrOp op) {
  return op == IR_ADD || op == IR_MUL || op == IR_AND || op == IR_OR || op == IR_XOR;
}

/* Is `ref` made from `from` by additions (or products ...) of one kind only, each step used once?
 */
static bool is_reduction(const IrAnalysis *an, IrRef ref, IrRef from) {
  const IrFunction *fn = an->fn;
  IrOp op = IR_OP_COUNT;
  for (uint32_t steps = 0; steps < 16 && ref != from; steps++) {
    const IrInsn *in = ir_def(fn, ref);
    if (!in)
      return false;
    if (in->op == IR_CONV) {
      ref = ir_arg(fn, in, 0);
      continue;
    }
    IrOp now = in->op == IR_SUB ? IR_ADD : (IrOp)in->op;
    if (!is_sum(now) || (op != IR_OP_COUNT && now != op))
      return false;
    op = now;
    IrRef x = ir_arg(fn, in, 0), y = ir_arg(fn, in, 1);
    bool left = x == from ||
                (y != from && ir_ref_kind(x) == IR_REF_VALUE && is_sum((IrOp)ir_def(fn, x)->op));
    if (!left && in->op == IR_SUB)
      return false;
    ref = left ? x : y;
  }
  return ref == from && op != IR_OP_COUNT;
}

static bool is_float(const Test *t, IrInsnId v) {
  return t->an->unit->types[t->an->fn->insns[v].type].kind == IR_T_FLOAT;
}

/* What the PHI becomes by one iteration of its loop; NONE when ways differ. */
static IrRef next_value(const IrAnalysis *an, uint32_t loop, IrInsnId phi) {
  const IrBlock *b = &an->fn->blocks[an->loops[loop].header];
  IrRef next = ir_no_ref();
  for (uint32_t i = 0; i < b->npreds; i++) {
    IrRef ref = ir_arg(an->fn, &an->fn->insns[phi], i);
    if (!ir_loop_contains(an, loop, an->fn->edges[b->preds + i]))
      continue;
    if (ir_has_ref(next) && next != ref)
      return ir_no_ref();
    next = ref;
  }
  return next;
}

static bool used_in_loop_elsewhere(const IrAnalysis *an, uint32_t loop, IrInsnId v, IrInsnId user) {
  for (uint32_t k = an->uses_at[v]; k < an->uses_at[v + 1]; k++)
    if (an->uses[k] != user && ir_loop_has_insn(an, loop, an->uses[k]))
      return true;
  return false;
}

/* The loop's total goes on from where the loops around it have got to. */
static bool goes_on(const Test *t, IrRef init) {
  const IrInsn *start = ir_def(t->an->fn, init);
  for (uint32_t i = 0; i + 1 < t->nest.depth && ir_is(start, IR_PHI); i++)
    if (ir_is_header_phi(t->an, t->nest.loops[i], ir_ref_index(init)))
      return true;
  return false;
}

/* A PHI of the innermost loop that is no counter: a running total, or nothing we can judge. */
static void check_inner_phi(Test *t, IrInsnId phi) {
  const IrAnalysis *an = t->an;
  IrRef init = ir_phi_init(an, t->inner, phi), self = ir_ref(IR_REF_VALUE, phi);
  if (!is_reduction(an, next_value(an, t->inner, phi), self)) {
    lower_to(t, IR_INTERCHANGE_UNKNOWN);
    return;
  }
  const char *name = name_of(t, self);
  bool together = t->core != t->inner, anew = !goes_on(t, init);
  if (together && anew)
    return;
  if (anew || (!together && t->nest.depth != 2)) {
    needs(t, "the running total %s is kept in memory, one for each iteration around it", name);
    if (t->needs)
      t->needs->totals += an->unit->types[an->fn->insns[phi].type].size;
  } else if (is_float(t, phi)) {
    needs(t, "the floating-point sum %s may be added up in another order", name);
  }
}

/* A PHI of an outer loop: only as the start of a total that the loop inside carries on. */
static void check_outer_phi(Test *t, uint32_t level, IrInsnId phi) {
  const IrAnalysis *an = t->an;
  uint32_t loop = t->nest.loops[level], below = t->nest.loops[level + 1];
  IrRef next = next_value(an, loop, phi);
  const IrInsn *in = ir_def(an->fn, next);
  bool carried = ir_is(in, IR_PHI) && ir_is_header_phi(an, below, ir_ref_index(next)) &&
                 ir_phi_init(an, below, ir_ref_index(next)) == ir_ref(IR_REF_VALUE, phi) &&
                 !used_in_loop_elsewhere(an, loop, phi, ir_ref_index(next));
  if (!carried)
    lower_to(t, IR_INTERCHANGE_UNKNOWN);
}

/* `*p++` all through the nest: p goes on in the inner loop from where the outer one is, and so
 * would have to be worked out from the counters instead. */
static void check_carried(Test *t, uint32_t level, IrInsnId phi) {
  const IrAnalysis *an = t->an;
  const IrInsn *next = ir_def(an->fn, next_value(an, t->nest.loops[level], phi));
  if (level + 1 < t->nest.depth && next &&
      ir_loop_has_insn(an, t->nest.loops[level + 1], (IrInsnId)(next - an->fn->insns)))
    needs(t, "%s is worked out from the counters", name_of(t, ir_ref(IR_REF_VALUE, phi)));
}

static void check_registers(Test *t) {
  const IrFunction *fn = t->an->fn;
  for (uint32_t level = 0; level < t->nest.depth; level++) {
    uint32_t loop = t->nest.loops[level];
    const IrBlock *b = &fn->blocks[t->an->loops[loop].header];
    for (uint32_t i = b->first; i < b->first + b->count && fn->insns[i].op == IR_PHI; i++) {
      if (ir_ev_of(t->an, loop, ir_ref(IR_REF_VALUE, i)).kind != IR_EV_VARIES)
        check_carried(t, level, i);
      else if (level + 1 == t->nest.depth)
        check_inner_phi(t, i);
      else
        check_outer_phi(t, level, i);
    }
  }
}

/* ---- pairs of accesses ----------------------------------------------------------------------- */

/* x += ...: the store of a sum whose first summand was loaded from the same address. */
static bool is_memory_sum(const Test *t, const IrAccess *load, const IrAccess *store) {
  const IrFunction *fn = t->an->fn;
  if (fn->insns[store->insn].op != IR_STORE || fn->insns[load->insn].op != IR_LOAD)
    return false;
  const IrAddr *a = &fn->addrs[load->addr], *b = &fn->addrs[store->addr];
  return a->base == b->base && a->index == b->index && a->offset == b->offset &&
         is_reduction(t->an, ir_arg(fn, &fn->insns[store->insn], 0),
                      ir_ref(IR_REF_VALUE, load->insn));
}

static bool sums_in_memory(Test *t, const IrAccess *x, const IrAccess *y) {
  const IrAccess *load = x->write ? y : x, *store = x->write ? x : y;
  if (x == y) /* the store against itself: fine if it is the sum's */
    for (uint32_t i = 0; i < t->naccesses && load == store; i++)
      if (is_memory_sum(t, t->places[i].access, store))
        load = t->places[i].access;
  if (load == store || !is_memory_sum(t, load, store))
    return false;
  if (is_float(t, load->insn))
    needs(t, "the floating-point sum in %s may be added up in another order",
          name_of(t, ir_root_of(t->an, t->an->fn->addrs[store->addr].base)));
  return true;
}

static bool between_loops(const Test *t, const IrAccess *a) {
  return !ir_loop_contains(t->an, t->core, a->block);
}

/* Splitting off what stands between is harmless only within one iteration of the outer loops. */
static void check_split(Test *t, const IrDepend *d) {
  for (uint32_t i = 0; i + 1 < t->nest.depth; i++)
    if (ir_depend_has(d, i, IR_BEFORE) || ir_depend_has(d, i, IR_AFTER))
      lower_to(t, IR_INTERCHANGE_UNKNOWN);
}

static IrDirection first_turn(uint32_t vector, const uint32_t *order, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    if (ir_depend_direction(vector, order[i]) != IR_SAME)
      return ir_depend_direction(vector, order[i]);
  return IR_SAME;
}

/* Does the order of two iterations turn round? */
static bool reverses(const Test *t, const IrDepend *d) {
  static const uint32_t before[NEST_MAX] = {0, 1, 2, 3};
  for (uint32_t v = 0; v < ir_depend_vectors(d->depth); v++)
    if (d->vectors[v] && first_turn(v, before, d->depth) != first_turn(v, t->after, d->depth))
      return true;
  return false;
}

static void needs_apart(Test *t, IrRef a, IrRef b) {
  needs(t, "%s and %s do not overlap", name_of(t, a), name_of(t, b));
  for (uint32_t i = 0; t->needs && i < t->needs->napart; i++)
    if (t->needs->apart[i][0] == a && t->needs->apart[i][1] == b)
      return;
  if (t->needs && t->needs->napart < IR_MAX_APART) {
    IrRef *pair = t->needs->apart[t->needs->napart++];
    pair[0] = a;
    pair[1] = b;
  }
}

static void check_pair(Test *t, const IrPlace *a, const IrPlace *b) {
  const IrAccess *x = a->access, *y = b->access;
  if (!x->write && !y->write)
    return;
  IrDepend d = ir_depend(&t->nest, a, b);
  if (d.rows)
    needs(t, "no two rows of %s are the same", name_of(t, d.rows));
  if (d.kind == IR_DEPEND_UNKNOWN && d.apart[0])
    needs_apart(t, d.apart[0], d.apart[1]);
  else if (d.kind == IR_DEPEND_UNKNOWN)
    lower_to(t, IR_INTERCHANGE_UNKNOWN);
  else if (d.kind == IR_DEPEND_NONE)
    return;
  else if (between_loops(t, x) != between_loops(t, y))
    check_split(t, &d);
  else if (!between_loops(t, x) && reverses(t, &d) && !sums_in_memory(t, x, y))
    lower_to(t, IR_INTERCHANGE_ILLEGAL);
}

static void check_memory(Test *t) {
  for (uint32_t i = 0; i < t->an->naccesses; i++) {
    const IrAccess *a = &t->an->accesses[i];
    if (!ir_loop_contains(t->an, t->outer, a->block))
      continue;
    if (t->naccesses == MAX_ACCESSES) {
      lower_to(t, IR_INTERCHANGE_UNKNOWN);
      return;
    }
    t->places[t->naccesses++] = ir_place(&t->nest, a);
  }
  for (uint32_t i = 0; i < t->naccesses; i++)
    for (uint32_t k = i; k < t->naccesses; k++)
      check_pair(t, &t->places[i], &t->places[k]);
}

static IrInterchange judge(const IrAnalysis *an, uint32_t outer, uint32_t inner, Move move,
                           HpBuf *condition, IrInterchangeNeeds *needs) {
  Test *t = hp_calloc(1, sizeof *t);
  *t = (Test){.an = an, .outer = outer, .inner = inner, .condition = condition, .needs = needs};
  t->result = IR_INTERCHANGE_LEGAL;
  t->before = condition ? condition->length : 0;
  if (find_nest(t)) {
    find_order(t, move);
    check_bounds(t);
    check_body(t);
    check_registers(t);
    check_memory(t);
  } else {
    t->result = IR_INTERCHANGE_UNKNOWN;
  }
  IrInterchange result = t->result;
  if (condition && result != IR_INTERCHANGE_CONDITIONAL && condition->length > t->before) {
    condition->length = t->before;
    condition->text[t->before] = 0;
  }
  free(t);
  return result;
}

IrInterchange ir_can_interchange(const IrAnalysis *an, uint32_t outer, uint32_t inner,
                                 HpBuf *condition) {
  return judge(an, outer, inner, MOVE_SWAP, condition, NULL);
}

IrInterchange ir_interchange_needs(const IrAnalysis *an, uint32_t outer, uint32_t inner,
                                   HpBuf *condition, IrInterchangeNeeds *needs) {
  *needs = (IrInterchangeNeeds){0};
  return judge(an, outer, inner, MOVE_SWAP, condition, needs);
}

IrInterchange ir_can_sink(const IrAnalysis *an, uint32_t outer, uint32_t inner, IrSink where,
                          HpBuf *condition) {
  Move move = where == IR_SINK_AROUND ? MOVE_AROUND : MOVE_INSIDE;
  return judge(an, outer, inner, move, condition, NULL);
}

const char *ir_interchange_name(IrInterchange result) {
  static const char *const names[] = {"legal", "conditional", "illegal", "unknown"};
  return names[result];
}
