/* Which functions take memory from the heap and give it back before they return, in most of their
 * calls, and by which calls others reach them. */
#ifndef HPLINT_RULES_SCRATCH_H
#define HPLINT_RULES_SCRATCH_H

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
/* A call that returns fresh memory: is that given back on every way to a return, kept by nobody,
 * and not merged with other memory? Then *freed is the last call that frees it. */
bool scratch_block(const IrProgram *p, const PgFunction *pf, IrInsnId call, IrInsnId *freed);
/* The call of `next`, which has a scratch block, is made often enough in the loop around it. */
bool scratch_in_loop(ScratchTable *t, const PgFunction *pf, IrInsnId call, PgFunc next);
/* Some loop that calls the function, or what leads to it, pays for its scratch block: HP202's
 * finding there. */
bool scratch_paid_in_loop(ScratchTable *t, PgFunc f);
/* A call that takes a block, and nothing larger: a stream's buffer is the least of what opening it
 * costs. */
bool scratch_is_allocation(const IrProgram *p, const PgFunction *pf, const IrInsn *call);
/* Some call of the function's own, outside of its loops, is one: without that it has no scratch
 * block of its own. */
bool scratch_has_allocation(const IrProgram *p, const PgFunction *pf);
/* The call stands under a test of a field that it changes: `if (!t->ready) prepare(t)`, and so is
 * made once an object. `next` is what it calls. */
bool scratch_once_an_object(ScratchTable *t, const PgFunction *pf, IrInsnId call, PgFunc next);
void scratch_free(ScratchTable *t);

#endif
