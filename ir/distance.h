/* Equations over the iterations of two accesses, and whether they have solutions: the arithmetic
 * behind ir/depend.c. */
#ifndef HPLINT_IR_DISTANCE_H
#define HPLINT_IR_DISTANCE_H

#include "ir/linear.h"

enum { EQUATIONS_MAX = 16, IR_ANY_WAY = 3 /* beside IrDirection */ };

/* low .. high, an end being left open. */
typedef struct IrBounds {
  int64_t low, high;
  bool open_low, open_high;
} IrBounds;

/* sum a[k] * x[k] - sum b[k] * y[k] + c in low .. high */
typedef struct IrEquation {
  int64_t a[NEST_MAX], b[NEST_MAX], c, low, high;
} IrEquation;

typedef struct IrSystem {
  IrEquation equations[EQUATIONS_MAX];
  uint32_t count, levels;
  IrBounds x[NEST_MAX], y[NEST_MAX]; /* what the iterations can be */
  bool common[NEST_MAX];             /* x and y count the same loop */
  bool fixed[NEST_MAX];              /* by ir_system_solve: y[k] == x[k] + distance[k] */
  int64_t distance[NEST_MAX];
} IrSystem;

uint64_t ir_gcd(uint64_t a, uint64_t b);
/* False when the system is full or a number in it too large. */
bool ir_system_add(IrSystem *s, const IrEquation *e);
/* What the equation's left side without c can be, x and y related by ways[level] (NULL: unrelated).
 */
IrBounds ir_reach(const IrSystem *s, const IrEquation *e, const int *ways);
/* Strong SIV tests, their distances put into the other equations. False: there is no solution. */
bool ir_system_solve(IrSystem *s);
/* May there be a solution with x[k] before, at or after y[k] as `ways` says? False is a proof. */
bool ir_system_allows(const IrSystem *s, const int *ways);

#endif
