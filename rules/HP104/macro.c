/* Made by a macro, kept in an array that realloc grows. */
#include <stdlib.h>

#define DECLARE_ITEM(name, type)                                                                   \
  struct name {                                                                                    \
    char state;                                                                                    \
    type value;                                                                                    \
    char dirty;                                                                                    \
  }

DECLARE_ITEM(item, double); // expect: HP104 low "24 bytes"

struct item *grow(struct item *items, size_t count) {
  struct item *more = realloc(items, count * 2 * sizeof *items);
  if (!more)
    abort();
  return more;
}

double sum(const struct item *items, size_t count) {
  double total = 0;
  for (size_t i = 0; i < count; i++)
    total += items[i].state == 1 && !items[i].dirty ? items[i].value : 0;
  return total;
}
