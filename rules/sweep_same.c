/* Sweeps seen from the loop around them: is it the same collection each time, does it grow? */
#include "rules/sweep.h"

#include "rules/heat.h"
#include "rules/touch.h"

#include <stdlib.h>

enum { DEPTH = 6, MERGES = 6, CALLS_DEEP = 2, FEW_TRIPS = 8, MAX_LEAVES = 16 };
static const double OFTEN = 0.02; /* of iterations */

/* ---- the same each time ---------------------------------------------------------------------- */

static bool same_value(const IrProgram *p, const PgFunction *pf, uint32_t loop, IrRef ref,
                       unsigned depth);

static bool same_addr(const IrProgram *p, const PgFunction *pf, uint32_t loop, const IrAddr *a,
                      unsigned depth) {
  return same_value(p, pf, loop, a->base, depth) &&
         (ir_ref_kind(a->index) == IR_REF_NONE || same_value(p, pf, loop, a->index, depth));
}

static bool same_value(const IrProgram *p, const PgFunction *pf, uint32_t loop, IrRef ref,
                       unsigned depth) {
  const IrInsn *in = ir_def(pf->fn, ref);
  int64_t number;
  if (!in)
    return ir_ref_kind(ref) != IR_REF_NONE && ir_ref_kind(ref) != IR_REF_UNDEF;
  if (!ir_loop_has_insn(pf->an, loop, ir_ref_index(ref)))
    return true;
  if (ir_evolution(pf->an, loop, ref).kind == IR_EV_INVARIANT)
    return true;
  if (depth == 0)
    return false;
  switch ((IrOp)in->op) {
  case IR_ADDR:
  case IR_LOAD: /* what is read may have changed: then the collection did */
    return same_addr(p, pf, loop, ir_addr_of(pf->fn, in), depth - 1);
  case IR_ADD: /* the last of an array: items[count - 1] */
  case IR_SUB:
    return ir_const_int(pf->fn, ir_arg(pf->fn, in, 1), &number) &&
           same_value(p, pf, loop, ir_arg(pf->fn, in, 0), depth - 1);
  case IR_CONV:
    return same_value(p, pf, loop, ir_arg(pf->fn, in, 0), depth);
  case IR_CALL:
    if (!p || !(pg_summary(p, pf->unit, pf->fn, in)->flags & PG_PURE) || !in->nargs)
      return false;
    for (uint32_t i = 0; i < in->nargs; i++)
      if (!same_value(p, pf, loop, ir_arg(pf->fn, in, i), depth - 1))
        return false;
    return true;
  default:
    return false;
  }
}

bool sweep_same_value(const IrProgram *p, const PgFunction *pf, uint32_t loop, IrRef ref) {
  return same_value(p, pf, loop, ref, DEPTH);
}

static bool is_fresh(const IrProgram *p, const PgFunction *pf, IrRef ref) {
  const IrInsn *in = ir_def(pf->fn, ir_addr_root(pf->fn, ref));
  return in && (in->op == IR_CALL || in->op == IR_CALLP) &&
         pg_summary(p, pf->unit, pf->fn, in)->flags & PG_FRESH;
}

/* The head of a list in a variable of the function: what comes round is the head as it was, or new
 * memory. Sets `pushed` when there is some. */
static bool stays_or_fresh(const IrProgram *p, const PgFunction *pf, IrRef head, IrRef ref,
                           unsigned depth, bool *pushed) {
  const IrInsn *in = ir_def(pf->fn, ref);
  if (ref == head)
    return true;
  if (is_fresh(p, pf, ref))
    return *pushed = true;
  if (!ir_is(in, IR_PHI) || depth == 0)
    return false;
  for (uint32_t i = 0; i < in->nargs; i++)
    if (ir_arg(pf->fn, in, i) != ref &&
        !stays_or_fresh(p, pf, head, ir_arg(pf->fn, in, i), depth - 1, pushed))
      return false;
  return true;
}

static bool is_phi_of(const PgFunction *pf, uint32_t loop, IrRef ref) {
  return ir_is(ir_def(pf->fn, ref), IR_PHI) &&
         pf->an->block_of[ir_ref_index(ref)] == pf->an->loops[loop].header;
}

/* All that comes round to the loop's PHI. */
static bool head_is_pushed(const IrProgram *p, const PgFunction *pf, uint32_t loop, IrRef head) {
  if (!is_phi_of(pf, loop, head))
    return false;
  const IrFunction *fn = pf->fn;
  const IrInsn *phi = ir_def(fn, head);
  const IrBlock *b = &fn->blocks[pf->an->loops[loop].header];
  bool pushed = false;
  for (uint32_t i = 0; i < phi->nargs; i++)
    if (ir_loop_contains(pf->an, loop, fn->edges[b->preds + i]) &&
        !stays_or_fresh(p, pf, head, ir_arg(fn, phi, i), MERGES, &pushed))
      return false;
  return pushed;
}

bool sweep_same_whole(const IrProgram *p, const PgFunction *pf, const Sweep *s, uint32_t loop) {
  return (s->global && ir_ref_kind(s->whole) == IR_REF_NONE) ||
         sweep_same_value(p, pf, loop, s->whole) ||
         (s->linked && head_is_pushed(p, pf, loop, s->whole));
}

/* A call in the loop that is handed the variable, and may write it: fgets(line, ...). */
static bool is_rewritten(const IrProgram *p, const PgFunction *pf, uint32_t loop, IrRef variable) {
  for (IrInsnId i = 0; i < pf->fn->ninsns; i++) {
    const IrInsn *in = &pf->fn->insns[i];
    if (in->op != IR_CALL || !ir_loop_has_insn(pf->an, loop, i))
      continue;
    const PgSummary *sum = pg_summary(p, pf->unit, pf->fn, in);
    for (uint32_t k = 0; k < in->nargs && k < 32; k++)
      if (ir_addr_root(pf->fn, ir_arg(pf->fn, in, k)) == variable &&
          (sum->flags & PG_UNKNOWN || sum->writes >> k & 1))
        return true;
  }
  return false;
}

/* The key is, points into or is worked out from a variable that each iteration fills anew. */
static bool from_rewritten(const IrProgram *p, const PgFunction *pf, uint32_t loop, IrRef ref,
                           unsigned depth) {
  IrRef root = ir_addr_root(pf->fn, ref);
  if (ir_ref_kind(root) == IR_REF_LOCAL)
    return is_rewritten(p, pf, loop, root);
  const IrInsn *in = ir_def(pf->fn, root);
  if (!in || depth == 0 || !ir_loop_has_insn(pf->an, loop, ir_ref_index(root)))
    return false;
  if (in->op == IR_LOAD)
    return from_rewritten(p, pf, loop, ir_addr_of(pf->fn, in)->base, depth - 1);
  for (uint32_t i = 0; in->op != IR_PHI && i < in->nargs; i++)
    if (from_rewritten(p, pf, loop, ir_arg(pf->fn, in, i), depth - 1))
      return true;
  return false;
}

bool sweep_keys_vary(const IrProgram *p, const PgFunction *pf, const Sweep *s, uint32_t loop) {
  for (uint32_t i = 0; i < s->nkeys; i++) {
    const IrInsn *in = ir_def(pf->fn, s->keys[i]);
    bool read_here = ir_is(in, IR_LOAD) && !ir_loop_invariant(pf->an, loop, s->keys[i]) &&
                     ir_addr_in(pf->an, ir_addr_of(pf->fn, in), loop).cls != IR_AC_INVARIANT;
    if (read_here || !sweep_same_value(p, pf, loop, s->keys[i]) ||
        from_rewritten(p, pf, loop, s->keys[i], DEPTH))
      return true;
  }
  return false;
}

/* ---- growth ---------------------------------------------------------------------------------- */

/* Does the sum lead back to `phi` with something added? */
static bool adds_to(const PgFunction *pf, IrRef phi, IrRef ref, unsigned depth) {
  const IrInsn *in = ir_def(pf->fn, ref);
  int64_t step;
  if (!in || depth == 0)
    return false;
  if (in->op == IR_ADD && ir_const_int(pf->fn, ir_arg(pf->fn, in, 1), &step) && step > 0) {
    IrRef from = ir_addr_root(pf->fn, ir_arg(pf->fn, in, 0));
    return from == phi || adds_to(pf, phi, from, depth - 1);
  }
  if (in->op == IR_CONV)
    return adds_to(pf, phi, ir_arg(pf->fn, in, 0), depth - 1);
  bool some = false;
  for (uint32_t i = 0; in->op == IR_PHI && i < in->nargs; i++) {
    IrRef from = ir_arg(pf->fn, in, i);
    if (from == phi || from == ref)
      continue;
    if (!adds_to(pf, phi, from, depth - 1))
      return false;
    some = true;
  }
  return some;
}

static bool count_grows(const PgFunction *pf, uint32_t loop, IrRef count) {
  count = ir_addr_root(pf->fn, count);
  if (ir_ref_kind(count) != IR_REF_VALUE)
    return false;
  IrEvolution ev = ir_evolution(pf->an, loop, count);
  if (ev.kind == IR_EV_AFFINE && ev.step > 0)
    return true;
  if (!is_phi_of(pf, loop, count))
    return false;
  const IrInsn *phi = ir_def(pf->fn, count);
  const IrBlock *b = &pf->fn->blocks[pf->an->loops[loop].header];
  bool grows = false;
  for (uint32_t i = 0; i < phi->nargs; i++)
    if (ir_loop_contains(pf->an, loop, pf->fn->edges[b->preds + i]) &&
        ir_arg(pf->fn, phi, i) != count) {
      if (!adds_to(pf, count, ir_arg(pf->fn, phi, i), MERGES))
        return false;
      grows = true;
    }
  return grows;
}

/* In a loop, or (IR_NONE) in a called function: a store that makes the collection larger. */
static bool stores_growth(const IrProgram *p, const PgFunction *pf, const Sweep *s,
                          const IrInsn *in) {
  if (in->op != IR_STORE)
    return false;
  SweepHolder to = sweep_holder(p, pf, ir_addr_of(pf->fn, in));
  IrRef value = ir_arg(pf->fn, in, 0);
  const IrInsn *v = ir_def(pf->fn, value);
  int64_t step;
  if (sweep_same_holder(&to, &s->size)) {
    while (ir_is(v, IR_CONV))
      v = ir_def(pf->fn, ir_arg(pf->fn, v, 0));
    return ir_is(v, IR_ADD) && ir_const_int(pf->fn, ir_arg(pf->fn, v, 1), &step) && step > 0;
  }
  if (!s->linked || (!sweep_same_holder(&to, &s->head) && !sweep_same_holder(&to, &s->link)))
    return false;
  const IrInsn *root = ir_def(pf->fn, ir_addr_root(pf->fn, value));
  return is_fresh(p, pf, value) || ir_is(root, IR_PARAM);
}

/* The same for one that empties it. */
static bool stores_nothing(const IrProgram *p, const PgFunction *pf, const Sweep *s,
                           const IrInsn *in) {
  int64_t value;
  if (in->op != IR_STORE || !ir_const_int(pf->fn, ir_arg(pf->fn, in, 0), &value) || value)
    return false;
  SweepHolder to = sweep_holder(p, pf, ir_addr_of(pf->fn, in));
  return sweep_same_holder(&to, &s->size) || (s->linked && sweep_same_holder(&to, &s->head));
}

typedef bool StoreTest(const IrProgram *p, const PgFunction *pf, const Sweep *s, const IrInsn *in);

/* Some instruction of the block, or of what it calls, meets the test. */
static bool block_stores(const IrProgram *p, const PgFunction *pf, const Sweep *s, IrBlockId id,
                         StoreTest *test, unsigned deep) {
  const IrBlock *block = &pf->fn->blocks[id];
  for (uint32_t i = 0; i < block->count; i++) {
    const IrInsn *in = &pf->fn->insns[block->first + i];
    if (test(p, pf, s, in))
      return true;
    if (in->op != IR_CALL || deep == 0)
      continue;
    PgFunc callee = pg_callee(p, pf->unit, pf->fn, in);
    const PgFunction *cf = callee == IR_NONE ? NULL : pg_func(p, callee);
    if (!cf || !cf->fn || !(cf->summary.flags & PG_WRITES))
      continue;
    for (uint32_t b = 0; b < cf->fn->nblocks; b++)
      if (!cf->an->cold[b] && block_stores(p, cf, s, b, test, deep - 1))
        return true;
  }
  return false;
}

static bool loop_stores(const IrProgram *p, const PgFunction *pf, const Sweep *s, uint32_t loop,
                        StoreTest *test) {
  const IrLoop *l = &pf->an->loops[loop];
  for (uint32_t b = 0; b < l->nblocks; b++)
    if (!pf->an->cold[l->blocks[b]] && block_stores(p, pf, s, l->blocks[b], test, CALLS_DEEP))
      return true;
  return false;
}

bool sweep_grows(const IrProgram *p, const PgFunction *pf, const Sweep *s, uint32_t loop) {
  if (count_grows(pf, loop, s->count) || (s->linked && head_is_pushed(p, pf, loop, s->whole)))
    return true;
  bool held = s->size.record != IR_NONE || s->size.unit || s->linked;
  return held && loop_stores(p, pf, s, loop, stores_growth);
}

/* An iteration empties the collection, before it fills it again. */
static bool starts_over(const IrProgram *p, const PgFunction *pf, const Sweep *s, uint32_t loop) {
  bool held =
      s->size.record != IR_NONE || s->size.unit || s->head.record != IR_NONE || s->head.unit;
  return held && loop_stores(p, pf, s, loop, stores_nothing);
}

/* ---- empty where it begins ------------------------------------------------------------------- */

/* Does the pointer come from `whole`, through fields of what it points to? */
static bool leads_from(const PgFunction *pf, IrRef pointer, IrRef whole) {
  const IrRef from = ir_addr_root(pf->fn, whole);
  for (unsigned i = 0; i < DEPTH; i++) {
    pointer = ir_addr_root(pf->fn, pointer);
    if (touch_same_pointer(pf->fn, pointer, from))
      return true;
    const IrInsn *in = ir_def(pf->fn, pointer);
    if (!ir_is(in, IR_LOAD))
      return false;
    pointer = ir_addr_of(pf->fn, in)->base;
  }
  return false;
}

/* Is it the head of the list? */
static bool is_head(const IrProgram *p, const PgFunction *pf, const Sweep *s, IrRef ref) {
  const IrInsn *in = ir_def(pf->fn, ref);
  if (!s->linked || !ir_is(in, IR_LOAD))
    return false;
  const IrAddr *a = ir_addr_of(pf->fn, in);
  const bool there = a->base == s->whole && !a->nhops && !a->offset &&
                     ir_ref_kind(a->index) == IR_REF_NONE; /* a variable, or *head */
  if (there || touch_same_pointer(pf->fn, ref, s->whole))
    return true;
  SweepHolder held = sweep_holder(p, pf, a);
  return sweep_same_holder(&held, &s->head) && (s->global || leads_from(pf, a->base, s->whole));
}

/* Where the block's branch goes when the list is not empty; IR_NONE when it asks for something
 * else. */
static IrBlockId way_when_filled(const IrProgram *p, const PgFunction *pf, const Sweep *s,
                                 IrBlockId block) {
  const IrBlock *b = &pf->fn->blocks[block];
  const IrInsn *end = &pf->fn->insns[b->first + b->count - 1];
  IrRef ref;
  bool flipped;
  if (end->op != IR_BR)
    return IR_NONE;
  sweep_tested(pf->fn, ir_arg(pf->fn, end, 0), &ref, &flipped);
  return is_head(p, pf, s, ref) ? pf->fn->edges[b->succs + flipped] : IR_NONE;
}

/* Can control come to `to` by one of the edges out of `from`, in the loop (IR_NONE: the function),
 * without going through `without`? */
static bool comes_round(const PgFunction *pf, uint32_t loop, IrBlockId from, IrBlockId to,
                        IrBlockId without) {
  const IrFunction *fn = pf->fn;
  bool *seen = hp_calloc(fn->nblocks, sizeof *seen);
  IrBlockId *stack = hp_calloc(fn->nblocks + 1, sizeof *stack);
  uint32_t top = 0;
  stack[top++] = from;
  while (top && !seen[to]) {
    const IrBlock *b = &fn->blocks[stack[--top]];
    for (uint32_t i = 0; i < b->nsuccs; i++) {
      const IrBlockId next = fn->edges[b->succs + i];
      const bool inside = loop == IR_NONE || ir_loop_contains(pf->an, loop, next);
      if (!inside || next == without || seen[next])
        continue;
      seen[next] = true;
      stack[top++] = next;
    }
  }
  const bool comes = seen[to];
  free(seen);
  free(stack);
  return comes;
}

/* The block asks, and with a filled list control does not get from there to the work. In a loop, no
 * way leads from the work to its next time without the question. */
static bool stops_filled(const IrProgram *p, const PgFunction *pf, const Sweep *s, uint32_t loop,
                         IrBlockId block) {
  const IrBlockId work = sweep_block(pf, s), filled = way_when_filled(p, pf, s, block);
  if (filled == IR_NONE)
    return false;
  if (loop == IR_NONE)
    return block != work && filled != work && ir_dominates(pf->an->idom, block, work) &&
           !comes_round(pf, loop, filled, work, IR_NONE);
  return !ir_loop_contains(pf->an, loop, filled) &&
         (block == work || !comes_round(pf, loop, work, work, block));
}

bool sweep_begins_empty(const IrProgram *p, const PgFunction *pf, const Sweep *s) {
  const uint32_t loop = sweep_around(pf, s);
  for (IrBlockId b = 0; b < pf->fn->nblocks; b++)
    if ((loop == IR_NONE || ir_loop_contains(pf->an, loop, b)) && stops_filled(p, pf, s, loop, b))
      return true;
  return false;
}

/* ---- the loop around ------------------------------------------------------------------------- */

bool sweep_is_often(const PgFunction *pf, const Sweep *s, uint32_t loop) {
  const IrLoop *l = &pf->an->loops[loop];
  IrBlockId block = sweep_block(pf, s);
  bool by_goto =
      !(ir_block_info(pf->fn, &pf->fn->blocks[l->header])->flags & IR_BLOCK_LOOP); /* tries again */
  return !l->irreducible && !by_goto && !(l->trip == IR_TRIP_CONST && l->count <= FEW_TRIPS) &&
         !pf->an->cold[block] && ir_loop_contains(pf->an, loop, block) &&
         heat_per_iteration(pf->an, loop, block) >= OFTEN;
}

/* What a value is worked out from: loads, merges, parameters. */
typedef struct Leaves {
  IrRef refs[MAX_LEAVES];
  uint32_t count;
} Leaves;

static void find_leaves(const PgFunction *pf, IrRef ref, unsigned depth, Leaves *out) {
  const IrInsn *in = ir_def(pf->fn, ref);
  if (!in || out->count == MAX_LEAVES)
    return;
  bool inner = in->op == IR_CONV || (in->op >= IR_ADD && in->op <= IR_GE);
  if (!inner || depth == 0) {
    out->refs[out->count++] = ref;
    return;
  }
  for (uint32_t i = 0; i < in->nargs; i++)
    find_leaves(pf, ir_arg(pf->fn, in, i), depth - 1, out);
}

bool sweep_bounds_loop(const IrProgram *p, const PgFunction *pf, const Sweep *s, uint32_t loop) {
  const IrLoop *l = &pf->an->loops[loop];
  Leaves size = {.count = 0}, tests = {.count = 0};
  find_leaves(pf, s->count, DEPTH, &size);
  for (uint32_t i = 0; i < l->nexits; i++) {
    const IrBlock *b = &pf->fn->blocks[l->exits[i]];
    const IrInsn *end = &pf->fn->insns[b->first + b->count - 1];
    if (end->op == IR_BR)
      find_leaves(pf, ir_arg(pf->fn, end, 0), DEPTH, &tests);
  }
  for (uint32_t i = 0; i < tests.count; i++) {
    SweepHolder held = sweep_holder_of_value(p, pf, tests.refs[i]);
    if (sweep_same_holder(&held, &s->size))
      return true;
    for (uint32_t k = 0; k < size.count; k++)
      if (touch_same_pointer(pf->fn, tests.refs[i], size.refs[k]))
        return true;
  }
  return false;
}

bool sweep_is_many(const IrProgram *p, const PgFunction *pf, const Sweep *s, uint32_t loop) {
  const IrLoop *l = &pf->an->loops[loop];
  if (s->most)
    return s->most >= SWEEP_MANY;
  return (l->trip == IR_TRIP_CONST && l->count >= SWEEP_MANY) || heat_loop_reads(p, pf, loop);
}

bool sweep_refilled(const PgFunction *pf, const Sweep *s, uint32_t loop) {
  for (uint32_t i = 0; i < pf->an->naccesses; i++) {
    const IrAccess *a = &pf->an->accesses[i];
    if (!a->write || a->loop == IR_NONE || a->loop == loop || a->loop == s->loop ||
        !ir_loop_contains(pf->an, loop, a->block))
      continue;
    IrRef root = ir_addr_root(pf->fn, pf->fn->addrs[a->addr].base);
    if (root == s->whole || touch_same_pointer(pf->fn, root, s->whole))
      return true;
  }
  return false;
}

bool sweep_repeats(const IrProgram *p, const PgFunction *pf, const Sweep *s, uint32_t told,
                   uint32_t *loop) {
  *loop = sweep_around(pf, s);
  return *loop != told && sweep_is_often(pf, s, *loop) &&
         !pg_few_trips(p, pg_func_of(p, pf->unit, pf->fn->sym), *loop) &&
         sweep_same_whole(p, pf, s, *loop) && !starts_over(p, pf, s, *loop) &&
         !sweep_begins_empty(p, pf, s);
}
