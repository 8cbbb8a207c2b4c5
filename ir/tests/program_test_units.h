/* Units as IR text for the tests of linking: a common beginning, and a program of such units. */
#ifndef HPLINT_IR_TESTS_PROGRAM_TEST_UNITS_H
#define HPLINT_IR_TESTS_PROGRAM_TEST_UNITS_H

#include "ir/build.h"
#include "ir/program.h"
#include "ir/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A unit's head; what differs from unit to unit follows it: records, symbols, functions. */
#define HEAD(path)                                                                                 \
  "unit \"" path "\"\n"                                                                            \
  "file \"" path "\" (main)\n"                                                                     \
  "file \"/p/h.h\"\n"                                                                              \
  "file \"/usr/include/sys.h\" (system)\n"                                                         \
  "type 1 !\"int\" = int size 4 align 4\n"                                                         \
  "type 2 !\"unsigned long\" = int size 8 align 8 (unsigned)\n"                                    \
  "type 3 !\"char\" = int size 1 align 1\n"                                                        \
  "type 4 !\"void *\" = ptr !0 size 8 align 8\n"                                                   \
  "type 5 !\"char *\" = ptr !3 size 8 align 8\n"                                                   \
  "type 6 !\"struct node\" = record 0 size 24 align 8\n"                                           \
  "type 7 !\"struct node *\" = ptr !6 size 8 align 8\n"                                            \
  "type 8 !\"void *()\" = func !4\n"                                                               \
  "type 9 !\"void ()\" = func !0\n"                                                                \
  "type 10 !\"int ()\" = func !1\n"                                                                \
  "type 11 !\"void (*)()\" = ptr !9 size 8 align 8\n"                                              \
  "type 12 !\"struct node *()\" = func !7\n"                                                       \
  "type 13 !\"struct node[40]\" = array !6 size 960 align 8 count 40\n"
/* struct node, the record 0: { struct node *next; void (*visit)(void); int key; } */
#define NODE_AT(place)                                                                             \
  "record 0 !\"struct node\": !6 size 24 align 8 at " place " {\n"                                 \
  "  next: struct node * +0\n"                                                                     \
  "  visit: !11 +8\n"                                                                              \
  "  key: int +16\n"                                                                               \
  "}\n"
#define NODE NODE_AT("1/3:1")
#define LIBRARY                                                                                    \
  "symbol @malloc: !8 (function system)\n"                                                         \
  "symbol @calloc: !8 (function system)\n"                                                         \
  "symbol @realloc: !8 (function system)\n"                                                        \
  "symbol @free: !9 (function system)\n"                                                           \
  "symbol @puts: !10 (function system)\n"                                                          \
  "symbol @sleep: !10 (function system)\n"                                                         \
  "symbol @pthread_mutex_lock: !10 (function system)\n"                                            \
  "symbol @strlen: !10 (function system)\n"                                                        \
  "symbol @memcpy: !8 (function system)\n"                                                         \
  "symbol @abort: !9 (function system noreturn)\n"                                                 \
  "symbol @mystery: !8 (function)\n"

enum { MAX_UNITS = 4 };
typedef struct Linked {
  IrUnit *units[MAX_UNITS];
  uint32_t count;
  IrProgram *program;
} Linked;

static inline Linked link_texts(const PgOptions *options, const char *const *texts) {
  Linked l = {.count = 0};
  const IrUnit *order[MAX_UNITS];
  for (; texts[l.count]; l.count++) {
    HpError err = {0};
    l.units[l.count] = ir_parse_unit(texts[l.count], strlen(texts[l.count]), "test.ir", &err);
    if (!l.units[l.count])
      fail_msg("%s", err.text);
    order[l.count] = l.units[l.count];
  }
  l.program = ir_program_link(order, l.count, options);
  return l;
}
#define LINK(...) link_texts(NULL, (const char *const[]){__VA_ARGS__, NULL})

static inline void unlink_program(Linked *l) {
  ir_program_free(l->program);
  for (uint32_t i = 0; i < l->count; i++)
    ir_unit_free(l->units[i]);
}

static inline const PgFunction *func(const Linked *l, const char *name) {
  PgFunc f = pg_func_named(l->program, name);
  if (f == IR_NONE)
    fail_msg("no function %s", name);
  return pg_func(l->program, f);
}

static inline const PgSummary *summary(const Linked *l, const char *name) {
  return &func(l, name)->summary;
}

static inline bool has(const Linked *l, const char *name, uint32_t flags) {
  return (summary(l, name)->flags & flags) == flags;
}

static inline const PgRecordInfo *record(const Linked *l, const char *name) {
  const PgRecordInfo *found = NULL;
  for (PgRecord r = 0; r < pg_nrecords(l->program); r++)
    if (!strcmp(pg_record(l->program, r)->name, name)) {
      assert_null(found);
      found = pg_record(l->program, r);
    }
  assert_non_null(found);
  return found;
}

#endif
