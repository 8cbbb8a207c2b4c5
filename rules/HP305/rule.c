/* HP305 unfused-passes: two loops one after the other go over the same large arrays in the same
 * way, and one loop could do the work of both. */
#include "ir/fuse.h"
#include "rules/heat.h"
#include "rules/nest.h"
#include "rules/touch.h"

extern const char page_HP305[];

enum { FEW_TRIPS = 64 };

typedef struct Passes {
  uint32_t first, second;
  IrFuse fuse;
  const char *condition; /* NULL: as they stand */
  double twice;          /* bytes per iteration that both touch */
  double bytes;          /* of those, in all; 0 when not known */
} Passes;

/* The loop before it in the same loop. */
static uint32_t loop_before(const IrAnalysis *an, uint32_t second) {
  uint32_t best = IR_NONE;
  for (uint32_t l = 0; l < second; l++)
    if (an->loops[l].parent == an->loops[second].parent &&
        an->loops[l].header < an->loops[second].header)
      best = l;
  return best;
}

static uint64_t all_trips(const IrAnalysis *an, uint32_t loop, uint32_t innermost) {
  uint64_t all = 1;
  for (uint32_t l = innermost;; l = an->loops[l].parent) {
    if (__builtin_mul_overflow(all, nest_trips(an, l), &all))
      return UINT64_MAX;
    if (l == loop)
      return all;
  }
}

/* What one iteration of the innermost loop around the access brings in. */
static double bytes_per_iteration(const IrAccess *a) {
  if (a->loop == IR_NONE || a->in.wraps)
    return 0;
  return nest_lines(&a->in) * CACHE_LINE;
}

/* Does the access move evenly through something that does not fit the cache? */
static bool is_pass(const PgFunction *pf, const IrAccess *a, const Machine *m) {
  uint64_t array = nest_array_bytes(pf, &pf->fn->addrs[a->addr]);
  if (array && array <= m->l1)
    return false;
  return a->in.cls == IR_AC_UNIT || a->in.cls == IR_AC_STRIDED || a->in.cls == IR_AC_SYMBOLIC;
}

/* False when nothing large is gone over twice. */
static bool measure(const PgFunction *pf, Passes *s, const Machine *m) {
  bool known = true;
  for (uint32_t i = 0; i < s->fuse.nshared; i++) {
    const IrAccess *a = s->fuse.shared[i].first, *b = s->fuse.shared[i].second;
    if (!is_pass(pf, a, m) || !is_pass(pf, b, m)) {
      s->fuse.shared[i--] = s->fuse.shared[--s->fuse.nshared];
      continue;
    }
    double each = bytes_per_iteration(b);
    uint64_t trips = all_trips(pf->an, s->second, b->loop);
    known = known && trips;
    s->twice += each;
    s->bytes += each * (double)trips;
  }
  if (!known)
    s->bytes = 0;
  return s->fuse.nshared && (!known || s->bytes > (double)m->l1);
}

static double all_lines(const IrAnalysis *an, uint32_t loop) {
  double bytes = 0;
  for (uint32_t i = 0; i < an->naccesses; i++)
    if (ir_loop_contains(an, loop, an->accesses[i].block))
      bytes += bytes_per_iteration(&an->accesses[i]);
  return bytes;
}

static void report(const IrProgram *p, PgFunc func, const Passes *s, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  const IrFusePair *pair = &s->fuse.shared[0];
  const char *what = text_of_addr(r, pf, &pf->fn->addrs[pair->second->addr]);
  IrLoc before = place_of_loop(pf->an, s->first);
  Finding *f = report_add(r, pf->unit, place_of_loop(pf->an, s->second));
  finding_in_loop(f, p, func, s->second);
  const char *size =
      s->bytes > 0 ? report_format(r, "%s", nest_size_text(r, s->bytes)) : "all of it";
  f->message = report_format(r,
                             "goes over %s again, which the loop at line %u has just gone over in "
                             "the same order: %s is fetched twice, %.0f bytes per iteration",
                             what, before.line, size, s->twice);
  f->help = s->condition ? report_format(r, "do both in one loop, provided that %s", s->condition)
                         : "do both in one loop";
  finding_place(r, f, pf->unit, before, "the first pass");
  for (uint32_t i = 0; i < s->fuse.nshared; i++) {
    IrLoc at = place_of(pf->fn, s->fuse.shared[i].second->insn);
    finding_place(r, f, pf->unit, at, "%s is met again here",
                  text_of_addr(r, pf, &pf->fn->addrs[s->fuse.shared[i].second->addr]));
    finding_site(f, pf->unit, at, func, false);
  }
  finding_fact(f, "fetched twice", s->twice, "bytes per iteration");
  if (s->bytes > 0)
    finding_fact(f, "fetched twice in all", s->bytes, "bytes");
  else
    f->show = SHOW_LOW; /* most arrays of unknown length are short */
  if (s->condition)
    finding_fact_text(f, "condition", s->condition);
  f->confidence = s->condition ? CONFIDENCE_MEDIUM : CONFIDENCE_HIGH;
  f->cost = COST_CACHE_LINE;
  f->witness = WITNESS_LOOP;
  f->severity = f->cold || s->bytes <= 0 ? SEVERITY_LOW : SEVERITY_MEDIUM;
  double all = all_lines(pf->an, s->second);
  f->saving = all > s->twice ? s->twice / all : 1;
  f->saving_why = report_format(r,
                                "the second pass finds %.0f of its %.0f bytes per iteration in "
                                "the cache",
                                s->twice, all > s->twice ? all : s->twice);
  f->anchor = what;
}

static void check_loop(const IrProgram *p, PgFunc func, uint32_t second, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  const IrAnalysis *an = pf->an;
  uint64_t trips = nest_trips(an, second);
  Passes s = {.first = loop_before(an, second), .second = second};
  if (s.first == IR_NONE || (trips && trips <= FEW_TRIPS && nest_is_innermost(an, second)) ||
      an->cold[an->loops[second].header])
    return;
  HpBuf text = {0};
  s.fuse = ir_can_fuse(an, s.first, second, &text);
  if (s.fuse.kind == IR_FUSE_CONDITIONAL)
    s.condition = hp_arena_strdup(r->arena, hp_buf_text(&text));
  hp_buf_free(&text);
  if ((s.fuse.kind == IR_FUSE_LEGAL || s.condition) && measure(pf, &s, r->machine))
    report(p, func, &s, r);
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  for (uint32_t loop = 1; loop < pf->an->nloops; loop++)
    check_loop(p, func, loop, r);
}

const Rule rule_HP305 = {
    .id = "HP305",
    .name = "unfused-passes",
    .summary = "neighbouring loops go over the same large arrays and could be one",
    .check_function = check,
    .page = page_HP305,
};
