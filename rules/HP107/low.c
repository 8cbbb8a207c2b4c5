/* One of it; and nodes that the allocator rounds up to the same size. */
#include <stdlib.h>

struct settings { // expect: HP107 low
  double scale;
  long verbose, colour;
};

static struct settings settings;

void loud(void) {
  settings.verbose = 2;
  settings.colour = 1;
}

double scale(void) {
  return settings.verbose || settings.colour ? settings.scale : 1;
}

struct node { // expect: HP107 low
  struct node *next;
  int red, left, tip;
};

static struct node *all;

void grow(int n) {
  for (int i = 0; i < n; i++) {
    struct node *node = malloc(sizeof *node);
    node->red = i & 1;
    node->left = !all;
    node->tip = 2;
    node->next = all;
    all = node;
  }
}

int reds(void) {
  int n = 0;
  for (struct node *p = all; p; p = p->next)
    n += p->red && !p->left && p->tip;
  return n;
}
