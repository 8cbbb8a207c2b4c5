#include "ir/kinds.h"
#include "ir/list_priv.h"

#include <stdlib.h>

IrAccessKind ir_access_kind(IrAccessClass cls) {
  switch (cls) {
  case IR_AC_INVARIANT:
    return IR_AK_INVARIANT;
  case IR_AC_UNIT:
    return IR_AK_UNIT;
  case IR_AC_STRIDED:
  case IR_AC_SYMBOLIC:
    return IR_AK_STRIDED;
  case IR_AC_INDIRECT:
  case IR_AC_POINTER:
    return IR_AK_GATHER;
  case IR_AC_CHASED:
    return IR_AK_CHASE;
  case IR_AC_UNKNOWN:
    break;
  }
  return IR_AK_UNKNOWN;
}

const char *ir_access_kind_name(IrAccessKind kind) {
  static const char *const names[IR_AK_COUNT] = {"unit stride",   "strided", "invariant",
                                                 "pointer chase", "gather",  "unknown"};
  return names[kind];
}

/* ---- bytes ----------------------------------------------------------------------------------- */

/* Bytes from `from` to `to` of the object that base and index pick. */
typedef struct Span {
  uint32_t loop;
  bool fixed;
  IrRef base, index;
  uint32_t scale;
  int64_t from, to;
} Span;

/* The base behind address computations by constants, so that `p->a` reached twice is one place. */
static IrRef plain_base(const IrFunction *fn, IrRef base, int64_t *offset) {
  for (const IrInsn *in; ir_is(in = ir_def(fn, base), IR_ADDR);) {
    const IrAddr *a = &fn->addrs[in->aux];
    if (ir_ref_kind(a->index) != IR_REF_NONE)
      break;
    *offset = (int64_t)((uint64_t)*offset + (uint64_t)a->offset);
    base = a->base;
  }
  return base;
}

/* Two loads of one place that nothing in between changes give one pointer: `p->next->a` and
 * `p->next->b` share a base. Told by what the address is made of; whether a store came between is
 * not asked, since a count of bytes stays right nearly always. */
static IrRef same_load(const IrAnalysis *an, IrRef base, uint32_t depth) {
  const IrFunction *fn = an->fn;
  const IrInsn *in = ir_def(fn, base);
  if (!ir_is(in, IR_LOAD) || !depth)
    return base;
  const IrAddr *a = &fn->addrs[in->aux];
  int64_t at = a->offset;
  IrRef from = same_load(an, plain_base(fn, a->base, &at), depth - 1);
  uint32_t loop = an->loop_of[an->block_of[ir_ref_index(base)]];
  for (uint32_t i = 0; i < an->naccesses; i++) {
    const IrAccess *other = &an->accesses[i];
    if (other->loop != loop || fn->insns[other->insn].op != IR_LOAD)
      continue;
    const IrAddr *b = &fn->addrs[other->addr];
    int64_t there = b->offset;
    IrRef start = plain_base(fn, b->base, &there);
    if (there == at && b->index == a->index && b->scale == a->scale && b->size == a->size &&
        same_load(an, start, depth - 1) == from)
      return ir_ref(IR_REF_VALUE, other->insn);
  }
  return base;
}

static int compare(const void *x, const void *y) {
  const Span *a = x, *b = y;
#define ORDER(member)                                                                              \
  if (a->member != b->member)                                                                      \
  return a->member < b->member ? -1 : 1
  ORDER(loop);
  ORDER(fixed);
  ORDER(base);
  ORDER(index);
  ORDER(scale);
  ORDER(from);
#undef ORDER
  return 0;
}

static bool same_object(const Span *a, const Span *b) {
  return a->loop == b->loop && a->fixed == b->fixed && a->base == b->base && a->index == b->index &&
         a->scale == b->scale;
}

static void count_bytes(IrLoopFacts *facts, Span *spans, uint32_t n) {
  if (n)
    qsort(spans, n, sizeof *spans, compare);
  for (uint32_t i = 0; i < n; i++) {
    int64_t from = spans[i].from;
    if (i && same_object(&spans[i - 1], &spans[i])) {
      int64_t seen = spans[i - 1].to;
      from = from < seen ? seen : from;
      if (spans[i].to < seen)
        spans[i].to = seen;
    }
    uint64_t bytes = spans[i].to > from ? (uint64_t)spans[i].to - (uint64_t)from : 0;
    IrLoopFacts *f = &facts[spans[i].loop];
    *(spans[i].fixed ? &f->fixed_bytes : &f->step_bytes) += bytes;
  }
}

static Span span_of(const IrAnalysis *an, const IrAccess *ac) {
  const IrAddr *a = &an->fn->addrs[ac->addr];
  Span s = {.loop = ac->loop,
            .fixed = ac->in.cls == IR_AC_INVARIANT,
            .index = a->index,
            .scale = a->scale,
            .from = a->offset};
  enum { LOADS_BEFORE = 2, MANY_ACCESSES = 1000 };
  IrRef base = plain_base(an->fn, a->base, &s.from);
  s.base = an->naccesses > MANY_ACCESSES ? base : same_load(an, base, LOADS_BEFORE);
  s.to = (int64_t)((uint64_t)s.from + a->size);
  return s;
}

/* ---- loops ----------------------------------------------------------------------------------- */

/* How often the header runs for each time that the loop is entered. */
static double estimate(const IrAnalysis *an, const IrLoop *loop) {
  const IrFunction *fn = an->fn;
  const IrBlock *header = &fn->blocks[loop->header];
  double entered = 0;
  for (uint32_t i = 0; i < header->npreds; i++) {
    IrBlockId from = fn->edges[header->preds + i];
    bool back = false;
    for (uint32_t k = 0; k < loop->nlatches; k++)
      back |= loop->latches[k] == from;
    if (!back && an->freq[from] > 0)
      entered += an->freq[from] / fn->blocks[from].nsuccs;
  }
  double rounds = entered > 0 ? an->freq[loop->header] / entered : 1;
  bool tests_first = false; /* then the last time round is only the test */
  for (uint32_t i = 0; i < loop->nexits; i++)
    tests_first |= loop->exits[i] == loop->header;
  rounds -= tests_first;
  return rounds > 1 ? rounds : 1;
}

IrLoopFacts *ir_loop_facts(const IrAnalysis *an, HpArena *arena) {
  IrLoopFacts *facts = HP_NEW(arena, IrLoopFacts, an->nloops);
  Span *spans = HP_NEW(arena, Span, an->naccesses);
  uint32_t nspans = 0;
  for (uint32_t i = 0; i < an->nloops; i++)
    facts[i].trips = an->loops[i].trip == IR_TRIP_CONST ? (double)an->loops[i].count
                                                        : estimate(an, &an->loops[i]);
  for (uint32_t i = 0; i < an->naccesses; i++) {
    const IrAccess *ac = &an->accesses[i];
    if (ac->loop == IR_NONE)
      continue;
    facts[ac->loop].accesses[ir_access_kind(ac->in.cls)]++;
    spans[nspans++] = span_of(an, ac);
  }
  count_bytes(facts, spans, nspans);
  for (IrInsnId i = 0; i < an->fn->ninsns; i++) {
    uint32_t loop = an->loop_of[an->block_of[i]];
    if (loop != IR_NONE && ir_ops[an->fn->insns[i].op].flags & IR_CALLS)
      facts[loop].ncalls += ir_is(&an->fn->insns[i], IR_CALL) || ir_is(&an->fn->insns[i], IR_CALLP);
  }
  return facts;
}

double ir_loop_footprint(const IrAnalysis *an, const IrLoopFacts *facts, uint32_t loop) {
  double inner = 0;
  for (uint32_t i = 0; i < an->loops[loop].nchildren; i++)
    inner += ir_loop_footprint(an, facts, an->loops[loop].children[i]);
  return (double)facts[loop].fixed_bytes +
         facts[loop].trips * ((double)facts[loop].step_bytes + inner);
}

void ir_describe_bound(HpBuf *out, const IrAnalysis *an, uint32_t loop) {
  list_put_bound(out, &(Describing){an->unit, an->fn, NULL}, &an->loops[loop]);
}
