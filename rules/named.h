/* Things that have names, found by them: several may share one. */
#ifndef HPLINT_RULES_NAMED_H
#define HPLINT_RULES_NAMED_H

#include "ir/support.h"

typedef struct Named {
  const char *name; /* somebody else's */
  uint32_t id;
} Named;
typedef struct NamedList {
  Named *items;
  uint32_t count, cap;
} NamedList;

void named_add(NamedList *list, const char *name, uint32_t id);
/* To be called once all are there: by name, then by id. */
void named_sort(NamedList *list);
/* All of a name: `*count` from the one returned. */
const Named *named_find(const NamedList *list, const char *name, uint32_t *count);
void named_free(NamedList *list);

#endif
