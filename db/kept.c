/* Findings that the run before had as well: their rows go over to the new run. Deleting a row with
 * its lists and writing the same again costs many times what it takes to see that nothing has
 * changed, and an edit leaves nearly all findings as they were. */
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

static bool read_former(Store *s, DbFindings *former, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, "SELECT max(run_id) FROM finding", err);
  HpError step = {0};
  int64_t run = st && db_step_row(s, st, &step) ? sqlite3_column_int64(st, 0) : 0;
  sqlite3_finalize(st);
  if (!st || step.set)
    return st && hp_fail(err, "%s", step.text);
  return !run || db_read_findings(s, run, former, err);
}

static bool move_row(Store *s, sqlite3_stmt *move, int64_t run, int64_t id, HpError *err) {
  sqlite3_bind_int64(move, 1, run);
  sqlite3_bind_int64(move, 2, id);
  return db_step_done(s, move, err);
}

static bool move_rows(Store *s, int64_t run, const DbFindings *former, const DbFindings *findings,
                      HpError *err) {
  sqlite3_stmt *move =
      db_prepare(s,
                 "UPDATE finding SET run_id = ?, position = 0, score = 0, by_profile = 0, "
                 "listed = 0, share = 0, samples = 0, bound = 0, estimate = 0 WHERE id = ?",
                 err);
  Keyed *old = sorted(former), *new = sorted(findings);
  bool ok = move;
  for (uint32_t i = 0, k = 0; ok && i < former->count && k < findings->count;) {
    int order = by_hash(&old[i], &new[k]);
    if (!order) {
      new[k].finding->id = old[i].finding->id;
      ok = move_row(s, move, run, old[i].finding->id, err);
    }
    i += order <= 0;
    k += order >= 0;
  }
  sqlite3_finalize(move);
  free(old);
  free(new);
  return ok;
}

bool db_keep_findings(Store *s, int64_t run, DbFindings *findings, HpError *err) {
  DbFindings former = {.arena = hp_arena_new()};
  for (uint32_t i = 0; i < findings->count; i++)
    findings->items[i]->id = 0;
  bool ok = read_former(s, &former, err) && move_rows(s, run, &former, findings, err);
  db_findings_free(&former);
  return ok;
}
