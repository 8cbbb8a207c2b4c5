/* The steps of the main job, shared by the files of this folder only. */
#ifndef HPLINT_ANALYZER_ENGINE_INTERNAL_H
#define HPLINT_ANALYZER_ENGINE_INTERNAL_H

#include "analyzer/engine/run.h"
#include "analyzer/engine/shelf.h"
#include "ir/ir.h"

/* Were limits of the workers given? Then units that were lost are tried again. */
bool run_has_limits(const RunOptions *options);
/* The store cannot be written (a full disk): said as a problem once, and the run goes on without.
 * Takes the error out of `err`. */
void run_unstored(RunResult *out, HpError *err);

/* ---- units.c --------------------------------------------------------------------------------- */

/* Every unit of the project: from the cache where valid, else analysed by workers and cached. Units
 * whose flags were guessed are tried again with the folders of the headers they lacked. Counts and
 * failures go into `out`. The units are in the project's order. */
bool units_load(const RunOptions *options, RunResult *out, Store *store, Shelf **units,
                HpError *err);
/* The same in steps, for a run that has something else to do meanwhile. The project's units need
 * not be known before units_finish. */
typedef struct Loader Loader;
Loader *units_begin(const RunOptions *options, RunResult *out);
/* Starts so many workers, since it is clear that there is something to parse. */
void units_warm(Loader *l, uint32_t count);
/* To be called when units had to be analysed again, and all of them, by their keys, came out as
 * they are stored: true ends the loading there, without units. Once, and what it says is stored
 * already.
 */
typedef bool (*UnitsSame)(void *context, const uint64_t *keys, uint32_t count);
void units_on_same(Loader *l, UnitsSame same, void *context);
/* Something else that needs the store: done once, while workers parse where any do, else before
 * units_finish ends; not when the loading ended with `same`. */
void units_meanwhile(Loader *l, void (*work)(void *context), void *context);
/* The last units may still be on their way into the store, by a thread: until units_stored the
 * store is that thread's. */
bool units_finish(Loader *l, Store *store, Shelf **units, HpError *err);
void units_stored(Loader *l); /* frees it, too; NULL is fine */

/* The units of the records named in the options, in the order of their files' names; those that the
 * plain run would not have are left out. */
bool units_read(const RunOptions *options, RunResult *out, Shelf **units, HpError *err);

/* ---- lost.c ---------------------------------------------------------------------------------- */

/* Fills the files and failed look-ups of a unit of which nothing came back. */
void lost_files(const ProjectUnit *unit, UnitResult *r);

/* ---- failures.c ------------------------------------------------------------------------------ */

enum { UNIT_OK, UNIT_INCOMPLETE, UNIT_FAILED }; /* FrontendStatus, without libclang's header */

/* One more unit that is not all right. Sorted once all are there. */
void run_failure(RunResult *out, const char *file, const UnitResult *r, bool guessed);
void run_sort_failures(RunResult *out);

/* ---- judge.c --------------------------------------------------------------------------------- */

/* What was judged before: to be read while the store is nobody else's. */
typedef struct Former {
  uint64_t question; /* of the answer, without units */
  void *content;     /* heap; judge takes it */
  size_t size;
} Former;
Former judge_former(const RunOptions *options, Store *store, uint64_t question);

/* Links, runs the rules where their former judgement does not hold, and makes records of their
 * findings; the functions and loops go into the store. `loader`: where the units are from, NULL;
 * gone afterwards. */
void judge(const RunOptions *options, RunResult *out, Store *store, Loader *loader, Shelf *units,
           const bool *enabled, const Former *former);

/* ---- convert.c, rarely.c, origin.c, suppress.c
 * --------------------------------------------------------- */

/* Rule findings as records, added to `out`: paths relative to the root. Findings in files that are
 * not reported are left out. `items`: of the program, for each in turn; room for the report's. */
void findings_convert(const Project *project, const IrProgram *program, const Report *report,
                      DbFindings *out, uint32_t *items);
/* When all are there: in the rules' order, and with fingerprints. */
void findings_finish(DbFindings *findings);

/* Makes low what is cold or lies in code that runs rarely for what it is there for, and says why as
 * a fact, "runs rarely". For findings of this run and former ones, each once. What is needed for
 * it is found out from scales_begin on, which fits PgOptions.calls_known, beside what the caller
 * does meanwhile; findings_weigh takes the scales. */
typedef struct Scales Scales;
Scales *scales_new(const Project *project);
void scales_begin(void *scales, const IrProgram *program);
void findings_weigh(Scales *scales, DbFindings *findings);
/* By finding: does something show that much is at stake? Spreads that over findings of one origin.
 */
void origins_share(const DbFindings *findings, bool *evident);

/* Marks the findings that comments in the sources suppress:
 *   // hplint: ignore[HP201] reason         on the finding's line or the line above
 *   // hplint: ignore-file[HP201] reason    anywhere in its file */
void findings_suppress(const char *root, DbFindings *findings);
/* Would that mark them as they are marked? */
bool findings_suppressed_so(const char *root, DbFindings *findings);

/* ---- answer.c -------------------------------------------------------------------------------- */

/* Hash of all that decides the result besides the content of files. `with_units`: where they do not
 * follow from the compile database alone. */
uint64_t answer_question(const Project *p, const bool *enabled, const Machine *machine,
                         bool with_units);

/* What a run leaves behind so that its answer can be given again. */
typedef struct Answer {
  DbFileStamp database; /* as it was before it was read */
  char **facts;
  uint32_t nfacts;
  uint64_t *units;
  DbFileStamp *files;
  DbAnswer stored;
} Answer;
void answer_begin(Answer *a, const Project *p); /* before the units are loaded */
void answer_complete(Answer *a, const RunResult *r, uint64_t question);
void answer_free(Answer *a);

/* Fills `out` from the store when it holds the answer; `*state` says whether. Ordered by `profile`
 * (0: none). */
typedef enum AnswerState {
  ANSWER_NONE,
  ANSWER_OUTDATED, /* what it rests on is another now */
  ANSWER_FOUND,
} AnswerState;
bool answer_again(Store *store, uint64_t question, int64_t profile, RunResult *out,
                  AnswerState *state, HpError *err);
/* The same after units were analysed again (by their keys) and came out as they had been. From then
 * on the stored answer rests on their files as they are now. */
bool answer_renewed(Store *store, uint64_t question, int64_t profile, const uint64_t *units,
                    uint32_t nunits, RunResult *out, AnswerState *state, HpError *err);

#endif
