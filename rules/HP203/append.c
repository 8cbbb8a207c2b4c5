#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With every element, in a loop. */
int *read_all(FILE *in, size_t *count) {
  int *numbers = NULL, x;
  size_t n = 0;
  while (fscanf(in, "%d", &x) == 1) {
    numbers = realloc(numbers, (n + 1) * sizeof *numbers); // expect: HP203 severity medium "by one element at a time (with n)"
    if (!numbers)
      abort();
    numbers[n++] = x;
  }
  *count = n;
  return numbers;
}

/* Sixteen at a time, by an append that a loop calls. */
struct vector {
  int *data;
  size_t count, cap;
};
static void push(struct vector *v, int x) {
  if (v->count == v->cap) {
    v->cap += 16;
    v->data = realloc(v->data, v->cap * sizeof *v->data); // expect: HP203 low "by 16 elements at a time (with v->cap)"
    if (!v->data)
      abort();
  }
  v->data[v->count++] = x;
}
void fill(struct vector *v, int n) {
  for (int i = 0; i < n; i++)
    push(v, i);
}

/* By hand, and through a project's own allocator. */
static void *take(size_t n) {
  void *p = malloc(n);
  if (!p)
    abort();
  return p;
}
struct list {
  char **names;
  int count;
};
static void add_name(struct list *l, char *name) {
  char **more = take((size_t)(l->count + 1) * sizeof *more); // expect: HP203 "by one element at a time (with l->count)"
  memcpy(more, l->names, (size_t)l->count * sizeof *more);
  free(l->names);
  l->names = more;
  l->names[l->count++] = name;
}
void add_names(struct list *l, char *const *names) {
  while (*names)
    add_name(l, *names++);
}

/* A macro, a capacity in a variable. */
#define GROW(p, n, cap, by)                                                                        \
  do {                                                                                             \
    if ((n) == (cap))                                                                              \
      (p) = reallocarray(p, (cap) += (by), sizeof *(p));                                           \
  } while (0)
double *squares(const double *from, int count) {
  double *to = NULL;
  size_t n = 0, cap = 0;
  for (int i = 0; i < count; i++) {
    if (from[i] < 0)
      continue;
    GROW(to, n, cap, 8); // expect: HP203 low "by 8 elements at a time"
    if (!to)
      abort();
    to[n++] = from[i] * from[i];
  }
  return to;
}

/* Steps of a thousand and more are rarely felt. */
static void push_far(struct vector *v, int x) {
  if (v->count == v->cap) {
    v->cap += 4096;
    v->data = realloc(v->data, v->cap * sizeof *v->data); // expect: HP203 low "4096 elements"
  }
  v->data[v->count++] = x;
}
void fill_far(struct vector *v, int n) {
  for (int i = 0; i < n; i++)
    push_far(v, i);
}

/* Beside the search before it the growth is little. */
static void add_once(struct list *l, char *name) {
  for (int i = 0; i < l->count; i++)
    if (!strcmp(l->names[i], name))
      return;
  l->names = realloc(l->names, (size_t)(l->count + 1) * sizeof *l->names); // expect: HP203 low "one element"
  if (!l->names)
    abort();
  l->names[l->count++] = name;
}
void add_each_once(struct list *l, char *const *names) {
  while (*names)
    add_once(l, *names++);
}

/* The same in one function. */
char **distinct(char *const *names, int n, int *found) {
  char **out = NULL;
  int count = 0;
  for (int i = 0; i < n; i++) {
    int k = 0;
    while (k < count && strcmp(out[k], names[i]))
      k++;
    if (k < count)
      continue;
    out = realloc(out, (size_t)(count + 1) * sizeof *out); // expect: HP203 low "one element"
    if (!out)
      abort();
    out[count++] = names[i];
  }
  *found = count;
  return out;
}

/* Lines of a file, by an append in another function. */
struct lines {
  char **text;
  size_t count;
};
static void add_line(struct lines *l, const char *line) {
  l->text = realloc(l->text, (l->count + 1) * sizeof *l->text); // expect: HP203 severity medium "by one element at a time (with l->count)"
  if (!l->text)
    abort();
  l->text[l->count++] = strdup(line);
}
void read_lines(struct lines *l, FILE *in) {
  char line[512];
  while (fgets(line, sizeof line, in))
    add_line(l, line);
}

/* The size asked for says nothing of how far the count moves: a byte, with room for the end, */
char *read_line(FILE *in) {
  char *line = NULL;
  size_t len = 0;
  for (int c; (c = getc(in)) != EOF && c != '\n';) {
    line = realloc(line, len + 2); // expect: HP203 "by one element at a time (with len)"
    if (!line)
      abort();
    line[len++] = (char)c;
  }
  if (line)
    line[len] = 0;
  return line;
}

/* pairs, counted in an object, */
struct pairs {
  int *data;
  int count;
};
void read_pairs(struct pairs *p, FILE *in) {
  int a, b;
  while (fscanf(in, "%d %d", &a, &b) == 2) {
    p->data = realloc(p->data, (size_t)(p->count + 8) * sizeof *p->data); // expect: HP203 "by 2 elements at a time"
    if (!p->data)
      abort();
    p->data[p->count] = a;
    p->data[p->count + 1] = b;
    p->count += 2;
  }
}

/* but not where growth waits until the count has come to the end. */
char *read_word(FILE *in) {
  char *word = NULL;
  size_t len = 0, cap = 0;
  for (int c; (c = getc(in)) != EOF && c != ' ';) {
    if (len == cap) {
      word = realloc(word, len + 32); // expect: HP203 "by 32 elements at a time (with len)"
      if (!word)
        abort();
      cap = len + 32;
    }
    word[len++] = (char)c;
  }
  return word;
}

/* A line of any length: few are longer than one such step. */
char *long_line(FILE *from, char *line, size_t size) {
  while (fgets(line + size - 1000, 1000, from) && !strchr(line, '\n')) {
    size += 1000;
    line = realloc(line, size); // expect: HP203 low "1000 elements"
    if (!line)
      abort();
  }
  return line;
}
