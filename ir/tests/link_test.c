/* Linking: what is one function or record and what is not, in any order of units; the call graph.
 */
#include "ir/tests/program_test_units.h"

/* ---- one or several -------------------------------------------------------------------------- */

#define INLINE_GET                                                                                 \
  "symbol @get: !10 (function internal defined inline)\n"                                          \
  "function @get(1): int at 1/10:1 named 1/10:12 {\n"                                              \
  "b0:\n"                                                                                          \
  "  %n = PARAM struct node * 0\n"                                                                 \
  "  %k = LOAD int [%n + 16] .key\n"                                                               \
  "  RET %k\n"                                                                                     \
  "}\n"

static const char unit_a[] =
    HEAD("/p/a.c") NODE "symbol @shared: !10 (function)\n"
                        "symbol @helper: !10 (function internal defined)\n"
                        "symbol @main: !10 (function defined)\n" INLINE_GET
                        "function @helper(0): int at 0/5:1 named 0/5:12 {\n"
                        "b0:\n"
                        "  RET 1\n"
                        "}\n"
                        "function @main(0): int at 0/9:1 named 0/9:5 {\n"
                        "b0:\n"
                        "  %a = CALL int @shared, 0:struct node *\n"
                        "  %b = CALL int @helper\n"
                        "  %c = CALL int @get, 0:struct node *\n"
                        "  RET %a\n"
                        "}\n";
static const char unit_b[] =
    HEAD("/p/b.c") NODE "symbol @shared: !10 (function defined)\n"
                        "symbol @helper: !10 (function internal defined)\n" INLINE_GET
                        "function @helper(0): int at 0/5:1 named 0/5:12 {\n"
                        "b0:\n"
                        "  RET 2\n"
                        "}\n"
                        "function @shared(1): int at 0/9:1 named 0/9:5 {\n"
                        "b0:\n"
                        "  %n = PARAM struct node * 0\n"
                        "  %a = CALL int @helper\n"
                        "  %b = CALL int @get, %n\n"
                        "  RET %b\n"
                        "}\n";
/* A test program of the same tree, with a main of its own. */
static const char unit_c[] =
    HEAD("/p/test.c") NODE "symbol @shared: !10 (function)\n"
                           "symbol @main: !10 (function defined)\n"
                           "function @main(0): int at 0/2:1 named 0/2:5 {\n"
                           "b0:\n"
                           "  %a = CALL int @shared, 0:struct node *\n"
                           "  RET 0\n"
                           "}\n";

static uint32_t named(const Linked *l, const char *name) {
  uint32_t count = 0;
  for (PgFunc f = 0; f < pg_nfuncs(l->program); f++)
    count += !strcmp(pg_func(l->program, f)->name, name);
  return count;
}

static void functions_are_linked(void **state) {
  (void)state;
  Linked l = LINK(unit_a, unit_b, unit_c);
  assert_int_equal(named(&l, "shared"), 1);
  assert_int_equal(named(&l, "helper"), 2);
  assert_int_equal(named(&l, "get"), 1);
  assert_int_equal(named(&l, "main"), 2);
  assert_non_null(func(&l, "shared")->fn);
  assert_int_equal(func(&l, "shared")->ncallers, 2);
  assert_int_equal(func(&l, "get")->ncallers, 2);
  assert_true(func(&l, "helper")->is_static);
  assert_false(func(&l, "shared")->is_static);
  /* every symbol of every unit has a function, and calls go to that */
  for (uint32_t u = 0; u < pg_nunits(l.program); u++)
    for (uint32_t s = 0; s < pg_unit(l.program, u)->nsymbols; s++)
      assert_true(pg_func_of(l.program, pg_unit(l.program, u), s) < pg_nfuncs(l.program));
  const PgFunction *shared = func(&l, "shared");
  const PgCall *call = pg_call(l.program, shared->calls[0]);
  assert_string_equal(pg_func(l.program, call->callee)->name, "helper");
  assert_ptr_equal(pg_func(l.program, call->callee)->unit, shared->unit);
  assert_int_equal(pg_func_named(l.program, "nowhere"), IR_NONE);
  unlink_program(&l);
}

/* A macro makes different bodies at one place of a header. */
static const char unit_macro[] =
    HEAD("/p/d.c") NODE "symbol @get: !10 (function internal defined inline)\n"
                        "function @get(1): int at 1/10:1 named 1/10:12 {\n"
                        "b0:\n"
                        "  %n = PARAM struct node * 0\n"
                        "  RET 0\n"
                        "}\n";

static void other_bodies_stay_apart(void **state) {
  (void)state;
  Linked l = LINK(unit_b, unit_macro);
  assert_int_equal(named(&l, "get"), 2);
  unlink_program(&l);
}

/* ---- order of units -------------------------------------------------------------------------- */

static void dump(HpBuf *out, const IrProgram *p) {
  for (PgFunc f = 0; f < pg_nfuncs(p); f++) {
    const PgFunction *func = pg_func(p, f);
    const PgSummary *s = &func->summary;
    hp_buf_addf(out, "%s %s %x %d %d %d %lld %u %u scc %u heat %u once %d:", func->name,
                ir_str(func->unit, func->unit->path), s->flags, s->size_arg, s->count_arg,
                s->freed_arg, (long long)s->fixed_size, s->record, s->via, func->scc, func->heat,
                func->once);
    for (uint32_t c = 0; c < func->ncalls; c++)
      hp_buf_addf(out, " %u", pg_call(p, func->calls[c])->callee);
    hp_buf_addc(out, '\n');
  }
  for (PgRecord r = 0; r < pg_nrecords(p); r++) {
    const PgRecordInfo *info = pg_record(p, r);
    hp_buf_addf(out, "%s %x %x %u %u %u\n", info->name, info->flags, info->record->flags,
                info->nuses, info->nallocs, info->array_count);
  }
}

static void any_order_is_the_same(void **state) {
  (void)state;
  HpBuf first = {0}, second = {0};
  Linked l = LINK(unit_a, unit_b, unit_c, unit_macro);
  dump(&first, l.program);
  unlink_program(&l);
  l = LINK(unit_macro, unit_c, unit_b, unit_a);
  dump(&second, l.program);
  unlink_program(&l);
  assert_string_equal(hp_buf_text(&first), hp_buf_text(&second));
  assert_non_null(strstr(hp_buf_text(&first), "shared /p/b.c"));
  hp_buf_free(&first);
  hp_buf_free(&second);
}

static void no_units(void **state) {
  (void)state;
  IrProgram *p = ir_program_link(NULL, 0, NULL);
  assert_int_equal(pg_nfuncs(p) + pg_nrecords(p) + pg_nunits(p), 0);
  assert_int_equal(pg_func_named(p, "main"), IR_NONE);
  ir_program_free(p);
}

/* ---- records --------------------------------------------------------------------------------- */

static const char other_layout[] =
    HEAD("/p/d.c") "record 0 !\"struct node\": !6 size 32 align 8 (offsetof) at 1/3:1 {\n"
                   "  next: struct node * +0\n"
                   "  visit: !11 +8\n"
                   "  key: int +24\n"
                   "}\n";
static const char own_copy[] = HEAD("/p/e.c") NODE_AT("0/7:1");
static const char own_other[] =
    HEAD("/p/f.c") "record 0 !\"struct node\": !6 size 24 align 8 at 0/7:1 {\n"
                   "  left: struct node * +0\n"
                   "  right: struct node * +8\n"
                   "  key: int +16\n"
                   "}\n";
static const char only_declared[] =
    HEAD("/p/g.c") "record 0 !\"struct node\": !6 (incomplete) {\n}\n";

static void records_are_linked(void **state) {
  (void)state;
  Linked l = LINK(unit_a, unit_b, own_copy, only_declared);
  const PgRecordInfo *node = record(&l, "struct node");
  assert_false(node->flags & (PG_REC_CONFLICT | PG_REC_EXTERNAL));
  for (uint32_t u = 0; u < pg_nunits(l.program); u++)
    assert_ptr_equal(pg_record(l.program, pg_record_of(l.program, pg_unit(l.program, u), 0)), node);
  unlink_program(&l);
}

static void units_may_disagree(void **state) {
  (void)state;
  Linked l = LINK(unit_a, other_layout);
  const PgRecordInfo *node = record(&l, "struct node");
  assert_true(node->flags & PG_REC_CONFLICT);
  assert_true(node->record->flags & IR_REC_OFFSETOF); /* united */
  unlink_program(&l);
  l = LINK(unit_a, own_other); /* another record of that name, private to its file */
  assert_int_equal(pg_nrecords(l.program), 2);
  for (PgRecord r = 0; r < 2; r++)
    assert_false(pg_record(l.program, r)->flags & PG_REC_CONFLICT);
  unlink_program(&l);
}

static bool not_in_headers(void *context, const char *path) {
  (void)context;
  return !strstr(path, ".h");
}

static void external_records(void **state) {
  (void)state;
  PgOptions options = {.in_project = not_in_headers};
  const char *const texts[] = {unit_a, NULL};
  Linked l = link_texts(&options, texts);
  assert_true(record(&l, "struct node")->flags & PG_REC_EXTERNAL);
  unlink_program(&l);
  const char *const own[] = {own_copy, NULL};
  l = link_texts(&options, own);
  assert_false(record(&l, "struct node")->flags & PG_REC_EXTERNAL);
  unlink_program(&l);
  l = LINK(only_declared);
  assert_true(record(&l, "struct node")->flags & PG_REC_EXTERNAL);
  unlink_program(&l);
}

/* ---- call graph ------------------------------------------------------------------------------ */

static const char graph[] =
    HEAD("/p/graph.c") NODE LIBRARY "symbol @main: !10 (function defined)\n"
                                    "symbol @setup: !9 (function defined)\n"
                                    "symbol @worker: !9 (function defined)\n"
                                    "symbol @deep: !9 (function defined)\n"
                                    "symbol @ping: !9 (function defined)\n"
                                    "symbol @pong: !9 (function defined)\n"
                                    "symbol @api: !9 (function defined)\n"
                                    "function @main(0): int {\n"
                                    "b0:\n"
                                    "  CALL @setup\n"
                                    "  JUMP b1\n"
                                    "b1: <- b0, b2\n"
                                    "  %i = PHI int [b0: 0], [b2: %j]\n"
                                    "  %c = LT int %i, 100\n"
                                    "  BR %c, b2, b3\n"
                                    "b2: <- b1\n"
                                    "  CALL @worker\n"
                                    "  %j = ADD int %i, 1\n"
                                    "  JUMP b1\n"
                                    "b3: <- b1\n"
                                    "  RET 0\n"
                                    "}\n"
                                    "function @setup(0) {\n"
                                    "b0:\n"
                                    "  RET\n"
                                    "}\n"
                                    "function @worker(0) {\n"
                                    "b0:\n"
                                    "  JUMP b1\n"
                                    "b1: <- b0, b2\n"
                                    "  %i = PHI int [b0: 0], [b2: %j]\n"
                                    "  %c = LT int %i, 100\n"
                                    "  BR %c, b2, b3\n"
                                    "b2: <- b1\n"
                                    "  CALL @deep\n"
                                    "  %j = ADD int %i, 1\n"
                                    "  JUMP b1\n"
                                    "b3: <- b1\n"
                                    "  RET\n"
                                    "}\n"
                                    "function @deep(0) {\n"
                                    "b0:\n"
                                    "  CALL @ping\n"
                                    "  RET\n"
                                    "}\n"
                                    "function @ping(0) {\n"
                                    "b0:\n"
                                    "  CALL @pong\n"
                                    "  RET\n"
                                    "}\n"
                                    "function @pong(0) {\n"
                                    "b0:\n"
                                    "  CALL @ping\n"
                                    "  RET\n"
                                    "}\n"
                                    "function @api(0) {\n"
                                    "b0:\n"
                                    "  CALL @setup\n"
                                    "  RET\n"
                                    "}\n";

static void heat_and_once(void **state) {
  (void)state;
  Linked l = LINK(graph);
  assert_int_equal(func(&l, "main")->heat, 0);
  assert_int_equal(func(&l, "worker")->heat, 1);
  assert_int_equal(func(&l, "deep")->heat, 2);
  assert_int_equal(func(&l, "ping")->heat, 2);
  assert_int_equal(func(&l, "pong")->heat, 2);
  assert_true(func(&l, "main")->once);
  assert_false(func(&l, "worker")->once);
  assert_false(func(&l, "api")->once);
  assert_false(func(&l, "setup")->once); /* api calls it too */
  assert_int_equal(pg_call(l.program, func(&l, "worker")->callers[0])->loop_depth, 1);
  unlink_program(&l);
  l = LINK(unit_a, unit_b);
  assert_true(func(&l, "shared")->once);
  unlink_program(&l);
}

static void components_have_callees_first(void **state) {
  (void)state;
  Linked l = LINK(graph);
  const IrProgram *p = l.program;
  for (PgFunc f = 0; f < pg_nfuncs(p); f++)
    for (uint32_t c = 0; c < pg_func(p, f)->ncalls; c++)
      assert_true(pg_func(p, pg_call(p, pg_func(p, f)->calls[c])->callee)->scc <=
                  pg_func(p, f)->scc);
  assert_int_equal(func(&l, "ping")->scc, func(&l, "pong")->scc);
  assert_int_not_equal(func(&l, "deep")->scc, func(&l, "ping")->scc);
  assert_true(has(&l, "ping", PG_RECURSIVE));
  assert_false(has(&l, "deep", PG_RECURSIVE));
  unlink_program(&l);
}

/* Calls through pointers: a function itself, a field with one function ever, and fields where more
 * may be stored. */
#define POINTERS(extra)                                                                            \
  HEAD("/p/pointers.c")                                                                            \
  NODE LIBRARY "symbol @nodes: struct node[4] (internal defined)\n"                                \
               "symbol @table: !11 (internal defined const)\n"                                     \
               "symbol @show: !9 (function defined address_taken)\n"                               \
               "symbol @other: !9 (function defined address_taken)\n"                              \
               "symbol @init: !9 (function defined)\n"                                             \
               "symbol @direct: !9 (function defined)\n"                                           \
               "symbol @visit: !9 (function defined)\n"                                            \
               "symbol @from_table: !9 (function defined)\n"                                       \
               "init @table = @show\n" extra "function @show(0) {\n"                               \
               "b0:\n"                                                                             \
               "  %r = CALL int @puts, 0:char *\n"                                                 \
               "  RET\n"                                                                           \
               "}\n"                                                                               \
               "function @other(0) {\n"                                                            \
               "b0:\n"                                                                             \
               "  RET\n"                                                                           \
               "}\n"                                                                               \
               "function @init(1) {\n"                                                             \
               "b0:\n"                                                                             \
               "  %n = PARAM struct node * 0\n"                                                    \
               "  STORE !11 [%n + 8] .visit, @show\n"                                              \
               "  RET\n"                                                                           \
               "}\n"                                                                               \
               "function @direct(0) {\n"                                                           \
               "b0:\n"                                                                             \
               "  CALLP @show\n"                                                                   \
               "  RET\n"                                                                           \
               "}\n"                                                                               \
               "function @visit(1) {\n"                                                            \
               "b0:\n"                                                                             \
               "  %n = PARAM struct node * 0\n"                                                    \
               "  %f = LOAD !11 [%n + 8] .visit\n"                                                 \
               "  CALLP %f\n"                                                                      \
               "  RET\n"                                                                           \
               "}\n"                                                                               \
               "function @from_table(0) {\n"                                                       \
               "b0:\n"                                                                             \
               "  %f = LOAD !11 [@table]\n"                                                        \
               "  CALLP %f\n"                                                                      \
               "  RET\n"                                                                           \
               "}\n"

static void through_pointers(void **state) {
  (void)state;
  Linked l = LINK(POINTERS("init @nodes + 32 = @show\n"));
  assert_int_equal(pg_call(l.program, func(&l, "from_table")->calls[0])->callee,
                   pg_func_named(l.program, "show"));
  assert_int_equal(pg_call(l.program, func(&l, "direct")->calls[0])->callee,
                   pg_func_named(l.program, "show"));
  assert_int_equal(pg_call(l.program, func(&l, "visit")->calls[0])->callee,
                   pg_func_named(l.program, "show"));
  assert_true(has(&l, "visit", PG_IO));
  assert_false(has(&l, "visit", PG_UNKNOWN));
  const PgFunction *visit = func(&l, "visit");
  const IrInsn *call = &visit->fn->insns[pg_call(l.program, visit->calls[0])->insn];
  assert_true(pg_summary(l.program, visit->unit, visit->fn, call)->flags & PG_IO);
  unlink_program(&l);
  /* An initialiser puts another function there. */
  l = LINK(POINTERS("init @nodes + 56 = @other\n"));
  assert_int_equal(pg_call(l.program, func(&l, "direct")->calls[0])->callee,
                   pg_func_named(l.program, "show"));
  visit = func(&l, "visit");
  assert_int_equal(pg_call(l.program, visit->calls[0])->callee, IR_NONE);
  call = &visit->fn->insns[pg_call(l.program, visit->calls[0])->insn];
  assert_int_equal(pg_callee(l.program, visit->unit, visit->fn, call), IR_NONE);
  assert_true(pg_summary(l.program, visit->unit, visit->fn, call)->flags & PG_UNKNOWN);
  assert_true(has(&l, "visit", PG_UNKNOWN));
  unlink_program(&l);
  /* The field's address goes somewhere: anything may be stored through it. */
  l = LINK(POINTERS("function @leak(1): !11 {\n"
                    "b0:\n"
                    "  %n = PARAM struct node * 0\n"
                    "  %a = ADDR !11 [%n + 8] .visit of !11\n"
                    "  CALL @memset, %a\n"
                    "  RET\n"
                    "}\n"));
  visit = func(&l, "visit");
  assert_int_equal(pg_call(l.program, visit->calls[0])->callee, IR_NONE);
  unlink_program(&l);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(functions_are_linked),
      cmocka_unit_test(other_bodies_stay_apart),
      cmocka_unit_test(any_order_is_the_same),
      cmocka_unit_test(no_units),
      cmocka_unit_test(records_are_linked),
      cmocka_unit_test(units_may_disagree),
      cmocka_unit_test(external_records),
      cmocka_unit_test(heat_and_once),
      cmocka_unit_test(components_have_callees_first),
      cmocka_unit_test(through_pointers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
