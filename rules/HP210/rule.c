/* HP210 alloc-before-guard: memory is taken from the heap, and then a test that has nothing to do
 * with it may end the function, which gives the memory back unused. The allocation could stand
 * behind the test: nothing before it uses the block. */
#include "rules/rule.h"
#include "rules/calls.h"
#include "rules/fresh.h"
#include "rules/heat.h"
#include "rules/scratch.h"
#include "rules/touch.h"

#include <stdlib.h>

extern const char page_HP210[];

enum { MAX_ALIASES = 16, UP = 12 };
static const double MIN_SHARE = 0.1; /* of calls that return early, by the static estimate */

/* What a block of the function does with the memory. */
enum {
  USES = 1,
  GIVES_BACK = 2,
  SPEAKS = 4 /* calls that tell somebody about it: an error report */
};

typedef struct Early {
  const IrProgram *p;
  const PgFunction *pf;
  const IrFunction *fn;
  PgFunc func;
  IrInsnId call;
  IrRef aliases[MAX_ALIASES];
  uint32_t naliases;
  bool lost;     /* too many names for it, or it may be something else */
  uint8_t *does; /* by block */
  bool known;    /* `does` is filled for all blocks */
  bool *seen;
  IrBlockId *stack;
} Early;

/* ---- what happens to the block --------------------------------------------------------------- */

static bool is_alias(const Early *e, IrRef ref) {
  for (uint32_t i = 0; i < e->naliases; i++)
    if (e->aliases[i] == ref)
      return true;
  return false;
}

static bool is_null(const IrFunction *fn, IrRef ref) {
  int64_t v;
  return ir_ref_kind(ref) == IR_REF_UNDEF || (ir_const_int(fn, ref, &v) && v == 0);
}

/* The pointer, or what it was before it was taken. */
static bool merges_with_null(const Early *e, const IrInsn *phi) {
  for (uint32_t i = 0; i < phi->nargs; i++)
    if (!is_alias(e, ir_arg(e->fn, phi, i)) && !is_null(e->fn, ir_arg(e->fn, phi, i)))
      return false;
  return true;
}

static void follow(Early *e) {
  const IrAnalysis *an = e->pf->an;
  e->aliases[e->naliases++] = ir_ref(IR_REF_VALUE, e->call);
  for (uint32_t a = 0; a < e->naliases; a++) {
    uint32_t value = ir_ref_index(e->aliases[a]);
    for (uint32_t k = an->uses_at[value]; k < an->uses_at[value + 1]; k++) {
      const IrInsn *in = &e->fn->insns[an->uses[k]];
      IrRef result = ir_ref(IR_REF_VALUE, an->uses[k]);
      if (is_alias(e, result) || (in->op != IR_CONV && in->op != IR_PHI))
        continue;
      e->lost |= e->naliases == MAX_ALIASES || (in->op == IR_PHI && !merges_with_null(e, in));
      if (e->lost)
        return;
      e->aliases[e->naliases++] = result;
    }
  }
}

static bool touches(const Early *e, const IrInsn *in) {
  for (uint32_t i = 0; i < naddrs_of(in); i++)
    if (is_alias(e, ir_addr_root(e->fn, e->fn->addrs[in->aux + i].base)))
      return true;
  for (uint32_t i = 0; i < in->nargs; i++)
    if (is_alias(e, ir_arg(e->fn, in, i)) || is_alias(e, ir_addr_root(e->fn, ir_arg(e->fn, in, i))))
      return true;
  return false;
}

/* Calls on the way out other than to clean up say what is wrong. */
static bool cleans_up(const PgSummary *s) {
  return s->flags & (PG_FREES | PG_PURE | PG_UNLOCKS) && !(s->flags & PG_IO);
}

static uint8_t insn_does(const Early *e, IrInsnId id) {
  const IrInsn *in = &e->fn->insns[id];
  bool call = in->op == IR_CALL || in->op == IR_CALLP;
  const PgSummary *s = call ? pg_summary(e->p, e->pf->unit, e->fn, in) : NULL;
  if (!touches(e, in))
    return s && !cleans_up(s) ? SPEAKS : 0;
  switch ((IrOp)in->op) {
  case IR_EQ:
  case IR_NE:
  case IR_BR:
  case IR_CONV:
  case IR_PHI:
    return 0;
  case IR_CALL:
    if (s->freed_arg >= 0 && (uint32_t)s->freed_arg < in->nargs && !(s->flags & PG_GROWS) &&
        is_alias(e, ir_arg(e->fn, in, (uint32_t)s->freed_arg)))
      return GIVES_BACK;
    return USES;
  default:
    return USES;
  }
}

static uint8_t block_does(const Early *e, IrBlockId block, IrInsnId first) {
  const IrBlock *b = &e->fn->blocks[block];
  uint8_t does = 0;
  for (IrInsnId i = first; i < b->first + b->count; i++)
    does |= insn_does(e, i);
  return does;
}

/* All that can be done from the block on, on ways that are not cold; `entered` gets the blocks. */
static uint8_t from_block(Early *e, IrBlockId block) {
  const IrAnalysis *an = e->pf->an;
  uint8_t does = 0;
  uint32_t top = 0;
  for (uint32_t b = 0; b < e->fn->nblocks; b++)
    e->seen[b] = false;
  e->stack[top++] = block;
  e->seen[block] = true;
  while (top) {
    IrBlockId at = e->stack[--top];
    const IrBlock *b = &e->fn->blocks[at];
    does |= e->does[at];
    for (uint32_t i = 0; i < b->nsuccs; i++) {
      IrBlockId next = e->fn->edges[b->succs + i];
      if (an->cold[next] || e->seen[next])
        continue;
      e->seen[next] = true;
      e->stack[top++] = next;
    }
  }
  return does;
}

/* ---- guards ---------------------------------------------------------------------------------- */

/* The test is of an allocation or of what some call has answered: whether things went well. */
static bool tests_outcome(const Early *e, IrRef ref, int up) {
  const IrInsn *in = ir_def(e->fn, ref);
  if (!in || up == 0)
    return false;
  if ((in->op == IR_CALL || in->op == IR_CALLP) &&
      !(pg_summary(e->p, e->pf->unit, e->fn, in)->flags & PG_PURE))
    return true;
  if (in->op == IR_LOAD) /* of what a call has filled in */
    return ir_ref_kind(ir_addr_root(e->fn, ir_addr_of(e->fn, in)->base)) == IR_REF_LOCAL;
  for (uint32_t i = 0; i < in->nargs; i++)
    if (tests_outcome(e, ir_arg(e->fn, in, i), up - 1))
      return true;
  return false;
}

/* What the function returns when it goes on from `block` without a further branch; a NONE operand
 * when it does branch, or returns nothing. */
static IrRef returned_from(const Early *e, IrBlockId from, IrBlockId block, bool *returns) {
  const IrFunction *fn = e->fn;
  IrBlockId trail[UP];
  uint32_t n = 0;
  trail[n++] = from;
  *returns = false;
  while (n < UP) {
    const IrBlock *b = &fn->blocks[block];
    const IrInsn *end = &fn->insns[b->first + b->count - 1];
    trail[n++] = block;
    if (end->op == IR_RET) {
      *returns = true;
      IrRef value = end->nargs ? ir_arg(fn, end, 0) : ir_ref(IR_REF_NONE, 0);
      for (uint32_t k = n; k-- > 1;) {
        const IrInsn *phi = ir_def(fn, value);
        if (!ir_is(phi, IR_PHI) || e->pf->an->block_of[ir_ref_index(value)] != trail[k])
          continue;
        const IrBlock *at = &fn->blocks[trail[k]];
        for (uint32_t i = 0; i < at->npreds; i++)
          if (fn->edges[at->preds + i] == trail[k - 1])
            value = ir_arg(fn, phi, i);
      }
      return value;
    }
    if (b->nsuccs != 1)
      return ir_ref(IR_REF_NONE, 0);
    block = fn->edges[b->succs];
  }
  return ir_ref(IR_REF_NONE, 0);
}

/* NULL and numbers other than 0 say that something was wrong. */
static bool returns_failure(const Early *e, IrBlockId from, IrBlockId block, bool *returns) {
  IrRef value = returned_from(e, from, block, returns);
  const IrType *t = &e->pf->unit->types[e->fn->result];
  int64_t v;
  if (ir_ref_kind(value) == IR_REF_NONE)
    return t->kind != IR_T_VOID;
  if (!ir_const_int(e->fn, value, &v))
    return t->kind == IR_T_PTR;
  return t->kind == IR_T_PTR ? v == 0 : v != 0 && !(t->flags & IR_TF_BOOL);
}

static double share_of(const Early *e, IrBlockId block) {
  double taken = e->pf->an->freq[e->pf->an->block_of[e->call]];
  return taken > 0 ? e->pf->an->freq[block] / taken : 0;
}

/* Of the first block only what comes after the allocation. */
static void look_at_all(Early *e) {
  IrBlockId start = e->pf->an->block_of[e->call];
  for (uint32_t b = 0; b < e->fn->nblocks && !e->known; b++)
    if (b != start)
      e->does[b] = e->pf->an->cold[b] ? 0 : block_does(e, b, e->fn->blocks[b].first);
  e->known = true;
}

/* The successor that leaves the function without using the memory, IR_NONE when there is none. */
static IrBlockId early_exit(Early *e, IrBlockId guard) {
  const IrBlock *b = &e->fn->blocks[guard];
  const IrInsn *end = &e->fn->insns[b->first + b->count - 1];
  if (end->op != IR_BR || b->nsuccs != 2 || touches(e, end) ||
      tests_outcome(e, ir_arg(e->fn, end, 0), UP))
    return IR_NONE;
  look_at_all(e);
  for (uint32_t i = 0; i < 2; i++) {
    IrBlockId out = e->fn->edges[b->succs + i], on = e->fn->edges[b->succs + 1 - i];
    bool returns;
    if (e->pf->an->cold[out] || e->pf->an->cold[on] || share_of(e, out) < MIN_SHARE ||
        from_block(e, out) != GIVES_BACK || !(from_block(e, on) & USES) ||
        returns_failure(e, guard, out, &returns) || !returns)
      continue;
    return out;
  }
  return IR_NONE;
}

/* ---- reporting ------------------------------------------------------------------------------- */

static void report_early(const Early *e, IrBlockId guard, IrBlockId out, Report *r) {
  const PgFunction *pf = e->pf;
  const IrBlock *b = &e->fn->blocks[guard];
  IrLoc loc = place_of(e->fn, e->call);
  uint32_t loop = pf->an->loop_of[pf->an->block_of[e->call]];
  IrSymId callee = ir_callee(&e->fn->insns[e->call]);
  const char *name =
      callee == IR_NONE ? "an allocator" : ir_str(pf->unit, pf->unit->symbols[callee].name);
  Finding *f = report_add(r, pf->unit, loc);
  finding_in_loop(f, e->p, e->func, loop);
  f->cold |= loop == IR_NONE && pf->once;
  double share = share_of(e, out);
  f->message = report_format(r,
                             "%s takes memory with %s before a test after which it may return "
                             "without having used it",
                             pf->name, name);
  f->help = "take the memory after the test";
  finding_fact(f, "calls that return early, estimated", 100 * share, "%");
  finding_place(r, f, pf->unit, place_of(e->fn, b->first + b->count - 1), "the test");
  finding_place(r, f, pf->unit, place_of(e->fn, e->fn->blocks[out].first), "the way out");
  finding_site(f, pf->unit, loc, e->func, true);
  f->cost = COST_ALLOCATION;
  f->allocator_time = true;
  f->witness = WITNESS_CALL;
  f->confidence = CONFIDENCE_MEDIUM;
  f->growth = loop != IR_NONE || pf->heat ? GROWTH_PER_ITERATION : GROWTH_CONSTANT;
  f->severity = f->cold || !(loop != IR_NONE || pf->heat) ? SEVERITY_LOW : SEVERITY_MEDIUM;
  f->saving = share < 1 ? share : 1;
  f->saving_why =
      "the share of calls that return early, by the static estimate, saves the allocation";
  f->anchor = name;
}

/* A loop that calls the function pays for it each time: HP202's finding there. */
static bool is_paid_in_loop(const IrProgram *p, PgFunc func, IrInsnId call) {
  ScratchTable table = {.p = p};
  Scratch s = scratch_of(&table, func);
  bool paid = s.steps == 0 && s.call == call && scratch_paid_in_loop(&table, func);
  scratch_free(&table);
  return paid;
}

/* From the allocation on, as far as nothing uses the memory, or does what might have to come after
 * it. */
static void look_for_guards(Early *e, Report *r) {
  const IrAnalysis *an = e->pf->an;
  IrBlockId start = an->block_of[e->call];
  e->does[start] = block_does(e, start, e->call + 1);
  for (IrBlockId at = start; e->does[at] == 0;) {
    IrBlockId out = early_exit(e, at);
    if (out != IR_NONE) {
      if (!is_paid_in_loop(e->p, e->func, e->call))
        report_early(e, at, out, r);
      return;
    }
    /* on to the one successor that matters: the others are cold */
    const IrBlock *b = &e->fn->blocks[at];
    IrBlockId next = IR_NONE;
    for (uint32_t i = 0; i < b->nsuccs; i++) {
      IrBlockId to = e->fn->edges[b->succs + i];
      if (an->cold[to] || an->loop_of[to] != an->loop_of[start] || to <= at)
        continue;
      if (next != IR_NONE && to != next)
        return;
      next = to;
    }
    if (next == IR_NONE)
      return;
    at = next;
    e->does[at] = block_does(e, at, e->fn->blocks[at].first);
  }
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  if (!scratch_has_allocation(p, pf) || heat_cold_function(p, func))
    return;
  for (uint32_t c = 0; c < pf->ncalls; c++) {
    const PgCall *call = pg_call(p, pf->calls[c]);
    const IrInsn *in = &pf->fn->insns[call->insn];
    IrBlockId block = pf->an->block_of[call->insn];
    if (call->ends || pf->an->cold[block] || pf->an->loop_of[block] != IR_NONE ||
        call_is_further_target(p, pf, c) || !scratch_is_allocation(p, pf, in))
      continue;
    Early e = {.p = p, .pf = pf, .fn = pf->fn, .func = func, .call = call->insn};
    follow(&e);
    if (e.lost)
      continue;
    e.does = hp_calloc(pf->fn->nblocks, sizeof *e.does);
    e.seen = hp_calloc(pf->fn->nblocks, sizeof *e.seen);
    e.stack = hp_calloc(pf->fn->nblocks, sizeof *e.stack);
    look_for_guards(&e, r);
    free(e.does);
    free(e.seen);
    free(e.stack);
  }
}

const Rule rule_HP210 = {
    .id = "HP210",
    .name = "alloc-before-guard",
    .summary = "memory is taken before an early return that does not use it",
    .check_function = check,
    .page = page_HP210,
};
