/* The layout of a serialised unit, for the two files that know it: serial.c and columns.c. */
#ifndef HPLINT_IR_SERIAL_PARTS_H
#define HPLINT_IR_SERIAL_PARTS_H

#include "ir/serial.h"

/* A head, the unit's tables, a table of function heads and the functions' tables, each starting on
 * a multiple of 8. */
enum { SERIAL_UNIT_TABLES = 10, SERIAL_FN_TABLES = 11 };
/* Some of them by number. */
enum { SERIAL_STRINGS, SERIAL_TYPES = 4, SERIAL_RECORDS, SERIAL_FIELDS, SERIAL_SYMBOLS };
enum {
  SERIAL_BLOCKS,
  SERIAL_INSNS = 2,
  SERIAL_ARGS,
  SERIAL_ADDRS,
  SERIAL_HOPS,
  SERIAL_CONSTS,
  SERIAL_LOCALS,
  SERIAL_EDGES
};

typedef struct SerialHead {
  char magic[8];
  uint32_t version, path;
  uint64_t size; /* of everything */
  uint32_t counts[SERIAL_UNIT_TABLES], nfunctions, unused;
} SerialHead;

typedef struct SerialFnHead {
  uint32_t sym, nparams, result, flags;
  IrLoc loc, name_loc;
  uint32_t counts[SERIAL_FN_TABLES], unused;
} SerialFnHead;

/* expect.c: what a function's numbers are expected to be by what was before. */
typedef struct Expect Expect;
/* For the functions of a unit, in their order. `unit`: its tables. */
Expect *serial_expect_new(const IrUnit *unit, bool back);
void serial_expect_free(Expect *e);
/* Fills in the members of `left` (a copy of `value`) with what is left when the expectation is
 * taken away; `back`: the other way round, in place, both being the same. */
void serial_expect(Expect *e, const IrFunction *value, const IrFunction *left);

static inline size_t serial_padded(size_t bytes) {
  return (bytes + 7) & ~(size_t)7;
}

#endif
