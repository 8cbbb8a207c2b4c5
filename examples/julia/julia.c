/* The Julia set of the high-performance Python course, first version, carried over to C with its mistakes:
 * every number is a box behind a pointer, boxes are made one malloc at a time, and the results go
 * into a linked list. julia_fixed.c is the same program with the data as data.
 *
 *   cc -O2 julia.c -o julia -lm && ./julia        prints sum(output) = 33219980 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 1000, MAX_ITERATIONS = 300 };

/* A boxed complex number, as Python's `complex` is. */
struct cplx {
  double re, im;
};

/* One point of the plane: where it starts, and the constant that is added in each step. */
struct point {
  struct cplx *z;
  struct cplx *c;
};

/* How many steps a point took to escape. */
struct result {
  int iterations;
  struct result *next;
};

static struct cplx *box(double re, double im) {
  struct cplx *b = malloc(sizeof *b);
  if (!b)
    abort();
  b->re = re;
  b->im = im;
  return b;
}

/* The grid as a list of boxes, in the order in which Python appends them. */
static struct point **make_points(int *count) {
  const double x1 = -1.8, x2 = 1.8, y1 = -1.8, y2 = 1.8;
  const double x_step = (x2 - x1) / WIDTH, y_step = (y1 - y2) / WIDTH;
  struct point **points = NULL;
  int n = 0, capacity = 0;

  for (double y = y2; y > y1; y += y_step) {
    for (double x = x1; x < x2; x += x_step) {
      if (n == capacity) {
        capacity = capacity ? 2 * capacity : 1024;
        points = realloc(points, capacity * sizeof *points);
        if (!points)
          abort();
      }
      struct point *p = malloc(sizeof *p);
      if (!p)
        abort();
      p->z = box(x, y);
      p->c = box(-0.62772, -0.42193);
      points[n++] = p;
    }
  }
  *count = n;
  return points;
}

/* Steps until |z| reaches 2, or MAX_ITERATIONS. */
static struct result *calculate(struct point **points, int count) {
  struct result *head = NULL;
  for (int i = count - 1; i >= 0; i--) {
    double re = points[i]->z->re, im = points[i]->z->im;
    int n = 0;
    while (sqrt(re * re + im * im) < 2 && n < MAX_ITERATIONS) {
      double t = re * re - im * im + points[i]->c->re;
      im = 2 * re * im + points[i]->c->im;
      re = t;
      n++;
    }
    struct result *r = malloc(sizeof *r);
    if (!r)
      abort();
    r->iterations = n;
    r->next = head;
    head = r;
  }
  return head;
}

static long sum(const struct result *list) {
  long total = 0;
  for (const struct result *r = list; r; r = r->next)
    total += r->iterations;
  return total;
}

int main(void) {
  int count;
  struct point **points = make_points(&count);
  struct result *output = calculate(points, count);
  printf("%d points, sum(output) = %ld\n", count, sum(output));
  return 0;
}
