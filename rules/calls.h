/* Calls in a function: by instruction, and of library functions by their plain names. */
#ifndef HPLINT_RULES_CALLS_H
#define HPLINT_RULES_CALLS_H

#include "rules/rule.h"

/* The position in `names` (ended by NULL) of the library function that the call calls, -1 for any
 * other. "__builtin___strcat_chk" is strcat. */
int call_of_library(const IrProgram *p, const PgFunction *pf, const IrInsn *call,
                    const char *const *names);
/* Is entry `c` of the function's calls one more target of the instruction of the entry before? */
bool call_is_further_target(const IrProgram *p, const PgFunction *pf, uint32_t c);

#endif
