/* HP301 column-order: the inner loop of a nest steps by whole rows while an outer loop would step
 * by single elements, and the two may be exchanged.
 *
 * The measure is Carr, McKinley and Tseng's ("Compiler Optimizations for Improving Data Locality",
 * ASPLOS 1994): for each loop of the nest, the cache lines that an iteration brings in were that
 * loop the innermost one. A transpose costs the same both ways and stays silent by itself. */
#include "rules/cycles.h"
#include "rules/fix.h"
#include "rules/heat.h"
#include "rules/nest.h"
#include "rules/touch.h"

extern const char page_HP301[];

static void tell_columns(const PgFunction *pf, const NestExchange *n, Report *r, Finding *f) {
  for (uint32_t i = 0; i < n->ncolumns; i++) {
    const NestStream *s = &n->columns[i];
    IrLoc loc = place_of(pf->fn, s->access->insn);
    finding_place(r, f, pf->unit, loc, "%s moves %s per iteration",
                  text_of_addr(r, pf, &pf->fn->addrs[s->access->addr]),
                  nest_step_text(r, pf, &s->inner));
    finding_site(f, pf->unit, loc, f->func, false);
  }
  const NestStream *first = &n->columns[0];
  if (first->inner.cls == IR_AC_STRIDED)
    finding_fact(f, "stride", (double)nest_step(&first->inner), "bytes");
  else
    finding_fact_text(f, "stride", nest_step_text(r, pf, &first->inner));
  finding_fact(f, "stride after", (double)nest_step(&first->outer), "bytes");
  finding_fact(f, "lines per iteration now", n->now, "lines");
  finding_fact(f, "lines per iteration after", n->then, "lines");
}

/* Down the columns a line is met again after a whole column: it comes from where a line for each
 * row fits, and the first time from where the array does. */
static void tell_model(const PgFunction *pf, const NestExchange *n, Report *r, Finding *f) {
  double rows = (double)nest_trips(pf->an, n->inner);
  double whole = rows * (double)nest_trips(pf->an, n->outer) * n->then * CACHE_LINE;
  double first = n->then * cycles_line(r->machine, whole);
  double again = (n->now - n->then) * cycles_random(r->machine, rows * n->now * CACHE_LINE);
  double now = 1 + first + again;
  double then = cycles_work(n->then * CACHE_LINE) + first;
  f->saving = cycles_saving(now, then);
  f->saving_why = report_format(r,
                                "%.2f cache lines per iteration instead of %.2f: about %.1f cycles "
                                "instead of %.1f",
                                n->then, n->now, then, now);
}

/* "90, 93 and 88": the loops from the outside in, the outer one of the exchange moved inside. */
static const char *order_text(const PgFunction *pf, const NestExchange *n, Report *r) {
  const char *text = report_format(r, "%u", place_of_loop(pf->an, n->inner).line);
  for (uint32_t l = pf->an->loops[n->inner].parent; l != n->outer; l = pf->an->loops[l].parent)
    text = report_format(r, "%u, %s", place_of_loop(pf->an, l).line, text);
  return report_format(r, "%s and %u", text, place_of_loop(pf->an, n->outer).line);
}

static const char *help_text(const PgFunction *pf, const NestExchange *n, Report *r) {
  unsigned outer = place_of_loop(pf->an, n->outer).line;
  if (n->scratch)
    return report_format(
        r,
        "make the loop at line %u the innermost one, with a row of totals, one for "
        "each of its iterations: from the outside in, the loops of lines %s, "
        "provided that %s",
        outer, order_text(pf, n, r), n->condition);
  if (n->condition)
    return report_format(r, "exchange this loop with the one at line %u, provided that %s", outer,
                         n->condition);
  return report_format(r, "exchange this loop with the one at line %u", outer);
}

static void report_nest(const IrProgram *p, PgFunc func, const NestExchange *n, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  const NestStream *first = &n->columns[0];
  IrLoc outer = place_of_loop(pf->an, n->outer);
  const char *what = text_of_addr(r, pf, &pf->fn->addrs[first->access->addr]);
  Finding *f = report_add(r, pf->unit, place_of_loop(pf->an, n->inner));
  finding_in_loop(f, p, func, n->inner);
  f->message = report_format(r,
                             "the inner loop moves %s through %s in each iteration, the loop "
                             "around it would move %llu bytes",
                             nest_step_text(r, pf, &first->inner), what,
                             (unsigned long long)nest_step(&first->outer));
  tell_columns(pf, n, r, f);
  finding_place(r, f, pf->unit, outer, "this loop moves by neighbours: make it the inner one");
  f->help = help_text(pf, n, r);
  if (n->condition) {
    finding_fact_text(f, "condition", n->condition);
    f->confidence = CONFIDENCE_MEDIUM;
  }
  f->cost = COST_CACHE_LINE;
  f->witness = WITNESS_LOOP;
  f->severity = f->cold ? SEVERITY_LOW : SEVERITY_MEDIUM;
  if (n->stays)
    finding_fact_text(f, "caches", "the lines of a column stay in the first-level cache");
  if (n->stays)
    f->show = SHOW_LOW;
  tell_model(pf, n, r, f);
  f->anchor = what;
  finding_fix_interchange(f, pf->an, n->outer, n->inner);
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  for (uint32_t loop = 0; loop < pf->an->nloops; loop++) {
    NestExchange n;
    if (!pf->an->loops[loop].irreducible && nest_is_innermost(pf->an, loop) &&
        nest_exchange(p, func, loop, r->machine, r->arena, &n))
      report_nest(p, func, &n, r);
  }
}

const Rule rule_HP301 = {
    .id = "HP301",
    .name = "column-order",
    .summary = "the inner loop of a nest steps by rows where another order would step by elements",
    .check_function = check,
    .page = page_HP301,
};
