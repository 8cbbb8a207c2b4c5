/* A step a call: the place in the list is kept in an iterator, and the loop is the caller's. */
#include <stddef.h>
#include <stdint.h>

struct entry {
  struct entry *next;
  long key, value;
  char pad[40];
};
struct table {
  struct entry **buckets;
  long size;
};
struct iterator {
  struct table *table;
  long index;
  struct entry *entry, *following;
};

struct entry *step(struct iterator *it) {
  while (1) {
    if (!it->entry) {
      if (++it->index >= it->table->size)
        return NULL;
      it->entry = it->table->buckets[it->index];
    } else {
      it->entry = it->following;
    }
    if (it->entry) {
      it->following = it->entry->next; // expect: HP101 low "each call of step waits for the load of it->entry->next"
      return it->entry;
    }
  }
}

long sum_table(struct table *t) {
  struct iterator it = {t, -1, NULL, NULL};
  long sum = 0;
  for (struct entry *e = step(&it); e; e = step(&it))
    sum += e->value;
  return sum;
}

/* Links that carry a mark in their lowest bits, behind functions. */
static struct entry *plain(const struct entry *e) {
  return (struct entry *)((uintptr_t)e & ~(uintptr_t)7);
}

static struct entry *next_of(const struct entry *e) {
  if ((uintptr_t)e & 1)
    return NULL;
  return plain(e)->next;
}

struct cursor {
  struct entry *at;
};

static struct entry *forward(struct cursor *c) {
  struct entry *e = c->at;
  if (e)
    c->at = next_of(e); // expect: HP101 low "each call of forward waits for the load in next_of"
  return e;
}

long sum_marked(struct entry *first) {
  struct cursor c = {first};
  long sum = 0;
  struct entry *e;
  while ((e = forward(&c)))
    sum += plain(e)->value;
  return sum;
}
