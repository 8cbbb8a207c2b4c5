/* The whole program for looking at: units from the store when nothing changed, else analysed, and
 * linked. */
#ifndef HPLINT_ANALYZER_ENGINE_WHOLE_H
#define HPLINT_ANALYZER_ENGINE_WHOLE_H

#include "analyzer/engine/run.h"

typedef struct Whole {
  RunResult run; /* its project, and what could not be analysed */
  struct Shelf *shelf;
  const IrUnit **units;
  IrProgram *program;
} Whole;

/* The program that `options` mean. Units that had to be parsed are kept in the project's store,
 * which is made when there is none; no findings are. False and `err` when there is no unit at all;
 * `out` is to be freed in any case. */
bool whole_load(const RunOptions *options, Whole *out, HpError *err);
void whole_free(Whole *w);

#endif
