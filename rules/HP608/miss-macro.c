/* Both lengths come from one macro, and nothing between them hides the string: compilers ask once. */
#include <string.h>

typedef struct Entry Entry;
struct Entry {
  Entry *next;
  const char *key;
  size_t length;
  unsigned hash;
};

#define FIND(head, text, size, out)                                                                \
  do {                                                                                             \
    unsigned hash = (unsigned)(size) * 31u + (unsigned char)(text)[0];                             \
    for ((out) = (head); (out); (out) = (out)->next)                                               \
      if ((out)->hash == hash && (out)->length == (size) && !memcmp((out)->key, text, size))       \
        break;                                                                                     \
  } while (0)

int count(Entry **tables, char *const (*names)[8], int n) {
  int found = 0;
  for (int i = 0; i < n; i++)
    for (int k = 0; k < 8; k++) {
      Entry *e;
      FIND(tables[k], names[i][k], strlen(names[i][k]), e);
      found += e != NULL;
    }
  return found;
}
