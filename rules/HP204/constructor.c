/* Boxes made by a constructor, several to an object: one finding for the loop. */
#include <stdlib.h>

struct number {
  double value;
};
struct pair {
  struct number *left, *right;
};

static void *take(size_t size) {
  void *block = malloc(size);
  if (!block)
    abort();
  return block;
}

static struct number *box(double value) {
  struct number *b = take(sizeof *b);
  b->value = value;
  return b;
}

/* The program's allocator may be called from anywhere. */
long *cells(int n) {
  return take((size_t)n * sizeof(long));
}
char *bytes(size_t n) {
  return take(n);
}
double *numbers(int n) {
  return take((size_t)n * sizeof(double));
}

struct pair **pairs(const double *values, int n) {
  struct pair **all = take((size_t)n * sizeof *all);
  for (int i = 0; i < n; i++) {
    struct pair *p = take(sizeof *p); // expect: HP204 "2 × struct number of 8 bytes"
    p->left = box(values[i]);
    p->right = box(-values[i]);
    all[i] = p;
  }
  return all;
}

static struct pair *new_pair(double left, double right) {
  struct pair *p = malloc(sizeof *p);
  if (!p)
    return NULL;
  p->left = box(left);
  p->right = box(right);
  return p;
}

void more_pairs(struct pair **all, const double *values, int n) {
  for (int i = 0; i < n; i++)
    all[i] = new_pair(values[i], 1); // expect: HP204 "3 small objects"
}

/* The object, and the array of pointers that grows for it: the path is the object's. */
struct shelf {
  struct part **parts;
  size_t count;
};
struct part {
  int number;
  struct part *below;
};
static void *more(void *old, size_t n, size_t size) {
  void *block = reallocarray(old, n, size);
  if (!block)
    abort();
  return block;
}
static void *zeroed(size_t size) {
  void *block = calloc(1, size);
  if (!block)
    abort();
  return block;
}
static struct part *part_on(struct shelf *s) {
  s->parts = more(s->parts, s->count + 1, sizeof *s->parts);
  struct part *p = zeroed(sizeof *p);
  s->parts[s->count++] = p;
  return p;
}
void fill_shelf(struct shelf *s, const int *numbers, int n) {
  for (int i = 0; i < n; i++)
    part_on(s)->number = numbers[i]; // expect: HP204 found "part_on > zeroed > calloc"
}
