/* HP106 scattered-hot-fields: loops that walk over objects of a record use fields that lie on
 * different cache lines of it, and another order of the same size would bring them together. Where
 * an order also makes the record smaller, HP104 tells of it: there is one advised order a record.
 */
#include "rules/HP105/rule.h"
#include "rules/fix.h"
#include "rules/heat.h"
#include "rules/made.h"
#include "rules/reorder.h"

extern const char page_HP106[];

static const double WORTH_A_LOOK = 0.2; /* of the lines, all loops together */
static const double HALF_A_LINE = 0.5;  /* wherever objects start */

/* What a loop touches at a fixed distance is read ahead, line after line; and what it touches in
 * small parts of each element is better apart: HP105. */
static bool is_sparse_pass(const IrProgram *p, const RecordLoop *l, PgRecord record) {
  return HP105_lists(p, l->func, l->loop, record);
}

/* The loop that gains most: the deepest first, as they are sorted. */
static const RecordLoop *best_loop(const OrderAdvice *advice) {
  const RecordLoop *best = NULL;
  for (uint32_t i = 0; i < advice->nloops; i++) {
    const RecordLoop *l = &advice->loops[i];
    if (l->lines_then < l->lines &&
        (!best ||
         (l->nest == best->nest && l->lines - l->lines_then > best->lines - best->lines_then)))
      best = l;
  }
  return best;
}

/* Fields of the record that the loop uses, in the order advised. */
static const char *fields_of(const PgRecordInfo *info, const RecordLoop *l, const uint32_t *order,
                             Report *r) {
  const char *text = "";
  for (uint32_t i = 0; i < info->record->nfields; i++) {
    bool used = false;
    for (uint32_t k = 0; k < l->nsites; k++)
      used |= l->sites[k].field == order[i];
    const char *name = ir_str(info->unit, info->unit->fields[info->record->fields + order[i]].name);
    if (used)
      text = report_format(r, "%s%s%s", text, *text ? ", " : "", *name ? name : "(unnamed)");
  }
  return text;
}

/* A walk along a list, of which nothing says that it is long (HP101): most are short. */
static bool is_short_list(const IrProgram *p, const RecordLoop *l, PgRecord record) {
  const PgFunction *pf = pg_func(p, l->func);
  const IrAnalysis *an = pf->an;
  for (uint32_t i = 0; i < an->nchases; i++) {
    const IrChase *chase = &an->chases[i];
    if (chase->loop == l->loop && chase->record != IR_NONE &&
        pg_record_of(p, pf->unit, chase->record) == record)
      return !made_elsewhere(p, l->func, record) &&
             !made_list(p, l->func, l->loop, chase->phi, record);
  }
  return false;
}

static bool waits(const IrProgram *p, const RecordLoop *l) {
  const PgFunction *pf = pg_func(p, l->func);
  return heat_loop_waits(p, pf, l->loop) || heat_loop_mostly_calls(p, pf, l->loop);
}

static void report_record(const IrProgram *p, PgRecord record, const OrderAdvice *advice,
                          Report *r) {
  const PgRecordInfo *info = pg_record(p, record);
  const RecordLoop *best = best_loop(advice);
  const PgFunction *pf = pg_func(p, best->func);
  const char *name = *info->name ? info->name : "object";
  const char *order = order_text(info, advice->order, r->arena);
  const char *fields = fields_of(info, best, advice->order, r);
  Finding *f = report_add(r, info->unit, info->record->loc);
  f->record = record;
  f->message = report_format(r,
                             "the loop in %s touches %u cache lines of each %s for %s; in another "
                             "order of the fields it is %u",
                             pf->name, best->lines, name, fields, best->lines_then);
  f->help = report_format(r, "declare the fields in this order: %s", order);
  finding_fact(f, "size", (double)info->record->size, "bytes");
  finding_fact(f, "lines touched now", best->lines, "lines");
  finding_fact(f, "lines touched then", best->lines_then, "lines");
  finding_fact_text(f, "fields used together", fields);
  finding_fact_text(f, "suggested order", order);
  finding_fact_text(f, "instances", record_instances(info, r->arena));
  order_tell_loop(p, best->func, best->loop, record, r, f);
  for (uint32_t i = 0; i < advice->nloops; i++)
    if (advice->loops[i].lines_then < advice->loops[i].lines)
      order_tell_loop(p, advice->loops[i].func, advice->loops[i].loop, record, r, f);
  bool worth =
      advice->lines_then <= advice->lines * (1 - WORTH_A_LOOK) && best->fewer >= HALF_A_LINE;
  f->show = worth && record_has_many(p, record) && !waits(p, best) &&
                    !is_short_list(p, best, record) && !is_sparse_pass(p, best, record)
                ? SHOW_LISTED
                : SHOW_LOW;
  f->cost = COST_CACHE_LINE;
  f->severity = f->show == SHOW_LISTED ? SEVERITY_MEDIUM : SEVERITY_LOW;
  f->confidence = info->record->flags & IR_REC_OFFSETOF ? CONFIDENCE_LOW : CONFIDENCE_MEDIUM;
  f->saving = f->bound_factor = 1 - (double)best->lines_then / best->lines;
  f->saving_why = report_format(r, "%u cache lines fetched for each object instead of %u",
                                best->lines_then, best->lines);
  f->anchor = *info->name ? info->name : order;
  finding_fix_reorder(r, f, info, advice->order);
}

/* Most records are small, fixed, or walked by no loop: that is seen without working out orders. */
static bool may_gain(const PgRecordInfo *info) {
  if (info->record->size <= CACHE_LINE || order_fixed(info))
    return false;
  for (uint32_t i = 0; i < info->nuses; i++)
    if (info->uses[i].walks && !info->uses[i].cold)
      return true;
  return false;
}

static void check(const IrProgram *p, PgRecord record, Report *r) {
  if (!may_gain(pg_record(p, record)) || made_few(p, record))
    return;
  HpArena *scratch = hp_arena_new();
  OrderAdvice advice = order_advice(p, record, scratch);
  if (advice.order && advice.size == advice.layout.size && best_loop(&advice))
    report_record(p, record, &advice, r);
  hp_arena_free(scratch);
}

const Rule rule_HP106 = {
    .id = "HP106",
    .name = "scattered-hot-fields",
    .summary = "fields that loops use together lie on different cache lines of a record",
    .check_record = check,
    .page = page_HP106,
};
