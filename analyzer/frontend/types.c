/* Types and record layouts, from libclang's figures.
 *
 * Several of libclang's type queries crash on types that are not really there (invalid ones, the
 * type of a compiler builtin): everything here asks the canonical kind first. */
#include "analyzer/frontend/lower.h"

#include <stdlib.h>
#include <string.h>

static IrTypeId add_type(Lower *l, IrTypeKind kind, const char *name, uint64_t size,
                         uint32_t align_log2, uint32_t flags) {
  return ir_unit_type(l->ub, &(IrType){.kind = (uint8_t)kind,
                                       .align_log2 = (uint8_t)align_log2,
                                       .flags = (uint16_t)flags,
                                       .record = IR_NONE,
                                       .name = ir_unit_str(l->ub, name),
                                       .size = size});
}

/* libclang hands out no builtin types by name; these are right for all LP64 targets, and `long`
 * and size_t follow the pointer width elsewhere. */
void types_begin(Lower *l) {
  CXTargetInfo target = clang_getTranslationUnitTargetInfo(l->tu);
  int bits = clang_TargetInfo_getPointerWidth(target);
  clang_TargetInfo_dispose(target);
  uint32_t word = bits == 32 ? 4 : 8, log2 = bits == 32 ? 2 : 3;
  l->t_int = add_type(l, IR_T_INT, "int", 4, 2, 0);
  l->t_bool = add_type(l, IR_T_INT, "_Bool", 1, 0, IR_TF_UNSIGNED | IR_TF_BOOL);
  l->t_char = add_type(l, IR_T_INT, "char", 1, 0, 0);
  l->t_long = add_type(l, IR_T_INT, "long", word, log2, 0);
  l->t_size = add_type(l, IR_T_INT, "unsigned long", word, log2, IR_TF_UNSIGNED);
  l->t_void_ptr = type_pointer_to(l, 0);
}

IrTypeId type_pointer_to(Lower *l, IrTypeId pointee) {
  return ir_unit_pointer_to(l->ub, pointee);
}

bool type_is_aggregate(const Lower *l, IrTypeId id) {
  return type_kind(l, id) == IR_T_RECORD || type_kind(l, id) == IR_T_ARRAY;
}

bool type_is_exact(const Lower *l, IrTypeId type) {
  uint64_t size = ir_type(l, type)->size;
  return type_kind(l, type) == IR_T_FLOAT && (size == 4 || size == 8);
}

bool type_is_scalar(const Lower *l, IrTypeId id) {
  switch (type_kind(l, id)) {
  case IR_T_INT:
  case IR_T_FLOAT:
  case IR_T_PTR:
  case IR_T_VECTOR:
  case IR_T_COMPLEX:
  case IR_T_OTHER:
    return true;
  case IR_T_VOID:
  case IR_T_ARRAY:
  case IR_T_RECORD:
  case IR_T_FUNC:
    return false;
  }
  return false;
}

uint64_t type_step(const Lower *l, IrTypeId pointee) {
  uint64_t size = ir_type(l, pointee)->size;
  return size ? size : 1;
}

IrRecordId type_pointee_record(const Lower *l, IrTypeId type) {
  const IrType *t = ir_type(l, type);
  if (t->kind != IR_T_PTR)
    return IR_NONE;
  t = ir_type(l, t->sub);
  return t->kind == IR_T_RECORD ? t->record : IR_NONE;
}

void record_flag(Lower *l, IrTypeId type, uint32_t flag) {
  const IrType *t = ir_type(l, type);
  IrRecordId id = t->kind == IR_T_RECORD ? t->record : type_pointee_record(l, type);
  if (id != IR_NONE)
    ir_unit_record_at(l->ub, id)->flags |= flag;
}

/* ---- types ----------------------------------------------------------------------------------- */

static uint32_t log2_of(long long n) {
  uint32_t log2 = 0;
  while (n > 1 && log2 < 31)
    n >>= 1, log2++;
  return log2;
}

static uint32_t qualifiers(CXType canonical) {
  return (clang_isConstQualifiedType(canonical) ? IR_TF_CONST : 0u) |
         (clang_isVolatileQualifiedType(canonical) ? IR_TF_VOLATILE : 0u) |
         (clang_isRestrictQualifiedType(canonical) ? IR_TF_RESTRICT : 0u);
}

/* Spelling as a programmer would write it; unnamed records have no place in it. */
static IrStr type_name(Lower *l, CXType t) {
  CXString spelled = clang_getTypeSpelling(t);
  const char *text = clang_getCString(spelled);
  const char *unnamed = strstr(text, "(unnamed");
  if (!unnamed)
    unnamed = strstr(text, "(anonymous");
  IrStr name;
  if (!unnamed) {
    name = ir_unit_str(l->ub, text);
  } else {
    const char *word = strstr(text, "union") ? "union" : strstr(text, "enum") ? "enum" : "struct";
    const char *rest = strchr(unnamed, ')');
    char *made = hp_format("%s {...}%s", word, rest ? rest + 1 : "");
    name = ir_unit_str(l->ub, made);
    free(made);
  }
  clang_disposeString(spelled);
  return name;
}

/* Integer and floating kinds: kind and flags of `out`. False for any other kind. */
static bool number_type(enum CXTypeKind kind, IrType *out) {
  switch (kind) {
  case CXType_Bool:
    out->flags |= IR_TF_BOOL | IR_TF_UNSIGNED;
    break;
  case CXType_Char_U:
  case CXType_UChar:
  case CXType_Char16:
  case CXType_Char32:
  case CXType_UShort:
  case CXType_UInt:
  case CXType_ULong:
  case CXType_ULongLong:
  case CXType_UInt128:
    out->flags |= IR_TF_UNSIGNED;
    break;
  case CXType_Char_S:
  case CXType_SChar:
  case CXType_WChar:
  case CXType_Short:
  case CXType_Int:
  case CXType_Long:
  case CXType_LongLong:
  case CXType_Int128:
    break;
  case CXType_Half:
  case CXType_Float16:
  case CXType_Float:
  case CXType_Double:
  case CXType_LongDouble:
  case CXType_Float128:
  case CXType_BFloat16:
  case CXType_Ibm128:
    out->kind = IR_T_FLOAT;
    return true;
  default:
    return false;
  }
  out->kind = IR_T_INT;
  return true;
}

/* The part of a type below the top: what it points to, its elements, its result. The typedef's own
 * spelling of it is preferred where libclang looks through. */
static IrTypeId below(Lower *l, CXType t, CXType canonical, CXType (*part)(CXType)) {
  CXType sub = part(t);
  if (sub.kind == CXType_Invalid)
    sub = part(canonical);
  return sub.kind == CXType_Invalid ? 0 : type_of(l, sub);
}

static void enum_type(CXType canonical, IrType *out) {
  CXCursor decl = clang_getTypeDeclaration(canonical);
  CXType integer = clang_getEnumDeclIntegerType(decl);
  out->kind = IR_T_INT;
  if (integer.kind != CXType_Invalid)
    number_type(clang_getCanonicalType(integer).kind, out);
  out->kind = IR_T_INT;
  out->flags |= IR_TF_ENUM;
}

/* `<builtin fn type>` and dependent types; anything else unexposed is a number such as _BitInt. */
static void unexposed_type(CXType canonical, IrType *out) {
  CXString spelled = clang_getTypeSpelling(canonical);
  const char *text = clang_getCString(spelled);
  if (text[0] != '<') {
    long long size = clang_Type_getSizeOf(canonical);
    out->kind = strstr(text, "BitInt")   ? IR_T_INT
                : strstr(text, "__bf16") ? IR_T_FLOAT
                                         : IR_T_OTHER;
    if (out->kind == IR_T_INT && strstr(text, "unsigned"))
      out->flags |= IR_TF_UNSIGNED;
    if (out->kind == IR_T_INT && strchr(text, '('))
      out->count = strtoull(strchr(text, '(') + 1, NULL, 10);
    out->size = size > 0 ? (uint64_t)size : 0;
  }
  clang_disposeString(spelled);
}

static void sizes(CXType canonical, IrType *out) {
  long long size = clang_Type_getSizeOf(canonical), align = clang_Type_getAlignOf(canonical);
  out->size = size > 0 ? (uint64_t)size : 0;
  out->align_log2 = (uint8_t)log2_of(align);
}

static void array_type(Lower *l, CXType t, CXType canonical, IrType *out) {
  out->kind = IR_T_ARRAY;
  out->sub = below(l, t, canonical, clang_getArrayElementType);
  long long count = clang_getArraySize(canonical);
  out->count = count > 0 ? (uint64_t)count : 0;
  if (canonical.kind == CXType_VariableArray ||
      (ir_type(l, out->sub)->kind == IR_T_ARRAY && ir_type(l, out->sub)->flags & IR_TF_VLA))
    out->flags |= IR_TF_VLA;
  if (canonical.kind == CXType_ConstantArray)
    sizes(canonical, out);
  if (!out->align_log2)
    out->align_log2 = ir_type(l, out->sub)->align_log2;
  out->flags |= ir_type(l, out->sub)->flags & (IR_TF_CONST | IR_TF_VOLATILE);
}

static void record_type(Lower *l, CXType canonical, IrType *out) {
  out->kind = IR_T_RECORD;
  out->record = record_of(l, clang_getTypeDeclaration(canonical));
  sizes(canonical, out);
}

static IrTypeId build(Lower *l, CXType t) {
  CXType c = t.kind == CXType_Invalid ? t : clang_getCanonicalType(t);
  IrType out = {.kind = IR_T_OTHER, .record = IR_NONE};
  if (c.kind == CXType_Invalid) {
    out.name = ir_unit_str(l->ub, "?");
    return ir_unit_type(l->ub, &out);
  }
  if (c.kind == CXType_Void)
    return 0;
  out.flags = (uint16_t)qualifiers(c);
  if (number_type(c.kind, &out)) {
    sizes(c, &out);
  } else {
    switch (c.kind) {
    case CXType_Pointer:
    case CXType_BlockPointer:
      out.kind = IR_T_PTR;
      sizes(c, &out);
      out.sub = below(l, t, c, clang_getPointeeType);
      break;
    case CXType_NullPtr:
      out.kind = IR_T_PTR;
      sizes(c, &out);
      break;
    case CXType_Record:
      record_type(l, c, &out);
      break;
    case CXType_Enum:
      enum_type(c, &out);
      sizes(c, &out);
      break;
    case CXType_FunctionNoProto:
    case CXType_FunctionProto:
      out.kind = IR_T_FUNC;
      out.sub = below(l, t, c, clang_getResultType);
      out.flags |= clang_isFunctionTypeVariadic(c) ? IR_TF_VARIADIC : 0u;
      break;
    case CXType_ConstantArray:
    case CXType_IncompleteArray:
    case CXType_VariableArray:
    case CXType_DependentSizedArray:
      array_type(l, t, c, &out);
      break;
    case CXType_Vector:
    case CXType_ExtVector:
      out.kind = IR_T_VECTOR;
      out.sub = below(l, t, c, clang_getElementType);
      out.count = (uint64_t)clang_getNumElements(c);
      sizes(c, &out);
      break;
    case CXType_Complex:
      out.kind = IR_T_COMPLEX;
      out.sub = below(l, t, c, clang_getElementType);
      sizes(c, &out);
      break;
    case CXType_Atomic:
      out = *ir_type(l, below(l, t, c, clang_Type_getValueType));
      out.flags |= IR_TF_ATOMIC;
      break;
    case CXType_Unexposed:
      unexposed_type(c, &out);
      break;
    default:
      break;
    }
  }
  out.name = type_name(l, t);
  IrTypeId id = ir_unit_type(l->ub, &out);
  if (c.kind == CXType_Atomic)
    map_put(&l->atomic_map, (void *)((uintptr_t)id + 1), below(l, t, c, clang_Type_getValueType));
  return id;
}

IrTypeId type_of(Lower *l, CXType t) {
  /* The data word is the qualified type's identity; an invalid type has none. */
  if (!t.data[0])
    return build(l, t);
  uint64_t hash = (uintptr_t)t.data[0] * 0x9E3779B97F4A7C15u;
  struct TypeEntry *recent = &l->types[hash >> (64 - TYPE_CACHE_BITS)];
  if (recent->type == t.data[0])
    return recent->id;
  uint32_t id = map_get(&l->type_map, t.data[0]);
  if (id == MAP_NONE) {
    id = build(l, t);
    map_put(&l->type_map, t.data[0], id);
  }
  *recent = (struct TypeEntry){t.data[0], id};
  return id;
}

bool type_is_va_list(Lower *l, IrTypeId id) {
  while (l->nva_lists <= id) {
    HP_GROW(l->va_lists, l->nva_lists, l->va_lists_cap);
    l->va_lists[l->nva_lists++] = 0;
  }
  if (!l->va_lists[id])
    l->va_lists[id] = strstr(ir_str(l->unit, ir_type(l, id)->name), "va_list") ? 2 : 1;
  return l->va_lists[id] == 2;
}

IrTypeId type_without_qualifiers(Lower *l, IrTypeId id) {
  const IrType *t = ir_type(l, id);
  const uint32_t strip = IR_TF_CONST | IR_TF_VOLATILE | IR_TF_RESTRICT | IR_TF_ATOMIC;
  if (!(t->flags & strip) || t->kind == IR_T_ARRAY)
    return id;
  if (t->flags & IR_TF_ATOMIC) { /* a typedef's name does not show the type inside */
    uint32_t inside = map_get(&l->atomic_map, (void *)((uintptr_t)id + 1));
    if (inside != MAP_NONE)
      return type_unqualified(l, inside);
  }
  IrType plain = *t;
  plain.flags = (uint16_t)(plain.flags & ~strip);
  static const char *const words[] = {"const ", "volatile ", "_Atomic "};
  const char *name = ir_str(l->unit, t->name);
  if (t->kind == IR_T_PTR) {
    /* `char *const`: qualifiers follow the last star. */
    const char *star = strrchr(name, '*');
    bool inside = star && strpbrk(star, "()[]");
    plain.name = star && !inside ? ir_unit_strn(l->ub, name, (size_t)(star - name) + 1) : t->name;
    return ir_unit_type(l->ub, &plain);
  }
  if (!strncmp(name, "_Atomic(", 8) && strchr(name, ')')) {
    name += 8;
    plain.name = ir_unit_strn(l->ub, name, strcspn(name, ")"));
    return ir_unit_type(l->ub, &plain);
  }
  for (bool again = true; again;) {
    again = false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
      size_t length = strlen(words[i]);
      if (!strncmp(name, words[i], length))
        name += length, again = true;
    }
  }
  plain.name = ir_unit_strn(l->ub, name, strlen(name));
  return ir_unit_type(l->ub, &plain);
}
