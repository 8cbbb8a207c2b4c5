/* The layout of a serialised unit, for the two files that know it: serial.c and columns.c. */
#ifndef HPLINT_IR_SERIAL_PARTS_H
#define HPLINT_IR_SERIAL_PARTS_H

#include "ir/serial.h"

/* A head, the unit's tables, a table of function heads and the functions' tables, those of one kind
 * as one: first the rows of the first function, then those of the second. Each starts on a multiple
 * of 8. */
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
  SERIAL_EDGES,
  SERIAL_CASES
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

/* Bytes of a record that are read or filled from front to back. */
typedef struct SerialBytes {
  size_t at, size;
} SerialBytes;

/* Where the next table with so many rows starts; false when there is no room for it. */
static inline bool serial_next(SerialBytes *bytes, uint64_t rows, size_t row_size, size_t *at) {
  size_t left = bytes->size - bytes->at;
  if (rows > left / row_size || serial_padded(rows * row_size) > left)
    return false;
  *at = bytes->at;
  bytes->at += serial_padded(rows * row_size);
  return true;
}

/* Rows of all functions' tables of one kind. */
static inline uint64_t serial_rows(const SerialFnHead *fns, uint32_t nfns, int table) {
  uint64_t rows = 0;
  for (uint32_t f = 0; f < nfns; f++)
    rows += fns[f].counts[table];
  return rows;
}

#endif
