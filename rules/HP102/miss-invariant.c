/* The head stays the same all the time: the chain is followed once or can be hoisted. */
struct config {
  double factor;
};
struct context {
  struct config *config;
};
struct server {
  struct context *context;
};

double scale(const struct server *s, double *values, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += values[i] * s->context->config->factor;
  return sum;
}

double scale_all(struct server *const *servers, double *values, int n, int m) {
  double sum = 0;
  for (int k = 0; k < m; k++) {
    const struct config *c = servers[0]->context->config;
    for (int i = 0; i < n; i++)
      sum += values[i] * c->factor;
  }
  return sum;
}
