/* Walks through linked memory. See loops_test.c. */
// clang-format off
#include <stddef.h>
struct node { struct node *next, *prev, *left, *right; int x; void *data; long idx; };
struct entry { struct entry *chain; unsigned hash; const char *key; };
struct table { struct entry **buckets; unsigned size; };
struct link { struct link *next; };
struct item { long key; struct link link; };
struct node *step(struct node *);

int list(const struct node *p) {
  int s = 0;
  for (; p; p = p->next)                         //: trip ?, chases p; load p->next chased
    s += p->x;                                   //: load p->x chased
  return s;
}

int list_backwards(const struct node *p) {
  int s = 0;
  while (p) {                                    //: trip ?, chases p
    s += p->x;                                   //: load p->x chased
    p = p->prev;                                 //: load p->prev chased
  }
  return s;
}

int two_steps(const struct node *p) {
  int s = 0;
  while (p && p->next) {                         //: trip ?, chases p; load p->next chased
    s += p->x;                                   //: load p->x chased
    p = p->next->next;                           //: load p->next chased; load p->next->next pointer via p->next
  }
  return s;
}

int two_speeds(const struct node *h) {
  const struct node *slow = h, *fast = h;
  while (fast && fast->next) {                   //: trip ?, chases fast, chases slow; load fast->next chased
    slow = slow->next;                           //: load slow->next chased
    fast = fast->next->next;                     //: load fast->next chased; load fast->next->next pointer via fast->next
    if (slow == fast)
      return 1;
  }
  return 0;
}

const struct node *descent(const struct node *p, int key) {
  while (p && p->x != key)                       //: trip ?, chases p; load p->x chased
    p = key < p->x ? p->left : p->right;         //: load p->x chased; load p->left chased; load p->right chased
  return p;
}

const struct entry *chain(const struct table *t, unsigned hash) {
  for (const struct entry *e = t->buckets[hash % t->size]; e; e = e->chain) //: trip ?, chases e; load e->chain chased
    if (e->hash == hash)                         //: load e->hash chased
      return e;
  return NULL;
}

int buckets(const struct table *t) {
  int n = 0;
  for (unsigned i = 0; i < t->size; i++)         //: trip <= t->size; load t->size invariant
    for (const struct entry *e = t->buckets[i]; e; e = e->chain) //: trip ?, chases e; load t->buckets invariant; load t->buckets[i] unit 8; load e->chain chased, pointer via t->buckets[i]
      n += e->key[0] == 'a';                     //: load e->key chased, pointer via t->buckets[i]; load *e->key pointer via e->key, pointer via e->key
  return n;
}

int embedded(struct link *head) {
  long s = 0;
  for (struct link *l = head->next; l != head; l = l->next) //: trip ?, chases l; load l->next chased
    s += ((struct item *)((char *)l - offsetof(struct item, link)))->key; //: load ((struct item *)&l[-1])->key chased
  return (int)s;
}

void remove_all(struct node **pp, int x) {
  while (*pp)                                    //: trip ?, chases pp; load *pp chased
    if ((*pp)->x == x)                           //: load *pp chased; load (*pp)->x chased
      *pp = (*pp)->next;                         //: load *pp chased; load (*pp)->next chased; store *pp chased
    else
      pp = &(*pp)->next;                         //: load *pp chased
}

int with_data(const struct node *p) {
  int s = 0;
  for (; p; p = p->next)                         //: trip ?, chases p; load p->next chased
    s += *(const int *)p->data;                  //: load p->data chased; load *p->data pointer via p->data
  return s;
}

int index_in_node(const struct node *p, const int *a) {
  int s = 0;
  for (; p; p = p->next)                         //: trip ?, chases p; load p->next chased
    s += a[p->idx];                              //: load p->idx chased; load a[p->idx] indirect via p->idx
  return s;
}

int by_call(struct node *p) {
  int s = 0;
  while (p) {                                    //: trip ?
    s += p->x;                                   //: load p->x unknown
    p = step(p);
  }
  return s;
}

int nodes_in_array(struct node **p, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += p[i]->x;                                //: load p[i] unit 8; load p[i]->x pointer via p[i]
  return s;
}

void reverse(struct node **head) {
  struct node *p = *head, *done = NULL;
  while (p) {                                    //: trip ?, chases p
    struct node *next = p->next;                 //: load p->next chased
    p->next = done;                              //: store p->next chased
    done = p;
    p = next;
  }
  *head = done;
}

int merged(struct node *a, struct node *b) {
  int n = 0;
  while (a && b) {                               //: trip ?, chases a, chases b
    if (a->x < b->x)                             //: load a->x chased; load b->x chased
      a = a->next;                               //: load a->next chased
    else
      b = b->next;                               //: load b->next chased
    n++;
  }
  return n;
}

struct node *up(struct node *p) {
  while (p->prev && p->prev->right == p)         //: trip ?, chases p; load p->prev chased; load p->prev chased; load p->prev->right chased
    p = p->prev;                                 //: load p->prev chased
  return p;
}
