/* ir_analyse: the passes in order, and the small ones of them. */
#include "ir/analysis_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- the function as a graph ----------------------------------------------------------------- */

static const uint32_t *fn_succs(const IrGraph *g, uint32_t block, uint32_t *count) {
  const IrFunction *fn = g->self;
  *count = fn->blocks[block].nsuccs;
  return *count ? fn->edges + fn->blocks[block].succs : NULL;
}

/* As ir_dominators, for blocks in reverse postorder with their predecessors at hand: each has one
 * with a smaller number, so that dominators have smaller numbers too. */
static uint32_t *find_dominators(const IrFunction *fn, HpArena *arena) {
  uint32_t *idom = HP_NEW(arena, uint32_t, fn->nblocks);
  memset(idom, 0xff, fn->nblocks * sizeof *idom);
  idom[0] = 0;
  for (bool changed = true; changed;) {
    changed = false;
    for (IrBlockId b = 1; b < fn->nblocks; b++) {
      uint32_t best = IR_NONE;
      for (uint32_t i = 0; i < fn->blocks[b].npreds; i++) {
        uint32_t p = fn->edges[fn->blocks[b].preds + i];
        if (idom[p] == IR_NONE)
          continue;
        if (best == IR_NONE)
          best = p;
        while (p != best) {
          if (p > best)
            p = idom[p];
          else
            best = idom[best];
        }
      }
      changed |= idom[b] != best;
      idom[b] = best;
    }
  }
  return idom;
}

static void find_loops(IrAnalysis *an) {
  const IrFunction *fn = an->fn;
  IrGraph graph = {fn, fn->nblocks, fn_succs};
  an->idom = find_dominators(fn, an->arena);
  an->priv->dom = ir_dom_order(an->idom, fn->nblocks, an->arena);
  an->loops = ir_natural_loops(&graph, an->idom, an->arena, &an->nloops, &an->loop_of);
  for (uint32_t i = 0; i < an->nloops; i++) {
    IrLoop *l = &an->loops[i];
    const IrBlock *header = &fn->blocks[l->header];
    const IrBlockInfo *info = ir_block_info(fn, header);
    if (info->flags & IR_BLOCK_LOOP)
      l->loc = info->loc;
    for (uint32_t k = 0; k < header->count && !l->loc; k++)
      l->loc = fn->insns[header->first + k].loc;
  }
}

bool ir_loop_contains(const IrAnalysis *an, uint32_t loop, IrBlockId block) {
  uint32_t l = an->loop_of[block], depth = an->loops[loop].depth;
  while (l != IR_NONE && an->loops[l].depth > depth)
    l = an->loops[l].parent;
  return l == loop;
}

uint32_t ir_irreducible_around(const IrAnalysis *an, IrBlockId block) {
  uint32_t l = an->loop_of[block];
  while (l != IR_NONE && !an->loops[l].irreducible)
    l = an->loops[l].parent;
  return l;
}

static void find_blocks(IrAnalysis *an) {
  an->block_of = HP_NEW(an->arena, IrBlockId, an->fn->ninsns);
  for (uint32_t b = 0; b < an->fn->nblocks; b++)
    for (uint32_t i = 0; i < an->fn->blocks[b].count; i++)
      an->block_of[an->fn->blocks[b].first + i] = b;
}

/* ---- uses ------------------------------------------------------------------------------------ */

typedef struct UseWalk {
  IrAnalysis *an;
  IrInsnId *last; /* by value: the last user seen + 1 */
  bool fill;
} UseWalk;

static void use(UseWalk *w, IrInsnId user, IrRef ref) {
  if (ir_ref_kind(ref) != IR_REF_VALUE)
    return;
  uint32_t v = ir_ref_index(ref);
  if (w->last[v] == user + 1)
    return;
  w->last[v] = user + 1;
  if (w->fill)
    w->an->uses[--w->an->uses_at[v]] = user;
  else
    w->an->uses_at[v]++;
}

static void use_addr(UseWalk *w, IrInsnId user, const IrAddr *a) {
  use(w, user, a->base);
  use(w, user, a->index);
}

static void use_operands(UseWalk *w, IrInsnId i) {
  const IrFunction *fn = w->an->fn;
  const IrInsn *in = &fn->insns[i];
  for (uint32_t k = 0; k < in->nargs; k++)
    use(w, i, ir_arg(fn, in, k));
  const IrAddr *addr = ir_addr_of(fn, in);
  if (!addr)
    return;
  use_addr(w, i, addr);
  if (in->op == IR_COPY)
    use_addr(w, i, addr + 1);
}

/* Counts, sums up, then fills each list from its end: uses_at[v] sinks to the list's start. */
static void find_uses(IrAnalysis *an) {
  uint32_t n = an->fn->ninsns;
  an->uses_at = HP_NEW(an->arena, uint32_t, n + 1u);
  UseWalk w = {an, hp_calloc(n, sizeof(IrInsnId)), false};
  for (uint32_t i = 0; i < n; i++)
    use_operands(&w, i);
  for (uint32_t i = 1; i < n; i++)
    an->uses_at[i] += an->uses_at[i - 1];
  an->uses_at[n] = n ? an->uses_at[n - 1] : 0;
  an->uses = HP_NEW(an->arena, uint32_t, an->uses_at[n]);
  for (uint32_t i = 0; i < n; i++)
    w.last[i] = 0;
  w.fill = true;
  for (uint32_t i = n; i-- > 0;)
    use_operands(&w, i);
  free(w.last);
}

/* ---- all of it ------------------------------------------------------------------------------- */

IrAnalysis *ir_analyse(const IrUnit *unit, const IrFunction *fn, HpArena *arena) {
  IrAnalysis *an = HP_NEW(arena, IrAnalysis, 1);
  an->unit = unit;
  an->fn = fn;
  an->arena = arena;
  an->priv = HP_NEW(arena, struct IrAnalysisPrivate, 1);
  find_blocks(an);
  find_uses(an);
  find_loops(an);
  ir_find_roots(an);
  ir_find_writes(an);
  ir_find_evolutions(an);
  ir_find_chases(an);
  ir_find_accesses(an);
  ir_find_cold(an);
  ir_find_frequencies(an);
  ir_find_tested(an);
  ir_find_links(an);
  return an;
}
