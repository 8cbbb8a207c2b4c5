/* Functions that never return: library functions and attributes say so, and a body says so when no
 * way from its entry to a RET avoids a call of one. Known before components are built, so that what
 * a program does on the way to its end (an assertion that fails writes a log, which allocates)
 * makes no function recursive. */
#include "ir/program_parts.h"

#include <stdlib.h>
#include <string.h>

typedef struct Ends {
  IrProgram *p;
  bool *stops; /* by block: a call in it does not return */
  bool *live;  /* by block: a RET can be reached */
  uint32_t *stack;
  uint32_t cap; /* blocks */
} Ends;

/* One way out that returns is enough to return. */
static bool call_ends(const IrProgram *p, const PgFunction *func, uint32_t at, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    const PgCall *call = &p->calls[func->calls[at + i]];
    bool target = call->kind == PG_CALL_DIRECT || call->kind == PG_CALL_ONE_OF;
    if (target && (call->callee == IR_NONE || !p->noreturn[call->callee]))
      return false;
  }
  return true;
}

static void mark_stops(Ends *w, const PgFunction *func) {
  memset(w->stops, 0, func->fn->nblocks);
  for (uint32_t at = 0, n; at < func->ncalls; at += n) {
    n = pg_entries_at(w->p, func, at);
    if (!call_ends(w->p, func, at, n))
      continue;
    w->stops[func->an->block_of[w->p->calls[func->calls[at]].insn]] = true;
  }
}

static void find_live(Ends *w, const IrFunction *fn) {
  uint32_t n = 0;
  memset(w->live, 0, fn->nblocks);
  for (uint32_t b = 0; b < fn->nblocks; b++) {
    const IrBlock *block = &fn->blocks[b];
    if (fn->insns[block->first + block->count - 1].op == IR_RET && !w->stops[b]) {
      w->live[b] = true;
      w->stack[n++] = b;
    }
  }
  while (n) {
    const IrBlock *b = &fn->blocks[w->stack[--n]];
    for (uint32_t i = 0; i < b->npreds; i++) {
      IrBlockId pred = fn->edges[b->preds + i];
      if (w->live[pred] || w->stops[pred])
        continue;
      w->live[pred] = true;
      w->stack[n++] = pred;
    }
  }
}

/* True when that was not known before. */
static bool look_at(Ends *w, PgFunc f) {
  IrProgram *p = w->p;
  const PgFunction *func = &p->funcs[f];
  if (!w->stops || w->cap < func->fn->nblocks) {
    w->cap = func->fn->nblocks * 2;
    w->stops = hp_realloc(w->stops, w->cap);
    w->live = hp_realloc(w->live, w->cap);
    w->stack = hp_realloc(w->stack, w->cap * sizeof *w->stack);
  }
  mark_stops(w, func);
  find_live(w, func->fn);
  bool known = p->noreturn[f];
  p->noreturn[f] = known || !w->live[0];
  if (p->noreturn[f]) {
    p->dead[f] = NULL;
    return !known;
  }
  if (memchr(w->live, false, func->fn->nblocks)) {
    if (!p->dead[f])
      p->dead[f] = HP_NEW(p->arena, bool, func->fn->nblocks);
    for (uint32_t b = 0; b < func->fn->nblocks; b++)
      p->dead[f][b] = !w->live[b];
  }
  return false;
}

static void mark_calls(IrProgram *p, PgFunc f) {
  const PgFunction *func = &p->funcs[f];
  for (uint32_t c = 0; p->dead[f] && c < func->ncalls; c++) {
    PgCall *call = &p->calls[func->calls[c]];
    call->ends = p->dead[f][func->an->block_of[call->insn]];
  }
}

static void wake_callers(const IrProgram *p, PgFunc f, bool *stale) {
  for (uint32_t i = 0; i < p->funcs[f].ncallers; i++)
    stale[p->calls[p->funcs[f].callers[i]].caller] = true;
}

void pg_find_ends(IrProgram *p) {
  p->noreturn = HP_NEW(p->arena, bool, p->nfuncs);
  p->dead = HP_NEW(p->arena, bool *, p->nfuncs);
  bool *stale = hp_calloc(p->nfuncs + 1, sizeof *stale);
  for (PgFunc f = 0; f < p->nfuncs; f++) {
    const LibFunction *lib = p->library[f];
    p->dead[f] = NULL;
    p->noreturn[f] =
        p->funcs[f].symbol->flags & IR_SYM_NORETURN || (lib && lib->flags & PG_NORETURN);
    stale[f] = p->funcs[f].fn != NULL;
  }
  Ends w = {.p = p};
  for (bool changed = true; changed;) {
    changed = false;
    for (PgFunc f = 0; f < p->nfuncs; f++) {
      if (!stale[f] || !p->funcs[f].fn)
        continue;
      stale[f] = false;
      if (look_at(&w, f)) {
        wake_callers(p, f, stale);
        changed = true;
      }
    }
  }
  for (PgFunc f = 0; f < p->nfuncs; f++)
    mark_calls(p, f);
  free(w.stops);
  free(w.live);
  free(w.stack);
  free(stale);
}
