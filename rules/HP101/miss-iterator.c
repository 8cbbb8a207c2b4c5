/* An iterator struct over an array, as hash tables and vectors hand out. */
struct vector {
  long *items;
  unsigned count;
};
struct iterator {
  const struct vector *of;
  unsigned at;
  long *current;
};

static int advance(struct iterator *it) {
  if (it->at == it->of->count)
    return 0;
  it->current = &it->of->items[it->at++];
  return 1;
}

long sum(const struct vector *v) {
  struct iterator it = {.of = v};
  long total = 0;
  while (advance(&it))
    total += *it.current;
  return total;
}

static long *next_item(const struct vector *v, long *at) {
  at = at ? at + 1 : v->items;
  return at < v->items + v->count ? at : 0;
}

long sum_by_cursor(const struct vector *v) {
  long total = 0;
  for (long *at = next_item(v, 0); at; at = next_item(v, at))
    total += *at;
  return total;
}
