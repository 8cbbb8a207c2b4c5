/* Arenas, pools and free lists: nodes that lie side by side. */
#include <stdlib.h>
#include <string.h>

struct block {
  struct block *older;
  size_t used, size;
  char bytes[];
};
struct arena {
  struct block *newest;
};

static void *arena_take(struct arena *a, size_t size) {
  size = (size + 15) & ~(size_t)15;
  struct block *b = a->newest;
  if (!b || b->size - b->used < size) {
    size_t room = size > 65536 ? size : 65536;
    struct block *fresh = malloc(sizeof *fresh + room);
    if (!fresh)
      abort();
    fresh->older = b;
    fresh->used = 0;
    fresh->size = room;
    a->newest = b = fresh;
  }
  void *at = b->bytes + b->used;
  b->used += size;
  return at;
}

void arena_free(struct arena *a) {
  while (a->newest) {
    struct block *b = a->newest;
    a->newest = b->older;
    free(b);
  }
}

struct token {
  int kind, line;
  const char *text;
};

struct token **tokens(struct arena *a, const char *const *words, int n) {
  struct token **all = arena_take(a, (size_t)n * sizeof(struct token *));
  for (int i = 0; i < n; i++) {
    all[i] = arena_take(a, sizeof *all[i]);
    all[i]->kind = words[i][0];
    all[i]->line = i;
    all[i]->text = words[i];
  }
  return all;
}

char *arena_copy(struct arena *a, const char *text) {
  size_t size = strlen(text) + 1;
  return memcpy(arena_take(a, size), text, size);
}

void intern(struct arena *a, const char **names, int n) {
  for (int i = 0; i < n; i++)
    names[i] = arena_copy(a, names[i]);
}

/* slots of one array, linked by index */
struct slab {
  int next, value;
};
struct slabs {
  struct slab *all;
  int free, room;
};

static int slab_take(struct slabs *s) {
  if (s->free < 0) {
    int room = s->room ? 2 * s->room : 64;
    struct slab *all = realloc(s->all, (size_t)room * sizeof *all);
    if (!all)
      abort();
    s->all = all;
    for (int i = s->room; i < room; i++)
      all[i].next = i + 1 < room ? i + 1 : -1;
    s->free = s->room;
    s->room = room;
  }
  int at = s->free;
  s->free = s->all[at].next;
  return at;
}

void take_all(struct slabs *s, const int *values, int *at, int n) {
  for (int i = 0; i < n; i++) {
    at[i] = slab_take(s);
    s->all[at[i]].value = values[i];
  }
}
