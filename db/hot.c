/* Where a profile's time goes, by function of the project's own code. Lines decide: inlined code
 * counts where it is written, whatever function the profiler saw around it. */
#include "db/names.h"
#include "db/parts.h"

#include <stdlib.h>
#include <string.h>

typedef struct Cost {
  uint32_t file, line; /* file of the profile */
  double self;
} Cost;
typedef struct Costs {
  Cost *items;
  uint32_t count, cap;
  DbNames files;
} Costs;

/* A function's lines; sorted by file, first. */
typedef struct Span {
  uint32_t file, first, last; /* file of the project */
  char *name;
  double self;
} Span;
typedef struct Spans {
  Span *items;
  uint32_t count, cap;
  DbNames files;
} Spans;

static bool read_costs(Store *s, int64_t profile, Costs *costs, HpError *err) {
  sqlite3_stmt *st = db_prepare(
      s, "SELECT file, line, self FROM profile_line WHERE profile_id = ? AND self > 0", err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, profile);
  HpError step = {0};
  while (db_step_row(s, st, &step)) {
    const char *file = (const char *)sqlite3_column_text(st, 0);
    HP_GROW(costs->items, costs->count, costs->cap);
    costs->items[costs->count++] = (Cost){.file = db_names_add(&costs->files, file, NULL),
                                          .line = db_u32(st, 1),
                                          .self = sqlite3_column_double(st, 2)};
  }
  sqlite3_finalize(st);
  return !step.set || hp_fail(err, "%s", step.text);
}

static bool read_spans(Store *s, HpArena *arena, Spans *spans, HpError *err) {
  sqlite3_stmt *st =
      db_prepare(s, "SELECT file, line, end_line, name FROM function ORDER BY file, line", err);
  HpError step = {0};
  while (st && db_step_row(s, st, &step)) {
    const char *path = (const char *)sqlite3_column_text(st, 0);
    HP_GROW(spans->items, spans->count, spans->cap);
    spans->items[spans->count++] = (Span){.file = db_names_add(&spans->files, path, NULL),
                                          .first = db_u32(st, 1),
                                          .last = db_u32(st, 2),
                                          .name = db_text(st, 3, arena)};
  }
  sqlite3_finalize(st);
  return st && (!step.set || hp_fail(err, "%s", step.text));
}

static bool read_total(Store *s, int64_t profile, double *total, HpError *err) {
  sqlite3_stmt *st = db_prepare(s, "SELECT total FROM profile WHERE id = ?", err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, profile);
  if (db_step_row(s, st, err))
    *total = sqlite3_column_double(st, 0);
  sqlite3_finalize(st);
  return !err->set;
}

/* The function that the line is in; NULL for none. */
static Span *span_of(const Spans *spans, uint32_t file, uint32_t line) {
  uint32_t low = 0, high = spans->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    const Span *s = &spans->items[middle];
    if (s->file < file || (s->file == file && s->first <= line))
      low = middle + 1;
    else
      high = middle;
  }
  Span *s = low ? &spans->items[low - 1] : NULL;
  return s && s->file == file && line <= s->last ? s : NULL;
}

/* Gives each function the cost of its lines. */
static void spread(const Costs *costs, Spans *spans) {
  uint32_t *match = db_match_files(&spans->files, &spans->files, &costs->files);
  uint32_t *project = hp_calloc(costs->files.count, sizeof *project);
  for (uint32_t i = 0; i < costs->files.count; i++)
    project[i] = DB_NAME_NONE;
  for (uint32_t i = 0; i < spans->files.count; i++)
    if (match[i] != DB_NAME_NONE &&
        spans->files.items[i][0] != '/') /* absolute: not below the root */
      project[match[i]] = i;
  for (uint32_t i = 0; i < costs->count; i++) {
    const Cost *c = &costs->items[i];
    uint32_t file = project[c->file];
    Span *s = file == DB_NAME_NONE ? NULL : span_of(spans, file, c->line);
    if (s)
      s->self += c->self;
  }
  free(match);
  free(project);
}

static int compare_hot(const void *a, const void *b) {
  const DbHotFunction *x = a, *y = b;
  if (x->share != y->share)
    return x->share > y->share ? -1 : 1;
  int order = strcmp(x->file, y->file);
  return order ? order : strcmp(x->name, y->name);
}

bool store_hot(Store *s, int64_t profile, DbHot *out, HpError *err) {
  *out = (DbHot){.arena = hp_arena_new()};
  Costs costs = {0};
  Spans spans = {0};
  double total = 0;
  bool ok = read_total(s, profile, &total, err) && read_costs(s, profile, &costs, err) &&
            read_spans(s, out->arena, &spans, err);
  if (ok && total > 0) {
    spread(&costs, &spans);
    out->items = HP_NEW(out->arena, DbHotFunction, spans.count);
    for (uint32_t i = 0; i < spans.count; i++) {
      const Span *span = &spans.items[i];
      if (span->self <= 0)
        continue;
      out->items[out->count++] =
          (DbHotFunction){.name = span->name,
                          .file = hp_arena_strdup(out->arena, spans.files.items[span->file]),
                          .share = span->self / total};
      out->share += span->self / total;
    }
    if (out->count)
      qsort(out->items, out->count, sizeof *out->items, compare_hot);
  }
  db_names_free(&spans.files);
  db_names_free(&costs.files);
  free(spans.items);
  free(costs.items);
  return ok;
}

void db_hot_free(DbHot *h) {
  hp_arena_free(h->arena);
  *h = (DbHot){0};
}
