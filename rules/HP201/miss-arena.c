/* An arena hands out parts of what it has; a pool takes blocks back for later. */
#include <stdlib.h>

struct arena {
  char *at, *end;
};

static void *take(struct arena *a, size_t size) {
  if ((size_t)(a->end - a->at) < size)
    return NULL;
  void *block = a->at;
  a->at += size;
  return block;
}

long use(char *block);

long many(struct arena *a, int n) {
  long sum = 0;
  for (int i = 0; i < n; i++) {
    char *start = a->at;
    char *block = take(a, 64);
    if (!block)
      break;
    sum += use(block);
    a->at = start;
  }
  return sum;
}

long once(int n) {
  char *block = malloc(64);
  long sum = 0;
  if (!block)
    return 0;
  for (int i = 0; i < n; i++)
    sum += use(block);
  free(block);
  return sum;
}

void drop_all(char **blocks, int n) {
  for (int i = 0; i < n; i++)
    free(blocks[i]);
}
