/* What a loop does to a collection, told from IR text: each test changes one thing in a listing of
 * a search, a walk to the end or a shift. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ir/build.h"
#include "ir/text.h"
#include "rules/sweep.h"

#define HEAD                                                                                       \
  "unit \"t.c\"\n"                                                                                 \
  "file \"t.c\" (main)\n"                                                                          \
  "type 1 !\"int\" = int size 4 align 4\n"                                                         \
  "type 2 !\"long\" = int size 8 align 8\n"                                                        \
  "type 3 !\"int *\" = ptr !1 size 8 align 8\n"                                                    \
  "type 4 !\"struct node\" = record 0 size 16 align 8\n"                                           \
  "type 5 !\"struct node *\" = ptr !4 size 8 align 8\n"                                            \
  "type 6 !\"void (struct node *, struct node *, long)\" = func !0\n"                              \
  "record 0 !\"struct node\": !4 size 16 align 8 (in_main) at 1:1-62 {\n"                          \
  "  next: struct node * +0\n"                                                                     \
  "  value: long +8\n"                                                                             \
  "}\n"                                                                                            \
  "symbol @f: !6 (function defined) at 2:6-6\n"                                                    \
  "function @f(3) at 2:1-93 named 2:6-9 {\n"

static const char search[] = HEAD "b0:\n"
                                  "  %0 = PARAM struct node * 0 as p at 2:10-24\n"
                                  "  %1 = PARAM long 2 as key at 2:10-24\n"
                                  "  JUMP b1\n"
                                  "b1: <- b0, b3 (loop) at 3:3-8\n"
                                  "  %3 = PHI struct node * [b0: %0], [b3: %8] as p at 3:3-8\n"
                                  "  BR %3, b2, b4 at 3:10-11\n"
                                  "b2: <- b1\n"
                                  "  %5 = LOAD long [%3 + 8] .value at 4:5-13\n"
                                  "  %6 = EQ int %5, %1 at 4:5-13\n"
                                  "  BR %6, b4, b3 at 4:5-13\n"
                                  "b3: <- b2\n"
                                  "  %8 = LOAD struct node * [%3] .next as p at 5:5-12\n"
                                  "  JUMP b1 at 3:3-8\n"
                                  "b4: <- b1, b2\n"
                                  "  RET at 6:3-11\n"
                                  "}\n";

static const char append[] = HEAD "b0:\n"
                                  "  %0 = PARAM struct node * 0 as p at 2:10-24\n"
                                  "  %1 = PARAM struct node * 1 as new at 2:10-24\n"
                                  "  JUMP b1\n"
                                  "b1: <- b0, b2 (loop) at 3:3-8\n"
                                  "  %3 = PHI struct node * [b0: %0], [b2: %4] as p at 3:3-8\n"
                                  "  %4 = LOAD struct node * [%3] .next at 3:10-11\n"
                                  "  BR %4, b2, b3 at 3:10-11\n"
                                  "b2: <- b1\n"
                                  "  JUMP b1 at 3:3-8\n"
                                  "b3: <- b1\n"
                                  "  STORE struct node * [%3] .next, %1 at 4:3-9\n"
                                  "  RET at 6:3-11\n"
                                  "}\n";

static const char shift[] = HEAD "b0:\n"
                                 "  %0 = PARAM int * 0 as a at 2:10-24\n"
                                 "  %1 = PARAM long 2 as n at 2:10-24\n"
                                 "  JUMP b1\n"
                                 "b1: <- b0, b2 (loop) at 3:3-8\n"
                                 "  %3 = PHI long [b0: 0:long], [b2: %8] as i at 3:3-8\n"
                                 "  %4 = LT int %3, %1 at 3:10-11\n"
                                 "  BR %4, b2, b3 at 3:10-11\n"
                                 "b2: <- b1\n"
                                 "  %6 = LOAD int [%0 + 4*%3 + 4] at 4:5-9\n"
                                 "  STORE int [%0 + 4*%3], %6 at 4:5-9\n"
                                 "  %8 = ADD.nsw long %3, 1:long at 3:5-9\n"
                                 "  JUMP b1 at 3:3-8\n"
                                 "b3: <- b1\n"
                                 "  RET at 6:3-11\n"
                                 "}\n";

/* The listing with `from` replaced by `to`, which must be there; on the heap. */
static char *changed(const char *text, const char *from, const char *to) {
  const char *at = strstr(text, from);
  assert_non_null(at);
  return hp_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static Sweep sweep_of(const char *text) {
  HpError err = {0};
  IrUnit *unit = ir_parse_unit(text, strlen(text), "test", &err);
  if (!unit)
    fail_msg("%s", err.text);
  const IrUnit *units[] = {unit};
  IrProgram *program = ir_program_link(units, 1, NULL);
  const PgFunction *pf = pg_func(program, pg_func_named(program, "f"));
  assert_int_equal(pf->an->nloops, 1);
  Sweep s = sweep_of_loop(program, pf, 0);
  ir_program_free(program);
  ir_unit_free(unit);
  return s;
}

static SweepKind kind_with(const char *text, const char *from, const char *to) {
  char *other = changed(text, from, to);
  Sweep s = sweep_of(other);
  free(other);
  return s.kind;
}

static void test_search(void **state) {
  (void)state;
  Sweep s = sweep_of(search);
  assert_int_equal(s.kind, SWEEP_SEARCH);
  assert_true(s.linked);
  assert_int_equal(s.whole, ir_ref(IR_REF_VALUE, 0));
  assert_int_equal(s.nkeys, 1);
  assert_int_equal(s.keys[0], ir_ref(IR_REF_VALUE, 1));
  assert_int_equal(s.at, 6);
  assert_int_equal(s.link.field, 0);
}

static void test_no_search(void **state) {
  (void)state;
  /* a constant is no key; an order is no match; what is written is no search */
  assert_int_equal(kind_with(search, "EQ int %5, %1", "EQ int %5, 7:long"), SWEEP_NONE);
  assert_int_equal(kind_with(search, "EQ int %5, %1", "LT int %5, %1"), SWEEP_NONE);
  assert_int_equal(kind_with(search, "  %8 = LOAD struct node * [%3] .next as p at 5:5-12\n",
                             "  STORE long [%3 + 8] .value, %1\n"
                             "  %8 = LOAD struct node * [%3] .next as p at 5:5-12\n"),
                   SWEEP_NONE);
}

static void test_append(void **state) {
  (void)state;
  Sweep s = sweep_of(append);
  assert_int_equal(s.kind, SWEEP_APPEND);
  assert_int_equal(s.whole, ir_ref(IR_REF_VALUE, 0));
  /* nothing is linked there; the link is cut */
  assert_int_equal(
      kind_with(append, "STORE struct node * [%3] .next, %1", "STORE struct node * [%1] .next, %3"),
      SWEEP_NONE);
  assert_int_equal(kind_with(append, "STORE struct node * [%3] .next, %1",
                             "STORE struct node * [%3] .next, 0:struct node *"),
                   SWEEP_NONE);
}

static void test_shift(void **state) {
  (void)state;
  Sweep s = sweep_of(shift);
  assert_int_equal(s.kind, SWEEP_SHIFT);
  assert_int_equal(s.whole, ir_ref(IR_REF_VALUE, 0));
  assert_int_equal(s.count, ir_ref(IR_REF_VALUE, 1));
  assert_int_equal(s.bytes, 0);
  assert_false(s.ordered);
  /* two places away, and onto itself */
  assert_int_equal(kind_with(shift, "[%0 + 4*%3 + 4]", "[%0 + 4*%3 + 8]"), SWEEP_NONE);
  assert_int_equal(kind_with(shift, "[%0 + 4*%3 + 4]", "[%0 + 4*%3]"), SWEEP_NONE);
  char *few = changed(shift, "LT int %3, %1", "LT int %3, 10:long");
  assert_int_equal(sweep_of(few).bytes, 40);
  free(few);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_search),
      cmocka_unit_test(test_no_search),
      cmocka_unit_test(test_append),
      cmocka_unit_test(test_shift),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
