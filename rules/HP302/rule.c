/* HP302 large-stride: a loop that moves through an array by half a cache line or more in each
 * iteration, uses little of each line, and has no loop around it that would come back for the rest.
 *
 * Columns of a matrix belong to HP301 (the loops may be exchanged), HP304 and HP307; arrays of
 * records to HP105. */
#include "rules/cycles.h"
#include "rules/heat.h"
#include "rules/nest.h"
#include "rules/touch.h"

extern const char page_HP302[];

enum { LARGE = CACHE_LINE / 2, FEW_TRIPS = 16, MAX_GROUPS = 8 };

/* Accesses to one object that move alike. */
typedef struct Group {
  const IrAccess *first;
  IrRef root;
  IrAccessInLoop in;
  Touch touch; /* within a step */
} Group;

static bool is_large(const IrAccessInLoop *in) {
  return in->cls == IR_AC_STRIDED && !in->wraps && nest_step(in) >= LARGE;
}

/* The step is a record's size: an array of records. */
static bool walks_records(const PgFunction *pf, const IrAddr *addr, uint64_t step) {
  IrRecordId record = record_of_addr(pf->unit, pf->fn, addr);
  uint64_t size = record == IR_NONE ? 0 : pf->unit->records[record].size;
  return addr->nhops || (size && step % size == 0);
}

/* A loop around it moves by less than a line and so uses the rest of the lines, or moves by what is
 * not known. */
static bool comes_back(const IrAnalysis *an, const IrAccess *access, uint32_t loop) {
  for (uint32_t l = an->loops[loop].parent; l != IR_NONE; l = an->loops[l].parent) {
    IrAccessInLoop in = ir_access_in(an, access, l);
    if (in.cls == IR_AC_INVARIANT)
      continue;
    if ((in.cls != IR_AC_STRIDED && in.cls != IR_AC_UNIT && in.cls != IR_AC_POINTER) ||
        (in.cls != IR_AC_POINTER && nest_step(&in) < CACHE_LINE))
      return true;
  }
  return false;
}

/* Loops inside of it that move through the same object: they may read the rest. */
static bool moves_inside(const IrAnalysis *an, const IrAccess *access, uint32_t loop) {
  return access->loop != loop && access->loop != IR_NONE &&
         ir_access_in(an, access, access->loop).cls != IR_AC_INVARIANT;
}

/* The constant part of the index: 3 elements in a[i + 3]. */
static int64_t constant_index(const IrFunction *fn, const IrAddr *addr) {
  int64_t sum = 0, c;
  IrRef ref = addr->index;
  for (const IrInsn *in; (in = ir_def(fn, ref)); ref = ir_arg(fn, in, 0)) {
    if (ir_is(in, IR_ADD) && ir_const_int(fn, ir_arg(fn, in, 1), &c))
      sum = offset_plus(sum, c);
    else if (!ir_is(in, IR_CONV))
      break;
  }
  return offset_scaled(sum, addr->scale);
}

static uint32_t find_groups(const PgFunction *pf, uint32_t loop, Group *groups) {
  const IrAnalysis *an = pf->an;
  uint32_t n = 0;
  for (uint32_t i = 0; i < an->naccesses; i++) {
    const IrAccess *a = &an->accesses[i];
    if (!ir_loop_contains(an, loop, a->block) || an->cold[a->block])
      continue;
    const IrAddr *addr = &pf->fn->addrs[a->addr];
    IrAccessInLoop in = ir_access_in(an, a, loop);
    if (!is_large(&in))
      continue;
    Origin o = touch_origin_of(pf->fn, addr);
    uint32_t k = 0;
    while (k < n && (groups[k].root != nest_root(pf->fn, addr) ||
                     nest_step(&groups[k].in) != nest_step(&in)))
      k++;
    if (k == MAX_GROUPS)
      continue;
    if (k == n)
      groups[n++] = (Group){.first = a, .root = nest_root(pf->fn, addr), .in = in};
    int64_t step = (int64_t)nest_step(&in);
    int64_t low = (offset_plus(o.offset, constant_index(pf->fn, addr)) % step + step) % step;
    touch_add(&groups[k].touch, low, low + (int64_t)addr->size);
    if (moves_inside(an, a, loop) || comes_back(an, a, loop) ||
        walks_records(pf, addr, nest_step(&in)) || addr->size >= LARGE)
      groups[k].touch.open = true;
  }
  return n;
}

/* Other accesses to the same object in the loop, that move in another way, may use the rest. */
static bool is_alone(const PgFunction *pf, uint32_t loop, const Group *g) {
  const IrAnalysis *an = pf->an;
  for (uint32_t i = 0; i < an->naccesses; i++) {
    const IrAccess *a = &an->accesses[i];
    if (!ir_loop_contains(an, loop, a->block) ||
        nest_root(pf->fn, &pf->fn->addrs[a->addr]) != g->root)
      continue;
    IrAccessInLoop in = ir_access_in(an, a, loop);
    if (in.cls != IR_AC_INVARIANT && nest_step(&in) != nest_step(&g->in))
      return false;
  }
  return true;
}

/* Bytes between the first and the last element that the loop meets; 0 when not known. */
static uint64_t walked_bytes(const PgFunction *pf, uint32_t loop, const Group *g) {
  uint64_t trips = nest_trips(pf->an, loop), bytes;
  if (trips)
    return __builtin_mul_overflow(trips, nest_step(&g->in), &bytes) ? UINT64_MAX : bytes;
  return 0;
}

static void report(const IrProgram *p, PgFunc func, uint32_t loop, const Group *g, uint64_t walked,
                   Report *r) {
  const PgFunction *pf = pg_func(p, func);
  const IrAddr *addr = &pf->fn->addrs[g->first->addr];
  IrLoc at = place_of(pf->fn, g->first->insn);
  unsigned long long step = nest_step(&g->in);
  double used = (double)touch_bytes(&g->touch), fetched = touch_fetched(&g->touch, step);
  const char *what = text_of_addr(r, pf, addr);
  Finding *f = report_add(r, pf->unit, place_of_loop(pf->an, loop));
  finding_in_loop(f, p, func, loop);
  f->message = report_format(r,
                             "each iteration moves %llu bytes on through %s and uses %.0f of the "
                             "%.0f bytes of cache lines that it fetches",
                             step, what, used, fetched);
  f->help = report_format(r, "put the elements that this loop uses side by side, in an array of "
                             "their own or by exchanging the dimensions of this one");
  finding_place(r, f, pf->unit, at, "%s moves %llu bytes per iteration", what, step);
  finding_site(f, pf->unit, at, func, false);
  finding_fact(f, "stride", (double)step, "bytes");
  finding_fact(f, "used of each line", 100 * used / fetched, "%");
  if (walked)
    finding_fact(f, "walked over", (double)walked, "bytes");
  else
    f->show = SHOW_LOW;
  f->cost = COST_CACHE_LINE;
  f->witness = WITNESS_ACCESS;
  f->severity = f->cold ? SEVERITY_LOW : SEVERITY_MEDIUM;
  double packed = (double)walked * used / (double)step;
  double now = 1 + fetched / CACHE_LINE * cycles_line(r->machine, (double)walked);
  double then = cycles_work(used) + used / CACHE_LINE * cycles_line(r->machine, packed);
  f->saving = cycles_saving(now, then);
  f->saving_why = report_format(r,
                                "%.0f bytes per iteration are needed, %.0f are fetched: about %.1f "
                                "cycles an iteration, packed %.1f",
                                used, fetched, now, then);
  f->anchor = what;
}

static void check_loop(const IrProgram *p, PgFunc func, uint32_t loop, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  Group groups[MAX_GROUPS];
  uint64_t trips = nest_trips(pf->an, loop);
  if (pf->an->loops[loop].irreducible || (trips && trips <= FEW_TRIPS) ||
      !nest_is_innermost(pf->an, loop))
    return;
  uint32_t n = find_groups(pf, loop, groups);
  if (!n || heat_loop_calls_much(p, pf, loop))
    return;
  for (uint32_t i = 0; i < n; i++) {
    const Group *g = &groups[i];
    uint64_t walked = walked_bytes(pf, loop, g);
    uint64_t array = nest_array_bytes(pf, &pf->fn->addrs[g->first->addr]);
    if (g->touch.open || (walked && walked <= r->machine->l1) ||
        (array && array <= r->machine->l1) ||
        (double)touch_bytes(&g->touch) * 2 > touch_fetched(&g->touch, nest_step(&g->in)) ||
        !is_alone(pf, loop, g))
      continue;
    report(p, func, loop, g, walked, r);
    return;
  }
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  for (uint32_t loop = 0; loop < pf->an->nloops; loop++)
    check_loop(p, func, loop, r);
}

const Rule rule_HP302 = {
    .id = "HP302",
    .name = "large-stride",
    .summary = "a loop uses a small part of each cache line of an array, and nothing the rest",
    .check_function = check,
    .page = page_HP302,
};
