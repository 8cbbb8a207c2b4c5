/* HP301 column-order: the inner loop of a nest steps by whole rows while an outer loop would step
 * by single elements, and the two may be exchanged.
 *
 * The measure is Carr, McKinley and Tseng's ("Compiler Optimizations for Improving Data Locality",
 * ASPLOS 1994): for each loop of the nest, the cache lines that an iteration brings in were that
 * loop the innermost one. A transpose costs the same both ways and stays silent by itself. */
#include "rules/rule.h"
#include "ir/depend.h"
#include "rules/heat.h"
#include "rules/touch.h"

#include <stdlib.h>
#include <string.h>

extern const char page_HP301[];

enum {
  L1_BYTES = 32 * 1024,
  FEW_ROWS = 16, /* streams that caches and prefetchers keep up with */
  FEW_TRIPS = 2,
  SMALL_INNER = 8,
  MAX_STREAMS = 24,
  MAX_COLUMNS = 4,
};
static const double WORTH_IT = 0.5; /* lines after, as a share of lines now */

/* Accesses of the nest that move alike: the same object with the same strides. */
typedef struct Stream {
  const IrAccess *access;
  IrRef root;
  IrAccessInLoop inner, outer;
} Stream;

typedef struct Nest {
  const IrProgram *p;
  const PgFunction *pf;
  PgFunc func;
  uint32_t inner, outer;
  Stream streams[MAX_STREAMS];
  uint32_t count;
  double now, then;      /* cache lines per iteration */
  const char *condition; /* of the exchange, NULL when it is legal as it stands; arena */
} Nest;

static uint64_t magnitude(int64_t v) {
  return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

/* Cache lines that an iteration of the loop brings in. */
static double lines_of(const IrAccessInLoop *in) {
  switch (in->cls) {
  case IR_AC_INVARIANT:
    return 0;
  case IR_AC_UNIT:
  case IR_AC_STRIDED:
    return magnitude(in->stride) >= CACHE_LINE ? 1 : (double)magnitude(in->stride) / CACHE_LINE;
  case IR_AC_SYMBOLIC:
  case IR_AC_INDIRECT:
  case IR_AC_POINTER:
  case IR_AC_CHASED:
  case IR_AC_UNKNOWN:
    break;
  }
  return 1;
}

/* ---- streams --------------------------------------------------------------------------------- */

static bool same_move(const IrAccessInLoop *a, const IrAccessInLoop *b) {
  return a->cls == b->cls && a->stride == b->stride && a->step_ref == b->step_ref;
}

static bool is_known_stream(const Nest *n, const Stream *s) {
  for (uint32_t i = 0; i < n->count; i++)
    if (n->streams[i].root == s->root && same_move(&n->streams[i].inner, &s->inner) &&
        same_move(&n->streams[i].outer, &s->outer))
      return true;
  return false;
}

/* The table of row pointers stands for the rows themselves. */
static IrRef stream_root(const IrFunction *fn, const IrAddr *addr) {
  IrRef root = ir_addr_root(fn, addr->base);
  const IrInsn *in = ir_def(fn, root);
  return ir_is(in, IR_LOAD) ? ir_addr_root(fn, fn->addrs[in->aux].base) : root;
}

static void find_streams(Nest *n) {
  const IrAnalysis *an = n->pf->an;
  n->count = 0;
  n->now = n->then = 0;
  for (uint32_t i = 0; i < an->naccesses && n->count < MAX_STREAMS; i++) {
    const IrAccess *access = &an->accesses[i];
    if (!ir_loop_contains(an, n->inner, access->block) || an->cold[access->block])
      continue;
    Stream s = {.access = access,
                .root = stream_root(n->pf->fn, &n->pf->fn->addrs[access->addr]),
                .inner = ir_access_in(an, access, n->inner),
                .outer = ir_access_in(an, access, n->outer)};
    if (is_known_stream(n, &s))
      continue;
    n->streams[n->count++] = s;
    n->now += lines_of(&s.inner);
    n->then += lines_of(&s.outer);
  }
}

/* Everything that the nest touches of this array stays in the first-level cache. */
static bool stays_in_cache(const Nest *n, const Stream *s) {
  const IrLoop *inner = &n->pf->an->loops[n->inner], *outer = &n->pf->an->loops[n->outer];
  const IrAddr *addr = &n->pf->fn->addrs[s->access->addr];
  uint64_t object = bytes_of_object(n->pf, ir_addr_root(n->pf->fn, addr->base));
  if (object && object <= L1_BYTES)
    return true;
  const IrInsn *base = ir_def(n->pf->fn, addr->base);
  if (s->inner.cls != IR_AC_POINTER && ir_is(base, IR_ADDR)) {
    uint64_t row =
        n->pf->fn->addrs[base->aux].size; /* an array inside a record, seen from outside */
    if (n->pf->fn->addrs[base->aux].nhops && row && row <= L1_BYTES)
      return true;
  }
  if (inner->trip != IR_TRIP_CONST)
    return false;
  if (inner->count <= FEW_ROWS)
    return true;
  return outer->trip == IR_TRIP_CONST && inner->count * outer->count * addr->size <= L1_BYTES;
}

/* Steps by a row in the inner loop, by an element in the outer one. */
static bool is_column(const Nest *n, const Stream *s) {
  if (s->inner.cls == IR_AC_POINTER) { /* rows of their own, reached through a table of pointers */
    IrAccessInLoop table =
        ir_addr_in(n->pf->an, ir_addr_of(n->pf->fn, &n->pf->fn->insns[s->inner.via]), n->inner);
    if (table.cls != IR_AC_UNIT && table.cls != IR_AC_STRIDED)
      return false;
  } else if (s->inner.cls != IR_AC_STRIDED && s->inner.cls != IR_AC_SYMBOLIC) {
    return false;
  }
  if (s->outer.cls != IR_AC_UNIT && s->outer.cls != IR_AC_STRIDED)
    return false;
  return lines_of(&s->inner) >= 1 && magnitude(s->outer.stride) * 2 <= CACHE_LINE &&
         !stays_in_cache(n, s);
}

static uint32_t find_columns(const Nest *n, const Stream *columns[MAX_COLUMNS]) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < n->count && count < MAX_COLUMNS; i++)
    if (is_column(n, &n->streams[i]))
      columns[count++] = &n->streams[i];
  return count;
}

/* ---- reporting ------------------------------------------------------------------------------- */

static const char *stride_text(const Nest *n, const Stream *s, Report *r) {
  if (s->inner.cls == IR_AC_POINTER)
    return "to another row";
  if (s->inner.cls == IR_AC_STRIDED)
    return report_format(r, "%llu bytes", (unsigned long long)magnitude(s->inner.stride));
  if (ir_ref_kind(s->inner.step_ref) == IR_REF_NONE)
    return "a whole row";
  if (magnitude(s->inner.stride) == 1)
    return report_format(r, "%s bytes", text_of_ref(r, n->pf, s->inner.step_ref));
  return report_format(r, "%s * %llu bytes", text_of_ref(r, n->pf, s->inner.step_ref),
                       (unsigned long long)magnitude(s->inner.stride));
}

static void tell_columns(const Nest *n, const Stream *const *columns, uint32_t count, Report *r,
                         Finding *f) {
  const PgFunction *pf = n->pf;
  for (uint32_t i = 0; i < count; i++) {
    const Stream *s = columns[i];
    IrLoc loc = place_of(pf->fn, s->access->insn);
    finding_place(r, f, pf->unit, loc, "%s moves %s per iteration",
                  text_of_addr(r, pf, &pf->fn->addrs[s->access->addr]), stride_text(n, s, r));
    finding_site(f, pf->unit, loc, n->func, false);
  }
  if (columns[0]->inner.cls == IR_AC_STRIDED)
    finding_fact(f, "stride", (double)magnitude(columns[0]->inner.stride), "bytes");
  else
    finding_fact_text(f, "stride", stride_text(n, columns[0], r));
  finding_fact(f, "stride after", (double)magnitude(columns[0]->outer.stride), "bytes");
  finding_fact(f, "lines per iteration now", n->now, "lines");
  finding_fact(f, "lines per iteration after", n->then, "lines");
}

static void report_nest(const Nest *n, const Stream *const *columns, uint32_t count, Report *r) {
  const PgFunction *pf = n->pf;
  IrLoc outer = place_of_loop(pf->an, n->outer);
  const char *what = text_of_addr(r, pf, &pf->fn->addrs[columns[0]->access->addr]);
  unsigned long long step = magnitude(columns[0]->outer.stride);
  Finding *f = report_add(r, pf->unit, place_of_loop(pf->an, n->inner));
  finding_in_loop(f, n->p, n->func, n->inner);
  f->message = report_format(r,
                             "the inner loop moves %s through %s in each iteration, the loop "
                             "around it would move %llu bytes",
                             stride_text(n, columns[0], r), what, step);
  tell_columns(n, columns, count, r, f);
  finding_place(r, f, pf->unit, outer, "this loop moves by neighbours: make it the inner one");
  f->help = n->condition
                ? report_format(r, "exchange this loop with the one at line %u, provided that %s",
                                outer.line, n->condition)
                : report_format(r, "exchange this loop with the one at line %u", outer.line);
  if (n->condition) {
    finding_fact_text(f, "condition", n->condition);
    f->confidence = CONFIDENCE_MEDIUM;
  }
  f->cost = COST_CACHE_LINE;
  f->witness = WITNESS_ACCESS;
  f->severity = f->cold ? SEVERITY_LOW : SEVERITY_MEDIUM;
  f->saving = 1 - n->then / n->now;
  f->saving_why =
      report_format(r, "%.2f cache lines per iteration instead of %.2f", n->then, n->now);
  f->anchor = what;
}

/* ---- nests ----------------------------------------------------------------------------------- */

/* Inner loops of a few constant steps (the channels of a pixel) belong to the body. */
static bool is_innermost(const IrAnalysis *an, uint32_t loop) {
  const IrLoop *l = &an->loops[loop];
  for (uint32_t i = 0; i < l->nchildren; i++) {
    const IrLoop *child = &an->loops[l->children[i]];
    if (child->trip != IR_TRIP_CONST || child->count > SMALL_INNER)
      return false;
  }
  return true;
}

/* May the two loops change places, and on what condition? */
static bool may_exchange(const Nest *n, Report *r, const char **condition) {
  HpBuf text = {0};
  IrInterchange result = ir_can_interchange(n->pf->an, n->outer, n->inner, &text);
  *condition = NULL;
  if (result == IR_INTERCHANGE_CONDITIONAL)
    *condition = hp_arena_strdup(r->arena, hp_buf_text(&text));
  hp_buf_free(&text);
  return result == IR_INTERCHANGE_LEGAL || result == IR_INTERCHANGE_CONDITIONAL;
}

/* The loop around it that would be the best inner one. False when none is worth it or may be. */
static bool best_outer(Nest *n, Report *r) {
  const IrAnalysis *an = n->pf->an;
  Nest best = {.outer = IR_NONE};
  for (uint32_t outer = an->loops[n->inner].parent; outer != IR_NONE;
       outer = an->loops[outer].parent) {
    const IrLoop *l = &an->loops[outer];
    if (l->irreducible || (l->trip == IR_TRIP_CONST && l->count <= FEW_TRIPS))
      continue;
    n->outer = outer;
    find_streams(n);
    const Stream *columns[MAX_COLUMNS];
    if (n->then <= n->now * WORTH_IT && (best.outer == IR_NONE || n->then < best.then) &&
        find_columns(n, columns) && may_exchange(n, r, &n->condition))
      best = *n;
  }
  *n = best;
  return best.outer != IR_NONE;
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  for (uint32_t loop = 0; loop < pf->an->nloops; loop++) {
    Nest n = {.p = p, .pf = pf, .func = func, .inner = loop};
    if (pf->an->loops[loop].irreducible || !is_innermost(pf->an, loop) || !best_outer(&n, r))
      continue;
    const Stream *columns[MAX_COLUMNS];
    uint32_t count = find_columns(&n, columns);
    report_nest(&n, columns, count, r);
  }
}

const Rule rule_HP301 = {
    .id = "HP301",
    .name = "column-order",
    .summary = "the inner loop of a nest steps by rows where another order would step by elements",
    .check_function = check,
    .page = page_HP301,
};
