/* Ranking: the findings at hand go into a temporary table, the views of rank.sql order them, and
 * the result goes into the findings and, where the run is still the latest, into the database. */
#include "db/names.h"
#include "db/parts.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static bool is_hidden(const DbFinding *f) {
  return f->suppressed || (f->compiler_status && !strcmp(f->compiler_status, "optimised-away"));
}

static double fraction(double value) {
  return value > 0 ? (value < 1 ? value : 1) : 0;
}

/* ---- what SQL need not compare as text ------------------------------------------------------- */

typedef struct Placed {
  const DbFinding *finding;
  uint32_t ordinal;
} Placed;

static int by_place(const void *a, const void *b) {
  const Placed *x = a, *y = b;
  int order = db_compare_places(x->finding, y->finding);
  return order ? order : (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

/* By finding; heap. */
static uint32_t *find_places(const DbFindings *findings) {
  Placed *sorted = hp_calloc(findings->count, sizeof *sorted);
  uint32_t *places = hp_calloc(findings->count, sizeof *places);
  for (uint32_t i = 0; i < findings->count; i++)
    sorted[i] = (Placed){findings->items[i], i};
  if (findings->count)
    qsort(sorted, findings->count, sizeof *sorted, by_place);
  for (uint32_t i = 0; i < findings->count; i++)
    places[sorted[i].ordinal] = i;
  free(sorted);
  return places;
}

/* ---- the table ------------------------------------------------------------------------------- */

/* `shares` NULL: without a profile. */
static bool fill(Store *s, const DbFindings *findings, const DbShare *shares, bool claim,
                 HpError *err) {
  if (!db_exec(s, "DELETE FROM rank_finding", err))
    return false;
  sqlite3_stmt *st = db_prepare(s,
                                "INSERT INTO rank_finding VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                                "?, ?, ?, ?, ?, ?, ?)",
                                err);
  bool ok = st;
  uint32_t *places = find_places(findings);
  DbNames rules = {0}, causes = {0};
  for (uint32_t i = 0; ok && i < findings->count; i++) {
    const DbFinding *f = findings->items[i];
    const int64_t keys[] = {i,       f->growth,     f->severity, f->cost,      f->loop_depth,
                            f->heat, f->confidence, f->cold,     f->show != 0, is_hidden(f)};
    const double shares_of[] = {fraction(f->bound_factor), fraction(f->saving),
                                shares ? shares[i].share : 0, shares ? shares[i].samples : 0};
    int at = 1;
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
      sqlite3_bind_int64(st, at++, keys[k]);
    for (size_t k = 0; k < sizeof shares_of / sizeof *shares_of; k++)
      sqlite3_bind_double(st, at++, shares_of[k]);
    sqlite3_bind_int(st, at++, claim);
    const char *cause = f->cause ? f->cause : f->fingerprint;
    sqlite3_bind_int64(st, at++, places[i]);
    sqlite3_bind_int64(st, at++, db_names_add(&rules, f->rule, NULL));
    sqlite3_bind_int64(st, at++, db_names_add(&causes, cause, NULL));
    ok = db_step_done(s, st, err);
  }
  sqlite3_finalize(st);
  db_names_free(&rules);
  db_names_free(&causes);
  free(places);
  return ok;
}

/* Reads the view's order into the findings and sorts them. */
static bool take_order(Store *s, bool by_profile, DbFindings *findings, HpError *err) {
  char *sql =
      hp_format("SELECT ordinal, score, by_profile, listed, share, samples, bound, estimate "
                "FROM %s ORDER BY score DESC, bound DESC, place",
                by_profile ? "rank_profile" : "rank_static");
  sqlite3_stmt *st = db_prepare(s, sql, err);
  free(sql);
  if (!st)
    return false;
  DbFinding **sorted = hp_calloc(findings->count, sizeof *sorted);
  uint32_t count = 0;
  HpError step = {0};
  while (db_step_row(s, st, &step)) {
    DbFinding *f = sorted[count] = findings->items[sqlite3_column_int64(st, 0)];
    f->position = (int)++count;
    f->score = sqlite3_column_double(st, 1);
    f->by_profile = sqlite3_column_int(st, 2);
    f->listed = sqlite3_column_int(st, 3);
    f->share = sqlite3_column_double(st, 4);
    f->samples = sqlite3_column_double(st, 5);
    f->bound = sqlite3_column_double(st, 6);
    f->estimate = sqlite3_column_double(st, 7);
  }
  sqlite3_finalize(st);
  if (!step.set)
    for (uint32_t i = 0; i < count; i++)
      findings->items[i] = sorted[i];
  free(sorted);
  return !step.set || hp_fail(err, "%s", step.text);
}

static uint64_t hash_text(uint64_t seed, const char *text) {
  return text ? XXH3_64bits_withSeed(text, strlen(text) + 1, seed) : seed + 1;
}

uint64_t db_hash_rank(const DbFinding *f) {
  const double numbers[] = {f->position, f->score,   f->by_profile, f->listed,
                            f->share,    f->samples, f->bound,      f->estimate};
  uint64_t hash = XXH3_64bits(numbers, sizeof numbers);
  hash = hash_text(hash, f->compiler_status ? f->compiler_status : "unchecked");
  hash = hash_text(hash, f->compiler_reason);
  hash = hash_text(hash, f->suppressed);
  hash = hash_text(hash, f->compiler_witness);
  return hash ? hash : 1;
}

/* Only what is not in the row already. Another process's run may have replaced ours: then there is
 * nothing to update. */
static bool write_ranks(Store *s, int64_t run, const DbFindings *findings, HpError *err) {
  sqlite3_stmt *st = db_prepare(
      s,
      "UPDATE finding SET position = ?3, score = ?4, by_profile = ?5, listed = ?6, share = ?7, "
      "samples = ?8, bound = ?9, estimate = ?10, compiler_status = ?11, compiler_reason = ?12, "
      "suppressed = ?13, compiler_witness = ?14 WHERE id = ?1 AND run_id = ?2",
      err);
  bool ok = st;
  for (uint32_t i = 0; ok && i < findings->count; i++) {
    DbFinding *f = findings->items[i];
    const uint64_t row = db_hash_rank(f);
    if (f->row == row)
      continue;
    f->row = row;
    sqlite3_bind_int64(st, 1, f->id);
    sqlite3_bind_int64(st, 2, run);
    sqlite3_bind_int(st, 3, f->position);
    sqlite3_bind_double(st, 4, f->score);
    sqlite3_bind_int(st, 5, f->by_profile);
    sqlite3_bind_int(st, 6, f->listed);
    sqlite3_bind_double(st, 7, f->share);
    sqlite3_bind_double(st, 8, f->samples);
    sqlite3_bind_double(st, 9, f->bound);
    sqlite3_bind_double(st, 10, f->estimate);
    db_bind_text(st, 11, f->compiler_status ? f->compiler_status : "unchecked");
    db_bind_text(st, 12, f->compiler_reason);
    db_bind_text(st, 13, f->suppressed);
    db_bind_text(st, 14, f->compiler_witness);
    ok = db_step_done(s, st, err);
  }
  sqlite3_finalize(st);
  return ok;
}

/* What the stored answer's order is by from now on. */
static bool note_profile(Store *s, int64_t run, int64_t profile, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, "UPDATE answer SET profile = ? WHERE run_id = ?", err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, profile);
  sqlite3_bind_int64(st, 2, run);
  bool ok = db_step_done(s, st, err);
  sqlite3_finalize(st);
  return ok;
}

bool store_rank(Store *s, int64_t run, int64_t profile, DbFindings *findings, HpError *err) {
  DbShare *shares = NULL;
  bool claim = false;
  db_group(findings);
  if (profile && !(shares = db_shares(s, profile, findings, &claim, err)))
    return false;
  DbScope scope;
  bool ok = db_scope_begin(s, &scope, err);
  if (ok) {
    ok = fill(s, findings, shares, claim, err) && take_order(s, profile != 0, findings, err) &&
         write_ranks(s, run, findings, err) && note_profile(s, run, profile, err);
    ok = db_scope_end(s, &scope, ok, err);
  }
  for (uint32_t i = 0; !ok && i < findings->count; i++)
    findings->items[i]->row = 0;
  free(shares);
  return ok;
}
