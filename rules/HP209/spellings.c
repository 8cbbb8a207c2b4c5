/* By pointers, a macro, a do loop, with what grows in another function. */
#include <stdlib.h>

struct ids {
  int *at;
  int used, room;
};

static int ids_add(struct ids *ids, int id) {
  if (ids->used + 1 > ids->room) {
    int room = ids->room + ids->room / 2 + 8;
    int *at = realloc(ids->at, (size_t)room * sizeof *at);
    if (!at)
      return -1;
    ids->at = at;
    ids->room = room;
  }
  ids->at[ids->used++] = id;
  return 0;
}

struct item {
  int id, weight;
};

int ids_of(struct ids *ids, const struct item *items, const struct item *end) {
  for (const struct item *i = items; i != end; i++)
    if (ids_add(ids, i->id) < 0) // expect: HP209 found
      return -1;
  return 0;
}

#define UP_TO(i, n) for (int i = 0; i < (n); ++i)

int first(struct ids *ids, int n) {
  UP_TO(i, n)
    if (ids_add(ids, i) < 0) // expect: HP209 found
      return -1;
  return 0;
}

int weights(struct ids *ids, const struct item *items, int n) {
  int i = 0;
  do
    ids_add(ids, items[i].weight); // expect: HP209 found
  while (++i < n);
  return ids->used;
}
