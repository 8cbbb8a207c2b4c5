/* Static block frequencies: Wu and Larus, "Static Branch Frequency and Program Profile Analysis"
 * (MICRO 1994). Branch probabilities come from heuristics combined by Dempster and Shafer's rule;
 * frequencies are then carried through each loop from the innermost outwards, and through the
 * function. A loop whose trip count is known uses that instead of the heuristic for loops. In an
 * irreducible loop all edges that go back count as coming round, and what comes in, wherever, is
 * multiplied on its way in. */
#include "ir/analysis_private.h"

#include <stdlib.h>

/* Hit rates measured in the paper (table 1), for the first of the two ways. */
static const double p_loop_branch = 0.88, p_loop_exit = 0.80, p_pointer = 0.60, p_opcode = 0.84,
                    p_call = 0.78, p_store = 0.55, p_return = 0.72, p_loop_header = 0.75,
                    p_cold = 0.999, p_expected = 0.999;
/* One iteration of a loop of unknown length: the paper's loops go round some 8 times. */
static const double p_one_of_many = 0.12;
static const double max_cyclic = 0.9999; /* no loop counts for more than 10,000 rounds */

typedef struct Freq {
  IrAnalysis *an;
  double *edge;   /* probability, by fn->edges of successors */
  double *cyclic; /* by loop: chance of coming round again */
  double *value;  /* by block, while one loop is worked out */
  uint8_t *does;  /* by block: DOES_* */
} Freq;
enum { DOES_CALL = 1, DOES_RETURN = 2, DOES_STORE = 4 };

static double combine(double a, double b) {
  return a * b / (a * b + (1 - a) * (1 - b));
}

static const IrInsn *last_insn(const IrFunction *fn, IrBlockId b) {
  return &fn->insns[fn->blocks[b].first + fn->blocks[b].count - 1];
}

/* Where ways meet again, it says nothing about the branch before. */
static uint8_t *what_blocks_do(const IrAnalysis *an) {
  const IrFunction *fn = an->fn;
  uint8_t *does = hp_calloc(fn->nblocks, 1);
  for (uint32_t i = 0; i < an->priv->nlinks; i++) {
    IrOp op = (IrOp)fn->insns[an->priv->links[i]].op;
    if (op == IR_CALL || op == IR_CALLP)
      does[an->block_of[an->priv->links[i]]] |= DOES_CALL;
  }
  for (uint32_t i = 0; i < an->naccesses; i++) {
    IrOp op = (IrOp)fn->insns[an->accesses[i].insn].op;
    if (op == IR_STORE || op == IR_COPY)
      does[an->accesses[i].block] |= DOES_STORE;
  }
  for (uint32_t b = 0; b < fn->nblocks; b++) {
    does[b] |= last_insn(fn, b)->op == IR_RET ? DOES_RETURN : 0;
    does[b] = fn->blocks[b].npreds == 1 ? does[b] : 0;
  }
  return does;
}

/* Applies a heuristic that holds for one of the two successors only. */
static double either(double p, bool yes, bool no, double rate) {
  if (yes == no)
    return p;
  return combine(p, yes ? rate : 1 - rate);
}

static double by_loop(const Freq *f, IrBlockId block, IrBlockId yes, IrBlockId no, double p) {
  const IrAnalysis *an = f->an;
  uint32_t loop = an->loop_of[block];
  if (loop != IR_NONE) {
    const IrLoop *l = &an->loops[loop];
    bool in_yes = ir_loop_contains(an, loop, yes), in_no = ir_loop_contains(an, loop, no);
    double stay =
        block == l->header || yes == l->header || no == l->header ? p_loop_branch : p_loop_exit;
    if (l->trip == IR_TRIP_CONST && an->priv->counting_exit[loop] == block)
      stay = (double)l->count / ((double)l->count + 1);
    if (in_yes != in_no)
      return combine(p, in_yes ? stay : 1 - stay);
  }
  bool enters_yes = an->loop_of[yes] != IR_NONE && an->loops[an->loop_of[yes]].header == yes &&
                    an->loop_of[yes] != loop;
  bool enters_no = an->loop_of[no] != IR_NONE && an->loops[an->loop_of[no]].header == no &&
                   an->loop_of[no] != loop;
  return either(p, enters_yes, enters_no, p_loop_header);
}

static double by_condition(const Freq *f, IrRef condition, double p) {
  const IrFunction *fn = f->an->fn;
  const IrInsn *in = ir_def(fn, condition);
  int64_t c;
  if (!in || in->nargs != 2 || in->op < IR_EQ || in->op > IR_GE)
    return p;
  IrTypeId type = ir_ref_type(f->an->unit, fn, ir_arg(fn, in, 0));
  bool pointer = f->an->unit->types[type].kind == IR_T_PTR;
  bool constant = ir_const_int(fn, ir_arg(fn, in, 1), &c);
  double rate = pointer ? p_pointer : p_opcode;
  if (in->op == IR_EQ)
    return pointer || constant ? combine(p, 1 - rate) : p;
  if (in->op == IR_NE)
    return pointer || constant ? combine(p, rate) : p;
  if (pointer || !constant || c > 0)
    return p;
  return combine(p, in->op == IR_LT || in->op == IR_LE ? 1 - rate : rate);
}

/* Of the way that one iteration takes. */
static double once(const Freq *f, IrBlockId block) {
  const IrLoop *l = &f->an->loops[f->an->loop_of[block]];
  return l->trip == IR_TRIP_CONST && l->count > 1 ? 1 / (double)l->count : p_one_of_many;
}

static double branch(const Freq *f, IrBlockId block) {
  const IrFunction *fn = f->an->fn;
  const IrBlock *b = &fn->blocks[block];
  IrBlockId yes = fn->edges[b->succs], no = fn->edges[b->succs + 1];
  const bool *cold = f->an->cold;
  uint32_t hint = last_insn(fn, block)->flags;
  if (hint & (IR_INSN_LIKELY | IR_INSN_UNLIKELY)) /* who wrote it knows */
    return hint & IR_INSN_LIKELY ? p_expected : 1 - p_expected;
  const uint32_t equal = yes != no ? ir_equal_once(f->an, block) : IR_NONE;
  if (equal != IR_NONE)
    return equal == yes ? once(f, block) : 1 - once(f, block);
  double p = by_loop(f, block, yes, no, 0.5);
  p = by_condition(f, ir_arg(fn, last_insn(fn, block), 0), p);
  p = either(p, cold[no], cold[yes], p_cold);
  p = either(p, f->does[no] & DOES_CALL, f->does[yes] & DOES_CALL, p_call);
  p = either(p, f->does[no] & DOES_RETURN, f->does[yes] & DOES_RETURN, p_return);
  return either(p, f->does[no] & DOES_STORE, f->does[yes] & DOES_STORE, p_store);
}

static bool counts_exactly(const Freq *f, IrBlockId block) {
  uint32_t loop = f->an->loop_of[block];
  return loop != IR_NONE && f->an->loops[loop].trip == IR_TRIP_CONST &&
         f->an->priv->counting_exit[loop] == block;
}

static void edge_probabilities(Freq *f, IrBlockId block) {
  const IrFunction *fn = f->an->fn;
  const IrBlock *b = &fn->blocks[block];
  double *edge = f->edge + b->succs, total = 0;
  if (last_insn(fn, block)->op == IR_BR && b->nsuccs == 2) {
    edge[0] = counts_exactly(f, block)
                  ? by_loop(f, block, fn->edges[b->succs], fn->edges[b->succs + 1], 0.5)
                  : branch(f, block);
    edge[1] = 1 - edge[0];
    return;
  }
  for (uint32_t i = 0; i < b->nsuccs; i++)
    total += edge[i] = f->an->cold[fn->edges[b->succs + i]] ? 1 - p_cold : 1;
  for (uint32_t i = 0; i < b->nsuccs; i++)
    edge[i] /= total;
}

static double edges_to(const Freq *f, IrBlockId from, IrBlockId to) {
  const IrBlock *b = &f->an->fn->blocks[from];
  double p = 0;
  for (uint32_t i = 0; i < b->nsuccs; i++)
    if (f->an->fn->edges[b->succs + i] == to)
      p += f->edge[b->succs + i];
  return p;
}

/* What coming round multiplies on an edge into irreducible loops; natural ones do it at their
 * header. */
static double entry_factor(const Freq *f, IrBlockId from, IrBlockId to) {
  const IrAnalysis *an = f->an;
  double factor = 1;
  if (an->loop_of[from] == an->loop_of[to])
    return 1;
  for (uint32_t l = an->loop_of[to]; l != IR_NONE && !ir_loop_contains(an, l, from);
       l = an->loops[l].parent)
    if (an->loops[l].irreducible)
      factor /= 1 - f->cyclic[l];
  return factor;
}

/* Sends `entering` down from the first of `blocks` (in reverse postorder) through all of them. */
static void propagate(Freq *f, const uint32_t *blocks, uint32_t count, double entering) {
  const IrAnalysis *an = f->an;
  const IrFunction *fn = an->fn;
  for (uint32_t i = 0; i < count; i++)
    f->value[blocks[i]] = 0;
  f->value[blocks[0]] = entering;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t b = blocks[i], loop = an->loop_of[b];
    if (loop != IR_NONE && an->loops[loop].header == b && !an->loops[loop].irreducible && i)
      f->value[b] /= 1 - f->cyclic[loop];
    const IrBlock *block = &fn->blocks[b];
    for (uint32_t k = 0; k < block->nsuccs; k++) {
      uint32_t s = fn->edges[block->succs + k];
      if (s > b) /* edges back are in `cyclic` */
        f->value[s] += f->value[b] * f->edge[block->succs + k] * entry_factor(f, b, s);
    }
  }
}

/* The edges back inside an irreducible loop, save those of natural loops in it. */
static double goes_back(const Freq *f, uint32_t loop) {
  const IrAnalysis *an = f->an;
  const IrLoop *l = &an->loops[loop];
  double again = 0;
  for (uint32_t i = 0; i < l->nblocks; i++) {
    const IrBlock *b = &an->fn->blocks[l->blocks[i]];
    for (uint32_t k = 0; k < b->nsuccs; k++) {
      uint32_t to = an->fn->edges[b->succs + k], inner = an->loop_of[to];
      bool natural = inner != loop && inner != IR_NONE && an->loops[inner].header == to &&
                     ir_loop_contains(an, inner, l->blocks[i]);
      if (to <= l->blocks[i] && !natural && ir_loop_contains(an, loop, to))
        again += f->value[l->blocks[i]] * f->edge[b->succs + k];
    }
  }
  return again;
}

static void work_out_loop(Freq *f, uint32_t loop) {
  const IrLoop *l = &f->an->loops[loop];
  double again = 0;
  propagate(f, l->blocks, l->nblocks, 1);
  if (l->irreducible)
    again = goes_back(f, loop);
  for (uint32_t i = 0; i < l->nlatches && !l->irreducible; i++)
    again += f->value[l->latches[i]] * edges_to(f, l->latches[i], l->header);
  f->cyclic[loop] = again < max_cyclic ? again : max_cyclic;
}

void ir_find_frequencies(IrAnalysis *an) {
  const IrFunction *fn = an->fn;
  uint32_t *all = hp_malloc(fn->nblocks * sizeof(uint32_t));
  an->freq = HP_NEW(an->arena, double, fn->nblocks);
  Freq f = {.an = an,
            .edge = hp_calloc((size_t)fn->nedges + an->nloops, sizeof(double)),
            .value = an->freq,
            .does = what_blocks_do(an)};
  f.cyclic = f.edge + fn->nedges;
  for (uint32_t b = 0; b < fn->nblocks; b++) {
    edge_probabilities(&f, b);
    all[b] = b;
  }
  for (uint32_t loop = an->nloops; loop-- > 0;)
    work_out_loop(&f, loop);
  double entering = an->loop_of[0] == IR_NONE ? 1 : 1 / (1 - f.cyclic[an->loop_of[0]]);
  propagate(&f, all, fn->nblocks, entering);
  free(f.edge);
  free(f.does);
  free(all);
}
