#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct key {
  char name[32];
  int kind;
};
int find(const struct key *key);
int use(void *p);

/* Returned; stored; handed on to be kept. */
struct key *make(int kind) {
  struct key *key = malloc(sizeof *key);
  if (key)
    key->kind = kind;
  return key;
}
struct table {
  struct key *last;
};
void remember(struct table *t, int kind) {
  struct key *key = malloc(sizeof *key);
  if (!key)
    return;
  key->kind = kind;
  free(t->last);
  t->last = key;
}
int maybe(int kind, struct table *t) {
  struct key *key = malloc(sizeof *key);
  if (!key)
    return -1;
  key->kind = kind;
  if (find(key) > 0) {
    t->last = key;
    return 1;
  }
  free(key);
  return 0;
}

/* Too large for a stack, or of unknown size. */
int large(void) {
  char *buffer = malloc(65536);
  int sum = buffer ? use(buffer) : -1;
  free(buffer);
  return sum;
}
int unknown(size_t n) {
  char *buffer = malloc(n);
  int sum = buffer ? use(buffer) : -1;
  free(buffer);
  return sum;
}

/* The compiler drops the pair. */
int removed(int x) {
  int *p = malloc(sizeof *p);
  if (!p)
    return 0;
  *p = x;
  int y = *p + 1;
  free(p);
  return y;
}

/* An object with further memory. */
struct vector {
  double *data;
  size_t n;
};
static struct vector *vector_new(size_t n) {
  struct vector *v = malloc(sizeof *v);
  if (!v)
    abort();
  v->data = calloc(n, sizeof *v->data);
  v->n = n;
  return v;
}
static void vector_free(struct vector *v) {
  free(v->data);
  free(v);
}
int with_vector(size_t n) {
  struct vector *v = vector_new(n);
  int sum = use(v->data);
  vector_free(v);
  return sum;
}

/* A pool, which takes its chunks later. */
struct pool {
  void *chunks[8];
  int count;
};
static struct pool *pool_new(void) {
  struct pool *p = malloc(sizeof *p);
  if (!p)
    abort();
  p->count = 0;
  return p;
}
static void *pool_take(struct pool *p, size_t n) {
  return p->chunks[p->count++] = malloc(n);
}
static void pool_free(struct pool *p) {
  while (p->count)
    free(p->chunks[--p->count]);
  free(p);
}
int with_pool(size_t n) {
  struct pool *p = pool_new();
  int sum = use(pool_take(p, n));
  pool_free(p);
  return sum;
}

/* A stream. */
int read_first(const char *path) {
  FILE *in = fopen(path, "r");
  if (!in)
    return -1;
  int c = getc(in);
  fclose(in);
  return c;
}

/* On the way out. */
int check(int kind) {
  if (kind < 0) {
    struct key *key = malloc(sizeof *key);
    if (key)
      find(key);
    free(key);
    exit(1);
  }
  return kind;
}

/* Paid by a loop: HP202's finding there. */
static int look_up(const char *name) {
  struct key *key = malloc(sizeof *key);
  if (!key)
    return -1;
  strncpy(key->name, name, sizeof key->name);
  int found = find(key);
  free(key);
  return found;
}
int look_up_all(const char *const *names, int n) {
  int found = 0;
  for (int i = 0; i < n; i++)
    found += look_up(names[i]); // expect: HP202 "calls look_up"
  return found;
}
