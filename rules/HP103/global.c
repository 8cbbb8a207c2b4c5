/* A global table, a while loop, pointers that move, a macro and a constructor. */
#include <stdlib.h>

struct cell {
  int value, next;
};
static struct cell **cells;
static long ncells;

#define NEW(type) ((type *)malloc(sizeof(type)))

static struct cell *cell_new(void) {
  struct cell *c = NEW(struct cell);
  c->value = 1;
  return c;
}

void fill(long n) {
  cells = malloc((size_t)n * sizeof *cells);
  long i = 0;
  while (i < n)
    cells[i++] = cell_new(); // expect: HP103 "allocation of 8 bytes by itself"
  ncells = n;
}

int sum(void) {
  int all = 0;
  for (struct cell **c = cells, **end = cells + ncells; c < end; c++)
    all += (*c)->value;
  for (long i = 0; i < ncells; i++)
    all += cells[i]->next;
  return all;
}

/* As many as there are threads. */
static struct cell *of_thread[64];

int start(int threads) {
  int busy = 0;
  for (int i = 0; i < threads; i++)
    of_thread[i] = cell_new(); // expect: HP103 low "of_thread[i]"
  for (int i = 0; i < threads; i++)
    busy += of_thread[i]->value;
  return busy;
}
