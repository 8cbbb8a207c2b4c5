/* May two loops of a nest change places, or one move inwards? */
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
/* May `outer` be moved inwards, to just around `inner` or to inside of it? The loops between come
 * to lie outside of it. Just around, what the loop around `inner` does stays together, so that this
 * changes nothing where there is none between; inside is the same as an exchange there. */
typedef enum IrSink { IR_SINK_AROUND, IR_SINK_INSIDE } IrSink;
IrInterchange ir_can_sink(const IrAnalysis *an, uint32_t outer, uint32_t inner, IrSink where,
                          HpBuf *condition);
const char *ir_interchange_name(IrInterchange result);

#endif
