/* A tail that is kept, lists of their own, walks that do something on the way, one append after a
 * loop, a walk that ends at what it is looking for. */
#include <stdlib.h>

struct node {
  struct node *next;
  long value;
};

struct node *copy(const long *values, int n) {
  struct node *head = NULL, **tail = &head;
  for (int i = 0; i < n; i++) {
    struct node *new = calloc(1, sizeof *new);
    if (!new)
      abort();
    new->value = values[i];
    *tail = new;
    tail = &new->next;
  }
  return head;
}

/* each list once */
void close_all(struct node **lists, struct node *ends, int n) {
  for (int i = 0; i < n; i++) {
    struct node *p = lists[i];
    while (p->next)
      p = p->next;
    p->next = &ends[i];
  }
}

/* the end of one list is the start of the next: each node is walked over once */
struct node *join(struct node **lists, int n) {
  struct node *head = NULL, **tail = &head;
  for (int i = 0; i < n; i++) {
    *tail = lists[i];
    while (*tail)
      tail = &(*tail)->next;
  }
  return head;
}

/* sorted: the place is found by what the nodes hold */
void insert(struct node **head, struct node *new) {
  while (*head && (*head)->value < new->value)
    head = &(*head)->next;
  new->next = *head;
  *head = new;
}

void insert_all(struct node **head, struct node *nodes, int n) {
  for (int i = 0; i < n; i++)
    insert(head, &nodes[i]);
}

long sum_and_append(struct node *head, struct node *new) {
  long sum = 0;
  struct node *p = head;
  for (; p->next; p = p->next)
    sum += p->value;
  p->next = new;
  return sum;
}

/* what the walk finds out is wanted: a pointer to the end would not spare it */
void sum_and_append_all(struct node *head, struct node *nodes, long *sums, int n) {
  for (int i = 0; i < n; i++)
    sums[i] = sum_and_append(head, &nodes[i]);
}

/* a list of many, as a hash table keeps them short */
struct page {
  struct page *next;
  unsigned key;
};
struct cache {
  struct page **buckets, *oldest[64];
  unsigned count, pages;
};

static void take_out(struct cache *c, struct page *p) {
  struct page **at = &c->buckets[p->key % c->count];
  while (*at != p)
    at = &(*at)->next;
  *at = p->next;
  c->pages--;
}

void shrink(struct cache *c, unsigned most) {
  while (c->pages > most)
    take_out(c, c->oldest[c->pages % 64]);
}
