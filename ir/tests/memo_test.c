/* What an earlier link worked out is taken where nothing of it has changed, and nowhere else. */
#include "ir/tests/program_test_units.h"

static const char caller[] = HEAD("/p/a.c") NODE LIBRARY "symbol @leaf: !10 (function)\n"
                                                         "symbol @twice: !10 (function defined)\n"
                                                         "symbol @through: !10 (function defined)\n"
                                                         "function @twice(1): int {\n"
                                                         "b0:\n"
                                                         "  %0 = PARAM int 0 as n\n"
                                                         "  %1 = MUL int %0, 2:int\n"
                                                         "  RET %1\n"
                                                         "}\n"
                                                         "function @through(1): int {\n"
                                                         "b0:\n"
                                                         "  %0 = PARAM char * 0 as p\n"
                                                         "  %1 = CALL int @leaf, %0\n"
                                                         "  RET %1\n"
                                                         "}\n";
#define LEAF(body)                                                                                 \
  HEAD("/p/b.c")                                                                                   \
  NODE LIBRARY "symbol @leaf: !10 (function defined)\n"                                            \
               "function @leaf(1): int {\n"                                                        \
               "b0:\n"                                                                             \
               "  %0 = PARAM char * 0 as p\n" body "  RET 1:int\n"                                 \
               "}\n"
static const char quiet[] = LEAF("");
static const char writes[] = LEAF("  STORE char [%0], 1:char\n");
static const char frees[] = LEAF("  CALL @free, %0\n");

static uint64_t content(void *context, const IrUnit *unit, const IrFunction *fn) {
  (void)context;
  return pg_body_hash(unit, fn);
}

static Linked link_with(PgMemo *memo, const char *leaf) {
  const PgOptions options = {.content = memo ? content : NULL, .memo = memo};
  return link_texts(&options, (const char *const[]){caller, leaf, NULL});
}

static HpBuf written(const char *leaf) {
  HpBuf bytes = {0};
  PgMemo *memo = pg_memo_new(NULL, 0);
  Linked l = link_with(memo, leaf);
  pg_memo_write(memo, &bytes);
  unlink_program(&l);
  pg_memo_free(memo);
  return bytes;
}

static void same_as_without(PgMemo *memo, const char *leaf) {
  static const char *const names[] = {"twice", "through", "leaf"};
  Linked with = link_with(memo, leaf), without = link_with(NULL, leaf);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const PgSummary *x = summary(&with, names[i]), *y = summary(&without, names[i]);
    assert_int_equal(x->flags, y->flags);
    assert_true(x->keeps == y->keeps && x->writes == y->writes && x->frees == y->frees &&
                x->returns == y->returns && x->outs == y->outs && x->freed_arg == y->freed_arg);
  }
  unlink_program(&with);
  unlink_program(&without);
}

static void nothing_changed(void **state) {
  (void)state;
  HpBuf first = written(writes), again = {0};
  PgMemo *memo = pg_memo_new(first.text, first.length);
  same_as_without(memo, writes);
  pg_memo_write(memo, &again);
  assert_int_equal(first.length, again.length);
  assert_memory_equal(first.text, again.text, first.length);
  pg_memo_free(memo);
  hp_buf_free(&again);
  hp_buf_free(&first);
}

/* The rows come last: each says that its function allocates, and does all that one can do. */
static void is_taken(void **state) {
  (void)state;
  HpBuf bytes = written(quiet);
  enum { HEAD_BYTES = 16, KEYS = 3 };
  const size_t rows = HEAD_BYTES + KEYS * 12;
  assert_true(bytes.length > rows);
  memset(bytes.text + rows, 0xff, bytes.length - rows);
  PgMemo *memo = pg_memo_new(bytes.text, bytes.length);
  Linked l = link_with(memo, quiet);
  assert_true(has(&l, "twice", PG_ALLOCATES | PG_IO | PG_NORETURN));
  assert_int_equal(summary(&l, "twice")->writes, 1); /* it has one parameter */
  unlink_program(&l);
  pg_memo_free(memo);
  hp_buf_free(&bytes);
}

static void what_changed_is_worked_out(void **state) {
  (void)state;
  static const char *const leaves[] = {quiet, writes, frees};
  for (int from = 0; from < 3; from++)
    for (int to = 0; to < 3; to++) {
      HpBuf bytes = written(leaves[from]);
      PgMemo *memo = pg_memo_new(bytes.text, bytes.length);
      same_as_without(memo, leaves[to]);
      pg_memo_free(memo);
      hp_buf_free(&bytes);
    }
  Linked l = link_with(NULL, frees);
  assert_true(has(&l, "through", PG_FREES)); /* the callers of a changed function, too */
  unlink_program(&l);
}

static void damage(void **state) {
  (void)state;
  HpBuf bytes = written(frees);
  for (size_t size = 0; size < bytes.length; size++) {
    PgMemo *memo = pg_memo_new(bytes.text, size);
    same_as_without(memo, frees);
    pg_memo_free(memo);
  }
  for (size_t at = 0; at < bytes.length; at++) {
    char *copy = hp_malloc(bytes.length);
    memcpy(copy, bytes.text, bytes.length);
    copy[at] ^= 0x55;
    PgMemo *memo = pg_memo_new(copy, bytes.length);
    Linked l = link_with(memo, frees); /* whatever it says */
    unlink_program(&l);
    pg_memo_free(memo);
    free(copy);
  }
  hp_buf_free(&bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_changed),
      cmocka_unit_test(is_taken),
      cmocka_unit_test(what_changed_is_worked_out),
      cmocka_unit_test(damage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
