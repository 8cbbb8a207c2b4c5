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

/* Entries of the function's nth call in the call list. */
static uint32_t targets_of(const Linked *l, const char *name, uint32_t nth) {
  const PgFunction *f = func(l, name);
  uint32_t count = 0;
  const IrInsn *call = &f->fn->insns[pg_call(l->program, f->calls[nth])->insn];
  assert_non_null(pg_targets(l->program, f->unit, f->fn, call, &count));
  return count;
}

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
  /* An initialiser puts another function there: it is one of the two. */
  l = LINK(POINTERS("init @nodes + 56 = @other\n"));
  assert_int_equal(pg_call(l.program, func(&l, "direct")->calls[0])->callee,
                   pg_func_named(l.program, "show"));
  visit = func(&l, "visit");
  call = &visit->fn->insns[pg_call(l.program, visit->calls[0])->insn];
  assert_int_equal(targets_of(&l, "visit", 0), 2);
  assert_int_equal(pg_callee(l.program, visit->unit, visit->fn, call), IR_NONE);
  assert_true(pg_summary(l.program, visit->unit, visit->fn, call)->flags & PG_IO);
  assert_false(pg_summary(l.program, visit->unit, visit->fn, call)->flags & PG_UNKNOWN);
  assert_true(has(&l, "visit", PG_IO));
  assert_false(has(&l, "visit", PG_UNKNOWN));
  assert_int_equal(func(&l, "other")->ncallers, 1);
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
  call = &visit->fn->insns[pg_call(l.program, visit->calls[0])->insn];
  assert_int_equal(targets_of(&l, "visit", 0), 2); /* the one seen, and others */
  assert_true(has(&l, "visit", PG_UNKNOWN | PG_IO));
  assert_true(pg_summary(l.program, visit->unit, visit->fn, call)->flags & PG_UNKNOWN);
  unlink_program(&l);
}

/* Function pointers as parameters, merged, and copied from field to field. */
#define HANDED(main)                                                                               \
  HEAD("/p/handed.c")                                                                              \
  NODE LIBRARY "type 14 !\"void *(*)()\" = ptr !8 size 8 align 8\n"                                \
               "type 15 !\"struct state\" = record 1 size 8 align 8\n"                             \
               "type 16 !\"struct state *\" = ptr !15 size 8 align 8\n"                            \
               "record 1 !\"struct state\": !15 size 8 align 8 at 1/30:1 {\n"                      \
               "  alloc: !14 +0\n"                                                                 \
               "}\n"                                                                               \
               "symbol @main: !10 (function " main ")\n"                                           \
               "symbol @small: !8 (function defined address_taken internal)\n"                     \
               "symbol @large: !8 (function defined address_taken internal)\n"                     \
               "symbol @state_new: !9 (function defined address_taken)\n"                          \
               "symbol @take: !8 (function defined)\n"                                             \
               "symbol @apply: !8 (function defined internal)\n"                                   \
               "symbol @either: !8 (function defined)\n"                                           \
               "symbol @with_small: !8 (function defined)\n"                                       \
               "symbol @start: !9 (function defined)\n"                                            \
               "function @small(1): void * {\n"                                                    \
               "b0:\n"                                                                             \
               "  %n = PARAM unsigned long 0\n"                                                    \
               "  %p = CALL void * @malloc, %n\n"                                                  \
               "  RET %p\n"                                                                        \
               "}\n"                                                                               \
               "function @large(1): void * {\n"                                                    \
               "b0:\n"                                                                             \
               "  %n = PARAM unsigned long 0\n"                                                    \
               "  %p = CALL void * @calloc, 1:unsigned long, %n\n"                                 \
               "  RET %p\n"                                                                        \
               "}\n"                                                                               \
               "function @state_new(2) {\n"                                                        \
               "b0:\n"                                                                             \
               "  %s = PARAM struct state * 0\n"                                                   \
               "  %f = PARAM !14 1\n"                                                              \
               "  STORE !14 [%s] .alloc, %f\n"                                                     \
               "  RET\n"                                                                           \
               "}\n"                                                                               \
               "function @take(1): void * {\n"                                                     \
               "b0:\n"                                                                             \
               "  %s = PARAM struct state * 0\n"                                                   \
               "  %f = LOAD !14 [%s] .alloc\n"                                                     \
               "  %p = CALLP void * %f, 64:unsigned long\n"                                        \
               "  RET %p\n"                                                                        \
               "}\n"                                                                               \
               "function @apply(2): void * {\n"                                                    \
               "b0:\n"                                                                             \
               "  %f = PARAM !14 0\n"                                                              \
               "  %n = PARAM unsigned long 1\n"                                                    \
               "  %p = CALLP void * %f, %n\n"                                                      \
               "  RET %p\n"                                                                        \
               "}\n"                                                                               \
               "function @with_small(1): void * {\n"                                               \
               "b0:\n"                                                                             \
               "  %n = PARAM unsigned long 0\n"                                                    \
               "  %p = CALL void * @apply, @small, %n\n"                                           \
               "  RET %p\n"                                                                        \
               "}\n"                                                                               \
               "function @either(1): void * {\n"                                                   \
               "b0:\n"                                                                             \
               "  %n = PARAM unsigned long 0\n"                                                    \
               "  BR %n, b1, b1\n"                                                                 \
               "b1: <- b0, b0\n"                                                                   \
               "  %f = PHI !14 [b0: @small], [b0: @large]\n"                                       \
               "  %p = CALLP void * %f, %n\n"                                                      \
               "  RET %p\n"                                                                        \
               "}\n"                                                                               \
               "function @start(1) {\n"                                                            \
               "b0:\n"                                                                             \
               "  %s = PARAM struct state * 0\n"                                                   \
               "  CALL @state_new, %s, @small\n"                                                   \
               "  CALL @state_new, %s, @large\n"                                                   \
               "  RET\n"                                                                           \
               "}\n"

static void several_targets(void **state) {
  (void)state;
  Linked l = LINK(HANDED("defined") "function @main(0): int {\n"
                                    "b0:\n"
                                    "  RET 0\n"
                                    "}\n");
  assert_int_equal(targets_of(&l, "apply", 0), 1);
  assert_true(has(&l, "with_small", PG_FRESH));
  assert_int_equal(summary(&l, "with_small")->size_arg, 0);
  assert_int_equal(targets_of(&l, "either", 0), 2);
  assert_true(has(&l, "either", PG_FRESH | PG_ALLOCATES));
  assert_false(has(&l, "either", PG_UNKNOWN));
  assert_int_equal(targets_of(&l, "take", 0), 2); /* by way of state_new's parameter */
  assert_true(has(&l, "take", PG_FRESH));
  assert_false(has(&l, "take", PG_UNKNOWN));
  unlink_program(&l);
  /* A library: its user may hand anything to state_new, but not to the static apply. */
  l = LINK(HANDED("system"));
  assert_int_equal(targets_of(&l, "take", 0), 3);
  assert_true(has(&l, "take", PG_UNKNOWN));
  assert_false(has(&l, "take", PG_FRESH));
  assert_true(has(&l, "with_small", PG_FRESH));
  unlink_program(&l);
}

/* Functions given to the C library. */
static const char callbacks[] = HEAD("/p/callbacks.c") NODE LIBRARY
    "symbol @qsort: !9 (function system)\n"
    "symbol @pthread_create: !10 (function system)\n"
    "symbol @compare: !10 (function defined internal address_taken)\n"
    "symbol @thread: !9 (function defined internal address_taken)\n"
    "symbol @sort: !9 (function defined)\n"
    "symbol @sort_by: !9 (function defined)\n"
    "symbol @spawn: !9 (function defined)\n"
    "function @compare(2): int {\n"
    "b0:\n"
    "  %p = CALL void * @malloc, 8:unsigned long\n"
    "  CALL @free, %p\n"
    "  RET 0\n"
    "}\n"
    "function @thread(1) {\n"
    "b0:\n"
    "  %r = CALL int @sleep, 1\n"
    "  RET\n"
    "}\n"
    "function @sort(2) {\n"
    "b0:\n"
    "  %a = PARAM void * 0\n"
    "  %n = PARAM unsigned long 1\n"
    "  CALL @qsort, %a, %n, 8:unsigned long, @compare\n"
    "  RET\n"
    "}\n"
    "function @sort_by(2) {\n"
    "b0:\n"
    "  %a = PARAM void * 0\n"
    "  %by = PARAM !11 1\n"
    "  CALL @qsort, %a, 8:unsigned long, 8:unsigned long, %by\n"
    "  RET\n"
    "}\n"
    "function @spawn(1) {\n"
    "b0:\n"
    "  %t = PARAM void * 0\n"
    "  %r = CALL int @pthread_create, %t, 0:void *, @thread, 0:void *\n"
    "  RET\n"
    "}\n";

static void called_back(void **state) {
  (void)state;
  Linked l = LINK(callbacks);
  assert_true(has(&l, "sort", PG_ALLOCATES | PG_FREES));
  assert_false(has(&l, "sort", PG_UNKNOWN));
  assert_int_equal(func(&l, "compare")->heat, 1);
  assert_true(has(&l, "sort_by", PG_UNKNOWN));
  const PgFunction *sort = func(&l, "sort");
  const IrInsn *call = &sort->fn->insns[pg_call(l.program, sort->calls[0])->insn];
  assert_true(pg_summary(l.program, sort->unit, sort->fn, call)->flags & PG_ALLOCATES);
  assert_false(has(&l, "qsort", PG_ALLOCATES));
  const PgCall *entry = pg_call(l.program, func(&l, "thread")->callers[0]);
  assert_int_equal(entry->kind, PG_CALL_LATER);
  assert_int_equal(entry->caller, pg_func_named(l.program, "spawn"));
  assert_false(has(&l, "spawn", PG_BLOCKS)); /* it does not wait for the thread */
  unlink_program(&l);
}

/* What the options say of functions counts more than what their bodies tell. */
static void own_library(void **state) {
  (void)state;
  static const PgLibraryRow rows[] = {
      {.name = "mystery", .like = "malloc", .size_arg = -1, .count_arg = -1, .freed_arg = -1},
      {.name = "put", .flags = PG_FREES, .size_arg = -1, .count_arg = -1, .freed_arg = 1},
      {.name = "commit", .flags = PG_COMMITS, .size_arg = -1, .count_arg = -1, .freed_arg = -1},
  };
  static const char text[] = HEAD("/p/own.c") NODE LIBRARY "symbol @put: !9 (function defined)\n"
                                                           "symbol @commit: !9 (function)\n"
                                                           "symbol @taken: !8 (function defined)\n"
                                                           "symbol @given: !9 (function defined)\n"
                                                           "function @put(2) {\n"
                                                           "b0:\n"
                                                           "  RET\n"
                                                           "}\n"
                                                           "function @taken(1): void * {\n"
                                                           "b0:\n"
                                                           "  %n = PARAM unsigned long 0\n"
                                                           "  %p = CALL void * @mystery, %n\n"
                                                           "  RET %p\n"
                                                           "}\n"
                                                           "function @given(1) {\n"
                                                           "b0:\n"
                                                           "  %p = PARAM void * 0\n"
                                                           "  CALL @put, 0, %p\n"
                                                           "  CALL @commit\n"
                                                           "  RET\n"
                                                           "}\n";
  Linked l = LINK(text);
  assert_false(has(&l, "taken", PG_FRESH));
  assert_int_equal(summary(&l, "given")->freed_arg, -1);
  unlink_program(&l);
  PgOptions options = {.library = rows, .nlibrary = 3};
  l = link_texts(&options, (const char *const[]){text, NULL});
  assert_true(has(&l, "taken", PG_FRESH | PG_ALLOCATES));
  assert_int_equal(summary(&l, "taken")->size_arg, 0);
  assert_int_equal(summary(&l, "put")->freed_arg, 1);
  assert_int_equal(summary(&l, "given")->freed_arg, 0);
  assert_true(has(&l, "commit", PG_COMMITS));
  assert_false(has(&l, "given", PG_COMMITS));
  unlink_program(&l);
  assert_true(pg_library_knows("malloc"));
  assert_false(pg_library_knows("mallok"));
  assert_string_equal(pg_library_nearest("mallok"), "malloc");
}

/* ---- several programs in one tree ------------------------------------------------------------ */

/* A server and a client with a main and a log function each, and a unit that belongs to one of
 * them, or to both. */
#define PROGRAM(path, does)                                                                        \
  HEAD(path)                                                                                       \
  NODE LIBRARY "symbol @main: !10 (function defined)\n"                                            \
               "symbol @note: !9 (function defined)\n"                                             \
               "symbol @start: !9 (function)\n"                                                    \
               "function @main(0): int {\n"                                                        \
               "b0:\n"                                                                             \
               "  CALL @start\n"                                                                   \
               "  RET 0\n"                                                                         \
               "}\n"                                                                               \
               "function @note(0) {\n"                                                             \
               "b0:\n" does "  RET\n"                                                              \
               "}\n"
#define WITH_START(extra, body)                                                                    \
  HEAD("/p/start.c")                                                                               \
  NODE LIBRARY "symbol @start: !9 (function defined)\n"                                            \
               "symbol @note: !9 (function)\n" extra "function @start(0) {\n"                      \
               "b0:\n"                                                                             \
               "  CALL @note\n"                                                                    \
               "  RET\n"                                                                           \
               "}\n" body

static const char server[] = PROGRAM("/p/server.c", "  %r = CALL int @puts, 0:char *\n");
static const char client[] = PROGRAM("/p/client.c", "  %r = CALL int @sleep, 1\n");

static void definitions_that_link(void **state) {
  (void)state;
  /* In both programs: one of the two. */
  Linked l = LINK(server, client, WITH_START("", ""));
  assert_int_equal(targets_of(&l, "start", 0), 2);
  assert_true(has(&l, "start", PG_IO | PG_BLOCKS));
  assert_false(has(&l, "start", PG_UNKNOWN));
  unlink_program(&l);
  /* It defines something that the client does too: it is the server's. */
  static const char also[] = "function @usage(0) {\n"
                             "b0:\n"
                             "  RET\n"
                             "}\n";
  static const char usage[] =
      HEAD("/p/client.c") NODE LIBRARY "symbol @main: !10 (function defined)\n"
                                       "symbol @note: !9 (function defined)\n"
                                       "symbol @usage: !9 (function defined)\n"
                                       "function @main(0): int {\n"
                                       "b0:\n"
                                       "  RET 1\n"
                                       "}\n"
                                       "function @note(0) {\n"
                                       "b0:\n"
                                       "  %r = CALL int @sleep, 1\n"
                                       "  RET\n"
                                       "}\n"
                                       "function @usage(0) {\n"
                                       "b0:\n"
                                       "  %r = CALL int @sleep, 2\n"
                                       "  RET\n"
                                       "}\n";
  HpBuf text = {0};
  hp_buf_addf(&text, "%s%s", WITH_START("symbol @usage: !9 (function defined)\n", ""), also);
  l = LINK(server, usage, hp_buf_text(&text));
  hp_buf_free(&text);
  assert_int_equal(targets_of(&l, "start", 0), 1);
  assert_true(has(&l, "start", PG_IO));
  assert_false(has(&l, "start", PG_BLOCKS));
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
      cmocka_unit_test(several_targets),
      cmocka_unit_test(called_back),
      cmocka_unit_test(own_library),
      cmocka_unit_test(definitions_that_link),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
