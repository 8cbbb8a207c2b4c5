/* Runs and findings, written and read back. */
#include "db/dictionary.h"
#include "db/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Runs kept as history. */
#define RUNS_KEPT 100

/* ---- writing --------------------------------------------------------------------------------- */

static bool insert_run(Store *s, DbRun *run, HpError *err) {
  sqlite3_stmt *st = db_prepare(s,
                                "INSERT INTO run (time_ns, version, root, command, units, failed, "
                                "profile) VALUES (?, ?, ?, ?, ?, ?, ?)",
                                err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, db_now_ns());
  db_bind_text(st, 2, HPLINT_VERSION);
  db_bind_text(st, 3, run->root);
  db_bind_text(st, 4, run->command ? run->command : "");
  sqlite3_bind_int64(st, 5, run->units);
  sqlite3_bind_int64(st, 6, run->failed);
  db_bind_text(st, 7, run->profile);
  bool ok = db_step_done(s, st, err);
  run->id = sqlite3_last_insert_rowid(s->db);
  sqlite3_finalize(st);
  return ok;
}

/* The statements that a finding needs; all of them or none. */
typedef struct Writer {
  Store *s;
  sqlite3_stmt *finding, *cause, *fix, *place, *fact, *site;
  HpError *err;
} Writer;

static bool writer_open(Writer *w, Store *s, HpError *err) {
  *w = (Writer){.s = s, .err = err};
  w->finding = db_prepare(
      s,
      "INSERT INTO finding (run_id, rule, name, file, line, column, end_line, end_column, "
      "function, loop_line, loop_depth, record, severity, confidence, growth, cost, show, cold, "
      "heat, bound_factor, saving, saving_why, message, help, fingerprint, group_head, "
      "compiler_status, compiler_reason, suppressed, compiler_witness, witness, unit) VALUES (?, "
      "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
      "?)",
      err);
  w->cause = db_prepare(s, "INSERT INTO finding_cause VALUES (?, ?, ?)", err);
  w->fix = db_prepare(s, "INSERT INTO finding_fix VALUES (?, ?)", err);
  w->place = db_prepare(s, "INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?, ?)", err);
  w->fact = db_prepare(s, "INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?)", err);
  w->site = db_prepare(s, "INSERT INTO site VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", err);
  return w->finding && w->cause && w->fix && w->place && w->fact && w->site;
}

static void writer_close(Writer *w) {
  sqlite3_finalize(w->finding);
  sqlite3_finalize(w->cause);
  sqlite3_finalize(w->fix);
  sqlite3_finalize(w->place);
  sqlite3_finalize(w->fact);
  sqlite3_finalize(w->site);
}

static const char *text_or_empty(const char *text) {
  return text ? text : "";
}

/* SQLite stores "not a number" as NULL, which no column here takes. */
static double number(double value) {
  return value == value ? value : 0;
}

static bool insert_finding(Writer *w, int64_t run, DbFinding *f) {
  sqlite3_stmt *st = w->finding;
  int i = 0;
  sqlite3_bind_int64(st, ++i, run);
  db_bind_text(st, ++i, f->rule);
  db_bind_text(st, ++i, text_or_empty(f->name));
  db_bind_text(st, ++i, f->file);
  sqlite3_bind_int64(st, ++i, f->line);
  sqlite3_bind_int64(st, ++i, f->column);
  sqlite3_bind_int64(st, ++i, f->end_line);
  sqlite3_bind_int64(st, ++i, f->end_column);
  db_bind_text(st, ++i, f->function);
  sqlite3_bind_int64(st, ++i, f->loop_line);
  sqlite3_bind_int64(st, ++i, f->loop_depth);
  db_bind_text(st, ++i, f->record);
  const int enums[] = {f->severity, f->confidence, f->growth, f->cost, f->show, f->cold};
  for (size_t k = 0; k < sizeof enums / sizeof *enums; k++)
    sqlite3_bind_int(st, ++i, enums[k]);
  sqlite3_bind_int64(st, ++i, f->heat);
  sqlite3_bind_double(st, ++i, number(f->bound_factor));
  sqlite3_bind_double(st, ++i, number(f->saving));
  db_bind_text(st, ++i, f->saving_why);
  db_bind_text(st, ++i, f->message);
  db_bind_text(st, ++i, f->help);
  db_bind_text(st, ++i, f->fingerprint);
  db_bind_text(st, ++i, f->group);
  db_bind_text(st, ++i, f->compiler_status ? f->compiler_status : "unchecked");
  db_bind_text(st, ++i, f->compiler_reason);
  db_bind_text(st, ++i, f->suppressed);
  db_bind_text(st, ++i, f->compiler_witness);
  sqlite3_bind_int(st, ++i, f->witness);
  db_bind_text(st, ++i, f->unit);
  if (!db_step_done(w->s, st, w->err))
    return false;
  f->id = sqlite3_last_insert_rowid(w->s->db);
  return true;
}

static bool insert_cause(Writer *w, const DbFinding *f) {
  sqlite3_bind_int64(w->cause, 1, f->id);
  db_bind_text(w->cause, 2, f->cause);
  sqlite3_bind_int(w->cause, 3, f->allocator_time);
  return db_step_done(w->s, w->cause, w->err);
}

static bool insert_fix(Writer *w, const DbFinding *f) {
  if (!f->fix)
    return true;
  sqlite3_bind_int64(w->fix, 1, f->id);
  db_bind_text(w->fix, 2, f->fix);
  return db_step_done(w->s, w->fix, w->err);
}

static bool insert_places(Writer *w, const DbFinding *f) {
  for (uint32_t i = 0; i < f->nplaces; i++) {
    const DbPlace *p = &f->places[i];
    sqlite3_bind_int64(w->place, 1, f->id);
    sqlite3_bind_int64(w->place, 2, i);
    db_bind_text(w->place, 3, text_or_empty(p->file));
    sqlite3_bind_int64(w->place, 4, p->line);
    sqlite3_bind_int64(w->place, 5, p->column);
    sqlite3_bind_int64(w->place, 6, p->end_line);
    sqlite3_bind_int64(w->place, 7, p->end_column);
    db_bind_text(w->place, 8, text_or_empty(p->text));
    if (!db_step_done(w->s, w->place, w->err))
      return false;
  }
  return true;
}

static bool insert_facts(Writer *w, const DbFinding *f) {
  for (uint32_t i = 0; i < f->nfacts; i++) {
    const DbFact *a = &f->facts[i];
    sqlite3_bind_int64(w->fact, 1, f->id);
    sqlite3_bind_int64(w->fact, 2, i);
    db_bind_text(w->fact, 3, text_or_empty(a->name));
    sqlite3_bind_double(w->fact, 4, number(a->value));
    db_bind_text(w->fact, 5, a->unit);
    db_bind_text(w->fact, 6, a->text);
    if (!db_step_done(w->s, w->fact, w->err))
      return false;
  }
  return true;
}

static bool insert_sites(Writer *w, const DbFinding *f) {
  for (uint32_t i = 0; i < f->nsites; i++) {
    const DbSite *a = &f->sites[i];
    sqlite3_bind_int64(w->site, 1, f->id);
    sqlite3_bind_int64(w->site, 2, i);
    db_bind_text(w->site, 3, text_or_empty(a->file));
    sqlite3_bind_int64(w->site, 4, a->line);
    sqlite3_bind_int64(w->site, 5, a->end_line);
    db_bind_text(w->site, 6, a->function);
    sqlite3_bind_int(w->site, 7, a->inclusive);
    sqlite3_bind_int64(w->site, 8, a->column);
    sqlite3_bind_int64(w->site, 9, a->end_column);
    if (!db_step_done(w->s, w->site, w->err))
      return false;
  }
  return true;
}

static bool insert_findings(Store *s, int64_t run, DbFindings *findings, HpError *err) {
  Writer w;
  bool ok = writer_open(&w, s, err);
  for (uint32_t i = 0; ok && i < findings->count; i++) {
    DbFinding *f = findings->items[i];
    if (!f->id) /* db_keep_findings */
      ok = insert_finding(&w, run, f) && insert_cause(&w, f) && insert_fix(&w, f) &&
           insert_places(&w, f) && insert_facts(&w, f) && insert_sites(&w, f);
  }
  writer_close(&w);
  return ok;
}

/* Before those of this run are written: these take the room. Their counts and fingerprints stay. */
static bool drop_older(Store *s, int64_t run, HpError *err) {
  char sql[96];
  snprintf(sql, sizeof sql, "DELETE FROM finding WHERE run_id <> %lld; DELETE FROM answer",
           (long long)run);
  return db_exec(s, sql, err);
}

/* Of the newest runs. A fingerprint that this run has as well as the last one costs nothing. */
static bool keep_history(Store *s, int64_t run, HpError *err) {
  char sql[1024];
  snprintf(sql, sizeof sql,
           "INSERT INTO run_rule SELECT run_id, rule, count(*) FROM finding WHERE run_id = %lld "
           "GROUP BY rule;"
           "UPDATE fingerprint SET last_run = (SELECT max(id) FROM run WHERE id < %lld) "
           "WHERE last_run IS NULL AND fingerprint NOT IN (SELECT fingerprint FROM finding);"
           "INSERT INTO fingerprint SELECT DISTINCT fingerprint, %lld, NULL FROM finding WHERE "
           "fingerprint NOT IN (SELECT fingerprint FROM fingerprint WHERE last_run IS NULL);"
           "DELETE FROM run WHERE id NOT IN (SELECT id FROM run ORDER BY id DESC LIMIT %d);"
           "DELETE FROM fingerprint WHERE last_run < (SELECT min(id) FROM run);",
           (long long)run, (long long)run, (long long)run, RUNS_KEPT);
  return db_exec(s, sql, err);
}

bool store_put_run(Store *s, DbRun *run, DbFindings *findings, HpError *err) {
  DbScope scope;
  db_group(findings);
  if (!db_scope_begin(s, &scope, err))
    return false;
  bool ok = insert_run(s, run, err) && db_keep_findings(s, run->id, findings, err) &&
            drop_older(s, run->id, err) && insert_findings(s, run->id, findings, err) &&
            (!run->answer || db_put_answer(s, run->id, run->answer, err)) &&
            keep_history(s, run->id, err);
  return db_scope_end(s, &scope, ok, err);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Columns of a file that others may have written: never NULL, never out of range. */
static char *required(sqlite3_stmt *st, int column, HpArena *arena) {
  char *text = db_text(st, column, arena);
  return text ? text : hp_arena_strdup(arena, "");
}

static int within(sqlite3_stmt *st, int column, int max) {
  int64_t value = sqlite3_column_int64(st, column);
  return value < 0 ? 0 : value > max ? max : (int)value;
}

static void read_finding(sqlite3_stmt *st, HpArena *arena, DbFinding *f) {
  int i = 0;
  f->id = sqlite3_column_int64(st, i++);
  f->rule = required(st, i++, arena);
  f->name = required(st, i++, arena);
  f->file = required(st, i++, arena);
  f->line = db_u32(st, i++);
  f->column = db_u32(st, i++);
  f->end_line = db_u32(st, i++);
  f->end_column = db_u32(st, i++);
  f->function = db_text(st, i++, arena);
  f->loop_line = db_u32(st, i++);
  f->loop_depth = db_u32(st, i++);
  f->record = db_text(st, i++, arena);
  f->severity = within(st, i++, 2); /* the enums of rules/rule.h */
  f->confidence = within(st, i++, 2);
  f->growth = within(st, i++, 2);
  f->cost = within(st, i++, 5);
  f->show = within(st, i++, 1);
  f->cold = sqlite3_column_int(st, i++);
  f->heat = db_u32(st, i++);
  f->bound_factor = sqlite3_column_double(st, i++);
  f->saving = sqlite3_column_double(st, i++);
  f->saving_why = db_text(st, i++, arena);
  f->message = required(st, i++, arena);
  f->help = db_text(st, i++, arena);
  f->fingerprint = required(st, i++, arena);
  f->group = required(st, i++, arena);
  f->compiler_status = required(st, i++, arena);
  f->compiler_reason = db_text(st, i++, arena);
  f->suppressed = db_text(st, i++, arena);
  f->position = within(st, i++, INT32_MAX);
  f->score = sqlite3_column_double(st, i++);
  f->by_profile = sqlite3_column_int(st, i++);
  f->listed = sqlite3_column_int(st, i++);
  f->share = sqlite3_column_double(st, i++);
  f->samples = sqlite3_column_double(st, i++);
  f->bound = sqlite3_column_double(st, i++);
  f->estimate = sqlite3_column_double(st, i++);
  f->cause = db_text(st, i++, arena);
  f->allocator_time = sqlite3_column_int(st, i++);
  f->compiler_witness = db_text(st, i++, arena);
  f->witness = within(st, i++, 3);
  f->unit = db_text(st, i++, arena);
  f->fix = db_text(st, i++, arena);
}

static const char finding_sql[] =
    "SELECT id, rule, name, file, line, column, end_line, end_column, function, loop_line, "
    "loop_depth, record, severity, confidence, growth, cost, show, cold, heat, bound_factor, "
    "saving, saving_why, message, help, fingerprint, group_head, compiler_status, "
    "compiler_reason, suppressed, position, score, by_profile, listed, share, samples, bound, "
    "estimate, cause, allocator_time, compiler_witness, witness, unit, fix FROM finding "
    "LEFT JOIN finding_cause c ON c.finding_id = id LEFT JOIN finding_fix x ON x.finding_id = id "
    "WHERE run_id = ? ORDER BY id";

/* The lists of findings: rows of one table in the order of findings and ordinals. Column 0 is the
 * finding's id. */
typedef struct ListKind {
  const char *sql;
  size_t size;
  void (*read)(sqlite3_stmt *st, HpArena *arena, void *item);
  void (*set)(DbFinding *f, void *items, uint32_t count);
} ListKind;

static void read_place(sqlite3_stmt *st, HpArena *arena, void *item) {
  *(DbPlace *)item = (DbPlace){required(st, 1, arena), db_u32(st, 2), db_u32(st, 3),
                               db_u32(st, 4),          db_u32(st, 5), required(st, 6, arena)};
}
static void set_places(DbFinding *f, void *items, uint32_t count) {
  f->places = items;
  f->nplaces = count;
}
static void read_fact(sqlite3_stmt *st, HpArena *arena, void *item) {
  *(DbFact *)item = (DbFact){required(st, 1, arena), sqlite3_column_double(st, 2),
                             db_text(st, 3, arena), db_text(st, 4, arena)};
}
static void set_facts(DbFinding *f, void *items, uint32_t count) {
  f->facts = items;
  f->nfacts = count;
}
static void read_site(sqlite3_stmt *st, HpArena *arena, void *item) {
  *(DbSite *)item =
      (DbSite){required(st, 1, arena),    db_u32(st, 2), db_u32(st, 3), db_text(st, 4, arena),
               sqlite3_column_int(st, 5), db_u32(st, 6), db_u32(st, 7)};
}
static void set_sites(DbFinding *f, void *items, uint32_t count) {
  f->sites = items;
  f->nsites = count;
}

static const ListKind lists[] = {
    {"SELECT finding_id, p.file, p.line, p.column, p.end_line, p.end_column, p.text FROM place p "
     "JOIN finding f ON f.id = p.finding_id WHERE f.run_id = ? ORDER BY finding_id, ordinal",
     sizeof(DbPlace), read_place, set_places},
    {"SELECT finding_id, a.name, a.value, a.unit, a.text FROM fact a "
     "JOIN finding f ON f.id = a.finding_id WHERE f.run_id = ? ORDER BY finding_id, ordinal",
     sizeof(DbFact), read_fact, set_facts},
    {"SELECT finding_id, s.file, s.line, s.end_line, s.function, s.inclusive, s.column, "
     "s.end_column FROM site s "
     "JOIN finding f ON f.id = s.finding_id WHERE f.run_id = ? ORDER BY finding_id, ordinal",
     sizeof(DbSite), read_site, set_sites},
};

/* Findings are sorted by id, as the rows are. */
static bool read_list(Store *s, int64_t run, const ListKind *kind, DbFindings *out, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, kind->sql, err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, run);
  char *items = NULL;
  uint32_t count = 0, cap = 0, at = 0;
  HpError step = {0};
  for (bool row = true; row;) {
    row = db_step_row(s, st, &step);
    int64_t id = row ? sqlite3_column_int64(st, 0) : -1;
    if (count && (!row || out->items[at]->id != id)) {
      kind->set(out->items[at], hp_arena_copy(out->arena, items, count * kind->size), count);
      count = 0;
    }
    while (row && at < out->count && out->items[at]->id != id)
      at++;
    if (!row || at == out->count)
      break;
    if (count == cap)
      items = hp_grow(items, &cap, count + 1, kind->size);
    kind->read(st, out->arena, items + count++ * kind->size);
  }
  free(items);
  sqlite3_finalize(st);
  return !step.set || hp_fail(err, "%s", step.text);
}

static bool read_rows(Store *s, int64_t run, DbFindings *out, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, finding_sql, err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, run);
  HpError step = {0};
  while (db_step_row(s, st, &step)) {
    DbFinding *f = HP_NEW(out->arena, DbFinding, 1);
    read_finding(st, out->arena, f);
    HP_GROW(out->items, out->count, out->cap);
    out->items[out->count++] = f;
  }
  sqlite3_finalize(st);
  if (step.set)
    return hp_fail(err, "%s", step.text);
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    if (!read_list(s, run, &lists[i], out, err))
      return false;
  return true;
}

static int compare_positions(const void *a, const void *b) {
  const DbFinding *x = *(DbFinding *const *)a, *y = *(DbFinding *const *)b;
  if (x->position != y->position)
    return x->position < y->position ? -1 : 1;
  return (x->id > y->id) - (x->id < y->id);
}

bool db_read_findings(Store *s, int64_t run, DbFindings *out, HpError *err) {
  if (!read_rows(s, run, out, err))
    return false;
  if (out->count)
    qsort(out->items, out->count, sizeof(DbFinding *), compare_positions);
  return true;
}

/* The run's row; `info->id` stays 0 when there is none. */
static bool read_run(Store *s, int64_t run, HpArena *arena, DbRun *info, HpError *err) {
  sqlite3_stmt *st = db_prepare(s,
                                "SELECT id, root, command, units, failed, profile FROM run WHERE "
                                "id = ?1 OR ?1 = 0 ORDER BY id DESC LIMIT 1",
                                err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, run);
  HpError step = {0};
  *info = (DbRun){0};
  if (db_step_row(s, st, &step))
    *info = (DbRun){.id = sqlite3_column_int64(st, 0),
                    .root = required(st, 1, arena),
                    .command = required(st, 2, arena),
                    .units = db_u32(st, 3),
                    .failed = db_u32(st, 4),
                    .profile = db_text(st, 5, arena)};
  sqlite3_finalize(st);
  return !step.set || hp_fail(err, "%s", step.text);
}

bool store_get_findings(Store *s, int64_t run, DbFindings *out, DbRun *info, HpError *err) {
  *out = (DbFindings){.arena = hp_arena_new()};
  DbRun found = {0};
  if (!read_run(s, run, out->arena, &found, err))
    return false;
  if (info)
    *info = found;
  if (!found.id)
    return hp_fail(err, run ? "%s: no run of that number" : "%s: no run yet; run `hplint` first",
                   s->path);
  return db_read_findings(s, found.id, out, err);
}

bool db_findings_uncheck(DbFindings *f) {
  bool any = false;
  for (uint32_t i = 0; i < f->count; i++) {
    DbFinding *d = f->items[i];
    any |= strcmp(d->compiler_status, "unchecked") != 0;
    d->compiler_status = hp_arena_strdup(f->arena, "unchecked");
    d->compiler_reason = d->compiler_witness = NULL;
  }
  return any;
}

void db_findings_free(DbFindings *f) {
  free(f->items);
  hp_arena_free(f->arena);
  *f = (DbFindings){0};
}
