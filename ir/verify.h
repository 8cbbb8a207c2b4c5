/* Checks everything that later code relies on: every index in range (also of tables read from a
 * file), blocks ended by one terminator and tiling the instructions, edges and predecessors
 * agreeing, PHIs with an operand per predecessor, operands fitting ops.def, definitions dominating
 * uses, strings terminated. */
#ifndef HPLINT_IR_VERIFY_H
#define HPLINT_IR_VERIFY_H

#include "ir/ir.h"

/* False and the first fault in `err`. Never reads out of bounds, whatever the unit holds. */
bool ir_verify(const IrUnit *unit, HpError *err);
bool ir_verify_function(const IrUnit *unit, const IrFunction *fn, HpError *err);

#endif
