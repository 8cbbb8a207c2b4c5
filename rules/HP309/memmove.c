/* Elements taken out one by one, those behind moved up. */
#include <string.h>

struct set {
  int *items;
  int count;
};

void drop_odd(struct set *s) {
  for (int i = 0; i < s->count;) {
    if (s->items[i] % 2) {
      memmove(s->items + i, s->items + i + 1, (size_t)(s->count - i - 1) * sizeof *s->items); // expect: HP309 low "some iterations move the elements of s->items up or down with memmove"
      s->count--;
    } else {
      i++;
    }
  }
}

/* A queue whose head is always the first element. */
int drain(int *queue, int n, int (*handle)(int)) {
  int failed = 0;
  while (n > 0) {
    failed += handle(queue[0]);
    memmove(&queue[0], &queue[1], sizeof(int) * (size_t)--n); // expect: HP309 low "each iteration moves the elements of queue"
  }
  return failed;
}
