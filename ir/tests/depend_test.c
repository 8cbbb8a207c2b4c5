/* The dependence test on pairs of accesses in C, and its arithmetic against all solutions counted
 * out. In C the first two accesses of the last function in which not both read are taken, in the
 * order of the text; the nest is all loops around them. */
#include "ir/depend.h"
#include "ir/distance.h"
#include "ir/tests/minic.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

typedef struct Case {
  const char *name, *body, *want; /* none, unknown, "unless a b", or all vectors: "(<,=) (=,=)" */
} Case;

static const char prelude[] = "int m[100][50], n[100][50], v[5000], k[100]; double d[50];\n"
                              "struct pair { int x, y; }; struct pair p[100];\n"
                              "allocator void *fresh(long size);\n";

#define LOOP(bounds, body) "void f(void) { for (int i = " bounds "; i++) { " body " } }"
#define NEST(bounds_i, bounds_j, body)                                                             \
  "for (int i = " bounds_i "; i++) for (int j = " bounds_j "; j++) { " body " }"

static const Case cases[] = {
    /* ZIV */
    {"the same element", LOOP("0; i < 100", "v[3] = 1; v[3] = 2;"), "(<) (=) (>)"},
    {"other elements", LOOP("0; i < 100", "v[3] = 1; v[4] = 2;"), "none"},
    {"other fields", LOOP("0; i < 100", "p[i].x = 1; p[i].y = 2;"), "none"},
    /* strong SIV */
    {"the same iteration", LOOP("0; i < 100", "v[i] = 1; v[i] = 2;"), "(=)"},
    {"the next one", LOOP("0; i < 100", "v[i + 1] = v[i];"), "(>)"},
    {"the one before", LOOP("0; i < 100", "v[i] = 1; v[i + 1] = 2;"), "(>)"},
    {"further than it goes", LOOP("0; i < 100", "v[i] = 1; v[i + 100] = 2;"), "none"},
    {"as far as it goes", LOOP("0; i < 100", "v[i] = 1; v[i + 99] = 2;"), "(>)"},
    {"never met", LOOP("0; i < 100", "v[2 * i] = 1; v[2 * i + 1] = 2;"), "none"},
    {"downwards", "void f(void) { for (int i = 99; i > 0; i--) { v[i] = 1; v[i + 1] = 2; } }",
     "(<)"},
    {"unknown end", "void f(int w) { for (int i = 0; i < w; i++) { v[i] = 1; v[i + 7] = 2; } }",
     "(>)"},
    {"an unknown distance",
     "void f(int w) { for (int i = 0; i < 100; i++) { v[i] = 1; v[i + w] = 2; } }", "unknown"},
    /* weak SIV */
    {"one element of all", LOOP("0; i < 100", "v[i] = 1; v[50] = 2;"), "(<) (=) (>)"},
    {"the first of all", LOOP("0; i < 100", "v[i] = 1; v[0] = 2;"), "(<) (=)"},
    {"the last of all", LOOP("0; i < 100", "v[i] = 1; v[99] = 2;"), "(=) (>)"},
    {"beyond the last", LOOP("0; i < 100", "v[i] = 1; v[100] = 2;"), "none"},
    {"reversal", LOOP("0; i < 100", "v[i] = 1; v[99 - i] = 2;"), "(<) (>)"},
    {"reversal with a middle", LOOP("0; i < 101", "v[i] = 1; v[100 - i] = 2;"), "(<) (=) (>)"},
    {"twice as fast", LOOP("0; i < 100", "v[i] = 1; v[2 * i] = 2;"), "(=) (>)"},
    {"twice as fast, odd", LOOP("0; i < 100", "v[4 * i] = 1; v[2 * i + 1] = 2;"), "none"},
    {"halves apart", LOOP("0; i < 10", "v[i] = 1; v[2 * i + 30] = 2;"), "none"},
    /* several loops */
    {"rows", "void f(void) { " NEST("1; i < 100", "0; j < 49", "m[i][j] = m[i - 1][j + 1];") " }",
     "(>,<)"},
    {"GCD in two loops",
     "void f(void) { " NEST("0; i < 9", "0; j < 9",
                            "v[4 * i + 6 * j] = 1; v[2 * i + 2 * j + 1] = 2;") " }",
     "none"},
    {"Banerjee in two loops",
     "void f(void) { " NEST("0; i < 9", "0; j < 9",
                            "v[i + 2 * j] = 1; v[2 * i + j + 50] = 2;") " }",
     "none"},
    {"transpose",
     "void f(int a[100][100]) { " NEST("0; i < 100", "0; j < 100",
                                       "a[i][j] = 1; a[j][i] = 2;") " }",
     "(<,>) (=,=) (>,<)"},
    {"the diagonal is put in",
     "void f(int a[100][100]) { " NEST("0; i < 100", "0; j < 99",
                                       "a[i][i + j] = 1; a[i][i + j + 1] = 2;") " }",
     "(=,>)"},
    {"upper and lower part",
     "void f(int a[100][100]) { for (int i = 0; i < 100; i++) for (int j = 0; j < i; j++)"
     " { a[i][j] = 1; a[j][i] = 2; } }",
     "(<,>) (=,=) (>,<)"}, /* that j < i is not used */
    {"skewed, upwards",
     "void f(void) { " NEST("1; i < 50", "i; j < 50", "m[i][j] = m[i - 1][j - 1];") " }", "(>,>)"},
    {"skewed, downwards",
     "void f(void) { for (int i = 1; i < 50; i++) for (int j = i; j > 0; j--)"
     " m[i][j] = m[i - 1][j - 1]; }",
     "(>,<)"},
    {"rows of unknown length",
     "void f(int *a, int w) { " NEST("1; i < w", "1; j < w",
                                     "a[i * w + j] = a[(i - 1) * w + j];") " }",
     "(>,=)"},
    {"a matrix as one row",
     "void f(int *a, int w) { " NEST("0; i < w", "0; j < w", "a[i * w + j] = 1; a[j] = 2;") " }",
     "unknown"},
    /* objects */
    {"two globals", LOOP("0; i < 100", "v[i] = k[i];"), "none"},
    {"two types", "void f(int *a) { for (int i = 0; i < 50; i++) { a[i] = 1; d[i] = 2; } }",
     "none"},
    {"two parameters",
     "void f(int *a, int *b) { for (int i = 0; i < 50; i++) { a[i] = 1; b[i] = 2; } }",
     "unless a b"},
    {"a parameter and a global",
     "void f(int *a) { for (int i = 0; i < 50; i++) { a[i] = 1; v[i] = 2; } }", "unless a v"},
    {"a parameter and fresh memory",
     "void f(int *a) { int *b = fresh(200); for (int i = 0; i < 50; i++) { a[i] = 1; b[i] = 2; } }",
     "none"},
    {"a parameter and a local",
     "void f(int *a) { int b[50]; for (int i = 0; i < 50; i++) { a[i] = 1; b[i] = 2; } }", "none"},
    {"scatter", LOOP("0; i < 100", "v[k[i]] = 1;"), "none"},
    {"scatter against itself",
     "void f(int *a) { for (int i = 0; i < 100; i++) { a[v[i]] = 1; a[i] = 2; } }", "unless a v"},
};

static IrAnalysis *analyse(const char *body, IrUnit **unit, HpArena *arena) {
  char *text = hp_format("%s%s", prelude, body);
  *unit = mc_unit(text);
  free(text);
  return ir_analyse(*unit, &(*unit)->functions[(*unit)->nfunctions - 1], arena);
}

static IrNest nest_around(const IrAnalysis *an, uint32_t loop) {
  IrNest nest = {.an = an, .depth = an->loops[loop].depth};
  for (uint32_t l = loop; l != IR_NONE; l = an->loops[l].parent)
    nest.loops[an->loops[l].depth - 1] = l;
  return nest;
}

static char *name_of(const IrAnalysis *an, IrRef ref) {
  HpBuf buf = {0};
  ir_describe(&buf, an->unit, an->fn, ref);
  return hp_buf_take(&buf);
}

static char *text_of(const IrAnalysis *an, const IrDepend *d) {
  HpBuf buf = {0};
  if (d->kind == IR_DEPEND_UNKNOWN && d->apart[0]) {
    char *a = name_of(an, d->apart[0]), *b = name_of(an, d->apart[1]);
    bool swap = strcmp(a, b) > 0;
    hp_buf_addf(&buf, "unless %s %s", swap ? b : a, swap ? a : b);
    free(a);
    free(b);
    return hp_buf_take(&buf);
  }
  if (d->kind != IR_DEPEND_SOME)
    return hp_strdup(d->kind == IR_DEPEND_NONE ? "none" : "unknown");
  /* In the order "before, same, after" of the outermost loop. */
  for (uint32_t v = 0, n = ir_depend_vectors(d->depth); v < n; v++) {
    uint32_t id = d->depth == 2 ? v % 3 * 3 + v / 3 : v;
    if (!d->vectors[id])
      continue;
    hp_buf_add(&buf, buf.length ? " (" : "(");
    for (uint32_t k = 0; k < d->depth; k++)
      hp_buf_addf(&buf, "%s%c", k ? "," : "", "<=>"[ir_depend_direction(id, k)]);
    hp_buf_add(&buf, ")");
  }
  return hp_buf_take(&buf);
}

static void test_case(void **state) {
  const Case *c = *state;
  IrUnit *unit;
  HpArena *arena = hp_arena_new();
  IrAnalysis *an = analyse(c->body, &unit, arena);
  const IrAccess *pair[2] = {NULL, NULL};
  for (uint32_t i = 0; i < an->naccesses && !pair[1]; i++)
    for (uint32_t j = 0; j < i && !pair[1]; j++)
      if (an->accesses[i].write || an->accesses[j].write) {
        pair[0] = &an->accesses[j];
        pair[1] = &an->accesses[i];
      }
  assert_non_null(pair[1]);
  IrNest nest = nest_around(an, pair[0]->loop);
  IrPlace a = ir_place(&nest, pair[0]), b = ir_place(&nest, pair[1]);
  IrDepend d = ir_depend(&nest, &a, &b);
  char *got = text_of(an, &d);
  assert_string_equal(got, c->want);
  free(got);
  hp_arena_free(arena);
  ir_unit_free(unit);
}

static void test_distance(void **state) {
  (void)state;
  IrUnit *unit;
  HpArena *arena = hp_arena_new();
  IrAnalysis *an = analyse("void f(int x) { for (int i = 3; i < x; i++) for (int j = 0; j < x; j++)"
                           " { m[i][j] = m[i - 3][j + 2]; } }",
                           &unit, arena);
  IrNest nest = nest_around(an, 1);
  IrPlace read = ir_place(&nest, &an->accesses[0]), write = ir_place(&nest, &an->accesses[1]);
  IrDepend d = ir_depend(&nest, &write, &read);
  assert_int_equal(d.kind, IR_DEPEND_SOME);
  assert_true(d.fixed[0] && d.fixed[1]);
  assert_int_equal(d.distance[0], 3); /* what is written is read three rows on */
  assert_int_equal(d.distance[1], -2);
  hp_arena_free(arena);
  ir_unit_free(unit);
}

/* ---- against counting out -------------------------------------------------------------------- */

static uint32_t random_below(uint32_t *seed, uint32_t n) {
  *seed = *seed * 1664525u + 1013904223u;
  return (*seed >> 8) % n;
}

static int64_t small(uint32_t *seed) {
  return (int64_t)random_below(seed, 9) - 4;
}

static IrSystem random_system(uint32_t *seed) {
  IrSystem s = {.levels = 1 + random_below(seed, 2), .common = {true, true}};
  for (uint32_t k = 0; k < s.levels; k++) {
    s.x[k].low = small(seed);
    s.x[k].high = s.x[k].low + random_below(seed, 6);
    s.y[k] = s.x[k];
  }
  uint32_t n = 1 + random_below(seed, 2);
  for (uint32_t i = 0; i < n; i++) {
    IrEquation e = {.c = small(seed) * 2};
    for (uint32_t k = 0; k < s.levels; k++) {
      e.a[k] = small(seed);
      e.b[k] = random_below(seed, 3) ? e.a[k] : small(seed);
    }
    if (!random_below(seed, 4))
      e.high = random_below(seed, 3);
    assert_true(ir_system_add(&s, &e));
  }
  return s;
}

static bool holds(const IrSystem *s, const int64_t *x, const int64_t *y) {
  for (uint32_t i = 0; i < s->count; i++) {
    const IrEquation *e = &s->equations[i];
    int64_t sum = e->c;
    for (uint32_t k = 0; k < s->levels; k++)
      sum += e->a[k] * x[k] - e->b[k] * y[k];
    if (sum < e->low || sum > e->high)
      return false;
  }
  return true;
}

static int way_of(int64_t x, int64_t y) {
  return x < y ? IR_BEFORE : x == y ? IR_SAME : IR_AFTER;
}

/* All directions that have a solution, [way of level 0][way of level 1]. */
static bool count_out(const IrSystem *s, bool found[3][3]) {
  bool any = false;
  IrBounds one = {0};
  IrBounds a = s->x[0], b = s->levels > 1 ? s->x[1] : one;
  for (int64_t x0 = a.low; x0 <= a.high; x0++)
    for (int64_t y0 = a.low; y0 <= a.high; y0++)
      for (int64_t x1 = b.low; x1 <= b.high; x1++)
        for (int64_t y1 = b.low; y1 <= b.high; y1++) {
          const int64_t x[] = {x0, x1}, y[] = {y0, y1};
          if (holds(s, x, y))
            any = found[way_of(x0, y0)][way_of(x1, y1)] = true;
        }
  return any;
}

static void test_counted_out(void **state) {
  (void)state;
  uint32_t seed = 20, wrong_yes = 0, no = 0;
  for (uint32_t round = 0; round < 40000; round++) {
    IrSystem s = random_system(&seed);
    const IrSystem before = s;
    bool found[3][3] = {{false}};
    bool any = count_out(&before, found), solved = ir_system_solve(&s);
    assert_true(solved || !any);
    for (int w = 0; w < 9; w++) {
      const int ways[] = {w % 3, s.levels > 1 ? w / 3 : IR_SAME};
      if (s.levels == 1 && w / 3 != IR_SAME)
        continue;
      bool allowed = solved && ir_system_allows(&s, ways);
      if (found[ways[0]][ways[1]] && !allowed)
        fail_msg("round %u: direction %d,%d has a solution and was ruled out", round, ways[0],
                 ways[1]);
      no += !found[ways[0]][ways[1]];
      wrong_yes += !found[ways[0]][ways[1]] && allowed;
      if (s.levels == 1 && s.count == 1) /* exact there */
        assert_int_equal(allowed, found[ways[0]][ways[1]]);
    }
  }
  /* Not a proof, but it must stay useful: of what has no solution, most is ruled out. */
  assert_true(wrong_yes * 20 < no);
}

int main(void) {
  struct CMUnitTest tests[128] = {cmocka_unit_test(test_distance),
                                  cmocka_unit_test(test_counted_out)};
  size_t n = 2;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    tests[n++] = (struct CMUnitTest){.name = cases[i].name,
                                     .test_func = test_case,
                                     .initial_state = (void *)(uintptr_t)&cases[i]};
  return _cmocka_run_group_tests("depend", tests, n, NULL, NULL);
}
