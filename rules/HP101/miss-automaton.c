/* The next state depends on the input as well; tables that stay in the cache; the loop's own counter picks the index. */
#include <stdint.h>

int accepts(const uint32_t *table, const unsigned char *text, int n) {
  uint32_t state = 0;
  for (int i = 0; i < n; i++)
    state = table[state * 256 + text[i]];
  return state == 1;
}

static const uint32_t following[256];
uint32_t last_of(uint32_t i) {
  while (following[i])
    i = following[i];
  return i;
}

uint16_t last_narrow(const uint16_t *next, uint16_t i) {
  while (next[i])
    i = next[i];
  return i;
}

long gathered(const int *index, const long *value, int n) {
  long s = 0;
  for (int i = 0; i < n; i++)
    s += value[index[i]];
  return s;
}
