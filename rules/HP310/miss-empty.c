/* The iterations end, or the function is left, where the list is not empty: the walk meets no node
 * of an earlier iteration. Where control goes on all the same, it does. */
#include <stdbool.h>
#include <stddef.h>

struct buf {
  struct buf *next;
  int size;
};
struct body {
  struct buf *busy;
  int count;
};
struct request {
  struct body *body;
};

bool send_all(struct body *b);
int count(const struct buf *list);

static void append(struct buf **list, struct buf *new) {
  while (*list)
    list = &(*list)->next;
  *list = new;
}

static bool filter(struct request *r, struct buf *new) {
  append(&r->body->busy, new);
  return send_all(r->body);
}

/* after it, in the iterations that append */
int process(struct request *r, struct buf *bufs, int n) {
  for (int i = 0; i < n; i++) {
    if (bufs[i].size) {
      if (!filter(r, &bufs[i]))
        return -1;
      if (r->body->busy != NULL)
        return -2;
    }
    r->body->count++;
  }
  return 0;
}

/* before it, in the loop's own test */
void fill(struct body *b, struct buf *bufs) {
  while (!b->busy) {
    struct buf **link = &b->busy;
    while (*link)
      link = &(*link)->next;
    *link = bufs++;
    send_all(b);
  }
}

/* in the function that is called */
static bool begin(struct body *b, struct buf *first, struct buf *second) {
  if (b->busy)
    return false;
  b->busy = first;
  struct buf *last = b->busy;
  while (last->next)
    last = last->next;
  last->next = second;
  return true;
}

int begin_all(struct body *b, struct buf *bufs, int n) {
  int begun = 0;
  for (int i = 0; i + 1 < n; i += 2)
    begun += begin(b, &bufs[i], &bufs[i + 1]);
  return begun;
}

/* a list of the function's own */
int collect(struct body *b, struct buf *bufs, int n) {
  struct buf *out = NULL;
  for (int i = 0; i < n; i++) {
    struct buf **link = &out;
    while (*link)
      link = &(*link)->next;
    *link = &bufs[i];
    b->count = count(out);
    if (out)
      break;
  }
  return b->count;
}
