/* What is analysed: the project's root, its units with their flags, and its configuration.
 *
 * Units come from compile_commands.json (searched upward from the paths given, or -p DIR), from
 * compile_flags.txt, from flags after `--`, or, with none of these, from the files found plus
 * guessed flags. Nothing in a project is run, and only flags of the allowlist (flags.def) reach the
 * parser. */
#ifndef HPLINT_ANALYZER_PROJECT_PROJECT_H
#define HPLINT_ANALYZER_PROJECT_PROJECT_H

#include "ir/program.h"

typedef enum UnitOrigin {
  ORIGIN_DATABASE,
  ORIGIN_FLAGS_FILE,
  ORIGIN_COMMAND_LINE,
  ORIGIN_GUESSED
} UnitOrigin;

typedef struct ProjectUnit {
  char *file;      /* absolute, normalised */
  char *directory; /* absolute; relative flags mean this directory */
  char **args;     /* allowed flags only, no compiler, no file, no -c/-o; NULL-terminated */
  uint32_t nargs;
  uint64_t key; /* hash of file, directory and args */
  UnitOrigin origin;
  bool optimised;    /* the recorded flags ask for -O1 or more */
  bool instrumented; /* they ask for sanitizers, coverage or profiling (dropped from args) */
} ProjectUnit;

/* .hplint.yaml, with defaults where it is silent. */
typedef struct ProjectConfig {
  char *path;              /* NULL: none found */
  char **select, **ignore; /* rule ids or names; NULL-terminated; NULL: default */
  char **exclude;          /* globs, relative to the root */
  char **vendored;  /* globs of folders analysed but not reported: deps, third_party, vendor, tests
                       ... */
  char *fail_on;    /* "high", "medium", "low"; NULL: default */
  uint32_t limit;   /* 0: default */
  bool no_evidence; /* the compiler's optimiser is not asked */
  PgLibraryRow *library; /* what it says of functions; names and likes are owned */
  uint32_t nlibrary, library_cap;
} ProjectConfig;

typedef struct Project {
  char *root; /* absolute: where .hplint.yaml, .git or the compile database is, else the first
                 path's folder */
  ProjectUnit *units;
  uint32_t nunits, cap;
  char **paths; /* what was asked for: absolute; findings elsewhere are not reported */
  uint32_t npaths;
  ProjectConfig config;
  char **notes; /* said once each: "3 C++ units skipped", "dropped -fplugin=x (loads code)", "flags
                   are guessed ..." */
  uint32_t nnotes, notes_cap;
  char **problems; /* paths given that are missing or not C: one line each, exit status 2, while the
                      rest is analysed */
  uint32_t nproblems, problems_cap;
  /* Guessed flags: the index of headers of the tree, for missing includes. */
  struct HeaderIndex *headers;
  struct ProjectTally *tally; /* what was dropped, until it is said in the notes */
  char *database;             /* compile_commands.json that was found; NULL: none */
  /* The units follow from the options, the configuration, the database and from nothing else but
   * that these files stay away: units of the database whose file is gone. */
  bool from_database;
  char **gone;
  uint32_t ngone, gone_cap;
} Project;

typedef struct ProjectOptions {
  const char *const *paths; /* files or folders; none: the current folder */
  uint32_t npaths;
  const char *database;     /* -p: a compile_commands.json or its folder; NULL: search */
  const char *const *flags; /* after `--`; NULL: none given */
  uint32_t nflags;
  const char *config; /* --config FILE; NULL: search upward */
} ProjectOptions;

/* The root that project_load would find for a folder: where .hplint.yaml, .git, a store or the
 * compile database is, else the current folder if it is above (and neither / nor the home folder),
 * else the folder itself. The caller frees. */
char *project_root(const char *folder);

/* False and one clear line when nothing can be done: no usable path, broken database, no C in a
 * folder, bad configuration (with line and the nearest key). `out` is to be freed in any case. */
bool project_load(const ProjectOptions *options, Project *out, HpError *err);
/* The same in two steps: what was asked for, the root, the configuration, where the database is;
 * then, after that, the units. */
bool project_open(const ProjectOptions *options, Project *out, HpError *err);
bool project_load_units(const ProjectOptions *options, Project *out, HpError *err);
void project_free(Project *p);
void project_note(Project *p, const char *fmt, ...) HP_PRINTF(2, 3);
/* Adds a line to the problems. */
void project_problem(Project *p, const char *fmt, ...) HP_PRINTF(2, 3);

/* Is the file part of what was asked for, and not vendored, generated, test or excluded code? Such
 * code is analysed for facts but not reported. */
bool project_reports(const Project *p, const char *absolute_path);
/* The same without a look into the file. */
bool project_reports_code(const Project *p, const char *absolute_path, bool generated);
/* Is it in the project at all (below the root, vendored code too)? */
bool project_owns(const Project *p, const char *absolute_path);
/* Relative to the root where the file lies below it, else as it is; points into `absolute_path`. */
const char *project_relative(const Project *p, const char *absolute_path);

/* For units with guessed flags: folder of the tree to add as -I so that `header` ("lua.h",
 * "sys/x.h"), included by `from`, is found; NULL when there is none. Several candidates: the
 * nearest to `from`. */
const char *project_find_header(const Project *p, const char *from, const char *header);
/* After a parse that lacked headers: adds folders of the tree to the unit's guessed flags. False
 * when that changed nothing (or the flags are not guessed), so that another parse is of no use. */
bool project_guess_retry(Project *p, ProjectUnit *u, const char *const *missing, uint32_t nmissing);
/* Makes the list of units that of another state of the tree: without the files of `without`, and
 * with the C files of `with` that were asked for, which borrow the flags of their neighbours. */
void project_change_units(Project *p, char *const *without, uint32_t nwithout, char *const *with,
                          uint32_t nwith);
/* Adds a flag to a unit and renews its key. */
void project_add_arg(ProjectUnit *u, const char *arg);
void unit_renew_key(ProjectUnit *u);

/* Is the file below what was asked for, and not excluded? */
bool project_wants(const Project *p, const char *absolute_path);
/* Of several units of one file, the one with the most merit is taken: optimised, most defines. */
uint64_t project_merit(const ProjectUnit *u);
/* For the notes: a file with several different commands; a unit of another language. */
void project_repeated(Project *p, const char *file);
void project_skipped(Project *p, const char *language);

/* What was dropped since the project was opened, for another process that shall say it: calls
 * `each` with a kind, how often and what. */
typedef void ProjectDrop(void *context, uint32_t kind, uint32_t count, const char *what);
void project_each_drop(const Project *p, ProjectDrop *each, void *context);
/* In that process; false: there is no such kind. */
bool project_drop(Project *p, uint32_t kind, uint32_t count, const char *what);
void project_say_drops(Project *p); /* as notes; project_load_units does this itself */

/* Absolute path without `.`, `..` and doubled slashes (links stay); the caller frees. */
char *path_absolute(const char *path, const char *relative_to);

/* The allowlist, one unit's recorded command to allowed flags. `argv[0]` is the compiler or a
 * wrapper before it. `file` NULL: the first source file of the command. False when the command has
 * no C file to offer: `why` says what it is in a few words ("C++", "assembler", "no C file").
 * Dropped flags that run code or write files are counted for p's notes; `p` may be NULL. The caller
 * frees `out` with unit_free. */
bool flags_from_command(Project *p, const char *directory, const char *file, char *const *argv,
                        uint32_t argc, ProjectUnit *out, const char **why);
void unit_free(ProjectUnit *u);

/* `hplint capture -- COMMAND`: runs the build the user typed under a compiler wrapper (bear when
 * installed) and writes compile_commands.json into the current folder. The command's exit status,
 * or -1 and `err`. */
int project_capture(char *const *command, const char *output, HpError *err);

#endif
