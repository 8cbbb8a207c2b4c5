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

static void find_streams(const PgFunction *pf, NestExchange *n) {
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
    n->streams[n->count++] = s;
    n->now += nest_lines(&s.inner);
    n->then += nest_lines(&s.outer);
  }
}

/* ---- columns --------------------------------------------------------------------------------- */

/* Everything that the nest touches of this array stays in the first-level cache. */
static bool stays_in_cache(const PgFunction *pf, const NestExchange *n, const NestStream *s,
                           const Machine *machine) {
  const IrAddr *addr = &pf->fn->addrs[s->access->addr];
  uint64_t object = bytes_of_object(pf, ir_addr_root(pf->fn, addr->base));
  if (object && object <= machine->l1)
    return true;
  uint64_t array = nest_array_bytes(pf, addr);
  if (s->inner.cls != IR_AC_POINTER && array && array <= machine->l1)
    return true;
  uint64_t inner = nest_trips(pf->an, n->inner), outer = nest_trips(pf->an, n->outer), all;
  if (!inner)
    return false;
  return inner <= FEW_ROWS ||
         (outer && !__builtin_mul_overflow(inner, outer, &all) &&
          !__builtin_mul_overflow(all, addr->size, &all) && all <= machine->l1);
}

/* Steps by a row in the inner loop, by an element in the outer one. */
static bool is_column(const PgFunction *pf, const NestExchange *n, const NestStream *s,
                      const Machine *machine) {
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
  return nest_lines(&s->inner) >= 1 && nest_step(&s->outer) * 2 <= CACHE_LINE &&
         !stays_in_cache(pf, n, s, machine);
}

static void find_columns(const PgFunction *pf, NestExchange *n, const Machine *machine) {
  n->ncolumns = 0;
  for (uint32_t i = 0; i < n->count && n->ncolumns < NEST_COLUMNS; i++)
    if (is_column(pf, n, &n->streams[i], machine))
      n->columns[n->ncolumns++] = n->streams[i];
}

/* ---- exchanges ------------------------------------------------------------------------------- */

bool nest_may_exchange(const IrAnalysis *an, uint32_t outer, uint32_t inner, HpArena *arena,
                       const char **condition) {
  HpBuf text = {0};
  IrInterchange result = ir_can_interchange(an, outer, inner, &text);
  *condition = NULL;
  if (result == IR_INTERCHANGE_CONDITIONAL)
    *condition = hp_arena_strdup(arena, hp_buf_text(&text));
  hp_buf_free(&text);
  return result == IR_INTERCHANGE_LEGAL || result == IR_INTERCHANGE_CONDITIONAL;
}

bool nest_exchange(const PgFunction *pf, uint32_t inner, const Machine *machine, HpArena *arena,
                   NestExchange *out) {
  const IrAnalysis *an = pf->an;
  NestExchange n = {.inner = inner};
  out->outer = IR_NONE;
  for (uint32_t outer = an->loops[inner].parent; outer != IR_NONE;
       outer = an->loops[outer].parent) {
    uint64_t trips = nest_trips(an, outer);
    if (an->loops[outer].irreducible || (trips && trips <= NEST_FEW_TRIPS))
      continue;
    n.outer = outer;
    find_streams(pf, &n);
    if (n.then > n.now * WORTH_IT || (out->outer != IR_NONE && n.then >= out->then))
      continue;
    find_columns(pf, &n, machine);
    if (n.ncolumns && nest_may_exchange(an, n.outer, n.inner, arena, &n.condition))
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
