/* HP107 wide-field: fields of a record of many instances hold small numbers only, as every store in
 * the program shows, and with narrower types the record would be smaller. The order of the fields
 * is the one that the other rules on layout advise. */
#include "rules/reorder.h"

#include <math.h>
#include <string.h>

extern const char page_HP107[];

enum { PER_LINES = 1000 };
static const double WORTH_A_LOOK = 0.05;

static double lines_of(uint64_t size) {
  return ceil((double)(size * PER_LINES) / CACHE_LINE);
}

static bool is_declared_order(const uint32_t *order, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    if (order[i] != i)
      return false;
  return true;
}

static void report_record(const IrProgram *p, PgRecord record, const OrderAdvice *advice,
                          Report *r) {
  const PgRecordInfo *info = pg_record(p, record);
  unsigned long long now = info->record->size, reordered = advice->size, best = advice->narrow_size;
  const char *name = *info->name ? info->name : "this record";
  const char *values = narrow_text(info, &advice->narrow, true, r->arena);
  const char *types = narrow_text(info, &advice->narrow, false, r->arena);
  const char *order = order_text(info, advice->narrow_order, r->arena);
  bool declared = is_declared_order(advice->narrow_order, info->record->nfields);
  Finding *f = report_add(r, info->unit, info->record->loc);
  f->record = record;
  bool worth = (double)(reordered - best) >= WORTH_A_LOOK * (double)now;
  f->show = worth && record_pays(p, record, reordered, best) ? SHOW_LISTED : SHOW_LOW;
  f->message = report_format(
      r, "%s takes %llu bytes, but what is stored in %s fits narrower types: it could take %llu",
      name, now, values, best);
  f->help = declared
                ? report_format(r, "declare %s", types)
                : report_format(r, "declare %s, and the fields in this order: %s", types, order);
  finding_fact(f, "size", (double)now, "bytes");
  finding_fact(f, "best size", (double)best, "bytes");
  finding_fact(f, "size with its fields as wide as now", (double)reordered, "bytes");
  finding_fact(f, "lines per 1000 elements now", lines_of(now), "lines");
  finding_fact(f, "lines per 1000 elements then", lines_of(best), "lines");
  finding_fact_text(f, "values stored", values);
  finding_fact_text(f, "suggested order", order);
  finding_fact_text(f, "instances", record_instances(info, r->arena));
  order_tell_walks(p, record, r, f);
  f->severity =
      f->show == SHOW_LISTED && f->cost == COST_CACHE_LINE ? SEVERITY_MEDIUM : SEVERITY_LOW;
  f->confidence = CONFIDENCE_MEDIUM;
  f->saving = f->bound_factor = 1 - (double)best / (double)now;
  f->saving_why = report_format(
      r, "%llu bytes of each element instead of %llu pass through the cache", best, now);
  f->anchor = *info->name ? info->name : order;
}

static void check(const IrProgram *p, PgRecord record, Report *r) {
  const PgRecordInfo *info = pg_record(p, record);
  if (!info->stored || order_fixed(info))
    return;
  HpArena *scratch = hp_arena_new();
  OrderAdvice advice = order_advice(p, record, scratch);
  if (advice.narrow.unit)
    report_record(p, record, &advice, r);
  hp_arena_free(scratch);
}

const Rule rule_HP107 = {
    .id = "HP107",
    .name = "wide-field",
    .summary =
        "fields of many records only hold small numbers, and narrower types shrink the record",
    .check_record = check,
    .page = page_HP107,
};
