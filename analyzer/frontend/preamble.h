/* Precompiled preambles: the includes that many units begin with, parsed once and read by each of
 * them as libclang's precompiled header. Beside it lies what libclang does not tell of files that
 * come from one.
 *
 * Made only where it means the same as the text: nothing is defined that the unit itself has to
 * define, and nothing asks which unit it is. Used only while every file that it read is as it was,
 * and where no header has appeared before one of them. The unit's own directives are blanked then:
 * headers without a guard would come twice. */
#ifndef HPLINT_ANALYZER_FRONTEND_PREAMBLE_H
#define HPLINT_ANALYZER_FRONTEND_PREAMBLE_H

#include "analyzer/frontend/lookup.h"

typedef struct Preamble {
  FrontendFile *files; /* that it read, in the order of their inclusion; each once */
  uint32_t nfiles, files_cap;
  char **absent; /* look-ups that failed */
  uint32_t nabsent, absent_cap;
  Lookups lookups;
  char *text; /* the directives */
  char *rest; /* the unit's text without them */
  size_t rest_size;
  uint64_t hash; /* of the unit's text with them */
} Preamble;

/* NULL when there is none at the path, or it does not hold any more. */
Preamble *preamble_open(const char *path, const FrontendInput *in);
/* The same with the rest of the unit; NULL also when it begins otherwise. */
Preamble *preamble_for(const char *path, const FrontendInput *in);
void preamble_free(Preamble *p); /* NULL is fine */
void preamble_remove(const char *path);
/* NULL: it did not read the file. */
const FrontendFile *preamble_file(const Preamble *p, const char *path);

/* Writes what was parsed of the text `in->unsaved`; `out` has the files and failed look-ups. False:
 * it would not mean the same in other units, or it cannot be written. */
bool preamble_save(Contents *contents, const FrontendInput *in, const FrontendOutput *out,
                   const Lookups *lookups, const char *path);

#endif
