/* What a C file begins with. */
#include "analyzer/project/preamble.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void begins(const char *text, const char *directives, uint32_t count) {
  PreambleParts parts;
  char *found = preamble_directives(text, strlen(text), &parts);
  assert_string_equal(found, directives);
  assert_int_equal(parts.count, count);
  assert_int_equal(count ? parts.ends[count - 1] : 0, strlen(directives));
  free(found);
}

static void includes(void **state) {
  (void)state;
  begins("#include <a.h>\n#include \"b.h\"\nint x;\n", "#include <a.h>\n#include \"b.h\"\n", 2);
  begins(
      "/* a\n * b */\n\n// c\n \t#  include\t<a.h> // d\r\n#include \"b c.h\" /* e\n f */ /* g */\n"
      "#pragma once\n#include <d.h>\n",
      "#include <a.h>\n#include \"b c.h\"\n", 2);
  begins("", "", 0);
  begins("#", "", 0);
  begins("int x;\n#include <a.h>\n", "", 0);
  begins("#define A\n#include <a.h>\n", "", 0);
  begins("#include <a.h>", "", 0); /* the line may go on */
  begins("#include A\n", "", 0);
  begins("#include <a.h>\n#include_next <b.h>\n#includes <b.h>\n", "#include <a.h>\n", 1);
  begins("#include <a.h> int x;\n", "", 0);
  begins("#include <a.h\n#include <b.h>\n", "", 0);
  begins("#include <a\\\n.h>\n", "", 0);
  begins("#include <a.h>\n/* open", "#include <a.h>\n", 1);
  begins("// goes on \\\n#include <a.h>\n#include <b.h>\n", "", 0);
  begins("// goes on ?\?/\n#include <a.h>\n#include <b.h>\n", "", 0);
  begins("#import <a.h>\n", "", 0);
}

static void conditionals(void **state) {
  (void)state;
  begins("#ifdef HAVE_CONFIG_H\n# include <config.h>\n#endif /* it */\n#include <a.h>\n",
         "#ifdef HAVE_CONFIG_H\n#include <config.h>\n#endif\n#include <a.h>\n", 2);
  begins("#if A > 1  \n#include <a.h>\n#elif defined(B)\n#ifndef C\n#include <b.h>\n#endif\n#else\n"
         "#endif\nint x;\n",
         "#if A > 1\n#include <a.h>\n#elif defined(B)\n#ifndef C\n#include <b.h>\n#endif\n#else\n"
         "#endif\n",
         1);
  begins("#include <a.h>\n#ifdef B\n#define C\n#include <b.h>\n#endif\n", "#include <a.h>\n", 1);
  begins("#ifdef B\n#include <b.h>\nint x;\n#endif\n", "", 0);
  begins("#ifdef B\n#include <b.h>\n", "", 0);
  begins("#if A /* more */\n#endif\n", "", 0);
  begins("#if A \\\n B\n#endif\n", "", 0);
  begins("#endif\n#include <a.h>\n", "", 0);
  begins("#else\n#include <a.h>\n", "", 0);
}

static void most(void **state) {
  (void)state;
  HpBuf text = {0};
  for (int i = 0; i < PREAMBLE_LONGEST + 4; i++)
    hp_buf_addf(&text, "#include <%d.h>\n", i);
  PreambleParts parts;
  char *found = preamble_directives(hp_buf_text(&text), text.length, &parts);
  assert_int_equal(parts.count, PREAMBLE_LONGEST);
  assert_memory_equal(found, hp_buf_text(&text), strlen(found));
  free(found);
  hp_buf_free(&text);
}

static void blanks(const char *text, const char *directives, const char *left) {
  char *copy = hp_strdup(text);
  bool ok = preamble_blank(copy, strlen(copy), directives);
  assert_int_equal(ok, left != NULL);
  assert_string_equal(copy, left ? left : text);
  free(copy);
}

static void blanked(void **state) {
  (void)state;
  const char *text = "/* x */ #include <a.h> // y\r\n#ifdef B\n# include \"b.h\"\n#endif\n"
                     "#include <c.h>\nint x;\n";
  const char *both = "#include <a.h>\n#ifdef B\n#include \"b.h\"\n#endif\n";
  blanks(text, both,
         "/* x */                // y\r\n        \n               \n      \n"
         "#include <c.h>\nint x;\n");
  blanks(text, "#include <a.h>\n",
         "/* x */                // y\r\n#ifdef B\n# include \"b.h\"\n"
         "#endif\n#include <c.h>\nint x;\n");
  blanks(text, "#include <b.h>\n", NULL);
  blanks(text, "#include <a.h>\n#ifdef B\n", NULL);
  blanks(text, "", NULL);
  blanks("", "#include <a.h>\n", NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(includes),
      cmocka_unit_test(conditionals),
      cmocka_unit_test(most),
      cmocka_unit_test(blanked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
