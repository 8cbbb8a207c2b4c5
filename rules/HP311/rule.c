/* HP311 sort-in-loop: each iteration sorts the same collection as a whole. Where it only grows by
 * an element in between, or does not change, sorting once or inserting in order does; where inner
 * loops fill it anew each time, it is another collection and stays silent. */
#include "rules/cycles.h"
#include "rules/heat.h"
#include "rules/nest.h"
#include "rules/sweep.h"
#include "rules/touch.h"

static const double USUAL_SORTS = 50; /* of the model, when the text does not tell */

extern const char page_HP311[];

enum { SMALL = 64 /* elements */ };

/* The number of elements is set anew in the iteration: a constant, or nothing that was there. */
static bool count_starts_over(const IrProgram *p, const PgFunction *pf, const Sweep *s,
                              uint32_t loop) {
  return ir_ref_kind(s->count) != IR_REF_NONE && !sweep_same_value(p, pf, loop, s->count) &&
         !sweep_grows(p, pf, s, loop);
}

static void report_sort(SweepTable *t, PgFunc func, const Sweep *s, uint32_t loop, Report *r) {
  const IrProgram *p = t->p;
  const PgFunction *pf = pg_func(p, func);
  bool grows = sweep_grows(p, pf, s, loop);
  Finding *f = report_add(r, pf->unit, sweep_place(pf, s));
  finding_in_loop(f, p, func, loop);
  const char *whole = sweep_whole_text(r, pf, s);
  const char *what = whole ? whole : "the same array";
  const char *count = sweep_count_text(r, pf, s);
  f->message = grows ? report_format(r,
                                     "each iteration sorts all of %s with %s, which the loop makes "
                                     "longer: some n * n * log n comparisons for n items",
                                     what, pg_func(p, s->callee)->name)
                     : report_format(r, "each iteration sorts all of %s with %s", what,
                                     pg_func(p, s->callee)->name);
  f->help = grows ? "sort once after the loop, or insert each element where it belongs"
                  : "sort once before the loop, or mend the order of what has changed";
  if (count)
    finding_fact_text(f, "elements", count);
  finding_fact_text(f, "comparisons for n items",
                    grows ? "about n * n * log n" : "n log n each time");
  finding_place(r, f, pf->unit, place_of_loop(pf->an, loop), "in the iterations of this loop");
  sweep_tell(t, r, f, pf, s);
  f->growth = GROWTH_SUPERLINEAR;
  f->cost = COST_COMPUTE;
  f->severity = heat_severity(f, p);
  f->confidence = grows ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM;
  f->show = grows ? SHOW_LISTED : SHOW_LOW;
  double trips = (double)nest_trips(pf->an, loop);
  /* half as long on average where the array grows, and nearly in order: half as dear */
  double sorts = (trips > 0 ? trips : USUAL_SORTS) / (grows ? 4 : 2);
  f->saving = cycles_saving(1 + sorts, 1);
  f->saving_why = report_format(
      r, "all sorts but one go away: nearly sorted, they cost as much as %.0f", sorts);
  f->anchor = what;
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  SweepTable t = sweep_table(p);
  const PgFunction *pf = pg_func(p, func);
  const Sweep *list;
  uint32_t count = sweep_in_loops(&t, func, SWEEP_SORT, &list), last = IR_NONE;
  for (uint32_t i = 0; i < count; i++) {
    const Sweep *s = &list[i];
    uint32_t loop;
    if (!sweep_repeats(p, pf, s, last, &loop) || (s->most && s->most <= SMALL) ||
        sweep_refilled(pf, s, loop) || count_starts_over(p, pf, s, loop))
      continue;
    report_sort(&t, func, s, loop, r);
    last = loop;
  }
  sweep_table_free(&t);
}

const Rule rule_HP311 = {
    .id = "HP311",
    .name = "sort-in-loop",
    .summary = "a whole collection is sorted in each iteration of a loop",
    .check_function = check,
    .page = page_HP311,
};
