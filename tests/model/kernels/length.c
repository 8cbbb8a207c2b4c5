/* rule: HP601; sizes: 50 500 5000
 * strlen in the condition of a loop that counts letters. */
#include "../harness.h"

#include <string.h>

static char text[SIZE + 1];
static int counts[256];

void setup(void) {
  for (int i = 0; i < SIZE; i++)
    text[i] = (char)('a' + next_random() % 26);
}

static __attribute__((noinline)) void count(const char *letters, int *counted) {
#ifdef GOOD
  size_t n = strlen(letters);
  for (size_t i = 0; i < n; i++)
    counted[(unsigned char)letters[i]]++;
#else
  for (size_t i = 0; i < strlen(letters); i++)
    counted[(unsigned char)letters[i]]++;
#endif
}

long kernel(void) {
  count(text, counts);
  return text[SIZE - 1] != 0;
}
