/* Which functions take memory from the heap and give it back before they return, in most of their
 * calls, and by which calls others reach them. */
#ifndef HPLINT_RULES_HP202_SCRATCH_H
#define HPLINT_RULES_HP202_SCRATCH_H

#include "rules/rule.h"

/* Of one function. With `steps` 0 it allocates at `call` itself, and frees at `freed`; otherwise
 * `call` is the call on the way to the one that does. steps IR_NONE: neither. */
typedef struct Scratch {
  uint32_t steps;
  IrInsnId call, freed;
  PgFunc next;  /* what `call` calls */
  double share; /* of its calls that allocate, by the static estimate */
} Scratch;

/* For all functions of the program; the caller frees the table. */
Scratch *scratch_find(const IrProgram *p);
/* Of what a call instruction does: that of its only target, or of the first of several when all of
 * them have one. IR_NONE: none, or some target is not known. */
PgFunc scratch_target(const IrProgram *p, const Scratch *table, const PgFunction *pf,
                      const IrInsn *call);

#endif
