/* The layout of a serialised unit, for the two files that know it: serial.c and columns.c. */
#ifndef HPLINT_IR_SERIAL_PARTS_H
#define HPLINT_IR_SERIAL_PARTS_H

#include "ir/serial.h"

/* A head, the unit's tables, a table of function heads and the functions' tables, each starting on
 * a multiple of 8. */
enum { SERIAL_UNIT_TABLES = 10, SERIAL_FN_TABLES = 11 };

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

static inline size_t serial_padded(size_t bytes) {
  return (bytes + 7) & ~(size_t)7;
}

#endif
