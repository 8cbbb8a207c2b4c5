/* docs/schema.md and the schema agree: every table and column is described, the example queries
 * run. */
#include "test_tree.h"

static char *read_docs(void) {
  FILE *f = fopen(TEST_SOURCE_DIR "/docs/schema.md", "rb");
  assert_non_null(f);
  char *text = hp_calloc(1, 1 << 18);
  size_t n = fread(text, 1, (1 << 18) - 1, f);
  fclose(f);
  assert_true(n > 1000 && n < (1 << 18) - 1);
  return text;
}

/* The part of the page about one table: from its bold name to the next bold line or heading. */
static char *section_of(const char *docs, const char *table) {
  char *mark = hp_format("\n**%s**: ", table);
  const char *start = strstr(docs, mark);
  if (!start)
    fail_msg("docs/schema.md does not describe the table %s", table);
  free(mark);
  const char *end = start + 1, *bold = strstr(end, "\n**"), *head = strstr(end, "\n#");
  end = bold && (!head || bold < head) ? bold : head ? head : end + strlen(end);
  return hp_strndup(start, (size_t)(end - start));
}

static void columns_described(void **state) {
  (void)state;
  Store *s = store_open_memory(NULL);
  char *docs = read_docs();
  sqlite3_stmt *st =
      db_prepare(s,
                 "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) "
                 "c WHERE t.type = 'table'",
                 NULL);
  int columns = 0;
  for (; db_step_row(s, st, NULL); columns++) {
    const char *table = (const char *)sqlite3_column_text(st, 0),
               *column = (const char *)sqlite3_column_text(st, 1);
    char *section = section_of(docs, table), *name = hp_format("`%s`", column);
    if (!strstr(section, name))
      fail_msg("docs/schema.md does not describe %s.%s", table, column);
    free(section);
    free(name);
  }
  sqlite3_finalize(st);
  assert_true(columns > 100);
  char *version = hp_format("version of this schema, now %d.", db_version);
  assert_non_null(strstr(docs, version));
  free(version);
  free(docs);
  store_close(s);
}

static bool ignore_row(void *context, int64_t index, int n, const char *const *values) {
  (void)context, (void)index, (void)n, (void)values;
  return true;
}

static void examples_run(void **state) {
  (void)state;
  Store *s = store_open_memory(NULL);
  char *docs = read_docs();
  int count = 0;
  for (char *at = docs; (at = strstr(at, "```sql\n")); count++) {
    at += strlen("```sql\n");
    char *end = strstr(at, "```");
    assert_non_null(end);
    char *sql = hp_strndup(at, (size_t)(end - at));
    HpError err = {0};
    if (!store_query(s, sql, ignore_row, NULL, &err))
      fail_msg("%s: %s", sql, err.text);
    free(sql);
  }
  assert_true(count >= 3);
  free(docs);
  store_close(s);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(columns_described),
                                     cmocka_unit_test(examples_run)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
