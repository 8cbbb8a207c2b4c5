/* Descriptions that only listings need. Internal to ir/. */
#ifndef HPLINT_IR_DESCRIBE_PRIV_H
#define HPLINT_IR_DESCRIBE_PRIV_H

#include "ir/ir.h"

/* The expression that computes an instruction's result, also when a variable got it. */
void describe_definition(HpBuf *out, const IrUnit *u, const IrFunction *fn, IrInsnId insn);

#endif
