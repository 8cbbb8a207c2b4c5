#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int use(char *text);
int open_file(const char *path);

struct list {
  int count;
  char **items;
};

/* Behind the test. */
int each(struct list *l, int wanted) {
  if (wanted >= l->count)
    return 0;
  char *buffer = malloc(4000);
  if (!buffer)
    return -1;
  strcpy(buffer, l->items[wanted]);
  int sum = use(buffer);
  free(buffer);
  return sum;
}

/* The way out is for errors: a code, a report, a failed call. */
int checked(struct list *l, int wanted) {
  char *buffer = malloc(4000);
  if (!buffer)
    return -1;
  if (wanted >= l->count) {
    free(buffer);
    return -22;
  }
  int sum = use(strcpy(buffer, l->items[wanted]));
  free(buffer);
  return sum;
}
int told(struct list *l, int wanted) {
  char *buffer = malloc(4000);
  if (!buffer)
    return 0;
  if (wanted >= l->count) {
    fprintf(stderr, "no item %d\n", wanted);
    free(buffer);
    return 0;
  }
  int sum = use(strcpy(buffer, l->items[wanted]));
  free(buffer);
  return sum;
}
int opened(const char *path) {
  char *buffer = malloc(4000);
  if (!buffer)
    return 0;
  if (open_file(path)) {
    free(buffer);
    return 0;
  }
  int sum = use(strcpy(buffer, path));
  free(buffer);
  return sum;
}

/* The same through a test of its own. */
static inline int failed(long result) {
  return result >= -4095 && result < 0;
}
long start(struct list *l);
int started(struct list *l) {
  char *buffer = malloc(4000);
  if (!buffer)
    return 0;
  long started = start(l);
  if (failed(started)) {
    free(buffer);
    return 0;
  }
  int sum = use(strcpy(buffer, l->items[0]));
  free(buffer);
  return sum;
}

/* The test needs the memory. */
int needs(const char *text) {
  char *copy = strdup(text);
  if (!copy)
    return -1;
  if (copy[0] == '#') {
    free(copy);
    return 0;
  }
  int sum = use(copy);
  free(copy);
  return sum;
}

/* Used before the test. */
int before(const char *text, int quick) {
  char *copy = strdup(text);
  if (!copy)
    return -1;
  int sum = use(copy);
  if (quick) {
    free(copy);
    return sum;
  }
  sum += use(copy + 1);
  free(copy);
  return sum;
}

/* Used on both ways. */
int both(struct list *l, const char *text) {
  char *copy = strdup(text);
  if (!copy)
    return -1;
  if (l->count == 0) {
    l->items[0] = copy;
    return 0;
  }
  int sum = use(copy);
  free(copy);
  return sum;
}

/* Stored before. */
int kept(struct list *l, const char *text) {
  char *copy = strdup(text);
  l->items[l->count++] = copy;
  if (l->count > 10)
    return 0;
  return use(copy);
}

/* A loop pays for it: HP202's finding there. */
static int visit(const struct list *l, const char *name, int wanted) {
  char *copy = malloc(strlen(name) + 1);
  if (!copy)
    return -1;
  if (wanted == l->count) {
    free(copy);
    return 0;
  }
  int sum = use(strcpy(copy, name));
  free(copy);
  return sum;
}
int visit_all(const struct list *l, const char *const *names) {
  int sum = 0;
  while (*names)
    sum += visit(l, *names++, 3); // expect: HP202 "calls visit"
  return sum;
}
