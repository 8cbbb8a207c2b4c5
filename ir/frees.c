/* Which parameters a function frees in every call in which they are not NULL: no way from its entry
 * to a return avoids the freeing calls, once the NULL sides of tests of the parameter are left out.
 *
 * A parameter replaced by the result (as realloc does) may survive where the result is NULL:
 * failure. */
#include "ir/program_parts.h"

#include <stdlib.h>

enum { NO_PARAM = 32, MAX_DEPTH = 8 };

typedef struct Frees {
  const IrProgram *p;
  const PgFunction *func;
  const IrFunction *fn;
  const IrAnalysis *an;
  uint32_t unit;
  uint32_t param;   /* the one looked at */
  bool *stops;      /* by block: frees it, or does not return */
  bool *seen;       /* by block */
  IrBlockId *stack; /* of blocks */
} Frees;

static uint32_t param_of(const Frees *w, IrRef ref, int depth);

/* At the header of `while (p) { next = p->next; free(p); p = next; }` p starts as the parameter. */
static uint32_t param_entering(const Frees *w, IrInsnId id, int depth) {
  const IrFunction *fn = w->fn;
  IrBlockId block = w->an->block_of[id];
  uint32_t loop = w->an->loop_of[block], param = NO_PARAM;
  if (loop == IR_NONE || w->an->loops[loop].header != block)
    return NO_PARAM;
  const IrInsn *phi = &fn->insns[id];
  const IrBlock *b = &fn->blocks[block];
  for (uint32_t i = 0; i < b->npreds; i++) {
    if (ir_loop_contains(w->an, loop, fn->edges[b->preds + i]))
      continue;
    uint32_t from = param_of(w, ir_arg(fn, phi, i), depth);
    if (from == NO_PARAM || (param != NO_PARAM && from != param))
      return NO_PARAM;
    param = from;
  }
  return param;
}

/* The parameter's home, when it lives in memory and nothing else was stored there. */
static uint32_t param_in_home(const Frees *w, uint32_t local, int depth) {
  if (!(w->fn->locals[local].flags & IR_LOCAL_PARAM))
    return NO_PARAM;
  uint32_t param = NO_PARAM, stores = 0;
  for (IrInsnId i = 0; i < w->fn->ninsns; i++) {
    const IrInsn *in = &w->fn->insns[i];
    if (in->op != IR_STORE || w->fn->addrs[in->aux].base != ir_ref(IR_REF_LOCAL, local))
      continue;
    stores++;
    param = param_of(w, ir_arg(w->fn, in, 0), depth);
  }
  return stores == 1 ? param : NO_PARAM;
}

/* The parameter that a pointer is or points into; NO_PARAM if it may be anything else. */
static uint32_t param_of(const Frees *w, IrRef ref, int depth) {
  ref = pg_pointer_root(w->fn, ref);
  const IrInsn *in = ir_def(w->fn, ref);
  if (!in || depth > MAX_DEPTH)
    return NO_PARAM;
  if (in->op == IR_PARAM)
    return in->aux < 32 ? in->aux : NO_PARAM;
  if (in->op == IR_PHI)
    return param_entering(w, ir_ref_index(ref), depth + 1);
  if (in->op == IR_LOAD) {
    const IrAddr *a = &w->fn->addrs[in->aux];
    bool home = ir_ref_kind(a->base) == IR_REF_LOCAL && !a->offset;
    return home ? param_in_home(w, ir_ref_index(a->base), depth + 1) : NO_PARAM;
  }
  if (in->op != IR_CALL)
    return NO_PARAM;
  PgFunc callee = pg_call_target(w->p, w->unit, w->fn, in);
  if (callee == IR_NONE)
    return NO_PARAM;
  const PgFlow *flow = &w->p->flows[callee];
  if (flow->ret_fresh || flow->ret_other || !flow->ret_params ||
      flow->ret_params & (flow->ret_params - 1))
    return NO_PARAM;
  uint32_t k = (uint32_t)__builtin_ctz(flow->ret_params);
  return k < in->nargs ? param_of(w, ir_arg(w->fn, in, k), depth + 1) : NO_PARAM;
}

static bool is_null(const Frees *w, IrRef ref) {
  int64_t value;
  while (ir_is(ir_def(w->fn, ref), IR_CONV))
    ref = ir_arg(w->fn, ir_def(w->fn, ref), 0);
  return ir_const_int(w->fn, ref, &value) && !value;
}

/* What a branch on `ref` says about the parameter: 1 when it is NULL if the value is not zero, 0
 * when it is NULL if the value is zero, -1 nothing. */
static int null_test(const Frees *w, IrRef ref) {
  int null_if = 0;
  for (const IrInsn *in; (in = ir_def(w->fn, ref));) {
    if (in->op == IR_CONV) {
      ref = ir_arg(w->fn, in, 0);
    } else if ((in->op == IR_EQ || in->op == IR_NE) && is_null(w, ir_arg(w->fn, in, 1))) {
      null_if ^= in->op == IR_EQ;
      ref = ir_arg(w->fn, in, 0);
    } else if ((in->op == IR_EQ || in->op == IR_NE) && is_null(w, ir_arg(w->fn, in, 0))) {
      null_if ^= in->op == IR_EQ;
      ref = ir_arg(w->fn, in, 1);
    } else {
      break;
    }
  }
  /* A call may return NULL though its argument is not: strchr. */
  bool is_call = ir_is(ir_def(w->fn, pg_pointer_root(w->fn, ref)), IR_CALL);
  return !is_call && param_of(w, ref, 0) == w->param ? null_if : -1;
}

/* Does control that takes the edge return NULL at once? */
static bool returns_null(const Frees *w, IrBlockId from, IrBlockId to) {
  const IrFunction *fn = w->fn;
  const IrBlock *b = &fn->blocks[to];
  const IrInsn *ret = &fn->insns[b->first + b->count - 1];
  if (ret->op != IR_RET || !ret->nargs)
    return false;
  IrRef value = ir_arg(fn, ret, 0);
  const IrInsn *phi = ir_def(fn, value);
  if (!ir_is(phi, IR_PHI) || w->an->block_of[ir_ref_index(value)] != to)
    return is_null(w, value);
  for (uint32_t i = 0; i < b->npreds; i++)
    if (fn->edges[b->preds + i] == from && !is_null(w, ir_arg(fn, phi, i)))
      return false;
  return true;
}

static bool avoidable(Frees *w, bool null_ends) {
  const IrFunction *fn = w->fn;
  for (uint32_t i = 0; i < fn->nblocks; i++)
    w->seen[i] = false;
  uint32_t n = 0;
  w->stack[n++] = 0;
  w->seen[0] = true;
  while (n) {
    IrBlockId id = w->stack[--n];
    const IrBlock *b = &fn->blocks[id];
    if (w->stops[id])
      continue;
    const IrInsn *last = &fn->insns[b->first + b->count - 1];
    if (last->op == IR_RET)
      return true;
    int null_side = last->op == IR_BR ? null_test(w, ir_arg(fn, last, 0)) : -1;
    for (uint32_t i = 0; i < b->nsuccs; i++) {
      IrBlockId next = fn->edges[b->succs + i];
      bool null = null_side >= 0 && (int)i == !null_side;
      if (null || w->seen[next] || (null_ends && returns_null(w, id, next)))
        continue;
      w->seen[next] = true;
      w->stack[n++] = next;
    }
  }
  return false;
}

/* Marks the blocks that free the parameter or do not return. True when some call replaces it. */
static bool mark_stops(Frees *w) {
  bool grows = false;
  for (uint32_t i = 0; i < w->fn->nblocks; i++)
    w->stops[i] = false;
  for (uint32_t c = 0, n; c < w->func->ncalls; c += n) {
    const PgCall *call = &w->p->calls[w->func->calls[c]];
    PgFlow room;
    n = pg_entries_at(w->p, w->func, c);
    const PgFlow *flow = pg_join_flows(w->p, call, n, &room);
    bool *stops = &w->stops[w->an->block_of[call->insn]];
    *stops |= flow->noreturn;
    const IrInsn *in = &w->fn->insns[call->insn];
    uint32_t skip = in->op == IR_CALLP;
    for (uint32_t k = 0; flow->freed >> k && k + skip < in->nargs; k++)
      if (flow->freed >> k & 1 && param_of(w, ir_arg(w->fn, in, k + skip), 0) == w->param) {
        *stops = true;
        grows |= flow->grown >> k & 1;
      }
  }
  return grows;
}

/* Parameters that some call frees. */
static uint32_t candidates(const Frees *w) {
  uint32_t mask = 0;
  for (uint32_t c = 0, n; c < w->func->ncalls; c += n) {
    const PgCall *call = &w->p->calls[w->func->calls[c]];
    PgFlow room;
    n = pg_entries_at(w->p, w->func, c);
    uint32_t freed = pg_join_flows(w->p, call, n, &room)->freed;
    const IrInsn *in = &w->fn->insns[call->insn];
    uint32_t skip = in->op == IR_CALLP;
    for (uint32_t k = 0; k < 32 && freed >> k && k + skip < in->nargs; k++) {
      uint32_t param = freed >> k & 1 ? param_of(w, ir_arg(w->fn, in, k + skip), 0) : NO_PARAM;
      mask |= param == NO_PARAM ? 0 : 1u << param;
    }
  }
  return mask;
}

uint32_t pg_freed_params(const IrProgram *p, PgFunc f, uint32_t *grown) {
  const PgFunction *func = &p->funcs[f];
  Frees w = {
      .p = p, .func = func, .fn = func->fn, .an = func->an, .unit = pg_unit_index(p, func->unit)};
  uint32_t freed = 0, mask = candidates(&w);
  *grown = 0;
  if (!mask)
    return 0;
  w.stops = hp_calloc(w.fn->nblocks * 2, sizeof *w.stops);
  w.seen = w.stops + w.fn->nblocks;
  w.stack = hp_malloc(w.fn->nblocks * sizeof *w.stack);
  for (w.param = 0; w.param < NO_PARAM; w.param++) {
    if (!(mask >> w.param & 1))
      continue;
    bool grows = mark_stops(&w);
    if (!avoidable(&w, false))
      freed |= 1u << w.param;
    if (grows && !avoidable(&w, true))
      *grown |= 1u << w.param;
  }
  free(w.stops);
  free(w.stack);
  return freed;
}
