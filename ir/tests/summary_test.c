/* Summaries: each flag on functions that must have it and on near misses that must not. */
#include "ir/tests/program_test_units.h"

/* ---- allocators ------------------------------------------------------------------------------ */

/* malloc with a header in front, a wrapper that ends the program without memory, calloc-like ones.
 */
static const char allocators[] =
    HEAD("/p/alloc.c") NODE LIBRARY "symbol @with_header: !8 (function defined)\n"
                                    "symbol @xmalloc: !8 (function defined)\n"
                                    "symbol @vector_new: !8 (function defined)\n"
                                    "symbol @matrix_new: !8 (function defined)\n"
                                    "symbol @node_new: !12 (function defined)\n"
                                    "symbol @node_copy: !12 (function defined)\n"
                                    "symbol @at_least: !8 (function defined)\n"
                                    "function @with_header(1): void * {\n"
                                    "b0:\n"
                                    "  %0 = PARAM unsigned long 0 as n\n"
                                    "  %1 = ADD unsigned long %0, 16:unsigned long\n"
                                    "  %2 = CALL void * @malloc, %1\n"
                                    "  %3 = EQ int %2, 0:void *\n"
                                    "  BR %3, b1, b2\n"
                                    "b1: <- b0\n"
                                    "  RET 0:void *\n"
                                    "b2: <- b0\n"
                                    "  STORE unsigned long [%2], %0\n"
                                    "  %7 = ADDR void * [%2 + 16] of char\n"
                                    "  RET %7\n"
                                    "}\n"
                                    "function @xmalloc(1): void * {\n"
                                    "b0:\n"
                                    "  %0 = PARAM unsigned long 0 as n\n"
                                    "  %1 = CALL void * @with_header, %0\n"
                                    "  BR %1, b1, b2\n"
                                    "b1: <- b0\n"
                                    "  RET %1\n"
                                    "b2: <- b0\n"
                                    "  CALL @abort\n"
                                    "  STOP\n"
                                    "}\n"
                                    "function @vector_new(1): void * {\n"
                                    "b0:\n"
                                    "  %0 = PARAM unsigned long 0 as n\n"
                                    "  %1 = MUL unsigned long %0, 8:unsigned long\n"
                                    "  %2 = CALL void * @xmalloc, %1\n"
                                    "  RET %2\n"
                                    "}\n"
                                    "function @matrix_new(2): void * {\n"
                                    "b0:\n"
                                    "  %0 = PARAM unsigned long 0 as rows\n"
                                    "  %1 = PARAM unsigned long 1 as size\n"
                                    "  %2 = MUL unsigned long %0, %1\n"
                                    "  %3 = CALL void * @xmalloc, %2\n"
                                    "  RET %3\n"
                                    "}\n"
                                    "function @node_new(1): struct node * {\n"
                                    "b0:\n"
                                    "  %0 = PARAM int 0 as key\n"
                                    "  %1 = CALL void * @xmalloc, 24:unsigned long\n"
                                    "  %2 = CONV struct node * %1\n"
                                    "  STORE int [%2 + 16] .key, %0\n"
                                    "  STORE struct node * [%2] .next, %2\n"
                                    "  RET %2\n"
                                    "}\n"
                                    "function @node_copy(1): struct node * {\n"
                                    "b0:\n"
                                    "  %0 = PARAM struct node * 0 as from\n"
                                    "  %1 = EQ int %0, 0:struct node *\n"
                                    "  BR %1, b1, b2\n"
                                    "b1: <- b0\n"
                                    "  RET 0:struct node *\n"
                                    "b2: <- b0\n"
                                    "  %4 = LOAD int [%0 + 16] .key\n"
                                    "  %5 = CALL struct node * @node_new, %4\n"
                                    "  %6 = LOAD struct node * [%0] .next\n"
                                    "  %7 = CALL struct node * @node_copy, %6\n"
                                    "  STORE struct node * [%5] .next, %7\n"
                                    "  RET %5\n"
                                    "}\n"
                                    "function @at_least(1): void * {\n"
                                    "b0:\n"
                                    "  %0 = PARAM unsigned long 0 as n\n"
                                    "  BR %0, b1, b1\n"
                                    "b1: <- b0, b0\n"
                                    "  %2 = PHI unsigned long [b0: %0], [b0: 8:unsigned long]\n"
                                    "  %3 = CALL void * @malloc, %2\n"
                                    "  RET %3\n"
                                    "}\n";

/* The way to the allocator from a function of which nothing is known but its name. */
static bool path_from(HpBuf *path, const Linked *l, PgFunc func) {
  return pg_alloc_path(path, l->program, &(PgCallStep){IR_NONE, IR_NONE, func}, 1);
}

static void fresh(void **state) {
  (void)state;
  Linked l = LINK(allocators);
  const char *const names[] = {"malloc",     "with_header", "xmalloc",   "vector_new",
                               "matrix_new", "node_new",    "node_copy", "at_least"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    assert_true(has(&l, names[i], PG_FRESH | PG_ALLOCATES));
    assert_false(summary(&l, names[i])->flags & (PG_GROWS | PG_FREES | PG_PURE | PG_COLD_ALLOC));
  }
  assert_int_equal(summary(&l, "with_header")->size_arg, 0);
  assert_int_equal(summary(&l, "xmalloc")->size_arg, 0);
  assert_int_equal(summary(&l, "at_least")->size_arg, 0);
  assert_int_equal(summary(&l, "vector_new")->size_arg, -1);
  assert_int_equal(summary(&l, "vector_new")->count_arg, 0);
  assert_int_equal(summary(&l, "matrix_new")->count_arg, 0);
  assert_int_equal(summary(&l, "matrix_new")->size_arg, 1);
  assert_int_equal(summary(&l, "node_new")->fixed_size, 24);
  assert_int_equal(summary(&l, "xmalloc")->fixed_size, -1);
  assert_string_equal(pg_record(l.program, summary(&l, "node_new")->record)->name, "struct node");
  assert_string_equal(pg_record(l.program, summary(&l, "node_copy")->record)->name, "struct node");
  assert_int_equal(summary(&l, "xmalloc")->record, IR_NONE);
  assert_true(has(&l, "node_copy", PG_RECURSIVE));
  assert_false(has(&l, "node_new", PG_RECURSIVE));
  HpBuf path = {0};
  assert_true(path_from(&path, &l, pg_func_named(l.program, "node_copy")));
  assert_string_equal(hp_buf_text(&path), "node_copy > node_new > xmalloc > with_header > malloc");
  hp_buf_free(&path);
  unlink_program(&l);
}

/* Fresh memory that somebody else holds too, or not fresh at all. */
static const char holders[] = HEAD("/p/held.c") NODE LIBRARY
    "symbol @cache: void *\n"
    "symbol @stored: !8 (function defined)\n"
    "symbol @linked: !12 (function defined)\n"
    "symbol @keeper: !9 (function defined)\n"
    "symbol @kept: !8 (function defined)\n"
    "symbol @looker: !9 (function defined)\n"
    "symbol @looked: !12 (function defined)\n"
    "symbol @shown: !8 (function defined)\n"
    "symbol @copied: !8 (function defined)\n"
    "symbol @maybe: !8 (function defined)\n"
    "symbol @cached: !8 (function defined)\n"
    "symbol @same: !8 (function defined)\n"
    "symbol @through: !8 (function defined)\n"
    "symbol @aligned: !8 (function defined)\n"
    "symbol @posix_memalign: !10 (function system)\n"
    "function @stored(0): void * {\n"
    "b0:\n"
    "  %0 = CALL void * @malloc, 8:unsigned long\n"
    "  STORE void * [@cache], %0\n"
    "  RET %0\n"
    "}\n"
    "function @linked(1): struct node * {\n" /* the new node hangs in a list */
    "b0:\n"
    "  %0 = PARAM struct node * 0 as list\n"
    "  %1 = CALL void * @malloc, 24:unsigned long\n"
    "  %2 = CONV struct node * %1\n"
    "  STORE struct node * [%0] .next, %2\n"
    "  RET %2\n"
    "}\n"
    "function @keeper(1) {\n"
    "b0:\n"
    "  %0 = PARAM void * 0 as p\n"
    "  STORE void * [@cache], %0\n"
    "  RET\n"
    "}\n"
    "function @kept(0): void * {\n"
    "b0:\n"
    "  %0 = CALL void * @malloc, 8:unsigned long\n"
    "  CALL @keeper, %0\n"
    "  RET %0\n"
    "}\n"
    "function @looker(1) {\n" /* an init function: writes only into the object */
    "b0:\n"
    "  %0 = PARAM struct node * 0 as n\n"
    "  STORE struct node * [%0] .next, %0\n"
    "  STORE int [%0 + 16] .key, 1\n"
    "  RET\n"
    "}\n"
    "function @looked(0): struct node * {\n"
    "b0:\n"
    "  %0 = CALL void * @malloc, 24:unsigned long\n"
    "  %1 = CONV struct node * %0\n"
    "  CALL @looker, %1\n"
    "  RET %1\n"
    "}\n"
    "function @shown(0): void * {\n" /* to code that nobody knows */
    "b0:\n"
    "  %0 = CALL void * @malloc, 8:unsigned long\n"
    "  %1 = CALL void * @mystery, %0\n"
    "  RET %0\n"
    "}\n"
    "function @copied(1): void * {\n" /* memcpy(list, &p, sizeof p) */
    "  local $p: void *\n"
    "b0:\n"
    "  %list = PARAM void * 0\n"
    "  %new = CALL void * @malloc, 8:unsigned long\n"
    "  STORE void * [$p], %new\n"
    "  %to = CALL void * @memcpy, %list, $p, 8:unsigned long\n"
    "  RET %new\n"
    "}\n"
    "function @maybe(1): void * {\n"
    "b0:\n"
    "  %0 = PARAM void * 0 as p\n"
    "  BR %0, b1, b2\n"
    "b1: <- b0\n"
    "  RET %0\n"
    "b2: <- b0\n"
    "  %3 = CALL void * @malloc, 8:unsigned long\n"
    "  RET %3\n"
    "}\n"
    "function @cached(0): void * {\n"
    "b0:\n"
    "  %0 = LOAD void * [@cache]\n"
    "  RET %0\n"
    "}\n"
    "function @same(1): void * {\n"
    "b0:\n"
    "  %0 = PARAM void * 0 as p\n"
    "  RET %0\n"
    "}\n"
    "function @through(0): void * {\n"
    "b0:\n"
    "  %0 = CALL void * @malloc, 8:unsigned long\n"
    "  %1 = CALL void * @same, %0\n"
    "  RET %1\n"
    "}\n"
    "function @aligned(1): void * {\n" /* in a local whose address is taken */
    "  local $p: void *\n"
    "b0:\n"
    "  %0 = PARAM unsigned long 0 as n\n"
    "  %1 = CALL int @posix_memalign, $p, 64:unsigned long, %0\n"
    "  BR %1, b1, b2\n"
    "b1: <- b0\n"
    "  RET 0:void *\n"
    "b2: <- b0\n"
    "  %4 = LOAD void * [$p]\n"
    "  RET %4\n"
    "}\n";

static void not_fresh(void **state) {
  (void)state;
  Linked l = LINK(holders);
  const char *const held[] = {"stored", "linked", "kept", "shown", "copied", "maybe"};
  for (size_t i = 0; i < sizeof held / sizeof *held; i++) {
    assert_false(has(&l, held[i], PG_FRESH));
    assert_true(has(&l, held[i], PG_ALLOCATES));
  }
  assert_false(has(&l, "cached", PG_FRESH));
  assert_false(has(&l, "cached", PG_ALLOCATES));
  assert_false(has(&l, "same", PG_FRESH));
  assert_true(has(&l, "looked", PG_FRESH));
  assert_true(has(&l, "through", PG_FRESH));
  assert_true(has(&l, "aligned", PG_FRESH));
  assert_int_equal(summary(&l, "aligned")->size_arg, 0);
  assert_int_equal(summary(&l, "keeper")->keeps & 1, 1);
  unlink_program(&l);
}

/* Fresh memory handed over through a pointer, and hooks in place of the allocator. */
static const char handed[] = HEAD("/p/hooks.c") NODE LIBRARY
    "type 14 !\"void *(*)()\" = ptr !8 size 8 align 8\n"
    "type 15 !\"struct hooks\" = record 1 size 24 align 8\n"
    "type 16 !\"struct hooks *\" = ptr !15 size 8 align 8\n"
    "type 17 !\"struct list\" = record 2 size 16 align 8\n"
    "type 18 !\"struct list *\" = ptr !17 size 8 align 8\n"
    "type 19 !\"int (*)()\" = ptr !10 size 8 align 8\n"
    "type 20 !\"void **\" = ptr !4 size 8 align 8\n"
    "record 1 !\"struct hooks\": !15 size 24 align 8 at 1/30:1 {\n"
    "  xMalloc: !14 +0\n"
    "  xFree: !11 +8\n"
    "  xSize: !19 +16\n"
    "}\n"
    "record 2 !\"struct list\": !17 size 16 align 8 at 1/40:1 {\n"
    "  free: !11 +0\n"
    "  first: void * +8\n"
    "}\n"
    "symbol @hooks: struct hooks\n"
    "symbol @cache: void *\n"
    "symbol @make: !10 (function defined)\n"
    "symbol @made: !8 (function defined)\n"
    "symbol @make_and_keep: !10 (function defined)\n"
    "symbol @made_kept: !8 (function defined)\n"
    "symbol @hook_alloc: !8 (function defined)\n"
    "symbol @hook_free: !9 (function defined)\n"
    "symbol @list_let_go: !9 (function defined)\n"
    "function @make(2): int {\n"
    "b0:\n"
    "  %n = PARAM unsigned long 0\n"
    "  %out = PARAM void ** 1\n"
    "  %p = CALL void * @malloc, %n\n"
    "  STORE void * [%out], %p\n"
    "  RET 0\n"
    "}\n"
    "function @made(1): void * {\n"
    "  local $p: void *\n"
    "b0:\n"
    "  %n = PARAM unsigned long 0\n"
    "  STORE void * [$p], 0:void *\n"
    "  %r = CALL int @make, %n, $p\n"
    "  %p = LOAD void * [$p]\n"
    "  RET %p\n"
    "}\n"
    "function @make_and_keep(2): int {\n"
    "b0:\n"
    "  %n = PARAM unsigned long 0\n"
    "  %out = PARAM void ** 1\n"
    "  %p = CALL void * @malloc, %n\n"
    "  STORE void * [%out], %p\n"
    "  %again = LOAD void * [%out]\n"
    "  STORE void * [@cache], %again\n"
    "  RET 0\n"
    "}\n"
    "function @made_kept(1): void * {\n"
    "  local $p: void *\n"
    "b0:\n"
    "  %n = PARAM unsigned long 0\n"
    "  %r = CALL int @make_and_keep, %n, $p\n"
    "  %p = LOAD void * [$p]\n"
    "  RET %p\n"
    "}\n"
    "function @hook_alloc(1): void * {\n"
    "b0:\n"
    "  %n = PARAM unsigned long 0\n"
    "  %f = LOAD !14 [@hooks] .xMalloc\n"
    "  %p = CALLP void * %f, %n\n"
    "  %g = LOAD !19 [@hooks + 16] .xSize\n"
    "  %size = CALLP int %g, %p\n"
    "  RET %p\n"
    "}\n"
    "function @hook_free(1) {\n"
    "b0:\n"
    "  %p = PARAM void * 0\n"
    "  %f = LOAD !11 [@hooks + 8] .xFree\n"
    "  CALLP %f, %p\n"
    "  RET\n"
    "}\n"
    "function @list_let_go(2) {\n" /* a container's callback is no allocator hook */
    "b0:\n"
    "  %list = PARAM struct list * 0\n"
    "  %p = PARAM void * 1\n"
    "  %f = LOAD !11 [%list] .free\n"
    "  CALLP %f, %p\n"
    "  RET\n"
    "}\n";

static void outs_and_hooks(void **state) {
  (void)state;
  Linked l = LINK(handed);
  assert_true(has(&l, "made", PG_FRESH));
  assert_int_equal(summary(&l, "made")->size_arg, 0);
  assert_false(has(&l, "made_kept", PG_FRESH));
  assert_true(has(&l, "made_kept", PG_ALLOCATES));
  assert_true(has(&l, "hook_alloc", PG_FRESH | PG_ALLOCATES | PG_UNKNOWN));
  assert_int_equal(summary(&l, "hook_alloc")->size_arg, 0);
  assert_int_equal(summary(&l, "hook_free")->freed_arg, 0);
  assert_false(has(&l, "list_let_go", PG_FREES));
  assert_int_equal(summary(&l, "list_let_go")->freed_arg, -1);
  assert_true(has(&l, "list_let_go", PG_UNKNOWN));
  unlink_program(&l);
}

/* ---- free and realloc ------------------------------------------------------------------------ */

static const char releases[] =
    HEAD("/p/free.c") NODE LIBRARY "symbol @release: !9 (function defined)\n"
                                   "symbol @behind_header: !9 (function defined)\n"
                                   "symbol @list_free: !9 (function defined)\n"
                                   "symbol @tree_free: !9 (function defined)\n"
                                   "symbol @unref: !9 (function defined)\n"
                                   "symbol @free_next: !9 (function defined)\n"
                                   "symbol @free_found: !9 (function defined)\n"
                                   "symbol @strchr: !8 (function system)\n"
                                   "symbol @resize: !8 (function defined)\n"
                                   "symbol @reserve: !8 (function defined)\n"
                                   "symbol @grow_field: !9 (function defined)\n"
                                   "function @release(2) {\n"
                                   "b0:\n"
                                   "  %0 = PARAM int 0 as unused\n"
                                   "  %1 = PARAM void * 1 as p\n"
                                   "  %2 = EQ int %1, 0:void *\n"
                                   "  BR %2, b1, b2\n"
                                   "b1: <- b0\n"
                                   "  RET\n"
                                   "b2: <- b0\n"
                                   "  CALL @free, %1\n"
                                   "  RET\n"
                                   "}\n"
                                   "function @behind_header(1) {\n"
                                   "b0:\n"
                                   "  %0 = PARAM char * 0 as s\n"
                                   "  %1 = CALL int @strlen, %0\n"
                                   "  %2 = NEG int %1\n"
                                   "  %3 = ADDR char * [%0 + 1*%2]\n"
                                   "  CALL @free, %3\n"
                                   "  RET\n"
                                   "}\n"
                                   "function @list_free(1) {\n"
                                   "b0:\n"
                                   "  %0 = PARAM struct node * 0 as list\n"
                                   "  JUMP b1\n"
                                   "b1: <- b0, b2\n"
                                   "  %2 = PHI struct node * [b0: %0], [b2: %4]\n"
                                   "  BR %2, b2, b3\n"
                                   "b2: <- b1\n"
                                   "  %4 = LOAD struct node * [%2] .next\n"
                                   "  CALL @free, %2\n"
                                   "  JUMP b1\n"
                                   "b3: <- b1\n"
                                   "  RET\n"
                                   "}\n"
                                   "function @tree_free(1) {\n"
                                   "b0:\n"
                                   "  %0 = PARAM struct node * 0 as tree\n"
                                   "  %1 = NE int %0, 0:struct node *\n"
                                   "  BR %1, b1, b2\n"
                                   "b1: <- b0\n"
                                   "  %3 = LOAD struct node * [%0] .next\n"
                                   "  CALL @tree_free, %3\n"
                                   "  CALL @free, %0\n"
                                   "  JUMP b2\n"
                                   "b2: <- b0, b1\n"
                                   "  RET\n"
                                   "}\n"
                                   "function @unref(1) {\n"
                                   "b0:\n"
                                   "  %0 = PARAM struct node * 0 as n\n"
                                   "  %1 = LOAD int [%0 + 16] .key\n"
                                   "  BR %1, b1, b2\n"
                                   "b1: <- b0\n"
                                   "  RET\n"
                                   "b2: <- b0\n"
                                   "  CALL @free, %0\n"
                                   "  RET\n"
                                   "}\n"
                                   "function @free_next(1) {\n"
                                   "b0:\n"
                                   "  %0 = PARAM struct node * 0 as n\n"
                                   "  %1 = LOAD struct node * [%0] .next\n"
                                   "  CALL @free, %1\n"
                                   "  RET\n"
                                   "}\n"
                                   "function @free_found(1) {\n"
                                   "b0:\n"
                                   "  %s = PARAM char * 0\n"
                                   "  %found = CALL void * @strchr, %s, 47\n"
                                   "  BR %found, b1, b2\n"
                                   "b1: <- b0\n"
                                   "  CALL @free, %s\n"
                                   "  RET\n"
                                   "b2: <- b0\n"
                                   "  RET\n"
                                   "}\n"
                                   "function @resize(2): void * {\n"
                                   "b0:\n"
                                   "  %0 = PARAM void * 0 as p\n"
                                   "  %1 = PARAM unsigned long 1 as n\n"
                                   "  %2 = GT int %1, 1000:unsigned long\n"
                                   "  BR %2, b1, b2\n"
                                   "b1: <- b0\n"
                                   "  RET 0:void *\n"
                                   "b2: <- b0\n"
                                   "  %5 = CALL void * @realloc, %0, %1\n"
                                   "  RET %5\n"
                                   "}\n"
                                   "function @reserve(2): void * {\n" /* grows only when full */
                                   "b0:\n"
                                   "  %0 = PARAM void * 0 as p\n"
                                   "  %1 = PARAM unsigned long 1 as n\n"
                                   "  %2 = GT int %1, 1000:unsigned long\n"
                                   "  BR %2, b1, b2\n"
                                   "b1: <- b0\n"
                                   "  RET %0\n"
                                   "b2: <- b0\n"
                                   "  %5 = CALL void * @realloc, %0, %1\n"
                                   "  RET %5\n"
                                   "}\n"
                                   "function @grow_field(1) {\n"
                                   "b0:\n"
                                   "  %0 = PARAM struct node * 0 as v\n"
                                   "  %1 = LOAD struct node * [%0] .next\n"
                                   "  %2 = CALL void * @realloc, %1, 480:unsigned long\n"
                                   "  %3 = CONV struct node * %2\n"
                                   "  STORE struct node * [%0] .next, %3\n"
                                   "  RET\n"
                                   "}\n";

static void freed(void **state) {
  (void)state;
  Linked l = LINK(releases);
  assert_true(has(&l, "release", PG_FREES));
  assert_int_equal(summary(&l, "free")->freed_arg, 0);
  assert_int_equal(summary(&l, "release")->freed_arg, 1);
  assert_int_equal(summary(&l, "release")->keeps, 0);
  assert_int_equal(summary(&l, "behind_header")->freed_arg, 0);
  assert_int_equal(summary(&l, "list_free")->freed_arg, 0);
  assert_int_equal(summary(&l, "tree_free")->freed_arg, 0);
  assert_int_equal(summary(&l, "unref")->freed_arg, -1);
  assert_int_equal(summary(&l, "free_next")->freed_arg, -1);
  assert_int_equal(summary(&l, "free_found")->freed_arg, -1);
  assert_true(has(&l, "unref", PG_FREES));
  assert_false(has(&l, "strlen", PG_FREES));
  unlink_program(&l);
}

static void grows(void **state) {
  (void)state;
  Linked l = LINK(releases);
  assert_true(has(&l, "realloc", PG_GROWS | PG_FRESH));
  assert_true(has(&l, "resize", PG_GROWS | PG_FRESH | PG_ALLOCATES | PG_FREES));
  assert_int_equal(summary(&l, "resize")->freed_arg, 0);
  assert_int_equal(summary(&l, "resize")->size_arg, 1);
  assert_false(has(&l, "reserve", PG_GROWS));
  assert_false(has(&l, "reserve", PG_FRESH));
  assert_int_equal(summary(&l, "reserve")->freed_arg, -1);
  assert_true(has(&l, "reserve", PG_ALLOCATES));
  assert_false(has(&l, "grow_field", PG_GROWS));
  assert_true(has(&l, "grow_field", PG_ALLOCATES | PG_FREES));
  unlink_program(&l);
}

/* ---- effects --------------------------------------------------------------------------------- */

static const char effects[] = HEAD("/p/effects.c") NODE LIBRARY
    "symbol @counter: int\n"
    "symbol @table: void *\n"
    "symbol @get: !10 (function defined)\n"
    "symbol @set: !9 (function defined)\n"
    "symbol @count: !10 (function defined)\n"
    "symbol @local_only: !10 (function defined)\n"
    "symbol @set_local: !10 (function defined)\n"
    "symbol @length: !10 (function defined)\n"
    "symbol @say: !9 (function defined)\n"
    "symbol @say_all: !9 (function defined)\n"
    "symbol @nap: !9 (function defined)\n"
    "symbol @guarded: !9 (function defined)\n"
    "symbol @fatal: !9 (function defined)\n"
    "symbol @check: !10 (function defined)\n"
    "symbol @panic: !10 (function defined)\n"
    "symbol @lazy: !8 (function defined)\n"
    "symbol @eager: !9 (function defined)\n"
    "symbol @calls_mystery: !9 (function defined)\n"
    "symbol @calls_pointer: !9 (function defined)\n"
    "symbol @spin: !9 (function defined)\n"
    "function @get(1): int {\n"
    "b0:\n"
    "  %0 = PARAM struct node * 0 as n\n"
    "  %1 = LOAD int [%0 + 16] .key\n"
    "  RET %1\n"
    "}\n"
    "function @set(1) {\n"
    "b0:\n"
    "  %0 = PARAM struct node * 0 as n\n"
    "  STORE int [%0 + 16] .key, 1\n"
    "  RET\n"
    "}\n"
    "function @count(0): int {\n"
    "b0:\n"
    "  %0 = LOAD int [@counter]\n"
    "  %1 = ADD int %0, 1\n"
    "  STORE int [@counter], %1\n"
    "  RET %1\n"
    "}\n"
    "function @local_only(0): int {\n"
    "  local $n: struct node\n"
    "b0:\n"
    "  STORE int [$n + 16] .key, 1\n"
    "  %1 = CALL int @get, $n\n"
    "  RET %1\n"
    "}\n"
    "function @set_local(0): int {\n" /* the callee writes, but only what is ours */
    "  local $n: struct node\n"
    "b0:\n"
    "  CALL @set, $n\n"
    "  %1 = LOAD int [$n + 16] .key\n"
    "  RET %1\n"
    "}\n"
    "function @length(1): int {\n"
    "b0:\n"
    "  %0 = PARAM char * 0 as s\n"
    "  %1 = CALL int @strlen, %0\n"
    "  RET %1\n"
    "}\n"
    "function @say(1) {\n"
    "b0:\n"
    "  %0 = PARAM char * 0 as s\n"
    "  %1 = CALL int @puts, %0\n"
    "  RET\n"
    "}\n"
    "function @say_all(1) {\n"
    "b0:\n"
    "  %0 = PARAM char * 0 as s\n"
    "  CALL @say, %0\n"
    "  RET\n"
    "}\n"
    "function @nap(0) {\n"
    "b0:\n"
    "  %0 = CALL int @sleep, 1\n"
    "  RET\n"
    "}\n"
    "function @guarded(1) {\n"
    "b0:\n"
    "  %0 = PARAM void * 0 as mutex\n"
    "  %1 = CALL int @pthread_mutex_lock, %0\n"
    "  RET\n"
    "}\n"
    "function @fatal(1) {\n"
    "b0:\n"
    "  %0 = PARAM char * 0 as text\n"
    "  CALL @say, %0\n"
    "  %2 = CALL void * @malloc, 8:unsigned long\n"
    "  CALL @abort\n"
    "  STOP\n"
    "}\n"
    "function @check(1): int {\n" /* an assertion does not make it impure */
    "b0:\n"
    "  %0 = PARAM struct node * 0 as n\n"
    "  BR %0, b1, b2\n"
    "b1: <- b0\n"
    "  %2 = LOAD int [%0 + 16] .key\n"
    "  RET %2\n"
    "b2: <- b0\n"
    "  CALL @fatal, 0:char *\n"
    "  STOP\n"
    "}\n"
    "function @panic(1): int {\n" /* what ends in __builtin_unreachable() has no effect either */
    "b0:\n"
    "  %n = PARAM struct node * 0\n"
    "  BR %n, b1, b2\n"
    "b1: <- b0\n"
    "  %k = LOAD int [%n + 16] .key\n"
    "  RET %k\n"
    "b2: <- b0\n"
    "  CALL @say, 0:char *\n"
    "  STORE int [@counter], 1\n"
    "  STOP\n"
    "}\n"
    "function @lazy(0): void * {\n"
    "b0:\n"
    "  %0 = LOAD void * [@table]\n"
    "  %1 = EQ int %0, 0:void *\n"
    "  BR %1, b1, b2\n"
    "b1: <- b0\n"
    "  %3 = CALL void * @malloc, 64:unsigned long\n"
    "  STORE void * [@table], %3\n"
    "  JUMP b2\n"
    "b2: <- b0, b1\n"
    "  %6 = LOAD void * [@table]\n"
    "  RET %6\n"
    "}\n"
    "function @eager(0) {\n" /* guarded by a flag that stays */
    "b0:\n"
    "  %0 = LOAD int [@counter]\n"
    "  %1 = EQ int %0, 0\n"
    "  BR %1, b1, b2\n"
    "b1: <- b0\n"
    "  %3 = CALL void * @malloc, 64:unsigned long\n"
    "  STORE void * [@table], %3\n"
    "  JUMP b2\n"
    "b2: <- b0, b1\n"
    "  RET\n"
    "}\n"
    "function @calls_mystery(0) {\n"
    "b0:\n"
    "  %0 = CALL void * @mystery\n"
    "  RET\n"
    "}\n"
    "function @calls_pointer(1) {\n"
    "b0:\n"
    "  %0 = PARAM !11 0 as f\n"
    "  CALLP %0\n"
    "  RET\n"
    "}\n"
    "function @spin(0) {\n"
    "b0:\n"
    "  JUMP b1\n"
    "b1: <- b0, b1\n"
    "  JUMP b1\n"
    "}\n";

static void pure_and_writes(void **state) {
  (void)state;
  Linked l = LINK(effects);
  const char *const pure[] = {"get",    "local_only", "set_local", "length",
                              "strlen", "check",      "panic"};
  for (size_t i = 0; i < sizeof pure / sizeof *pure; i++) {
    assert_true(has(&l, pure[i], PG_PURE));
    assert_false(has(&l, pure[i], PG_WRITES));
  }
  const char *const impure[] = {"set", "count", "say", "nap", "guarded", "lazy", "calls_mystery"};
  for (size_t i = 0; i < sizeof impure / sizeof *impure; i++)
    assert_false(has(&l, impure[i], PG_PURE));
  assert_true(has(&l, "set", PG_WRITES));
  assert_true(has(&l, "count", PG_WRITES));
  assert_true(has(&l, "memcpy", PG_WRITES));
  assert_false(has(&l, "say", PG_WRITES));
  unlink_program(&l);
}

static void kinds_of_calls(void **state) {
  (void)state;
  Linked l = LINK(effects);
  const uint32_t all = PG_IO | PG_BLOCKS | PG_LOCKS | PG_UNKNOWN | PG_NORETURN;
  const struct {
    const char *name;
    uint32_t flags;
  } rows[] = {{"say", PG_IO},
              {"say_all", PG_IO},
              {"nap", PG_BLOCKS},
              {"guarded", PG_LOCKS | PG_BLOCKS},
              {"get", 0},
              {"fatal", PG_NORETURN | PG_IO},
              {"spin", PG_NORETURN},
              {"abort", PG_NORETURN},
              {"check", 0},
              {"mystery", PG_UNKNOWN},
              {"calls_mystery", PG_UNKNOWN},
              {"calls_pointer", PG_UNKNOWN}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if ((summary(&l, rows[i].name)->flags & all) != rows[i].flags)
      fail_msg("%s: %x", rows[i].name, summary(&l, rows[i].name)->flags);
  unlink_program(&l);
}

static void cold_allocation(void **state) {
  (void)state;
  Linked l = LINK(effects);
  assert_true(has(&l, "lazy", PG_ALLOCATES | PG_COLD_ALLOC));
  assert_true(has(&l, "eager", PG_ALLOCATES));
  assert_false(has(&l, "eager", PG_COLD_ALLOC));
  assert_false(has(&l, "check", PG_ALLOCATES)); /* only in what does not return */
  assert_false(has(&l, "get", PG_COLD_ALLOC));
  unlink_program(&l);
}

/* ---- cycles ---------------------------------------------------------------------------------- */

static const char cycle[] =
    HEAD("/p/cycle.c") NODE LIBRARY "symbol @even: !8 (function defined)\n"
                                    "symbol @odd: !8 (function defined)\n"
                                    "symbol @forever: !8 (function defined)\n"
                                    "function @even(1): void * {\n"
                                    "b0:\n"
                                    "  %0 = PARAM int 0 as n\n"
                                    "  BR %0, b1, b2\n"
                                    "b1: <- b0\n"
                                    "  %2 = SUB int %0, 1\n"
                                    "  %3 = CALL void * @odd, %2\n"
                                    "  RET %3\n"
                                    "b2: <- b0\n"
                                    "  %5 = CALL void * @malloc, 8:unsigned long\n"
                                    "  RET %5\n"
                                    "}\n"
                                    "function @odd(1): void * {\n"
                                    "b0:\n"
                                    "  %0 = PARAM int 0 as n\n"
                                    "  %1 = SUB int %0, 1\n"
                                    "  %2 = CALL void * @even, %1\n"
                                    "  RET %2\n"
                                    "}\n"
                                    "function @forever(1): void * {\n"
                                    "b0:\n"
                                    "  %0 = PARAM int 0 as n\n"
                                    "  %1 = CALL void * @forever, %0\n"
                                    "  RET %1\n"
                                    "}\n";

static void recursion(void **state) {
  (void)state;
  Linked l = LINK(cycle);
  assert_true(has(&l, "even", PG_RECURSIVE | PG_FRESH | PG_ALLOCATES));
  assert_true(has(&l, "odd", PG_RECURSIVE | PG_FRESH | PG_ALLOCATES));
  assert_int_equal(summary(&l, "odd")->fixed_size, 8);
  assert_true(has(&l, "forever", PG_RECURSIVE));
  assert_false(has(&l, "forever", PG_FRESH));
  HpBuf path = {0};
  assert_true(path_from(&path, &l, pg_func_named(l.program, "odd")));
  assert_string_equal(hp_buf_text(&path), "odd > even > malloc");
  hp_buf_free(&path);
  unlink_program(&l);
}

/* A shorter way leads to a scratch block: what counts is where the result comes from. */
static const char scratch_and_result[] =
    HEAD("/p/way.c") NODE LIBRARY "symbol @scratch: !8 (function defined)\n"
                                  "symbol @made: !8 (function defined)\n"
                                  "symbol @copy: !8 (function defined)\n"
                                  "symbol @labelled: !8 (function defined)\n"
                                  "function @scratch(1): void * {\n"
                                  "b0:\n"
                                  "  %0 = PARAM unsigned long 0 as n\n"
                                  "  %1 = CALL void * @malloc, %0\n"
                                  "  CALL @free, %1\n"
                                  "  RET 0:void *\n"
                                  "}\n"
                                  "function @made(1): void * {\n"
                                  "b0:\n"
                                  "  %0 = PARAM unsigned long 0 as n\n"
                                  "  %1 = CALL void * @malloc, %0\n"
                                  "  RET %1\n"
                                  "}\n"
                                  "function @copy(1): void * {\n"
                                  "b0:\n"
                                  "  %0 = PARAM unsigned long 0 as n\n"
                                  "  %1 = CALL void * @made, %0\n"
                                  "  RET %1\n"
                                  "}\n"
                                  "function @labelled(1): void * {\n"
                                  "b0:\n"
                                  "  %0 = PARAM unsigned long 0 as n\n"
                                  "  CALL @scratch, %0\n"
                                  "  %2 = CALL void * @copy, %0\n"
                                  "  RET %2\n"
                                  "}\n";

static void way_of_the_result(void **state) {
  (void)state;
  Linked l = LINK(scratch_and_result);
  assert_false(has(&l, "scratch", PG_FRESH));
  assert_true(has(&l, "labelled", PG_FRESH | PG_ALLOCATES | PG_FREES));
  HpBuf path = {0};
  assert_true(path_from(&path, &l, pg_func_named(l.program, "labelled")));
  assert_string_equal(hp_buf_text(&path), "labelled > copy > made > malloc");
  hp_buf_free(&path);
  unlink_program(&l);
}

/* Which way is taken hangs on the arguments: a number, a sum of two bits, a pointer that is NULL or
 * not. */
static const char ways[] = HEAD("/p/ways.c") NODE LIBRARY
    "symbol @try: !8 (function defined)\n"
    "symbol @must: !8 (function defined)\n"
    "symbol @either: !8 (function defined)\n"
    "symbol @seldom: !8 (function defined)\n"
    "symbol @calls: !8 (function defined)\n"
    "function @try(1): void * {\n"
    "b0:\n"
    "  %0 = PARAM unsigned long 0 as n\n"
    "  %1 = CALL void * @malloc, %0\n"
    "  RET %1\n"
    "}\n"
    "function @must(1): void * {\n"
    "b0:\n"
    "  %0 = PARAM unsigned long 0 as n\n"
    "  %1 = CALL void * @try, %0\n"
    "  RET %1\n"
    "}\n"
    "function @either(2): void * {\n"
    "b0:\n"
    "  %0 = PARAM unsigned long 0 as n\n"
    "  %1 = PARAM int 1 as trying\n"
    "  BR %1, b1, b2\n"
    "b1:\n"
    "  %3 = CALL void * @try, %0\n"
    "  JUMP b3\n"
    "b2:\n"
    "  %5 = CALL void * @must, %0\n"
    "  JUMP b3\n"
    "b3:\n"
    "  %7 = PHI void * [b1: %3], [b2: %5]\n"
    "  RET %7\n"
    "}\n"
    "function @seldom(3): void * {\n"
    "b0:\n"
    "  %0 = PARAM unsigned long 0 as n\n"
    "  %1 = PARAM int 1 as flags\n"
    "  %2 = PARAM void * 2 as old\n"
    "  %3 = AND int %1, 4:int\n"
    "  BR %3, b1, b4\n"
    "b1:\n"
    "  %5 = EQ int %2, 0:void *\n"
    "  BR %5, b2, b4\n"
    "b2:\n"
    "  %7 = CALL void * @either, %0, 0:int\n"
    "  RET %7\n"
    "b4:\n"
    "  RET 0:void *\n"
    "}\n"
    "function @calls(1): void * {\n"
    "b0:\n"
    "  %0 = PARAM unsigned long 0 as n\n"
    "  %1 = CALL void * @either, %0, 1:int\n"
    "  %2 = CALL void * @either, %0, 0:int\n"
    "  %3 = CALL void * @seldom, %0, 4:int, 0:void *\n"
    "  %4 = CALL void * @seldom, %0, 3:int, 0:void *\n"
    "  %5 = CALL void * @seldom, %0, 4:int, 8:void *\n"
    "  RET %1\n"
    "}\n"
    /* an array of the first parameter grows, the object is another block */
    "function @item(1): void * {\n"
    "b0:\n"
    "  %0 = PARAM void * 0 as list\n"
    "  %1 = CALL void * @try, 64:unsigned long\n"
    "  STORE void * [%0], %1\n"
    "  %3 = CALL void * @must, 32:unsigned long\n"
    "  RET %3\n"
    "}\n";

static void ways_by_arguments(void **state) {
  (void)state;
  static const char *const expected[] = {"either > try > malloc", "either > must > try > malloc",
                                         "seldom > either > must > try > malloc", NULL, NULL};
  Linked l = LINK(ways);
  PgFunc calls = pg_func_named(l.program, "calls"), either = pg_func_named(l.program, "either");
  HpBuf path = {0};
  assert_true(path_from(&path, &l, either));
  assert_string_equal(hp_buf_text(&path), "either > try > malloc");
  for (uint32_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    PgFunc callee = i < 2 ? either : pg_func_named(l.program, "seldom");
    hp_buf_clear(&path);
    assert_int_equal(pg_alloc_path(&path, l.program, &(PgCallStep){calls, i + 1, callee}, 1),
                     expected[i] != NULL);
    assert_string_equal(hp_buf_text(&path), expected[i] ? expected[i] : "");
  }
  hp_buf_clear(&path);
  assert_true(path_from(&path, &l, pg_func_named(l.program, "item")));
  assert_string_equal(hp_buf_text(&path), "item > must > try > malloc");
  /* Steps that are given are followed, and what they hand on. */
  const PgFunction *seldom = pg_func(l.program, pg_func_named(l.program, "seldom"));
  IrInsnId inner = IR_NONE;
  for (IrInsnId i = 0; i < seldom->fn->ninsns; i++)
    if (seldom->fn->insns[i].op == IR_CALL)
      inner = i;
  PgFunc id = pg_func_named(l.program, "seldom");
  PgCallStep steps[] = {{calls, 3, id}, {id, inner, either}};
  hp_buf_clear(&path);
  assert_true(pg_alloc_path(&path, l.program, steps, 2));
  assert_string_equal(hp_buf_text(&path), "seldom > either > must > try > malloc");
  steps[0].call = 4;
  assert_false(pg_alloc_path(&path, l.program, steps, 2));
  hp_buf_free(&path);
  unlink_program(&l);
}

/* ---- arguments, cost, cold ---------------------------------------------------------------------
 */

static const char uses[] = HEAD("/p/uses.c") NODE LIBRARY
    "symbol @pthread_mutex_unlock: !10 (function system)\n"
    "symbol @reads: !10 (function defined)\n"
    "symbol @passes: !8 (function defined)\n"
    "symbol @gives_lock: !9 (function defined)\n"
    "symbol @loops: !9 (function defined)\n"
    "symbol @ten: !9 (function defined)\n"
    "symbol @shows: !9 (function defined)\n"
    "symbol @fails: !9 (function defined)\n"
    "symbol @report: !9 (function defined internal)\n"
    "function @reads(2): int {\n"
    "b0:\n"
    "  %n = PARAM struct node * 0\n"
    "  %m = PARAM struct node * 1\n"
    "  %k = LOAD int [%n + 16] .key\n"
    "  STORE int [%m + 16] .key, %k\n"
    "  RET %k\n"
    "}\n"
    "function @passes(1): void * {\n"
    "b0:\n"
    "  %p = PARAM void * 0\n"
    "  RET %p\n"
    "}\n"
    "function @gives_lock(1) {\n"
    "b0:\n"
    "  %p = PARAM void * 0\n"
    "  %r = CALL int @pthread_mutex_unlock, %p\n"
    "  RET\n"
    "}\n"
    "function @loops(1) {\n"
    "b0:\n"
    "  %n = PARAM int 0\n"
    "  JUMP b1\n"
    "b1: <- b0, b2\n"
    "  %i = PHI int [b0: 0], [b2: %j]\n"
    "  %c = LT int %i, %n\n"
    "  BR %c, b2, b3\n"
    "b2: <- b1\n"
    "  CALL @ten\n"
    "  %j = ADD int %i, 1\n"
    "  JUMP b1\n"
    "b3: <- b1\n"
    "  RET\n"
    "}\n"
    "function @ten(0) {\n"
    "b0:\n"
    "  %a = ADD int 1, 1\n"
    "  %b = ADD int %a, 1\n"
    "  RET\n"
    "}\n"
    "function @shows(0) {\n"
    "b0:\n"
    "  %r = CALL int @puts, 0:char *\n"
    "  RET\n"
    "}\n"
    "function @fails(1) {\n"
    "b0:\n"
    "  %n = PARAM int 0\n"
    "  BR %n, b1, b2\n"
    "b1: <- b0\n"
    "  CALL @report\n"
    "  CALL @abort\n"
    "  STOP\n"
    "b2: <- b0\n"
    "  RET\n"
    "}\n"
    "function @report(0) {\n"
    "b0:\n"
    "  %p = CALL void * @malloc, 8:unsigned long\n"
    "  CALL @free, %p\n"
    "  CALL @fails, 0\n" /* no recursion: fails only comes here to end */
    "  RET\n"
    "}\n";

static void arguments_cost_and_cold(void **state) {
  (void)state;
  Linked l = LINK(uses);
  assert_int_equal(summary(&l, "reads")->keeps, 0);
  assert_int_equal(summary(&l, "reads")->writes, 2);
  assert_int_equal(summary(&l, "reads")->returns, 0);
  assert_int_equal(summary(&l, "passes")->returns, 1);
  assert_int_equal(summary(&l, "free")->frees, 1);
  assert_true(has(&l, "gives_lock", PG_LOCKS | PG_UNLOCKS));
  assert_false(has(&l, "pthread_mutex_lock", PG_UNLOCKS));
  assert_true(summary(&l, "ten")->cost == 3);
  assert_int_equal(summary(&l, "ten")->cost_kind, PG_COST_PATHS);
  assert_int_equal(summary(&l, "loops")->cost_kind, PG_COST_TRIPS);
  assert_true(summary(&l, "loops")->cost > 10 * summary(&l, "ten")->cost);
  assert_int_equal(summary(&l, "shows")->cost_kind, PG_COST_LEAST);
  assert_true(has(&l, "report", PG_COLD));
  assert_false(has(&l, "report", PG_RECURSIVE));
  assert_false(has(&l, "fails", PG_RECURSIVE | PG_COLD));
  assert_false(has(&l, "fails", PG_ALLOCATES));
  assert_false(has(&l, "ten", PG_COLD));
  unlink_program(&l);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fresh),
      cmocka_unit_test(not_fresh),
      cmocka_unit_test(outs_and_hooks),
      cmocka_unit_test(freed),
      cmocka_unit_test(grows),
      cmocka_unit_test(pure_and_writes),
      cmocka_unit_test(kinds_of_calls),
      cmocka_unit_test(cold_allocation),
      cmocka_unit_test(recursion),
      cmocka_unit_test(way_of_the_result),
      cmocka_unit_test(ways_by_arguments),
      cmocka_unit_test(arguments_cost_and_cold),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
