/* Loops that try again with a larger block. */
#ifndef HPLINT_RULES_HP201_RETRY_H
#define HPLINT_RULES_HP201_RETRY_H

#include "rules/rule.h"

/* Is the size of the block that the call takes the loop's own variable, which grows from one
 * iteration to the next: by a factor, to what a call that got the block says is needed, or, in a
 * loop that nothing counts, by a constant? Such a loop ends when the block is large enough. */
bool retry_with_larger(const IrProgram *p, const PgFunction *pf, uint32_t loop, IrInsnId call);

#endif
