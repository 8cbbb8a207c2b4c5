/* Memory from mmap that is nobody's file: as good as from malloc. */
#include <stdlib.h>
#include <sys/mman.h>

struct cell { // expect: HP104 found "24 bytes"
  char kind;
  long value;
  char mark;
};

struct cell *cells_new(size_t n) {
  struct cell *c =
      mmap(NULL, n * sizeof *c, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return c == MAP_FAILED ? NULL : c;
}

struct cell *more_cells(struct cell *old, size_t n) {
  struct cell *c = realloc(old, n * sizeof *c);
  if (!c)
    abort();
  return c;
}

long sum(const struct cell *c, size_t n) {
  long all = 0;
  while (n--) {
    if (c->kind == 1 && !c->mark)
      all += c->value;
    c++;
  }
  return all;
}
