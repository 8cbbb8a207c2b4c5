/* Loops over what is small, over what lies in order, or that end soon. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* colours of a 3 x 3 kernel */
void blur(const float *restrict in, float *restrict out, int width, int height) {
  static const float kernel[3][3] = {{1, 2, 1}, {2, 4, 2}, {1, 2, 1}};
  for (int y = 1; y < height - 1; y++)
    for (int x = 1; x < width - 1; x++) {
      float sum = 0;
      for (int j = -1; j <= 1; j++)
        for (int i = -1; i <= 1; i++)
          sum += kernel[j + 1][i + 1] * in[(y + j) * width + x + i];
      out[y * width + x] = sum / 16;
    }
}

/* a 4 x 4 product, columns and all */
void matrix4(float c[4][4], const float a[4][4], const float b[4][4]) {
  for (int j = 0; j < 4; j++)
    for (int i = 0; i < 4; i++) {
      float sum = 0;
      for (int k = 0; k < 4; k++)
        sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
}

/* polynomials, and powers of two */
double horner(const double *c, int n, double x) {
  double y = 0;
  for (int i = n - 1; i >= 0; i--)
    y = y * x + c[i];
  return y;
}
void decibels(const float *in, float *out, int n) {
  for (int i = 0; i < n; i++)
    out[i] = 20.0f * log10f(fabsf(in[i]) + 1e-9f);
}

/* a palette of 256 */
void paint(const uint8_t *pixels, uint32_t *out, size_t n, const uint32_t palette[static 256]) {
  for (size_t i = 0; i < n; i++)
    out[i] = palette[pixels[i]];
}

/* a state machine with a table of 16 classes */
static const uint8_t next[8][16] = {{1, 2, 3}, {2, 3, 4}, {3, 4, 5}};
int accepts(const uint8_t *classes, size_t n) {
  int state = 0;
  for (size_t i = 0; i < n; i++)
    state = next[state & 7][classes[i] & 15];
  return state == 3;
}

/* a small set that is searched: no more than eight */
struct watch {
  int fds[8];
  int n;
};
static int watched(const struct watch *w, int fd) {
  for (int i = 0; i < w->n; i++)
    if (w->fds[i] == fd)
      return 1;
  return 0;
}
int count_watched(const struct watch *w, const int *fds, int n) {
  int count = 0;
  for (int i = 0; i < n; i++)
    count += watched(w, fds[i]);
  return count;
}

/* one row shifted by a constant */
void scroll(char (*lines)[80], int rows) {
  memmove(lines, lines + 1, (size_t)(rows - 1) * sizeof *lines);
  memset(lines[rows - 1], ' ', sizeof *lines);
}

/* sorted once, searched often */
static int by_value(const void *a, const void *b) {
  int x = *(const int *)a, y = *(const int *)b;
  return (x > y) - (x < y);
}
int count_common(int *a, size_t n, const int *b, size_t m) {
  int common = 0;
  qsort(a, n, sizeof *a, by_value);
  for (size_t i = 0; i < m; i++)
    common += bsearch(&b[i], a, n, sizeof *a, by_value) != NULL;
  return common;
}

/* lengths that are kept */
size_t copy_all(char *to, const char *const *parts, const size_t *lengths, int n) {
  char *at = to;
  for (int i = 0; i < n; i++) {
    memcpy(at, parts[i], lengths[i]);
    at += lengths[i];
  }
  return (size_t)(at - to);
}

/* a few rounds of a block cipher */
void encrypt(uint32_t *block, const uint32_t key[4]) {
  uint32_t a = block[0], b = block[1], sum = 0;
  for (int round = 0; round < 32; round++) {
    a += ((b << 4 ^ b >> 5) + b) ^ (sum + key[sum & 3]);
    sum += 0x9E3779B9u;
    b += ((a << 4 ^ a >> 5) + a) ^ (sum + key[sum >> 11 & 3]);
  }
  block[0] = a;
  block[1] = b;
}

/* two passes: the first finds the largest */
void normalise(float *v, int n) {
  float most = 0;
  for (int i = 0; i < n; i++)
    if (fabsf(v[i]) > most)
      most = fabsf(v[i]);
  if (most > 0)
    for (int i = 0; i < n; i++)
      v[i] /= most;
}

/* a few attempts */
int try_often(int (*attempt)(void *), void *state) {
  for (int i = 0; i < 5; i++) {
    char *note = malloc(64);
    if (!note)
      return -1;
    snprintf(note, 64, "attempt %d", i);
    int ok = attempt(state);
    if (!ok)
      fputs(note, stderr);
    free(note);
    if (ok)
      return 0;
  }
  return -1;
}
