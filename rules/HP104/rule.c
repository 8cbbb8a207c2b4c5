/* HP104 padded-struct: another order of the fields would make a record smaller, and there are many
 * of it. Declaration order is part of what a program means where bytes leave it, where records
 * share a prefix or are filled in by position: there the rule is silent. */
#include "rules/rule.h"
#include "rules/heat.h"
#include "rules/touch.h"

#include <math.h>
#include <string.h>
#include <strings.h>

extern const char page_HP104[];

enum { SMALL_TABLE = 4096, PER_LINES = 1000 };
static const double WORTH_A_LOOK = 0.05; /* of the bytes; less is shown on request */

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

static bool order_is_fixed(const PgRecordInfo *info) {
  const uint32_t fixed = IR_REC_UNION | IR_REC_PACKED | IR_REC_SYSTEM | IR_REC_FLEXIBLE |
                         IR_REC_ALIGNED | IR_REC_INVALID | IR_REC_POSITIONAL_INIT | IR_REC_CAST |
                         IR_REC_INCOMPLETE | IR_REC_SIZEOF_BYTES;
  const uint32_t known = PG_REC_BYTES_ESCAPE | PG_REC_PREFIX | PG_REC_EXTERNAL | PG_REC_CONFLICT;
  return info->record->flags & fixed || info->flags & known ||
         padded_by_hand(info->unit, info->record) || overlaid(info->unit, info->id);
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

static bool has_many(const IrProgram *p, const PgRecordInfo *info) {
  if (info->flags & (PG_REC_HEAP_ARRAY | PG_REC_ALLOC_LOOP))
    return true;
  if (info->flags & PG_REC_ARRAY && info->array_count * info->record->size > SMALL_TABLE)
    return true;
  return allocated_in_hot_code(p, info);
}

static const char *instances_text(Report *r, const PgRecordInfo *info) {
  if (info->flags & PG_REC_HEAP_ARRAY)
    return "heap arrays of it";
  if (info->flags & PG_REC_ALLOC_LOOP)
    return "allocated one by one in loops";
  if (info->flags & PG_REC_ARRAY && info->array_count)
    return report_format(r, "an array of %u", info->array_count);
  return info->nallocs ? "single heap objects" : "few";
}

/* ---- reporting ------------------------------------------------------------------------------- */

static const char *order_text(Report *r, const PgRecordInfo *info, const PgLayout *layout) {
  HpBuf buf = {0};
  for (uint32_t i = 0; i < info->record->nfields; i++) {
    const IrField *field = &info->unit->fields[info->record->fields + layout->order[i]];
    const char *name = ir_str(info->unit, field->name);
    hp_buf_addf(&buf, "%s%s", i ? ", " : "", *name ? name : "(unnamed)");
  }
  const char *text = hp_arena_strdup(r->arena, hp_buf_text(&buf));
  hp_buf_free(&buf);
  return text;
}

/* The accesses to the record in one loop that walks it: there the bytes are paid for. */
static void tell_loop(const IrProgram *p, const PgLoopUse *use, PgRecord record, Report *r,
                      Finding *f) {
  const PgFunction *pf = pg_func(p, use->func);
  const IrAnalysis *an = pf->an;
  finding_place(r, f, pf->unit, place_of_loop(an, use->loop), "%s walks over its elements here",
                pf->name);
  for (uint32_t i = 0; i < an->naccesses; i++) {
    const IrAccess *access = &an->accesses[i];
    if (access->loop != use->loop)
      continue;
    IrRecordId id = record_of_addr(pf->unit, pf->fn, &pf->fn->addrs[access->addr]);
    if (id != IR_NONE && pg_record_of(p, pf->unit, id) == record)
      finding_site(f, pf->unit, place_of(pf->fn, access->insn), use->func, false);
  }
}

static void tell_uses(const IrProgram *p, PgRecord record, Report *r, Finding *f) {
  const PgRecordInfo *info = pg_record(p, record);
  bool walked = false;
  for (uint32_t i = 0; i < info->nuses; i++) {
    if (!info->uses[i].walks || info->uses[i].cold)
      continue;
    walked = true;
    tell_loop(p, &info->uses[i], record, r, f);
  }
  for (uint32_t i = 0; i < info->nallocs && i < 3; i++) {
    const PgFunction *pf = pg_func(p, info->allocs[i].func);
    finding_place(r, f, pf->unit, place_of(pf->fn, info->allocs[i].insn), "allocated here, in %s",
                  pf->name);
  }
  f->cost = walked ? COST_CACHE_LINE : COST_SPACE;
  f->growth = walked ? GROWTH_PER_ITERATION : GROWTH_CONSTANT;
  f->cold = !walked && f->show == SHOW_LOW;
}

/* Cache lines that PER_LINES objects of `size` bytes fill. */
static double lines_of(unsigned long long size) {
  return ceil((double)(size * PER_LINES) / CACHE_LINE);
}

static void report_record(const IrProgram *p, PgRecord record, const PgLayout *layout, Report *r) {
  const PgRecordInfo *info = pg_record(p, record);
  unsigned long long now = layout->size, best = layout->best_size,
                     lost = layout->holes + layout->padding;
  Finding *f = report_add(r, info->unit, info->record->loc);
  f->record = record;
  bool worth = (double)(now - best) >= WORTH_A_LOOK * (double)now;
  f->show = worth && has_many(p, info) ? SHOW_LISTED : SHOW_LOW;
  const char *order = order_text(r, info, layout);
  const char *name = *info->name ? info->name : "this record";
  f->message = report_format(
      r, "%s takes %llu bytes, %llu of them padding; in another order its fields fit in %llu", name,
      now, lost, best);
  f->help = report_format(r, "declare the fields in this order: %s", order);
  finding_fact(f, "size", (double)now, "bytes");
  finding_fact(f, "best size", (double)best, "bytes");
  finding_fact(f, "lines per 1000 elements now", lines_of(now), "lines");
  finding_fact(f, "lines per 1000 elements then", lines_of(best), "lines");
  finding_fact_text(f, "suggested order", order);
  finding_fact_text(f, "instances", instances_text(r, info));
  finding_fact(f, "allocation sites", info->nallocs, "sites");
  tell_uses(p, record, r, f);
  f->severity =
      f->show == SHOW_LISTED && f->cost == COST_CACHE_LINE ? SEVERITY_MEDIUM : SEVERITY_LOW;
  if (info->record->flags & IR_REC_OFFSETOF)
    f->confidence = CONFIDENCE_MEDIUM;
  f->saving = f->bound_factor = 1 - (double)best / (double)now;
  f->saving_why = report_format(
      r, "%llu bytes of each element instead of %llu pass through the cache", best, now);
  f->anchor = *info->name ? info->name : order;
}

static void check(const IrProgram *p, PgRecord record, Report *r) {
  const PgRecordInfo *info = pg_record(p, record);
  if (info->record->nfields < 2 || order_is_fixed(info))
    return;
  HpArena *scratch = hp_arena_new();
  PgLayout layout = pg_best_layout(info->unit, info->record, scratch);
  if (layout.best_size < layout.size)
    report_record(p, record, &layout, r);
  hp_arena_free(scratch);
}

const Rule rule_HP104 = {
    .id = "HP104",
    .name = "padded-struct",
    .summary = "another order of its fields would make a record of many instances smaller",
    .check_record = check,
    .page = page_HP104,
};
