/* Which instructions a listing folds into their users: implicit conversions become casts of the
 * operand, and address computations with a constant offset become part of the address, as the
 * machine's addressing modes make them. What a variable was given keeps its row. */
#include "ir/list_priv.h"

typedef struct Fold {
  const IrUnit *u;
  const IrFunction *fn;
  bool *used;     /* some instruction has it as operand */
  bool *as_value; /* other than as base of an address */
} Fold;

static void note(bool *marks, IrRef ref) {
  if (ir_ref_kind(ref) == IR_REF_VALUE)
    marks[ir_ref_index(ref)] = true;
}

static void note_addr(const Fold *f, const IrAddr *a) {
  note(f->used, a->base);
  note(f->used, a->index);
  note(f->as_value, a->index);
}

static void note_uses(const Fold *f, const IrInsn *in) {
  for (uint32_t i = 0; i < in->nargs; i++) {
    note(f->used, ir_arg(f->fn, in, i));
    note(f->as_value, ir_arg(f->fn, in, i));
  }
  const IrAddr *a = ir_addr_of(f->fn, in);
  if (!a)
    return;
  note_addr(f, a);
  if (in->op == IR_COPY)
    note_addr(f, a + 1);
}

static bool folds(const Fold *f, IrInsnId id) {
  const IrInsn *in = &f->fn->insns[id];
  if (!f->used[id] || in->name)
    return false;
  if (in->op == IR_CONV)
    return !(in->flags & IR_INSN_EXPLICIT) && *ir_str(f->u, f->u->types[in->type].name);
  return in->op == IR_ADDR && !f->as_value[id] &&
         ir_ref_kind(f->fn->addrs[in->aux].index) == IR_REF_NONE;
}

const bool *list_folded(const IrUnit *unit, const IrFunction *fn, bool all, HpArena *arena) {
  bool *folded = HP_NEW(arena, bool, fn->ninsns);
  if (all)
    return folded;
  Fold f = {unit, fn, HP_NEW(arena, bool, fn->ninsns), HP_NEW(arena, bool, fn->ninsns)};
  for (IrInsnId id = 0; id < fn->ninsns; id++)
    note_uses(&f, &fn->insns[id]);
  for (IrInsnId id = 0; id < fn->ninsns; id++)
    folded[id] = folds(&f, id);
  return folded;
}
