#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int use(const char *text);
int use_bytes(const unsigned char *bytes, int n);
size_t fill(unsigned char *bytes, size_t n);

/* A part is written, the rest has to be zero. */
int padded(const char *const *words, int n) {
  unsigned char block[512];
  int sum = 0;
  for (int i = 0; i < n; i++) {
    memset(block, 0, sizeof block);
    memcpy(block, words[i], 16);
    sum += use_bytes(block, 512);
  }
  return sum;
}

/* Counted anew: read before it is written. */
int histogram(const unsigned char *text, int n, int m) {
  int best = 0;
  for (int k = 0; k < m; k++) {
    int count[256] = {0};
    for (int i = 0; i < n; i++)
      count[text[i + k]]++;
    best += count['e'];
  }
  return best;
}

/* Written on some ways only. */
int sometimes(const char *const *words, const int *wanted, int n) {
  char text[1024];
  int sum = 0;
  for (int i = 0; i < n; i++) {
    memset(text, 0, sizeof text);
    if (wanted[i])
      snprintf(text, sizeof text, "%s", words[i]);
    sum += use(text);
  }
  return sum;
}

/* The zeros behind the text are sent. */
int send_names(int fd, const char *const *names, int n) {
  char record[256];
  for (int i = 0; i < n; i++) {
    memset(record, 0, sizeof record);
    snprintf(record, sizeof record, "%s", names[i]);
    if (write(fd, record, sizeof record) < 0)
      return -1;
  }
  return 0;
}

/* A function that may read fewer. */
int parts(int n) {
  unsigned char bytes[1024];
  int sum = 0;
  for (int i = 0; i < n; i++) {
    memset(bytes, 0, sizeof bytes);
    fill(bytes, sizeof bytes);
    sum += use_bytes(bytes, 1024);
  }
  return sum;
}

/* Secrets. */
void forget(char *out, const char *const *words, int n) {
  char key[256];
  for (int i = 0; i < n; i++) {
    snprintf(key, sizeof key, "%s!", words[i]);
    out[i] = (char)use(key);
    memset(key, 0, sizeof key);
  }
}

/* The loop writes only some elements, or not from the start. */
double *sparse(const double *from, int n) {
  double *to = calloc((size_t)n, sizeof *to);
  if (!to)
    abort();
  for (int i = 1; i < n; i++)
    to[i] = from[i] - from[i - 1];
  return to;
}
double *positive(const double *from, int n) {
  double *to = calloc((size_t)n, sizeof *to);
  if (!to)
    abort();
  for (int i = 0; i < n; i++)
    if (from[i] > 0)
      to[i] = from[i];
  return to;
}

/* Small. */
int small(const char *const *words, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    char text[64] = {0};
    snprintf(text, sizeof text, "%s", words[i]);
    sum += use(text);
  }
  return sum;
}
