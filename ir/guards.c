/* What branches say of a value: after `if (n < 1 || n > 4) return -1;` n is 1 to 4. The ways to a
 * block are followed back between it and its dominators, so that a condition of several parts,
 * which several edges leave by, counts as a whole.
 *
 * A load is the same value as another load of the same place: what is checked on entry is seldom
 * changed before it is used. So this is no proof for loads. */
#include "ir/analysis_private.h"

#include <stdlib.h>

enum { MOST_STEPS = 512, DEEPEST = 12, CONVERSIONS = 4 };

typedef struct Guards {
  const IrAnalysis *an;
  IrRef ref;
  uint32_t steps;
} Guards;

static IrRef unconverted(const IrFunction *fn, IrRef ref) {
  for (uint32_t i = 0; i < CONVERSIONS; i++) {
    const IrInsn *in = ir_def(fn, ref);
    if (!ir_is(in, IR_CONV))
      break;
    ref = ir_arg(fn, in, 0);
  }
  return ref;
}

static bool same_value(const IrFunction *fn, IrRef a, IrRef b) {
  a = unconverted(fn, a);
  b = unconverted(fn, b);
  const IrInsn *x = ir_def(fn, a), *y = ir_def(fn, b);
  if (a == b || !ir_is(x, IR_LOAD) || !ir_is(y, IR_LOAD))
    return a == b;
  const IrAddr *p = &fn->addrs[x->aux], *q = &fn->addrs[y->aux];
  return p->base == q->base && p->index == q->index && p->offset == q->offset &&
         p->size == q->size && p->scale == q->scale;
}

static const IrInsn *end_of(const IrFunction *fn, IrBlockId block) {
  const IrBlock *b = &fn->blocks[block];
  return b->count ? &fn->insns[b->first + b->count - 1] : NULL;
}

/* The block's branch as a test of the value against a number; false when it is none. */
static bool test_at(const IrAnalysis *an, IrBlockId block, IrRef ref, bool when_true, IrTest *test,
                    int64_t *number) {
  const IrInsn *end = end_of(an->fn, block);
  if (!ir_is(end, IR_BR))
    return false;
  *test = ir_read_test(an, ir_arg(an->fn, end, 0), when_true);
  *number = 0;
  return same_value(an->fn, test->left, ref) &&
         (!ir_has_ref(test->right) || ir_const_int(an->fn, test->right, number));
}

static IrRange range_of_test(const IrTest *t, int64_t number) {
  bool wide = t->is_unsigned && number >= 0;
  int64_t low = wide ? 0 : INT64_MIN;
  switch (t->op) {
  case IR_EQ:
    return (IrRange){number, number};
  case IR_LT:
    return number == INT64_MIN ? ir_range_all : (IrRange){low, number - 1};
  case IR_LE:
    return (IrRange){low, number};
  case IR_GT:
    return t->is_unsigned || number == INT64_MAX ? ir_range_all : (IrRange){number + 1, INT64_MAX};
  case IR_GE:
    return t->is_unsigned ? ir_range_all : (IrRange){number, INT64_MAX};
  default:
    return ir_range_all;
  }
}

/* What going from one block to the other says. */
static IrRange on_edge(const IrAnalysis *an, IrBlockId from, IrBlockId to, IrRef ref) {
  const IrFunction *fn = an->fn;
  const IrBlock *b = &fn->blocks[from];
  IrTest test;
  int64_t number;
  if (b->nsuccs != 2 || fn->edges[b->succs] == fn->edges[b->succs + 1])
    return ir_range_all;
  return test_at(an, from, ref, fn->edges[b->succs] == to, &test, &number)
             ? range_of_test(&test, number)
             : ir_range_all;
}

static IrRange between(Guards *g, IrBlockId stop, IrBlockId block, uint32_t depth);

/* By which edges control comes into the block, and what held before them. */
static IrRange on_ways_in(Guards *g, IrBlockId block, uint32_t depth) {
  const IrAnalysis *an = g->an;
  const IrBlock *b = &an->fn->blocks[block];
  IrRange all = {INT64_MAX, INT64_MIN};
  for (uint32_t i = 0; i < b->npreds; i++) {
    IrBlockId from = an->fn->edges[b->preds + i];
    if (ir_dom_dominates(&an->priv->dom, block, from))
      continue; /* round a loop: no less is known than on the way into it */
    all = ir_range_either(all, ir_range_both(on_edge(an, from, block, g->ref),
                                             between(g, an->idom[block], from, depth + 1)));
  }
  return ir_range_empty(all) ? ir_range_all : all;
}

static IrRange between(Guards *g, IrBlockId stop, IrBlockId block, uint32_t depth) {
  IrRange all = ir_range_all;
  if (depth > DEEPEST)
    return all;
  for (; block != stop && g->an->idom[block] != block && g->steps < MOST_STEPS;
       block = g->an->idom[block]) {
    g->steps++;
    all = ir_range_both(all, on_ways_in(g, block, depth));
  }
  return all;
}

void ir_find_tested(IrAnalysis *an) {
  const IrFunction *fn = an->fn;
  IrRef *found = hp_malloc(fn->nblocks * sizeof *found);
  uint32_t count = 0;
  for (IrBlockId b = 0; b < fn->nblocks; b++) {
    const IrInsn *end = end_of(fn, b);
    if (fn->blocks[b].nsuccs != 2 || !ir_is(end, IR_BR))
      continue;
    IrTest test = ir_read_test(an, ir_arg(fn, end, 0), true);
    int64_t number;
    if (!ir_has_ref(test.right) || ir_const_int(fn, test.right, &number))
      found[count++] = test.left;
  }
  an->priv->tested = hp_arena_copy(an->arena, found, count * sizeof *found);
  an->priv->ntested = count;
  free(found);
}

/* Does any branch of the function compare the value with a number? */
static bool is_tested(const IrAnalysis *an, IrRef ref) {
  for (uint32_t i = 0; i < an->priv->ntested; i++)
    if (same_value(an->fn, an->priv->tested[i], ref))
      return true;
  return false;
}

IrRange ir_guarded(const IrAnalysis *an, IrBlockId block, IrRef ref) {
  Guards g = {.an = an, .ref = ref};
  if (block == IR_NONE || an->priv->dom.in[block] == IR_NONE || !is_tested(an, ref))
    return ir_range_all;
  IrRange r = between(&g, IR_NONE, block, 0);
  return ir_range_empty(r) ? ir_range_all : r;
}

IrRange ir_guarded_edge(const IrAnalysis *an, IrBlockId from, IrBlockId to, IrRef ref) {
  IrRange r = ir_range_both(ir_guarded(an, from, ref), on_edge(an, from, to, ref));
  return ir_range_empty(r) ? ir_range_all : r;
}
