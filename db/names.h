/* Texts as small numbers: each distinct text gets the next number, from 0. */
#ifndef HPLINT_DB_NAMES_H
#define HPLINT_DB_NAMES_H

#include "ir/support.h"

/* Zero-initialise; free with db_names_free. */
typedef struct DbNames {
  char **items;
  uint32_t count, cap;
  uint32_t *slots, nslots; /* open addressing, a power of two, holding number + 1 */
} DbNames;

enum { DB_NAME_NONE = UINT32_MAX };

/* The text's number; `*fresh` (may be NULL) says whether it is a new one. */
uint32_t db_names_add(DbNames *names, const char *text, bool *fresh);
/* DB_NAME_NONE when it was never added. */
uint32_t db_names_find(const DbNames *names, const char *text);
void db_names_free(DbNames *names);

#endif
