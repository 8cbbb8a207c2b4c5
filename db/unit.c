/* The unit cache: unit records, and whether the files they were made from are still the same. */
#include "db/dictionary.h"
#include "db/names.h"
#include "ir/files.h"
#include "ir/serial.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zstd.h>

/* Units of one path that are kept: the same file with other flags. */
#define UNITS_PER_PATH 8

/* ---- writing a unit ----------------------------------------------------------------------------
 */

static void *compress_record(Store *s, const DbUnit *u, size_t *size, int64_t *dictionary,
                             HpError *err) {
  if (u->record_size > DB_MAX_BLOB) {
    hp_fail(err, "%s: its unit record is too large to be stored (%zu bytes)", u->path,
            u->record_size);
    return NULL;
  }
  HpBuf columns = {0};
  IrEnds ends = {0};
  DbBytes bytes = {.at = u->record, .size = u->record_size}; /* not a unit: as it is */
  if (ir_pack_record(&columns, &ends, u->record, u->record_size))
    bytes = (DbBytes){columns.text, columns.length, ends.items, ends.count};
  void *packed = db_compress(s, DB_RECORDS, &bytes, size, dictionary, err);
  hp_buf_free(&columns);
  free(ends.items);
  return packed;
}

/* Replaces the unit of that key; of the other units of that path only the newest are kept. */
static bool clear_old(Store *s, const DbUnit *u, HpError *err) {
  sqlite3_stmt *st = db_prepare(s,
                                "DELETE FROM unit WHERE key = ?1 OR id IN (SELECT id FROM unit "
                                "WHERE path = ?2 AND key <> ?1 ORDER BY stored_ns DESC, id DESC "
                                "LIMIT -1 OFFSET ?3)",
                                err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, (int64_t)u->key);
  db_bind_text(st, 2, u->path);
  sqlite3_bind_int(st, 3, UNITS_PER_PATH - 1);
  bool ok = db_step_done(s, st, err);
  sqlite3_finalize(st);
  if (ok && sqlite3_changes(s->db))
    s->units_replaced = true;
  return ok;
}

/* ---- texts in one block ------------------------------------------------------------------------
 */

void db_join_texts(HpBuf *out, char *const *texts, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    hp_buf_addn(out, texts[i], strlen(texts[i]) + 1);
}

void *db_pack_texts(char *const *texts, uint32_t count, size_t *size) {
  HpBuf all = {0};
  db_join_texts(&all, texts, count);
  size_t room = ZSTD_compressBound(all.length);
  void *packed = hp_malloc(room);
  *size = ZSTD_compress(packed, room, hp_buf_text(&all), all.length, 1);
  HP_ASSERT(!ZSTD_isError(*size));
  hp_buf_free(&all);
  return packed;
}

char *db_unpack_block(sqlite3_stmt *st, int column, const DbDictionary *dictionary, size_t *size) {
  const void *packed = sqlite3_column_blob(st, column);
  size_t packed_size = (size_t)sqlite3_column_bytes(st, column);
  unsigned long long full = packed ? ZSTD_getFrameContentSize(packed, packed_size) : 0;
  *size = 0;
  if (!packed || full > DB_MAX_BLOB)
    return NULL;
  char *all = hp_malloc(full + 1);
  all[full] = 0;
  if (!db_decompress(dictionary, packed, packed_size, all, full) || (full && all[full - 1])) {
    free(all);
    return NULL;
  }
  *size = full;
  return all;
}

char **db_unpack_texts(sqlite3_stmt *st, int column, const DbDictionary *dictionary,
                       uint32_t *count) {
  size_t size;
  char *all = db_unpack_block(st, column, dictionary, &size);
  uint32_t n = 0;
  *count = 0;
  if (!all)
    return NULL;
  for (size_t i = 0; i < size; i++)
    n += !all[i];
  /* The pointers and, behind them, the texts. */
  char **texts = hp_malloc(n * sizeof *texts + size + 1);
  char *at = memcpy((char *)(texts + n), all, size + 1);
  free(all);
  for (; *count < n; at += strlen(at) + 1)
    texts[(*count)++] = at;
  return texts;
}

/* ---- files and look-ups ------------------------------------------------------------------------
 */

/* Most files of a unit are headers that another unit of this run brought: they are found, which is
 * much cheaper than an insertion that comes to nothing. */
bool db_file_rows(Store *s, DbFileRows *rows, HpError *err) {
  rows->find = db_prepare(s,
                          "SELECT id, seen_ns >= ?5 FROM file WHERE hash = ?4 AND path = ?1 AND "
                          "size = ?2 AND mtime_ns = ?3",
                          err);
  rows->renew = db_prepare(s, "UPDATE file SET seen_ns = ? WHERE id = ?", err);
  rows->insert = db_prepare(
      s, "INSERT INTO file (path, size, mtime_ns, hash, seen_ns) VALUES (?, ?, ?, ?, ?)", err);
  return rows->find && rows->renew && rows->insert;
}

void db_file_rows_free(DbFileRows *rows) {
  sqlite3_finalize(rows->find);
  sqlite3_finalize(rows->renew);
  sqlite3_finalize(rows->insert);
}

static void bind_file(Store *s, sqlite3_stmt *st, const DbFileStamp *f) {
  db_bind_text(st, 1, f->path);
  sqlite3_bind_int64(st, 2, f->hash ? f->size : 0);
  sqlite3_bind_int64(st, 3, f->hash ? f->mtime_ns : 0);
  sqlite3_bind_int64(st, 4, (int64_t)f->hash);
  sqlite3_bind_int64(st, 5, s->opened_ns);
}

int64_t db_file_id(Store *s, const DbFileRows *rows, const DbFileStamp *f, HpError *err) {
  HpError step = {0};
  bind_file(s, rows->find, f);
  bool there = db_step_row(s, rows->find, &step), renewed = true;
  int64_t id = there ? sqlite3_column_int64(rows->find, 0) : 0;
  if (there)
    renewed = sqlite3_column_int(rows->find, 1);
  sqlite3_reset(rows->find);
  if (step.set) {
    hp_fail(err, "%s", step.text);
    return 0;
  }
  if (!there) {
    bind_file(s, rows->insert, f);
    return db_step_done(s, rows->insert, err) ? sqlite3_last_insert_rowid(s->db) : 0;
  }
  if (renewed)
    return id;
  sqlite3_bind_int64(rows->renew, 1, s->opened_ns);
  sqlite3_bind_int64(rows->renew, 2, id);
  return db_step_done(s, rows->renew, err) ? id : 0;
}

static int compare_ids(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

void db_list_files(HpBuf *out, DbIds *ids) {
  int64_t last = 0;
  if (ids->count)
    qsort(ids->items, ids->count, sizeof *ids->items, compare_ids);
  hp_buf_addc(out, '[');
  for (uint32_t i = 0; i < ids->count; i++) {
    if (ids->items[i] != last)
      hp_buf_addf(out, "%s%lld", last ? "," : "", (long long)ids->items[i]);
    last = ids->items[i];
  }
  hp_buf_addc(out, ']');
}

static bool list_files(Store *s, const DbUnit *u, HpBuf *list, HpError *err) {
  DbFileRows files;
  bool ok = db_file_rows(s, &files, err);
  DbIds ids = {hp_calloc(u->nfiles, sizeof *ids.items), u->nfiles, u->nfiles};
  for (uint32_t i = 0; ok && i < u->nfiles; i++)
    ok = (ids.items[i] = db_file_id(s, &files, &u->files[i], err)) != 0;
  if (ok)
    db_list_files(list, &ids);
  db_file_rows_free(&files);
  free(ids.items);
  return ok;
}

static bool insert_unit(Store *s, const DbUnit *u, const char *files, int64_t *id, HpError *err) {
  size_t packed_size = 0;
  void *packed = NULL;
  int64_t dictionary = 0;
  if (u->record && !(packed = compress_record(s, u, &packed_size, &dictionary, err)))
    return false;
  sqlite3_stmt *st =
      db_prepare(s,
                 "INSERT INTO unit (key, path, status, reason, stored_ns, record, "
                 "record_size, record_hash, dictionary, files) VALUES (?, ?, ?, ?, ?, ?, ?, ?, "
                 "?, ?)",
                 err);
  bool ok = st;
  if (st) {
    sqlite3_bind_int64(st, 1, (int64_t)u->key);
    db_bind_text(st, 2, u->path);
    db_bind_text(st, 3, u->status);
    db_bind_text(st, 4, u->reason);
    sqlite3_bind_int64(st, 5, s->opened_ns);
    if (packed)
      sqlite3_bind_blob64(st, 6, packed, packed_size, SQLITE_STATIC);
    sqlite3_bind_int64(st, 7, (int64_t)(packed ? u->record_size : 0));
    sqlite3_bind_int64(st, 8, packed ? (int64_t)XXH3_64bits(u->record, u->record_size) : 0);
    sqlite3_bind_int64(st, 9, dictionary);
    db_bind_text(st, 10, files);
    ok = db_step_done(s, st, err);
    *id = sqlite3_last_insert_rowid(s->db);
  }
  sqlite3_finalize(st);
  free(packed);
  return ok;
}

static bool insert_lookups(Store *s, const DbUnit *u, int64_t unit_id, HpError *err) {
  if (!u->nmissing && !u->nabsent)
    return true;
  sqlite3_stmt *st = db_prepare(s, "INSERT INTO unit_lookup VALUES (?, ?, ?, ?)", err);
  if (!st)
    return false;
  HpBuf missing = {0}, absent = {0};
  bool vain = true;
  for (uint32_t i = 0; i < u->nabsent; i++)
    vain &= db_note_vain(s, u->absent[i]);
  if (vain)
    db_noted_vain(s, unit_id);
  for (uint32_t i = 0; i < u->nmissing; i++)
    hp_buf_addf(&missing, "%s%s", i ? "\n" : "", u->missing[i]);
  db_join_texts(&absent, u->absent, u->nabsent);
  size_t size;
  int64_t dictionary;
  const DbBytes bytes = {.at = hp_buf_text(&absent), .size = absent.length};
  void *packed = db_compress(s, DB_LOOKUPS, &bytes, &size, &dictionary, err);
  sqlite3_bind_int64(st, 1, unit_id);
  db_bind_text(st, 2, hp_buf_text(&missing));
  sqlite3_bind_blob64(st, 3, packed, size, SQLITE_STATIC);
  sqlite3_bind_int64(st, 4, dictionary);
  bool ok = packed && db_step_done(s, st, err);
  sqlite3_finalize(st);
  free(packed);
  hp_buf_free(&absent);
  hp_buf_free(&missing);
  return ok;
}

/* A unit with another list of files; `*id` stays 0 when its record is not the one that is stored.
 */
static bool update_unit(Store *s, const DbUnit *u, const char *files, int64_t *id, HpError *err) {
  sqlite3_stmt *st = db_prepare(s,
                                "UPDATE unit SET files = ?, stored_ns = ? WHERE key = ? AND "
                                "record_size = ? AND record_hash = ? AND status = ? RETURNING id",
                                err);
  if (!st)
    return false;
  db_bind_text(st, 1, files);
  sqlite3_bind_int64(st, 2, s->opened_ns);
  sqlite3_bind_int64(st, 3, (int64_t)u->key);
  sqlite3_bind_int64(st, 4, (int64_t)u->record_size);
  sqlite3_bind_int64(st, 5, (int64_t)XXH3_64bits(u->record, u->record_size));
  db_bind_text(st, 6, u->status);
  HpError step = {0};
  if (db_step_row(s, st, &step))
    *id = sqlite3_column_int64(st, 0);
  sqlite3_finalize(st);
  s->units_replaced |= *id != 0;
  return !step.set || hp_fail(err, "%s", step.text);
}

static bool drop_lookups(Store *s, int64_t unit_id, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, "DELETE FROM unit_lookup WHERE unit_id = ?", err);
  bool ok = st && !sqlite3_bind_int64(st, 1, unit_id) && db_step_done(s, st, err);
  sqlite3_finalize(st);
  return ok;
}

bool store_put_unit(Store *s, const DbUnit *unit, HpError *err) {
  DbScope scope;
  int64_t id = 0;
  if (!db_scope_begin(s, &scope, err))
    return false;
  HpBuf files = {0};
  bool ok = list_files(s, unit, &files, err) &&
            (!unit->same || !unit->record || update_unit(s, unit, files.text, &id, err));
  if (ok)
    ok = id ? drop_lookups(s, id, err)
            : clear_old(s, unit, err) && insert_unit(s, unit, files.text, &id, err);
  ok = ok && insert_lookups(s, unit, id, err);
  hp_buf_free(&files);
  return db_scope_end(s, &scope, ok, err);
}

bool store_former_record(Store *s, uint64_t key, size_t *size, uint64_t *hash, HpError *err) {
  *size = 0;
  *hash = 0;
  sqlite3_stmt *st = db_prepare(
      s, "SELECT record_size, record_hash FROM unit WHERE key = ? AND status = 'ok'", err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, (int64_t)key);
  HpError step = {0};
  if (db_step_row(s, st, &step)) {
    *size = (size_t)sqlite3_column_int64(st, 0);
    *hash = (uint64_t)sqlite3_column_int64(st, 1);
  }
  sqlite3_finalize(st);
  return !step.set || hp_fail(err, "%s", step.text);
}

/* ---- reading a unit ----------------------------------------------------------------------------
 */

int64_t db_next_file(const char **at, bool *bad) {
  if (**at == ']' || !strcmp(*at, "[]"))
    return 0;
  enum { MOST_DIGITS = 18 };
  const char *end = *at + 1;
  int64_t id = 0;
  for (; *end >= '0' && *end <= '9' && end - *at <= MOST_DIGITS; end++)
    id = id * 10 + (*end - '0');
  *bad = (**at != '[' && **at != ',') || id <= 0 || (*end != ',' && *end != ']');
  *at = end;
  return *bad ? 0 : id;
}

/* Are all files of the unit as it read them? `out` gets them when it is to have them. */
static bool read_files(Store *s, const char *list, DbUnit *out, bool *valid, HpError *err) {
  uint32_t cap = 0;
  bool bad = !list;
  HpError step = {0};
  *valid = true;
  for (int64_t id; *valid && !bad && (id = db_next_file(&list, &bad));) {
    const DbFileStamp *f = db_file_row(s, id, valid, &step);
    if (!*valid || !out)
      continue;
    HP_GROW(out->files, out->nfiles, cap);
    out->files[out->nfiles] = *f;
    out->files[out->nfiles++].path = hp_strdup(f->path);
  }
  *valid = *valid && !bad;
  return !step.set || hp_fail(err, "%s", step.text);
}

static void split_missing(const char *text, DbUnit *out) {
  uint32_t cap = 0;
  while (text && *text) {
    size_t length = strcspn(text, "\n");
    HP_GROW(out->missing, out->nmissing, cap);
    out->missing[out->nmissing++] = hp_strndup(text, length);
    text += length + (text[length] == '\n');
  }
}

bool store_check_lookups(Store *s, DbUnit *out, bool *valid, HpError *err) {
  *valid = true;
  sqlite3_stmt *st =
      db_keep(s, DB_KEPT_LOOKUPS,
              "SELECT missing, absent, dictionary FROM unit_lookup WHERE unit_id = ?", err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, out->id);
  HpError step = {0};
  if (db_step_row(s, st, &step)) {
    split_missing((const char *)sqlite3_column_text(st, 0), out);
    size_t size;
    char *absent = db_unpack_block(st, 1, db_dictionary(s, sqlite3_column_int64(st, 2)), &size);
    *valid = absent != NULL;
    for (const char *at = absent; *valid && at < absent + size; at += strlen(at) + 1)
      *valid = db_note_vain(s, at);
    if (*valid)
      db_noted_vain(s, out->id);
    free(absent);
  }
  sqlite3_reset(st);
  return !step.set || hp_fail(err, "%s", step.text);
}

void *db_unit_unpack(const DbUnit *u, HpArena *arena) {
  unsigned long long size = u->packed ? ZSTD_getFrameContentSize(u->packed, u->packed_size) : 0;
  if (!u->packed || u->record_size > DB_MAX_BLOB || size > DB_MAX_BLOB)
    return NULL;
  char *columns = hp_malloc(size);
  void *record = hp_arena_alloc(arena, u->record_size);
  bool ok = db_decompress(u->dictionary, u->packed, u->packed_size, columns, size) &&
            (ir_unpack_record(columns, size, record, u->record_size) ||
             (size == u->record_size && memcpy(record, columns, size))) &&
            XXH3_64bits(record, u->record_size) == u->record_hash;
  free(columns);
  return ok ? record : NULL;
}

static char *column_heap(sqlite3_stmt *st, int column) {
  const char *text = (const char *)sqlite3_column_text(st, column);
  return text ? hp_strdup(text) : NULL;
}

bool store_find_unit(Store *s, uint64_t key, bool with_files, DbUnit *out, bool *found,
                     HpError *err) {
  *out = (DbUnit){.key = key};
  *found = false;
  sqlite3_stmt *st = db_keep(
      s, DB_KEPT_UNIT,
      "SELECT id, path, status, reason, record_size, record_hash, record IS NULL, files FROM unit "
      "WHERE key = ?",
      err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, (int64_t)key);
  HpError step = {0};
  bool ok = true;
  if (db_step_row(s, st, &step)) {
    out->id = sqlite3_column_int64(st, 0);
    ok = read_files(s, (const char *)sqlite3_column_text(st, 7), with_files ? out : NULL, found,
                    &step);
    if (ok && *found) {
      out->path = column_heap(st, 1);
      out->status = column_heap(st, 2);
      out->reason = column_heap(st, 3);
      out->record_size = (size_t)sqlite3_column_int64(st, 4);
      out->record_hash = (uint64_t)sqlite3_column_int64(st, 5);
      *found = out->path && out->status && !sqlite3_column_int(st, 6) == !!out->record_size;
    }
  }
  sqlite3_reset(st);
  if (!*found)
    db_unit_free(out);
  return !step.set || hp_fail(err, "%s", step.text);
}

bool store_read_packed(Store *s, DbUnit *u, HpError *err) {
  sqlite3_stmt *st = db_keep(s, DB_KEPT_RECORD,
                             "SELECT record, dictionary FROM unit WHERE id = ? AND key = ?", err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, u->id);
  sqlite3_bind_int64(st, 2, (int64_t)u->key);
  HpError step = {0};
  if (db_step_row(s, st, &step)) {
    const void *packed = sqlite3_column_blob(st, 0);
    u->packed_size = (size_t)sqlite3_column_bytes(st, 0);
    if (packed)
      u->packed = memcpy(hp_malloc(u->packed_size), packed, u->packed_size);
    u->dictionary = db_dictionary(s, sqlite3_column_int64(st, 1));
  }
  sqlite3_reset(st);
  return !step.set || hp_fail(err, "%s", step.text);
}

/* A damaged record is no error: the unit is analysed again and replaced. */
static bool take_record(DbUnit *u) {
  if (!u->record_size)
    return true;
  HpArena *arena = hp_arena_new();
  const void *record = db_unit_unpack(u, arena);
  if (record)
    u->record = memcpy(hp_malloc(u->record_size), record, u->record_size);
  hp_arena_free(arena);
  return record;
}

bool store_get_unit(Store *s, uint64_t key, DbUnit *out, bool *found, HpError *err) {
  bool ok = store_find_unit(s, key, true, out, found, err);
  ok = ok && (!*found || store_check_lookups(s, out, found, err));
  ok = ok && (!*found || store_read_packed(s, out, err));
  *found = ok && *found && take_record(out);
  if (!*found)
    db_unit_free(out);
  return ok;
}

void db_unit_free(DbUnit *u) {
  for (uint32_t i = 0; i < u->nfiles; i++)
    free(u->files[i].path);
  free(u->files);
  for (uint32_t i = 0; i < u->nmissing; i++)
    free(u->missing[i]);
  free(u->missing);
  free(u->path);
  free(u->status);
  free(u->reason);
  free(u->record);
  free(u->packed);
  *u = (DbUnit){0};
}

/* ---- files of units that are gone --------------------------------------------------------------
 */

static bool find_all(Store *s, DbIds *ids, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, "SELECT id FROM file ORDER BY id", err);
  HpError step = {0};
  while (st && db_step_row(s, st, &step)) {
    HP_GROW(ids->items, ids->count, ids->cap);
    ids->items[ids->count++] = sqlite3_column_int64(st, 0);
  }
  sqlite3_finalize(st);
  return st && (!step.set || hp_fail(err, "%s", step.text));
}

/* Marks what units read and answers rest on, in two sorted lists; a damaged list keeps all. */
static bool mark_used(Store *s, const int64_t *ids, uint32_t count, bool *used, HpError *err) {
  sqlite3_stmt *st =
      db_prepare(s, "SELECT files FROM unit UNION ALL SELECT files FROM answer", err);
  HpError step = {0};
  while (st && db_step_row(s, st, &step)) {
    const char *list = (const char *)sqlite3_column_text(st, 0);
    bool bad = !list;
    uint32_t k = 0;
    for (int64_t id; !bad && (id = db_next_file(&list, &bad));) {
      while (k < count && ids[k] < id)
        k++;
      if (k < count && ids[k] == id)
        used[k] = true;
    }
    if (bad)
      memset(used, true, count);
  }
  sqlite3_finalize(st);
  return st && (!step.set || hp_fail(err, "%s", step.text));
}

static bool drop_files(Store *s, const int64_t *ids, uint32_t count, const bool *used,
                       HpError *err) {
  sqlite3_stmt *st = db_prepare(s, "DELETE FROM file WHERE id = ?", err);
  bool ok = st;
  for (uint32_t i = 0; ok && i < count; i++) {
    sqlite3_bind_int64(st, 1, ids[i]);
    ok = used[i] || db_step_done(s, st, err);
  }
  sqlite3_finalize(st);
  return ok;
}

bool db_drop_files(Store *s, HpError *err) {
  DbIds all = {0};
  bool ok = find_all(s, &all, err);
  bool *used = hp_calloc(all.count, sizeof *used);
  ok = ok && (!all.count || (mark_used(s, all.items, all.count, used, err) &&
                             drop_files(s, all.items, all.count, used, err)));
  free(used);
  free(all.items);
  return ok;
}

/* ---- units of files that are gone --------------------------------------------------------------
 */

static bool find_gone(Store *s, const char *root, DbNames *gone, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, "SELECT DISTINCT path FROM unit", err);
  if (!st)
    return false;
  HpError step = {0};
  while (db_step_row(s, st, &step)) {
    const char *name = (const char *)sqlite3_column_text(st, 0);
    char *path = hp_path_in(root, name ? name : "");
    if (db_absent(s, path))
      db_names_add(gone, name ? name : "", NULL);
    free(path);
  }
  sqlite3_finalize(st);
  return !step.set || hp_fail(err, "%s", step.text);
}

static bool drop_units(Store *s, const DbNames *gone, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, "DELETE FROM unit WHERE path = ?", err);
  bool ok = st;
  for (uint32_t i = 0; ok && i < gone->count; i++) {
    db_bind_text(st, 1, gone->items[i]);
    ok = db_step_done(s, st, err);
    s->units_replaced = true;
  }
  sqlite3_finalize(st);
  return ok;
}

bool store_drop_gone(Store *s, const char *root, HpError *err) {
  DbNames gone = {0};
  bool ok = find_gone(s, root, &gone, err) && (!gone.count || drop_units(s, &gone, err));
  db_names_free(&gone);
  return ok;
}

void store_tidy(Store *s) {
  DbScope scope;
  HpError ignored = {0}; /* the next run tidies up */
  if (!s->units_replaced || !db_scope_begin(s, &scope, &ignored))
    return;
  bool ok = db_drop_files(s, &ignored) && db_drop_dictionaries(s, &ignored);
  db_scope_end(s, &scope, ok, &ignored);
  s->units_replaced = false;
}
