/* Records that share their beginning, and a union that looks at one as bits. */
#include <stdlib.h>

struct base {
  char type;
  long refs;
  char mark;
};
struct text {
  char type;
  long refs;
  char mark;
  char *bytes;
};

long refs(struct text *t) {
  return ((struct base *)t)->refs;
}

struct bits {
  char low;
  int middle;
  char high;
};
union view {
  struct bits bits;
  unsigned char bytes[12];
};

int middle(const union view *v) {
  return v->bits.middle + v->bytes[0];
}

struct base *bases(size_t n) {
  return calloc(n, sizeof(struct base));
}

struct text *texts(size_t n) {
  return calloc(n, sizeof(struct text));
}

union view *views(size_t n) {
  return calloc(n, sizeof(union view));
}
