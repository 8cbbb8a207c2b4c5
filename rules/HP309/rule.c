/* HP309 shifting-array: each iteration inserts into or deletes from an array by moving the elements
 * behind the place, with memmove or a loop. The bytes moved grow with the square of the elements.
 */
#include "rules/cycles.h"
#include "rules/heat.h"
#include "rules/nest.h"
#include "rules/sweep.h"
#include "rules/touch.h"

/* Of the model, when the text does not tell. */
static const double USUAL_SIZE = 200, ELEMENT_BYTES = 8;

extern const char page_HP309[];

enum { SMALL_BYTES = 1024 };

static void report_shift(SweepTable *t, PgFunc func, const Sweep *s, uint32_t loop, Report *r) {
  const IrProgram *p = t->p;
  const PgFunction *pf = pg_func(p, func);
  Finding *f = report_add(r, pf->unit, sweep_place(pf, s));
  finding_in_loop(f, p, func, loop);
  const char *whole = sweep_whole_text(r, pf, s);
  const char *what = whole ? report_format(r, "the elements of %s", whole) : "an array's elements";
  bool always = heat_every_iteration(pf->an, loop, sweep_block(pf, s));
  const char *when = always ? "each iteration" : "some iterations";
  const char *move = always ? "moves" : "move";
  f->message =
      s->loop != IR_NONE
          ? report_format(r,
                          "%s of the loop at line %u %s %s up or down by one: some n * n / 2 "
                          "moves for n changes",
                          when, place_of_loop(pf->an, loop).line, move, what)
          : report_format(r,
                          "%s %s %s up or down with %s: some n * n / 2 elements for n "
                          "changes",
                          when, move, what, pg_func(p, s->callee)->name);
  f->help = "mark what goes and close the gaps in one pass after the loop, or append and sort "
            "once, if no "
            "iteration needs the order; use a ring buffer where elements leave at the front";
  const char *count = sweep_count_text(r, pf, s);
  if (s->bytes)
    finding_fact(f, "bytes moved at most", (double)s->bytes, "bytes");
  else if (count && s->loop == IR_NONE && !pg_func(p, s->callee)->fn)
    finding_fact_text(f, "bytes moved", count);
  finding_fact_text(f, "elements moved for n changes", "about n * n / 2");
  finding_place(r, f, pf->unit, place_of_loop(pf->an, loop), "in the iterations of this loop");
  sweep_tell(t, r, f, pf, s);
  f->witness = s->loop != IR_NONE ? WITNESS_NONE : WITNESS_CALL;
  f->growth = GROWTH_SUPERLINEAR;
  f->cost = COST_CACHE_LINE;
  f->severity = heat_severity(f, p);
  f->confidence = s->ordered || !always ? CONFIDENCE_MEDIUM : CONFIDENCE_HIGH;
  /* An insertion sort is the best there is for few elements or nearly sorted ones. A loop over
   * something else may make a few changes only. Most arrays are small. */
  if (s->ordered || !(sweep_bounds_loop(p, pf, s, loop) || sweep_grows(p, pf, s, loop)) ||
      !(s->bytes || sweep_is_many(p, pf, s, loop)))
    f->show = SHOW_LOW;
  double trips = (double)nest_trips(pf->an, loop);
  double bytes = s->bytes ? (double)s->bytes : (trips > 0 ? trips : USUAL_SIZE) * ELEMENT_BYTES;
  double now = CYCLES_CALL / 2.0 + bytes / 2 / BYTES_PER_CYCLE;
  f->saving = cycles_saving(now, cycles_work(ELEMENT_BYTES / 2));
  f->saving_why = report_format(r,
                                "half of %.0f bytes are moved for a change, some %.0f cycles; one "
                                "pass moves each element once",
                                bytes, now);
  f->anchor = what;
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  SweepTable t = sweep_table(p);
  const PgFunction *pf = pg_func(p, func);
  const Sweep *list;
  uint32_t count = sweep_in_loops(&t, func, SWEEP_SHIFT, &list), last = IR_NONE;
  for (uint32_t i = 0; i < count; i++) {
    const Sweep *s = &list[i];
    uint32_t loop;
    if (!sweep_repeats(p, pf, s, last, &loop) || (s->bytes && s->bytes <= SMALL_BYTES) ||
        pg_few_trips(p, func, loop))
      continue;
    report_shift(&t, func, s, loop, r);
    last = loop;
  }
  sweep_table_free(&t);
}

const Rule rule_HP309 = {
    .id = "HP309",
    .name = "shifting-array",
    .summary = "elements of an array are moved up or down in each iteration of a loop",
    .check_function = check,
    .page = page_HP309,
};
