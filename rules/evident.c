/* For each function: how many loops over data stand around its calls (as far as it matters), and
 * whether one of these is seen to be long. Counted are calls that the program usually makes, by
 * name or as the callback of a library function: a handler that is called through a table is one of
 * many, and a loop over events or commands tells nothing of how often it is its turn. */
#include "rules/evident.h"

#include "rules/heat.h"
#include "rules/side.h"

#include <stdlib.h>

enum {
  NEST = 2, /* loops: one in another is inner work */
  MANY_TRIPS = 256,
  MANY_USERS = 3, /* functions that call: what so many need is no step of one job */
};

typedef struct Heat {
  uint8_t around; /* loops over data around its calls, at most NEST */
  bool large;     /* one of them is seen to be long */
  bool shared;    /* MANY_USERS call it */
  bool known;     /* all this is worked out */
} Heat;

struct Evident {
  const IrProgram *p;
  const Roles *roles;
  Heat *heat; /* by function; NULL: a part of a program */
};

/* ---- loops ----------------------------------------------------------------------------------- */

/* Its trips are not known to be few. */
static bool over_data(const IrProgram *p, PgFunc f, uint32_t loop) {
  return !heat_cold_loop(p, f, loop) && !pg_few_trips(p, f, loop);
}

/* A loop that waits goes as fast as what it waits for, unless that is the data: what it calls is
 * not hot for that. */
static bool only_waits(const IrProgram *p, PgFunc f, uint32_t loop) {
  const PgFunction *pf = pg_func(p, f);
  return heat_loop_waits(p, pf, loop) && !heat_loop_reads(p, pf, loop);
}

static bool is_large(const IrProgram *p, PgFunc f, uint32_t loop) {
  const PgFunction *pf = pg_func(p, f);
  const IrLoop *l = &pf->an->loops[loop];
  return (l->trip == IR_TRIP_CONST && l->count >= MANY_TRIPS) ||
         pg_least_trips(p, f, loop) >= MANY_TRIPS ||
         (heat_loop_reads(p, pf, loop) && !heat_loop_reads_piece(p, pf, loop));
}

/* Adds the loops from this one outwards; `calls`: as those around what it calls. */
static void add_loops(const IrProgram *p, PgFunc f, uint32_t loop, bool calls, Heat *sum) {
  for (; loop != IR_NONE; loop = pg_func(p, f)->an->loops[loop].parent) {
    if (!over_data(p, f, loop) || (calls && only_waits(p, f, loop)))
      continue;
    sum->around += sum->around < NEST;
    sum->large |= is_large(p, f, loop);
  }
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* One that counts, of one function by another. */
typedef struct Edge {
  PgFunc caller, callee;
  Heat heat; /* of the loops of the caller around it */
} Edge;
typedef struct Edges {
  Edge *items;
  uint32_t count, cap;
} Edges;

static bool is_usual(const Evident *e, const PgCall *call) {
  const IrAnalysis *an = pg_func(e->p, call->caller)->an;
  return (call->kind == PG_CALL_DIRECT || call->kind == PG_CALL_BACK) && !call->ends && an &&
         !an->cold[an->block_of[call->insn]] && !roles_rare(e->roles, call->caller);
}

/* The function does no more than to call another one. */
static bool forwards(const PgFunction *pf) {
  return pf->fn->nblocks == 1;
}

static void find_edges(Evident *e, PgFunc f, Edges *edges) {
  const PgFunction *pf = pg_func(e->p, f);
  PgFunc users[MANY_USERS];
  uint32_t nusers = 0;
  for (uint32_t i = 0; pf->fn && i < pf->ncallers; i++) {
    const PgCall *call = pg_call(e->p, pf->callers[i]);
    if (!is_usual(e, call))
      continue;
    uint32_t known = 0;
    while (known < nusers && users[known] != call->caller)
      known++;
    if (known == nusers && nusers < MANY_USERS && call->caller != f &&
        !forwards(pg_func(e->p, call->caller)))
      users[nusers++] = call->caller;
    if (!heat_call_often(e->p, call))
      continue;
    const IrAnalysis *an = pg_func(e->p, call->caller)->an;
    Edge edge = {call->caller, f, {.around = call->kind == PG_CALL_BACK}};
    add_loops(e->p, call->caller, an->loop_of[an->block_of[call->insn]], true, &edge.heat);
    HP_GROW(edges->items, edges->count, edges->cap);
    edges->items[edges->count++] = edge;
  }
  e->heat[f].shared = nusers == MANY_USERS;
}

/* The most that reaches each function by any way; where functions call each other in loops that is
 * a walk of a tree, and as much as counts. */
static void spread(Evident *e, const Edges *edges) {
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t i = 0; i < edges->count; i++) {
      const Edge *edge = &edges->items[i];
      const Heat *from = &e->heat[edge->caller];
      Heat *to = &e->heat[edge->callee];
      unsigned around = from->around + edge->heat.around;
      bool large = from->large || edge->heat.large;
      around = around < NEST ? around : NEST;
      if (around <= to->around && (!large || to->large))
        continue;
      to->around = (uint8_t)(around > to->around ? around : to->around);
      to->large |= large;
      changed = true;
    }
  }
}

/* Few functions have findings: only they and what leads to them is worked out. What is known
 * already has all its callers known, so nothing new can reach it. */
static void work_out(Evident *e, PgFunc f) {
  if (e->heat[f].known)
    return;
  Edges edges = {0};
  e->heat[f].known = true;
  find_edges(e, f, &edges);
  for (uint32_t i = 0; i < edges.count; i++) {
    PgFunc caller = edges.items[i].caller;
    if (e->heat[caller].known)
      continue;
    e->heat[caller].known = true;
    find_edges(e, caller, &edges);
  }
  spread(e, &edges);
  free(edges.items);
}

/* ---- answers --------------------------------------------------------------------------------- */

static bool is_part(const IrProgram *p) {
  uint64_t size = 0;
  for (PgFunc f = 0, n = pg_nfuncs(p); f < n; f++)
    size += pg_func(p, f)->fn ? pg_func(p, f)->fn->ninsns : 0;
  return size < SIDE_LEAST_LIBRARY;
}

Evident *evident_new(const IrProgram *p, const Roles *roles) {
  Evident *e = hp_calloc(1, sizeof *e);
  *e = (Evident){.p = p, .roles = roles};
  if (is_part(p))
    return e;
  e->heat = hp_calloc(pg_nfuncs(p), sizeof *e->heat);
  return e;
}

void evident_free(Evident *e) {
  if (e)
    free(e->heat);
  free(e);
}

bool evident_at(Evident *e, PgFunc f, uint32_t loop) {
  if (!e->heat)
    return true;
  Heat own = {0};
  add_loops(e->p, f, loop, false, &own);
  if (own.large || own.around == NEST)
    return true;
  work_out(e, f);
  const Heat *outside = &e->heat[f];
  return outside->large || own.around + outside->around >= NEST || (outside->shared && own.around);
}

bool evident_record(Evident *e, PgRecord r) {
  const PgRecordInfo *info = pg_record(e->p, r);
  if (!e->heat || info->array_count >= MANY_TRIPS)
    return true;
  for (uint32_t i = 0; i < info->nuses; i++) {
    const PgLoopUse *use = &info->uses[i];
    if (use->walks && !use->cold && !roles_rare(e->roles, use->func) &&
        evident_at(e, use->func, use->loop))
      return true;
  }
  return false;
}
