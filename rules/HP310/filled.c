/* Questions that do not keep a filled list from the walk: of another list, behind another condition,
 * left out in some iterations, or with the function left where the list is empty. */
#include <stdbool.h>

struct buf {
  struct buf *next;
  int size;
};
struct body {
  struct buf *busy, *free;
  int count;
};

bool send_all(struct body *b);

static void append(struct buf **list, struct buf *new) {
  while (*list)
    list = &(*list)->next;
  *list = new;
}

int other_list(struct body *b, struct buf *bufs, int n) {
  for (int i = 0; i < n; i++) {
    append(&b->busy, &bufs[i]); // expect: HP310 found
    if (b->free)
      return i;
  }
  return n;
}

int other_body(struct body *b, struct body *c, struct buf *bufs, int n) {
  for (int i = 0; i < n; i++) {
    append(&b->busy, &bufs[i]); // expect: HP310 found
    if (c->busy)
      return i;
  }
  return n;
}

int when_sent(struct body *b, struct buf *bufs, int n) {
  for (int i = 0; i < n; i++) {
    append(&b->busy, &bufs[i]); // expect: HP310 found
    if (b->busy && send_all(b))
      return i;
  }
  return n;
}

int now_and_then(struct body *b, struct buf *bufs, int n) {
  for (int i = 0; i < n; i++) {
    append(&b->busy, &bufs[i]); // expect: HP310 found
    if (i % 2)
      continue;
    if (b->busy)
      return i;
  }
  return n;
}

int when_empty(struct body *b, struct buf *bufs, int n) {
  for (int i = 0; i < n; i++) {
    if (!b->busy)
      return i;
    append(&b->busy, &bufs[i]); // expect: HP310 found
  }
  return n;
}
