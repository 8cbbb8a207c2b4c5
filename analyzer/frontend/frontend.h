/* libclang -> IR: one translation unit parsed and lowered. The only place that includes libclang.
 */
#ifndef HPLINT_ANALYZER_FRONTEND_FRONTEND_H
#define HPLINT_ANALYZER_FRONTEND_FRONTEND_H

#include "ir/ir.h"

#define FRONTEND_VERSION 2u /* for people; caches go by unit_front_end_id */

typedef struct Frontend Frontend;
/* One a process; loading libclang happens here. */
Frontend *frontend_new(void);
void frontend_free(Frontend *f);

/* A text to be read instead of what is at a path. */
typedef struct FrontendText {
  const char *path, *text;
  size_t size;
} FrontendText;

typedef struct FrontendInput {
  const char *file, *directory; /* absolute */
  const char *const *args;      /* allowed flags (analyzer/project) */
  uint32_t nargs;
  const char *unsaved; /* content of `file` in an editor, or NULL */
  size_t unsaved_size;
  const FrontendText *texts; /* of other files, or of this one; they need not exist */
  uint32_t ntexts;
  bool measure; /* memory, too */
  /* A precompiled preamble that is used where it holds; NULL: none. */
  const char *preamble;
  /* What the unit shall call a file: heap, or NULL for its path. NULL: all go by their paths. */
  char *(*spell)(const char *path);
} FrontendInput;

typedef struct FrontendFile {
  char *path;
  int64_t size, mtime_ns;
  uint64_t hash;
  bool system; /* known of files that come from a preamble only */
} FrontendFile;
/* Memory, when asked for, in bytes. */
typedef struct FrontendMemory {
  uint64_t parser;     /* what libclang holds for the unit: heap and mapped source files */
  uint64_t unit;       /* the finished IR */
  uint64_t lower_peak; /* by how much lowering raised the resident memory at its highest point */
} FrontendMemory;
typedef enum FrontendStatus {
  FRONTEND_OK,
  FRONTEND_INCOMPLETE, /* parsed with errors (a header missing, unknown types): facts may be wrong
                        */
  FRONTEND_FAILED,     /* no syntax tree at all */
} FrontendStatus;
typedef struct FrontendOutput {
  FrontendStatus status;
  char *reason; /* first fatal or error diagnostic: "lua.h: file not found (src/a.c:12)"; NULL when
                   OK */
  char **missing; /* headers not found, as written, each once */
  uint32_t nmissing, missing_cap;
  IrUnit *unit;        /* NULL when FAILED */
  FrontendFile *files; /* every file read, main file first */
  uint32_t nfiles;
  char **absent; /* where a header would have been found before the one that was, or instead of
                    one that is missing; each once */
  uint32_t nabsent;
  uint32_t opaque;                     /* OPAQUE instructions */
  double parse_seconds, lower_seconds; /* CPU */
  FrontendMemory memory;
  char **diagnostics; /* errors, at most 20: "file:line:col: text" */
  uint32_t ndiagnostics;
} FrontendOutput;
void frontend_run(Frontend *f, const FrontendInput *in, FrontendOutput *out);
/* Precompiles `in->unsaved`: the directives that files in the folder of `in->file`, itself none of
 * them, begin with. It is written to `path` and beside it. True: it is there, now or already.
 * False: it would not mean the same in those files, or it cannot be written. */
bool frontend_make_preamble(Frontend *f, const FrontendInput *in, const char *path);
void frontend_output_free(FrontendOutput *out); /* the unit, too, unless taken by setting it NULL */

#endif
