/* Arrays that a library hands to its users, who rely on the records: as a result, or as a callback's
 * argument. Those that stay inside, or go to functions of the program, can be split. */
#include "low-public.h"

#include <stdlib.h>

struct star *make_stars(int n) {
  return calloc((size_t)n, sizeof(struct star));
}

double mass_of_stars(const struct star *s, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) // expect: HP105 low "pointers to it may go to code that is not seen"
    sum += s[i].mass;
  return sum;
}

int visit(const struct planet *p, int n, visit_planets *seen, void *context) {
  return seen(p, n, context);
}

double mass_of_planets(const struct planet *p, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) // expect: HP105 low "pointers to it may go to code that is not seen"
    sum += p[i].mass;
  return sum;
}

/* made and returned inside only */
static struct moon *make_moons(int n) {
  return calloc((size_t)n, sizeof(struct moon));
}

double mass_of_moons(const struct moon *m, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) // expect: HP105 "(mass)"
    sum += m[i].mass;
  return sum;
}

double mass_of_new_moons(int n) {
  struct moon *m = make_moons(n);
  double sum = m ? mass_of_moons(m, n) : 0;
  free(m);
  return sum;
}

/* a callback of the program's own */
typedef int visit_comets(const struct comet *all, int n);

static int first(const struct comet *all, int n) {
  return n > 0 && all[0].name[0];
}
static int last(const struct comet *all, int n) {
  return n > 0 && all[n - 1].name[0];
}
static visit_comets *const visits[] = {first, last};

int visit_all(const struct comet *c, int n) {
  return visits[n & 1](c, n);
}

double mass_of_comets(const struct comet *c, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) // expect: HP105 "(mass)"
    sum += c[i].mass;
  return sum;
}

/* no header tells users what it looks like */
struct dust {
  double x, y, z, mass;
  char name[32];
};

struct dust *make_dust(int n) {
  return calloc((size_t)n, sizeof(struct dust));
}

double mass_of_dust(const struct dust *d, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) // expect: HP105 "(mass)"
    sum += d[i].mass;
  return sum;
}
