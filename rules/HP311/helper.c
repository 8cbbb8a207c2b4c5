/* The sort in a function, the array in a record; and through a macro in a while loop. */
#include <stdlib.h>

struct score {
  char name[24];
  double points;
};
struct table {
  struct score *rows;
  size_t count;
};

static int by_points(const void *a, const void *b) {
  const struct score *x = a, *y = b;
  return (x->points < y->points) - (x->points > y->points);
}

static void sort_table(struct table *t) {
  qsort(t->rows, t->count, sizeof *t->rows, by_points);
}

static void add(struct table *t, const struct score *s) {
  t->rows[t->count++] = *s;
  sort_table(t);
}

void add_all(struct table *t, const struct score *scores, int n) {
  for (int i = 0; i < n; i++)
    add(t, &scores[i]); // expect: HP311 "with add, which the loop makes longer"
}

#define KEEP_SORTED(t) qsort((t)->rows, (t)->count, sizeof *(t)->rows, by_points)

void merge(struct table *t, const struct score *scores, int n) {
  while (n--) {
    t->rows[t->count] = *scores++;
    t->count++;
    KEEP_SORTED(t); // expect: HP311 "each iteration sorts all of t->rows"
  }
}
