/* How many objects there are is seen where a loop makes them; an array that the program keeps may
 * be short. */
#include <stdlib.h>

struct colour {
  double red;
};
struct shape {
  struct colour *colour;
};

static struct shape **make_shapes(int n) {
  struct shape **shapes = malloc((size_t)n * sizeof *shapes);
  for (int i = 0; shapes && i < n; i++) {
    shapes[i] = malloc(sizeof **shapes);
    if (!shapes[i] || !(shapes[i]->colour = malloc(sizeof(struct colour))))
      abort();
    shapes[i]->colour->red = i;
  }
  return shapes;
}

static double sum(struct shape *const *shapes, int n) {
  double red = 0;
  for (int i = 0; i < n; i++) // expect: HP102 "2 loads in a row"
    red += shapes[i]->colour->red;
  return red;
}

double made(int n) {
  return sum(make_shapes(n), n);
}

struct plugin {
  struct colour *colour;
};
static struct plugin *plugins[100];
static int nplugins;

void add_plugin(struct colour *colour) {
  struct plugin *p = malloc(sizeof *p);
  if (!p || nplugins == 100)
    abort();
  p->colour = colour;
  plugins[nplugins++] = p;
}

double plugin_reds(void) {
  double red = 0;
  for (int i = 0; i < nplugins; i++) // expect: HP102 low "2 loads in a row"
    red += plugins[i]->colour->red;
  return red;
}
