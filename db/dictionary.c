#include "db/dictionary.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { LEVEL = 9, MOST = 2 << 20 /* bytes of a dictionary */, LEAST_BLOCK = 4096 };
/* The tables of a dictionary for LEVEL cost more than a few blocks take: these are packed quickly.
 * So is what comes before there is one, and is packed again against it; a single large unit, which
 * never is, takes 5% more room and is not waited for. */
enum { QUICK_LEVEL = 3, FEW_BLOCKS = 3 };
/* As many bytes are to be seen before one is made, and as many blocks: for a single unit there
 * is nothing that it would save. */
static const size_t least[DB_BLOCK_KINDS] = {400 << 10, 64 << 10};
enum { LEAST_BLOCKS = 2, SPARE = 4 };

struct DbDictionary {
  int64_t id;
  void *content;
  size_t size;
  _Atomic(ZSTD_DCtx *) spare[SPARE]; /* made before, not in use; any thread takes one */
  ZSTD_DDict *reads;
  ZSTD_CDict *writes; /* made for the first block after a few */
  unsigned blocks;    /* written against it */
};

/* Those of an open store. */
typedef struct DbDictionaries {
  DbDictionary **items;
  uint32_t count, cap;
  DbDictionary *current[DB_BLOCK_KINDS]; /* for new blocks */
  bool looked[DB_BLOCK_KINDS];
  HpBuf sample[DB_BLOCK_KINDS]; /* of which one will be made */
  uint32_t samples[DB_BLOCK_KINDS];
} DbDictionaries;

static DbDictionaries *all_of(Store *s) {
  if (!s->dictionaries)
    s->dictionaries = hp_calloc(1, sizeof *s->dictionaries);
  return s->dictionaries;
}

/* The content is taken. */
static DbDictionary *add(DbDictionaries *all, int64_t id, void *content, size_t size) {
  DbDictionary *d = hp_calloc(1, sizeof *d);
  *d = (DbDictionary){
      .id = id, .content = content, .size = size, .reads = ZSTD_createDDict(content, size)};
  HP_ASSERT(d->reads);
  HP_GROW(all->items, all->count, all->cap);
  return all->items[all->count++] = d;
}

/* ---- reading --------------------------------------------------------------------------------- */

static DbDictionary *read_row(DbDictionaries *all, sqlite3_stmt *st) {
  const void *packed = sqlite3_column_blob(st, 1);
  size_t packed_size = (size_t)sqlite3_column_bytes(st, 1);
  unsigned long long size = packed ? ZSTD_getFrameContentSize(packed, packed_size) : 0;
  if (!size || size > MOST)
    return NULL;
  void *content = hp_malloc(size);
  if (ZSTD_decompress(content, size, packed, packed_size) == size)
    return add(all, sqlite3_column_int64(st, 0), content, size);
  free(content);
  return NULL;
}

static DbDictionary *find(Store *s, int64_t id) {
  DbDictionaries *all = all_of(s);
  for (uint32_t i = 0; i < all->count; i++)
    if (all->items[i]->id == id)
      return all->items[i];
  HpError ignored = {0};
  sqlite3_stmt *st =
      id ? db_prepare(s, "SELECT id, content FROM dictionary WHERE id = ?", &ignored) : NULL;
  if (!st)
    return NULL;
  sqlite3_bind_int64(st, 1, id);
  DbDictionary *d = db_step_row(s, st, &ignored) ? read_row(all, st) : NULL;
  sqlite3_finalize(st);
  return d;
}

const DbDictionary *db_dictionary(Store *s, int64_t id) {
  return find(s, id);
}

static ZSTD_DCtx *take_context(DbDictionary *d) {
  ZSTD_DCtx *context = NULL;
  for (int i = 0; d && i < SPARE && !context; i++)
    context = atomic_exchange(&d->spare[i], NULL);
  if (!context)
    context = ZSTD_createDCtx();
  HP_ASSERT(context);
  return context;
}

static void give_back(DbDictionary *d, ZSTD_DCtx *context) {
  for (int i = 0; d && i < SPARE; i++) {
    ZSTD_DCtx *none = NULL;
    if (atomic_compare_exchange_strong(&d->spare[i], &none, context))
      return;
  }
  ZSTD_freeDCtx(context);
}

bool db_decompress(const DbDictionary *dictionary, const void *packed, size_t packed_size,
                   void *out, size_t size) {
  DbDictionary *d = (DbDictionary *)(uintptr_t)dictionary; /* of which only the spare ones change */
  ZSTD_DCtx *context = take_context(d);
  bool ok = ZSTD_decompress_usingDDict(context, out, size, packed, packed_size,
                                       d ? d->reads : NULL) == size;
  give_back(d, context);
  return ok;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* The newest of its kind. */
static void look_for_current(Store *s, DbBlockKind kind) {
  DbDictionaries *all = all_of(s);
  if (all->looked[kind])
    return;
  all->looked[kind] = true;
  HpError ignored = {0};
  sqlite3_stmt *st = db_prepare(s, "SELECT max(id) FROM dictionary WHERE kind = ?", &ignored);
  if (st) {
    sqlite3_bind_int64(st, 1, (int64_t)kind);
    if (db_step_row(s, st, &ignored))
      all->current[kind] = find(s, sqlite3_column_int64(st, 0));
  }
  sqlite3_finalize(st);
}

static void make_writing(DbDictionary *d) {
  if (!d->writes)
    d->writes = ZSTD_createCDict(d->content, d->size, LEVEL);
  HP_ASSERT(d->writes);
}

/* The bytes from `in->pos` up to `end`. */
static void compress_up_to(ZSTD_CCtx *context, ZSTD_outBuffer *out, ZSTD_inBuffer *in, size_t end,
                           ZSTD_EndDirective what) {
  in->size = end;
  size_t left = ZSTD_compressStream2(context, out, in, what);
  HP_ASSERT(!left && in->pos == end); /* there is room for all */
}

/* Columns differ in how often they use which byte: a block that ends where they do is coded by
 * their own frequencies. */
static size_t compress_with(const DbDictionary *d, void *out, size_t room, const DbBytes *bytes) {
  ZSTD_CCtx *context = ZSTD_createCCtx();
  HP_ASSERT(context);
  if (d && d->writes) {
    ZSTD_CCtx_refCDict(context, d->writes);
  } else {
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, QUICK_LEVEL);
    if (d)
      ZSTD_CCtx_refPrefix(context, d->content, d->size);
  }
  ZSTD_CCtx_setPledgedSrcSize(context, bytes->size);
  ZSTD_outBuffer to = {out, room, 0};
  ZSTD_inBuffer from = {bytes->at, 0, 0};
  for (size_t i = 0; i < bytes->nends; i++)
    if (bytes->ends[i] >= from.pos + LEAST_BLOCK && bytes->size >= bytes->ends[i] + LEAST_BLOCK)
      compress_up_to(context, &to, &from, bytes->ends[i], ZSTD_e_flush);
  compress_up_to(context, &to, &from, bytes->size, ZSTD_e_end);
  ZSTD_freeCCtx(context);
  return to.pos;
}

/* Each flush may add a block's head. */
static size_t compress_room(const DbBytes *bytes) {
  return ZSTD_compressBound(bytes->size) + 8 * bytes->nends;
}

/* A block of unknown origin that is none stays as it is. */
static bool pack_row(Store *s, DbDictionary *d, sqlite3_stmt *row, sqlite3_stmt *update,
                     HpError *err) {
  const void *old = sqlite3_column_blob(row, 1);
  size_t old_size = (size_t)sqlite3_column_bytes(row, 1);
  unsigned long long size = old ? ZSTD_getFrameContentSize(old, old_size) : 0;
  if (!size || size > DB_MAX_BLOB)
    return true;
  char *bytes = hp_malloc(size);
  const DbBytes all = {.at = bytes, .size = size};
  size_t room = compress_room(&all);
  char *packed = hp_malloc(room);
  bool ok = true;
  if (db_decompress(NULL, old, old_size, bytes, size)) {
    size_t packed_size = compress_with(d, packed, room, &all);
    sqlite3_bind_blob64(update, 1, packed, packed_size, SQLITE_STATIC);
    sqlite3_bind_int64(update, 2, d->id);
    sqlite3_bind_int64(update, 3, sqlite3_column_int64(row, 0));
    ok = db_step_done(s, update, err);
  }
  free(packed);
  free(bytes);
  return ok;
}

/* What was stored before there was a dictionary is in it: against it, next to nothing is left. */
static bool pack_again(Store *s, DbBlockKind kind, DbDictionary *d, HpError *err) {
  static const char *const rows[DB_BLOCK_KINDS] = {
      "SELECT id, record FROM unit WHERE dictionary = 0",
      "SELECT unit_id, absent FROM unit_lookup WHERE dictionary = 0"};
  static const char *const updates[DB_BLOCK_KINDS] = {
      "UPDATE unit SET record = ?, dictionary = ? WHERE id = ?",
      "UPDATE unit_lookup SET absent = ?, dictionary = ? WHERE unit_id = ?"};
  sqlite3_stmt *row = db_prepare(s, rows[kind], err), *update = db_prepare(s, updates[kind], err);
  HpError step = {0};
  bool ok = row && update;
  while (ok && db_step_row(s, row, &step))
    ok = pack_row(s, d, row, update, err);
  sqlite3_finalize(row);
  sqlite3_finalize(update);
  return ok && (!step.set || hp_fail(err, "%s", step.text));
}

static bool make_current(Store *s, DbBlockKind kind, HpError *err) {
  DbDictionaries *all = all_of(s);
  HpBuf *sample = &all->sample[kind];
  size_t size = sample->length, room = ZSTD_compressBound(size);
  void *packed = hp_malloc(room);
  size_t packed_size = ZSTD_compress(packed, room, sample->text, size, LEVEL);
  HP_ASSERT(!ZSTD_isError(packed_size));
  sqlite3_stmt *st = db_prepare(s, "INSERT INTO dictionary (kind, content) VALUES (?, ?)", err);
  bool ok = st;
  if (st) {
    sqlite3_bind_int64(st, 1, (int64_t)kind);
    sqlite3_bind_blob64(st, 2, packed, packed_size, SQLITE_STATIC);
    ok = db_step_done(s, st, err);
  }
  sqlite3_finalize(st);
  free(packed);
  if (!ok)
    return false;
  DbDictionary *d = add(all, sqlite3_last_insert_rowid(s->db), hp_buf_take(sample), size);
  all->current[kind] = d;
  make_writing(d);
  return pack_again(s, kind, d, err);
}

/* What is compressed before there is a dictionary goes into it. */
static bool prepare(Store *s, DbBlockKind kind, const DbBytes *bytes, HpError *err) {
  DbDictionaries *all = all_of(s);
  look_for_current(s, kind);
  if (!all->current[kind]) {
    HpBuf *sample = &all->sample[kind];
    hp_buf_addn(sample, bytes->at,
                bytes->size < MOST - sample->length ? bytes->size : MOST - sample->length);
    if (++all->samples[kind] >= LEAST_BLOCKS && sample->length >= least[kind] &&
        !make_current(s, kind, err))
      return false;
  }
  if (all->current[kind] && all->current[kind]->blocks++ >= FEW_BLOCKS)
    make_writing(all->current[kind]);
  return true;
}

void *db_compress(Store *s, DbBlockKind kind, const DbBytes *bytes, size_t *packed_size,
                  int64_t *dictionary, HpError *err) {
  if (!prepare(s, kind, bytes, err))
    return NULL;
  DbDictionary *d = all_of(s)->current[kind];
  size_t room = compress_room(bytes);
  void *packed = hp_malloc(room);
  *packed_size = compress_with(d, packed, room, bytes);
  *dictionary = d ? d->id : 0;
  return packed;
}

bool db_drop_dictionaries(Store *s, HpError *err) {
  db_dictionaries_forget(s);
  return db_exec(s,
                 "DELETE FROM dictionary WHERE id NOT IN (SELECT dictionary FROM unit) AND id NOT "
                 "IN (SELECT dictionary FROM unit_lookup)",
                 err);
}

void db_dictionaries_forget(Store *s) {
  DbDictionaries *all = s->dictionaries;
  for (int kind = 0; all && kind < DB_BLOCK_KINDS; kind++) {
    all->current[kind] = NULL;
    all->looked[kind] = false;
  }
}

void db_dictionaries_free(Store *s) {
  DbDictionaries *all = s->dictionaries;
  if (!all)
    return;
  for (uint32_t i = 0; i < all->count; i++) {
    for (int k = 0; k < SPARE; k++)
      ZSTD_freeDCtx(all->items[i]->spare[k]);
    ZSTD_freeDDict(all->items[i]->reads);
    ZSTD_freeCDict(all->items[i]->writes);
    free(all->items[i]->content);
    free(all->items[i]);
  }
  for (int kind = 0; kind < DB_BLOCK_KINDS; kind++)
    hp_buf_free(&all->sample[kind]);
  free(all->items);
  free(all);
  s->dictionaries = NULL;
}
