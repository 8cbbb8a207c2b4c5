/* The steps of the main job, shared by the files of this folder only. */
#ifndef HPLINT_ANALYZER_ENGINE_INTERNAL_H
#define HPLINT_ANALYZER_ENGINE_INTERNAL_H

#include "analyzer/engine/run.h"
#include "ir/ir.h"

/* What runs at once: as asked for, else one a core. */
unsigned run_jobs(const RunOptions *options);

/* Units in memory, in the project's order; NULL where a unit failed. */
typedef struct Units {
  IrUnit **items;
  uint32_t count;
} Units;

/* Every unit of the project: from the cache where valid, else analysed by workers and cached. Units
 * whose flags were guessed are tried again with the folders of the headers they lacked. Counts and
 * failures go into `out`. */
bool units_load(const RunOptions *options, RunResult *out, Store *store, Units *units,
                HpError *err);
void units_free(Units *units);

/* Rule findings as records: paths relative to the root, fingerprints, suppressions. Findings in
 * files that are not reported are left out. */
void findings_convert(const Project *project, const IrProgram *program, const Report *report,
                      DbFindings *out);

/* Marks the findings that comments in the sources suppress:
 *   // hplint: ignore[HP201] reason         on the finding's line or the line above
 *   // hplint: ignore-file[HP201] reason    anywhere in its file */
void findings_suppress(const char *root, DbFindings *findings);

#endif
