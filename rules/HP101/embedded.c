/* The kernel's list_for_each_entry: the walking pointer is the container's, its link lies behind
 * other fields, which count, and those before it too. */
#include <stddef.h>

struct list_head {
  struct list_head *next, *prev;
};
#define entry_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define for_each_entry(pos, head, member)                                                          \
  for (pos = entry_of((head)->next, __typeof__(*pos), member); &pos->member != (head);             \
       pos = entry_of(pos->member.next, __typeof__(*pos), member))
#define for_each_entry_safe(pos, n, head, member)                                                  \
  for (pos = entry_of((head)->next, __typeof__(*pos), member),                                     \
      n = entry_of(pos->member.next, __typeof__(*pos), member);                                    \
       &pos->member != (head); pos = n, n = entry_of(n->member.next, __typeof__(*n), member))

struct extent {
  unsigned long start, end;
  struct list_head list;
  unsigned long owner;
};

unsigned long covered(struct list_head *head) {
  struct extent *e;
  unsigned long sum = 0;
  for_each_entry(e, head, list) // expect: HP101 "24 of 40 bytes of each struct extent"
    sum += e->end - e->start;
  return sum;
}

unsigned long owners(struct list_head *head) {
  struct extent *e, *n;
  unsigned long sum = 0;
  for_each_entry_safe(e, n, head, list) // expect: HP101 "24 of 40 bytes of each struct extent"
    sum += e->owner * e->start;
  return sum;
}

/* Beside the walk of an array, of which each part is a node: the wait comes once a part. */
struct part {
  long *elements;
  unsigned long count;
  struct part *next;
};

long all(struct part *p) {
  long sum = 0;
  for (unsigned long i = 0;; i++) {
    if (i >= p->count) {
      if (!p->next)
        break;
      p = p->next;
      i = 0;
    }
    sum += p->elements[i];
  }
  return sum;
}

/* Eight steps at most: a small array's size stands beside the end of the list. */
struct context {
  struct context *next;
  int refs;
};

int refs_of(const struct context *c) {
  int refs[8], sum = 0;
  unsigned long i = 0;
  for (; c && i < sizeof refs / sizeof *refs; c = c->next, i++)
    refs[i] = c->refs;
  while (i-- > 0)
    sum += refs[i];
  return sum;
}
