/* The table of rules, names and near names, and the arithmetic of touched bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "rules/rule.h"
#include "rules/touch.h"

static void test_table(void **state) {
  (void)state;
  for (uint32_t i = 0; i < nrules; i++) {
    const Rule *rule = rules[i];
    assert_int_equal(strlen(rule->id), 5);
    assert_true(i == 0 || strcmp(rules[i - 1]->id, rule->id) < 0);
    assert_int_equal(!!rule->check_function + !!rule->check_record, 1);
    assert_true(strlen(rule->summary) > 20);
    assert_ptr_equal(rule_find(rule->id), rule);
    assert_ptr_equal(rule_find(rule->name), rule);
  }
}

static void test_names(void **state) {
  (void)state;
  assert_string_equal(rule_find("hp201")->name, "alloc-in-loop");
  assert_string_equal(rule_find("Alloc-In-Loop")->id, "HP201");
  assert_null(rule_find("HP999"));
  assert_null(rule_find(""));
  assert_string_equal(rule_nearest("HP21"), "HP201");
  assert_string_equal(rule_nearest("aloc-in-lop"), "alloc-in-loop");
  assert_string_equal(rule_nearest("column_order"), "column-order");
  assert_non_null(
      rule_nearest("completely different and much longer than any name that a rule has"));
}

/* Bits 3 and 5 of byte 1, then bits 7 .. 8 of a unit at byte 2: three bytes, three ranges. */
static void test_bit_ranges(void **state) {
  (void)state;
  Touch t = {0};
  IrAddr addr = {.size = 4, .flags = IR_MEM_BITFIELD, .bit_offset = 11, .bit_width = 1};
  touch_add_access(&t, &addr, 0, 4);
  addr.bit_offset = 13;
  touch_add_access(&t, &addr, 0, 4);
  assert_int_equal(t.count, 2);
  assert_int_equal(touch_bytes(&t), 1);
  addr.bit_offset = 7;
  addr.bit_width = 2;
  touch_add_access(&t, &addr, 2, 4);
  assert_int_equal(touch_bytes(&t), 3);
  touch_rebase(&t, 1, 2); /* what lies beyond the object is dropped */
  assert_int_equal(touch_bytes(&t), 2);
  addr.flags = 0; /* a plain access: all of it */
  touch_add_access(&t, &addr, 4, 4);
  assert_int_equal(touch_bytes(&t), 6);
}

static void test_ranges(void **state) {
  (void)state;
  Touch t = {0};
  touch_add(&t, 8, 16);
  touch_add(&t, 0, 4);
  touch_add(&t, 4, 4); /* nothing */
  assert_int_equal(t.count, 2);
  assert_int_equal(touch_bytes(&t), 12);
  touch_add(&t, 4, 8); /* closes the gap */
  assert_int_equal(t.count, 1);
  assert_int_equal(touch_bytes(&t), 16);
  touch_add(&t, 10, 12); /* inside */
  assert_int_equal(touch_bytes(&t), 16);
  touch_rebase(&t, -4, 12); /* the object starts 4 bytes earlier and is 12 bytes long */
  assert_int_equal(t.ranges[0].low, 4 * 8);
  assert_int_equal(t.ranges[0].high, 12 * 8);
  for (int64_t i = 0; i < 2 * TOUCH_RANGES; i++)
    touch_add(&t, 100 + 2 * i, 101 + 2 * i);
  assert_true(t.open);
  assert_int_equal(t.count, TOUCH_RANGES);
}

static void test_lines(void **state) {
  (void)state;
  Touch t = {0};
  touch_add(&t, 60, 68);
  assert_int_equal(touch_lines(&t), 2);
  Touch one = {0};
  touch_add(&one, 0, 4);
  assert_int_equal(touch_lines(&one), 1);
  /* All lines of records of 24 and of 64 bytes are met, a sixteenth of those of 1024. */
  assert_float_equal(touch_fetched(&one, 24), 24, 0);
  assert_float_equal(touch_fetched(&one, 64), 64, 0);
  assert_float_equal(touch_fetched(&one, 1024), 64, 0);
  /* At 80 bytes the 4 bytes never straddle a line: one of the 80 / 64 lines. */
  assert_float_equal(touch_fetched(&one, 80), 64, 0);
  /* 8 bytes at the end of 100: one start in sixteen lies across two lines. */
  Touch across = {0};
  touch_add(&across, 92, 100);
  assert_true(touch_fetched(&across, 100) > 64 && touch_fetched(&across, 100) < 72);
}

static void test_report(void **state) {
  (void)state;
  Report r = {.arena = hp_arena_new(), .current = rules[0]};
  const IrUnit unit = {0};
  IrLoc loc = {.line = 3, .column = 5};
  Finding *f = report_add(&r, &unit, loc);
  assert_ptr_equal(f->rule, rules[0]);
  assert_int_equal(f->severity, SEVERITY_MEDIUM);
  assert_int_equal(f->show, SHOW_LISTED);
  assert_int_equal(f->func, IR_NONE);
  finding_place(&r, f, &unit, loc, "first %d", 1);
  finding_place(&r, f, &unit, loc, "the same place again");
  finding_place(&r, f, &unit, (IrLoc){0}, "no place");
  assert_int_equal(f->nplaces, 1);
  assert_string_equal(f->places[0].text, "first 1");
  for (uint32_t line = 1; line <= 2 * RULE_MAX_SITES; line++)
    finding_site(f, &unit, (IrLoc){.line = line}, 0, false);
  assert_int_equal(f->nsites, RULE_MAX_SITES);
  for (uint32_t i = 0; i < 2 * RULE_MAX_FACTS; i++)
    finding_fact(f, "fact", i, "bytes");
  assert_int_equal(f->nfacts, RULE_MAX_FACTS);
  free(r.findings);
  hp_arena_free(r.arena);
}

static void test_machine(void **state) {
  (void)state;
  assert_int_equal(machine_l1_sets(&machine_portable), 64);
  Machine odd = {.l1 = 48 << 10, .l2 = 1 << 20, .line = 64, .l1_ways = 12};
  assert_int_equal(machine_l1_sets(&odd), 64);
  odd.l1 = 100; /* less than a set */
  assert_int_equal(machine_l1_sets(&odd), 1);
  Machine here = machine_of_system();
  assert_true(here.l1 && here.l2 && here.line >= 16 && here.l1_ways);
  assert_int_equal(here.line & (here.line - 1), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_table),   cmocka_unit_test(test_names),
      cmocka_unit_test(test_ranges),  cmocka_unit_test(test_bit_ranges),
      cmocka_unit_test(test_lines),   cmocka_unit_test(test_report),
      cmocka_unit_test(test_machine),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
