/* The allocation, or what keeps the object, lies in another unit. */
#include "helper.h"

int push_all(struct stack *stack, const long *keys, int n) {
  for (int i = 0; i < n; i++)
    if (push(stack, keys[i])) // expect: HP204 "one struct item of 16 bytes"
      return -1;
  return 0;
}

void keep_all(struct cell **slots, const long *keys, const long *end) {
  for (; keys != end; keys++) {
    struct cell *cell = cell_new(*keys); // expect: HP204 "which is kept by keep"
    if (!cell)
      return;
    keep(slots, cell);
  }
}
