/* What HP105 says of a loop, for the other rules that advise on a record's layout. */
#ifndef HPLINT_RULES_HP105_RULE_H
#define HPLINT_RULES_HP105_RULE_H

#include "rules/rule.h"

/* The loop gets a listed finding about the record: its fields are better kept apart. */
bool HP105_lists(const IrProgram *p, PgFunc func, uint32_t loop, PgRecord record);

#endif
