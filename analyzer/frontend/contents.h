/* The texts of the files that a unit read, as they were parsed, each asked for once: libclang goes
 * through all inclusions and macro expansions of the unit to find a file. */
#ifndef HPLINT_ANALYZER_FRONTEND_CONTENTS_H
#define HPLINT_ANALYZER_FRONTEND_CONTENTS_H

#include "analyzer/frontend/map.h"

#include <clang-c/Index.h>

typedef struct Contents {
  CXTranslationUnit tu;
  PtrMap map; /* CXFile -> texts */
  struct ContentsText {
    const char *text;
    size_t size;
  } *texts;
  uint32_t count, cap;
} Contents;

/* NULL and size 0 when libclang does not have it. */
const char *contents_of(Contents *c, CXFile file, size_t *size);
void contents_free(Contents *c);

#endif
