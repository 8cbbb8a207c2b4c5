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
