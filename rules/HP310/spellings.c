/* In a do loop, by a pointer to the link; from a local head. */
#include <stdlib.h>

struct step {
  int what;
  struct step *next;
};

struct step *plan(const int *what, int n) {
  struct step *first = calloc(1, sizeof *first);
  for (int i = 0; first && i < n; i++) {
    struct step *s = calloc(1, sizeof *s), *last = first;
    if (!s)
      break;
    s->what = what[i];
    while (last->next) // expect: HP310 found
      last = last->next;
    last->next = s;
  }
  return first;
}

struct path {
  struct step *steps;
};

void add_all(struct path *p, struct step **new) {
  do {
    struct step **end = &p->steps;
    while (*end) // expect: HP310 found
      end = &(*end)->next;
    *end = *new;
  } while (*++new);
}
