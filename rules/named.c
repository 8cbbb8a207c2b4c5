#include "rules/named.h"

#include <stdlib.h>
#include <string.h>

void named_add(NamedList *list, const char *name, uint32_t id) {
  HP_GROW(list->items, list->count, list->cap);
  list->items[list->count++] = (Named){name, id};
}

static int by_name(const void *a, const void *b) {
  const Named *x = a, *y = b;
  int order = strcmp(x->name, y->name);
  return order ? order : (x->id > y->id) - (x->id < y->id);
}

void named_sort(NamedList *list) {
  if (list->count)
    qsort(list->items, list->count, sizeof *list->items, by_name);
}

const Named *named_find(const NamedList *list, const char *name, uint32_t *count) {
  uint32_t low = 0, high = list->count;
  while (low < high) { /* hplint: ignore[HP109] a few look-ups for each name of the program */
    uint32_t middle = low + (high - low) / 2;
    if (strcmp(list->items[middle].name, name) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  for (*count = 0; low + *count < list->count && !strcmp(list->items[low + *count].name, name);)
    ++*count;
  return list->count ? &list->items[low] : NULL;
}

void named_free(NamedList *list) {
  free(list->items);
  *list = (NamedList){0};
}
