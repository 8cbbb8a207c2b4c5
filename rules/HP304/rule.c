/* HP304 untiled-reuse: a loop nest comes back to the same data in each iteration of an outer loop,
 * but touches so much in between that it has left the cache by then (Wolf and Lam, "A Data Locality
 * Optimizing Algorithm", PLDI 1991). Where the loops may change places, the nest can work in blocks
 * that fit. */
#include "ir/interchange.h"
#include "rules/heat.h"
#include "rules/nest.h"
#include "rules/touch.h"

#include <math.h>

extern const char page_HP304[];

enum { MAX_UP = 3, SHARE = 4 /* what is reused must be this part of what is touched */ };
enum { LEAST_BLOCK = 4, MOST_BLOCK = 64 /* iterations of an outer loop */ };
enum { LEAST_BYTES = 1 /* that are fetched again, for each iteration of the innermost loop */ };

/* One object in the nest, for one outer loop. */
typedef struct Reuse {
  const IrAccess *access; /* of the object that most is reused of */
  uint32_t inner, outer;
  bool known, bounded;   /* the footprint is; it is at most that */
  bool by_lines;         /* neighbours are reused, not the elements themselves */
  double footprint;      /* bytes that one iteration of the outer loop touches */
  double reused;         /* of those, what the next one touches again */
  uint32_t streams;      /* objects */
  uint32_t dims;         /* loops that the reused one moves with */
  uint32_t passing;      /* accesses that move with the outer and the innermost loop */
  bool sinks;            /* blocks of the outer loop alone do, just around the innermost one */
  const char *condition; /* of working in blocks; NULL */
} Reuse;

/* What one access touches in one iteration of `outer`. */
typedef struct Walk {
  double bytes;
  uint32_t dims;
  bool known, moves, columns;
} Walk;

static bool moves_by_neighbours(const IrAccessInLoop *in) {
  return (in->cls == IR_AC_UNIT || in->cls == IR_AC_STRIDED) && nest_step(in) < CACHE_LINE;
}

static Walk walk_of(const PgFunction *pf, const IrAccess *a, uint32_t inner, uint32_t outer) {
  const IrAddr *addr = &pf->fn->addrs[a->addr];
  Walk w = {.known = true, .columns = true};
  double trips = 1, step = CACHE_LINE;
  for (uint32_t l = inner; l != outer; l = pf->an->loops[l].parent) {
    IrAccessInLoop in = ir_access_in(pf->an, a, l);
    uint64_t count = nest_trips(pf->an, l);
    if (in.cls == IR_AC_INVARIANT)
      continue;
    w.moves = true;
    w.dims++;
    w.known = w.known && count;
    trips *= (double)count;
    if (moves_by_neighbours(&in)) {
      w.columns = false;
      step = (double)nest_step(&in);
    }
  }
  uint64_t array = nest_array_bytes(pf, addr);
  w.bytes = trips * step;
  if (array && (!w.known || w.bytes > (double)array))
    w.bytes = (double)array;
  return w;
}

/* Does the next iteration of `outer` touch the same again, or its neighbours on the same lines? */
static bool comes_again(const PgFunction *pf, const IrAccess *a, uint32_t outer, const Walk *w) {
  IrAccessInLoop in = ir_access_in(pf->an, a, outer);
  if (!w->moves)
    return false;
  if (in.cls == IR_AC_INVARIANT)
    return true;
  return w->columns && (in.cls == IR_AC_UNIT || in.cls == IR_AC_STRIDED) && !in.wraps &&
         nest_step(&in) * 2 <= CACHE_LINE;
}

/* Evenly with all loops: no jumps, no searches. */
static bool moves_evenly(const PgFunction *pf, const IrAccess *a, uint32_t inner, uint32_t outer) {
  for (uint32_t l = inner;; l = pf->an->loops[l].parent) {
    IrAccessClass cls = ir_access_in(pf->an, a, l).cls;
    if (cls == IR_AC_UNKNOWN || cls == IR_AC_CHASED || cls == IR_AC_INDIRECT)
      return false;
    if (l == outer)
      return true;
  }
}

static bool seen_before(const PgFunction *pf, uint32_t number, uint32_t inner) {
  const IrAnalysis *an = pf->an;
  const IrAccess *a = &an->accesses[number];
  for (uint32_t i = 0; i < number; i++)
    if (ir_loop_contains(an, inner, an->accesses[i].block) &&
        nest_root(pf->fn, &pf->fn->addrs[an->accesses[i].addr]) ==
            nest_root(pf->fn, &pf->fn->addrs[a->addr]) &&
        ir_access_in(an, &an->accesses[i], inner).cls == ir_access_in(an, a, inner).cls)
      return true;
  return false;
}

/* The table of pointers that rows are reached through is small beside them. */
static bool is_row_table(const PgFunction *pf, const IrAccess *a) {
  const IrInsn *in = &pf->fn->insns[a->insn];
  return in->op == IR_LOAD && pf->unit->types[in->type].kind == IR_T_PTR;
}

/* What is loaded there is also stored there, in the same iteration. */
static bool is_stored(const PgFunction *pf, const IrAccess *a, uint32_t inner) {
  const IrAnalysis *an = pf->an;
  const IrAddr *addr = &pf->fn->addrs[a->addr];
  for (uint32_t i = 0; i < an->naccesses; i++) {
    const IrAccess *other = &an->accesses[i];
    const IrAddr *to = &pf->fn->addrs[other->addr];
    if (pf->fn->insns[other->insn].op == IR_STORE && ir_loop_contains(an, inner, other->block) &&
        nest_root(pf->fn, to) == nest_root(pf->fn, addr) && to->offset == addr->offset &&
        ir_access_in(an, other, inner).cls == ir_access_in(an, a, inner).cls)
      return true;
  }
  return false;
}

static bool measure(const PgFunction *pf, Reuse *u) {
  const IrAnalysis *an = pf->an;
  double most = 0;
  u->known = u->bounded = true;
  for (uint32_t i = 0; i < an->naccesses; i++) {
    const IrAccess *a = &an->accesses[i];
    if (!ir_loop_contains(an, u->inner, a->block) || an->cold[a->block] || is_row_table(pf, a) ||
        seen_before(pf, i, u->inner))
      continue;
    if (!moves_evenly(pf, a, u->inner, u->outer))
      return false;
    Walk w = walk_of(pf, a, u->inner, u->outer);
    if (!w.moves)
      continue;
    bool again = comes_again(pf, a, u->outer, &w);
    u->known = u->known && w.known;
    u->bounded = u->bounded && (w.known || w.bytes > 0);
    u->footprint += w.bytes;
    u->streams++;
    u->passing += ir_access_in(an, a, u->outer).cls != IR_AC_INVARIANT &&
                  ir_access_in(an, a, u->inner).cls != IR_AC_INVARIANT;
    if (!again)
      continue;
    u->reused += w.bytes;
    bool by_lines = ir_access_in(an, a, u->outer).cls != IR_AC_INVARIANT;
    bool closer = w.bytes == most && u->by_lines && !by_lines; /* of unknown sizes */
    if (!u->access || w.bytes > most || closer) {
      u->access = a;
      u->dims = w.dims;
      u->by_lines = by_lines;
      most = w.bytes;
    }
  }
  return u->access != NULL;
}

/* Exchanging the loops (HP301) mends neighbours that are come back to too late. */
static bool mended_by_exchange(const IrProgram *p, PgFunc func, const Reuse *u, Report *r) {
  NestExchange n;
  if (!u->by_lines || !nest_exchange(p, func, u->inner, r->machine, r->arena, &n))
    return false;
  for (uint32_t i = 0; i < n.ncolumns; i++)
    if (n.columns[i].access == u->access)
      return true;
  return false;
}

/* ---- reporting ------------------------------------------------------------------------------- */

/* Iterations of a block, a power of two: its part of all arrays fits half of the first cache. */
static uint64_t tile_of(const PgFunction *pf, const Reuse *u, const Machine *m) {
  double each = (double)pf->fn->addrs[u->access->addr].size * u->streams, size = 4;
  double room = (double)m->l1 / 2;
  if (u->by_lines && u->dims < 2)
    return CACHE_LINE / 2;
  while ((u->dims < 2 ? size * 2 * each : size * size * 4 * each) <= room && size < 1 << 20)
    size *= 2;
  return (uint64_t)size;
}

static double last_cache(const Machine *m) {
  return (double)(m->l3 ? m->l3 : m->l2);
}

/* Of the outer loop alone, where rows come back: while one row is gone over that often, what passes
 * by it fits half of the second-level cache. Rows of unknown length are those of a square that the
 * last cache just holds. */
static uint64_t block_of(const PgFunction *pf, const Reuse *u, const Machine *m) {
  double each = (double)pf->fn->addrs[u->access->addr].size;
  double trips = (double)nest_trips(pf->an, u->inner);
  double row = trips > 0 ? trips * each : sqrt(last_cache(m) * each);
  double rows = u->passing ? (double)m->l2 / 2 / (row * u->passing) : MOST_BLOCK;
  uint64_t block = LEAST_BLOCK;
  while ((double)block * 2 <= rows && block < MOST_BLOCK)
    block *= 2;
  return block;
}

static const char *help_text(const PgFunction *pf, const Reuse *u, const char *what, Report *r) {
  const char *provided = u->condition ? ", provided that " : "";
  const char *condition = u->condition ? u->condition : "";
  if (!u->sinks)
    return report_format(r,
                         "work in blocks of about %llu iterations, so that %s is used again while "
                         "it is in the cache%s%s",
                         (unsigned long long)tile_of(pf, u, r->machine), what, provided, condition);
  unsigned long long block = block_of(pf, u, r->machine);
  return report_format(r,
                       "take %llu iterations of the loop at line %u at a time, inside of the loop "
                       "at line %u: a row of %s is then used %llu times while it is in the "
                       "cache%s%s",
                       block, place_of_loop(pf->an, u->outer).line,
                       place_of_loop(pf->an, pf->an->loops[u->inner].parent).line, what, block,
                       provided, condition);
}

static void tell(const IrProgram *p, PgFunc func, const Reuse *u, Report *r, Finding *f) {
  const PgFunction *pf = pg_func(p, func);
  IrLoc at = place_of(pf->fn, u->access->insn);
  finding_place(r, f, pf->unit, place_of_loop(pf->an, u->outer),
                u->by_lines ? "each iteration of this loop uses the neighbours of what the one "
                              "before used"
                            : "each iteration of this loop uses the same elements again");
  finding_place(r, f, pf->unit, at, "%s is fetched again each time",
                text_of_addr(r, pf, &pf->fn->addrs[u->access->addr]));
  finding_site(f, pf->unit, at, func, false);
  if (u->known) {
    finding_fact(f, "footprint", u->footprint, "bytes");
    finding_fact(f, "reused", u->reused, "bytes");
  } else {
    finding_fact_text(f, "footprint", "unknown");
  }
  if (!u->known)
    finding_fact_text(f, "pays from",
                      report_format(r, "more than the last-level cache holds, at least %s",
                                    nest_size_text(r, last_cache(r->machine))));
  uint64_t block = u->sinks ? block_of(pf, u, r->machine) : tile_of(pf, u, r->machine);
  finding_fact(f, "tile", (double)block, "iterations");
}

static void report(const IrProgram *p, PgFunc func, const Reuse *u, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  const char *what = text_of_addr(r, pf, &pf->fn->addrs[u->access->addr]);
  unsigned outer = place_of_loop(pf->an, u->outer).line;
  Finding *f = report_add(r, pf->unit, place_of_loop(pf->an, u->inner));
  finding_in_loop(f, p, func, u->inner);
  const char *much = u->known ? nest_size_text(r, u->footprint) : "an unknown number of bytes";
  f->message =
      report_format(r,
                    "each iteration of the loop at line %u comes back to %s%s after %s: "
                    "%s",
                    outer, u->by_lines ? "the lines of " : "", what, much,
                    u->known ? "more than the second-level cache holds"
                             : "if that is more than the cache holds, it is fetched again");
  tell(p, func, u, r, f);
  f->help = help_text(pf, u, what, r);
  if (u->condition)
    finding_fact_text(f, "condition", u->condition);
  f->cost = COST_CACHE_LINE;
  f->witness = WITNESS_LOOP;
  f->confidence = u->known && !u->condition ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM;
  bool likely = u->known || (u->dims > 1 && !u->by_lines && is_stored(pf, u->access, u->inner));
  f->show = likely ? SHOW_LISTED : SHOW_LOW;
  f->severity = f->cold || !likely ? SEVERITY_LOW : SEVERITY_MEDIUM;
  double part = u->known && u->footprint > 0 ? u->reused / u->footprint : 0.5;
  f->saving = part * 0.5;
  f->saving_why = report_format(r,
                                "%.0f%% of what is fetched would stay in the cache; memory is "
                                "taken for half of the time",
                                100 * part);
  f->anchor = what;
}

/* ---- nests ----------------------------------------------------------------------------------- */

/* A row of unknown length fits in most programs; a matrix of unknown sizes often does not. Where a
 * loop in between uses it again, too, the nest works in blocks already. */
static bool is_worth_it(const PgFunction *pf, const Reuse *u, const Machine *m) {
  uint32_t depth = pf->an->loops[u->inner].depth - pf->an->loops[u->outer].depth;
  if (!u->known)
    return u->dims > 1 && u->dims == depth && !(u->bounded && u->footprint <= (double)m->l2);
  double iterations = 1;
  for (uint32_t l = u->inner; l != u->outer; l = pf->an->loops[l].parent)
    iterations *= (double)nest_trips(pf->an, l);
  return u->footprint > (double)m->l2 && u->reused * SHARE >= u->footprint &&
         u->reused >= iterations * LEAST_BYTES;
}

/* Rows that the loops inside of the outer one go over: its blocks may go over one at a time. */
static bool may_block(const IrAnalysis *an, Reuse *u, HpArena *arena) {
  IrAccessInLoop in = ir_access_in(an, u->access, u->inner);
  bool rows = u->dims > 1 && !u->by_lines && an->loops[u->inner].parent != u->outer &&
              moves_by_neighbours(&in);
  u->sinks = rows && nest_may_sink(an, u->outer, u->inner, arena, &u->condition);
  return u->sinks || nest_may_exchange(an, u->outer, u->inner, arena, &u->condition);
}

/* From the inside outwards: the first loop whose reuse comes too late for sure, else the first for
 * which it may. */
static void check_nest(const IrProgram *p, PgFunc func, uint32_t inner, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  const IrAnalysis *an = pf->an;
  Reuse best = {.access = NULL};
  uint32_t outer = an->loops[inner].parent;
  for (uint32_t up = 0; outer != IR_NONE && up < MAX_UP; outer = an->loops[outer].parent, up++) {
    if (an->loops[outer].irreducible)
      break;
    if (pg_most_trips(p, func, outer) <= NEST_FEW_TRIPS)
      continue;
    Reuse u = {.inner = inner, .outer = outer};
    if (!measure(pf, &u) || !is_worth_it(pf, &u, r->machine) || (best.access && !u.known) ||
        !may_block(an, &u, r->arena) || mended_by_exchange(p, func, &u, r))
      continue;
    best = u;
    if (u.known)
      break;
  }
  if (best.access)
    report(p, func, &best, r);
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  for (uint32_t loop = 0; loop < pf->an->nloops; loop++)
    if (!pf->an->loops[loop].irreducible && pf->an->loops[loop].parent != IR_NONE &&
        nest_is_innermost(pf->an, loop))
      check_nest(p, func, loop, r);
}

const Rule rule_HP304 = {
    .id = "HP304",
    .name = "untiled-reuse",
    .summary = "a loop nest comes back to its data only after more than the cache holds",
    .check_function = check,
    .page = page_HP304,
};
