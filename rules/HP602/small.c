/* A part of the iteration: an f is soon written. */
void smooth(const float *x, float *out, int n) {
  for (int i = 1; i < n - 1; i++) {
    float sum = x[i - 1] + 2 * x[i] + x[i + 1];
    out[i] = sum * 0.3; // expect: HP602 severity medium "2 conversions per iteration"
  }
}

/* Each iteration waits for the conversions of the one before. */
float decayed(const float *x, const float *weights, int n) {
  float level = 0;
  for (int i = 0; i < n; i++) {
    float sum = 0;
    for (int k = 0; k < 16; k++)
      sum += weights[k] * x[i + k];
    level = level * 0.9 + sum; // expect: HP602 severity medium "3 conversions per iteration"
  }
  return level;
}
