/* Facts of records: uses in loops, allocation sites, arrays, what sees their bytes. */
#include "ir/tests/program_test_units.h"

enum { NEXT = 1, VISIT = 2, KEY = 4 }; /* fields of struct node as masks */

/* ---- loops ----------------------------------------------------------------------------------- */

static const char loops[] =
    HEAD("/p/loops.c") NODE LIBRARY "symbol @table: !13\n"
                                    "symbol @list_sum: !10 (function defined)\n"
                                    "symbol @array_clear: !9 (function defined)\n"
                                    "symbol @same_node: !10 (function defined)\n"
                                    "symbol @no_loop: !10 (function defined)\n"
                                    "function @list_sum(1): int {\n"
                                    "b0:\n"
                                    "  %list = PARAM struct node * 0\n"
                                    "  JUMP b1\n"
                                    "b1: <- b0, b2\n"
                                    "  %p = PHI struct node * [b0: %list], [b2: %next]\n"
                                    "  %sum = PHI int [b0: 0], [b2: %more]\n"
                                    "  BR %p, b2, b3\n"
                                    "b2: <- b1\n"
                                    "  %key = LOAD int [%p + 16] .key\n"
                                    "  %more = ADD int %sum, %key\n"
                                    "  %next = LOAD struct node * [%p] .next\n"
                                    "  JUMP b1\n"
                                    "b3: <- b1\n"
                                    "  RET %sum\n"
                                    "}\n"
                                    "function @array_clear(0) {\n"
                                    "b0:\n"
                                    "  JUMP b1\n"
                                    "b1: <- b0, b2\n"
                                    "  %i = PHI int [b0: 0], [b2: %j]\n"
                                    "  %c = LT int %i, 40\n"
                                    "  BR %c, b2, b3\n"
                                    "b2: <- b1\n"
                                    "  STORE int [@table + 24*%i + 16] .key, 0\n"
                                    "  %j = ADD int %i, 1\n"
                                    "  JUMP b1\n"
                                    "b3: <- b1\n"
                                    "  RET\n"
                                    "}\n"
                                    "function @same_node(1): int {\n"
                                    "b0:\n"
                                    "  %n = PARAM struct node * 0\n"
                                    "  JUMP b1\n"
                                    "b1: <- b0, b2\n"
                                    "  %i = PHI int [b0: 0], [b2: %j]\n"
                                    "  %k = LOAD int [%n + 16] .key\n"
                                    "  %c = LT int %i, %k\n"
                                    "  BR %c, b2, b3\n"
                                    "b2: <- b1\n"
                                    "  %j = ADD int %i, 1\n"
                                    "  JUMP b1\n"
                                    "b3: <- b1\n"
                                    "  RET %i\n"
                                    "}\n"
                                    "function @no_loop(1): int {\n"
                                    "b0:\n"
                                    "  %n = PARAM struct node * 0\n"
                                    "  %f = LOAD !11 [%n + 8] .visit\n"
                                    "  RET 0\n"
                                    "}\n";

static const PgLoopUse *use_in(const Linked *l, const PgRecordInfo *info, const char *function) {
  const PgLoopUse *found = NULL;
  for (uint32_t i = 0; i < info->nuses; i++)
    if (info->uses[i].func == pg_func_named(l->program, function)) {
      assert_null(found);
      found = &info->uses[i];
    }
  return found;
}

static void uses_in_loops(void **state) {
  (void)state;
  Linked l = LINK(loops);
  const PgRecordInfo *node = record(&l, "struct node");
  assert_int_equal(node->nuses, 3);
  const PgLoopUse *use = use_in(&l, node, "list_sum");
  assert_int_equal(use->read, NEXT | KEY);
  assert_int_equal(use->written, 0);
  assert_true(use->walks && use->chased);
  use = use_in(&l, node, "array_clear");
  assert_int_equal(use->read, 0);
  assert_int_equal(use->written, KEY);
  assert_true(use->walks);
  assert_false(use->chased);
  use = use_in(&l, node, "same_node");
  assert_int_equal(use->read, KEY);
  assert_false(use->walks || use->chased);
  assert_null(use_in(&l, node, "no_loop"));
  assert_true(node->flags & PG_REC_CHASED);
  unlink_program(&l);
}

static void arrays(void **state) {
  (void)state;
  Linked l = LINK(loops);
  assert_true(record(&l, "struct node")->flags & PG_REC_ARRAY);
  assert_int_equal(record(&l, "struct node")->array_count, 40);
  unlink_program(&l);
  l = LINK(HEAD("/p/none.c") NODE "symbol @one: struct node\n");
  assert_false(record(&l, "struct node")->flags & PG_REC_ARRAY);
  assert_int_equal(record(&l, "struct node")->array_count, 0);
  unlink_program(&l);
}

/* ---- allocation ------------------------------------------------------------------------------ */

static const char allocations[] = HEAD("/p/allocs.c") NODE LIBRARY
    "symbol @zmalloc: !8 (function defined)\n"
    "symbol @node_new: !12 (function defined)\n"
    "symbol @make_list: !9 (function defined)\n"
    "symbol @make_array: !12 (function defined)\n"
    "symbol @make_table: !12 (function defined)\n"
    "symbol @make_ten: !12 (function defined)\n"
    "symbol @buffer: !8 (function defined)\n"
    "function @zmalloc(1): void * {\n"
    "b0:\n"
    "  %n = PARAM unsigned long 0\n"
    "  %p = CALL void * @malloc, %n\n"
    "  RET %p\n"
    "}\n"
    "function @node_new(0): struct node * {\n"
    "b0:\n"
    "  %p = CALL void * @zmalloc, 24:unsigned long\n"
    "  %n = CONV struct node * %p\n"
    "  RET %n\n"
    "}\n"
    "function @make_list(0) {\n"
    "b0:\n"
    "  JUMP b1\n"
    "b1: <- b0, b2\n"
    "  %i = PHI int [b0: 0], [b2: %j]\n"
    "  %last = PHI struct node * [b0: 0:struct node *], [b2: %n]\n"
    "  %c = LT int %i, 100\n"
    "  BR %c, b2, b3\n"
    "b2: <- b1\n"
    "  %n = CALL struct node * @node_new\n"
    "  STORE struct node * [%n] .next, %last\n"
    "  %j = ADD int %i, 1\n"
    "  JUMP b1\n"
    "b3: <- b1\n"
    "  RET\n"
    "}\n"
    "function @make_array(1): struct node * {\n"
    "b0:\n"
    "  %n = PARAM unsigned long 0\n"
    "  %size = MUL unsigned long %n, 24:unsigned long\n"
    "  %p = CALL void * @zmalloc, %size\n"
    "  %a = CONV struct node * %p\n"
    "  RET %a\n"
    "}\n"
    "function @make_table(1): struct node * {\n"
    "b0:\n"
    "  %n = PARAM unsigned long 0\n"
    "  %p = CALL void * @calloc, %n, 24:unsigned long\n"
    "  %a = CONV struct node * %p\n"
    "  RET %a\n"
    "}\n"
    "function @make_ten(0): struct node * {\n"
    "b0:\n"
    "  %p = CALL void * @calloc, 10:unsigned long, 24:unsigned long\n"
    "  %a = CONV struct node * %p\n"
    "  RET %a\n"
    "}\n"
    "function @buffer(1): void * {\n"
    "b0:\n"
    "  %n = PARAM unsigned long 0\n"
    "  %p = CALL void * @zmalloc, %n\n"
    "  RET %p\n"
    "}\n";

static int64_t count_in(const Linked *l, const char *function) {
  const PgRecordInfo *node = record(l, "struct node");
  for (uint32_t i = 0; i < node->nallocs; i++)
    if (node->allocs[i].func == pg_func_named(l->program, function))
      return node->allocs[i].count;
  return 0;
}

static void allocation_sites(void **state) {
  (void)state;
  Linked l = LINK(allocations);
  const PgRecordInfo *node = record(&l, "struct node");
  assert_int_equal(node->nallocs, 4);
  assert_int_equal(count_in(&l, "node_new"), 1);
  assert_int_equal(count_in(&l, "make_array"), -1);
  assert_int_equal(count_in(&l, "make_table"), -1);
  assert_int_equal(count_in(&l, "make_ten"), 10);
  assert_int_equal(count_in(&l, "make_list"), 0); /* node_new's site */
  assert_int_equal(count_in(&l, "buffer"), 0);
  assert_true(node->flags & PG_REC_ALLOC_LOOP);
  assert_true(node->flags & PG_REC_HEAP_ARRAY);
  assert_int_equal(summary(&l, "make_array")->count_arg, 0);
  unlink_program(&l);
}

/* One object, outside of loops. */
static void allocated_once(void **state) {
  (void)state;
  Linked l = LINK(HEAD("/p/single.c") NODE LIBRARY "symbol @node_new: !12 (function defined)\n"
                                                   "function @node_new(0): struct node * {\n"
                                                   "b0:\n"
                                                   "  %p = CALL void * @malloc, 24:unsigned long\n"
                                                   "  %n = CONV struct node * %p\n"
                                                   "  RET %n\n"
                                                   "}\n");
  assert_int_equal(record(&l, "struct node")->nallocs, 1);
  assert_false(record(&l, "struct node")->flags & (PG_REC_ALLOC_LOOP | PG_REC_HEAP_ARRAY));
  unlink_program(&l);
}

/* ---- bytes ----------------------------------------------------------------------------------- */

#define USES_NODE(body)                                                                            \
  HEAD("/p/bytes.c")                                                                               \
  NODE LIBRARY "type 14 !\"struct other\" = record 1 size 32 align 8\n"                            \
               "type 15 !\"struct other *\" = ptr !14 size 8 align 8\n"                            \
               "record 1 !\"struct other\": !14 size 32 align 8 at 1/30:1 {\n"                     \
               "  head: struct node +0\n"                                                          \
               "  extra: int +24\n"                                                                \
               "}\n"                                                                               \
               "symbol @memcmp: !10 (function system)\n"                                           \
               "symbol @write: !10 (function system)\n"                                            \
               "symbol @hash: !10 (function defined)\n"                                            \
               "symbol @use: !9 (function defined)\n"                                              \
               "function @hash(2): int {\n"                                                        \
               "b0:\n"                                                                             \
               "  %p = PARAM void * 0\n"                                                           \
               "  %n = PARAM unsigned long 1\n"                                                    \
               "  %x = LOAD char [%p + 1*%n]\n"                                                    \
               "  RET 0\n"                                                                         \
               "}\n"                                                                               \
               "function @use(1) {\n"                                                              \
               "b0:\n"                                                                             \
               "  %n = PARAM struct node * 0\n" body "  RET\n"                                     \
               "}\n"

static uint32_t node_flags(const char *text) {
  Linked l = LINK(text);
  uint32_t flags = record(&l, "struct node")->flags;
  unlink_program(&l);
  return flags;
}

static void bytes_escape(void **state) {
  (void)state;
  assert_true(node_flags(USES_NODE("  %r = CALL int @write, 1, %n, 24:unsigned long\n")) &
              PG_REC_BYTES_ESCAPE);
  assert_true(node_flags(USES_NODE("  %r = CALL int @memcmp, %n, %n, 24:unsigned long\n")) &
              PG_REC_BYTES_ESCAPE);
  assert_true(node_flags(USES_NODE("  %r = CALL int @hash, %n, 24:unsigned long\n")) &
              PG_REC_BYTES_ESCAPE);
  assert_false(node_flags(USES_NODE("  %r = CALL void * @memcpy, %n, %n, 24:unsigned long\n")) &
               PG_REC_BYTES_ESCAPE);
  assert_false(node_flags(USES_NODE("  CALL @free, %n\n")) & PG_REC_BYTES_ESCAPE);
  assert_false(node_flags(USES_NODE("")) & PG_REC_BYTES_ESCAPE);
}

/* To a callback that may be any function; a pointer that stays here is handed to nobody. */
static void handed_out(void **state) {
  (void)state;
  assert_true(node_flags(USES_NODE("  %c = LOAD void * [%n + 8]\n  CALLP %c, %n\n")) &
              PG_REC_HANDED_OUT);
  assert_false(node_flags(USES_NODE("  %c = LOAD void * [%n + 8]\n  CALLP %c, 1\n")) &
               PG_REC_HANDED_OUT);
  assert_false(node_flags(USES_NODE("  CALL @free, %n\n")) & PG_REC_HANDED_OUT);
}

/* Memory of a size that says nothing about the record is no array of it. */
static void unknown_size(void **state) {
  (void)state;
  Linked l = LINK(HEAD("/p/blob.c") NODE LIBRARY "symbol @load: !12 (function defined)\n"
                                                 "function @load(1): struct node * {\n"
                                                 "b0:\n"
                                                 "  %n = PARAM unsigned long 0\n"
                                                 "  %p = CALL void * @malloc, %n\n"
                                                 "  %a = CONV struct node * %p\n"
                                                 "  RET %a\n"
                                                 "}\n");
  assert_int_equal(count_in(&l, "load"), -1);
  assert_false(record(&l, "struct node")->flags & (PG_REC_HEAP_ARRAY | PG_REC_ALLOC_LOOP));
  unlink_program(&l);
}

static void prefixes(void **state) {
  (void)state;
  assert_true(node_flags(USES_NODE("  %o = CONV struct other * %n\n")) & PG_REC_PREFIX);
  assert_false(node_flags(USES_NODE("  %o = CONV struct node * %n\n")) & PG_REC_PREFIX);
  assert_false(node_flags(USES_NODE("  %t = ADDR struct node * [%n + 24]\n"
                                    "  %o = CONV struct other * %t\n")) &
               PG_REC_PREFIX);
  assert_false(node_flags(USES_NODE("")) & PG_REC_PREFIX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(uses_in_loops),    cmocka_unit_test(arrays),
      cmocka_unit_test(allocation_sites), cmocka_unit_test(allocated_once),
      cmocka_unit_test(bytes_escape),     cmocka_unit_test(handed_out),
      cmocka_unit_test(unknown_size),     cmocka_unit_test(prefixes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
