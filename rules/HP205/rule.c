/* HP205 short-lived-heap: a function takes a small block of fixed size from the heap and gives it
 * back before it returns: a local variable does as well. Where a loop calls the function and so
 * pays for it each time, HP202 says so there; where the block is taken in a loop, HP201 does. */
#include "rules/rule.h"
#include "rules/calls.h"
#include "rules/cycles.h"
#include "rules/fresh.h"
#include "rules/heat.h"
#include "rules/scratch.h"
#include "rules/touch.h"

extern const char page_HP205[];

enum { MOST_BYTES = 4096, MAX_BLOCKS = 8, DOWN = 4 };

typedef struct Blocks {
  struct {
    IrInsnId call, freed;
    int64_t bytes;
  } items[MAX_BLOCKS];
  uint32_t count;
  int64_t bytes;
} Blocks;

/* A constructor that takes further blocks for the object (`does` is PG_ALLOCATES), or a destructor
 * that gives further ones back (PG_FREES; one in a loop gives back several), has to do with more
 * than a variable could be. */
static bool only_one_block(const IrProgram *p, PgFunc callee, uint32_t does, int down) {
  const PgFunction *cf = callee == IR_NONE ? NULL : pg_func(p, callee);
  uint32_t blocks = 0;
  PgFunc next = IR_NONE;
  if (!cf || !cf->an)
    return true;
  for (uint32_t c = 0; c < cf->ncalls; c++) {
    const PgCall *call = pg_call(p, cf->calls[c]);
    if (call->ends || call_is_further_target(p, cf, c) ||
        !(pg_summary(p, cf->unit, cf->fn, &cf->fn->insns[call->insn])->flags & does))
      continue;
    blocks += does == PG_FREES && call->loop_depth ? 2 : 1;
    next = call->callee;
  }
  return blocks <= 1 && (down == 0 || only_one_block(p, next, does, down - 1));
}

/* Every block of the function that could be a variable. */
static Blocks blocks_of(const IrProgram *p, const PgFunction *pf) {
  Blocks found = {.count = 0};
  for (uint32_t c = 0; c < pf->ncalls && found.count < MAX_BLOCKS; c++) {
    const PgCall *call = pg_call(p, pf->calls[c]);
    const IrInsn *in = &pf->fn->insns[call->insn];
    IrInsnId freed;
    int64_t bytes;
    IrBlockId block = pf->an->block_of[call->insn];
    if (call->ends || pf->an->loop_of[block] != IR_NONE || pf->an->cold[block] ||
        call_is_further_target(p, pf, c) || !scratch_is_allocation(p, pf, in) ||
        !fresh_bytes(p, pf, call->insn, &bytes) || bytes <= 0 || bytes > MOST_BYTES ||
        !only_one_block(p, call->callee, PG_ALLOCATES, DOWN) ||
        !scratch_block(p, pf, call->insn, &freed) ||
        !only_one_block(p, pg_callee(p, pf->unit, pf->fn, &pf->fn->insns[freed]), PG_FREES, DOWN))
      continue;
    found.items[found.count].call = call->insn;
    found.items[found.count].freed = freed;
    found.items[found.count++].bytes = bytes;
    found.bytes += bytes;
  }
  return found;
}

static bool is_own(const Blocks *b, IrInsnId insn) {
  for (uint32_t i = 0; i < b->count; i++)
    if (b->items[i].call == insn || b->items[i].freed == insn)
      return true;
  return false;
}

/* The block is a small part of what a call of the function does: it loops, waits, allocates. */
static bool does_more(const IrProgram *p, const PgFunction *pf, const Blocks *b) {
  for (uint32_t i = 0; i < pf->an->nloops; i++)
    if (!pf->an->cold[pf->an->loops[i].header])
      return true;
  for (uint32_t c = 0; c < pf->ncalls; c++) {
    const PgCall *call = pg_call(p, pf->calls[c]);
    if (call->ends || is_own(b, call->insn) || pf->an->cold[pf->an->block_of[call->insn]])
      continue;
    const PgSummary *s = pg_summary(p, pf->unit, pf->fn, &pf->fn->insns[call->insn]);
    if (s->flags & (PG_ALLOCATES | PG_IO | PG_BLOCKS | PG_RECURSIVE) ||
        (s->flags & PG_FREES && s->freed_arg < 0))
      return true;
    const PgFunction *cf = call->callee == IR_NONE ? NULL : pg_func(p, call->callee);
    if (cf && cf->an && cf->an->nloops)
      return true;
  }
  return false;
}

static void report_blocks(const IrProgram *p, PgFunc func, const Blocks *b, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  IrLoc loc = place_of(pf->fn, b->items[0].call);
  Finding *f = report_add(r, pf->unit, loc);
  finding_in_loop(f, p, func, IR_NONE);
  f->cold |= pf->once;
  const char *blocks = b->count == 1 ? "" : report_format(r, " in %u blocks", b->count);
  f->message = report_format(r,
                             "each call of %s takes %lld bytes%s from the heap and frees them "
                             "before it returns",
                             pf->name, (long long)b->bytes, blocks);
  f->help = "use a local variable";
  finding_fact(f, "bytes per call", (double)b->bytes, "bytes");
  finding_fact(f, "allocations per call", b->count, "calls");
  for (uint32_t i = 0; i < b->count; i++) {
    IrLoc taken = place_of(pf->fn, b->items[i].call);
    IrLoc freed = place_of(pf->fn, b->items[i].freed);
    if (i)
      finding_place(r, f, pf->unit, taken, "%lld bytes more are taken here",
                    (long long)b->items[i].bytes);
    finding_place(r, f, pf->unit, freed, "and freed here");
    finding_site(f, pf->unit, taken, func, true);
    finding_site(f, pf->unit, freed, func, true);
  }
  f->cost = COST_ALLOCATION;
  f->allocator_time = true;
  f->witness = WITNESS_CALL;
  f->growth = pf->heat ? GROWTH_PER_ITERATION : GROWTH_CONSTANT;
  f->severity = f->cold || !pf->heat ? SEVERITY_LOW : SEVERITY_MEDIUM;
  if (does_more(p, pf, b)) {
    f->severity = SEVERITY_LOW;
    f->show = SHOW_LOW;
  }
  double pairs = 0;
  for (uint32_t i = 0; i < b->count; i++)
    pairs += cycles_pair((double)b->items[i].bytes);
  f->saving = cycles_saving(pairs + CYCLES_WORK, CYCLES_WORK);
  f->saving_why = report_format(r,
                                "malloc and free take about %.0f cycles; the call's own use of the "
                                "memory, taken as %d, stays",
                                pairs, CYCLES_WORK);
  f->anchor = report_format(r, "%u blocks", b->count);
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  if (!scratch_has_allocation(p, pf) || heat_cold_function(p, func))
    return;
  Blocks b = blocks_of(p, pf);
  if (!b.count)
    return;
  ScratchTable table = {.p = p};
  bool paid = scratch_of(&table, func).steps == 0 && scratch_paid_in_loop(&table, func);
  scratch_free(&table);
  if (!paid)
    report_blocks(p, func, &b, r);
}

const Rule rule_HP205 = {
    .id = "HP205",
    .name = "short-lived-heap",
    .summary = "a small block of fixed size is freed by the function that took it",
    .check_function = check,
    .page = page_HP205,
};
