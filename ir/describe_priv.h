/* Descriptions that only listings need. Internal to ir/. */
#ifndef HPLINT_IR_DESCRIBE_PRIV_H
#define HPLINT_IR_DESCRIBE_PRIV_H

#include "ir/ir.h"

/* Whose operands are described. `numbers`: what the registers are called, by instruction, where two
 * listings are made alike; NULL: as they are. */
typedef struct Describing {
  const IrUnit *unit;
  const IrFunction *fn;
  const uint32_t *numbers;
} Describing;

/* ir_describe and ir_describe_addr. */
void describe_value(HpBuf *out, const Describing *how, IrRef ref);
void describe_object(HpBuf *out, const Describing *how, const IrAddr *addr);
/* The expression that computes an instruction's result, also when a variable got it. */
void describe_definition(HpBuf *out, const Describing *how, IrInsnId insn);

#endif
