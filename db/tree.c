/* What the tree looks like now, against what it looked like when something was made from it.
 *
 * A file is looked at once per open store: a run sees one state of the tree, and a header that a
 * thousand units share costs one stat. A content hash is only computed when the modification time
 * changed, or when it is so young that the file may have been written while it was analysed. */
#include "db/internal.h"
#include "db/names.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

/* Clocks of file systems are coarse: up to two seconds (FAT). */
#define CLOCK_GRAIN_NS INT64_C(2000000000)
typedef struct Seen {
  int64_t size, mtime_ns;
  bool exists, hashed, failed;
  bool vain; /* a unit looked for it in vain */
  uint64_t hash;
} Seen;

/* A stored stamp that a hash has proven right: written back so that the next run need not hash. */
typedef struct Renewal {
  int64_t file_id, mtime_ns;
} Renewal;

/* A row of the table `file`. */
typedef struct Row {
  int64_t id, seen_ns;
  DbFileStamp stamp;
  enum { NOT_LOOKED, HOLDS, CHANGED } state;
} Row;

typedef struct FileCache {
  Row *rows; /* by id */
  uint32_t nrows, rows_cap;
  DbNames paths;
  Seen *seen; /* one a path */
  uint32_t cap;
  Renewal *renewals;
  uint32_t nrenewals, renewals_cap;
  DbIds vain; /* units whose look-ups are all noted */
} FileCache;

static void look(const char *path, Seen *f) {
  struct stat st;
  f->exists = stat(path, &st) == 0 && S_ISREG(st.st_mode);
  if (!f->exists)
    return;
  f->size = st.st_size;
  f->mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

static FileCache *cache_of(Store *s) {
  if (!s->files)
    s->files = hp_calloc(1, sizeof *s->files);
  return s->files;
}

static Seen *file_now(Store *s, const char *path) {
  FileCache *c = cache_of(s);
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

bool db_unchanged(Store *s, int64_t file_id, const char *path, const DbFileStamp *stamp,
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

/* ---- rows of the table ----------------------------------------------------------------------- */

static void drop_rows(FileCache *c) {
  for (uint32_t i = 0; i < c->nrows; i++)
    free(c->rows[i].stamp.path);
  c->nrows = 0;
}

static bool read_rows(Store *s, FileCache *c, HpError *err) {
  sqlite3_stmt *st =
      db_prepare(s, "SELECT id, path, size, mtime_ns, hash, seen_ns FROM file ORDER BY id", err);
  if (!st)
    return false;
  drop_rows(c);
  HpError step = {0};
  while (db_step_row(s, st, &step)) {
    const char *path = (const char *)sqlite3_column_text(st, 1);
    HP_GROW(c->rows, c->nrows, c->rows_cap);
    c->rows[c->nrows++] = (Row){
        .id = sqlite3_column_int64(st, 0),
        .stamp = {hp_strdup(path ? path : ""), sqlite3_column_int64(st, 2),
                  sqlite3_column_int64(st, 3), (uint64_t)sqlite3_column_int64(st, 4)},
        .seen_ns = sqlite3_column_int64(st, 5),
    };
  }
  sqlite3_finalize(st);
  return !step.set || hp_fail(err, "%s", step.text);
}

static int by_id(const void *a, const void *b) {
  const Row *x = a, *y = b;
  return (x->id > y->id) - (x->id < y->id);
}

static Row *find_row(const FileCache *c, int64_t id) {
  Row key = {.id = id};
  return c->nrows ? bsearch(&key, c->rows, c->nrows, sizeof *c->rows, by_id) : NULL;
}

const DbFileStamp *db_file_row(Store *s, int64_t file_id, bool *holds, HpError *err) {
  static const DbFileStamp nothing;
  FileCache *c = cache_of(s);
  Row *row = find_row(c, file_id);
  *holds = false;
  if (!row) { /* the first, or one that was added since */
    if (!read_rows(s, c, err) || !(row = find_row(c, file_id)))
      return &nothing;
  }
  if (row->state == NOT_LOOKED)
    row->state =
        db_unchanged(s, file_id, row->stamp.path, &row->stamp, row->seen_ns) ? HOLDS : CHANGED;
  *holds = row->state == HOLDS;
  return &row->stamp;
}

void store_stamp(const char *path, DbFileStamp *out) {
  Seen f = {0};
  *out = (DbFileStamp){.path = hp_strdup(path)};
  look(path, &f);
  if (f.exists && hash_now(path, &f)) {
    out->size = f.size;
    out->mtime_ns = f.mtime_ns;
    out->hash = f.hash;
  }
}

bool db_absent(Store *s, const char *path) {
  return !file_now(s, path)->exists;
}

bool db_note_vain(Store *s, const char *path) {
  Seen *f = file_now(s, path);
  f->vain |= !f->exists;
  return !f->exists;
}

void db_noted_vain(Store *s, int64_t unit) {
  DbIds *ids = &cache_of(s)->vain;
  HP_GROW(ids->items, ids->count, ids->cap);
  ids->items[ids->count++] = unit;
}

static int compare_ids(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

void db_all_vain(Store *s, DbNames *paths, DbIds *units) {
  const FileCache *c = cache_of(s);
  for (uint32_t i = 0; i < c->paths.count; i++)
    if (c->seen[i].vain)
      db_names_add(paths, c->paths.items[i], NULL);
  for (uint32_t i = 0; i < c->vain.count; i++) {
    HP_GROW(units->items, units->count, units->cap);
    units->items[units->count++] = c->vain.items[i];
  }
  if (units->count)
    qsort(units->items, units->count, sizeof *units->items, compare_ids);
}

bool db_is_vain(const DbIds *units, int64_t unit) {
  return units->count &&
         bsearch(&unit, units->items, units->count, sizeof *units->items, compare_ids);
}

/* Best effort: without it the next run hashes again. */
static void write_renewals(Store *s) {
  FileCache *c = s->files;
  DbScope scope;
  if (!c->nrenewals || !db_scope_begin(s, &scope, NULL))
    return;
  sqlite3_stmt *st = db_prepare(
      s, "UPDATE file SET mtime_ns = ?2, seen_ns = max(seen_ns, ?3) WHERE id = ?1", NULL);
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
  drop_rows(c);
  free(c->rows);
  db_names_free(&c->paths);
  free(c->seen);
  free(c->renewals);
  free(c->vain.items);
  free(c);
  s->files = NULL;
}
