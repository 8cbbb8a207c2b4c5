/* Behind wrappers that live in another unit. */
#include "wrapper.h"

void consume(const char *text);

void join(const char *const *parts, int n) {
  for (int i = 0; i < n; i++) {
    char *s = copy_text(parts[i]); // expect: HP201 "with copy_text and frees it again"
    consume(s);
    release(s);
  }
}
