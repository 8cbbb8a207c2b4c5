/* Does the program's text show that code is hot, or its data large? Most loops that rules judge go
 * over a few items; what tells is another loop around, callers' included, whose trips come from
 * data; a number of trips that is seen to be large; items that are read from outside; and a
 * function that works for many others. docs/listed.md says why.
 *
 * A view of the whole program, as rules/role.h is one. */
#ifndef HPLINT_RULES_EVIDENT_H
#define HPLINT_RULES_EVIDENT_H

#include "rules/role.h"

typedef struct Evident Evident;
/* Both must outlive it. */
Evident *evident_new(const IrProgram *p, const Roles *roles);
void evident_free(Evident *e);
/* Of a place in a loop (IR_NONE: of what is paid once a call). True for all of a program of which
 * only a part is seen, since what it does not show the rest may. */
bool evident_at(Evident *e, PgFunc f, uint32_t loop);
/* Of a record: some such loop walks over it, or there is a large array of it. */
bool evident_record(Evident *e, PgRecord r);

#endif
