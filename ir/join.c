/* What a call with several targets does: what any of them may do, and what all of them do. And a
 * library function with what it calls back: the sum of both. */
#include "ir/program_parts.h"

#include <stdlib.h>

const PgFlow pg_unknown_flow = {.may = PG_UNKNOWN,
                                .keeps = ~0u,
                                .writes = ~0u,
                                .deep = ~0u,
                                .ret_params = ~0u,
                                .ret_other = true,
                                .writes_other = true,
                                .impure = true};

static const PgFlow *flow_of(const IrProgram *p, const PgCall *entry) {
  return entry->callee == IR_NONE ? &pg_unknown_flow : &p->flows[entry->callee];
}

static void join_one_of(PgFlow *into, const PgFlow *from) {
  into->may |= from->may;
  into->keeps |= from->keeps;
  into->writes |= from->writes;
  into->bytes |= from->bytes;
  into->deep |= from->deep;
  into->out_fresh &= from->out_fresh;
  into->ret_params |= from->ret_params;
  into->freed &= from->freed;
  into->grown &= from->grown;
  into->size = pg_size_join(into->size, from->size);
  into->ret_fresh |= from->ret_fresh;
  into->ret_other |= from->ret_other;
  into->hot_alloc |= from->hot_alloc;
  into->writes_other |= from->writes_other;
  into->impure |= from->impure;
  into->noreturn &= from->noreturn;
}

/* The arguments of what is called back are the library function's own, or reached from them. */
static void add_called_back(PgFlow *into, const PgFlow *from) {
  into->may |= from->may;
  into->hot_alloc |= from->hot_alloc;
  into->impure |= from->impure;
  into->writes_other |= from->writes_other || from->writes;
  into->writes |= from->writes ? ~0u : 0;
  into->keeps |= from->keeps ? ~0u : 0;
  into->deep |= from->deep ? ~0u : 0;
}

const PgFlow *pg_join_flows(const IrProgram *p, const PgCall *entries, uint32_t count,
                            PgFlow *room) {
  if (count == 1)
    return flow_of(p, entries);
  *room = *flow_of(p, entries);
  for (uint32_t i = 1; i < count; i++) {
    if (entries[i].kind == PG_CALL_ONE_OF)
      join_one_of(room, flow_of(p, &entries[i]));
    else if (entries[i].kind == PG_CALL_BACK && entries[i].callee == IR_NONE)
      room->may |= PG_UNKNOWN, room->impure = true;
    else if (entries[i].kind == PG_CALL_BACK)
      add_called_back(room, flow_of(p, &entries[i]));
  }
  return room;
}

/* ---- summaries ------------------------------------------------------------------------------- */

enum {
  ANY = PG_ALLOCATES | PG_FREES | PG_BLOCKS | PG_IO | PG_LOCKS | PG_UNLOCKS | PG_WRITES |
        PG_UNKNOWN | PG_RECURSIVE,
  ALL = PG_FRESH | PG_GROWS | PG_PURE | PG_NORETURN | PG_COMMITS | PG_COLD,
};

static int8_t common(int8_t a, int8_t b) {
  return a == b ? a : -1;
}

static uint32_t cold_alloc(uint32_t a, uint32_t b) {
  bool hot = (a & (PG_ALLOCATES | PG_COLD_ALLOC)) == PG_ALLOCATES ||
             (b & (PG_ALLOCATES | PG_COLD_ALLOC)) == PG_ALLOCATES;
  return !hot && (a | b) & PG_ALLOCATES ? PG_COLD_ALLOC : 0;
}

static void join_summary(PgSummary *into, const PgSummary *from, PgFunc callee) {
  if (into->via == IR_NONE && from->flags & PG_ALLOCATES)
    into->via = callee;
  into->flags = ((into->flags | from->flags) & ANY) | (into->flags & from->flags & ALL) |
                cold_alloc(into->flags, from->flags);
  into->size_arg = common(into->size_arg, from->size_arg);
  into->count_arg = common(into->count_arg, from->count_arg);
  into->freed_arg = common(into->freed_arg, from->freed_arg);
  into->keeps |= from->keeps;
  into->returns |= from->returns;
  into->writes |= from->writes;
  into->frees &= from->frees;
  into->outs &= from->outs;
  into->cost = from->cost > into->cost ? from->cost : into->cost;
  into->cost_kind = from->cost_kind > into->cost_kind ? from->cost_kind : into->cost_kind;
  into->fixed_size = into->fixed_size == from->fixed_size ? into->fixed_size : -1;
  into->record = into->record == from->record ? into->record : IR_NONE;
}

static void join_unknown(PgSummary *into) {
  into->flags = (into->flags & ANY) | PG_UNKNOWN | PG_WRITES;
  into->size_arg = into->count_arg = into->freed_arg = -1;
  into->keeps = into->returns = into->writes = ~0u;
  into->frees = into->outs = 0;
  into->cost_kind = PG_COST_LEAST;
  into->fixed_size = -1;
  into->record = IR_NONE;
}

static void add_back(PgSummary *into, const PgSummary *from, PgFunc callee) {
  uint32_t all = from->flags & PG_PURE ? ALL : ALL & ~(uint32_t)PG_PURE;
  if (into->via == IR_NONE && from->flags & PG_ALLOCATES)
    into->via = callee;
  into->flags =
      (into->flags & (ANY | all)) | (from->flags & ANY) | cold_alloc(into->flags, from->flags);
  if (from->keeps)
    into->keeps = ~0u;
  if (from->writes)
    into->writes = ~0u;
  into->cost += from->cost;
  into->cost_kind = from->cost_kind > PG_COST_TRIPS ? from->cost_kind : PG_COST_TRIPS;
}

static PgSummary joined(const IrProgram *p, const PgCall *entries, uint32_t count) {
  PgSummary s = {.flags = ALL,
                 .size_arg = -1,
                 .count_arg = -1,
                 .freed_arg = -1,
                 .fixed_size = -1,
                 .record = IR_NONE,
                 .via = IR_NONE};
  for (uint32_t i = 0; i < count; i++) {
    PgFunc callee = entries[i].callee;
    bool back = entries[i].kind == PG_CALL_BACK;
    if (entries[i].kind == PG_CALL_LATER)
      continue;
    const PgSummary *of = callee == IR_NONE ? NULL : &p->funcs[callee].summary;
    if (!of && back)
      s.flags = (s.flags & ~(uint32_t)PG_PURE) | PG_UNKNOWN, s.cost_kind = PG_COST_LEAST;
    else if (!of)
      join_unknown(&s);
    else if (back)
      add_back(&s, of, callee);
    else if (i)
      join_summary(&s, of, callee);
    else {
      s = *of;
      s.via = of->flags & PG_ALLOCATES ? callee : IR_NONE;
    }
  }
  return s;
}

void pg_join_summaries(IrProgram *p) {
  uint32_t cap = 0;
  for (PgFunc f = 0; f < p->nfuncs; f++) {
    const PgFunction *func = &p->funcs[f];
    for (uint32_t at = 0, n; at < func->ncalls; at += n) {
      n = pg_entries_at(p, func, at);
      PgCall *first = &p->calls[func->calls[at]];
      if (n == 1)
        continue;
      HP_GROW(p->joined, p->njoined, cap);
      p->joined[p->njoined] = joined(p, first, n);
      first->joined = p->njoined++;
    }
  }
}
