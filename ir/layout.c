/* Record layouts as the System V psABI lays them out, and the order of fields that takes the least
 * space.
 *
 * Fields are placed by descending alignment, which leaves no holes: a C object's size is a multiple
 * of its alignment. Runs of bit-fields are the exception, as they take fewer bytes than their
 * type's alignment: they stay together and are tried in several places among the rest.
 *
 * Before anything is said about another order, the declared one is laid out by the same rules.
 * Where that does not give the declared offsets (packed records, `#pragma pack`, aligned fields,
 * unnamed bit-fields, other ABIs), the rules at work are not known and the declared order stands.
 */
#include "ir/program.h"

#include <string.h>

/* `to` is a power of two, or 0 for an unknown alignment. */
static uint64_t round_up(uint64_t n, uint64_t to) {
  return to ? (n + to - 1) & ~(to - 1) : n;
}

static uint64_t align_of(const IrUnit *u, const IrField *f) {
  return (uint64_t)1 << u->types[f->type].align_log2;
}

static bool is_bits(const IrField *f) {
  return (f->flags & IR_FIELD_BITFIELD) != 0;
}

/* Where a field goes in the first free place at or after bit `at`. A bit-field may not cross a
 * boundary of its declared type. */
static uint64_t place(const IrUnit *u, const IrField *f, uint64_t at) {
  uint64_t align = align_of(u, f) * 8, unit = u->types[f->type].size * 8;
  if (!is_bits(f))
    return round_up(at, align);
  return unit && at / unit != (at + f->width_bits - 1) / unit ? round_up(at, align) : at;
}

/* Bits up to the end of the last field in the given order. With `check`, false where the declared
 * offsets differ. */
static bool lay_out(const IrUnit *u, const IrRecord *r, const uint32_t *order, bool check,
                    uint64_t *end) {
  uint64_t at = 0;
  for (uint32_t i = 0; i < r->nfields; i++) {
    const IrField *f = &u->fields[r->fields + (order ? order[i] : i)];
    at = place(u, f, at);
    if (check && at != f->offset_bits)
      return false;
    at += is_bits(f) ? f->width_bits : u->types[f->type].size * 8;
  }
  *end = at;
  return true;
}

static uint64_t size_in_order(const IrUnit *u, const IrRecord *r, const uint32_t *order) {
  uint64_t end;
  lay_out(u, r, order, false, &end);
  return round_up((end + 7) / 8, r->align);
}

static void measure(const IrUnit *u, const IrRecord *r, PgLayout *layout) {
  uint64_t end = 0;
  for (uint32_t i = 0; i < r->nfields; i++) {
    const IrField *f = &u->fields[r->fields + i];
    if (!(r->flags & IR_REC_UNION) && f->offset_bits > end)
      layout->holes += (f->offset_bits - end) / 8;
    uint64_t to = f->offset_bits + (is_bits(f) ? f->width_bits : u->types[f->type].size * 8);
    end = to > end ? to : end;
  }
  layout->padding = r->size * 8 > end ? (r->size * 8 - end) / 8 : 0;
}

/* ---- the best order -------------------------------------------------------------------------- */

/* What moves as one: a field, or a run of bit-fields. */
typedef struct Group {
  uint32_t first, count;
  uint64_t align, bits; /* bits: of a run laid out from 0; 0 for a plain field */
  bool last;            /* a flexible tail */
} Group;

static uint32_t find_groups(const IrUnit *u, const IrRecord *r, Group *groups) {
  const IrField *fields = u->fields + r->fields;
  uint32_t n = 0;
  for (uint32_t i = 0; i < r->nfields; i++) {
    const IrField *f = &fields[i];
    uint64_t align = align_of(u, f);
    bool joins = i && is_bits(f) && is_bits(f - 1);
    Group *g = joins ? &groups[n - 1] : &groups[n++];
    if (!joins)
      *g = (Group){.first = i};
    g->count++;
    g->align = align > g->align ? align : g->align;
    g->last = i + 1 == r->nfields && f->flags & IR_FIELD_FLEXIBLE;
    if (is_bits(f))
      g->bits = place(u, f, g->bits) + f->width_bits;
  }
  return n;
}

/* How a run of bit-fields ranks among fields of other alignments: by its type's, by the bytes it
 * takes, or after all others. */
typedef enum RunRank { RUN_BY_TYPE, RUN_BY_BYTES, RUN_LAST, RUN_RANKS } RunRank;

static uint64_t rank_of(const Group *g, RunRank rank) {
  if (g->last)
    return 0;
  if (!g->bits || rank == RUN_BY_TYPE)
    return g->align + 1;
  uint64_t bytes = 1;
  while (bytes * 8 < g->bits && bytes < g->align)
    bytes *= 2;
  return rank == RUN_BY_BYTES ? bytes + 1 : 1;
}

/* Stable insertion sort: records have few fields. */
static void order_by(const Group *groups, uint32_t n, RunRank rank, const Group **sorted,
                     uint32_t *order) {
  for (uint32_t i = 0; i < n; i++) {
    uint32_t k = i;
    for (; k && rank_of(sorted[k - 1], rank) < rank_of(&groups[i], rank); k--)
      sorted[k] = sorted[k - 1];
    sorted[k] = &groups[i];
  }
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < sorted[i]->count; k++)
      *order++ = sorted[i]->first + k;
}

static void improve(const IrUnit *u, const IrRecord *r, HpArena *arena, PgLayout *layout) {
  Group *groups = HP_NEW(arena, Group, r->nfields);
  const Group **sorted = HP_NEW(arena, const Group *, r->nfields);
  uint32_t *order = HP_NEW(arena, uint32_t, r->nfields), n = find_groups(u, r, groups);
  for (int rank = 0; rank < RUN_RANKS; rank++) {
    order_by(groups, n, (RunRank)rank, sorted, order);
    uint64_t size = size_in_order(u, r, order);
    if (size < layout->best_size) {
      layout->best_size = size;
      memcpy(layout->order, order, r->nfields * sizeof *order);
    }
  }
}

/* A flexible array anywhere but at the end is a marker of a place. */
static bool movable(const IrUnit *u, const IrRecord *r) {
  const uint32_t fixed = IR_REC_UNION | IR_REC_PACKED | IR_REC_INVALID | IR_REC_INCOMPLETE;
  uint64_t end;
  if (r->flags & fixed || !lay_out(u, r, NULL, true, &end) ||
      round_up((end + 7) / 8, r->align) != r->size)
    return false;
  for (uint32_t i = 0; i + 1 < r->nfields; i++)
    if (u->fields[r->fields + i].flags & IR_FIELD_FLEXIBLE)
      return false;
  return true;
}

PgLayout pg_best_layout(const IrUnit *u, const IrRecord *r, HpArena *arena) {
  PgLayout layout = {.size = r->size,
                     .align = r->align,
                     .order = HP_NEW(arena, uint32_t, r->nfields),
                     .best_size = r->size};
  for (uint32_t i = 0; i < r->nfields; i++)
    layout.order[i] = i;
  measure(u, r, &layout);
  layout.movable = movable(u, r);
  if (layout.movable)
    improve(u, r, arena, &layout);
  return layout;
}

/* ---- other orders ---------------------------------------------------------------------------- */

uint64_t pg_lay_out(const IrUnit *u, const IrRecord *r, const uint32_t *order, uint64_t *offsets) {
  uint64_t at = 0;
  for (uint32_t i = 0; i < r->nfields; i++) {
    const IrField *f = &u->fields[r->fields + order[i]];
    at = place(u, f, at);
    offsets[order[i]] = at;
    at += is_bits(f) ? f->width_bits : u->types[f->type].size * 8;
  }
  return round_up((at + 7) / 8, r->align);
}

static bool is_marked(const Group *g, const bool *first) {
  for (uint32_t i = 0; i < g->count; i++)
    if (first[g->first + i])
      return true;
  return false;
}

/* Is `a` the better next field where the next free byte is `at`? One that leaves no hole, of these
 * the most aligned; else the one with the smallest hole. */
static bool fits_better(const Group *a, const Group *b, uint64_t at) {
  uint64_t x = round_up(at, a->align) - at, y = round_up(at, b->align) - at;
  return x != y ? x < y : a->align > b->align;
}

static bool comes_first(const Group *a, const Group *b, const bool *first, uint64_t at) {
  if (a->last != b->last)
    return b->last;
  bool x = is_marked(a, first), y = is_marked(b, first);
  return x != y ? x : fits_better(a, b, at);
}

uint32_t *pg_order_with_first(const IrUnit *u, const IrRecord *r, const bool *first,
                              HpArena *arena) {
  Group *groups = HP_NEW(arena, Group, r->nfields);
  bool *taken = HP_NEW(arena, bool, r->nfields);
  uint32_t *order = HP_NEW(arena, uint32_t, r->nfields), n = find_groups(u, r, groups), count = 0;
  uint64_t at = 0;
  for (uint32_t done = 0; done < n; done++) {
    uint32_t best = IR_NONE;
    for (uint32_t i = 0; i < n; i++) {
      if (taken[i])
        continue;
      if (best == IR_NONE || comes_first(&groups[i], &groups[best], first, at))
        best = i;
    }
    taken[best] = true;
    for (uint32_t k = 0; k < groups[best].count; k++) {
      uint32_t field = groups[best].first + k;
      const IrField *f = &u->fields[r->fields + field];
      uint64_t bit = place(u, f, at * 8);
      at = (bit + (is_bits(f) ? f->width_bits : u->types[f->type].size * 8) + 7) / 8;
      order[count++] = field;
    }
  }
  return order;
}
