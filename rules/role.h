/* Code that runs rarely for what it is there for: in programs beside the product, in tests, and by
 * name for configuration, debugging, help and so on; and what is called only from there, through
 * any number of calls and through function pointers in tables that only such code reads.
 *
 * This is a view of the program as it stands: it is worked out for ranking, never asked by a rule,
 * so that what a rule finds does not depend on the whole program. */
#ifndef HPLINT_RULES_ROLE_H
#define HPLINT_RULES_ROLE_H

#include "ir/program.h"

typedef struct Roles Roles;
/* `relative` (with `context`) gives a unit's path as the names of its folders count: below the
 * project. */
Roles *roles_new(const IrProgram *p, const char *(*relative)(const void *context, const char *path),
                 const void *context);
void roles_free(Roles *r);
bool roles_rare(const Roles *r, PgFunc f);
/* Why the function runs rarely, as the end of "runs rarely: ..."; NULL where nothing says so. */
const char *roles_why(Roles *r, PgFunc f);

#endif
