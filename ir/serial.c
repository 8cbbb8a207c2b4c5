/* Units as bytes: serial_parts.h has the layout; the heads and the header give the element counts.
 * Reading copies everything into one block of the unit's arena and points the tables into it; the
 * verifier then checks the contents. */
#include "ir/serial_parts.h"

#include "ir/verify.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tables are written as they are");
_Static_assert(sizeof(IrFile) == 8 && sizeof(IrType) == 32 && sizeof(IrRecord) == 56 &&
                   sizeof(IrField) == 24 && sizeof(IrSymbol) == 40 && sizeof(IrLiteral) == 8 &&
                   sizeof(IrBlock) == 28 && sizeof(IrBlockInfo) == 20 && sizeof(IrInsn) == 24 &&
                   sizeof(IrAddr) == 40 && sizeof(IrHop) == 8 && sizeof(IrConst) == 16 &&
                   sizeof(IrLocal) == 16 && sizeof(IrCase) == 24 && sizeof(IrLoc) == 20 &&
                   sizeof(IrSpot) == 12 && sizeof(IrSpan) == 12 && sizeof(IrMacro) == 16 &&
                   sizeof(IrPointerInit) == 24,
               "the format changed: raise IR_SERIAL_VERSION");

static const char magic[8] = "hplintIR";

/* A table: where its owner has its pointer (of whatever type) and count, and the size of a row. */
typedef struct Table {
  size_t slot, count, size;
} Table;

/* NOLINTNEXTLINE(bugprone-macro-parentheses): types and members cannot have any */
#define TABLE(owner, array, n)                                                                     \
  {offsetof(owner, array), offsetof(owner, n), sizeof *((owner *)0)->array}

/* All tables of a unit but functions, which have heads of their own. */
static const Table unit_tables[SERIAL_UNIT_TABLES] = {
    TABLE(IrUnit, strings, nstrings),   TABLE(IrUnit, files, nfiles),
    TABLE(IrUnit, macros, nmacros),     TABLE(IrUnit, spans, nspans),
    TABLE(IrUnit, types, ntypes),       TABLE(IrUnit, records, nrecords),
    TABLE(IrUnit, fields, nfields),     TABLE(IrUnit, symbols, nsymbols),
    TABLE(IrUnit, literals, nliterals), TABLE(IrUnit, inits, ninits)};
static const Table fn_tables[SERIAL_FN_TABLES] = {
    TABLE(IrFunction, blocks, nblocks), TABLE(IrFunction, infos, ninfos),
    TABLE(IrFunction, insns, ninsns),   TABLE(IrFunction, args, nargs),
    TABLE(IrFunction, addrs, naddrs),   TABLE(IrFunction, hops, nhops),
    TABLE(IrFunction, consts, nconsts), TABLE(IrFunction, locals, nlocals),
    TABLE(IrFunction, edges, nedges),   TABLE(IrFunction, cases, ncases),
    TABLE(IrFunction, locs, nlocs)};

static const void *items_of(const void *owner, const Table *t) {
  void *items;
  memcpy(&items, (const char *)owner + t->slot, sizeof items);
  return items;
}

static uint32_t count_of(const void *owner, const Table *t) {
  uint32_t count;
  memcpy(&count, (const char *)owner + t->count, sizeof count);
  return count;
}

static void set_table(void *owner, const Table *t, void *items, uint32_t count) {
  items = count ? items : NULL;
  memcpy((char *)owner + t->slot, &items, sizeof items);
  memcpy((char *)owner + t->count, &count, sizeof count);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Behind so many bytes. */
static void pad(HpBuf *out, size_t bytes) {
  static const char zeros[8];
  hp_buf_addn(out, zeros, -bytes & 7);
}

static void put_table(HpBuf *out, const void *owner, const Table *t) {
  hp_buf_addn(out, items_of(owner, t), count_of(owner, t) * t->size);
}

/* Tables whose elements end in padding are written without what it happens to hold, so that equal
 * units give equal bytes. */
static void put_records(HpBuf *out, const IrUnit *u) {
  for (uint32_t i = 0; i < u->nrecords; i++) {
    IrRecord clean;
    memset(&clean, 0, sizeof clean);
    memcpy(&clean, &u->records[i], offsetof(IrRecord, loc) + sizeof(IrLoc));
    hp_buf_addn(out, &clean, sizeof clean);
  }
}

static void put_cases(HpBuf *out, const IrFunction *fn) {
  for (uint32_t i = 0; i < fn->ncases; i++) {
    IrCase clean;
    memset(&clean, 0, sizeof clean);
    memcpy(&clean, &fn->cases[i], offsetof(IrCase, succ) + sizeof clean.succ);
    hp_buf_addn(out, &clean, sizeof clean);
  }
}

static SerialFnHead fn_head(const IrFunction *fn) {
  SerialFnHead head = {.sym = fn->sym,
                       .nparams = fn->nparams,
                       .result = fn->result,
                       .flags = fn->flags,
                       .loc = fn->loc,
                       .name_loc = fn->name_loc};
  for (int i = 0; i < SERIAL_FN_TABLES; i++)
    head.counts[i] = count_of(fn, &fn_tables[i]);
  return head;
}

static void put_unit_table(HpBuf *out, const IrUnit *u, int table) {
  if (table == SERIAL_RECORDS)
    put_records(out, u);
  else
    put_table(out, u, &unit_tables[table]);
}

static void put_fn_tables(HpBuf *out, const IrUnit *u, int table) {
  for (uint32_t i = 0; i < u->nfunctions; i++) {
    if (table == SERIAL_CASES)
      put_cases(out, &u->functions[i]);
    else
      put_table(out, &u->functions[i], &fn_tables[table]);
  }
}

void ir_write_unit(HpBuf *out, const IrUnit *u) {
  size_t start = out->length;
  SerialHead head = {.version = IR_SERIAL_VERSION, .path = u->path, .nfunctions = u->nfunctions};
  memcpy(head.magic, magic, sizeof magic);
  for (int i = 0; i < SERIAL_UNIT_TABLES; i++)
    head.counts[i] = count_of(u, &unit_tables[i]);
  hp_buf_addn(out, &head, sizeof head);
  for (int i = 0; i < SERIAL_UNIT_TABLES; i++) {
    put_unit_table(out, u, i);
    pad(out, out->length - start);
  }
  for (uint32_t i = 0; i < u->nfunctions; i++) {
    SerialFnHead fn = fn_head(&u->functions[i]);
    hp_buf_addn(out, &fn, sizeof fn);
  }
  for (int i = 0; i < SERIAL_FN_TABLES; i++) {
    put_fn_tables(out, u, i);
    pad(out, out->length - start);
  }
  head.size = out->length - start;
  memcpy(out->text + start, &head, sizeof head);
}

/* ---- reading --------------------------------------------------------------------------------- */

static IrFunction function_of(const SerialFnHead *h, const IrUnit *u) {
  return (IrFunction){.sym = h->sym,
                      .nparams = h->nparams,
                      .result = h->result,
                      .flags = h->flags,
                      .loc = h->loc,
                      .name_loc = h->name_loc,
                      .spans = u->spans};
}

/* Each function's rows of one kind. */
static bool take_fn_tables(IrUnit *u, char *record, SerialBytes *bytes, const SerialFnHead *heads,
                           int table) {
  const Table *t = &fn_tables[table];
  size_t at;
  if (!serial_next(bytes, serial_rows(heads, u->nfunctions, table), t->size, &at))
    return false;
  for (uint32_t i = 0; i < u->nfunctions; i++) {
    uint32_t count = heads[i].counts[table];
    set_table(&u->functions[i], t, record + at, count);
    at += count * t->size;
  }
  return true;
}

static bool take_functions(IrUnit *u, char *record, SerialBytes *bytes, uint32_t count,
                           HpArena *arena) {
  size_t at;
  if (!serial_next(bytes, count, sizeof(SerialFnHead), &at))
    return false;
  const SerialFnHead *heads = (const void *)(record + at);
  u->functions = HP_NEW(arena, IrFunction, count);
  u->nfunctions = count;
  for (uint32_t i = 0; i < count; i++)
    u->functions[i] = function_of(&heads[i], u);
  bool ok = true;
  for (int t = 0; ok && t < SERIAL_FN_TABLES; t++)
    ok = take_fn_tables(u, record, bytes, heads, t);
  return ok;
}

static bool read_tables(IrUnit *u, char *record, size_t size, HpArena *arena) {
  const SerialHead *head = (const void *)record;
  SerialBytes bytes = {sizeof *head, size};
  u->path = head->path;
  for (int t = 0; t < SERIAL_UNIT_TABLES; t++) {
    size_t at;
    if (!serial_next(&bytes, head->counts[t], unit_tables[t].size, &at))
      return false;
    set_table(u, &unit_tables[t], record + at, head->counts[t]);
  }
  return take_functions(u, record, &bytes, head->nfunctions, arena) && bytes.at == bytes.size;
}

static bool check_head(const SerialHead *head, size_t size, const char *path, HpError *err) {
  if (memcmp(head->magic, magic, sizeof magic))
    return hp_fail(err, "%s: not a unit record", path);
  if (head->version != IR_SERIAL_VERSION)
    return hp_fail(err, "%s: unit record of version %u, this is version %u", path, head->version,
                   IR_SERIAL_VERSION);
  if (head->size != size)
    return hp_fail(err, "%s: unit record is cut off: %zu of %llu bytes", path, size,
                   (unsigned long long)head->size);
  return true;
}

static bool read_head(const void *bytes, size_t size, const char *path, HpError *err) {
  _Static_assert(sizeof(SerialHead) % 8 == 0 && sizeof(SerialFnHead) % 8 == 0, "tables start on 8");
  SerialHead head;
  if (size < sizeof head)
    return hp_fail(err, "%s: not a unit record: %zu bytes", path, size);
  memcpy(&head, bytes, sizeof head);
  return check_head(&head, size, path, err);
}

/* Tables from bytes that are a unit's as far as the head says. */
static bool read_body(IrUnit *u, char *bytes, size_t size, HpArena *arena, const char *path,
                      HpError *err) {
  HpError fault = {0};
  if (!read_tables(u, bytes, size, arena))
    return hp_fail(err, "%s: unit record is damaged: tables do not fill it", path);
  return ir_verify(u, &fault) || hp_fail(err, "%s: unit record is damaged: %s", path, fault.text);
}

IrUnit *ir_read_unit(const void *bytes, size_t size, const char *path, HpError *err) {
  if (!read_head(bytes, size, path, err))
    return NULL;
  IrUnit *u = hp_calloc(1, sizeof *u);
  u->arena = hp_arena_new();
  char *copy = hp_arena_copy(u->arena, bytes, size);
  if (read_body(u, copy, size, u->arena, path, err))
    return u;
  hp_arena_free(u->arena);
  free(u);
  return NULL;
}

IrUnit *ir_read_unit_in(HpArena *arena, void *bytes, size_t size, const char *path, HpError *err) {
  if (!read_head(bytes, size, path, err))
    return NULL;
  IrUnit *u = hp_calloc(1, sizeof *u);
  if (read_body(u, bytes, size, arena, path, err))
    return u;
  free(u);
  return NULL;
}
