/* Interned strings and maps from integers, for linking: open addressing with linear probes. */
#include "ir/program_parts.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash_text(const char *text, size_t n) {
  uint64_t h = n;
  for (; n >= 8; text += 8, n -= 8) {
    uint64_t word;
    memcpy(&word, text, 8);
    h = pg_mix(h, word);
  }
  uint64_t rest = 0;
  memcpy(&rest, text, n);
  return pg_mix(pg_mix(h, rest), 1);
}

uint64_t pg_hash_name(const char *text) {
  return hash_text(text, strlen(text));
}

static uint32_t *name_slot(const PgNames *names, const char *text, uint64_t hash) {
  uint32_t mask = names->nslots - 1;
  for (uint32_t i = (uint32_t)hash & mask;; i = (i + 1) & mask) {
    uint32_t id = names->slots[i];
    if (!id || (names->hash[id - 1] == hash && !strcmp(names->text[id - 1], text)))
      return &names->slots[i];
  }
}

static void grow_names(PgNames *names) {
  free(names->slots);
  names->nslots = names->nslots ? names->nslots * 2 : 4096;
  names->slots = hp_calloc(names->nslots, sizeof *names->slots);
  uint32_t mask = names->nslots - 1;
  for (uint32_t id = 0; id < names->count; id++) {
    uint32_t i = (uint32_t)names->hash[id] & mask;
    while (names->slots[i])
      i = (i + 1) & mask;
    names->slots[i] = id + 1;
  }
}

uint32_t pg_intern(PgNames *names, const char *text) {
  if ((names->count + 1) * 2 > names->nslots)
    grow_names(names);
  uint64_t hash = pg_hash_name(text);
  uint32_t *slot = name_slot(names, text, hash);
  if (*slot)
    return *slot - 1;
  uint32_t hash_cap = names->cap;
  HP_GROW(names->text, names->count, names->cap);
  if (names->cap != hash_cap)
    names->hash = hp_realloc(names->hash, names->cap * sizeof *names->hash);
  names->text[names->count] = text;
  names->hash[names->count] = hash;
  return *slot = names->count + 1, names->count++;
}

uint32_t pg_lookup(const PgNames *names, const char *text) {
  if (!names->nslots)
    return IR_NONE;
  return *name_slot(names, text, pg_hash_name(text)) - 1;
}

void pg_names_free(PgNames *names) {
  free(names->text);
  free(names->hash);
  free(names->slots);
}

static uint32_t key_slot(const PgMap *map, uint64_t key) {
  uint32_t mask = map->nslots - 1, i = (uint32_t)pg_mix(key, 0) & mask;
  while (map->keys[i] && map->keys[i] != key)
    i = (i + 1) & mask;
  return i;
}

static void grow_map(PgMap *map) {
  PgMap old = *map;
  map->nslots = old.nslots ? old.nslots * 2 : 256;
  map->keys = hp_calloc(map->nslots, sizeof *map->keys);
  map->values = hp_malloc(map->nslots * sizeof *map->values);
  for (uint32_t i = 0; i < old.nslots; i++)
    if (old.keys[i]) {
      uint32_t at = key_slot(map, old.keys[i]);
      map->keys[at] = old.keys[i];
      map->values[at] = old.values[i];
    }
  pg_map_free(&old);
}

uint32_t *pg_map_at(PgMap *map, uint64_t key) {
  HP_ASSERT(key);
  if ((map->count + 1) * 2 > map->nslots)
    grow_map(map);
  uint32_t i = key_slot(map, key);
  if (!map->keys[i]) {
    map->keys[i] = key;
    map->values[i] = IR_NONE;
    map->count++;
  }
  return &map->values[i];
}

uint32_t pg_map_get(const PgMap *map, uint64_t key) {
  if (!map->nslots)
    return IR_NONE;
  uint32_t i = key_slot(map, key);
  return map->keys[i] ? map->values[i] : IR_NONE;
}

void pg_map_free(PgMap *map) {
  free(map->keys);
  free(map->values);
}
