/* Findings that a revision does not have: `--diff REV` and the pre-commit hook. */
#ifndef HPLINT_ANALYZER_CLI_DIFF_H
#define HPLINT_ANALYZER_CLI_DIFF_H

#include "analyzer/engine/run.h"

/* The content of REVISION:PATH in the repository around `root`; ":0" is the index. A path beginning
 * with ./ means one below `root`, any other one from the repository's top. */
bool revision_text(const char *root, const char *revision, const char *path, HpBuf *out,
                   HpError *err);

/* Leaves out what `old` has too, by fingerprint; the number of those. */
uint32_t findings_drop_known(DbFindings *findings, const DbFindings *old);

/* How the C files below `root` differed from now in a revision. */
bool run_state_of(const char *root, const char *revision, RunState *out, HpError *err);
void run_state_free(RunState *s);

/* Leaves in `result`, which came from `options`, what is new since the revision. */
bool diff_keep_new(const RunOptions *options, const char *revision, RunResult *result,
                   HpError *err);

#endif
