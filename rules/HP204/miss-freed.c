/* Freed again in the same iteration, or by the next one: another rule's. */
#include <stdlib.h>

struct state {
  struct state *outer;
  int depth;
};

int visit(struct state *state, int value);

int each(const int *values, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    struct state *s = malloc(sizeof *s);
    if (!s)
      return -1;
    s->outer = NULL;
    s->depth = i;
    sum += visit(s, values[i]);
    free(s);
  }
  return sum;
}

int last(const int *values, int n) {
  struct state *s = NULL;
  int sum = 0;
  for (int i = 0; i < n; i++) {
    free(s);
    s = malloc(sizeof *s);
    if (!s)
      return -1;
    s->outer = NULL;
    s->depth = i;
    sum += visit(s, values[i]);
  }
  free(s);
  return sum;
}

/* Counted references: the last call of the iteration lets go of the object. */
struct object {
  int references, value;
};

static struct object *object_new(int value) {
  struct object *o = malloc(sizeof *o);
  if (!o)
    abort();
  o->references = 1;
  o->value = value;
  return o;
}

static void let_go(struct object *o) {
  if (--o->references == 0)
    free(o);
}

void scan(const int *values, int n, void (*callback)(struct object *)) {
  for (int i = 0; i < n; i++) {
    if (values[i] < 0)
      continue;
    struct object *o = object_new(values[i]);
    callback(o);
    let_go(o);
  }
}

/* The old part goes when the new one comes. */
struct owner {
  struct object *part;
};

void renew(struct owner *owners, int n) {
  for (int i = 0; i < n; i++) {
    let_go(owners[i].part);
    owners[i].part = object_new(i);
  }
}

/* Filled and dropped in each iteration. */
struct list {
  struct state *top;
};

static void push(struct list *list, int depth) {
  struct state *s = malloc(sizeof *s);
  if (!s)
    abort();
  s->depth = depth;
  s->outer = list->top;
  list->top = s;
}

static void drop(struct list *list) {
  while (list->top) {
    struct state *s = list->top;
    list->top = s->outer;
    free(s);
  }
  free(list);
}

long passing(const int *values, int n, long (*measure)(const struct list *)) {
  long sum = 0;
  for (int i = 0; i < n; i++) {
    struct list *list = calloc(1, sizeof *list);
    if (!list)
      return -1;
    push(list, values[i]);
    sum += measure(list);
    drop(list);
  }
  return sum;
}

/* What a helper hangs on an object, another takes off. */
struct source {
  const int *values;
  int count;
  struct state *walk;
};

static void begin(struct source *source) {
  source->walk = malloc(sizeof *source->walk);
  if (!source->walk)
    abort();
  source->walk->outer = NULL;
  source->walk->depth = 0;
}

static void end(struct source *source) {
  free(source->walk);
}

int walk_all(struct source *sources, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    begin(&sources[i]);
    while (sources[i].walk->depth < sources[i].count)
      sum += visit(sources[i].walk, sources[i].values[sources[i].walk->depth++]);
    end(&sources[i]);
  }
  return sum;
}
