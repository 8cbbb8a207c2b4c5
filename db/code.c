/* The functions and loops of the analysed code, by the file they are in: a run writes those of the
 * files in which something is another than before. Those of a file are one block, a list in JSON,
 * compressed: rows of their own would take three times the room. */
#include "db/json.h"
#include "db/names.h"
#include "db/parts.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zstd.h>

enum { LEVEL = 5 };

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

static json_t *loop_json(const DbLoop *loop) {
  return json_pack("[IIo]", (json_int_t)loop->line, (json_int_t)loop->depth,
                   db_json_text(trip_of(loop)));
}

static json_t *function_json(const Code *c, const DbFunction *f) {
  json_t *loops = json_array();
  for (uint32_t i = 0; i < f->loops; i++)
    json_array_append_new(loops, loop_json(&c->loops[f->first_loop + i]));
  return json_pack("[oIIIIIo]", db_json_text(f->name), (json_int_t)f->line,
                   (json_int_t)f->end_line - (json_int_t)f->line, (json_int_t)f->blocks,
                   (json_int_t)f->insns, (json_int_t)f->summary, loops);
}

/* Heap; `*size`: compressed. */
static void *pack_source(const Code *c, const Source *source, size_t *size) {
  json_t *functions = json_array();
  for (uint32_t k = 0; k < source->count; k++)
    json_array_append_new(functions, function_json(c, &c->functions[c->order[source->first + k]]));
  char *text = json_dumps(functions, JSON_COMPACT);
  HP_ASSERT(text);
  size_t length = strlen(text), room = ZSTD_compressBound(length);
  void *packed = hp_malloc(room);
  *size = ZSTD_compress(packed, room, text, length, LEVEL);
  HP_ASSERT(!ZSTD_isError(*size));
  free(text);
  json_decref(functions);
  return packed;
}

static bool put_source(Store *s, sqlite3_stmt *st, const Code *c, uint32_t file, HpError *err) {
  const Source *source = &c->sources[file];
  size_t size;
  void *packed = pack_source(c, source, &size);
  if (source->id)
    sqlite3_bind_int64(st, 1, source->id);
  else
    sqlite3_bind_null(st, 1);
  db_bind_text(st, 2, c->files.items[file]);
  sqlite3_bind_int64(st, 3, (int64_t)source->hash);
  sqlite3_bind_blob64(st, 4, packed, size, SQLITE_STATIC);
  bool ok = db_step_done(s, st, err);
  free(packed);
  return ok;
}

static bool put_changed(Store *s, const Code *c, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, "INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?)", err);
  bool ok = st;
  for (uint32_t f = 0; ok && f < c->files.count; f++)
    if (!c->sources[f].id || c->sources[f].stored_hash != c->sources[f].hash)
      ok = put_source(s, st, c, f, err);
  sqlite3_finalize(st);
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

/* ---- for queries ----------------------------------------------------------------------------- */

/* unpacked(block): its text; NULL when it is damaged. */
static void unpacked(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  const void *packed = sqlite3_value_blob(values[0]);
  size_t packed_size = (size_t)sqlite3_value_bytes(values[0]);
  unsigned long long size = packed ? ZSTD_getFrameContentSize(packed, packed_size) : 0;
  if (!size || size > DB_MAX_BLOB)
    return;
  char *text = hp_malloc(size);
  if (ZSTD_decompress(text, size, packed, packed_size) == size)
    sqlite3_result_text64(context, text, size, free, SQLITE_UTF8);
  else
    free(text);
}

bool db_code_functions(Store *s, HpError *err) {
  const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  return sqlite3_create_function_v2(s->db, "unpacked", 1, flags, NULL, unpacked, NULL, NULL,
                                    NULL) == SQLITE_OK ||
         db_fail(s, "open the database", err);
}
