/* The main job in order: project, units, link, judge, store, rank. Used by the default command, the
 * hook and the language server. */
#ifndef HPLINT_ANALYZER_ENGINE_RUN_H
#define HPLINT_ANALYZER_ENGINE_RUN_H

#include "analyzer/project/project.h"
#include "analyzer/unit/worker.h"
#include "db/profile.h"
#include "db/store.h"
#include "rules/rule.h"

/* A state of the tree that is not on disk: some files had these texts, and some were not there.
 * Paths are absolute. */
typedef struct RunState {
  WorkerText *texts;
  char **absent;
  uint32_t ntexts, texts_cap, nabsent, absent_cap;
} RunState;

typedef struct RunOptions {
  ProjectOptions project;
  const char *const *select, *const *ignore; /* rule ids or names; NULL-terminated or NULL */
  unsigned jobs;                             /* 0: one per core */
  unsigned unit_seconds, unit_megabytes;     /* limits of a worker; 0: the usual ones */
  const char *const *records;                /* unit records to link instead of parsing; or NULL */
  uint32_t nrecords;
  const char
      *map;      /* "FROM=TO": the records' folder FROM is TO here; NULL: all are where they were */
  bool no_store; /* leave nothing behind */
  bool no_preambles;      /* parse each unit's headers anew */
  Store *store;           /* shared by several runs of this process; NULL: each has its own */
  const Machine *machine; /* caches to judge by; NULL: machine_portable */
  bool no_record;  /* use cache and profiles, but let the store's latest run be (editor, hook) */
  int64_t profile; /* id; 0: the newest; -1: none */
  bool progress;   /* on stderr */
  /* An editor's unsaved text for one file; NULL: none. */
  const char *unsaved_file, *unsaved;
  size_t unsaved_size;
  const RunState *state; /* another state of the tree; NULL: as it is */
} RunOptions;

/* Units that could not be analysed, folded by cause. */
typedef struct RunFailure {
  char *cause;   /* "lua.h: file not found" */
  char *example; /* first unit, relative */
  char *advice;  /* how to mend it, or NULL */
  uint32_t units;
  bool incomplete; /* analysed in part */
} RunFailure;

typedef struct RunResult {
  Project project;
  DbRun run;
  DbFindings findings; /* ranked, all of them */
  uint32_t units;      /* asked for; the project's own list is empty when nothing had changed */
  uint32_t analysed, incomplete, failed, cached;
  char **parsed; /* units that went through the parser in this run, by name; relative */
  uint32_t nparsed, parsed_cap;
  uint32_t judged; /* functions that rules were run on */
  RunFailure *failures;
  uint32_t nfailures, failures_cap;
  char *profile_label; /* "perf, 4,021 samples" or NULL */
  int64_t ranked_by;   /* the profile that the order is by, 0 none */
  DbHot hot;           /* where its time goes; empty without one and where no store is written */
  bool unstored;       /* the store could not be written; why is among the project's problems */
  char *since;         /* the revision whose findings are left out; NULL: all are there */
  uint32_t known;      /* how many of them */
  double seconds;
  struct RunEnd *end; /* what is still under way; see run_settle */
} RunResult;

/* What runs at once: as asked for, else one a core. */
unsigned run_jobs(const RunOptions *options);
/* Under which a unit is cached: its own key and the front end's. */
uint64_t unit_cache_key(const ProjectUnit *unit);

/* False and `err` when nothing could be done. */
bool run_main_job(const RunOptions *options, RunResult *out, HpError *err);
/* The store may still be being closed when the result is there: waits for that. Not needed before
 * run_result_free, which does the same. */
void run_settle(RunResult *r);
void run_result_free(RunResult *r);

#endif
