/* The preamble of a C file, as clang calls it: the includes that it begins with. */
#ifndef HPLINT_ANALYZER_PROJECT_PREAMBLE_H
#define HPLINT_ANALYZER_PROJECT_PREAMBLE_H

#include "ir/support.h"

enum { PREAMBLE_LONGEST = 16 };
typedef struct PreambleParts {
  uint32_t count;
  size_t ends[PREAMBLE_LONGEST]; /* in the text of the directives */
} PreambleParts;

/* The directives without what stands between them, a line each: "#include <stdio.h>\n". A part is
 * an include or a whole conditional with nothing but includes in it. At most PREAMBLE_LONGEST parts
 * are taken; the first thing that is neither one nor a comment ends it. The caller frees. */
char *preamble_directives(const char *text, size_t size, PreambleParts *parts);

/* Puts blanks in the place of the directives that the text begins with, so that all else keeps its
 * line and column. `directives`: whole parts. False: it does not begin with these; nothing is
 * changed then. */
bool preamble_blank(char *text, size_t size, const char *directives);

#endif
