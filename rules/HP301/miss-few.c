/* Samples of one or two channels: the step is a few bytes, and the loop around has no more iterations. Stages of a
 * method: the columns that a short inner loop touches are still in the cache when the next iteration comes back. */
struct decoder {
  int channels;
};
int decoder_init(struct decoder *d, int channels) {
  if (channels != 1 && channels != 2)
    return -1;
  d->channels = channels;
  return 0;
}
void fade(const struct decoder *d, float *restrict out, const float *restrict in, int n) {
  for (int c = 0; c < d->channels; c++)
    for (int i = 0; i < n; i++)
      out[i * d->channels + c] = in[i * d->channels + c];
}

static void step(double *restrict y, const double *restrict f, const double *restrict b, int stages, int n) {
  for (int i = 0; i < n; i++) {
    y[i] = 0;
    for (int k = 0; k < stages; k++)
      y[i] += b[k] * f[k * n + i];
  }
}
void euler(double *y, const double *f, const double *b, int n) {
  step(y, f, b, 1, n);
}
void midpoint(double *y, const double *f, const double *b, int n) {
  step(y, f, b, 2, n);
}

/* By what else the callers hand over: many channels never come with this kind. */
static void add_up(float *restrict sum, const float *restrict x, int kind, int n, int channels) {
  if (kind == 2)
    for (int c = 1; c < channels; c++)
      for (int i = 0; i < n; i++)
        sum[i] += x[i * channels + c];
  else
    for (int i = 0; i < n; i++)
      sum[i] += x[i * channels];
}
void all_of(float *sum, const float *x, int n) {
  add_up(sum, x, 2, n, 2);
}
void first_of(float *sum, const float *x, int n, int channels) {
  add_up(sum, x, 1, n, channels);
}
