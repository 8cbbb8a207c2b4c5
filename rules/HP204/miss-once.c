/* Made at first use, a few at start-up, on the way out, or once and for all. */
#include <stdlib.h>

struct cache {
  int key, value;
};
struct context {
  struct cache *cache;
  struct cache *slots[8];
};

int work(struct context *context, int value);

int lazily(struct context *context, const int *values, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    if (!context->cache) {
      context->cache = malloc(sizeof *context->cache);
      if (!context->cache)
        return -1;
      context->cache->key = 0;
    }
    sum += work(context, values[i]);
  }
  return sum;
}

static struct cache *shared;

static void need_shared(void) {
  if (!shared)
    shared = calloc(1, sizeof *shared);
}

int lazily_by_helper(struct context *context, const int *values, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    need_shared();
    sum += work(context, values[i]);
  }
  return sum;
}

int a_few(struct context *context) {
  for (int i = 0; i < 8; i++) {
    context->slots[i] = malloc(sizeof *context->slots[i]);
    if (!context->slots[i])
      return -1;
  }
  return 0;
}

struct failure {
  struct failure *next;
  int line;
};
extern struct failure *failures;

void fatal(const int *values, int n) {
  for (int i = 0; i < n; i++)
    if (values[i] < 0) {
      struct failure *f = malloc(sizeof *f);
      if (f) {
        f->line = i;
        f->next = failures;
        failures = f;
      }
      exit(1);
    }
}

struct cache *first(const int *values, int n) {
  for (int i = 0; i < n; i++)
    if (values[i] > 0) {
      struct cache *c = malloc(sizeof *c);
      if (c)
        c->key = values[i];
      return c;
    }
  return NULL;
}

/* In a variable, when the first value comes. */
struct tally {
  long sum, count;
};
void add(struct tally *tally, int value);

struct tally *positive(const int *values, int n) {
  struct tally *tally = NULL;
  for (int i = 0; i < n; i++) {
    if (values[i] <= 0)
      continue;
    if (!tally)
      tally = calloc(1, sizeof *tally);
    if (!tally)
      return NULL;
    add(tally, values[i]);
  }
  return tally;
}
