#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct vector {
  int *data;
  size_t count, cap;
};
static void reserve(struct vector *v, size_t n) {
  if (v->cap < n) {
    v->cap = n;
    v->data = realloc(v->data, v->cap * sizeof *v->data);
    if (!v->data)
      abort();
  }
}
static void push(struct vector *v, int x) {
  if (v->count == v->cap) {
    v->cap = v->cap ? 2 * v->cap : 16;
    v->data = realloc(v->data, v->cap * sizeof *v->data);
    if (!v->data)
      abort();
  }
  v->data[v->count++] = x;
}

/* Reserved. */
void squares(struct vector *v, int n) {
  reserve(v, v->count + (size_t)n);
  for (int i = 0; i < n; i++)
    push(v, i * i);
}

/* Only some are appended; nobody knows how many there are. */
void odd(struct vector *v, const int *from, int n) {
  for (int i = 0; i < n; i++)
    if (from[i] % 2)
      push(v, from[i]);
}
void read_all(struct vector *v, FILE *in) {
  int x;
  while (fscanf(in, "%d", &x) == 1)
    push(v, x);
}
void until(struct vector *v, const int *from, int n) {
  for (int i = 0; i < n; i++) {
    if (from[i] == 0)
      break;
    push(v, from[i]);
  }
}

/* A few; another vector in each iteration. */
void few(struct vector *v) {
  for (int i = 0; i < 8; i++)
    push(v, i);
}
void spread(struct vector *v, int n) {
  for (int i = 0; i < n; i++)
    push(&v[i], i);
}

/* Made as large as is needed. */
int *copy_all(const int *from, size_t n) {
  int *to = malloc(n * sizeof *to);
  size_t count = 0, cap = n;
  for (size_t i = 0; to && i < n; i++) {
    if (count == cap) {
      cap *= 2;
      to = realloc(to, cap * sizeof *to);
      if (!to)
        abort();
    }
    to[count++] = from[i];
  }
  return to;
}

/* A buffer that is kept for all iterations, and large enough in the end. */
int longest(const char *const *words, int n) {
  char *buffer = NULL;
  size_t cap = 0;
  int sum = 0;
  for (int i = 0; i < n; i++) {
    size_t length = strlen(words[i]) + 1;
    if (length > cap) {
      cap = 2 * length;
      buffer = realloc(buffer, cap);
      if (!buffer)
        abort();
    }
    memcpy(buffer, words[i], length);
    sum += buffer[0];
  }
  free(buffer);
  return sum;
}

/* A set: what it has already is not appended. */
static void add_once(struct vector *v, int x) {
  if (v->count && v->data[v->count - 1] == x)
    return;
  if (v->count == v->cap) {
    v->cap = v->cap ? 2 * v->cap : 16;
    v->data = realloc(v->data, v->cap * sizeof *v->data);
    if (!v->data)
      abort();
  }
  v->data[v->count++] = x;
}
void distinct(struct vector *v, const int *sorted, int n) {
  for (int i = 0; i < n; i++)
    add_once(v, sorted[i]);
}
