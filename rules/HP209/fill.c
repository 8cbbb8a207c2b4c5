#include <stdlib.h>
#include <string.h>

struct vector {
  int *data;
  size_t count, cap;
};
static void push(struct vector *v, int x) {
  if (v->count == v->cap) {
    v->cap = v->cap ? 2 * v->cap : 16;
    v->data = realloc(v->data, v->cap * sizeof *v->data);
    if (!v->data)
      abort();
  }
  v->data[v->count++] = x;
}

void squares(struct vector *v, int n) {
  for (int i = 0; i < n; i++)
    push(v, i * i); // expect: HP209 severity low "bounded by n) to v"
}

/* Growth in a helper's helper, a macro, a while loop. */
static void grow(struct vector *v) {
  v->cap = 2 * v->cap + 8;
  v->data = realloc(v->data, v->cap * sizeof *v->data);
  if (!v->data)
    abort();
}
static void add(struct vector *v, int x) {
  if (v->count >= v->cap)
    grow(v);
  v->data[v->count] = x;
  v->count++;
}
#define ADD(x) add(&all, x)
int sum_of(const int *from, size_t n) {
  struct vector all = {0};
  size_t i = 0;
  while (i < n) {
    ADD(from[i]); // expect: HP209 "to all"
    i++;
  }
  int sum = all.count ? all.data[all.count - 1] : 0;
  free(all.data);
  return sum;
}

/* In the loop itself. */
double *halves(const double *from, size_t n) {
  double *to = NULL;
  size_t count = 0, cap = 0;
  for (size_t i = 0; i < n; i++) {
    if (count == cap) {
      cap = cap ? 2 * cap : 16;
      to = realloc(to, cap * sizeof *to); // expect: HP209 "to the block"
      if (!to)
        abort();
    }
    to[count++] = from[i] / 2;
  }
  return to;
}
