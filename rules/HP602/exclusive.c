/* An iteration takes one of the two ways, that of the larger sum counts. */
void shape(float *restrict out, const float *restrict in, int n) {
  for (int i = 0; i < n; i++) {
    if (in[i] > 1)
      out[i] = in[i] * 0.3 + in[i + 1] * 0.7; // expect: HP602 "3 conversions per iteration"
    else
      out[i] = in[i] * 0.9;
  }
}
