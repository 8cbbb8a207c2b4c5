/* One conversion more or less beside a pass over the whole block. */
void transform(float *block, int n);
void each_channel(float **channels, float *gain, int count, int n) {
  for (int c = 0; c < count; c++) {
    gain[c] = gain[c] * 0.345; // expect: HP602 low
    for (int i = 0; i < n; i++)
      channels[c][i] *= gain[c];
    transform(channels[c], n);
  }
}

/* A hundredth of the iteration. */
void filter(const float *x, const float *weights, float *out, int n) {
  for (int i = 0; i < n; i++) {
    float sum = 0;
    for (int k = 0; k < 40; k++)
      sum += weights[k] * x[i + k];
    out[i] = sum * 0.9; // expect: HP602 low
  }
}
