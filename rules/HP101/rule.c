/* HP101 linked-traversal: the address of the next step is loaded from the current node, so that the
 * steps cannot overlap: each waits for the memory of the one before (Chilimbi, Hill, Larus:
 * "Cache-Conscious Structure Layout", PLDI 1999).
 *
 * Five spellings: a recurrence that the analysis found (IrChase), a loop that steps through a
 * small function (`p = next(p)`), a function that calls itself with a child of its argument, an
 * iterator's function, which takes one step a call (rule_iterator.c), and indices instead of
 * pointers (rule_index.c). */
#include "rules/HP101/rule_walk.h"

#include <stdlib.h>
#include <string.h>

extern const char page_HP101[];

enum { ACCESSOR_BLOCKS = 12 };

/* ---- loops ----------------------------------------------------------------------------------- */

/* For a walk by pointers to links: the next link's place in its node. */
static int64_t link_offset(const Walk *w) {
  const IrFunction *fn = w->pf->fn;
  const IrInsn *phi = &fn->insns[w->phi];
  const IrBlock *header = &fn->blocks[w->pf->an->loops[w->loop].header];
  for (uint32_t i = 0; i < phi->nargs; i++) {
    IrRef refs[4] = {ir_arg(fn, phi, i)};
    uint32_t n = 1;
    if (!ir_loop_contains(w->pf->an, w->loop, fn->edges[header->preds + i]))
      continue;
    const IrInsn *merge = ir_def(fn, refs[0]); /* kept or moved on: p = freed ? p : &(*p)->next */
    for (uint32_t k = 0; ir_is(merge, IR_PHI) && k < merge->nargs && k < 4; k++, n = k)
      refs[k] = ir_arg(fn, merge, k);
    for (uint32_t k = 0; k < n; k++) {
      Origin o = touch_origin(fn, refs[k]);
      if (ir_is(ir_def(fn, o.root), IR_LOAD) && !o.extent)
        return o.offset;
    }
  }
  return 0;
}

/* `p->next && p->next->key < key`: what the chase loads is loaded, and used, more than once a step.
 * Such loads name the same node when they read the same place through the same pointer. */
static void add_equal_loads(Walk *w, const IrAddr *link) {
  const IrFunction *fn = w->pf->fn;
  Origin chased = touch_origin_of(fn, link);
  IrRef index = walk_link_index(w->pf, link);
  for (uint32_t i = 0; i < w->pf->an->naccesses; i++) {
    const IrAccess *access = &w->pf->an->accesses[i];
    const IrInsn *in = &fn->insns[access->insn];
    if (in->op != IR_LOAD || !ir_loop_contains(w->pf->an, w->loop, access->block))
      continue;
    const IrAddr *addr = &fn->addrs[in->aux];
    Origin o = touch_origin_of(fn, addr);
    if (o.root == chased.root && o.offset == chased.offset && addr->size == link->size &&
        walk_link_index(w->pf, addr) == index)
      walk_add_root(w, ir_ref(IR_REF_VALUE, access->insn), 0);
  }
}

/* Pointers that trail behind: what was the current node in the iteration before. */
static void add_followers(Walk *w) {
  const IrFunction *fn = w->pf->fn;
  const IrBlock *header = &fn->blocks[w->pf->an->loops[w->loop].header];
  for (uint32_t i = header->first; i < header->first + header->count; i++) {
    const IrInsn *phi = &fn->insns[i];
    if (phi->op != IR_PHI)
      break;
    for (uint32_t k = 0; k < phi->nargs; k++) {
      Origin o = touch_origin(fn, ir_arg(fn, phi, k));
      if (!ir_loop_contains(w->pf->an, w->loop, fn->edges[header->preds + k]) || o.extent)
        continue;
      for (uint32_t r = 0; r < w->nroots; r++)
        if (w->roots[r] == o.root) {
          walk_add_root(w, ir_ref(IR_REF_VALUE, i), offset_plus(w->shifts[r], o.offset));
          break;
        }
    }
  }
}

/* Some iterations leave the pointer where it was: it comes round through merges only. */
static bool stays(const Walk *w) {
  const IrFunction *fn = w->pf->fn;
  const IrRef self = ir_ref(IR_REF_VALUE, w->phi);
  const IrInsn *phi = &fn->insns[w->phi];
  const IrBlock *header = &fn->blocks[w->pf->an->loops[w->loop].header];
  for (uint32_t i = 0; phi->op == IR_PHI && i < phi->nargs; i++) {
    if (!ir_loop_contains(w->pf->an, w->loop, fn->edges[header->preds + i]))
      continue;
    IrRef from = touch_origin(fn, ir_arg(fn, phi, i)).root;
    const IrInsn *merge = ir_def(fn, from);
    if (from == self)
      return true;
    for (uint32_t k = 0; ir_is(merge, IR_PHI) && k < merge->nargs; k++)
      if (touch_origin(fn, ir_arg(fn, merge, k)).root == self)
        return true;
  }
  return false;
}

static bool judge_loop(Walk *w) {
  if (w->pf->an->loops[w->loop].irreducible || walk_stops_early(w) || walk_by_blocks(w) ||
      walk_beside_array(w))
    return false;
  walk_find_touched(w);
  w->kind = walk_kind_of_loop(w);
  return true;
}

/* `p = reverse ? p->prev : p->next`: the branch above both loads tests what the loop leaves alone.
 */
static bool picks_direction_once(const PgFunction *pf, const IrChase *chase) {
  const IrAnalysis *an = pf->an;
  if (chase->nloads != 2)
    return false;
  IrBlockId at = an->block_of[chase->loads[0]], other = an->block_of[chase->loads[1]];
  while (!ir_dominates(an->idom, at, other))
    at = an->idom[at];
  const IrBlock *fork = &pf->fn->blocks[at];
  const IrInsn *end = &pf->fn->insns[fork->first + fork->count - 1];
  return at != other && end->op == IR_BR &&
         ir_loop_invariant(an, chase->loop, ir_arg(pf->fn, end, 0));
}

static Walk walk_of_chase(const IrProgram *p, PgFunc func, const IrChase *chase) {
  const PgFunction *pf = pg_func(p, func);
  Walk w = {.p = p,
            .pf = pf,
            .func = func,
            .loop = chase->loop,
            .phi = chase->phi,
            .at = chase->loads[0],
            .ways = ir_chase_links(pf->fn, chase),
            .hops = chase->hops ? chase->hops : 1,
            .one_direction = picks_direction_once(pf, chase),
            .record = chase->record};
  w.load = &pf->fn->insns[w.at];
  w.addr = ir_addr_of(pf->fn, w.load);
  w.sometimes = stays(&w);
  int64_t shift = link_offset(&w);
  for (uint32_t i = 0; i < chase->nroots; i++)
    walk_add_root(&w, ir_ref(IR_REF_VALUE, chase->roots[i]), shift);
  for (uint32_t i = 0; i < chase->nloads; i++)
    walk_add_root(&w, ir_ref(IR_REF_VALUE, chase->loads[i]), 0);
  for (uint32_t i = 0; i < chase->nloads; i++)
    add_equal_loads(&w, &pf->fn->addrs[pf->fn->insns[chase->loads[i]].aux]);
  add_followers(&w);
  return w;
}

/* The parameter itself, or what is left of it without the bits that a pointer carries along: masked
 * here or by a function that returns what it points to. */
static bool leads_from_param(const IrProgram *p, const PgFunction *cf, uint32_t arg, IrRef pointer,
                             unsigned depth) {
  IrRef root = touch_origin(cf->fn, pointer).root;
  const IrInsn *in = ir_def(cf->fn, root);
  int64_t mask;
  if (ir_is(in, IR_PARAM))
    return in->aux == arg;
  if (!in || depth == 0)
    return false;
  if (in->op == IR_AND)
    return ir_const_int(cf->fn, ir_arg(cf->fn, in, 1), &mask) &&
           leads_from_param(p, cf, arg, ir_arg(cf->fn, in, 0), depth - 1);
  return in->op == IR_CALL && in->nargs == 1 && pg_summary(p, cf->unit, cf->fn, in)->returns & 1 &&
         leads_from_param(p, cf, arg, ir_arg(cf->fn, in, 0), depth - 1);
}

/* Every result of the function is a load through parameter `arg`, or null. */
static bool is_accessor(const IrProgram *p, const PgFunction *cf, uint32_t arg, IrRef result,
                        unsigned depth, bool *loads) {
  int64_t null;
  result = touch_origin(cf->fn, result).root;
  const IrInsn *in = ir_def(cf->fn, result);
  if (ir_const_int(cf->fn, result, &null))
    return null == 0;
  if (!in || depth == 0)
    return false;
  if (in->op == IR_PHI) {
    for (uint32_t i = 0; i < in->nargs; i++)
      if (!is_accessor(p, cf, arg, ir_arg(cf->fn, in, i), depth - 1, loads))
        return false;
    return true;
  }
  if (in->op != IR_LOAD)
    return false;
  *loads = leads_from_param(p, cf, arg, touch_origin_of(cf->fn, &cf->fn->addrs[in->aux]).root, 3);
  return *loads;
}

bool walk_steps_by_call(const IrProgram *p, const PgFunction *pf, const IrInsn *call, IrRef from) {
  PgFunc callee = pg_callee(p, pf->unit, pf->fn, call);
  const PgFunction *cf = callee == IR_NONE ? NULL : pg_func(p, callee);
  if (!cf || !cf->fn || cf->fn->nblocks > ACCESSOR_BLOCKS)
    return false;
  for (uint32_t arg = 0; arg < call->nargs; arg++) {
    if (touch_origin(pf->fn, ir_arg(pf->fn, call, arg)).root != from)
      continue;
    bool loads = false;
    for (uint32_t i = 0; i < cf->fn->ninsns; i++) {
      const IrInsn *in = &cf->fn->insns[i];
      if (in->op == IR_RET &&
          (in->nargs == 0 || !is_accessor(p, cf, arg, ir_arg(cf->fn, in, 0), 3, &loads)))
        return false;
    }
    return loads;
  }
  return false;
}

static bool walk_by_accessor(const IrProgram *p, PgFunc func, uint32_t loop, Walk *w) {
  const PgFunction *pf = pg_func(p, func);
  const IrFunction *fn = pf->fn;
  const IrBlock *header = &fn->blocks[pf->an->loops[loop].header];
  for (uint32_t i = 0; i < header->count; i++) {
    const IrInsn *phi = &fn->insns[header->first + i];
    if (phi->op != IR_PHI)
      break;
    IrRef ref = ir_ref(IR_REF_VALUE, header->first + i);
    for (uint32_t k = 0; k < phi->nargs; k++) {
      IrRef from = touch_origin(fn, ir_arg(fn, phi, k)).root;
      const IrInsn *in = ir_def(fn, from);
      if (!ir_loop_contains(pf->an, loop, fn->edges[header->preds + k]) || !ir_is(in, IR_CALL) ||
          !walk_steps_by_call(p, pf, in, ref))
        continue;
      *w = (Walk){
          .p = p, .pf = pf, .func = func, .loop = loop, .phi = header->first + i, .load = in};
      w->at = ir_ref_index(from);
      w->ways = w->hops = 1;
      w->record = ir_pointee_record(pf->unit, phi->type);
      walk_add_root(w, ref, 0);
      walk_add_root(w, from, 0);
      return true;
    }
  }
  return false;
}

/* At most one finding a loop: the walk that touches most. */
static void check_loop(const IrProgram *p, PgFunc func, uint32_t loop, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  Walk best = {.loop = IR_NONE};
  for (uint32_t i = 0; i < pf->an->nchases; i++) {
    const IrChase *chase = &pf->an->chases[i];
    /* A pointer that an inner loop moves on is that loop's chase. */
    if (chase->loop != loop || chase->nloads == 0 ||
        pf->an->loop_of[pf->an->block_of[chase->loads[0]]] != loop)
      continue;
    Walk w = walk_of_chase(p, func, chase);
    if (judge_loop(&w) &&
        (best.loop == IR_NONE || touch_bytes(&w.touch) > touch_bytes(&best.touch)))
      best = w;
  }
  Walk w;
  if (best.loop == IR_NONE && walk_by_accessor(p, func, loop, &w) && judge_loop(&w))
    best = w;
  if (best.loop != IR_NONE)
    walk_report(&best, r, place_of_loop(pf->an, loop));
  else
    walk_check_indices(p, func, loop, r);
}

/* ---- recursion ------------------------------------------------------------------------------- */

enum { MAX_CALLS = 8 };
typedef struct Recursion {
  IrInsnId calls[MAX_CALLS];
  IrInsnId load; /* of the child, for the first call */
  uint32_t ncalls, param, hops;
} Recursion;

/* The child is of its parent's kind: not some other record that the argument leads to. */
static bool same_pointee(const IrUnit *unit, const IrInsn *a, const IrInsn *b) {
  return ir_pointee_record(unit, a->type) == ir_pointee_record(unit, b->type);
}

/* A child's pointer: loaded from the argument's own record, or from a table that hangs on it. An
 * element of the argument's array, or of an array that the field points to, is no node of its own.
 */
static uint32_t hops_to_child(const PgFunction *pf, IrRef arg, uint32_t param) {
  const IrFunction *fn = pf->fn;
  Origin child = touch_origin(fn, arg);
  const IrInsn *load = ir_def(fn, child.root);
  if (!ir_is(load, IR_LOAD) || child.offset || child.extent)
    return 0;
  bool picked = false;
  for (uint32_t hops = 1; hops <= 2; hops++) {
    const IrAddr *addr = &fn->addrs[ir_def(fn, child.root)->aux];
    picked |= walk_indexed(fn, addr);
    IrRef base = touch_origin_of(fn, addr).root;
    const IrInsn *from = ir_def(fn, base);
    if (hops == 2 && !picked) /* what the arguments share, such as their owner */
      return 0;
    if (ir_is(from, IR_PARAM))
      return from->aux == param && same_pointee(pf->unit, load, from) ? hops : 0;
    child = touch_origin(fn, addr->base); /* n->children[i] */
    if (!ir_is(ir_def(fn, child.root), IR_LOAD))
      return 0;
  }
  return 0;
}

static void find_recursion(const PgFunction *pf, Recursion *rec) {
  const IrFunction *fn = pf->fn;
  for (uint32_t i = 0; i < fn->ninsns && rec->ncalls < MAX_CALLS; i++) {
    const IrInsn *call = &fn->insns[i];
    if (call->op != IR_CALL || call->aux != fn->sym)
      continue;
    for (uint32_t k = 0; k < call->nargs; k++) {
      uint32_t hops = hops_to_child(pf, ir_arg(fn, call, k), k);
      if (!hops)
        continue;
      if (rec->ncalls == 0) {
        rec->load = ir_ref_index(touch_origin(fn, ir_arg(fn, call, k)).root);
        rec->param = k;
        rec->hops = hops;
      }
      rec->calls[rec->ncalls++] = i;
      break;
    }
  }
}

/* Marks the blocks to which control can come from one. The stack has room for all blocks. */
static void mark_reached(const IrFunction *fn, IrBlockId from, bool *seen, IrBlockId *stack) {
  uint32_t top = 0;
  memset(seen, 0, fn->nblocks * sizeof *seen);
  stack[top++] = from;
  while (top) {
    const IrBlock *block = &fn->blocks[stack[--top]];
    for (uint32_t i = 0; i < block->nsuccs; i++) {
      IrBlockId next = fn->edges[block->succs + i];
      if (!seen[next]) {
        seen[next] = true;
        stack[top++] = next;
      }
    }
  }
}

static bool follow_each_other(const PgFunction *pf, const Recursion *rec) {
  const IrAnalysis *an = pf->an;
  bool *seen = hp_calloc(pf->fn->nblocks, sizeof *seen), found = false;
  IrBlockId *stack = hp_calloc(pf->fn->nblocks, sizeof *stack);
  for (uint32_t i = 0; i < rec->ncalls && !found; i++) {
    IrBlockId a = an->block_of[rec->calls[i]];
    mark_reached(pf->fn, a, seen, stack);
    for (uint32_t k = 0; k < rec->ncalls && !found; k++) {
      IrBlockId b = an->block_of[rec->calls[k]];
      found = i != k && (a == b || seen[b]);
    }
  }
  free(seen);
  free(stack);
  return found;
}

/* One activation visits several children: the calls follow each other or stand in a loop. */
static bool visits_all(const PgFunction *pf, const Recursion *rec) {
  for (uint32_t i = 0; i < rec->ncalls; i++)
    if (pf->an->loop_of[pf->an->block_of[rec->calls[i]]] != IR_NONE)
      return true;
  return follow_each_other(pf, rec);
}

/* A function that calls itself with what a field of its own argument points to. */
static void check_recursion(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  Recursion rec = {0};
  find_recursion(pf, &rec);
  if (!rec.ncalls)
    return;
  const IrFunction *fn = pf->fn;
  IrRef param = value_of_param(fn, rec.param);
  Walk w = {.p = p, .pf = pf, .func = func, .loop = IR_NONE, .at = rec.load, .hops = rec.hops};
  w.load = &fn->insns[rec.load];
  w.addr = ir_addr_of(fn, w.load);
  w.ways = rec.ncalls;
  w.record = ir_pointee_record(pf->unit, ir_ref_type(pf->unit, fn, param));
  walk_add_root(&w, param, 0);
  walk_find_touched(&w);
  bool all = visits_all(pf, &rec);
  w.kind = walk_only_frees(&w)                     ? WALK_FREES
           : all                                   ? WALK_TREE
           : rec.ncalls > 1 || walk_picks_link(&w) ? WALK_TREE_DESCENT
                                                   : WALK_LIST;
  walk_report(&w, r, place_of(fn, rec.calls[0]));
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  for (uint32_t loop = 0; loop < pf->an->nloops; loop++)
    check_loop(p, func, loop, r);
  check_recursion(p, func, r);
  walk_check_iterator(p, func, r);
}

const Rule rule_HP101 = {
    .id = "HP101",
    .name = "linked-traversal",
    .summary = "a loop whose next address is loaded from the current node",
    .check_function = check,
    .page = page_HP101,
};
