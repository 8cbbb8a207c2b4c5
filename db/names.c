#include "db/names.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static uint32_t *slot_of(const DbNames *names, const char *text) {
  uint32_t at = (uint32_t)XXH3_64bits(text, strlen(text));
  for (;; at++) {
    uint32_t *slot = &names->slots[at & (names->nslots - 1)];
    if (!*slot || strcmp(names->items[*slot - 1], text) == 0)
      return slot;
  }
}

static void enlarge(DbNames *names) {
  names->nslots = names->nslots ? names->nslots * 2 : 256;
  free(names->slots);
  names->slots = hp_calloc(names->nslots, sizeof *names->slots);
  for (uint32_t i = 0; i < names->count; i++)
    *slot_of(names, names->items[i]) = i + 1;
}

uint32_t db_names_add(DbNames *names, const char *text, bool *fresh) {
  if (2 * names->count >= names->nslots)
    enlarge(names);
  uint32_t *slot = slot_of(names, text);
  if (fresh)
    *fresh = !*slot;
  if (!*slot) {
    HP_GROW(names->items, names->count, names->cap);
    names->items[names->count++] = hp_strdup(text);
    *slot = names->count;
  }
  return *slot - 1;
}

uint32_t db_names_find(const DbNames *names, const char *text) {
  if (!names->count)
    return DB_NAME_NONE;
  uint32_t slot = *slot_of(names, text);
  return slot ? slot - 1 : DB_NAME_NONE;
}

void db_names_free(DbNames *names) {
  for (uint32_t i = 0; i < names->count; i++)
    free(names->items[i]);
  free(names->items);
  free(names->slots);
  *names = (DbNames){0};
}
