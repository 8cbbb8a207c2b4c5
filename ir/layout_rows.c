/* The rows of a record's layout: fields, holes between them, the tail, and where cache lines begin.
 * A hole after a bit-field is shown in two: the bits up to the next byte, and whole bytes. */
#include "ir/layout.h"

#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 16, LINE_BITS = IR_LAYOUT_CACHE_LINE * 8 };

typedef struct Rows {
  const IrUnit *u;
  IrLayout *out;
  bool expand;
  uint64_t line; /* the last cache line that a row began */
} Rows;

IrRecordId ir_field_record(const IrUnit *unit, const IrField *field) {
  const IrType *t = &unit->types[field->type];
  while (t->kind == IR_T_ARRAY)
    t = &unit->types[t->sub];
  return t->kind == IR_T_RECORD ? t->record : IR_NONE;
}

static void add(Rows *w, IrLayoutRow row) {
  HP_GROW(w->out->rows, w->out->count, w->out->cap);
  w->out->rows[w->out->count++] = row;
}

/* Before what begins at `at`: the cache line that begins there or in what came before. */
static void add_line(Rows *w, uint64_t at, uint32_t depth) {
  if (at / LINE_BITS <= w->line)
    return;
  w->line = at / LINE_BITS;
  add(w, (IrLayoutRow){.kind = IR_LAYOUT_LINE,
                       .depth = depth,
                       .record = IR_NONE,
                       .field = IR_NONE,
                       .at = at,
                       .bits = at % LINE_BITS});
}

static void count_gap(IrLayout *out, IrLayoutKind kind, uint64_t bits) {
  bool tail = kind == IR_LAYOUT_TAIL;
  if (bits < 8) {
    *(tail ? &out->tail_bits : &out->hole_bits) += bits;
    out->bit_holes += !tail;
  } else {
    *(tail ? &out->tail_bytes : &out->hole_bytes) += bits / 8;
    out->holes += !tail;
  }
}

static void add_gap(Rows *w, IrLayoutKind kind, IrRecordId record, uint32_t depth, uint64_t from,
                    uint64_t to) {
  while (from < to) {
    uint64_t bits = from % 8 ? 8 - from % 8 : (to - from) / 8 * 8;
    if (!bits || bits > to - from)
      bits = to - from;
    add(w, (IrLayoutRow){kind, depth, record, IR_NONE, from, bits});
    if (!depth)
      count_gap(w->out, kind, bits);
    from += bits;
  }
}

static uint64_t bits_of(const IrUnit *u, const IrField *f) {
  return f->flags & IR_FIELD_BITFIELD ? f->width_bits : u->types[f->type].size * 8;
}

static void add_record(Rows *w, IrRecordId id, uint32_t depth, uint64_t base);

static void add_field(Rows *w, IrRecordId id, uint32_t number, uint32_t depth, uint64_t at) {
  const IrField *f = &w->u->fields[w->u->records[id].fields + number];
  IrRecordId inner = ir_field_record(w->u, f);
  IrLayoutRow row = {IR_LAYOUT_FIELD, depth, id, number, at, bits_of(w->u, f)};
  bool open = inner != IR_NONE && depth < DEEPEST && w->u->records[inner].nfields &&
              (w->expand || w->u->records[inner].flags & IR_REC_ANONYMOUS);
  if (!open) {
    add(w, row);
    return;
  }
  row.kind = IR_LAYOUT_OPEN;
  add(w, row);
  add_record(w, inner, depth + 1, at);
  row.kind = IR_LAYOUT_CLOSE;
  add(w, row);
}

static void add_record(Rows *w, IrRecordId id, uint32_t depth, uint64_t base) {
  const IrRecord *r = &w->u->records[id];
  bool together = (r->flags & IR_REC_UNION) != 0;
  uint64_t end = base;
  for (uint32_t i = 0; i < r->nfields; i++) {
    const IrField *f = &w->u->fields[r->fields + i];
    uint64_t at = base + f->offset_bits, to = at + bits_of(w->u, f);
    if (f->flags & IR_FIELD_BITFIELD && !f->width_bits)
      continue; /* `int : 0` takes no space: what it moves shows as a hole */
    if (!together && at > end)
      add_gap(w, IR_LAYOUT_HOLE, id, depth, end, at);
    add_line(w, at, depth);
    add_field(w, id, i, depth, at);
    end = to > end ? to : end;
  }
  if (base + r->size * 8 > end)
    add_gap(w, IR_LAYOUT_TAIL, id, depth, end, base + r->size * 8);
}

IrLayout ir_layout(const IrUnit *unit, IrRecordId record, bool expand) {
  IrLayout out = {0};
  Rows w = {.u = unit, .out = &out, .expand = expand};
  add_record(&w, record, 0, 0);
  return out;
}

void ir_layout_free(IrLayout *layout) {
  free(layout->rows);
  *layout = (IrLayout){0};
}

/* ---- declarations ---------------------------------------------------------------------------- */

/* Where the name goes in a type's spelling: `int (*HERE)(void)`, `char *HERE[4]`. */
static size_t place_of_name(const char *type) {
  const char *at = strstr(type, "(*");
  if (at) {
    at += 1 + strspn(at + 1, "*");
    return (size_t)(at - type);
  }
  at = strchr(type, '[');
  return at ? (size_t)(at - type) : strlen(type);
}

void ir_declare(HpBuf *out, const IrUnit *unit, const IrField *field) {
  const char *type = ir_str(unit, unit->types[field->type].name), *name = ir_str(unit, field->name);
  size_t at = place_of_name(type);
  bool space = *name && at && type[at - 1] != '*' && type[at - 1] != ' ';
  hp_buf_addn(out, type, at);
  hp_buf_addf(out, "%s%s", space ? " " : "", name);
  hp_buf_add(out, type + at);
  if (field->flags & IR_FIELD_BITFIELD)
    hp_buf_addf(out, "%s:%u", *name ? "" : " ", field->width_bits);
}
