/* The order of a record's fields. Declaration order is part of what a program means where bytes
 * leave it, where records share a prefix or are filled in by position: there it stays. Elsewhere
 * the least size counts first, then how many cache lines of an object the loops that walk over them
 * touch. */
#include "rules/reorder.h"
#include "rules/heat.h"
#include "rules/made.h"
#include "rules/touch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
  SMALL_TABLE = 4096,
  LARGE_TABLE = 64 * 1024,
  BLOCK = 16,
  DEEPEST = 4,
  BITS = 8,
  MOST_TRIED = 8
};
static const double PER_NEST = 10;     /* iterations that a loop is taken to have */
static const double FEWER_LINES = 0.1; /* what makes an order of the same size worth the change */

/* ---- what must keep its order ---------------------------------------------------------------- */

static bool starts_with(const char *text, const char *word) {
  return strncasecmp(text, word, strlen(word)) == 0;
}

/* "pad", "_pad1", "reserved", "unused2": someone laid this record out by hand. */
static bool is_explicit_padding(const char *name) {
  while (*name == '_')
    name++;
  static const char *const words[] = {"pad",    "padding", "reserved", "unused",
                                      "filler", "spare",   "rsvd"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (!starts_with(name, words[i]))
      continue;
    const char *rest = name + strlen(words[i]);
    while (*rest == '_' || (*rest >= '0' && *rest <= '9'))
      rest++;
    if (!*rest)
      return true;
  }
  return false;
}

static bool padded_by_hand(const IrUnit *unit, const IrRecord *rec) {
  for (uint32_t i = 0; i < rec->nfields; i++)
    if (is_explicit_padding(ir_str(unit, unit->fields[rec->fields + i].name)))
      return true;
  return false;
}

static bool begins_alike(const IrUnit *unit, const IrRecord *a, const IrRecord *b) {
  if (!a->nfields || !b->nfields)
    return false;
  const IrField *x = &unit->fields[a->fields], *y = &unit->fields[b->fields];
  return x->type == y->type && x->name == y->name;
}

/* A union that overlays the record with raw bytes or integers, or with a record that begins alike.
 */
static bool overlaid(const IrUnit *unit, IrRecordId id) {
  const IrRecord *rec = &unit->records[id];
  for (uint32_t u = 0; u < unit->nrecords; u++) {
    const IrRecord *over = &unit->records[u];
    if (!(over->flags & IR_REC_UNION))
      continue;
    bool holds = false, raw = false, alike = false;
    for (uint32_t i = 0; i < over->nfields; i++) {
      const IrType *t = &unit->types[unit->fields[over->fields + i].type];
      while (t->kind == IR_T_ARRAY)
        t = &unit->types[t->sub];
      holds |= t->kind == IR_T_RECORD && t->record == id;
      raw |= t->kind == IR_T_INT;
      alike |= t->kind == IR_T_RECORD && t->record != id &&
               begins_alike(unit, rec, &unit->records[t->record]);
    }
    if (holds && (raw || alike))
      return true;
  }
  return false;
}

uint32_t order_fixed(const PgRecordInfo *info) {
  static const struct {
    uint32_t record, info;
    OrderFixed why;
  } flags[] = {{IR_REC_INCOMPLETE, 0, FIXED_INCOMPLETE},
               {IR_REC_INVALID, 0, FIXED_INVALID},
               {IR_REC_UNION, 0, FIXED_UNION},
               {IR_REC_SYSTEM, PG_REC_EXTERNAL, FIXED_EXTERNAL},
               {0, PG_REC_CONFLICT, FIXED_CONFLICT},
               {IR_REC_PACKED, 0, FIXED_PACKED},
               {IR_REC_ALIGNED, 0, FIXED_ALIGNED},
               {IR_REC_FLEXIBLE, 0, FIXED_FLEXIBLE},
               {IR_REC_POSITIONAL_INIT, 0, FIXED_POSITIONAL},
               {IR_REC_SIZEOF_BYTES, PG_REC_BYTES_ESCAPE, FIXED_BYTES},
               {IR_REC_CAST, PG_REC_PREFIX, FIXED_PREFIX}};
  uint32_t fixed = 0;
  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
    if (info->record->flags & flags[i].record || info->flags & flags[i].info)
      fixed |= 1u << flags[i].why;
  if (overlaid(info->unit, info->id))
    fixed |= 1u << FIXED_OVERLAID;
  if (padded_by_hand(info->unit, info->record))
    fixed |= 1u << FIXED_BY_HAND;
  return fixed;
}

const char *order_fixed_text(OrderFixed why) {
  static const char *const texts[FIXED_COUNT] = {
      [FIXED_INCOMPLETE] = "it is only declared, not defined",
      [FIXED_INVALID] = "its declaration has errors",
      [FIXED_UNION] = "it is a union, whose members share their bytes",
      [FIXED_EXTERNAL] = "it is defined outside of the project",
      [FIXED_CONFLICT] = "units disagree on its layout",
      [FIXED_PACKED] = "it is packed",
      [FIXED_ALIGNED] = "it or a field is aligned by an attribute",
      [FIXED_FLEXIBLE] = "it ends in a flexible array",
      [FIXED_POSITIONAL] = "it is initialised by position, as in { 1, \"a\" }",
      [FIXED_BYTES] = "its bytes are written, sent, compared or hashed",
      [FIXED_PREFIX] = "pointers to it are cast from or to another record's: they may begin alike",
      [FIXED_OVERLAID] = "a union lays it over raw bytes or over a record that begins alike",
      [FIXED_BY_HAND] = "it is padded by hand",
      [FIXED_RULES] = "unnamed bit-fields, an attribute or a #pragma decide on its offsets",
  };
  return texts[why];
}

/* ---- how many there are ---------------------------------------------------------------------- */

static bool allocated_in_hot_code(const IrProgram *p, const PgRecordInfo *info) {
  for (uint32_t i = 0; i < info->nallocs; i++) {
    const PgAllocSite *site = &info->allocs[i];
    const PgFunction *pf = pg_func(p, site->func);
    if (!pf->an->cold[pf->an->block_of[site->insn]] &&
        (site->loop_depth > 0 || heat_nest(p, site->func, IR_NONE) > 0))
      return true;
  }
  return false;
}

bool record_has_many(const IrProgram *p, PgRecord record) {
  const PgRecordInfo *info = pg_record(p, record);
  if (made_few(p, record))
    return false;
  if (info->flags & (PG_REC_HEAP_ARRAY | PG_REC_ALLOC_LOOP))
    return true;
  if (info->flags & PG_REC_ARRAY && info->array_count * info->record->size > SMALL_TABLE)
    return true;
  return allocated_in_hot_code(p, info);
}

/* What malloc takes for a block: sizes differ by 16 bytes. */
static uint64_t block_of(uint64_t size) {
  return (size + ALLOC_OVERHEAD / 2 + BLOCK - 1) / BLOCK * BLOCK;
}

/* Of more than a few iterations, none of which waits for anything. */
static bool is_data_loop(const IrProgram *p, PgFunc func, uint32_t loop) {
  return loop != IR_NONE && !heat_cold_loop(p, func, loop) && !pg_few_trips(p, func, loop) &&
         !heat_loop_waits(p, pg_func(p, func), loop);
}

static bool runs_in_data_loop(const IrProgram *p, PgFunc func, IrInsnId insn) {
  const IrAnalysis *an = pg_func(p, func)->an;
  IrBlockId block = an->block_of[insn];
  return !an->cold[block] && is_data_loop(p, func, an->loop_of[block]);
}

/* In a loop, or in a function that is called in one. */
static bool made_in_data_loop(const IrProgram *p, const PgRecordInfo *info) {
  for (uint32_t i = 0; i < info->nallocs; i++) {
    const PgAllocSite *site = &info->allocs[i];
    const PgFunction *pf = pg_func(p, site->func);
    if (runs_in_data_loop(p, site->func, site->insn))
      return true;
    for (uint32_t k = 0; k < pf->ncallers && !pf->an->cold[pf->an->block_of[site->insn]]; k++) {
      const PgCall *call = pg_call(p, pf->callers[k]);
      if (runs_in_data_loop(p, call->caller, call->insn))
        return true;
    }
  }
  return false;
}

static bool has_large_arrays(const PgRecordInfo *info, uint64_t size) {
  for (uint32_t i = 0; i < info->nallocs; i++)
    if (info->allocs[i].count > 1 && (uint64_t)info->allocs[i].count >= LARGE_TABLE / size)
      return true;
  return info->flags & PG_REC_ARRAY && info->array_count >= LARGE_TABLE / size;
}

bool record_pays(const IrProgram *p, PgRecord record, uint64_t now, uint64_t then) {
  const PgRecordInfo *info = pg_record(p, record);
  if (!now || then >= now)
    return false;
  if (has_large_arrays(info, now))
    return true;
  return block_of(then) < block_of(now) && made_in_data_loop(p, info) && !made_few(p, record);
}

const char *record_instances(const PgRecordInfo *info, HpArena *arena) {
  if (info->flags & PG_REC_HEAP_ARRAY)
    return "heap arrays of it";
  if (info->flags & PG_REC_ALLOC_LOOP)
    return "allocated one by one in loops";
  if (info->flags & PG_REC_ARRAY && info->array_count)
    return hp_arena_format(arena, "an array of %u", info->array_count);
  return info->nallocs ? "single heap objects" : "few";
}

/* ---- loops ----------------------------------------------------------------------------------- */

static double weight_of(const RecordLoop *l) {
  return pow(PER_NEST, (double)(l->nest < DEEPEST ? l->nest : DEEPEST));
}

static bool is_hot(const PgFieldSite *site) {
  return (site->read || site->written) && !site->cold;
}

static int by_nest(const void *a, const void *b) {
  const RecordLoop *x = a, *y = b;
  if (x->nest != y->nest)
    return x->nest < y->nest ? 1 : -1;
  if (x->func != y->func)
    return x->func < y->func ? -1 : 1;
  return (x->loop > y->loop) - (x->loop < y->loop);
}

static void add_loop(const IrProgram *p, const PgLoopUse *use, const PgFieldSites *sites,
                     HpArena *arena, OrderAdvice *out) {
  RecordLoop l = {.func = use->func, .loop = use->loop};
  l.nest = heat_nest(p, use->func, use->loop);
  l.sites = HP_NEW(arena, PgFieldSite, sites->count);
  for (uint32_t i = 0; i < sites->count; i++)
    if (sites->sites[i].loop == use->loop && is_hot(&sites->sites[i]))
      l.sites[l.nsites++] = sites->sites[i];
  if (l.nsites)
    out->loops[out->nloops++] = l;
}

static void find_loops(const IrProgram *p, PgRecord record, HpArena *arena, OrderAdvice *out) {
  const PgRecordInfo *info = pg_record(p, record);
  PgFieldSites sites = {0};
  PgFunc of = IR_NONE;
  out->loops = HP_NEW(arena, RecordLoop, info->nuses + 1);
  for (uint32_t i = 0; i < info->nuses; i++) {
    const PgLoopUse *use = &info->uses[i];
    if (!use->walks || use->cold || heat_cold_loop(p, use->func, use->loop))
      continue;
    if (use->func != of) { /* uses lie by function */
      free(sites.sites);
      sites = pg_field_sites(p, use->func, record);
      of = use->func;
    }
    add_loop(p, use, &sites, arena, out);
  }
  free(sites.sites);
  if (out->nloops)
    qsort(out->loops, out->nloops, sizeof *out->loops, by_nest);
}

/* Cache lines that the loop touches of one object that lies `start` bytes behind the start of a
 * line. */
static uint32_t lines_from(const RecordLoop *l, uint64_t start, const uint64_t *offsets,
                           uint64_t size, uint8_t *met) {
  uint64_t nlines = (start + size) / CACHE_LINE + 1;
  uint32_t count = 0;
  memset(met, 0, nlines);
  for (uint32_t i = 0; i < l->nsites; i++) {
    const PgFieldSite *site = &l->sites[i];
    bool whole = site->field == IR_NONE;
    uint64_t at = start * BITS + (whole ? 0 : offsets[site->field]) + site->at;
    uint64_t last = at + (whole ? size * BITS : site->bits ? site->bits : 1) - 1;
    for (uint64_t line = at / BITS / CACHE_LINE; line <= last / BITS / CACHE_LINE; line++)
      if (line < nlines && !met[line])
        met[line] = 1, count++;
  }
  return count;
}

static uint32_t lines_touched(const RecordLoop *l, const uint64_t *offsets, uint64_t size,
                              uint8_t *met) {
  return lines_from(l, 0, offsets, size, met);
}

/* Where malloc puts objects, and where they lie in an array: most do not start on a line. */
static double lines_anywhere(const RecordLoop *l, const uint64_t *offsets, uint64_t size,
                             uint8_t *met) {
  enum { ALIGN = 16 };
  double sum = 0;
  for (uint64_t start = 0; start < CACHE_LINE; start += ALIGN)
    sum += lines_from(l, start, offsets, size, met);
  return sum * ALIGN / CACHE_LINE;
}

/* ---- choosing -------------------------------------------------------------------------------- */

typedef struct Choice {
  const PgRecordInfo *info;
  HpArena *arena;
  OrderAdvice *out;
  uint64_t *offsets;
  uint8_t *met;
} Choice;

/* An order that is allowed to cost `limit` bytes and touches fewer lines than the one so far. */
static void consider(Choice *c, const uint32_t *order, uint64_t limit) {
  uint64_t size = pg_lay_out(c->info->unit, c->info->record, order, c->offsets);
  double lines = 0;
  if (size > limit)
    return;
  for (uint32_t i = 0; i < c->out->nloops; i++)
    lines +=
        weight_of(&c->out->loops[i]) * lines_touched(&c->out->loops[i], c->offsets, size, c->met);
  if (c->out->order && lines >= c->out->lines_then)
    return;
  c->out->order = order;
  c->out->size = size;
  c->out->lines_then = lines;
}

/* The fields of the hottest loops first; for each number of loops that count as such. */
static void consider_hot_first(Choice *c, uint64_t limit) {
  const IrRecord *r = c->info->record;
  bool *first = HP_NEW(c->arena, bool, r->nfields);
  for (uint32_t i = 0; i < c->out->nloops; i++) {
    const RecordLoop *l = &c->out->loops[i];
    for (uint32_t k = 0; k < l->nsites; k++)
      if (l->sites[k].field != IR_NONE)
        first[l->sites[k].field] = true;
    if (i + 1 == c->out->nloops || l[1].nest != l->nest || i < MOST_TRIED)
      consider(c, pg_order_with_first(c->info->unit, r, first, c->arena), limit);
  }
}

static void set_lines(const Choice *c, const uint64_t *offsets, uint64_t size, bool then) {
  for (uint32_t i = 0; i < c->out->nloops; i++) {
    RecordLoop *l = &c->out->loops[i];
    uint32_t lines = lines_touched(l, offsets, size, c->met);
    *(then ? &l->lines_then : &l->lines) = lines;
    l->fewer += (then ? -1 : 1) * lines_anywhere(l, offsets, size, c->met);
    if (!then)
      c->out->lines += weight_of(l) * lines;
  }
}

/* Sizes come from the analysed program and may be anything. */
static bool too_large(const IrRecord *r) {
  enum { LARGEST_LOG2 = 24 };
  return r->size >> LARGEST_LOG2;
}

static void choose(Choice *c) {
  OrderAdvice *out = c->out;
  const IrRecord *r = c->info->record;
  bool smaller = out->layout.best_size < r->size;
  uint32_t *declared = HP_NEW(c->arena, uint32_t, r->nfields);
  for (uint32_t i = 0; i < r->nfields; i++) {
    declared[i] = i;
    c->offsets[i] = c->info->unit->fields[r->fields + i].offset_bits;
  }
  set_lines(c, c->offsets, r->size, false);
  out->lines_then = out->lines;
  if (out->fixed || !out->layout.movable || r->nfields < 2)
    return;
  if (smaller && out->narrow.unit) /* as small with narrow fields too, when it is one of the best */
    consider(c, out->narrow_order, out->layout.best_size);
  if (smaller)
    consider(c, out->layout.order, out->layout.best_size);
  if (r->size > CACHE_LINE && out->nloops)
    consider_hot_first(c, smaller ? out->layout.best_size : r->size);
  if (!smaller && out->lines_then > out->lines * (1 - FEWER_LINES)) {
    out->order = NULL;
    out->size = r->size;
    out->lines_then = out->lines;
  }
  pg_lay_out(c->info->unit, r, out->order ? out->order : declared, c->offsets);
}

/* Before an order is chosen: fields that could be narrower, and the order that is best for these.
 */
static void find_narrow(const PgRecordInfo *info, HpArena *arena, OrderAdvice *out) {
  if (out->fixed)
    return;
  out->narrow = narrow_record(info, arena);
  if (out->narrow.unit)
    out->narrow_order = pg_best_layout(out->narrow.unit, out->narrow.record, arena).order;
}

/* Afterwards: what that saves. */
static void settle_narrow(const PgRecordInfo *info, HpArena *arena, OrderAdvice *out) {
  if (!out->narrow.unit)
    return;
  if (out->order)
    out->narrow_order = out->order;
  uint64_t *offsets = HP_NEW(arena, uint64_t, info->record->nfields);
  out->narrow_size = pg_lay_out(out->narrow.unit, out->narrow.record, out->narrow_order, offsets);
  if (out->narrow_size < out->size)
    narrow_least(info, out->narrow_order, arena, &out->narrow);
  else
    out->narrow = (Narrowed){0};
}

OrderAdvice order_advice(const IrProgram *p, PgRecord record, HpArena *arena) {
  const PgRecordInfo *info = pg_record(p, record);
  const IrRecord *r = info->record;
  OrderAdvice out = {.fixed = order_fixed(info), .size = r->size};
  out.layout = pg_best_layout(info->unit, r, arena);
  if (!out.fixed && !out.layout.movable && r->nfields)
    out.fixed = 1u << FIXED_RULES;
  if (too_large(r))
    return out;
  find_narrow(info, arena, &out);
  find_loops(p, record, arena, &out);
  Choice c = {info, arena, &out, HP_NEW(arena, uint64_t, r->nfields + 1),
              HP_NEW(arena, uint8_t, r->size / CACHE_LINE + 2)};
  choose(&c);
  set_lines(&c, c.offsets, out.size, true);
  settle_narrow(info, arena, &out);
  return out;
}

/* ---- reporting ------------------------------------------------------------------------------- */

const char *order_text(const PgRecordInfo *info, const uint32_t *order, HpArena *arena) {
  HpBuf buf = {0};
  for (uint32_t i = 0; i < info->record->nfields; i++) {
    const IrField *field = &info->unit->fields[info->record->fields + order[i]];
    const char *name = ir_str(info->unit, field->name);
    hp_buf_addf(&buf, "%s%s", i ? ", " : "", *name ? name : "(unnamed)");
  }
  const char *text = hp_arena_strdup(arena, hp_buf_text(&buf));
  hp_buf_free(&buf);
  return text;
}

void order_tell_loop(const IrProgram *p, PgFunc func, uint32_t loop, PgRecord record, Report *r,
                     Finding *f) {
  const PgFunction *pf = pg_func(p, func);
  const IrAnalysis *an = pf->an;
  finding_place(r, f, pf->unit, place_of_loop(an, loop), "%s walks over its elements here",
                pf->name);
  for (uint32_t i = 0; i < an->naccesses; i++) {
    const IrAccess *access = &an->accesses[i];
    if (access->loop != loop)
      continue;
    IrRecordId id = record_of_addr(pf->unit, pf->fn, &pf->fn->addrs[access->addr]);
    if (id != IR_NONE && pg_record_of(p, pf->unit, id) == record)
      finding_site(f, pf->unit, place_of(pf->fn, access->insn), func, false);
  }
}

void order_tell_walks(const IrProgram *p, PgRecord record, Report *r, Finding *f) {
  const PgRecordInfo *info = pg_record(p, record);
  bool walked = false;
  for (uint32_t i = 0; i < info->nuses; i++) {
    if (!info->uses[i].walks || info->uses[i].cold)
      continue;
    walked = true;
    order_tell_loop(p, info->uses[i].func, info->uses[i].loop, record, r, f);
  }
  f->cost = walked ? COST_CACHE_LINE : COST_SPACE;
  f->growth = walked ? GROWTH_PER_ITERATION : GROWTH_CONSTANT;
  f->cold = !walked && f->show == SHOW_LOW;
}
