/* Words of names: what counts as one, and what only looks like one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules/words.h"

static void test_functions(void **state) {
  (void)state;
  static const char *const names[][2] = {
      {"loadServerConfig", "configuration"},
      {"ngx_http_merge_loc_conf", "configuration"},
      {"debugCommand", "debugging"},
      {"SQLDebugPrint", "debugging"},
      {"dump_tree2", "dumps"},
      {"treeDump", "dumps"},
      {"parse_options", "options"},
      {"processArgs", "options"},
      {"usage", "help"},
      {"print_usage", "help"},
      {"cliInitHelp", "help"},
      {"test_lists", "tests"},
      {"listTest", "tests"},
      {"tree_selftest", "tests"},
      {"showStats", "statistics"},
      {"run_benchmark", "benchmarks"},
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    assert_string_equal(words_role(names[i][0], false), names[i][1]);
}

static void test_parts_of_words(void **state) {
  (void)state;
  static const char *const names[] = {
      "helper",          "conflicts",  "confirm",
      "bitTestAndSet",   "atest",      "latest_entry",
      "memory_usage",    "setsockopt", "tcp_options",
      "update_stats",    "optimise",   "contest_winner",
      "initialValue",    "init_table", "cleanup_request",
      "value_dump_term", "",
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    assert_null(words_role(names[i], false));
}

static void test_start_up_is_once(void **state) {
  (void)state;
  assert_string_equal(words_role("initServer", true), "start-up");
  assert_null(words_role("initServer", false));
  assert_string_equal(words_role("cleanup", true), "shutdown");
  assert_null(words_role("initialValue", true));
}

static void test_files(void **state) {
  (void)state;
  assert_string_equal(words_place("tests/list.c"), "tests");
  assert_string_equal(words_place("linalg/test_cholesky.c"), "tests");
  assert_string_equal(words_place("src/redis-benchmark.c"), "benchmarks");
  assert_string_equal(words_place("examples/gzjoin.c"), "examples");
  assert_string_equal(words_place("src/arguments.c"), "configuration");
  assert_null(words_place("src/latest.c"));
  assert_string_equal(words_place("src/config.c"), "configuration");
  assert_string_equal(words_place("src/option.c"), "configuration");
  assert_null(words_place("src/option_list.c"));
  assert_null(words_place("src/log_config.c"));
  assert_null(words_place("config/lists.c"));
  assert_null(words_place("core/democracy.c"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_functions),
      cmocka_unit_test(test_parts_of_words),
      cmocka_unit_test(test_start_up_is_once),
      cmocka_unit_test(test_files),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
