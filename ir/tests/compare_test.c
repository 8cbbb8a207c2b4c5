/* Versions of a function: what is aligned, what the rows are called, what is counted. */
#include "ir/align.h"
#include "ir/build.h"
#include "ir/compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- aligning -------------------------------------------------------------------------------- */

/* Letters are keys, `.` is equal to nothing; the pairs as the letters of `b` by place. */
static void expect_aligned(const char *a, const char *b, const char *want) {
  uint32_t keys[2][64] = {{0}}, pairs[64], n[2] = {(uint32_t)strlen(a), (uint32_t)strlen(b)};
  for (uint32_t i = 0; i < n[0]; i++)
    keys[0][i] = a[i] == '.' ? UINT32_MAX : (uint32_t)a[i];
  for (uint32_t i = 0; i < n[1]; i++)
    keys[1][i] = b[i] == '.' ? UINT32_MAX : (uint32_t)b[i];
  align(keys[0], n[0], keys[1], n[1], pairs);
  char got[65] = "";
  for (uint32_t i = 0; i < n[0]; i++)
    got[i] = pairs[i] == UINT32_MAX ? '-' : (char)('0' + pairs[i]);
  assert_string_equal(got, want);
}

static void test_align(void **state) {
  (void)state;
  expect_aligned("", "abc", "");
  expect_aligned("abc", "", "---");
  expect_aligned("abc", "abc", "012");
  expect_aligned("abc", "axc", "0-2");
  expect_aligned("abcd", "bcd", "-012");
  expect_aligned("a.c", "a.c", "0-2");        /* a dot is no match */
  expect_aligned("aabbaa", "aaaa", "01--23"); /* nothing unique: the longest subsequence */
  expect_aligned("xaay", "yaax", "---0");     /* crossing anchors: one of them */
  expect_aligned("abXcd", "cdXab", "---01");  /* of two chains the longer one, X is left */
}

/* Pairs always ascend and join equal keys only, whatever comes. */
static void test_align_any(void **state) {
  (void)state;
  srand(7);
  for (int round = 0; round < 2000; round++) {
    uint32_t a[20], b[20], pairs[20], na = (uint32_t)rand() % 20, nb = (uint32_t)rand() % 20;
    for (uint32_t i = 0; i < na; i++)
      a[i] = (uint32_t)rand() % 6;
    for (uint32_t i = 0; i < nb; i++)
      b[i] = (uint32_t)rand() % 6;
    align(a, na, b, nb, pairs);
    int64_t last = -1;
    for (uint32_t i = 0; i < na; i++) {
      if (pairs[i] == UINT32_MAX)
        continue;
      assert_true(pairs[i] < nb && (int64_t)pairs[i] > last && a[i] == b[pairs[i]]);
      last = pairs[i];
    }
  }
}

/* ---- comparing ------------------------------------------------------------------------------- */

typedef struct Side {
  IrUnit *unit;
  HpArena *arena;
  IrVersion version;
} Side;

static Side side_of(const char *text) {
  HpError err = {0};
  Side s = {.unit = ir_parse_unit(text, strlen(text), "test", &err), .arena = hp_arena_new()};
  if (!s.unit)
    fail_msg("%s", err.text);
  const IrFunction *fn = &s.unit->functions[0];
  s.version = (IrVersion){s.unit, fn, ir_analyse(s.unit, fn, s.arena)};
  return s;
}

static void drop(Side *s) {
  hp_arena_free(s->arena);
  ir_unit_free(s->unit);
}

static bool is_malloc(void *context, const IrVersion *v, IrInsnId call) {
  (void)context;
  const IrInsn *in = &v->fn->insns[call];
  return in->op == IR_CALL && !strcmp(ir_str(v->unit, v->unit->symbols[in->aux].name), "malloc");
}

/* The marks of all rows, one letter each: same, changed, gone, new. */
static void expect_marks(const char *a, const char *b, const char *want, IrDiffCounts *counts,
                         char **text) {
  Side before = side_of(a), after = side_of(b);
  IrDiff *d = ir_compare(&before.version, &after.version, false, is_malloc, NULL);
  char marks[64] = "";
  for (uint32_t i = 0; i < d->nrows; i++)
    marks[i] = "=~-+"[d->rows[i].mark];
  assert_string_equal(marks, want);
  if (counts)
    memcpy(counts, d->counts, sizeof d->counts);
  if (text) {
    HpBuf out = {0};
    ir_diff_print(&out, d, &(IrDiffOptions){.width = 120, .unified = true, .names = {"a", "b"}});
    *text = hp_buf_take(&out);
  }
  ir_diff_free(d);
  drop(&before);
  drop(&after);
}

#define NODE "record struct node {\n value: int\n next: struct node *\n}\n"
#define FAT "record struct node {\n value: int\n pad: char[56]\n next: struct node *\n}\n"
#define WALK(more, next)                                                                           \
  "function @f(1): int {\n"                                                                        \
  "a:\n %l = PARAM struct node * 0 as l\n JUMP b\n"                                                \
  "b:\n %p = PHI struct node * [a: %l], [c: %n] as p\n"                                            \
  " %s = PHI int [a: 0], [c: %t] as s\n BR %p, c, d\n"                                             \
  "c:\n" more " %v = LOAD int [%p] .value\n %t = ADD int %s, %v as s\n"                            \
  " %n = LOAD struct node * [%p + " next "] .next as p\n JUMP b\n"                                 \
  "d:\n RET %s\n}\n"

static void test_same(void **state) {
  (void)state;
  char *text;
  expect_marks(NODE WALK("", "8"), NODE WALK("", "8"), "==========", NULL, &text);
  assert_non_null(strstr(text, "⋯ 10 rows the same"));
  free(text);
}

/* What comes before the change keeps its registers, and so does what follows. */
static void test_inserted(void **state) {
  (void)state;
  IrDiffCounts counts[2];
  char *text;
  expect_marks(NODE WALK("", "8"), NODE WALK(" %m = CALL void * @malloc, 8 as m\n", "8"),
               "=====+=====", counts, &text);
  assert_int_equal(counts[0].allocs, 0);
  assert_int_equal(counts[1].allocs_in_loops, 1);
  assert_int_equal(counts[1].calls_in_loops, 1);
  assert_int_equal(counts[0].loads_in_loops, 2);
  assert_int_equal(counts[1].accesses[IR_AK_CHASE], 2);
  assert_non_null(strstr(text, "\n+ "));
  assert_null(strstr(text, "\n- "));
  assert_non_null(strstr(text, "  allocations in loops          0        1       +1\n"));
  free(text);
}

/* Another offset, another fact about the bytes used: the same instructions, changed. */
static void test_changed(void **state) {
  (void)state;
  expect_marks(NODE WALK("", "8"), FAT WALK("", "64"), "=====~=~==", NULL, NULL);
}

static void test_nothing_alike(void **state) {
  (void)state;
  IrDiffCounts counts[2];
  expect_marks(
      "function @f(0): int {\na:\n RET 1\n}\n",
      "function @g(1): int {\na:\n %x = PARAM int 0 as x\n %y = MUL int %x, %x\n RET %y\n}\n",
      "-+++", counts, NULL);
  assert_int_equal(counts[0].instructions, 1);
  assert_int_equal(counts[1].instructions, 3);
}

/* No row of either print is wider than it may be. */
static void test_width(void **state) {
  (void)state;
  Side before = side_of(NODE WALK("", "8")),
       after = side_of(FAT WALK(" CALL @malloc, 99999\n", "64"));
  IrDiff *d = ir_compare(&before.version, &after.version, true, NULL, NULL);
  for (uint32_t width = 80; width <= 200; width += 7)
    for (int unified = 0; unified < 2; unified++) {
      HpBuf out = {0};
      ir_diff_print(&out, d, &(IrDiffOptions){.width = width, .unified = unified, .all = true});
      uint32_t column = 0;
      for (const char *c = out.text; *c; c++) {
        column = *c == '\n' ? 0 : column + (((unsigned char)*c & 0xC0) != 0x80);
        if (column > width)
          fail_msg("width %u:\n%s", width, out.text);
      }
      hp_buf_free(&out);
    }
  ir_diff_free(d);
  drop(&before);
  drop(&after);
}

/* ---- loops ----------------------------------------------------------------------------------- */

static void test_loop_facts(void **state) {
  (void)state;
  Side s = side_of(FAT WALK(" %w = LOAD int [%p] .value\n", "64")); /* read twice, counted once */
  IrLoopFacts *facts = ir_loop_facts(s.version.an, s.arena);
  assert_int_equal(s.version.an->nloops, 1);
  assert_int_equal(facts[0].accesses[IR_AK_CHASE], 3);
  assert_int_equal(facts[0].step_bytes, 12);
  assert_int_equal(facts[0].fixed_bytes, 0);
  assert_true(facts[0].trips >= 1);
  assert_float_equal(ir_loop_footprint(s.version.an, facts, 0), 12 * facts[0].trips, 1e-6);
  drop(&s);
}

/* A counted loop that reads an array and one place: bytes, and how they add up. */
static void test_loop_bytes(void **state) {
  (void)state;
  Side s = side_of("symbol @total: long\n"
                   "function @f(1): int {\n"
                   "a:\n %a = PARAM int * 0 as a\n JUMP b\n"
                   "b:\n %i = PHI int [a: 0], [c: %j] as i\n %t = LT int %i, 100\n BR %t, c, d\n"
                   "c:\n %v = LOAD int [%a + 4*%i]\n %s = LOAD long [@total]\n"
                   " %w = CONV long %v\n %n = ADD long %s, %w\n STORE long [@total], %n\n"
                   " %j = ADD int %i, 1 as i\n JUMP b\n"
                   "d:\n RET 0\n}\n");
  IrLoopFacts *facts = ir_loop_facts(s.version.an, s.arena);
  assert_float_equal(facts[0].trips, 100, 0);
  assert_int_equal(facts[0].step_bytes, 4);
  assert_int_equal(facts[0].fixed_bytes, 8);
  assert_int_equal(facts[0].accesses[IR_AK_UNIT], 1);
  assert_int_equal(facts[0].accesses[IR_AK_INVARIANT], 2);
  assert_float_equal(ir_loop_footprint(s.version.an, facts, 0), 408, 0);
  drop(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_align),      cmocka_unit_test(test_align_any),
      cmocka_unit_test(test_same),       cmocka_unit_test(test_inserted),
      cmocka_unit_test(test_changed),    cmocka_unit_test(test_nothing_alike),
      cmocka_unit_test(test_width),      cmocka_unit_test(test_loop_facts),
      cmocka_unit_test(test_loop_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
