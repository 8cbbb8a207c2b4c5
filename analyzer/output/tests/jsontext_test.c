/* The text is what jansson makes of the same values. */
#include "analyzer/output/jsontext.h"

#include "db/json.h"

#include <float.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_same(HpBuf *out, json_t *value) {
  char *text = json_dumps(value, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
  assert_string_equal(hp_buf_text(out), text);
  json_decref(value);
  hp_buf_free(out);
  free(text);
}

static void containers(void **state) {
  (void)state;
  HpBuf out = {0};
  JsonText t = {.out = &out};
  json_text_begin(&t, NULL, '{');
  json_text_begin(&t, "empty object", '{');
  json_text_end(&t, '{');
  json_text_begin(&t, "empty list", '[');
  json_text_end(&t, '[');
  json_text_begin(&t, "list", '[');
  json_text_begin(&t, NULL, '{');
  json_text_integer(&t, "low", INT64_MIN);
  json_text_boolean(&t, "yes", true);
  json_text_end(&t, '{');
  json_text_begin(&t, NULL, '{');
  json_text_boolean(&t, "no", false);
  json_text_end(&t, '{');
  json_text_end(&t, '[');
  json_text_string(&t, "null", NULL);
  json_text_end(&t, '{');
  assert_same(&out, json_pack("{s{}s[]s[{sIsb}{sb}]sn}", "empty object", "empty list", "list",
                              "low", (json_int_t)INT64_MIN, "yes", 1, "no", 0, "null"));
}

static void strings(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      "plain",
                                      "a \"quote\" and a \\",
                                      "line\nbreak\ttab\r\b\f",
                                      "\001\037 x",
                                      "\177",
                                      "a/b",
                                      "\303\244 \342\202\254",
                                      "\xff bad",
                                      "bad \xc0\xaf\n!",
                                      "\xed\xa0\x80 surrogate"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    HpBuf out = {0};
    JsonText t = {.out = &out};
    json_text_begin(&t, NULL, '[');
    json_text_string(&t, NULL, texts[i]);
    json_text_end(&t, '[');
    assert_same(&out, json_pack("[o]", db_json_text(texts[i])));
  }
}

static void reals(void **state) {
  (void)state;
  static const double values[] = {
      0,    -0.0,    1,    -1,       0.1,     1.0 / 3, 123456789012345.0,
      1e15, 1e16,    1e17, 1e300,    -2.5e-7, 0.5,     999999999999999.0,
      1e-5, DBL_MAX, 1e22, 12345.75, -1e15};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    HpBuf out = {0};
    JsonText t = {.out = &out};
    json_text_begin(&t, NULL, '[');
    json_text_real(&t, NULL, values[i]);
    json_text_end(&t, '[');
    assert_same(&out, json_pack("[f]", values[i]));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(containers),
      cmocka_unit_test(strings),
      cmocka_unit_test(reals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
