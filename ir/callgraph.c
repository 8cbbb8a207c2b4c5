/* The call graph: which functions call which, directly, through pointers whose targets are known
 * (targets.c), and by handing them to library functions; its strongly connected components (Tarjan,
 * "Depth-first search and linear graph algorithms", 1972), which come out callees first; and from
 * the callers' side how deep in loops a function runs. */
#include "ir/analysis_private.h"
#include "ir/program_parts.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_HEAT = 8 };

/* ---- calls ----------------------------------------------------------------------------------- */

static uint32_t depth_of(const IrAnalysis *an, IrBlockId block) {
  uint32_t loop = an->loop_of[block];
  return loop == IR_NONE ? 0 : an->loops[loop].depth;
}

typedef struct Collector {
  IrProgram *p;
  PgFunc f;
  uint32_t unit, cap; /* cap: of p->calls */
} Collector;

static void add_call(Collector *w, IrInsnId insn, PgFunc callee, PgCallKind kind) {
  IrProgram *p = w->p;
  PgFunction *func = &p->funcs[w->f];
  HP_GROW(p->calls, p->ncalls, w->cap);
  p->calls[p->ncalls++] = (PgCall){.caller = w->f,
                                   .callee = callee,
                                   .insn = insn,
                                   .loop_depth = depth_of(func->an, func->an->block_of[insn]),
                                   .kind = (uint8_t)kind,
                                   .joined = IR_NONE};
  func->ncalls++;
}

/* One of them; `complete`: and nothing else. */
static void add_calls(Collector *w, IrInsnId insn, const PgFunc *funcs, uint32_t count,
                      bool complete) {
  if (count + !complete == 1) {
    add_call(w, insn, complete ? funcs[0] : IR_NONE, PG_CALL_DIRECT);
    return;
  }
  for (uint32_t i = 0; i < count; i++)
    add_call(w, insn, funcs[i], PG_CALL_ONE_OF);
  if (!complete)
    add_call(w, insn, IR_NONE, PG_CALL_ONE_OF);
}

/* Where targets are not all known, an allocator's hook is taken for the C library's function. */
static void call_by_pointer(Collector *w, IrInsnId insn) {
  const IrFunction *fn = w->p->funcs[w->f].fn;
  const IrInsn *in = &fn->insns[insn];
  PgFunc targets[PG_MAX_TARGETS];
  uint32_t count;
  bool complete = pg_pointer_targets(w->p, w->f, ir_arg(fn, in, 0), targets, &count);
  const IrInsn *load = ir_def(fn, ir_arg(fn, in, 0));
  while (ir_is(load, IR_CONV))
    load = ir_def(fn, ir_arg(fn, load, 0));
  PgFunc hook = IR_NONE;
  if (!complete && ir_is(load, IR_LOAD))
    hook = pg_hook_target(w->p, w->unit, fn, in, &fn->addrs[load->aux]);
  if (hook != IR_NONE)
    add_call(w, insn, hook, PG_CALL_DIRECT);
  else
    add_calls(w, insn, targets, count, complete && count);
}

/* Functions handed over: what the callee does with them says the library's row. */
static void call_handed(Collector *w, IrInsnId insn, uint32_t mask, PgCallKind kind, bool loops) {
  const IrFunction *fn = w->p->funcs[w->f].fn;
  const IrInsn *in = &fn->insns[insn];
  for (uint32_t i = 0; i < in->nargs && mask >> i; i++) {
    int64_t number; /* NULL, SIG_IGN */
    PgFunc targets[PG_MAX_TARGETS];
    uint32_t count, first = w->p->ncalls;
    IrRef arg = ir_arg(fn, in, i);
    while (ir_is(ir_def(fn, arg), IR_CONV))
      arg = ir_arg(fn, ir_def(fn, arg), 0);
    if (!(mask >> i & 1) || ir_const_int(fn, arg, &number))
      continue;
    bool complete = pg_pointer_targets(w->p, w->f, arg, targets, &count);
    for (uint32_t k = 0; k < count; k++)
      add_call(w, insn, targets[k], kind);
    if (!complete || !count)
      add_call(w, insn, IR_NONE, kind);
    for (uint32_t k = first; k < w->p->ncalls; k++)
      w->p->calls[k].loop_depth += loops;
  }
}

static void call_by_name(Collector *w, IrInsnId insn) {
  const IrProgram *p = w->p;
  const IrInsn *in = &p->funcs[w->f].fn->insns[insn];
  PgFunc callee = pg_sym_func(p, w->unit, in->aux);
  uint32_t count = 1;
  const PgFunc *choices = p->choices.count ? pg_choices(p, w->unit, in->aux, &count) : NULL;
  if (choices)
    add_calls(w, insn, choices, count < PG_MAX_TARGETS ? count : PG_MAX_TARGETS,
              count < PG_MAX_TARGETS);
  else
    add_call(w, insn, callee, PG_CALL_DIRECT);
  const LibFunction *lib = choices ? NULL : p->library[callee];
  if (lib && lib->calls)
    call_handed(w, insn, lib->calls, PG_CALL_BACK, (lib->flags & LIB_CALLS_BACK) != 0);
  if (lib && lib->later)
    call_handed(w, insn, lib->later, PG_CALL_LATER, false);
}

static void collect_calls(Collector *w) {
  const PgFunction *func = &w->p->funcs[w->f];
  for (uint32_t i = 0; i < func->an->priv->nlinks; i++) {
    IrInsnId insn = func->an->priv->links[i];
    if (func->fn->insns[insn].op == IR_CALL)
      call_by_name(w, insn);
    else if (func->fn->insns[insn].op == IR_CALLP)
      call_by_pointer(w, insn);
  }
}

const PgCall *pg_entries(const IrProgram *p, uint32_t unit, const IrFunction *fn,
                         const IrInsn *call, uint32_t *count) {
  PgFunc f = pg_sym_func(p, unit, fn->sym);
  const PgFunction *func = &p->funcs[f];
  IrInsnId insn = (IrInsnId)(call - fn->insns);
  if (!func->fn || func->fn->ninsns != fn->ninsns)
    return NULL;
  uint32_t low = 0, high = func->ncalls;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (p->calls[func->calls[middle]].insn < insn)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == func->ncalls || p->calls[func->calls[low]].insn != insn)
    return NULL;
  *count = pg_entries_at(p, func, low);
  return &p->calls[func->calls[low]];
}

PgFunc pg_call_target(const IrProgram *p, uint32_t unit, const IrFunction *fn, const IrInsn *call) {
  uint32_t count;
  if (call->op != IR_CALL && call->op != IR_CALLP)
    return IR_NONE;
  const PgCall *entries = pg_entries(p, unit, fn, call, &count);
  return entries && entries->kind == PG_CALL_DIRECT ? entries->callee : IR_NONE;
}

/* Call lists by caller are runs of the table; by callee they are sorted by counting. */
static void index_calls(IrProgram *p) {
  uint32_t *ids = HP_NEW(p->arena, uint32_t, p->ncalls);
  uint32_t *back = HP_NEW(p->arena, uint32_t, p->ncalls);
  uint32_t *fill = hp_calloc(p->nfuncs, sizeof *fill);
  for (uint32_t c = 0; c < p->ncalls; c++) {
    ids[c] = c;
    if (p->calls[c].callee != IR_NONE)
      p->funcs[p->calls[c].callee].ncallers++;
  }
  uint32_t calls = 0, callers = 0;
  for (PgFunc f = 0; f < p->nfuncs; f++) {
    p->funcs[f].calls = ids + calls;
    p->funcs[f].callers = back + callers;
    fill[f] = callers;
    calls += p->funcs[f].ncalls;
    callers += p->funcs[f].ncallers;
  }
  for (uint32_t c = 0; c < p->ncalls; c++)
    if (p->calls[c].callee != IR_NONE)
      back[fill[p->calls[c].callee]++] = c;
  free(fill);
}

/* ---- components ------------------------------------------------------------------------------ */

typedef struct Tarjan {
  IrProgram *p;
  uint32_t *index, *low, *next; /* next: position in the call list of a function being visited */
  uint32_t *stack, *path;       /* open components; the way of the search */
  uint32_t nstack, npath, count;
} Tarjan;

static void enter(Tarjan *t, PgFunc f) {
  t->index[f] = t->low[f] = ++t->count;
  t->stack[t->nstack++] = f;
  t->path[t->npath++] = f;
}

static void close_component(Tarjan *t, PgFunc root) {
  IrProgram *p = t->p;
  uint32_t at = p->scc_starts[p->nsccs];
  PgFunc f;
  do {
    f = t->stack[--t->nstack];
    p->funcs[f].scc = p->nsccs;
    p->scc_members[at++] = f;
  } while (f != root);
  p->scc_starts[++p->nsccs] = at;
}

static void leave(Tarjan *t, PgFunc f) {
  if (t->low[f] == t->index[f])
    close_component(t, f);
  if (--t->npath) {
    PgFunc parent = t->path[t->npath - 1];
    if (t->low[f] < t->low[parent])
      t->low[parent] = t->low[f];
  }
}

static void visit(Tarjan *t, PgFunc start) {
  IrProgram *p = t->p;
  enter(t, start);
  while (t->npath) {
    PgFunc f = t->path[t->npath - 1];
    if (t->next[f] == p->funcs[f].ncalls) {
      leave(t, f);
      continue;
    }
    const PgCall *call = &p->calls[p->funcs[f].calls[t->next[f]++]];
    PgFunc callee = call->callee;
    if (callee == IR_NONE || call->kind == PG_CALL_LATER || call->ends)
      continue;
    if (!t->index[callee])
      enter(t, callee);
    else if (p->funcs[callee].scc == IR_NONE && t->index[callee] < t->low[f])
      t->low[f] = t->index[callee];
  }
}

static void find_components(IrProgram *p) {
  uint32_t n = p->nfuncs;
  p->scc_members = HP_NEW(p->arena, uint32_t, n);
  p->scc_starts = HP_NEW(p->arena, uint32_t, n + 1);
  uint32_t *memory = hp_calloc((size_t)n * 5, sizeof *memory);
  Tarjan t = {.p = p,
              .index = memory,
              .low = memory + n,
              .next = memory + 2 * (size_t)n,
              .stack = memory + 3 * (size_t)n,
              .path = memory + 4 * (size_t)n};
  for (PgFunc f = 0; f < n; f++)
    p->funcs[f].scc = IR_NONE;
  for (PgFunc f = 0; f < n; f++)
    if (!t.index[f])
      visit(&t, f);
  free(memory);
}

/* ---- heat ------------------------------------------------------------------------------------ */

/* Who starts a thread does not wait for it: such calls lie outside of the components' order. */
static void heat_later(IrProgram *p, uint32_t *base) {
  for (uint32_t c = 0; c < p->ncalls; c++) {
    const PgCall *call = &p->calls[c];
    if (call->kind == PG_CALL_LATER && call->callee != IR_NONE &&
        base[call->callee] < call->loop_depth)
      base[call->callee] = call->loop_depth;
  }
}

static void heat_component(IrProgram *p, uint32_t s, const uint32_t *base) {
  uint32_t outside = 0, inside = 0, from = p->scc_starts[s], to = p->scc_starts[s + 1];
  for (uint32_t i = from; i < to; i++) {
    const PgFunction *f = &p->funcs[p->scc_members[i]];
    if (base[p->scc_members[i]] > outside)
      outside = base[p->scc_members[i]];
    for (uint32_t c = 0; c < f->ncallers; c++) {
      const PgCall *call = &p->calls[f->callers[c]];
      const PgFunction *caller = &p->funcs[call->caller];
      if (call->kind == PG_CALL_LATER || call->ends ||
          caller->an->cold[caller->an->block_of[call->insn]])
        continue;
      uint32_t *best = caller->scc == s ? &inside : &outside;
      uint32_t heat = call->loop_depth + (caller->scc == s ? 0 : caller->heat);
      *best = heat > *best ? heat : *best;
    }
  }
  for (uint32_t i = from; i < to; i++)
    p->funcs[p->scc_members[i]].heat = outside + inside < MAX_HEAT ? outside + inside : MAX_HEAT;
}

static bool runs_once(const IrProgram *p, const PgFunction *f) {
  if (!f->is_static && !strcmp(f->name, "main"))
    return true;
  if (f->symbol->flags & IR_SYM_ADDRESS_TAKEN || !f->ncallers)
    return false;
  for (uint32_t c = 0; c < f->ncallers; c++) {
    const PgCall *call = &p->calls[f->callers[c]];
    const PgFunction *caller = &p->funcs[call->caller];
    if (call->loop_depth || !caller->once || caller->scc == f->scc)
      return false;
  }
  return true;
}

void pg_build_calls(IrProgram *p) {
  pg_find_targets(p);
  Collector w = {.p = p};
  for (w.f = 0; w.f < p->nfuncs; w.f++) {
    if (!p->funcs[w.f].fn)
      continue;
    w.unit = pg_unit_index(p, p->funcs[w.f].unit);
    collect_calls(&w);
  }
  index_calls(p);
  pg_find_ends(p);
  find_components(p);
  uint32_t *base = hp_calloc(p->nfuncs, sizeof *base);
  heat_later(p, base);
  for (uint32_t s = p->nsccs; s-- > 0;) {
    heat_component(p, s, base);
    if (p->scc_starts[s + 1] - p->scc_starts[s] == 1) {
      PgFunction *f = &p->funcs[p->scc_members[p->scc_starts[s]]];
      f->once = runs_once(p, f);
    }
  }
  free(base);
}
