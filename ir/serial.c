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

/* A table: where its pointer (of whatever type) and count are and how large its elements are. */
typedef struct Table {
  void *slot;
  uint32_t *count;
  size_t size;
} Table;

#define TABLE(owner, array, n) {&(owner)->array, &(owner)->n, sizeof *(owner)->array}

/* All tables of a unit but functions, which have heads of their own. */
#define UNIT_TABLE_LIST(u)                                                                         \
  TABLE(u, strings, nstrings), TABLE(u, files, nfiles), TABLE(u, macros, nmacros),                 \
      TABLE(u, spans, nspans), TABLE(u, types, ntypes), TABLE(u, records, nrecords),               \
      TABLE(u, fields, nfields), TABLE(u, symbols, nsymbols), TABLE(u, literals, nliterals),       \
      TABLE(u, inits, ninits)
#define FN_TABLE_LIST(f)                                                                           \
  TABLE(f, blocks, nblocks), TABLE(f, infos, ninfos), TABLE(f, insns, ninsns),                     \
      TABLE(f, args, nargs), TABLE(f, addrs, naddrs), TABLE(f, hops, nhops),                       \
      TABLE(f, consts, nconsts), TABLE(f, locals, nlocals), TABLE(f, edges, nedges),               \
      TABLE(f, cases, ncases), TABLE(f, locs, nlocs)

static const void *items_of(const Table *t) {
  void *items;
  memcpy(&items, t->slot, sizeof items);
  return items;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put(HpBuf *out, const void *items, size_t bytes) {
  static const char zeros[8];
  hp_buf_addn(out, items, bytes);
  hp_buf_addn(out, zeros, -bytes & 7);
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
  return (SerialFnHead){
      .sym = fn->sym,
      .nparams = fn->nparams,
      .result = fn->result,
      .flags = fn->flags,
      .loc = fn->loc,
      .name_loc = fn->name_loc,
      .counts = {fn->nblocks, fn->ninfos, fn->ninsns, fn->nargs, fn->naddrs, fn->nhops, fn->nconsts,
                 fn->nlocals, fn->nedges, fn->ncases, fn->nlocs},
  };
}

static void put_function(HpBuf *out, const IrFunction *fn) {
  IrFunction copy = *fn;
  const Table tables[SERIAL_FN_TABLES] = {FN_TABLE_LIST(&copy)};
  for (int i = 0; i < SERIAL_FN_TABLES; i++) {
    if (tables[i].count == &copy.ncases)
      put_cases(out, fn);
    else
      put(out, items_of(&tables[i]), *tables[i].count * tables[i].size);
  }
}

void ir_write_unit(HpBuf *out, const IrUnit *unit) {
  IrUnit u = *unit;
  const Table tables[SERIAL_UNIT_TABLES] = {UNIT_TABLE_LIST(&u)};
  size_t start = out->length;
  SerialHead head = {.version = IR_SERIAL_VERSION, .path = u.path};
  memcpy(head.magic, magic, sizeof magic);
  for (int i = 0; i < SERIAL_UNIT_TABLES; i++)
    head.counts[i] = *tables[i].count;
  head.nfunctions = u.nfunctions;
  put(out, &head, sizeof head);
  for (int i = 0; i < SERIAL_UNIT_TABLES; i++) {
    if (tables[i].count == &u.nrecords)
      put_records(out, unit);
    else
      put(out, items_of(&tables[i]), *tables[i].count * tables[i].size);
  }
  for (uint32_t i = 0; i < u.nfunctions; i++) {
    SerialFnHead fn = fn_head(&u.functions[i]);
    put(out, &fn, sizeof fn);
  }
  for (uint32_t i = 0; i < u.nfunctions; i++)
    put_function(out, &u.functions[i]);
  head.size = out->length - start;
  memcpy(out->text + start, &head, sizeof head);
}

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct Reader {
  char *at;
  size_t left;
} Reader;

/* The next `count` elements; false when there are not so many left. */
static bool take(Reader *r, void **items, uint32_t count, size_t element) {
  size_t padded = serial_padded(count * element); /* fits: 32 bits times a small number */
  if (padded > r->left)
    return false;
  *items = count ? r->at : NULL;
  r->at += padded;
  r->left -= padded;
  return true;
}

static bool take_all(Reader *r, const Table *tables, const uint32_t *counts, int n) {
  for (int i = 0; i < n; i++) {
    void *items;
    if (!take(r, &items, counts[i], tables[i].size))
      return false;
    *tables[i].count = counts[i];
    memcpy(tables[i].slot, &items, sizeof items);
  }
  return true;
}

static bool take_functions(Reader *r, IrUnit *u, uint32_t count, HpArena *arena) {
  void *heads;
  if (!take(r, &heads, count, sizeof(SerialFnHead)))
    return false;
  u->functions = HP_NEW(arena, IrFunction, count);
  u->nfunctions = count;
  for (uint32_t i = 0; i < count; i++) {
    const SerialFnHead *h = (const SerialFnHead *)heads + i;
    IrFunction *fn = &u->functions[i];
    fn->sym = h->sym;
    fn->nparams = h->nparams;
    fn->result = h->result;
    fn->flags = h->flags;
    fn->loc = h->loc;
    fn->name_loc = h->name_loc;
    fn->spans = u->spans;
    const Table tables[SERIAL_FN_TABLES] = {FN_TABLE_LIST(fn)};
    if (!take_all(r, tables, h->counts, SERIAL_FN_TABLES))
      return false;
  }
  return true;
}

static bool read_tables(IrUnit *u, void *bytes, size_t size, HpArena *arena) {
  const SerialHead *head = bytes;
  Reader r = {(char *)bytes + sizeof *head, size - sizeof *head};
  const Table tables[SERIAL_UNIT_TABLES] = {UNIT_TABLE_LIST(u)};
  u->path = head->path;
  return take_all(&r, tables, head->counts, SERIAL_UNIT_TABLES) &&
         take_functions(&r, u, head->nfunctions, arena) && !r.left;
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
