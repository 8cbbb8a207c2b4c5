/* A block that a list keeps is not freed by those who get a pointer into it. */
#include <stdlib.h>
#include <string.h>

struct block {
  size_t used;
  char bytes[4088];
};
void append(struct block *block);

int store(const char *from, size_t length) {
  while (length) {
    struct block *b = malloc(sizeof *b);
    if (!b)
      return -1;
    b->used = length < sizeof b->bytes ? length : sizeof b->bytes;
    memcpy(b->bytes, from, b->used);
    append(b);
    from += b->used;
    length -= b->used;
  }
  return 0;
}
