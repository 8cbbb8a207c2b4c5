/* Functions for double on floats. */
#include <math.h>

void wave(float *out, const float *phase, int n) {
  for (int i = 0; i < n; i++)
    out[i] = sin(phase[i]); // expect: HP602 "sin works in double on a float"
}

static float level(float x) {
  return 20 * (float)log10((double)x); // expect: HP602 low "log10 works in double"
}

float loudest(const float *a, int n) {
  float most = -1000;
  for (int i = 0; i < n; i++)
    if (level(a[i]) > most)
      most = level(a[i]);
  return most;
}

#define DECAY(x) exp(-(x))

void fade(float *a, const float *t, int n) {
  float *end = a + n;
  while (a < end) {
    float k = DECAY(*t++); // expect: HP602 "exp works in double"
    *a++ *= k;
  }
}
