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

/* Does any edge go back? */
static bool find_dominators(IrAnalysis *an) {
  uint32_t n = an->fn->nblocks;
  an->idom = HP_NEW(an->arena, uint32_t, n);
  bool back = ir_block_dominators(an->fn, an->idom);
  an->priv->dom = ir_block_dom_order(an->idom, n, HP_NEW(an->arena, uint32_t, (size_t)n * 3));
  return back;
}

static void find_loops(IrAnalysis *an) {
  const IrFunction *fn = an->fn;
  IrGraph graph = {fn, fn->nblocks, fn_succs};
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

static void find_no_loops(IrAnalysis *an) {
  an->loop_of = HP_NEW(an->arena, uint32_t, an->fn->nblocks);
  memset(an->loop_of, 0xff, an->fn->nblocks * sizeof *an->loop_of);
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

typedef struct Use {
  IrInsnId value, user;
} Use;

typedef struct UseWalk {
  const IrFunction *fn;
  IrInsnId *last; /* by value: the last user seen + 1 */
  Use *uses;      /* by user, each once */
  uint32_t count;
} UseWalk;

static void use(UseWalk *w, IrInsnId user, IrRef ref) {
  uint32_t v = ir_ref_index(ref);
  if (ir_ref_kind(ref) != IR_REF_VALUE || w->last[v] == user + 1)
    return;
  w->last[v] = user + 1;
  w->uses[w->count++] = (Use){v, user};
}

static void use_operands(UseWalk *w, IrInsnId i) {
  const IrInsn *in = &w->fn->insns[i];
  const IrAddr *addr = ir_addr_of(w->fn, in);
  for (uint32_t k = 0; k < in->nargs; k++)
    use(w, i, ir_arg(w->fn, in, k));
  for (uint32_t k = 0; k < ir_op_naddrs(in->op); k++) {
    use(w, i, addr[k].base);
    use(w, i, addr[k].index);
  }
}

/* Counts, sums up, then fills each list from its end: uses_at[v] sinks to the list's start. */
static void find_uses(IrAnalysis *an) {
  const IrFunction *fn = an->fn;
  uint32_t n = fn->ninsns, *at = an->uses_at = HP_NEW(an->arena, uint32_t, n + 1u);
  UseWalk w = {fn, hp_calloc(n, sizeof(IrInsnId)),
               hp_malloc((fn->nargs + (size_t)n * 4) * sizeof(Use)), 0};
  for (uint32_t i = 0; i < n; i++)
    use_operands(&w, i);
  for (uint32_t i = 0; i < w.count; i++)
    at[w.uses[i].value]++;
  for (uint32_t i = 1; i <= n; i++)
    at[i] += at[i - 1];
  an->uses = HP_NEW(an->arena, uint32_t, w.count);
  for (uint32_t i = w.count; i-- > 0;)
    an->uses[--at[w.uses[i].value]] = w.uses[i].user;
  free(w.last);
  free(w.uses);
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
  if (find_dominators(an))
    find_loops(an);
  else
    find_no_loops(an);
  ir_find_roots(an);
  ir_find_writes(an);
  ir_find_evolutions(an);
  ir_find_chases(an);
  ir_find_accesses(an);
  ir_find_links(an);
  ir_find_cold(an);
  ir_find_frequencies(an);
  ir_find_tested(an);
  return an;
}
