/* Loops. They are lowered in clang's unrotated form: the condition is the header. */
#include "analyzer/frontend/lower.h"

/* Place of the loop's keyword, or of the macro that makes the loop. */
static IrLoc keyword(Lower *l, NodeId n, unsigned length) {
  IrLoc at = lower_point(l, clang_getRangeStart(clang_getCursorExtent(node_cursor(l, n))));
  at.end_column = (uint16_t)(at.column + length);
  return at;
}

/* From here on, also in the loop's conditions, break and continue are this loop's. */
static Jumps enter_loop(Lower *l, Join *brk, Join *cont) {
  Jumps outer = l->jumps;
  l->jumps = (Jumps){brk, cont, l->cleanup, l->cleanup};
  return outer;
}

static bool continues(const Lower *l, NodeId n) {
  for (NodeId i = n; n != NO_NODE && i < l->tree.nodes[n].end; i++)
    if (node_kind(l, i) == CXCursor_ContinueStmt)
      return true;
  return false;
}

/* Where continue leads to: `part`, the condition of a do or the step of a for. A continue inside of
 * that itself leads to its beginning. */
static void enter_part(Lower *l, Join *cont, NodeId part) {
  bool again = continues(l, part);
  if (again)
    join_block(l, cont);
  if (cont->block != IR_NONE)
    join_jump(l, cont);
  if (again)
    ir_build_enter(l->b, cont->block); /* sealed behind the part */
  else
    join_enter(l, cont);
}

static void leave_part(Lower *l, const Join *cont) {
  if (cont->block != IR_NONE)
    ir_build_seal(l->b, cont->block);
}

static IrBlockId begin_header(Lower *l, NodeId n) {
  IrBlockId header = ir_build_block(l->b);
  lower_at(l, n);
  ir_build_jump(l->b, header);
  ir_build_enter(l->b, header);
  return header;
}

static void while_loop(Lower *l, NodeId n) {
  if (node_kids(l, n) != 2)
    return;
  IrLoc at = keyword(l, n, 5);
  IrBlockId header = begin_header(l, n), body = ir_build_block(l->b);
  Join brk = JOIN_NONE, cont = {header};
  Jumps outer = enter_loop(l, &brk, &cont);
  int known = lower_condition(l, n + 1, body, join_block(l, &brk));
  ir_build_seal(l->b, body);
  ir_build_enter(l->b, body);
  lower_stmt(l, node_next(l, n + 1));
  l->jumps = outer;
  join_jump(l, &cont);
  ir_build_seal(l->b, header);
  if (known != 0)
    ir_build_mark_loop(l->b, header, at);
  join_enter(l, &brk);
}

/* `do { ... } while (0)`: no loop, but break and continue work. */
static bool never_again(Lower *l, NodeId condition) {
  NodeId n = node_strip_casts(l, condition);
  int64_t number;
  enum CXCursorKind kind = node_kind(l, n);
  return (kind == CXCursor_IntegerLiteral || kind == CXCursor_CXXBoolLiteralExpr) &&
         evaluate_int(node_cursor(l, n), &number) && !number;
}

static void do_loop(Lower *l, NodeId n) {
  if (node_kids(l, n) != 2)
    return;
  NodeId condition = node_next(l, n + 1);
  Join brk = JOIN_NONE, cont = JOIN_NONE;
  if (never_again(l, condition)) {
    Jumps outer = enter_loop(l, &brk, &brk);
    lower_stmt(l, n + 1);
    l->jumps = outer;
    if (brk.block != IR_NONE)
      join_jump(l, &brk);
    join_enter(l, &brk);
    return;
  }
  IrLoc at = keyword(l, n, 2);
  IrBlockId header = begin_header(l, n);
  Jumps outer = enter_loop(l, &brk, &cont);
  lower_stmt(l, n + 1);
  enter_part(l, &cont, condition);
  int known = lower_condition(l, condition, header, join_block(l, &brk));
  leave_part(l, &cont);
  l->jumps = outer;
  ir_build_seal(l->b, header);
  if (known != 0)
    ir_build_mark_loop(l->b, header, at);
  join_enter(l, &brk);
}

static void for_condition(Lower *l, const ForSlots *slots, bool clear, NodeId n, IrBlockId body,
                          Join *brk, int *known) {
  if (!clear) { /* which part is which is not known: the loop may end, somehow */
    lower_at(l, n);
    Value v = value_opaque(l, "parts of a for statement", l->t_int, NULL, 0);
    ir_build_branch(l->b, v.ref, body, join_block(l, brk));
  } else if (slots->condition == NO_NODE) {
    lower_at(l, n);
    ir_build_jump(l->b, body);
  } else {
    *known = lower_condition(l, slots->condition, body, join_block(l, brk));
  }
}

static void for_loop(Lower *l, NodeId n) {
  if (!node_kids(l, n))
    return;
  ForSlots slots;
  bool clear = for_slots(l, n, &slots);
  IrLoc at = keyword(l, n, 3);
  Cleanup *scope = l->cleanup;
  if (slots.init != NO_NODE)
    lower_stmt(l, slots.init);
  IrBlockId header = begin_header(l, n), body = ir_build_block(l->b);
  Join brk = JOIN_NONE, cont = JOIN_NONE;
  Jumps outer = enter_loop(l, &brk, &cont);
  int known = 1;
  for_condition(l, &slots, clear, n, body, &brk, &known);
  ir_build_seal(l->b, body);
  ir_build_enter(l->b, body);
  lower_stmt(l, slots.body);
  enter_part(l, &cont, slots.step);
  if (slots.step != NO_NODE && ir_build_reachable(l->b))
    lower_effect(l, slots.step);
  leave_part(l, &cont);
  l->jumps = outer;
  lower_at(l, n);
  ir_build_jump(l->b, header);
  ir_build_seal(l->b, header);
  if (known != 0)
    ir_build_mark_loop(l->b, header, at);
  join_enter(l, &brk);
  cleanup_leave(l, scope);
}

void lower_loop(Lower *l, NodeId n) {
  switch (node_kind(l, n)) {
  case CXCursor_WhileStmt:
    while_loop(l, n);
    return;
  case CXCursor_DoStmt:
    do_loop(l, n);
    return;
  default:
    for_loop(l, n);
  }
}
