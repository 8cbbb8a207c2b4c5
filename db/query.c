/* Users' questions: one read-only statement, and the overview. */
#include "db/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- queries --------------------------------------------------------------------------------- */

/* Reading tables and calling functions, nothing else: no pragma, no attaching, no writing. */
static int authorize(void *context, int action, const char *a, const char *b, const char *c,
                     const char *d) {
  (void)context, (void)a, (void)b, (void)c, (void)d;
  switch (action) {
  case SQLITE_SELECT:
  case SQLITE_READ:
  case SQLITE_FUNCTION:
  case SQLITE_RECURSIVE:
    return SQLITE_OK;
  default:
    return SQLITE_DENY;
  }
}

static bool is_blank(const char *sql) {
  return sql[strspn(sql, " \t\r\n;")] == 0;
}

static bool check_statement(sqlite3_stmt *st, const char *tail, HpError *err) {
  if (!st)
    return hp_fail(err, "the query is empty");
  if (!is_blank(tail))
    return hp_fail(err, "one query at a time: something follows the first: %.60s",
                   tail + strspn(tail, " \t\r\n;"));
  if (!sqlite3_stmt_readonly(st) || !sqlite3_column_count(st))
    return hp_fail(err, "only queries that read are allowed (SELECT ...)");
  return true;
}

typedef bool RowFunction(void *context, int64_t index, int ncolumns, const char *const *values);

static bool send_rows(Store *s, sqlite3_stmt *st, RowFunction *row, void *context, HpError *err) {
  int n = sqlite3_column_count(st), rc = SQLITE_ROW;
  const char **values = hp_calloc((size_t)n, sizeof *values);
  for (int i = 0; i < n; i++)
    values[i] = sqlite3_column_name(st, i);
  bool more = row(context, -1, n, values);
  for (int64_t index = 0; more && (rc = sqlite3_step(st)) == SQLITE_ROW; index++) {
    for (int i = 0; i < n; i++)
      values[i] = (const char *)sqlite3_column_text(st, i);
    more = row(context, index, n, values);
  }
  free(values);
  return !more || rc == SQLITE_DONE || db_fail(s, "answer the query", err);
}

bool store_query(Store *s, const char *sql, RowFunction *row, void *context, HpError *err) {
  sqlite3_stmt *st = NULL;
  const char *tail = "";
  sqlite3_set_authorizer(s->db, authorize, NULL);
  int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, &tail);
  sqlite3_set_authorizer(s->db, NULL, NULL);
  bool ok = rc == SQLITE_AUTH ? hp_fail(err, "only queries that read are allowed (SELECT ...)")
            : rc != SQLITE_OK ? hp_fail(err, "%s", sqlite3_errmsg(s->db))
                              : check_statement(st, tail, err);
  ok = ok && send_rows(s, st, row, context, err);
  sqlite3_finalize(st);
  return ok;
}

/* ---- overview -------------------------------------------------------------------------------- */

/* Also the order in which docs/schema.md describes them. */
static const char *const tables[] = {"file",         "unit",
                                     "dictionary",   "source",
                                     "run",          "run_rule",
                                     "fingerprint",  "finding",
                                     "place",        "fact",
                                     "site",         "profile",
                                     "profile_line", "profile_function",
                                     "profile_call", "profile_frame",
                                     "profile_stack"};

static bool count_tables(Store *s, HpBuf *out, HpError *err) {
  hp_buf_addf(out, "%-18s %10s\n", "table", "rows");
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    char sql[64];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM main.%s", tables[i]);
    sqlite3_stmt *st = db_prepare(s, sql, err);
    bool ok = st && db_step_row(s, st, err);
    if (ok)
      hp_buf_addf(out, "%-18s %10lld\n", tables[i], (long long)sqlite3_column_int64(st, 0));
    sqlite3_finalize(st);
    if (!ok)
      return false;
  }
  return true;
}

static void add_time(HpBuf *out, int64_t time_ns) {
  char text[32];
  time_t seconds = (time_t)(time_ns / 1000000000);
  struct tm parts;
  if (gmtime_r(&seconds, &parts) && strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts))
    hp_buf_add(out, text);
}

static bool newest_run(Store *s, HpBuf *out, HpError *err) {
  sqlite3_stmt *st = db_prepare(
      s,
      "SELECT r.id, r.time_ns, r.units, r.failed, r.profile, count(f.id), total(f.listed) FROM run "
      "r LEFT JOIN finding f ON f.run_id = r.id GROUP BY r.id ORDER BY r.id DESC LIMIT 1",
      err);
  if (!st)
    return false;
  HpError step = {0};
  if (db_step_row(s, st, &step)) {
    hp_buf_addf(out, "\nnewest run: %lld, ", (long long)sqlite3_column_int64(st, 0));
    add_time(out, sqlite3_column_int64(st, 1));
    hp_buf_addf(out, "; %lld units (%lld failed), %lld findings, %lld listed",
                (long long)sqlite3_column_int64(st, 2), (long long)sqlite3_column_int64(st, 3),
                (long long)sqlite3_column_int64(st, 5), (long long)sqlite3_column_double(st, 6));
    const char *profile = (const char *)sqlite3_column_text(st, 4);
    if (profile) {
      hp_buf_add(out, "; profile: ");
      hp_buf_add_escaped(out, profile);
    }
    hp_buf_addc(out, '\n');
  } else {
    hp_buf_add(out, "\nno run yet\n");
  }
  sqlite3_finalize(st);
  return !step.set || hp_fail(err, "%s", step.text);
}

bool store_overview(Store *s, HpBuf *out, HpError *err) {
  hp_buf_add_escaped(out, s->path);
  hp_buf_addf(out, " (schema %d)\n\n", db_version);
  return count_tables(s, out, err) && newest_run(s, out, err);
}
