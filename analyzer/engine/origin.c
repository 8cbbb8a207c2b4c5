/* Loops that pay for what one function does, as for the memory that it takes: one change there
 * mends all of them, so that what one of them shows counts for all, and so do loops of many
 * functions. */
#include "analyzer/engine/internal.h"

#include <stdlib.h>
#include <string.h>

enum { MANY_FUNCTIONS = 3 };

/* A finding, once for each place that it names. */
typedef struct Named {
  const DbFinding *finding;
  const DbPlace *place;
  uint32_t index;
} Named;

static int compare_numbers(uint32_t a, uint32_t b) {
  return (a > b) - (a < b);
}

static int compare_texts(const char *a, const char *b) {
  return strcmp(a ? a : "", b ? b : "");
}

/* Of one rule, due to one function, at one place. */
static int compare_origins(const Named *a, const Named *b) {
  int order = strcmp(a->finding->rule, b->finding->rule);
  order = order ? order : strcmp(a->finding->cause, b->finding->cause);
  order = order ? order : strcmp(a->place->file, b->place->file);
  order = order ? order : compare_numbers(a->place->line, b->place->line);
  return order ? order : compare_numbers(a->place->column, b->place->column);
}

static int by_origin(const void *a, const void *b) {
  const Named *x = a, *y = b;
  int order = compare_origins(x, y);
  order = order ? order : compare_texts(x->finding->unit, y->finding->unit);
  return order ? order : compare_texts(x->finding->function, y->finding->function);
}

/* Those with one origin. */
static void share(const Named *items, uint32_t count, bool *evident) {
  uint32_t functions = 1;
  bool any = false;
  for (uint32_t i = 0; i < count; i++) {
    any |= evident[items[i].index];
    functions += i && (compare_texts(items[i].finding->function, items[i - 1].finding->function) ||
                       compare_texts(items[i].finding->unit, items[i - 1].finding->unit));
  }
  for (uint32_t i = 0; i < count && (any || functions >= MANY_FUNCTIONS); i++)
    evident[items[i].index] = true;
}

void origins_share(const DbFindings *findings, bool *evident) {
  Named *items = NULL;
  uint32_t count = 0, cap = 0;
  for (uint32_t i = 0; i < findings->count; i++) {
    const DbFinding *f = findings->items[i];
    bool counts = !f->cold && f->allocator_time && f->cause;
    for (uint32_t k = 0; counts && k < f->nplaces; k++) {
      HP_GROW(items, count, cap);
      items[count++] = (Named){f, &f->places[k], i};
    }
  }
  if (count)
    qsort(items, count, sizeof *items, by_origin);
  for (uint32_t i = 0, n; i < count; i += n) {
    for (n = 1; i + n < count && !compare_origins(&items[i], &items[i + n]);)
      n++;
    share(items + i, n, evident);
  }
  free(items);
}
