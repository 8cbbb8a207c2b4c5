/* What a thread looks at in a program. A caller that keeps results notes it, so that it knows which
 * changes leave a result as it is; those who look need not care. */
#include "ir/program_parts.h"

#include <stdlib.h>
#include <string.h>

_Thread_local PgLog *pg_log_now;

uint32_t pg_nitems(const IrProgram *p) {
  return p->nfuncs + 2 * p->nrecords + PG_ITEM_SPECIAL;
}

uint32_t pg_item_of_record(const IrProgram *p, PgRecord r) {
  return p->nfuncs + r;
}

uint32_t pg_item_special(const IrProgram *p, PgSpecialItem which) {
  return p->nfuncs + p->nrecords + which;
}

uint32_t pg_item_of_users(const IrProgram *p, PgRecord r) {
  return p->nfuncs + p->nrecords + PG_ITEM_SPECIAL + r;
}

void pg_log_begin(PgLog *log, const IrProgram *p) {
  if (log->size < pg_nitems(p)) {
    log->size = pg_nitems(p);
    log->when = hp_realloc(log->when, log->size * sizeof *log->when);
    memset(log->when, 0, log->size * sizeof *log->when);
    log->round = 0;
  }
  log->round++;
  log->count = 0;
  pg_log_now = log;
}

void pg_log_end(void) {
  pg_log_now = NULL;
}

void pg_log_free(PgLog *log) {
  free(log->items);
  free(log->when);
  *log = (PgLog){0};
}

void pg_log_add(uint32_t item) {
  PgLog *log = pg_log_now;
  HP_ASSERT(item < log->size);
  if (log->when[item] == log->round)
    return;
  log->when[item] = log->round;
  HP_GROW(log->items, log->count, log->cap);
  log->items[log->count++] = item;
}
