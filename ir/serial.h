/* Units as bytes: the unit record that workers hand to the main program and that the cache keeps.
 * The format is the tables as they are, little-endian, behind a header with magic, version and
 * lengths. */
#ifndef HPLINT_IR_SERIAL_H
#define HPLINT_IR_SERIAL_H

#include "ir/ir.h"

#define IR_SERIAL_VERSION 7u
void ir_write_unit(HpBuf *out, const IrUnit *unit);
/* NULL and `err` when the bytes are no unit of this version, are cut off or do not verify. `path`
 * names the source of the bytes in errors. */
IrUnit *ir_read_unit(const void *bytes, size_t size, const char *path, HpError *err);
/* The same without a copy: the bytes lie in `arena`, as hp_arena_alloc gave them, and the unit's
 * tables point into them. The unit has no arena of its own. */
IrUnit *ir_read_unit_in(HpArena *arena, void *bytes, size_t size, const char *path, HpError *err);

/* Where the columns of packed bytes end, one after the other; heap. */
typedef struct IrEnds {
  size_t *items;
  uint32_t count, cap;
} IrEnds;
/* columns.c: a unit's bytes, as ir_write_unit made them, in a third of the room and easier to
 * compress. False when they are no unit's. `ends`: NULL when nobody asks. */
bool ir_pack_record(HpBuf *out, IrEnds *ends, const void *record, size_t size);
/* Back, into `size` zeroed bytes at a multiple of 8; false when the packed ones are damaged. */
bool ir_unpack_record(const void *packed, size_t packed_size, void *record, size_t size);

#endif
