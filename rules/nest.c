/* What loop nests bring in, after Carr, McKinley and Tseng ("Compiler Optimizations for Improving
 * Data Locality", ASPLOS 1994): for each loop, the cache lines of an iteration were it the
 * innermost one. */
#include "rules/nest.h"

#include "ir/interchange.h"
#include "rules/touch.h"

#include <stdlib.h>

enum {
  FEW_ROWS = 16, /* streams that caches and prefetchers keep up with */
  SMALL_INNER = 8,
};
static const double WORTH_IT = 0.5; /* lines after, as a share of lines now */

uint64_t nest_step(const IrAccessInLoop *in) {
  return in->stride < 0 ? 0 - (uint64_t)in->stride : (uint64_t)in->stride;
}

double nest_lines(const IrAccessInLoop *in) {
  switch (in->cls) {
  case IR_AC_INVARIANT:
    return 0;
  case IR_AC_UNIT:
  case IR_AC_STRIDED:
    return nest_step(in) >= CACHE_LINE ? 1 : (double)nest_step(in) / CACHE_LINE;
  case IR_AC_SYMBOLIC:
  case IR_AC_INDIRECT:
  case IR_AC_POINTER:
  case IR_AC_CHASED:
  case IR_AC_UNKNOWN:
    break;
  }
  return 1;
}

uint64_t nest_trips(const IrAnalysis *an, uint32_t loop) {
  return an->loops[loop].trip == IR_TRIP_CONST ? an->loops[loop].count : 0;
}

bool nest_is_innermost(const IrAnalysis *an, uint32_t loop) {
  const IrLoop *l = &an->loops[loop];
  for (uint32_t i = 0; i < l->nchildren; i++) {
    uint64_t trips = nest_trips(an, l->children[i]);
    if (!trips || trips > SMALL_INNER)
      return false;
  }
  return true;
}

uint64_t nest_array_bytes(const PgFunction *pf, const IrAddr *addr) {
  uint64_t object = bytes_of_object(pf, ir_addr_root(pf->fn, addr->base));
  const IrInsn *base = ir_def(pf->fn, addr->base);
  if (ir_is(base, IR_ADDR) && pf->fn->addrs[base->aux].nhops && pf->fn->addrs[base->aux].size)
    return pf->fn->addrs[base->aux].size; /* an array inside a record, seen from outside */
  return object;
}

/* ---- streams --------------------------------------------------------------------------------- */

static bool same_move(const IrAccessInLoop *a, const IrAccessInLoop *b) {
  return a->cls == b->cls && a->stride == b->stride && a->step_ref == b->step_ref;
}

static bool is_known_stream(const NestExchange *n, const NestStream *s) {
  for (uint32_t i = 0; i < n->count; i++)
    if (n->streams[i].root == s->root && same_move(&n->streams[i].inner, &s->inner) &&
        same_move(&n->streams[i].outer, &s->outer))
      return true;
  return false;
}

IrRef nest_root(const IrFunction *fn, const IrAddr *addr) {
  IrRef root = ir_addr_root(fn, addr->base);
  const IrInsn *in = ir_def(fn, root);
  return ir_is(in, IR_LOAD) ? ir_addr_root(fn, fn->addrs[in->aux].base) : root;
}

/* A step of so many bytes at most, by the likely values of what it is a multiple of; no more than
 * a line counts. */
static double lines_at_most(const IrProgram *p, PgFunc func, uint32_t loop,
                            const IrAccessInLoop *in) {
  double lines = nest_lines(in);
  if (in->cls != IR_AC_SYMBOLIC || ir_ref_kind(in->step_ref) == IR_REF_NONE)
    return lines;
  IrRange r = pg_likely_range(p, func, pg_func(p, func)->an->loops[loop].header, in->step_ref);
  double most = (double)r.high > -(double)r.low ? (double)r.high : -(double)r.low;
  double bytes = most * (double)nest_step(in);
  return bytes < CACHE_LINE * lines ? bytes / CACHE_LINE : lines;
}

static void find_streams(const IrProgram *p, PgFunc func, NestExchange *n) {
  const PgFunction *pf = pg_func(p, func);
  const IrAnalysis *an = pf->an;
  n->count = 0;
  n->now = n->then = 0;
  for (uint32_t i = 0; i < an->naccesses && n->count < NEST_STREAMS; i++) {
    const IrAccess *access = &an->accesses[i];
    if (!ir_loop_contains(an, n->inner, access->block) || an->cold[access->block])
      continue;
    NestStream s = {.access = access,
                    .root = nest_root(pf->fn, &pf->fn->addrs[access->addr]),
                    .inner = ir_access_in(an, access, n->inner),
                    .outer = ir_access_in(an, access, n->outer)};
    if (is_known_stream(n, &s))
      continue;
    s.now = lines_at_most(p, func, n->inner, &s.inner);
    s.then = lines_at_most(p, func, n->outer, &s.outer);
    n->streams[n->count++] = s;
    n->now += s.now;
    n->then += s.then;
  }
}

/* ---- columns --------------------------------------------------------------------------------- */

/* Everything that the nest touches of this array fits into the first-level cache, or few rows are
 * gone through side by side. */
static bool fits_in_cache(const IrProgram *p, PgFunc func, const NestExchange *n,
                          const NestStream *s, const Machine *machine) {
  const PgFunction *pf = pg_func(p, func);
  const IrAddr *addr = &pf->fn->addrs[s->access->addr];
  uint64_t object = bytes_of_object(pf, ir_addr_root(pf->fn, addr->base));
  if (object && object <= machine->l1)
    return true;
  uint64_t array = nest_array_bytes(pf, addr);
  if (s->inner.cls != IR_AC_POINTER && array && array <= machine->l1)
    return true;
  uint64_t inner = pg_most_trips(p, func, n->inner), outer = pg_most_trips(p, func, n->outer), all;
  if (inner == PG_NO_BOUND)
    return false;
  return inner <= FEW_ROWS ||
         (outer != PG_NO_BOUND && !__builtin_mul_overflow(inner, outer, &all) &&
          !__builtin_mul_overflow(all, addr->size, &all) && all <= machine->l1);
}

/* Steps by a row in the inner loop, by an element in the outer one. */
static bool is_column(const IrProgram *p, PgFunc func, const NestExchange *n, const NestStream *s,
                      const Machine *machine) {
  const PgFunction *pf = pg_func(p, func);
  if (s->inner.cls == IR_AC_POINTER) { /* rows of their own, reached through a table of pointers */
    IrAccessInLoop table =
        ir_addr_in(pf->an, ir_addr_of(pf->fn, &pf->fn->insns[s->inner.via]), n->inner);
    if (table.cls != IR_AC_UNIT && table.cls != IR_AC_STRIDED)
      return false;
  } else if (s->inner.cls != IR_AC_STRIDED && s->inner.cls != IR_AC_SYMBOLIC) {
    return false;
  }
  if (s->outer.cls != IR_AC_UNIT && s->outer.cls != IR_AC_STRIDED)
    return false;
  return s->now >= 1 && nest_step(&s->outer) * 2 <= CACHE_LINE &&
         !fits_in_cache(p, func, n, s, machine);
}

static void find_columns(const IrProgram *p, PgFunc func, NestExchange *n, const Machine *machine) {
  uint64_t rows = pg_most_trips(p, func, n->inner);
  n->stays = rows != PG_NO_BOUND && (double)rows * n->now * CACHE_LINE <= (double)machine->l1 / 2;
  n->ncolumns = 0;
  for (uint32_t i = 0; i < n->count && n->ncolumns < NEST_COLUMNS; i++)
    if (is_column(p, func, n, &n->streams[i], machine))
      n->columns[n->ncolumns++] = n->streams[i];
}

/* ---- exchanges ------------------------------------------------------------------------------- */

/* Frees `text`, the condition. */
static bool is_allowed(IrInterchange result, HpBuf *text, HpArena *arena, const char **condition) {
  *condition = NULL;
  if (result == IR_INTERCHANGE_CONDITIONAL)
    *condition = hp_arena_strdup(arena, hp_buf_text(text));
  hp_buf_free(text);
  return result == IR_INTERCHANGE_LEGAL || result == IR_INTERCHANGE_CONDITIONAL;
}

bool nest_may_exchange(const IrAnalysis *an, uint32_t outer, uint32_t inner, HpArena *arena,
                       const char **condition) {
  HpBuf text = {0};
  return is_allowed(ir_can_interchange(an, outer, inner, &text), &text, arena, condition);
}

bool nest_may_sink(const IrAnalysis *an, uint32_t outer, uint32_t inner, HpArena *arena,
                   const char **condition) {
  HpBuf text = {0};
  return is_allowed(ir_can_sink(an, outer, inner, IR_SINK_AROUND, &text), &text, arena, condition);
}

/* With totals of loops that are no neighbours, the outer one moves to the inside of the others: an
 * exchange would need a total for each iteration of both. */
static bool find_condition(const IrAnalysis *an, NestExchange *n, HpArena *arena,
                           IrInterchangeNeeds *needs) {
  HpBuf text = {0};
  IrInterchange result = ir_interchange_needs(an, n->outer, n->inner, &text, needs);
  n->scratch = needs->totals && n->outer != an->loops[n->inner].parent;
  if (n->scratch) {
    hp_buf_free(&text);
    result = ir_can_sink(an, n->outer, n->inner, IR_SINK_INSIDE, &text);
  }
  return is_allowed(result, &text, arena, &n->condition);
}

/* Where the argument that the callee has as `param` points. */
static IrRef handed_over(const PgFunction *from, const IrInsn *call, const IrInsn *param) {
  uint32_t arg = param->aux + (call->op == IR_CALLP);
  return arg < call->nargs ? ir_addr_root(from->fn, ir_arg(from->fn, call, arg))
                           : ir_ref(IR_REF_NONE, 0);
}

static bool same_root(const IrFunction *fn, IrRef a, IrRef b) {
  return ir_ref_kind(a) != IR_REF_NONE && ir_ref_kind(a) != IR_REF_CONST &&
         touch_same_pointer(fn, a, b);
}

/* Some caller hands over pointers into one object for both. */
static bool callers_overlap(const IrProgram *p, const PgFunction *pf, const IrRef *pair) {
  const IrInsn *a = ir_def(pf->fn, pair[0]), *b = ir_def(pf->fn, pair[1]);
  if (!ir_is(a, IR_PARAM) || !ir_is(b, IR_PARAM))
    return false;
  for (uint32_t i = 0; i < pf->ncallers; i++) {
    const PgCall *call = pg_call(p, pf->callers[i]);
    const PgFunction *from = pg_func(p, call->caller);
    const IrInsn *in = &from->fn->insns[call->insn];
    if (call->kind <= PG_CALL_ONE_OF &&
        same_root(from->fn, handed_over(from, in, a), handed_over(from, in, b)))
      return true;
  }
  return false;
}

static bool broken_by_callers(const IrProgram *p, const PgFunction *pf,
                              const IrInterchangeNeeds *needs) {
  for (uint32_t i = 0; i < needs->napart; i++)
    if (callers_overlap(p, pf, needs->apart[i]))
      return true;
  return false;
}

/* Not worth it, or no better than what was found without scratch memory. */
static bool is_no_gain(const NestExchange *n, const NestExchange *best) {
  return n->then > n->now * WORTH_IT ||
         (best->outer != IR_NONE && !best->scratch && n->then >= best->then);
}

bool nest_exchange(const IrProgram *p, PgFunc func, uint32_t inner, const Machine *machine,
                   HpArena *arena, NestExchange *out) {
  const PgFunction *pf = pg_func(p, func);
  const IrAnalysis *an = pf->an;
  NestExchange n = {.inner = inner};
  IrInterchangeNeeds needs;
  out->outer = IR_NONE;
  for (uint32_t outer = an->loops[inner].parent; outer != IR_NONE;
       outer = an->loops[outer].parent) {
    if (an->loops[outer].irreducible || pg_most_trips(p, func, outer) <= NEST_FEW_TRIPS ||
        nest_order_chosen(an, outer, inner))
      continue;
    n.outer = outer;
    find_streams(p, func, &n);
    if (is_no_gain(&n, out))
      continue;
    find_columns(p, func, &n, machine);
    if (!n.ncolumns || !find_condition(an, &n, arena, &needs) || broken_by_callers(p, pf, &needs))
      continue;
    n.then += (double)needs.totals / CACHE_LINE; /* gone along by neighbours */
    if (is_no_gain(&n, out))
      continue;
    if (out->outer == IR_NONE || (out->scratch && !n.scratch) ||
        (out->scratch == n.scratch && n.then < out->then))
      *out = n;
  }
  return out->outer != IR_NONE;
}

/* ---- texts ----------------------------------------------------------------------------------- */

const char *nest_step_text(Report *r, const PgFunction *pf, const IrAccessInLoop *in) {
  if (in->cls == IR_AC_POINTER)
    return "to another row";
  if (in->cls == IR_AC_STRIDED || in->cls == IR_AC_UNIT)
    return report_format(r, "%llu bytes", (unsigned long long)nest_step(in));
  if (ir_ref_kind(in->step_ref) == IR_REF_NONE)
    return "a whole row";
  if (nest_step(in) == 1)
    return report_format(r, "%s bytes", text_of_ref(r, pf, in->step_ref));
  return report_format(r, "%s * %llu bytes", text_of_ref(r, pf, in->step_ref),
                       (unsigned long long)nest_step(in));
}

const char *nest_size_text(Report *r, double bytes) {
  if (bytes < 10 * 1024)
    return report_format(r, "%.0f bytes", bytes);
  if (bytes < 1024 * 1024)
    return report_format(r, "%.0f KiB", bytes / 1024);
  return report_format(r, "%.1f MiB", bytes / (1024 * 1024));
}
