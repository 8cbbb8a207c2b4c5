/* Direct callees: link names, library functions as builtins and as calls, pointers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int renamed(int) __asm__("other_name");
extern int outside(int);
static int inner(int x) {
  return outside(x) + renamed(x);
}
static int unused(int x) {
  return inner(x);
}

typedef int (*Op)(int);
struct ops {
  Op first, second;
};

int calls(struct ops *o, Op op, char *to, const char *from) {
  int n = op(1) + o->first(2) + (*o->second)(3) + (&inner)(4) + (*inner)(5);
  memcpy(to, from, 4);
  __builtin_memset(to, 0, 8);
  n += abs(n) + __builtin_abs(n) + (int)strlen(from);
  if (__builtin_constant_p(n))
    n += outside(100);
  if (__builtin_expect(n == 3, 0))
    abort();
  return n + __builtin_popcount((unsigned)n) + (sizeof(outside(1)) == 4 ? inner(6) : outside(7));
}

int reached(int x) {
  if (0)
    return outside(1);
  if (x > 3)
    exit(1);
  return 0 && outside(2) ? outside(3) : 1 || outside(4);
}

int limited(double x) {
  return 0.0f > 2.0f ? outside(1) : 1.5 != 1.5 ? outside(2) : x > 1.0 ? outside(3) : outside(4);
}
