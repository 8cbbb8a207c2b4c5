/* Rules on IR text alone, without a front end: each test changes one thing in a listing that fires.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ir/build.h"
#include "ir/text.h"
#include "rules/rule.h"

static const char list_sum[] =
    "unit \"list.c\"\n"
    "file \"list.c\" (main)\n"
    "type 1 !\"int\" = int size 4 align 4\n"
    "type 2 !\"long\" = int size 8 align 8\n"
    "type 3 !\"char\" = int size 1\n"
    "type 4 !\"struct node\" = record 0 size 64 align 8\n"
    "type 5 !\"struct node *\" = ptr !4 size 8 align 8\n"
    "type 6 !\"char[48]\" = array !3 size 48 count 48\n"
    "type 7 !\"long (struct node *)\" = func !2\n"
    "record 0 !\"struct node\": !4 size 64 align 8 (in_main) at 1:1-62 {\n"
    "  next: struct node * +0\n"
    "  value: long +8\n"
    "  rest: char[48] +16\n"
    "}\n"
    "symbol @sum: !\"long (struct node *)\" (function defined) at 2:6-6\n"
    "function @sum(1): long at 2:1-93 named 2:6-9 {\n"
    "b0:\n"
    "  %0 = PARAM struct node * 0 as p at 2:10-24\n"
    "  JUMP b1 at 2:40-81\n"
    "b1: <- b0, b2 (loop) at 3:3-8\n"
    "  %2 = PHI struct node * [b0: %0], [b2: %7] as p at 3:3-8\n"
    "  %3 = PHI long [b0: 0:long], [b2: %6] as s\n"
    "  BR %2, b2, b3 at 3:10-11\n"
    "b2: <- b1\n"
    "  %5 = LOAD long [%2 + 8] .value at 4:5-13\n"
    "  %6 = ADD.nsw long %3, %5 as s at 4:5-13\n"
    "  %7 = LOAD struct node * [%2] .next as p at 5:5-12\n"
    "  JUMP b1 at 3:3-8\n"
    "b3: <- b1\n"
    "  RET %3 at 6:3-11\n"
    "}\n";

static const char alloc_loop[] = "unit \"alloc.c\"\n"
                                 "file \"alloc.c\" (main)\n"
                                 "type 1 !\"int\" = int size 4 align 4\n"
                                 "type 2 !\"char\" = int size 1\n"
                                 "type 3 !\"unsigned long\" = int size 8 align 8 (unsigned)\n"
                                 "type 4 !\"void *\" = ptr !0 size 8 align 8\n"
                                 "type 5 !\"void (int)\" = func !0\n"
                                 "type 6 !\"void *(unsigned long)\" = func !4\n"
                                 "type 7 !\"void (void *)\" = func !0\n"
                                 "symbol @f: !\"void (int)\" (function defined) at 4:6-6\n"
                                 "symbol @malloc: !\"void *(unsigned long)\" (function) at 1:7-7\n"
                                 "symbol @use: !\"void (void *)\" (function) at 3:6-6\n"
                                 "symbol @free: !\"void (void *)\" (function) at 2:6-6\n"
                                 "function @f(1) at 4:1-90 named 4:6-7 {\n"
                                 "b0:\n"
                                 "  %0 = PARAM int 0 as n at 4:8-13\n"
                                 "  JUMP b1 at 5:3-6\n"
                                 "b1: <- b0, b2 (loop) at 5:3-6\n"
                                 "  %2 = PHI int [b0: 0], [b2: %8] as i at 5:3-6\n"
                                 "  %3 = LT int %2, %0 at 5:8-12\n"
                                 "  BR %3, b2, b3\n"
                                 "b2: <- b1\n"
                                 "  %5 = CALL void * @malloc, 100:unsigned long as p at 6:15-26\n"
                                 "  CALL @use, %5 at 7:5-11\n"
                                 "  CALL @free, %5 at 8:5-12\n"
                                 "  %8 = ADD.nsw int %2, 1 as i at 5:14-17\n"
                                 "  JUMP b1 at 5:3-6\n"
                                 "b3: <- b1\n"
                                 "  RET  at 9:1-2\n"
                                 "}\n";

/* The listing with `from` replaced by `to`, which must be there; on the heap. */
static char *changed(const char *text, const char *from, const char *to) {
  const char *at = strstr(text, from);
  assert_non_null(at);
  return hp_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

/* Findings of one rule, the first one's line, and its message on the heap. */
typedef struct Result {
  unsigned count;
  uint32_t line;
  char *message;
} Result;

static Result judge(const char *text, const char *id) {
  HpError err = {0};
  IrUnit *unit = ir_parse_unit(text, strlen(text), "test", &err);
  if (!unit)
    fail_msg("%s", err.text);
  const IrUnit *units[] = {unit};
  IrProgram *program = ir_program_link(units, 1, NULL);
  bool *enabled = hp_calloc(nrules, sizeof *enabled);
  for (uint32_t i = 0; i < nrules; i++)
    enabled[i] = strcmp(rules[i]->id, id) == 0;
  Report r = {.arena = hp_arena_new()};
  rules_run(program, enabled, 2, &r);
  Result result = {.count = r.count, .message = hp_strdup(r.count ? r.findings[0]->message : "")};
  for (uint32_t i = 0; i < r.count; i++)
    assert_string_equal(r.findings[i]->rule->id, id);
  if (r.count)
    result.line = r.findings[0]->loc.line;
  free(enabled);
  free(r.findings);
  hp_arena_free(r.arena);
  ir_program_free(program);
  ir_unit_free(unit);
  return result;
}

static void expect(const char *text, const char *id, unsigned count, uint32_t line,
                   const char *message) {
  Result r = judge(text, id);
  assert_int_equal(r.count, count);
  assert_int_equal(r.line, line);
  if (!strstr(r.message, message))
    fail_msg("'%s' is not in '%s'", message, r.message);
  free(r.message);
}

static void expect_changed(const char *text, const char *from, const char *to, const char *id,
                           unsigned count, uint32_t line, const char *message) {
  char *other = changed(text, from, to);
  expect(other, id, count, line, message);
  free(other);
}

static void test_list(void **state) {
  (void)state;
  expect(list_sum, "HP101", 1, 3, "the load of p->next; 16 of 64 bytes of each struct node");
  expect(list_sum, "HP105", 0, 0, "");
}

static void test_array_is_no_list(void **state) {
  (void)state;
  expect_changed(list_sum, "%7 = LOAD struct node * [%2] .next",
                 "%7 = ADDR struct node * [%2 + 64]", "HP101", 0, 0, "");
}

static void test_sparse_array(void **state) {
  (void)state;
  expect_changed(list_sum, "%7 = LOAD struct node * [%2] .next",
                 "%7 = ADDR struct node * [%2 + 64]", "HP105", 1, 3,
                 "uses 8 of the 64 bytes that it fetches for each struct node (value)");
}

static void test_alloc(void **state) {
  (void)state;
  expect(alloc_loop, "HP201", 1, 6, "takes 100 bytes from the heap with malloc and frees it");
  expect(alloc_loop, "HP101", 0, 0, "");
}

static void test_alloc_kept(void **state) {
  (void)state;
  expect_changed(alloc_loop, "CALL @free, %5", "CALL @use, %5", "HP201", 0, 0, "");
}

static void test_alloc_removed_by_compiler(void **state) {
  (void)state;
  expect_changed(alloc_loop, "  CALL @use, %5 at 7:5-11\n", "  CALL @free, 0:void *\n", "HP201", 0,
                 0, "");
}

static void test_two_trips(void **state) {
  (void)state;
  expect_changed(alloc_loop, "LT int %2, %0", "LT int %2, 2", "HP201", 0, 0, "");
  expect_changed(alloc_loop, "LT int %2, %0", "LT int %2, 200", "HP201", 1, 6, "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_list),         cmocka_unit_test(test_array_is_no_list),
      cmocka_unit_test(test_sparse_array), cmocka_unit_test(test_alloc),
      cmocka_unit_test(test_alloc_kept),   cmocka_unit_test(test_alloc_removed_by_compiler),
      cmocka_unit_test(test_two_trips),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
