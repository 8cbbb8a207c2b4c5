/* Values: constants, conversions, arithmetic. Operations on literals are folded, since conditions
 * made of them decide which code exists (`if (sizeof(long) == 8)`). */
#include "analyzer/frontend/lower.h"

bool evaluate_int(CXCursor c, int64_t *out) {
  if (c.kind == CXCursor_InitListExpr) /* nested arrays crash */
    return false;
  CXEvalResult result = clang_Cursor_Evaluate(c);
  if (!result)
    return false;
  bool ok = clang_EvalResult_getKind(result) == CXEval_Int;
  if (ok)
    *out = clang_EvalResult_isUnsignedInt(result) ? (int64_t)clang_EvalResult_getAsUnsigned(result)
                                                  : clang_EvalResult_getAsLongLong(result);
  clang_EvalResult_dispose(result);
  return ok;
}

bool evaluate_real(CXCursor c, double *out) {
  CXEvalResult result = c.kind == CXCursor_InitListExpr ? NULL : clang_Cursor_Evaluate(c);
  if (!result)
    return false;
  bool ok = clang_EvalResult_getKind(result) == CXEval_Float;
  if (ok)
    *out = clang_EvalResult_getAsDouble(result);
  clang_EvalResult_dispose(result);
  return ok;
}

/* ---- making values --------------------------------------------------------------------------- */

Value value_none(void) {
  return (Value){0};
}

Value value_of(IrRef ref, IrTypeId type) {
  return (Value){.ref = ref, .type = type};
}

Value value_undef(IrTypeId type) {
  return (Value){.ref = ir_build_undef(), .type = type};
}

static bool is_unsigned(const Lower *l, IrTypeId type) {
  const IrType *t = ir_type(l, type);
  return t->kind != IR_T_INT || t->flags & (IR_TF_UNSIGNED | IR_TF_BOOL);
}

uint64_t type_bits(const Lower *l, IrTypeId type) {
  const IrType *t = ir_type(l, type);
  return t->kind == IR_T_INT && t->count ? t->count : t->size * 8;
}

int64_t type_wrap(const Lower *l, IrTypeId type, int64_t n) {
  const IrType *t = ir_type(l, type);
  if (t->flags & IR_TF_BOOL)
    return n != 0;
  uint64_t bits = type_bits(l, type);
  if (!bits || bits >= 64)
    return n;
  unsigned unused = 64 - (unsigned)bits;
  uint64_t up = (uint64_t)n << unused;
  return is_unsigned(l, type) ? (int64_t)(up >> unused) : (int64_t)up >> unused;
}

Value value_int(Lower *l, IrTypeId type, int64_t number) {
  number = type_wrap(l, type, number);
  return (Value){
      .ref = ir_build_int(l->b, type, number), .type = type, .literal = true, .u.number = number};
}

Value value_real(Lower *l, IrTypeId type, double number) {
  if (ir_type(l, type)->size == 4)
    number = (float)number;
  return (Value){.ref = ir_build_float(l->b, type, number),
                 .type = type,
                 .literal = true,
                 .is_real = true,
                 .u.real = number};
}

Value value_opaque(Lower *l, const char *reason, IrTypeId type, const IrRef *args, uint32_t n) {
  return value_of(ir_build_opaque(l->b, reason, type, args, n), type);
}

static Value zero(Lower *l, IrTypeId type) {
  if (type_has_parts(l, type))
    return value_convert(l, value_int(l, l->t_int, 0), type, false);
  return type_kind(l, type) == IR_T_FLOAT ? value_real(l, type, 0) : value_int(l, type, 0);
}

Value value_not_zero(Lower *l, Value v, IrTypeId type) {
  if (value_is_int(v))
    return value_int(l, type, v.u.number != 0);
  if (v.literal)
    return value_int(l, type, v.u.real != 0);
  return value_of(ir_build_op2(l->b, IR_NE, type, 0, v.ref, zero(l, v.type).ref), type);
}

/* ---- conversions ----------------------------------------------------------------------------- */

static Value convert_literal(Lower *l, Value v, IrTypeId to) {
  switch (type_kind(l, to)) {
  case IR_T_INT:
    if (v.is_real && !(v.u.real > -9.2e18 && v.u.real < 9.2e18))
      break;
    if (v.is_real && ir_type(l, to)->flags & IR_TF_BOOL)
      return value_int(l, to, v.u.real != 0);
    /* Constants of more than 64 bits are extended with their sign. */
    if (!v.is_real && v.u.number < 0 && type_bits(l, to) > 64 && is_unsigned(l, v.type) &&
        type_bits(l, v.type) <= 64)
      break;
    return value_int(l, to, v.is_real ? (int64_t)v.u.real : v.u.number);
  case IR_T_PTR:
    if (!v.is_real)
      return value_int(l, to, v.u.number);
    break;
  case IR_T_FLOAT:
    if (v.is_real)
      return value_real(l, to, v.u.real);
    if (v.u.number < 0 && is_unsigned(l, v.type) && type_bits(l, v.type) > 64)
      break;
    return value_real(l, to,
                      is_unsigned(l, v.type) ? (double)(uint64_t)v.u.number : (double)v.u.number);
  default:
    break;
  }
  return value_of(ir_build_op1(l->b, IR_CONV, to, v.ref), to);
}

/* Is the conversion more than another name for the same bits? */
static bool needs_conversion(const Lower *l, IrTypeId from, IrTypeId to) {
  const IrType *f = ir_type(l, from), *t = ir_type(l, to);
  if (f->kind == IR_T_PTR && t->kind == IR_T_PTR) {
    /* Only what adds a record is of interest: malloc's result, a cast node. */
    IrRecordId record = type_pointee_record(l, to);
    return record != IR_NONE && record != type_pointee_record(l, from);
  }
  if (f->kind == IR_T_FUNC || t->kind == IR_T_OTHER || type_is_aggregate(l, to))
    return false;
  const uint32_t sign = IR_TF_UNSIGNED | IR_TF_BOOL;
  return f->kind != t->kind || f->size != t->size ||
         (t->kind == IR_T_INT && f->count != t->count) ||
         (t->kind == IR_T_INT && (f->flags & sign) != (t->flags & sign));
}

Value value_convert(Lower *l, Value v, IrTypeId to, bool explicit_cast) {
  to = type_unqualified(l, to);
  if (v.type == to || !to || !v.type)
    return v;
  if (type_has_parts(l, v.type) || type_has_parts(l, to))
    return type_is_scalar(l, to) ? value_convert_parts(l, v, to, explicit_cast) : v;
  if (v.literal)
    return convert_literal(l, v, to);
  const IrType *t = ir_type(l, to);
  if (t->flags & IR_TF_BOOL && !(ir_type(l, v.type)->flags & IR_TF_BOOL) &&
      type_is_scalar(l, v.type))
    return value_not_zero(l, v, to);
  if (needs_conversion(l, v.type, to)) {
    IrRecordId a = type_pointee_record(l, v.type), b = type_pointee_record(l, to);
    if (a != IR_NONE && b != IR_NONE) {
      record_flag(l, v.type, IR_REC_CAST);
      record_flag(l, to, IR_REC_CAST);
    }
    v.ref = ir_build_op(l->b, IR_CONV, to, explicit_cast ? IR_INSN_EXPLICIT : 0, &v.ref, 1, 0);
  }
  v.type = to;
  return v;
}

IrTypeId type_promoted(Lower *l, IrTypeId x) {
  const IrType *t = ir_type(l, x);
  return t->kind == IR_T_INT && t->size < 4 && !t->count ? l->t_int : type_unqualified(l, x);
}

IrTypeId type_common(Lower *l, IrTypeId x, IrTypeId y) {
  IrTypeKind a = type_kind(l, x), b = type_kind(l, y);
  static const uint8_t rank[] = {
      [IR_T_INT] = 1, [IR_T_FLOAT] = 2, [IR_T_COMPLEX] = 3, [IR_T_VECTOR] = 4, [IR_T_OTHER] = 0};
  if ((a == IR_T_COMPLEX || b == IR_T_COMPLEX) && a != IR_T_VECTOR && b != IR_T_VECTOR)
    return type_common_complex(l, x, y);
  if (a != b)
    return type_unqualified(l, rank[a] >= rank[b] ? x : y);
  if (a != IR_T_INT)
    return type_unqualified(l, ir_type(l, y)->size > ir_type(l, x)->size ? y : x);
  x = type_promoted(l, x);
  y = type_promoted(l, y);
  const IrType *tx = ir_type(l, x), *ty = ir_type(l, y);
  uint64_t bx = type_bits(l, x), by = type_bits(l, y);
  if (bx != by)
    return bx > by ? x : y;
  if (!tx->count != !ty->count) /* int before _BitInt(32) */
    return tx->count ? y : x;
  return ty->flags & IR_TF_UNSIGNED ? y : x;
}

/* ---- arithmetic ------------------------------------------------------------------------------ */

static bool fold_compare(enum CXBinaryOperatorKind op, bool uns, int64_t x, int64_t y,
                         int64_t *out) {
  bool less = uns ? (uint64_t)x < (uint64_t)y : x < y;
  switch (op) {
  case CXBinaryOperator_LT:
    *out = less;
    return true;
  case CXBinaryOperator_GE:
    *out = !less;
    return true;
  case CXBinaryOperator_GT:
    *out = !less && x != y;
    return true;
  case CXBinaryOperator_LE:
    *out = less || x == y;
    return true;
  case CXBinaryOperator_EQ:
    *out = x == y;
    return true;
  case CXBinaryOperator_NE:
    *out = x != y;
    return true;
  default:
    return false;
  }
}

static bool fold(enum CXBinaryOperatorKind op, bool uns, unsigned bits, int64_t x, int64_t y,
                 int64_t *out) {
  uint64_t a = (uint64_t)x, b = (uint64_t)y;
  bool divides = y && !(x == INT64_MIN && y == -1);
  switch (op) {
  case CXBinaryOperator_Add:
    *out = (int64_t)(a + b);
    return true;
  case CXBinaryOperator_Sub:
    *out = (int64_t)(a - b);
    return true;
  case CXBinaryOperator_Mul:
    *out = (int64_t)(a * b);
    return true;
  case CXBinaryOperator_Div:
    if (divides)
      *out = uns ? (int64_t)(a / b) : x / y;
    return divides;
  case CXBinaryOperator_Rem:
    if (divides)
      *out = uns ? (int64_t)(a % b) : x % y;
    return divides;
  case CXBinaryOperator_And:
    *out = x & y;
    return true;
  case CXBinaryOperator_Or:
    *out = x | y;
    return true;
  case CXBinaryOperator_Xor:
    *out = x ^ y;
    return true;
  case CXBinaryOperator_Shl:
    if (b >= bits)
      return false;
    *out = (int64_t)(a << b);
    return true;
  case CXBinaryOperator_Shr:
    if (b >= bits)
      return false;
    *out = uns ? (int64_t)(a >> b) : x >> b;
    return true;
  default:
    return fold_compare(op, uns, x, y, out);
  }
}

static IrOp opcode(enum CXBinaryOperatorKind op) {
  switch (op) {
  case CXBinaryOperator_Mul:
    return IR_MUL;
  case CXBinaryOperator_Div:
    return IR_DIV;
  case CXBinaryOperator_Rem:
    return IR_REM;
  case CXBinaryOperator_Add:
    return IR_ADD;
  case CXBinaryOperator_Sub:
    return IR_SUB;
  case CXBinaryOperator_Shl:
    return IR_SHL;
  case CXBinaryOperator_Shr:
    return IR_SHR;
  case CXBinaryOperator_LT:
    return IR_LT;
  case CXBinaryOperator_GT:
    return IR_GT;
  case CXBinaryOperator_LE:
    return IR_LE;
  case CXBinaryOperator_GE:
    return IR_GE;
  case CXBinaryOperator_EQ:
    return IR_EQ;
  case CXBinaryOperator_NE:
    return IR_NE;
  case CXBinaryOperator_And:
    return IR_AND;
  case CXBinaryOperator_Xor:
    return IR_XOR;
  case CXBinaryOperator_Or:
    return IR_OR;
  default:
    return IR_OP_COUNT;
  }
}

Value value_step(Lower *l, Value pointer, Value index, bool minus, IrTypeId type) {
  type = type_unqualified(l, type);
  IrTypeId element = ir_type(l, pointer.type)->sub;
  const IrType *e = ir_type(l, element);
  if (e->flags & IR_TF_VLA)
    return value_opaque(l, "pointer arithmetic over a variable size", type,
                        (IrRef[]){pointer.ref, index.ref}, 2);
  IrAddr addr = {.base = pointer.ref, .type = element, .size = e->size};
  uint64_t step = type_step(l, element);
  if (value_is_int(index)) {
    addr.offset = (int64_t)((uint64_t)index.u.number * step * (minus ? UINT64_MAX : 1));
    if (!addr.offset)
      return value_of(pointer.ref, type);
  } else {
    addr.index = index.ref;
    if (minus)
      addr.index = ir_build_op1(l->b, IR_NEG, type_promoted(l, index.type), index.ref);
    addr.scale = step <= UINT32_MAX ? (uint32_t)step : UINT32_MAX;
  }
  return value_of(ir_build_addr(l->b, &addr, NULL, 0, type), type);
}

static Value difference(Lower *l, Value x, Value y, IrTypeId type) {
  uint64_t step = type_step(l, ir_type(l, x.type)->sub);
  IrRef args[] = {x.ref, y.ref};
  uint32_t bytes = step <= UINT32_MAX ? (uint32_t)step : UINT32_MAX;
  return value_of(ir_build_op(l->b, IR_PDIFF, type, 0, args, 2, bytes), type);
}

/* Literals: limits of floating type in macros decide branches, too. */
static bool compute_reals(enum CXBinaryOperatorKind op, double x, double y, double *out) {
  switch (op) {
  case CXBinaryOperator_Add:
    *out = x + y;
    break;
  case CXBinaryOperator_Sub:
    *out = x - y;
    break;
  case CXBinaryOperator_Mul:
    *out = x * y;
    break;
  case CXBinaryOperator_Div:
    *out = x / y;
    break;
  default:
    return false;
  }
  return *out == *out; /* what is no number is left to the program */
}

static bool compare_reals(enum CXBinaryOperatorKind op, double x, double y, int64_t *out) {
  switch (op) {
  case CXBinaryOperator_LT:
    *out = x < y;
    return true;
  case CXBinaryOperator_GT:
    *out = x > y;
    return true;
  case CXBinaryOperator_LE:
    *out = x <= y;
    return true;
  case CXBinaryOperator_GE:
    *out = x >= y;
    return true;
  case CXBinaryOperator_EQ:
    *out = x == y;
    return true;
  case CXBinaryOperator_NE:
    *out = x != y;
    return true;
  default:
    return false;
  }
}

Value value_binary(Lower *l, enum CXBinaryOperatorKind op, Value x, Value y, IrTypeId type) {
  type = type_unqualified(l, type);
  bool px = type_kind(l, x.type) == IR_T_PTR, py = type_kind(l, y.type) == IR_T_PTR;
  if (op == CXBinaryOperator_Add && (px || py))
    return px ? value_step(l, x, y, false, type) : value_step(l, y, x, false, type);
  if (op == CXBinaryOperator_Sub && px)
    return py ? difference(l, x, y, type) : value_step(l, x, y, true, type);
  Value done;
  if ((type_has_parts(l, x.type) || type_has_parts(l, y.type)) &&
      value_binary_parts(l, op, &x, &y, type, &done))
    return done;
  int64_t number;
  double real;
  uint64_t size = ir_type(l, x.type)->size;
  if (value_is_int(x) && value_is_int(y) && size <= 8 &&
      fold(op, is_unsigned(l, x.type), (unsigned)type_bits(l, x.type), x.u.number, y.u.number,
           &number))
    return value_int(l, type, number);
  if (x.literal && x.is_real && y.literal && y.is_real &&
      compare_reals(op, x.u.real, y.u.real, &number))
    return value_int(l, type, number);
  if (x.literal && x.is_real && y.literal && y.is_real && type_is_exact(l, type) &&
      compute_reals(op, x.u.real, y.u.real, &real))
    return value_real(l, type, real);
  IrOp code = opcode(op);
  if (code == IR_OP_COUNT)
    return value_opaque(l, "operator", type, (IrRef[]){x.ref, y.ref}, 2);
  /* Narrower than int, C computes in int and only the conversion back wraps (`c++`). */
  const IrType *t = ir_type(l, type);
  bool nsw = !l->wrapv && t->kind == IR_T_INT && !is_unsigned(l, type) &&
             (t->size >= 4 || t->count) && (code == IR_ADD || code == IR_SUB || code == IR_MUL);
  return value_of(ir_build_op2(l->b, code, type, nsw ? IR_INSN_NSW : 0, x.ref, y.ref), type);
}

Value value_compute(Lower *l, enum CXBinaryOperatorKind op, Value x, Value y) {
  IrTypeId type = x.type;
  x.literal = false; /* a variable's value now, whatever it was */
  if (type_has_parts(l, type)) {
    IrTypeId whole = type_common(l, type, y.type);
    return value_convert(l, value_binary(l, op, x, y, whole), type, false);
  }
  if (type_kind(l, type) == IR_T_PTR)
    return value_step(l, x, y, op == CXBinaryOperator_Sub, type);
  bool shift = op == CXBinaryOperator_Shl || op == CXBinaryOperator_Shr;
  IrTypeId common = shift ? type_promoted(l, type) : type_common(l, type, y.type);
  if (!shift)
    y = value_convert(l, y, common, false);
  Value result = value_binary(l, op, value_convert(l, x, common, false), y, common);
  return value_convert(l, result, type, false);
}
