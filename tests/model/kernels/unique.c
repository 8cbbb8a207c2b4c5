/* rule: HP308; sizes: 300 1000 4000
 * Each number searched among those found so far against a hash table. */
#include "../harness.h"

#include <string.h>

enum { SLOTS = 16384 };
static int in[SIZE], out[SIZE], table[SLOTS];

void setup(void) {
  for (int i = 0; i < SIZE; i++)
    in[i] = i * 7919 + 1;
}

#ifdef GOOD
static int is_new(int value) {
  unsigned at = (unsigned)value * 2654435761U >> 18;
  while (table[at] && table[at] != value)
    at = (at + 1) % SLOTS;
  if (table[at])
    return 0;
  table[at] = value;
  return 1;
}
long kernel(void) {
  int m = 0;
  for (int i = 0; i < SIZE; i++)
    if (is_new(in[i]))
      out[m++] = in[i];
  for (int i = 0; i < m; i++) {
    unsigned at = (unsigned)out[i] * 2654435761U >> 18;
    while (table[at]) {
      table[at] = 0;
      at = (at + 1) % SLOTS;
    }
  }
  return m;
}
#else
long kernel(void) {
  int m = 0;
  for (int i = 0; i < SIZE; i++) {
    int j;
    for (j = 0; j < m; j++)
      if (out[j] == in[i])
        break;
    if (j == m)
      out[m++] = in[i];
  }
  return m;
}
#endif
