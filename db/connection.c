/* Short forms of SQLite's calls for the rest of the module, and its errors in one line each. */
#include "db/dictionary.h"

#include <string.h>
#include <time.h>

static const char *advice(int code) {
  switch (code & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return "another process is using it; try again when it is done";
  case SQLITE_FULL:
    return "the disk is full; make room and run again";
  case SQLITE_READONLY:
  case SQLITE_PERM:
    return "it cannot be written; check its permissions";
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return "it is damaged or no database; delete it and run again (it only holds what a run makes)";
  case SQLITE_CANTOPEN:
    return "it cannot be opened; check that it is an ordinary file that you may read and write";
  case SQLITE_IOERR:
    return "reading or writing failed; check the disk";
  default:
    return NULL;
  }
}

bool db_fail(Store *s, const char *doing, HpError *err) {
  int code = sqlite3_extended_errcode(s->db);
  const char *hint = advice(code);
  if (hint)
    return hp_fail(err, "%s: cannot %s: %s", s->path, doing, hint);
  return hp_fail(err, "%s: cannot %s: %s", s->path, doing, sqlite3_errmsg(s->db));
}

bool db_exec(Store *s, const char *sql, HpError *err) {
  if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK)
    return true;
  return db_fail(s, "change the database", err);
}

sqlite3_stmt *db_prepare(Store *s, const char *sql, HpError *err) {
  sqlite3_stmt *st = NULL;
  if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK)
    db_fail(s, "read the database", err);
  return st;
}

sqlite3_stmt *db_keep(Store *s, DbKept which, const char *sql, HpError *err) {
  if (!s->kept[which])
    s->kept[which] = db_prepare(s, sql, err);
  return s->kept[which];
}

bool db_step_done(Store *s, sqlite3_stmt *st, HpError *err) {
  int rc = sqlite3_step(st);
  bool ok = rc == SQLITE_DONE || rc == SQLITE_ROW || db_fail(s, "write to the database", err);
  sqlite3_reset(st);
  return ok;
}

bool db_step_row(Store *s, sqlite3_stmt *st, HpError *err) {
  int rc = sqlite3_step(st);
  if (rc == SQLITE_ROW)
    return true;
  if (rc != SQLITE_DONE)
    db_fail(s, "read the database", err);
  return false;
}

bool db_scope_begin(Store *s, DbScope *scope, HpError *err) {
  scope->own = sqlite3_get_autocommit(s->db);
  /* IMMEDIATE: wait for other writers now; a reader that turns writer later could not wait. */
  return db_exec(s, scope->own ? "BEGIN IMMEDIATE" : "SAVEPOINT scope", err);
}

bool db_scope_end(Store *s, DbScope *scope, bool ok, HpError *err) {
  if (ok && db_exec(s, scope->own ? "COMMIT" : "RELEASE scope", err))
    return true;
  /* After a full disk SQLite may have rolled back by itself: then there is nothing left to undo. */
  if (!sqlite3_get_autocommit(s->db))
    db_exec(s, scope->own ? "ROLLBACK" : "ROLLBACK TO scope; RELEASE scope", NULL);
  return false;
}

bool store_begin(Store *s, HpError *err) {
  return db_exec(s, "BEGIN IMMEDIATE", err);
}

bool store_commit(Store *s, HpError *err) {
  return db_exec(s, "COMMIT", err);
}

void store_rollback(Store *s) {
  if (!sqlite3_get_autocommit(s->db))
    db_exec(s, "ROLLBACK", NULL);
  db_dictionaries_forget(s);
}

bool store_view_begin(Store *s, HpError *err) {
  return db_exec(s, "BEGIN", err);
}

void store_view_end(Store *s) {
  db_exec(s, "COMMIT", NULL); /* nothing was written */
}

void db_bind_text(sqlite3_stmt *st, int index, const char *text) {
  if (text)
    sqlite3_bind_text(st, index, text, -1, SQLITE_STATIC);
  else
    sqlite3_bind_null(st, index);
}

char *db_text(sqlite3_stmt *st, int column, HpArena *arena) {
  const char *text = (const char *)sqlite3_column_text(st, column);
  return text ? hp_arena_strdup(arena, text) : NULL;
}

uint32_t db_u32(sqlite3_stmt *st, int column) {
  int64_t value = sqlite3_column_int64(st, column);
  return value < 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

int64_t db_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
