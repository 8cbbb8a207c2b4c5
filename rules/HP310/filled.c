/* Questions that do not keep a filled list from the walk: of another list, behind another condition,
 * left out in some iterations, or with the function left where the list is empty. */
#include <stdbool.h>

struct buf {
  struct buf *next;
  int size;
};
struct body {
  struct body *next;
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

static void add(struct body *b, struct buf *new) {
  append(&b->busy, new);
}

/* what the object begins with is no head of its list */
int first_field(struct body *b, struct buf *bufs, int n) {
  for (int i = 0; i < n; i++) {
    add(b, &bufs[i]); // expect: HP310 found
    if (b->next)
      return i;
  }
  return n;
}

/* left where there is nothing to append, whatever the list holds */
int when_done(struct body *b, struct buf *bufs, int n) {
  for (int i = 0; i < n; i++) {
    append(&b->busy, &bufs[i]); // expect: HP310 found
    if (!b->busy)
      return i;
  }
  return n;
}

/* in functions that are called: asked after the walk, on one of the ways to it only, or without leaving */
static bool add_and_tell(struct body *b, struct buf *new) {
  append(&b->busy, new);
  if (b->busy)
    return send_all(b);
  return false;
}

static bool add_checked(struct body *b, struct buf *new, bool check) {
  if (check) {
    if (b->busy)
      return false;
  }
  append(&b->busy, new);
  return true;
}

static bool add_counted(struct body *b, struct buf *new) {
  if (b->busy)
    b->count++;
  append(&b->busy, new);
  return true;
}

static bool add_anew(struct body *b, struct buf *new) {
  if (!b->busy)
    b->count = 0;
  append(&b->busy, new);
  return true;
}

int add_all(struct body *b, struct body *c, struct body *d, struct buf *bufs, int n) {
  int sent = 0;
  for (int i = 0; i < n; i++)
    sent += add_and_tell(b, &bufs[i]); // expect: HP310 found
  for (int i = 0; i < n; i++)
    sent += add_checked(c, &bufs[i], bufs[i].size > 0); // expect: HP310 found
  for (int i = 0; i < n; i++)
    sent += add_counted(d, &bufs[i]); // expect: HP310 found
  for (int i = 0; i < n; i++)
    sent += add_anew(d, &bufs[i]); // expect: HP310 found
  return sent;
}
