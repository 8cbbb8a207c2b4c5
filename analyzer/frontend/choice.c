/* Expressions that choose a way: conditions, and the values of `&&`, `||` and `?:`. */
#include "analyzer/frontend/lower.h"

#include <string.h>

/* ---- conditions ------------------------------------------------------------------------------ */

/* What `a && b` is expected to be tells of `a` and `b` only if that is true, of `||` if false. */
static int condition_logical(Lower *l, NodeId n, bool is_and, IrBlockId yes, IrBlockId no) {
  NodeId left = n + 1, right = node_next(l, left);
  IrBlockId other = ir_build_block(l->b);
  uint32_t hint = l->hint & (is_and ? IR_INSN_LIKELY : IR_INSN_UNLIKELY);
  l->hint = hint;
  int first = lower_condition(l, left, is_and ? other : yes, is_and ? no : other);
  ir_build_seal(l->b, other);
  ir_build_enter(l->b, other);
  if (!ir_build_reachable(l->b))
    return first;
  l->hint = hint;
  int second = lower_condition(l, right, yes, no);
  return first >= 0 ? second : -1;
}

static int condition_value(Lower *l, NodeId n, IrBlockId yes, IrBlockId no) {
  uint32_t hint = l->hint;
  l->hint = 0;
  Value v = value_truth_of_address(l, lower_value(l, n));
  if (v.literal) {
    bool truth = v.is_real ? v.u.real != 0 : v.u.number != 0;
    lower_at(l, n);
    ir_build_jump(l->b, truth ? yes : no);
    return truth;
  }
  lower_at(l, n);
  IrTypeKind kind = type_kind(l, v.type);
  if (kind == IR_T_FLOAT || kind == IR_T_COMPLEX)
    v = value_not_zero(l, v, l->t_int);
  ir_build_branch_hint(l->b, v.ref, yes, no, hint);
  return -1;
}

/* What a call of __builtin_expect(x, value) or ..._with_probability(x, value, p) says of x. */
static uint32_t hint_of(Lower *l, NodeId call) {
  NodeId value = node_kid(l, call, 2), probability = node_kid(l, call, 3);
  int64_t number;
  double p = 1;
  if (value == NO_NODE || !evaluate_int(node_cursor(l, value), &number))
    return 0;
  if (probability != NO_NODE && !evaluate_real(node_cursor(l, probability), &p))
    return 0;
  bool truth = p > 0.5 ? number != 0 : number == 0;
  return p == 0.5 ? 0 : truth ? IR_INSN_LIKELY : IR_INSN_UNLIKELY;
}

/* __builtin_expect's call looked through: `if (likely(x))` branches on x. */
static NodeId expected(Lower *l, NodeId n) {
  if (node_kids(l, n) < 3)
    return NO_NODE;
  NodeId callee = node_strip_casts(l, n + 1);
  if (node_kind(l, callee) != CXCursor_DeclRefExpr)
    return NO_NODE;
  CXCursor decl = node_decl(l, callee)->cursor;
  if (decl.kind != CXCursor_FunctionDecl)
    return NO_NODE;
  IrSymId sym = symbol_of(l, decl);
  if (builtin_of(l, sym) != BUILTIN_FIRST)
    return NO_NODE;
  if (!strncmp(ir_str(l->unit, l->unit->symbols[sym].name), "__builtin_expect", 16))
    l->hint = hint_of(l, n);
  return node_next(l, n + 1);
}

/* Through parentheses and casts that keep the truth, down to an operator that has its own flow. */
static NodeId condition_core(Lower *l, NodeId n) {
  NodeId core = node_strip_casts(l, n);
  switch (node_kind(l, core)) {
  case CXCursor_BinaryOperator: {
    enum CXBinaryOperatorKind op = node_binary(l, core);
    return op == CXBinaryOperator_LAnd || op == CXBinaryOperator_LOr || op == CXBinaryOperator_Comma
               ? core
               : n;
  }
  case CXCursor_UnaryOperator:
    return node_unary(l, core) == CXUnaryOperator_LNot ? core : n;
  case CXCursor_CallExpr: {
    NodeId inner = expected(l, core);
    return inner == NO_NODE ? n : condition_core(l, inner);
  }
  default:
    return n;
  }
}

int lower_condition(Lower *l, NodeId n, IrBlockId yes, IrBlockId no) {
  n = condition_core(l, n);
  if (node_kind(l, n) == CXCursor_UnaryOperator && node_kids(l, n) == 1 &&
      node_unary(l, n) == CXUnaryOperator_LNot) {
    uint32_t hint = l->hint;
    l->hint = hint == IR_INSN_LIKELY ? IR_INSN_UNLIKELY : hint ? IR_INSN_LIKELY : 0;
    int known = lower_condition(l, n + 1, no, yes);
    return known < 0 ? known : !known;
  }
  if (node_kind(l, n) == CXCursor_BinaryOperator && node_kids(l, n) == 2) {
    switch (node_binary(l, n)) {
    case CXBinaryOperator_LAnd:
      return condition_logical(l, n, true, yes, no);
    case CXBinaryOperator_LOr:
      return condition_logical(l, n, false, yes, no);
    case CXBinaryOperator_Comma: {
      uint32_t hint = l->hint;
      l->hint = 0;
      lower_effect(l, n + 1);
      l->hint = hint;
      return lower_condition(l, node_next(l, n + 1), yes, no);
    }
    default:
      break;
    }
  }
  return condition_value(l, n, yes, no);
}

/* ---- values ---------------------------------------------------------------------------------- */

Value lower_logical(Lower *l, NodeId n, bool is_and) {
  IrTypeId type = node_type(l, n);
  NodeId left = n + 1, right = node_next(l, left);
  IrBlockId other = ir_build_block(l->b), decided = ir_build_block(l->b);
  int known = lower_condition(l, left, is_and ? other : decided, is_and ? decided : other);
  IrBlockId from[2];
  IrRef values[2];
  uint32_t ways = 0;
  Join join = JOIN_NONE;
  ir_build_seal(l->b, decided);
  ir_build_enter(l->b, decided);
  if (ir_build_reachable(l->b)) {
    from[ways] = ir_build_current(l->b);
    values[ways++] = ir_build_int(l->b, type, !is_and);
    join_jump(l, &join);
  }
  ir_build_seal(l->b, other);
  ir_build_enter(l->b, other);
  Value v = value_undef(type);
  if (ir_build_reachable(l->b)) {
    v = value_not_zero(l, lower_value(l, right), type);
    if (ir_build_reachable(l->b)) {
      from[ways] = ir_build_current(l->b);
      values[ways++] = v.ref;
      join_jump(l, &join);
    }
  }
  join_enter(l, &join);
  if (ways == 0)
    return value_undef(type);
  if (ways == 1 && known >= 0) /* literals all the way, as far as one can see */
    return known == (int)is_and ? v : value_int(l, type, !is_and);
  return value_of(ir_build_phi(l->b, type, from, values, ways), type);
}

typedef struct Ways {
  Join join;
  IrBlockId from[2];
  IrRef values[2];
  uint32_t count;
} Ways;

/* One arm of a conditional: into memory, as a value, or for its effect. */
static Value arm(Lower *l, NodeId n, IrBlockId block, IrTypeId type, Place *into, Ways *w) {
  ir_build_seal(l->b, block);
  ir_build_enter(l->b, block);
  if (!ir_build_reachable(l->b))
    return value_none();
  Value v = value_none();
  if (into) {
    Place to = *into;
    lower_into(l, n, &to);
  } else if (!type) {
    lower_effect(l, n);
  } else {
    v = value_convert(l, lower_value(l, n), type, false);
  }
  if (ir_build_reachable(l->b)) {
    w->from[w->count] = ir_build_current(l->b);
    w->values[w->count++] = v.ref;
    join_jump(l, &w->join);
  }
  return v;
}

Value lower_conditional(Lower *l, NodeId n, Place *into, bool effect) {
  if (node_kids(l, n) != 3)
    return lower_opaque(l, n, "conditional without operands");
  NodeId condition = n + 1, x = node_next(l, condition), y = node_next(l, x);
  IrTypeId type = effect || into ? 0 : type_unqualified(l, node_type(l, n));
  IrBlockId yes = ir_build_block(l->b), no = ir_build_block(l->b);
  int known = lower_condition(l, condition, yes, no);
  Ways w = {.join = JOIN_NONE};
  Value a = arm(l, x, yes, type, into, &w);
  Value b = arm(l, y, no, type, into, &w);
  join_enter(l, &w.join);
  if (known >= 0)
    return known ? a : b;
  if (!type || !w.count)
    return value_undef(type);
  return value_of(ir_build_phi(l->b, type, w.from, w.values, w.count), type);
}

/* `a ?: b`: the first operand is shown three times, then b. */
Value lower_elvis(Lower *l, NodeId n) {
  IrTypeId type = type_unqualified(l, node_type(l, n));
  Value v = lower_value(l, n + 1);
  NodeId other = node_last_kid(l, n);
  if (v.literal)
    return (v.is_real ? v.u.real != 0 : v.u.number != 0) ? value_convert(l, v, type, false)
                                                         : lower_value(l, other);
  IrBlockId no = ir_build_block(l->b), yes = ir_build_block(l->b);
  lower_at(l, n);
  IrRef test = type_kind(l, v.type) == IR_T_FLOAT ? value_not_zero(l, v, l->t_int).ref : v.ref;
  ir_build_branch(l->b, test, yes, no);
  Ways w = {.join = JOIN_NONE};
  ir_build_seal(l->b, yes);
  ir_build_enter(l->b, yes);
  if (ir_build_reachable(l->b)) {
    w.values[w.count] = value_convert(l, v, type, false).ref;
    w.from[w.count++] = ir_build_current(l->b);
    join_jump(l, &w.join);
  }
  arm(l, other, no, type, NULL, &w);
  join_enter(l, &w.join);
  if (!type || !w.count)
    return value_undef(type);
  return value_of(ir_build_phi(l->b, type, w.from, w.values, w.count), type);
}
