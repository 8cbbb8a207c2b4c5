/* Operators: their values, and what they do to the places that they write. */
#include "analyzer/frontend/lower.h"

static Value one_of(Lower *l, IrTypeId type) {
  return type_kind(l, type) == IR_T_FLOAT ? value_real(l, type, 1) : value_int(l, type, 1);
}

static Value stepped(Lower *l, Value old, bool minus) {
  enum CXBinaryOperatorKind op = minus ? CXBinaryOperator_Sub : CXBinaryOperator_Add;
  if (type_kind(l, old.type) == IR_T_PTR)
    return value_step(l, old, value_int(l, l->t_int, 1), minus, old.type);
  if (type_has_parts(l, old.type) || ir_type(l, old.type)->flags & IR_TF_BOOL)
    return value_compute(l, op, old, value_int(l, l->t_int, 1));
  old.literal = false; /* a variable's value now, whatever it was */
  return value_binary(l, op, old, one_of(l, old.type), old.type);
}

/* What was assigned to a bit-field, as it can be read from there. */
static Value kept_bits(Lower *l, const Place *p, Value v) {
  uint64_t width = p->is_var ? 0 : p->addr.bit_width, all = type_bits(l, v.type);
  const IrType *t = ir_type(l, v.type);
  if (!width || width >= all || t->flags & IR_TF_BOOL)
    return v;
  uint64_t unused = all - width;
  bool is_unsigned = t->flags & IR_TF_UNSIGNED;
  if (value_is_int(v) && all <= 64) {
    uint64_t up = (uint64_t)v.u.number << (64 - width);
    return value_int(l, v.type,
                     is_unsigned ? (int64_t)(up >> (64 - width)) : (int64_t)up >> (64 - width));
  }
  if (is_unsigned && width < 63) {
    IrRef mask = ir_build_int(l->b, v.type, ((int64_t)1 << width) - 1);
    return value_of(ir_build_op2(l->b, IR_AND, v.type, 0, v.ref, mask), v.type);
  }
  IrRef by = ir_build_int(l->b, l->t_int, (int64_t)unused);
  IrRef up = ir_build_op2(l->b, IR_SHL, v.type, 0, v.ref, by);
  return value_of(ir_build_op2(l->b, IR_SHR, v.type, 0, up, by), v.type);
}

/* Narrow bit-fields are promoted to int, unsigned ones too. */
static Value promoted_bits(Lower *l, const Place *p, Value v) {
  bool narrow = !p->is_var && p->addr.bit_width && p->addr.bit_width < type_bits(l, l->t_int);
  return narrow && !ir_type(l, v.type)->count ? value_convert(l, v, l->t_int, false) : v;
}

Value lower_increment(Lower *l, NodeId n, bool minus, bool post, bool wanted) {
  Place p;
  place_of(l, n + 1, &p);
  lower_at(l, n);
  if (!p.is_var && p.addr.flags & IR_MEM_ATOMIC)
    return atomic_assign(l, &p, minus ? CXBinaryOperator_Sub : CXBinaryOperator_Add,
                         value_int(l, l->t_int, 1), post);
  Value old = place_load(l, &p);
  Value new = vla_is_pointer(l, old.type)
                  ? vla_step(l, n + 1, old, value_int(l, l->t_long, 1), minus, old.type)
                  : stepped(l, old, minus);
  place_store(l, &p, new);
  return post ? old : wanted ? kept_bits(l, &p, new) : new;
}

static Value negated(Lower *l, NodeId n, enum CXUnaryOperatorKind op) {
  IrTypeId type = type_unqualified(l, node_type(l, n));
  Value v = lower_value(l, n + 1);
  if (op == CXUnaryOperator_Plus)
    return value_convert(l, v, type, false);
  if (v.literal && v.is_real && op == CXUnaryOperator_Minus)
    return value_real(l, type, -v.u.real);
  if (value_is_int(v) && op == CXUnaryOperator_Minus &&
      (v.u.number != INT64_MIN || type_bits(l, type) <= 64))
    return value_int(l, type, (int64_t)(0 - (uint64_t)v.u.number));
  if (value_is_int(v) && op == CXUnaryOperator_Not)
    return value_int(l, type, ~v.u.number);
  lower_at(l, n);
  if (type_has_parts(l, v.type))
    return value_negate_parts(l, v, op == CXUnaryOperator_Minus);
  return value_of(ir_build_op1(l->b, op == CXUnaryOperator_Minus ? IR_NEG : IR_NOT, type, v.ref),
                  type);
}

static Value logical_not(Lower *l, NodeId n) {
  IrTypeId type = node_type(l, n);
  Value v = value_truth_of_address(l, lower_value(l, n + 1));
  if (v.literal)
    return value_int(l, type, v.is_real ? !(v.u.real != 0) : !v.u.number);
  lower_at(l, n);
  Value zero = type_has_parts(l, v.type)
                   ? value_convert(l, value_int(l, l->t_int, 0), v.type, false)
               : type_kind(l, v.type) == IR_T_FLOAT ? value_real(l, v.type, 0)
                                                    : value_int(l, v.type, 0);
  return value_of(ir_build_op2(l->b, IR_EQ, type, 0, v.ref, zero.ref), type);
}

static Value address_of(Lower *l, NodeId n) {
  IrTypeId type = type_unqualified(l, node_type(l, n));
  Place p;
  place_of(l, n + 1, &p);
  lower_at(l, n);
  return value_of(place_address(l, &p, type), type);
}

Value lower_unary(Lower *l, NodeId n) {
  enum CXUnaryOperatorKind op = node_unary(l, n);
  if (node_kids(l, n) != 1)
    return lower_opaque(l, n, "operator without operand");
  switch (op) {
  case CXUnaryOperator_PostInc:
    return lower_increment(l, n, false, true, true);
  case CXUnaryOperator_PostDec:
    return lower_increment(l, n, true, true, true);
  case CXUnaryOperator_PreInc:
    return lower_increment(l, n, false, false, true);
  case CXUnaryOperator_PreDec:
    return lower_increment(l, n, true, false, true);
  case CXUnaryOperator_AddrOf:
    return address_of(l, n);
  case CXUnaryOperator_Deref:
    return lower_load(l, n);
  case CXUnaryOperator_Plus:
  case CXUnaryOperator_Minus:
  case CXUnaryOperator_Not:
    return negated(l, n, op);
  case CXUnaryOperator_LNot:
    return logical_not(l, n);
  case CXUnaryOperator_Extension:
    return lower_value(l, n + 1);
  case CXUnaryOperator_Real:
  case CXUnaryOperator_Imag: {
    Value v = lower_value(l, n + 1);
    IrTypeId type = type_unqualified(l, node_type(l, n));
    lower_at(l, n);
    return value_real_or_imaginary(l, v, op == CXUnaryOperator_Imag, type);
  }
  case CXUnaryOperator_Invalid:
  case CXUnaryOperator_Coawait:
    break;
  }
  return lower_opaque(l, n, "unary operator");
}

/* A compound literal may read what it is assigned to: it is made elsewhere first. */
static bool makes_object(const Lower *l, NodeId n) {
  for (NodeId k = n; k < l->tree.nodes[n].end; k++)
    if (node_kind(l, k) == CXCursor_CompoundLiteralExpr)
      return true;
  return false;
}

Value lower_assign(Lower *l, NodeId n, bool wanted) {
  NodeId left = n + 1, right = node_next(l, left);
  IrTypeId type = node_type(l, left);
  Place p;
  if (type_is_aggregate(l, type)) {
    place_of(l, left, &p);
    lower_at(l, n);
    if (makes_object(l, right) && node_kind(l, node_strip_casts(l, right)) != CXCursor_CallExpr) {
      Place temp;
      place_temp(l, type_unqualified(l, type), "temporary", &temp);
      Place made = temp;
      lower_into(l, right, &made);
      lower_at(l, n);
      place_copy(l, &p, &temp);
    } else {
      lower_into(l, right, &p);
    }
    return value_none();
  }
  Value v = value_convert(l, lower_value(l, right), type, false);
  Swizzle s;
  if (type_kind(l, type) == IR_T_VECTOR && swizzle_of(l, node_strip(l, left), &s)) {
    lower_at(l, n);
    return store_swizzle(l, node_strip(l, left), &s, v);
  }
  place_of(l, left, &p);
  lower_at(l, n);
  place_store(l, &p, v);
  if (wanted)
    v = kept_bits(l, &p, v);
  /* The value is the one assigned, a constant too; that of a bit-field has been cut. */
  if (!p.is_var && p.addr.bit_width)
    v.literal = false;
  return v;
}

static Value over_variable_size(Lower *l, NodeId n, enum CXBinaryOperatorKind op, Value x,
                                Value y) {
  bool px = type_kind(l, x.type) == IR_T_PTR, py = type_kind(l, y.type) == IR_T_PTR;
  IrTypeId type = node_type(l, n);
  if (op != CXBinaryOperator_Add && op != CXBinaryOperator_Sub)
    return value_binary(l, op, x, y, type); /* comparisons */
  if (px && py)
    return vla_difference(l, n + 1, x, y, type);
  return px ? vla_step(l, n + 1, x, y, op == CXBinaryOperator_Sub, x.type)
            : vla_step(l, node_next(l, n + 1), y, x, false, y.type);
}

Value lower_binary(Lower *l, NodeId n) {
  if (node_kids(l, n) != 2)
    return lower_opaque(l, n, "operator without operands");
  enum CXBinaryOperatorKind op = node_binary(l, n);
  switch (op) {
  case CXBinaryOperator_Assign:
    return lower_assign(l, n, true);
  case CXBinaryOperator_Comma:
    lower_effect(l, n + 1);
    return lower_value(l, node_next(l, n + 1));
  case CXBinaryOperator_LAnd:
  case CXBinaryOperator_LOr:
    return lower_logical(l, n, op == CXBinaryOperator_LAnd);
  default:
    break;
  }
  IrTypeId type = node_type(l, n);
  Value x = lower_value(l, n + 1);
  Value y = lower_value(l, node_next(l, n + 1));
  if (!x.literal || !y.literal)
    lower_at(l, n);
  if (vla_is_pointer(l, x.type) || vla_is_pointer(l, y.type))
    return over_variable_size(l, n, op, x, y);
  Value known;
  return value_of_comparison(l, n, x, y, &known) ? known : value_binary(l, op, x, y, type);
}

static enum CXBinaryOperatorKind plain_operator(enum CXBinaryOperatorKind op) {
  switch (op) {
  case CXBinaryOperator_MulAssign:
    return CXBinaryOperator_Mul;
  case CXBinaryOperator_DivAssign:
    return CXBinaryOperator_Div;
  case CXBinaryOperator_RemAssign:
    return CXBinaryOperator_Rem;
  case CXBinaryOperator_AddAssign:
    return CXBinaryOperator_Add;
  case CXBinaryOperator_SubAssign:
    return CXBinaryOperator_Sub;
  case CXBinaryOperator_ShlAssign:
    return CXBinaryOperator_Shl;
  case CXBinaryOperator_ShrAssign:
    return CXBinaryOperator_Shr;
  case CXBinaryOperator_AndAssign:
    return CXBinaryOperator_And;
  case CXBinaryOperator_XorAssign:
    return CXBinaryOperator_Xor;
  case CXBinaryOperator_OrAssign:
    return CXBinaryOperator_Or;
  default:
    return CXBinaryOperator_Invalid;
  }
}

Value lower_compound_assign(Lower *l, NodeId n, bool wanted) {
  if (node_kids(l, n) != 2)
    return lower_opaque(l, n, "assignment without operands");
  enum CXBinaryOperatorKind op = plain_operator(node_binary(l, n));
  Value y = lower_value(l, node_next(l, n + 1));
  Place p;
  Swizzle s;
  NodeId left = node_strip(l, n + 1);
  if (type_kind(l, node_type(l, left)) == IR_T_VECTOR && swizzle_of(l, left, &s)) {
    Value part = value_compute(l, op, lower_swizzle(l, left, &s), y);
    return store_swizzle(l, left, &s, part);
  }
  place_of(l, n + 1, &p);
  lower_at(l, n);
  if (!p.is_var && p.addr.flags & IR_MEM_ATOMIC)
    return atomic_assign(l, &p, op, y, false);
  Value x = place_load(l, &p);
  Value result = vla_is_pointer(l, x.type)
                     ? vla_step(l, left, x, y, op == CXBinaryOperator_Sub, x.type)
                     : value_compute(l, op, promoted_bits(l, &p, x), y);
  result = value_convert(l, result, p.type, false);
  place_store(l, &p, result);
  return wanted ? kept_bits(l, &p, result) : result;
}
