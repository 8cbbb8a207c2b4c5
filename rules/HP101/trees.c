/* Down one side of a tree, up from a leaf, and along the list that threads a tree's nodes. */
#include <stddef.h>
#include <stdint.h>

struct rb {
  uintptr_t parent_colour;
  struct rb *rb_left, *rb_right;
};
struct root {
  struct rb *node;
};

struct rb *first(const struct root *r) {
  struct rb *n = r->node;
  if (!n)
    return NULL;
  while (n->rb_left) // expect: HP101 low
    n = n->rb_left;
  return n;
}

struct rb *following(struct rb *n) {
  struct rb *up;
  while ((up = (struct rb *)(n->parent_colour & ~(uintptr_t)3)) && n == up->rb_right) // expect: HP101 low
    n = up;
  return up;
}

struct avl {
  struct avl *link[2];
  void *data;
};

struct avl *leftmost(struct avl *n) {
  while (n->link[0]) // expect: HP101 low
    n = n->link[0];
  return n;
}

struct threaded {
  struct threaded *left, *right, *next;
  long key;
};

long keys(const struct threaded *t) {
  long sum = 0;
  for (; t; t = t->next) // expect: HP101 "16 of 32 bytes of each struct threaded"
    sum += t->key;
  return sum;
}
