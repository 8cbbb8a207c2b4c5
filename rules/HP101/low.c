/* Walks that are short or cheap by nature: shown with --all, or when a profile says otherwise. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tree {
  struct tree *left, *right, *parent;
  long key;
};

struct tree *find(struct tree *t, long key) {
  while (t && t->key != key) // expect: HP101 low
    t = key < t->key ? t->left : t->right;
  return t;
}

struct tree *root(struct tree *t) {
  while (t->parent) // expect: HP101 low
    t = t->parent;
  return t;
}

struct frame {
  struct frame *pParent;
  int depth;
};

struct frame *outermost(struct frame *f) {
  while (f->pParent) // expect: HP101 low
    f = f->pParent;
  return f;
}

struct entry {
  struct entry *next;
  const char *key;
  int value;
};
struct table {
  struct entry **buckets;
  unsigned mask;
};

struct entry *lookup(const struct table *t, const char *key, unsigned hash) {
  for (struct entry *e = t->buckets[hash & t->mask]; e; e = e->next) // expect: HP101 low
    if (!strcmp(e->key, key))
      return e;
  return NULL;
}

void drop_all(struct entry *e) {
  while (e) { // expect: HP101 low
    struct entry *next = e->next;
    free(e);
    e = next;
  }
}

void drop_counted(struct entry *e, long *left) {
  while (e) { // expect: HP101 low
    struct entry *next = e->next;
    free(e);
    --*left;
    e = next;
  }
}

struct skip {
  long key;
  struct skip *forward[8];
};

struct skip *skip_find(struct skip *at, long key) {
  for (int level = 7; level >= 0; level--)
    while (at->forward[level] && at->forward[level]->key < key) // expect: HP101 low
      at = at->forward[level];
  return at->forward[0];
}

void print_all(const struct entry *e) {
  for (; e; e = e->next) // expect: HP101 low
    printf("%s %d\n", e->key, e->value);
}

/* Elements are freed through a pointer; the nodes themselves in every step. */
struct holder {
  struct holder *next;
  void *item;
};
void empty(struct holder *h, void (*free_item)(void *)) {
  while (h) { // expect: HP101 low
    struct holder *next = h->next;
    if (free_item)
      free_item(h->item);
    free(h);
    h = next;
  }
}

/* A bucket picked in one of two tables. */
unsigned long chain_length(struct table *old, struct table *now, unsigned hash, int rehashing) {
  struct entry *e = rehashing ? old->buckets[hash & old->mask] : now->buckets[hash & now->mask];
  unsigned long n = 0;
  while (e) { // expect: HP101 low
    e = e->next;
    n++;
  }
  return n;
}

/* What is done beside the walk is much: its misses are the smaller part of a step. */
void format_all(const struct entry *e, char *out, void (*write)(char *, const char *)) {
  for (; e; e = e->next) // expect: HP101 low severity low
    write(out, e->key);
}
