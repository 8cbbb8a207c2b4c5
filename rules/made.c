/* Where nodes are made: from a value back to the call that gave it, and from the places that
 * allocate a record to the loops around them. */
#include "rules/made.h"

#include "rules/touch.h"

enum { CALLERS_DEEP = 3, MERGES_DEEP = 4, RUNS_DEEP = 6 };

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

/* ---- few ------------------------------------------------------------------------------------- */

static uint64_t few_of(uint64_t a, uint64_t b) {
  return a <= MADE_FEW && b <= MADE_FEW && a * b <= MADE_FEW ? a * b : PG_NO_BOUND;
}

static uint64_t times(const IrProgram *p, PgFunc func, IrInsnId insn, unsigned deep);

static uint64_t runs(const IrProgram *p, PgFunc func, unsigned deep) {
  const PgFunction *pf = pg_func(p, func);
  uint64_t all = 0;
  if (pf->once)
    return 1;
  if (!deep || !pf->ncallers || pf->symbol->flags & IR_SYM_ADDRESS_TAKEN ||
      pf->summary.flags & PG_RECURSIVE)
    return PG_NO_BOUND;
  for (uint32_t i = 0; i < pf->ncallers && all <= MADE_FEW; i++) {
    const PgCall *call = pg_call(p, pf->callers[i]);
    uint64_t more =
        call->kind == PG_CALL_DIRECT ? times(p, call->caller, call->insn, deep - 1) : PG_NO_BOUND;
    all = more <= MADE_FEW ? all + more : PG_NO_BOUND;
  }
  return all <= MADE_FEW ? all : PG_NO_BOUND;
}

static uint64_t times(const IrProgram *p, PgFunc func, IrInsnId insn, unsigned deep) {
  const IrAnalysis *an = pg_func(p, func)->an;
  uint32_t loop = an->loop_of[an->block_of[insn]];
  uint64_t trips = 1;
  for (; loop != IR_NONE && trips <= MADE_FEW; loop = an->loops[loop].parent)
    trips = few_of(trips, pg_most_trips(p, func, loop));
  return trips <= MADE_FEW ? few_of(trips, runs(p, func, deep)) : PG_NO_BOUND;
}

uint64_t made_times(const IrProgram *p, PgFunc func, IrInsnId insn) {
  return times(p, func, insn, RUNS_DEEP);
}

/* Another record of the unit has it by value: there are as many as of that one. */
static bool is_part(const IrProgram *p, const IrUnit *u, PgRecord record) {
  for (uint32_t i = 0; i < u->nfields; i++) {
    const IrType *t = &u->types[u->fields[i].type];
    while (t->kind == IR_T_ARRAY)
      t = &u->types[t->sub];
    if (t->kind == IR_T_RECORD && pg_record_of(p, u, t->record) == record)
      return true;
  }
  return false;
}

/* The call's result, or what it is converted to, is a pointer to the record. */
static bool gives(const IrProgram *p, const PgFunction *pf, IrInsnId call, PgRecord record,
                  bool *typed) {
  const IrAnalysis *an = pf->an;
  IrRecordId id = ir_pointee_record(pf->unit, pf->fn->insns[call].type);
  *typed = id != IR_NONE;
  if (*typed)
    return pg_record_of(p, pf->unit, id) == record;
  for (uint32_t i = an->uses_at[call]; i < an->uses_at[call + 1]; i++) {
    const IrInsn *use = &pf->fn->insns[an->uses[i]];
    id = use->op == IR_CONV ? ir_pointee_record(pf->unit, use->type) : IR_NONE;
    if (id != IR_NONE && pg_record_of(p, pf->unit, id) == record)
      return true;
  }
  return false;
}

/* Objects that no site of the record stands for: made by what is not seen, or taken from memory
 * that has no type. */
static bool gets_others(const IrProgram *p, PgFunc func, PgRecord record) {
  const PgFunction *pf = pg_func(p, func);
  for (IrInsnId i = 0; i < pf->fn->ninsns; i++) {
    const IrInsn *in = &pf->fn->insns[i];
    bool typed;
    if ((in->op != IR_CALL && in->op != IR_CALLP) || !gives(p, pf, i, record, &typed) ||
        pg_summary(p, pf->unit, pf->fn, in)->flags & PG_FRESH)
      continue;
    PgFunc callee = pg_callee(p, pf->unit, pf->fn, in);
    if (!typed || callee == IR_NONE || !pg_func(p, callee)->fn)
      return true;
  }
  return false;
}

static bool come_from_elsewhere(const IrProgram *p, PgRecord record) {
  uint32_t count;
  const PgFunc *users = pg_record_users(p, record, &count);
  for (uint32_t i = 0; i < count; i++)
    if (is_part(p, pg_func(p, users[i])->unit, record) || gets_others(p, users[i], record))
      return true;
  return false;
}

bool made_few(const IrProgram *p, PgRecord record) {
  const PgRecordInfo *info = pg_record(p, record);
  const uint32_t many = PG_REC_HEAP_ARRAY | PG_REC_EXTERNAL | PG_REC_BYTES_ESCAPE;
  uint64_t all = info->array_count;
  if (!info->nallocs || info->flags & many)
    return false;
  for (uint32_t i = 0; i < info->nallocs && all <= MADE_FEW; i++) {
    const PgAllocSite *site = &info->allocs[i];
    uint64_t each = site->count > 0 ? (uint64_t)site->count : PG_NO_BOUND;
    uint64_t more = few_of(each, made_times(p, site->func, site->insn));
    all = more <= MADE_FEW ? all + more : PG_NO_BOUND;
  }
  return all <= MADE_FEW && !come_from_elsewhere(p, record);
}
