/* Units made ready for linking beside the workers: stored records become IR, and the analyses of
 * their functions are made, on threads of their own. */
#ifndef HPLINT_ANALYZER_ENGINE_SHELF_H
#define HPLINT_ANALYZER_ENGINE_SHELF_H

#include "db/store.h"
#include "ir/program.h"

typedef struct Shelf Shelf;

/* For `count` units on `jobs` threads. */
Shelf *shelf_new(uint32_t count, unsigned jobs);
/* From now on it starts at most so many threads. */
void shelf_limit(Shelf *s, unsigned jobs);
void shelf_free(Shelf *s); /* the units and analyses too; NULL is fine */

/* Unit `index` from a stored record (its packed bytes are taken), or as it is. Replaces what was
 * there; not for a unit that was given since the last shelf_wait. */
void shelf_put_record(Shelf *s, uint32_t index, DbUnit *stored);
void shelf_put_unit(Shelf *s, uint32_t index, IrUnit *unit);
void shelf_drop(Shelf *s, uint32_t index);
/* Until everything given is ready. Only after this: */
void shelf_wait(Shelf *s);
IrUnit *shelf_unit(const Shelf *s, uint32_t index); /* NULL: none, or the record was damaged */
uint32_t shelf_count(const Shelf *s);
/* For PgOptions: of a function of one of the units; NULL where none was made. */
const IrAnalysis *shelf_analysis(void *shelf, const IrUnit *unit, const IrFunction *fn);
uint64_t shelf_body(void *shelf, const IrUnit *unit, const IrFunction *fn);
uint64_t shelf_content(void *shelf, const IrUnit *unit, const IrFunction *fn);

/* Hash of a unit's tables, and of each of its functions' own: equal ones have equal contents. */
typedef struct ShelfHashes {
  uint64_t tables;
  const uint64_t *functions;
} ShelfHashes;
ShelfHashes shelf_hashes(const Shelf *s, const IrUnit *unit);

#endif
