/* The tables of `hplint profile show`, in the manner of Python's cProfile (by function) and
 * line_profiler (by line), or as JSON.
 *
 * What is shown comes from the store, so that it is what ranking uses. */
#include "db/internal.h"
#include "db/json.h"
#include "db/profile.h"
#include "db/profile_text.h"
#include "ir/files.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ROWS_DEFAULT = 30, GAP_MAX = 4 };

typedef struct Head {
  int64_t id, time_ns;
  char *format, *metric, *unit, *source, *command, *warnings;
  double total, samples, lost;
} Head;
typedef struct Row {
  char *file, *function, *object;
  uint32_t line;
  double count; /* calls or hits, -1 unknown */
  double self, total;
  const char *text; /* of the source line; NULL unknown */
} Row;
typedef struct Rows {
  Row *items;
  uint32_t count, cap;
  uint32_t all; /* how many there are without the limit */
} Rows;

typedef struct Source {
  char *file;
  HpLines lines;
  bool newer; /* than the profile */
} Source;

typedef struct Show {
  Store *store;
  const ProfileShow *how;
  HpArena *arena;
  HpBuf *out;
  HpError *err;
  Head head;
  Rows rows;
  Source *sources;
  uint32_t nsources, sources_cap;
} Show;

/* ---- reading -------------------------------------------------------------------------------- */

static double count_column(sqlite3_stmt *st, int column) {
  return sqlite3_column_type(st, column) == SQLITE_NULL ? -1 : sqlite3_column_double(st, column);
}

static char *text_column(Show *w, sqlite3_stmt *st, int column) {
  char *text = db_text(st, column, w->arena);
  return text ? text : hp_arena_strdup(w->arena, "");
}

static bool read_head(Show *w) {
  sqlite3_stmt *st = db_prepare(w->store,
                                "SELECT id, time_ns, format, metric, unit, source, command, "
                                "warnings, total, samples, lost FROM profile WHERE id = ?",
                                w->err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, w->how->id);
  bool found = db_step_row(w->store, st, w->err);
  if (found)
    w->head = (Head){
        .id = sqlite3_column_int64(st, 0),
        .time_ns = sqlite3_column_int64(st, 1),
        .format = text_column(w, st, 2),
        .metric = text_column(w, st, 3),
        .unit = text_column(w, st, 4),
        .source = text_column(w, st, 5),
        .command = db_text(st, 6, w->arena),
        .warnings = db_text(st, 7, w->arena),
        .total = sqlite3_column_double(st, 8),
        .samples = sqlite3_column_double(st, 9),
        .lost = sqlite3_column_double(st, 10),
    };
  sqlite3_finalize(st);
  return found ||
         hp_fail(w->err, "%s: no profile %lld; `hplint profile list` shows those there are",
                 store_path(w->store), (long long)w->how->id);
}

/* A filter names a function, a file, or the end of a file's path. */
#define MATCHES                                                                                    \
  "(?2 IS NULL OR function = ?2 OR file = ?2 OR substr(file, -length(?2) - 1) = '/' || ?2)"

static bool read_rows(Show *w, const char *sql) {
  sqlite3_stmt *st = db_prepare(w->store, sql, w->err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, w->how->id);
  db_bind_text(st, 2, w->how->filter);
  HpError step = {0};
  while (db_step_row(w->store, st, &step)) {
    HP_GROW(w->rows.items, w->rows.count, w->rows.cap);
    w->rows.items[w->rows.count++] = (Row){.function = text_column(w, st, 0),
                                           .file = db_text(st, 1, w->arena),
                                           .line = db_u32(st, 2),
                                           .object = db_text(st, 3, w->arena),
                                           .count = count_column(st, 4),
                                           .self = sqlite3_column_double(st, 5),
                                           .total = sqlite3_column_double(st, 6)};
  }
  sqlite3_finalize(st);
  w->rows.all = w->rows.count;
  return !step.set || hp_fail(w->err, "%s", step.text);
}

/* ---- source text ---------------------------------------------------------------------------- */

static bool is_source_name(const char *file) {
  static const char *const ends[] = {".c", ".h", ".inc", ".def", ".y", ".l", ".cc", ".cpp", ".hpp"};
  const char *dot = strrchr(file, '.');
  for (size_t i = 0; dot && i < sizeof ends / sizeof *ends; i++)
    if (!strcmp(dot, ends[i]))
      return true;
  return false;
}

/* The store may come from a stranger: only source files are printed. */
static Source *source_of(Show *w, const char *file) {
  for (uint32_t i = 0; i < w->nsources; i++)
    if (!strcmp(w->sources[i].file, file))
      return &w->sources[i];
  HP_GROW(w->sources, w->nsources, w->sources_cap);
  Source *s = &w->sources[w->nsources++];
  *s = (Source){.file = hp_arena_strdup(w->arena, file)};
  if (!is_source_name(file))
    return s;
  char *path = hp_path_in(w->how->root, file);
  struct stat st;
  if (hp_lines_read(&s->lines, path) && !stat(path, &st))
    s->newer = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec > w->head.time_ns;
  free(path);
  return s;
}

static const char *source_line(Show *w, const char *file, uint32_t line) {
  const Source *s = file ? source_of(w, file) : NULL;
  return s ? hp_lines_at(&s->lines, line) : NULL;
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static json_t *json_count_or_null(double count) {
  return count < 0 ? json_null() : json_real(count);
}

static json_t *json_warnings(const Head *h) {
  json_t *list = json_array();
  char *copy = h->warnings ? hp_strdup(h->warnings) : NULL;
  for (char *rest = copy, *line; rest && (line = strsep(&rest, "\n"));)
    json_array_append_new(list, db_json_text(line));
  free(copy);
  return list;
}

static json_t *json_head(const Head *h) {
  json_t *o = json_object();
  json_object_set_new(o, "id", json_integer(h->id));
  json_object_set_new(o, "format", db_json_text(h->format));
  json_object_set_new(o, "metric", db_json_text(h->metric));
  json_object_set_new(o, "unit", db_json_text(h->unit));
  json_object_set_new(o, "source", db_json_text(h->source));
  json_object_set_new(o, "command", db_json_text(h->command));
  json_object_set_new(o, "total", json_real(h->total));
  json_object_set_new(o, "samples", json_real(h->samples));
  json_object_set_new(o, "lost", json_real(h->lost));
  json_object_set_new(o, "warnings", json_warnings(h));
  return o;
}

static json_t *json_row(Show *w, const Row *r) {
  json_t *o = json_object();
  json_object_set_new(o, "function", db_json_text(r->function));
  json_object_set_new(o, "file", db_json_text(r->file));
  json_object_set_new(o, "line", r->line ? json_integer(r->line) : json_null());
  json_object_set_new(o, "self", json_real(r->self));
  if (w->how->by_line) {
    json_object_set_new(o, "hits", json_count_or_null(r->count));
    json_object_set_new(o, "text", db_json_text(source_line(w, r->file, r->line)));
  } else {
    json_object_set_new(o, "total", json_real(r->total));
    json_object_set_new(o, "calls", json_count_or_null(r->count));
    json_object_set_new(o, "object", db_json_text(r->object));
  }
  return o;
}

static void show_json(Show *w) {
  json_t *root = json_object(), *list = json_array();
  json_object_set_new(root, "profile", json_head(&w->head));
  for (uint32_t i = 0; i < w->rows.count; i++)
    json_array_append_new(list, json_row(w, &w->rows.items[i]));
  json_object_set_new(root, w->how->by_line ? "lines" : "functions", list);
  json_object_set_new(root, "rows", json_integer(w->rows.all));
  char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
  hp_buf_add(w->out, text);
  hp_buf_addc(w->out, '\n');
  free(text);
  json_decref(root);
}

/* ---- tables --------------------------------------------------------------------------------- */

/* A table is put together as cells, then padded: texts, from column `left` on, to the right. */
enum { COLUMNS_MAX = 8 };
typedef struct Table {
  HpBuf cells; /* each with a NUL behind it */
  uint32_t columns, left, count;
  size_t width[COLUMNS_MAX];
} Table;

/* Columns on a terminal: bytes that start a character. */
static size_t text_width(const char *text) {
  size_t n = 0;
  for (; *text; text++)
    n += ((unsigned char)*text & 0xC0) != 0x80;
  return n;
}

static void add_cell(Table *t, const char *text) {
  size_t width = text_width(text), *column = &t->width[t->count++ % t->columns];
  *column = width > *column ? width : *column;
  hp_buf_addn(&t->cells, text, strlen(text) + 1);
}

static void add_cell_buf(Table *t, HpBuf *cell) {
  add_cell(t, hp_buf_text(cell));
  hp_buf_free(cell);
}

static void print_table(Table *t, HpBuf *out, bool colour) {
  const char *cell = t->cells.text;
  for (uint32_t i = 0; i < t->count; i++, cell += strlen(cell) + 1) {
    uint32_t column = i % t->columns;
    bool last = column + 1 == t->columns;
    if (colour && i == 0)
      hp_buf_add(out, "\x1b[1m");
    size_t gap = t->width[column] - text_width(cell);
    for (size_t n = 0; column < t->left && n < gap; n++)
      hp_buf_addc(out, ' ');
    hp_buf_add(out, cell);
    for (size_t n = 0; column >= t->left && !last && n < gap; n++)
      hp_buf_addc(out, ' ');
    if (colour && i + 1 == t->columns)
      hp_buf_add(out, "\x1b[0m");
    if (last)
      while (out->length && out->text[out->length - 1] == ' ')
        out->text[--out->length] = 0;
    hp_buf_add(out, last ? "\n" : "  ");
  }
  hp_buf_free(&t->cells);
}

static void add_count_cell(Table *t, double count) {
  HpBuf cell = {0};
  if (count >= 0)
    text_count(&cell, count);
  else
    hp_buf_addc(&cell, '-');
  add_cell_buf(t, &cell);
}

static void add_cost_cells(Table *t, const TextScale *scale, double cost, double total) {
  HpBuf cell = {0};
  text_cost(&cell, scale, cost);
  add_cell_buf(t, &cell);
  hp_buf_addf(&cell, "%.1f%%", total > 0 ? 100 * cost / total : 0);
  add_cell_buf(t, &cell);
}

static void show_head(Show *w) {
  const Head *h = &w->head;
  TextScale scale = text_scale(h->unit, h->total);
  hp_buf_addf(w->out, "Profile %lld (", (long long)h->id);
  hp_buf_add_escaped(w->out, h->format);
  hp_buf_add(w->out, "): ");
  hp_buf_add_escaped(w->out, h->command ? h->command : h->source);
  hp_buf_addc(w->out, '\n');
  if (h->samples > 0) {
    text_count(w->out, h->samples);
    hp_buf_add(w->out, h->samples == 1 ? " sample, " : " samples, ");
  }
  text_cost(w->out, &scale, h->total);
  hp_buf_addc(w->out, ' ');
  hp_buf_add_escaped(w->out, scale.unit);
  if (!strcmp(h->metric, "time"))
    hp_buf_add(w->out, " of CPU time");
  if (h->lost >= h->total * 0.0005)
    hp_buf_addf(w->out, "; %.1f%% without a source line", 100 * h->lost / h->total);
  hp_buf_addc(w->out, '\n');
  char *copy = h->warnings ? hp_strdup(h->warnings) : NULL;
  for (char *rest = copy, *line; rest && (line = strsep(&rest, "\n"));) {
    hp_buf_add(w->out, "warning: ");
    hp_buf_add_escaped(w->out, line);
    hp_buf_addc(w->out, '\n');
  }
  free(copy);
  hp_buf_addc(w->out, '\n');
}

static void add_place(HpBuf *cell, const Row *r) {
  if (!r->file) {
    hp_buf_add_escaped(cell, r->object ? r->object : "");
    return;
  }
  hp_buf_add_escaped(cell, r->file);
  if (r->line)
    hp_buf_addf(cell, ":%u", r->line);
}

static void add_head_cell(Table *t, const char *what, const char *unit) {
  HpBuf cell = {0};
  hp_buf_add(&cell, what);
  if (*unit) {
    hp_buf_add(&cell, " (");
    hp_buf_add_escaped(&cell, unit);
    hp_buf_addc(&cell, ')');
  }
  add_cell_buf(t, &cell);
}

/* Of counts the column's head need not repeat what the line above the table says. */
static const char *head_unit(const TextScale *scale) {
  return scale->decimals < 0 ? "" : scale->unit;
}

static void show_functions(Show *w) {
  TextScale scale = text_scale(w->head.unit, w->head.total);
  Table t = {.columns = 7, .left = 5};
  add_cell(&t, "calls");
  add_head_cell(&t, "self", head_unit(&scale));
  add_cell(&t, "%");
  add_head_cell(&t, "cumulative", head_unit(&scale));
  add_cell(&t, "%");
  add_cell(&t, "function");
  add_cell(&t, "defined in");
  for (uint32_t i = 0; i < w->rows.count; i++) {
    const Row *r = &w->rows.items[i];
    add_count_cell(&t, r->count);
    add_cost_cells(&t, &scale, r->self, w->head.total);
    add_cost_cells(&t, &scale, r->total, w->head.total);
    HpBuf cell = {0};
    hp_buf_add_escaped(&cell, r->function);
    add_cell_buf(&t, &cell);
    add_place(&cell, r);
    add_cell_buf(&t, &cell);
  }
  print_table(&t, w->out, w->how->colour);
}

static void add_text_cell(Table *t, const char *text) {
  HpBuf tabs = {0}, cell = {0};
  for (; text && *text; text++) {
    if (*text != '\t') {
      hp_buf_addc(&tabs, *text);
      continue;
    }
    do
      hp_buf_addc(&tabs, ' ');
    while (tabs.length % 8);
  }
  hp_buf_add_escaped(&cell, hp_buf_text(&tabs));
  hp_buf_free(&tabs);
  add_cell_buf(t, &cell);
}

static void add_line_row(Show *w, Table *t, const TextScale *scale, const char *file, uint32_t line,
                         const Row *r) {
  HpBuf place = {0};
  if (!w->how->filter) {
    hp_buf_add_escaped(&place, file ? file : "");
    hp_buf_addc(&place, ':');
  }
  hp_buf_addf(&place, "%u", line);
  add_cell_buf(t, &place);
  if (r) {
    add_count_cell(t, r->count);
    add_cost_cells(t, scale, r->self, w->head.total);
  } else {
    for (int i = 0; i < 3; i++)
      add_cell(t, "");
  }
  add_text_cell(t, source_line(w, file, line));
}

static void start_line_table(Table *t, const TextScale *scale) {
  *t = (Table){.columns = 5, .left = 4};
  add_cell(t, "line");
  add_cell(t, "hits");
  add_head_cell(t, "self", head_unit(scale));
  add_cell(t, "%");
  add_cell(t, "text");
}

/* All lines of one file between the first and the last that cost something, with those in between
 * for reading; longer gaps are cut. */
static uint32_t show_file(Show *w, uint32_t first) {
  TextScale scale = text_scale(w->head.unit, w->head.total);
  const char *file = w->rows.items[first].file;
  Table t;
  hp_buf_addf(w->out, first ? "\n" : "");
  hp_buf_add_escaped(w->out, file);
  hp_buf_addc(w->out, '\n');
  start_line_table(&t, &scale);
  uint32_t i = first, line = w->rows.items[first].line;
  for (; i < w->rows.count && !strcmp(w->rows.items[i].file, file); i++) {
    const Row *r = &w->rows.items[i];
    if (r->line > line + GAP_MAX) {
      for (int column = 0; column < 4; column++)
        add_cell(&t, "");
      add_cell(&t, "...");
      line = r->line;
    }
    for (; line < r->line; line++)
      add_line_row(w, &t, &scale, file, line, NULL);
    add_line_row(w, &t, &scale, file, r->line, r);
    line = r->line + 1;
  }
  print_table(&t, w->out, w->how->colour);
  return i;
}

static void show_lines(Show *w) {
  TextScale scale = text_scale(w->head.unit, w->head.total);
  if (w->how->filter) {
    for (uint32_t i = 0; i < w->rows.count;)
      i = show_file(w, i);
  } else {
    Table t;
    start_line_table(&t, &scale);
    for (uint32_t i = 0; i < w->rows.count; i++)
      add_line_row(w, &t, &scale, w->rows.items[i].file, w->rows.items[i].line, &w->rows.items[i]);
    print_table(&t, w->out, w->how->colour);
  }
  for (uint32_t i = 0; i < w->nsources; i++) {
    if (!w->sources[i].newer)
      continue;
    hp_buf_add(w->out, "note: ");
    hp_buf_add_escaped(w->out, w->sources[i].file);
    hp_buf_add(w->out,
               " changed after the profile was stored: texts may be those of other lines\n");
  }
}

/* ---- the whole ------------------------------------------------------------------------------ */

static const char *query(const ProfileShow *how) {
  if (!how->by_line)
    return "SELECT function, file, line, object, calls, self, total FROM profile_function WHERE "
           "profile_id = ?1 AND " MATCHES " AND (self > 0 OR total > 0 OR calls > 0) ORDER BY self "
           "DESC, total DESC, function, file, line, object";
  if (how->filter)
    return "SELECT min(function), file, line, NULL, sum(hits), sum(self), 0 FROM profile_line "
           "WHERE profile_id = ?1 AND " MATCHES " GROUP BY file, line ORDER BY file, line";
  return "SELECT min(function), file, line, NULL, sum(hits), sum(self), 0 FROM profile_line WHERE "
         "profile_id = ?1 AND " MATCHES " GROUP BY file, line HAVING sum(self) > 0 ORDER BY "
         "sum(self) DESC, file, line";
}

static bool show(Show *w) {
  if (!read_head(w) || !read_rows(w, query(w->how)))
    return false;
  if (w->how->filter && !w->rows.count)
    return hp_fail(w->err, "%s: the profile has no function and no file of this name",
                   w->how->filter);
  uint32_t limit = w->how->limit ? w->how->limit : ROWS_DEFAULT;
  bool whole = w->how->by_line && w->how->filter && !w->how->limit; /* a listing is not cut */
  if (!whole && w->rows.count > limit)
    w->rows.count = limit;
  if (w->how->json) {
    show_json(w);
    return true;
  }
  show_head(w);
  if (w->how->by_line)
    show_lines(w);
  else
    show_functions(w);
  if (w->rows.all > w->rows.count)
    hp_buf_addf(w->out, "... and %u more (--limit)\n", w->rows.all - w->rows.count);
  return true;
}

bool profile_show(Store *s, const ProfileShow *how, HpBuf *out, HpError *err) {
  Show w = {.store = s, .how = how, .arena = hp_arena_new(), .out = out, .err = err};
  bool ok = show(&w);
  for (uint32_t i = 0; i < w.nsources; i++)
    hp_lines_free(&w.sources[i].lines);
  free(w.sources);
  free(w.rows.items);
  hp_arena_free(w.arena);
  return ok;
}
