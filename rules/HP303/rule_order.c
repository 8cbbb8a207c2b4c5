/* Lists of indices that are made in ascending order: a table is gone over upwards by them, and what
 * lies on the lines in between is all that is lost. */
#include "rules/HP303/rule_order.h"

enum { MERGES_DEEP = 6 };

typedef struct List {
  const IrProgram *p;
  const PgFunction *pf;
  IrRef root; /* a local array, or fresh memory */
} List;

static IrRef unconverted(const IrFunction *fn, IrRef ref) {
  for (const IrInsn *in = ir_def(fn, ref); ir_is(in, IR_CONV); in = ir_def(fn, ref))
    ref = ir_arg(fn, in, 0);
  return ref;
}

static bool is_own(const List *l) {
  const IrInsn *in = ir_def(l->pf->fn, l->root);
  if (ir_ref_kind(l->root) == IR_REF_LOCAL)
    return true;
  return (ir_is(in, IR_CALL) || ir_is(in, IR_CALLP)) &&
         pg_summary(l->p, l->pf->unit, l->pf->fn, in)->flags & PG_FRESH;
}

static bool leads_to(const List *l, IrRef ref) {
  return ir_addr_root(l->pf->fn, ref) == l->root;
}

/* From one iteration to the next the count stays, or grows by a constant. */
static bool stays_or_grows(const IrFunction *fn, IrRef ref, IrRef count, unsigned depth) {
  ref = unconverted(fn, ref);
  const IrInsn *in = ir_def(fn, ref);
  int64_t more;
  if (ref == count)
    return true;
  if (!in || !depth)
    return false;
  if (in->op == IR_ADD)
    return ir_const_int(fn, ir_arg(fn, in, 1), &more) && more > 0 &&
           stays_or_grows(fn, ir_arg(fn, in, 0), count, depth - 1);
  bool all = in->op == IR_PHI;
  for (uint32_t i = 0; i < in->nargs && all; i++)
    all = stays_or_grows(fn, ir_arg(fn, in, i), count, depth - 1);
  return all;
}

static bool counts_up(const IrAnalysis *an, uint32_t loop, IrRef count) {
  const IrFunction *fn = an->fn;
  const IrInsn *phi = ir_def(fn, count);
  IrBlockId header = an->loops[loop].header;
  if (!ir_is(phi, IR_PHI) || an->block_of[ir_ref_index(count)] != header)
    return false;
  for (uint32_t i = 0; i < phi->nargs; i++)
    if (ir_loop_contains(an, loop, fn->edges[fn->blocks[header].preds + i]) &&
        !stays_or_grows(fn, ir_arg(fn, phi, i), count, MERGES_DEEP))
      return false;
  return true;
}

/* A number that counts up goes behind those that are there. */
static bool appends_upwards(const List *l, IrInsnId store) {
  const IrFunction *fn = l->pf->fn;
  const IrAnalysis *an = l->pf->an;
  const IrAddr *to = &fn->addrs[fn->insns[store].aux];
  uint32_t loop = an->loop_of[an->block_of[store]];
  if (loop == IR_NONE || an->loops[loop].irreducible)
    return false;
  IrEvolution value = ir_evolution(an, loop, ir_arg(fn, &fn->insns[store], 0));
  if (value.kind != IR_EV_AFFINE || value.step <= 0)
    return false;
  IrAccessInLoop place = ir_addr_in(an, to, loop);
  bool steps = place.cls == IR_AC_UNIT || place.cls == IR_AC_STRIDED;
  return steps ? place.stride > 0 : counts_up(an, loop, unconverted(fn, to->index));
}

/* The list goes out of sight: to calls that do more than give it back, into memory, into a merge.
 */
static bool hands_out(const List *l, const IrInsn *in) {
  const IrFunction *fn = l->pf->fn;
  const bool call = in->op == IR_CALL || in->op == IR_CALLP;
  const uint32_t frees = call ? pg_summary(l->p, l->pf->unit, fn, in)->frees : 0;
  const uint32_t skip = in->op == IR_CALLP;
  const bool passes = call || in->op == IR_STORE || in->op == IR_PHI || in->op == IR_SELECT ||
                      in->op == IR_ASM || in->op == IR_OPAQUE;
  for (uint32_t k = skip; k < in->nargs && passes; k++)
    if (leads_to(l, ir_arg(fn, in, k)) && !(k - skip < 32 && frees >> (k - skip) & 1))
      return true;
  return false;
}

static bool writes_otherwise(const List *l, const IrInsn *in) {
  const IrFunction *fn = l->pf->fn;
  const IrAddr *a = ir_addr_of(fn, in);
  bool other = in->op == IR_COPY || in->op == IR_CLEAR || in->op == IR_RMW || in->op == IR_CMPXCHG;
  return other && a && leads_to(l, a->base);
}

bool order_ascends(const IrProgram *p, const PgFunction *pf, const IrAccess *gather) {
  const IrFunction *fn = pf->fn;
  const IrAddr *from = ir_addr_of(fn, &fn->insns[gather->in.via]);
  List l = {p, pf, ir_addr_root(fn, from->base)};
  bool made = false;
  if (!is_own(&l))
    return false;
  for (IrInsnId i = 0; i < fn->ninsns; i++) {
    const IrInsn *in = &fn->insns[i];
    if (hands_out(&l, in) || writes_otherwise(&l, in))
      return false;
    if (in->op != IR_STORE || !leads_to(&l, fn->addrs[in->aux].base))
      continue;
    if (!appends_upwards(&l, i))
      return false;
    made = true;
  }
  return made;
}
