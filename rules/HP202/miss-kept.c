#include <stdlib.h>
#include <string.h>

int use(const char *text);

struct buffer {
  char *data;
  size_t cap;
};

/* A buffer that grows and stays. */
static int with_buffer(struct buffer *b, const char *word) {
  size_t n = strlen(word) + 1;
  if (n > b->cap) {
    free(b->data);
    b->cap = 2 * n;
    b->data = malloc(b->cap);
    if (!b->data)
      abort();
  }
  memcpy(b->data, word, n);
  return use(b->data);
}

/* Made at first use. */
static char *table;
static int look_up(unsigned char c) {
  if (!table) {
    table = malloc(256);
    if (!table)
      abort();
    memset(table, 1, 256);
  }
  return table[c];
}

/* A pool: nothing is given back alone. */
struct pool {
  char *at, *end;
};
static void *pool_take(struct pool *p, size_t n) {
  if ((size_t)(p->end - p->at) < n) {
    p->at = malloc(65536);
    if (!p->at)
      abort();
    p->end = p->at + 65536;
  }
  void *r = p->at;
  p->at += n;
  return r;
}
static int from_pool(struct pool *p, const char *word) {
  char *copy = pool_take(p, strlen(word) + 1);
  return use(strcpy(copy, word));
}

/* The object is kept, and an older one freed: a cache of one. */
static char *last;
static int cached(const char *word) {
  if (last && !strcmp(last, word))
    return 1;
  char *copy = strdup(word);
  free(last);
  last = copy;
  return use(copy);
}

/* Prepared once: the call changes what it is asked by. */
struct entry {
  int ready, sum;
  const char *text;
};
static void prepare(struct entry *e) {
  char *copy = strdup(e->text);
  if (!copy)
    abort();
  e->sum = use(copy);
  e->ready = 1;
  free(copy);
}

int sum_entries(struct entry *e, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    if (!e[i].ready)
      prepare(&e[i]);
    sum += e[i].sum;
  }
  return sum;
}

int all(struct buffer *b, struct pool *p, const char *const *words, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += with_buffer(b, words[i]) + look_up((unsigned char)words[i][0]) +
           from_pool(p, words[i]) + cached(words[i]);
  return sum;
}
