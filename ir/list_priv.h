/* What the files that make listings share. Internal to ir/. */
#ifndef HPLINT_IR_LIST_PRIV_H
#define HPLINT_IR_LIST_PRIV_H

#include "ir/describe_priv.h"
#include "ir/text.h"

/* Instructions that a listing writes where they are used instead of on a row of their own, by
 * instruction: what costs nothing or nearly so and only makes rows. `all`: none. In the arena. */
const bool *list_folded(const IrUnit *unit, const IrFunction *fn, bool all, HpArena *arena);

/* What bounds the iterations (IR_TRIP_SYMBOLIC). A counter that runs down is bounded by where it
 * starts: said in other words than its own name. */
void list_put_bound(HpBuf *out, const Describing *how, const IrLoop *loop);

#endif
