/* Compiler builtins, by name. What is not in the table stays a call of the builtin. */
#include "analyzer/frontend/lower.h"

#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  Builtin kind;
} builtins[] = {
    {"__builtin_expect", BUILTIN_FIRST},
    {"__builtin_expect_with_probability", BUILTIN_FIRST},
    {"__builtin_assume_aligned", BUILTIN_FIRST},
    {"__builtin_unpredictable", BUILTIN_FIRST},
    {"__builtin_unreachable", BUILTIN_STOP},
    {"__builtin_trap", BUILTIN_TRAP},
    {"__builtin_verbose_trap", BUILTIN_TRAP},
    {"__builtin_alloca", BUILTIN_ALLOCA},
    {"__builtin_alloca_uninitialized", BUILTIN_ALLOCA},
    {"__builtin_alloca_with_align", BUILTIN_ALLOCA},
    {"alloca", BUILTIN_ALLOCA},
    {"__builtin_constant_p", BUILTIN_CONSTANT},
    {"__builtin_object_size", BUILTIN_CONSTANT},
    {"__builtin_dynamic_object_size", BUILTIN_CONSTANT},
    {"__builtin_classify_type", BUILTIN_CONSTANT},
    {"__builtin_assume", BUILTIN_IGNORE},
    {"__assume", BUILTIN_IGNORE},
    {"__sync_fetch_and_add", BUILTIN_ATOMIC},
    {"__sync_fetch_and_sub", BUILTIN_ATOMIC},
    {"__sync_fetch_and_or", BUILTIN_ATOMIC},
    {"__sync_fetch_and_and", BUILTIN_ATOMIC},
    {"__sync_fetch_and_xor", BUILTIN_ATOMIC},
    {"__sync_fetch_and_nand", BUILTIN_ATOMIC},
    {"__sync_add_and_fetch", BUILTIN_ATOMIC},
    {"__sync_sub_and_fetch", BUILTIN_ATOMIC},
    {"__sync_or_and_fetch", BUILTIN_ATOMIC},
    {"__sync_and_and_fetch", BUILTIN_ATOMIC},
    {"__sync_xor_and_fetch", BUILTIN_ATOMIC},
    {"__sync_nand_and_fetch", BUILTIN_ATOMIC},
    {"__sync_lock_test_and_set", BUILTIN_ATOMIC},
    {"__sync_swap", BUILTIN_ATOMIC},
    {"__sync_val_compare_and_swap", BUILTIN_ATOMIC},
    {"__sync_bool_compare_and_swap", BUILTIN_ATOMIC},
    {"__sync_lock_release", BUILTIN_ATOMIC},
    {"__sync_synchronize", BUILTIN_ATOMIC},
    {"__atomic_thread_fence", BUILTIN_ATOMIC},
    {"__c11_atomic_thread_fence", BUILTIN_ATOMIC},
    {"__atomic_test_and_set", BUILTIN_ATOMIC},
    {"__atomic_clear", BUILTIN_ATOMIC},
    {"__builtin_complex", BUILTIN_OPERATOR},
    {"__atomic_is_lock_free", BUILTIN_FOLDED},
    {"__c11_atomic_is_lock_free", BUILTIN_FOLDED},
    {"__atomic_always_lock_free", BUILTIN_FOLDED},
};

/* The C library's functions that compilers have builtins for, without those that only exist as
 * builtins (clz, bswap64, add_overflow ...). */
static const char *const library[] = {
    "abort",    "abs",        "acos",        "asin",      "atan",     "atan2",   "atanf",
    "bcmp",     "bcopy",      "bzero",       "calloc",    "cbrt",     "ceil",    "ceilf",
    "copysign", "cos",        "cosf",        "exit",      "_exit",    "exp",     "exp2",
    "expf",     "fabs",       "fabsf",       "fabsl",     "floor",    "floorf",  "fma",
    "fmax",     "fmaxf",      "fmin",        "fminf",     "fmod",     "fprintf", "fputc",
    "fputs",    "free",       "fwrite",      "hypot",     "index",    "labs",    "ldexp",
    "llabs",    "llrint",     "log",         "log10",     "log2",     "logf",    "lrint",
    "lround",   "malloc",     "memchr",      "memcmp",    "memcpy",   "memmove", "mempcpy",
    "memset",   "modf",       "nearbyint",   "pow",       "powf",     "printf",  "putchar",
    "puts",     "realloc",    "rindex",      "rint",      "round",    "roundf",  "sin",
    "sinf",     "snprintf",   "sprintf",     "sqrt",      "sqrtf",    "sscanf",  "stpcpy",
    "stpncpy",  "strcasecmp", "strcat",      "strchr",    "strcmp",   "strcpy",  "strcspn",
    "strdup",   "strlen",     "strncasecmp", "strncat",   "strncmp",  "strncpy", "strndup",
    "strpbrk",  "strrchr",    "strspn",      "strstr",    "tan",      "tanf",    "trunc",
    "truncf",   "vfprintf",   "vprintf",     "vsnprintf", "vsprintf",
};

static bool is_library(const char *name, size_t length) {
  for (size_t i = 0; i < sizeof library / sizeof *library; i++)
    if (strlen(library[i]) == length && !memcmp(library[i], name, length))
      return true;
  return false;
}

/* clang renames __sync_X to __sync_X_4 and so on, by operand size. */
static bool is_sized(const char *name, const char *base) {
  size_t length = strlen(base);
  return !strncmp(name, base, length) && name[length] == '_' &&
         strspn(name + length + 1, "12468") == strlen(name + length + 1);
}

Builtin builtin_named(const char *name) {
  if (strncmp(name, "__", 2) && strcmp(name, "alloca"))
    return BUILTIN_NONE;
  for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++)
    if (!strcmp(name, builtins[i].name) ||
        (builtins[i].kind == BUILTIN_ATOMIC && is_sized(name, builtins[i].name)))
      return builtins[i].kind;
  if (strncmp(name, "__builtin_", 10))
    return BUILTIN_NONE;
  name += 10;
  size_t length = strlen(name);
  if (length > 9 && !strcmp(name + length - 9, "_overflow"))
    return BUILTIN_OPERATOR;
  if (is_library(name, length))
    return BUILTIN_LIBRARY;
  if (length > 6 && !strncmp(name, "__", 2) && !strcmp(name + length - 4, "_chk") &&
      is_library(name + 2, length - 6))
    return BUILTIN_CHECKED;
  return BUILTIN_NONE;
}

/* Builtins that only compute, whatever follows the name: __builtin_clzll, __builtin_isinf_sign. */
bool builtin_is_pure(const char *name) {
  static const char *const starts[] = {
      "abs",           "bitreverse",    "bswap",    "clrsb",      "clz",
      "copysign",      "ctz",           "ffs",      "fpclassify", "fabs",
      "huge_val",      "inf",           "is",       "nan",        "parity",
      "popcount",      "rotate",        "prefetch", "signbit",    "extract_return_addr",
      "frame_address", "return_address"};
  if (strncmp(name, "__builtin_", 10))
    return false;
  name += 10;
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
    if (!strncmp(name, starts[i], strlen(starts[i])))
      return true;
  return false;
}

void builtin_library(const char *name, char *out, size_t size) {
  size_t length = strlen(name);
  const char *from = name + 10, *end = name + length;
  if (!strncmp(from, "__", 2))
    from += 2, end -= 4;
  length = (size_t)(end - from) < size ? (size_t)(end - from) : size - 1;
  memcpy(out, from, length);
  out[length] = 0;
}

/* How many leading arguments of X the checked X keeps; the rest are flag and object size:
 * memcpy(d, s, n | os), sprintf(d, | flag, os, | f, ...), snprintf(d, n, | flag, os, | f, ...). */
static void checked_arguments(const char *library_name, uint32_t count, uint32_t *skip_from,
                              uint32_t *skip_to) {
  static const struct {
    const char *name;
    uint32_t from, to;
  } rows[] = {{"sprintf", 1, 3}, {"vsprintf", 1, 3}, {"snprintf", 2, 4}, {"vsnprintf", 2, 4},
              {"printf", 0, 1},  {"vprintf", 0, 1},  {"fprintf", 1, 2},  {"vfprintf", 1, 2}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (!strcmp(library_name, rows[i].name)) {
      *skip_from = rows[i].from;
      *skip_to = rows[i].to;
      return;
    }
  *skip_from = count ? count - 1 : 0;
  *skip_to = count;
}

/* ---- lowering -------------------------------------------------------------------------------- */

static bool is_literal(Lower *l, NodeId n) {
  for (NodeId i = n; i < l->tree.nodes[n].end; i++)
    switch (node_kind(l, i)) {
    case CXCursor_IntegerLiteral:
    case CXCursor_FloatingLiteral:
    case CXCursor_CharacterLiteral:
    case CXCursor_StringLiteral:
    case CXCursor_ParenExpr:
    case CXCursor_UnexposedExpr:
      break;
    case CXCursor_BinaryOperator:
      if (clang_getCursorBinaryOperatorKind(node_cursor(l, i)) >= CXBinaryOperator_Assign)
        return false;
      break;
    case CXCursor_UnaryOperator:
      if (clang_getCursorUnaryOperatorKind(node_cursor(l, i)) != CXUnaryOperator_Minus)
        return false;
      break;
    default:
      return false;
    }
  return true;
}

/* `__builtin_strlen("abc")`, `__builtin_huge_val()`: the compiler knows what it gives. */
static bool known_result(Lower *l, NodeId n, IrSymId sym, Value *out) {
  IrTypeId type = type_unqualified(l, node_type(l, n));
  if (strncmp(ir_str(l->unit, l->unit->symbols[sym].name), "__builtin_", 10))
    return false;
  for (NODE_KIDS(l, kid, n))
    if (kid != n + 1 && !is_literal(l, kid))
      return false;
  int64_t number;
  double real;
  if (type_kind(l, type) == IR_T_INT && evaluate_int(node_cursor(l, n), &number))
    *out = value_int(l, type, number);
  else if (type_is_exact(l, type) && evaluate_real(node_cursor(l, n), &real) && real == real)
    *out = value_real(l, type, real);
  else
    return false;
  return true;
}

static Value to_library(Lower *l, NodeId n, IrSymId sym, bool checked) {
  char name[64];
  builtin_library(ir_str(l->unit, l->unit->symbols[sym].name), name, sizeof name);
  Args args = {0};
  uint32_t number = 0, total = node_kids(l, n) - 1, skip_from = 0, skip_to = 0;
  if (checked)
    checked_arguments(name, total, &skip_from, &skip_to);
  NodeId callee = n + 1;
  for (NODE_KIDS(l, kid, n)) {
    if (kid == callee)
      continue;
    bool skip = number >= skip_from && number < skip_to;
    number++;
    Value v = lower_value(l, kid);
    if (!skip)
      args_push(&args, v.ref);
  }
  IrTypeId result = node_type(l, n);
  uint32_t flags = IR_SYM_FUNCTION | IR_SYM_SYSTEM |
                   (strstr(name, "exit") || !strcmp(name, "abort") ? IR_SYM_NORETURN : 0u);
  IrSymId real = symbol_named(l, name, l->unit->symbols[sym].type, flags);
  lower_at(l, n);
  IrRef ref = ir_build_call(l->b, real, result, args.refs, args.count);
  free(args.refs);
  if (flags & IR_SYM_NORETURN)
    ir_build_stop(l->b);
  return value_of(ref, result);
}

static Value constant(Lower *l, NodeId n, IrSymId sym) {
  int64_t number;
  IrTypeId type = node_type(l, n);
  if (evaluate_int(node_cursor(l, n), &number))
    return value_int(l, type, number);
  /* What the compiler cannot see: not constant; an object of unknown size, whose answer depends on
   * bit 1 of the second operand. */
  number = 0;
  if (strstr(ir_str(l->unit, l->unit->symbols[sym].name), "object_size")) {
    NodeId mode = node_kid(l, n, 2);
    int64_t bits = 0;
    if (mode != NO_NODE)
      evaluate_int(node_cursor(l, mode), &bits);
    number = bits & 2 ? 0 : -1;
  }
  return value_int(l, type, number);
}

bool lower_builtin(Lower *l, NodeId n, Builtin which, IrSymId sym, Value *out) {
  IrTypeId type = node_type(l, n);
  uint32_t kids = node_kids(l, n);
  NodeId first = kids > 1 ? node_next(l, n + 1) : NO_NODE;
  switch (which) {
  case BUILTIN_NONE:
    return known_result(l, n, sym, out);
  case BUILTIN_FIRST:
    if (first == NO_NODE)
      return false;
    *out = value_convert(l, lower_value(l, first), type, false);
    return true;
  case BUILTIN_STOP:
    lower_at(l, n);
    ir_build_stop(l->b);
    break;
  case BUILTIN_TRAP:
    lower_at(l, n);
    ir_build_call(l->b, sym, 0, NULL, 0);
    ir_build_stop(l->b);
    break;
  case BUILTIN_ALLOCA: {
    if (first == NO_NODE)
      return false;
    Value size = value_convert(l, lower_value(l, first), l->t_size, false);
    lower_at(l, n);
    *out = value_of(ir_build_op1(l->b, IR_ALLOCA, type, size.ref), type);
    return true;
  }
  case BUILTIN_CONSTANT:
    *out = constant(l, n, sym);
    return true;
  case BUILTIN_IGNORE:
    break;
  case BUILTIN_LIBRARY:
  case BUILTIN_CHECKED:
    if (!known_result(l, n, sym, out))
      *out = to_library(l, n, sym, which == BUILTIN_CHECKED);
    return true;
  case BUILTIN_ATOMIC:
    *out = lower_atomic_call(l, n, ir_str(l->unit, l->unit->symbols[sym].name));
    return true;
  case BUILTIN_OPERATOR:
    return lower_operator_builtin(l, n, ir_str(l->unit, l->unit->symbols[sym].name), out);
  case BUILTIN_FOLDED: {
    int64_t number;
    if (!evaluate_int(node_cursor(l, n), &number))
      return false;
    *out = value_int(l, type, number);
    return true;
  }
  }
  *out = value_none();
  return true;
}
