/* The IR's instructions are taken as a third of a cycle each, as today's processors do them from
 * cache; the calls that the summaries know nothing of, and those that wait, at a round figure. */
#include "rules/share.h"

#include "rules/calls.h"
#include "rules/cycles.h"
#include "rules/heat.h"

static const double PER_INSTRUCTION = 0.35, UNKNOWN_CALL = 50, FORMATTED = 250, WAITING = 1000;
static const double WRAPPED = 3; /* pairs: the most that wrappers around the allocator count */

static bool formats(const IrProgram *p, const PgFunction *pf, const IrInsn *call) {
  static const char *const names[] = {"sprintf", "snprintf", "vsprintf",  "vsnprintf",
                                      "sscanf",  "asprintf", "vasprintf", NULL};
  return call->op == IR_CALL && call_of_library(p, pf, call, names) >= 0;
}

double share_call_cycles(const IrProgram *p, const PgFunction *pf, const IrInsn *call) {
  if (heat_call_waits(p, pf, call))
    return WAITING;
  if (formats(p, pf, call))
    return FORMATTED;
  uint32_t n;
  const PgCall *entries = pg_targets(p, pf->unit, pf->fn, call, &n);
  double most = 0;
  for (uint32_t i = 0; entries && i < n; i++)
    if (entries[i].callee != IR_NONE && pg_func(p, entries[i].callee)->summary.cost > most)
      most = pg_func(p, entries[i].callee)->summary.cost;
  return most > 0 ? most * PER_INSTRUCTION : UNKNOWN_CALL;
}

static double block_cycles(const IrProgram *p, const PgFunction *pf, IrBlockId id) {
  const IrBlock *block = &pf->fn->blocks[id];
  double sum = 0;
  for (uint32_t i = 0; i < block->count; i++) {
    const IrInsn *in = &pf->fn->insns[block->first + i];
    bool call = in->op == IR_CALL || in->op == IR_CALLP;
    sum += in->op == IR_PHI ? 0 : PER_INSTRUCTION;
    sum += call ? share_call_cycles(p, pf, in) : 0;
  }
  return sum;
}

double share_iteration_cycles(const IrProgram *p, const PgFunction *pf, uint32_t loop) {
  const IrLoop *l = &pf->an->loops[loop];
  double sum = 0;
  for (uint32_t b = 0; b < l->nblocks; b++)
    if (!pf->an->cold[l->blocks[b]])
      sum += heat_per_iteration(pf->an, loop, l->blocks[b]) * block_cycles(p, pf, l->blocks[b]);
  return sum;
}

bool share_is_guess(const IrAnalysis *an, uint32_t loop) {
  for (uint32_t i = 0; i < an->nloops; i++) {
    const IrLoop *l = &an->loops[i];
    if (i != loop && ir_loop_contains(an, loop, l->header) && !an->cold[l->header] &&
        l->trip != IR_TRIP_CONST)
      return true;
  }
  return false;
}

double share_of_pair(const IrProgram *p, const PgFunction *pf, uint32_t loop, SharePair pair) {
  double allocator = cycles_pair(pair.bytes);
  double around = pair.made + pair.freed; /* as the iteration counts it */
  double wrappers = around < WRAPPED * allocator ? around : WRAPPED * allocator;
  double rest = share_iteration_cycles(p, pf, loop) - pair.often * wrappers;
  double saved = pair.often * (allocator + wrappers);
  return saved / (saved + (rest > CYCLES_WORK ? rest : CYCLES_WORK));
}

void share_tell(Finding *f, double share, double least) {
  finding_fact(f, "share of the iteration, about", (double)(int)(share * 100 + 0.5), "%");
  if (share < least)
    f->show = SHOW_LOW;
}
