#include "ir/align.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_CELLS = 4 << 20 }; /* of the table for one gap between anchors */

typedef struct Align {
  const uint32_t *a, *b;
  uint32_t *pairs;
} Align;

typedef struct Gap {
  uint32_t a0, a1, b0, b1; /* half open */
} Gap;

static bool equal(const Align *s, uint32_t i, uint32_t j) {
  return s->a[i] == s->b[j] && s->a[i] != UINT32_MAX;
}

/* ---- longest common subsequence -------------------------------------------------------------- */

static void common(Align *s, Gap g) {
  uint32_t n = g.a1 - g.a0, m = g.b1 - g.b0, wide = m + 1;
  if (!n || !m || (uint64_t)(n + 1) * wide > MAX_CELLS)
    return;
  uint32_t *length = hp_calloc((size_t)(n + 1) * wide, sizeof *length);
  for (uint32_t i = n; i-- > 0;)
    for (uint32_t j = m; j-- > 0;) {
      uint32_t down = length[(i + 1) * wide + j], right = length[i * wide + j + 1];
      length[i * wide + j] = equal(s, g.a0 + i, g.b0 + j) ? length[(i + 1) * wide + j + 1] + 1
                             : down > right               ? down
                                                          : right;
    }
  for (uint32_t i = 0, j = 0; i < n && j < m;) {
    if (equal(s, g.a0 + i, g.b0 + j) &&
        length[i * wide + j] == length[(i + 1) * wide + j + 1] + 1) {
      s->pairs[g.a0 + i++] = g.b0 + j++;
    } else if (length[(i + 1) * wide + j] >= length[i * wide + j + 1]) {
      i++;
    } else {
      j++;
    }
  }
  free(length);
}

/* ---- anchors --------------------------------------------------------------------------------- */

typedef struct Entry {
  uint32_t key, side, at;
} Entry;

static int by_key(const void *x, const void *y) {
  const Entry *a = x, *b = y;
  if (a->key != b->key)
    return a->key < b->key ? -1 : 1;
  return a->side != b->side ? (a->side < b->side ? -1 : 1) : a->at < b->at ? -1 : a->at > b->at;
}

typedef struct Anchor {
  uint32_t a, b;
  uint32_t before; /* the anchor before it in the longest ascending chain */
} Anchor;

static int by_place(const void *x, const void *y) {
  const Anchor *a = x, *b = y;
  return a->a < b->a ? -1 : a->a > b->a;
}

/* Keys that stand once on either side, in a's order. */
static uint32_t unique_pairs(const Align *s, Gap g, Anchor *out) {
  uint32_t n = g.a1 - g.a0, m = g.b1 - g.b0, count = 0;
  Entry *entries = hp_calloc((size_t)n + m, sizeof *entries);
  for (uint32_t i = 0; i < n; i++)
    entries[i] = (Entry){s->a[g.a0 + i], 0, g.a0 + i};
  for (uint32_t j = 0; j < m; j++)
    entries[n + j] = (Entry){s->b[g.b0 + j], 1, g.b0 + j};
  qsort(entries, (size_t)n + m, sizeof *entries, by_key);
  for (uint32_t i = 0, next; i < n + m; i = next) {
    for (next = i; next < n + m && entries[next].key == entries[i].key;)
      next++;
    if (next == i + 2 && entries[i].side != entries[i + 1].side && entries[i].key != UINT32_MAX)
      out[count++] = (Anchor){entries[i].at, entries[i + 1].at, UINT32_MAX};
  }
  free(entries);
  if (count)
    qsort(out, count, sizeof *out, by_place);
  return count;
}

/* The longest chain that ascends in b too, by patience sorting; its anchors are moved to the front.
 */
static uint32_t longest_chain(Anchor *anchors, uint32_t count) {
  uint32_t *piles = hp_calloc(count + 1, sizeof *piles), npiles = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t low = 0, high = npiles;
    while (low < high) {
      uint32_t mid = (low + high) / 2;
      if (anchors[piles[mid]].b < anchors[i].b)
        low = mid + 1;
      else
        high = mid;
    }
    anchors[i].before = low ? piles[low - 1] : UINT32_MAX;
    piles[low] = i;
    npiles += low == npiles;
  }
  uint32_t *chain = hp_calloc(npiles + 1, sizeof *chain);
  uint32_t at = npiles ? piles[npiles - 1] : UINT32_MAX;
  for (uint32_t i = npiles; i-- > 0; at = anchors[at].before)
    chain[i] = at;
  for (uint32_t i = 0; i < npiles; i++) /* chain[i] >= i */
    anchors[i] = anchors[chain[i]];
  free(chain);
  free(piles);
  return npiles;
}

/* Equal elements at both ends of a gap. */
static Gap trim(Align *s, Gap g) {
  while (g.a0 < g.a1 && g.b0 < g.b1 && equal(s, g.a0, g.b0))
    s->pairs[g.a0++] = g.b0++;
  while (g.a0 < g.a1 && g.b0 < g.b1 && equal(s, g.a1 - 1, g.b1 - 1))
    s->pairs[--g.a1] = --g.b1;
  return g;
}

static void patience(Align *s, Gap g) {
  g = trim(s, g);
  if (g.a0 == g.a1 || g.b0 == g.b1)
    return;
  Anchor *anchors = hp_calloc((size_t)(g.a1 - g.a0) + 1, sizeof *anchors);
  uint32_t count = longest_chain(anchors, unique_pairs(s, g, anchors));
  Gap rest = g;
  for (uint32_t i = 0; i < count; i++) {
    s->pairs[anchors[i].a] = anchors[i].b;
    patience(s, (Gap){rest.a0, anchors[i].a, rest.b0, anchors[i].b});
    rest.a0 = anchors[i].a + 1;
    rest.b0 = anchors[i].b + 1;
  }
  if (count)
    patience(s, rest);
  else
    common(s, g);
  free(anchors);
}

void align(const uint32_t *a, uint32_t na, const uint32_t *b, uint32_t nb, uint32_t *pairs) {
  memset(pairs, 0xFF, (size_t)na * sizeof *pairs);
  Align s = {a, b, pairs};
  patience(&s, (Gap){0, na, 0, nb});
}
