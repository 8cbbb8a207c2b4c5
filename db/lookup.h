/* Looking things up for one function or file: where a function is defined, which unit reads a file,
 * what a profile says of a file's lines. */
#ifndef HPLINT_DB_LOOKUP_H
#define HPLINT_DB_LOOKUP_H

#include "db/store.h"

typedef struct DbDefinition {
  char *file; /* as stored: relative to the root where inside it */
  uint32_t line, end_line;
  char *unit; /* the unit that was analysed with it: the file itself, or one that includes it; NULL
                 when none is stored */
} DbDefinition;
typedef struct DbDefinitions {
  DbDefinition *items;
  uint32_t count, cap;
} DbDefinitions;
void db_definitions_free(DbDefinitions *d);

/* Where functions of this name are defined, by file and line. `root` is the project's. */
bool store_find_function(Store *s, const char *root, const char *name, DbDefinitions *out,
                         HpError *err);
/* The stored function whose name is nearest; heap, NULL when there are none. */
char *store_nearest_function(Store *s, const char *name, HpError *err);
/* A stored unit that reads the file (absolute path); heap, NULL when there is none. */
char *store_unit_reading(Store *s, const char *path, HpError *err);

/* ---- profiles -------------------------------------------------------------------------------- */

/* The profile meant by a number, by a format ("perf", "gcov") or by the end of its file's name: the
 * newest of them. False and `err` when there is none. */
bool store_named_profile(Store *s, const char *name, int64_t *id, HpError *err);

typedef struct DbLineCost {
  uint32_t line;
  double self; /* in the profile's metric */
  double hits; /* executions, -1 unknown */
} DbLineCost;
typedef struct DbFileCost {
  char metric[16];   /* "time", "instructions", "executions" */
  double total;      /* of the whole profile */
  DbLineCost *lines; /* ascending; the caller frees */
  uint32_t count, cap;
} DbFileCost;
/* All lines of one file (relative to the root or absolute) that the profile has; none is no error.
 * A profile with other roots is matched by the end of its path when only one file fits. */
bool store_file_cost(Store *s, int64_t profile, const char *file, DbFileCost *out, HpError *err);
const DbLineCost *db_line_cost(const DbFileCost *cost, uint32_t line);

#endif
