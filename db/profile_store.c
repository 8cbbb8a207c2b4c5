/* Profiles in the store: written in one transaction, found again, deleted. */
#include "db/internal.h"
#include "db/profile.h"
#include "db/profile_text.h"

#include <stdlib.h>
#include <string.h>

/* ---- file names relative to the root -------------------------------------------------------- */

/* The root as given and without links: a compiler may have recorded either. */
typedef struct Roots {
  char *given, *real;
} Roots;

static char *without_slash(char *path) {
  size_t n = path ? strlen(path) : 0;
  while (n > 1 && path[n - 1] == '/')
    path[--n] = 0;
  return path;
}

static const char *below(const char *root, const char *file) {
  size_t n = root ? strlen(root) : 0;
  return n > 1 && !strncmp(file, root, n) && file[n] == '/' && file[n + 1] ? file + n + 1 : NULL;
}

static const char *relative(const Roots *r, const char *file) {
  if (!file || file[0] != '/')
    return file;
  const char *inside = below(r->given, file);
  if (!inside)
    inside = below(r->real, file);
  return inside ? inside : file;
}

/* ---- writing -------------------------------------------------------------------------------- */

typedef struct Writer {
  Store *store;
  const Profile *p;
  Roots roots;
  int64_t id;
  HpError *err;
} Writer;

static void bind_count(sqlite3_stmt *st, int index, double count) {
  if (count >= 0)
    sqlite3_bind_double(st, index, count);
  else
    sqlite3_bind_null(st, index);
}

/* Runs `bind` and the statement for each of `count` rows; column 1 is the profile's id. */
static bool put_rows(Writer *w, const char *sql, uint32_t count,
                     void (*bind)(const Writer *, sqlite3_stmt *, uint32_t)) {
  sqlite3_stmt *st = db_prepare(w->store, sql, w->err);
  bool ok = st != NULL;
  for (uint32_t i = 0; ok && i < count; i++) {
    sqlite3_bind_int64(st, 1, w->id);
    bind(w, st, i);
    ok = db_step_done(w->store, st, w->err);
  }
  sqlite3_finalize(st);
  return ok;
}

static void bind_line(const Writer *w, sqlite3_stmt *st, uint32_t i) {
  const ProfLine *l = &w->p->lines[i];
  db_bind_text(st, 2, relative(&w->roots, l->file));
  sqlite3_bind_int64(st, 3, l->line);
  db_bind_text(st, 4, l->function);
  sqlite3_bind_double(st, 5, l->self);
  bind_count(st, 6, l->hits);
}

static void bind_function(const Writer *w, sqlite3_stmt *st, uint32_t i) {
  const ProfFunction *f = &w->p->functions[i];
  db_bind_text(st, 2, f->function);
  db_bind_text(st, 3, relative(&w->roots, f->file));
  sqlite3_bind_int64(st, 4, f->line);
  db_bind_text(st, 5, relative(&w->roots, f->object));
  bind_count(st, 6, f->calls);
  sqlite3_bind_double(st, 7, f->self);
  sqlite3_bind_double(st, 8, f->total);
}

static void bind_call(const Writer *w, sqlite3_stmt *st, uint32_t i) {
  const ProfCall *c = &w->p->calls[i];
  db_bind_text(st, 2, relative(&w->roots, c->file));
  sqlite3_bind_int64(st, 3, c->line);
  db_bind_text(st, 4, c->caller);
  db_bind_text(st, 5, c->callee);
  bind_count(st, 6, c->calls);
  sqlite3_bind_double(st, 7, c->total);
}

static void bind_frame(const Writer *w, sqlite3_stmt *st, uint32_t i) {
  const ProfFrame *f = &w->p->frames[i];
  sqlite3_bind_int64(st, 2, i);
  db_bind_text(st, 3, relative(&w->roots, f->file));
  sqlite3_bind_int64(st, 4, f->line);
  db_bind_text(st, 5, f->function);
}

/* Frame numbers as 32-bit little-endian words, innermost first. */
static void bind_stack(const Writer *w, sqlite3_stmt *st, uint32_t i) {
  const ProfStack *s = &w->p->stacks[i];
  unsigned char *bytes = hp_malloc(4 * (size_t)s->count);
  for (uint32_t k = 0; k < s->count; k++)
    for (int b = 0; b < 4; b++)
      bytes[4 * (size_t)k + (size_t)b] =
          (unsigned char)(w->p->stack_frames[s->first + k] >> (8 * b));
  sqlite3_bind_int64(st, 2, i);
  sqlite3_bind_blob(st, 3, bytes, 4 * (int)s->count, free);
  sqlite3_bind_double(st, 4, s->weight);
  sqlite3_bind_double(st, 5, s->samples);
}

static bool put_head(Writer *w) {
  const Profile *p = w->p;
  sqlite3_stmt *st = db_prepare(w->store,
                                "INSERT INTO profile (time_ns, format, metric, unit, source, "
                                "command, total, samples, lost, warnings) VALUES (?, ?, ?, ?, ?, "
                                "?, ?, ?, ?, ?)",
                                w->err);
  if (!st)
    return false;
  HpBuf warnings = {0};
  for (uint32_t i = 0; i < p->nwarnings; i++)
    hp_buf_addf(&warnings, "%s%s", i ? "\n" : "", p->warnings[i]);
  sqlite3_bind_int64(st, 1, db_now_ns());
  db_bind_text(st, 2, p->format);
  db_bind_text(st, 3, p->metric);
  db_bind_text(st, 4, p->unit);
  db_bind_text(st, 5, relative(&w->roots, p->source));
  db_bind_text(st, 6, p->command);
  sqlite3_bind_double(st, 7, p->total);
  sqlite3_bind_double(st, 8, p->samples);
  sqlite3_bind_double(st, 9, p->lost);
  db_bind_text(st, 10, p->nwarnings ? warnings.text : NULL);
  bool ok = db_step_done(w->store, st, w->err);
  sqlite3_finalize(st);
  hp_buf_free(&warnings);
  w->id = sqlite3_last_insert_rowid(w->store->db);
  return ok;
}

static bool put_all(Writer *w) {
  const Profile *p = w->p;
  return put_head(w) &&
         put_rows(w,
                  "INSERT INTO profile_line (profile_id, file, line, function, self, hits) VALUES "
                  "(?, ?, ?, ?, ?, ?)",
                  p->nlines, bind_line) &&
         put_rows(w,
                  "INSERT INTO profile_function (profile_id, function, file, line, object, calls, "
                  "self, total) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                  p->nfunctions, bind_function) &&
         put_rows(w,
                  "INSERT INTO profile_call (profile_id, file, line, caller, callee, calls, total) "
                  "VALUES (?, ?, ?, ?, ?, ?, ?)",
                  p->ncalls, bind_call) &&
         put_rows(w,
                  "INSERT INTO profile_frame (profile_id, frame, file, line, function) VALUES (?, "
                  "?, ?, ?, ?)",
                  p->nframes, bind_frame) &&
         put_rows(w,
                  "INSERT INTO profile_stack (profile_id, stack, frames, weight, samples) VALUES "
                  "(?, ?, ?, ?, ?)",
                  p->nstacks, bind_stack);
}

bool store_put_profile(Store *s, const Profile *p, const char *root, int64_t *id, HpError *err) {
  Writer w = {.store = s, .p = p, .err = err};
  if (root) {
    w.roots.given = without_slash(hp_strdup(root));
    w.roots.real = without_slash(realpath(root, NULL));
  }
  DbScope scope;
  bool ok = db_scope_begin(s, &scope, err);
  if (ok)
    ok = db_scope_end(s, &scope, put_all(&w), err);
  free(w.roots.given);
  free(w.roots.real);
  *id = ok ? w.id : 0;
  return ok;
}

/* ---- finding and deleting ------------------------------------------------------------------- */

static char *make_label(const char *format, const char *unit, double total, double samples) {
  HpBuf label = {0};
  const char *dash = strchr(format, '.');
  if (!dash)
    dash = strchr(format, '-'); /* perf.data and perf-script are both perf's */
  hp_buf_addn(&label, format, dash ? (size_t)(dash - format) : strlen(format));
  hp_buf_add(&label, ", ");
  text_count(&label, samples > 0 ? samples : total);
  hp_buf_addc(&label, ' ');
  hp_buf_add_escaped(&label, samples == 1 ? "sample" : samples > 0 ? "samples" : unit);
  return hp_buf_take(&label);
}

bool store_find_profile(Store *s, int64_t which, int64_t *id, char **label, HpError *err) {
  *id = 0;
  if (label)
    *label = NULL;
  sqlite3_stmt *st = db_prepare(s,
                                which > 0 ? "SELECT id, format, unit, total, samples FROM profile "
                                            "WHERE id = ?"
                                          : "SELECT id, format, unit, total, samples FROM profile "
                                            "ORDER BY id DESC LIMIT 1",
                                err);
  if (!st)
    return false;
  if (which > 0)
    sqlite3_bind_int64(st, 1, which);
  HpError step = {0};
  if (db_step_row(s, st, &step)) {
    *id = sqlite3_column_int64(st, 0);
    const char *format = (const char *)sqlite3_column_text(st, 1);
    const char *unit = (const char *)sqlite3_column_text(st, 2);
    if (label)
      *label = make_label(format ? format : "", unit ? unit : "", sqlite3_column_double(st, 3),
                          sqlite3_column_double(st, 4));
  }
  sqlite3_finalize(st);
  return !step.set || hp_fail(err, "%s", step.text);
}

bool store_delete_profile(Store *s, int64_t id, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, "DELETE FROM profile WHERE id = ?", err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, id);
  bool ok = db_step_done(s, st, err);
  sqlite3_finalize(st);
  if (ok && !sqlite3_changes(s->db))
    return hp_fail(err, "%s: no profile %lld", s->path, (long long)id);
  return ok;
}

/* ---- one line ------------------------------------------------------------------------------- */

/* Sum over the functions that share a line; -1 without rows. */
static double line_sum(Store *s, int64_t profile, const char *file, uint32_t line) {
  sqlite3_stmt *st = db_prepare(s,
                                "SELECT sum(hits), sum(self) FROM profile_line WHERE profile_id = "
                                "? AND file = ? AND line = ?",
                                NULL);
  if (!st)
    return -1;
  sqlite3_bind_int64(st, 1, profile);
  db_bind_text(st, 2, file);
  sqlite3_bind_int64(st, 3, line);
  double sum = -1;
  if (sqlite3_step(st) == SQLITE_ROW)
    for (int column = 1; column >= 0; column--)
      if (sqlite3_column_type(st, column) != SQLITE_NULL)
        sum = sqlite3_column_double(st, column);
  sqlite3_finalize(st);
  return sum;
}

/* The only profiled file whose name ends in /FILE, for profiles with other roots; heap or NULL. */
static char *file_ending(Store *s, int64_t profile, const char *file) {
  sqlite3_stmt *st = db_prepare(s,
                                "SELECT DISTINCT file FROM profile_line WHERE profile_id = ?1 AND "
                                "substr(file, -length(?2) - 1) = '/' || ?2",
                                NULL);
  if (!st)
    return NULL;
  sqlite3_bind_int64(st, 1, profile);
  db_bind_text(st, 2, file);
  char *found = NULL;
  if (sqlite3_step(st) == SQLITE_ROW) {
    found = hp_strdup((const char *)sqlite3_column_text(st, 0));
    if (sqlite3_step(st) == SQLITE_ROW) {
      free(found);
      found = NULL;
    }
  }
  sqlite3_finalize(st);
  return found;
}

double store_line_hits(Store *s, int64_t profile, const char *file, uint32_t line) {
  double sum = line_sum(s, profile, file, line);
  if (sum >= 0)
    return sum;
  char *other = file_ending(s, profile, file);
  if (other)
    sum = line_sum(s, profile, other, line);
  free(other);
  return sum;
}
