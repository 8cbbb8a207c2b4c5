/* Opening the store. The file may come with the tree and is not trusted: no links are followed, its
 * schema must be, text for text, what our migrations make, and nothing stored in it is executed.
 *
 * A new database is built under another name and then moved into place, so a kill leaves either
 * none or a whole one, and two first runs cannot disturb each other. It also means that we never
 * leave a rollback journal: one that lies there is foreign (its "super-journal" name would make
 * SQLite delete a file of the attacker's choice), and the store is refused. */
#include "db/dictionary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#define DB_NAME "hplint.db"

/* ---- the folder ------------------------------------------------------------------------------ */

static bool write_gitignore(int folder, const char *dir, HpError *err) {
  int fd = openat(folder, ".gitignore", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0)
    return errno == EEXIST || hp_fail(err, "%s/.gitignore: %s", dir, strerror(errno));
  bool ok = write(fd, "*\n", 2) == 2;
  int saved = errno;
  close(fd);
  return ok || hp_fail(err, "%s/.gitignore: %s", dir, strerror(saved));
}

/* The folder without following a link at its last component; -1 and `err`. */
static int open_folder(const char *dir, bool create, HpError *err) {
  int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  int fd = open(dir, flags);
  bool made = fd < 0 && errno == ENOENT && create;
  if (made) {
    if (mkdir(dir, 0755) != 0 && errno != EEXIST) {
      hp_fail(err, "%s: cannot make this folder: %s", dir, strerror(errno));
      return -1;
    }
    fd = open(dir, flags);
  }
  if (fd >= 0) {
    if (!made || write_gitignore(fd, dir, err))
      return fd;
    close(fd);
    return -1;
  }
  if (errno == ELOOP || errno == ENOTDIR)
    hp_fail(err, "%s: not an ordinary folder (a link or a file), not followed; remove it", dir);
  else if (errno == ENOENT)
    hp_fail(err, "%s: there is no database yet; run `hplint` on the project first", dir);
  else
    hp_fail(err, "%s: cannot open this folder: %s", dir, strerror(errno));
  return -1;
}

/* Is the database there, and is everything of that name an ordinary file? */
static bool check_files(int folder, const char *dir, bool *exists, HpError *err) {
  static const char *const names[] = {DB_NAME, DB_NAME "-wal", DB_NAME "-shm"};
  struct stat st;
  *exists = fstatat(folder, DB_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (fstatat(folder, names[i], &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
      return hp_fail(err, "%s/%s: not an ordinary file (a link?), not followed; remove it", dir,
                     names[i]);
  if (fstatat(folder, DB_NAME "-journal", &st, AT_SYMLINK_NOFOLLOW) == 0)
    return hp_fail(err, "%s/%s-journal: hplint writes no such file; delete %s and run again", dir,
                   DB_NAME, dir);
  return true;
}

/* ---- the connection ---------------------------------------------------------------------------
 */

static void set_limits(sqlite3 *db) {
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, (int)DB_MAX_BLOB + (1 << 20));
  sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 1 << 20);
  sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, 200);
  sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000);
  sqlite3_limit(db, SQLITE_LIMIT_TRIGGER_DEPTH, 10);
}

/* Before the first look at the file: what it holds must not be able to do anything. */
static bool harden(Store *s, HpError *err) {
  static const struct {
    int option, value;
  } config[] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},       {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},  {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
      {SQLITE_DBCONFIG_DQS_DML, 0},         {SQLITE_DBCONFIG_DQS_DDL, 0},
      {SQLITE_DBCONFIG_ENABLE_FKEY, 1},     {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
      {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
  };
  for (size_t i = 0; i < sizeof config / sizeof *config; i++) {
    int now = -1;
    sqlite3_db_config(s->db, config[i].option, config[i].value, &now);
    HP_ASSERT(now == config[i].value);
  }
  set_limits(s->db);
  sqlite3_busy_timeout(s->db, DB_BUSY_MS);
  return db_exec(s,
                 "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"
                 "PRAGMA temp_store = MEMORY",
                 err);
}

static Store *connect(const char *path, int flags, HpError *err) {
  Store *s = hp_calloc(1, sizeof *s);
  s->path = hp_strdup(path);
  s->opened_ns = db_now_ns();
  int rc = sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOFOLLOW, NULL);
  if (!s->db)
    hp_die("out of memory");
  if (rc != SQLITE_OK)
    db_fail(s, "open the database", err);
  else if (harden(s, err))
    return s;
  store_close(s);
  return NULL;
}

static bool read_number(Store *s, const char *sql, int64_t *value, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, sql, err);
  bool ok = st && db_step_row(s, st, err);
  if (ok)
    *value = sqlite3_column_int64(st, 0);
  sqlite3_finalize(st);
  return ok;
}

/* ---- schema ------------------------------------------------------------------------------------
 */

/* One migration, from version `from` to the next. Nothing to do when another process was faster:
 * the version is looked at under the lock. */
static bool migrate_step(Store *s, int from, HpError *err) {
  DbScope scope;
  int64_t version = 0;
  if (!db_scope_begin(s, &scope, err))
    return false;
  bool ok = read_number(s, "PRAGMA user_version", &version, err);
  if (ok && version == from) {
    char number[64];
    snprintf(number, sizeof number, "PRAGMA user_version = %d", from + 1);
    ok = db_exec(s, db_migrations[from], err) && db_exec(s, number, err);
  }
  return db_scope_end(s, &scope, ok, err);
}

static bool migrate(Store *s, int from, int to, HpError *err) {
  for (int v = from; v < to; v++)
    if (!migrate_step(s, v, err))
      return false;
  return true;
}

/* Every object of the schema as one text, in an order that does not depend on its history. The
 * statistics that ANALYZE keeps are let pass. */
static bool schema_text(Store *s, HpBuf *out, HpError *err) {
  sqlite3_stmt *st = db_prepare(s,
                                "SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_schema "
                                "WHERE name NOT IN ('sqlite_stat1', 'sqlite_stat4') ORDER BY 1, 2",
                                err);
  if (!st)
    return false;
  HpError step = {0};
  while (db_step_row(s, st, &step))
    for (int i = 0; i < 4; i++) {
      const char *text = (const char *)sqlite3_column_text(st, i);
      hp_buf_addf(out, "%s\n", text ? text : "");
    }
  sqlite3_finalize(st);
  return !step.set || hp_fail(err, "%s", step.text);
}

static bool is_text(const HpBuf *schema, uint64_t hash) {
  return XXH3_64bits(schema->text, schema->length) == hash;
}

/* Compared with what migrations make, in a database of its own. */
static bool compare_schema(Store *s, int version, const HpBuf *found, HpError *err) {
  HpBuf expected = {0};
  Store *model = connect(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY, err);
  bool ok = model && migrate(model, 0, version, err) && schema_text(model, &expected, err);
  if (ok && strcmp(hp_buf_text(found), hp_buf_text(&expected)) != 0)
    ok = hp_fail(err,
                 "%s: its tables are not those that hplint makes; delete it and run again (it only "
                 "holds what a run makes)",
                 s->path);
  store_close(model);
  hp_buf_free(&expected);
  return ok;
}

/* The file's schema must be what migrations up to `version` make. */
static bool check_schema(Store *s, int version, HpError *err) {
  HpBuf found = {0};
  bool ok =
      schema_text(s, &found, err) && ((version == db_version && is_text(&found, DB_SCHEMA_HASH)) ||
                                      compare_schema(s, version, &found, err));
  hp_buf_free(&found);
  return ok;
}

bool db_schema_hash(Store *s, uint64_t *hash, HpError *err) {
  HpBuf text = {0};
  bool ok = schema_text(s, &text, err);
  if (ok)
    *hash = XXH3_64bits(text.text, text.length);
  hp_buf_free(&text);
  return ok;
}

/* Ours, whole and of this version when it returns true. */
static bool accept_file(Store *s, HpError *err) {
  int64_t id = 0, version = 0;
  if (!read_number(s, "PRAGMA application_id", &id, err) ||
      !read_number(s, "PRAGMA user_version", &version, err))
    return false;
  if (id != DB_APPLICATION_ID || version < 1)
    return hp_fail(err, "%s: not a database of hplint; delete it and run again", s->path);
  if (version > db_version)
    return hp_fail(err,
                   "%s: made by a newer hplint (schema %lld, this one knows %d); update hplint, or "
                   "delete the file",
                   s->path, (long long)version, db_version);
  return check_schema(s, (int)version, err) && migrate(s, (int)version, db_version, err);
}

static bool session_settings(Store *s, HpError *err) {
  /* Making and removing the files of the log costs more than most queries: they stay, empty. */
  sqlite3_file_control(s->db, "main", SQLITE_FCNTL_PERSIST_WAL, &(int){1});
  return db_exec(
             s,
             "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384;"
             "PRAGMA journal_size_limit = 0",
             err) &&
         db_code_functions(s, err) && db_exec(s, db_rank_sql, err);
}

static bool build(Store *s, HpError *err) {
  char sql[96];
  /* Small pages: many blocks end in one that is half empty. */
  snprintf(sql, sizeof sql, "PRAGMA page_size = 2048; PRAGMA application_id = %d",
           DB_APPLICATION_ID);
  return db_exec(s, sql, err) && migrate(s, 0, db_version, err);
}

/* Moves the new file into place unless there is one by now. */
static bool move_new(int folder, const char *from, const char *path, HpError *err) {
  if (renameat2(folder, from, folder, DB_NAME, RENAME_NOREPLACE) == 0)
    return true;
  /* File systems without that kind of rename: a link fails on an existing name just as well. */
  if (errno != EEXIST && linkat(folder, from, folder, DB_NAME, 0) != 0 && errno != EEXIST)
    hp_fail(err, "%s: cannot make this file: %s", path, strerror(errno));
  unlinkat(folder, from, 0);
  return !err->set;
}

static bool create_file(int folder, const char *real_dir, HpError *err) {
  char name[64];
  snprintf(name, sizeof name, "new-%ld-%lld.db", (long)getpid(), (long long)db_now_ns());
  char *path = hp_format("%s/%s", real_dir, name);
  Store *s = connect(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
  /* The journal in memory: nobody else knows this file yet. */
  bool ok = s && db_exec(s, "PRAGMA journal_mode = MEMORY", err) && build(s, err) &&
            db_exec(s, "PRAGMA journal_mode = WAL", err);
  store_close(s);
  HpError moved = {0};
  if (ok)
    ok = move_new(folder, name, path, &moved) || hp_fail(err, "%s", moved.text);
  else
    unlinkat(folder, name, 0);
  free(path);
  return ok;
}

static Store *open_in(int folder, const char *dir, bool create, HpError *err) {
  bool exists;
  if (!check_files(folder, dir, &exists, err))
    return NULL;
  if (!exists && !create) {
    hp_fail(err, "%s/%s: there is no database yet; run `hplint` on the project first", dir,
            DB_NAME);
    return NULL;
  }
  if (faccessat(folder, ".", W_OK, AT_EACCESS) != 0) {
    hp_fail(err, "%s: this folder cannot be written: %s", dir, strerror(errno));
    return NULL;
  }
  /* SQLite refuses links anywhere in the path; those above our folder are the user's own. */
  char *real = realpath(dir, NULL);
  if (!real) {
    hp_fail(err, "%s: %s", dir, strerror(errno));
    return NULL;
  }
  Store *s = NULL;
  if (exists || create_file(folder, real, err)) {
    char *path = hp_format("%s/%s", real, DB_NAME);
    s = connect(path, SQLITE_OPEN_READWRITE, err);
    free(path);
  }
  free(real);
  if (s && accept_file(s, err) && session_settings(s, err))
    return s;
  store_close(s);
  return NULL;
}

Store *store_open(const char *dir, bool create, HpError *err) {
  HpError local = {0};
  if (!err)
    err = &local;
  int folder = open_folder(dir, create, err);
  if (folder < 0)
    return NULL;
  Store *s = open_in(folder, dir, create, err);
  close(folder);
  return s;
}

Store *store_open_memory(HpError *err) {
  Store *s = connect(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY, err);
  if (s && build(s, err) && session_settings(s, err))
    return s;
  store_close(s);
  return NULL;
}

void store_close(Store *s) {
  if (!s)
    return;
  store_tidy(s);
  db_files_free(s);
  db_former_free(s);
  db_dictionaries_free(s);
  for (int i = 0; i < DB_KEPT_COUNT; i++)
    sqlite3_finalize(s->kept[i]);
  int rc = sqlite3_close(s->db);
  HP_ASSERT(rc == SQLITE_OK); /* a statement was not finalised */
  free(s->path);
  free(s);
}

const char *store_path(const Store *s) {
  return s->path;
}
