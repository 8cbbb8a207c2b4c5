/* A hash index: finds the id of equal content in a table that lives elsewhere. Internal to ir/. */
#ifndef HPLINT_IR_INDEX_H
#define HPLINT_IR_INDEX_H

#include "ir/support.h"

#include <stdlib.h>
#include <string.h>

/* Open addressing; a slot holds the hash in its upper and id + 1 in its lower half, 0 is empty. */
typedef struct IrIndex {
  uint64_t *slots;
  uint32_t cap, count; /* cap: a power of two */
} IrIndex;

/* Is the entry `id` what `key` describes? */
typedef bool IrIndexSame(const void *key, uint32_t id);

static inline uint64_t ir_hash_mix(uint64_t h, uint64_t x) {
  h = (h ^ x) * 0x9E3779B97F4A7C15u;
  return h ^ h >> 32;
}

static inline uint32_t ir_hash_bytes(const void *bytes, size_t length) {
  const unsigned char *p = bytes;
  uint64_t h = length;
  for (; length >= 8; p += 8, length -= 8) {
    uint64_t x;
    memcpy(&x, p, 8);
    h = ir_hash_mix(h, x);
  }
  uint64_t tail = 0;
  if (length)
    memcpy(&tail, p, length);
  return (uint32_t)ir_hash_mix(h, tail);
}

static inline uint32_t ir_index_find(const IrIndex *ix, uint32_t hash, IrIndexSame *same,
                                     const void *key) {
  if (!ix->cap)
    return UINT32_MAX;
  for (uint32_t at = hash & (ix->cap - 1);; at = (at + 1) & (ix->cap - 1)) {
    uint64_t slot = ix->slots[at];
    if (!slot)
      return UINT32_MAX;
    uint32_t id = (uint32_t)slot - 1;
    if ((uint32_t)(slot >> 32) == hash && same(key, id))
      return id;
  }
}

static inline void ir_index_put(IrIndex *ix, uint64_t slot) {
  uint32_t at = (uint32_t)(slot >> 32) & (ix->cap - 1);
  while (ix->slots[at])
    at = (at + 1) & (ix->cap - 1);
  ix->slots[at] = slot;
}

static inline void ir_index_add(IrIndex *ix, uint32_t hash, uint32_t id) {
  if (ix->count >= ix->cap / 4 * 3) {
    uint64_t *old = ix->slots;
    uint32_t old_cap = ix->cap;
    ix->cap = old_cap ? old_cap * 2 : 64;
    ix->slots = hp_calloc(ix->cap, sizeof *ix->slots);
    for (uint32_t i = 0; i < old_cap; i++)
      if (old[i])
        ir_index_put(ix, old[i]);
    free(old);
  }
  ir_index_put(ix, (uint64_t)hash << 32 | (id + 1));
  ix->count++;
}

static inline void ir_index_clear(IrIndex *ix) {
  if (ix->count)
    memset(ix->slots, 0, ix->cap * sizeof *ix->slots);
  ix->count = 0;
}

static inline void ir_index_free(IrIndex *ix) {
  free(ix->slots);
  *ix = (IrIndex){0};
}

#endif
