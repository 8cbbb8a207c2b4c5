/* Constants that a float does not hold exactly. */
#define GAMMA 2.2

void scale(float *a, int n) {
  for (int i = 0; i < n; i++)
    a[i] = a[i] * 0.1; // expect: HP602 "the constant 0.1 is a double"
}

void grey(float *out, const float *r, const float *g, const float *b, int n) {
  for (int i = 0; i < n; i++)
    out[i] = 0.299 * r[i] + 0.587 * g[i] + 0.114 * b[i]; // expect: HP602 "4 conversions per iteration"
}

float sum(const float *p, const float *end) {
  float s = 0;
  while (p < end)
    s += *p++ / GAMMA; // expect: HP602 "2.2"
  return s;
}

/* One operand twice is converted once, one that stays the same before the loop. */
void bend(float *a, int n, float bias) {
  for (int i = 0; i < n; i++)
    a[i] = 1 - 0.9 * a[i] * a[i] * bias; // expect: HP602 "2 conversions per iteration"
}

/* All digits that a float has. */
void turn(float *a, int n) {
  for (int i = 0; i < n; i++)
    a[i] = 1.4142135623730951 * a[i]; // expect: HP602 "write 1.41421356f"
}
