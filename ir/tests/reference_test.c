/* docs/ir.md is what ops.def says, and each of its examples is IR. With HPLINT_ACCEPT=1 in the
 * environment the page is written anew. */
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

/* The example in a function that has what it names. */
static IrUnit *in_function(const char *example, size_t length) {
  char line[200];
  snprintf(line, sizeof line, "%.*s", (int)length, example);
  bool phi = strstr(line, "PHI"), jumps = strstr(line, "JUMP"), ends = false;
  static const char *const terms[] = {"JUMP", "BR ", "SWITCH", "IGOTO", "ASMGOTO", "RET", "STOP"};
  for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
    ends |= !strncmp(line, terms[i], strlen(terms[i]));
  HpBuf text = {0};
  hp_buf_add(&text, "record struct node {\n value: int\n next: struct node *\n rest: char[32]\n}\n"
                    "function @f(4): int {\nentry:\n %1 = PARAM int 0\n %2 = PARAM int 1\n"
                    " %p = PARAM struct node * 2\n %q = PARAM struct node * 3\n");
  if (phi)
    hp_buf_add(&text, " BR %1, a, b\na:\n JUMP join\nb:\n JUMP join\njoin:\n");
  if (strstr(line, "ASMOUT"))
    hp_buf_add(&text, " %asm = ASM int \"\"\n");
  hp_buf_addf(&text, " %s\n%s", line, ends ? "" : " STOP\n");
  if (ends && strchr(line, 'a') && !strstr(line, "RET"))
    hp_buf_addf(&text, "a:\n STOP\n%s", jumps ? "" : "b:\n STOP\n");
  if (strstr(line, "SWITCH"))
    hp_buf_add(&text, "c:\n STOP\n");
  hp_buf_add(&text, "}\n");
  HpError err = {0};
  IrUnit *u = ir_parse_unit(text.text, text.length, "example", &err);
  if (!u)
    fail_msg("%s\n%s", err.text, text.text);
  hp_buf_free(&text);
  return u;
}

static void test_examples(void **state) {
  (void)state;
  HpBuf out = {0};
  ir_reference(&out);
  int count = 0;
  for (const char *s = out.text; (s = strstr(s, "```\n")); s += 4) {
    s += 4;
    const char *stop = strstr(s, "\n```");
    assert_non_null(stop);
    ir_unit_free(in_function(s, (size_t)(stop - s)));
    s = stop;
    count++;
  }
  assert_int_equal(count, IR_OP_COUNT);
  hp_buf_free(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_page_is_current),
      cmocka_unit_test(test_examples),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
