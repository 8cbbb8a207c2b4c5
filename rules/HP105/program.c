/* A whole program: whatever a pointer to a function may be, it is one of the program's own, and nobody
 * else relies on the records that its headers declare. */
#include "low-public.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double mass_of_planets(const struct planet *p, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) // expect: HP105 "(mass)"
    sum += p[i].mass;
  return sum;
}

static int first(const struct planet *all, int n, void *context) {
  return n > 0 && all[0].name[0] == *(char *)context;
}

static int visit_stored(const struct planet *p, int n, const void *stored) {
  char wanted = 'm';
  visit_planets *seen = first;
  memcpy(&seen, stored, sizeof seen);
  return seen(p, n, &wanted);
}

int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : 0, heavy = 0;
  struct planet *p = calloc((size_t)n, sizeof *p);
  if (!p)
    return 1;
  for (int c; (c = getchar()) != EOF;)
    heavy += visit_stored(p, n, argv[c]) && mass_of_planets(p, n) > 1;
  free(p);
  return heavy;
}
