/* Rows of different sizes; rows that move; few rows; tables that nobody walks in order. */
#include <stdlib.h>
#include <string.h>

double triangle(int n) {
  double **rows = malloc((size_t)n * sizeof *rows), sum = 0;
  for (int i = 0; i < n; i++)
    rows[i] = calloc((size_t)i + 1, sizeof **rows);
  for (int i = 0; i < n; i++)
    sum += rows[i][0];
  return sum;
}

char **copy_strings(char **from, int n) {
  char **to = malloc((size_t)n * sizeof *to);
  int length = 0;
  for (int i = 0; i < n; i++)
    to[i] = strdup(from[i]);
  for (int i = 0; i < n; i++)
    length += to[i][0] != 0;
  return length ? to : NULL;
}

struct item {
  long key, value;
};

void sort_of(struct item **items, int n);

long sorted(int n) {
  struct item **items = malloc((size_t)n * sizeof *items);
  long sum = 0;
  for (int i = 0; i < n; i++) {
    items[i] = malloc(sizeof **items);
    items[i]->key = n - i;
  }
  for (int i = 0; i + 1 < n; i++)
    if (items[i]->key > items[i + 1]->key) {
      struct item *t = items[i];
      items[i] = items[i + 1];
      items[i + 1] = t;
    }
  for (int i = 0; i < n; i++)
    sum += items[i]->key;
  return sum;
}

long few(void) {
  long *rows[8], sum = 0;
  for (int i = 0; i < 8; i++)
    rows[i] = calloc(100, sizeof *rows[i]);
  for (int i = 0; i < 8; i++)
    sum += rows[i][3];
  return sum;
}

struct pool {
  struct item **free_items;
  int count;
};

void pool_fill(struct pool *p, int n) {
  p->free_items = malloc((size_t)n * sizeof *p->free_items);
  for (p->count = 0; p->count < n; p->count++)
    p->free_items[p->count] = malloc(sizeof(struct item));
}

struct item *pool_take(struct pool *p) {
  return p->count ? p->free_items[--p->count] : NULL;
}

/* Buckets: found by a hash, not in order. */
struct table {
  struct item **slots;
  unsigned size;
};

void table_fill(struct table *t, unsigned n) {
  t->slots = calloc(n, sizeof *t->slots);
  t->size = n;
  for (unsigned i = 0; i < n; i++)
    t->slots[i] = calloc(1, sizeof(struct item));
}

long look_up(const struct table *t, const unsigned *keys, int n) {
  long sum = 0;
  for (int i = 0; i < n; i++)
    sum += t->slots[keys[i] % t->size]->value;
  return sum;
}

/* Large buffers. */
char **buffers(int n) {
  char **b = malloc((size_t)n * sizeof *b);
  for (int i = 0; i < n; i++)
    b[i] = malloc(65536);
  for (int i = 0; i < n; i++)
    b[i][0] = 0;
  return b;
}
