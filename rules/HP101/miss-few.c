/* At most two steps. */
struct scope {
  struct scope *outer;
  int depth;
};

int near_depth(const struct scope *s) {
  int depth = 0;
  for (int i = 0; i < 2 && s; i++) {
    depth += s->depth;
    s = s->outer;
  }
  return depth;
}

int two_up(const struct scope *s) {
  for (int i = 0; i < 2; i++)
    s = s->outer;
  return s->depth;
}
