/* HP303's private header: lists of indices whose order is known. */
#ifndef HPLINT_RULES_HP303_RULE_ORDER_H
#define HPLINT_RULES_HP303_RULE_ORDER_H

#include "rules/rule.h"

/* Does the access go through its table upwards, since the function itself has made the list of
 * indices so: `list[n++] = i` for an i that counts up, in a list that nobody else writes? */
bool order_ascends(const IrProgram *p, const PgFunction *pf, const IrAccess *gather);

#endif
