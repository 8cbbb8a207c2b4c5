/* The rules' judgements of the latest run as one block: what they rest on and what they found is
 * the engine's business. */
#include "db/internal.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

bool store_get_judgements(Store *s, uint64_t question, void **content, size_t *size, HpError *err) {
  *content = NULL;
  *size = 0;
  sqlite3_stmt *st = db_prepare(s, "SELECT content FROM judgement WHERE question = ?", err);
  if (!st)
    return false;
  sqlite3_bind_int64(st, 1, (int64_t)question);
  HpError step = {0};
  if (db_step_row(s, st, &step)) {
    const void *packed = sqlite3_column_blob(st, 0);
    size_t packed_size = (size_t)sqlite3_column_bytes(st, 0);
    unsigned long long full = packed ? ZSTD_getFrameContentSize(packed, packed_size) : 0;
    if (full && full <= DB_MAX_BLOB) {
      *content = hp_malloc((size_t)full);
      *size = (size_t)full;
      if (ZSTD_decompress(*content, *size, packed, packed_size) != full) {
        free(*content);
        *content = NULL;
      }
    }
  }
  sqlite3_finalize(st);
  return !step.set || hp_fail(err, "%s", step.text);
}

bool store_put_judgements(Store *s, uint64_t question, const void *content, size_t size,
                          HpError *err) {
  if (size > DB_MAX_BLOB)
    return true; /* everything is judged again the next time */
  size_t room = ZSTD_compressBound(size);
  void *packed = hp_malloc(room);
  size_t packed_size = ZSTD_compress(packed, room, content, size, 3);
  HP_ASSERT(!ZSTD_isError(packed_size));
  sqlite3_stmt *st = NULL;
  DbScope scope;
  bool ok = db_scope_begin(s, &scope, err);
  if (ok) {
    ok = db_exec(s, "DELETE FROM judgement", err) &&
         (st = db_prepare(s, "INSERT INTO judgement VALUES (?, ?)", err));
    if (ok) {
      sqlite3_bind_int64(st, 1, (int64_t)question);
      sqlite3_bind_blob64(st, 2, packed, packed_size, SQLITE_STATIC);
      ok = db_step_done(s, st, err);
    }
    sqlite3_finalize(st);
    ok = db_scope_end(s, &scope, ok, err);
  }
  free(packed);
  return ok;
}
