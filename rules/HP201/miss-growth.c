/* Growth now and then, by malloc or realloc. */
#include <stdlib.h>
#include <string.h>

struct vector {
  int *items;
  size_t count, cap;
};

int fill(struct vector *v, const int *from, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (v->count == v->cap) {
      size_t cap = v->cap ? v->cap * 2 : 16;
      int *more = malloc(cap * sizeof *more);
      if (!more)
        return -1;
      if (v->count)
        memcpy(more, v->items, v->count * sizeof *more);
      free(v->items);
      v->items = more;
      v->cap = cap;
    }
    v->items[v->count++] = from[i];
  }
  return 0;
}

int use(const char *text, size_t length);

int longest_buffer(const char *const *text, int n) {
  char *buffer = NULL;
  size_t cap = 0;
  int sum = 0;
  for (int i = 0; i < n; i++) {
    size_t length = strlen(text[i]);
    if (length > cap) {
      free(buffer);
      buffer = malloc(length * 2);
      if (!buffer)
        return -1;
      cap = length * 2;
    }
    memcpy(buffer, text[i], length);
    sum += use(buffer, length);
  }
  free(buffer);
  return sum;
}

char *read_all(int (*next)(void), size_t *size) {
  char *bytes = NULL;
  size_t cap = 0;
  *size = 0;
  for (int c; (c = next()) >= 0;) {
    if (*size == cap) {
      char *more = realloc(bytes, cap = cap ? cap * 2 : 64);
      if (!more)
        break;
      bytes = more;
    }
    bytes[(*size)++] = (char)c;
  }
  return bytes;
}
