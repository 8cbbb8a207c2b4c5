/* Groups: findings that pay at the same place are one problem, told once.
 *
 * Two findings belong together when they lie in the same loop (or in the same function, outside of
 * loops) or are about the same record, and their cost sites overlap; a group is what such pairs
 * connect. Its head is the finding that explains most: shown before low, warm before cold, then
 * faster growth, dearer cost, more lines of cost sites, higher confidence. */
#include "db/internal.h"
#include "db/parts.h"

#include <stdlib.h>
#include <string.h>

DbSite db_own_site(const DbFinding *f) {
  uint32_t end = f->end_line > f->line ? f->end_line : f->line;
  return (DbSite){.file = f->file, .line = f->line, .end_line = end, .function = f->function};
}

/* ---- heads ----------------------------------------------------------------------------------- */

static uint32_t site_lines(const DbFinding *f) {
  uint32_t lines = 0;
  for (uint32_t i = 0; i < f->nsites; i++)
    lines += f->sites[i].end_line - f->sites[i].line + 1;
  return lines;
}

int db_compare_places(const DbFinding *a, const DbFinding *b) {
  int order = strcmp(a->file, b->file);
  if (!order)
    order = (a->line > b->line) - (a->line < b->line);
  if (!order)
    order = (a->column > b->column) - (a->column < b->column);
  if (!order)
    order = strcmp(a->rule, b->rule);
  return order ? order : strcmp(a->fingerprint, b->fingerprint);
}

static bool explains_more(const DbFinding *a, const DbFinding *b) {
  const int keys[][2] = {{!a->suppressed, !b->suppressed},
                         {-a->show, -b->show},
                         {!a->cold, !b->cold},
                         {a->growth, b->growth},
                         {-a->cost, -b->cost},
                         {(int)site_lines(a), (int)site_lines(b)},
                         {a->confidence, b->confidence}};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (keys[i][0] != keys[i][1])
      return keys[i][0] > keys[i][1];
  return db_compare_places(a, b) < 0;
}

/* ---- sets ------------------------------------------------------------------------------------ */

static uint32_t root_of(uint32_t *parent, uint32_t i) {
  while (parent[i] != i)
    i = parent[i] = parent[parent[i]];
  return i;
}

typedef struct Entry {
  const DbFinding *finding;
  uint32_t index;
} Entry;

static int compare_text(const char *a, const char *b) {
  return strcmp(a ? a : "", b ? b : "");
}

static int compare_loops(const void *a, const void *b) {
  const DbFinding *x = ((const Entry *)a)->finding, *y = ((const Entry *)b)->finding;
  int order = strcmp(x->file, y->file);
  if (!order)
    order = compare_text(x->function, y->function);
  return order ? order : (x->loop_line > y->loop_line) - (x->loop_line < y->loop_line);
}

static int compare_records(const void *a, const void *b) {
  return strcmp(((const Entry *)a)->finding->record, ((const Entry *)b)->finding->record);
}

/* Lines that a finding pays at. */
typedef struct Span {
  DbSite site;
  uint32_t index;
} Span;
typedef struct Spans {
  Span *items;
  uint32_t count, cap;
} Spans;

static int compare_spans(const void *a, const void *b) {
  const Span *x = a, *y = b;
  int order = strcmp(x->site.file, y->site.file);
  if (!order)
    order = (x->site.line > y->site.line) - (x->site.line < y->site.line);
  return order ? order : (x->index > y->index) - (x->index < y->index);
}

static void add_spans(Spans *s, const Entry *e) {
  DbSite own = db_own_site(e->finding);
  const DbSite *sites = e->finding->nsites ? e->finding->sites : &own;
  for (uint32_t i = 0, n = e->finding->nsites ? e->finding->nsites : 1; i < n; i++) {
    HP_GROW(s->items, s->count, s->cap);
    s->items[s->count++] = (Span){sites[i], e->index};
  }
}

/* Sorted by where they begin, each overlaps the one before that goes on longest, or none. */
static void join_overlapping(Spans *s, uint32_t *parent) {
  qsort(s->items, s->count, sizeof *s->items, compare_spans);
  const Span *longest = s->items;
  for (uint32_t i = 1; i < s->count; i++) {
    const Span *span = &s->items[i];
    bool overlaps = span->site.line <= longest->site.end_line &&
                    strcmp(span->site.file, longest->site.file) == 0;
    if (overlaps)
      parent[root_of(parent, longest->index)] = root_of(parent, span->index);
    if (!overlaps || span->site.end_line > longest->site.end_line)
      longest = span;
  }
}

/* Joins the overlapping ones among entries that are equal by `compare`. */
static void join_equal(Entry *entries, uint32_t count, int (*compare)(const void *, const void *),
                       uint32_t *parent) {
  Spans spans = {0};
  if (count)
    qsort(entries, count, sizeof *entries, compare);
  for (uint32_t first = 0, end; first < count; first = end) {
    spans.count = 0;
    for (end = first; end < count && compare(&entries[first], &entries[end]) == 0; end++)
      add_spans(&spans, &entries[end]);
    join_overlapping(&spans, parent);
  }
  free(spans.items);
}

void db_group(DbFindings *f) {
  uint32_t n = f->count, count = 0;
  uint32_t *parent = hp_calloc(n, sizeof *parent), *head = hp_calloc(n, sizeof *head);
  Entry *entries = hp_calloc(n, sizeof *entries);
  for (uint32_t i = 0; i < n; i++) {
    parent[i] = i;
    if (f->items[i]->loop_line || (f->items[i]->function && !f->items[i]->record))
      entries[count++] = (Entry){f->items[i], i};
  }
  join_equal(entries, count, compare_loops, parent);
  count = 0;
  for (uint32_t i = 0; i < n; i++)
    if (f->items[i]->record)
      entries[count++] = (Entry){f->items[i], i};
  join_equal(entries, count, compare_records, parent);
  for (uint32_t i = 0; i < n; i++)
    head[i] = i;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t *best = &head[root_of(parent, i)];
    if (explains_more(f->items[i], f->items[*best]))
      *best = i;
  }
  for (uint32_t i = 0; i < n; i++)
    f->items[i]->group = f->items[head[root_of(parent, i)]]->fingerprint;
  free(parent);
  free(head);
  free(entries);
}
