/* Many elements: read from outside, or so many by the loop's bound. */
#include <stdio.h>
#include <string.h>

int reversed(long *out) {
  int n = 0;
  for (long number; scanf("%ld", &number) == 1; n++) {
    memmove(out + 1, out, (size_t)n * sizeof *out); // expect: HP309 "each iteration moves the elements of out"
    out[0] = number;
  }
  return n;
}

enum { QUEUE = 4096 };

void drain(int *queue, void (*handle)(int)) {
  for (int left = QUEUE; left > 0; left--) {
    handle(queue[0]);
    memmove(&queue[0], &queue[1], sizeof(int) * (size_t)(left - 1)); // expect: HP309 severity medium "each iteration moves the elements of queue"
  }
}

void drain_few(int *queue, void (*handle)(int)) {
  for (int left = 200; left > 0; left--) {
    handle(queue[0]);
    memmove(&queue[0], &queue[1], sizeof(int) * (size_t)(left - 1)); // expect: HP309 low "each iteration moves the elements of queue"
  }
}
