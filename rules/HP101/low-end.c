/* Walks to the last node, to link another one behind it: in nodes, by the address of the link, in a
 * list picked from an array, which is no hash chain for that. A walk that counts is none. */
#include <stddef.h>

struct chain {
  struct chain *next;
  int bytes[6];
};
struct block {
  struct chain *chain;
  int id;
};

void append(struct chain *head, struct chain *node) {
  while (head->next) // expect: HP101 low "to the last node"
    head = head->next;
  head->next = node;
}

void append_by_link(struct chain **head, struct chain *node) {
  for (; *head; head = &(*head)->next) // expect: HP101 low "keep a pointer to the last node"
    ;
  *head = node;
}

void append_to_block(struct block *blocks, size_t n, struct chain *node) {
  struct chain **link;
  for (link = &blocks[n - 1].chain; *link; link = &(*link)->next) // expect: HP101 low "to the last node"
    ;
  *link = node;
}

/* The node before is kept, too. */
void append_behind(struct chain *head, struct chain *node) {
  struct chain *last = head;
  for (struct chain *p = head; p; p = p->next) // expect: HP101 low "to the last node"
    last = p;
  last->next = node;
}

size_t length(const struct chain *c) {
  size_t n = 0;
  for (; c; c = c->next) // expect: HP101 "linked list"
    n++;
  return n;
}

struct chain *find(struct block *blocks, unsigned hash, int key) {
  for (struct chain *c = blocks[hash & 63].chain; c; c = c->next) // expect: HP101 low "hash chain"
    if (c->bytes[0] == key)
      return c;
  return NULL;
}

/* To the place of a node that is known; to the least of a tree. */
void take_out(struct chain **head, struct chain *node) {
  while (*head != node) // expect: HP101 "linked list"
    head = &(*head)->next;
  *head = node->next;
}

struct tree {
  struct tree *left, *right;
  int key;
};
struct tree *least(struct tree *t) {
  while (t->left) // expect: HP101 low "tree descent"
    t = t->left;
  return t;
}
