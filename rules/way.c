/* The longest path through the loop's blocks. They are stored in reverse postorder, so an edge to
 * an earlier block goes back, and one pass in order sees each block after all that lead to it. */
#include "rules/way.h"

#include <stdlib.h>
#include <string.h>

/* The predecessor in the loop that the heaviest way to the block comes from; IR_NONE: none. */
static IrBlockId heaviest_before(const IrAnalysis *an, uint32_t loop, IrBlockId block,
                                 const double *to) {
  const IrBlock *b = &an->fn->blocks[block];
  IrBlockId best = IR_NONE;
  for (uint32_t i = 0; i < b->npreds; i++) {
    IrBlockId pred = an->fn->edges[b->preds + i];
    if (pred < block && ir_loop_contains(an, loop, pred) &&
        (best == IR_NONE || to[pred] > to[best]))
      best = pred;
  }
  return best;
}

void way_of_most(const IrAnalysis *an, uint32_t loop, const double *weight, bool *on_way) {
  const IrLoop *l = &an->loops[loop];
  uint32_t nblocks = an->fn->nblocks;
  double *to = hp_malloc(nblocks * sizeof *to); /* of the heaviest way up to and with the block */
  IrBlockId *before = hp_malloc(nblocks * sizeof *before);
  IrBlockId last = l->blocks[0];
  for (uint32_t i = 0; i < l->nblocks; i++) {
    IrBlockId block = l->blocks[i];
    before[block] = heaviest_before(an, loop, block, to);
    to[block] = weight[block] + (before[block] == IR_NONE ? 0 : to[before[block]]);
    if (to[block] > to[last])
      last = block;
  }
  memset(on_way, 0, nblocks * sizeof *on_way);
  for (IrBlockId block = last; block != IR_NONE; block = before[block])
    on_way[block] = true;
  free(to);
  free(before);
}
