/* qsort over pointers; over records with a string elsewhere; bsearch. */
#include <stdlib.h>
#include <string.h>

struct word {
  const char *text;
  int count;
};

static int by_count(const void *a, const void *b) {
  const struct word *x = *(struct word *const *)a, *y = *(struct word *const *)b;
  return x->count - y->count;
}

static int by_text(const void *a, const void *b) {
  return strcmp(((const struct word *)a)->text, ((const struct word *)b)->text);
}

#define DEREF(p) (*(const struct word *const *)(p))
static int by_text_behind(const void *a, const void *b) {
  return strcmp(DEREF(a)->text, DEREF(b)->text);
}

static int key_text(const void *key, const void *element) {
  return strcmp(key, ((const struct word *)element)->text);
}

void sort_pointers(struct word **words, size_t n) {
  qsort(words, n, sizeof *words, by_count); // expect: HP109 low "each comparison of this qsort follows 1 pointer an element: by_count reads the key behind"
}

void sort_words(struct word *words, size_t n) {
  qsort(words, n, sizeof *words, by_text); // expect: HP109 low "by_text reads the key behind"
}

void sort_twice(struct word **words, size_t n) {
  qsort(words, n, sizeof *words, by_text_behind); // expect: HP109 low "follows 2 pointers an element"
}

struct word *find(const struct word *words, size_t n, const char *text) {
  return bsearch(text, words, n, sizeof *words, key_text); // expect: HP109 low "each comparison of this bsearch follows 1 pointer"
}

static struct word *table[5000];
void sort_table(void) {
  qsort(table, 5000, sizeof *table, by_count); // expect: HP109 "of this qsort follows 1 pointer"
}

int known(const struct word *words, size_t n, char **texts, int count) {
  int all = 0;
  for (int i = 0; i < count; i++)
    all += bsearch(texts[i], words, n, sizeof *words, key_text) != NULL; // expect: HP109 "of this bsearch follows 1 pointer"
  return all;
}

static const struct word units[] = {{"day", 1}, {"hour", 2}, {"minute", 3}, {"second", 4}};
enum { UNITS = 4 * sizeof units / sizeof *units * 8 };
int known_units(const struct word *more, char **texts, int count) {
  int all = 0;
  for (int i = 0; i < count; i++)
    all += bsearch(texts[i], more, UNITS, sizeof *more, key_text) != NULL; // expect: HP109 low "bsearch"
  return all;
}
