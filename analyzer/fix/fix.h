/* From what a rule says can be done (DbFinding.fix) to edits of the text, and the proof that they
 * do it: the changed texts are analysed as if they were on disk, and a fix counts only when every
 * unit parses as it did, its finding is gone and nothing took its place.
 *
 * DbFinding.fix is "KIND LINE:COLUMN ...|WORDS", see rules/rule.h and convert.c of the engine. */
#ifndef HPLINT_ANALYZER_FIX_FIX_H
#define HPLINT_ANALYZER_FIX_FIX_H

#include "analyzer/engine/run.h"

/* The bytes from .. to - 1 become `text`. */
typedef struct FixEdit {
  size_t from, to;
  char *text;
} FixEdit;

typedef struct FixEdits {
  FixEdit *items;
  uint32_t count, cap;
} FixEdits;

/* The edits for a finding in the text of its file: NULL, or in a clause why there are none (heap).
 * Nothing is analysed. */
char *fix_edits(const DbFinding *f, bool shared, const char *text, size_t size, FixEdits *out);
void fix_edits_free(FixEdits *edits);

/* What happens to one finding. */
typedef struct Fix {
  const DbFinding *finding;
  uint32_t file;  /* in the plan; UINT32_MAX: none was read */
  FixEdits edits; /* in the order of the text */
  char *why;      /* there is no fix: why not */
} Fix;

typedef struct FixFile {
  char *path;       /* absolute */
  const char *name; /* relative to the root; points into the path */
  char *text;
  size_t size;
} FixFile;

typedef struct FixPlan {
  FixFile *files;
  Fix *fixes;
  uint32_t nfiles, files_cap, nfixes, fixes_cap;
} FixPlan;

typedef struct FixOptions {
  const RunOptions *run;
  bool all;    /* also findings that are not listed by default */
  bool shared; /* records of headers too: nothing outside of the project includes them */
  const char *const *fingerprints; /* only these; none: all */
  uint32_t nfingerprints;
} FixOptions;

/* Fixes for the findings of a run that had the same options, each one proven. */
bool fix_plan(const FixOptions *options, const RunResult *result, FixPlan *out, HpError *err);
void fix_plan_free(FixPlan *plan);

/* What the plan has for a finding of the run that it was made for; NULL: it was not asked for.
 * `*at`, 0 at first, makes it quick for findings in their order. */
const Fix *fix_of(const FixPlan *plan, const DbFinding *f, uint32_t *at);

/* Where an offset of the file is: line and column from 1, columns in bytes. */
typedef struct FixPlace {
  uint32_t line, column;
} FixPlace;
FixPlace fix_place(const FixFile *file, size_t offset);

/* The text of a file with the plan's edits. */
void fix_apply(const FixPlan *plan, uint32_t file, HpBuf *out);

/* A unified diff of all files, as `git apply` and `patch -p1` take it; `escape`: for a terminal, to
 * which control characters do not go. */
void fix_diff(const FixPlan *plan, bool escape, HpBuf *out);

/* Writes the files, each as a whole or not at all. One that has changed since it was read, or lies
 * outside of the root by a link, is left alone: false and `err` for the first of those. */
bool fix_write(const FixPlan *plan, const char *root, uint32_t *written, HpError *err);

#endif
