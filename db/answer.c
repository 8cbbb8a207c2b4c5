/* A run's answer kept with what it rests on, so that the same question about an unchanged tree is
 * answered from here: nothing is parsed, linked or judged. Only the latest run has one, since only
 * its findings are kept. */
#include "db/dictionary.h"
#include "db/names.h"

#include <stdlib.h>
#include <string.h>

/* ---- storing --------------------------------------------------------------------------------- */

/* What the units looked for in vain, each path once, and what others of this run did. */
static bool add_lookups(Store *s, const DbAnswer *a, DbNames *absent, HpError *err) {
  DbIds noted = {0};
  db_all_vain(s, absent, &noted);
  sqlite3_stmt *st = db_prepare(s,
                                "SELECT u.id, l.absent, l.dictionary FROM unit u JOIN unit_lookup "
                                "l ON l.unit_id = u.id WHERE u.key = ?",
                                err);
  bool ok = st;
  for (uint32_t i = 0; ok && i < a->nunits; i++) {
    sqlite3_bind_int64(st, 1, (int64_t)a->units[i]);
    HpError step = {0};
    if (db_step_row(s, st, &step) && !db_is_vain(&noted, sqlite3_column_int64(st, 0))) {
      uint32_t count;
      const DbDictionary *dictionary = db_dictionary(s, sqlite3_column_int64(st, 2));
      char **texts = db_unpack_texts(st, 1, dictionary, &count);
      for (uint32_t k = 0; k < count; k++)
        db_names_add(absent, texts[k], NULL);
      free(texts);
    }
    ok = !step.set || hp_fail(err, "%s", step.text);
    sqlite3_reset(st);
  }
  sqlite3_finalize(st);
  free(noted.items);
  return ok;
}

static void add_id(DbIds *ids, int64_t id) {
  HP_GROW(ids->items, ids->count, ids->cap);
  ids->items[ids->count++] = id;
}

/* Sorted lists, each file once; of others nothing is lost, and db_list_files sorts. */
static void unite(DbIds *all, const DbIds *more) {
  DbIds both = {hp_calloc((size_t)all->count + more->count, sizeof *both.items), 0,
                all->count + more->count};
  for (uint32_t i = 0, k = 0; i < all->count || k < more->count;) {
    int64_t a = i < all->count ? all->items[i] : INT64_MAX;
    int64_t b = k < more->count ? more->items[k] : INT64_MAX;
    both.items[both.count++] = a < b ? a : b;
    i += a <= b;
    k += b <= a;
  }
  free(all->items);
  *all = both;
}

/* The files of the units. `*known`: units found. */
static bool add_unit_files(Store *s, const DbAnswer *a, DbIds *ids, uint32_t *known, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, "SELECT files FROM unit WHERE key = ?", err);
  DbIds files = {0};
  HpError step = {0};
  for (uint32_t i = 0; st && i < a->nunits && !step.set; i++) {
    sqlite3_bind_int64(st, 1, (int64_t)a->units[i]);
    if (db_step_row(s, st, &step)) {
      const char *list = (const char *)sqlite3_column_text(st, 0);
      bool bad = !list;
      files.count = 0;
      for (int64_t id; !bad && (id = db_next_file(&list, &bad));)
        add_id(&files, id);
      unite(ids, &files);
      *known += !bad;
    }
    sqlite3_reset(st);
  }
  sqlite3_finalize(st);
  free(files.items);
  return st && (!step.set || hp_fail(err, "%s", step.text));
}

static bool add_further_files(Store *s, const DbAnswer *a, DbIds *ids, HpError *err) {
  DbFileRows rows;
  bool ok = db_file_rows(s, &rows, err);
  for (uint32_t i = 0; ok && i < a->nfiles; i++) {
    int64_t id = db_file_id(s, &rows, &a->files[i], err);
    add_id(ids, id);
    ok = id != 0;
  }
  db_file_rows_free(&rows);
  return ok;
}

static bool insert_answer(Store *s, int64_t run, const DbAnswer *a, const DbNames *absent,
                          DbIds *files, HpError *err) {
  sqlite3_stmt *st = db_prepare(s,
                                "INSERT INTO answer (run_id, question, profile, facts, absent, "
                                "files) VALUES (?, ?, 0, ?, ?, ?)",
                                err);
  if (!st)
    return false;
  size_t size, facts_size;
  void *packed = db_pack_texts(absent->items, absent->count, &size);
  void *facts = db_pack_texts(a->facts, a->nfacts, &facts_size);
  HpBuf list = {0};
  db_list_files(&list, files);
  sqlite3_bind_int64(st, 1, run);
  sqlite3_bind_int64(st, 2, (int64_t)a->question);
  sqlite3_bind_blob64(st, 3, facts, facts_size, SQLITE_STATIC);
  sqlite3_bind_blob64(st, 4, packed, size, SQLITE_STATIC);
  db_bind_text(st, 5, list.text);
  bool ok = db_step_done(s, st, err);
  sqlite3_finalize(st);
  hp_buf_free(&list);
  free(packed);
  free(facts);
  return ok;
}

bool db_put_answer(Store *s, int64_t run, const DbAnswer *a, HpError *err) {
  DbNames absent = {0};
  DbIds files = {0};
  uint32_t known = 0;
  bool ok = add_lookups(s, a, &absent, err) && add_unit_files(s, a, &files, &known, err) &&
            add_further_files(s, a, &files, err) && insert_answer(s, run, a, &absent, &files, err);
  db_names_free(&absent);
  free(files.items);
  /* Another run may have replaced a unit meanwhile: then this answer is given once only. */
  if (ok && known < a->nunits)
    ok = db_exec(s, "DELETE FROM answer", err);
  return ok;
}

/* ---- giving it again ------------------------------------------------------------------------- */

/* Paths looked for in vain, with their number, in one block on the heap. */
typedef struct Absent {
  char **paths;
  uint32_t count;
} Absent;

/* The latest run, its facts and its failed look-ups, when this was its question. */
static bool read_answer(Store *s, uint64_t question, HpArena *arena, DbRun *info, char ***facts,
                        uint32_t *nfacts, Absent *absent, bool *valid, HpError *err) {
  sqlite3_stmt *st =
      db_prepare(s,
                 "SELECT r.id, r.root, r.command, r.units, r.failed, a.profile, a.facts, a.absent "
                 "FROM answer a JOIN run r ON r.id = a.run_id WHERE a.question = ?1 AND "
                 "a.run_id = (SELECT max(id) FROM run)",
                 err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, (int64_t)question);
  HpError step = {0};
  if (db_step_row(s, st, &step)) {
    *info = (DbRun){.id = sqlite3_column_int64(st, 0),
                    .root = db_text(st, 1, arena),
                    .command = db_text(st, 2, arena),
                    .units = db_u32(st, 3),
                    .failed = db_u32(st, 4),
                    .ranked_by = sqlite3_column_int64(st, 5)};
    *facts = db_unpack_texts(st, 6, NULL, nfacts);
    absent->paths = db_unpack_texts(st, 7, NULL, &absent->count);
    *valid = absent->paths && *facts && info->root && info->command;
  }
  sqlite3_finalize(st);
  return !step.set || hp_fail(err, "%s", step.text);
}

static bool still_absent(Store *s, const Absent *absent) {
  uint32_t i = 0;
  while (i < absent->count && db_absent(s, absent->paths[i]))
    i++;
  return i == absent->count;
}

/* The paths of what these units read. */
static bool read_paths(Store *s, const uint64_t *units, uint32_t count, DbNames *paths,
                       HpError *err) {
  sqlite3_stmt *st = db_prepare(s,
                                "SELECT f.path FROM unit u, json_each(u.files) j JOIN file f ON "
                                "f.id = j.value WHERE u.key = ?",
                                err);
  HpError step = {0};
  for (uint32_t i = 0; st && i < count && !step.set; i++) {
    sqlite3_bind_int64(st, 1, (int64_t)units[i]);
    while (db_step_row(s, st, &step)) {
      const char *path = (const char *)sqlite3_column_text(st, 0);
      db_names_add(paths, path ? path : "", NULL);
    }
    sqlite3_reset(st);
  }
  sqlite3_finalize(st);
  return st && (!step.set || hp_fail(err, "%s", step.text));
}

static bool read_files(Store *s, int64_t run, DbIds *files, bool *valid, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, "SELECT files FROM answer WHERE run_id = ?", err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, run);
  HpError step = {0};
  bool there = db_step_row(s, st, &step), bad = false;
  const char *list = there ? (const char *)sqlite3_column_text(st, 0) : NULL;
  for (int64_t id; list && !bad && (id = db_next_file(&list, &bad));)
    add_id(files, id);
  *valid = list && !bad;
  sqlite3_finalize(st);
  return !step.set || hp_fail(err, "%s", step.text);
}

/* Are all files that the answer rests on as they were, but for those of `changed`? The others go
 * into `same` where that is not NULL. The latest rows first: what has changed last is what changes
 * next, and the sooner that is known, the sooner a worker starts. */
static bool check_files(Store *s, int64_t run, const DbNames *changed, DbIds *same, bool *valid,
                        HpError *err) {
  DbIds files = {0};
  HpError step = {0};
  bool ok = read_files(s, run, &files, valid, err);
  for (uint32_t i = files.count; ok && *valid && i-- > 0;) {
    bool holds;
    const DbFileStamp *f = db_file_row(s, files.items[i], &holds, &step);
    *valid = holds || (f->path && db_names_find(changed, f->path) != DB_NAME_NONE);
    if (holds && same)
      add_id(same, files.items[i]);
  }
  free(files.items);
  return ok && (!step.set || hp_fail(err, "%s", step.text));
}

bool store_get_answer(Store *s, uint64_t question, const uint64_t *renewed, uint32_t nrenewed,
                      DbFindings *out, DbRun *info, char ***facts, uint32_t *nfacts, bool *found,
                      HpError *err) {
  DbNames changed = {0};
  *out = (DbFindings){.arena = hp_arena_new()};
  *info = (DbRun){0};
  *facts = NULL;
  *nfacts = 0;
  *found = false;
  /* One state of the database: another run may be about to replace it. */
  bool ok = db_exec(s, "BEGIN", err);
  if (!ok)
    return false;
  Absent absent = {0};
  ok = read_answer(s, question, out->arena, info, facts, nfacts, &absent, found, err) &&
       (!*found || (read_paths(s, renewed, nrenewed, &changed, err) &&
                    check_files(s, info->id, &changed, NULL, found, err)));
  *found = *found && still_absent(s, &absent);
  ok = ok && (!*found || db_read_findings(s, info->id, out, err));
  store_rollback(s); /* nothing was written */
  free(absent.paths);
  db_names_free(&changed);
  return ok;
}

/* ---- renewing it ----------------------------------------------------------------------------- */

static bool renew_files(Store *s, int64_t run, const DbAnswer *a, DbIds *files, HpError *err) {
  uint32_t known = 0;
  HpBuf list = {0};
  sqlite3_stmt *st = db_prepare(s, "UPDATE answer SET files = ? WHERE run_id = ?", err);
  bool ok = st && add_unit_files(s, a, files, &known, err);
  if (ok) {
    db_list_files(&list, files);
    db_bind_text(st, 1, list.text);
    sqlite3_bind_int64(st, 2, run);
    ok = db_step_done(s, st, err);
  }
  sqlite3_finalize(st);
  hp_buf_free(&list);
  return ok;
}

/* Its look-ups and those of the units, which are all that the answer rests on and a little more. */
static bool renew_lookups(Store *s, int64_t run, const DbAnswer *a, HpError *err) {
  DbNames absent = {0};
  sqlite3_stmt *st = db_prepare(s, "SELECT absent FROM answer WHERE run_id = ?", err);
  HpError step = {0};
  bool ok = st;
  if (ok) {
    sqlite3_bind_int64(st, 1, run);
    uint32_t count;
    char **texts = db_step_row(s, st, &step) ? db_unpack_texts(st, 0, NULL, &count) : NULL;
    for (uint32_t i = 0; texts && i < count; i++)
      db_names_add(&absent, texts[i], NULL);
    ok = texts || hp_fail(err, "%s: its answer is damaged", s->path);
    free(texts);
  }
  sqlite3_finalize(st);
  uint32_t before = absent.count;
  ok = ok && add_lookups(s, a, &absent, err);
  if (ok && absent.count > before) {
    size_t size;
    void *packed = db_pack_texts(absent.items, absent.count, &size);
    st = db_prepare(s, "UPDATE answer SET absent = ? WHERE run_id = ?", err);
    ok = st && !sqlite3_bind_blob64(st, 1, packed, size, SQLITE_STATIC) &&
         !sqlite3_bind_int64(st, 2, run) && db_step_done(s, st, err);
    sqlite3_finalize(st);
    free(packed);
  }
  db_names_free(&absent);
  return ok;
}

static bool renew(Store *s, int64_t run, const DbAnswer *a, HpError *err) {
  DbNames changed = {0};
  DbIds files = {0};
  bool valid = true;
  bool ok = read_paths(s, a->units, a->nunits, &changed, err) &&
            check_files(s, run, &changed, &files, &valid, err) &&
            (!valid || (renew_lookups(s, run, a, err) && renew_files(s, run, a, &files, err)));
  free(files.items);
  db_names_free(&changed);
  return ok;
}

bool store_renew_answer(Store *s, int64_t run, const uint64_t *units, uint32_t nunits,
                        HpError *err) {
  DbScope scope;
  if (!db_scope_begin(s, &scope, err))
    return false;
  sqlite3_stmt *st = db_prepare(s, "SELECT 1 FROM answer WHERE run_id = ?", err);
  HpError step = {0};
  bool ok = st && !sqlite3_bind_int64(st, 1, run), there = ok && db_step_row(s, st, &step);
  sqlite3_finalize(st);
  DbAnswer renewed = {.units = units, .nunits = nunits};
  ok = ok && (!step.set || hp_fail(err, "%s", step.text)) &&
       (!there || renew(s, run, &renewed, err));
  return db_scope_end(s, &scope, ok, err);
}
