/* An array before the test of its count, a helper that copies, a test behind other work. */
#include <stdlib.h>
#include <string.h>

int use(const void *p);

int pair(const int *ids, int most, int kind) {
  int *seen = calloc((size_t)most + 1, sizeof *seen); // expect: HP210 found
  if (!seen)
    abort();
  if (kind == most) {
    free(seen);
    return 0;
  }
  seen[ids[0]]++;
  seen[ids[1]]++;
  int r = use(seen);
  free(seen);
  return r;
}

static char *copy_of(const char *text) {
  char *copy = strdup(text);
  if (!copy)
    abort();
  return copy;
}

int by_time(const char *text, long since, long time) {
  char *copy = copy_of(text); // expect: HP210 found
  if (time == since) {
    free(copy);
    return 0;
  }
  *copy = (char)(*copy ^ (char)time);
  int r = use(copy);
  free(copy);
  return r;
}
