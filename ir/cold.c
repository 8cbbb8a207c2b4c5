/* Cold blocks: code for when something went wrong. Cold is
 * - what ends in STOP, or calls a function that does not return or that is declared cold;
 * - an error return: the branch taken when a call's result is NULL or negative (or -1), if it leads
 *   straight to returning NULL or a negative number. A result of 0 that is returned as 0, or a test
 *   for non-zero (strcmp, a status code), says nothing: both ways may be common;
 * - every block from which all ways lead to cold blocks, and every block that only cold blocks
 *   lead to. A loop is not cold merely because what follows it is. */
#include "ir/analysis_private.h"

#include <stdlib.h>
#include <string.h>

static const IrInsn *terminator(const IrFunction *fn, IrBlockId block) {
  const IrBlock *b = &fn->blocks[block];
  return &fn->insns[b->first + b->count - 1];
}

static bool never_returns(const IrSymbol *sym, const char *name) {
  static const char *const known[] = {
      "abort",      "exit",          "_exit",         "_Exit",
      "quick_exit", "__assert_fail", "__assert_rtn",  "__stack_chk_fail",
      "err",        "errx",          "verr",          "verrx",
      "longjmp",    "siglongjmp",    "__fortify_fail"};
  if (sym->flags & (IR_SYM_NORETURN | IR_SYM_COLD))
    return true;
  if (sym->flags & IR_SYM_DEFINED) /* a program's own err() is something else */
    return false;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (*name == *known[i] && !strcmp(name, known[i])) /* one look tells most apart */
      return true;
  return false;
}

static void mark_ends(IrAnalysis *an) {
  const IrFunction *fn = an->fn;
  for (uint32_t b = 0; b < fn->nblocks; b++)
    an->cold[b] = terminator(fn, b)->op == IR_STOP;
  for (uint32_t i = 0; i < an->priv->nlinks; i++) { /* calls are among them */
    IrSymId callee = ir_callee(&fn->insns[an->priv->links[i]]);
    const IrSymbol *sym = callee == IR_NONE ? NULL : &an->unit->symbols[callee];
    if (sym && never_returns(sym, ir_str(an->unit, sym->name)))
      an->cold[an->block_of[an->priv->links[i]]] = true;
  }
}

/* ---- error returns --------------------------------------------------------------------------- */

static bool is_error_value(const IrAnalysis *an, IrRef ref) {
  int64_t v;
  const IrInsn *in = ir_def(an->fn, ref);
  if (ir_is(in, IR_CONV))
    ref = ir_arg(an->fn, in, 0);
  if (!ir_const_int(an->fn, ref, &v))
    return false;
  return v < 0 || (v == 0 && an->unit->types[an->fn->result].kind == IR_T_PTR);
}

/* Does `block`, entered by a single edge, return an error without further choice? */
static bool returns_error(const IrAnalysis *an, IrBlockId block) {
  const IrFunction *fn = an->fn;
  IrBlockId from = IR_NONE;
  for (uint32_t steps = 0; steps < 8; steps++) {
    const IrBlock *b = &fn->blocks[block];
    const IrInsn *end = terminator(fn, block);
    if (end->op == IR_JUMP) {
      from = block;
      block = fn->edges[b->succs];
      continue;
    }
    if (end->op != IR_RET || !end->nargs)
      return false;
    IrRef value = ir_arg(fn, end, 0);
    const IrInsn *phi = ir_def(fn, value);
    if (ir_is(phi, IR_PHI) && an->block_of[ir_ref_index(value)] == block) {
      uint32_t i = 0;
      while (i < b->npreds && fn->edges[b->preds + i] != from)
        i++;
      value = i < phi->nargs ? ir_arg(fn, phi, i) : ir_no_ref();
    }
    return is_error_value(an, value);
  }
  return false;
}

static bool is_call_result(const IrAnalysis *an, IrRef ref) {
  const IrInsn *in = ir_def(an->fn, ref);
  if (ir_is(in, IR_CONV))
    in = ir_def(an->fn, ir_arg(an->fn, in, 0));
  if (!in || (in->op != IR_CALL && in->op != IR_CALLP))
    return false;
  return in->op == IR_CALLP || !(an->unit->symbols[in->aux].flags & (IR_SYM_PURE | IR_SYM_CONSTFN));
}

/* True when the branch on `in` (`truth`: which way) means that a call failed. */
static bool means_failure(const IrAnalysis *an, IrRef condition, bool truth) {
  const IrFunction *fn = an->fn;
  const IrInsn *in = ir_def(fn, condition);
  if (is_call_result(an, condition))
    return !truth && an->unit->types[in->type].kind == IR_T_PTR;
  if (!in || in->nargs != 2 || !is_call_result(an, ir_arg(fn, in, 0)))
    return false;
  IrRef left = ir_arg(fn, in, 0), right = ir_arg(fn, in, 1);
  bool pointer = an->unit->types[ir_ref_type(an->unit, fn, left)].kind == IR_T_PTR;
  int64_t c;
  if (!ir_const_int(fn, right, &c) || c > 0)
    return false;
  switch (in->op) {
  case IR_EQ:
    return truth && (c < 0 || pointer);
  case IR_NE:
    return !truth && (c < 0 || pointer);
  case IR_LT:
    return truth;
  case IR_GE:
    return !truth;
  default:
    return false;
  }
}

static void mark_error_returns(IrAnalysis *an, IrBlockId block) {
  const IrFunction *fn = an->fn;
  const IrInsn *end = terminator(fn, block);
  if (end->op != IR_BR)
    return;
  for (uint32_t i = 0; i < 2; i++) {
    IrBlockId to = fn->edges[fn->blocks[block].succs + i];
    if (fn->blocks[to].npreds == 1 && means_failure(an, ir_arg(fn, end, 0), i == 0) &&
        returns_error(an, to))
      an->cold[to] = true;
  }
}

/* ---- spreading ------------------------------------------------------------------------------- */

/* Are there edges from `at` on, and lead (or come) all of them to cold blocks? */
static bool all_cold(const IrAnalysis *an, uint32_t at, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (!an->cold[an->fn->edges[at + i]])
      return false;
  return count > 0;
}

/* Upwards in postorder, downwards in reverse postorder; cycles stay as they are. */
static void spread(IrAnalysis *an) {
  const IrBlock *blocks = an->fn->blocks;
  for (uint32_t b = an->fn->nblocks; b-- > 0;)
    an->cold[b] = an->cold[b] || all_cold(an, blocks[b].succs, blocks[b].nsuccs);
  for (uint32_t b = 1; b < an->fn->nblocks; b++)
    an->cold[b] =
        an->cold[b] || an->cold[an->idom[b]] || all_cold(an, blocks[b].preds, blocks[b].npreds);
}

void ir_find_cold(IrAnalysis *an) {
  an->cold = HP_NEW(an->arena, bool, an->fn->nblocks);
  mark_ends(an);
  for (uint32_t b = 0; b < an->fn->nblocks; b++)
    mark_error_returns(an, b);
  spread(an);
}
