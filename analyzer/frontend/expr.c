/* Expressions. lower_value gives the value of a scalar (a record as a value where one is passed or
 * returned), lower_effect what it does, lower_into writes any type to memory; where a condition
 * leads is in choice.c. Loads and decays are made wherever an lvalue's value is asked for, so that
 * implicit casts, which libclang does not name, only have to convert. */
#include "analyzer/frontend/lower.h"

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

Value lower_opaque(Lower *l, NodeId n, const char *reason) {
  IrTypeId type = type_unqualified(l, node_type(l, n));
  lower_at(l, n);
  return value_opaque(l, reason, type, NULL, 0);
}

/* ---- places read ------------------------------------------------------------------------------
 */

Value lower_load(Lower *l, NodeId n) {
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
  return lower_load(l, n);
}

/* ---- the rest -------------------------------------------------------------------------------- */

static Value cast(Lower *l, NodeId n) {
  NodeId operand = node_last_kid(l, n);
  IrTypeId type = node_type(l, n);
  if (operand == NO_NODE)
    return lower_opaque(l, n, "cast without operand");
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
  return lower_opaque(l, n, "sizeof of a variable type");
}

static Value generic(Lower *l, NodeId n) {
  NodeId choice = generic_choice(l, n);
  if (choice != NO_NODE)
    return lower_value(l, choice);
  int64_t number;
  if (evaluate_int(node_cursor(l, n), &number))
    return value_int(l, type_unqualified(l, node_type(l, n)), number);
  return lower_opaque(l, n, "_Generic with associations of one type");
}

/* Nobody else sees the object of a scalar one: its value is enough. */
static Value compound_literal(Lower *l, NodeId n) {
  IrTypeId type = type_unqualified(l, node_type(l, n));
  NodeId list = node_last_kid(l, n);
  if (!type_is_scalar(l, type) || list == NO_NODE)
    return lower_load(l, n);
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
    return node_kids(l, n) == 1 ? lower_value(l, n + 1) : lower_opaque(l, n, "error");
  case CXCursor_DeclRefExpr:
    return reference(l, n);
  case CXCursor_MemberRefExpr:
  case CXCursor_ArraySubscriptExpr:
  case CXCursor_StringLiteral:
    return lower_load(l, n);
  case CXCursor_CompoundLiteralExpr:
    return compound_literal(l, n);
  case CXCursor_UnaryOperator:
    return lower_unary(l, n);
  case CXCursor_BinaryOperator:
    if (type_kind(l, node_type(l, n)) == IR_T_RECORD)
      return record_value(l, n);
    return lower_binary(l, n);
  case CXCursor_CompoundAssignOperator:
    return lower_compound_assign(l, n, true);
  case CXCursor_ConditionalOperator:
    if (type_kind(l, node_type(l, n)) == IR_T_RECORD)
      return record_value(l, n);
    return lower_conditional(l, n, NULL, false);
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
    Value v = lower_opaque(l, n, clang_getCString(kind));
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
      lower_increment(l, n, false, false, false);
      return;
    case CXUnaryOperator_PreDec:
      lower_increment(l, n, true, false, false);
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
      lower_assign(l, n, false);
      return;
    default:
      break;
    }
    break;
  case CXCursor_CompoundAssignOperator:
    lower_compound_assign(l, n, false);
    return;
  case CXCursor_ConditionalOperator:
    lower_conditional(l, n, NULL, true);
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
    lower_conditional(l, n, to, false);
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
