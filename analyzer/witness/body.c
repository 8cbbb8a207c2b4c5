/* An LLVM function as the graph that hplint's own dominators and loops work on. */
#include "analyzer/witness/witness.h"

#include <stdlib.h>
#include <string.h>

static unsigned successors(LLVMBasicBlockRef block) {
  LLVMValueRef end = LLVMGetBasicBlockTerminator(block);
  return end ? LLVMGetNumSuccessors(end) : 0;
}

/* Numbers the blocks that can be reached, in the order of a search from the entry. */
static void number_blocks(Body *b, PtrNumbers *numbers) {
  uint32_t cap = LLVMCountBasicBlocks(b->fn);
  bool fresh;
  b->blocks = HP_NEW(b->arena, LLVMBasicBlockRef, cap);
  b->blocks[b->nblocks++] = LLVMGetEntryBasicBlock(b->fn);
  *ptr_number(numbers, b->blocks[0], &fresh) = 0;
  for (uint32_t i = 0; i < b->nblocks; i++) {
    unsigned count = successors(b->blocks[i]);
    for (unsigned k = 0; k < count; k++) {
      LLVMBasicBlockRef next = LLVMGetSuccessor(LLVMGetBasicBlockTerminator(b->blocks[i]), k);
      uint32_t *number = ptr_number(numbers, next, &fresh);
      if (!fresh)
        continue;
      *number = b->nblocks;
      b->blocks[b->nblocks++] = next;
    }
  }
}

static void add_edges(Body *b, const PtrNumbers *numbers) {
  uint32_t edges = 0;
  b->succ_at = HP_NEW(b->arena, uint32_t, b->nblocks + 1);
  for (uint32_t i = 0; i < b->nblocks; i++) {
    b->succ_at[i] = edges;
    edges += successors(b->blocks[i]);
  }
  b->succ_at[b->nblocks] = edges;
  b->succs = HP_NEW(b->arena, uint32_t, edges);
  for (uint32_t i = 0; i < b->nblocks; i++)
    for (uint32_t k = b->succ_at[i]; k < b->succ_at[i + 1]; k++)
      b->succs[k] = ptr_find(
          numbers, LLVMGetSuccessor(LLVMGetBasicBlockTerminator(b->blocks[i]), k - b->succ_at[i]));
}

static const uint32_t *succs_of(const IrGraph *graph, uint32_t block, uint32_t *count) {
  const Body *b = graph->self;
  *count = b->succ_at[block + 1] - b->succ_at[block];
  return b->succs + b->succ_at[block];
}

/* ---- where a loop begins --------------------------------------------------------------------- */

/* The loop's metadata at an edge back: itself, then the places of its start and end. */
static bool start_from_metadata(Scopes *s, LLVMBasicBlockRef latch, Place *start) {
  LLVMValueRef end = LLVMGetBasicBlockTerminator(latch);
  unsigned kind = LLVMGetMDKindIDInContext(s->context, "llvm.loop", strlen("llvm.loop"));
  LLVMValueRef node = LLVMGetMetadata(end, kind);
  unsigned count = node ? LLVMGetMDNodeNumOperands(node) : 0;
  if (count < 2)
    return false;
  LLVMValueRef *operands = hp_calloc(count, sizeof(LLVMValueRef));
  LLVMGetMDNodeOperands(node, operands);
  LLVMMetadataRef first = operands[1] ? LLVMValueAsMetadata(operands[1]) : NULL;
  free((void *)operands);
  if (!first || LLVMGetMetadataKind(first) != LLVMDILocationMetadataKind)
    return false;
  *start = scopes_place(s, first);
  return true;
}

static Place first_place(Scopes *s, LLVMBasicBlockRef block) {
  for (LLVMValueRef i = LLVMGetFirstInstruction(block); i; i = LLVMGetNextInstruction(i)) {
    Place p = scopes_place(s, LLVMInstructionGetDebugLoc(i));
    if (p.line)
      return p;
  }
  return (Place){0};
}

static void find_start(Body *b, uint32_t loop, Scopes *s) {
  const IrLoop *l = &b->loops[loop];
  BodyLoop *start = &b->starts[loop];
  for (uint32_t i = 0; i < l->nblocks && !start->exact; i++) {
    uint32_t block = l->blocks[i];
    for (uint32_t k = b->succ_at[block]; k < b->succ_at[block + 1] && !start->exact; k++)
      if (b->succs[k] == l->header)
        start->exact = start_from_metadata(s, b->blocks[block], &start->start);
  }
  if (!start->exact)
    start->start = first_place(s, b->blocks[l->header]);
}

void body_build(Body *b, LLVMValueRef fn, Scopes *scopes) {
  *b = (Body){.fn = fn, .arena = hp_arena_new()};
  PtrNumbers numbers = {0};
  number_blocks(b, &numbers);
  add_edges(b, &numbers);
  free(numbers.slots);
  IrGraph graph = {b, b->nblocks, succs_of};
  const uint32_t *idom = ir_dominators(&graph, b->arena);
  b->loops = ir_natural_loops(&graph, idom, b->arena, &b->nloops, &b->loop_of);
  b->starts = HP_NEW(b->arena, BodyLoop, b->nloops);
  for (uint32_t i = 0; i < b->nloops; i++)
    find_start(b, i, scopes);
}

void body_free(Body *b) {
  hp_arena_free(b->arena);
}
