/* What the loop does not change is converted before it. */
void fill(float *a, int n, float level) {
  for (int i = 0; i < n; i++) {
    float quiet = level * 0.1;
    a[i] += quiet;
  }
}
