/* What the optimiser said, kept by a hash of all that decides it. */
#include "db/internal.h"

#include <stdlib.h>
#include <xxhash.h>

/* The oldest go. */
#define EVIDENCE_KEPT 20000

void db_evidence_free(DbEvidence *e) {
  free(e->status);
  free(e->reason);
  free(e->witness);
  *e = (DbEvidence){0};
}

static char *heap_text(sqlite3_stmt *st, int column) {
  const char *text = (const char *)sqlite3_column_text(st, column);
  return text ? hp_strdup(text) : NULL;
}

bool store_get_evidence(Store *s, uint64_t key, DbEvidence *out, bool *found, HpError *err) {
  *out = (DbEvidence){0};
  *found = false;
  sqlite3_stmt *st =
      db_prepare(s, "SELECT status, reason, witness FROM evidence WHERE key = ?", err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, (int64_t)key);
  HpError step = {0};
  if (db_step_row(s, st, &step)) {
    *out = (DbEvidence){heap_text(st, 0), heap_text(st, 1), heap_text(st, 2)};
    *found = out->status != NULL;
  }
  sqlite3_finalize(st);
  return !step.set || hp_fail(err, "%s", step.text);
}

static bool put_rows(Store *s, const uint64_t *keys, const DbEvidence *items, uint32_t count,
                     HpError *err) {
  sqlite3_stmt *st = db_prepare(s, "INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?, ?)", err);
  bool ok = st;
  for (uint32_t i = 0; ok && i < count; i++) {
    sqlite3_bind_int64(st, 1, (int64_t)keys[i]);
    db_bind_text(st, 2, items[i].status);
    db_bind_text(st, 3, items[i].reason);
    db_bind_text(st, 4, items[i].witness);
    sqlite3_bind_int64(st, 5, db_now_ns());
    ok = db_step_done(s, st, err);
  }
  sqlite3_finalize(st);
  return ok;
}

bool store_put_evidence(Store *s, const uint64_t *keys, const DbEvidence *items, uint32_t count,
                        HpError *err) {
  char sql[256];
  sqlite3_snprintf(sizeof sql, sql,
                   "DELETE FROM evidence WHERE (SELECT count(*) FROM evidence) > %d AND key NOT IN "
                   "(SELECT key FROM evidence ORDER BY time_ns DESC LIMIT %d)",
                   EVIDENCE_KEPT, EVIDENCE_KEPT);
  DbScope scope;
  if (!db_scope_begin(s, &scope, err))
    return false;
  bool ok = put_rows(s, keys, items, count, err) && db_exec(s, sql, err);
  return db_scope_end(s, &scope, ok, err);
}

bool store_unit_contents(Store *s, uint64_t unit_key, uint64_t *hash, HpError *err) {
  *hash = 0;
  sqlite3_stmt *st = db_prepare(s,
                                "SELECT f.path, f.hash FROM unit u, json_each(u.files) x JOIN file "
                                "f ON f.id = x.value WHERE u.key = ? ORDER BY f.path",
                                err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, (int64_t)unit_key);
  XXH3_state_t *state = XXH3_createState();
  HP_ASSERT(state);
  XXH3_64bits_reset(state);
  HpError step = {0};
  bool any = false;
  while (db_step_row(s, st, &step)) {
    int64_t content = sqlite3_column_int64(st, 1);
    XXH3_64bits_update(state, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0));
    XXH3_64bits_update(state, &content, sizeof content);
    any = true;
  }
  if (any)
    *hash = XXH3_64bits_digest(state);
  XXH3_freeState(state);
  sqlite3_finalize(st);
  return !step.set || hp_fail(err, "%s", step.text);
}

static bool read_optimiser(Store *s, int64_t *id, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, "SELECT id FROM optimiser", err);
  if (!st)
    return false;
  HpError step = {0};
  *id = db_step_row(s, st, &step) ? sqlite3_column_int64(st, 0) : 0;
  sqlite3_finalize(st);
  return !step.set || hp_fail(err, "%s", step.text);
}

static bool write_optimiser(Store *s, int64_t id, HpError *err) {
  char sql[512];
  sqlite3_snprintf(sizeof sql, sql,
                   "DELETE FROM optimiser; INSERT INTO optimiser VALUES (%lld);"
                   "UPDATE finding SET compiler_status = 'unchecked', compiler_reason = NULL, "
                   "compiler_witness = NULL WHERE compiler_status <> 'unchecked'",
                   (long long)id);
  DbScope scope;
  return db_scope_begin(s, &scope, err) && db_scope_end(s, &scope, db_exec(s, sql, err), err);
}

bool store_set_optimiser(Store *s, uint64_t id, bool *changed, HpError *err) {
  int64_t old;
  *changed = false;
  if (!read_optimiser(s, &old, err))
    return false;
  *changed = old != (int64_t)id;
  return !*changed || write_optimiser(s, (int64_t)id, err);
}
