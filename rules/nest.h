/* Loop nests as the locality rules see them: what each access brings in per iteration, how much a
 * loop walks over, and whether exchanging two loops would mend it. */
#ifndef HPLINT_RULES_NEST_H
#define HPLINT_RULES_NEST_H

#include "rules/rule.h"

enum { NEST_STREAMS = 24, NEST_COLUMNS = 4, NEST_FEW_TRIPS = 2 };

/* Accesses of a nest that move alike: the same object with the same strides. */
typedef struct NestStream {
  const IrAccess *access;
  IrRef root;
  IrAccessInLoop inner, outer;
  double now, then; /* cache lines that it brings in per iteration */
} NestStream;

/* Inner loop and a loop around it that would be the better inner one. */
typedef struct NestExchange {
  uint32_t inner, outer;
  NestStream streams[NEST_STREAMS];
  uint32_t count;
  NestStream columns[NEST_COLUMNS]; /* those that step by rows now */
  uint32_t ncolumns;
  double now, then; /* cache lines per iteration */
  bool stays; /* what one run of the inner loop brings in stays in the first-level cache: lines are
                 not fetched again, but elements are gathered one by one */
  const char *condition; /* of the exchange, NULL when it is legal as it stands; arena */
  bool scratch; /* it asks for memory that the nest does not have: running totals of loops that are
                   no neighbours */
} NestExchange;

/* False when no exchange is worth it, or none is allowed: not by the dependences, nor by what the
 * callers hand over. Of several the best, those that need no scratch memory first. */
bool nest_exchange(const IrProgram *p, PgFunc func, uint32_t inner, const Machine *machine,
                   HpArena *arena, NestExchange *out);

/* May the two loops change places, and on what condition (NULL: as it stands; arena)? */
bool nest_may_exchange(const IrAnalysis *an, uint32_t outer, uint32_t inner, HpArena *arena,
                       const char **condition);

/* May `outer` move inwards to just around `inner`? The same. */
bool nest_may_sink(const IrAnalysis *an, uint32_t outer, uint32_t inner, HpArena *arena,
                   const char **condition);

/* Has the program another nest for the case that the outer loop is the longer one, and goes by a
 * comparison of the two loops' bounds? Then it knows what the orders cost. */
bool nest_order_chosen(const IrAnalysis *an, uint32_t outer, uint32_t inner);

/* Has it no loops inside but those of a few constant steps (the channels of a pixel)? */
bool nest_is_innermost(const IrAnalysis *an, uint32_t loop);
/* Cache lines that an iteration of the loop brings in. */
double nest_lines(const IrAccessInLoop *in);
/* The object that an access is to; a table of row pointers stands for its rows. */
IrRef nest_root(const IrFunction *fn, const IrAddr *addr);
/* Iterations when they are constant, else 0. */
uint64_t nest_trips(const IrAnalysis *an, uint32_t loop);
/* Bytes of the array that is accessed, as declared: a variable, or an array inside of a record;
 * 0 when not known. */
uint64_t nest_array_bytes(const PgFunction *pf, const IrAddr *addr);
/* |stride| */
uint64_t nest_step(const IrAccessInLoop *in);
/* "9600 bytes", "n * 8 bytes", "a whole row" */
const char *nest_step_text(Report *r, const PgFunction *pf, const IrAccessInLoop *in);
/* "9600 bytes", "24 KiB", "3.5 MiB" */
const char *nest_size_text(Report *r, double bytes);

#endif
