#include <stdlib.h>
#include <string.h>

int use(const char *text);

/* HP202 points at the loop. */
static int with_copy(const char *text) {
  char *copy = strdup(text);
  if (!copy)
    return -1;
  int sum = use(copy);
  free(copy);
  return sum;
}
int all(const char *const *words, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += with_copy(words[i]); // expect: HP202 "calls with_copy"
  return sum;
}

/* Once a call of the program's. */
int once(const char *text, size_t n) {
  char *copy = malloc(n);
  if (!copy)
    return -1;
  memcpy(copy, text, n);
  int sum = use(copy);
  free(copy);
  return sum;
}

/* The heap only where the local buffer is too small. */
static int compare(const void *a, const void *b) {
  const char *x = *(const char *const *)a, *y = *(const char *const *)b;
  char local[64], *copy = local;
  size_t n = strlen(x) + 1;
  if (n > sizeof local && !(copy = malloc(n)))
    abort();
  memcpy(copy, x, n);
  copy[0] = (char)(copy[0] | 32);
  int order = strcmp(copy, y);
  if (copy != local)
    free(copy);
  return order;
}
void sort(const char **words, size_t n) {
  qsort(words, n, sizeof *words, compare);
}

/* Kept for all calls. */
static char *kept;
static size_t cap;
static int compare_kept(const void *a, const void *b) {
  const char *x = *(const char *const *)a, *y = *(const char *const *)b;
  size_t n = strlen(x) + 1;
  if (n > cap) {
    free(kept);
    kept = malloc(cap = 2 * n);
    if (!kept)
      abort();
  }
  memcpy(kept, x, n);
  kept[0] = (char)(kept[0] | 32);
  return strcmp(kept, y);
}
void sort_kept(const char **words, size_t n) {
  qsort(words, n, sizeof *words, compare_kept);
}

/* Only what failed is copied. */
static int compare_checked(const void *a, const void *b) {
  const char *x = *(const char *const *)a, *y = *(const char *const *)b;
  if (!*x || !*y) {
    char *copy = strdup(*x ? x : y);
    use(copy);
    free(copy);
    abort();
  }
  return strcmp(x, y);
}
void sort_checked(const char **words, size_t n) {
  qsort(words, n, sizeof *words, compare_checked);
}

/* The results are kept: a tree that is built. */
struct tree {
  struct tree *left, *right;
  char *name;
};
struct tree *copy_tree(const struct tree *t) {
  if (!t)
    return NULL;
  struct tree *copy = malloc(sizeof *copy);
  if (!copy)
    abort();
  copy->name = strdup(t->name);
  copy->left = copy_tree(t->left);
  copy->right = copy_tree(t->right);
  return copy;
}
