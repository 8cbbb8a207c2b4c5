/* Objects with owners: constructors, caches that are filled once, callbacks, lists of a few. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct shape {
  double x, y, width, height;
};
struct canvas {
  struct shape *shapes;
  int count, room;
  char *title;
  pthread_mutex_t lock;
};

struct canvas *canvas_new(const char *title) {
  struct canvas *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  if (!(c->title = strdup(title))) {
    free(c);
    return NULL;
  }
  pthread_mutex_init(&c->lock, NULL);
  return c;
}
void canvas_free(struct canvas *c) {
  if (!c)
    return;
  free(c->shapes);
  free(c->title);
  pthread_mutex_destroy(&c->lock);
  free(c);
}
int canvas_add(struct canvas *c, const struct shape *s) {
  int failed = 0;
  pthread_mutex_lock(&c->lock);
  if (c->count == c->room) {
    int room = c->room ? 2 * c->room : 8;
    struct shape *more = realloc(c->shapes, (size_t)room * sizeof *more);
    if (more) {
      c->shapes = more;
      c->room = room;
    } else {
      failed = -1;
    }
  }
  if (!failed)
    c->shapes[c->count++] = *s;
  pthread_mutex_unlock(&c->lock);
  return failed;
}
double canvas_area(const struct canvas *c) {
  double area = 0;
  for (int i = 0; i < c->count; i++) {
    const struct shape *s = &c->shapes[i];
    area += s->width * s->height;
  }
  return area;
}
void canvas_move(struct canvas *c, double x, double y) {
  for (struct shape *s = c->shapes, *end = s + c->count; s < end; s++) {
    s->x += x;
    s->y += y;
  }
}

/* a handful of plugins, registered at the start */
enum { PLUGINS = 8 };
struct plugin {
  const char *name;
  int (*run)(void *state, int value);
  void *state;
};
static struct plugin plugins[PLUGINS];
static int nplugins;

int plugin_add(const char *name, int (*run)(void *, int), void *state) {
  if (nplugins == PLUGINS)
    return -1;
  plugins[nplugins++] = (struct plugin){name, run, state};
  return 0;
}
int run_plugins(const int *values, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    for (int k = 0; k < nplugins; k++)
      sum += plugins[k].run(plugins[k].state, values[i]);
  return sum;
}

/* worked out at first use, and kept */
struct document {
  const char *text;
  int *lines;
  int nlines;
};
static const int *line_starts(struct document *d) {
  if (d->lines)
    return d->lines;
  int n = 1;
  for (const char *p = d->text; *p; p++)
    n += *p == '\n';
  d->lines = malloc((size_t)n * sizeof *d->lines);
  if (!d->lines)
    abort();
  d->lines[0] = 0;
  for (int i = 0; d->text[i]; i++)
    if (d->text[i] == '\n')
      d->lines[++d->nlines] = i + 1;
  return d->lines;
}
long columns(struct document *d, const int *at, const int *line, int n) {
  long sum = 0;
  for (int i = 0; i < n; i++)
    sum += at[i] - line_starts(d)[line[i]];
  return sum;
}

/* a ring that is read and written by turns */
struct ring {
  int items[1024];
  unsigned head, tail;
};
int ring_put(struct ring *r, const int *from, int n) {
  int put = 0;
  while (put < n && r->head - r->tail < 1024)
    r->items[r->head++ & 1023] = from[put++];
  return put;
}

/* two levels up at most */
struct scope {
  struct scope *outer;
  int locals;
};
int outer_locals(const struct scope *s) {
  int sum = s->locals;
  if (s->outer)
    sum += s->outer->locals;
  return sum;
}

/* copies that are wanted: a snapshot before it is changed */
struct state {
  double values[8];
};
int simulate(struct state *s, double (*score)(const struct state *), void (*step)(struct state *),
             int n) {
  int kept = 0;
  double best = score(s);
  for (int i = 0; i < n; i++) {
    struct state before = *s;
    step(s);
    double now = score(s);
    if (now > best) {
      best = now;
      kept++;
    } else {
      *s = before;
    }
  }
  return kept;
}
