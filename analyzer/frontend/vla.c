/* Types whose size is only known at run time. libclang shows the size expressions of a declaration
 * as its children, innermost array first, but not which array each belongs to: the walk below goes
 * through the type as it is written, and stops counting at typedefs, which have had their turn.
 *
 * Sizes are kept as a number of the innermost elements, so that `m[i][j]` has the address that
 * `m[i * n + j]` has. */
#include "analyzer/frontend/lower.h"

#include <ctype.h>
#include <string.h>

enum { MOST_LEVELS = 24 };

/* One step from the type of a declaration down to what it is made of. */
typedef struct Level {
  CXType type; /* canonical */
  bool pointer;
  bool visible; /* written here, not in a typedef */
  bool bounded, variable;
  Value count; /* elements, when bounded */
} Level;

typedef struct Shape {
  Level levels[MOST_LEVELS];
  uint32_t count, visible;
  CXType base;
} Shape;

/* ---- the type as written --------------------------------------------------------------------- */

static bool is_typeof(CXType type) {
  CXString spelled = clang_getTypeSpelling(type);
  bool yes = strstr(clang_getCString(spelled), "typeof") != NULL;
  clang_disposeString(spelled);
  return yes;
}

static bool add_level(Shape *s, CXType written, bool pointer, bool visible) {
  if (s->count == MOST_LEVELS)
    return false;
  Level *v = &s->levels[s->count++];
  *v = (Level){.type = clang_getCanonicalType(written), .pointer = pointer, .visible = visible};
  v->variable = v->type.kind == CXType_VariableArray;
  v->bounded = v->variable || v->type.kind == CXType_ConstantArray;
  s->visible += visible && v->bounded;
  return true;
}

static bool shape_of(CXType type, Shape *s) {
  bool visible = true;
  s->count = s->visible = 0;
  for (CXType t = type;;) {
    switch (t.kind) {
    case CXType_Elaborated:
      t = clang_Type_getNamedType(t);
      break;
    case CXType_Attributed:
      t = clang_Type_getModifiedType(t);
      break;
    case CXType_Typedef:
      visible = false;
      t = clang_getTypedefDeclUnderlyingType(clang_getTypeDeclaration(t));
      break;
    case CXType_Unexposed: { /* parentheses, typeof, atomic */
      CXType c = clang_getCanonicalType(t);
      if (c.kind == CXType_Unexposed || c.kind == CXType_Invalid) {
        s->base = c;
        return true;
      }
      visible = visible && !is_typeof(t);
      t = c;
      break;
    }
    case CXType_Pointer:
      if (!add_level(s, t, true, visible))
        return false;
      t = clang_getPointeeType(t);
      break;
    case CXType_ConstantArray:
    case CXType_VariableArray:
    case CXType_IncompleteArray:
      if (!add_level(s, t, false, visible))
        return false;
      t = clang_getArrayElementType(t);
      break;
    default:
      s->base = clang_getCanonicalType(t);
      return true;
    }
  }
}

static bool has_variable_array(const Lower *l, IrTypeId type) {
  while (type_kind(l, type) == IR_T_PTR)
    type = ir_type(l, type)->sub;
  return type_kind(l, type) == IR_T_ARRAY && ir_type(l, type)->flags & IR_TF_VLA;
}

static Value times(Lower *l, Value x, Value y) {
  if (value_is_int(x) && (x.u.number == 1 || x.u.number == 0))
    return x.u.number ? y : x;
  if (value_is_int(y) && (y.u.number == 1 || y.u.number == 0))
    return y.u.number ? x : y;
  return value_binary(l, CXBinaryOperator_Mul, x, y, x.type);
}

/* ---- sizes ----------------------------------------------------------------------------------- */

static void remember(Lower *l, const Level *v, VlaSize size) {
  HP_GROW(l->vlas, l->nvlas, l->vlas_cap);
  l->vlas[l->nvlas] = size;
  map_put(&l->vla_sizes, v->type.data[0], l->nvlas++);
}

static const VlaSize *known(const Lower *l, CXType canonical) {
  uint32_t at = map_get(&l->vla_sizes, canonical.data[0]);
  return at == MAP_NONE ? NULL : &l->vlas[at];
}

/* Bounds are evaluated outermost first; the children have them innermost first and last. */
static bool evaluate_bounds(Lower *l, NodeId var, NodeId init, Shape *s) {
  NodeId bounds[MOST_LEVELS];
  uint32_t have = 0;
  for (NODE_KIDS(l, kid, var))
    if (kid != init && kind_is_expression(node_kind(l, kid))) {
      if (have == MOST_LEVELS)
        return false;
      bounds[have++] = kid;
    }
  if (have < s->visible)
    return false;
  for (uint32_t i = 0; i < s->count; i++) {
    Level *v = &s->levels[i];
    if (!v->visible || !v->bounded)
      continue;
    NodeId bound = bounds[--have];
    v->count = v->variable ? value_convert(l, lower_value(l, bound), l->t_size, false)
                           : value_int(l, l->t_size, clang_getArraySize(v->type));
  }
  return true;
}

void vla_declare(Lower *l, NodeId var, NodeId init) {
  CXCursor c = node_cursor(l, var);
  CXType type = c.kind == CXCursor_TypedefDecl ? clang_getTypedefDeclUnderlyingType(c)
                                               : clang_getCursorType(c);
  if (!has_variable_array(l, type_of(l, type)))
    return;
  Shape s;
  if (!shape_of(type, &s) || !evaluate_bounds(l, var, init, &s))
    return;
  lower_at(l, var);
  VlaSize size = {.base = type_step(l, type_of(l, s.base)), .decl = cursor_key(c)};
  Value count = value_int(l, l->t_size, 1);
  bool variable = false;
  for (uint32_t i = s.count; i-- > 0;) {
    Level *v = &s.levels[i];
    if (v->pointer) {
      count = value_int(l, l->t_size, 1);
      size.base = ir_type(l, l->t_void_ptr)->size;
      variable = false;
      continue;
    }
    if (!v->bounded || (!i && c.kind == CXCursor_ParmDecl)) /* a parameter is a pointer */
      return;
    const VlaSize *there = v->visible ? NULL : known(l, v->type);
    variable |= v->variable;
    if (there)
      count = value_of(there->count, l->t_size);
    else if (v->visible)
      count = times(l, v->count, count);
    else if (!v->variable)
      count = times(l, value_int(l, l->t_size, clang_getArraySize(v->type)), count);
    else
      return;
    size.count = count.ref;
    size.level = i;
    if (variable)
      remember(l, v, size);
  }
}

/* ---- looking up ------------------------------------------------------------------------------ */

/* The variable that an expression's pointer comes from, and how many steps down the way went. */
static bool root_of(Lower *l, NodeId n, const void **decl, uint32_t *level) {
  *level = 0;
  for (;;) {
    n = node_strip_casts(l, n);
    switch (node_kind(l, n)) {
    case CXCursor_DeclRefExpr:
      *decl = cursor_key(clang_getCursorReferenced(node_cursor(l, n)));
      return true;
    case CXCursor_ArraySubscriptExpr:
      if (node_kids(l, n) != 2)
        return false;
      ++*level;
      n = type_kind(l, node_type(l, n + 1)) == IR_T_INT ? node_next(l, n + 1) : n + 1;
      break;
    case CXCursor_UnaryOperator:
      if (node_kids(l, n) != 1)
        return false;
      *level += node_unary(l, n) == CXUnaryOperator_Deref;
      if (node_unary(l, n) == CXUnaryOperator_AddrOf)
        return false;
      n++;
      break;
    case CXCursor_BinaryOperator:
    case CXCursor_CompoundAssignOperator:
      if (node_kids(l, n) != 2)
        return false;
      n = type_kind(l, node_type(l, n + 1)) == IR_T_INT ? node_next(l, n + 1) : n + 1;
      break;
    default:
      return false;
    }
  }
}

/* Size of the object `steps` below what the expression is; the type says it, or, where qualifiers
 * made another type of it, the variable behind. */
static bool find(Lower *l, CXType type, NodeId n, uint32_t steps, VlaSize *out) {
  const VlaSize *there =
      type.kind == CXType_Invalid ? NULL : known(l, clang_getCanonicalType(type));
  const void *decl;
  uint32_t level;
  if (!there && n != NO_NODE && root_of(l, n, &decl, &level))
    for (uint32_t i = l->nvlas; i-- > 0 && !there;)
      /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): i is an index of l->vlas */
      if (l->vlas[i].decl == decl && l->vlas[i].level == level + steps)
        there = &l->vlas[i];
  if (there)
    *out = *there;
  return there != NULL;
}

static Value bytes_of(Lower *l, const VlaSize *size) {
  return times(l, value_of(size->count, l->t_size), value_int(l, l->t_size, (int64_t)size->base));
}

bool vla_size(Lower *l, CXType type, NodeId n, Value *out) {
  VlaSize size;
  if (!find(l, type, n, 0, &size))
    return false;
  *out = bytes_of(l, &size);
  return true;
}

/* ---- sizeof a type --------------------------------------------------------------------------- */

/* Size of a type written in words that the language knows; 0 for any other. */
static uint64_t words_size(const char *text, size_t length) {
  static const struct {
    const char *word;
    uint64_t size; /* 0: changes nothing */
  } rows[] = {{"char", 1},   {"short", 2},     {"_Bool", 1}, {"bool", 1},     {"float", 4},
              {"double", 8}, {"__int128", 16}, {"int", 0},   {"unsigned", 0}, {"signed", 0},
              {"const", 0},  {"volatile", 0},  {"long", 0}};
  uint64_t size = 0;
  uint32_t longs = 0;
  bool known_words = true;
  for (size_t i = 0, n; i < length; i += n ? n : 1) {
    for (n = 0; i + n < length && (isalnum((unsigned char)text[i + n]) || text[i + n] == '_');)
      n++;
    if (!n) {
      if (text[i] == '*')
        return 8;
      known_words &= isspace((unsigned char)text[i]) != 0;
      continue;
    }
    size_t k = 0, rows_count = sizeof rows / sizeof *rows;
    while (k < rows_count && (strlen(rows[k].word) != n || memcmp(rows[k].word, text + i, n) != 0))
      k++;
    known_words &= k < rows_count;
    if (k < rows_count && rows[k].size)
      size = rows[k].size;
    longs += n == 4 && !memcmp(text + i, "long", 4);
  }
  if (!known_words)
    return 0;
  return longs ? (size == 8 ? 16 : 8) : size ? size : 4;
}

/* `sizeof(T[n][m])`: the bounds are children, and T is a TypeRef or stands in the text. */
static bool type_operand_size(Lower *l, NodeId n, Value *out) {
  CXSourceLocation start = clang_getRangeStart(clang_getCursorExtent(node_cursor(l, n)));
  CXFile file = NULL;
  unsigned offset = 0;
  clang_getSpellingLocation(start, &file, NULL, NULL, &offset);
  FileEntry *f = lower_file(l, file, start);
  size_t size = 0;
  const char *text = f ? file_text(l, f, &size) : NULL;
  const char *open = text && offset < size ? memchr(text + offset, '(', size - offset) : NULL;
  const char *bound = open ? memchr(open, '[', (size_t)(text + size - open)) : NULL;
  if (!bound || memchr(open + 1, '(', (size_t)(bound - open - 1)))
    return false;
  uint64_t base = words_size(open + 1, (size_t)(bound - open - 1));
  Value total = value_int(l, l->t_size, 1);
  NodeId before = NO_NODE;
  for (NODE_KIDS(l, kid, n)) {
    if (!kind_is_expression(node_kind(l, kid))) {
      CXType type = clang_getCursorType(node_cursor(l, kid));
      if (!base && type.kind != CXType_Invalid)
        base = ir_type(l, type_of(l, type))->size;
      continue;
    }
    /* A bound is shown as it is and once more with its load. */
    bool again = before != NO_NODE && clang_equalCursors(node_cursor(l, before),
                                                         node_cursor(l, node_strip_casts(l, kid)));
    before = kid;
    if (!again)
      total = times(l, total, value_convert(l, lower_value(l, kid), l->t_size, false));
  }
  if (!base)
    return false;
  *out = times(l, total, value_int(l, l->t_size, (int64_t)base));
  return true;
}

bool vla_sizeof(Lower *l, NodeId n, Value *out) {
  NodeId operand = node_last_kid(l, n);
  if (operand == NO_NODE)
    return false;
  if (node_kids(l, n) == 1 && node_kind(l, operand) == CXCursor_TypeRef)
    return vla_size(l, clang_getCursorType(node_cursor(l, operand)), NO_NODE, out);
  if (node_kids(l, n) == 1 && kind_is_expression(node_kind(l, operand))) {
    operand = node_strip(l, operand);
    lower_effect(l, operand); /* the only case where it is evaluated */
    if (vla_size(l, clang_getCursorType(node_cursor(l, operand)), operand, out))
      return true;
  }
  return type_operand_size(l, n, out);
}

/* ---- pointers -------------------------------------------------------------------------------- */

static bool pointee_size(Lower *l, NodeId n, VlaSize *out) {
  CXType type = clang_getCanonicalType(clang_getCursorType(node_cursor(l, n)));
  CXType to =
      type.kind == CXType_Pointer ? clang_getPointeeType(type) : clang_getArrayElementType(type);
  return find(l, to, n, 1, out);
}

bool vla_is_pointer(const Lower *l, IrTypeId type) {
  const IrType *t = ir_type(l, type);
  return t->kind == IR_T_PTR && ir_type(l, t->sub)->flags & IR_TF_VLA;
}

Value vla_step(Lower *l, NodeId n, Value pointer, Value index, bool minus, IrTypeId type) {
  VlaSize size;
  type = type_unqualified(l, type);
  if (!pointee_size(l, n, &size))
    return value_opaque(l, "pointer arithmetic over a variable size", type,
                        (IrRef[]){pointer.ref, index.ref}, 2);
  index = value_convert(l, index, l->t_long, false);
  Value count = value_convert(l, value_of(size.count, l->t_size), l->t_long, false);
  index = times(l, index, count);
  if (minus)
    index = value_of(ir_build_op1(l->b, IR_NEG, l->t_long, index.ref), l->t_long);
  IrAddr addr = {.base = pointer.ref, .type = ir_type(l, type)->sub, .index = index.ref};
  addr.scale = (uint32_t)size.base;
  return value_of(ir_build_addr(l->b, &addr, NULL, 0, type), type);
}

Value vla_difference(Lower *l, NodeId n, Value x, Value y, IrTypeId type) {
  VlaSize size;
  IrRef args[] = {x.ref, y.ref};
  if (!pointee_size(l, n, &size))
    return value_opaque(l, "pointer arithmetic over a variable size", type, args, 2);
  Value elements =
      value_of(ir_build_op(l->b, IR_PDIFF, type, 0, args, 2, (uint32_t)size.base), type);
  Value count = value_convert(l, value_of(size.count, l->t_size), type, false);
  return value_binary(l, CXBinaryOperator_Div, elements, count, type);
}

bool vla_index(Lower *l, NodeId n, Value index, Value *elements, uint64_t *scale) {
  VlaSize size;
  if (!find(l, clang_getCursorType(node_cursor(l, n)), n, 0, &size))
    return false;
  *elements = times(l, value_convert(l, index, l->t_size, false), value_of(size.count, l->t_size));
  *scale = size.base;
  return true;
}
