/* Tables of functions are few and stay in the cache. */
struct operations {
  int (*run)(void *);
};
struct driver {
  const struct operations *ops;
};
struct device {
  struct driver *driver;
  void *state;
};

int run_all(struct device *const *devices, int n) {
  int failed = 0;
  for (int i = 0; i < n; i++)
    failed += devices[i]->driver->ops->run(devices[i]->state);
  return failed;
}
