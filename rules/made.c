/* Where nodes are made: from a value back to the call that gave it, and from the places that
 * allocate a record to the loops around them. */
#include "rules/made.h"

#include "rules/touch.h"

enum { CALLERS_DEEP = 3, MERGES_DEEP = 4 };

/* A loop around the instruction goes round for more than a few times. */
static bool in_long_loop(const IrProgram *p, PgFunc func, IrInsnId insn) {
  const PgFunction *pf = pg_func(p, func);
  if (!pf->an)
    return false;
  uint32_t loop = pf->an->loop_of[pf->an->block_of[insn]];
  for (; loop != IR_NONE; loop = pf->an->loops[loop].parent)
    if (!pg_few_trips(p, func, loop))
      return true;
  return false;
}

/* One of its loops allocates the record, or calls what allocates it. */
static bool makes_in_loop(const IrProgram *p, PgFunc func, PgRecord record) {
  const PgRecordInfo *info = pg_record(p, record);
  for (uint32_t i = 0; i < info->nallocs; i++) {
    const PgAllocSite *site = &info->allocs[i];
    if (site->func == func && in_long_loop(p, func, site->insn))
      return true;
    const PgFunction *maker = pg_func(p, site->func);
    for (uint32_t k = 0; k < maker->ncallers; k++) {
      const PgCall *call = pg_call(p, maker->callers[k]);
      if (call->caller == func && in_long_loop(p, func, call->insn))
        return true;
    }
  }
  return false;
}

static bool comes_from(const IrProgram *p, PgFunc func, IrRef ref, PgRecord record, unsigned deep,
                       unsigned merges);

static bool called_by_others(const IrProgram *p, PgFunc func) {
  const PgFunction *pf = pg_func(p, func);
  for (uint32_t i = 0; i < pf->ncallers; i++)
    if (pg_call(p, pf->callers[i])->caller != func)
      return true;
  return false;
}

static bool handed_over(const IrProgram *p, PgFunc func, uint32_t param, PgRecord record,
                        unsigned deep) {
  const PgFunction *pf = pg_func(p, func);
  for (uint32_t i = 0; i < pf->ncallers; i++) {
    const PgCall *call = pg_call(p, pf->callers[i]);
    if (call->caller == func)
      continue;
    const PgFunction *caller = pg_func(p, call->caller);
    const IrInsn *in = caller->fn ? &caller->fn->insns[call->insn] : NULL;
    if (!in || in->op != IR_CALL || call->kind != PG_CALL_DIRECT || param >= in->nargs ||
        !comes_from(p, call->caller, ir_arg(caller->fn, in, param), record, deep - 1, MERGES_DEEP))
      return false;
  }
  return called_by_others(p, func);
}

static bool comes_from(const IrProgram *p, PgFunc func, IrRef ref, PgRecord record, unsigned deep,
                       unsigned merges) {
  const PgFunction *pf = pg_func(p, func);
  ref = touch_origin(pf->fn, ref).root;
  const IrInsn *in = ir_def(pf->fn, ref);
  if (ir_is(in, IR_PARAM))
    return deep && handed_over(p, func, in->aux, record, deep);
  if (ir_is(in, IR_CALL)) {
    PgFunc callee = pg_callee(p, pf->unit, pf->fn, in);
    if (pg_summary(p, pf->unit, pf->fn, in)->flags & PG_FRESH && makes_in_loop(p, func, record))
      return true;
    return callee != IR_NONE && pg_func(p, callee)->fn && makes_in_loop(p, callee, record);
  }
  for (uint32_t i = 0; ir_is(in, IR_PHI) && merges && i < in->nargs; i++)
    if (comes_from(p, func, ir_arg(pf->fn, in, i), record, deep, merges - 1))
      return true;
  return false;
}

bool made_by_loop(const IrProgram *p, PgFunc func, IrRef ref, PgRecord record) {
  return record != IR_NONE && comes_from(p, func, ref, record, CALLERS_DEEP, MERGES_DEEP);
}

bool made_list(const IrProgram *p, PgFunc func, uint32_t loop, IrInsnId phi, PgRecord record) {
  const PgFunction *pf = pg_func(p, func);
  const IrInsn *in = &pf->fn->insns[phi];
  const IrBlock *header = &pf->fn->blocks[pf->an->loops[loop].header];
  for (uint32_t i = 0; in->op == IR_PHI && i < in->nargs; i++)
    if (!ir_loop_contains(pf->an, loop, pf->fn->edges[header->preds + i]) &&
        made_by_loop(p, func, ir_arg(pf->fn, in, i), record))
      return true;
  return false;
}

bool made_elsewhere(const IrProgram *p, PgFunc func, PgRecord record) {
  const IrSymbol *symbol = pg_func(p, func)->symbol;
  return !(symbol->flags & (IR_SYM_INTERNAL | IR_SYM_ADDRESS_TAKEN)) &&
         !called_by_others(p, func) && (record == IR_NONE || !pg_record(p, record)->nallocs);
}
