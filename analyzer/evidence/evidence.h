/* Evidence from the compiler: what clang's optimiser leaves of findings, asked in worker processes
 * (hplint-witness) and kept in the store. Nothing here loads LLVM. */
#ifndef HPLINT_ANALYZER_EVIDENCE_EVIDENCE_H
#define HPLINT_ANALYZER_EVIDENCE_EVIDENCE_H

#include "analyzer/output/output.h"

/* Checks the findings that are about to be shown. When the optimiser has removed some, the next
 * ones move up and are checked, until the list stands; the others stay `unchecked`. `result` is of
 * run_main_job with these options; it is ordered anew, and the store keeps what was learnt. What
 * cannot be asked is `unknown`, with one note. False only when the store fails. */
bool evidence_check(const RunOptions *options, const OutputOptions *output, RunResult *result,
                    HpError *err);
/* Only what is known already: for editors, which must not wait. */
bool evidence_recall(const RunOptions *options, RunResult *result, HpError *err);
/* As if nothing had been checked; the store keeps what it knows. */
bool evidence_forget(const RunOptions *options, RunResult *result, HpError *err);
/* run_main_job and evidence_recall. */
bool evidence_main_job(const RunOptions *options, RunResult *result, HpError *err);

#endif
