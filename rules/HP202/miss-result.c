#include <stdlib.h>
#include <string.h>

int use(const char *text);

/* The result is what the loop frees: HP201 says so, and alone. */
static char *twice(const char *text) {
  size_t n = strlen(text);
  char *r = malloc(2 * n + 1);
  if (!r)
    abort();
  memcpy(r, text, n);
  memcpy(r + n, text, n + 1);
  return r;
}

int all(const char *const *texts, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    char *t = twice(texts[i]); // expect: HP201
    sum += use(t);
    free(t);
  }
  return sum;
}

/* The compiler removes it. */
static int small(int x) {
  int *p = malloc(sizeof *p);
  if (!p)
    return 0;
  *p = x;
  int r = *p + 1;
  free(p);
  return r;
}

int sum_small(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += small(i);
  return sum;
}
