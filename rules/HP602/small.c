/* A tenth of the iteration: an f is soon written. */
void smooth(const float *x, const float *weights, float *out, int n) {
  for (int i = 0; i < n; i++) {
    float sum = 0;
    for (int k = 0; k < 40; k++)
      sum += weights[k] * x[i + k];
    out[i] = sum * 0.9; // expect: HP602 severity medium "2 conversions per iteration"
  }
}
