/* Counting what is not modelled. */
#include "ir/coverage.h"

#include "ir/build.h"
#include "ir/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char text[] = "function @a(1): int {\n"
                           "entry:\n"
                           "  %0 = PARAM int 0\n"
                           "  OPAQUE \"rare\"\n"
                           "  %1 = OPAQUE int \"often\", %0\n"
                           "  %2 = OPAQUE int \"often\", %1\n"
                           "  RET %2\n"
                           "}\n"
                           "function @b(0) {\n"
                           "entry:\n"
                           "  RET\n"
                           "}\n";

static void test_counts(void **state) {
  (void)state;
  HpError err = {0};
  IrUnit *u = ir_parse_unit(text, strlen(text), "t.ir", &err);
  assert_non_null(u);
  IrCoverage c = {0};
  ir_coverage_add(&c, u);
  ir_coverage_add(&c, u);
  ir_coverage_sort(&c);
  assert_int_equal(c.units, 2);
  assert_int_equal(c.functions, 4);
  assert_int_equal(c.touched, 2);
  assert_int_equal(c.instructions, 12);
  assert_int_equal(c.opaque, 6);
  assert_int_equal(c.ngaps, 2);
  assert_string_equal(c.gaps[0].reason, "often");
  assert_int_equal(c.gaps[0].count, 4);
  assert_string_equal(c.gaps[0].function, "a");
  assert_int_equal(c.gaps[1].count, 2);
  ir_coverage_free(&c);
  ir_unit_free(u);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_counts)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
