/* How many nodes there are is seen where a loop makes the list that is walked. Where the program
 * makes nodes one by one and keeps the list, nothing says that there are many. */
#include <stdlib.h>

struct line {
  struct line *next;
  long length;
};

static struct line *read_lines(const long *lengths, int n) {
  struct line *first = NULL;
  for (int i = 0; i < n; i++) {
    struct line *l = malloc(sizeof *l);
    if (!l)
      abort();
    l->length = lengths[i];
    l->next = first;
    first = l;
  }
  return first;
}

static long sum(const struct line *l) {
  long total = 0;
  for (; l; l = l->next) // expect: HP101 "of each struct line"
    total += l->length;
  return total;
}

long total_length(const long *lengths, int n) {
  return sum(read_lines(lengths, n));
}

/* The same in one function. */
long total_here(const long *lengths, int n) {
  struct line *first = NULL;
  long total = 0;
  while (n-- > 0) {
    struct line *l = malloc(sizeof *l);
    if (!l)
      abort();
    l->length = *lengths++;
    l->next = first;
    first = l;
  }
  for (struct line *l = first; l; l = l->next) // expect: HP101 "of each struct line"
    total += l->length;
  return total;
}

struct module {
  struct module *next;
  int id;
};
static struct module *modules;

void add_module(int id) {
  struct module *m = malloc(sizeof *m);
  if (!m)
    abort();
  m->id = id;
  m->next = modules;
  modules = m;
}

int ids(void) {
  int sum = 0;
  for (const struct module *m = modules; m; m = m->next) // expect: HP101 low
    sum += m->id;
  return sum;
}

/* A handler in a table: the program calls it, if nobody sees where. */
struct chain {
  struct chain *next;
  long bytes;
};

static long bytes_of(const struct chain *c) {
  long sum = 0;
  for (; c; c = c->next) // expect: HP101 low
    sum += c->bytes;
  return sum;
}

long (*const handlers[])(const struct chain *) = {bytes_of};
