#include <stdlib.h>
#include <string.h>

int use(const char *text);

/* qsort's comparison. */
static int compare_folded(const void *a, const void *b) {
  const char *x = *(const char *const *)a, *y = *(const char *const *)b;
  char *folded = strdup(x); // expect: HP211 severity medium "calls it back"
  if (!folded)
    abort();
  for (char *at = folded; *at; at++)
    *at = (char)(*at | 32);
  int order = strcmp(folded, y);
  free(folded);
  return order;
}
void sort(const char **words, size_t n) {
  qsort(words, n, sizeof *words, compare_folded);
}

/* A function that calls itself for each node of a tree. */
struct tree {
  struct tree *left, *right;
  const char *name;
};
static void *take(size_t n) {
  void *p = malloc(n);
  if (!p)
    abort();
  return p;
}
int count(const struct tree *t) {
  size_t n = strlen(t->name);
  char *copy = take(n + 1); // expect: HP211 severity medium "it calls itself"
  memcpy(copy, t->name, n + 1);
  int sum = use(copy);
  free(copy);
  if (t->left)
    sum += count(t->left);
  if (t->right)
    sum += count(t->right);
  return sum;
}

/* One of several that a loop calls through a pointer. */
struct sink {
  int (*put)(struct sink *, const char *, size_t);
  int total;
};
static int put_counted(struct sink *s, const char *text, size_t n) {
  s->total += (int)n;
  return text[0];
}
#define WITH_COPY(copy, text, n)                                                                   \
  char *copy = take((n) + 1);                                                                      \
  memcpy(copy, text, n);                                                                           \
  copy[n] = 0
static int put_copied(struct sink *s, const char *text, size_t n) {
  WITH_COPY(copy, text, n); // expect: HP211 severity medium "put_all calls it through a pointer in a loop"
  int sum = use(copy);
  s->total++;
  free(copy);
  return sum;
}
static int put_all(struct sink *s, const char *const *words, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += s->put(s, words[i], strlen(words[i]));
  return sum;
}
int run(const char *const *words, int n, int copies) {
  struct sink s = {copies ? put_copied : put_counted, 0};
  return put_all(&s, words, n) + s.total;
}
