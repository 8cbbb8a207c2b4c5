#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct vector {
  int *data;
  size_t count, cap;
};

/* Doubled; half as much again. */
static void push(struct vector *v, int x) {
  if (v->count == v->cap) {
    v->cap = v->cap ? 2 * v->cap : 16;
    v->data = realloc(v->data, v->cap * sizeof *v->data);
    if (!v->data)
      abort();
  }
  v->data[v->count++] = x;
}
static void push_half(struct vector *v, int x) {
  if (v->count == v->cap) {
    v->cap += v->cap / 2 + 8;
    v->data = realloc(v->data, v->cap * sizeof *v->data);
    if (!v->data)
      abort();
  }
  v->data[v->count++] = x;
}
int *odd_ones(const int *from, int n) {
  int *to = NULL;
  size_t count = 0, cap = 8;
  for (int i = 0; i < n; i++) {
    if (from[i] % 2 == 0)
      continue;
    if (!to || count == cap) {
      cap *= 2;
      to = realloc(to, cap * sizeof *to);
      if (!to)
        abort();
    }
    to[count++] = from[i];
  }
  return to;
}
void fill(struct vector *v, struct vector *w, int n) {
  for (int i = 0; i < n; i++) {
    push(v, i);
    push_half(w, i);
  }
}

/* As large as is needed, computed before. */
int *copy_all(const int *from, size_t n) {
  int *to = malloc((n + 1) * sizeof *to);
  for (size_t i = 0; to && i < n; i++)
    to[i] = from[i];
  return to;
}
static void reserve(struct vector *v, size_t n) {
  if (v->cap < n) {
    v->cap = n;
    v->data = realloc(v->data, v->cap * sizeof *v->data);
  }
}
void reserve_all(struct vector *v, const size_t *needed, int n) {
  for (int i = 0; i < n; i++)
    reserve(&v[i], needed[i]);
}

/* Cut to size in the end. */
char *read_word(FILE *in) {
  size_t n = 0;
  char *word = malloc(4096);
  int c;
  while (word && n < 4095 && (c = getc(in)) > ' ')
    word[n++] = (char)c;
  return word ? realloc(word, n + 1) : NULL;
}

/* A new block in each iteration, of another size. */
int sizes(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    int *rows = malloc((size_t)(i + 1) * sizeof *rows);
    if (!rows)
      abort();
    memset(rows, i, (size_t)(i + 1) * sizeof *rows);
    sum += rows[i / 2];
    free(rows);
  }
  return sum;
}

/* At most a few times. */
int *few(void) {
  int *p = NULL;
  for (int n = 0; n < 4; n++) {
    p = realloc(p, (size_t)(n + 1) * sizeof *p);
    if (!p)
      abort();
    p[n] = n;
  }
  return p;
}

/* Once, when the program starts. */
static char **paths;
static int npaths;
static void add_path(char *path) {
  paths = realloc(paths, (size_t)(npaths + 1) * sizeof *paths);
  if (!paths)
    abort();
  paths[npaths++] = path;
}
int main(int argc, char **argv) {
  add_path("/etc");
  if (argc > 1)
    add_path(argv[1]);
  return npaths;
}
