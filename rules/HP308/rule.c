/* HP308 linear-search-in-loop: each iteration looks an item up by going through a collection that
 * is the same one each time, element by element. The comparisons grow with the square of the items
 * when the loop also puts them in. Collections of unknown size are shown low, unless the loop that
 * fills them reads its items from outside. */
#include "rules/cycles.h"
#include "rules/heat.h"
#include "rules/nest.h"
#include "rules/sweep.h"
#include "rules/touch.h"

static const double USUAL_SIZE = 200; /* of the model, when the text does not tell */

extern const char page_HP308[];

enum { SMALL = 128, LARGE = 256 /* elements */ };

typedef enum Size { SIZE_SMALL, SIZE_UNKNOWN, SIZE_LARGE, SIZE_GROWS } Size;

static Size size_of(const IrProgram *p, const PgFunction *pf, const Sweep *s, uint32_t loop) {
  if (s->most && s->most <= SMALL)
    return SIZE_SMALL;
  if (sweep_grows(p, pf, s, loop))
    return SIZE_GROWS;
  return s->most >= LARGE && s->loop != IR_NONE ? SIZE_LARGE : SIZE_UNKNOWN;
}

static const char *searched_text(Report *r, const PgFunction *pf, const Sweep *s) {
  const char *whole = sweep_whole_text(r, pf, s);
  const char *kind = s->linked ? "list" : "array";
  return whole ? report_format(r, "the %s %s", kind, whole) : report_format(r, "the same %s", kind);
}

static void tell_size(const PgFunction *pf, const Sweep *s, Size size, Report *r, Finding *f) {
  const char *count = sweep_count_text(r, pf, s);
  if (s->most)
    finding_fact(f, "elements at most", (double)s->most, "");
  else if (count)
    finding_fact_text(f, "elements", count);
  finding_fact_text(f, "comparisons for n items",
                    size == SIZE_GROWS ? "up to n * n / 2"
                    : s->most ? report_format(r, "up to n * %llu", (unsigned long long)s->most)
                              : "up to n * elements");
}

static void report_search(SweepTable *t, PgFunc func, const Sweep *s, uint32_t loop, Size size,
                          Report *r) {
  const IrProgram *p = t->p;
  const PgFunction *pf = pg_func(p, func);
  Finding *f = report_add(r, pf->unit, sweep_place(pf, s));
  finding_in_loop(f, p, func, loop);
  const char *what = searched_text(r, pf, s);
  bool always = heat_every_iteration(pf->an, loop, sweep_block(pf, s));
  const char *how =
      s->loop != IR_NONE
          ? report_format(r, "%s of the loop at line %u %s %s",
                          always ? "each iteration" : "some iterations",
                          place_of_loop(pf->an, loop).line, always ? "searches" : "search", what)
          : report_format(r, "%s searches %s in %s", pg_func(p, s->callee)->name, what,
                          always ? "each iteration" : "some iterations");
  f->message = size == SIZE_GROWS
                   ? report_format(r,
                                   "%s from its start, and what it goes through grows with the "
                                   "loop: up to n * n / 2 comparisons for n items",
                                   how)
               : s->most ? report_format(r, "%s from its start, up to %llu elements", how,
                                         (unsigned long long)s->most)
                         : report_format(r, "%s from its start, element by element", how);
  f->help = "keep a hash table or a sorted index beside it, or mark what was seen by number";
  finding_place(r, f, pf->unit, place_of_loop(pf->an, loop), "in the iterations of this loop");
  tell_size(pf, s, size, r, f);
  sweep_tell(t, r, f, pf, s);
  f->growth = GROWTH_SUPERLINEAR;
  f->cost = s->linked ? COST_DEPENDENT_MISS : COST_COMPUTE;
  f->severity = heat_severity(f, p);
  bool waits = heat_loop_waits(p, pf, loop) && !heat_loop_reads(p, pf, loop);
  f->show =
      size == SIZE_UNKNOWN || !sweep_is_many(p, pf, s, loop) || waits ? SHOW_LOW : SHOW_LISTED;
  f->confidence = size == SIZE_GROWS ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM;
  double trips = (double)nest_trips(pf->an, loop);
  double elements = s->most                           ? (double)s->most
                    : size == SIZE_GROWS && trips > 0 ? trips
                                                      : USUAL_SIZE;
  double steps = elements / (size == SIZE_GROWS ? 4 : 2);
  double now = steps * (s->linked ? CYCLES_STEP : 1) + CYCLES_PROBE;
  f->saving = cycles_saving(now, CYCLES_PROBE);
  f->saving_why =
      report_format(r,
                    "%.0f comparisons a search, for %.0f elements%s, against an index "
                    "that finds an item in some %d cycles",
                    steps, elements, elements == USUAL_SIZE ? " (assumed)" : "", CYCLES_PROBE);
  f->anchor = what;
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  SweepTable t = sweep_table(p);
  const PgFunction *pf = pg_func(p, func);
  const Sweep *list;
  uint32_t count = sweep_in_loops(&t, func, SWEEP_SEARCH, &list), last = IR_NONE;
  for (uint32_t i = 0; i < count; i++) {
    const Sweep *s = &list[i];
    uint32_t loop;
    if (!sweep_repeats(p, pf, s, last, &loop) || !sweep_keys_vary(p, pf, s, loop))
      continue;
    Size size = size_of(p, pf, s, loop);
    if (size == SIZE_SMALL)
      continue;
    report_search(&t, func, s, loop, size, r);
    last = loop;
  }
  sweep_table_free(&t);
}

const Rule rule_HP308 = {
    .id = "HP308",
    .name = "linear-search-in-loop",
    .summary = "a collection is searched element by element in each iteration of a loop",
    .check_function = check,
    .page = page_HP308,
};
