/* No order is smaller: padding at the end that no order removes, and fields that fit. */
#include <stdlib.h>

struct tail {
  double value;
  char kind;
};
struct tight {
  long key;
  int a, b;
  char name[16];
};

struct tail *tails(size_t n) {
  return calloc(n, sizeof(struct tail));
}

struct tight *tights(size_t n) {
  return calloc(n, sizeof(struct tight));
}
