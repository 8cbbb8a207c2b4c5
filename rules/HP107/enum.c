/* An enumeration through a constructor's parameter, flags bit by bit, a truth value. */
#include <stdlib.h>

enum kind { TEXT, NUMBER, LIST };
enum { SEEN = 1, DIRTY = 16, CELLS = 100000 };

struct cell { // expect: HP107 "struct cell takes 24 bytes, but what is stored in kind (0 to 2), flags (0 to 31), empty (0 to 1) fits narrower types: it could take 16"
  double value;
  enum kind kind;
  int flags, empty;
  float width;
};

static struct cell *cells;

static void set(struct cell *c, enum kind kind, double value) {
  c->kind = kind;
  c->value = value;
  c->empty = value == 0;
}

static void mark(struct cell *c) {
  c->flags |= DIRTY;
  c->flags &= ~SEEN;
}

static void see(struct cell *c) {
  c->flags |= SEEN;
}

double sum(int n) {
  double total = 0;
  for (int i = 0; i < n; i++) {
    if (cells[i].kind == NUMBER)
      total += cells[i].value * cells[i].width;
    see(&cells[i]);
  }
  return total;
}

int main(int argc, char **argv) {
  cells = calloc(CELLS, sizeof *cells);
  for (int i = 0; i < CELLS; i++) {
    set(&cells[i], i % 3 ? NUMBER : LIST, i);
    if (argv[0])
      mark(&cells[i]);
  }
  set(cells, TEXT, 1);
  return sum(CELLS) > 0;
}
