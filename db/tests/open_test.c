/* Opening: migrations, refusals, hostile files, several processes at once. */
#include "test_tree.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

/* Version 1 as it was first written to disk; frozen here. If schema/001.sql drifts from it, files
 * of that version would be refused, and the test says so. */
static const char version_1[] =
    "\n"
    "CREATE TABLE file (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  path TEXT NOT NULL,\n"
    "  size INTEGER NOT NULL,\n"
    "  mtime_ns INTEGER NOT NULL,\n"
    "  hash INTEGER NOT NULL,\n"
    "  seen_ns INTEGER NOT NULL,\n"
    "  UNIQUE (path, size, mtime_ns, hash)\n"
    ") STRICT;\n"
    "\n"
    "CREATE TABLE unit (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  key INTEGER NOT NULL UNIQUE,\n"
    "  path TEXT NOT NULL,\n"
    "  status TEXT NOT NULL CHECK (status IN ('ok', 'incomplete', 'failed')),\n"
    "  reason TEXT,\n"
    "  stored_ns INTEGER NOT NULL,\n"
    "  record BLOB,\n"
    "  record_size INTEGER NOT NULL,\n"
    "  record_hash INTEGER NOT NULL\n"
    ") STRICT;\n"
    "CREATE INDEX unit_path ON unit (path);\n"
    "\n"
    "CREATE TABLE unit_file (\n"
    "  unit_id INTEGER NOT NULL REFERENCES unit (id) ON DELETE CASCADE,\n"
    "  file_id INTEGER NOT NULL REFERENCES file (id),\n"
    "  PRIMARY KEY (unit_id, file_id)\n"
    ") STRICT, WITHOUT ROWID;\n"
    "CREATE INDEX unit_file_file ON unit_file (file_id);\n"
    "\n"
    "CREATE TABLE function (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  name TEXT NOT NULL,\n"
    "  file TEXT NOT NULL,\n"
    "  line INTEGER NOT NULL,\n"
    "  end_line INTEGER NOT NULL,\n"
    "  blocks INTEGER NOT NULL,\n"
    "  insns INTEGER NOT NULL,\n"
    "  loops INTEGER NOT NULL,\n"
    "  summary INTEGER NOT NULL\n"
    ") STRICT;\n"
    "\n"
    "CREATE TABLE loop (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  function TEXT NOT NULL,\n"
    "  file TEXT NOT NULL,\n"
    "  line INTEGER NOT NULL,\n"
    "  depth INTEGER NOT NULL,\n"
    "  trip TEXT NOT NULL\n"
    ") STRICT;\n"
    "\n"
    "CREATE TABLE run (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  time_ns INTEGER NOT NULL,\n"
    "  version TEXT NOT NULL,\n"
    "  root TEXT NOT NULL,\n"
    "  command TEXT NOT NULL,\n"
    "  units INTEGER NOT NULL,\n"
    "  failed INTEGER NOT NULL,\n"
    "  profile TEXT\n"
    ") STRICT;\n"
    "\n"
    "CREATE TABLE run_rule (\n"
    "  run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,\n"
    "  rule TEXT NOT NULL,\n"
    "  findings INTEGER NOT NULL,\n"
    "  PRIMARY KEY (run_id, rule)\n"
    ") STRICT, WITHOUT ROWID;\n"
    "\n"
    "CREATE TABLE run_fingerprint (\n"
    "  run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,\n"
    "  fingerprint TEXT NOT NULL,\n"
    "  PRIMARY KEY (run_id, fingerprint)\n"
    ") STRICT, WITHOUT ROWID;\n"
    "\n"
    "CREATE TABLE finding (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,\n"
    "  rule TEXT NOT NULL,\n"
    "  name TEXT NOT NULL,\n"
    "  file TEXT NOT NULL,\n"
    "  line INTEGER NOT NULL,\n"
    "  column INTEGER NOT NULL,\n"
    "  end_line INTEGER NOT NULL,\n"
    "  end_column INTEGER NOT NULL,\n"
    "  function TEXT,\n"
    "  loop_line INTEGER NOT NULL,\n"
    "  loop_depth INTEGER NOT NULL,\n"
    "  record TEXT,\n"
    "  severity INTEGER NOT NULL,\n"
    "  confidence INTEGER NOT NULL,\n"
    "  growth INTEGER NOT NULL,\n"
    "  cost INTEGER NOT NULL,\n"
    "  show INTEGER NOT NULL,\n"
    "  cold INTEGER NOT NULL CHECK (cold IN (0, 1)),\n"
    "  heat INTEGER NOT NULL,\n"
    "  bound_factor REAL NOT NULL,\n"
    "  saving REAL NOT NULL,\n"
    "  saving_why TEXT,\n"
    "  message TEXT NOT NULL,\n"
    "  help TEXT,\n"
    "  fingerprint TEXT NOT NULL,\n"
    "  group_head TEXT NOT NULL,\n"
    "  compiler_status TEXT NOT NULL,\n"
    "  compiler_reason TEXT,\n"
    "  suppressed TEXT,\n"
    "  position INTEGER NOT NULL DEFAULT 0,\n"
    "  score REAL NOT NULL DEFAULT 0,\n"
    "  by_profile INTEGER NOT NULL DEFAULT 0 CHECK (by_profile IN (0, 1)),\n"
    "  listed INTEGER NOT NULL DEFAULT 0 CHECK (listed IN (0, 1)),\n"
    "  share REAL NOT NULL DEFAULT 0,\n"
    "  samples REAL NOT NULL DEFAULT 0,\n"
    "  bound REAL NOT NULL DEFAULT 0,\n"
    "  estimate REAL NOT NULL DEFAULT 0\n"
    ") STRICT;\n"
    "CREATE INDEX finding_run ON finding (run_id);\n"
    "\n"
    "CREATE TABLE place (\n"
    "  finding_id INTEGER NOT NULL REFERENCES finding (id) ON DELETE CASCADE,\n"
    "  ordinal INTEGER NOT NULL,\n"
    "  file TEXT NOT NULL,\n"
    "  line INTEGER NOT NULL,\n"
    "  column INTEGER NOT NULL,\n"
    "  end_line INTEGER NOT NULL,\n"
    "  end_column INTEGER NOT NULL,\n"
    "  text TEXT NOT NULL,\n"
    "  PRIMARY KEY (finding_id, ordinal)\n"
    ") STRICT, WITHOUT ROWID;\n"
    "\n"
    "CREATE TABLE fact (\n"
    "  finding_id INTEGER NOT NULL REFERENCES finding (id) ON DELETE CASCADE,\n"
    "  ordinal INTEGER NOT NULL,\n"
    "  name TEXT NOT NULL,\n"
    "  value REAL NOT NULL,\n"
    "  unit TEXT,\n"
    "  text TEXT,\n"
    "  PRIMARY KEY (finding_id, ordinal)\n"
    ") STRICT, WITHOUT ROWID;\n"
    "\n"
    "CREATE TABLE site (\n"
    "  finding_id INTEGER NOT NULL REFERENCES finding (id) ON DELETE CASCADE,\n"
    "  ordinal INTEGER NOT NULL,\n"
    "  file TEXT NOT NULL,\n"
    "  line INTEGER NOT NULL,\n"
    "  end_line INTEGER NOT NULL,\n"
    "  function TEXT,\n"
    "  inclusive INTEGER NOT NULL CHECK (inclusive IN (0, 1)),\n"
    "  PRIMARY KEY (finding_id, ordinal)\n"
    ") STRICT, WITHOUT ROWID;\n"
    "PRAGMA application_id = 1213221972; PRAGMA user_version = 1;"
    "INSERT INTO run VALUES (7, 5, '0.1.0', '/r', 'hplint', 3, 1, NULL);"
    "INSERT INTO finding (run_id, rule, name, file, line, column, end_line, end_column, "
    "loop_line, loop_depth, severity, confidence, growth, cost, show, cold, heat, bound_factor, "
    "saving, message, fingerprint, group_head, compiler_status) VALUES (7, 'HP101', "
    "'linked-traversal', 'a.c', 3, 1, 3, 9, 3, 1, 1, 2, 1, 2, 0, 0, 0, 1, 0.5, 'chased', "
    "'00000000000000aa', '00000000000000aa', 'unchecked');";

static void make_version_1(const Tree *t) {
  assert_int_equal(mkdir(t->dir, 0755), 0);
  foreign_sql(t->file, "PRAGMA journal_mode = WAL");
  foreign_sql(t->file, version_1);
}

static void creates(void **state) {
  Tree *t = *state;
  HpError err = {0};
  assert_null(store_open(t->dir, false, &err));
  assert_non_null(strstr(err.text, "no database yet"));
  Store *s = open_ok(t->dir);
  assert_int_equal(one_number(s, "PRAGMA application_id"), 0x48504C54);
  assert_int_equal(one_number(s, "PRAGMA user_version"), db_version);
  assert_int_equal(one_number(s, "PRAGMA foreign_keys"), 1);
  assert_int_equal(one_number(s, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = "
                                 "'wal'"),
                   1);
  assert_int_equal(one_number(s, "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND "
                                 "NOT strict AND name NOT LIKE 'sqlite_%'"),
                   0);
  uint64_t hash;
  assert_true(db_schema_hash(s, &hash, &err));
  if (hash != DB_SCHEMA_HASH)
    fail_msg("DB_SCHEMA_HASH is to be %#llx", (unsigned long long)hash);
  store_close(s);
  char text[8] = "";
  char *ignore = hp_format("%s/.gitignore", t->dir);
  FILE *f = fopen(ignore, "r");
  assert_non_null(f);
  assert_non_null(fgets(text, sizeof text, f));
  fclose(f);
  free(ignore);
  assert_string_equal(text, "*\n");
  s = store_open(t->dir, false, &err);
  assert_non_null(s);
  store_close(s);
}

static void migrates_version_1(void **state) {
  Tree *t = *state;
  make_version_1(t);
  Store *s = open_ok(t->dir);
  assert_int_equal(one_number(s, "PRAGMA user_version"), db_version);
  assert_int_equal(one_number(s, "SELECT count(*) FROM profile_stack"), 0);
  DbFindings found;
  DbRun run;
  HpError err = {0};
  assert_true(store_get_findings(s, 0, &found, &run, &err));
  assert_int_equal(run.id, 7);
  assert_int_equal(found.count, 1);
  assert_string_equal(found.items[0]->rule, "HP101");
  db_findings_free(&found);
  store_close(s);
  store_close(open_ok(t->dir));
}

/* Killed in a migration: the file is as before, and the next start does it again. */
static void migration_is_atomic(void **state) {
  Tree *t = *state;
  make_version_1(t);
  pid_t pid = fork();
  if (pid == 0) {
    sqlite3 *db;
    sqlite3_open(t->file, &db);
    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    sqlite3_exec(db, db_migrations[1], NULL, NULL, NULL);
    kill(getpid(), SIGKILL);
  }
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFSIGNALED(status));
  Store *s = open_ok(t->dir);
  assert_int_equal(one_number(s, "PRAGMA user_version"), db_version);
  assert_int_equal(one_number(s, "SELECT count(*) FROM finding"), 1);
  store_close(s);
}

static void refuses_newer(void **state) {
  Tree *t = *state;
  store_close(open_ok(t->dir));
  foreign_sql(t->file, "PRAGMA user_version = 999");
  open_refused(t->dir, "newer hplint");
}

static void refuses_foreign(void **state) {
  Tree *t = *state;
  assert_int_equal(mkdir(t->dir, 0755), 0);
  foreign_sql(t->file, "CREATE TABLE finding (x); PRAGMA user_version = 1");
  open_refused(t->dir, "not a database of hplint");
  foreign_sql(t->file, "PRAGMA application_id = 1213221972");
  open_refused(t->dir, "not those that hplint makes");
}

/* A right file with something planted in it: a trigger, a view in place of a table, an index with
 * an expression, a virtual table, a generated column. */
static void refuses_planted_objects(void **state) {
  static const char *const planted[] = {
      "CREATE TRIGGER evil AFTER INSERT ON run BEGIN DELETE FROM finding; END",
      "CREATE VIEW helpful AS SELECT load_extension('x')",
      "DROP TABLE fact; CREATE VIEW fact AS SELECT 1 AS finding_id, 2 AS ordinal, 'x' AS name, 0.0 "
      "AS value, 'x' AS unit, randomblob(1000000000) AS text",
      "CREATE INDEX slow ON run (abs(id))",
      "CREATE VIRTUAL TABLE words USING fts5(text)",
      "CREATE TABLE extra (x INTEGER)",
      "ALTER TABLE run ADD COLUMN more TEXT GENERATED ALWAYS AS (upper(root)) VIRTUAL",
      "DROP INDEX finding_run",
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'cold IN (0, 1)', "
      "'cold IN (0, 2)') WHERE name = 'finding'",
  };
  Tree *t = *state;
  for (size_t i = 0; i < sizeof planted / sizeof *planted; i++) {
    store_close(open_ok(t->dir));
    foreign_sql(t->file, planted[i]);
    open_refused(t->dir, "not those that hplint makes");
    assert_int_equal(unlink(t->file), 0);
  }
  store_close(open_ok(t->dir));
  foreign_sql(t->file, "ANALYZE"); /* what a user's `sqlite3` may do does not matter */
  store_close(open_ok(t->dir));
}

static void refuses_links(void **state) {
  Tree *t = *state;
  char other[128], target[160], wal[160];
  snprintf(other, sizeof other, "%s/other", t->root);
  snprintf(target, sizeof target, "%s/hplint.db", other);
  snprintf(wal, sizeof wal, "%s-wal", t->file);
  store_close(open_ok(other));
  assert_int_equal(symlink(other, t->dir), 0);
  open_refused(t->dir, "not an ordinary folder");
  assert_int_equal(unlink(t->dir), 0);
  assert_int_equal(mkdir(t->dir, 0755), 0);
  assert_int_equal(symlink(target, t->file), 0);
  open_refused(t->dir, "not an ordinary file");
  assert_int_equal(unlink(t->file), 0);
  assert_int_equal(symlink("/nowhere", t->file), 0);
  open_refused(t->dir, "not an ordinary file");
  assert_int_equal(unlink(t->file), 0);
  assert_int_equal(mkfifo(t->file, 0600), 0);
  open_refused(t->dir, "not an ordinary file");
  assert_int_equal(unlink(t->file), 0);
  store_close(open_ok(t->dir));
  assert_int_equal(unlink(wal), 0);
  assert_int_equal(symlink(target, wal), 0);
  open_refused(t->dir, "not an ordinary file");
}

/* Links above the folder are the user's own affair. */
static void follows_links_above(void **state) {
  Tree *t = *state;
  char real[128], link[128], dir[160];
  snprintf(real, sizeof real, "%s/real", t->root);
  snprintf(link, sizeof link, "%s/link", t->root);
  snprintf(dir, sizeof dir, "%s/.hplint", link);
  assert_int_equal(mkdir(real, 0755), 0);
  assert_int_equal(symlink(real, link), 0);
  store_close(open_ok(dir));
  store_close(open_ok(dir));
}

/* SQLite deletes the file that a rollback journal names as its super-journal; here it names a
 * victim. */
static void refuses_planted_journal(void **state) {
  Tree *t = *state;
  char journal[160];
  snprintf(journal, sizeof journal, "%s-journal", t->file);
  store_close(open_ok(t->dir));
  write_file(journal, "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7 and so on", 18);
  open_refused(t->dir, "writes no such file");
}

static void refuses_garbage(void **state) {
  Tree *t = *state;
  assert_int_equal(mkdir(t->dir, 0755), 0);
  char garbage[8192];
  memset(garbage, 'x', sizeof garbage);
  write_file(t->file, garbage, sizeof garbage);
  open_refused(t->dir, "damaged or no database");
  write_file(t->file, "", 0);
  open_refused(t->dir, "not a database of hplint");
}

/* Every page of a filled database overwritten in turn, or the file cut: opening, reading and
 * writing either work or fail with one line; nothing crashes. */
static void survives_damage(void **state) {
  Tree *t = *state;
  Store *s = open_ok(t->dir);
  HpError err = {0};
  char record[20000];
  for (size_t i = 0; i < sizeof record; i++)
    record[i] = (char)(i * i >> 3);
  char path[] = "a.c", status[] = "ok";
  DbUnit u = {
      .path = path, .key = 1, .status = status, .record = record, .record_size = sizeof record};
  assert_true(store_put_unit(s, &u, &err));
  store_close(s);
  foreign_sql(t->file, "PRAGMA wal_checkpoint(TRUNCATE)");
  FILE *f = fopen(t->file, "rb");
  assert_non_null(f);
  char *good = hp_malloc(1 << 20);
  size_t size = fread(good, 1, 1 << 20, f);
  fclose(f);
  assert_true(size > 40000 && size < 1 << 20);
  char *bad = hp_malloc(size);
  unsigned refused = 0, tried = 0;
  for (size_t at = 0; at < size; at += 4096, tried++) {
    memcpy(bad, good, size);
    for (size_t i = at ? at : 100; i < at + 4096; i++)
      bad[i] = (char)(i * 2654435761u >> 13);
    write_file(t->file, bad, size);
    err = (HpError){0};
    s = store_open(t->dir, true, &err);
    if (s) {
      DbUnit out;
      bool found;
      err = (HpError){0};
      if (store_get_unit(s, 1, &out, &found, &err) && found) {
        assert_int_equal(out.record_size, sizeof record);
        assert_memory_equal(out.record, record, sizeof record);
        db_unit_free(&out);
      }
      err = (HpError){0};
      if (!store_put_unit(s, &u, &err))
        assert_true(err.set);
      store_close(s);
    } else {
      assert_true(err.set);
      refused++;
    }
  }
  assert_true(refused > 0 && refused < tried);
  write_file(t->file, good, size / 2);
  s = store_open(t->dir, true, &err);
  store_close(s);
  free(good);
  free(bad);
}

/* As another user than root, for whom permissions count. */
static void as_nobody(void (*run)(const Tree *t), const Tree *t) {
  pid_t pid = fork();
  if (pid == 0) {
    if (geteuid() == 0 && seteuid(65534) != 0)
      _exit(3);
    run(t);
    _exit(0);
  }
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

static void check(bool condition) {
  if (!condition)
    _exit(1);
}

static void read_only_tree(const Tree *t) {
  char cache[128];
  snprintf(cache, sizeof cache, "%s/cache", t->root);
  char project[128], dir[160];
  snprintf(project, sizeof project, "%s/project", t->root);
  snprintf(dir, sizeof dir, "%s/.hplint", project);
  HpError err = {0};
  check(!store_open(dir, true, &err) && strstr(err.text, "cannot make this folder"));
  setenv("XDG_CACHE_HOME", cache, 1);
  bool fallback = false;
  err = (HpError){0};
  char *where = store_location(project, &fallback, &err);
  check(where && fallback && !strncmp(where, cache, strlen(cache)));
  Store *s = store_open(where, true, &err);
  check(s != NULL);
  store_close(s);
  free(where);
}

static void falls_back_to_cache(void **state) {
  Tree *t = *state;
  char path[128];
  assert_int_equal(chmod(t->root, 0755), 0);
  snprintf(path, sizeof path, "%s/cache", t->root);
  assert_int_equal(mkdir(path, 0777), 0);
  assert_int_equal(chmod(path, 0777), 0);
  snprintf(path, sizeof path, "%s/project", t->root);
  assert_int_equal(mkdir(path, 0555), 0);
  as_nobody(read_only_tree, t);
  bool fallback = true;
  HpError err = {0};
  char *where = store_location(t->root, &fallback, &err);
  assert_false(fallback);
  assert_string_equal(where, t->dir);
  free(where);
}

/* Eight processes that find no database: one makes it, all use it. */
static void created_once(void **state) {
  Tree *t = *state;
  pid_t pids[8];
  for (int i = 0; i < 8; i++) {
    pids[i] = fork();
    if (pids[i] == 0) {
      Store *s = store_open(t->dir, true, NULL);
      char path[16], status[] = "failed";
      snprintf(path, sizeof path, "%d.c", i);
      DbUnit u = {.path = path, .key = (uint64_t)i, .status = status};
      bool ok = s && store_put_unit(s, &u, NULL);
      store_close(s);
      _exit(ok ? 0 : 1);
    }
  }
  for (int i = 0; i < 8; i++) {
    int status;
    assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  Store *s = open_ok(t->dir);
  assert_int_equal(one_number(s, "SELECT count(*) FROM unit"), 8);
  store_close(s);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, tree_setup, tree_teardown)
  const struct CMUnitTest tests[] = {
      TEST(creates),         TEST(migrates_version_1),  TEST(migration_is_atomic),
      TEST(refuses_newer),   TEST(refuses_foreign),     TEST(refuses_planted_objects),
      TEST(refuses_links),   TEST(follows_links_above), TEST(refuses_planted_journal),
      TEST(refuses_garbage), TEST(survives_damage),     TEST(falls_back_to_cache),
      TEST(created_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
