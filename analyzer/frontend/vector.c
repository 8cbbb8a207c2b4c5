/* Values with parts: complex numbers and vectors. */
#include "analyzer/frontend/lower.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool type_has_parts(const Lower *l, IrTypeId type) {
  IrTypeKind kind = type_kind(l, type);
  return kind == IR_T_VECTOR || kind == IR_T_COMPLEX;
}

Value value_part(Lower *l, Value v, uint32_t index) {
  IrTypeId type = type_unqualified(l, ir_type(l, v.type)->sub);
  IrRef at = ir_build_int(l->b, l->t_int, index);
  return value_of(ir_build_op2(l->b, IR_EXTRACT, type, 0, v.ref, at), type);
}

static Value pair(Lower *l, IrTypeId type, Value real, Value imaginary) {
  return value_of(ir_build_op2(l->b, IR_PACK, type, 0, real.ref, imaginary.ref), type);
}

static Value zero_of(Lower *l, IrTypeId type) {
  return value_convert(l, value_int(l, l->t_int, 0), type, false);
}

static Value splat(Lower *l, Value v, IrTypeId type) {
  v = value_convert(l, v, ir_type(l, type)->sub, false);
  return value_of(ir_build_op1(l->b, IR_SPLAT, type, v.ref), type);
}

/* ---- conversions ----------------------------------------------------------------------------- */

static bool same_elements(const Lower *l, IrTypeId x, IrTypeId y) {
  const IrType *a = ir_type(l, x), *b = ir_type(l, y);
  const IrType *ea = ir_type(l, a->sub), *eb = ir_type(l, b->sub);
  return a->kind == b->kind && a->count == b->count && ea->kind == eb->kind &&
         ea->size == eb->size && !((ea->flags ^ eb->flags) & (IR_TF_UNSIGNED | IR_TF_BOOL));
}

/* Between vectors, and between a vector and a number of its size, the bits stay. */
static Value convert_vector(Lower *l, Value v, IrTypeId to, bool explicit_cast) {
  const IrType *from = ir_type(l, v.type), *t = ir_type(l, to);
  if (from->kind != IR_T_VECTOR && !(explicit_cast && from->size == t->size))
    return splat(l, v, to);
  if (same_elements(l, v.type, to))
    return value_of(v.ref, to);
  return value_of(ir_build_op1(l->b, IR_CONV, to, v.ref), to);
}

Value value_convert_parts(Lower *l, Value v, IrTypeId to, bool explicit_cast) {
  const IrType *from = ir_type(l, v.type), *t = ir_type(l, to);
  if (from->kind == IR_T_VECTOR || t->kind == IR_T_VECTOR)
    return convert_vector(l, v, to, explicit_cast);
  IrTypeId part = t->sub;
  if (from->kind != IR_T_COMPLEX) {
    Value real = value_convert(l, v, part, explicit_cast);
    return pair(l, to, real, value_convert(l, value_int(l, l->t_int, 0), part, false));
  }
  if (t->kind != IR_T_COMPLEX) {
    if (t->flags & IR_TF_BOOL)
      return value_not_zero(l, v, to);
    return value_convert(l, value_part(l, v, 0), to, explicit_cast);
  }
  if (same_elements(l, v.type, to))
    return value_of(v.ref, to);
  Value real = value_convert(l, value_part(l, v, 0), part, explicit_cast);
  return pair(l, to, real, value_convert(l, value_part(l, v, 1), part, explicit_cast));
}

/* ---- complex arithmetic ---------------------------------------------------------------------- */

static IrTypeId complex_of(Lower *l, IrTypeId part) {
  const IrType *t = ir_type(l, part);
  char *name = hp_format("_Complex %s", ir_str(l->unit, t->name));
  IrTypeId type = ir_unit_type(l->ub, &(IrType){.kind = IR_T_COMPLEX,
                                                .align_log2 = t->align_log2,
                                                .sub = part,
                                                .record = IR_NONE,
                                                .name = ir_unit_str(l->ub, name),
                                                .size = t->size * 2});
  free(name);
  return type;
}

/* Complex, of the larger of the parts. */
IrTypeId type_common_complex(Lower *l, IrTypeId x, IrTypeId y) {
  IrTypeId a = type_kind(l, x) == IR_T_COMPLEX ? ir_type(l, x)->sub : x;
  IrTypeId b = type_kind(l, y) == IR_T_COMPLEX ? ir_type(l, y)->sub : y;
  IrTypeId part = type_common(l, type_unqualified(l, a), type_unqualified(l, b));
  if (type_kind(l, x) == IR_T_COMPLEX && part == type_unqualified(l, a))
    return type_unqualified(l, x);
  if (type_kind(l, y) == IR_T_COMPLEX && part == type_unqualified(l, b))
    return type_unqualified(l, y);
  return complex_of(l, part);
}

/* A real operand stays real (C23 G.5.1): `x * z` multiplies twice. */
static bool mixed(Lower *l, enum CXBinaryOperatorKind op, Value x, Value y, IrTypeId type,
                  Value *out) {
  bool real_x = type_kind(l, x.type) != IR_T_COMPLEX;
  IrTypeId part = type_unqualified(l, ir_type(l, type)->sub);
  Value scalar = value_convert(l, real_x ? x : y, part, false), z = real_x ? y : x;
  z = value_convert(l, z, type, false);
  Value re = value_part(l, z, 0), im = value_part(l, z, 1);
  switch (op) {
  case CXBinaryOperator_Add:
    re = value_binary(l, op, re, scalar, part);
    break;
  case CXBinaryOperator_Sub:
    re = real_x ? value_binary(l, op, scalar, re, part) : value_binary(l, op, re, scalar, part);
    if (real_x)
      im = value_of(ir_build_op1(l->b, IR_NEG, part, im.ref), part);
    break;
  case CXBinaryOperator_Mul:
    re = value_binary(l, op, re, scalar, part);
    im = value_binary(l, op, im, scalar, part);
    break;
  case CXBinaryOperator_Div:
    if (real_x)
      return false;
    re = value_binary(l, op, re, scalar, part);
    im = value_binary(l, op, im, scalar, part);
    break;
  default:
    return false;
  }
  *out = pair(l, type, re, im);
  return true;
}

/* Compares or computes; `type` is the result's. */
bool value_binary_parts(Lower *l, enum CXBinaryOperatorKind op, Value *x, Value *y, IrTypeId type,
                        Value *out) {
  bool vector = type_kind(l, x->type) == IR_T_VECTOR || type_kind(l, y->type) == IR_T_VECTOR;
  if (vector) {
    IrTypeId as = type_kind(l, x->type) == IR_T_VECTOR ? x->type : y->type;
    *x = value_convert(l, *x, as, false);
    if (type_kind(l, y->type) != IR_T_VECTOR)
      *y = value_convert(l, *y, as, false);
    return false;
  }
  IrTypeId common =
      type_kind(l, type) == IR_T_COMPLEX ? type : type_common_complex(l, x->type, y->type);
  bool both = type_kind(l, x->type) == type_kind(l, y->type);
  if (!both && mixed(l, op, *x, *y, common, out))
    return true;
  *x = value_convert(l, *x, common, false);
  *y = value_convert(l, *y, common, false);
  return false;
}

/* `-z`, `~z` (the conjugate), and of vectors. */
Value value_negate_parts(Lower *l, Value v, bool minus) {
  if (type_kind(l, v.type) == IR_T_COMPLEX && !minus) {
    Value re = value_part(l, v, 0), im = value_part(l, v, 1);
    return pair(l, v.type, re, value_of(ir_build_op1(l->b, IR_NEG, im.type, im.ref), im.type));
  }
  return value_of(ir_build_op1(l->b, minus ? IR_NEG : IR_NOT, v.type, v.ref), v.type);
}

/* __real__ and __imag__ of a value; a real number's imaginary part is 0. */
Value value_real_or_imaginary(Lower *l, Value v, bool imaginary, IrTypeId type) {
  if (type_kind(l, v.type) == IR_T_COMPLEX)
    return value_part(l, v, imaginary);
  return imaginary ? zero_of(l, type) : value_convert(l, v, type, false);
}

/* ---- from elements --------------------------------------------------------------------------- */

Value lower_imaginary(Lower *l, NodeId n) {
  IrTypeId type = type_unqualified(l, node_type(l, n));
  IrTypeId part = ir_type(l, type)->sub;
  if (!node_kids(l, n) || type_kind(l, type) != IR_T_COMPLEX)
    return value_opaque(l, "imaginary literal", type, NULL, 0);
  Value im = value_convert(l, lower_value(l, n + 1), part, false);
  lower_at(l, n);
  return pair(l, type, zero_of(l, part), im);
}

static void push_elements(Lower *l, Args *a, Value v, IrTypeId part) {
  if (type_kind(l, v.type) != IR_T_VECTOR) {
    args_push(a, value_convert(l, v, part, false).ref);
    return;
  }
  for (uint32_t i = 0; i < ir_type(l, v.type)->count; i++)
    args_push(a, value_convert(l, value_part(l, v, i), part, false).ref);
}

/* `{1, 2}` for a vector or complex number; what is not written is zero. */
Value lower_parts(Lower *l, NodeId n) {
  IrTypeId type = type_unqualified(l, node_type(l, n)), part = ir_type(l, type)->sub;
  uint64_t count = type_kind(l, type) == IR_T_COMPLEX ? 2 : ir_type(l, type)->count;
  uint32_t kids = node_kids(l, n);
  if (kids == 1 && type_kind(l, node_type(l, n + 1)) == type_kind(l, type))
    return value_convert(l, lower_value(l, n + 1), type, false);
  if (kids == 1 && type_kind(l, type) == IR_T_COMPLEX) /* `{x}` is x, converted */
    return value_convert(l, lower_value(l, n + 1), type, false);
  Args args = {0};
  for (NODE_KIDS(l, kid, n))
    push_elements(l, &args, lower_value(l, kid), part);
  lower_at(l, n);
  Value v;
  if (!args.count) {
    v = zero_of(l, type);
  } else {
    while (args.count < count && count < MOST_PARTS)
      args_push(&args, zero_of(l, part).ref);
    v = value_of(ir_build_op(l->b, IR_PACK, type, 0, args.refs,
                             args.count < count ? args.count : (uint32_t)count, 0),
                 type);
  }
  free(args.refs);
  return v;
}

/* ---- `v.xyzw` -------------------------------------------------------------------------------- */

static int letter_index(char c, bool hex) {
  static const char *const names[] = {"xyzw", "rgba"};
  if (hex)
    return isdigit((unsigned char)c)    ? c - '0'
           : isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10
                                        : -1;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *at = c ? strchr(names[i], c) : NULL;
    if (at)
      return (int)(at - names[i]);
  }
  return -1;
}

static bool whole_part(const char *word, uint32_t count, Swizzle *out) {
  static const struct {
    const char *word;
    uint8_t first, step; /* first: 1 stands for the middle */
  } rows[] = {{"lo", 0, 1}, {"hi", 1, 1}, {"even", 0, 2}, {"odd", 1, 2}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (strcmp(word, rows[i].word))
      continue;
    uint32_t half = (count + 1) / 2, first = rows[i].first;
    if (rows[i].step == 1)
      first *= half;
    for (uint32_t k = 0; k < half && k < MOST_SWIZZLE; k++)
      out->index[out->count++] = (uint8_t)(first + k * rows[i].step);
    return true;
  }
  return false;
}

/* libclang hides which elements: they stand in the text behind the vector. */
bool swizzle_of(Lower *l, NodeId n, Swizzle *out) {
  out->count = 0;
  if (node_kind(l, n) != CXCursor_UnexposedExpr || node_kids(l, n) != 1 ||
      !kind_is_expression(node_kind(l, n + 1)))
    return false;
  IrTypeId of = node_type(l, n + 1);
  if (type_kind(l, of) == IR_T_PTR)
    of = ir_type(l, of)->sub;
  if (type_kind(l, of) != IR_T_VECTOR ||
      clang_equalRanges(clang_getCursorExtent(node_cursor(l, n)),
                        clang_getCursorExtent(node_cursor(l, n + 1))))
    return false;
  CXSourceLocation end = clang_getRangeEnd(clang_getCursorExtent(node_cursor(l, n + 1)));
  CXFile file = NULL;
  unsigned offset = 0;
  clang_getSpellingLocation(end, &file, NULL, NULL, &offset);
  FileEntry *f = lower_file(l, file, end);
  size_t size = 0;
  const char *text = f ? file_text(l, f, &size) : NULL;
  while (text && offset < size && (isspace((unsigned char)text[offset]) || text[offset] == ')'))
    offset++;
  if (!text || offset + 2 >= size || (text[offset] != '.' && memcmp(text + offset, "->", 2) != 0))
    return false;
  offset += text[offset] == '.' ? 1 : 2;
  char word[24];
  size_t length = 0;
  while (offset < size && isspace((unsigned char)text[offset]))
    offset++;
  while (offset < size && length + 1 < sizeof word && isalnum((unsigned char)text[offset]))
    word[length++] = text[offset++];
  word[length] = 0;
  uint32_t count = (uint32_t)ir_type(l, of)->count;
  if (whole_part(word, count, out))
    return true;
  bool hex = (word[0] | 32) == 's' && word[1];
  for (const char *p = word + hex; *p && out->count < MOST_SWIZZLE; p++) {
    int index = letter_index(*p, hex);
    if (index < 0 || (uint32_t)index >= count)
      return false;
    out->index[out->count++] = (uint8_t)index;
  }
  return out->count > 0;
}

/* The vector's place for `v.x` and `p->x`. */
void swizzle_base(Lower *l, NodeId n, Place *out) {
  IrTypeId of = node_type(l, n + 1);
  if (type_kind(l, of) == IR_T_PTR)
    place_deref(l, n + 1, ir_type(l, of)->sub, out);
  else
    place_of(l, n + 1, out);
}

Value lower_swizzle(Lower *l, NodeId n, const Swizzle *s) {
  IrTypeId type = type_unqualified(l, node_type(l, n));
  Value v;
  if (type_kind(l, node_type(l, n + 1)) == IR_T_PTR) {
    Place p;
    swizzle_base(l, n, &p);
    v = place_load(l, &p);
  } else {
    v = lower_value(l, n + 1);
  }
  lower_at(l, n);
  if (s->count == 1)
    return value_part(l, v, s->index[0]);
  IrRef args[MOST_SWIZZLE + 2] = {v.ref, v.ref};
  for (uint32_t i = 0; i < s->count; i++)
    args[i + 2] = ir_build_int(l->b, l->t_int, s->index[i]);
  return value_of(ir_build_op(l->b, IR_SHUFFLE, type, 0, args, s->count + 2, 0), type);
}

/* `v.yz = w`, `v.yz += w`: the vector with those elements replaced. */
Value store_swizzle(Lower *l, NodeId n, const Swizzle *s, Value v) {
  Place p;
  swizzle_base(l, n, &p);
  Value whole = place_load(l, &p);
  for (uint32_t i = 0; i < s->count; i++) {
    Value part = s->count == 1 ? v : value_part(l, v, i);
    IrRef args[] = {whole.ref, ir_build_int(l->b, l->t_int, s->index[i]), part.ref};
    whole.ref = ir_build_op(l->b, IR_INSERT, whole.type, 0, args, 3, 0);
  }
  place_store(l, &p, whole);
  return v;
}

/* ---- builtins -------------------------------------------------------------------------------- */

/* __builtin_shufflevector(a, b, 0, 5, -1): the numbers are constants. */
static Value shuffle(Lower *l, NodeId n) {
  IrTypeId type = type_unqualified(l, node_type(l, n));
  Args args = {0};
  uint32_t i = 0;
  for (NODE_KIDS(l, kid, n)) {
    int64_t number = 0;
    if (i++ < 2)
      args_push(&args, lower_value(l, kid).ref);
    else if (evaluate_int(node_cursor(l, kid), &number))
      args_push(&args, ir_build_int(l->b, l->t_int, (int32_t)number));
  }
  lower_at(l, n);
  Value v = i == 2
                ? value_opaque(l, "shuffle by a vector", type, args.refs, args.count)
                : value_of(ir_build_op(l->b, IR_SHUFFLE, type, 0, args.refs, args.count, 0), type);
  free(args.refs);
  return v;
}

bool lower_vector_builtin(Lower *l, NodeId n, const char *word, Value *out) {
  IrTypeId type = type_unqualified(l, node_type(l, n));
  if (!strcmp(word, "__builtin_shufflevector") && node_kids(l, n) >= 2) {
    *out = shuffle(l, n);
    return true;
  }
  if (strcmp(word, "__builtin_convertvector") || !node_kids(l, n))
    return false;
  Value v = lower_value(l, n + 1);
  lower_at(l, n);
  *out = same_elements(l, v.type, type)
             ? value_of(v.ref, type)
             : value_of(ir_build_op1(l->b, IR_CONVEACH, type, v.ref), type);
  return true;
}
