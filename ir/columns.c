/* Unit records made small: table by table and column by column, each number as the difference to
 * what the rows before let expect, in as few bytes as it needs. The functions' tables of one kind
 * are one table here. What repeats then is for a compressor of bytes to find.
 *
 * Packed: the record's head, then the columns one after the other. The reader checks all bounds;
 * what the numbers say is checked by who reads the record. */
#include "ir/serial_parts.h"

#include <stdlib.h>
#include <string.h>

/* What a number is expected to be. */
typedef enum How {
  PLAIN, /* 0 */
  AFTER, /* what it was in the row before */
  RUN,   /* where the run of the row before ends: its number plus its count, the column `with` */
  FROM,  /* the column `with` of this row */
  KIND,  /* what it was in the last row whose first byte was the same */
  AUX,   /* the same for instructions, all that have an address counting as one kind */
  REF,   /* an operand: what the last one of its kind was */
} How;

typedef struct Column {
  uint8_t at, size, how, with, with_size;
} Column;

typedef struct Shape {
  uint32_t size, ncolumns;
  const Column *columns; /* `with` names columns further up, and counts */
} Shape;

/* NOLINTBEGIN(bugprone-macro-parentheses): types and members cannot have any */
#define AT(type, member) offsetof(type, member), sizeof(((type *)0)->member)
#define COLUMN(type, member, how) {AT(type, member), how, 0, 0}
#define COLUMN_WITH(type, member, how, other) {AT(type, member), how, AT(type, other)}
#define SHAPE(type, columns) {sizeof(type), sizeof(columns) / sizeof *(columns), columns}
#define LOC(type, member)                                                                          \
  COLUMN(type, member.file, AFTER), COLUMN(type, member.line, AFTER),                              \
      COLUMN_WITH(type, member.end_line, FROM, member.line), COLUMN(type, member.column, AFTER),   \
      COLUMN_WITH(type, member.end_column, FROM, member.column), COLUMN(type, member.macro, AFTER)
/* NOLINTEND(bugprone-macro-parentheses) */

static const Column chars[] = {{0, 1, PLAIN, 0, 0}};
static const Column refs[] = {{0, 4, REF, 0, 0}};
static const Column edges[] = {{0, 4, AFTER, 0, 0}};
static const Column files[] = {COLUMN(IrFile, path, AFTER), COLUMN(IrFile, flags, PLAIN)};
static const Column macros[] = {COLUMN(IrMacro, name, AFTER), COLUMN(IrMacro, file, AFTER),
                                COLUMN(IrMacro, line, AFTER), COLUMN(IrMacro, column, PLAIN),
                                COLUMN(IrMacro, flags, PLAIN)};
static const Column types[] = {COLUMN(IrType, kind, PLAIN),  COLUMN(IrType, align_log2, PLAIN),
                               COLUMN(IrType, flags, PLAIN), COLUMN(IrType, sub, AFTER),
                               COLUMN(IrType, record, KIND), COLUMN(IrType, name, AFTER),
                               COLUMN(IrType, size, PLAIN),  COLUMN(IrType, count, PLAIN)};
static const Column records[] = {
    COLUMN(IrRecord, name, AFTER),    COLUMN(IrRecord, type, AFTER),
    COLUMN(IrRecord, size, PLAIN),    COLUMN(IrRecord, align, PLAIN),
    COLUMN(IrRecord, nfields, PLAIN), COLUMN_WITH(IrRecord, fields, RUN, nfields),
    COLUMN(IrRecord, flags, PLAIN),   LOC(IrRecord, loc)};
static const Column fields[] = {
    COLUMN(IrField, name, AFTER), COLUMN(IrField, type, AFTER), COLUMN(IrField, width_bits, PLAIN),
    COLUMN_WITH(IrField, offset_bits, RUN, width_bits), COLUMN(IrField, flags, PLAIN)};
static const Column symbols[] = {
    COLUMN(IrSymbol, name, AFTER),      COLUMN(IrSymbol, type, AFTER),
    COLUMN(IrSymbol, flags, PLAIN),     LOC(IrSymbol, loc),
    COLUMN(IrSymbol, link_name, AFTER), COLUMN(IrSymbol, alias, AFTER)};
static const Column literals[] = {COLUMN(IrLiteral, length, PLAIN),
                                  COLUMN_WITH(IrLiteral, offset, RUN, length)};
static const Column inits[] = {COLUMN(IrPointerInit, in, AFTER), COLUMN(IrPointerInit, target, REF),
                               COLUMN(IrPointerInit, offset, AFTER),
                               COLUMN(IrPointerInit, addend, PLAIN)};
static const Column heads[] = {COLUMN(SerialFnHead, sym, AFTER),
                               COLUMN(SerialFnHead, nparams, PLAIN),
                               COLUMN(SerialFnHead, result, PLAIN),
                               COLUMN(SerialFnHead, flags, PLAIN),
                               LOC(SerialFnHead, loc),
                               LOC(SerialFnHead, name_loc),
                               COLUMN(SerialFnHead, counts[0], PLAIN),
                               COLUMN(SerialFnHead, counts[1], PLAIN),
                               COLUMN(SerialFnHead, counts[2], PLAIN),
                               COLUMN(SerialFnHead, counts[3], PLAIN),
                               COLUMN(SerialFnHead, counts[4], PLAIN),
                               COLUMN(SerialFnHead, counts[5], PLAIN),
                               COLUMN(SerialFnHead, counts[6], PLAIN),
                               COLUMN(SerialFnHead, counts[7], PLAIN),
                               COLUMN(SerialFnHead, counts[8], PLAIN),
                               COLUMN(SerialFnHead, counts[9], PLAIN),
                               COLUMN(SerialFnHead, counts[10], PLAIN)};
static const Column blocks[] = {COLUMN(IrBlock, count, PLAIN),
                                COLUMN_WITH(IrBlock, first, RUN, count),
                                COLUMN(IrBlock, nsuccs, PLAIN),
                                COLUMN(IrBlock, npreds, PLAIN),
                                COLUMN_WITH(IrBlock, succs, RUN, nsuccs),
                                COLUMN_WITH(IrBlock, preds, FROM, succs),
                                COLUMN(IrBlock, info, PLAIN)};
static const Column infos[] = {COLUMN(IrBlockInfo, flags, PLAIN), COLUMN(IrBlockInfo, loc, AFTER),
                               COLUMN(IrBlockInfo, label, PLAIN),
                               COLUMN(IrBlockInfo, ncases, PLAIN),
                               COLUMN_WITH(IrBlockInfo, cases, RUN, ncases)};
static const Column insns[] = {COLUMN(IrInsn, op, PLAIN),   COLUMN(IrInsn, flags, PLAIN),
                               COLUMN(IrInsn, nargs, KIND), COLUMN_WITH(IrInsn, args, RUN, nargs),
                               COLUMN(IrInsn, type, PLAIN), COLUMN(IrInsn, aux, AUX),
                               COLUMN(IrInsn, loc, AFTER),  COLUMN(IrInsn, name, PLAIN)};
enum { ADDR_HOPS = offsetof(IrAddr, size) + sizeof(uint64_t) }; /* bit-fields from here on */
static const Column addrs[] = {COLUMN(IrAddr, base, REF),         COLUMN(IrAddr, index, REF),
                               COLUMN(IrAddr, offset, PLAIN),     COLUMN(IrAddr, scale, PLAIN),
                               COLUMN(IrAddr, type, PLAIN),       COLUMN(IrAddr, size, PLAIN),
                               {ADDR_HOPS, 4, AFTER, 0, 0},       {ADDR_HOPS + 4, 2, PLAIN, 0, 0},
                               COLUMN(IrAddr, bit_offset, PLAIN), COLUMN(IrAddr, bit_width, PLAIN)};
static const Column hops[] = {COLUMN(IrHop, record, PLAIN), COLUMN(IrHop, field, PLAIN)};
static const Column consts[] = {COLUMN(IrConst, type, PLAIN), COLUMN(IrConst, is_float, PLAIN),
                                COLUMN(IrConst, u, PLAIN)};
static const Column locals[] = {COLUMN(IrLocal, name, AFTER), COLUMN(IrLocal, type, PLAIN),
                                COLUMN(IrLocal, flags, PLAIN), COLUMN(IrLocal, loc, AFTER)};
static const Column cases[] = {COLUMN(IrCase, low, AFTER), COLUMN_WITH(IrCase, high, FROM, low),
                               COLUMN(IrCase, succ, AFTER)};
static const Column spans[] = {COLUMN(IrSpan, file, AFTER), COLUMN(IrSpan, lines, PLAIN),
                               COLUMN(IrSpan, macro, AFTER)};
static const Column locs[] = {COLUMN(IrSpot, line, AFTER), COLUMN(IrSpot, column, PLAIN),
                              COLUMN_WITH(IrSpot, end_column, FROM, column),
                              COLUMN(IrSpot, span, AFTER)};

static const Shape unit_shapes[SERIAL_UNIT_TABLES] = {
    SHAPE(char, chars),         SHAPE(IrFile, files),     SHAPE(IrMacro, macros),
    SHAPE(IrSpan, spans),       SHAPE(IrType, types),     SHAPE(IrRecord, records),
    SHAPE(IrField, fields),     SHAPE(IrSymbol, symbols), SHAPE(IrLiteral, literals),
    SHAPE(IrPointerInit, inits)};
static const Shape head_shape = SHAPE(SerialFnHead, heads);
static const Shape fn_shapes[SERIAL_FN_TABLES] = {
    SHAPE(IrBlock, blocks), SHAPE(IrBlockInfo, infos), SHAPE(IrInsn, insns),
    SHAPE(IrRef, refs),     SHAPE(IrAddr, addrs),      SHAPE(IrHop, hops),
    SHAPE(IrConst, consts), SHAPE(IrLocal, locals),    SHAPE(IrBlockId, edges),
    SHAPE(IrCase, cases),   SHAPE(IrSpot, locs)};

/* A new field is to become a column. */
_Static_assert(sizeof(IrFile) == 8 && sizeof(IrMacro) == 16 && sizeof(IrType) == 32 &&
                   sizeof(IrRecord) == 56 && sizeof(IrField) == 24 && sizeof(IrSymbol) == 40 &&
                   sizeof(IrLiteral) == 8 && sizeof(IrPointerInit) == 24 &&
                   sizeof(SerialFnHead) == 104 && sizeof(IrBlock) == 28 &&
                   sizeof(IrBlockInfo) == 20 && sizeof(IrInsn) == 24 && sizeof(IrAddr) == 40 &&
                   sizeof(IrHop) == 8 && sizeof(IrConst) == 16 && sizeof(IrLocal) == 16 &&
                   sizeof(IrCase) == 24 && sizeof(IrSpot) == 12 && sizeof(IrSpan) == 12,
               "the tables have changed");

/* ---- numbers --------------------------------------------------------------------------------- */

static inline uint64_t number_at(const char *row, unsigned at, unsigned size) {
  uint64_t v = 0;
  memcpy(&v, row + at, size);
  return v;
}

/* The last number of each kind. */
typedef struct Past {
  uint64_t last[256];
} Past;

static inline uint32_t kind_of(const Column *c, const char *row) {
  uint8_t kind = (uint8_t)row[0];
  return c->how == AUX && kind < IR_OP_COUNT && ir_ops[kind].operands[0] == 'm' ? IR_LOAD : kind;
}

static inline uint64_t expected(How how, const Column *c, const char *row, const char *before,
                                unsigned size, const Past *past) {
  switch (how) {
  case PLAIN:
  case REF:
    return 0;
  case AFTER:
    return number_at(before, c->at, size);
  case RUN:
    return number_at(before, c->at, size) + number_at(before, c->with, c->with_size);
  case FROM:
    return number_at(row, c->with, c->with_size);
  case KIND:
  case AUX:
    return past->last[kind_of(c, row)];
  }
  return 0;
}

/* Small numbers of either sign as small numbers. `size`: bytes in which they are counted. */
static inline uint64_t folded(uint64_t difference, unsigned size) {
  unsigned unused = 64 - 8 * size;
  int64_t d = (int64_t)(difference << unused) >> unused;
  return (uint64_t)d << 1 ^ (uint64_t)(d >> 63);
}

static inline uint64_t unfolded(uint64_t n) {
  return n >> 1 ^ (0 - (n & 1));
}

/* ---- packing --------------------------------------------------------------------------------- */

static void put_number(HpBuf *out, uint64_t n) {
  char bytes[10];
  unsigned count = 0;
  for (; n >= 128; n >>= 7)
    bytes[count++] = (char)(n | 128);
  bytes[count++] = (char)n;
  hp_buf_addn(out, bytes, count);
}

static void pack_column(HpBuf *out, const Column *c, const char *rows, size_t count,
                        size_t row_size) {
  static const char zeros[128];
  Past past = {{0}};
  const char *before = zeros;
  for (size_t i = 0; i < count; i++) {
    const char *row = rows + i * row_size;
    uint64_t v = number_at(row, c->at, c->size);
    if (c->how == REF) {
      uint64_t kind = v >> IR_REF_SHIFT, index = v & IR_REF_MASK;
      put_number(out, folded(index - past.last[kind], 4) << 3 | kind);
      past.last[kind] = index;
    } else {
      put_number(out, folded(v - expected((How)c->how, c, row, before, c->size, &past), c->size));
      if (c->how == KIND || c->how == AUX)
        past.last[kind_of(c, row)] = v;
    }
    before = row;
  }
}

static void end_column(const HpBuf *out, HpBuf *ends) {
  if (ends)
    hp_buf_addn(ends, &out->length, sizeof out->length);
}

static void pack_table(HpBuf *out, HpBuf *ends, const Shape *shape, const char *rows,
                       size_t count) {
  if (shape->size == 1) {
    hp_buf_addn(out, rows, count);
    end_column(out, ends);
    return;
  }
  for (uint32_t c = 0; c < shape->ncolumns; c++) {
    pack_column(out, &shape->columns[c], rows, count, shape->size);
    end_column(out, ends);
  }
}

typedef struct Source {
  const char *at;
  size_t left;
} Source;

/* The next `count` rows; NULL when there are not so many. */
static const void *next_rows(Source *from, size_t count, size_t row_size) {
  size_t padded = serial_padded(count * row_size);
  if (padded > from->left)
    return NULL;
  const char *at = from->at;
  from->at += padded;
  from->left -= padded;
  return at;
}

static bool gather_bodies(Source *from, const SerialFnHead *fns, uint32_t nfns, HpBuf *rows) {
  for (uint32_t f = 0; f < nfns; f++)
    for (int t = 0; t < SERIAL_FN_TABLES; t++) {
      const char *at = next_rows(from, fns[f].counts[t], fn_shapes[t].size);
      if (!at)
        return false;
      hp_buf_addn(&rows[t], at, (size_t)fns[f].counts[t] * fn_shapes[t].size);
    }
  return !from->left;
}

bool ir_pack_record(HpBuf *out, HpBuf *ends, const void *record, size_t size) {
  SerialHead head;
  if (size < sizeof head)
    return false;
  memcpy(&head, record, sizeof head);
  hp_buf_addn(out, &head, sizeof head);
  Source from = {(const char *)record + sizeof head, size - sizeof head};
  for (int t = 0; t < SERIAL_UNIT_TABLES; t++) {
    const char *rows = next_rows(&from, head.counts[t], unit_shapes[t].size);
    if (!rows)
      return false;
    pack_table(out, ends, &unit_shapes[t], rows, head.counts[t]);
  }
  const SerialFnHead *fns = next_rows(&from, head.nfunctions, sizeof(SerialFnHead));
  HpBuf rows[SERIAL_FN_TABLES] = {{0}};
  bool ok = fns && gather_bodies(&from, fns, head.nfunctions, rows);
  if (ok)
    pack_table(out, ends, &head_shape, (const char *)fns, head.nfunctions);
  for (int t = 0; t < SERIAL_FN_TABLES; t++) {
    if (ok)
      pack_table(out, ends, &fn_shapes[t], rows[t].text, rows[t].length / fn_shapes[t].size);
    hp_buf_free(&rows[t]);
  }
  return ok;
}

/* ---- unpacking ------------------------------------------------------------------------------- */

typedef struct Reader {
  const unsigned char *at, *end;
  bool bad; /* the bytes are at an end too early */
} Reader;

static inline uint64_t get_number(Reader *r) {
  uint64_t n = 0;
  if (r->at < r->end && *r->at < 128)
    return *r->at++;
  for (unsigned shift = 0; shift < 64 && r->at < r->end; shift += 7) {
    uint64_t byte = *r->at++;
    n |= (byte & 127) << shift;
    if (byte < 128)
      return n;
  }
  r->bad = true;
  return 0;
}

/* `how` and `size` are the column's: the usual ones are compiled in. */
static inline __attribute__((always_inline)) void unpack_as(How how, unsigned size, Reader *r,
                                                            const Column *c, char *rows,
                                                            size_t count, size_t row_size) {
  static const char zeros[128];
  Past past;
  if (how == KIND || how == AUX || how == REF)
    memset(&past, 0, sizeof past);
  const char *before = zeros;
  for (size_t i = 0; i < count; i++) {
    char *row = rows + i * row_size;
    uint64_t n = get_number(r), v;
    if (how == REF) {
      uint64_t kind = n & 7, index = (past.last[kind] + unfolded(n >> 3)) & IR_REF_MASK;
      past.last[kind] = index;
      v = kind << IR_REF_SHIFT | index;
    } else {
      v = expected(how, c, row, before, size, &past) + unfolded(n);
    }
    if (how == KIND || how == AUX)
      past.last[kind_of(c, row)] = v;
    memcpy(row + c->at, &v, size);
    before = row;
  }
}

static void unpack_column(Reader *r, const Column *c, char *rows, size_t count, size_t row_size) {
  How how = (How)c->how;
  if (c->size == 4 && how == PLAIN)
    unpack_as(PLAIN, 4, r, c, rows, count, row_size);
  else if (c->size == 4 && how == AFTER)
    unpack_as(AFTER, 4, r, c, rows, count, row_size);
  else if (how == REF)
    unpack_as(REF, 4, r, c, rows, count, row_size);
  else
    unpack_as(how, c->size, r, c, rows, count, row_size);
}

static bool unpack_table(Reader *r, const Shape *shape, char *rows, size_t count) {
  if (shape->size == 1) {
    if (count > (size_t)(r->end - r->at))
      return false;
    if (count)
      memcpy(rows, r->at, count);
    r->at += count;
    return true;
  }
  if (count > (size_t)(r->end - r->at)) /* each row has a byte at least */
    return false;
  for (uint32_t c = 0; c < shape->ncolumns && !r->bad; c++)
    unpack_column(r, &shape->columns[c], rows, count, shape->size);
  return !r->bad;
}

typedef struct Room {
  char *at;
  size_t left;
} Room;

/* The next bytes of the record; NULL when it has not so many. */
static void *take(Room *room, size_t bytes) {
  size_t padded = serial_padded(bytes);
  if (padded > room->left)
    return NULL;
  char *at = room->at;
  room->at += padded;
  room->left -= padded;
  return at;
}

/* The functions' tables of one kind, and from there to where each function has its own. */
static bool unpack_bodies(Reader *r, const SerialFnHead *fns, uint32_t nfns, Room *room) {
  char *rows[SERIAL_FN_TABLES] = {NULL}, *next[SERIAL_FN_TABLES];
  bool ok = true;
  for (int t = 0; ok && t < SERIAL_FN_TABLES; t++) {
    size_t count = 0, size = fn_shapes[t].size;
    for (uint32_t f = 0; f < nfns; f++)
      count += fns[f].counts[t];
    ok = count * size <= room->left;
    if (ok) {
      next[t] = rows[t] = hp_calloc(count, size);
      ok = unpack_table(r, &fn_shapes[t], rows[t], count);
    }
  }
  for (uint32_t f = 0; ok && f < nfns; f++)
    for (int t = 0; ok && t < SERIAL_FN_TABLES; t++) {
      size_t bytes = (size_t)fns[f].counts[t] * fn_shapes[t].size;
      char *to = take(room, bytes);
      ok = to != NULL;
      if (ok && bytes)
        memcpy(to, next[t], bytes);
      next[t] += bytes;
    }
  for (int t = 0; t < SERIAL_FN_TABLES; t++)
    free(rows[t]);
  return ok;
}

bool ir_unpack_record(const void *packed, size_t packed_size, void *record, size_t size) {
  Reader r = {packed, (const unsigned char *)packed + packed_size, false};
  SerialHead head;
  if (packed_size < sizeof head || size < sizeof head)
    return false;
  memcpy(&head, packed, sizeof head);
  memcpy(record, &head, sizeof head);
  r.at += sizeof head;
  Room room = {(char *)record + sizeof head, size - sizeof head};
  for (int t = 0; t < SERIAL_UNIT_TABLES; t++) {
    char *rows = take(&room, (size_t)head.counts[t] * unit_shapes[t].size);
    if (!rows || !unpack_table(&r, &unit_shapes[t], rows, head.counts[t]))
      return false;
  }
  SerialFnHead *fns = take(&room, head.nfunctions * sizeof *fns);
  return fns && unpack_table(&r, &head_shape, (char *)fns, head.nfunctions) &&
         unpack_bodies(&r, fns, head.nfunctions, &room) && !room.left && r.at == r.end;
}
