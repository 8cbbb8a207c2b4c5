/* Integer fields of a record that could be narrower, by the values that the program stores. */
#ifndef HPLINT_RULES_NARROW_H
#define HPLINT_RULES_NARROW_H

#include "rules/rule.h"

/* The record as it would be declared with its fields narrowed, in a unit of its own that holds
 * nothing else; in the arena. `bytes` has the new size of each field, 0 for those that stay. */
typedef struct Narrowed {
  const IrUnit *unit; /* NULL: no field can be narrowed */
  const IrRecord *record;
  uint8_t *bytes;
} Narrowed;
Narrowed narrow_record(const PgRecordInfo *info, HpArena *arena);
/* Takes back what saves nothing in the order: the fields whose own width does as well. */
void narrow_least(const PgRecordInfo *info, const uint32_t *order, HpArena *arena,
                  Narrowed *narrow);
/* "kind as uint8_t, flags as uint16_t", or with `values` "kind (0 to 5), flags (0 to 511)". */
const char *narrow_text(const PgRecordInfo *info, const Narrowed *narrow, bool values,
                        HpArena *arena);
/* "uint8_t", for a field of `bytes` bytes whose values are known. */
const char *narrow_type(const PgStored *stored, uint8_t bytes);

#endif
