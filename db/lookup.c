#include "db/lookup.h"
#include "db/internal.h"
#include "ir/files.h"

#include <stdlib.h>
#include <string.h>

/* ---- functions and units --------------------------------------------------------------------- */

static char *text_copy(sqlite3_stmt *st, int column) {
  const char *text = (const char *)sqlite3_column_text(st, column);
  return text ? hp_strdup(text) : NULL;
}

void db_definitions_free(DbDefinitions *d) {
  for (uint32_t i = 0; i < d->count; i++) {
    free(d->items[i].file);
    free(d->items[i].unit);
  }
  free(d->items);
  *d = (DbDefinitions){0};
}

char *store_unit_reading(Store *s, const char *path, HpError *err) {
  sqlite3_stmt *st = db_prepare(s,
                                "SELECT u.path FROM unit u WHERE u.record IS NOT NULL AND EXISTS "
                                "(SELECT 1 FROM json_each(u.files) WHERE value IN (SELECT id FROM "
                                "file WHERE path = ? AND hash <> 0)) ORDER BY u.path LIMIT 1",
                                err);
  if (!st)
    return NULL;
  db_bind_text(st, 1, path);
  char *unit = db_step_row(s, st, err) ? text_copy(st, 0) : NULL;
  sqlite3_finalize(st);
  return unit;
}

static bool find_units(Store *s, const char *root, DbDefinitions *out, HpError *err) {
  HpError bad = {0};
  HpBuf path = {0};
  for (uint32_t i = 0; i < out->count && !bad.set; i++) {
    path.length = 0;
    hp_buf_add(&path, out->items[i].file[0] == '/' ? "" : root);
    hp_buf_addf(&path, "%s%s", path.length ? "/" : "", out->items[i].file);
    out->items[i].unit = store_unit_reading(s, path.text, &bad);
  }
  hp_buf_free(&path);
  return !bad.set || hp_fail(err, "%s", bad.text);
}

bool store_find_function(Store *s, const char *root, const char *name, DbDefinitions *out,
                         HpError *err) {
  *out = (DbDefinitions){0};
  sqlite3_stmt *st = db_prepare(s,
                                "SELECT DISTINCT file, line, end_line FROM function WHERE name = ? "
                                "ORDER BY file, line",
                                err);
  if (!st)
    return false;
  db_bind_text(st, 1, name);
  HpError bad = {0};
  while (db_step_row(s, st, &bad)) {
    HP_GROW(out->items, out->count, out->cap);
    out->items[out->count++] = (DbDefinition){text_copy(st, 0), db_u32(st, 1), db_u32(st, 2), NULL};
  }
  sqlite3_finalize(st);
  return bad.set ? hp_fail(err, "%s", bad.text) : find_units(s, root, out, err);
}

char *store_nearest_function(Store *s, const char *name, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, "SELECT DISTINCT name FROM function ORDER BY name", err);
  char *best = NULL;
  unsigned least = 0;
  while (st && db_step_row(s, st, err)) {
    const char *word = (const char *)sqlite3_column_text(st, 0);
    unsigned distance = word ? hp_word_distance(name, word) : 0;
    if (!word || (best && distance >= least))
      continue;
    free(best);
    best = hp_strdup(word);
    least = distance;
  }
  sqlite3_finalize(st);
  return best;
}

/* ---- profiles -------------------------------------------------------------------------------- */

static bool profile_by_name(Store *s, const char *name, int64_t *id, HpError *err) {
  sqlite3_stmt *st = db_prepare(s,
                                "SELECT id FROM profile WHERE id = CAST(?1 AS INTEGER) OR format = "
                                "?1 OR format LIKE ?1 || '.%' OR format LIKE ?1 || '-%' OR source "
                                "= ?1 OR substr(source, -length(?1) - 1) = '/' || ?1 ORDER BY id "
                                "DESC LIMIT 1",
                                err);
  if (!st)
    return false;
  db_bind_text(st, 1, name);
  if (db_step_row(s, st, err))
    *id = sqlite3_column_int64(st, 0);
  sqlite3_finalize(st);
  return !(err && err->set);
}

bool store_named_profile(Store *s, const char *name, int64_t *id, HpError *err) {
  *id = 0;
  if (!profile_by_name(s, name, id, err))
    return false;
  return *id || hp_fail(err, "no profile '%s' (hplint profile list)", name);
}

static bool read_head(Store *s, int64_t profile, DbFileCost *out, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, "SELECT metric, total FROM profile WHERE id = ?", err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, profile);
  bool found = db_step_row(s, st, err);
  if (found) {
    const char *metric = (const char *)sqlite3_column_text(st, 0);
    strncpy(out->metric, metric ? metric : "", sizeof out->metric - 1);
    out->total = sqlite3_column_double(st, 1);
  }
  sqlite3_finalize(st);
  return found;
}

static const char by_name[] =
    "SELECT line, sum(self), sum(hits) FROM profile_line WHERE profile_id = ?1 AND file = ?2 GROUP "
    "BY line ORDER BY line";
static const char by_ending[] =
    "SELECT line, sum(self), sum(hits) FROM profile_line WHERE profile_id = ?1 AND file = (SELECT "
    "min(file) FROM profile_line WHERE profile_id = ?1 AND substr(file, -length(?2) - 1) = '/' || "
    "?2 HAVING min(file) = max(file)) GROUP BY line ORDER BY line";

static bool read_lines(Store *s, const char *sql, int64_t profile, const char *file,
                       DbFileCost *out, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, sql, err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, profile);
  db_bind_text(st, 2, file);
  HpError bad = {0};
  while (db_step_row(s, st, &bad)) {
    bool counted = sqlite3_column_type(st, 2) != SQLITE_NULL;
    HP_GROW(out->lines, out->count, out->cap);
    out->lines[out->count++] = (DbLineCost){db_u32(st, 0), sqlite3_column_double(st, 1),
                                            counted ? sqlite3_column_double(st, 2) : -1};
  }
  sqlite3_finalize(st);
  return !bad.set || hp_fail(err, "%s", bad.text);
}

bool store_file_cost(Store *s, int64_t profile, const char *file, DbFileCost *out, HpError *err) {
  *out = (DbFileCost){0};
  if (!read_head(s, profile, out, err))
    return hp_fail(err, "no profile %lld (hplint profile list)", (long long)profile);
  return read_lines(s, by_name, profile, file, out, err) &&
         (out->count || read_lines(s, by_ending, profile, file, out, err));
}

static int compare_line(const void *key, const void *item) {
  uint32_t line = *(const uint32_t *)key, other = ((const DbLineCost *)item)->line;
  return line < other ? -1 : line > other;
}

const DbLineCost *db_line_cost(const DbFileCost *cost, uint32_t line) {
  return cost->count ? bsearch(&line, cost->lines, cost->count, sizeof *cost->lines, compare_line)
                     : NULL;
}
