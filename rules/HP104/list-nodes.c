/* Allocated one by one in a loop, through a helper, with bit-fields that stay together. */
#include <stdlib.h>

struct entry { // expect: HP104 "takes 40 bytes"
  unsigned live : 1;
  unsigned kind : 3;
  struct entry *next;
  char tag;
  long key;
  char mark;
};

static struct entry *make(long key) {
  struct entry *e = malloc(sizeof *e);
  if (!e)
    abort();
  e->key = key;
  e->live = 1;
  e->kind = 0;
  e->tag = e->mark = 0;
  e->next = 0;
  return e;
}

struct entry *fill(const long *keys, int n) {
  struct entry *head = 0;
  for (int i = 0; i < n; i++) {
    struct entry *e = make(keys[i]);
    e->next = head;
    head = e;
  }
  return head;
}
