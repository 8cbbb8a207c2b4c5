/* Loop fusion: which neighbours may be one loop, on which condition, and what they share. The first
 * two loops of the outermost level, or of the level inside, are taken. */
#include "ir/fuse.h"
#include "ir/tests/minic.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

typedef struct Case {
  const char *name, *body, *want, *condition;
  uint32_t shared;
} Case;

static const char prelude[] = "int a[1000], b[1000], c[1000], size; int m[99][99];\n"
                              "struct list { int n; int *items; };\n"
                              "void call(void); library double sqrt(double x);\n";

#define EACH(limit, body) "for (int i = 0; i < " limit "; i++) { " body " }"
#define TWO(first, second) "void f(int w) { " EACH("w", first) EACH("w", second) " }"

static const Case cases[] = {
    {"one after the other", TWO("a[i] = b[i];", "c[i] = a[i];"), "legal", NULL, 1},
    {"both read", TWO("a[i] = b[i];", "c[i] = b[i];"), "legal", NULL, 1},
    {"nothing in common", TWO("a[i] = 1;", "b[i] = 2;"), "legal", NULL, 0},
    {"what came before", TWO("a[i] = b[i];", "c[i + 1] = a[i];"), "legal", NULL, 1},
    {"looks behind",
     "void f(int w) { for (int i = 1; i < w; i++) a[i] = b[i];"
     " for (int i = 1; i < w; i++) c[i] = a[i - 1]; }",
     "legal", NULL, 0},
    {"looks ahead", TWO("a[i] = b[i];", "c[i] = a[i + 1];"), "illegal", NULL, 0},
    {"overwrites what is still to be read", TWO("a[i] = b[i + 1];", "b[i] = 0;"), "legal", NULL, 0},
    {"overwrites before it is read",
     "void f(int w) { for (int i = 1; i < w; i++) a[i] = b[i - 1];"
     " for (int i = 1; i < w; i++) b[i] = 0; }",
     "illegal", NULL, 0},
    {"backwards", TWO("a[i] = b[i];", "c[i] = a[w - i];"), "unknown", NULL, 0},
    {"one element of all", TWO("a[i] = b[i];", "c[i] = a[7];"), "illegal", NULL, 0},
    {"a total",
     "int f(int w) { int s = 0; " EACH("w", "s += a[i];")
         EACH("w", "b[i] = a[i] - s;") " return s; }",
     "illegal", NULL, 0},
    {"a total, made into a mean",
     "int f(int w) { int s = 0; " EACH("w", "s += a[i];") " s = s / w; " EACH(
         "w", "b[i] = a[i] - s;") " return s; }",
     "illegal", NULL, 0},
    {"two totals",
     "int f(int w) { int s = 0; int t = 0; " EACH("w", "s += a[i];")
         EACH("w", "t += a[i] * a[i];") " return s * t; }",
     "legal", NULL, 1},
    {"a total in memory", TWO("size += a[i];", "b[i] = a[i] - size;"), "illegal", NULL, 0},
    {"two parameters",
     "void f(int *p, int *q, int w) { " EACH("w", "p[i] = 1;") EACH("w", "q[i] = p[i];") " }",
     "conditional", "p and q do not overlap", 1},
    {"other limits", "void f(int w) { " EACH("w", "a[i] = 1;") EACH("w - 1", "b[i] = a[i];") " }",
     "unknown", NULL, 0},
    {"another test",
     "void f(int w) { " EACH("w", "a[i] = 1;") " for (int i = 0; i <= w; i++) b[i] = a[i]; }",
     "unknown", NULL, 0},
    {"other starts",
     "void f(int w) { " EACH("w", "a[i] = 1;") " for (int i = 1; i < w; i++) b[i] = a[i]; }",
     "unknown", NULL, 0},
    {"constant limits", "void f(void) { " EACH("900", "a[i] = 1;") EACH("900", "b[i] = a[i];") " }",
     "legal", NULL, 1},
    {"other constant limits",
     "void f(void) { " EACH("900", "a[i] = 1;") EACH("901", "b[i] = a[i];") " }", "unknown", NULL,
     0},
    {"the same limit, loaded twice",
     "void f(struct list *l) { " EACH("l->n", "a[i] = b[i];") EACH("l->n", "c[i] = a[i];") " }",
     "conditional", "l and c do not overlap; l and a do not overlap", 1},
    {"a limit that is changed",
     "void f(struct list *l, int w) { " EACH("l->n", "a[i] = b[i];") " l->n = w; " EACH(
         "l->n", "c[i] = a[i];") " }",
     "unknown", NULL, 0},
    {"a call between",
     "void f(int w) { " EACH("w", "a[i] = 1;") " call(); " EACH("w", "b[i] = a[i];") " }",
     "unknown", NULL, 0},
    {"a call in one", TWO("a[i] = 1; call();", "b[i] = a[i];"), "unknown", NULL, 0},
    {"leaves early",
     "void f(int w) { " EACH("w", "if (a[i] < 0) break;") EACH("w", "b[i] = a[i];") " }", "unknown",
     NULL, 0},
    {"matrix passes",
     "void f(int w) { for (int i = 0; i < w; i++) for (int j = 0; j < 99; j++) m[i][j] = 1;"
     " for (int i = 0; i < w; i++) for (int j = 0; j < 99; j++) m[i][j] += j; }",
     "legal", NULL, 1},
    {"the row below",
     "void f(int w) { for (int i = 0; i < w; i++) for (int j = 0; j < 99; j++) m[i][j] = 1;"
     " for (int i = 0; i < w; i++) for (int j = 0; j < 99; j++) a[j] += m[i + 1][j]; }",
     "illegal", NULL, 0},
    {"inside of a loop",
     "void f(int w) { for (int k = 0; k < w; k++) { " EACH("99", "m[k][i] = 1;")
         EACH("99", "a[i] = m[k][i];") " } }",
     "legal", NULL, 1},
};

static void test_case(void **state) {
  const Case *c = *state;
  char *text = hp_format("%s%s", prelude, c->body);
  IrUnit *unit = mc_unit(text);
  HpArena *arena = hp_arena_new();
  IrAnalysis *an = ir_analyse(unit, &unit->functions[unit->nfunctions - 1], arena);
  uint32_t first = IR_NONE, second = IR_NONE;
  for (uint32_t i = 0; i < an->nloops && second == IR_NONE; i++)
    for (uint32_t k = 0; k < i && second == IR_NONE; k++)
      if (an->loops[i].parent == an->loops[k].parent) {
        first = k;
        second = i;
      }
  assert_true(second != IR_NONE);
  HpBuf condition = {0};
  IrFuse got = ir_can_fuse(an, first, second, &condition);
  assert_string_equal(ir_fuse_name(got.kind), c->want);
  assert_string_equal(hp_buf_text(&condition), c->condition ? c->condition : "");
  if (got.kind == IR_FUSE_LEGAL || got.kind == IR_FUSE_CONDITIONAL)
    assert_int_equal(got.nshared, c->shared);
  /* In the other order they are no neighbours. */
  assert_int_equal(ir_can_fuse(an, second, first, NULL).kind, IR_FUSE_UNKNOWN);
  hp_buf_free(&condition);
  hp_arena_free(arena);
  ir_unit_free(unit);
  free(text);
}

int main(void) {
  struct CMUnitTest tests[64];
  size_t n = 0;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    tests[n++] = (struct CMUnitTest){.name = cases[i].name,
                                     .test_func = test_case,
                                     .initial_state = (void *)(uintptr_t)&cases[i]};
  return _cmocka_run_group_tests("fuse", tests, n, NULL, NULL);
}
