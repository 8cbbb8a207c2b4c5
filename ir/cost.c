/* What a call costs, in instructions of the IR: the static block frequencies times what the blocks
 * hold, callees included. No cycles: how long a load takes is not in the program's text. The kind
 * says how good the number is. And which functions are cold: only called on cold paths. */
#include "ir/program_parts.h"

#include <stdlib.h>

static const double LIBRARY_CALL = 20, MOST = 1e15;

static PgCostKind worse(PgCostKind a, PgCostKind b) {
  return a > b ? a : b;
}

typedef struct Cost {
  double instructions;
  PgCostKind kind;
} Cost;

/* Of the functions that one call may mean the dearest; what it calls back is called at least once.
 */
static Cost cost_of_call(const IrProgram *p, const PgFunction *func, uint32_t at, uint32_t n,
                         const bool *done) {
  Cost sum = {0, PG_COST_PATHS};
  for (uint32_t i = 0; i < n; i++) {
    const PgCall *call = &p->calls[func->calls[at + i]];
    if (call->kind == PG_CALL_LATER)
      continue;
    if (call->callee == IR_NONE || !done[call->callee]) {
      sum.kind = PG_COST_LEAST;
      continue;
    }
    const PgSummary *s = &p->funcs[call->callee].summary;
    bool back = call->kind == PG_CALL_BACK;
    if (back)
      sum.instructions += s->cost;
    else if (s->cost > sum.instructions)
      sum.instructions = s->cost;
    sum.kind =
        worse(sum.kind, worse((PgCostKind)s->cost_kind, back ? PG_COST_TRIPS : PG_COST_PATHS));
  }
  return sum;
}

static double executions(const IrAnalysis *an, IrBlockId block) {
  return an->freq[0] > 0 ? an->freq[block] / an->freq[0] : 1;
}

static uint32_t instructions_in(const IrFunction *fn, const IrBlock *b) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < b->count; i++) {
    IrOp op = (IrOp)fn->insns[b->first + i].op;
    n += op != IR_PHI && op != IR_PARAM;
  }
  return n;
}

static Cost cost_of_body(const IrProgram *p, PgFunc f, const bool *done) {
  const PgFunction *func = &p->funcs[f];
  const IrAnalysis *an = func->an;
  Cost sum = {0, PG_COST_PATHS};
  for (IrBlockId b = 0; b < func->fn->nblocks; b++)
    if (!p->dead[f] || !p->dead[f][b])
      sum.instructions += executions(an, b) * instructions_in(func->fn, &func->fn->blocks[b]);
  for (uint32_t i = 0; i < an->nloops; i++)
    if (an->loops[i].trip != IR_TRIP_CONST && !(p->dead[f] && p->dead[f][an->loops[i].header]))
      sum.kind = PG_COST_TRIPS;
  for (uint32_t at = 0, n; at < func->ncalls; at += n) {
    n = pg_entries_at(p, func, at);
    const PgCall *call = &p->calls[func->calls[at]];
    if (call->ends)
      continue;
    Cost callee = cost_of_call(p, func, at, n, done);
    sum.instructions += executions(an, an->block_of[call->insn]) * callee.instructions;
    sum.kind = worse(sum.kind, callee.kind);
  }
  if (!(sum.instructions < MOST))
    sum.instructions = MOST;
  return sum;
}

void pg_find_costs(IrProgram *p) {
  bool *done = hp_calloc(p->nfuncs + 1, sizeof *done);
  for (uint32_t i = 0; i < p->scc_starts[p->nsccs]; i++) {
    PgFunc f = p->scc_members[i];
    const PgFunction *func = &p->funcs[f];
    Cost cost = {LIBRARY_CALL, PG_COST_LEAST};
    if (func->fn)
      cost = cost_of_body(p, f, done);
    p->funcs[f].summary.cost = cost.instructions;
    p->funcs[f].summary.cost_kind = (uint8_t)cost.kind;
    done[f] = true;
  }
  free(done);
}

/* ---- cold ------------------------------------------------------------------------------------ */

static bool called_cold(const IrProgram *p, const PgCall *call) {
  const PgFunction *caller = &p->funcs[call->caller];
  return call->ends || caller->an->cold[caller->an->block_of[call->insn]] ||
         caller->summary.flags & PG_COLD;
}

static bool is_cold(const IrProgram *p, const PgFunction *func) {
  if (func->symbol->flags & IR_SYM_COLD || func->summary.flags & PG_NORETURN)
    return true;
  if (!func->ncallers || func->symbol->flags & IR_SYM_ADDRESS_TAKEN)
    return false;
  for (uint32_t i = 0; i < func->ncallers; i++)
    if (!called_cold(p, &p->calls[func->callers[i]]))
      return false;
  return true;
}

/* Callers first; a cycle that is only entered on cold paths counts as not cold. */
void pg_find_cold(IrProgram *p) {
  for (uint32_t i = p->scc_starts[p->nsccs]; i-- > 0;) {
    PgFunction *func = &p->funcs[p->scc_members[i]];
    if (is_cold(p, func))
      func->summary.flags |= PG_COLD;
  }
}
