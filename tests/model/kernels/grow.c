/* rule: HP203; sizes: 100 2000 30000
 * An array that grows by one element at a time against one that doubles. */
#include "../harness.h"

#include <stdlib.h>

void setup(void) {}

long kernel(void) {
  long *numbers = NULL;
  size_t n = 0, cap = 0;
  for (int i = 0; i < SIZE; i++) {
#ifdef GOOD
    if (n == cap) {
      cap = cap ? 2 * cap : 8;
      numbers = realloc(numbers, cap * sizeof *numbers);
    }
#else
    (void)cap;
    numbers = realloc(numbers, (n + 1) * sizeof *numbers);
#endif
    if (!numbers)
      abort();
    numbers[n++] = i;
  }
  long last = numbers[n - 1];
  free(numbers);
  return last;
}
