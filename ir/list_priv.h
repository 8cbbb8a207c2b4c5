/* What the files that make listings share. Internal to ir/. */
#ifndef HPLINT_IR_LIST_PRIV_H
#define HPLINT_IR_LIST_PRIV_H

#include "ir/text.h"

/* Instructions that a listing writes where they are used instead of on a row of their own, by
 * instruction: what costs nothing or nearly so and only makes rows. `all`: none. In the arena. */
const bool *list_folded(const IrUnit *unit, const IrFunction *fn, bool all, HpArena *arena);

#endif
