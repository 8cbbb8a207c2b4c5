/* Sizes that differ, in loops that do not stop at the first block that is large enough. */
#include <stdlib.h>

void use(char *block, size_t size);

/* Each size up to a number. */
void each(size_t n) {
  for (size_t size = 1; size <= n; size++) {
    char *block = malloc(size); // expect: HP201 "size bytes"
    if (!block)
      abort();
    use(block, size);
    free(block);
  }
}

/* Two sizes in turn. */
void turns(int n) {
  size_t size = 64, other = 4096;
  for (int i = 0; i < n; i++) {
    char *block = malloc(size); // expect: HP201 "size bytes"
    if (!block)
      abort();
    use(block, size);
    free(block);
    size_t old = size;
    size = other;
    other = old;
  }
}

/* It grows now and then, and mostly stays. */
void stays(const int *large, int n) {
  size_t size = 64;
  for (int i = 0; i < n; i++) {
    if (large[i])
      size *= 2;
    char *block = malloc(size); // expect: HP201 "size bytes"
    if (!block)
      abort();
    use(block, size);
    free(block);
  }
}
