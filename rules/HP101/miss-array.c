/* Pointers that walk over arrays load nothing to step on. */
struct point {
  double x, y;
};
struct points {
  struct point *items;
  unsigned count;
};

double by_pointer(const struct points *p) {
  double sum = 0;
  const struct point *end = p->items + p->count;
  for (const struct point *at = p->items; at != end; at++)
    sum += at->x + at->y;
  return sum;
}

unsigned length(const char *s) {
  const char *p = s;
  while (*p)
    p++;
  return (unsigned)(p - s);
}

int sentinel(const int *values) {
  int sum = 0;
  while (*values >= 0)
    sum += *values++;
  return sum;
}
