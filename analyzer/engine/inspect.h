/* One unit for looking at: from the store when nothing changed, else analysed. */
#ifndef HPLINT_ANALYZER_ENGINE_INSPECT_H
#define HPLINT_ANALYZER_ENGINE_INSPECT_H

#include "analyzer/engine/run.h"
#include "ir/ir.h"

typedef struct Inspected {
  RunResult run; /* its project */
  IrUnit *unit;
  IrUnit *own; /* the unit, or NULL where the shelf holds it */
  struct Shelf *shelf;
  bool stored; /* nothing was parsed */
  bool kept;   /* analysed and kept in the store for the next time */
} Inspected;

/* The one unit that `options` mean (paths, flags, unsaved text). A store is used and kept up to
 * date where the project has one, but never made. False and `err` when the unit cannot be had;
 * `out` is to be freed in any case. */
bool inspect_load(const RunOptions *options, Inspected *out, HpError *err);
void inspect_free(Inspected *i);

#endif
