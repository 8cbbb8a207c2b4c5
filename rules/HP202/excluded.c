/* A scratch block that the constant argument of the call excludes, and one that it asks for. */
#include <stdlib.h>
#include <string.h>

int use(const char *text);

static int scratch(const char *text) {
  char *copy = strdup(text);
  if (!copy)
    abort();
  int r = use(copy);
  free(copy);
  return r;
}

static int compare(const char *text, int exact) {
  if (!exact)
    return scratch(text);
  return use(text);
}

int folded(const char *const *texts, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += compare(texts[i], 0); // expect: HP202 low "compare"
  return sum;
}

int exact(const char *const *texts, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += compare(texts[i], 1);
  return sum;
}

int by_caller(const char *const *texts, int n, int mode) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += compare(texts[i], mode); // expect: HP202 low "compare"
  return sum;
}
