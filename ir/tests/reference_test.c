/* docs/ir.md is what ops.def and examples.def say, and each opcode has an example. With
 * HPLINT_ACCEPT=1 in the environment the page is written anew. */
#include "ir/build.h"
#include "ir/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char page[] = TEST_SOURCE_DIR "/docs/ir.md";

static void test_page_is_current(void **state) {
  (void)state;
  HpBuf want = {0}, got = {0};
  ir_reference(&want);
  if (getenv("HPLINT_ACCEPT")) {
    FILE *f = fopen(page, "w");
    assert_non_null(f);
    fputs(want.text, f);
    fclose(f);
  }
  FILE *f = fopen(page, "r");
  assert_non_null(f);
  char chunk[4096];
  for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;)
    hp_buf_addn(&got, chunk, n);
  fclose(f);
  assert_string_equal(hp_buf_text(&got), want.text);
  hp_buf_free(&want);
  hp_buf_free(&got);
}

/* Each opcode has one; those that no C makes are IR (the front end's tests make the others). */
static void test_examples(void **state) {
  (void)state;
  for (int op = 0; op < IR_OP_COUNT; op++) {
    const IrExample *e = &ir_examples[op];
    if (!e->text || !e->row)
      fail_msg("%s has no example in ir/examples.def", ir_ops[op].name);
    if (!strstr(e->text, ir_ops[op].name) || strstr(e->row, ir_ops[op].name) != e->row)
      fail_msg("the example of %s is of something else", ir_ops[op].name);
    if (e->c)
      continue;
    char *text =
        hp_format("function @f(1): int {\nentry:\n  %%0 = PARAM int 0\n  %s\n  STOP\n}\n", e->text);
    HpError err = {0};
    IrUnit *u = ir_parse_unit(text, strlen(text), "example", &err);
    if (!u)
      fail_msg("%s\n%s", err.text, text);
    IrListing *l = ir_list(u, &u->functions[0], NULL, &(IrListOptions){.all = true});
    char *row =
        hp_format("%s %s  (%s)", ir_ops[op].name, l->lines[1].operands, l->lines[1].meaning);
    assert_string_equal(row, e->row);
    free(row);
    ir_listing_free(l);
    ir_unit_free(u);
    free(text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_page_is_current),
      cmocka_unit_test(test_examples),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
