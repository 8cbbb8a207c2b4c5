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

static bool overlap(const DbSite *a, const DbSite *b) {
  return a->line <= b->end_line && b->line <= a->end_line && strcmp(a->file, b->file) == 0;
}

static bool sites_overlap(const DbFinding *a, const DbFinding *b) {
  DbSite own_a = db_own_site(a), own_b = db_own_site(b);
  const DbSite *x = a->nsites ? a->sites : &own_a, *y = b->nsites ? b->sites : &own_b;
  uint32_t nx = a->nsites ? a->nsites : 1, ny = b->nsites ? b->nsites : 1;
  for (uint32_t i = 0; i < nx; i++)
    for (uint32_t k = 0; k < ny; k++)
      if (overlap(&x[i], &y[k]))
        return true;
  return false;
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

/* Joins the overlapping ones among entries that are equal by `compare`. */
static void join_equal(Entry *entries, uint32_t count, int (*compare)(const void *, const void *),
                       uint32_t *parent) {
  if (count)
    qsort(entries, count, sizeof *entries, compare);
  for (uint32_t i = 0; i < count; i++)
    for (uint32_t k = i + 1; k < count && compare(&entries[i], &entries[k]) == 0; k++)
      if (root_of(parent, entries[i].index) != root_of(parent, entries[k].index) &&
          sites_overlap(entries[i].finding, entries[k].finding))
        parent[root_of(parent, entries[i].index)] = root_of(parent, entries[k].index);
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
