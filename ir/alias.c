/* What may write what: roots of pointers, locals whose address gets about, and stores against
 * places by object, field and type. */
#include "ir/analysis_private.h"

#include <stdlib.h>

/* ---- roots ----------------------------------------------------------------------------------- */

static bool is_const(IrRef ref) {
  return ir_ref_kind(ref) == IR_REF_CONST;
}

/* One step from a pointer towards where it comes from; the same operand at the end. */
static IrRef towards_root(const IrFunction *fn, IrRef ref) {
  const IrInsn *in = ir_def(fn, ref);
  if (!in)
    return ref;
  switch (in->op) {
  case IR_ADDR:
    return fn->addrs[in->aux].base;
  case IR_CONV:
    return ir_arg(fn, in, 0);
  case IR_ADD:
    if (is_const(ir_arg(fn, in, 0)))
      return ir_arg(fn, in, 1);
    return is_const(ir_arg(fn, in, 1)) ? ir_arg(fn, in, 0) : ref;
  case IR_SUB:
    return is_const(ir_arg(fn, in, 1)) ? ir_arg(fn, in, 0) : ref;
  default:
    return ref;
  }
}

IrRef ir_addr_root(const IrFunction *fn, IrRef base) {
  for (;;) {
    IrRef next = towards_root(fn, base);
    if (next == base)
      return base;
    base = next;
  }
}

IrRef ir_root_of(const IrAnalysis *an, IrRef ref) {
  return ir_ref_kind(ref) == IR_REF_VALUE ? an->priv->root[ir_ref_index(ref)] : ref;
}

static void escape(IrAnalysis *an, IrRef ref) {
  IrRef root = ir_root_of(an, ref);
  if (ir_ref_kind(root) == IR_REF_LOCAL)
    an->priv->escaped[ir_ref_index(root)] = true;
}

/* Passing a local to a pure function or to a library function lends it for the call only. */
static bool lends(const IrAnalysis *an, const IrInsn *in) {
  IrSymId callee = ir_callee(in);
  return callee != IR_NONE &&
         an->unit->symbols[callee].flags & (IR_SYM_PURE | IR_SYM_CONSTFN | IR_SYM_BUILTIN);
}

static void find_escapes(IrAnalysis *an) {
  const IrFunction *fn = an->fn;
  for (uint32_t i = 0; i < fn->ninsns; i++) {
    const IrInsn *in = &fn->insns[i];
    switch (in->op) {
    case IR_STORE:
    case IR_RMW:
    case IR_CMPXCHG:
    case IR_PHI:
    case IR_CALL:
    case IR_CALLP:
    case IR_ASM:
    case IR_OPAQUE:
    case IR_RET:
      if (!lends(an, in))
        for (uint32_t k = 0; k < in->nargs; k++)
          escape(an, ir_arg(fn, in, k));
      break;
    default:
      break;
    }
  }
}

void ir_find_roots(IrAnalysis *an) {
  const IrFunction *fn = an->fn;
  an->priv->root = HP_NEW(an->arena, IrRef, fn->ninsns);
  an->priv->escaped = HP_NEW(an->arena, bool, fn->nlocals);
  for (uint32_t i = 0; i < fn->ninsns; i++) { /* definitions come before uses, save for PHIs */
    IrRef self = ir_ref(IR_REF_VALUE, i), next = towards_root(fn, self);
    an->priv->root[i] = next == self ? self : ir_root_of(an, next);
  }
  if (fn->nlocals)
    find_escapes(an);
}

static bool add_scaled(int64_t *sum, int64_t factor, int64_t value) {
  int64_t product;
  return !__builtin_mul_overflow(factor, value, &product) &&
         !__builtin_add_overflow(*sum, product, sum);
}

bool ir_constant_address(const IrFunction *fn, const IrAddr *addr, IrRef *root, int64_t *offset) {
  int64_t index;
  ir_constant_part(fn, addr->base, root, offset);
  if (!add_scaled(offset, 1, addr->offset))
    return false;
  if (!ir_has_ref(addr->index))
    return true;
  return ir_const_int(fn, addr->index, &index) && add_scaled(offset, addr->scale, index);
}

/* One constant step down from `ref`; false when there is none. */
static bool constant_step(const IrFunction *fn, IrRef *ref, int64_t *offset) {
  const IrInsn *in = ir_def(fn, *ref);
  int64_t c, sum = *offset;
  if (!in)
    return false;
  switch (in->op) {
  case IR_ADDR: {
    const IrAddr *a = &fn->addrs[in->aux];
    if (ir_has_ref(a->index) && !(ir_const_int(fn, a->index, &c) && add_scaled(&sum, a->scale, c)))
      return false;
    if (!add_scaled(&sum, 1, a->offset))
      return false;
    *ref = a->base;
    break;
  }
  case IR_CONV:
    *ref = ir_arg(fn, in, 0);
    break;
  case IR_ADD:
  case IR_SUB: {
    bool right = ir_const_int(fn, ir_arg(fn, in, 1), &c);
    if (!right && !(in->op == IR_ADD && ir_const_int(fn, ir_arg(fn, in, 0), &c)))
      return false;
    if (!add_scaled(&sum, in->op == IR_SUB ? -1 : 1, c))
      return false;
    *ref = ir_arg(fn, in, right ? 0 : 1);
    break;
  }
  default:
    return false;
  }
  *offset = sum;
  return true;
}

void ir_constant_part(const IrFunction *fn, IrRef ref, IrRef *root, int64_t *offset) {
  int64_t value;
  *offset = 0;
  while (constant_step(fn, &ref, offset))
    continue;
  *root = ref;
  if (ir_const_int(fn, ref, &value) && add_scaled(offset, 1, value))
    *root = ir_no_ref();
}

/* ---- objects, fields, types ------------------------------------------------------------------ */

static bool is_object(IrRef ref) {
  IrRefKind k = ir_ref_kind(ref);
  return k == IR_REF_LOCAL || k == IR_REF_SYM || k == IR_REF_STR;
}

static bool is_fresh(const IrAnalysis *an, IrRef ref) {
  const IrInsn *in = ir_def(an->fn, ref);
  if (!in)
    return false;
  return in->op == IR_ALLOCA ||
         (in->op == IR_CALL && an->unit->symbols[in->aux].flags & IR_SYM_MALLOC);
}

/* `a` is an object or fresh memory; can `b`, which is neither, point to it? */
static bool out_of_reach(const IrAnalysis *an, IrRef a, IrRef b) {
  if (ir_ref_kind(a) == IR_REF_LOCAL && !an->priv->escaped[ir_ref_index(a)])
    return true;
  return (ir_ref_kind(a) == IR_REF_LOCAL || is_fresh(an, a)) && ir_is(ir_def(an->fn, b), IR_PARAM);
}

/* A restrict parameter: what is written through it is reached by no other name. Pointers that are
 * loaded, or made in the function, may still come from it. */
static bool is_restrict(const IrAnalysis *an, IrRef ref) {
  const IrInsn *in = ir_def(an->fn, ref);
  return ir_is(in, IR_PARAM) && an->unit->types[in->type].flags & IR_TF_RESTRICT;
}

static bool is_named(const IrAnalysis *an, IrRef ref) {
  return ir_is(ir_def(an->fn, ref), IR_PARAM) || ir_ref_kind(ref) == IR_REF_SYM;
}

bool ir_distinct_roots(const IrAnalysis *an, IrRef a, IrRef b) {
  if (a == b)
    return false;
  if ((is_restrict(an, a) && is_named(an, b)) || (is_restrict(an, b) && is_named(an, a)))
    return true;
  bool own_a = is_object(a) || is_fresh(an, a), own_b = is_object(b) || is_fresh(an, b);
  if (own_a && own_b)
    return true;
  return (own_a && out_of_reach(an, a, b)) || (own_b && out_of_reach(an, b, a));
}

/* The field that an access ends in: its own, or that of the array it indexes. */
static const IrHop *last_hop(const IrFunction *fn, const IrAddr *a) {
  if (a->nhops)
    return &fn->hops[a->hops + a->nhops - 1];
  const IrInsn *base = ir_def(fn, a->base);
  if (!ir_is(base, IR_ADDR) || !fn->addrs[base->aux].nhops)
    return NULL;
  const IrAddr *outer = &fn->addrs[base->aux];
  return &fn->hops[outer->hops + outer->nhops - 1];
}

static bool is_union(const IrUnit *u, IrRecordId r) {
  return r < u->nrecords && u->records[r].flags & IR_REC_UNION;
}

static bool is_aggregate(const IrType *t) {
  return t->kind == IR_T_RECORD || t->kind == IR_T_ARRAY;
}

/* Pointer types that no two declarations of one object would give it. */
static bool pointees_differ(const IrUnit *u, const IrType *a, const IrType *b) {
  const IrType *x = &u->types[a->sub], *y = &u->types[b->sub];
  if (x->kind == IR_T_VOID || y->kind == IR_T_VOID)
    return false;
  return x->kind != y->kind ||
         (x->kind == IR_T_RECORD ? x->record != y->record : x->size != y->size);
}

static IrMayWrite scalar_types(const IrUnit *u, const IrType *a, const IrType *b) {
  bool chars = (a->kind == IR_T_INT && a->size == 1) || (b->kind == IR_T_INT && b->size == 1);
  if (a->kind == b->kind && a->size == b->size)
    return a->kind == IR_T_PTR && pointees_differ(u, a, b) ? IR_WRITES_NOT : IR_WRITES_MAYBE;
  return chars ? IR_WRITES_UNLIKELY : IR_WRITES_NOT;
}

static bool path_has_record(const IrFunction *fn, const IrAddr *a, IrRecordId record) {
  for (uint32_t i = 0; i < a->nhops; i++)
    if (fn->hops[a->hops + i].record == record)
      return true;
  return false;
}

static IrMayWrite aggregate_types(const IrAnalysis *an, const IrAddr *a, const IrAddr *b) {
  const IrType *ta = &an->unit->types[a->type], *tb = &an->unit->types[b->type];
  if (ta->kind == IR_T_RECORD && b->nhops && !path_has_record(an->fn, b, ta->record))
    return IR_WRITES_UNLIKELY;
  if (tb->kind == IR_T_RECORD && a->nhops && !path_has_record(an->fn, a, tb->record))
    return IR_WRITES_UNLIKELY;
  return IR_WRITES_MAYBE;
}

IrMayWrite ir_types_may_alias(const IrAnalysis *an, const IrAddr *a, const IrAddr *b) {
  const IrUnit *u = an->unit;
  const IrType *ta = &u->types[a->type], *tb = &u->types[b->type];
  if (is_aggregate(ta) || is_aggregate(tb))
    return aggregate_types(an, a, b);
  const IrHop *ha = last_hop(an->fn, a), *hb = last_hop(an->fn, b);
  if ((ha && is_union(u, ha->record)) || (hb && is_union(u, hb->record)))
    return IR_WRITES_MAYBE;
  IrMayWrite by_type = scalar_types(u, ta, tb);
  if (by_type == IR_WRITES_NOT)
    return by_type;
  if (ha && hb)
    return ha->record == hb->record && ha->field == hb->field ? by_type : IR_WRITES_NOT;
  if (ir_root_of(an, a->base) == ir_root_of(an, b->base))
    return by_type;
  return IR_WRITES_UNLIKELY; /* two unrelated pointers that could meet */
}

/* ---- stores and calls against a place -------------------------------------------------------- */

static IrMayWrite store_may_write(const IrAnalysis *an, const IrAddr *to, const IrAddr *place) {
  IrRef root_to = ir_root_of(an, to->base), root = ir_root_of(an, place->base), base_to, base;
  int64_t at_to, at;
  if (ir_distinct_roots(an, root_to, root))
    return IR_WRITES_NOT;
  if (ir_constant_address(an->fn, to, &base_to, &at_to) &&
      ir_constant_address(an->fn, place, &base, &at) && base_to == base) {
    bool apart = at_to >= at + (int64_t)place->size || at >= at_to + (int64_t)to->size;
    return apart ? IR_WRITES_NOT : IR_WRITES_MAYBE;
  }
  return ir_types_may_alias(an, to, place);
}

static IrMayWrite call_may_write(const IrAnalysis *an, const IrInsn *call, const IrAddr *place) {
  IrRef root = ir_root_of(an, place->base);
  for (uint32_t i = 0; i < call->nargs; i++)
    if (ir_root_of(an, ir_arg(an->fn, call, i)) == root)
      return IR_WRITES_MAYBE;
  if (ir_ref_kind(root) == IR_REF_STR ||
      (ir_ref_kind(root) == IR_REF_LOCAL && !an->priv->escaped[ir_ref_index(root)]))
    return IR_WRITES_NOT;
  if (ir_ref_kind(root) == IR_REF_SYM && an->unit->symbols[ir_ref_index(root)].flags & IR_SYM_CONST)
    return IR_WRITES_NOT;
  return IR_WRITES_UNLIKELY;
}

static bool may_write(const IrAnalysis *an, const IrInsn *in) {
  const uint32_t harmless = IR_SYM_PURE | IR_SYM_CONSTFN | IR_SYM_NORETURN;
  switch (in->op) {
  case IR_STORE:
  case IR_COPY:
  case IR_CLEAR:
  case IR_RMW:
  case IR_CMPXCHG:
  case IR_FENCE: /* what other threads wrote shows */
  case IR_VAARG:
  case IR_CALLP:
  case IR_OPAQUE:
    return true;
  case IR_ASM:
    return in->flags & IR_INSN_MEMORY;
  case IR_CALL:
    return !(an->unit->symbols[in->aux].flags & harmless);
  default:
    return false;
  }
}

void ir_find_writes(IrAnalysis *an) {
  const IrFunction *fn = an->fn;
  IrInsnId found[IR_MAX_WRITES];
  an->priv->writes = HP_NEW(an->arena, IrWrites, an->nloops);
  for (uint32_t l = 0; l < an->nloops; l++) {
    const IrLoop *loop = &an->loops[l];
    uint32_t n = 0;
    for (uint32_t k = 0; k < loop->nblocks && n < IR_MAX_WRITES; k++) {
      const IrBlock *b = &fn->blocks[loop->blocks[k]];
      for (uint32_t i = b->first; i < b->first + b->count && n < IR_MAX_WRITES; i++)
        if (may_write(an, &fn->insns[i]))
          found[n++] = i;
    }
    an->priv->writes[l] = (IrWrites){hp_arena_copy(an->arena, found, n * sizeof(IrInsnId)), n};
  }
}

IrMayWrite ir_may_write(const IrAnalysis *an, IrInsnId insn, const IrAddr *place) {
  const IrInsn *in = &an->fn->insns[insn];
  const IrAddr *to = ir_addr_of(an->fn, in);
  return to ? store_may_write(an, to, place) : call_may_write(an, in, place);
}

IrMayWrite ir_loop_may_write(const IrAnalysis *an, uint32_t loop, const IrAddr *place) {
  const IrWrites *w = &an->priv->writes[loop];
  if (w->count == IR_MAX_WRITES)
    return IR_WRITES_MAYBE;
  IrMayWrite worst = IR_WRITES_NOT;
  for (uint32_t i = 0; i < w->count && worst != IR_WRITES_MAYBE; i++) {
    IrMayWrite now = ir_may_write(an, w->insns[i], place);
    if (now > worst)
      worst = now;
  }
  return worst;
}
