/* SSA construction: shapes of control flow, redundant phis, unreachable code, block order, tables.
 */
#include "ir/build.h"
#include "ir/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef struct Fixture {
  IrUnitBuilder *ub;
  IrTypeId int_type;
  IrBuilder *b;
  IrUnit *unit;
} Fixture;

static void begin(Fixture *x, uint32_t nparams) {
  x->ub = ir_unit_begin("/t.c");
  ir_unit_file(x->ub, "/t.c", IR_FILE_MAIN);
  x->int_type = ir_unit_type(
      x->ub,
      &(IrType){.kind = IR_T_INT, .size = 4, .align_log2 = 2, .name = ir_unit_str(x->ub, "int")});
  IrSymId sym =
      ir_unit_symbol(x->ub, &(IrSymbol){.name = ir_unit_str(x->ub, "f"), .flags = IR_SYM_FUNCTION});
  x->b = ir_build_begin(x->ub, sym, (IrLoc){0}, (IrLoc){0}, x->int_type, nparams);
}

static const IrFunction *end(Fixture *x) {
  ir_build_end(x->b);
  x->unit = ir_unit_end(x->ub);
  assert_int_equal(x->unit->nfunctions, 1);
  HpError err = {0};
  if (!ir_verify(x->unit, &err))
    fail_msg("%s", err.text);
  return &x->unit->functions[0];
}

static IrRef num(Fixture *x, int64_t value) {
  return ir_build_int(x->b, x->int_type, value);
}

static uint32_t count_op(const IrFunction *fn, IrOp op) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < fn->ninsns; i++)
    n += fn->insns[i].op == op;
  return n;
}

static const IrInsn *only(const IrFunction *fn, IrOp op) {
  assert_int_equal(count_op(fn, op), 1);
  for (uint32_t i = 0; i < fn->ninsns; i++)
    if (fn->insns[i].op == op)
      return &fn->insns[i];
  return NULL;
}

static void assert_const(const IrFunction *fn, IrRef ref, int64_t want) {
  int64_t value;
  assert_true(ir_const_int(fn, ref, &value));
  assert_int_equal(value, want);
}

/* if (c) x = 1; else x = 2; return x; */
static void test_diamond(void **state) {
  (void)state;
  Fixture x;
  begin(&x, 1);
  IrBuilder *b = x.b;
  IrVar v = ir_build_var(b, "x", x.int_type);
  IrRef c = ir_build_param(b, 0, x.int_type, "c");
  IrBlockId yes = ir_build_block(b), no = ir_build_block(b), join = ir_build_block(b);
  ir_build_branch(b, c, yes, no);
  ir_build_seal(b, yes);
  ir_build_seal(b, no);
  ir_build_enter(b, yes);
  ir_build_write(b, v, num(&x, 1));
  ir_build_jump(b, join);
  ir_build_enter(b, no);
  ir_build_write(b, v, num(&x, 2));
  ir_build_jump(b, join);
  ir_build_seal(b, join);
  ir_build_enter(b, join);
  ir_build_return(b, ir_build_read(b, v));
  const IrFunction *fn = end(&x);
  assert_int_equal(fn->nblocks, 4);
  const IrInsn *phi = only(fn, IR_PHI);
  assert_int_equal(phi->nargs, 2);
  assert_const(fn, ir_arg(fn, phi, 0), 1);
  assert_const(fn, ir_arg(fn, phi, 1), 2);
  assert_string_equal(ir_str(x.unit, phi->name), "x");
  const IrBlock *last = &fn->blocks[3];
  assert_int_equal(last->npreds, 2);
  assert_int_equal(fn->edges[last->preds], 1);
  assert_int_equal(fn->edges[last->preds + 1], 2);
  const IrInsn *ret = only(fn, IR_RET);
  assert_ptr_equal(ir_def(fn, ir_arg(fn, ret, 0)), phi);
  ir_unit_free(x.unit);
}

/* Both ways assign the same, or nothing: no phi. */
static void test_diamond_trivial(void **state) {
  (void)state;
  Fixture x;
  begin(&x, 1);
  IrBuilder *b = x.b;
  IrVar v = ir_build_var(b, "x", x.int_type);
  IrRef c = ir_build_param(b, 0, x.int_type, "c");
  ir_build_write(b, v, c);
  IrBlockId yes = ir_build_block(b), join = ir_build_block(b);
  ir_build_branch(b, c, yes, join);
  ir_build_seal(b, yes);
  ir_build_enter(b, yes);
  ir_build_write(b, v, c);
  ir_build_jump(b, join);
  ir_build_seal(b, join);
  ir_build_enter(b, join);
  ir_build_return(b, ir_build_read(b, v));
  const IrFunction *fn = end(&x);
  assert_int_equal(count_op(fn, IR_PHI), 0);
  assert_int_equal(ir_def(fn, ir_arg(fn, only(fn, IR_RET), 0))->op, IR_PARAM);
  ir_unit_free(x.unit);
}

/* s = 0; for (i = 0; i < n; i++) s += i; return s; -- n needs no phi */
static void test_loop(void **state) {
  (void)state;
  Fixture x;
  begin(&x, 1);
  IrBuilder *b = x.b;
  IrVar n = ir_build_var(b, "n", x.int_type), i = ir_build_var(b, "i", x.int_type),
        s = ir_build_var(b, "s", x.int_type);
  ir_build_write(b, n, ir_build_param(b, 0, x.int_type, "n"));
  ir_build_write(b, i, num(&x, 0));
  ir_build_write(b, s, num(&x, 0));
  IrBlockId head = ir_build_block(b), body = ir_build_block(b), out = ir_build_block(b);
  ir_build_jump(b, head);
  ir_build_enter(b, head);
  ir_build_mark_loop(b, head, (IrLoc){.line = 7, .column = 3});
  ir_build_branch(b,
                  ir_build_op2(b, IR_LT, x.int_type, 0, ir_build_read(b, i), ir_build_read(b, n)),
                  body, out);
  ir_build_seal(b, body);
  ir_build_seal(b, out);
  ir_build_enter(b, body);
  ir_build_write(b, s,
                 ir_build_op2(b, IR_ADD, x.int_type, 0, ir_build_read(b, s), ir_build_read(b, i)));
  ir_build_write(b, i, ir_build_op2(b, IR_ADD, x.int_type, 0, ir_build_read(b, i), num(&x, 1)));
  ir_build_jump(b, head);
  ir_build_seal(b, head);
  ir_build_enter(b, out);
  ir_build_return(b, ir_build_read(b, s));
  const IrFunction *fn = end(&x);
  assert_int_equal(count_op(fn, IR_PHI), 2);
  assert_int_equal(fn->nblocks, 4);
  assert_int_equal(ir_block_info(fn, &fn->blocks[1])->flags, IR_BLOCK_LOOP);
  assert_int_equal(ir_loc(fn, ir_block_info(fn, &fn->blocks[1])->loc).line, 7);
  const IrInsn *lt = only(fn, IR_LT);
  assert_int_equal(ir_def(fn, ir_arg(fn, lt, 0))->op, IR_PHI);
  assert_int_equal(ir_def(fn, ir_arg(fn, lt, 1))->op, IR_PARAM);
  const IrInsn *sum = ir_def(fn, ir_arg(fn, only(fn, IR_RET), 0));
  assert_int_equal(sum->op, IR_PHI);
  assert_const(fn, ir_arg(fn, sum, 0), 0);
  assert_int_equal(ir_def(fn, ir_arg(fn, sum, 1))->op, IR_ADD);
  /* the body precedes what follows the loop */
  assert_int_equal(fn->insns[fn->blocks[2].first].op, IR_ADD);
  ir_unit_free(x.unit);
}

/* Three loops around one use of p, which never changes: no phi may be left. */
static void test_nested_loops(void **state) {
  (void)state;
  Fixture x;
  begin(&x, 1);
  IrBuilder *b = x.b;
  enum { DEPTH = 3 };
  IrVar p = ir_build_var(b, "p", x.int_type);
  ir_build_write(b, p, ir_build_param(b, 0, x.int_type, "p"));
  IrBlockId heads[DEPTH], outs[DEPTH];
  for (int i = 0; i < DEPTH; i++) {
    heads[i] = ir_build_block(b);
    outs[i] = ir_build_block(b);
    IrBlockId body = ir_build_block(b);
    ir_build_jump(b, heads[i]);
    ir_build_enter(b, heads[i]);
    ir_build_branch(b, ir_build_read(b, p), body, outs[i]);
    ir_build_seal(b, body);
    ir_build_enter(b, body);
  }
  ir_build_op1(b, IR_NEG, x.int_type, ir_build_read(b, p));
  for (int i = DEPTH; i-- > 0;) {
    ir_build_jump(b, heads[i]);
    ir_build_seal(b, heads[i]);
    ir_build_seal(b, outs[i]);
    ir_build_enter(b, outs[i]);
  }
  ir_build_return(b, ir_build_read(b, p));
  const IrFunction *fn = end(&x);
  assert_int_equal(count_op(fn, IR_PHI), 0);
  assert_int_equal(fn->nblocks, 1 + 3 * DEPTH);
  ir_unit_free(x.unit);
}

/* goto into the middle of a loop from outside: two headers. x is never written again, so the two
 * phis it gets are redundant only together; y is written and keeps its phis. */
static void test_irreducible(void **state) {
  (void)state;
  Fixture x;
  begin(&x, 2);
  IrBuilder *b = x.b;
  IrVar v = ir_build_var(b, "x", x.int_type), y = ir_build_var(b, "y", x.int_type);
  IrRef c = ir_build_param(b, 0, x.int_type, "c");
  ir_build_write(b, v, ir_build_param(b, 1, x.int_type, "x"));
  ir_build_write(b, y, num(&x, 0));
  IrBlockId one = ir_build_block(b), two = ir_build_block(b), out = ir_build_block(b);
  ir_build_branch(b, c, one, two);
  ir_build_enter(b, one);
  ir_build_op1(b, IR_NEG, x.int_type, ir_build_read(b, v));
  ir_build_write(b, y, ir_build_op2(b, IR_ADD, x.int_type, 0, ir_build_read(b, y), num(&x, 1)));
  ir_build_jump(b, two);
  ir_build_enter(b, two);
  ir_build_op1(b, IR_NOT, x.int_type, ir_build_read(b, v));
  ir_build_branch(b, c, one, out);
  ir_build_enter(b, out);
  ir_build_return(b,
                  ir_build_op2(b, IR_SUB, x.int_type, 0, ir_build_read(b, v), ir_build_read(b, y)));
  const IrFunction *fn = end(&x);
  assert_int_equal(ir_def(fn, ir_arg(fn, only(fn, IR_NEG), 0))->op, IR_PARAM);
  assert_int_equal(ir_def(fn, ir_arg(fn, only(fn, IR_NOT), 0))->op, IR_PARAM);
  assert_int_equal(count_op(fn, IR_PHI), 2);
  assert_int_equal(ir_def(fn, ir_arg(fn, only(fn, IR_SUB), 1))->op, IR_PHI);
  ir_unit_free(x.unit);
}

/* After return: instructions vanish; a label that only dead code jumps to vanishes with its edge.
 */
static void test_unreachable(void **state) {
  (void)state;
  Fixture x;
  begin(&x, 1);
  IrBuilder *b = x.b;
  IrVar v = ir_build_var(b, "x", x.int_type);
  ir_build_write(b, v, ir_build_param(b, 0, x.int_type, "x"));
  IrBlockId dead = ir_build_block(b), join = ir_build_block(b);
  ir_build_jump(b, join);
  assert_false(ir_build_reachable(b));
  assert_int_equal(ir_build_current(b), IR_NONE);
  assert_int_equal(ir_ref_kind(ir_build_op1(b, IR_NEG, x.int_type, num(&x, 1))), IR_REF_UNDEF);
  ir_build_enter(b, dead); /* not sealed: a goto might still come */
  ir_build_write(b, v, num(&x, 9));
  ir_build_jump(b, join);
  ir_build_seal(b, dead);
  ir_build_seal(b, join);
  ir_build_enter(b, join);
  ir_build_return(b, ir_build_read(b, v));
  const IrFunction *fn = end(&x);
  assert_int_equal(fn->nblocks, 2);
  assert_int_equal(fn->blocks[1].npreds, 1);
  assert_int_equal(count_op(fn, IR_PHI), 0);
  assert_int_equal(count_op(fn, IR_NEG), 0);
  assert_int_equal(ir_def(fn, ir_arg(fn, only(fn, IR_RET), 0))->op, IR_PARAM);
  ir_unit_free(x.unit);
}

/* A dead loop of single predecessors must not hang a read. */
static void test_unreachable_cycle(void **state) {
  (void)state;
  Fixture x;
  begin(&x, 0);
  IrBuilder *b = x.b;
  IrVar v = ir_build_var(b, "x", x.int_type);
  IrBlockId one = ir_build_block(b), two = ir_build_block(b);
  ir_build_return(b, num(&x, 0));
  ir_build_enter(b, one);
  ir_build_jump(b, two);
  ir_build_enter(b, two);
  ir_build_jump(b, one);
  ir_build_seal(b, one);
  ir_build_seal(b, two);
  IrBlockId three = ir_build_block(b);
  ir_build_enter(b, three);
  ir_build_branch(b, ir_build_read(b, v), three, three);
  const IrFunction *fn = end(&x);
  assert_int_equal(fn->nblocks, 1);
  ir_unit_free(x.unit);
}

/* Reading inside the dead cycle itself. */
static void test_read_in_dead_cycle(void **state) {
  (void)state;
  Fixture x;
  begin(&x, 0);
  IrBuilder *b = x.b;
  IrVar v = ir_build_var(b, "x", x.int_type);
  IrBlockId one = ir_build_block(b), two = ir_build_block(b), three = ir_build_block(b);
  ir_build_return(b, num(&x, 0));
  ir_build_enter(b, one);
  ir_build_branch(b, num(&x, 1), two, three);
  ir_build_enter(b, two);
  ir_build_jump(b, one);
  ir_build_seal(b, one);
  ir_build_seal(b, two);
  ir_build_seal(b, three);
  ir_build_enter(b, three);
  ir_build_return(b, ir_build_read(b, v));
  assert_int_equal(end(&x)->nblocks, 1);
  ir_unit_free(x.unit);
}

static void test_switch(void **state) {
  (void)state;
  Fixture x;
  begin(&x, 1);
  IrBuilder *b = x.b;
  IrVar v = ir_build_var(b, "x", x.int_type);
  IrBlockId dflt = ir_build_block(b), one = ir_build_block(b), two = ir_build_block(b),
            out = ir_build_block(b);
  IrCase cases[] = {{1, 1, 1}, {2, 5, 2}, {9, 9, 1}};
  ir_build_switch(b, ir_build_param(b, 0, x.int_type, "n"), cases, 3, (IrBlockId[]){dflt, one, two},
                  3);
  ir_build_seal(b, dflt);
  ir_build_seal(b, one);
  ir_build_enter(b, one);
  ir_build_write(b, v, num(&x, 1));
  ir_build_jump(b, two); /* falls through */
  ir_build_seal(b, two);
  ir_build_enter(b, two);
  ir_build_write(b, v, num(&x, 2));
  ir_build_jump(b, out);
  ir_build_enter(b, dflt);
  ir_build_jump(b, out);
  ir_build_seal(b, out);
  ir_build_enter(b, out);
  ir_build_return(b, ir_build_read(b, v));
  const IrFunction *fn = end(&x);
  assert_int_equal(fn->nblocks, 5);
  const IrBlock *entry = &fn->blocks[0];
  const IrBlockInfo *info = ir_block_info(fn, entry);
  assert_int_equal(info->ncases, 3);
  assert_int_equal(only(fn, IR_SWITCH)->aux, info->cases);
  assert_int_equal(fn->cases[info->cases + 1].high, 5);
  assert_int_equal(fn->cases[info->cases + 1].succ, 2);
  /* listed as written: one, two, then the default */
  assert_int_equal(fn->edges[entry->succs + 1], 1);
  assert_int_equal(fn->edges[entry->succs + 2], 2);
  assert_int_equal(fn->edges[entry->succs + 0], 3);
  /* never written on the default's way */
  const IrInsn *phi = only(fn, IR_PHI);
  assert_const(fn, ir_arg(fn, phi, 0), 2);
  assert_int_equal(ir_ref_kind(ir_arg(fn, phi, 1)), IR_REF_UNDEF);
  ir_unit_free(x.unit);
}

/* while (1) { if (c) break; use } after: the loop's blocks stay together. */
static void test_order_keeps_loops_together(void **state) {
  (void)state;
  Fixture x;
  begin(&x, 1);
  IrBuilder *b = x.b;
  IrRef c = ir_build_param(b, 0, x.int_type, "c");
  IrBlockId head = ir_build_block(b), brk = ir_build_block(b), rest = ir_build_block(b),
            out = ir_build_block(b);
  ir_build_jump(b, head);
  ir_build_enter(b, head);
  ir_build_branch(b, c, brk, rest);
  ir_build_enter(b, brk);
  ir_build_op1(b, IR_NEG, x.int_type, c);
  ir_build_jump(b, out);
  ir_build_enter(b, rest);
  ir_build_op1(b, IR_NOT, x.int_type, c);
  ir_build_jump(b, head);
  ir_build_enter(b, out);
  ir_build_return(b, c);
  const IrFunction *fn = end(&x);
  assert_int_equal(fn->nblocks, 5);
  assert_int_equal(fn->insns[fn->blocks[2].first].op, IR_NOT);
  assert_int_equal(fn->insns[fn->blocks[3].first].op, IR_NEG);
  assert_int_equal(fn->insns[fn->blocks[4].first].op, IR_RET);
  ir_unit_free(x.unit);
}

static void test_logical_phi(void **state) {
  (void)state;
  Fixture x;
  begin(&x, 2);
  IrBuilder *b = x.b;
  IrRef c = ir_build_param(b, 0, x.int_type, "c"), d = ir_build_param(b, 1, x.int_type, "d");
  IrBlockId from = ir_build_current(b), rhs = ir_build_block(b), join = ir_build_block(b);
  ir_build_branch(b, c, rhs, join);
  ir_build_seal(b, rhs);
  ir_build_enter(b, rhs);
  ir_build_jump(b, join);
  ir_build_seal(b, join);
  ir_build_enter(b, join);
  IrRef phi = ir_build_phi(b, x.int_type, (IrBlockId[]){rhs, from}, (IrRef[]){d, num(&x, 0)}, 2);
  ir_build_return(b, phi);
  const IrFunction *fn = end(&x);
  const IrInsn *in = only(fn, IR_PHI);
  assert_const(fn, ir_arg(fn, in, 0), 0); /* in the order of the predecessors */
  assert_int_equal(ir_def(fn, ir_arg(fn, in, 1))->op, IR_PARAM);
  ir_unit_free(x.unit);
}

/* A long chain of ifs: no deep recursion, and no phi for what never changes. */
static void test_long_chain(void **state) {
  (void)state;
  Fixture x;
  begin(&x, 1);
  IrBuilder *b = x.b;
  IrVar v = ir_build_var(b, "x", x.int_type), w = ir_build_var(b, "w", x.int_type);
  IrRef c = ir_build_param(b, 0, x.int_type, "c");
  ir_build_write(b, v, c);
  ir_build_write(b, w, num(&x, 0));
  enum { N = 100000 };
  for (int i = 0; i < N; i++) {
    IrBlockId yes = ir_build_block(b), join = ir_build_block(b);
    ir_build_branch(b, c, yes, join);
    ir_build_seal(b, yes);
    ir_build_enter(b, yes);
    if (i == N / 2)
      ir_build_write(b, w, num(&x, 1));
    ir_build_jump(b, join);
    ir_build_seal(b, join);
    ir_build_enter(b, join);
  }
  ir_build_return(b,
                  ir_build_op2(b, IR_ADD, x.int_type, 0, ir_build_read(b, v), ir_build_read(b, w)));
  const IrFunction *fn = end(&x);
  assert_int_equal(fn->nblocks, 2 * N + 1);
  assert_int_equal(count_op(fn, IR_PHI), 1);
  ir_unit_free(x.unit);
}

static void test_missing_terminator(void **state) {
  (void)state;
  Fixture x;
  begin(&x, 1);
  const IrFunction *fn = end(&x);
  assert_int_equal(fn->nblocks, 1);
  assert_int_equal(fn->ninsns, 1);
  assert_int_equal(fn->insns[0].op, IR_STOP);
  ir_unit_free(x.unit);
}

static void test_memory(void **state) {
  (void)state;
  Fixture x;
  begin(&x, 1);
  IrBuilder *b = x.b;
  IrRef local = ir_build_local(b, "s", x.int_type, 0, (IrLoc){.line = 3});
  IrAddr addr = {.base = local, .type = x.int_type, .size = 4};
  IrField fields[4] = {{.type = x.int_type}, {.type = x.int_type}};
  for (int i = 0; i < 3; i++)
    ir_unit_record_fields(x.ub, ir_unit_record(x.ub, &(IrRecord){0}), fields, 4);
  IrHop path[] = {{0, 1}, {2, 3}};
  ir_build_at(b, (IrLoc){.line = 4, .column = 5});
  ir_build_store(b, &addr, path, 2, num(&x, -1));
  addr.index = ir_build_param(b, 0, x.int_type, "i");
  addr.scale = 12;
  IrRef value = ir_build_load(b, &addr, path, 1);
  ir_build_copy(b, &addr, path, 1, &addr, path + 1, 1);
  ir_build_return(b, value);
  const IrFunction *fn = end(&x);
  const IrAddr *store = ir_addr_of(fn, only(fn, IR_STORE)),
               *load = ir_addr_of(fn, only(fn, IR_LOAD));
  assert_int_equal(store->nhops, 2);
  assert_int_equal(fn->hops[store->hops + 1].field, 3);
  assert_int_equal(load->nhops, 1);
  assert_int_equal(load->scale, 12);
  assert_int_equal(ir_def(fn, load->index)->op, IR_PARAM);
  const IrAddr *to = ir_addr_of(fn, only(fn, IR_COPY)), *from = to + 1;
  assert_int_equal(fn->hops[to->hops].record, 0);
  assert_int_equal(fn->hops[from->hops].record, 2);
  assert_int_equal(ir_loc(fn, only(fn, IR_STORE)->loc).column, 5);
  assert_int_equal(ir_loc(fn, fn->locals[0].loc).line, 3);
  assert_const(fn, ir_arg(fn, only(fn, IR_STORE), 0), -1);
  ir_unit_free(x.unit);
}

static void test_constants_fit_their_type(void **state) {
  (void)state;
  Fixture x;
  begin(&x, 0);
  IrTypeId byte =
      ir_unit_type(x.ub, &(IrType){.kind = IR_T_INT, .size = 1, .flags = IR_TF_UNSIGNED});
  IrRef a = ir_build_int(x.b, byte, -1), c = ir_build_int(x.b, byte, 255);
  assert_int_equal(a, c);
  assert_int_equal(ir_build_int(x.b, x.int_type, 0xFFFFFFFF), num(&x, -1));
  assert_int_not_equal(num(&x, 0), ir_build_float(x.b, x.int_type, 0.0));
  end(&x);
  ir_unit_free(x.unit);
}

static void test_tables(void **state) {
  (void)state;
  IrUnitBuilder *b = ir_unit_begin("/dir/a.c");
  assert_int_equal(ir_unit_str(b, NULL), 0);
  assert_int_equal(ir_unit_str(b, ""), 0);
  IrStr s = ir_unit_str(b, "hello");
  assert_int_equal(ir_unit_strn(b, "hello world", 5), s);
  assert_int_not_equal(ir_unit_str(b, "hell"), s);
  uint32_t lit = ir_unit_literal(b, "a\0b", 3);
  assert_int_equal(ir_unit_literal(b, "a\0b", 3), lit);
  assert_int_not_equal(ir_unit_literal(b, "a", 1), lit);
  IrType t = {.kind = IR_T_INT, .size = 4, .name = ir_unit_str(b, "int")};
  IrTypeId int_type = ir_unit_type(b, &t);
  assert_int_equal(ir_unit_type(b, &t), int_type);
  t.flags = IR_TF_CONST;
  assert_int_not_equal(ir_unit_type(b, &t), int_type);
  IrTypeId p = ir_unit_pointer_to(b, int_type);
  assert_int_equal(ir_unit_pointer_to(b, int_type), p);
  assert_string_equal(ir_str(ir_unit_peek(b), ir_unit_peek(b)->types[p].name), "int *");
  p = ir_unit_pointer_to(b, p);
  assert_string_equal(ir_str(ir_unit_peek(b), ir_unit_peek(b)->types[p].name), "int **");
  assert_int_equal(ir_unit_file(b, "/x.h", 0), ir_unit_file(b, "/x.h", IR_FILE_SYSTEM));
  IrRecordId rec = ir_unit_record(b, &(IrRecord){.name = ir_unit_str(b, "struct s")});
  IrField fields[] = {{.name = ir_unit_str(b, "x"), .type = int_type},
                      {.name = ir_unit_str(b, "y"), .type = p}};
  ir_unit_record_fields(b, rec, fields, 2);
  ir_unit_record_at(b, rec)->size = 16;
  char name[32];
  for (int i = 0; i < 5000; i++) { /* tables move and ids stay */
    snprintf(name, sizeof name, "sym%d", i);
    ir_unit_symbol(b, &(IrSymbol){.name = ir_unit_str(b, name)});
  }
  assert_int_equal(ir_unit_str(b, "hello"), s);
  IrUnit *u = ir_unit_end(b);
  assert_string_equal(ir_str(u, u->path), "/dir/a.c");
  assert_string_equal(ir_str(u, s), "hello");
  assert_memory_equal(u->strings + u->literals[lit].offset, "a\0b", 4);
  assert_string_equal(ir_str(u, u->symbols[4999].name), "sym4999");
  assert_int_equal(u->records[rec].nfields, 2);
  assert_int_equal(u->records[rec].size, 16);
  assert_string_equal(ir_str(u, u->fields[u->records[rec].fields + 1].name), "y");
  ir_unit_free(u);
}

/* gnu89 allows another body after that of an `extern inline` function. */
static void test_last_body_counts(void **state) {
  (void)state;
  IrUnitBuilder *ub = ir_unit_begin("/t.c");
  IrTypeId t = ir_unit_type(ub, &(IrType){.kind = IR_T_INT, .size = 4});
  IrSymId sym[] = {ir_unit_symbol(ub, &(IrSymbol){.name = ir_unit_str(ub, "f")}),
                   ir_unit_symbol(ub, &(IrSymbol){.name = ir_unit_str(ub, "g")})};
  for (int i = 0; i < 3; i++) {
    IrBuilder *b = ir_build_begin(ub, sym[i % 2], (IrLoc){0}, (IrLoc){0}, t, 0);
    ir_build_return(b, ir_build_int(b, t, i + 1));
    ir_build_end(b);
  }
  IrUnit *u = ir_unit_end(ub);
  assert_int_equal(u->nfunctions, 2);
  assert_int_equal(u->functions[0].sym, sym[1]);
  assert_const(&u->functions[0], u->functions[0].args[0], 2);
  assert_int_equal(u->functions[1].sym, sym[0]);
  assert_const(&u->functions[1], u->functions[1].args[0], 3);
  ir_unit_free(u);
}

/* The builder's memory is used again: nothing of one function may show in the next. */
static void test_functions_in_a_row(void **state) {
  (void)state;
  IrUnitBuilder *ub = ir_unit_begin("/t.c");
  IrTypeId t = ir_unit_type(ub, &(IrType){.kind = IR_T_INT, .size = 4});
  for (int i = 0; i < 3; i++) {
    IrSymId sym = ir_unit_symbol(ub, &(IrSymbol){.name = ir_unit_str(ub, (char[]){"fgh"[i], 0})});
    IrBuilder *b = ir_build_begin(ub, sym, (IrLoc){0}, (IrLoc){0}, t, 0);
    IrVar v = ir_build_var(b, "x", t);
    if (i == 0)
      ir_build_write(b, v, ir_build_int(b, t, 5));
    ir_build_at(b, (IrLoc){.line = 10});
    if (i == 1)
      ir_build_abandon(b);
    else {
      ir_build_return(b, ir_build_read(b, v));
      ir_build_end(b);
    }
  }
  IrUnit *u = ir_unit_end(ub);
  assert_int_equal(u->nfunctions, 2);
  const IrFunction *first = &u->functions[0], *second = &u->functions[1];
  assert_const(first, first->args[0], 5);
  assert_int_equal(ir_ref_kind(second->args[0]), IR_REF_UNDEF);
  assert_int_equal(second->nconsts, 0);
  assert_int_equal(ir_loc(second, second->insns[0].loc).line, 10);
  assert_int_equal(ir_loc(second, 0).line, 0);
  ir_unit_free(u);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_diamond),
      cmocka_unit_test(test_diamond_trivial),
      cmocka_unit_test(test_loop),
      cmocka_unit_test(test_nested_loops),
      cmocka_unit_test(test_irreducible),
      cmocka_unit_test(test_unreachable),
      cmocka_unit_test(test_unreachable_cycle),
      cmocka_unit_test(test_read_in_dead_cycle),
      cmocka_unit_test(test_switch),
      cmocka_unit_test(test_order_keeps_loops_together),
      cmocka_unit_test(test_logical_phi),
      cmocka_unit_test(test_long_chain),
      cmocka_unit_test(test_missing_terminator),
      cmocka_unit_test(test_memory),
      cmocka_unit_test(test_constants_fit_their_type),
      cmocka_unit_test(test_tables),
      cmocka_unit_test(test_last_body_counts),
      cmocka_unit_test(test_functions_in_a_row),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
