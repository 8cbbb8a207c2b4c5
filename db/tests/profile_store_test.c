/* Profiles in the store: what goes in comes out, as label, tables and JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/profile.h"
#include "db/tests/profile_tools.h"

#include <jansson.h>
#include <unistd.h>

static Store *new_store(void) {
  HpError err = {0};
  Store *s = store_open_memory(&err);
  if (!s)
    fail_msg("%s", err.text);
  return s;
}

static int64_t put(Store *s, const char *path, const char *root) {
  HpError err = {0};
  Profile *p = read_good(path);
  int64_t id;
  if (!store_put_profile(s, p, root, &id, &err))
    fail_msg("%s", err.text);
  profile_free(p);
  return id;
}

static char *show(Store *s, ProfileShow how) {
  HpError err = {0};
  HpBuf out = {0};
  if (!profile_show(s, &how, &out, &err))
    fail_msg("%s", err.text);
  return hp_buf_take(&out);
}

/* Runs of blanks become one, so that a test does not depend on column widths. */
static bool contains(const char *text, const char *row) {
  HpBuf one = {0};
  for (const char *c = text; *c; c++)
    if (*c != ' ' || (one.length && !strchr(" \n", one.text[one.length - 1])))
      hp_buf_addc(&one, *c);
  bool found = strstr(hp_buf_text(&one), row) != NULL;
  if (!found)
    print_message("not found: %s in\n%s", row, text);
  hp_buf_free(&one);
  return found;
}

static bool take_text(void *context, int64_t index, int ncolumns, const char *const *values) {
  char **to = context;
  if (index >= 0 && ncolumns > 0 && values[0]) {
    free(*to);
    *to = hp_strdup(values[0]);
  }
  return true;
}

static double query(Store *s, const char *sql) {
  HpError err = {0};
  char *text = hp_strdup("");
  if (!store_query(s, sql, take_text, &text, &err))
    fail_msg("%s", err.text);
  double value = atof(text);
  free(text);
  return value;
}

static void newest_profile_is_found(void **state) {
  (void)state;
  Store *s = new_store();
  HpError err = {0};
  int64_t id = 7;
  char *label;
  assert_true(store_find_profile(s, 0, &id, &label, &err));
  assert_int_equal(id, 0);
  assert_null(label);
  int64_t perf = put(s, DATA "/sample.perf.data", "/src");
  int64_t callgrind = put(s, DATA "/sample.callgrind.out", "/src");
  assert_true(store_find_profile(s, 0, &id, &label, &err));
  assert_int_equal(id, callgrind);
  assert_string_equal(label, "callgrind, 10,821,497 instructions");
  free(label);
  assert_true(store_find_profile(s, perf, &id, &label, &err));
  assert_int_equal(id, perf);
  assert_string_equal(label, "perf, 52 samples");
  free(label);
  assert_true(store_delete_profile(s, callgrind, &err));
  assert_true(store_find_profile(s, 0, &id, &label, &err));
  assert_int_equal(id, perf);
  free(label);
  assert_true(query(s, "SELECT count(*) FROM profile_line") > 0); /* perf's are still there */
  assert_true(store_delete_profile(s, perf, &err));
  assert_float_equal(query(s, "SELECT count(*) FROM profile_line"), 0, 0);
  assert_float_equal(query(s, "SELECT count(*) FROM profile_stack"), 0, 0);
  assert_false(store_delete_profile(s, perf, &err));
  assert_non_null(strstr(err.text, "no profile"));
  store_close(s);
}

static void stored_numbers_are_the_profile_s(void **state) {
  (void)state;
  Store *s = new_store();
  Profile *p = read_good(DATA "/sample.perf.data");
  int64_t id = put(s, DATA "/sample.perf.data", "/src/");
  assert_float_equal(query(s, "SELECT sum(self) FROM profile_line") +
                         query(s, "SELECT lost FROM profile"),
                     p->total, 0);
  assert_float_equal(query(s, "SELECT sum(self) FROM profile_function"), p->total, 0);
  assert_float_equal(query(s, "SELECT sum(weight) FROM profile_stack"), p->total, 0);
  assert_float_equal(query(s, "SELECT count(*) FROM profile_frame"), p->nframes, 0);
  assert_float_equal(query(s, "SELECT sum(length(frames)) FROM profile_stack"),
                     4.0 * p->nstack_frames, 0);
  assert_float_equal(query(s, "SELECT count(*) FROM profile_call WHERE file = 'sample.c' AND line "
                              "= 48"),
                     1, 0);
  assert_float_equal(query(s, "SELECT count(*) FROM profile_line WHERE hits IS NOT NULL"), 0, 0);
  assert_float_equal(store_line_hits(s, id, "sample.c", 20), 10 * 1001001.0, 0);
  assert_true(store_line_hits(s, id, "sample.c", 1) < 0);
  assert_true(store_line_hits(s, id, "other.c", 20) < 0);
  assert_true(store_line_hits(s, id + 1, "sample.c", 20) < 0);
  profile_free(p);
  store_close(s);
}

static void hits_come_before_cost(void **state) {
  (void)state;
  Store *s = new_store();
  int64_t id = put(s, DATA "/sample.callgrind.out", "/src");
  assert_float_equal(store_line_hits(s, id, "sample.c", 26), 1973, 0);
  int64_t elsewhere = put(s, DATA "/sample.callgrind.out", "/home");
  assert_float_equal(store_line_hits(s, elsewhere, "sample.c", 26), 1973, 0); /* by its end */
  assert_true(store_line_hits(s, elsewhere, "ample.c", 26) < 0);
  store_close(s);
}

static void table_by_function(void **state) {
  (void)state;
  Store *s = new_store();
  int64_t id = put(s, DATA "/sample.callgrind.out", "/src");
  char *text = show(s, (ProfileShow){.id = id, .root = "/src", .limit = 3});
  assert_true(contains(text, "callgrind): ./sample 2 15\n10,821,497 instructions\n"));
  assert_true(contains(text, "calls self % cumulative % function defined in\n"));
  assert_true(contains(text, "2 4,200,012 38.8% 4,200,012 38.8% hot.constprop.0 sample.c:18\n"));
  assert_null(strstr(text, "fib"));
  assert_non_null(strstr(text, " more (--limit)\n"));
  free(text);
  id = put(s, DATA "/sample.perf.data", "/src");
  text = show(s, (ProfileShow){.id = id, .root = "/src", .filter = "hot"});
  assert_true(contains(text, "52 samples, 52.1 ms of CPU time; 3.8% without a source line\n"));
  assert_true(contains(text, "- 33.0 63.5% 47.0 90.4% hot sample.c:18\n"));
  free(text);
  store_close(s);
}

/* Columns of one table end, or start, at the same place in every row. */
static void tables_are_aligned(void **state) {
  (void)state;
  Store *s = new_store();
  int64_t id = put(s, DATA "/sample.callgrind.out", "/src");
  char *text = show(s, (ProfileShow){.id = id, .root = "/src"});
  char *head = strstr(text, "  calls"), *rest = head;
  assert_non_null(head);
  size_t column = (size_t)(strstr(head, "function") - head);
  unsigned rows = 0;
  for (char *line = strsep(&rest, "\n"); line && strncmp(line, "...", 3);
       line = strsep(&rest, "\n")) {
    if (!*line)
      break;
    assert_true(strlen(line) > column && line[column] != ' ' && line[column - 1] == ' ');
    assert_true(line[strlen(line) - 1] != ' ');
    rows++;
  }
  assert_int_equal(rows, 31);
  free(text);
  store_close(s);
}

static void table_by_line_shows_the_source(void **state) {
  (void)state;
  Store *s = new_store();
  int64_t id = put(s, DATA "/sample.callgrind.out", "/src");
  char *text = show(s, (ProfileShow){.id = id, .root = DATA, .by_line = true, .limit = 5});
  assert_true(contains(text, "sample.c:10 200,000 2,400,000 22.2% return x * x % 7919;\n"));
  free(text);
  text = show(s, (ProfileShow){.id = id, .root = DATA, .by_line = true, .filter = "fib"});
  assert_true(contains(text, "25 1,973 7,892 0.1% __attribute__((noinline)) static int fib"));
  assert_true(contains(text, "\n27 return n;\n")); /* a line between, for reading */
  assert_true(contains(text, "\n28 986 "));
  assert_null(strstr(text, "square"));
  free(text);
  HpError err = {0};
  HpBuf out = {0};
  ProfileShow wrong = {.id = id, .by_line = true, .filter = "nosuch"};
  assert_false(profile_show(s, &wrong, &out, &err));
  assert_non_null(strstr(err.text, "nosuch"));
  err = (HpError){0};
  wrong = (ProfileShow){.id = 99};
  assert_false(profile_show(s, &wrong, &out, &err));
  assert_non_null(strstr(err.text, "no profile 99"));
  hp_buf_free(&out);
  store_close(s);
}

static void json_has_the_same_numbers(void **state) {
  (void)state;
  Store *s = new_store();
  int64_t id = put(s, DATA "/sample.perf.data", "/src");
  char *text = show(s, (ProfileShow){.id = id, .root = DATA, .json = true});
  json_t *root = json_loads(text, 0, NULL);
  assert_non_null(root);
  assert_float_equal(json_number_value(json_object_get(json_object_get(root, "profile"), "total")),
                     52 * 1001001.0, 0);
  json_t *first = json_array_get(json_object_get(root, "functions"), 0);
  assert_string_equal(json_string_value(json_object_get(first, "function")), "hot");
  assert_string_equal(json_string_value(json_object_get(first, "file")), "sample.c");
  assert_true(json_is_null(json_object_get(first, "calls")));
  assert_float_equal(json_number_value(json_object_get(first, "total")), 47 * 1001001.0, 0);
  json_decref(root);
  free(text);
  text = show(s, (ProfileShow){.id = id, .root = DATA, .json = true, .by_line = true});
  root = json_loads(text, 0, NULL);
  assert_non_null(root);
  first = json_array_get(json_object_get(root, "lines"), 0);
  assert_int_equal(json_integer_value(json_object_get(first, "line")), 21);
  assert_string_equal(json_string_value(json_object_get(first, "text")),
                      "    t += cube(a[i]) ^ sink;");
  json_decref(root);
  free(text);
  store_close(s);
}

/* Names and source lines of a stranger's tree do not reach the terminal as they are. */
static void everything_shown_is_escaped(void **state) {
  (void)state;
  char dir[] = "/tmp/profile_store_XXXXXX";
  assert_non_null(mkdtemp(dir));
  char *source = join(dir, "a.c"), *recording = join(dir, "out"), *secret = join(dir, "secret");
  FILE *f = fopen(source, "w");
  fputs("int a; // \x1b[31mred\n", f);
  fclose(f);
  f = fopen(secret, "w");
  fputs("password\n", f);
  fclose(f);
  f = fopen(recording, "w");
  fputs("# callgrind format\ncmd: \x1b]0;x\nevents: Ir\nfl=(1) a.c\nfn=(1) f\x1b[2J\xff\n1 5\n"
        "fl=(2) secret\nfn=(2) g\n1 9\n",
        f);
  fclose(f);
  Store *s = new_store();
  int64_t id = put(s, recording, dir);
  for (int i = 0; i < 4; i++) {
    char *text = show(s, (ProfileShow){.id = id, .root = dir, .by_line = i & 1, .json = i & 2});
    assert_null(strchr(text, '\x1b'));
    assert_null(strstr(text, "password")); /* only source files are printed */
    if (i & 2) {
      json_t *root = json_loads(text, 0, NULL);
      assert_non_null(root);
      json_decref(root);
    } else {
      assert_non_null(strstr(text, i & 1 ? "\\x1b[31mred" : "f\\x1b[2J\\xff"));
    }
    free(text);
  }
  store_close(s);
  remove_folder(dir);
  free(source);
  free(recording);
  free(secret);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(newest_profile_is_found),
      cmocka_unit_test(stored_numbers_are_the_profile_s),
      cmocka_unit_test(hits_come_before_cost),
      cmocka_unit_test(table_by_function),
      cmocka_unit_test(tables_are_aligned),
      cmocka_unit_test(table_by_line_shows_the_source),
      cmocka_unit_test(json_has_the_same_numbers),
      cmocka_unit_test(everything_shown_is_escaped),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
