/* Expressions. lower_value gives the value of a scalar (a record as a value where one is passed or
 * returned), lower_effect what it does, lower_condition where it leads, lower_into writes any type
 * to memory. Loads and decays are made wherever an lvalue's value is asked for, so that implicit
 * casts, which libclang does not name, only have to convert. */
#include "analyzer/frontend/lower.h"

#include <stdlib.h>
#include <string.h>

/* ---- types of expressions -------------------------------------------------------------------- */

static IrTypeId decayed(Lower *l, IrTypeId type) {
  if (type_kind(l, type) == IR_T_ARRAY)
    return type_pointer_to(l, ir_type(l, type)->sub);
  return type_kind(l, type) == IR_T_FUNC ? type_pointer_to(l, type) : type;
}

/* The type of a node whose operand tells it, so that libclang need not be asked: parentheses, and
 * the load of a variable or member without qualifiers, which is all that an unexposed node over one
 * can be, but for va_arg and vector elements. IR_NONE when it may be another. */
static IrTypeId type_from_operand(Lower *l, NodeId n) {
  NodeId kid = n + 1;
  if (node_kids(l, n) != 1 || !kind_is_expression(node_kind(l, kid)))
    return IR_NONE;
  if (node_kind(l, n) == CXCursor_ParenExpr)
    return node_type(l, kid);
  if (node_kind(l, n) != CXCursor_UnexposedExpr)
    return IR_NONE;
  switch (node_kind(l, kid)) {
  case CXCursor_MemberRefExpr:
  case CXCursor_ArraySubscriptExpr:
    break;
  case CXCursor_DeclRefExpr: {
    enum CXCursorKind kind = node_decl(l, kid)->cursor.kind;
    if (kind != CXCursor_VarDecl && kind != CXCursor_ParmDecl)
      return IR_NONE;
    break;
  }
  default:
    return IR_NONE;
  }
  const IrType *t = ir_type(l, node_type(l, kid));
  bool plain = t->kind == IR_T_INT || t->kind == IR_T_FLOAT ||
               (t->kind == IR_T_PTR && !type_is_va_list(l, node_type(l, kid)));
  const uint32_t qualifiers = IR_TF_CONST | IR_TF_VOLATILE | IR_TF_RESTRICT | IR_TF_ATOMIC;
  return plain && !(t->flags & qualifiers) ? node_type(l, kid) : IR_NONE;
}

/* libclang shows a parameter's written type, an array, wherever its pointer is used. */
static IrTypeId work_out_type(Lower *l, NodeId n) {
  IrTypeId type = type_from_operand(l, n);
  if (type != IR_NONE)
    return type;
  CXCursor c = node_cursor(l, n);
  if (c.kind == CXCursor_DeclRefExpr) {
    const Decl *d = node_decl(l, n);
    if (d->kind == DECL_VAR) /* it has no other type where it is used */
      return d->type;
  }
  type = type_of(l, clang_getCursorType(c));
  if (type_kind(l, type) != IR_T_ARRAY && type_kind(l, type) != IR_T_FUNC)
    return type;
  switch (c.kind) {
  case CXCursor_DeclRefExpr:
    return node_decl(l, n)->cursor.kind == CXCursor_ParmDecl ? decayed(l, type) : type;
  case CXCursor_ParenExpr:
    return node_kids(l, n) == 1 ? node_type(l, n + 1) : type;
  case CXCursor_UnexposedExpr: {
    NodeId last = node_last_kid(l, n);
    bool pointer = last != NO_NODE && kind_is_expression(node_kind(l, last)) &&
                   type_kind(l, node_type(l, last)) == IR_T_PTR;
    return pointer ? node_type(l, last) : type;
  }
  case CXCursor_UnaryOperator: {
    enum CXUnaryOperatorKind op = node_unary(l, n);
    if (op == CXUnaryOperator_Extension && node_kids(l, n) == 1)
      return node_type(l, n + 1);
    return op == CXUnaryOperator_Deref ? type : decayed(l, type);
  }
  case CXCursor_BinaryOperator:
  case CXCursor_CompoundAssignOperator:
  case CXCursor_ConditionalOperator:
  case CXCursor_CStyleCastExpr:
  case CXCursor_CallExpr:
  case CXCursor_StmtExpr:
    return decayed(l, type);
  default:
    return type;
  }
}

IrTypeId node_type(Lower *l, NodeId n) {
  if (l->tree.nodes[n].type == IR_NONE) {
    IrTypeId type = work_out_type(l, n);
    l->tree.nodes[n].type = type;
  }
  return l->tree.nodes[n].type;
}

static Value opaque_node(Lower *l, NodeId n, const char *reason) {
  IrTypeId type = type_unqualified(l, node_type(l, n));
  lower_at(l, n);
  return value_opaque(l, reason, type, NULL, 0);
}

/* ---- operators ------------------------------------------------------------------------------- */

static Value load_node(Lower *l, NodeId n) {
  Place p;
  Value known;
  place_of(l, n, &p);
  if (value_of_element(l, n, &p, &known))
    return known;
  if (!p.is_var)
    lower_at(l, n);
  return place_load(l, &p);
}

static Value reference(Lower *l, NodeId n) {
  const Decl *d = node_decl_use(l, n);
  if (d->kind == DECL_ENUM)
    return value_int(l, type_unqualified(l, node_type(l, n)), d->number);
  if (d->literal)
    return value_int(l, type_unqualified(l, d->type), d->number);
  return load_node(l, n);
}

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

static Value increment(Lower *l, NodeId n, bool minus, bool post, bool wanted) {
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

static Value unary(Lower *l, NodeId n) {
  enum CXUnaryOperatorKind op = node_unary(l, n);
  if (node_kids(l, n) != 1)
    return opaque_node(l, n, "operator without operand");
  switch (op) {
  case CXUnaryOperator_PostInc:
    return increment(l, n, false, true, true);
  case CXUnaryOperator_PostDec:
    return increment(l, n, true, true, true);
  case CXUnaryOperator_PreInc:
    return increment(l, n, false, false, true);
  case CXUnaryOperator_PreDec:
    return increment(l, n, true, false, true);
  case CXUnaryOperator_AddrOf:
    return address_of(l, n);
  case CXUnaryOperator_Deref:
    return load_node(l, n);
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
  return opaque_node(l, n, "unary operator");
}

/* A compound literal may read what it is assigned to: it is made elsewhere first. */
static bool makes_object(const Lower *l, NodeId n) {
  for (NodeId k = n; k < l->tree.nodes[n].end; k++)
    if (node_kind(l, k) == CXCursor_CompoundLiteralExpr)
      return true;
  return false;
}

static Value assign(Lower *l, NodeId n, bool wanted) {
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

static Value logical(Lower *l, NodeId n, bool is_and) {
  IrTypeId type = node_type(l, n);
  NodeId left = n + 1, right = node_next(l, left);
  IrBlockId other = ir_build_block(l->b), decided = ir_build_block(l->b);
  int known = lower_condition(l, left, is_and ? other : decided, is_and ? decided : other);
  IrBlockId from[2];
  IrRef values[2];
  uint32_t ways = 0;
  Join join = JOIN_NONE;
  ir_build_seal(l->b, decided);
  ir_build_enter(l->b, decided);
  if (ir_build_reachable(l->b)) {
    from[ways] = ir_build_current(l->b);
    values[ways++] = ir_build_int(l->b, type, !is_and);
    join_jump(l, &join);
  }
  ir_build_seal(l->b, other);
  ir_build_enter(l->b, other);
  Value v = value_undef(type);
  if (ir_build_reachable(l->b)) {
    v = value_not_zero(l, lower_value(l, right), type);
    if (ir_build_reachable(l->b)) {
      from[ways] = ir_build_current(l->b);
      values[ways++] = v.ref;
      join_jump(l, &join);
    }
  }
  join_enter(l, &join);
  if (ways == 0)
    return value_undef(type);
  if (ways == 1 && known >= 0) /* literals all the way, as far as one can see */
    return known == (int)is_and ? v : value_int(l, type, !is_and);
  return value_of(ir_build_phi(l->b, type, from, values, ways), type);
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

static Value binary(Lower *l, NodeId n) {
  if (node_kids(l, n) != 2)
    return opaque_node(l, n, "operator without operands");
  enum CXBinaryOperatorKind op = node_binary(l, n);
  switch (op) {
  case CXBinaryOperator_Assign:
    return assign(l, n, true);
  case CXBinaryOperator_Comma:
    lower_effect(l, n + 1);
    return lower_value(l, node_next(l, n + 1));
  case CXBinaryOperator_LAnd:
  case CXBinaryOperator_LOr:
    return logical(l, n, op == CXBinaryOperator_LAnd);
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

static Value compound_assign(Lower *l, NodeId n, bool wanted) {
  if (node_kids(l, n) != 2)
    return opaque_node(l, n, "assignment without operands");
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

/* ---- choices --------------------------------------------------------------------------------- */

typedef struct Ways {
  Join join;
  IrBlockId from[2];
  IrRef values[2];
  uint32_t count;
} Ways;

/* One arm of a conditional: into memory, as a value, or for its effect. */
static Value arm(Lower *l, NodeId n, IrBlockId block, IrTypeId type, Place *into, Ways *w) {
  ir_build_seal(l->b, block);
  ir_build_enter(l->b, block);
  if (!ir_build_reachable(l->b))
    return value_none();
  Value v = value_none();
  if (into) {
    Place to = *into;
    lower_into(l, n, &to);
  } else if (!type) {
    lower_effect(l, n);
  } else {
    v = value_convert(l, lower_value(l, n), type, false);
  }
  if (ir_build_reachable(l->b)) {
    w->from[w->count] = ir_build_current(l->b);
    w->values[w->count++] = v.ref;
    join_jump(l, &w->join);
  }
  return v;
}

static Value conditional(Lower *l, NodeId n, Place *into, bool effect) {
  if (node_kids(l, n) != 3)
    return opaque_node(l, n, "conditional without operands");
  NodeId condition = n + 1, x = node_next(l, condition), y = node_next(l, x);
  IrTypeId type = effect || into ? 0 : type_unqualified(l, node_type(l, n));
  IrBlockId yes = ir_build_block(l->b), no = ir_build_block(l->b);
  int known = lower_condition(l, condition, yes, no);
  Ways w = {.join = JOIN_NONE};
  Value a = arm(l, x, yes, type, into, &w);
  Value b = arm(l, y, no, type, into, &w);
  join_enter(l, &w.join);
  if (known >= 0)
    return known ? a : b;
  if (!type || !w.count)
    return value_undef(type);
  return value_of(ir_build_phi(l->b, type, w.from, w.values, w.count), type);
}

/* `a ?: b`: the first operand is shown three times, then b. */
Value lower_elvis(Lower *l, NodeId n) {
  IrTypeId type = type_unqualified(l, node_type(l, n));
  Value v = lower_value(l, n + 1);
  NodeId other = node_last_kid(l, n);
  if (v.literal)
    return (v.is_real ? v.u.real != 0 : v.u.number != 0) ? value_convert(l, v, type, false)
                                                         : lower_value(l, other);
  IrBlockId no = ir_build_block(l->b), yes = ir_build_block(l->b);
  lower_at(l, n);
  IrRef test = type_kind(l, v.type) == IR_T_FLOAT ? value_not_zero(l, v, l->t_int).ref : v.ref;
  ir_build_branch(l->b, test, yes, no);
  Ways w = {.join = JOIN_NONE};
  ir_build_seal(l->b, yes);
  ir_build_enter(l->b, yes);
  if (ir_build_reachable(l->b)) {
    w.values[w.count] = value_convert(l, v, type, false).ref;
    w.from[w.count++] = ir_build_current(l->b);
    join_jump(l, &w.join);
  }
  arm(l, other, no, type, NULL, &w);
  join_enter(l, &w.join);
  if (!type || !w.count)
    return value_undef(type);
  return value_of(ir_build_phi(l->b, type, w.from, w.values, w.count), type);
}

/* ---- the rest -------------------------------------------------------------------------------- */

static Value cast(Lower *l, NodeId n) {
  NodeId operand = node_last_kid(l, n);
  IrTypeId type = node_type(l, n);
  if (operand == NO_NODE)
    return opaque_node(l, n, "cast without operand");
  if (!type) {
    lower_effect(l, operand);
    return value_none();
  }
  if (vla_is_pointer(l, type))
    vla_declare(l, n, operand);
  Value v = lower_value(l, operand);
  if (!v.literal)
    lower_at(l, n);
  return value_convert(l, v, type, true);
}

/* sizeof and alignof. Only a variably sized operand has no value. */
static Value size_of(Lower *l, NodeId n) {
  IrTypeId type = node_type(l, n);
  int64_t number;
  if (evaluate_int(node_cursor(l, n), &number))
    return value_int(l, type, number);
  Value size;
  if (vla_sizeof(l, n, &size))
    return value_convert(l, size, type, false);
  return opaque_node(l, n, "sizeof of a variable type");
}

static Value generic(Lower *l, NodeId n) {
  NodeId choice = generic_choice(l, n);
  if (choice != NO_NODE)
    return lower_value(l, choice);
  int64_t number;
  if (evaluate_int(node_cursor(l, n), &number))
    return value_int(l, type_unqualified(l, node_type(l, n)), number);
  return opaque_node(l, n, "_Generic with associations of one type");
}

/* Nobody else sees the object of a scalar one: its value is enough. */
static Value compound_literal(Lower *l, NodeId n) {
  IrTypeId type = type_unqualified(l, node_type(l, n));
  NodeId list = node_last_kid(l, n);
  if (!type_is_scalar(l, type) || list == NO_NODE)
    return load_node(l, n);
  return value_convert(l, lower_value(l, list), type, false);
}

static Value record_value(Lower *l, NodeId n) {
  Place p;
  place_of(l, n, &p);
  lower_at(l, n);
  return place_load(l, &p);
}

static Value label_address(Lower *l, NodeId n) {
  IrTypeId type = type_unqualified(l, node_type(l, n));
  IrSymId label = label_symbol(l, n);
  return label == IR_NONE ? value_undef(type) : value_of(ir_ref(IR_REF_SYM, label), type);
}

Value lower_value(Lower *l, NodeId n) {
  switch (node_kind(l, n)) {
  case CXCursor_IntegerLiteral:
  case CXCursor_CharacterLiteral:
  case CXCursor_FloatingLiteral:
  case CXCursor_CXXBoolLiteralExpr:
    return lower_literal(l, n);
  case CXCursor_CXXNullPtrLiteralExpr:
  case CXCursor_GNUNullExpr:
    return value_int(l, l->t_void_ptr, 0);
  case CXCursor_ImaginaryLiteral:
    return lower_imaginary(l, n);
  case CXCursor_ParenExpr:
    return node_kids(l, n) == 1 ? lower_value(l, n + 1) : opaque_node(l, n, "error");
  case CXCursor_DeclRefExpr:
    return reference(l, n);
  case CXCursor_MemberRefExpr:
  case CXCursor_ArraySubscriptExpr:
  case CXCursor_StringLiteral:
    return load_node(l, n);
  case CXCursor_CompoundLiteralExpr:
    return compound_literal(l, n);
  case CXCursor_UnaryOperator:
    return unary(l, n);
  case CXCursor_BinaryOperator:
    if (type_kind(l, node_type(l, n)) == IR_T_RECORD)
      return record_value(l, n);
    return binary(l, n);
  case CXCursor_CompoundAssignOperator:
    return compound_assign(l, n, true);
  case CXCursor_ConditionalOperator:
    if (type_kind(l, node_type(l, n)) == IR_T_RECORD)
      return record_value(l, n);
    return conditional(l, n, NULL, false);
  case CXCursor_CStyleCastExpr:
    return cast(l, n);
  case CXCursor_CallExpr:
    return lower_call(l, n);
  case CXCursor_InitListExpr: /* braces around a scalar */
    if (type_has_parts(l, node_type(l, n)))
      return lower_parts(l, n);
    return node_kids(l, n) ? lower_value(l, n + 1)
                           : value_int(l, type_unqualified(l, node_type(l, n)), 0);
  case CXCursor_StmtExpr:
    if (type_kind(l, node_type(l, n)) == IR_T_RECORD)
      return record_value(l, n);
    return lower_stmt_expr(l, n, NULL);
  case CXCursor_GenericSelectionExpr:
    return generic(l, n);
  case CXCursor_UnaryExpr:
    return size_of(l, n);
  case CXCursor_AddrLabelExpr:
    return label_address(l, n);
  case CXCursor_UnexposedExpr:
    return lower_unexposed(l, n);
  default: {
    CXString kind = clang_getCursorKindSpelling(node_kind(l, n));
    Value v = opaque_node(l, n, clang_getCString(kind));
    clang_disposeString(kind);
    return v;
  }
  }
}

/* ---- effects --------------------------------------------------------------------------------- */

/* Lvalues are not loaded when nobody wants the value, unless they are volatile. */
static void effect_place(Lower *l, NodeId n) {
  Place p;
  place_of(l, n, &p);
  if (p.is_var || !(p.addr.flags & IR_MEM_VOLATILE) || type_kind(l, p.type) == IR_T_ARRAY)
    return;
  lower_at(l, n);
  if (type_is_scalar(l, p.type)) {
    place_load(l, &p);
    return;
  }
  Place temp;
  place_temp(l, type_unqualified(l, p.type), "temporary", &temp);
  place_copy(l, &temp, &p);
}

void lower_effect(Lower *l, NodeId n) {
  n = node_strip(l, n);
  enum CXCursorKind kind = node_kind(l, n);
  switch (kind) {
  case CXCursor_DeclRefExpr: {
    IrTypeId type = node_type(l, n);
    if (ir_type(l, type)->flags & IR_TF_VOLATILE)
      effect_place(l, n);
    return;
  }
  case CXCursor_MemberRefExpr:
  case CXCursor_ArraySubscriptExpr:
  case CXCursor_CompoundLiteralExpr:
    effect_place(l, n);
    return;
  case CXCursor_IntegerLiteral:
  case CXCursor_StringLiteral:
  case CXCursor_UnaryExpr:
    return;
  case CXCursor_UnaryOperator:
    if (node_kids(l, n) != 1)
      break;
    switch (node_unary(l, n)) {
    case CXUnaryOperator_Deref:
      effect_place(l, n);
      return;
    case CXUnaryOperator_PreInc:
      increment(l, n, false, false, false);
      return;
    case CXUnaryOperator_PreDec:
      increment(l, n, true, false, false);
      return;
    default:
      break;
    }
    break;
  case CXCursor_BinaryOperator:
    if (node_kids(l, n) != 2)
      break;
    switch (node_binary(l, n)) {
    case CXBinaryOperator_Comma:
      lower_effect(l, n + 1);
      lower_effect(l, node_next(l, n + 1));
      return;
    case CXBinaryOperator_Assign:
      assign(l, n, false);
      return;
    default:
      break;
    }
    break;
  case CXCursor_CompoundAssignOperator:
    compound_assign(l, n, false);
    return;
  case CXCursor_ConditionalOperator:
    conditional(l, n, NULL, true);
    return;
  case CXCursor_UnexposedExpr:
    if (node_kids(l, n) == 1 && kind_is_expression(node_kind(l, n + 1)) &&
        type_kind(l, node_type(l, n)) == type_kind(l, node_type(l, n + 1)) &&
        type_is_aggregate(l, node_type(l, n))) {
      lower_effect(l, n + 1);
      return;
    }
    break;
  case CXCursor_StmtExpr:
    if (type_kind(l, node_type(l, n)) == IR_T_RECORD)
      break;
    lower_stmt_expr(l, n, NULL);
    return;
  default:
    break;
  }
  lower_value(l, n);
}

/* ---- into memory ----------------------------------------------------------------------------- */

static void into_by_value(Lower *l, NodeId n, Place *to) {
  Value v = lower_value(l, n);
  if (!type_is_aggregate(l, to->type))
    v = value_convert(l, v, to->type, false);
  lower_at(l, n);
  place_store(l, to, v);
}

static void into_by_copy(Lower *l, NodeId n, Place *to) {
  Place from;
  place_of(l, n, &from);
  lower_at(l, n);
  if (from.is_var)
    place_store(l, to, place_load(l, &from));
  else
    place_copy(l, to, &from);
}

void lower_into(Lower *l, NodeId n, Place *to) {
  n = node_strip(l, n);
  enum CXCursorKind kind = node_kind(l, n);
  if (kind == CXCursor_InitListExpr || kind == CXCursor_CompoundLiteralExpr) {
    NodeId list = kind == CXCursor_InitListExpr ? n : node_last_kid(l, n);
    if (list != NO_NODE)
      lower_init(l, to, list);
    return;
  }
  if (!type_is_aggregate(l, to->type)) {
    place_not_atomic(to); /* it comes to be here */
    into_by_value(l, n, to);
    return;
  }
  switch (kind) {
  case CXCursor_CallExpr:
    into_by_value(l, n, to);
    return;
  case CXCursor_ConditionalOperator:
    conditional(l, n, to, false);
    return;
  case CXCursor_StmtExpr:
    lower_stmt_expr(l, n, to);
    return;
  case CXCursor_BinaryOperator:
    if (node_kids(l, n) == 2) {
      bool comma = node_binary(l, n) == CXBinaryOperator_Comma;
      lower_effect(l, comma ? n + 1 : n);
      if (comma)
        lower_into(l, node_next(l, n + 1), to);
      else
        into_by_copy(l, n + 1, to);
      return;
    }
    break;
  case CXCursor_CStyleCastExpr:
    if (node_kids(l, n)) {
      lower_into(l, node_last_kid(l, n), to);
      return;
    }
    break;
  case CXCursor_GenericSelectionExpr: {
    NodeId choice = generic_choice(l, n);
    if (choice != NO_NODE) {
      lower_into(l, choice, to);
      return;
    }
    break;
  }
  case CXCursor_UnexposedExpr:
    if (node_kids(l, n) == 1 && kind_is_expression(node_kind(l, n + 1)) &&
        type_kind(l, node_type(l, n)) == type_kind(l, node_type(l, n + 1)) &&
        type_is_aggregate(l, node_type(l, n + 1))) {
      lower_into(l, n + 1, to);
      return;
    }
    into_by_value(l, n, to);
    return;
  case CXCursor_DeclRefExpr:
  case CXCursor_MemberRefExpr:
  case CXCursor_ArraySubscriptExpr:
  case CXCursor_UnaryOperator:
  case CXCursor_StringLiteral:
    into_by_copy(l, n, to);
    return;
  default:
    break;
  }
  lower_at(l, n);
  place_store(l, to, value_opaque(l, "aggregate", type_unqualified(l, to->type), NULL, 0));
}

/* ---- conditions ------------------------------------------------------------------------------ */

/* What `a && b` is expected to be tells of `a` and `b` only if that is true, of `||` if false. */
static int condition_logical(Lower *l, NodeId n, bool is_and, IrBlockId yes, IrBlockId no) {
  NodeId left = n + 1, right = node_next(l, left);
  IrBlockId other = ir_build_block(l->b);
  uint32_t hint = l->hint & (is_and ? IR_INSN_LIKELY : IR_INSN_UNLIKELY);
  l->hint = hint;
  int first = lower_condition(l, left, is_and ? other : yes, is_and ? no : other);
  ir_build_seal(l->b, other);
  ir_build_enter(l->b, other);
  if (!ir_build_reachable(l->b))
    return first;
  l->hint = hint;
  int second = lower_condition(l, right, yes, no);
  return first >= 0 ? second : -1;
}

static int condition_value(Lower *l, NodeId n, IrBlockId yes, IrBlockId no) {
  uint32_t hint = l->hint;
  l->hint = 0;
  Value v = value_truth_of_address(l, lower_value(l, n));
  if (v.literal) {
    bool truth = v.is_real ? v.u.real != 0 : v.u.number != 0;
    lower_at(l, n);
    ir_build_jump(l->b, truth ? yes : no);
    return truth;
  }
  lower_at(l, n);
  IrTypeKind kind = type_kind(l, v.type);
  if (kind == IR_T_FLOAT || kind == IR_T_COMPLEX)
    v = value_not_zero(l, v, l->t_int);
  ir_build_branch_hint(l->b, v.ref, yes, no, hint);
  return -1;
}

/* What a call of __builtin_expect(x, value) or ..._with_probability(x, value, p) says of x. */
static uint32_t hint_of(Lower *l, NodeId call) {
  NodeId value = node_kid(l, call, 2), probability = node_kid(l, call, 3);
  int64_t number;
  double p = 1;
  if (value == NO_NODE || !evaluate_int(node_cursor(l, value), &number))
    return 0;
  if (probability != NO_NODE && !evaluate_real(node_cursor(l, probability), &p))
    return 0;
  bool truth = p > 0.5 ? number != 0 : number == 0;
  return p == 0.5 ? 0 : truth ? IR_INSN_LIKELY : IR_INSN_UNLIKELY;
}

/* __builtin_expect's call looked through: `if (likely(x))` branches on x. */
static NodeId expected(Lower *l, NodeId n) {
  if (node_kids(l, n) < 3)
    return NO_NODE;
  NodeId callee = node_strip_casts(l, n + 1);
  if (node_kind(l, callee) != CXCursor_DeclRefExpr)
    return NO_NODE;
  CXCursor decl = node_decl(l, callee)->cursor;
  if (decl.kind != CXCursor_FunctionDecl)
    return NO_NODE;
  IrSymId sym = symbol_of(l, decl);
  if (builtin_of(l, sym) != BUILTIN_FIRST)
    return NO_NODE;
  if (!strncmp(ir_str(l->unit, l->unit->symbols[sym].name), "__builtin_expect", 16))
    l->hint = hint_of(l, n);
  return node_next(l, n + 1);
}

/* Through parentheses and casts that keep the truth, down to an operator that has its own flow. */
static NodeId condition_core(Lower *l, NodeId n) {
  NodeId core = node_strip_casts(l, n);
  switch (node_kind(l, core)) {
  case CXCursor_BinaryOperator: {
    enum CXBinaryOperatorKind op = node_binary(l, core);
    return op == CXBinaryOperator_LAnd || op == CXBinaryOperator_LOr || op == CXBinaryOperator_Comma
               ? core
               : n;
  }
  case CXCursor_UnaryOperator:
    return node_unary(l, core) == CXUnaryOperator_LNot ? core : n;
  case CXCursor_CallExpr: {
    NodeId inner = expected(l, core);
    return inner == NO_NODE ? n : condition_core(l, inner);
  }
  default:
    return n;
  }
}

int lower_condition(Lower *l, NodeId n, IrBlockId yes, IrBlockId no) {
  n = condition_core(l, n);
  if (node_kind(l, n) == CXCursor_UnaryOperator && node_kids(l, n) == 1 &&
      node_unary(l, n) == CXUnaryOperator_LNot) {
    uint32_t hint = l->hint;
    l->hint = hint == IR_INSN_LIKELY ? IR_INSN_UNLIKELY : hint ? IR_INSN_LIKELY : 0;
    int known = lower_condition(l, n + 1, no, yes);
    return known < 0 ? known : !known;
  }
  if (node_kind(l, n) == CXCursor_BinaryOperator && node_kids(l, n) == 2) {
    switch (node_binary(l, n)) {
    case CXBinaryOperator_LAnd:
      return condition_logical(l, n, true, yes, no);
    case CXBinaryOperator_LOr:
      return condition_logical(l, n, false, yes, no);
    case CXBinaryOperator_Comma: {
      uint32_t hint = l->hint;
      l->hint = 0;
      lower_effect(l, n + 1);
      l->hint = hint;
      return lower_condition(l, node_next(l, n + 1), yes, no);
    }
    default:
      break;
    }
  }
  return condition_value(l, n, yes, no);
}
