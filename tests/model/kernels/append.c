/* rule: HP207; sizes: 100 500 2000
 * strcat in a loop against the end kept. */
#include "../harness.h"

#include <string.h>

static char out[SIZE * 8 + 1], words[SIZE][9];

void setup(void) {
  for (int i = 0; i < SIZE; i++)
    memset(words[i], 'a', 8);
}

long kernel(void) {
  out[0] = 0;
#ifdef GOOD
  char *end = out;
  for (int i = 0; i < SIZE; i++)
    end = stpcpy(end, words[i]);
#else
  for (int i = 0; i < SIZE; i++)
    strcat(out, words[i]);
#endif
  return out[SIZE * 8 - 1];
}
