/* Reachable blocks and natural loops of an LLVM function. Written apart from ir/dominators.c and
 * ir/loops.c on purpose, and in the plainest way: a loop is the header of a back edge and all that
 * reaches the edge without passing the header. */
#include "tests/oracle/oracle.h"

#include <llvm-c/DebugInfo.h>
#include <stdlib.h>
#include <string.h>

typedef struct Block {
  LLVMBasicBlockRef ref;
  uint32_t *succs, nsuccs; /* into Graph.blocks */
  bool *taken;             /* by successor: some run may go there */
  bool reachable;
  uint32_t order; /* reverse postorder */
} Block;

typedef struct Graph {
  HpArena *arena;
  Block *blocks; /* sorted by address */
  uint32_t n;
} Graph;

/* ---- blocks and edges ------------------------------------------------------------------------ */

static int by_address(const void *a, const void *b) {
  uintptr_t x = (uintptr_t)((const Block *)a)->ref, y = (uintptr_t)((const Block *)b)->ref;
  return x < y ? -1 : x > y;
}

static uint32_t index_of(const Graph *g, LLVMBasicBlockRef ref) {
  Block key = {.ref = ref};
  const Block *found = bsearch(&key, g->blocks, g->n, sizeof key, by_address);
  HP_ASSERT(found);
  return (uint32_t)(found - g->blocks);
}

static Graph make_graph(LLVMValueRef function, HpArena *arena) {
  Graph g = {.arena = arena, .n = LLVMCountBasicBlocks(function)};
  g.blocks = HP_NEW(arena, Block, g.n);
  uint32_t at = 0;
  for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(function); b; b = LLVMGetNextBasicBlock(b))
    g.blocks[at++].ref = b;
  qsort(g.blocks, g.n, sizeof *g.blocks, by_address);
  for (uint32_t i = 0; i < g.n; i++) {
    Block *b = &g.blocks[i];
    LLVMValueRef end = LLVMGetBasicBlockTerminator(b->ref);
    b->nsuccs = LLVMGetNumSuccessors(end);
    b->succs = HP_NEW(arena, uint32_t, b->nsuccs);
    b->taken = HP_NEW(arena, bool, b->nsuccs);
    for (uint32_t k = 0; k < b->nsuccs; k++)
      b->succs[k] = index_of(&g, LLVMGetSuccessor(end, k));
  }
  return g;
}

/* ---- conditions that are constants ----------------------------------------------------------- */

static bool edge_taken(const Graph *g, LLVMBasicBlockRef from, LLVMBasicBlockRef to) {
  const Block *b = &g->blocks[index_of(g, from)];
  for (uint32_t i = 0; i < b->nsuccs; i++)
    if (b->taken[i] && g->blocks[b->succs[i]].ref == to)
      return true;
  return false;
}

enum { MOST_STEPS = 16 }; /* from a condition back to what makes it */

static bool known(const Graph *g, LLVMValueRef v, int64_t *out, unsigned depth);

/* The operand that flows in, as far as edges are known to be taken. */
static bool known_phi(const Graph *g, LLVMValueRef phi, int64_t *out, unsigned depth) {
  LLVMBasicBlockRef here = LLVMGetInstructionParent(phi);
  bool any = false;
  for (unsigned i = 0; i < LLVMCountIncoming(phi); i++) {
    int64_t number;
    if (!edge_taken(g, LLVMGetIncomingBlock(phi, i), here))
      continue;
    if (!known(g, LLVMGetIncomingValue(phi, i), &number, depth) || (any && number != *out))
      return false;
    *out = number;
    any = true;
  }
  return any;
}

/* What is never constant in code that is not optimised, where hplint takes the same side, and
 * __builtin_expect. */
static bool known_call(const Graph *g, LLVMValueRef call, int64_t *out, unsigned depth) {
  LLVMValueRef callee = LLVMGetCalledValue(call);
  size_t length;
  const char *name = LLVMGetValueName2(callee, &length);
  if (!strncmp(name, "llvm.is.constant.", 17)) {
    *out = 0;
    return true;
  }
  return !strncmp(name, "llvm.expect.", 12) && known(g, LLVMGetOperand(call, 0), out, depth);
}

static bool compares(LLVMIntPredicate predicate, unsigned width, uint64_t x, uint64_t y) {
  int64_t sx = (int64_t)(x << (64 - width)), sy = (int64_t)(y << (64 - width));
  switch (predicate) {
  case LLVMIntEQ:
    return x == y;
  case LLVMIntNE:
    return x != y;
  case LLVMIntUGT:
    return x > y;
  case LLVMIntUGE:
    return x >= y;
  case LLVMIntULT:
    return x < y;
  case LLVMIntULE:
    return x <= y;
  case LLVMIntSGT:
    return sx > sy;
  case LLVMIntSGE:
    return sx >= sy;
  case LLVMIntSLT:
    return sx < sy;
  case LLVMIntSLE:
    return sx <= sy;
  }
  return false;
}

/* A local variable's address is that of no other object, and not null. */
static bool known_addresses(LLVMValueRef compare, int64_t *out) {
  LLVMValueRef x = LLVMGetOperand(compare, 0), y = LLVMGetOperand(compare, 1);
  bool local = LLVMIsAAllocaInst(x) || LLVMIsAAllocaInst(y);
  LLVMValueRef operands[] = {x, y};
  for (int i = 0; i < 2; i++)
    if (!LLVMIsAAllocaInst(operands[i]) && !LLVMIsAGlobalVariable(operands[i]) &&
        !LLVMIsAConstantPointerNull(operands[i]))
      return false;
  LLVMIntPredicate predicate = LLVMGetICmpPredicate(compare);
  *out = predicate == LLVMIntEQ ? x == y : x != y;
  return local && (predicate == LLVMIntEQ || predicate == LLVMIntNE);
}

static uint64_t cut(uint64_t number, LLVMTypeRef type) {
  return number & (UINT64_MAX >> (64 - LLVMGetIntTypeWidth(type)));
}

static bool known_operator(const Graph *g, LLVMValueRef v, int64_t *out, unsigned depth) {
  LLVMValueRef a = LLVMGetOperand(v, 0);
  LLVMOpcode op = LLVMGetInstructionOpcode(v);
  int64_t x, y = 0;
  if (!known(g, a, &x, depth) || LLVMGetTypeKind(LLVMTypeOf(a)) != LLVMIntegerTypeKind ||
      (LLVMGetNumOperands(v) == 2 && !known(g, LLVMGetOperand(v, 1), &y, depth)))
    return false;
  unsigned unused = 64 - LLVMGetIntTypeWidth(LLVMTypeOf(a));
  uint64_t number = (uint64_t)x;
  switch (op) {
  case LLVMICmp:
    *out = compares(LLVMGetICmpPredicate(v), 64 - unused, (uint64_t)x, (uint64_t)y);
    return true;
  case LLVMSExt:
    number = (uint64_t)((int64_t)(number << unused) >> unused);
    break;
  case LLVMXor: /* `!`, `~` */
    number ^= (uint64_t)y;
    break;
  case LLVMOr:
    number |= (uint64_t)y;
    break;
  case LLVMAnd:
    number &= (uint64_t)y;
    break;
  default: /* ZExt, Trunc */
    break;
  }
  *out = (int64_t)cut(number, LLVMTypeOf(v));
  return true;
}

static bool known(const Graph *g, LLVMValueRef v, int64_t *out, unsigned depth) {
  if (LLVMGetTypeKind(LLVMTypeOf(v)) != LLVMIntegerTypeKind ||
      LLVMGetIntTypeWidth(LLVMTypeOf(v)) > 64)
    return false;
  if (LLVMIsAConstantInt(v)) {
    *out = (int64_t)LLVMConstIntGetZExtValue(v);
    return true;
  }
  if (!LLVMIsAInstruction(v) || !depth)
    return false;
  switch (LLVMGetInstructionOpcode(v)) {
  case LLVMCall:
    return known_call(g, v, out, depth - 1);
  case LLVMPHI:
    return known_phi(g, v, out, depth - 1);
  case LLVMICmp:
    return known_addresses(v, out) || known_operator(g, v, out, depth - 1);
  case LLVMZExt:
  case LLVMSExt:
  case LLVMTrunc:
  case LLVMXor:
  case LLVMOr:
  case LLVMAnd:
    return known_operator(g, v, out, depth - 1);
  default:
    return false;
  }
}

/* Which way a terminator goes; UINT32_MAX: it may be any. */
static uint32_t only_way(const Graph *g, const Block *b) {
  LLVMValueRef end = LLVMGetBasicBlockTerminator(b->ref);
  int64_t number;
  if (LLVMIsABranchInst(end) && LLVMIsConditional(end))
    return known(g, LLVMGetCondition(end), &number, MOST_STEPS) ? !number : UINT32_MAX;
  if (!LLVMIsASwitchInst(end) || !known(g, LLVMGetOperand(end, 0), &number, MOST_STEPS))
    return UINT32_MAX;
  for (uint32_t i = 1; i < b->nsuccs; i++) { /* operands: value, default, then value and target */
    int64_t value;
    if (known(g, LLVMGetOperand(end, 2 * i), &value, 0) && value == number)
      return i;
  }
  return 0;
}

/* Begins with no edge taken and adds what may be, until nothing changes. */
static void find_reachable(Graph *g, uint32_t entry) {
  g->blocks[entry].reachable = true;
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t i = 0; i < g->n; i++) {
      Block *b = &g->blocks[i];
      if (!b->reachable)
        continue;
      uint32_t way = only_way(g, b);
      for (uint32_t k = 0; k < b->nsuccs; k++) {
        if (b->taken[k] || (way != UINT32_MAX && way != k))
          continue;
        b->taken[k] = changed = true;
        g->blocks[b->succs[k]].reachable = true;
      }
    }
  }
}

/* ---- order and dominators -------------------------------------------------------------------- */

/* The reachable part, numbered in reverse postorder. */
typedef struct Plain {
  uint32_t n;
  uint32_t **preds, *npreds; /* by number */
  uint32_t *idom;
} Plain;

static uint32_t *reverse_postorder(Graph *g, uint32_t entry, uint32_t *count) {
  uint32_t *stack = HP_NEW(g->arena, uint32_t, g->n), *next = HP_NEW(g->arena, uint32_t, g->n);
  uint32_t *order = HP_NEW(g->arena, uint32_t, g->n);
  bool *seen = HP_NEW(g->arena, bool, g->n);
  uint32_t depth = 0, at = g->n;
  stack[depth++] = entry;
  seen[entry] = true;
  while (depth) {
    uint32_t b = stack[depth - 1];
    if (next[b] == g->blocks[b].nsuccs) {
      order[--at] = b;
      depth--;
      continue;
    }
    uint32_t k = next[b]++, s = g->blocks[b].succs[k];
    if (g->blocks[b].taken[k] && !seen[s]) {
      seen[s] = true;
      stack[depth++] = s;
    }
  }
  *count = g->n - at;
  return order + at;
}

static Plain plain_of(Graph *g, const uint32_t *order, uint32_t n) {
  Plain p = {.n = n};
  p.preds = HP_NEW(g->arena, uint32_t *, n);
  p.npreds = HP_NEW(g->arena, uint32_t, n);
  p.idom = HP_NEW(g->arena, uint32_t, n);
  for (uint32_t i = 0; i < n; i++)
    g->blocks[order[i]].order = i;
  for (int pass = 0; pass < 2; pass++) {
    for (uint32_t i = 0; i < n; i++)
      if (pass) {
        p.preds[i] = HP_NEW(g->arena, uint32_t, p.npreds[i]);
        p.npreds[i] = 0;
      }
    for (uint32_t i = 0; i < n; i++) {
      const Block *b = &g->blocks[order[i]];
      for (uint32_t k = 0; k < b->nsuccs; k++) {
        if (!b->taken[k])
          continue;
        uint32_t to = g->blocks[b->succs[k]].order;
        if (pass)
          p.preds[to][p.npreds[to]] = i;
        p.npreds[to]++;
      }
    }
  }
  return p;
}

/* Cooper, Harvey, Kennedy: "A Simple, Fast Dominance Algorithm". */
static void find_dominators(Plain *p) {
  for (uint32_t i = 1; i < p->n; i++)
    p->idom[i] = UINT32_MAX;
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t b = 1; b < p->n; b++) {
      uint32_t best = UINT32_MAX;
      for (uint32_t k = 0; k < p->npreds[b]; k++) {
        uint32_t x = p->preds[b][k];
        if (p->idom[x] == UINT32_MAX)
          continue;
        uint32_t y = best == UINT32_MAX ? x : best;
        while (x != y)
          if (x > y)
            x = p->idom[x];
          else
            y = p->idom[y];
        best = x;
      }
      if (best != p->idom[b]) {
        p->idom[b] = best;
        changed = true;
      }
    }
  }
}

static bool dominates(const Plain *p, uint32_t a, uint32_t b) {
  while (b > a)
    b = p->idom[b];
  return a == b;
}

/* ---- loops ----------------------------------------------------------------------------------- */

/* Line of the loop's keyword, from the metadata of an edge back: itself, then where it begins. */
static uint32_t keyword_line(LLVMBasicBlockRef latch) {
  static const char name[] = "llvm.loop";
  LLVMValueRef md =
      LLVMGetMetadata(LLVMGetBasicBlockTerminator(latch), LLVMGetMDKindID(name, sizeof name - 1));
  if (!md || LLVMGetMDNodeNumOperands(md) < 2)
    return 0;
  LLVMValueRef *operands = hp_calloc(LLVMGetMDNodeNumOperands(md), sizeof *operands);
  LLVMGetMDNodeOperands(md, operands);
  LLVMMetadataRef start = operands[1] ? LLVMValueAsMetadata(operands[1]) : NULL;
  free(operands);
  return start && LLVMGetMetadataKind(start) == LLVMDILocationMetadataKind
             ? LLVMDILocationGetLine(start)
             : 0;
}

/* Loops that clang makes to fill an array; nobody wrote them. */
static bool is_filler(LLVMBasicBlockRef header) {
  return !strncmp(LLVMGetBasicBlockName(header), "arrayinit.body", 14);
}

/* Marks all that reaches a back edge to `header` without passing it; false: no back edge. */
static bool loop_body(const Flow *flow, const Plain *p, uint32_t header, bool *body,
                      uint32_t *stack, uint32_t *line) {
  uint32_t depth = 0;
  bool any = false;
  *line = 0;
  for (uint32_t k = 0; k < p->npreds[header]; k++) {
    uint32_t latch = p->preds[header][k];
    if (!dominates(p, header, latch))
      continue;
    any = true;
    if (!*line)
      *line = keyword_line(flow->blocks[latch]);
    if (!body[latch] && latch != header) {
      body[latch] = true;
      stack[depth++] = latch;
    }
  }
  body[header] = any;
  while (depth) {
    uint32_t b = stack[--depth];
    for (uint32_t k = 0; k < p->npreds[b]; k++)
      if (!body[p->preds[b][k]]) {
        body[p->preds[b][k]] = true;
        stack[depth++] = p->preds[b][k];
      }
  }
  return any;
}

static void find_loops(Flow *flow, const Plain *p) {
  bool *body = hp_calloc(p->n, sizeof *body);
  uint32_t *stack = hp_calloc(p->n + 1, sizeof *stack), *depths = hp_calloc(p->n, sizeof *depths);
  flow->loops = HP_NEW(flow->arena, FlowLoop, p->n);
  for (uint32_t h = 0; h < p->n; h++) {
    uint32_t line;
    memset(body, 0, p->n * sizeof *body);
    if (!loop_body(flow, p, h, body, stack, &line) || is_filler(flow->blocks[h]))
      continue;
    flow->loops[flow->nloops++] = (FlowLoop){.header = h, .line = line};
    for (uint32_t b = 0; b < p->n; b++)
      depths[b] += body[b];
  }
  for (uint32_t i = 0; i < flow->nloops; i++)
    flow->loops[i].depth = depths[flow->loops[i].header];
  free(body);
  free(stack);
  free(depths);
}

Flow *flow_of(LLVMValueRef function) {
  HpArena *arena = hp_arena_new(), *temp = hp_arena_new();
  Flow *flow = HP_NEW(arena, Flow, 1);
  flow->arena = arena;
  Graph g = make_graph(function, temp);
  uint32_t entry = index_of(&g, LLVMGetEntryBasicBlock(function));
  find_reachable(&g, entry);
  uint32_t *order = reverse_postorder(&g, entry, &flow->nblocks);
  flow->blocks = HP_NEW(arena, LLVMBasicBlockRef, flow->nblocks);
  for (uint32_t i = 0; i < flow->nblocks; i++)
    flow->blocks[i] = g.blocks[order[i]].ref;
  Plain p = plain_of(&g, order, flow->nblocks);
  find_dominators(&p);
  find_loops(flow, &p);
  hp_arena_free(temp);
  return flow;
}

void flow_free(Flow *flow) {
  hp_arena_free(flow->arena);
}
