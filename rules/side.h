/* Programs of one tree: which units belong to the product, and which only to programs beside it. */
#ifndef HPLINT_RULES_SIDE_H
#define HPLINT_RULES_SIDE_H

#include "ir/program.h"

typedef enum SideKind {
  SIDE_OPEN,    /* may be linked with what is not seen: a library's */
  SIDE_PRODUCT, /* of the largest program, or one nearly as large */
  SIDE_BESIDE,  /* only smaller programs reach it: build tools, clients, tests */
} SideKind;
/* Instructions, some 300 lines: less is a program whose parts are not seen to be linked. */
enum { SIDE_LEAST_LIBRARY = 1000 };
/* By unit (pg_unit); the caller frees it.
 *
 * A program is a unit with a main and what it can be linked with: the units that define what it
 * names, and so on. When the largest reaches at least half of all code, it is the product, and with
 * it every program of at least a third of its size; units that only others reach stand beside it.
 * Otherwise the tree is a library, whose own programs stand beside it, or many programs of a size,
 * of which none does: it is a library when units with a main hold less than a third of the code,
 * unless there is little code at all. */
SideKind *side_units(const IrProgram *p);

#endif
