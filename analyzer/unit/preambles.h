/* Which units begin with the same includes, under the same flags and in the same folder: they share
 * a precompiled preamble (analyzer/frontend/preamble.h), which a worker makes when enough of them
 * are to be parsed. Those that were made stay in the store's folder, for the one file that is
 * edited next. */
#ifndef HPLINT_ANALYZER_UNIT_PREAMBLES_H
#define HPLINT_ANALYZER_UNIT_PREAMBLES_H

#include "analyzer/project/project.h"

typedef enum PreambleState {
  PREAMBLE_WANTED, /* nobody has looked yet whether it is there and holds */
  PREAMBLE_UNDER_WAY,
  PREAMBLE_THERE,
  PREAMBLE_REFUSED,
} PreambleState;

typedef struct PreamblePlan {
  ProjectUnit unit; /* a file of its own in the units' folder, with their flags; none such exists */
  char *text;       /* the directives */
  char *path;       /* of the precompiled file */
  uint64_t key;     /* of the text, under the unit's flags and in its folder */
  uint32_t users, length; /* units; parts of the text */
  PreambleState state;
} PreamblePlan;

typedef struct Preambles Preambles;

/* For the units whose indexes are given, in a run that may leave things in the folder `store`;
 * `unsaved` is the text of the only one, or NULL. Never NULL. */
Preambles *preambles_plan(const char *store, const Project *p, const uint32_t *indexes,
                          uint32_t count, const char *unsaved, size_t unsaved_size);
/* After the run: of what was made the most useful stays on disk. NULL is fine. */
void preambles_end(Preambles *p);
/* Those to be made. */
uint32_t preambles_count(const Preambles *p);
PreamblePlan *preambles_at(Preambles *p, uint32_t i);
/* That of the k-th of the units; NULL: it has none. */
PreamblePlan *preambles_of(Preambles *p, uint32_t k);

#endif
