/* Include look-ups that failed: a file that appears at one of these paths changes what a unit
 * reads, be it a header that is missing today or one that shadows another. */
#ifndef HPLINT_ANALYZER_FRONTEND_LOOKUP_H
#define HPLINT_ANALYZER_FRONTEND_LOOKUP_H

#include "analyzer/frontend/contents.h"
#include "analyzer/frontend/frontend.h"

#include <clang-c/Index.h>

/* Paths known to be absent, kept from unit to unit: units of one project look for the same. */
typedef struct LookupCache LookupCache;
void lookup_cache_free(LookupCache *cache); /* NULL is fine */

/* Fills out->absent, once out->missing and out->files are known. `*cache` is made when NULL. */
void lookup_absent(LookupCache **cache, Contents *contents, const FrontendInput *in,
                   FrontendOutput *out);

#endif
