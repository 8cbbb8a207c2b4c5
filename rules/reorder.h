/* May the fields of a record stand in another order, and which order is better: what HP104,
 * HP106 and HP107 report and `hplint layout` explains. */
#ifndef HPLINT_RULES_REORDER_H
#define HPLINT_RULES_REORDER_H

#include "ir/layout.h"
#include "rules/narrow.h"

/* Why the declared order has to stay. */
typedef enum OrderFixed {
  FIXED_INCOMPLETE,
  FIXED_INVALID,
  FIXED_UNION,
  FIXED_EXTERNAL,
  FIXED_CONFLICT,
  FIXED_PACKED,
  FIXED_ALIGNED,
  FIXED_FLEXIBLE,
  FIXED_POSITIONAL,
  FIXED_BYTES,
  FIXED_PREFIX,
  FIXED_OVERLAID,
  FIXED_BY_HAND,
  FIXED_RULES, /* of layout that are not the usual ones */
  FIXED_COUNT
} OrderFixed;
/* A bit for each reason, 0 when the order may change. */
uint32_t order_fixed(const PgRecordInfo *info);
const char *order_fixed_text(OrderFixed why);

/* Whether there are many of it, and in a few words how they come to be. */
bool record_has_many(const IrProgram *p, PgRecord record);
/* Does the program show that a smaller record pays: `then` bytes instead of `now`? Arrays of it
 * that are large for certain, or objects made one by one in a loop over data, whose blocks the
 * allocator then takes from a smaller class. A heap array of unknown length may hold a few. */
bool record_pays(const IrProgram *p, PgRecord record, uint64_t now, uint64_t then);
const char *record_instances(const PgRecordInfo *info, HpArena *arena);

/* A loop that walks over objects of the record. */
typedef struct RecordLoop {
  PgFunc func;
  uint32_t loop, nest; /* nest: loops of callers included */
  PgFieldSite *sites;  /* of the record, in this loop */
  uint32_t nsites;
  uint32_t lines, lines_then; /* cache lines of one object that it touches, now and in the order
                                 suggested, where the object starts on a line */
  double fewer; /* lines in that order, where objects start at any multiple of 16 bytes */
} RecordLoop;

typedef struct OrderAdvice {
  uint32_t fixed; /* bits of OrderFixed */
  PgLayout layout;
  RecordLoop *loops; /* those that are not cold, deepest nest first */
  uint32_t nloops;
  const uint32_t *order;    /* field indexes; NULL: none is better, or the order is fixed */
  uint64_t size;            /* in the suggested order; as declared without one */
  double lines, lines_then; /* of all loops, each weighted by its nest */
  /* Fields that could be narrower besides, in that order; without one in `narrow_order`, the one
   * order that is advised then. No unit: nothing is saved by it. */
  Narrowed narrow;
  const uint32_t *narrow_order;
  uint64_t narrow_size;
} OrderAdvice;

/* A smaller order if there is one (of several the one with the fewest lines in loops), else one of
 * the same size with clearly fewer lines. In the arena. */
OrderAdvice order_advice(const IrProgram *p, PgRecord record, HpArena *arena);
/* The names of the fields in an order: "a, b, c". */
const char *order_text(const PgRecordInfo *info, const uint32_t *order, HpArena *arena);
/* A loop that walks over the record, as a place of the finding, and its accesses as cost sites:
 * there the bytes are paid for. */
void order_tell_loop(const IrProgram *p, PgFunc func, uint32_t loop, PgRecord record, Report *r,
                     Finding *f);
/* All such loops. They pay for the record's bytes: without one only memory is at stake. To be
 * called when the finding's `show` is settled. */
void order_tell_walks(const IrProgram *p, PgRecord record, Report *r, Finding *f);

#endif
