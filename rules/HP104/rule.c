/* HP104 padded-struct: another order of the fields would make a record smaller, and there are many
 * of it. Declaration order is part of what a program means where bytes leave it, where records
 * share a prefix or are filled in by position: there the rule is silent. */
#include "rules/rule.h"
#include "rules/fix.h"
#include "rules/reorder.h"
#include "rules/touch.h"

#include <math.h>

extern const char page_HP104[];

enum { PER_LINES = 1000 };
static const double WORTH_A_LOOK = 0.1; /* of the bytes; less is shown on request */

/* ---- reporting ------------------------------------------------------------------------------- */

static void tell_uses(const IrProgram *p, PgRecord record, Report *r, Finding *f) {
  const PgRecordInfo *info = pg_record(p, record);
  order_tell_walks(p, record, r, f);
  for (uint32_t i = 0; i < info->nallocs && i < 3; i++) {
    const PgFunction *pf = pg_func(p, info->allocs[i].func);
    finding_place(r, f, pf->unit, place_of(pf->fn, info->allocs[i].insn), "allocated here, in %s",
                  pf->name);
  }
}

/* Cache lines that PER_LINES objects of `size` bytes fill. */
static double lines_of(unsigned long long size) {
  return ceil((double)(size * PER_LINES) / CACHE_LINE);
}

static void report_record(const IrProgram *p, PgRecord record, const OrderAdvice *advice,
                          Report *r) {
  const PgRecordInfo *info = pg_record(p, record);
  const PgLayout *layout = &advice->layout;
  unsigned long long now = layout->size, best = advice->size,
                     lost = layout->holes + layout->padding;
  Finding *f = report_add(r, info->unit, info->record->loc);
  f->record = record;
  bool worth = (double)(now - best) >= WORTH_A_LOOK * (double)now;
  f->show = worth && record_pays(p, record, now, best) ? SHOW_LISTED : SHOW_LOW;
  const char *order = order_text(info, advice->order, r->arena);
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
  finding_fact_text(f, "instances", record_instances(info, r->arena));
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
  finding_fix_reorder(r, f, info, advice->order);
}

static bool can_shrink(const PgRecordInfo *info, HpArena *scratch) {
  return !order_fixed(info) &&
         pg_best_layout(info->unit, info->record, scratch).best_size < info->record->size;
}

static void check(const IrProgram *p, PgRecord record, Report *r) {
  HpArena *scratch = hp_arena_new();
  if (can_shrink(pg_record(p, record), scratch)) {
    OrderAdvice advice = order_advice(p, record, scratch);
    if (advice.order && advice.size < advice.layout.size)
      report_record(p, record, &advice, r);
  }
  hp_arena_free(scratch);
}

const Rule rule_HP104 = {
    .id = "HP104",
    .name = "padded-struct",
    .summary = "another order of its fields would make a record of many instances smaller",
    .check_record = check,
    .page = page_HP104,
};
