/* Findings that the run before had as well: their rows go over to the new run. Deleting a row with
 * its lists and writing the same again costs many times what it takes to see that nothing has
 * changed, and an edit leaves nearly all findings as they were. They can be read while a run waits
 * for something else. */
#include "db/internal.h"
#include "db/parts.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

typedef struct Keyed {
  uint64_t hash;
  DbFinding *finding;
} Keyed;

/* ---- contents -------------------------------------------------------------------------------- */

static void add_text(XXH3_state_t *state, const char *text) {
  const char none = text == NULL;
  XXH3_64bits_update(state, &none, sizeof none);
  if (text)
    XXH3_64bits_update(state, text, strlen(text) + 1);
}

/* Columns that hold "" where there is no text. */
static void add_required(XXH3_state_t *state, const char *text) {
  add_text(state, text ? text : "");
}

static void add_lists(XXH3_state_t *state, const DbFinding *f) {
  const uint32_t counts[] = {f->nplaces, f->nfacts, f->nsites};
  XXH3_64bits_update(state, counts, sizeof counts);
  for (uint32_t i = 0; i < f->nplaces; i++) {
    const DbPlace *p = &f->places[i];
    const uint32_t where[] = {p->line, p->column, p->end_line, p->end_column};
    XXH3_64bits_update(state, where, sizeof where);
    add_required(state, p->file);
    add_required(state, p->text);
  }
  for (uint32_t i = 0; i < f->nfacts; i++) {
    const DbFact *a = &f->facts[i];
    XXH3_64bits_update(state, &a->value, sizeof a->value);
    add_required(state, a->name);
    add_text(state, a->unit);
    add_text(state, a->text);
  }
  for (uint32_t i = 0; i < f->nsites; i++) {
    const DbSite *a = &f->sites[i];
    const uint32_t where[] = {a->line, a->end_line, a->inclusive, a->column, a->end_column};
    XXH3_64bits_update(state, where, sizeof where);
    add_required(state, a->file);
    add_text(state, a->function);
  }
}

/* Of all that is stored of it, but its id, its run and its rank. */
static uint64_t content_of(XXH3_state_t *state, const DbFinding *f) {
  const int64_t numbers[] = {f->line,      f->column,     f->end_line,      f->end_column,
                             f->severity,  f->confidence, f->growth,        f->cost,
                             f->show,      f->cold,       f->heat,          f->witness,
                             f->loop_line, f->loop_depth, f->allocator_time};
  const double factors[] = {f->bound_factor, f->saving};
  XXH3_64bits_reset(state);
  XXH3_64bits_update(state, numbers, sizeof numbers);
  XXH3_64bits_update(state, factors, sizeof factors);
  add_text(state, f->rule);
  add_required(state, f->name);
  add_text(state, f->file);
  add_text(state, f->function);
  add_text(state, f->record);
  add_text(state, f->cause);
  add_text(state, f->fix);
  add_text(state, f->saving_why);
  add_text(state, f->message);
  add_text(state, f->help);
  add_text(state, f->fingerprint);
  add_text(state, f->group);
  add_text(state, f->compiler_status ? f->compiler_status : "unchecked");
  add_text(state, f->compiler_reason);
  add_text(state, f->compiler_witness);
  add_text(state, f->suppressed);
  add_text(state, f->unit);
  add_lists(state, f);
  return XXH3_64bits_digest(state);
}

static int by_hash(const void *a, const void *b) {
  const Keyed *x = a, *y = b;
  return (x->hash > y->hash) - (x->hash < y->hash);
}

/* By their hashes; the caller frees. */
static Keyed *sorted(const DbFindings *f) {
  XXH3_state_t *state = XXH3_createState();
  HP_ASSERT(state);
  Keyed *all = hp_calloc(f->count, sizeof *all);
  for (uint32_t i = 0; i < f->count; i++)
    all[i] = (Keyed){content_of(state, f->items[i]), f->items[i]};
  if (f->count)
    qsort(all, f->count, sizeof *all, by_hash);
  XXH3_freeState(state);
  return all;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* The findings of the latest run, as they are stored. */
typedef struct DbFormer {
  DbFindings findings;
  Keyed *sorted;
  int64_t run, version; /* version: of the database, by changes of others */
} DbFormer;

static void former_free(DbFormer *f) {
  db_findings_free(&f->findings);
  free(f->sorted);
  *f = (DbFormer){0};
}

void db_former_free(Store *s) {
  if (s->former)
    former_free(s->former);
  free(s->former);
  s->former = NULL;
}

static bool read_number(Store *s, const char *sql, int64_t *number, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, sql, err);
  HpError step = {0};
  *number = st && db_step_row(s, st, &step) ? sqlite3_column_int64(st, 0) : 0;
  sqlite3_finalize(st);
  return st && (!step.set || hp_fail(err, "%s", step.text));
}

/* `run` and `version`: of what is there now. */
static bool read_former(Store *s, int64_t run, int64_t version, DbFormer *out, HpError *err) {
  *out = (DbFormer){.findings.arena = hp_arena_new(), .run = run, .version = version};
  if (run && !db_read_findings(s, run, &out->findings, err)) {
    former_free(out);
    return false;
  }
  out->sorted = sorted(&out->findings);
  return true;
}

static bool latest(Store *s, int64_t *run, int64_t *version, HpError *err) {
  return read_number(s, "PRAGMA data_version", version, err) &&
         read_number(s, "SELECT max(run_id) FROM finding", run, err);
}

void store_read_ahead(Store *s) {
  HpError ignored = {0};
  DbFormer former;
  int64_t run, version;
  db_former_free(s);
  if (latest(s, &run, &version, &ignored) && read_former(s, run, version, &former, &ignored)) {
    s->former = hp_malloc(sizeof *s->former);
    *s->former = former;
  }
}

/* What was read ahead, if it is so still. */
static bool take_former(Store *s, DbFormer *out, HpError *err) {
  int64_t run, version;
  if (!latest(s, &run, &version, err))
    return false;
  bool good = s->former && s->former->run == run && s->former->version == version;
  if (good) {
    *out = *s->former;
    *s->former = (DbFormer){0};
  }
  db_former_free(s);
  return good || read_former(s, run, version, out, err);
}

/* Gives rows that are in both to the finding; returns the number of the others' ids, in `gone`. */
static uint32_t match(const Keyed *old, uint32_t nold, const DbFindings *findings, int64_t *gone) {
  Keyed *new = sorted(findings);
  uint32_t ngone = 0;
  for (uint32_t i = 0, k = 0; i < nold;) {
    int order = k < findings->count ? by_hash(&old[i], &new[k]) : -1;
    if (!order) {
      new[k].finding->id = old[i].finding->id;
      new[k].finding->row = db_hash_rank(old[i].finding);
    } else if (order < 0) {
      gone[ngone++] = old[i].finding->id;
    }
    i += order <= 0;
    k += order >= 0;
  }
  free(new);
  return ngone;
}

static bool drop_rows(Store *s, const int64_t *ids, uint32_t count, HpError *err) {
  sqlite3_stmt *drop = db_prepare(s, "DELETE FROM finding WHERE id = ?", err);
  bool ok = drop;
  for (uint32_t i = 0; ok && i < count; i++) {
    sqlite3_bind_int64(drop, 1, ids[i]);
    ok = db_step_done(s, drop, err);
  }
  sqlite3_finalize(drop);
  return ok;
}

/* All rows of the former run that are left. */
static bool move_rows(Store *s, int64_t from, int64_t to, HpError *err) {
  sqlite3_stmt *move = db_prepare(s, "UPDATE finding SET run_id = ? WHERE run_id = ?", err);
  if (!move)
    return false;
  sqlite3_bind_int64(move, 1, to);
  sqlite3_bind_int64(move, 2, from);
  bool ok = db_step_done(s, move, err);
  sqlite3_finalize(move);
  return ok;
}

bool db_keep_findings(Store *s, int64_t run, DbFindings *findings, HpError *err) {
  DbFormer former;
  for (uint32_t i = 0; i < findings->count; i++)
    findings->items[i]->id = 0, findings->items[i]->row = 0;
  if (!take_former(s, &former, err))
    return false;
  int64_t *gone = hp_calloc(former.findings.count, sizeof *gone);
  uint32_t ngone = match(former.sorted, former.findings.count, findings, gone);
  bool ok = drop_rows(s, gone, ngone, err) && move_rows(s, former.run, run, err);
  free(gone);
  former_free(&former);
  return ok;
}
