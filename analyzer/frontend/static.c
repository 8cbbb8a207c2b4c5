/* Address constants: what the initialisers of static storage make pointers point to. */
#include "analyzer/frontend/lower.h"

#include <stdlib.h>

typedef struct Address {
  IrRef target; /* a symbol or a literal */
  int64_t addend;
} Address;

static bool address_constant(Lower *l, NodeId n, Address *out);

/* ---- lvalues --------------------------------------------------------------------------------- */

static bool declared(Lower *l, NodeId n, Address *out) {
  CXCursor decl = clang_getCursorReferenced(node_cursor(l, n));
  bool global = decl.kind == CXCursor_FunctionDecl ||
                (decl.kind == CXCursor_VarDecl && clang_Cursor_hasVarDeclGlobalStorage(decl) == 1);
  if (global)
    out->target = ir_ref(IR_REF_SYM, symbol_of(l, decl));
  return global;
}

/* An object without a name: `&(struct s){...}` outside of functions. */
static bool compound_literal(Lower *l, NodeId n, Address *out) {
  NodeId list = node_last_kid(l, n);
  IrTypeId type = node_type(l, n);
  if (list == NO_NODE || !l->static_name)
    return false;
  char *name = hp_format("%s.literal.%u", ir_str(l->unit, l->static_name), l->temps++);
  IrSymbol s = {.name = ir_unit_str(l->ub, name),
                .type = type,
                .flags = IR_SYM_INTERNAL | IR_SYM_DEFINED | IR_SYM_INIT |
                         (ir_type(l, type)->flags & IR_TF_CONST ? IR_SYM_CONST : 0u),
                .loc = lower_loc(l, node_cursor(l, n))};
  free(name);
  IrSymId id = ir_unit_symbol(l->ub, &s);
  out->target = ir_ref(IR_REF_SYM, id);
  init_static(l, &(StaticPlace){id, 0}, type, list);
  return true;
}

static bool offset_of_member(Lower *l, NodeId n, CXType record, int64_t *bytes) {
  CXCursor field = clang_getCursorReferenced(node_cursor(l, n));
  CXString name = clang_getCursorSpelling(field);
  const char *text = clang_getCString(name);
  long long bits =
      text && *text ? clang_Type_getOffsetOf(record, text) : clang_Cursor_getOffsetOfField(field);
  clang_disposeString(name);
  *bytes = bits / 8;
  return bits >= 0;
}

static bool lvalue(Lower *l, NodeId n, Address *out);

static bool member(Lower *l, NodeId n, Address *out) {
  if (!node_kids(l, n))
    return false;
  CXType of = clang_getCanonicalType(clang_getCursorType(node_cursor(l, n + 1)));
  bool pointer = of.kind == CXType_Pointer;
  if (!(pointer ? address_constant(l, n + 1, out) : lvalue(l, n + 1, out)))
    return false;
  int64_t bytes;
  if (!offset_of_member(l, n, pointer ? clang_getPointeeType(of) : of, &bytes))
    return false;
  out->addend += bytes;
  return true;
}

/* `pointer` and `index` elements further. */
static bool step(Lower *l, NodeId pointer, NodeId index, bool minus, Address *out) {
  int64_t number;
  IrTypeId type = node_type(l, pointer);
  if (type_kind(l, type) != IR_T_PTR || !address_constant(l, pointer, out) ||
      !evaluate_int(node_cursor(l, index), &number))
    return false;
  uint64_t bytes = (uint64_t)number * type_step(l, ir_type(l, type)->sub);
  out->addend = (int64_t)((uint64_t)out->addend + (minus ? -bytes : bytes));
  return true;
}

static bool either_step(Lower *l, NodeId n, bool minus, Address *out) {
  NodeId x = n + 1, y = node_next(l, x);
  bool first = type_kind(l, node_type(l, x)) == IR_T_PTR;
  return first ? step(l, x, y, minus, out) : !minus && step(l, y, x, false, out);
}

static bool lvalue(Lower *l, NodeId n, Address *out) {
  n = node_strip(l, n);
  switch (node_kind(l, n)) {
  case CXCursor_DeclRefExpr:
    return declared(l, n, out);
  case CXCursor_MemberRefExpr:
    return member(l, n, out);
  case CXCursor_ArraySubscriptExpr:
    return node_kids(l, n) == 2 && either_step(l, n, false, out);
  case CXCursor_StringLiteral:
    out->target = string_ref(l, n);
    return true;
  case CXCursor_CompoundLiteralExpr:
    return compound_literal(l, n, out);
  case CXCursor_UnaryOperator:
    return node_kids(l, n) == 1 && node_unary(l, n) == CXUnaryOperator_Deref &&
           address_constant(l, n + 1, out);
  case CXCursor_UnexposedExpr: /* __func__ */
    return node_kids(l, n) == 1 && lvalue(l, n + 1, out);
  default:
    return false;
  }
}

/* ---- values ---------------------------------------------------------------------------------- */

static bool implicit_cast(Lower *l, NodeId n, Address *out) {
  if (node_kids(l, n) != 1 || !kind_is_expression(node_kind(l, n + 1)))
    return false;
  IrTypeKind from = type_kind(l, node_type(l, n + 1));
  return from == IR_T_ARRAY || from == IR_T_FUNC ? lvalue(l, n + 1, out)
                                                 : address_constant(l, n + 1, out);
}

static bool choice(Lower *l, NodeId n, Address *out) {
  int64_t number;
  if (node_kids(l, n) != 3 || !evaluate_int(node_cursor(l, n + 1), &number))
    return false;
  NodeId yes = node_next(l, n + 1);
  return address_constant(l, number ? yes : node_next(l, yes), out);
}

static bool address_constant(Lower *l, NodeId n, Address *out) {
  n = node_strip(l, n);
  switch (node_kind(l, n)) {
  case CXCursor_UnexposedExpr:
    return implicit_cast(l, n, out);
  case CXCursor_DeclRefExpr:
    return type_kind(l, node_type(l, n)) == IR_T_FUNC && declared(l, n, out);
  case CXCursor_CStyleCastExpr:
    return node_kids(l, n) && address_constant(l, node_last_kid(l, n), out);
  case CXCursor_UnaryOperator:
    return node_kids(l, n) == 1 && node_unary(l, n) == CXUnaryOperator_AddrOf &&
           lvalue(l, n + 1, out);
  case CXCursor_BinaryOperator: {
    enum CXBinaryOperatorKind op = node_binary(l, n);
    return node_kids(l, n) == 2 && (op == CXBinaryOperator_Add || op == CXBinaryOperator_Sub) &&
           either_step(l, n, op == CXBinaryOperator_Sub, out);
  }
  case CXCursor_ConditionalOperator:
    return choice(l, n, out);
  case CXCursor_GenericSelectionExpr: {
    NodeId chosen = generic_choice(l, n);
    return chosen != NO_NODE && address_constant(l, chosen, out);
  }
  case CXCursor_InitListExpr: /* braces around a scalar */
    return node_kids(l, n) && address_constant(l, n + 1, out);
  case CXCursor_AddrLabelExpr: {
    IrSymId label = label_symbol(l, n);
    out->target = ir_ref(IR_REF_SYM, label);
    return label != IR_NONE;
  }
  default:
    return false;
  }
}

void static_pointer(Lower *l, const StaticPlace *at, IrTypeId type, NodeId n) {
  const IrType *t = ir_type(l, type);
  bool may = t->kind == IR_T_PTR || (t->kind == IR_T_INT && t->size == 8);
  Address a = {0};
  IrStr outer = l->static_name;
  l->static_name = l->unit->symbols[at->object].name;
  if (may && address_constant(l, n, &a))
    ir_unit_pointer_init(l->ub, &(IrPointerInit){at->object, a.target, at->offset, a.addend});
  l->static_name = outer;
}
