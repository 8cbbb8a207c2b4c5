/* Include look-ups that failed: a file that appears at one of these paths changes what a unit
 * reads, be it a header that is missing today or one that shadows another. */
#ifndef HPLINT_ANALYZER_FRONTEND_LOOKUP_H
#define HPLINT_ANALYZER_FRONTEND_LOOKUP_H

#include "analyzer/frontend/contents.h"
#include "analyzer/frontend/frontend.h"

#include <clang-c/Index.h>

/* What was looked for, in the order of the unit's text. */
typedef struct Lookup {
  char *name;     /* as written; NULL: not known (a macro, -include) */
  char *includer; /* the file that asks; NULL: any */
  char *found;    /* NULL: it was only asked for, by __has_include */
  bool quoted;
} Lookup;
typedef struct Lookups {
  Lookup *items;
  uint32_t count, cap;
} Lookups;
void lookups_free(Lookups *l);
/* Those of a unit; `first` (may be NULL): those of its precompiled preamble, of which libclang does
 * not tell. */
Lookups lookups_of(Contents *contents, const char *directory, const Lookups *first);

/* Paths known to be absent, kept from unit to unit: units of one project look for the same. */
typedef struct LookupCache LookupCache;
void lookup_cache_free(LookupCache *cache); /* NULL is fine */
/* Somebody has just looked. `*cache` is made when NULL. */
void lookup_known(LookupCache **cache, char *const *absent, uint32_t count);

/* Fills out->absent, once out->missing and out->files are known. `*cache` is made when NULL. */
void lookup_absent(LookupCache **cache, const Lookups *lookups, const FrontendInput *in,
                   FrontendOutput *out);

#endif
