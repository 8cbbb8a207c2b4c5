/* Compiler builtins that are operators in the shape of a call. */
#include "analyzer/frontend/lower.h"

#include <string.h>

/* ---- arithmetic with an overflow flag -------------------------------------------------------- */

/* The operator in __builtin_add_overflow, __builtin_umull_overflow and the like. */
static enum CXBinaryOperatorKind checked_operator(const char *name) {
  static const struct {
    const char *word;
    enum CXBinaryOperatorKind op;
  } rows[] = {
      {"add", CXBinaryOperator_Add}, {"sub", CXBinaryOperator_Sub}, {"mul", CXBinaryOperator_Mul}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (strstr(name, rows[i].word))
      return rows[i].op;
  return CXBinaryOperator_Invalid;
}

static IrTypeId integer_type(Lower *l, const char *name, uint32_t log2, bool is_unsigned) {
  return ir_unit_type(l->ub, &(IrType){.kind = IR_T_INT,
                                       .align_log2 = (uint8_t)log2,
                                       .flags = is_unsigned ? IR_TF_UNSIGNED : 0,
                                       .record = IR_NONE,
                                       .name = ir_unit_str(l->ub, name),
                                       .size = 1u << log2});
}

/* A type that holds every result of the operator on these; IR_NONE where C has none. */
static IrTypeId exact_type(Lower *l, enum CXBinaryOperatorKind op, IrTypeId x, IrTypeId y,
                           IrTypeId result) {
  const IrTypeId types[] = {x, y, result};
  uint64_t most = 0;
  for (int i = 0; i < 3; i++) {
    const IrType *t = ir_type(l, types[i]);
    if (t->kind != IR_T_INT || t->count || t->size > 8)
      return IR_NONE;
    most = t->size > most ? t->size : most;
  }
  bool positive = op != CXBinaryOperator_Sub && ir_type(l, x)->flags & IR_TF_UNSIGNED &&
                  ir_type(l, y)->flags & IR_TF_UNSIGNED;
  if (most <= 4)
    return positive ? integer_type(l, "unsigned long", 3, true) : integer_type(l, "long", 3, false);
  return positive ? integer_type(l, "unsigned __int128", 4, true)
                  : integer_type(l, "__int128", 4, false);
}

/* The flag is whether the wrapped result differs from the exact one. */
static bool checked(Lower *l, NodeId n, const char *name, Value *out) {
  enum CXBinaryOperatorKind op = checked_operator(name);
  NodeId x = node_kid(l, n, 1), y = node_kid(l, n, 2), to = node_kid(l, n, 3);
  if (to == NO_NODE || op == CXBinaryOperator_Invalid || type_kind(l, node_type(l, to)) != IR_T_PTR)
    return false;
  IrTypeId object = ir_type(l, node_type(l, to))->sub, plain = type_unqualified(l, object);
  IrTypeId wide = exact_type(l, op, type_unqualified(l, node_type(l, x)),
                             type_unqualified(l, node_type(l, y)), plain);
  if (wide == IR_NONE)
    return false;
  Value a = lower_value(l, x), b = lower_value(l, y);
  Place p;
  place_deref(l, to, object, &p);
  lower_at(l, n);
  Value exact =
      value_binary(l, op, value_convert(l, a, wide, false), value_convert(l, b, wide, false), wide);
  IrRef args[] = {value_convert(l, a, plain, false).ref, value_convert(l, b, plain, false).ref};
  IrOp code = op == CXBinaryOperator_Add ? IR_ADD : op == CXBinaryOperator_Sub ? IR_SUB : IR_MUL;
  Value wrapped = value_of(ir_build_op2(l->b, code, plain, 0, args[0], args[1]), plain);
  place_store(l, &p, wrapped);
  IrTypeId flag = type_unqualified(l, node_type(l, n));
  Value again = value_convert(l, wrapped, wide, false);
  *out = value_of(ir_build_op2(l->b, IR_NE, flag, 0, exact.ref, again.ref), flag);
  return true;
}

/* ---- all ------------------------------------------------------------------------------------- */

bool lower_operator_builtin(Lower *l, NodeId n, const char *name, Value *out) {
  if (strcmp(name, "__builtin_complex"))
    return checked(l, n, name, out);
  NodeId x = node_kid(l, n, 1), y = node_kid(l, n, 2);
  IrTypeId type = type_unqualified(l, node_type(l, n));
  if (y == NO_NODE || type_kind(l, type) != IR_T_COMPLEX)
    return false;
  IrTypeId part = ir_type(l, type)->sub;
  Value re = value_convert(l, lower_value(l, x), part, false);
  Value im = value_convert(l, lower_value(l, y), part, false);
  lower_at(l, n);
  *out = value_of(ir_build_op2(l->b, IR_PACK, type, 0, re.ref, im.ref), type);
  return true;
}

/* ---- offsetof -------------------------------------------------------------------------------- */

/* `offsetof(struct s, a[i].b)` shows as the type, then members and indexes in order. */
bool lower_offsetof(Lower *l, NodeId n, Value *out) {
  IrTypeId size = l->t_size, at = 0;
  records_flush(l);
  Value sum = value_int(l, size, 0);
  for (NODE_KIDS(l, kid, n)) {
    CXCursor c = node_cursor(l, kid);
    if (c.kind == CXCursor_TypeRef && !at) {
      at = type_of(l, clang_getCursorType(c));
      record_flag(l, at, IR_REC_OFFSETOF);
    } else if (c.kind == CXCursor_MemberRef) {
      IrHop hop;
      if (type_kind(l, at) != IR_T_RECORD || !field_of(l, clang_getCursorReferenced(c), &hop) ||
          hop.record != ir_type(l, at)->record)
        return false;
      records_flush(l);
      const IrField *f = &l->unit->fields[l->unit->records[hop.record].fields + hop.field];
      at = f->type;
      sum = value_binary(l, CXBinaryOperator_Add, sum,
                         value_int(l, size, (int64_t)(f->offset_bits / 8)), size);
    } else if (kind_is_expression(c.kind) && type_kind(l, at) == IR_T_ARRAY) {
      at = ir_type(l, at)->sub;
      Value index = value_convert(l, lower_value(l, kid), size, false);
      Value step = value_int(l, size, (int64_t)type_step(l, at));
      lower_at(l, n);
      sum = value_binary(l, CXBinaryOperator_Add, sum,
                         value_binary(l, CXBinaryOperator_Mul, index, step, size), size);
    } else {
      return false;
    }
  }
  *out = sum;
  return at != 0;
}
