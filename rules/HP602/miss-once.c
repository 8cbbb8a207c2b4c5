/* Only one iteration converts: the counter tells which. */
void steps(const float *x, float *out, int n) {
  for (int i = 0; i < n; i++) {
    float before = i == 0 ? x[0] : x[i] - x[i - 1];
    float after;
    if (i == n - 1)
      after = 3.14159 - x[i];
    else
      after = x[i + 1] - x[i];
    out[i] = before < after ? before : after;
  }
}

void first(const float *x, float *out, int n) {
  for (int i = 0; i < n; i++) {
    if (!i)
      out[i] = x[i] * 0.1;
    else
      out[i] = x[i];
  }
}
