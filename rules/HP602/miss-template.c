/* One text for two types of elements: what one of them could call, the other must not. */
#include <math.h>

#ifndef NAME
#define NAME waves_double
#define REAL double
#include "miss-template.c"
#undef NAME
#undef REAL
#define NAME waves_float
#define REAL float
#include "miss-template.c"
#else
void NAME(REAL *to, const REAL *from, int n);
void NAME(REAL *to, const REAL *from, int n) {
  for (int i = 0; i < n; i++)
    to[i] = (REAL)sin(from[i]);
}
#endif
