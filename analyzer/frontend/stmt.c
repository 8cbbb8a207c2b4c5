/* Statements and local declarations. */
#include "analyzer/frontend/lower.h"

#include <stdlib.h>
#include <string.h>

/* ---- joins ----------------------------------------------------------------------------------- */

IrBlockId join_block(Lower *l, Join *j) {
  if (j->block == IR_NONE)
    j->block = ir_build_block(l->b);
  return j->block;
}

void join_jump(Lower *l, Join *j) {
  if (ir_build_reachable(l->b))
    ir_build_jump(l->b, join_block(l, j));
}

void join_enter(Lower *l, Join *j) {
  if (j->block == IR_NONE)
    return;
  ir_build_seal(l->b, j->block);
  ir_build_enter(l->b, j->block);
}

IrBlockId label_block(Lower *l, CXCursor label) {
  uint32_t block = map_get(&l->labels, cursor_key(label));
  if (block == MAP_NONE) {
    block = ir_build_block(l->b);
    map_put(&l->labels, cursor_key(label), block);
  }
  return block;
}

/* ---- declarations ---------------------------------------------------------------------------- */

static NodeId initialiser(Lower *l, NodeId var) {
  CXCursor init = clang_Cursor_getVarDeclInitializer(node_cursor(l, var));
  if (clang_Cursor_isNull(init))
    return NO_NODE;
  for (NODE_KIDS(l, kid, var))
    if (clang_equalCursors(node_cursor(l, kid), init))
      return kid;
  return NO_NODE;
}

static void declare_vla(Lower *l, NodeId var, NodeId init) {
  CXCursor c = node_cursor(l, var);
  vla_declare(l, var, init);
  Value size;
  Decl d = {.kind = DECL_LOCAL, .cursor = c, .type = type_of(l, clang_getCursorType(c))};
  lower_at(l, var);
  if (vla_size(l, clang_getCursorType(c), NO_NODE, &size)) {
    d.ref = ir_build_op1(l->b, IR_ALLOCA, type_pointer_to(l, ir_type(l, d.type)->sub), size.ref);
  } else {
    IrTypeId pointer = type_pointer_to(l, ir_type(l, d.type)->sub);
    d.ref = value_opaque(l, "array of unknown size", pointer, NULL, 0).ref;
  }
  *decl_of(l, c) = d;
  if (init != NO_NODE) {
    Place p;
    place_at(l, d.ref, d.type, &p);
    lower_init(l, &p, init);
  }
}

void lower_declaration(Lower *l, NodeId var) {
  CXCursor c = node_cursor(l, var);
  NodeId init = initialiser(l, var);
  IrTypeId type = type_of(l, clang_getCursorType(c));
  if (clang_Cursor_hasVarDeclGlobalStorage(c) == 1) {
    IrSymId sym = symbol_of(l, c);
    if (init != NO_NODE)
      scan_static_init(l, init, type, sym);
    return;
  }
  if (type_kind(l, type) == IR_T_ARRAY && ir_type(l, type)->flags & IR_TF_VLA) {
    declare_vla(l, var, init);
    return;
  }
  if (type_kind(l, type) == IR_T_PTR)
    vla_declare(l, var, init);
  bool is_var = decl_use(l, c)->kind == DECL_VAR;
  if (init == NO_NODE) {
    if (is_var)
      ir_build_write(l->b, decl_use(l, c)->var, ir_build_undef());
  } else if (is_var) {
    Value v = value_convert(l, lower_value(l, init), type, false);
    Decl *d = decl_use(l, c);
    ir_build_write(l->b, d->var, v.ref);
    if (value_is_int(v) && ir_type(l, d->type)->flags & IR_TF_CONST &&
        type_kind(l, d->type) == IR_T_INT) {
      d->literal = true;
      d->number = v.u.number;
    }
  } else {
    Place p;
    place_var(l, decl_use(l, c), &p);
    lower_at(l, init);
    lower_into(l, init, &p);
  }
  cleanup_push(l, var);
}

static void declarations(Lower *l, NodeId n) {
  for (NODE_KIDS(l, kid, n))
    if (node_kind(l, kid) == CXCursor_VarDecl)
      lower_declaration(l, kid);
    else if (node_kind(l, kid) == CXCursor_TypedefDecl)
      vla_declare(l, kid, NO_NODE);
}

/* ---- choices --------------------------------------------------------------------------------- */

static void if_statement(Lower *l, NodeId n) {
  uint32_t kids = node_kids(l, n);
  if (kids < 2)
    return;
  NodeId condition = n + 1, then = node_next(l, condition);
  Join end = JOIN_NONE;
  IrBlockId yes = ir_build_block(l->b);
  IrBlockId no = kids > 2 ? ir_build_block(l->b) : join_block(l, &end);
  lower_condition(l, condition, yes, no);
  ir_build_seal(l->b, yes);
  ir_build_enter(l->b, yes);
  lower_stmt(l, then);
  join_jump(l, &end);
  if (kids > 2) {
    ir_build_seal(l->b, no);
    ir_build_enter(l->b, no);
    lower_stmt(l, node_next(l, then));
    join_jump(l, &end);
  }
  join_enter(l, &end);
}

typedef struct CaseTable {
  IrTypeId type; /* of the value switched on */
  IrCase *cases;
  uint32_t ncases, cases_cap;
  IrBlockId *targets;
  uint32_t ntargets, targets_cap;
  uint32_t default_target; /* into targets, IR_NONE */
} CaseTable;

static const void *case_key(NodeId n) {
  return (const void *)((uintptr_t)n + 1);
}

static bool is_case(enum CXCursorKind kind) {
  return kind == CXCursor_CaseStmt || kind == CXCursor_DefaultStmt;
}

static void push_case(CaseTable *t, int64_t low, int64_t high, uint32_t target) {
  HP_GROW(t->cases, t->ncases, t->cases_cap);
  t->cases[t->ncases++] = (IrCase){low, high, target};
}

static void add_case(Lower *l, CaseTable *t, NodeId n, uint32_t target) {
  if (node_kind(l, n) == CXCursor_DefaultStmt) {
    t->default_target = target;
    return;
  }
  int64_t low, high;
  if (!evaluate_int(node_cursor(l, n + 1), &low))
    return;
  high = low;
  if (node_kids(l, n) == 3)
    evaluate_int(node_cursor(l, node_next(l, n + 1)), &high);
  low = type_wrap(l, t->type, low);
  high = type_wrap(l, t->type, high);
  bool wide_unsigned = ir_type(l, t->type)->flags & IR_TF_UNSIGNED;
  if (low <= high) {
    push_case(t, low, high, target);
  } else if (wide_unsigned && (uint64_t)low <= (uint64_t)high) { /* across the sign */
    push_case(t, low, INT64_MAX, target);
    push_case(t, INT64_MIN, high, target);
  } /* else an empty range */
}

/* All cases of this switch, wherever in its body they stand. Cases that follow each other directly
 * share a block. */
static void find_cases(Lower *l, NodeId body, SwitchCases *s, CaseTable *t) {
  for (NodeId n = body; n < l->tree.nodes[body].end; n++) {
    if (node_kind(l, n) == CXCursor_SwitchStmt) {
      n = l->tree.nodes[n].end - 1;
      continue;
    }
    if (!is_case(node_kind(l, n)))
      continue;
    uint32_t target = map_get(&s->blocks, case_key(n));
    if (target == MAP_NONE) {
      target = t->ntargets;
      HP_GROW(t->targets, t->ntargets, t->targets_cap);
      t->targets[t->ntargets++] = ir_build_block(l->b);
      map_put(&s->blocks, case_key(n), target);
    }
    add_case(l, t, n, target);
    NodeId inner = node_last_kid(l, n);
    if (inner != NO_NODE && is_case(node_kind(l, inner)))
      map_put(&s->blocks, case_key(inner), target);
  }
}

static IrBlockId chosen(const CaseTable *t, int64_t number) {
  for (uint32_t i = 0; i < t->ncases; i++)
    if (number >= t->cases[i].low && number <= t->cases[i].high)
      return t->targets[t->cases[i].succ];
  return t->targets[t->default_target];
}

/* Ends the block; only targets that a case or the default leads to become successors. */
static void emit_switch(Lower *l, CaseTable *t, Value v) {
  if (value_is_int(v)) {
    ir_build_jump(l->b, chosen(t, v.u.number));
    return;
  }
  IrBlockId *used = hp_malloc(t->ntargets * sizeof *used);
  uint32_t *place = hp_malloc(t->ntargets * sizeof *place), nused = 1;
  memset(place, 0xff, t->ntargets * sizeof *place);
  used[0] = t->targets[0];
  place[0] = 0;
  for (uint32_t i = 0; i < t->ncases; i++) {
    uint32_t at = t->cases[i].succ;
    if (place[at] == IR_NONE) {
      place[at] = nused;
      used[nused++] = t->targets[at];
    }
    t->cases[i].succ = place[at];
  }
  ir_build_switch(l->b, v.ref, t->cases, t->ncases, used, nused);
  free(used);
  free(place);
}

/* targets[0] becomes the default's block, or the switch's end without one. */
static void settle_default(Lower *l, CaseTable *t, Join *end) {
  uint32_t target = t->default_target;
  t->default_target = 0;
  if (target == IR_NONE) {
    t->targets[0] = join_block(l, end);
    return;
  }
  t->targets[0] = t->targets[target];
  for (uint32_t i = 0; i < t->ncases; i++)
    if (t->cases[i].succ == target)
      t->cases[i].succ = 0;
}

static void switch_statement(Lower *l, NodeId n) {
  if (node_kids(l, n) < 2)
    return;
  NodeId body = node_next(l, n + 1);
  Value v = lower_value(l, n + 1);
  SwitchCases s = {0}, *outer_cases = l->cases;
  CaseTable t = {.type = v.type, .default_target = IR_NONE};
  Join end = JOIN_NONE;
  Jumps outer = l->jumps;
  HP_GROW(t.targets, t.ntargets, t.targets_cap);
  t.targets[t.ntargets++] = IR_NONE;
  find_cases(l, body, &s, &t);
  settle_default(l, &t, &end);
  s.targets = t.targets;
  l->cases = &s;
  l->jumps.brk = &end;
  l->jumps.brk_scope = l->cleanup;
  lower_at(l, n);
  emit_switch(l, &t, v);
  lower_stmt(l, body);
  join_jump(l, &end);
  join_enter(l, &end);
  l->cases = outer_cases;
  l->jumps = outer;
  map_free(&s.blocks);
  free(t.cases);
  free(t.targets);
}

/* Every case of a run of labels shares one block, entered once. */
static void case_statement(Lower *l, NodeId n) {
  uint32_t target = l->cases ? map_get(&l->cases->blocks, case_key(n)) : MAP_NONE;
  if (target != MAP_NONE) {
    IrBlockId block = l->cases->targets[target];
    if (ir_build_current(l->b) != block) {
      if (ir_build_reachable(l->b))
        ir_build_jump(l->b, block);
      ir_build_seal(l->b, block);
      ir_build_enter(l->b, block);
    }
  }
  NodeId body = node_last_kid(l, n);
  if (body != NO_NODE)
    lower_stmt(l, body);
}

/* ---- jumps ----------------------------------------------------------------------------------- */

static void enter_label(Lower *l, NodeId n) {
  IrBlockId block = label_block(l, node_cursor(l, n));
  if (ir_build_reachable(l->b))
    ir_build_jump(l->b, block);
  ir_build_enter(l->b, block);
}

static void label_statement(Lower *l, NodeId n) {
  enter_label(l, n);
  NodeId body = node_last_kid(l, n);
  if (body != NO_NODE)
    lower_stmt(l, body);
}

static void goto_statement(Lower *l, NodeId n) {
  CXCursor label = clang_getCursorReferenced(node_cursor(l, n));
  lower_at(l, n);
  if (label.kind == CXCursor_LabelStmt) {
    cleanup_jump(l, l->cleanup ? cleanup_at_label(l, label) : NULL, label_block(l, label));
  } else {
    value_opaque(l, "goto without label", 0, NULL, 0);
    ir_build_stop(l->b);
  }
}

/* All computed gotos of a function share one dispatching block, as clang has it: a dispatch at each
 * of a hundred bytecode handlers would make a hundred nested loops of an interpreter's one. */
static void computed_goto(Lower *l, NodeId n) {
  Value v = node_kids(l, n) ? lower_value(l, n + 1) : value_none();
  lower_at(l, n);
  if (l->dispatch.block == IR_NONE)
    l->dispatch_target = ir_build_var(l->b, "", l->t_void_ptr);
  ir_build_write(l->b, l->dispatch_target, v.ref);
  join_jump(l, &l->dispatch);
}

void lower_dispatch(Lower *l) {
  if (l->dispatch.block == IR_NONE)
    return;
  join_enter(l, &l->dispatch);
  IrRef target = ir_build_read(l->b, l->dispatch_target);
  ir_build_indirect(l->b, target, l->taken, l->ntaken);
}

static void jump_statement(Lower *l, NodeId n, Join *to, Cleanup *scope) {
  lower_at(l, n);
  if (to) {
    if (ir_build_reachable(l->b))
      cleanup_jump(l, scope, join_block(l, to));
  } else {
    value_opaque(l, "break or continue outside of a loop", 0, NULL, 0);
    ir_build_stop(l->b);
  }
}

static void return_statement(Lower *l, NodeId n) {
  IrRef value = 0;
  if (node_kids(l, n)) {
    if (l->result) {
      Value v = lower_value(l, n + 1);
      value = type_is_aggregate(l, l->result) ? v.ref : value_convert(l, v, l->result, false).ref;
    } else {
      lower_effect(l, n + 1);
    }
  } else if (l->result) {
    value = ir_build_undef();
  }
  lower_at(l, n);
  if (!l->cleanup) {
    ir_build_return(l->b, value);
    return;
  }
  if (l->returns.block == IR_NONE && l->result)
    l->returned = ir_build_var(l->b, "", l->result);
  if (l->result)
    ir_build_write(l->b, l->returned, value);
  cleanup_jump(l, NULL, join_block(l, &l->returns));
}

/* ---- the rest -------------------------------------------------------------------------------- */

/* What wraps a statement: attributes, pragmas. */
static void wrapped(Lower *l, NodeId n) {
  for (NODE_KIDS(l, kid, n)) {
    enum CXCursorKind kind = node_kind(l, kid);
    if (kind_is_statement(kind) || kind_is_expression(kind))
      lower_stmt(l, kid);
  }
}

static void directive(Lower *l, NodeId n) {
  CXString kind = clang_getCursorKindSpelling(node_kind(l, n));
  lower_at(l, n);
  value_opaque(l, clang_getCString(kind), 0, NULL, 0);
  clang_disposeString(kind);
  for (NODE_KIDS(l, kid, n)) /* clauses are expressions, the body a statement */
    if (kind_is_statement(node_kind(l, kid)))
      lower_stmt(l, kid);
}

void lower_stmt(Lower *l, NodeId n) {
  /* Dead code that nothing can jump into is not worth lowering. */
  if (!ir_build_reachable(l->b) && !l->has_labels && !l->cases)
    return;
  enum CXCursorKind kind = node_kind(l, n);
  if (kind_is_expression(kind)) {
    lower_effect(l, n);
    return;
  }
  switch (kind) {
  case CXCursor_CompoundStmt: {
    Cleanup *scope = l->cleanup;
    for (NODE_KIDS(l, kid, n))
      lower_stmt(l, kid);
    cleanup_leave(l, scope);
    return;
  }
  case CXCursor_DeclStmt:
    declarations(l, n);
    return;
  case CXCursor_NullStmt:
    return;
  case CXCursor_IfStmt:
    if_statement(l, n);
    return;
  case CXCursor_SwitchStmt:
    switch_statement(l, n);
    return;
  case CXCursor_CaseStmt:
  case CXCursor_DefaultStmt:
    case_statement(l, n);
    return;
  case CXCursor_WhileStmt:
  case CXCursor_DoStmt:
  case CXCursor_ForStmt:
    lower_loop(l, n);
    return;
  case CXCursor_LabelStmt:
    label_statement(l, n);
    return;
  case CXCursor_GotoStmt:
    goto_statement(l, n);
    return;
  case CXCursor_IndirectGotoStmt:
    computed_goto(l, n);
    return;
  case CXCursor_BreakStmt:
    jump_statement(l, n, l->jumps.brk, l->jumps.brk_scope);
    return;
  case CXCursor_ContinueStmt:
    jump_statement(l, n, l->jumps.cont, l->jumps.cont_scope);
    return;
  case CXCursor_ReturnStmt:
    return_statement(l, n);
    return;
  case CXCursor_GCCAsmStmt:
  case CXCursor_MSAsmStmt:
    asm_statement(l, n);
    return;
  case CXCursor_UnexposedStmt:
    wrapped(l, n);
    return;
  default:
    directive(l, n);
  }
}

/* The value of `({ ... })` is that of its last statement. */
static Value last_value(Lower *l, NodeId last, IrTypeId type, Place *into) {
  while (node_kind(l, last) == CXCursor_LabelStmt || node_kind(l, last) == CXCursor_UnexposedStmt) {
    NodeId inner = node_last_kid(l, last);
    if (inner == NO_NODE ||
        !(kind_is_expression(node_kind(l, inner)) || node_kind(l, inner) == CXCursor_LabelStmt))
      break;
    if (node_kind(l, last) == CXCursor_LabelStmt)
      enter_label(l, last);
    last = inner;
  }
  if (!kind_is_expression(node_kind(l, last)) || (!type && !into)) {
    lower_stmt(l, last);
    return value_undef(type);
  }
  if (into) {
    lower_into(l, last, into);
    return value_none();
  }
  return lower_value(l, last);
}

Value lower_stmt_expr(Lower *l, NodeId n, Place *into) {
  IrTypeId type = type_unqualified(l, node_type(l, n));
  if (!node_kids(l, n))
    return value_undef(type);
  Cleanup *scope = l->cleanup;
  NodeId last = node_last_kid(l, n + 1);
  for (NODE_KIDS(l, kid, n + 1))
    if (kid != last)
      lower_stmt(l, kid);
  Value v = last == NO_NODE ? value_none() : last_value(l, last, type, into);
  cleanup_leave(l, scope);
  return v;
}
