/* Dependence test: in which order do the iterations come in which two accesses of a loop nest touch
 * the same bytes? */
#ifndef HPLINT_IR_DEPEND_H
#define HPLINT_IR_DEPEND_H

#include "ir/linear.h"

typedef enum IrDependKind {
  IR_DEPEND_NONE,    /* proven: they never meet */
  IR_DEPEND_SOME,    /* they may meet, in the directions given and no others */
  IR_DEPEND_UNKNOWN, /* nothing is proven */
} IrDependKind;

/* How the iteration of the first access lies to that of the second, in one loop. */
typedef enum IrDirection { IR_BEFORE, IR_SAME, IR_AFTER } IrDirection;
enum { DIRECTION_VECTORS = 81 /* of NEST_MAX loops */ };

/* Subscripts are taken to stay within their dimension where the sizes are not known. */
typedef struct IrDepend {
  IrDependKind kind;
  uint32_t depth;                  /* loops that both are in, outermost first */
  bool vectors[DIRECTION_VECTORS]; /* SOME: by ir_depend_direction */
  bool fixed[NEST_MAX];            /* SOME: the distance in this loop is always the same: */
  int64_t distance[NEST_MAX];      /* iterations from the first access to the second */
  IrRef apart[2]; /* UNKNOWN: NONE if these two objects do not overlap; else NONE operands */
  IrRef rows; /* not UNKNOWN: provided that no two rows of this table of pointers are the same */
} IrDepend;

/* One access seen from a nest; make it once and use it in several pairs. */
typedef struct IrPlace {
  const IrAccess *access;
  bool linear; /* form is valid */
  bool twin;   /* it belongs to the second of two nests */
  IrForm form;
} IrPlace;
IrPlace ir_place(IrNest *nest, const IrAccess *access);

/* Of one nest: both accesses lie in all of its loops, or outside of its inner ones (`depth` counts
 * all of the nest's loops; where one is outside, any direction is given). Of two nests: the first
 * loops of both are taken to go round together, so depth is 1, and the others to be unrelated. */
IrDepend ir_depend(const IrNest *nest, const IrPlace *a, const IrPlace *b);

/* Direction at `level` of the vector with number `vector`. */
IrDirection ir_depend_direction(uint32_t vector, uint32_t level);
/* How many vectors there are for so many loops. */
uint32_t ir_depend_vectors(uint32_t depth);
/* Some vector has this direction at this level. */
bool ir_depend_has(const IrDepend *d, uint32_t level, IrDirection direction);

/* Does the instruction more than compute, load and store? Then a dependence test does not tell what
 * may change places with it. */
bool ir_has_effect(const IrAnalysis *an, const IrInsn *in);

#endif
