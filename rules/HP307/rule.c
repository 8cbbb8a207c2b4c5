/* HP307 conflict-stride: a loop steps by a large power of two, so that its lines compete for a few
 * sets of the cache and push each other out before a loop around it comes back to them. */
#include "rules/heat.h"
#include "rules/nest.h"
#include "rules/touch.h"

extern const char page_HP307[];

enum { PART = 8 /* at most this part of the sets is used */ };

static uint64_t gcd(uint64_t a, uint64_t b) {
  while (b) {
    uint64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* Sets of the first-level cache that lines `step` bytes apart fall into. */
static uint64_t sets_used(uint64_t step, const Machine *m) {
  uint64_t sets = machine_l1_sets(m);
  return step % m->line ? sets : sets / gcd(sets, step / m->line);
}

/* A loop around it meets the same lines again. */
static bool comes_back(const IrAnalysis *an, const IrAccess *a, uint32_t loop) {
  for (uint32_t l = an->loops[loop].parent; l != IR_NONE; l = an->loops[l].parent) {
    IrAccessInLoop in = ir_access_in(an, a, l);
    uint64_t trips = nest_trips(an, l);
    if (trips && trips <= NEST_FEW_TRIPS)
      continue;
    if (in.cls == IR_AC_INVARIANT)
      return true;
    return (in.cls == IR_AC_UNIT || in.cls == IR_AC_STRIDED) && nest_step(&in) * 2 <= CACHE_LINE;
  }
  return false;
}

static bool mended_by_exchange(const IrProgram *p, PgFunc func, const IrAccess *a, uint32_t loop,
                               Report *r) {
  const PgFunction *pf = pg_func(p, func);
  NestExchange n;
  if (!nest_is_innermost(pf->an, loop) || !nest_exchange(p, func, loop, r->machine, r->arena, &n))
    return false;
  for (uint32_t i = 0; i < n.ncolumns; i++)
    if (n.columns[i].root == nest_root(pf->fn, &pf->fn->addrs[a->addr]))
      return true;
  return false;
}

static bool conflicts(const IrProgram *p, PgFunc func, const IrAccess *a, uint32_t loop,
                      Report *r) {
  const PgFunction *pf = pg_func(p, func);
  const IrAccessInLoop *in = &a->in;
  const Machine *m = r->machine;
  uint64_t trips = nest_trips(pf->an, loop);
  if (a->loop != loop || pf->an->cold[a->block] || in->cls != IR_AC_STRIDED || in->wraps)
    return false;
  uint64_t step = nest_step(in), sets = sets_used(step, m);
  uint64_t array = nest_array_bytes(pf, &pf->fn->addrs[a->addr]);
  if (sets * PART > machine_l1_sets(m))
    return false;
  if (trips && (trips <= sets * m->l1_ways || trips * m->line > m->l3))
    return false;
  if (array && array / step <= sets * m->l1_ways)
    return false;
  return comes_back(pf->an, a, loop) && !mended_by_exchange(p, func, a, loop, r);
}

static void report(const IrProgram *p, PgFunc func, const IrAccess *a, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  const char *what = text_of_addr(r, pf, &pf->fn->addrs[a->addr]);
  IrLoc at = place_of(pf->fn, a->insn);
  uint64_t step = nest_step(&a->in), trips = nest_trips(pf->an, a->loop);
  unsigned used = (unsigned)sets_used(step, r->machine), sets = machine_l1_sets(r->machine);
  unsigned lines = used * r->machine->l1_ways;
  Finding *f = report_add(r, pf->unit, place_of_loop(pf->an, a->loop));
  finding_in_loop(f, p, func, a->loop);
  f->message = report_format(r,
                             "each iteration moves %s %llu bytes on: all its lines fall into %u of "
                             "%u sets of the cache, which hold %u of them%s",
                             what, (unsigned long long)step, used, sets, lines,
                             trips ? report_format(r, " of %llu", (unsigned long long)trips) : "");
  f->help = report_format(r,
                          "make the rows a line longer (%llu bytes), or work in blocks of at "
                          "most %u rows",
                          (unsigned long long)step + CACHE_LINE, lines);
  finding_place(r, f, pf->unit, at, "%s moves %llu bytes per iteration", what,
                (unsigned long long)step);
  finding_site(f, pf->unit, at, func, false);
  finding_fact(f, "stride", (double)step, "bytes");
  finding_fact(f, "sets used", used, "sets");
  finding_fact(f, "sets", sets, "sets");
  if (trips)
    finding_fact(f, "lines wanted", (double)trips, "lines");
  f->cost = COST_CACHE_LINE;
  f->witness = WITNESS_ACCESS;
  f->show = trips ? SHOW_LISTED : SHOW_LOW;
  f->severity = f->cold || !trips ? SEVERITY_LOW : SEVERITY_MEDIUM;
  double again = (double)pf->fn->addrs[a->addr].size / CACHE_LINE;
  f->saving = again < 1 ? 1 - again : 0;
  f->saving_why = report_format(r,
                                "a line is fetched for each access instead of once for its %d "
                                "bytes: %.0f%% of the fetches",
                                CACHE_LINE, 100 * f->saving);
  f->anchor = what;
}

static void check_loop(const IrProgram *p, PgFunc func, uint32_t loop, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  for (uint32_t i = 0; i < pf->an->naccesses; i++)
    if (conflicts(p, func, &pf->an->accesses[i], loop, r)) {
      report(p, func, &pf->an->accesses[i], r);
      return;
    }
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  for (uint32_t loop = 0; loop < pf->an->nloops; loop++)
    if (!pf->an->loops[loop].irreducible && pf->an->loops[loop].parent != IR_NONE)
      check_loop(p, func, loop, r);
}

const Rule rule_HP307 = {
    .id = "HP307",
    .name = "conflict-stride",
    .summary = "a stride of a large power of two makes lines compete for few places in the cache",
    .check_function = check,
    .page = page_HP307,
};
