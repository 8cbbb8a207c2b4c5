/* Walks that take one step a call: a function that loads the current node's link and keeps it in
 * the object that a parameter points to, for the next call (`it->next = it->entry->next`). The loop
 * is the caller's. */
#include "rules/HP101/rule_walk.h"

enum { MERGES_DEEP = 3 };

/* The number of the parameter through which the address goes, IR_NONE. */
static uint32_t param_of(const IrFunction *fn, const IrAddr *addr) {
  Origin o = touch_origin_of(fn, addr);
  const IrInsn *in = ir_def(fn, o.root);
  return ir_is(in, IR_PARAM) ? in->aux : IR_NONE;
}

/* A pointer that was kept in the object, by this call or by the one before. */
static bool is_kept(const IrFunction *fn, IrRef ref, uint32_t param, unsigned depth) {
  const IrInsn *in = ir_def(fn, ref);
  if (ir_is(in, IR_LOAD))
    return param_of(fn, &fn->addrs[in->aux]) == param;
  for (uint32_t i = 0; ir_is(in, IR_PHI) && depth && i < in->nargs; i++)
    if (is_kept(fn, touch_origin(fn, ir_arg(fn, in, i)).root, param, depth - 1))
      return true;
  return false;
}

/* The node that `next` was loaded from, a NONE operand when that is no kept one. */
static IrRef node_before(const IrProgram *p, const PgFunction *pf, const IrInsn *next,
                         uint32_t param) {
  const IrFunction *fn = pf->fn;
  if (next->op == IR_LOAD) {
    IrRef node = touch_origin_of(fn, &fn->addrs[next->aux]).root;
    if (is_kept(fn, node, param, MERGES_DEEP))
      return node;
  }
  for (uint32_t i = 0; next->op == IR_CALL && i < next->nargs; i++) {
    IrRef node = touch_origin(fn, ir_arg(fn, next, i)).root;
    if (is_kept(fn, node, param, MERGES_DEEP) && walk_steps_by_call(p, pf, next, node))
      return node;
  }
  return ir_ref(IR_REF_NONE, 0);
}

static bool in_loops_of_callers(const IrProgram *p, const PgFunction *pf) {
  for (uint32_t i = 0; i < pf->ncallers; i++)
    if (pg_call(p, pf->callers[i])->loop_depth)
      return true;
  return false;
}

static bool step_of_store(const IrProgram *p, PgFunc func, const IrInsn *store, Walk *w) {
  const PgFunction *pf = pg_func(p, func);
  const IrFunction *fn = pf->fn;
  uint32_t param = param_of(fn, &fn->addrs[store->aux]);
  IrRef value = touch_origin(fn, ir_arg(fn, store, 0)).root;
  const IrInsn *next = ir_def(fn, value);
  if (param == IR_NONE || !next || (next->op != IR_LOAD && next->op != IR_CALL))
    return false;
  IrRef node = node_before(p, pf, next, param);
  if (ir_ref_kind(node) == IR_REF_NONE)
    return false;
  IrRecordId record = ir_pointee_record(pf->unit, ir_ref_type(pf->unit, fn, node));
  if (record == IR_NONE || record != ir_pointee_record(pf->unit, next->type))
    return false;
  /* A node that takes over what another one led to: a rotation, no iterator. */
  IrRef keeper = value_of_param(fn, param);
  if (ir_pointee_record(pf->unit, ir_ref_type(pf->unit, fn, keeper)) == record)
    return false;
  *w = (Walk){.p = p, .pf = pf, .func = func, .loop = IR_NONE, .load = next, .record = record};
  w->at = ir_ref_index(value);
  w->addr = ir_addr_of(fn, next);
  w->ways = w->hops = 1;
  w->kind = WALK_ITERATOR;
  walk_add_root(w, node, 0);
  return true;
}

void walk_check_iterator(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  for (uint32_t i = 0; i < pf->fn->ninsns; i++) {
    Walk w;
    /* In a loop of its own it is that loop's walk. */
    if (pf->fn->insns[i].op != IR_STORE || pf->an->loop_of[pf->an->block_of[i]] != IR_NONE ||
        !step_of_store(p, func, &pf->fn->insns[i], &w) || !in_loops_of_callers(p, pf))
      continue;
    walk_find_touched(&w);
    walk_report(&w, r, place_of(pf->fn, w.at));
    return;
  }
}
