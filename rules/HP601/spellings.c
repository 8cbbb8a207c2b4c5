/* A look-up in a do loop, a sum that a helper works out, by pointer. */
struct setting {
  int key;
  int value;
};
struct settings {
  const struct setting *all;
  int n;
};

static int value_of(const struct settings *s, int key) {
  for (int i = 0; i < s->n; i++)
    if (s->all[i].key == key)
      return s->all[i].value;
  return 0;
}

void scale(const struct settings *s, long *values, int n) {
  for (long *v = values; v < values + n; v++)
    *v *= value_of(s, 17); // expect: HP601 found
}

#define LIMIT(s) value_of(s, 3)

void clip(const struct settings *s, long *values, int n) {
  int i = 0;
  do {
    int limit = LIMIT(s); // expect: HP601 found
    values[i] = values[i] > limit ? limit : values[i];
  } while (++i < n);
}
