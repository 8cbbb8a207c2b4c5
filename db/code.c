/* The functions and loops of the analysed code, by the file they are in: a run writes those of the
 * files in which something is another than before. */
#include "db/names.h"
#include "db/parts.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* A file with code. Its functions are order[first] .. order[first + count - 1]. */
typedef struct Source {
  uint32_t first, count;
  int64_t id; /* of the stored row; 0: there is none */
  uint64_t stored_hash, hash;
} Source;

typedef struct Code {
  const DbFunction *functions;
  const DbLoop *loops;
  uint32_t nfunctions;
  DbNames files;
  Source *sources; /* by file */
  uint32_t *order; /* functions by file, in their order */
} Code;

typedef struct CodeWriter {
  sqlite3_stmt *source, *function, *loop;
} CodeWriter;

/* ---- by file --------------------------------------------------------------------------------- */

static void sort_by_file(Code *c) {
  uint32_t *file = hp_calloc(c->nfunctions, sizeof *file);
  for (uint32_t i = 0; i < c->nfunctions; i++)
    file[i] = db_names_add(&c->files, c->functions[i].file, NULL);
  c->sources = hp_calloc(c->files.count, sizeof *c->sources);
  c->order = hp_calloc(c->nfunctions, sizeof *c->order);
  for (uint32_t i = 0; i < c->nfunctions; i++)
    c->sources[file[i]].count++;
  for (uint32_t f = 1; f < c->files.count; f++)
    c->sources[f].first = c->sources[f - 1].first + c->sources[f - 1].count;
  for (uint32_t f = 0; f < c->files.count; f++)
    c->sources[f].count = 0;
  for (uint32_t i = 0; i < c->nfunctions; i++) {
    Source *s = &c->sources[file[i]];
    c->order[s->first + s->count++] = i;
  }
  free(file);
}

static const char *trip_of(const DbLoop *loop) {
  return loop->trip ? loop->trip : "?";
}

/* Of all that is stored of it. */
static uint64_t hash_source(const Code *c, const Source *s, XXH3_state_t *state) {
  XXH3_64bits_reset(state);
  for (uint32_t k = 0; k < s->count; k++) {
    const DbFunction *f = &c->functions[c->order[s->first + k]];
    const uint32_t numbers[] = {f->line, f->end_line, f->blocks, f->insns, f->loops, f->summary};
    XXH3_64bits_update(state, f->name, strlen(f->name) + 1);
    XXH3_64bits_update(state, numbers, sizeof numbers);
    for (uint32_t l = 0; l < f->loops; l++) {
      const DbLoop *loop = &c->loops[f->first_loop + l];
      const uint32_t where[] = {loop->line, loop->depth};
      XXH3_64bits_update(state, where, sizeof where);
      XXH3_64bits_update(state, trip_of(loop), strlen(trip_of(loop)) + 1);
    }
  }
  return XXH3_64bits_digest(state);
}

static void hash_sources(Code *c) {
  XXH3_state_t *state = XXH3_createState();
  HP_ASSERT(state);
  for (uint32_t f = 0; f < c->files.count; f++)
    c->sources[f].hash = hash_source(c, &c->sources[f], state);
  XXH3_freeState(state);
}

/* ---- what is stored -------------------------------------------------------------------------- */

static bool drop_source(Store *s, int64_t id, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, "DELETE FROM source WHERE id = ?", err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, id);
  bool ok = db_step_done(s, st, err);
  sqlite3_finalize(st);
  return ok;
}

/* Sources without functions now, and any that are there twice, go. */
static bool match_stored(Store *s, Code *c, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, "SELECT id, path, hash FROM source", err);
  if (!st)
    return false;
  int64_t *gone = NULL;
  uint32_t ngone = 0, cap = 0;
  HpError step = {0};
  while (db_step_row(s, st, &step)) {
    const char *path = (const char *)sqlite3_column_text(st, 1);
    uint32_t file = path ? db_names_find(&c->files, path) : DB_NAME_NONE;
    Source *source = file == DB_NAME_NONE ? NULL : &c->sources[file];
    if (!source || source->id) {
      HP_GROW(gone, ngone, cap);
      gone[ngone++] = sqlite3_column_int64(st, 0);
      continue;
    }
    source->id = sqlite3_column_int64(st, 0);
    source->stored_hash = (uint64_t)sqlite3_column_int64(st, 2);
  }
  sqlite3_finalize(st);
  bool ok = !step.set || hp_fail(err, "%s", step.text);
  for (uint32_t i = 0; ok && i < ngone; i++)
    ok = drop_source(s, gone[i], err);
  free(gone);
  return ok;
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool writer_open(CodeWriter *w, Store *s, HpError *err) {
  w->source = db_prepare(s, "INSERT OR REPLACE INTO source VALUES (?, ?, ?)", err);
  w->function =
      db_prepare(s, "INSERT INTO source_function VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", err);
  w->loop = db_prepare(s, "INSERT INTO source_loop VALUES (?, ?, ?, ?, ?, ?)", err);
  return w->source && w->function && w->loop;
}

static void writer_close(CodeWriter *w) {
  sqlite3_finalize(w->source);
  sqlite3_finalize(w->function);
  sqlite3_finalize(w->loop);
}

/* Replacing a row takes its functions and loops along. */
static bool put_row(Store *s, const CodeWriter *w, Source *source, const char *path, HpError *err) {
  if (source->id)
    sqlite3_bind_int64(w->source, 1, source->id);
  else
    sqlite3_bind_null(w->source, 1);
  db_bind_text(w->source, 2, path);
  sqlite3_bind_int64(w->source, 3, (int64_t)source->hash);
  bool ok = db_step_done(s, w->source, err);
  source->id = sqlite3_last_insert_rowid(s->db);
  return ok;
}

static bool put_function(Store *s, const CodeWriter *w, int64_t source, uint32_t ordinal,
                         const DbFunction *f, HpError *err) {
  const int64_t numbers[] = {
      f->line, (int64_t)f->end_line - f->line, f->blocks, f->insns, f->loops, f->summary};
  sqlite3_bind_int64(w->function, 1, source);
  sqlite3_bind_int64(w->function, 2, ordinal);
  db_bind_text(w->function, 3, f->name);
  for (int k = 0; k < 6; k++)
    sqlite3_bind_int64(w->function, 4 + k, numbers[k]);
  return db_step_done(s, w->function, err);
}

/* `number` is the function's, `*ordinal` the next loop's. */
static bool put_loops(Store *s, const CodeWriter *w, const Code *c, const DbFunction *f,
                      int64_t source, uint32_t number, uint32_t *ordinal, HpError *err) {
  bool ok = true;
  for (uint32_t i = 0; ok && i < f->loops; i++) {
    const DbLoop *loop = &c->loops[f->first_loop + i];
    const int64_t numbers[] = {source, (*ordinal)++, number, loop->line, loop->depth};
    for (int k = 0; k < 5; k++)
      sqlite3_bind_int64(w->loop, 1 + k, numbers[k]);
    db_bind_text(w->loop, 6, trip_of(loop));
    ok = db_step_done(s, w->loop, err);
  }
  return ok;
}

static bool put_source(Store *s, const CodeWriter *w, const Code *c, uint32_t file, HpError *err) {
  Source *source = &c->sources[file];
  uint32_t nloops = 0;
  bool ok = put_row(s, w, source, c->files.items[file], err);
  for (uint32_t k = 0; ok && k < source->count; k++) {
    const DbFunction *f = &c->functions[c->order[source->first + k]];
    ok = put_function(s, w, source->id, k, f, err) &&
         put_loops(s, w, c, f, source->id, k, &nloops, err);
  }
  return ok;
}

static bool put_changed(Store *s, const Code *c, HpError *err) {
  CodeWriter w = {0};
  bool ok = writer_open(&w, s, err);
  for (uint32_t f = 0; ok && f < c->files.count; f++)
    if (!c->sources[f].id || c->sources[f].stored_hash != c->sources[f].hash)
      ok = put_source(s, &w, c, f, err);
  writer_close(&w);
  return ok;
}

bool store_put_functions(Store *s, const DbFunction *functions, uint32_t nfunctions,
                         const DbLoop *loops, HpError *err) {
  Code code = {.functions = functions, .nfunctions = nfunctions, .loops = loops};
  sort_by_file(&code);
  hash_sources(&code);
  DbScope scope;
  bool ok = db_scope_begin(s, &scope, err);
  if (ok) {
    ok = match_stored(s, &code, err) && put_changed(s, &code, err);
    ok = db_scope_end(s, &scope, ok, err);
  }
  db_names_free(&code.files);
  free(code.sources);
  free(code.order);
  return ok;
}
