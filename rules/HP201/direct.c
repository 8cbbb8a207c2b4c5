/* malloc and free, one pair per iteration. */
#include <stdlib.h>
#include <string.h>

void consume(const char *text);

void lines(const char *const *text, int n) {
  for (int i = 0; i < n; i++) {
    size_t length = strlen(text[i]);
    char *copy = malloc(length + 1); // expect: HP201 "from the heap with malloc and frees it again"
    if (!copy)
      continue;
    memcpy(copy, text[i], length + 1);
    consume(copy);
    free(copy);
  }
}

void fixed(int n) {
  while (n-- > 0) {
    char *scratch = calloc(64, 4); // expect: HP201 "256 bytes from the heap with calloc"
    if (!scratch)
      abort();
    consume(scratch);
    free(scratch);
  }
}
