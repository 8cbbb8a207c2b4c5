/* Which functions use a record: have an address that leads through a field of it, or access a whole
 * one. Who looks for all uses of a record need not go through the program. */
#include "ir/program_parts.h"

#include <stdlib.h>
#include <string.h>

typedef struct Finder {
  IrProgram *p;
  PgFunc *last;   /* by record: the user found last */
  uint32_t *fill; /* by record: its users so far */
  bool counting;
} Finder;

static void found(Finder *x, PgFunc f, uint32_t unit, IrRecordId id) {
  IrProgram *p = x->p;
  PgRecord r = id < p->units[unit]->nrecords ? p->record_of[unit][id] : IR_NONE;
  if (r == IR_NONE || x->last[r] == f)
    return;
  x->last[r] = f;
  if (!x->counting)
    p->users[p->user_starts[r] + x->fill[r]] = f;
  x->fill[r]++;
}

static void search(Finder *x) {
  const IrProgram *p = x->p;
  memset(x->last, 0xff, p->nrecords * sizeof *x->last);
  memset(x->fill, 0, p->nrecords * sizeof *x->fill);
  for (PgFunc f = 0; f < p->nfuncs; f++) {
    const IrFunction *fn = p->funcs[f].fn;
    uint32_t unit = fn && p->funcs[f].an ? pg_unit_index(p, p->funcs[f].unit) : IR_NONE;
    if (unit == IR_NONE)
      continue;
    for (uint32_t h = 0; h < fn->nhops; h++)
      found(x, f, unit, fn->hops[h].record);
    for (uint32_t i = 0; i < fn->naddrs; i++) {
      IrTypeId type = fn->addrs[i].type;
      if (type < p->units[unit]->ntypes && p->units[unit]->types[type].kind == IR_T_RECORD)
        found(x, f, unit, p->units[unit]->types[type].record);
    }
  }
}

void pg_find_users(IrProgram *p) {
  Finder x = {.p = p,
              .last = hp_calloc(p->nrecords, sizeof *x.last),
              .fill = hp_calloc(p->nrecords, sizeof *x.fill),
              .counting = true};
  p->user_starts = hp_calloc((size_t)p->nrecords + 1, sizeof *p->user_starts);
  search(&x);
  for (PgRecord r = 0; r < p->nrecords; r++)
    p->user_starts[r + 1] = p->user_starts[r] + x.fill[r];
  p->users = hp_calloc((size_t)p->user_starts[p->nrecords] + 1, sizeof *p->users);
  x.counting = false;
  search(&x);
  free(x.last);
  free(x.fill);
}

const PgFunc *pg_record_users(const IrProgram *p, PgRecord r, uint32_t *count) {
  HP_ASSERT(r < p->nrecords);
  pg_note(pg_item_of_users(p, r));
  *count = p->user_starts[r + 1] - p->user_starts[r];
  return p->users + p->user_starts[r];
}
