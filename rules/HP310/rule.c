/* HP310 walk-to-append: each iteration walks a list from its head, to link a node behind the last
 * one or to take out a node that is already at hand. A pointer to the end, or one back, saves the
 * walk. */
#include "rules/cycles.h"
#include "rules/heat.h"
#include "rules/made.h"
#include "rules/nest.h"
#include "rules/sweep.h"
#include "rules/touch.h"

/* Of the model: nodes when the text does not tell; to link one where its place is known. */
static const double USUAL_SIZE = 200, LINK_CYCLES = 1.5;

extern const char page_HP310[];

/* The text is a part of a program, which does not tell who runs this loop. */
static bool unseen(const IrProgram *p, PgFunc func) {
  return made_elsewhere(p, func, IR_NONE);
}

/* Most lists stay short. That many nodes come together shows where the loop that appends goes over
 * data and makes a node in its iterations, itself or by what it calls. */
static bool fills(const IrProgram *p, PgFunc func, uint32_t loop) {
  const PgFunction *pf = pg_func(p, func);
  if (unseen(p, func))
    return true;
  bool over_data = pf->an->loops[loop].trip != IR_TRIP_UNKNOWN;
  for (uint32_t i = 0; i < pf->an->nchases; i++)
    over_data |= pf->an->chases[i].loop == loop;
  if (!over_data || pg_few_trips(p, func, loop))
    return false;
  for (uint32_t i = 0; i < pf->ncalls; i++) {
    const PgCall *call = pg_call(p, pf->calls[i]);
    uint32_t flags = pg_summary(p, pf->unit, pf->fn, &pf->fn->insns[call->insn])->flags;
    if (ir_loop_has_insn(pf->an, loop, call->insn) && flags & PG_ALLOCATES &&
        !(flags & PG_COLD_ALLOC))
      return true;
  }
  return false;
}

static void report_walk(SweepTable *t, PgFunc func, const Sweep *s, uint32_t loop, Report *r) {
  const IrProgram *p = t->p;
  const PgFunction *pf = pg_func(p, func);
  bool append = s->kind == SWEEP_APPEND;
  Finding *f = report_add(r, pf->unit, sweep_place(pf, s));
  finding_in_loop(f, p, func, loop);
  const char *whole = sweep_whole_text(r, pf, s);
  const char *list = whole ? report_format(r, "the list %s", whole) : "the same list";
  const char *who = s->loop != IR_NONE ? report_format(r, "each iteration of the loop at line %u",
                                                       place_of_loop(pf->an, loop).line)
                                       : report_format(r, "%s, called in each iteration,",
                                                       pg_func(p, s->callee)->name);
  f->message = append ? report_format(r,
                                      "%s walks %s to its end to append a node: some n * n / 2 "
                                      "steps for n nodes",
                                      who, list)
                      : report_format(r,
                                      "%s walks %s to take out a node that it already has: some "
                                      "n * n / 4 steps for n nodes",
                                      who, list);
  f->help = append ? "keep a pointer to the last node, or to its link, beside the head"
                   : "link the nodes both ways, or keep the address of the link to each node";
  finding_fact_text(f, "steps for n nodes", append ? "about n * n / 2" : "about n * n / 4");
  finding_place(r, f, pf->unit, place_of_loop(pf->an, loop), "in the iterations of this loop");
  sweep_tell(t, r, f, pf, s);
  f->growth = GROWTH_SUPERLINEAR;
  f->cost = COST_DEPENDENT_MISS;
  f->severity = heat_severity(f, p);
  f->confidence = append ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM;
  if (heat_loop_waits(p, pf, loop) || !(append ? fills(p, func, loop) : unseen(p, func)))
    f->show = SHOW_LOW;
  double trips = (double)nest_trips(pf->an, loop);
  double steps = (trips > 0 ? trips : USUAL_SIZE) / (append ? 2 : 4);
  f->saving = cycles_saving(steps * CYCLES_STEP + LINK_CYCLES, LINK_CYCLES);
  f->saving_why =
      report_format(r, "%.0f steps of at least %d cycles a walk; %s", steps, CYCLES_STEP,
                    append ? "the last node is reached in one step" : "the neighbours are at hand");
  f->anchor = report_format(r, "%s %s", append ? "append" : "unlink", list);
}

static void check_kind(SweepTable *t, PgFunc func, SweepKind kind, Report *r) {
  const PgFunction *pf = pg_func(t->p, func);
  const Sweep *list;
  uint32_t count = sweep_in_loops(t, func, kind, &list), last = IR_NONE;
  for (uint32_t i = 0; i < count; i++) {
    const Sweep *s = &list[i];
    uint32_t loop;
    if (!sweep_repeats(t->p, pf, s, last, &loop))
      continue;
    report_walk(t, func, s, loop, r);
    last = loop;
  }
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  SweepTable t = sweep_table(p);
  check_kind(&t, func, SWEEP_APPEND, r);
  check_kind(&t, func, SWEEP_UNLINK, r);
  sweep_table_free(&t);
}

const Rule rule_HP310 = {
    .id = "HP310",
    .name = "walk-to-append",
    .summary = "a list is walked from its head in each iteration to append or take out a node",
    .check_function = check,
    .page = page_HP310,
};
