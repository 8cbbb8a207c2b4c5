/* A folder of a test's own, and the few file operations that the store's tests need. */
#ifndef HPLINT_DB_TESTS_TEST_TREE_H
#define HPLINT_DB_TESTS_TEST_TREE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/internal.h"

typedef struct Tree {
  char root[64]; /* the folder */
  char dir[80];  /* root/.hplint */
  char file[96]; /* root/.hplint/hplint.db */
} Tree;

/* A literal where a record wants a text that it may own; never written to. */
#define T(text) ((char *)(uintptr_t)(text))

static inline int tree_setup(void **state) {
  Tree *t = hp_calloc(1, sizeof *t);
  snprintf(t->root, sizeof t->root, "/tmp/hplint-test-XXXXXX");
  assert_non_null(mkdtemp(t->root));
  snprintf(t->dir, sizeof t->dir, "%s/.hplint", t->root);
  snprintf(t->file, sizeof t->file, "%s/hplint.db", t->dir);
  *state = t;
  return 0;
}

static inline int tree_teardown(void **state) {
  Tree *t = *state;
  char *command = hp_format("rm -rf '%s'", t->root);
  int status = system(command);
  free(command);
  free(t);
  return status;
}

static inline void write_file(const char *path, const void *bytes, size_t size) {
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, size, f), size);
  assert_int_equal(fclose(f), 0);
}

static inline Store *open_ok(const char *dir) {
  HpError err = {0};
  Store *s = store_open(dir, true, &err);
  if (!s)
    fail_msg("%s", err.text);
  return s;
}

/* Opening must fail with one line that holds `words`. */
static inline void open_refused(const char *dir, const char *words) {
  HpError err = {0};
  Store *s = store_open(dir, true, &err);
  assert_null(s);
  assert_true(err.set);
  if (!strstr(err.text, words))
    fail_msg("'%s' does not say '%s'", err.text, words);
  assert_null(strchr(err.text, '\n'));
}

/* Runs SQL on a file with a connection that knows nothing of hplint. */
static inline void foreign_sql(const char *file, const char *sql) {
  sqlite3 *db;
  char *message = NULL;
  assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
  if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
    fail_msg("%s", message);
  sqlite3_close(db);
}

static inline int64_t one_number(Store *s, const char *sql) {
  HpError err = {0};
  sqlite3_stmt *st = db_prepare(s, sql, &err);
  assert_non_null(st);
  assert_true(db_step_row(s, st, &err));
  int64_t value = sqlite3_column_int64(st, 0);
  sqlite3_finalize(st);
  return value;
}

#endif
