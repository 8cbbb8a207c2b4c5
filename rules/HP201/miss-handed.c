/* The block's address goes on inside of a structure that a call returns, or by itself. */
#include <stdlib.h>

struct item {
  struct item *next;
  int value;
};
struct block {
  struct item *first, *last;
};

static struct block block_of(struct item *i) {
  struct block b = {i, i};
  return b;
}

static struct block joined(struct block a, struct block b) {
  if (a.last)
    a.last->next = b.first;
  return (struct block){a.first ? a.first : b.first, b.last};
}

struct block all(const int *values, int n) {
  struct block code = {NULL, NULL};
  for (int i = 0; i < n; i++) {
    struct item *item = calloc(1, sizeof *item);
    if (!item)
      abort();
    item->value = values[i];
    code = joined(block_of(item), code);
  }
  return code;
}

static struct block singles[64];

void some(const int *values, int n) {
  for (int i = 0; i < n; i++) {
    struct item *item = malloc(sizeof *item);
    if (!item)
      abort();
    item->value = values[i];
    singles[i & 63] = block_of(item);
  }
}

/* By way of a function that gives back what it got. */
static struct item *checked(struct item *item) {
  if (!item)
    abort();
  return item;
}

struct item *chain(int n) {
  struct item *head = NULL;
  for (int i = 0; i < n; i++) {
    struct item *item = checked(malloc(sizeof *item));
    item->next = head;
    head = item;
  }
  return head;
}
