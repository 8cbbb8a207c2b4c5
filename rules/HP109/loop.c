/* Binary searches of one's own; a linear one. */
#include <string.h>

struct item {
  char *name;
  long value;
};

const struct item *lookup(const struct item *items, int n, const char *name) {
  int low = 0, high = n - 1;
  while (low <= high) { // expect: HP109 "each comparison of this binary search follows a pointer to the key"
    int mid = (low + high) / 2;
    int order = strcmp(name, items[mid].name);
    if (order == 0)
      return &items[mid];
    if (order < 0)
      high = mid - 1;
    else
      low = mid + 1;
  }
  return NULL;
}

unsigned place(char *const *names, unsigned n, const char *name) {
  unsigned low = 0;
  for (unsigned size = n; size > 0;) { // expect: HP109 "binary search"
    unsigned half = size >> 1;
    if (strcmp(names[low + half], name) < 0) {
      low += half + 1;
      size -= half + 1;
    } else {
      size = half;
    }
  }
  return low;
}

long value_of(const struct item *items, int n, const char *name) {
  for (int i = 0; i < n; i++) // expect: HP109 low "linear search"
    if (!strcmp(items[i].name, name))
      return items[i].value;
  return -1;
}

/* Of some words, as all callers hand them over. */
static int word_at(const char *word, const char *const *list, int n) {
  int low = 0, high = n - 1;
  while (low <= high) { // expect: HP109 low "binary search"
    int mid = (low + high) >> 1, order = strcmp(word, list[mid]);
    if (order < 0)
      high = mid - 1;
    else if (order > 0)
      low = mid + 1;
    else
      return mid;
  }
  return -1;
}

static const char *const keywords[] = {"break", "case", "else", "for", "if", "return", "while"};
static const char *const types[] = {"char", "double", "float", "int", "long"};

int kind_of(const char *word) {
  int at = word_at(word, keywords, sizeof keywords / sizeof *keywords);
  return at >= 0 ? at : -word_at(word, types, sizeof types / sizeof *types);
}

/* What is compared first belongs to all of them. */
int named(const char *const *names, const unsigned *groups, int at, int n, const char *text, unsigned group) {
  for (int i = 0; i < n; i++) // expect: HP109 low "linear search"
    if (groups[at] == group && !strcmp(names[i], text))
      return i;
  return -1;
}

/* A column's group says nothing about the row. */
int row_of(const char *const *const *rows, const unsigned *groups, int column, int n, const char *text,
           unsigned group) {
  for (int i = 0; i < n; i++) // expect: HP109 low "linear search"
    if (groups[column] == group && !strcmp(rows[i][column], text))
      return i;
  return -1;
}
