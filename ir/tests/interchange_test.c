/* Loop interchange: what is allowed, on which condition, and what is not. Loop 0 is the outer one,
 * the inner one is the deepest. */
#include "ir/interchange.h"
#include "ir/tests/minic.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define L IR_INTERCHANGE_LEGAL
#define C IR_INTERCHANGE_CONDITIONAL
#define X IR_INTERCHANGE_ILLEGAL
#define U IR_INTERCHANGE_UNKNOWN

typedef struct Case {
  const char *name, *body;
  uint32_t outer, inner;
  IrInterchange want;
  const char *condition; /* a part of it */
} Case;

static const char prelude[] =
    "double m[100][50], n[100][50], s[100], t[50]; int total, k[100]; double c[64][64], "
    "e[64][65][64];\n"
    "struct mat { int rows, cols; double *data; };\n"
    "void call(void); library double sqrt(double x); pure int look(int i);\n";

#define NEST(bounds_i, bounds_j, body)                                                             \
  "for (int i = " bounds_i "; i++) for (int j = " bounds_j "; j++) { " body " }"
#define FULL(body) NEST("0; i < 100", "0; j < 50", body)

static const Case cases[] = {
    {"copy", "void f(void) { " FULL("m[i][j] = n[i][j];") " }", 0, 1, L, NULL},
    {"sum of ints", "int f(int a[100][50]) { int r = 0; " FULL("r += a[i][j];") " return r; }", 0,
     1, L, NULL},
    {"sum of doubles", "double f(void) { double r = 0; " FULL("r += m[i][j];") " return r; }", 0, 1,
     C, "floating-point sum r"},
    {"sum in memory", "void f(void) { " FULL("total += k[i] * j;") " }", 0, 1, L, NULL},
    {"double sum in memory", "void f(double *r) { " FULL("r[3] += m[i][j];") " }", 0, 1, C,
     "floating-point sum in r"},
    {"row sums", "void f(void) { " FULL("s[i] += m[i][j];") " }", 0, 1, L, NULL},
    {"from above", "void f(void) { " NEST("1; i < 100", "0; j < 50", "m[i][j] = m[i - 1][j];") " }",
     0, 1, L, NULL},
    {"from the left",
     "void f(void) { " NEST("0; i < 100", "1; j < 50", "m[i][j] = m[i][j - 1];") " }", 0, 1, L,
     NULL},
    {"from above left",
     "void f(void) { " NEST("1; i < 100", "1; j < 50", "m[i][j] = m[i - 1][j - 1];") " }", 0, 1, L,
     NULL},
    {"from above right",
     "void f(void) { " NEST("1; i < 100", "0; j < 49", "m[i][j] = m[i - 1][j + 1];") " }", 0, 1, X,
     NULL},
    {"from below left",
     "void f(void) { " NEST("0; i < 99", "1; j < 50", "m[i][j] = m[i + 1][j - 1];") " }", 0, 1, X,
     NULL},
    {"last one wins", "void f(void) { " FULL("total = i - j;") " }", 0, 1, X, NULL},
    {"diagonal", "void f(double *a) { " FULL("a[i + j] = a[i + j] / 2;") " }", 0, 1, X, NULL},
    {"further than it goes",
     "void f(double *a) { " NEST("0; i < 10", "0; j < 10",
                                 "a[i * 100 + j] = a[i * 100 + j + 1099];") " }",
     0, 1, L, NULL},
    {"i n + j",
     "void f(double *a, int w) { " NEST("0; i < w", "0; j < w", "a[i * w + j] = 1;") " }", 0, 1, L,
     NULL},
    {"i n + j, above right",
     "void f(double *a, int w) { " NEST("1; i < w", "0; j < w - 1",
                                        "a[i * w + j] = a[(i - 1) * w + j + 1];") " }",
     0, 1, X, NULL},
    {"rows of n + 1",
     "void f(int *a, int w) { " NEST("1; i < w", "1; j < w",
                                     "a[i * (w + 1) + j] = a[(i - 1) * (w + 1) + j] + "
                                     "a[i * (w + 1) + j - 1];") " }",
     0, 1, L, NULL},
    {"two parameters",
     "void f(double *a, double *b, int w) { " NEST("0; i < w", "0; j < w",
                                                   "a[i * w + j] = b[j * w + i];") " }",
     0, 1, C, "a and b do not overlap"},
    {"parameter and global", "void f(double *a) { " FULL("a[i * 50 + j] = m[i][j];") " }", 0, 1, C,
     "a and m do not overlap"},
    {"parameter and local", "void f(double *a) { double v[50]; " FULL("a[i * 50 + j] = v[j];") " }",
     0, 1, L, NULL},
    {"rows by pointer",
     "void f(double **a, int w) { " NEST("0; i < w", "0; j < w", "a[i][j] = 1;") " }", 0, 1, C,
     "rows of a"},
    {"matrix in a record",
     "void f(struct mat *a) { " NEST(
         "0; i < a->rows", "0; j < a->cols",
         "a->data[j * a->rows + i] = a->data[j * a->rows + i] * 2;") " }",
     0, 1, L, NULL},
    {"call", "void f(void) { " FULL("m[i][j] = 1; call();") " }", 0, 1, U, NULL},
    {"square root", "void f(void) { " FULL("m[i][j] = sqrt(m[i][j]);") " }", 0, 1, L, NULL},
    {"leaves early", "int f(void) { " FULL("if (m[i][j] < 0) return i;") " return 0; }", 0, 1, U,
     NULL},
    {"search in a register",
     "double f(void) { double r = 0; " FULL("if (m[i][j] > r) r = m[i][j];") " return r; }", 0, 1,
     U, NULL},
    {"triangle", "void f(void) { " NEST("0; i < 50", "i; j < 50", "m[i][j] = 0;") " }", 0, 1, C,
     "bounds are rewritten"},
    {"ragged", "void f(void) { " NEST("0; i < 100", "0; j < k[i]", "m[i][j] = 0;") " }", 0, 1, U,
     NULL},
    {"store between",
     "void f(void) { for (int i = 0; i < 100; i++) { s[i] = 0; for (int j = 0; j < 50; j++) s[i] "
     "+= m[i][j]; } }",
     0, 1, C, "split off"},
    {"store between, used later",
     "void f(void) { for (int i = 0; i < 99; i++) { s[i + 1] = 0; for (int j = 0; j < 50; j++) "
     "m[i][j] = s[i]; } }",
     0, 1, U, NULL},
    {"matrix product, j and k",
     "void f(double a[64][64], double b[64][64]) { for (int i = 0; i < 64; i++) for (int j = 0; j "
     "< 64; j++) {"
     " double r = 0; for (int q = 0; q < 64; q++) r += a[i][q] * b[q][j]; c[i][j] = r; } }",
     1, 2, C, "running total r"},
    {"matrix product in place, i and k",
     "void f(void) { for (int i = 0; i < 64; i++) for (int j = 0; j < 64; j++)"
     " for (int q = 0; q < 64; q++) c[i][j] += m[i][q] * n[q][j]; }",
     0, 2, L, NULL},
    {"pointer walks the inner loop",
     "void f(void) { for (int i = 0; i < 100; i++) { double *p = m[i]; for (int j = 0; j < 50; "
     "j++) *p++ = 0; } }",
     0, 1, L, NULL},
    {"pointer walks both loops", "void f(double *p) { " FULL("*p++ = 0;") " }", 0, 1, C,
     "p is worked out from the counters"},
    {"fields of two objects",
     "void f(struct mat *a, struct mat *b) { " FULL(
         "a->data[i * 50 + j] = b->data[j * 100 + i];") " }",
     0, 1, C, "->data do not overlap"},
    {"scatter", "void f(void) { " FULL("s[k[i]] = m[i][j];") " }", 0, 1, U, NULL},
    {"gather", "void f(void) { " FULL("m[i][j] = s[k[i]];") " }", 0, 1, L, NULL},
};

static void test_case(void **state) {
  const Case *c = *state;
  char *text = hp_format("%s%s", prelude, c->body);
  IrUnit *unit = mc_unit(text);
  HpArena *arena = hp_arena_new();
  IrAnalysis *an = ir_analyse(unit, &unit->functions[unit->nfunctions - 1], arena);
  assert_true(an->nloops > c->inner);
  HpBuf condition = {0};
  hp_buf_add(&condition, "if ");
  IrInterchange got = ir_can_interchange(an, c->outer, c->inner, &condition);
  if (got != c->want)
    print_error("condition: %s\n", hp_buf_text(&condition));
  assert_string_equal(ir_interchange_name(got), ir_interchange_name(c->want));
  if (c->condition && !strstr(hp_buf_text(&condition), c->condition))
    fail_msg("condition: %s", hp_buf_text(&condition));
  if (!c->condition)
    assert_string_equal(hp_buf_text(&condition), "if ");
  assert_int_equal(ir_can_interchange(an, c->outer, c->inner, NULL), got);
  hp_buf_free(&condition);
  hp_arena_free(arena);
  ir_unit_free(unit);
  free(text);
}

/* A product that goes over all of the result for each term: the terms of one row may come together.
 */
static void test_sink(void **state) {
  (void)state;
#define OVER(v, from) "for (int " v " = " from "; " v " < 64; " v "++) "
#define TERMS OVER("q", "0") OVER("i", "0")
  static const struct {
    const char *nest;
    IrInterchange around, inside, swap; /* swap: the first and the last loop change places */
    const char *condition;
  } all[] = {
      {TERMS OVER("j", "0") "c[i][j] += m[i][q] * n[q][j];", L, L, L, NULL},
      {TERMS OVER("j", "i") "c[i][j] += m[i][q] * n[q][j];", L, L, C, NULL},
      {OVER("q", "0") OVER("i", "q") OVER("j", "0") "c[i][j] += n[q][j];", C, C, C, "bounds"},
      {OVER("q", "0") OVER("i", "1") OVER("j", "0") "c[i][j] = c[i - 1][j] + 1;", X, X, X, NULL},
      {TERMS "{ int r = 0; " OVER("j", "0") "r += k[j]; c[i][q] = r; }", L, C, C, NULL},
      {TERMS OVER("j", "0") "call();", U, U, U, NULL},
      {OVER("q", "0") "{ s[q] = 0; " OVER("i", "0") OVER("j", "0") "c[i][j] += n[q][j]; }", C, C, C,
       "split off"},
      {TERMS "c[i][q] = 0;", L, L, L, NULL},
      /* the middle loop goes backwards through what the first and the last go forwards through */
      {OVER("q", "1") OVER("i", "0") OVER("j", "1") "e[q][i][j] = e[q - 1][i + 1][j - 1] + 1;", X,
       X, L, NULL},
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    char *text = hp_format("%svoid f(void) { %s }", prelude, all[i].nest);
    IrUnit *unit = mc_unit(text);
    HpArena *arena = hp_arena_new();
    HpBuf condition = {0};
    const IrAnalysis *an = ir_analyse(unit, &unit->functions[unit->nfunctions - 1], arena);
    uint32_t inner = an->nloops - 1;
    assert_string_equal(ir_interchange_name(ir_can_sink(an, 0, inner, IR_SINK_AROUND, &condition)),
                        ir_interchange_name(all[i].around));
    if (all[i].condition)
      assert_non_null(strstr(hp_buf_text(&condition), all[i].condition));
    assert_string_equal(ir_interchange_name(ir_can_interchange(an, 0, inner, NULL)),
                        ir_interchange_name(all[i].swap));
    assert_string_equal(ir_interchange_name(ir_can_sink(an, 0, inner, IR_SINK_INSIDE, NULL)),
                        ir_interchange_name(all[i].inside));
    hp_buf_free(&condition);
    hp_arena_free(arena);
    ir_unit_free(unit);
    free(text);
  }
#undef TERMS
#undef OVER
}

static void test_not_a_nest(void **state) {
  (void)state;
  IrUnit *unit = mc_unit("int m[9]; void f(void) { for (int i = 0; i < 9; i++) m[i] = 0;"
                         " for (int i = 0; i < 9; i++) m[i] = 1; }");
  HpArena *arena = hp_arena_new();
  IrAnalysis *an = ir_analyse(unit, &unit->functions[0], arena);
  assert_int_equal(an->nloops, 2);
  assert_int_equal(ir_can_interchange(an, 0, 1, NULL), U);
  assert_int_equal(ir_can_interchange(an, 1, 1, NULL), U);
  hp_arena_free(arena);
  ir_unit_free(unit);
}

/* Totals in a variable need memory for each iteration around, those in an array have it. */
static void test_totals(void **state) {
  (void)state;
  static const struct {
    const char *nest;
    uint64_t bytes;
  } all[] = {{"double r = 0; for (int j = 0; j < 50; j++) r += m[i][j]; s[i] = r;", 8},
             {"int r = 0; for (int j = 0; j < 50; j++) r += k[j]; k[i] = r;", 4},
             {"for (int j = 0; j < 50; j++) s[i] += m[i][j];", 0}};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    char *text =
        hp_format("%svoid f(void) { for (int i = 0; i < 100; i++) { %s } }", prelude, all[i].nest);
    IrUnit *unit = mc_unit(text);
    HpArena *arena = hp_arena_new();
    IrInterchangeNeeds needs;
    ir_interchange_needs(ir_analyse(unit, &unit->functions[unit->nfunctions - 1], arena), 0, 1,
                         NULL, &needs);
    assert_int_equal(needs.totals, all[i].bytes);
    hp_arena_free(arena);
    ir_unit_free(unit);
    free(text);
  }
}

int main(void) {
  struct CMUnitTest tests[128] = {cmocka_unit_test(test_not_a_nest), cmocka_unit_test(test_totals),
                                  cmocka_unit_test(test_sink)};
  size_t n = 3;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    tests[n++] = (struct CMUnitTest){.name = cases[i].name,
                                     .test_func = test_case,
                                     .initial_state = (void *)(uintptr_t)&cases[i]};
  return _cmocka_run_group_tests("interchange", tests, n, NULL, NULL);
}
