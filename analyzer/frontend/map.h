/* A hash map from pointers (or any non-zero word) to u32: open addressing, no removal. */
#ifndef HPLINT_ANALYZER_FRONTEND_MAP_H
#define HPLINT_ANALYZER_FRONTEND_MAP_H

#include "ir/support.h"

typedef struct PtrMap {
  struct PtrMapSlot {
    uintptr_t key; /* 0: free */
    uint32_t value;
  } *slots;
  uint32_t count, size; /* size: power of two, or 0 */
} PtrMap;

#define MAP_NONE UINT32_MAX
uint32_t map_get(const PtrMap *m, const void *key); /* MAP_NONE when absent */
void map_put(PtrMap *m, const void *key, uint32_t value);
void map_clear(PtrMap *m); /* keeps the memory */
void map_free(PtrMap *m);

#endif
