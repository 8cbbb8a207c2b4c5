/* Which blocks of a function run when some of its parameters have known values. */
#ifndef HPLINT_IR_REACH_H
#define HPLINT_IR_REACH_H

#include "ir/program.h"

typedef struct PgKnown {
  enum { PG_KNOWN_NOTHING, PG_KNOWN_NUMBER, PG_KNOWN_NOT_ZERO } kind;
  int64_t number;
} PgKnown;
/* The first parameters of a function, as far as the calls on the way to it tell. */
enum { PG_GIVEN = 8 };
typedef struct PgGiven {
  PgKnown params[PG_GIVEN];
} PgGiven;

/* What the call hands over, in a function that was given this itself. */
PgGiven pg_given_by(const PgFunction *pf, const PgGiven *given, IrInsnId call);
/* By block; the caller frees it. */
bool *pg_reached(const PgFunction *pf, const PgGiven *given);

#endif
