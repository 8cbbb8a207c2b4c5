/* Nobody knows how many elements there are, and the loop does not add any. */
struct table {
  const char *const *names;
  const int *keys;
  int count;
};

int index_of(const struct table *t, int key) {
  for (int i = 0; i < t->count; i++)
    if (t->keys[i] == key)
      return i;
  return -1;
}

int known(const struct table *t, const int *keys, int n) {
  int count = 0;
  for (int i = 0; i < n; i++)
    count += index_of(t, keys[i]) >= 0; // expect: HP308 low "element by element"
  return count;
}

/* some iterations do */
int rare_keys(const struct table *t, const int *keys, int n) {
  int count = 0;
  for (int i = 0; i < n; i++) {
    if (keys[i] % 5 == 0)
      count += index_of(t, keys[i]) >= 0; // expect: HP308 low "in some iterations"
  }
  return count;
}
