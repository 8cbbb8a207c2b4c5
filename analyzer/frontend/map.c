#include "analyzer/frontend/map.h"

#include <stdlib.h>
#include <string.h>

static uint32_t slot_of(const PtrMap *m, uintptr_t key) {
  uint32_t mask = m->size - 1;
  /* Pointers to nodes of an arena differ in the middle bits: multiply, take the upper ones. */
  uint32_t i = (uint32_t)(((uint64_t)key * 0x9E3779B97F4A7C15u) >> 32) & mask;
  while (m->slots[i].key && m->slots[i].key != key)
    i = (i + 1) & mask;
  return i;
}

uint32_t map_get(const PtrMap *m, const void *key) {
  if (!m->size)
    return MAP_NONE;
  uint32_t i = slot_of(m, (uintptr_t)key);
  return m->slots[i].key ? m->slots[i].value : MAP_NONE;
}

static void grow(PtrMap *m) {
  PtrMap bigger = {.size = m->size ? m->size * 2 : 64};
  bigger.slots = hp_calloc(bigger.size, sizeof *bigger.slots);
  for (uint32_t i = 0; i < m->size; i++)
    if (m->slots[i].key)
      bigger.slots[slot_of(&bigger, m->slots[i].key)] = m->slots[i];
  bigger.count = m->count;
  free(m->slots);
  *m = bigger;
}

void map_put(PtrMap *m, const void *key, uint32_t value) {
  if ((m->count + 1) * 4 > m->size * 3)
    grow(m);
  uint32_t i = slot_of(m, (uintptr_t)key);
  if (!m->slots[i].key)
    m->count++;
  m->slots[i].key = (uintptr_t)key;
  m->slots[i].value = value;
}

void map_clear(PtrMap *m) {
  if (m->count)
    memset(m->slots, 0, m->size * sizeof *m->slots);
  m->count = 0;
}

void map_free(PtrMap *m) {
  free(m->slots);
  *m = (PtrMap){0};
}
