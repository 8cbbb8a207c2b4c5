/* Are two units the same, table by table? Their texts may agree and still leave something out. */
#ifndef HPLINT_TESTS_SAME_H
#define HPLINT_TESTS_SAME_H

#include "ir/ir.h"

/* False and the first difference in `err`. Strings are compared as text; constants and places,
 * which several instructions share, by what they hold. */
bool same_unit(const IrUnit *a, const IrUnit *b, HpError *err);

#endif
