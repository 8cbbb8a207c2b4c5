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

/* What was found out so far. It lives as long as one function is judged: what a judgement looked at
 * is noted, and what an earlier one had found would be missing there. */
typedef struct ScratchTable {
  const IrProgram *p;
  struct ScratchEntry *entries; /* by function, open addressing */
  uint32_t count, cap;
} ScratchTable;

Scratch scratch_of(ScratchTable *t, PgFunc f);
/* Of what a call instruction does: that of its only target, or of the first of several when all of
 * them have one. IR_NONE: none, or some target is not known. */
PgFunc scratch_target(ScratchTable *t, const PgFunction *pf, const IrInsn *call);
/* The call stands under a test of a field that it changes: `if (!t->ready) prepare(t)`, and so is
 * made once an object. `next` is what it calls. */
bool scratch_once_an_object(ScratchTable *t, const PgFunction *pf, IrInsnId call, PgFunc next);
void scratch_free(ScratchTable *t);

#endif
