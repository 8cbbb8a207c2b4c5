/* Arrays whose sizes are only known at run time. */
#include "analyzer/frontend/tests/snippet.h"

static void elements(void **state) {
  (void)state;
  Snippet s = run_code(
      "double m(int r, int c, const double m[r][c], int i, int j) { return m[i][j]; }\n"
      "double p(int n, double (*m)[n], int i, int j) { return m[i][j] + (*m)[j] + *m[i]; }\n"
      "int cube(int n, int a[n][n][n], int i) { return a[i][i][i]; }\n"
      "int half(int n, int a[][n][4], int i) { return a[i][1][i]; }\n"
      "int local(int n, int i) { int a[n][n + 1]; a[i][2] = 1; return a[0][i]; }\n"
      "int cast(int n, void *v, int i) { return ((int (*)[n])v)[i][3]; }\n"
      "void least(int n, int a[const static n]) { a[1] = 2; }\n");
  expect_text(&s, "m", "LOAD double [%9 + 8*%4]");
  expect_text(&s, "m", "ADDR const double * [%2 + 8*%8]");
  expect_text(&s, "m", "MUL unsigned long %7, %6");
  assert_int_equal(count_op(function(&s, "cube"), IR_MUL), 3);
  expect_text(&s, "half", "MUL unsigned long");
  expect_text(&s, "half", " + 16]");
  expect_text(&s, "local", "ALLOCA");
  expect_text(&s, "local", " + 8], 1");
  expect_text(&s, "cast", " + 12]");
  expect_text(&s, "least", "STORE int [%1 + 4], 2");
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

/* `m[i][j]` and `m[i * n + j]` walk the same way. */
static void strides(void **state) {
  (void)state;
  Snippet s = run_code("double f(int n, double (*m)[n]) { double s = 0;\n"
                       "  for (int i = 0; i < n; i++)\n"
                       "    for (int j = 0; j < n; j++) s += m[i][j] + m[j][i];\n"
                       "  return s; }\n"
                       "double g(int n, double *m) { double s = 0;\n"
                       "  for (int i = 0; i < n; i++)\n"
                       "    for (int j = 0; j < n; j++) s += m[i * n + j] + m[j * n + i];\n"
                       "  return s; }\n");
  static const char *const names[] = {"f", "g"};
  for (int k = 0; k < 2; k++) {
    HpArena *arena = hp_arena_new();
    const IrAnalysis *an = ir_analyse(s.unit, function(&s, names[k]), arena);
    assert_int_equal(an->naccesses, 2);
    assert_int_equal(an->accesses[0].in.cls, IR_AC_UNIT);
    assert_int_equal(an->accesses[1].in.cls, IR_AC_SYMBOLIC);
    hp_arena_free(arena);
  }
  drop(&s);
}

static void sizes(void **state) {
  (void)state;
  Snippet s = run_code(
      "unsigned long typedefs(int n, int k) { typedef int row[n + 2]; row a, b[k]; n = 100;\n"
      "  typedef row two[3]; two t; return sizeof(row) + sizeof a + sizeof b + sizeof b[0] +\n"
      "  sizeof(two) + sizeof t; }\n"
      "int effect(int n) { int a[n][n++]; unsigned long s = sizeof(a[n++]); return s + n; }\n"
      "unsigned long types(int k) { return sizeof(double[k][3]) + sizeof(struct {char c;}[k]) +\n"
      "  sizeof(char *[k]) + sizeof(unsigned long long[k]); }\n"
      "void of(int n) { int v[n]; __typeof__(v) w; w[1] = v[2] = 0; }\n"
      "long pointers(int n, int (*q)[n], int (*r)[n]) { q++; q += 2; return (q - 1) - r; }\n");
  assert_int_equal(count_op(function(&s, "typedefs"), IR_ALLOCA), 3);
  assert_int_equal(count_op(function(&s, "typedefs"), IR_PARAM), 2);
  expect_text(&s, "typedefs", "MUL unsigned long 3:unsigned long");
  expect_text(&s, "effect", "ADD.nsw int %2, 1 as n");
  expect_text(&s, "types", "3:unsigned long, %1");
  assert_int_equal(count_op(function(&s, "of"), IR_ALLOCA), 2);
  expect_text(&s, "pointers", "PDIFF long");
  expect_text(&s, "pointers", "DIV long");
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(elements),
      cmocka_unit_test(strides),
      cmocka_unit_test(sizes),
  };
  return cmocka_run_group_tests(tests, open_frontend, close_frontend);
}
