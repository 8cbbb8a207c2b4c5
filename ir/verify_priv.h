/* The verifier with the place of the fault, for the text parser. Internal to ir/. */
#ifndef HPLINT_IR_VERIFY_PRIV_H
#define HPLINT_IR_VERIFY_PRIV_H

#include "ir/verify.h"

typedef struct IrFault {
  uint32_t function, insn; /* IR_NONE: of none in particular */
} IrFault;
bool verify_unit(const IrUnit *unit, IrFault *fault, HpError *err);

#endif
