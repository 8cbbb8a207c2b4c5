/* Sweeps of functions: their own loops, library calls, and calls of functions that sweep what they
 * are given. A function does what a loop or a call in it does that is in no other loop and on a
 * good part of the ways through it. */
#include "rules/sweep.h"

#include "rules/heat.h"
#include "rules/touch.h"

#include <stdlib.h>
#include <string.h>

enum { CALLS_DEEP = 2, PATH_DEEP = 5, LOG_SIZE = 64 };
static const double MIN_SHARE = 0.3; /* of a function's calls */
static const uint32_t LOUD_COLD = PG_NORETURN | PG_COLD;

/* ---- the table ------------------------------------------------------------------------------- */

typedef struct SweepEntry {
  PgFunc f;
  bool used;
  uint8_t deep; /* calls followed so far */
  Sweep *items; /* that a call of the function does; arena */
  uint32_t count;
} SweepEntry;

SweepTable sweep_table(const IrProgram *p) {
  return (SweepTable){.p = p, .arena = hp_arena_new()};
}

void sweep_table_free(SweepTable *t) {
  free(t->entries);
  hp_arena_free(t->arena);
  *t = (SweepTable){.p = t->p};
}

static SweepEntry *slot_of(const SweepTable *t, PgFunc f) {
  uint32_t at = (f * 0x9E3779B1u) & (t->cap - 1);
  while (t->entries[at].used && t->entries[at].f != f)
    at = (at + 1) & (t->cap - 1);
  return &t->entries[at];
}

static SweepEntry *entry_of(SweepTable *t, PgFunc f) {
  if (2 * (t->count + 1) > t->cap) {
    SweepTable old = *t;
    t->cap = old.cap ? 2 * old.cap : LOG_SIZE;
    t->entries = hp_calloc(t->cap, sizeof *t->entries);
    for (uint32_t i = 0; i < old.cap; i++)
      if (old.entries[i].used)
        *slot_of(t, old.entries[i].f) = old.entries[i];
    free(old.entries);
  }
  SweepEntry *e = slot_of(t, f);
  t->count += !e->used;
  return e;
}

/* ---- places ---------------------------------------------------------------------------------- */

uint32_t sweep_around(const PgFunction *pf, const Sweep *s) {
  return s->loop != IR_NONE ? pf->an->loops[s->loop].parent : pf->an->loop_of[sweep_block(pf, s)];
}

IrBlockId sweep_block(const PgFunction *pf, const Sweep *s) {
  return s->loop != IR_NONE ? sweep_before(pf->an, s->loop) : pf->an->block_of[s->call];
}

IrLoc sweep_place(const PgFunction *pf, const Sweep *s) {
  return s->loop != IR_NONE ? place_of_loop(pf->an, s->loop) : place_of(pf->fn, s->call);
}

/* ---- calls ----------------------------------------------------------------------------------- */

static bool named(const char *name, const char *const *names) {
  for (; *names; names++)
    if (!strcmp(name, *names))
      return true;
  return false;
}

static Sweep sort_of_call(const PgFunction *pf, IrInsnId call) {
  const IrInsn *in = &pf->fn->insns[call];
  Sweep s = {.kind = SWEEP_SORT,
             .loop = IR_NONE,
             .call = call,
             .callee = IR_NONE,
             .at = call,
             .whole = sweep_start_of(pf, ir_arg(pf->fn, in, 0), false),
             .count = ir_arg(pf->fn, in, 1),
             .head.record = IR_NONE,
             .link.record = IR_NONE,
             .size.record = IR_NONE};
  int64_t count;
  if (ir_const_int(pf->fn, s.count, &count))
    s.most = (uint64_t)count;
  return s;
}

Sweep sweep_of_library(const IrProgram *p, const PgFunction *pf, IrInsnId call) {
  static const char *const moves[] = {"memmove", "__builtin_memmove", "wmemmove",
                                      "__builtin___memmove_chk", NULL};
  static const char *const sorts[] = {"qsort",     "qsort_r", "qsort_s", "heapsort",
                                      "mergesort", "psort",   NULL};
  const IrInsn *in = &pf->fn->insns[call];
  Sweep none = {.kind = SWEEP_NONE};
  PgFunc callee = pg_callee(p, pf->unit, pf->fn, in);
  const PgFunction *cf = callee == IR_NONE ? NULL : pg_func(p, callee);
  if (!cf || cf->fn || in->op != IR_CALL || in->nargs < 3)
    return none;
  Sweep s = none;
  if (named(cf->name, moves))
    s = sweep_shift_of_call(pf, call, 0, 1, 2);
  else if (!strcmp(cf->name, "bcopy"))
    s = sweep_shift_of_call(pf, call, 1, 0, 2);
  else if (in->nargs >= 4 && named(cf->name, sorts))
    s = sort_of_call(pf, call);
  s.callee = callee;
  if (s.kind) {
    const IrInsn *count = ir_def(pf->fn, s.count);
    while (ir_is(count, IR_CONV))
      count = ir_def(pf->fn, ir_arg(pf->fn, count, 0));
    if (ir_is(count, IR_LOAD))
      s.size = sweep_holder(p, pf, ir_addr_of(pf->fn, count));
  }
  return s;
}

/* Where a value of a function comes from: the number of a parameter, through fields of what it
 * points to too; -1 a variable of the program; -2 neither, or a place picked by an index. */
static int comes_from(const PgFunction *pf, IrRef ref) {
  for (unsigned i = 0; i < PATH_DEEP; i++) {
    ref = ir_addr_root(pf->fn, ref);
    if (ir_ref_kind(ref) == IR_REF_SYM)
      return -1;
    const IrInsn *in = ir_def(pf->fn, ref);
    if (ir_is(in, IR_PARAM))
      return (int)in->aux;
    if (!ir_is(in, IR_LOAD))
      return -2;
    const IrAddr *a = ir_addr_of(pf->fn, in);
    int64_t index;
    if (ir_ref_kind(a->index) != IR_REF_NONE && !ir_const_int(pf->fn, a->index, &index))
      return -2;
    ref = a->base;
  }
  return -2;
}

/* Parameters that a value is worked out from. */
static void params_in(const PgFunction *pf, IrRef ref, unsigned depth, uint64_t *params) {
  const IrInsn *in = ir_def(pf->fn, ref);
  if (!in || depth == 0 || in->op == IR_PHI)
    return;
  if (in->op == IR_PARAM) {
    *params |= (uint64_t)1 << (in->aux & 63);
    return;
  }
  const IrAddr *a = ir_addr_of(pf->fn, in);
  if (a) {
    params_in(pf, a->base, depth - 1, params);
    if (ir_ref_kind(a->index) != IR_REF_NONE)
      params_in(pf, a->index, depth - 1, params);
  }
  for (uint32_t i = 0; i < in->nargs; i++)
    params_in(pf, ir_arg(pf->fn, in, i), depth - 1, params);
}

static IrRef argument(const PgFunction *pf, IrInsnId call, uint32_t number) {
  const IrInsn *in = &pf->fn->insns[call];
  uint32_t at = number + (in->op == IR_CALLP);
  return at < in->nargs ? ir_arg(pf->fn, in, at) : ir_ref(IR_REF_NONE, 0);
}

/* The callee's sweep as the call does it; kind NONE when it is not one of what the call is given.
 */
static Sweep by_call(const IrProgram *p, const PgFunction *pf, IrInsnId call, PgFunc callee,
                     const PgFunction *cf, const Sweep *there) {
  Sweep s = *there;
  s.loop = IR_NONE;
  s.call = s.at = call;
  s.callee = callee;
  s.nkeys = 0;
  s.whole = s.count = ir_ref(IR_REF_NONE, 0);
  int from = there->global ? -1 : comes_from(cf, there->whole);
  s.global = from == -1;
  if (from >= 0)
    s.whole = argument(pf, call, (uint32_t)from);
  if (from == -2 || (!s.global && ir_ref_kind(s.whole) == IR_REF_NONE))
    s.kind = SWEEP_NONE;
  if (s.linked && s.head.record == IR_NONE &&
      !s.head.unit) /* handed over: append(&list->head, n) */
    s.head = sweep_holder_of_value(p, pf, s.whole);
  uint64_t params = 0;
  for (uint32_t i = 0; i < there->nkeys; i++)
    params_in(cf, there->keys[i], PATH_DEEP, &params);
  for (uint32_t i = 0; i < 64 && s.nkeys < SWEEP_KEYS; i++)
    if (params >> i & 1 && ir_ref_kind(argument(pf, call, i)) != IR_REF_NONE)
      s.keys[s.nkeys++] = argument(pf, call, i);
  params = 0; /* the first that says how many there are, as a shift's `count - at` */
  params_in(cf, there->count, PATH_DEEP, &params);
  for (uint32_t i = 0; i < 64 && ir_ref_kind(s.count) == IR_REF_NONE; i++)
    if (params >> i & 1 && (int)i != from)
      s.count = argument(pf, call, i);
  return s;
}

/* ---- functions ------------------------------------------------------------------------------- */

static const SweepEntry *sweeps_of(SweepTable *t, PgFunc f, unsigned deep);

typedef struct List {
  Sweep *items;
  uint32_t count, cap;
} List;

static void add(List *list, const Sweep *s) {
  if (s->kind == SWEEP_NONE)
    return;
  HP_GROW(list->items, list->count, list->cap);
  list->items[list->count++] = *s;
}

static void add_calls(SweepTable *t, const PgFunction *pf, IrInsnId call, unsigned deep,
                      List *list) {
  const IrInsn *in = &pf->fn->insns[call];
  PgFunc callee = pg_callee(t->p, pf->unit, pf->fn, in);
  const PgFunction *cf = callee == IR_NONE ? NULL : pg_func(t->p, callee);
  if (!cf || in->op != IR_CALL)
    return;
  if (!cf->fn) {
    Sweep s = sweep_of_library(t->p, pf, call);
    s.global |= s.kind && comes_from(pf, s.whole) == -1;
    add(list, &s);
    return;
  }
  if (deep == 0 || cf->summary.flags & LOUD_COLD || heat_cold_function(t->p, callee))
    return;
  /* the table may move while the callee is looked at */
  const SweepEntry e = *sweeps_of(t, callee, deep - 1);
  for (uint32_t i = 0; i < e.count; i++) {
    Sweep s = by_call(t->p, pf, call, callee, cf, &e.items[i]);
    add(list, &s);
  }
}

static bool often_enough(const PgFunction *pf, const Sweep *s) {
  IrBlockId block = sweep_block(pf, s);
  double entry = pf->an->freq[0];
  return !pf->an->cold[block] && entry > 0 && pf->an->freq[block] >= MIN_SHARE * entry;
}

/* What a call of the function does: outside of loops, to what it is given. */
static bool counts(const IrProgram *p, const PgFunction *pf, const Sweep *s) {
  return s->kind && sweep_around(pf, s) == IR_NONE && often_enough(pf, s) &&
         (s->global || comes_from(pf, s->whole) > -2) && !sweep_begins_empty(p, pf, s);
}

static const SweepEntry *sweeps_of(SweepTable *t, PgFunc f, unsigned deep) {
  SweepEntry *e = entry_of(t, f);
  if (e->used && e->deep >= deep)
    return e;
  *e = (SweepEntry){.f = f, .used = true, .deep = (uint8_t)deep}; /* a way round is none */
  const PgFunction *pf = pg_func(t->p, f);
  List list = {0};
  for (uint32_t i = 0; pf->an && i < pf->an->nloops; i++) {
    if (pf->an->loops[i].parent != IR_NONE)
      continue;
    Sweep s = sweep_of_loop(t->p, pf, i);
    s.global |= s.kind && comes_from(pf, s.whole) == -1;
    if (counts(t->p, pf, &s))
      add(&list, &s);
  }
  for (uint32_t c = 0; pf->an && c < pf->ncalls; c++) {
    const PgCall *call = pg_call(t->p, pf->calls[c]);
    if (call->ends || call->kind != PG_CALL_DIRECT || call->loop_depth)
      continue;
    uint32_t before = list.count;
    add_calls(t, pf, call->insn, deep, &list);
    uint32_t kept = before;
    for (uint32_t i = before; i < list.count; i++)
      if (counts(t->p, pf, &list.items[i]))
        list.items[kept++] = list.items[i];
    list.count = kept;
  }
  e = entry_of(t, f);
  e->items = hp_arena_copy(t->arena, list.items, list.count * sizeof *list.items);
  e->count = list.count;
  free(list.items);
  return e;
}

uint32_t sweep_in_loops(SweepTable *t, PgFunc f, SweepKind kind, const Sweep **out) {
  const PgFunction *pf = pg_func(t->p, f);
  List list = {0};
  for (uint32_t i = 0; pf->an && i < pf->an->nloops; i++) {
    if (pf->an->loops[i].parent == IR_NONE)
      continue;
    Sweep s = sweep_of_loop(t->p, pf, i);
    if (s.kind == kind)
      add(&list, &s);
  }
  for (uint32_t c = 0; pf->an && c < pf->ncalls; c++) {
    const PgCall *call = pg_call(t->p, pf->calls[c]);
    if (call->ends || call->kind != PG_CALL_DIRECT || !call->loop_depth)
      continue;
    uint32_t before = list.count;
    add_calls(t, pf, call->insn, CALLS_DEEP, &list);
    uint32_t kept = before;
    for (uint32_t i = before; i < list.count; i++)
      if (list.items[i].kind == kind)
        list.items[kept++] = list.items[i];
    list.count = kept;
  }
  *out = hp_arena_copy(t->arena, list.items, list.count * sizeof *list.items);
  free(list.items);
  return list.count;
}

/* ---- texts ----------------------------------------------------------------------------------- */

void sweep_tell(SweepTable *t, Report *r, Finding *f, const PgFunction *pf, const Sweep *s) {
  const Sweep *at = s;
  PgFunc func = f->func;
  for (unsigned deep = CALLS_DEEP; at && at->loop == IR_NONE; deep--) {
    const PgFunction *cf = pg_func(t->p, at->callee);
    finding_site(f, pf->unit, place_of(pf->fn, at->call), func, true);
    if (!cf->fn || deep == 0)
      return;
    const SweepEntry *e = sweeps_of(t, at->callee, deep - 1);
    const Sweep *next = NULL;
    for (uint32_t i = 0; i < e->count && !next; i++)
      if (e->items[i].kind == s->kind)
        next = &e->items[i];
    func = at->callee;
    pf = cf;
    at = next;
    if (at)
      finding_place(r, f, pf->unit, sweep_place(pf, at), "%s does it here", pf->name);
  }
  if (at && at->at != IR_NONE)
    finding_site(f, pf->unit, place_of(pf->fn, at->at), func, false);
}

const char *sweep_whole_text(Report *r, const PgFunction *pf, const Sweep *s) {
  if (ir_ref_kind(s->whole) == IR_REF_NONE)
    return NULL;
  const char *text = text_of_ref(r, pf, s->whole);
  while (text[0] == '&' && text[1] != '&')
    text++;
  return strchr(text, '%') || strstr(text, "…") ? NULL : text;
}

const char *sweep_count_text(Report *r, const PgFunction *pf, const Sweep *s) {
  if (ir_ref_kind(s->count) == IR_REF_NONE)
    return NULL;
  const char *text = text_of_ref(r, pf, s->count);
  return strchr(text, '%') || strstr(text, "…") ? NULL : text;
}
