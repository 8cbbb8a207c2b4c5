/* Which records of which units are one: equal name and place of definition, or equal name and
 * layout. Units that disagree on the layout of one place (through macros) make it a conflict. A
 * record that is only declared in a unit is the program's complete one of that name, when there is
 * just one. */
#include "ir/program_parts.h"

#include <stdlib.h>
#include <string.h>

enum { SEVERAL = IR_NONE - 1 };

typedef struct RecordLinker {
  IrProgram *p;
  PgMap places, shapes, complete; /* place, layout, name of a complete record -> record */
  uint32_t cap;
} RecordLinker;

static const IrField *fields_of(const IrUnit *u, const IrRecord *record) {
  return record->nfields ? u->fields + record->fields : NULL;
}

static bool same_layout(const IrUnit *u, const IrRecord *a, const IrUnit *v, const IrRecord *b) {
  if (a->size != b->size || a->align != b->align || a->nfields != b->nfields)
    return false;
  const IrField *x = fields_of(u, a), *y = fields_of(v, b);
  for (uint32_t i = 0; i < a->nfields; i++)
    if (x[i].offset_bits != y[i].offset_bits || x[i].width_bits != y[i].width_bits)
      return false;
  return true;
}

static uint64_t shape_key(IrProgram *p, const IrUnit *u, const IrRecord *record, uint32_t name) {
  uint64_t h = pg_mix(pg_mix(name, record->size), pg_mix(record->align, record->nfields));
  for (uint32_t i = 0; i < record->nfields; i++) {
    const IrField *f = &fields_of(u, record)[i];
    h = pg_mix(h, pg_mix(f->offset_bits, f->width_bits));
    h = pg_mix(h, pg_intern(&p->names, ir_str(u, f->name)));
    h = pg_mix(h, pg_intern(&p->names, ir_str(u, u->types[f->type].name)));
  }
  return h | 1;
}

static bool anonymous(const IrUnit *u, const IrRecord *record) {
  return record->flags & IR_REC_ANONYMOUS || !*ir_str(u, record->name);
}

/* Anonymous records of one macro share a place: the layout tells them apart. Without a place the
 * name has to do. */
static uint64_t place_key(RecordLinker *l, uint32_t unit, const IrRecord *record, uint32_t name) {
  const IrUnit *u = l->p->units[unit];
  uint32_t line = record->loc.line;
  uint32_t file =
      line && record->loc.file < u->nfiles ? l->p->files[unit][record->loc.file] : IR_NONE;
  uint64_t h = pg_mix(name, (uint64_t)file << 32 | line);
  h = pg_mix(h, line ? record->loc.column : 0);
  return (anonymous(u, record) ? pg_mix(h, shape_key(l->p, u, record, name)) : h) | 1;
}

static PgRecord add_record(RecordLinker *l, const IrUnit *u, IrRecordId id) {
  IrProgram *p = l->p;
  HP_GROW(p->records, p->nrecords, l->cap);
  const IrRecord *copy = hp_arena_copy(p->arena, &u->records[id], sizeof *copy);
  p->records[p->nrecords] =
      (PgRecordInfo){.name = ir_str(u, copy->name), .unit = u, .id = id, .record = copy};
  return p->nrecords++;
}

static void unite_flags(IrProgram *p, PgRecord r, uint32_t flags) {
  IrRecord *record = (IrRecord *)(uintptr_t)p->records[r].record; /* our own copy */
  record->flags |= flags;
}

static PgRecord link_complete(RecordLinker *l, uint32_t unit, IrRecordId id) {
  IrProgram *p = l->p;
  const IrUnit *u = p->units[unit];
  const IrRecord *record = &u->records[id];
  uint32_t name = pg_intern(&p->names, ir_str(u, record->name));
  uint64_t place = place_key(l, unit, record, name);
  PgRecord r = *pg_map_at(&l->places, place);
  if (r != IR_NONE) {
    const PgRecordInfo *known = &p->records[r];
    if (!same_layout(known->unit, known->record, u, record))
      p->records[r].flags |= PG_REC_CONFLICT;
  } else if (anonymous(u, record)) {
    r = add_record(l, u, id);
  } else {
    uint32_t *shape = pg_map_at(&l->shapes, shape_key(p, u, record, name));
    if (*shape == IR_NONE)
      *shape = add_record(l, u, id);
    r = *shape;
  }
  *pg_map_at(&l->places, place) = r;
  uint32_t *complete = pg_map_at(&l->complete, (uint64_t)name + 1);
  *complete = *complete == IR_NONE || *complete == r ? r : (uint32_t)SEVERAL;
  unite_flags(p, r, record->flags);
  return r;
}

static PgRecord link_declared(RecordLinker *l, uint32_t unit, IrRecordId id) {
  IrProgram *p = l->p;
  const IrUnit *u = p->units[unit];
  uint32_t name = pg_intern(&p->names, ir_str(u, u->records[id].name));
  uint32_t r = pg_map_get(&l->complete, (uint64_t)name + 1);
  if (r < p->nrecords)
    return r;
  uint32_t *known = pg_map_at(&l->shapes, pg_mix(name, 0) & ~(uint64_t)1);
  if (*known == IR_NONE)
    *known = add_record(l, u, id);
  return *known;
}

static void mark_external(IrProgram *p) {
  for (PgRecord r = 0; r < p->nrecords; r++) {
    PgRecordInfo *info = &p->records[r];
    const IrUnit *u = info->unit;
    uint32_t file = info->record->loc.file;
    bool inside = !(info->record->flags & (IR_REC_SYSTEM | IR_REC_INCOMPLETE));
    if (inside && p->options.in_project && info->record->loc.line && file < u->nfiles)
      inside = p->options.in_project(p->options.context, ir_str(u, u->files[file].path));
    if (!inside)
      info->flags |= PG_REC_EXTERNAL;
  }
}

void pg_link_records(IrProgram *p) {
  RecordLinker l = {.p = p};
  p->record_of = HP_NEW(p->arena, uint32_t *, p->nunits);
  for (uint32_t declared = 0; declared < 2; declared++)
    for (uint32_t i = 0; i < p->nunits; i++) {
      const IrUnit *u = p->units[i];
      if (!declared)
        p->record_of[i] = HP_NEW(p->arena, uint32_t, u->nrecords);
      for (IrRecordId id = 0; id < u->nrecords; id++)
        if (((u->records[id].flags & IR_REC_INCOMPLETE) != 0) == (declared != 0))
          p->record_of[i][id] = declared ? link_declared(&l, i, id) : link_complete(&l, i, id);
    }
  pg_map_free(&l.places);
  pg_map_free(&l.shapes);
  pg_map_free(&l.complete);
  mark_external(p);
}
