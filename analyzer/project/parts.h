/* What the sources of this folder share. */
#ifndef HPLINT_ANALYZER_PROJECT_PARTS_H
#define HPLINT_ANALYZER_PROJECT_PARTS_H

#include "analyzer/project/project.h"
#include "ir/files.h"

/* ---- path.c --------------------------------------------------------------------------------- */

char *path_folder(const char *path); /* parent folder; the caller frees */
char *path_join(const char *folder, const char *name);
char *path_beside(const char *path, const char *name); /* in the same folder */
/* The same in a buffer that one loop uses again and again; valid until its next use. */
const char *path_join_in(HpBuf *buf, const char *folder, const char *name);
/* Makes an absolute path that of its parent folder, in place; false when it is the root. */
bool path_climb(char *path);
const char *path_name(const char *path); /* last component */
/* Is `path` the folder itself or below it? Both absolute and normalised. */
bool path_below(const char *path, const char *folder);
bool path_is_file(const char *path);   /* a regular file, links followed */
bool path_is_folder(const char *path); /* links followed */
/* `path` seen from `root` where it lies below it, else `path`; points into `path`. */
const char *path_from(const char *path, const char *root);
/* project.c. May what lies in `folder`, at or above `start`, speak for the project? Not in the home
 * folder, where a configuration is not about this project, nor where anybody can put files (/tmp).
 */
bool folder_may_mark(const char *folder, const char *start);
/* glob.c. A glob with `*`, `?`, `[..]` within a component and `**` across them. Without a slash
 * inside it may match any component; a match of a folder covers all below it. */
bool path_matches(const char *glob, const char *relative);
/* The same, but what lies above the path does not count: the match is the path itself. */
bool path_is_match(const char *glob, const char *relative);

/* What a file's name says it holds: "C", "header", "C++", "assembler" ...; NULL: nothing known. */
const char *path_language(const char *path);

/* ---- words.c -------------------------------------------------------------------------------- */

typedef struct Words {
  char **items;
  uint32_t count, cap;
} Words;
void words_add(Words *w, const char *text);
void words_take(Words *w, char *text); /* owns `text` from now on */
void words_free(Words *w);
/* The array, NULL-terminated, out of `w`, which is empty afterwards. */
char **words_release(Words *w);

typedef enum WordStyle {
  WORDS_SHELL,   /* a `command` of the compile database: POSIX shell quoting, nothing expanded */
  WORDS_RESPONSE /* a gcc response file: a backslash quotes everywhere */
} WordStyle;
void words_split(const char *text, WordStyle style, Words *out);
/* The flat list of a recorded command: response files read, -Xclang and -Xpreprocessor taken off,
 * -Wp, taken apart. What comes out still has to pass the allowlist. */
void words_expand(const char *directory, char *const *argv, uint32_t argc, Words *out);

/* ---- tally.c: what is dropped, said once ---------------------------------------------------- */

typedef enum TallyKind {
  TALLY_RUNS,       /* flags that would run code */
  TALLY_WRITES,     /* flags that would write files */
  TALLY_UNKNOWN,    /* flags not on the list */
  TALLY_SKIPPED,    /* units, by language */
  TALLY_GONE,       /* units whose file no longer exists */
  TALLY_REPEATED,   /* files recorded several times with different flags */
  TALLY_NO_SOURCE,  /* entries without a C file */
  TALLY_BORROWED,   /* files not in the database */
  TALLY_PART,       /* C files that others include */
  TALLY_UNREADABLE, /* folders that could not be read */
  TALLY_KINDS
} TallyKind;
/* One more of `kind`; `what` names it (a flag, a language, a file) and is remembered with its own
 * count. `p` may be NULL. */
void tally(Project *p, TallyKind kind, const char *what);
void tally_flush(Project *p); /* as notes of the project; the tally is empty afterwards */
void tally_free(Project *p);

/* ---- database.c ----------------------------------------------------------------------------- */

/* Path of the compile database for -p (a file or folder); the caller frees. NULL and `err`. */
char *database_named(const char *given, HpError *err);
/* Searched upward from `start`, each time also in build/; NULL: none. */
char *database_search(const char *start);
typedef bool (*UnitFilter)(const Project *p, const char *file);
/* Adds the C units of the database that `wanted` (NULL: all) lets through, one for each file. */
bool database_read(Project *p, const char *path, UnitFilter wanted, HpError *err);
/* compile_flags.txt, searched upward; NULL: none. */
char *flags_file_search(const char *start);
bool flags_file_read(const char *path, Words *out, HpError *err);

/* ---- flags.c -------------------------------------------------------------------------------- */

/* Flags without a compiler (compile_flags.txt, after `--`), through the allowlist. */
void flags_from_list(Project *p, const char *directory, const char *file, char *const *flags,
                     uint32_t nflags, UnitOrigin origin, ProjectUnit *out);
/* Adds a unit, owned by the project from now on. */
void project_add_unit(Project *p, ProjectUnit *u);

/* ---- headers.c ------------------------------------------------------------------------------ */

void headers_free(Project *p);
/* Flags for a file about which nothing is known: the folders where its headers are likely to be. */
void guess_unit(Project *p, const char *file, ProjectUnit *out);
/* C files that other C files include are no units of their own. */
void drop_included_sources(Project *p);

/* ---- files.c -------------------------------------------------------------------------------- */

/* Walks a folder in a fixed order. Hidden folders and links to folders are left out. */
typedef struct WalkVisitor {
  void *context;
  /* `in_build`: below a folder that a build system made. */
  void (*file)(void *context, const char *path, bool in_build);
  /* May be NULL. False: do not enter. */
  bool (*folder)(void *context, const char *path);
  void (*unreadable)(void *context, const char *folder); /* may be NULL */
} WalkVisitor;
void walk(const char *folder, const WalkVisitor *visitor);
/* The C files below what was asked for, `exclude` respected; absolute, sorted, each once. */
void find_sources(Project *p, Words *out);

/* ---- config.c ------------------------------------------------------------------------------- */

bool config_read(const char *path, ProjectConfig *out, HpError *err);
void config_free(ProjectConfig *c);
bool config_excludes(const ProjectConfig *c, const char *relative);

#endif
