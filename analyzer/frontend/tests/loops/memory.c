/* State that is kept in memory: counters, cursors and bounds in records and globals. See
 * loops_test.c. */
// clang-format off
#include <stddef.h>
struct node { struct node *next; int x; };
struct iter { struct node *pos; int *data, *at; int n, i; char text[16]; };
struct buf { char *data; size_t len, cap; };
int g, total;
static int hidden;
int *gp;
void other(void);
void touch(struct iter *);
void grow(struct buf *);

int bound_in_field(struct iter *t) {
  int s = 0;
  for (int i = 0; i < t->n; i++)                 //: trip <= t->n; load t->n invariant
    s += t->data[i];                             //: load t->data invariant; load t->data[i] unit 4
  return s;
}

int bound_changes(struct iter *t) {
  int s = 0;
  for (int i = 0; i < t->n; i++) {               //: trip ?; load t->n invariant
    s += t->data[i];                             //: load t->data invariant; load t->data[i] unit 4
    t->n--;                                      //: load t->n invariant; store t->n invariant
  }
  return s;
}

void stores_of_chars(struct iter *t, char c) {
  for (int i = 0; i < t->n; i++)                 //: trip <= t->n; load t->n invariant
    t->text[i] = c;                              //: store t->text[i] unit 1
}

void stores_of_ints(struct iter *t) {
  for (int i = 0; i < t->n; i++)                 //: trip <= t->n; load t->n invariant
    t->data[i] = 0;                              //: load t->data invariant; store t->data[i] unit 4
}

void pointer_may_change(int **pp, int *q, int n) {
  for (int i = 0; i < n; i++) {                  //: trip <= n
    (*pp)[i] = 0;                                //: load *pp invariant; store (*pp)[i] unit 4
    *q = i;                                      //: store *q invariant
  }
}

void pointer_does_change(struct iter *t, int n) {
  for (int i = 0; i < n; i++) {                  //: trip <= n
    t->data[i] = 0;                              //: load t->data invariant; store t->data[i] unknown
    t->data = t->at;                             //: load t->at invariant; store t->data invariant
  }
}

int call_between(struct iter *t) {
  int s = 0;
  for (int i = 0; i < t->n; i++) {               //: trip <= t->n; load t->n invariant
    s += t->data[i];                             //: load t->data invariant; load t->data[i] unit 4
    other();
  }
  return s;
}

int call_given_it(struct iter *t) {
  int s = 0;
  for (int i = 0; i < t->n; i++) {               //: trip ?; load t->n invariant
    s += t->data[i];                             //: load t->data invariant; load t->data[i] unknown
    touch(t);
  }
  return s;
}

/* The index lies in a global that nobody else may write meanwhile. */
int index_in_global(const char *a, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += a[g++];                                 //: load g invariant; store g invariant; load a[g] unit 1
  return s;
}

int index_in_global_calls(const char *a, int n) {
  int s = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    s += a[g++];                                 //: load g invariant; store g invariant; load a[g] unit 1
    other();
  }
  return s;
}

void index_in_global_stores(int *a, int n) {
  for (int i = 0; i < n; i++)                    //: trip <= n
    a[g++] = i;                                  //: load g invariant; store g invariant; store a[g] unit 4
}

void index_in_static(char *a, int n) {
  for (int i = 0; i < n; i++)                    //: trip <= n
    a[hidden++] = 1;                             //: load hidden invariant; store hidden invariant; store a[hidden] unit 1
}

int index_in_field(struct iter *t, int n) {
  int s = 0;
  while (n-- > 0)                                //: trip <= n
    s += t->data[t->i++];                        //: load t->data invariant; load t->i invariant; store t->i invariant; load t->data[t->i] unit 4
  return s;
}

int bound_by_field(struct iter *t) {
  int s = 0;
  while (t->i < t->n)                            //: trip <= t->n; load t->i invariant; load t->n invariant
    s += t->data[t->i++];                        //: load t->data invariant; load t->i invariant; store t->i invariant; load t->data[t->i] unit 4
  return s;
}

int for_in_field(struct iter *t) {
  int s = 0;
  for (t->i = 0; t->i < t->n; t->i++)            //: trip <= t->n; load t->i invariant; load t->n invariant; load t->i invariant; store t->i invariant
    s += t->data[t->i];                          //: load t->data invariant; load t->i invariant; load t->data[t->i] unit 4
  return s;
}

int pointer_in_field(struct iter *t, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += *t->at++;                               //: load t->at invariant; store t->at invariant; load *t->at unit 4
  return s;
}

int pointer_in_global(int n) {
  int s = 0;
  while (n--)                                    //: trip <= n
    s += *gp++;                                  //: load gp invariant; store gp invariant; load *gp unit 4
  return s;
}

void append(struct buf *b, const char *from, size_t n) {
  for (size_t i = 0; i < n; i++)                 //: trip <= n
    b->data[b->len++] = from[i];                 //: load from[i] unit 1; load b->data invariant; load b->len invariant; store b->len invariant; store b->data[b->len] unit 1
}

void append_growing(struct buf *b, const char *from, size_t n) {
  for (size_t i = 0; i < n; i++) {               //: trip <= n
    if (b->len == b->cap)                        //: load b->len invariant; load b->cap invariant
      grow(b);
    b->data[b->len++] = from[i];                 //: load from[i] unit 1; load b->data invariant; load b->len invariant; store b->len invariant; store b->data[b->len] unknown
  }
}

int now_and_then(struct iter *t, int n) {
  int s = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    s += t->data[t->i];                          //: load t->data invariant; load t->i invariant; load t->data[t->i] unknown
    if (s > 10)
      t->i++;                                    //: load t->i invariant; store t->i invariant
  }
  return s;
}

int list_in_memory(struct iter *t) {
  int s = 0;
  while (t->pos) {                               //: trip ?, chases t->pos; load t->pos invariant
    s += t->pos->x;                              //: load t->pos invariant; load t->pos->x chased
    t->pos = t->pos->next;                       //: load t->pos invariant; load t->pos->next chased; store t->pos invariant
  }
  return s;
}

int list_in_memory_kept(struct iter *t) {
  int s = 0;
  struct node *p;
  while ((p = t->pos) != NULL) {                 //: trip ?, chases p; load t->pos invariant
    t->pos = p->next;                            //: load p->next chased; store t->pos invariant
    s += p->x;                                   //: load p->x chased
  }
  return s;
}

int list_in_memory_call(struct iter *t) {
  int s = 0;
  while (t->pos) {                               //: trip ?; load t->pos invariant
    touch(t);
    s += t->pos->x;                              //: load t->pos invariant; load t->pos->x unknown
    t->pos = t->pos->next;                       //: load t->pos invariant; load t->pos->next unknown; store t->pos invariant
  }
  return s;
}

int sum_in_memory(const int *a, int n) {
  for (int i = 0; i < n; i++)                    //: trip <= n
    total += a[i];                               //: load a[i] unit 4; load total invariant; store total invariant
  return total;
}

int set_anew(const char *a, int n) {
  int s = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    g = 2 * i;                                   //: store g invariant
    s += a[g];                                   //: load g invariant; load a[g] strided 2
  }
  return s;
}

int two_steps_a_round(const char *a, int n) {
  int s = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    s += a[g++];                                 //: load g invariant; store g invariant; load a[g] strided 2
    s += a[g++];                                 //: load g invariant; store g invariant; load a[g] strided 2
  }
  return s;
}

int both_branches(const char *a, int n) {
  int s = 0;
  for (int i = 0; i < n; i++) {                  //: trip <= n
    s += a[g];                                   //: load g invariant; load a[g] strided 3
    if (s > 10)
      g += 3;                                    //: load g invariant; store g invariant
    else
      g += 3;                                    //: load g invariant; store g invariant
  }
  return s;
}

int local_state(const int *a, int n) {
  struct iter it = {.i = 0};
  int s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += a[it.i += 2];                           //: load it.i invariant; store it.i invariant; load a[it.i + 2] strided 8
  return s;
}

volatile int device;
int seen(const int *a, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)                    //: trip <= n
    s += a[device++];                            //: load device invariant; store device invariant; load a[device] unknown
  return s;
}

struct cursor { signed char at; int *pages[20]; };
int small_signed(struct cursor *c, int n) {
  int s = 0;
  while (n-- > 0)                                //: trip <= n
    s += *c->pages[c->at--];                     //: load c->at invariant; store c->at invariant; load c->pages[c->at] unit wraps -8; load *c->pages[c->at] pointer via c->pages[c->at]
  return s;
}
