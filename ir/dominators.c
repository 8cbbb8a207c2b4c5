/* Dominators of a flow graph: Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001).
 * Works in reverse postorder numbers, where an immediate dominator always has the smaller number,
 * so that two blocks' nearest common dominator is found by climbing. */
#include "ir/analysis_private.h"

#include <stdlib.h>
#include <string.h>

typedef struct Order {
  uint32_t *number; /* by block: position in reverse postorder, IR_NONE if unreachable */
  uint32_t *blocks; /* by position */
  uint32_t count;
} Order;

static Order reverse_postorder(const IrGraph *g) {
  uint32_t n = g->nblocks, depth = 0, finished = n;
  Order o = {hp_malloc(n * sizeof(uint32_t)), hp_malloc(n * sizeof(uint32_t)), 0};
  uint32_t *stack = hp_malloc(n * sizeof(uint32_t)), *next = hp_calloc(n, sizeof(uint32_t));
  bool *seen = hp_calloc(n, sizeof(bool));
  stack[depth++] = 0;
  seen[0] = true;
  while (depth) {
    uint32_t b = stack[depth - 1], count;
    const uint32_t *succs = g->succs(g, b, &count);
    if (next[b] == count) {
      o.blocks[--finished] = b;
      depth--;
      continue;
    }
    uint32_t s = succs[next[b]++];
    if (!seen[s]) {
      seen[s] = true;
      stack[depth++] = s;
    }
  }
  o.count = n - finished;
  for (uint32_t i = 0; i < o.count; i++)
    o.blocks[i] = o.blocks[finished + i];
  for (uint32_t b = 0; b < n; b++)
    o.number[b] = IR_NONE;
  for (uint32_t i = 0; i < o.count; i++)
    o.number[o.blocks[i]] = i;
  free(stack);
  free(next);
  free(seen);
  return o;
}

IrLists ir_graph_preds(const IrGraph *g) {
  IrLists p = {hp_calloc(g->nblocks + 1u, sizeof(uint32_t)), NULL};
  uint32_t count;
  for (uint32_t b = 0; b < g->nblocks; b++) {
    const uint32_t *succs = g->succs(g, b, &count);
    for (uint32_t i = 0; i < count; i++)
      p.at[succs[i] + 1]++;
  }
  for (uint32_t b = 0; b < g->nblocks; b++)
    p.at[b + 1] += p.at[b];
  p.items = hp_malloc(p.at[g->nblocks] * sizeof(uint32_t));
  uint32_t *fill = hp_malloc(g->nblocks * sizeof(uint32_t));
  for (uint32_t b = 0; b < g->nblocks; b++)
    fill[b] = p.at[b];
  for (uint32_t b = 0; b < g->nblocks; b++) {
    const uint32_t *succs = g->succs(g, b, &count);
    for (uint32_t i = 0; i < count; i++)
      p.items[fill[succs[i]]++] = b;
  }
  free(fill);
  return p;
}

void ir_lists_free(IrLists *lists) {
  free(lists->at);
  free(lists->items);
}

/* Nearest common dominator, in numbers. */
static uint32_t meet(const uint32_t *dom, uint32_t a, uint32_t b) {
  while (a != b) {
    while (a > b)
      a = dom[a];
    while (b > a)
      b = dom[b];
  }
  return a;
}

uint32_t *ir_dominators(const IrGraph *g, HpArena *arena) {
  uint32_t *idom = HP_NEW(arena, uint32_t, g->nblocks);
  Order o = reverse_postorder(g);
  IrLists preds = ir_graph_preds(g);
  uint32_t *dom = hp_malloc(o.count * sizeof(uint32_t));
  for (uint32_t i = 0; i < o.count; i++)
    dom[i] = i ? IR_NONE : 0;
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t i = 1; i < o.count; i++) {
      uint32_t b = o.blocks[i], best = IR_NONE;
      for (uint32_t k = preds.at[b]; k < preds.at[b + 1]; k++) {
        uint32_t p = o.number[preds.items[k]];
        if (p != IR_NONE && dom[p] != IR_NONE)
          best = best == IR_NONE ? p : meet(dom, p, best);
      }
      if (dom[i] != best) {
        dom[i] = best;
        changed = true;
      }
    }
  }
  for (uint32_t b = 0; b < g->nblocks; b++)
    idom[b] = o.number[b] == IR_NONE ? IR_NONE : o.blocks[dom[o.number[b]]];
  free(dom);
  free(o.number);
  free(o.blocks);
  ir_lists_free(&preds);
  return idom;
}

bool ir_dominates(const uint32_t *idom, uint32_t a, uint32_t b) {
  while (b != a) {
    if (b == IR_NONE || idom[b] == b)
      return false;
    b = idom[b];
  }
  return true;
}

/* Numbers the dominator tree so that "a dominates b" is two comparisons. */
IrDomOrder ir_dom_order(const uint32_t *idom, uint32_t n, HpArena *arena) {
  IrDomOrder d = {HP_NEW(arena, uint32_t, n), HP_NEW(arena, uint32_t, n)};
  uint32_t *child = hp_malloc(n * sizeof(uint32_t)), *sibling = hp_malloc(n * sizeof(uint32_t));
  for (uint32_t b = 0; b < n; b++) {
    child[b] = IR_NONE;
    d.in[b] = d.out[b] = IR_NONE; /* unreachable: dominates nothing */
  }
  for (uint32_t b = n; b-- > 1;)
    if (idom[b] != IR_NONE) {
      sibling[b] = child[idom[b]];
      child[idom[b]] = b;
    }
  uint32_t clock = 0, b = 0;
  d.in[0] = clock++;
  for (;;) { /* `child` is consumed as the cursor of each block */
    uint32_t c = child[b];
    if (c != IR_NONE) {
      child[b] = sibling[c];
      d.in[c] = clock++;
      b = c;
      continue;
    }
    d.out[b] = clock;
    if (b == 0)
      break;
    b = idom[b];
  }
  free(child);
  free(sibling);
  return d;
}

/* ---- of a function --------------------------------------------------------------------------- */

/* One round; true when something changed. */
static bool find_block_dominators(const IrFunction *fn, uint32_t *idom, bool *back) {
  bool changed = false;
  for (IrBlockId b = 1; b < fn->nblocks; b++) {
    const IrBlock *block = &fn->blocks[b];
    uint32_t best = IR_NONE;
    for (uint32_t i = 0; i < block->npreds; i++) {
      uint32_t p = fn->edges[block->preds + i];
      *back |= p >= b;
      if (idom[p] != IR_NONE)
        best = best == IR_NONE ? p : meet(idom, p, best);
    }
    changed |= idom[b] != best;
    idom[b] = best;
  }
  return changed;
}

/* Where no edge goes back, all predecessors are known in the first round. */
bool ir_block_dominators(const IrFunction *fn, uint32_t *idom) {
  bool back = false;
  memset(idom, 0xff, fn->nblocks * sizeof *idom);
  idom[0] = 0;
  while (find_block_dominators(fn, idom, &back) && back) {
  }
  return back;
}

/* Blocks come after their dominators: sizes of subtrees upwards, then places in them downwards. */
IrDomOrder ir_block_dom_order(const uint32_t *idom, uint32_t n, uint32_t *room) {
  IrDomOrder d = {room, room + n};
  uint32_t *next = d.out + n; /* by block: the place of its next child */
  for (uint32_t b = 0; b < n; b++)
    d.out[b] = 1;
  for (uint32_t b = n; b-- > 1;)
    d.out[idom[b]] += d.out[b];
  d.in[0] = 0;
  next[0] = 1;
  for (uint32_t b = 1; b < n; b++) {
    d.in[b] = next[idom[b]];
    next[idom[b]] += d.out[b];
    next[b] = d.in[b] + 1;
    d.out[b] += d.in[b];
  }
  return d;
}
