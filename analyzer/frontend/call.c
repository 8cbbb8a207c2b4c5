/* Calls, and the expressions that libclang does not expose. */
#include "analyzer/frontend/lower.h"

#include <stdlib.h>
#include <string.h>

/* More operands than an instruction can count are not worth more than this. */
enum { MOST_ARGUMENTS = 60000 };

void args_push(Args *a, IrRef ref) {
  if (a->count == MOST_ARGUMENTS)
    return;
  HP_GROW(a->refs, a->count, a->cap);
  a->refs[a->count++] = ref;
}

/* ---- facts about records that calls show ----------------------------------------------------- */

static bool reads_bytes_by_name(const char *name) {
  static const char *const exact[] = {"memcmp", "bcmp",   "write", "fwrite", "send",
                                      "sendto", "pwrite", "read",  "fread",  "recv"};
  for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
    if (!strcmp(name, exact[i]))
      return true;
  return strstr(name, "hash") || strstr(name, "Hash") || strstr(name, "crc") || strstr(name, "XXH");
}

static bool reads_bytes(Lower *l, IrSymId sym) {
  while (l->nreaders <= sym) {
    HP_GROW(l->readers, l->nreaders, l->readers_cap);
    l->readers[l->nreaders++] = 0;
  }
  if (!l->readers[sym])
    l->readers[sym] = reads_bytes_by_name(ir_str(l->unit, l->unit->symbols[sym].name)) ? 2 : 1;
  return l->readers[sym] == 2;
}

/* A record's pointer handed over as plain bytes. */
static void note_bytes(Lower *l, NodeId argument) {
  IrTypeId to = node_type(l, argument);
  if (type_kind(l, to) != IR_T_PTR || type_pointee_record(l, to) != IR_NONE)
    return;
  NodeId inner = node_strip_casts(l, argument);
  while (node_kind(l, inner) == CXCursor_CStyleCastExpr && node_kids(l, inner))
    inner = node_strip_casts(l, node_last_kid(l, inner));
  IrTypeId from = node_type(l, inner);
  if (type_kind(l, from) == IR_T_PTR)
    record_flag(l, from, IR_REC_SIZEOF_BYTES);
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* What is called, without casts, `*` and `&` on the way; NO_NODE when it is computed. */
static NodeId called(Lower *l, NodeId n) {
  for (;;) {
    n = node_strip_casts(l, n);
    if (node_kind(l, n) == CXCursor_CStyleCastExpr && node_kids(l, n) &&
        type_kind(l, node_type(l, n)) == IR_T_PTR) {
      n = node_last_kid(l, n);
    } else if (node_kind(l, n) == CXCursor_UnaryOperator && node_kids(l, n) == 1) {
      enum CXUnaryOperatorKind op = node_unary(l, n);
      if (op != CXUnaryOperator_Deref && op != CXUnaryOperator_AddrOf)
        return NO_NODE;
      n++;
    } else {
      return n;
    }
  }
}

/* The function called by name; false for a pointer. */
static bool direct_callee(Lower *l, NodeId callee, CXCursor *decl) {
  NodeId n = called(l, callee);
  if (n == NO_NODE)
    return false;
  if (node_kind(l, n) == CXCursor_GenericSelectionExpr) {
    NodeId choice = generic_choice(l, n);
    return choice != NO_NODE && direct_callee(l, choice, decl);
  }
  if (node_kind(l, n) != CXCursor_DeclRefExpr)
    return false;
  *decl = node_decl(l, n)->cursor;
  return decl->kind == CXCursor_FunctionDecl;
}

Value lower_call(Lower *l, NodeId n) {
  IrTypeId type = type_unqualified(l, node_type(l, n));
  if (!node_kids(l, n)) {
    lower_at(l, n);
    return value_opaque(l, "call without callee", type, NULL, 0);
  }
  NodeId callee = n + 1;
  CXCursor decl;
  bool direct = direct_callee(l, callee, &decl);
  IrSymId sym = direct ? symbol_of(l, decl) : IR_NONE;
  Value special;
  if (direct && lower_builtin(l, n, builtin_of(l, sym), sym, &special))
    return special;
  bool bytes = direct && reads_bytes(l, sym);
  Value pointer = direct ? value_none() : lower_value(l, callee);
  Args args = {0};
  for (NODE_KIDS(l, kid, n)) {
    if (kid == callee)
      continue;
    if (bytes)
      note_bytes(l, kid);
    args_push(&args, lower_value(l, kid).ref);
  }
  lower_at(l, n);
  IrRef result = direct ? ir_build_call(l->b, sym, type, args.refs, args.count)
                        : ir_build_call_pointer(l->b, pointer.ref, type, args.refs, args.count);
  free(args.refs);
  if (direct && l->unit->symbols[sym].flags & IR_SYM_NORETURN)
    ir_build_stop(l->b);
  return value_of(result, type);
}

/* va_arg(list, type), where the list is shown last, after what the type is made of. */
static Value next_argument(Lower *l, NodeId n) {
  NodeId list = node_last_kid(l, n);
  IrTypeId type = type_unqualified(l, node_type(l, n)), of = node_type(l, list);
  Place p;
  if (type_kind(l, of) == IR_T_PTR)
    place_deref(l, list, ir_type(l, of)->sub, &p);
  else
    place_of(l, list, &p);
  lower_at(l, n);
  if (!type)
    return value_none();
  return value_of(ir_build_vaarg(l->b, &p.addr, p.path, p.nhops, type), type);
}

static Value opaque_kids(Lower *l, NodeId n, const char *reason) {
  IrTypeId type = type_unqualified(l, node_type(l, n));
  Args args = {0};
  for (NODE_KIDS(l, kid, n))
    if (kind_is_expression(node_kind(l, kid)) && type_is_scalar(l, node_type(l, kid)))
      args_push(&args, lower_value(l, kid).ref);
  lower_at(l, n);
  Value v = value_opaque(l, reason, type, args.refs, args.count);
  free(args.refs);
  return v;
}

/* ---- unexposed expressions ------------------------------------------------------------------- */

static bool is_va_list(Lower *l, IrTypeId type) {
  const IrType *t = ir_type(l, type);
  if (t->kind == IR_T_PTR || t->kind == IR_T_ARRAY)
    t = ir_type(l, t->sub);
  return t->kind == IR_T_RECORD && strstr(ir_str(l->unit, t->name), "va_list");
}

static bool same_extent(const Lower *l, NodeId a, NodeId b) {
  return clang_equalRanges(clang_getCursorExtent(node_cursor(l, a)),
                           clang_getCursorExtent(node_cursor(l, b)));
}

/* One operand: nearly always an implicit cast. Extents are slow to ask for, so only where the types
 * allow something else. */
static Value one_operand(Lower *l, NodeId n) {
  NodeId kid = n + 1;
  IrTypeId to = node_type(l, n), from = node_type(l, kid);
  if (is_va_list(l, from) && !is_va_list(l, to) && !same_extent(l, n, kid))
    return next_argument(l, n);
  IrTypeKind a = type_kind(l, from), b = type_kind(l, to);
  if ((a == IR_T_VECTOR || b == IR_T_VECTOR ||
       (a == IR_T_PTR && type_kind(l, ir_type(l, from)->sub) == IR_T_VECTOR && b != IR_T_PTR)) &&
      !same_extent(l, n, kid)) {
    Swizzle s;
    if (swizzle_of(l, n, &s))
      return lower_swizzle(l, n, &s);
    char word[64];
    Value v;
    lower_word(l, node_cursor(l, n), word, sizeof word);
    return lower_vector_builtin(l, n, word, &v) ? v : opaque_kids(l, n, "vector operation");
  }
  Value v = lower_value(l, kid);
  if (!b)
    return value_none();
  if (b == IR_T_ARRAY || b == IR_T_FUNC || b == IR_T_RECORD)
    return v; /* no-op, or a record's load */
  if (!v.literal && v.type != to)
    lower_at(l, n);
  return value_convert(l, v, to, false);
}

static Value offset_of(Lower *l, NodeId n, int64_t number) {
  for (NODE_KIDS(l, kid, n))
    if (node_kind(l, kid) == CXCursor_TypeRef)
      record_flag(l, type_of(l, clang_getCursorType(node_cursor(l, kid))), IR_REC_OFFSETOF);
  return value_int(l, type_unqualified(l, node_type(l, n)), number);
}

static Value choose_expr(Lower *l, NodeId n) {
  NodeId condition = n + 1, yes = node_next(l, condition), no = node_next(l, yes);
  Value v = lower_value(l, condition); /* a constant, for the compiler */
  if (!value_is_int(v))
    return opaque_kids(l, n, "__builtin_choose_expr");
  return lower_value(l, v.u.number ? yes : no);
}

/* __builtin_types_compatible_p has as operands what its types are written with: the `(x)` of
 * typeof(x), the 5 of `int[5]`. With one of them it looks like an implicit cast; so few casts do
 * that reading the word costs nothing. */
static bool is_type_question(Lower *l, NodeId n, uint32_t kids) {
  NodeId kid = n + 1;
  enum CXCursorKind kind = kids ? node_kind(l, kid) : CXCursor_InvalidFile;
  bool like_cast = kids == 1 && kind_is_expression(kind) && kind != CXCursor_ParenExpr &&
                   (kind != CXCursor_IntegerLiteral || node_type(l, kid) != node_type(l, n));
  if (!kids || like_cast)
    return false;
  char word[40];
  lower_word(l, node_cursor(l, n), word, sizeof word);
  return !strcmp(word, "__builtin_types_compatible_p");
}

Value lower_unexposed(Lower *l, NodeId n) {
  uint32_t kids = node_kids(l, n);
  int64_t number;
  if (is_type_question(l, n, kids) && evaluate_int(node_cursor(l, n), &number))
    return value_int(l, type_unqualified(l, node_type(l, n)), number);
  if (kids == 1 && kind_is_expression(node_kind(l, n + 1)))
    return one_operand(l, n);
  if (kids == 4) {
    NodeId second = node_next(l, n + 1);
    if (clang_equalCursors(node_cursor(l, n + 1), node_cursor(l, second)))
      return lower_elvis(l, n);
  }
  NodeId last = node_last_kid(l, n);
  char word[64];
  lower_word(l, node_cursor(l, n), word, sizeof word);
  if (kids >= 2 && (is_va_list(l, node_type(l, last)) || !strcmp(word, "__builtin_va_arg")))
    return next_argument(l, n);
  if (is_atomic_builtin(word))
    return kids >= 2 ? lower_atomic(l, n, word) : opaque_kids(l, n, "atomic builtin");
  if (!strcmp(word, "__builtin_choose_expr") && kids == 3)
    return choose_expr(l, n);
  Value vector;
  if (lower_vector_builtin(l, n, word, &vector))
    return vector;
  bool constant = kids == 0 || node_kind(l, n + 1) == CXCursor_TypeRef ||
                  node_kind(l, n + 1) == CXCursor_MemberRef || !strcmp(word, "__builtin_offsetof");
  if (constant && evaluate_int(node_cursor(l, n), &number))
    return offset_of(l, n, number);
  Value offset;
  if (constant && lower_offsetof(l, n, &offset))
    return offset;
  return opaque_kids(l, n, kids ? "unexposed expression" : "error");
}
