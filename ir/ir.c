/* The instruction table made from ops.def, and the few readers of ir.h that are not inline. */
#include "ir/ir.h"

#define R IR_RESULT
#define T IR_TERM
#define L IR_READS
#define W IR_WRITES
#define C IR_CALLS
#define X IR_EFFECT
#define K IR_COMMUTES

/* What is in the table of an operation's letters, of which there are three at most. */
#define AT(operands, i) (operands "\0\0")[i] /* 0 behind the last one */
#define COUNT(operands, letter)                                                                    \
  ((AT(operands, 0) == (letter)) + (AT(operands, 1) == (letter)) + (AT(operands, 2) == (letter)))
#define HAS(operands, letter) (COUNT(operands, letter) != 0)
/* An operation has one of these at most. */
#define AUX(operands)                                                                              \
  (HAS(operands, 'm') * 'm' + HAS(operands, 's') * 's' + HAS(operands, 'p') * 'p' +                \
   HAS(operands, 'n') * 'n' + HAS(operands, 't') * 't' + HAS(operands, 'c') * 'c' +                \
   HAS(operands, 'o') * 'o')
#define OP(name, operands, flags, meaning)                                                         \
  {#name,                                                                                          \
   operands,                                                                                       \
   meaning,                                                                                        \
   flags,                                                                                          \
   COUNT(operands, 'm') + COUNT(operands, 'M'),                                                    \
   COUNT(operands, 'v'),                                                                           \
   HAS(operands, '*'),                                                                             \
   AUX(operands)},
const IrOpInfo ir_ops[IR_OP_COUNT] = {
#define OPAQUE_OP OP
#include "ir/ops.def"
};
#undef OP
#define OP(name, operands, flags, meaning)                                                         \
  _Static_assert(sizeof(operands) <= 4, "letters are counted up to the third");
#include "ir/ops.def"
#undef OP
#undef OPAQUE_OP
#undef AT
#undef COUNT
#undef HAS
#undef AUX
#undef R
#undef T
#undef L
#undef W
#undef C
#undef X
#undef K

IrTypeId ir_ref_type(const IrUnit *u, const IrFunction *fn, IrRef ref) {
  (void)u;
  switch (ir_ref_kind(ref)) {
  case IR_REF_VALUE:
    return fn->insns[ir_ref_index(ref)].type;
  case IR_REF_CONST:
    return fn->consts[ir_ref_index(ref)].type;
  case IR_REF_NONE:
  case IR_REF_LOCAL:
  case IR_REF_SYM:
  case IR_REF_STR:
  case IR_REF_UNDEF:
    break;
  }
  return 0;
}

bool ir_const_int(const IrFunction *fn, IrRef ref, int64_t *value) {
  if (ir_ref_kind(ref) != IR_REF_CONST)
    return false;
  const IrConst *c = &fn->consts[ir_ref_index(ref)];
  if (c->is_float)
    return false;
  *value = c->u.i;
  return true;
}

const char *ir_function_name(const IrUnit *u, const IrFunction *fn) {
  return ir_str(u, u->symbols[fn->sym].name);
}

IrRecordId ir_pointee_record(const IrUnit *u, IrTypeId pointer) {
  const IrType *type = &u->types[pointer];
  if (type->kind != IR_T_PTR)
    return IR_NONE;
  const IrType *pointee = &u->types[type->sub];
  return pointee->kind == IR_T_RECORD ? pointee->record : IR_NONE;
}
