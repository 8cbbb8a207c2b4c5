/* HP203 linear-growth: a block grows by the same number of elements each time that it is full, or
 * with every element, by realloc or by a larger block, a copy and a free. The size is followed to
 * the variable that counts, which has to grow by a constant too; doubled ones do not. */
#include "rules/rule.h"
#include "rules/calls.h"
#include "rules/cycles.h"
#include "rules/fix.h"
#include "rules/heat.h"
#include "rules/touch.h"

#include <stdlib.h>

static const double APPEND_CYCLES = 2;

extern const char page_HP203[];

enum {
  FEW_TRIPS = 16,
  LARGE_STEP = 256,         /* elements: it is quadratic still, but rarely felt */
  LARGE_STEP_BYTES = 65536, /* likewise */
  STEPS = 12,
};
static const double MIN_SHARE = 0.02; /* of iterations: growth is guarded */
static const double ALIKE = 0.9;      /* of two frequencies */

/* root * scale + add */
typedef struct Linear {
  IrRef root;
  int64_t scale, add;
} Linear;

typedef struct Growth {
  const IrProgram *p;
  const PgFunction *pf;
  const IrFunction *fn;
  PgFunc func;
  IrInsnId call;
  uint32_t loop; /* around the call, IR_NONE */
  Linear size;
  IrInsnId copied, freed; /* of a copy by hand, IR_NONE */
  IrInsnId counts;        /* what adds to the variable that counts */
  int64_t added;          /* and how much; 0: several add, not alike */
} Growth;

/* ---- sizes ----------------------------------------------------------------------------------- */

static bool same_place(const IrFunction *fn, const IrInsn *load, const IrInsn *store) {
  const IrAddr *a = ir_addr_of(fn, load), *b = ir_addr_of(fn, store);
  return a->offset == b->offset && a->size == b->size && a->scale == b->scale &&
         (a->index == b->index || touch_same_pointer(fn, a->index, b->index)) &&
         (a->base == b->base || touch_same_pointer(fn, a->base, b->base));
}

/* The value that the load reads when a store in its block or in one before it has just written it.
 */
static IrRef stored_before(const PgFunction *pf, IrInsnId load) {
  const IrFunction *fn = pf->fn;
  IrBlockId b = pf->an->block_of[load];
  for (IrInsnId i = load;;) {
    while (i > fn->blocks[b].first) {
      i--;
      if (fn->insns[i].op == IR_STORE && same_place(fn, &fn->insns[load], &fn->insns[i]))
        return ir_arg(fn, &fn->insns[i], 0);
    }
    if (b == 0 || fn->blocks[b].npreds != 1)
      return ir_ref(IR_REF_NONE, 0);
    b = fn->edges[fn->blocks[b].preds];
    i = fn->blocks[b].first + fn->blocks[b].count;
  }
}

static Linear linear_of(const PgFunction *pf, IrRef ref, int steps);

static Linear scaled(Linear l, int64_t by) {
  Linear root = {l.root, 1, 0};
  return __builtin_mul_overflow(l.scale, by, &root.scale) ||
                 __builtin_mul_overflow(l.add, by, &root.add)
             ? (Linear){ir_ref(IR_REF_UNDEF, 0), 0, 0}
             : root;
}

static Linear plus(Linear l, int64_t by) {
  if (__builtin_add_overflow(l.add, by, &l.add))
    l.scale = 0;
  return l;
}

static Linear of_arithmetic(const PgFunction *pf, const IrInsn *in, IrRef ref, int steps) {
  const IrFunction *fn = pf->fn;
  int64_t c = 0;
  uint32_t constant = in->nargs > 1 && ir_const_int(fn, ir_arg(fn, in, 1), &c)   ? 1
                      : in->nargs > 1 && ir_const_int(fn, ir_arg(fn, in, 0), &c) ? 0
                                                                                 : 2;
  if (constant == 2 || c == INT64_MIN || (constant == 0 && in->op != IR_ADD && in->op != IR_MUL))
    return (Linear){ref, 1, 0};
  Linear of = linear_of(pf, ir_arg(fn, in, 1 - constant), steps - 1);
  if (in->op == IR_MUL)
    return scaled(of, c);
  if (in->op == IR_SHL)
    return c >= 0 && c < 32 ? scaled(of, (int64_t)1 << c) : (Linear){ref, 1, 0};
  return plus(of, in->op == IR_SUB ? -c : c);
}

static Linear linear_of(const PgFunction *pf, IrRef ref, int steps) {
  const IrInsn *in = ir_def(pf->fn, ref);
  if (!in || steps == 0)
    return (Linear){ref, 1, 0};
  switch ((IrOp)in->op) {
  case IR_CONV:
    return linear_of(pf, ir_arg(pf->fn, in, 0), steps - 1);
  case IR_ADD:
  case IR_SUB:
  case IR_MUL:
  case IR_SHL:
    return of_arithmetic(pf, in, ref, steps);
  case IR_LOAD: {
    IrRef stored = stored_before(pf, ir_ref_index(ref));
    return ir_ref_kind(stored) == IR_REF_NONE ? (Linear){ref, 1, 0}
                                              : linear_of(pf, stored, steps - 1);
  }
  default:
    return (Linear){ref, 1, 0};
  }
}

static bool size_of_call(Growth *g, const PgSummary *s) {
  const IrInsn *in = &g->fn->insns[g->call];
  uint32_t skip = in->op == IR_CALLP;
  if (s->size_arg < 0 && s->count_arg < 0)
    return false;
  int64_t other = 1;
  IrRef size = ir_ref(IR_REF_NONE, 0);
  const int8_t args[] = {s->count_arg, s->size_arg};
  for (int i = 0; i < 2; i++) {
    if (args[i] < 0)
      continue;
    if ((uint32_t)args[i] + skip >= in->nargs)
      return false;
    IrRef arg = ir_arg(g->fn, in, (uint32_t)args[i] + skip);
    if (ir_const_int(g->fn, arg, &other))
      continue;
    if (ir_ref_kind(size) != IR_REF_NONE)
      return false;
    size = arg;
  }
  if (!ir_def(g->fn, size))
    return false;
  g->size = scaled(linear_of(g->pf, size, STEPS), other);
  return g->size.scale > 0 && ir_def(g->fn, g->size.root);
}

/* ---- what counts ----------------------------------------------------------------------------- */

static void counts_by(Growth *g, IrInsnId at, int64_t added) {
  if (g->counts == IR_NONE)
    g->added = added;
  else if (g->added != added)
    g->added = 0;
  g->counts = at;
}

/* n = n + 1, by a store to where the size was loaded from, as often as the call is made. */
static bool counted_in_memory(Growth *g, const IrInsn *load) {
  bool counted = false;
  for (IrInsnId i = 0; i < g->fn->ninsns; i++) {
    const IrInsn *in = &g->fn->insns[i];
    if (in->op != IR_STORE || !same_place(g->fn, load, in))
      continue;
    Linear l = linear_of(g->pf, ir_arg(g->fn, in, 0), STEPS);
    const IrInsn *root = ir_def(g->fn, l.root);
    bool steps = ir_is(root, IR_LOAD) && same_place(g->fn, root, in) && l.scale == 1;
    if (steps && l.add > 0 && g->pf->an->loop_of[g->pf->an->block_of[i]] == g->loop) {
      counted = true;
      counts_by(g, i, l.add);
    } else if (!steps && ir_ref_kind(ir_arg(g->fn, in, 0)) != IR_REF_CONST)
      return false; /* doubled, or set to what is needed */
  }
  return counted;
}

/* The same with a variable: all that flows round the loop is the variable plus a constant. */
static bool steps_by_constant(Growth *g, IrRef value, IrRef phi, int steps, bool *grows) {
  Linear l = linear_of(g->pf, value, STEPS);
  const IrInsn *root = ir_def(g->fn, l.root);
  if (l.add > 0)
    counts_by(g, ir_ref_index(value), l.add);
  if (l.root == phi) {
    *grows |= l.add > 0;
    return l.scale == 1 && l.add >= 0;
  }
  if (!ir_is(root, IR_PHI) || steps == 0 || l.scale != 1 || l.add < 0)
    return false;
  *grows |= l.add > 0;
  for (uint32_t i = 0; i < root->nargs; i++)
    if (ir_arg(g->fn, root, i) != l.root &&
        !steps_by_constant(g, ir_arg(g->fn, root, i), phi, steps - 1, grows))
      return false;
  return true;
}

static bool counted_in_variable(Growth *g, IrRef phi) {
  const IrAnalysis *an = g->pf->an;
  const IrInsn *in = ir_def(g->fn, phi);
  if (g->loop == IR_NONE || an->block_of[ir_ref_index(phi)] != an->loops[g->loop].header)
    return false;
  const IrBlock *header = &g->fn->blocks[an->loops[g->loop].header];
  bool grows = false;
  for (uint32_t i = 0; i < in->nargs; i++) {
    IrBlockId from = g->fn->edges[header->preds + i];
    if (ir_loop_contains(an, g->loop, from) &&
        !steps_by_constant(g, ir_arg(g->fn, in, i), phi, 3, &grows))
      return false;
  }
  return grows;
}

static bool counted(Growth *g) {
  const IrInsn *root = ir_def(g->fn, g->size.root);
  return ir_is(root, IR_LOAD)  ? counted_in_memory(g, root)
         : ir_is(root, IR_PHI) ? counted_in_variable(g, g->size.root)
                               : false;
}

/* Elements from one growth to the next: what the count moves by where the call is made as often as
 * the count is moved (`realloc(p, len + 2); p[len++] = c`), else what the call asks for beyond it.
 */
static int64_t step_of(const Growth *g) {
  const IrAnalysis *an = g->pf->an;
  IrBlockId call = an->block_of[g->call], counts = an->block_of[g->counts];
  bool together = an->loop_of[counts] == g->loop && an->freq[call] >= ALIKE * an->freq[counts] &&
                  (ir_dominates(an->idom, call, counts) || ir_dominates(an->idom, counts, call));
  return together && g->added ? g->added : g->size.add / g->size.scale;
}

/* ---- by hand --------------------------------------------------------------------------------- */

/* new = malloc(more); memcpy(new, old, ...); free(old) */
static bool copied_by_hand(Growth *g) {
  static const char *const copies[] = {"memcpy", "memmove", "mempcpy", NULL};
  const IrInsn *copy = NULL;
  IrRef result = ir_ref(IR_REF_VALUE, g->call);
  for (IrInsnId i = g->call; i < g->fn->ninsns && !copy; i++) {
    const IrInsn *in = &g->fn->insns[i];
    if (in->op == IR_CALL && in->nargs >= 3 && call_of_library(g->p, g->pf, in, copies) >= 0 &&
        touch_origin(g->fn, ir_arg(g->fn, in, 0)).root == result) {
      copy = in;
      g->copied = i;
    }
  }
  for (IrInsnId i = 0; copy && i < g->fn->ninsns; i++) {
    const IrInsn *in = &g->fn->insns[i];
    const PgSummary *s = in->op == IR_CALL ? pg_summary(g->p, g->pf->unit, g->fn, in) : NULL;
    if (s && !(s->flags & PG_GROWS) && s->freed_arg >= 0 && (uint32_t)s->freed_arg < in->nargs &&
        touch_same_pointer(g->fn, ir_arg(g->fn, in, (uint32_t)s->freed_arg),
                           ir_arg(g->fn, copy, 1))) {
      g->freed = i;
      return true;
    }
  }
  return false;
}

static bool resizes(Growth *g, const PgSummary *s) {
  const IrInsn *in = &g->fn->insns[g->call];
  if (!(s->flags & PG_GROWS))
    return copied_by_hand(g);
  uint32_t at = (uint32_t)s->freed_arg + (in->op == IR_CALLP);
  return s->freed_arg >= 0 && at < in->nargs && ir_def(g->fn, ir_arg(g->fn, in, at));
}

/* ---- reporting ------------------------------------------------------------------------------- */

/* The block belongs to an object that is another one in each iteration. */
static bool many_blocks(const Growth *g) {
  const IrInsn *root = ir_def(g->fn, g->size.root);
  return g->loop != IR_NONE && ir_is(root, IR_LOAD) &&
         ir_addr_in(g->pf->an, ir_addr_of(g->fn, root), g->loop).cls != IR_AC_INVARIANT;
}

static bool hot(const Growth *g) {
  const IrAnalysis *an = g->pf->an;
  IrBlockId block = an->block_of[g->call];
  if (an->cold[block] || heat_cold_function(g->p, g->func))
    return false;
  if (g->loop == IR_NONE)
    return !g->pf->once;
  const IrLoop *l = &an->loops[g->loop];
  return !l->irreducible && !(l->trip == IR_TRIP_CONST && l->count <= FEW_TRIPS) &&
         heat_per_iteration(an, g->loop, block) >= MIN_SHARE;
}

/* The loop runs up to what the size is computed from. */
static bool runs_over_block(const Growth *g, const IrLoop *l) {
  Linear bound = linear_of(g->pf, l->bound, STEPS);
  const IrInsn *load = ir_def(g->fn, bound.root), *root = ir_def(g->fn, g->size.root);
  return l->trip == IR_TRIP_SYMBOLIC &&
         (bound.root == g->size.root ||
          (ir_is(load, IR_LOAD) && ir_is(root, IR_LOAD) && same_place(g->fn, load, root)));
}

/* What is there is looked through before each append. */
static bool searches_before(const Growth *g) {
  const IrAnalysis *an = g->pf->an;
  for (uint32_t i = 0; i < an->nloops; i++) {
    const IrLoop *l = &an->loops[i];
    if (l->parent == g->loop && !an->cold[l->header] &&
        ir_dominates(an->idom, l->header, an->block_of[g->call]) &&
        (g->loop == IR_NONE || runs_over_block(g, l)))
      return true;
  }
  return false;
}

/* A loop that calls the function reads its items from outside: nothing says that they are few. */
static uint32_t reading_caller(const Growth *g, PgFunc *caller) {
  for (uint32_t i = 0; i < g->pf->ncallers; i++) {
    const PgCall *call = pg_call(g->p, g->pf->callers[i]);
    const PgFunction *cf = pg_func(g->p, call->caller);
    if (call->ends || !call->loop_depth || !cf->an)
      continue;
    uint32_t loop = cf->an->loop_of[cf->an->block_of[call->insn]];
    *caller = call->caller;
    if (loop != IR_NONE && heat_loop_reads(g->p, cf, loop) && heat_call_often(g->p, call))
      return loop;
  }
  return IR_NONE;
}

/* Most blocks that grow so stay small, and realloc of a small block mostly finds room behind it:
 * the square is felt where the items come from outside, or where each one is copied by hand. */
static bool may_be_large(const Growth *g) {
  PgFunc caller;
  if (g->copied != IR_NONE)
    return true;
  return g->loop != IR_NONE ? heat_loop_reads(g->p, g->pf, g->loop)
                            : reading_caller(g, &caller) != IR_NONE;
}

static bool is_low(const Growth *g, int64_t step) {
  return !may_be_large(g) || searches_before(g) || (g->loop == IR_NONE && g->pf->heat == 0) ||
         many_blocks(g) || step >= LARGE_STEP || step * g->size.scale >= LARGE_STEP_BYTES;
}

/* The one statement that adds to a capacity. */
static void set_fix(const Growth *g, Finding *f) {
  const IrInsn *load = ir_def(g->fn, g->size.root);
  IrInsnId store = IR_NONE;
  uint32_t stores = 0;
  for (IrInsnId i = 0; ir_is(load, IR_LOAD) && i < g->fn->ninsns; i++) {
    if (g->fn->insns[i].op != IR_STORE || !same_place(g->fn, load, &g->fn->insns[i]) ||
        ir_ref_kind(ir_arg(g->fn, &g->fn->insns[i], 0)) == IR_REF_CONST)
      continue;
    store = i;
    stores++;
  }
  if (stores == 1)
    finding_fix_grow(f, g->pf, store, g->call);
  else
    finding_no_fix(f, "the capacity is not a variable in memory that one statement adds to");
}

static void report_growth(const Growth *g, Report *r) {
  const PgFunction *pf = g->pf;
  int64_t step = step_of(g);
  IrLoc loc = place_of(pf->fn, g->call);
  Finding *f = report_add(r, pf->unit, loc);
  finding_in_loop(f, g->p, g->func, g->loop);
  const char *what = text_of_ref(r, pf, g->size.root);
  const char *by = step == 1 ? "one element" : report_format(r, "%lld elements", (long long)step);
  f->message = report_format(
      r, "the block grows by %s at a time (with %s): n appends copy up to n * n / %lld elements",
      by, *what ? what : "a counter", 2 * (long long)step);
  f->help = "keep the capacity apart from the count, and double it (or add half) when it is full";
  finding_fact(f, "elements added at a time", (double)step, "elements");
  finding_fact(f, "bytes added at a time", (double)(step * g->size.scale), "bytes");
  finding_fact(f, "elements copied for 10000 appends, at most", 1e8 / (2 * (double)step),
               "elements");
  finding_site(f, pf->unit, loc, g->func, true);
  if (g->loop != IR_NONE)
    finding_place(r, f, pf->unit, place_of_loop(pf->an, g->loop), "in the iterations of this loop");
  PgFunc caller;
  uint32_t around = g->loop == IR_NONE ? reading_caller(g, &caller) : IR_NONE;
  if (around != IR_NONE)
    finding_place(r, f, pg_func(g->p, caller)->unit,
                  place_of_loop(pg_func(g->p, caller)->an, around), "called in this loop of %s",
                  pg_func(g->p, caller)->name);
  if (g->copied != IR_NONE) {
    finding_place(r, f, pf->unit, place_of(pf->fn, g->copied), "the old elements are copied here");
    finding_place(r, f, pf->unit, place_of(pf->fn, g->freed), "and the old block is freed here");
    finding_site(f, pf->unit, place_of(pf->fn, g->copied), g->func, true);
  }
  f->cost = COST_ALLOCATION;
  f->growth = GROWTH_SUPERLINEAR;
  f->confidence = g->loop == IR_NONE ? CONFIDENCE_MEDIUM : CONFIDENCE_HIGH;
  f->severity = f->cold              ? SEVERITY_LOW
                : g->loop != IR_NONE ? heat_severity(f, g->p)
                : pf->heat > 1       ? SEVERITY_HIGH
                                     : SEVERITY_MEDIUM;
  if (is_low(g, step)) {
    f->show = SHOW_LOW;
    f->severity = SEVERITY_LOW;
  }
  /* malloc's half of a pair at least, and most often the block has to move or be measured anew */
  double now = (double)CYCLES_PAIR / (double)(step > 1 ? step : 1);
  f->saving = cycles_saving(now + APPEND_CYCLES, APPEND_CYCLES);
  f->saving_why =
      report_format(r,
                    "a call of the allocator takes about %d cycles, one in %llu "
                    "elements, an append to a block that doubles %.0f",
                    CYCLES_PAIR, (unsigned long long)(step > 1 ? step : 1), APPEND_CYCLES);
  f->anchor = report_format(r, "grows with %s", what);
  set_fix(g, f);
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  for (uint32_t c = 0; c < pf->ncalls; c++) {
    const PgCall *call = pg_call(p, pf->calls[c]);
    if (call->ends || call_is_further_target(p, pf, c))
      continue;
    const PgSummary *s = pg_summary(p, pf->unit, pf->fn, &pf->fn->insns[call->insn]);
    if (!(s->flags & PG_FRESH))
      continue;
    Growth g = {.p = p,
                .pf = pf,
                .fn = pf->fn,
                .func = func,
                .call = call->insn,
                .loop = pf->an->loop_of[pf->an->block_of[call->insn]],
                .copied = IR_NONE,
                .freed = IR_NONE,
                .counts = IR_NONE};
    if (hot(&g) && size_of_call(&g, s) && g.size.add >= g.size.scale && resizes(&g, s) &&
        counted(&g))
      report_growth(&g, r);
  }
}

const Rule rule_HP203 = {
    .id = "HP203",
    .name = "linear-growth",
    .summary = "a block grows by a constant at a time, so that appending costs the square",
    .check_function = check,
    .page = page_HP203,
};
