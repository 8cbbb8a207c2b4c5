/* The calls between a place and the allocator that it reaches. A call that the constant arguments
 * handed down exclude is none of them. */
#include "ir/program_parts.h"
#include "ir/reach.h"

#include <stdlib.h>

enum { LONGEST = 16, MOST_VISITS = 200, TAKEN = UINT32_MAX };

/* Does the function return what this call returned? */
static bool is_returned(const IrFunction *fn, IrInsnId call) {
  enum { MOST = 32 };
  IrRef known[MOST];
  uint32_t n = 0;
  for (IrBlockId b = 0; b < fn->nblocks; b++) {
    const IrInsn *end = &fn->insns[fn->blocks[b].first + fn->blocks[b].count - 1];
    if (end->op == IR_RET && end->nargs && n < MOST)
      known[n++] = pg_pointer_root(fn, ir_arg(fn, end, 0));
  }
  for (uint32_t i = 0; i < n; i++) {
    if (known[i] == ir_ref(IR_REF_VALUE, call))
      return true;
    const IrInsn *in = ir_def(fn, known[i]);
    for (uint32_t k = 0; (ir_is(in, IR_PHI) || ir_is(in, IR_SELECT)) && k < in->nargs; k++) {
      IrRef from = pg_pointer_root(fn, ir_arg(fn, in, k));
      bool old = false;
      for (uint32_t j = 0; j < n; j++)
        old |= known[j] == from;
      if (!old && n < MOST)
        known[n++] = from;
    }
  }
  return false;
}

uint32_t pg_way_rank(const IrProgram *p, const PgFunction *func, const PgCall *call) {
  if (call->callee == IR_NONE || call->kind == PG_CALL_LATER)
    return PG_NO_WAY;
  const PgSummary *to = &p->funcs[call->callee].summary;
  if (!(to->flags & PG_ALLOCATES) || to->flags & PG_NORETURN)
    return PG_NO_WAY;
  bool fresh = func->summary.flags & PG_FRESH;
  bool cold = to->flags & PG_COLD_ALLOC || func->an->cold[func->an->block_of[call->insn]];
  bool other = fresh && !(to->flags & PG_FRESH), stream = to->flags & PG_IO;
  bool beside = fresh && !other && !is_returned(func->fn, call->insn);
  return cold * 8u + other * 4u + beside * 2u + stream;
}

typedef struct Way {
  const IrProgram *p;
  PgFunc names[LONGEST];
  uint32_t n, visits;
} Way;

static bool leads(Way *w, PgFunc f, const PgGiven *given);

/* The best of what is left; where two are alike, the one that is taken when nothing is known. */
static uint32_t next_best(const Way *w, const PgFunction *func, const uint32_t *ranks) {
  uint32_t best = IR_NONE;
  for (uint32_t i = 0; i < func->ncalls; i++) {
    if (ranks[i] >= PG_NO_WAY)
      continue;
    bool usual = pg_call(w->p, func->calls[i])->callee == func->summary.via;
    if (best == IR_NONE || ranks[i] < ranks[best] ||
        (ranks[i] == ranks[best] && usual &&
         pg_call(w->p, func->calls[best])->callee != func->summary.via))
      best = i;
  }
  return best;
}

static bool by_some_call(Way *w, const PgFunction *func, const PgGiven *given) {
  uint32_t *ranks = hp_malloc((func->ncalls + 1) * sizeof *ranks), i;
  bool *reached = pg_reached(func, given), found = false;
  for (i = 0; i < func->ncalls; i++) {
    const PgCall *call = pg_call(w->p, func->calls[i]);
    ranks[i] = reached[func->an->block_of[call->insn]] ? pg_way_rank(w->p, func, call) : PG_NO_WAY;
  }
  while (!found && (i = next_best(w, func, ranks)) != IR_NONE) {
    const PgCall *call = pg_call(w->p, func->calls[i]);
    PgGiven handed =
        call->kind == PG_CALL_BACK ? (PgGiven){0} : pg_given_by(func, given, call->insn);
    ranks[i] = PG_NO_WAY;
    found = leads(w, call->callee, &handed);
  }
  free(reached);
  free(ranks);
  return found;
}

static bool leads(Way *w, PgFunc f, const PgGiven *given) {
  const PgFunction *func = pg_func(w->p, f);
  if (!(func->summary.flags & PG_ALLOCATES))
    return false;
  for (uint32_t i = 0; i < w->n; i++)
    if (w->names[i] == f)
      return false;
  if (w->n == LONGEST || w->visits++ > MOST_VISITS)
    return true; /* it may well */
  w->names[w->n++] = f;
  if (!func->an || func->summary.via == IR_NONE || by_some_call(w, func, given))
    return true;
  w->n--;
  return false;
}

bool pg_alloc_path(HpBuf *out, const IrProgram *p, const PgCallStep *steps, uint32_t nsteps) {
  Way w = {.p = p};
  PgGiven given = {0};
  bool reached = true;
  for (uint32_t i = 0; i < nsteps && reached; i++) {
    const PgFunction *caller = steps[i].caller == IR_NONE ? NULL : pg_func(p, steps[i].caller);
    if (caller) {
      bool *blocks = pg_reached(caller, &given);
      reached = blocks[caller->an->block_of[steps[i].call]];
      free(blocks);
      given = pg_given_by(caller, &given, steps[i].call);
    }
    if (i + 1 < nsteps && w.n < LONGEST)
      w.names[w.n++] = steps[i].callee;
  }
  PgFunc last = nsteps ? steps[nsteps - 1].callee : IR_NONE;
  if (!reached || (last != IR_NONE && !leads(&w, last, &given)))
    return false;
  for (uint32_t i = 0; i < w.n; i++)
    hp_buf_addf(out, i ? " > %s" : "%s", pg_func(p, w.names[i])->name);
  return true;
}
