/* Types whose size is only known at run time. libclang shows the size expressions of a declaration
 * as its children, innermost array first, but not which array each belongs to. */
#include "analyzer/frontend/lower.h"

enum { MOST_DIMENSIONS = 16 };

typedef struct Dimension {
  CXType type; /* the array's, canonical */
  bool bounded;
} Dimension;

/* Arrays in the type, outermost first, pointers passed through; `base` gets what they are of. */
static uint32_t dimensions(CXType type, Dimension *out, CXType *base) {
  CXType t = clang_getCanonicalType(type);
  uint32_t count = 0;
  for (;;) {
    switch (t.kind) {
    case CXType_Pointer:
      t = clang_getCanonicalType(clang_getPointeeType(t));
      break;
    case CXType_ConstantArray:
    case CXType_VariableArray:
    case CXType_IncompleteArray:
      if (count == MOST_DIMENSIONS)
        return 0;
      out[count++] = (Dimension){t, t.kind != CXType_IncompleteArray};
      t = clang_getCanonicalType(clang_getArrayElementType(t));
      break;
    default:
      *base = t;
      return count;
    }
  }
}

static bool has_variable_array(const Lower *l, IrTypeId type) {
  while (type_kind(l, type) == IR_T_PTR)
    type = ir_type(l, type)->sub;
  return type_kind(l, type) == IR_T_ARRAY && ir_type(l, type)->flags & IR_TF_VLA;
}

static void remember(Lower *l, CXType type, Value size) {
  HP_GROW(l->vlas, l->nvlas, l->vlas_cap);
  l->vlas[l->nvlas] = size.ref;
  map_put(&l->vla_sizes, type.data[0], l->nvlas++);
}

void vla_declare(Lower *l, NodeId var, NodeId init) {
  CXType type = clang_getCursorType(node_cursor(l, var));
  if (!has_variable_array(l, type_of(l, type)))
    return;
  Dimension dims[MOST_DIMENSIONS];
  CXType base;
  uint32_t count = dimensions(type, dims, &base), bounds = 0, have = 0;
  NodeId sizes[MOST_DIMENSIONS]; /* innermost first */
  for (uint32_t i = 0; i < count; i++)
    bounds += dims[i].bounded;
  for (NODE_KIDS(l, kid, var))
    if (kid != init && clang_isExpression(node_kind(l, kid)) && have < MOST_DIMENSIONS)
      sizes[have++] = kid;
  if (!bounds || have != bounds)
    return; /* some bound stands in a typedef */
  Value size = value_int(l, l->t_size, (int64_t)type_step(l, type_of(l, base)));
  uint32_t next = 0;
  for (uint32_t i = count; i-- > 0;) {
    if (!dims[i].bounded)
      return;
    Value n = value_convert(l, lower_value(l, sizes[next++]), l->t_size, false);
    lower_at(l, var);
    size = value_binary(l, CXBinaryOperator_Mul, n, size, l->t_size);
    if (dims[i].type.kind == CXType_VariableArray)
      remember(l, dims[i].type, size);
  }
}

bool vla_size(Lower *l, CXType type, Value *out) {
  if (type.kind == CXType_Invalid)
    return false;
  uint32_t at = map_get(&l->vla_sizes, clang_getCanonicalType(type).data[0]);
  if (at == MAP_NONE)
    return false;
  *out = value_of(l->vlas[at], l->t_size);
  return true;
}
