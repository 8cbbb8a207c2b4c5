/* HP209 no-reserve: a loop whose number of iterations is known before it begins appends one element
 * in each to a block that grows whenever it is full. The growth stands in the loop itself, or in
 * the append function that the loop calls. */
#include "rules/rule.h"
#include "rules/heat.h"
#include "rules/touch.h"

#include <string.h>

extern const char page_HP209[];

enum { FEW_TRIPS = 64, DOWN = 2, UP = 6 };
static const double SOMETIMES = 0.9; /* of calls or iterations: growth is guarded */

typedef struct Filling {
  const IrProgram *p;
  const PgFunction *pf;
  const IrFunction *fn;
  PgFunc func;
  uint32_t loop;
  IrInsnId call; /* that grows, or of the append function */
  PgFunc append; /* IR_NONE: the growth is in the loop */
  IrRef object;  /* what the append function is given; NONE */
} Filling;

/* ---- loops of known length ------------------------------------------------------------------- */

/* All ways out but the test that counts are cold. */
static bool runs_to_its_bound(const PgFunction *pf, uint32_t loop) {
  const IrAnalysis *an = pf->an;
  const IrLoop *l = &an->loops[loop];
  uint32_t counted = 0;
  for (uint32_t i = 0; i < l->nexits; i++) {
    const IrBlock *b = &pf->fn->blocks[l->exits[i]];
    for (uint32_t k = 0; k < b->nsuccs; k++) {
      IrBlockId out = pf->fn->edges[b->succs + k];
      counted += !ir_loop_contains(an, loop, out) && !an->cold[out];
    }
  }
  return counted == 1;
}

static bool is_known(const IrProgram *p, const PgFunction *pf, PgFunc func, uint32_t loop) {
  const IrLoop *l = &pf->an->loops[loop];
  return !l->irreducible && l->counter != IR_NONE &&
         (l->trip == IR_TRIP_SYMBOLIC || (l->trip == IR_TRIP_CONST && l->count >= FEW_TRIPS)) &&
         runs_to_its_bound(pf, loop) && !heat_cold_loop(p, func, loop);
}

/* ---- append functions ------------------------------------------------------------------------ */

static bool is_param(const IrFunction *fn, IrRef ref, uint32_t param) {
  const IrInsn *in = ir_def(fn, ref);
  return ir_is(in, IR_PARAM) && in->aux == param;
}

static bool in_param(const IrFunction *fn, const IrInsn *in, uint32_t param) {
  return in && ir_addr_of(fn, in) &&
         is_param(fn, ir_addr_root(fn, ir_addr_of(fn, in)->base), param);
}

/* It reallocates a block that a field of what the parameter points to holds; *guarded when not in
 * every call. */
static bool grows_field(const IrProgram *p, PgFunc func, uint32_t param, int down, bool *guarded) {
  const PgFunction *pf = pg_func(p, func);
  for (uint32_t c = 0; pf->an && c < pf->ncalls; c++) {
    const PgCall *call = pg_call(p, pf->calls[c]);
    const IrInsn *in = &pf->fn->insns[call->insn];
    const PgSummary *s = pg_summary(p, pf->unit, pf->fn, in);
    IrBlockId block = pf->an->block_of[call->insn];
    if (call->ends || in->op != IR_CALL || pf->an->loop_of[block] != IR_NONE ||
        !(s->flags & PG_ALLOCATES))
      continue;
    bool grows =
        s->flags & PG_GROWS && s->freed_arg >= 0 && (uint32_t)s->freed_arg < in->nargs &&
        in_param(pf->fn, ir_def(pf->fn, ir_arg(pf->fn, in, (uint32_t)s->freed_arg)), param);
    for (uint32_t a = 0; !grows && down && call->callee != IR_NONE && a < in->nargs; a++)
      grows = is_param(pf->fn, ir_arg(pf->fn, in, a), param) &&
              grows_field(p, call->callee, a, down - 1, guarded);
    if (!grows)
      continue;
    *guarded |= pf->an->freq[block] < SOMETIMES * pf->an->freq[0];
    return true;
  }
  return false;
}

/* Whatever the function does: a set that leaves out what it has does not count every call. */
static bool in_every_call(const PgFunction *pf, IrBlockId block) {
  for (uint32_t b = 0; b < pf->fn->nblocks; b++) {
    const IrBlock *at = &pf->fn->blocks[b];
    if (!pf->an->cold[b] && pf->fn->insns[at->first + at->count - 1].op == IR_RET &&
        !ir_dominates(pf->an->idom, block, b))
      return false;
  }
  return true;
}

/* v->count++ */
static bool counts_one(const PgFunction *pf, uint32_t param) {
  for (IrInsnId i = 0; i < pf->fn->ninsns; i++) {
    const IrInsn *in = &pf->fn->insns[i];
    int64_t one;
    if (in->op != IR_STORE || !in_param(pf->fn, in, param) ||
        !in_every_call(pf, pf->an->block_of[i]))
      continue;
    const IrInsn *sum = ir_def(pf->fn, ir_arg(pf->fn, in, 0));
    while (ir_is(sum, IR_CONV))
      sum = ir_def(pf->fn, ir_arg(pf->fn, sum, 0));
    if (!ir_is(sum, IR_ADD) || !ir_const_int(pf->fn, ir_arg(pf->fn, sum, 1), &one) || one != 1)
      continue;
    const IrInsn *load = ir_def(pf->fn, ir_arg(pf->fn, sum, 0));
    while (ir_is(load, IR_CONV))
      load = ir_def(pf->fn, ir_arg(pf->fn, load, 0));
    if (ir_is(load, IR_LOAD) && in_param(pf->fn, load, param) &&
        ir_addr_of(pf->fn, load)->offset == ir_addr_of(pf->fn, in)->offset)
      return true;
  }
  return false;
}

static bool appends_one(Filling *f, PgFunc callee, const IrInsn *in) {
  const PgFunction *cf = callee == IR_NONE ? NULL : pg_func(f->p, callee);
  if (!cf || !cf->an || cf->an->nloops || !(cf->summary.flags & PG_ALLOCATES))
    return false;
  for (uint32_t a = 0; a < in->nargs; a++) {
    bool guarded = false;
    IrRef object = ir_arg(f->fn, in, a);
    if (grows_field(f->p, callee, a, DOWN, &guarded) && guarded && counts_one(cf, a) &&
        ir_evolution(f->pf->an, f->loop, object).kind == IR_EV_INVARIANT) {
      f->object = object;
      return true;
    }
  }
  return false;
}

/* Before the loop something is told how many there will be, or takes memory by a number. */
static bool reserved(const Filling *f) {
  const IrAnalysis *an = f->pf->an;
  for (uint32_t c = 0; c < f->pf->ncalls; c++) {
    const PgCall *call = pg_call(f->p, f->pf->calls[c]);
    const IrInsn *in = &f->fn->insns[call->insn];
    if (ir_loop_has_insn(an, f->loop, call->insn) ||
        !ir_dominates(an->idom, an->block_of[call->insn], an->loops[f->loop].header) ||
        !(pg_summary(f->p, f->pf->unit, f->fn, in)->flags & PG_ALLOCATES))
      continue;
    bool same = false, number = false;
    for (uint32_t a = 0; a < in->nargs; a++) {
      IrRef arg = ir_arg(f->fn, in, a);
      const IrInsn *value = ir_def(f->fn, arg);
      same |= touch_same_pointer(f->fn, arg, f->object);
      number |= value && f->pf->unit->types[value->type].kind == IR_T_INT;
    }
    if (same && number)
      return true;
  }
  const IrInsn *made = ir_def(f->fn, touch_origin(f->fn, f->object).root);
  for (uint32_t a = 0; ir_is(made, IR_CALL) && a < made->nargs; a++)
    if (ir_def(f->fn, ir_arg(f->fn, made, a)))
      return true; /* vector_new(n) */
  return false;
}

/* ---- growth in the loop ---------------------------------------------------------------------- */

/* if (n == cap): the test before the growth compares what the loop counts. */
static bool guarded_by_count(const Filling *f) {
  const IrAnalysis *an = f->pf->an;
  IrBlockId block = an->block_of[f->call], header = an->loops[f->loop].header;
  for (int up = 0; block != header && up < UP; up++) {
    block = an->idom[block];
    const IrBlock *b = &f->fn->blocks[block];
    const IrInsn *end = &f->fn->insns[b->first + b->count - 1];
    const IrInsn *test = end->op == IR_BR ? ir_def(f->fn, ir_arg(f->fn, end, 0)) : NULL;
    if (block == header || !test || test->nargs != 2)
      continue;
    for (uint32_t i = 0; i < 2; i++) {
      IrEvolution ev = ir_evolution(an, f->loop, ir_arg(f->fn, test, i));
      if (ev.kind == IR_EV_AFFINE && ev.step == 1)
        return true;
    }
  }
  return false;
}

/* The block begins as nothing, or as a few. */
static bool starts_small(const Filling *f, const PgSummary *s) {
  const IrInsn *in = &f->fn->insns[f->call];
  IrRef old = ir_addr_root(f->fn, ir_arg(f->fn, in, (uint32_t)s->freed_arg));
  const IrInsn *phi = ir_def(f->fn, old);
  const IrBlock *header = &f->fn->blocks[f->pf->an->loops[f->loop].header];
  if (!ir_is(phi, IR_PHI) ||
      f->pf->an->block_of[ir_ref_index(old)] != f->pf->an->loops[f->loop].header)
    return false;
  for (uint32_t i = 0; i < phi->nargs; i++) {
    if (ir_loop_contains(f->pf->an, f->loop, f->fn->edges[header->preds + i]))
      continue;
    IrRef start = ir_addr_root(f->fn, ir_arg(f->fn, phi, i));
    int64_t bytes;
    if (ir_const_int(f->fn, start, &bytes) && bytes == 0)
      continue;
    const IrInsn *made = ir_def(f->fn, start);
    if (!ir_is(made, IR_CALL) || !(pg_summary(f->p, f->pf->unit, f->fn, made)->flags & PG_FRESH))
      return false;
    for (uint32_t a = 0; a < made->nargs; a++)
      if (!ir_const_int(f->fn, ir_arg(f->fn, made, a), &bytes))
        return false;
  }
  return true;
}

static bool grows_here(const Filling *f, const PgSummary *s) {
  const IrAnalysis *an = f->pf->an;
  const IrInsn *in = &f->fn->insns[f->call];
  IrBlockId block = an->block_of[f->call];
  return in->op == IR_CALL && s->flags & PG_GROWS && s->freed_arg >= 0 &&
         (uint32_t)s->freed_arg < in->nargs && !an->cold[block] &&
         !heat_every_iteration(an, f->loop, block) && guarded_by_count(f) && starts_small(f, s);
}

/* ---- reporting ------------------------------------------------------------------------------- */

static void report_filling(const Filling *g, Report *r) {
  const PgFunction *pf = g->pf;
  const IrLoop *l = &pf->an->loops[g->loop];
  IrLoc loc = place_of(pf->fn, g->call);
  Finding *f = report_add(r, pf->unit, loc);
  finding_in_loop(f, g->p, g->func, g->loop);
  const char *bound = l->trip == IR_TRIP_CONST
                          ? report_format(r, "%llu", (unsigned long long)l->count)
                          : text_of_ref(r, pf, l->bound);
  bound = *bound ? bound : "a number known before";
  const char *what = g->append == IR_NONE ? "the block" : text_of_ref(r, pf, g->object);
  what += *what == '&';
  f->message = report_format(r,
                             "the loop appends one element in each of its iterations (bounded by "
                             "%s) to %s, which grows on the way instead of once before",
                             bound, *what ? what : "the block");
  f->help = report_format(r, "make room for %s elements before the loop", bound);
  finding_fact(f, "growths saved for 10000 elements, by doubling from 16", 10, "calls");
  finding_fact(f, "elements copied for 10000, at most", 20000, "elements");
  finding_place(r, f, pf->unit, place_of_loop(pf->an, g->loop), "in the iterations of this loop");
  finding_site(f, pf->unit, loc, g->func, true);
  f->cost = COST_COMPUTE;
  f->allocator_time = true;
  f->confidence = CONFIDENCE_MEDIUM;
  f->severity = SEVERITY_LOW;
  if (heat_loop_waits(g->p, pf, g->loop) || heat_has_inner_loops(pf->an, g->loop))
    f->show = SHOW_LOW; /* each element takes longer than its copies */
  f->saving = 0.5;
  f->saving_why =
      "without growth each element is written once; with doubling it is copied once more "
      "on the average";
  f->anchor = what;
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  if (!pf->an->nloops || !(pf->summary.flags & PG_ALLOCATES))
    return;
  for (uint32_t c = 0; c < pf->ncalls; c++) {
    const PgCall *call = pg_call(p, pf->calls[c]);
    const IrInsn *in = &pf->fn->insns[call->insn];
    IrBlockId block = pf->an->block_of[call->insn];
    Filling f = {.p = p,
                 .pf = pf,
                 .fn = pf->fn,
                 .func = func,
                 .loop = pf->an->loop_of[block],
                 .call = call->insn,
                 .append = IR_NONE,
                 .object = ir_ref(IR_REF_NONE, 0)};
    if (call->ends || f.loop == IR_NONE || in->op != IR_CALL || !is_known(p, pf, func, f.loop))
      continue;
    if (grows_here(&f, pg_summary(p, pf->unit, pf->fn, in))) {
      report_filling(&f, r);
    } else if (heat_every_iteration(pf->an, f.loop, block) && appends_one(&f, call->callee, in) &&
               !reserved(&f)) {
      f.append = call->callee;
      report_filling(&f, r);
    }
  }
}

const Rule rule_HP209 = {
    .id = "HP209",
    .name = "no-reserve",
    .summary = "a loop of known length fills a block that grows on the way",
    .check_function = check,
    .page = page_HP209,
};
