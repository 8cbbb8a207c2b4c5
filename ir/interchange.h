/* May two loops of a nest change places? */
#ifndef HPLINT_IR_INTERCHANGE_H
#define HPLINT_IR_INTERCHANGE_H

#include "ir/analysis.h"

typedef enum IrInterchange {
  IR_INTERCHANGE_LEGAL,
  IR_INTERCHANGE_CONDITIONAL, /* legal if what `condition` says holds, or is done */
  IR_INTERCHANGE_ILLEGAL,
  IR_INTERCHANGE_UNKNOWN, /* calls, other exits, addresses that cannot be followed */
} IrInterchange;

/* May the loops `outer` and `inner` (somewhere inside of it, each loop in between holding the next)
 * change places? For CONDITIONAL, `condition` (may be NULL) gets the conditions in words, joined by
 * "; ". Subscripts are taken to stay within their dimension, distinct symbols and rows of a table
 * of pointers that are read from different places to be distinct (the latter as a named condition),
 * and integer sums to be free of order. */
IrInterchange ir_can_interchange(const IrAnalysis *an, uint32_t outer, uint32_t inner,
                                 HpBuf *condition);
/* What a conditional interchange asks for, beside the words. */
enum { IR_MAX_APART = 8 };
typedef struct IrInterchangeNeeds {
  IrRef apart[IR_MAX_APART][2]; /* pointers to what must not overlap */
  uint32_t napart;
  uint64_t totals; /* bytes of running totals that are kept in memory, for each iteration around
                      them */
} IrInterchangeNeeds;
IrInterchange ir_interchange_needs(const IrAnalysis *an, uint32_t outer, uint32_t inner,
                                   HpBuf *condition, IrInterchangeNeeds *needs);
const char *ir_interchange_name(IrInterchange result);

#endif
