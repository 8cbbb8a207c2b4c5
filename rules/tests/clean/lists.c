/* Lists where they belong: kernels of events, few elements, intrusive queues, free lists. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))

struct link {
  struct link *next, *prev;
};
static void link_init(struct link *l) {
  l->next = l->prev = l;
}
static void link_remove(struct link *l) {
  l->prev->next = l->next;
  l->next->prev = l->prev;
  link_init(l);
}
static void link_append(struct link *list, struct link *l) {
  l->prev = list->prev;
  l->next = list;
  list->prev->next = l;
  list->prev = l;
}

struct timer {
  struct link link;
  long when;
};

/* moved to the end: no walk */
void touch(struct link *list, struct timer **timers, int n, long now) {
  for (int i = 0; i < n; i++) {
    link_remove(&timers[i]->link);
    timers[i]->when = now;
    link_append(list, &timers[i]->link);
  }
}

/* the first ones that are due, then no more */
int expire(struct link *list, long now, void (*fire)(struct timer *)) {
  int fired = 0;
  while (list->next != list) {
    struct timer *t = container_of(list->next, struct timer, link);
    if (t->when > now)
      break;
    link_remove(&t->link);
    fire(t);
    fired++;
  }
  return fired;
}

/* pushed and popped at the head */
struct job {
  struct job *next;
  int id;
};
void push_all(struct job **stack, struct job *jobs, int n) {
  for (int i = 0; i < n; i++) {
    jobs[i].next = *stack;
    *stack = &jobs[i];
  }
}

/* two in one: the parent of the parent */
struct node {
  struct node *parent, *left, *right;
  int red;
};
int uncle_is_red(const struct node *n) {
  const struct node *p = n->parent, *g = p ? p->parent : NULL;
  const struct node *u = !g ? NULL : g->left == p ? g->right : g->left;
  return u && u->red;
}

/* a queue in one array */
struct ring {
  struct job **items;
  unsigned head, tail, mask;
};
struct job *take(struct ring *r) {
  return r->head == r->tail ? NULL : r->items[r->tail++ & r->mask];
}
int drain(struct ring *r) {
  int n = 0;
  for (struct job *j; (j = take(r));)
    n += j->id != 0;
  return n;
}

/* indices instead of pointers */
struct slot {
  int next;
  float weight;
};
float chain_weight(const struct slot *slots, const int *order, int n) {
  float sum = 0;
  for (int i = 0; i < n; i++)
    sum += slots[order[i] & 255].weight;
  return sum;
}
