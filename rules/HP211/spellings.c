/* Recursion over folders; a comparison of a size that varies. */
#include <stdlib.h>
#include <string.h>

int weigh(const char *text);

struct key {
  const char *text;
  size_t size;
};

#define COPY(to, k)                                                                                \
  char *to = malloc((k)->size);                                                                    \
  if (!to)                                                                                         \
    abort();                                                                                       \
  memcpy(to, (k)->text, (k)->size)

static int by_weight(const void *a, const void *b) {
  const struct key *x = a, *y = b;
  COPY(copy, x); // expect: HP211 found
  copy[0] = 0;
  int d = weigh(copy) - weigh(y->text);
  free(copy);
  return d;
}

const struct key *find(const struct key *key, const struct key *keys, size_t n) {
  return bsearch(key, keys, n, sizeof *keys, by_weight);
}

struct folder {
  struct folder *below, *beside;
  const char *name;
};

int walk(const struct folder *f) {
  size_t size = strlen(f->name) + 2;
  char *path = malloc(size); // expect: HP211 found
  if (!path)
    return -1;
  memcpy(path, f->name, size - 2);
  memcpy(path + size - 2, "/", 2);
  int sum = weigh(path);
  free(path);
  if (f->below)
    sum += walk(f->below);
  return f->beside ? sum + walk(f->beside) : sum;
}
