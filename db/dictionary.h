/* Blocks that are much like those of other units: headers leave the same names, types and look-ups
 * in all of them. They are compressed against a dictionary of what the first ones held. */
#ifndef HPLINT_DB_DICTIONARY_H
#define HPLINT_DB_DICTIONARY_H

#include "db/internal.h"

typedef enum DbBlockKind { DB_RECORDS, DB_LOOKUPS, DB_BLOCK_KINDS } DbBlockKind;

/* What is to be compressed. `ends`: where its columns end, from the first on. */
typedef struct DbBytes {
  const void *at;
  size_t size;
  const size_t *ends;
  size_t nends;
} DbBytes;

/* On the heap, with the dictionary it needs (0: none). NULL and `err` when the database fails. */
void *db_compress(Store *s, DbBlockKind kind, const DbBytes *bytes, size_t *packed_size,
                  int64_t *dictionary, HpError *err);
/* Good until the store is closed, on any thread; NULL for 0, and where there is none. */
const DbDictionary *db_dictionary(Store *s, int64_t id);
/* `size` bytes into `out`; false when they are damaged. */
bool db_decompress(const DbDictionary *dictionary, const void *packed, size_t packed_size,
                   void *out, size_t size);
/* Those that no unit needs any more. */
bool db_drop_dictionaries(Store *s, HpError *err);
/* One made in a transaction that was taken back is not used any more. */
void db_dictionaries_forget(Store *s);
void db_dictionaries_free(Store *s);

#endif
