/* Narrower fields: which, and the record that they make. It is laid out by the same code as any
 * other, so it is put into a unit that has its fields and the few types that they need. */
#include "rules/narrow.h"

#include <string.h>

/* A field that only ever is zero is not used, or not in this build. A range that is all of a type's
 * says what it was converted from, not what is in it. */
static bool says_something(const PgStored *s) {
  bool all = s->low == INT32_MIN || s->high == INT32_MAX || s->high == UINT32_MAX;
  return s->known && (s->low || s->high) && !all;
}

static uint8_t bytes_for(const PgStored *s) {
  for (uint8_t bytes = 1; bytes < 8; bytes *= 2) {
    int64_t limit = INT64_C(1) << (bytes * 8);
    if (s->low >= 0 ? s->high < limit : s->low >= -limit / 2 && s->high < limit / 2)
      return bytes;
  }
  return 8;
}

const char *narrow_type(const PgStored *stored, uint8_t bytes) {
  bool plus = stored->low >= 0;
  switch (bytes) {
  case 1:
    return plus ? "uint8_t" : "int8_t";
  case 2:
    return plus ? "uint16_t" : "int16_t";
  default:
    return plus ? "uint32_t" : "int32_t";
  }
}

static uint8_t log2_of(uint8_t bytes) {
  return (uint8_t)__builtin_ctz(bytes);
}

/* Types of the new unit: 0 is void, 1 to 3 the narrow integers, then each field's own. */
static IrUnit *unit_with(const PgRecordInfo *info, const uint8_t *bytes, HpArena *arena) {
  const IrRecord *from = info->record;
  IrUnit *u = HP_NEW(arena, IrUnit, 1);
  IrRecord *r = HP_NEW(arena, IrRecord, 1);
  u->types = HP_NEW(arena, IrType, from->nfields + 4);
  u->fields = HP_NEW(arena, IrField, from->nfields + 1);
  u->strings = info->unit->strings;
  u->nstrings = info->unit->nstrings;
  *r = *from;
  r->fields = 0;
  r->align = 1;
  for (uint8_t k = 0; k < 3; k++)
    u->types[k + 1] = (IrType){.kind = IR_T_INT, .align_log2 = k, .size = UINT64_C(1) << k};
  for (uint32_t i = 0; i < from->nfields; i++) {
    IrField *f = &u->fields[i];
    *f = info->unit->fields[from->fields + i];
    u->types[i + 4] = info->unit->types[f->type];
    f->type = bytes[i] ? log2_of(bytes[i]) + 1u : i + 4;
    if (bytes[i])
      f->width_bits = bytes[i] * 8u;
    uint64_t align = UINT64_C(1) << u->types[f->type].align_log2;
    r->align = align > r->align ? align : r->align;
  }
  u->records = r;
  u->nrecords = 1;
  u->nfields = from->nfields;
  u->ntypes = from->nfields + 4;
  return u;
}

/* As declared: its size, and where its fields lie. */
static void lay_out_declared(IrUnit *u, HpArena *arena) {
  IrRecord *r = u->records;
  uint32_t *order = HP_NEW(arena, uint32_t, r->nfields);
  uint64_t *offsets = HP_NEW(arena, uint64_t, r->nfields);
  for (uint32_t i = 0; i < r->nfields; i++)
    order[i] = i;
  r->size = pg_lay_out(u, r, order, offsets);
  for (uint32_t i = 0; i < r->nfields; i++)
    u->fields[i].offset_bits = offsets[i];
}

static Narrowed narrow_with(const PgRecordInfo *info, uint8_t *bytes, HpArena *arena) {
  IrUnit *u = unit_with(info, bytes, arena);
  lay_out_declared(u, arena);
  return (Narrowed){u, u->records, bytes};
}

Narrowed narrow_record(const PgRecordInfo *info, HpArena *arena) {
  uint32_t n = info->record->nfields, narrow = 0;
  if (!info->stored)
    return (Narrowed){0};
  uint8_t *bytes = HP_NEW(arena, uint8_t, n);
  for (uint32_t i = 0; i < n; i++) {
    const IrType *t = &info->unit->types[info->unit->fields[info->record->fields + i].type];
    uint8_t need = says_something(&info->stored[i]) ? bytes_for(&info->stored[i]) : 8;
    if (need >= t->size || need > 4)
      continue;
    bytes[i] = need;
    narrow++;
  }
  if (!narrow)
    return (Narrowed){0};
  return narrow_with(info, bytes, arena);
}

void narrow_least(const PgRecordInfo *info, const uint32_t *order, HpArena *arena,
                  Narrowed *narrow) {
  uint64_t *offsets = HP_NEW(arena, uint64_t, info->record->nfields);
  uint64_t size = pg_lay_out(narrow->unit, narrow->record, order, offsets);
  for (uint32_t i = 0; i < info->record->nfields; i++) {
    uint8_t was = narrow->bytes[i];
    if (!was)
      continue;
    narrow->bytes[i] = 0;
    Narrowed less = narrow_with(info, narrow->bytes, arena);
    if (pg_lay_out(less.unit, less.record, order, offsets) > size)
      narrow->bytes[i] = was;
  }
  *narrow = narrow_with(info, narrow->bytes, arena);
}

const char *narrow_text(const PgRecordInfo *info, const Narrowed *narrow, bool values,
                        HpArena *arena) {
  const char *text = "";
  for (uint32_t i = 0; i < info->record->nfields; i++) {
    if (!narrow->bytes[i])
      continue;
    const PgStored *s = &info->stored[i];
    const char *name = ir_str(info->unit, info->unit->fields[info->record->fields + i].name);
    text = hp_arena_format(arena, "%s%s%s", text, *text ? ", " : "", name);
    text = values ? hp_arena_format(arena, "%s (%lld to %lld)", text, (long long)s->low,
                                    (long long)s->high)
                  : hp_arena_format(arena, "%s as %s", text, narrow_type(s, narrow->bytes[i]));
  }
  return text;
}
