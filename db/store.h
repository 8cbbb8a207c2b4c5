/* The store: one SQLite file that holds units, functions, loops, findings and profiles of a
 * project.
 *
 * A database found in a tree is not trusted: it is opened without following links, in defensive
 * mode with trusted_schema off, and is refused in one line when it is not ours, newer than this
 * program or corrupt. Functions that can fail return false and fill `err`. */
#ifndef HPLINT_DB_STORE_H
#define HPLINT_DB_STORE_H

#include "ir/support.h"

typedef struct Store Store;

/* Opens or creates `dir`/hplint.db (dir: usually ROOT/.hplint; made with a .gitignore that ignores
 * itself; a symbolic link at either is refused) and migrates it. NULL on failure. With `create`
 * false a missing database is an error that says how to make one. */
Store *store_open(const char *dir, bool create, HpError *err);
/* Where the store of the project at `root` lies: ROOT/.hplint, or a folder of its own below the
 * user's cache folder ($XDG_CACHE_HOME or ~/.cache, then hplint/) when the tree cannot be written;
 * `*fallback` (may be NULL) says which. The caller frees it; NULL when neither can be had. */
char *store_location(const char *root, bool *fallback, HpError *err);
/* A private store in memory, for runs that must leave nothing behind. */
Store *store_open_memory(HpError *err);
void store_close(Store *s);
const char *store_path(const Store *s);

/* ---- units and cache --------------------------------------------------------------------------
 */

typedef struct DbDictionary DbDictionary;

typedef struct DbFileStamp {
  char *path; /* absolute */
  int64_t size, mtime_ns;
  uint64_t hash; /* xxh3-64 of the content; 0: the file was looked for and missing */
} DbFileStamp;

/* One analysed unit. `record` is the unit record (ir/serial.h), stored compressed. */
typedef struct DbUnit {
  char *path;         /* relative to the root where inside it, else absolute */
  uint64_t key;       /* hash of path, directory, flags and front end version */
  char *status;       /* "ok", "incomplete" (headers missing), "failed" */
  char *reason;       /* for the latter two, else NULL */
  DbFileStamp *files; /* everything that was read */
  uint32_t nfiles;
  void *record;
  size_t record_size;
  void *packed; /* store_read_packed: the record as it is stored */
  size_t packed_size;
  const DbDictionary *dictionary; /* of the open store; what the record is packed against */
  uint64_t record_hash;
  char **missing; /* headers that were not found, as written */
  uint32_t nmissing;
  char **absent; /* paths where a header would have been found before the one that was */
  uint32_t nabsent;
  int64_t id; /* in the database, once it was found there */
  bool same;  /* store_put_unit: the record may be left as it is stored (store_former_record) */
} DbUnit;
void db_unit_free(DbUnit *u); /* the members, not the struct */

/* The file as it is now, path copied to the heap; hash 0 when it is not there or unreadable. */
void store_stamp(const char *path, DbFileStamp *out);

bool store_begin(Store *s, HpError *err);
bool store_commit(Store *s, HpError *err);
void store_rollback(Store *s);
/* What is read in between is of one state of the database, and looked up faster. Nothing may be
 * written. */
bool store_view_begin(Store *s, HpError *err);
void store_view_end(Store *s);

bool store_put_unit(Store *s, const DbUnit *unit, HpError *err);
/* Size and hash (xxh3-64) of the record of the unit of that key, whose files may have changed; 0
 * where there is none or its status is not "ok". */
bool store_former_record(Store *s, uint64_t key, size_t *size, uint64_t *hash, HpError *err);
/* The valid unit for a key: every file it read is unchanged (size and mtime first, content hash on
 * a mismatch or when the mtime is not older than the run that stored it), and what was looked for
 * in vain is still not there. *found says whether. A file is looked at once per open store. A
 * damaged record counts as not found. `absent` stays empty. */
bool store_get_unit(Store *s, uint64_t key, DbUnit *out, bool *found, HpError *err);

/* Drops what belonged to units that were replaced and to nothing else; closing does it too. */
void store_tidy(Store *s);
/* Forgets units whose source file is gone; paths are relative to `root`. */
bool store_drop_gone(Store *s, const char *root, HpError *err);

/* The same in steps, for whoever wants all answers before the first record: the unit whose files
 * are unchanged, without its record, look-ups, and files unless `with_files`; */
bool store_find_unit(Store *s, uint64_t key, bool with_files, DbUnit *out, bool *found,
                     HpError *err);
/* whether all that it looked for in vain is still not there, and its `missing`; */
bool store_check_lookups(Store *s, DbUnit *unit, bool *valid, HpError *err);
/* its record as it is stored (`packed`; NULL when another run has replaced it meanwhile); */
bool store_read_packed(Store *s, DbUnit *unit, HpError *err);
/* and the record itself, record_size bytes in the arena, on any thread, while the store is open.
 * NULL when it is damaged. */
void *db_unit_unpack(const DbUnit *unit, HpArena *arena);

/* What `hplint db` and users' queries see of the analysed code. Replaces what is there: only what
 * is in files in which something is another is written. */
typedef struct DbFunction {
  const char *name, *file; /* file relative to the root */
  uint32_t line, end_line, blocks, insns, loops;
  uint32_t summary;    /* PG_* flags */
  uint32_t first_loop; /* its loops follow each other from here */
} DbFunction;
typedef struct DbLoop {
  uint32_t line, depth;
  const char *trip; /* "1000", "n", "?" */
} DbLoop;
bool store_put_functions(Store *s, const DbFunction *functions, uint32_t nfunctions,
                         const DbLoop *loops, HpError *err);

/* What rules judged in the latest run that was asked `question`: a block on the heap, NULL when
 * there is none or it is damaged. Storing replaces what is there. */
bool store_get_judgements(Store *s, uint64_t question, void **content, size_t *size, HpError *err);
bool store_put_judgements(Store *s, uint64_t question, const void *content, size_t size,
                          HpError *err);

/* ---- findings ---------------------------------------------------------------------------------
 */

typedef struct DbPlace {
  char *file;
  uint32_t line, column, end_line, end_column;
  char *text;
} DbPlace;
typedef struct DbFact {
  char *name;
  double value;
  char *unit;
  char *text;
} DbFact; /* text or value */
typedef struct DbSite {
  char *file;
  uint32_t line, end_line;
  char *function;
  bool inclusive;
  uint32_t column, end_column; /* 0: not known; the end is one past the last */
} DbSite;

/* A finding as it is stored, ranked, printed and sent: paths relative to the root, no pointers into
 * the program. Enums are the numbers of rules/rule.h. All memory belongs to the DbFindings' arena.
 */
typedef struct DbFinding {
  int64_t id;        /* in the database, once stored */
  uint64_t row;      /* hash of what its row holds of its rank and evidence; 0: not known */
  char *rule, *name; /* "HP201", "alloc-in-loop" */
  char *file;
  uint32_t line, column, end_line, end_column;
  char *function;                 /* NULL for a record */
  uint32_t loop_line, loop_depth; /* 0 when not in a loop */
  char *record;                   /* "struct node" or NULL */
  char *cause; /* what findings with one cause share: the function that allocates, the field that is
                  chased; for ranking only, not stored; may be NULL */
  char *fix; /* how the text can be changed, or why it cannot be (analyzer/fix/fix.h); NULL: nobody
                knows of a way */
  int severity, confidence, growth, cost, show;
  bool cold;
  uint32_t heat;
  bool allocator_time; /* of inclusive sites count what allocators take; for ranking, not stored */
  double bound_factor, saving;
  char *saving_why;
  char *message, *help;
  char *fingerprint; /* 16 hex digits */
  char *group;       /* fingerprint of the group's head */
  DbPlace *places;
  uint32_t nplaces;
  DbFact *facts;
  uint32_t nfacts;
  DbSite *sites;
  uint32_t nsites;
  char *compiler_status, *compiler_reason; /* "unchecked" until evidence says more */
  char *compiler_witness;                  /* who says so: "clang 19 -O2"; NULL */
  int witness;                             /* what the optimiser is asked: RuleWitness */
  char *unit;       /* main file of the unit whose code the finding is in; may be NULL */
  char *suppressed; /* NULL, or the reason */
  /* filled by store_rank */
  int position; /* 1 = first */
  double score;
  bool by_profile;
  bool listed;    /* shown by default, before the limit */
  double share;   /* of the profile's samples on the union of the group's sites, 0..1 */
  double samples; /* on them */
  /* Speed-up: 1 / (1 - share * bound_factor), 1 / (1 - share * saving); both 0 without a profile or
   * where its metric is no time, which means: no claim. */
  double bound, estimate;
} DbFinding;
typedef struct DbFindings {
  HpArena *arena;
  DbFinding **items;
  uint32_t count, cap;
} DbFindings;
void db_findings_free(DbFindings *f);
/* As when nothing had been asked of the optimiser; false when that is so already. */
bool db_findings_uncheck(DbFindings *f);

/* What lets a run's answer be given again: while the same is asked and no file that it rests on has
 * changed, its findings are those that are stored. */
typedef struct DbAnswer {
  uint64_t question;        /* hash of everything asked, configured and built in */
  char *const *facts;       /* what the caller wants to have back besides the findings */
  const uint64_t *units;    /* keys of the units: it rests on what they rest on */
  const DbFileStamp *files; /* and on these, hash 0: that there is no such file */
  uint32_t nfacts, nunits, nfiles;
} DbAnswer;

/* A run: what was asked and how it ended. */
typedef struct DbRun {
  int64_t id;
  const char *root, *command;
  uint32_t units, failed;
  const char *profile;    /* label used, or NULL */
  const DbAnswer *answer; /* to be stored with it; NULL: it must not be given again */
  int64_t ranked_by;      /* store_get_answer: the profile that the order is by, 0 none */
} DbRun;
/* Stores a run with its findings, replacing those of the run before (the newest 100 runs stay as
 * history: id, time, counts by rule, fingerprints). Sets run->id and each finding's id and `group`:
 * findings of one loop or record whose cost sites overlap share the fingerprint of the one that
 * explains most. */
bool store_put_run(Store *s, DbRun *run, DbFindings *findings, HpError *err);
/* Reads the findings that are stored, for a store_put_run to come: where there is time to spare.
 * What another process changes meanwhile is read again. */
void store_read_ahead(Store *s);
/* Groups and orders findings by the views of db/rank.sql (stored or not; `run` 0: not): with
 * profile `profile` (0: none) by the share of time at stake, else by growth class, cost, depth and
 * heat, confidence; cold ones last. Sets the rank members and sorts `findings`; ties broken by
 * file, line, rule, so the order is the same in every run. Ranks go into the database too, with the
 * compiler's and the suppressions' say as the findings have them now: it may be called again when
 * these change. */
bool store_rank(Store *s, int64_t run, int64_t profile, DbFindings *findings, HpError *err);
/* Where the profile's time goes: functions written in the project's own files, dearest first, with
 * their shares (0..1) of the whole; inlined code counts where it is written. */
typedef struct DbHotFunction {
  const char *name, *file; /* file relative to the root */
  double share;
} DbHotFunction;
typedef struct DbHot {
  HpArena *arena;
  DbHotFunction *items;
  uint32_t count;
  double share; /* of all of them */
} DbHot;
bool store_hot(Store *s, int64_t profile, DbHot *out, HpError *err);
void db_hot_free(DbHot *h);

/* Findings of the latest run, or of `run` (0: latest), as they were stored. */
bool store_get_findings(Store *s, int64_t run, DbFindings *out, DbRun *info, HpError *err);

/* The latest run's answer, if this was its question and nothing it rests on has changed: its
 * findings in their stored order, and its facts (one block for free()). Files that the units of the
 * keys `renewed` read may have changed: these were analysed and stored since, and came out as they
 * had been. */
bool store_get_answer(Store *s, uint64_t question, const uint64_t *renewed, uint32_t nrenewed,
                      DbFindings *out, DbRun *info, char ***facts, uint32_t *nfacts, bool *found,
                      HpError *err);
/* From now on that run's answer rests on what these units of it read. */
bool store_renew_answer(Store *s, int64_t run, const uint64_t *units, uint32_t nunits,
                        HpError *err);

/* ---- evidence ---------------------------------------------------------------------------------
 */

/* What the optimiser said to a question. Texts are on the heap. */
typedef struct DbEvidence {
  char *status, *reason, *witness;
} DbEvidence;
void db_evidence_free(DbEvidence *e);
/* `key` is a hash of all that decides the answer. */
bool store_get_evidence(Store *s, uint64_t key, DbEvidence *out, bool *found, HpError *err);
bool store_put_evidence(Store *s, const uint64_t *keys, const DbEvidence *items, uint32_t count,
                        HpError *err);
/* Hash of the contents of the files that a unit read, as they were when it was stored; 0 when the
 * unit is not there. */
bool store_unit_contents(Store *s, uint64_t unit_key, uint64_t *hash, HpError *err);
/* The optimiser that the stored findings were checked with is this one; when it was another, their
 * checks are forgotten and `*changed` is true. */
bool store_set_optimiser(Store *s, uint64_t id, bool *changed, HpError *err);

/* ---- one table for `hplint db` ----------------------------------------------------------------
 */

/* Runs a read-only query and calls `row` with texts (NULL for SQL NULL); names come first, with
 * index -1. False with the SQL error when the query is wrong or would write. */
bool store_query(Store *s, const char *sql,
                 bool (*row)(void *context, int64_t index, int ncolumns, const char *const *values),
                 void *context, HpError *err);
/* Number of rows by table and the newest run, for the overview. */
bool store_overview(Store *s, HpBuf *out, HpError *err);

#endif
