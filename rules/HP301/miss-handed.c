/* Small for certain: every caller hands over arrays of a few elements, from several functions away and from fields. */
enum { MOST = 32 };
struct layer {
  const signed char *weights;
  int inputs, outputs;
};
struct state {
  float last;
  float memory[MOST];
};

static void add_product(float *out, const signed char *weights, int rows, int cols, int stride, const float *x) {
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < cols; j++)
      out[i] += weights[j * stride + i] * x[j];
}

static void dense(const struct layer *l, float *out, const float *in) {
  for (int i = 0; i < l->outputs; i++)
    out[i] = 0;
  add_product(out, l->weights, l->outputs, l->inputs, l->outputs, in);
}

static void gated(const struct layer *l, float *memory, const float *in) {
  float gate[MOST] = {0};
  add_product(gate, l->weights, l->outputs, l->inputs, l->outputs, in);
  add_product(gate, l->weights, l->outputs, l->outputs, l->outputs, memory);
  for (int i = 0; i < l->outputs; i++)
    memory[i] = gate[i];
}

void run(const struct layer *layers, struct state *s, const float *samples, long n) {
  for (long k = 0; k < n; k++) {
    float in[25], between[MOST], result[2];
    for (int i = 0; i < 25; i++)
      in[i] = samples[k + i];
    dense(&layers[0], between, in);
    gated(&layers[1], s->memory, between);
    dense(&layers[2], result, s->memory);
    s->last = result[0];
  }
}
