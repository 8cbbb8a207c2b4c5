#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int use(char *text);

struct list {
  int count;
  char **items;
};

/* The test asks for a parameter. */
int each(struct list *l, int wanted) {
  char *buffer = malloc(4000); // expect: HP210 "before a test"
  if (!buffer)
    return -1;
  if (wanted >= l->count) {
    free(buffer);
    return 0;
  }
  strcpy(buffer, l->items[wanted]);
  int sum = use(buffer);
  free(buffer);
  return sum;
}

/* One way out for both, a project's own allocator. */
static void *take(size_t n) {
  void *p = malloc(n);
  if (!p)
    abort();
  return p;
}
void visit(struct list *l, const char *name) {
  char *copy = take(strlen(name) + 1); // expect: HP210 severity low "visit takes memory with take"
  if (l->count == 0)
    goto out;
  strcpy(copy, name);
  l->count += use(copy);
out:
  free(copy);
}
/* By a macro; the result is a truth value. */
#define COPY(text) strcpy(take(strlen(text) + 1), text)
#define FREE_AND_RETURN(p, x)                                                                      \
  do {                                                                                             \
    free(p);                                                                                       \
    return x;                                                                                      \
  } while (0)
bool known(struct list *l, const char *name) {
  char *buffer = take(256); // expect: HP210 "known takes memory"
  if (name[0] == '#')
    FREE_AND_RETURN(buffer, false);
  strncpy(buffer, name, 256);
  bool found = use(buffer) > l->count;
  free(buffer);
  return found;
}
