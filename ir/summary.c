/* Summaries of all functions: flows (flow.c) to a fixpoint, callees first; along cycles of the call
 * graph repeated until nothing changes, from nothing upwards. What is learnt of a function grows
 * monotonically but for the effects of calls that turn out not to return; MAX_ROUNDS ends what
 * would not settle. */
#include "ir/program_parts.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ROUNDS = 24 };

/* ---- functions without a body ---------------------------------------------------------------- */

static PgFlow library_flow(const LibFunction *lib) {
  uint32_t flags = lib->flags;
  PgFlow flow = {.may =
                     flags & (PG_ALLOCATES | PG_FREES | PG_BLOCKS | PG_IO | PG_LOCKS | PG_UNLOCKS),
                 .keeps = lib->keeps,
                 .writes = lib->writes,
                 .bytes = lib->bytes,
                 .out_fresh = lib->out_fresh ? 1u << (lib->out_fresh - 1) : 0,
                 .ret_params = lib->returned ? 1u << (lib->returned - 1) : 0,
                 .freed = lib->freed_arg ? 1u << (lib->freed_arg - 1) : 0,
                 .ret_fresh = (flags & PG_FRESH) != 0,
                 .ret_other = !(flags & PG_FRESH) && !lib->returned,
                 .hot_alloc = (flags & PG_ALLOCATES) != 0,
                 .impure = !(flags & (PG_PURE | LIB_CLEAN)),
                 .noreturn = (flags & PG_NORETURN) != 0};
  /* memcpy may put what it finds in one argument's memory into another's. */
  flow.deep = lib->writes && !lib->out_fresh ? ~0u : flow.keeps;
  flow.grown = flags & PG_GROWS ? flow.freed : 0;
  flow.size.kind = SIZE_UNKNOWN;
  if (lib->size_arg && lib->count_arg)
    flow.size =
        (SizeForm){SIZE_ARG_ARG, (int8_t)(lib->count_arg - 1), (int8_t)(lib->size_arg - 1), 0};
  else if (lib->size_arg)
    flow.size = (SizeForm){.kind = SIZE_ARG, .a = (int8_t)(lib->size_arg - 1)};
  return flow;
}

/* Only the name and the attributes are known. */
static PgFlow declared_flow(const PgFunction *func) {
  uint32_t flags = func->symbol->flags;
  PgFlow flow = {.ret_other = true, .noreturn = (flags & IR_SYM_NORETURN) != 0};
  bool builtin = strncmp(func->name, "__builtin_", 10) == 0;
  if (strncmp(func->name, "__atomic_", 9) == 0 || strncmp(func->name, "__sync_", 7) == 0) {
    flow.impure = true;
    flow.writes = 1;
    flow.keeps = ~1u;
  } else if (flags & IR_SYM_MALLOC) {
    flow.may = PG_ALLOCATES;
    flow.hot_alloc = flow.ret_fresh = flow.impure = true;
    flow.ret_other = false;
    flow.size.kind = SIZE_UNKNOWN;
  } else if (!(flags & (IR_SYM_PURE | IR_SYM_CONSTFN)) && !builtin) {
    flow.may = PG_UNKNOWN;
    flow.keeps = flow.writes = flow.deep = flow.ret_params = ~0u;
    flow.writes_other = flow.impure = true;
  }
  return flow;
}

/* ---- fixpoint -------------------------------------------------------------------------------- */

static bool flow_equal(const PgFlow *a, const PgFlow *b) {
  return a->may == b->may && a->keeps == b->keeps && a->writes == b->writes &&
         a->bytes == b->bytes && a->ret_params == b->ret_params && a->freed == b->freed &&
         a->grown == b->grown && a->size.kind == b->size.kind && a->size.a == b->size.a &&
         a->size.b == b->size.b && a->size.bytes == b->size.bytes && a->ret_fresh == b->ret_fresh &&
         a->ret_other == b->ret_other && a->hot_alloc == b->hot_alloc &&
         a->writes_other == b->writes_other && a->impure == b->impure && a->noreturn == b->noreturn;
}

static bool calls_itself(const IrProgram *p, PgFunc f) {
  for (uint32_t i = 0; i < p->funcs[f].ncalls; i++) {
    const PgCall *call = &p->calls[p->funcs[f].calls[i]];
    if (call->callee == f && call->kind != PG_CALL_LATER && !call->ends)
      return true;
  }
  return false;
}

static PgFlow flow_now(const IrProgram *p, PgFunc f, PgScratch *scratch) {
  PgMemo *memo = p->options.memo;
  uint64_t key = pg_memo_key(p, f);
  PgFlow flow;
  if (key && pg_memo_get(memo, key, p->funcs[f].fn->nparams, &flow))
    return flow;
  flow = pg_flow(p, f, scratch);
  if (key)
    pg_memo_put(memo, key, &flow);
  return flow;
}

static void wake_callers(const IrProgram *p, PgFunc f, bool *stale) {
  const PgFunction *func = &p->funcs[f];
  for (uint32_t i = 0; i < func->ncallers; i++) {
    PgFunc caller = p->calls[func->callers[i]].caller;
    if (p->funcs[caller].scc == func->scc)
      stale[caller] = true;
  }
}

/* Members of a component come out of Tarjan's stack callers last, so that most rounds see callees
 * first.
 */
static void settle(IrProgram *p, uint32_t s, bool *stale, PgScratch *scratch) {
  uint32_t from = p->scc_starts[s], to = p->scc_starts[s + 1];
  for (uint32_t i = from; i < to; i++)
    stale[p->scc_members[i]] = p->funcs[p->scc_members[i]].fn != NULL;
  bool changed = true;
  for (uint32_t round = 0; changed && round < MAX_ROUNDS; round++) {
    changed = false;
    for (uint32_t i = from; i < to; i++) {
      PgFunc f = p->scc_members[i];
      if (!stale[f])
        continue;
      stale[f] = false;
      if (p->library[f])
        continue;
      PgFlow flow = flow_now(p, f, scratch);
      if (flow_equal(&flow, &p->flows[f]))
        continue;
      p->flows[f] = flow;
      wake_callers(p, f, stale);
      changed = true;
    }
  }
}

/* ---- from flows to summaries ----------------------------------------------------------------- */

static bool returns_pointer(const PgFunction *func) {
  if (func->fn)
    return func->unit->types[func->fn->result].kind == IR_T_PTR;
  const IrType *type = &func->unit->types[func->symbol->type];
  return type->kind != IR_T_FUNC || func->unit->types[type->sub].kind == IR_T_PTR;
}

static uint32_t summary_flags(const IrProgram *p, PgFunc f, bool recursive) {
  const PgFlow *flow = &p->flows[f];
  const LibFunction *lib = p->library[f];
  uint32_t flags = flow->may | (lib ? lib->flags & PG_COMMITS : 0);
  if (flow->ret_fresh && !flow->ret_other && !flow->ret_params && returns_pointer(&p->funcs[f]))
    flags |= PG_FRESH;
  if (flow->grown && flags & PG_FRESH)
    flags |= PG_GROWS;
  if (flow->noreturn)
    flags |= PG_NORETURN;
  if (flow->writes || flow->writes_other)
    flags |= PG_WRITES;
  if (recursive)
    flags |= PG_RECURSIVE;
  if (flags & PG_ALLOCATES && !flow->hot_alloc)
    flags |= PG_COLD_ALLOC;
  bool effects = flow->impure || flow->noreturn || flow->may;
  if (lib ? (lib->flags & PG_PURE) != 0 : !effects && !(flags & PG_WRITES))
    flags |= PG_PURE;
  return flags;
}

static void set_size(PgSummary *s, SizeForm size) {
  switch ((SizeKind)size.kind) {
  case SIZE_FIXED:
    s->fixed_size = size.bytes;
    break;
  case SIZE_ARG:
    s->size_arg = size.a;
    break;
  case SIZE_ARG_ARG:
    s->count_arg = size.a;
    s->size_arg = size.b;
    break;
  case SIZE_ARG_FIXED:
    s->count_arg = size.a;
    break;
  case SIZE_NONE:
  case SIZE_UNKNOWN:
    break;
  }
}

static void summarise(IrProgram *p, PgFunc f, bool recursive) {
  const PgFlow *flow = &p->flows[f];
  PgSummary *s = &p->funcs[f].summary;
  *s = (PgSummary){.flags = summary_flags(p, f, recursive),
                   .size_arg = -1,
                   .count_arg = -1,
                   .freed_arg = -1,
                   .keeps = flow->keeps,
                   .returns = flow->ret_params,
                   .writes = flow->writes,
                   .frees = flow->freed,
                   .outs = flow->out_fresh,
                   .fixed_size = -1,
                   .record = IR_NONE,
                   .via = IR_NONE};
  bool takes_size = p->library[f] && p->library[f]->out_fresh;
  if (s->flags & PG_FRESH || takes_size)
    set_size(s, flow->size);
  uint32_t freed = s->flags & PG_GROWS ? flow->grown : flow->freed;
  if (freed)
    s->freed_arg = (int8_t)__builtin_ctz(freed);
}

/* ---- the way to the allocator ---------------------------------------------------------------- */

/* The callee that leads to an allocator: the best by pg_way_rank, then by the shortest way, then
 * the first. `steps` has the length of known ways, plus one. */
static PgFunc best_via(const IrProgram *p, PgFunc f, const uint32_t *steps) {
  const PgFunction *func = &p->funcs[f];
  PgFunc best = IR_NONE;
  uint32_t best_rank = PG_NO_WAY;
  for (uint32_t i = 0; i < func->ncalls; i++) {
    const PgCall *call = &p->calls[func->calls[i]];
    PgFunc callee = call->callee;
    if (callee == IR_NONE || callee == f || !steps[callee])
      continue;
    uint32_t rank = pg_way_rank(p, func, call);
    if (rank < best_rank || (best != IR_NONE && rank == best_rank && steps[callee] < steps[best])) {
      best = callee;
      best_rank = rank;
    }
  }
  return best;
}

/* In rounds, so that members of a cycle point to those found in earlier rounds and never in a ring.
 */
static void find_via(IrProgram *p, uint32_t s, uint32_t *steps) {
  uint32_t from = p->scc_starts[s], to = p->scc_starts[s + 1];
  uint32_t *found = hp_malloc((to - from) * sizeof *found), n;
  do {
    n = 0;
    for (uint32_t i = from; i < to; i++) {
      PgFunc f = p->scc_members[i];
      PgSummary *sum = &p->funcs[f].summary;
      if (!(sum->flags & PG_ALLOCATES) || steps[f])
        continue;
      if (!p->funcs[f].fn || p->library[f]) {
        steps[f] = 1;
        continue;
      }
      sum->via = best_via(p, f, steps);
      if (sum->via != IR_NONE)
        found[n++] = f;
    }
    for (uint32_t i = 0; i < n; i++)
      steps[found[i]] = steps[p->funcs[found[i]].summary.via] + 1;
  } while (n);
  free(found);
}

/* ---- the record of fresh memory -------------------------------------------------------------- */

/* What the result type says, unless the size is another record's: a derived object returned as its
 * base. */
static PgRecord fresh_record(const IrProgram *p, PgFunc f) {
  const PgFunction *func = &p->funcs[f];
  uint32_t unit = pg_unit_index(p, func->unit);
  IrRecordId id = ir_pointee_record(func->unit, func->fn->result);
  PgRecord record = id == IR_NONE ? IR_NONE : p->record_of[unit][id];
  int64_t size = func->summary.fixed_size;
  if (record != IR_NONE && (size < 0 || p->records[record].record->size == (uint64_t)size))
    return record;
  for (uint32_t i = 0; i < func->ncalls; i++) {
    const PgCall *call = &p->calls[func->calls[i]];
    if (call->callee == IR_NONE || !(p->funcs[call->callee].summary.flags & PG_FRESH))
      continue;
    int64_t count;
    PgRecord site = pg_site_record(p, f, call->insn, &count);
    if (site != IR_NONE && p->records[site].record->size == (uint64_t)size)
      record = site;
  }
  return record;
}

void pg_summarise(IrProgram *p) {
  p->flows = HP_NEW(p->arena, PgFlow, p->nfuncs);
  for (PgFunc f = 0; f < p->nfuncs; f++)
    if (p->library[f])
      p->flows[f] = library_flow(p->library[f]);
    else if (!p->funcs[f].fn)
      p->flows[f] = declared_flow(&p->funcs[f]);
    else
      p->flows[f].noreturn = p->noreturn[f];
  bool *stale = hp_calloc(p->nfuncs, sizeof *stale);
  uint32_t *steps = hp_calloc(p->nfuncs, sizeof *steps);
  PgScratch *scratch = pg_scratch_new();
  for (uint32_t s = 0; s < p->nsccs; s++) {
    settle(p, s, stale, scratch);
    uint32_t from = p->scc_starts[s], to = p->scc_starts[s + 1];
    for (uint32_t i = from; i < to; i++)
      summarise(p, p->scc_members[i], to - from > 1 || calls_itself(p, p->scc_members[i]));
    find_via(p, s, steps);
    for (uint32_t i = from; i < to; i++) {
      PgFunction *func = &p->funcs[p->scc_members[i]];
      if (func->fn && func->summary.flags & PG_FRESH)
        func->summary.record = fresh_record(p, p->scc_members[i]);
    }
  }
  pg_find_costs(p);
  pg_find_cold(p);
  pg_join_summaries(p);
  pg_scratch_free(scratch);
  free(steps);
  free(stale);
}
