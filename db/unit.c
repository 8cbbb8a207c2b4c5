/* The unit cache: unit records, and whether the files they were made from are still the same.
 *
 * A file is looked at once per open store: a run sees one state of the tree, and a header that a
 * thousand units share costs one stat. A content hash is only computed when the modification time
 * changed, or when it is so young that the file may have been written while it was analysed. */
#include "db/internal.h"
#include "db/names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>
#include <zstd.h>

/* Clocks of file systems are coarse: up to two seconds (FAT). */
#define CLOCK_GRAIN_NS INT64_C(2000000000)
/* Units of one path that are kept: the same file with other flags. */
#define UNITS_PER_PATH 8

/* ---- what the tree looks like now --------------------------------------------------------------
 */

typedef struct Seen {
  int64_t size, mtime_ns;
  bool exists, hashed, failed;
  uint64_t hash;
} Seen;

/* A stored stamp that a hash has proven right: written back so that the next run need not hash. */
typedef struct Renewal {
  int64_t file_id, mtime_ns;
} Renewal;

typedef struct FileCache {
  DbNames paths;
  Seen *seen; /* one a path */
  uint32_t cap;
  Renewal *renewals;
  uint32_t nrenewals, renewals_cap;
} FileCache;

static void look(const char *path, Seen *f) {
  struct stat st;
  f->exists = stat(path, &st) == 0 && S_ISREG(st.st_mode);
  if (!f->exists)
    return;
  f->size = st.st_size;
  f->mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

static Seen *file_now(Store *s, const char *path) {
  if (!s->files)
    s->files = hp_calloc(1, sizeof *s->files);
  FileCache *c = s->files;
  bool fresh;
  uint32_t at = db_names_add(&c->paths, path, &fresh);
  if (fresh) {
    HP_GROW(c->seen, at, c->cap);
    c->seen[at] = (Seen){0};
    look(path, &c->seen[at]);
  }
  return &c->seen[at];
}

/* False when it cannot be read. O_NONBLOCK: it may have become a pipe since we looked. */
static bool hash_now(const char *path, Seen *f) {
  if (f->hashed || f->failed)
    return f->hashed;
  f->failed = true;
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return false;
  XXH3_state_t *state = XXH3_createState();
  char *block = hp_malloc(64 * 1024);
  XXH3_64bits_reset(state);
  ssize_t got;
  while ((got = read(fd, block, 64 * 1024)) > 0)
    XXH3_64bits_update(state, block, (size_t)got);
  f->hash = XXH3_64bits_digest(state);
  f->hashed = got == 0;
  f->failed = !f->hashed;
  free(block);
  XXH3_freeState(state);
  close(fd);
  return f->hashed;
}

static bool unchanged(Store *s, int64_t file_id, const char *path, const DbFileStamp *stamp,
                      int64_t seen_ns) {
  Seen *f = file_now(s, path);
  if (!stamp->hash || !f->exists)
    return !stamp->hash && !f->exists;
  if (f->size != stamp->size)
    return false;
  if (f->mtime_ns == stamp->mtime_ns && f->mtime_ns < seen_ns - CLOCK_GRAIN_NS)
    return true;
  if (!hash_now(path, f) || f->hash != stamp->hash)
    return false;
  FileCache *c = s->files;
  HP_GROW(c->renewals, c->nrenewals, c->renewals_cap);
  c->renewals[c->nrenewals++] = (Renewal){file_id, f->mtime_ns};
  return true;
}

/* Best effort: without it the next run hashes again. */
static void write_renewals(Store *s) {
  FileCache *c = s->files;
  DbScope scope;
  if (!c->nrenewals || !db_scope_begin(s, &scope, NULL))
    return;
  sqlite3_stmt *st = db_prepare(
      s, "UPDATE OR IGNORE file SET mtime_ns = ?2, seen_ns = max(seen_ns, ?3) WHERE id = ?1", NULL);
  bool ok = st;
  for (uint32_t i = 0; ok && i < c->nrenewals; i++) {
    sqlite3_bind_int64(st, 1, c->renewals[i].file_id);
    sqlite3_bind_int64(st, 2, c->renewals[i].mtime_ns);
    sqlite3_bind_int64(st, 3, s->opened_ns);
    ok = db_step_done(s, st, NULL);
  }
  sqlite3_finalize(st);
  db_scope_end(s, &scope, ok, NULL);
}

void db_files_free(Store *s) {
  FileCache *c = s->files;
  if (!c)
    return;
  write_renewals(s);
  db_names_free(&c->paths);
  free(c->seen);
  free(c->renewals);
  free(c);
  s->files = NULL;
}

/* ---- writing a unit ----------------------------------------------------------------------------
 */

static void *compress_record(const DbUnit *u, size_t *size, HpError *err) {
  if (u->record_size > DB_MAX_BLOB) {
    hp_fail(err, "%s: its unit record is too large to be stored (%zu bytes)", u->path,
            u->record_size);
    return NULL;
  }
  size_t room = ZSTD_compressBound(u->record_size);
  void *bytes = hp_malloc(room);
  *size = ZSTD_compress(bytes, room, u->record, u->record_size, 3);
  HP_ASSERT(!ZSTD_isError(*size));
  return bytes;
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

static bool insert_unit(Store *s, const DbUnit *u, int64_t *id, HpError *err) {
  size_t packed_size = 0;
  void *packed = NULL;
  if (u->record && !(packed = compress_record(u, &packed_size, err)))
    return false;
  sqlite3_stmt *st = db_prepare(s,
                                "INSERT INTO unit (key, path, status, reason, stored_ns, record, "
                                "record_size, record_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
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
    ok = db_step_done(s, st, err);
    *id = sqlite3_last_insert_rowid(s->db);
  }
  sqlite3_finalize(st);
  free(packed);
  return ok;
}

static bool insert_files(Store *s, const DbUnit *u, int64_t unit_id, HpError *err) {
  sqlite3_stmt *file =
      db_prepare(s,
                 "INSERT INTO file (path, size, mtime_ns, hash, seen_ns) VALUES (?, ?, ?, ?, ?) ON "
                 "CONFLICT DO UPDATE SET seen_ns = max(seen_ns, excluded.seen_ns) RETURNING id",
                 err);
  sqlite3_stmt *link =
      db_prepare(s, "INSERT OR IGNORE INTO unit_file (unit_id, file_id) VALUES (?, ?)", err);
  bool ok = file && link;
  for (uint32_t i = 0; ok && i < u->nfiles; i++) {
    const DbFileStamp *f = &u->files[i];
    db_bind_text(file, 1, f->path);
    sqlite3_bind_int64(file, 2, f->hash ? f->size : 0);
    sqlite3_bind_int64(file, 3, f->hash ? f->mtime_ns : 0);
    sqlite3_bind_int64(file, 4, (int64_t)f->hash);
    sqlite3_bind_int64(file, 5, s->opened_ns);
    ok = db_step_row(s, file, err);
    if (!ok)
      break;
    sqlite3_bind_int64(link, 1, unit_id);
    sqlite3_bind_int64(link, 2, sqlite3_column_int64(file, 0));
    sqlite3_reset(file);
    ok = db_step_done(s, link, err);
  }
  sqlite3_finalize(file);
  sqlite3_finalize(link);
  return ok;
}

bool store_put_unit(Store *s, const DbUnit *unit, HpError *err) {
  DbScope scope;
  int64_t id = 0;
  if (!db_scope_begin(s, &scope, err))
    return false;
  bool ok =
      clear_old(s, unit, err) && insert_unit(s, unit, &id, err) && insert_files(s, unit, id, err);
  return db_scope_end(s, &scope, ok, err);
}

/* ---- reading a unit ----------------------------------------------------------------------------
 */

/* All files of the unit, compared as they are read; `*valid` false at the first that changed. */
static bool read_files(Store *s, int64_t unit_id, DbUnit *out, bool *valid, HpError *err) {
  sqlite3_stmt *st = db_prepare(s,
                                "SELECT f.id, f.path, f.size, f.mtime_ns, f.hash, f.seen_ns FROM "
                                "unit_file u JOIN file f ON f.id = u.file_id WHERE u.unit_id = ?",
                                err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, unit_id);
  uint32_t cap = 0;
  HpError step = {0};
  *valid = true;
  while (*valid && db_step_row(s, st, &step)) {
    const char *path = (const char *)sqlite3_column_text(st, 1);
    DbFileStamp f = {NULL, sqlite3_column_int64(st, 2), sqlite3_column_int64(st, 3),
                     (uint64_t)sqlite3_column_int64(st, 4)};
    *valid =
        path && unchanged(s, sqlite3_column_int64(st, 0), path, &f, sqlite3_column_int64(st, 5));
    if (!*valid)
      break;
    f.path = hp_strdup(path);
    HP_GROW(out->files, out->nfiles, cap);
    out->files[out->nfiles++] = f;
  }
  sqlite3_finalize(st);
  return !step.set || hp_fail(err, "%s", step.text);
}

/* The record of the row at hand; false when it is not what was stored. */
static bool unpack_record(sqlite3_stmt *st, int column, int64_t size, uint64_t hash, DbUnit *out) {
  const void *packed = sqlite3_column_blob(st, column);
  size_t packed_size = (size_t)sqlite3_column_bytes(st, column);
  if (!packed)
    return size == 0;
  if (size < 0 || (uint64_t)size > DB_MAX_BLOB ||
      ZSTD_getFrameContentSize(packed, packed_size) != (unsigned long long)size)
    return false;
  out->record = hp_malloc((size_t)size);
  out->record_size = (size_t)size;
  return ZSTD_decompress(out->record, (size_t)size, packed, packed_size) == (size_t)size &&
         XXH3_64bits(out->record, (size_t)size) == hash;
}

static char *column_heap(sqlite3_stmt *st, int column) {
  const char *text = (const char *)sqlite3_column_text(st, column);
  return text ? hp_strdup(text) : NULL;
}

bool store_get_unit(Store *s, uint64_t key, DbUnit *out, bool *found, HpError *err) {
  *out = (DbUnit){.key = key};
  *found = false;
  sqlite3_stmt *st = db_prepare(
      s,
      "SELECT id, path, status, reason, record_size, record_hash, record FROM unit WHERE key = ?",
      err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, (int64_t)key);
  HpError step = {0};
  bool ok = true;
  if (db_step_row(s, st, &step)) {
    ok = read_files(s, sqlite3_column_int64(st, 0), out, found, &step);
    if (ok && *found) {
      out->path = column_heap(st, 1);
      out->status = column_heap(st, 2);
      out->reason = column_heap(st, 3);
      /* A damaged record is no error: the unit is analysed again and replaced. */
      *found = out->path && out->status &&
               unpack_record(st, 6, sqlite3_column_int64(st, 4),
                             (uint64_t)sqlite3_column_int64(st, 5), out);
    }
  }
  sqlite3_finalize(st);
  if (!*found)
    db_unit_free(out);
  return !step.set || hp_fail(err, "%s", step.text);
}

void db_unit_free(DbUnit *u) {
  for (uint32_t i = 0; i < u->nfiles; i++)
    free(u->files[i].path);
  free(u->files);
  free(u->path);
  free(u->status);
  free(u->reason);
  free(u->record);
  *u = (DbUnit){0};
}

/* ---- functions and loops -----------------------------------------------------------------------
 */

static bool insert_functions(Store *s, const DbFunction *functions, uint32_t n, HpError *err) {
  sqlite3_stmt *st = db_prepare(s,
                                "INSERT INTO function (name, file, line, end_line, blocks, insns, "
                                "loops, summary) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                                err);
  bool ok = st;
  for (uint32_t i = 0; ok && i < n; i++) {
    const DbFunction *f = &functions[i];
    const uint32_t numbers[] = {f->line, f->end_line, f->blocks, f->insns, f->loops, f->summary};
    db_bind_text(st, 1, f->name);
    db_bind_text(st, 2, f->file);
    for (int k = 0; k < 6; k++)
      sqlite3_bind_int64(st, 3 + k, numbers[k]);
    ok = db_step_done(s, st, err);
  }
  sqlite3_finalize(st);
  return ok;
}

static bool insert_loops(Store *s, const DbLoop *loops, uint32_t n, HpError *err) {
  sqlite3_stmt *st = db_prepare(
      s, "INSERT INTO loop (function, file, line, depth, trip) VALUES (?, ?, ?, ?, ?)", err);
  bool ok = st;
  for (uint32_t i = 0; ok && i < n; i++) {
    db_bind_text(st, 1, loops[i].function);
    db_bind_text(st, 2, loops[i].file);
    sqlite3_bind_int64(st, 3, loops[i].line);
    sqlite3_bind_int64(st, 4, loops[i].depth);
    db_bind_text(st, 5, loops[i].trip ? loops[i].trip : "?");
    ok = db_step_done(s, st, err);
  }
  sqlite3_finalize(st);
  return ok;
}

bool store_put_functions(Store *s, const DbFunction *functions, uint32_t nfunctions,
                         const DbLoop *loops, uint32_t nloops, HpError *err) {
  DbScope scope;
  if (!db_scope_begin(s, &scope, err))
    return false;
  bool ok = db_exec(s, "DELETE FROM function; DELETE FROM loop", err) &&
            insert_functions(s, functions, nfunctions, err) && insert_loops(s, loops, nloops, err);
  return db_scope_end(s, &scope, ok, err);
}
