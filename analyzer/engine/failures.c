/* Units that were not analysed, or in part only, folded by cause. */
#include "analyzer/engine/internal.h"

#include <stdlib.h>
#include <string.h>

static void add(RunResult *out, const char *file, const char *cause, const char *advice,
                bool incomplete) {
  for (uint32_t k = 0; k < out->nfailures; k++) {
    RunFailure *f = &out->failures[k];
    if (strcmp(f->cause, cause) == 0 && f->incomplete == incomplete) {
      f->units++;
      return;
    }
  }
  HP_GROW(out->failures, out->nfailures, out->failures_cap);
  out->failures[out->nfailures++] =
      (RunFailure){.cause = hp_strdup(cause),
                   .units = 1,
                   .example = hp_strdup(project_relative(&out->project, file)),
                   .advice = advice ? hp_strdup(advice) : NULL,
                   .incomplete = incomplete};
}

/* One failure for each unit: the first missing header, else the first error. One in a header folds
 * over the units that include it: its place is the same. */
void run_failure(RunResult *out, const char *file, const UnitResult *r, bool guessed) {
  bool incomplete = r->status == UNIT_INCOMPLETE;
  if (!r->nmissing) {
    add(out, file, r->reason ? r->reason : "no reason given", NULL, incomplete);
    return;
  }
  char *cause = hp_format("header %s not found", r->missing[0]);
  add(out, file, cause,
      guessed ? "build the project first, or give flags: hplint PATH -- -I DIR; or "
                "record them: hplint capture -- make"
              : "generated headers come with a build: build the project first",
      incomplete);
  free(cause);
}

static int compare(const void *a, const void *b) {
  const RunFailure *x = a, *y = b;
  if (x->units != y->units)
    return x->units < y->units ? 1 : -1;
  return strcmp(x->cause, y->cause);
}

void run_sort_failures(RunResult *out) {
  if (out->nfailures)
    qsort(out->failures, out->nfailures, sizeof *out->failures, compare);
}
