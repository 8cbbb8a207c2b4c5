/* HP303 indirect-access: a loop reads or writes a table at indices that it loads from elsewhere. In
 * a table that is larger than the caches each access is a miss that no prefetcher foresees. */
#include "rules/HP303/rule_order.h"

#include "rules/cycles.h"
#include "rules/heat.h"
#include "rules/nest.h"
#include "rules/touch.h"

extern const char page_HP303[];

enum { FEW_TRIPS = 64 };
/* Values of an index that is not bounded; two such counts can be multiplied. */
static const uint64_t MANY = (uint64_t)1 << 31;

/* The operand that picks the element, and bytes per step of it. */
typedef struct Index {
  IrRef ref;
  uint32_t scale;
} Index;

/* In `t[i].f[k]` the address is made in two: the index that varies is the one that was loaded. */
static Index index_of(const PgFunction *pf, const IrAddr *addr, uint32_t loop) {
  const IrInsn *base = ir_def(pf->fn, addr->base);
  if (ir_is(base, IR_ADDR) && !ir_loop_invariant(pf->an, loop, addr->base) &&
      ir_ref_kind(pf->fn->addrs[base->aux].index) != IR_REF_NONE)
    addr = &pf->fn->addrs[base->aux];
  return (Index){addr->index, addr->scale};
}

static uint64_t range_count(const IrAnalysis *an, IrBlockId block, IrRef ref) {
  IrRange r = ir_range_at(an, block, ref);
  bool known = r.low > -INT32_MAX && r.high < INT32_MAX && r.high >= r.low;
  return known ? (uint64_t)(r.high - r.low) + 1 : MANY;
}

/* How many values the index can have while the loop runs, MANY if that is not known: by its range,
 * or by what it is computed from. */
static uint64_t distinct(const IrAnalysis *an, uint32_t loop, IrBlockId block, IrRef ref,
                         unsigned depth) {
  const IrInsn *in = ir_def(an->fn, ref);
  if (!in || ir_loop_invariant(an, loop, ref))
    return 1;
  uint64_t count = range_count(an, block, ref), all = 1;
  if (!depth || (in->op != IR_CONV && (in->op < IR_ADD || in->op > IR_NOT)))
    return count;
  for (uint32_t i = 0; i < in->nargs && all < MANY; i++)
    all *= distinct(an, loop, block, ir_arg(an->fn, in, i), depth - 1);
  return all < count ? all : count;
}

/* The most bytes that the accesses can fetch: all of the table as it is declared or as far as the
 * index can reach, or a line for each value that the index can have; 0 when not known. */
static uint64_t table_bytes(const PgFunction *pf, const IrAccess *access, uint32_t loop) {
  const IrAddr *addr = &pf->fn->addrs[access->addr];
  Index index = index_of(pf, addr, loop);
  uint64_t least = UINT64_MAX, declared = nest_array_bytes(pf, addr);
  if (declared)
    least = declared;
  if (ir_ref_kind(index.ref) != IR_REF_NONE && index.scale) {
    uint64_t reach = range_count(pf->an, access->block, index.ref);
    uint64_t values = distinct(pf->an, loop, access->block, index.ref, 6);
    if (reach < MANY && reach * index.scale < least)
      least = reach * index.scale;
    uint64_t each = index.scale > CACHE_LINE ? index.scale : CACHE_LINE;
    if (values < MANY && values * each < least)
      least = values * each;
  }
  return least == UINT64_MAX ? 0 : least;
}

/* Elements of one loop that is nothing but a chase belong to HP101. The index must be loaded in
 * each iteration, from an array in order; pointers are HP102's. */
static bool is_gather(const PgFunction *pf, const IrAccess *a, uint32_t loop) {
  const IrAnalysis *an = pf->an;
  if (a->loop != loop || an->cold[a->block] || a->in.cls != IR_AC_INDIRECT ||
      a->in.phi != IR_NONE || a->in.via == IR_NONE)
    return false;
  const IrAddr *from = ir_addr_of(pf->fn, &pf->fn->insns[a->in.via]);
  IrAccessInLoop in = ir_addr_in(an, from, loop);
  return in.cls == IR_AC_UNIT || in.cls == IR_AC_STRIDED;
}

/* In order of the table a line serves all accesses to it at once, if there are enough of them. */
static void tell_model(Finding *f, Report *r, double bytes, double trips) {
  double lines = trips > 0 ? bytes / CACHE_LINE / trips : 0.25;
  double random = cycles_random(r->machine, bytes);
  double now = 1 + random;
  double then = 1 + (lines < 1 ? lines * cycles_line(r->machine, bytes) : random);
  f->saving = cycles_saving(now, then);
  f->saving_why = report_format(r,
                                "about %.1f cycles an access; in order of the table a line is "
                                "fetched for %.1f accesses, which makes it %.1f",
                                now, lines < 1 ? 1 / lines : 1, then);
}

static void report(const IrProgram *p, PgFunc func, uint32_t loop, const IrAccess *a,
                   uint64_t bytes, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  const IrAddr *addr = &pf->fn->addrs[a->addr];
  IrLoc at = place_of(pf->fn, a->insn), via = place_of(pf->fn, a->in.via);
  const char *what = text_of_addr(r, pf, addr);
  const char *source = text_of_addr(r, pf, ir_addr_of(pf->fn, &pf->fn->insns[a->in.via]));
  const char *size = bytes ? report_format(r, "of up to %s", nest_size_text(r, (double)bytes))
                           : "of a size that is not known";
  Finding *f = report_add(r, pf->unit, at);
  finding_in_loop(f, p, func, loop);
  f->message = report_format(r,
                             "each iteration %s %s at an index that it loads from %s: a jump to "
                             "anywhere in a table %s",
                             a->write ? "writes" : "reads", what, source, size);
  f->help = "sort the indices, or work through the table in blocks that stay in the cache, so "
            "that accesses near each other come one after the other";
  finding_place(r, f, pf->unit, via, "the index is loaded here");
  finding_site(f, pf->unit, at, func, false);
  finding_fact_text(f, "index source", source);
  if (bytes)
    finding_fact(f, "table size", (double)bytes, "bytes");
  else
    finding_fact_text(f, "table size", "unknown");
  f->cost = COST_DEPENDENT_MISS;
  f->witness = WITNESS_ACCESS;
  f->show = bytes ? SHOW_LISTED : SHOW_LOW;
  f->confidence = bytes ? CONFIDENCE_HIGH : CONFIDENCE_LOW;
  f->severity = f->cold || !bytes ? SEVERITY_LOW : SEVERITY_MEDIUM;
  tell_model(f, r, (double)bytes, (double)nest_trips(pf->an, loop));
  f->anchor = what;
}

static void check_loop(const IrProgram *p, PgFunc func, uint32_t loop, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  uint64_t trips = nest_trips(pf->an, loop);
  if (pf->an->loops[loop].irreducible || (trips && trips <= FEW_TRIPS))
    return;
  for (uint32_t i = 0; i < pf->an->naccesses; i++) {
    const IrAccess *a = &pf->an->accesses[i];
    if (!is_gather(pf, a, loop) || order_ascends(p, pf, a))
      continue;
    uint64_t bytes = table_bytes(pf, a, loop);
    uint64_t handed = pg_most_bytes(p, func, pf->fn->addrs[a->addr].base);
    if ((bytes && bytes <= r->machine->l2) || (handed && handed <= r->machine->l2))
      continue;
    if (!nest_array_bytes(pf, &pf->fn->addrs[a->addr]))
      bytes = 0; /* what the index could reach is no size */
    if (heat_loop_calls_much(p, pf, loop) || heat_has_inner_loops(pf->an, loop))
      return;
    report(p, func, loop, a, bytes, r);
    return;
  }
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  for (uint32_t loop = 0; loop < pf->an->nloops; loop++)
    check_loop(p, func, loop, r);
}

const Rule rule_HP303 = {
    .id = "HP303",
    .name = "indirect-access",
    .summary = "a loop jumps about in a large table by indices that it loads",
    .check_function = check,
    .page = page_HP303,
};
