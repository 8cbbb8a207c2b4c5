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
