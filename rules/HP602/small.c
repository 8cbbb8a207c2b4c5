/* A tenth of the iteration: an f is soon written. */
void mix(const float *x, const float *y, float *out, int n) {
  for (int i = 0; i < n; i++) {
    float a = x[i] / y[i], b = y[i] / (a + 2), c = a / (b + x[i]), d = b / (c + y[i]);
    float e = (a - b) / (c - d), f = (c + d) / (e + a), g = d / (f + e), h = e / (g + f);
    float sum = a * b + c * d + e * f + g * h + a / h + b / g + c / f + d / e;
    out[i] = sum * 0.9; // expect: HP602 severity medium "2 conversions per iteration"
  }
}
