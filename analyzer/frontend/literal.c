/* Literals: numbers by libclang's evaluation, or by their digits where that is too short, and
 * strings from the spelling that clang prints. And what is known as early as a literal. */
#include "analyzer/frontend/lower.h"

#include <stdlib.h>
#include <string.h>

static Value unknown(Lower *l, NodeId n) {
  IrTypeId type = type_unqualified(l, node_type(l, n));
  lower_at(l, n);
  return value_opaque(l, "literal", type, NULL, 0);
}

static unsigned hex_digit(char c) {
  return c >= '0' && c <= '9' ? (unsigned)(c - '0') : ((unsigned)c | 32) - 'a' + 10u;
}

/* A _BitInt literal of more than 64 bits, from its digits: 64 bits at a time. */
static Value wide_literal(Lower *l, NodeId n, IrTypeId type) {
  enum { WORDS = 16 };
  uint64_t words[WORDS] = {0};
  char digits[320];
  lower_word(l, node_cursor(l, n), digits, sizeof digits);
  const char *p = digits;
  unsigned base = 10;
  if (p[0] == '0' && p[1])
    base = (p[1] | 32) == 'x' ? 16 : (p[1] | 32) == 'b' ? 2 : 8, p += base == 8 ? 1 : 2;
  for (; (*p >= '0' && *p <= '9') || (base == 16 && strchr("abcdefABCDEF", *p) && *p); p++) {
    unsigned __int128 carry = hex_digit(*p);
    for (int i = 0; i < WORDS; i++) {
      carry += (unsigned __int128)words[i] * base;
      words[i] = (uint64_t)carry;
      carry >>= 64;
    }
    if (carry)
      return unknown(l, n);
  }
  uint32_t top = WORDS;
  while (top > 1 && !words[top - 1])
    top--;
  if (!*digits || !*p)
    return unknown(l, n);
  Value v = value_convert(l, value_int(l, l->t_size, (int64_t)words[top - 1]), type, false);
  for (uint32_t i = top - 1; i-- > 0;) {
    Value low = value_convert(l, value_int(l, l->t_size, (int64_t)words[i]), type, false);
    IrRef bits = ir_build_int(l->b, l->t_int, 64);
    IrRef high = ir_build_op2(l->b, IR_SHL, type, 0, v.ref, bits);
    v = value_of(ir_build_op2(l->b, IR_OR, type, 0, high, low.ref), type);
  }
  return v;
}

Value lower_literal(Lower *l, NodeId n) {
  IrTypeId type = type_unqualified(l, node_type(l, n));
  CXEvalResult result = clang_Cursor_Evaluate(node_cursor(l, n));
  if (!result)
    return unknown(l, n);
  Value v;
  switch (clang_EvalResult_getKind(result)) {
  case CXEval_Int:
    if (type_bits(l, type) > 64) { /* 5wb and the like: more digits than libclang tells */
      v = wide_literal(l, n, type);
      break;
    }
    v = value_int(l, type,
                  clang_EvalResult_isUnsignedInt(result)
                      ? (int64_t)clang_EvalResult_getAsUnsigned(result)
                      : clang_EvalResult_getAsLongLong(result));
    break;
  case CXEval_Float:
    v = value_real(l, type, clang_EvalResult_getAsDouble(result));
    break;
  default:
    v = unknown(l, n);
  }
  clang_EvalResult_dispose(result);
  return v;
}

/* One escape of the spelling that clang prints: octal or hexadecimal for what is not printable. */
static unsigned long unescape(const char **at) {
  const char *p = *at;
  unsigned long code = 0;
  if (*p >= '0' && *p <= '7') {
    for (int i = 0; i < 3 && *p >= '0' && *p <= '7'; i++)
      code = code * 8 + (unsigned)(*p++ - '0');
  } else if (*p == 'x' || *p == 'u' || *p == 'U') {
    int digits = *p == 'x' ? 8 : *p == 'u' ? 4 : 8;
    p++;
    while (digits-- > 0 && ((*p >= '0' && *p <= '9') || ((*p | 32) >= 'a' && (*p | 32) <= 'f')))
      code = code * 16 + hex_digit(*p++);
  } else {
    static const char from[] = "abfnrtv", to[] = "\a\b\f\n\r\t\v";
    const char *known = *p ? strchr(from, *p) : NULL;
    code = (unsigned char)(known ? to[known - from] : *p);
    p += *p != 0;
  }
  *at = p;
  return code;
}

IrRef string_ref(Lower *l, NodeId n) {
  const IrType *t = ir_type(l, node_type(l, n));
  uint64_t width = t->count ? t->size / t->count : 1;
  /* As long as its array; a NUL ends it unless the array had no room for one. */
  size_t length = t->count ? (size_t)(t->count * width) : 0, end = 0;
  CXString spelled = clang_getCursorSpelling(node_cursor(l, n));
  const char *p = clang_getCString(spelled);
  char *bytes = hp_calloc(length + 8, 1);
  p = p ? strchr(p, '"') : NULL;
  if (p)
    p++;
  for (size_t at = 0; p && *p && at < length; at += width) {
    if (*p == '"' && !p[1])
      break;
    unsigned long code = (unsigned char)*p++;
    if (code == '\\')
      code = unescape(&p);
    if (width == 2 && code > 0xffff) { /* a pair of surrogates */
      uint16_t high = (uint16_t)(0xd800 + ((code - 0x10000) >> 10));
      memcpy(bytes + at, &high, 2);
      code = 0xdc00 + ((code - 0x10000) & 0x3ff);
      at += width;
      if (at >= length)
        break;
    }
    memcpy(bytes + at, &code, width < 4 ? width : 4);
    end = at + width;
  }
  clang_disposeString(spelled);
  if (length && end < length)
    length -= width;
  uint32_t id = ir_unit_literal(l->ub, bytes, (uint32_t)length);
  free(bytes);
  return ir_ref(IR_REF_STR, id);
}

/* ---- what is no literal, and known ----------------------------------------------------------- */

static bool is_fixed(Value v) {
  IrRefKind kind = ir_ref_kind(v.ref);
  return v.literal || kind == IR_REF_SYM || kind == IR_REF_STR || kind == IR_REF_LOCAL;
}

/* An address that no variable holds, at the end of what is done on the way: `(a, p = &x)`. */
static bool is_written(Lower *l, NodeId n) {
  for (;;) {
    n = node_strip_casts(l, n);
    enum CXCursorKind kind = node_kind(l, n);
    if (kind == CXCursor_UnaryOperator)
      return clang_getCursorUnaryOperatorKind(node_cursor(l, n)) == CXUnaryOperator_AddrOf;
    if (kind == CXCursor_BinaryOperator && node_kids(l, n) == 2) {
      enum CXBinaryOperatorKind op = clang_getCursorBinaryOperatorKind(node_cursor(l, n));
      if (op != CXBinaryOperator_Assign && op != CXBinaryOperator_Comma)
        return false;
    } else if (kind != CXCursor_CStyleCastExpr || !node_kids(l, n)) {
      return false;
    }
    n = node_last_kid(l, n);
  }
}

static bool is_null(Value v) {
  return value_is_int(v) && !v.u.number;
}

/* An object or function of this unit alone, which is not null whatever is linked. */
static bool is_own(const Lower *l, Value v) {
  IrRefKind kind = ir_ref_kind(v.ref);
  return kind == IR_REF_LOCAL ||
         (kind == IR_REF_SYM && l->unit->symbols[ir_ref_index(v.ref)].flags & IR_SYM_INTERNAL);
}

/* `(p = &x) == &x`, `(p = &x) == NULL`: clang's evaluation stops at the assignment. */
static bool compares_effects(Lower *l, NodeId n, Value x, Value y, int64_t *out) {
  enum CXBinaryOperatorKind op = clang_getCursorBinaryOperatorKind(node_cursor(l, n));
  bool a = is_written(l, n + 1), b = is_written(l, node_next(l, n + 1));
  bool same = a && b && x.ref == y.ref;
  bool differ = (a && is_own(l, x) && is_null(y)) || (b && is_own(l, y) && is_null(x));
  *out = (op == CXBinaryOperator_EQ) == same;
  return (same || differ) && (op == CXBinaryOperator_EQ || op == CXBinaryOperator_NE);
}

bool value_of_comparison(Lower *l, NodeId n, Value x, Value y, Value *out) {
  IrTypeId type = node_type(l, n);
  int64_t number;
  if ((x.literal && y.literal) || type_kind(l, type) != IR_T_INT ||
      !(is_fixed(x) || is_written(l, n + 1)) ||
      !(is_fixed(y) || is_written(l, node_next(l, n + 1))) ||
      (!evaluate_int(node_cursor(l, n), &number) && !compares_effects(l, n, x, y, &number)))
    return false;
  *out = value_int(l, type, number);
  return true;
}

static bool is_constant_object(const Lower *l, const Place *p) {
  switch (ir_ref_kind(p->addr.base)) {
  case IR_REF_STR:
    return true;
  case IR_REF_SYM:
    return l->unit->symbols[ir_ref_index(p->addr.base)].flags & IR_SYM_CONST;
  case IR_REF_LOCAL:
    return ir_type(l, p->type)->flags & IR_TF_CONST;
  default:
    return false;
  }
}

bool value_of_element(Lower *l, NodeId n, const Place *p, Value *out) {
  if (p->is_var || ir_ref_kind(p->addr.index) != IR_REF_NONE)
    return false;
  IrTypeKind type = type_kind(l, p->type);
  int64_t number;
  double real;
  if (!is_constant_object(l, p))
    return false;
  if (type == IR_T_INT && type_bits(l, p->type) <= 64 && evaluate_int(node_cursor(l, n), &number))
    *out = value_int(l, type_unqualified(l, p->type), number);
  else if (type_is_exact(l, p->type) && evaluate_real(node_cursor(l, n), &real))
    *out = value_real(l, type_unqualified(l, p->type), real);
  else
    return false;
  return true;
}

Value value_truth_of_address(Lower *l, Value v) {
  IrRefKind kind = ir_ref_kind(v.ref);
  return kind == IR_REF_LOCAL || kind == IR_REF_STR ? value_int(l, l->t_int, 1) : v;
}
