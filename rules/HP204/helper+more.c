#include "helper.h"

#include <stdlib.h>

struct item {
  struct item *next;
  long key;
};

int push(struct stack *stack, long key) {
  struct item *item = malloc(sizeof *item);
  if (!item)
    return -1;
  item->key = key;
  item->next = stack->top;
  stack->top = item;
  return 0;
}

struct cell *cell_new(long key) {
  struct cell *cell = malloc(sizeof *cell);
  if (cell)
    cell->key = key;
  return cell;
}

void keep(struct cell **slots, struct cell *cell) {
  cell->chain = slots[cell->key & 255];
  slots[cell->key & 255] = cell;
}
