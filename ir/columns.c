/* Unit records made small: table by table and column by column, each number as the difference to
 * what the rows before let expect, in as few bytes as it needs. The functions' tables of one kind
 * are one table here, and before that, what expect.c expects is taken away. What repeats then is
 * for a compressor of bytes to find.
 *
 * Packed: the record's head, then the columns one after the other. The reader checks all bounds;
 * what the numbers say is checked by who reads the record. */
#include "ir/serial_parts.h"

#include <stdlib.h>
#include <string.h>

/* What a number is expected to be. */
typedef enum How {
  PLAIN,   /* 0 */
  AFTER,   /* what it was in the row before */
  RUN,     /* where the run of the row before ends: its number plus its count, the column `with` */
  FROM,    /* the column `with` of this row */
  KIND,    /* what it was in the last row whose first byte was the same */
  REF,     /* an operand: what the last one of its kind was */
  NAME,    /* a string by its number: 0 */
  NAMES,   /* a string by its number: what it was in the row before */
  BARE,    /* 0; there are no negative ones */
  OPERAND, /* 0; only those of values may be negative */
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
static const Column refs[] = {{0, 4, OPERAND, 0, 0}};
static const Column edges[] = {{0, 4, PLAIN, 0, 0}};
static const Column files[] = {COLUMN(IrFile, path, NAMES), COLUMN(IrFile, flags, PLAIN)};
static const Column macros[] = {COLUMN(IrMacro, name, NAMES), COLUMN(IrMacro, file, AFTER),
                                COLUMN(IrMacro, line, AFTER), COLUMN(IrMacro, column, PLAIN),
                                COLUMN(IrMacro, flags, PLAIN)};
static const Column types[] = {COLUMN(IrType, kind, PLAIN),  COLUMN(IrType, align_log2, PLAIN),
                               COLUMN(IrType, flags, PLAIN), COLUMN(IrType, sub, AFTER),
                               COLUMN(IrType, record, KIND), COLUMN(IrType, name, NAMES),
                               COLUMN(IrType, size, PLAIN),  COLUMN(IrType, count, PLAIN)};
static const Column records[] = {
    COLUMN(IrRecord, name, NAMES),    COLUMN(IrRecord, type, AFTER),
    COLUMN(IrRecord, size, PLAIN),    COLUMN(IrRecord, align, PLAIN),
    COLUMN(IrRecord, nfields, PLAIN), COLUMN_WITH(IrRecord, fields, RUN, nfields),
    COLUMN(IrRecord, flags, PLAIN),   LOC(IrRecord, loc)};
static const Column fields[] = {
    COLUMN(IrField, name, NAMES), COLUMN(IrField, type, AFTER), COLUMN(IrField, width_bits, PLAIN),
    COLUMN_WITH(IrField, offset_bits, RUN, width_bits), COLUMN(IrField, flags, PLAIN)};
static const Column symbols[] = {
    COLUMN(IrSymbol, name, NAMES),      COLUMN(IrSymbol, type, AFTER),
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
static const Column blocks[] = {COLUMN(IrBlock, count, PLAIN),  COLUMN(IrBlock, first, PLAIN),
                                COLUMN(IrBlock, nsuccs, PLAIN), COLUMN(IrBlock, npreds, PLAIN),
                                COLUMN(IrBlock, succs, PLAIN),  COLUMN(IrBlock, preds, PLAIN),
                                COLUMN(IrBlock, info, PLAIN)};
static const Column infos[] = {COLUMN(IrBlockInfo, flags, PLAIN), COLUMN(IrBlockInfo, loc, AFTER),
                               COLUMN(IrBlockInfo, label, PLAIN),
                               COLUMN(IrBlockInfo, ncases, PLAIN),
                               COLUMN_WITH(IrBlockInfo, cases, RUN, ncases)};
static const Column insns[] = {COLUMN(IrInsn, op, PLAIN),    COLUMN(IrInsn, flags, PLAIN),
                               COLUMN(IrInsn, nargs, PLAIN), COLUMN(IrInsn, args, PLAIN),
                               COLUMN(IrInsn, type, PLAIN),  COLUMN(IrInsn, aux, BARE),
                               COLUMN(IrInsn, loc, PLAIN),   COLUMN(IrInsn, name, NAME)};
enum { ADDR_HOPS = offsetof(IrAddr, size) + sizeof(uint64_t) }; /* bit-fields from here on */
static const Column addrs[] = {COLUMN(IrAddr, base, OPERAND),     COLUMN(IrAddr, index, OPERAND),
                               COLUMN(IrAddr, offset, PLAIN),     COLUMN(IrAddr, scale, PLAIN),
                               COLUMN(IrAddr, type, PLAIN),       COLUMN(IrAddr, size, PLAIN),
                               {ADDR_HOPS, 4, AFTER, 0, 0},       {ADDR_HOPS + 4, 2, PLAIN, 0, 0},
                               COLUMN(IrAddr, bit_offset, PLAIN), COLUMN(IrAddr, bit_width, PLAIN)};
static const Column hops[] = {COLUMN(IrHop, record, PLAIN), COLUMN(IrHop, field, PLAIN)};
static const Column consts[] = {COLUMN(IrConst, type, PLAIN), COLUMN(IrConst, is_float, PLAIN),
                                COLUMN(IrConst, u, PLAIN)};
static const Column locals[] = {COLUMN(IrLocal, name, NAMES), COLUMN(IrLocal, type, PLAIN),
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

static inline uint64_t expected(How how, const Column *c, const char *row, const char *before,
                                unsigned size, const Past *past) {
  switch (how) {
  case PLAIN:
  case REF:
  case NAME:
  case NAMES:
  case BARE:
  case OPERAND:
    return 0;
  case AFTER:
    return number_at(before, c->at, size);
  case RUN:
    return number_at(before, c->at, size) + number_at(before, c->with, c->with_size);
  case FROM:
    return number_at(row, c->with, c->with_size);
  case KIND:
    return past->last[(uint8_t)row[0]];
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

/* The unit's strings by number, in the order of the table: small numbers, one more for the next. */
typedef struct Strings {
  uint32_t *starts, count;   /* where they begin */
  uint32_t *numbers, nchars; /* packing: of what begins there; IR_NONE for nothing */
} Strings;

static void find_strings(Strings *s, const char *text, uint32_t nchars, bool numbers) {
  uint32_t cap = 0;
  *s = (Strings){.nchars = nchars};
  for (const char *at = text; at && at < text + nchars;) {
    HP_GROW(s->starts, s->count, cap);
    s->starts[s->count++] = (uint32_t)(at - text);
    at = memchr(at, 0, (size_t)(text + nchars - at));
    at = at ? at + 1 : NULL;
  }
  if (!numbers)
    return;
  s->numbers = hp_malloc(nchars * sizeof *s->numbers);
  memset(s->numbers, 0xFF, nchars * sizeof *s->numbers);
  for (uint32_t i = 0; i < s->count; i++)
    s->numbers[s->starts[i]] = i;
}

static void free_strings(Strings *s) {
  free(s->starts);
  free(s->numbers);
}

/* What is no string's beginning comes behind all numbers. */
static inline uint64_t string_number(const Strings *s, uint64_t at) {
  return at < s->nchars && s->numbers[at] != IR_NONE ? s->numbers[at] : s->count + at;
}

static inline uint64_t number_string(const Strings *s, uint64_t n) {
  return n < s->count ? s->starts[n] : n - s->count;
}

/* The kind and the index of an operand, and back. */
static inline uint64_t ref_number(uint64_t ref) {
  uint64_t kind = ref >> IR_REF_SHIFT, index = ref & IR_REF_MASK;
  return (kind == IR_REF_VALUE ? folded(index << 3, 4) >> 3 : index) << 3 | kind;
}

static inline uint64_t number_ref(uint64_t n) {
  uint64_t kind = n & 7, index = n >> 3;
  return kind << IR_REF_SHIFT | ((kind == IR_REF_VALUE ? unfolded(index) : index) & IR_REF_MASK);
}

/* The same as the difference to the last one of its kind. */
static inline uint64_t past_ref_number(Past *past, uint64_t ref) {
  uint64_t kind = ref >> IR_REF_SHIFT, index = ref & IR_REF_MASK;
  uint64_t n = folded(index - past->last[kind], 4) << 3 | kind;
  past->last[kind] = index;
  return n;
}

static inline uint64_t past_number_ref(Past *past, uint64_t n) {
  uint64_t kind = n & 7, index = (past->last[kind] + unfolded(n >> 3)) & IR_REF_MASK;
  past->last[kind] = index;
  return kind << IR_REF_SHIFT | index;
}

/* ---- a column packed ---------------------------------------------------------------------------
 */

enum { MOST_BYTES = 10 }; /* of a number */

static inline char *put_number(char *at, uint64_t n) {
  for (; n >= 128; n >>= 7)
    *at++ = (char)(n | 128);
  *at++ = (char)n;
  return at;
}

typedef struct Packer {
  HpBuf *out;
  IrEnds *ends; /* NULL: not asked */
  Strings strings;
} Packer;

/* `how` and `size` are the column's, compiled in. */
static inline __attribute__((always_inline)) void pack_as(How how, unsigned size, const Packer *p,
                                                          const Column *c, const char *rows,
                                                          size_t count, size_t row_size) {
  static const char zeros[128];
  Past past;
  if (how == KIND || how == REF || how == NAMES)
    memset(&past, 0, sizeof past);
  const char *before = zeros;
  hp_buf_reserve(p->out, count * MOST_BYTES);
  char *at = p->out->text + p->out->length;
  for (size_t i = 0; i < count; i++, before = rows, rows += row_size) {
    uint64_t v = number_at(rows, c->at, size), n;
    if (how == REF)
      n = past_ref_number(&past, v);
    else if (how == OPERAND)
      n = ref_number(v);
    else if (how == BARE)
      n = v;
    else if (how == NAME)
      n = string_number(&p->strings, v);
    else if (how == NAMES)
      n = folded(string_number(&p->strings, v) - past.last[0], 8);
    else
      n = folded(v - expected(how, c, rows, before, size, &past), size);
    if (how == NAMES)
      past.last[0] = string_number(&p->strings, v);
    if (how == KIND)
      past.last[(uint8_t)rows[0]] = v;
    at = put_number(at, n);
  }
  *at = 0;
  p->out->length = (size_t)(at - p->out->text);
}

/* ---- a column unpacked -------------------------------------------------------------------------
 */

typedef struct Reader {
  const unsigned char *at, *end;
  bool bad; /* the bytes are at an end too early */
  Strings strings;
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

/* How many of the next eight bytes are numbers before the first longer one; 0 where there are not
 * so many bytes. */
static inline unsigned peek_short(const Reader *r, uint64_t *eight) {
  if (r->end - r->at < 8)
    return 0;
  memcpy(eight, r->at, sizeof *eight);
  uint64_t longer = *eight & UINT64_C(0x8080808080808080);
  return longer ? (unsigned)__builtin_ctzll(longer) / 8 : 8;
}

/* A column that is being read, row by row. */
typedef struct Filling {
  const Reader *r;
  const Column *column;
  const char *before; /* the last row */
  Past past;          /* for those that look at it */
} Filling;

/* The number `n` of the next row, whose column is zero before. */
static inline __attribute__((always_inline)) void fill(How how, unsigned size, Filling *f,
                                                       char *row, uint64_t n) {
  uint64_t v;
  if (how == REF)
    v = past_number_ref(&f->past, n);
  else if (how == OPERAND)
    v = number_ref(n);
  else if (how == BARE)
    v = n;
  else if (how == NAME)
    v = number_string(&f->r->strings, n);
  else if (how == NAMES)
    v = number_string(&f->r->strings, f->past.last[0] += unfolded(n));
  else
    v = expected(how, f->column, row, f->before, size, &f->past) + unfolded(n);
  if (how == KIND)
    f->past.last[(uint8_t)row[0]] = v;
  memcpy(row + f->column->at, &v, size);
  f->before = row;
}

/* Rows are zero before. `how` and `size` are the column's, compiled in. Most numbers have one byte:
 * up to eight of them are taken at once. */
static inline __attribute__((always_inline)) void unpack_as(How how, unsigned size, Reader *r,
                                                            const Column *c, char *rows,
                                                            size_t count, size_t row_size) {
  static const char zeros[128];
  Filling f;
  f.r = r;
  f.column = c;
  f.before = zeros;
  if (how == KIND || how == REF || how == NAMES)
    memset(&f.past, 0, sizeof f.past);
  for (size_t left = count; left;) {
    uint64_t eight = 0;
    unsigned run = peek_short(r, &eight);
    run = run < left ? run : (unsigned)left;
    r->at += run;
    left -= run;
    if (run == 8 && !eight && (how == PLAIN || how == BARE || how == NAME))
      rows += 8 * row_size;
    else
      for (unsigned k = 0; k < run; k++, rows += row_size)
        fill(how, size, &f, rows, eight >> 8 * k & 127);
    if (run < 8 && left) {
      fill(how, size, &f, rows, get_number(r));
      rows += row_size;
      left--;
    }
  }
}

/* ---- columns, either way ----------------------------------------------------------------------
 */

/* One of them is NULL, which is compiled in as well. */
typedef struct Way {
  const Packer *pack;
  Reader *unpack;
} Way;

static inline __attribute__((always_inline)) void turn_as(How how, unsigned size, Way way,
                                                          const Column *c, char *rows, size_t count,
                                                          size_t row_size) {
  if (way.pack)
    pack_as(how, size, way.pack, c, rows, count, row_size);
  else
    unpack_as(how, size, way.unpack, c, rows, count, row_size);
}

static inline __attribute__((always_inline)) void
turn_sized(How how, Way way, const Column *c, char *rows, size_t count, size_t row_size) {
  switch (c->size) {
  case 1:
    turn_as(how, 1, way, c, rows, count, row_size);
    break;
  case 2:
    turn_as(how, 2, way, c, rows, count, row_size);
    break;
  case 4:
    turn_as(how, 4, way, c, rows, count, row_size);
    break;
  default:
    turn_as(how, 8, way, c, rows, count, row_size);
  }
}

static inline __attribute__((always_inline)) void turn_column(Way way, const Column *c, char *rows,
                                                              size_t count, size_t row_size) {
  switch ((How)c->how) {
  case PLAIN:
    turn_sized(PLAIN, way, c, rows, count, row_size);
    break;
  case AFTER:
    turn_sized(AFTER, way, c, rows, count, row_size);
    break;
  case RUN:
    turn_as(RUN, c->size, way, c, rows, count, row_size);
    break;
  case FROM:
    turn_sized(FROM, way, c, rows, count, row_size);
    break;
  case KIND:
    turn_as(KIND, 4, way, c, rows, count, row_size);
    break;
  case REF:
    turn_as(REF, 4, way, c, rows, count, row_size);
    break;
  case NAME:
    turn_as(NAME, 4, way, c, rows, count, row_size);
    break;
  case NAMES:
    turn_as(NAMES, 4, way, c, rows, count, row_size);
    break;
  case BARE:
    turn_as(BARE, 4, way, c, rows, count, row_size);
    break;
  case OPERAND:
    turn_as(OPERAND, 4, way, c, rows, count, row_size);
    break;
  }
}

static void pack_column(const Packer *p, const Column *c, const char *rows, size_t count,
                        size_t row_size) {
  turn_column((Way){.pack = p}, c, (char *)(uintptr_t)rows, count, row_size); /* only read */
}

static void unpack_column(Reader *r, const Column *c, char *rows, size_t count, size_t row_size) {
  turn_column((Way){.unpack = r}, c, rows, count, row_size);
}

/* ---- packing -------------------------------------------------------------------------------- */

static void pack_table(const Packer *p, const Shape *shape, const char *rows, size_t count) {
  for (uint32_t c = 0; c < shape->ncolumns; c++) {
    if (shape->size == 1)
      hp_buf_addn(p->out, rows, count);
    else
      pack_column(p, &shape->columns[c], rows, count, shape->size);
    if (!p->ends)
      continue;
    HP_GROW(p->ends->items, p->ends->count, p->ends->cap);
    p->ends->items[p->ends->count++] = p->out->length;
  }
}

/* The functions' tables, those of one kind one after the other. */
typedef struct Bodies {
  char *rows[SERIAL_FN_TABLES];
} Bodies;

/* The tables of the function that comes next; `at`: their counts of rows so far. */
static IrFunction body_of(const Bodies *b, const size_t *at, const uint32_t *counts) {
  void *rows[SERIAL_FN_TABLES];
  for (int t = 0; t < SERIAL_FN_TABLES; t++)
    rows[t] = counts[t] ? b->rows[t] + at[t] * fn_shapes[t].size : NULL;
  return (IrFunction){.blocks = rows[SERIAL_BLOCKS],
                      .insns = rows[SERIAL_INSNS],
                      .args = rows[SERIAL_ARGS],
                      .addrs = rows[SERIAL_ADDRS],
                      .hops = rows[SERIAL_HOPS],
                      .consts = rows[SERIAL_CONSTS],
                      .locals = rows[SERIAL_LOCALS],
                      .edges = rows[SERIAL_EDGES],
                      .nblocks = counts[SERIAL_BLOCKS],
                      .ninsns = counts[SERIAL_INSNS],
                      .nargs = counts[SERIAL_ARGS],
                      .naddrs = counts[SERIAL_ADDRS],
                      .nhops = counts[SERIAL_HOPS],
                      .nconsts = counts[SERIAL_CONSTS],
                      .nlocals = counts[SERIAL_LOCALS],
                      .nedges = counts[SERIAL_EDGES]};
}

/* From the tables to what is left of them, or back. */
static void expect_bodies(const IrUnit *unit, bool back, const SerialFnHead *fns, uint32_t nfns,
                          const Bodies *value, const Bodies *left) {
  Expect *e = serial_expect_new(unit, back);
  size_t at[SERIAL_FN_TABLES] = {0};
  for (uint32_t f = 0; f < nfns; f++) {
    const IrFunction v = body_of(value, at, fns[f].counts), l = body_of(left, at, fns[f].counts);
    serial_expect(e, &v, &l);
    for (int t = 0; t < SERIAL_FN_TABLES; t++)
      at[t] += fns[f].counts[t];
  }
  serial_expect_free(e);
}

/* What the functions' numbers rest on; only read. */
static void take_table(IrUnit *u, int table, const void *rows, uint32_t count) {
  static const struct {
    int table;
    size_t rows, count;
  } taken[] = {{SERIAL_TYPES, offsetof(IrUnit, types), offsetof(IrUnit, ntypes)},
               {SERIAL_RECORDS, offsetof(IrUnit, records), offsetof(IrUnit, nrecords)},
               {SERIAL_FIELDS, offsetof(IrUnit, fields), offsetof(IrUnit, nfields)},
               {SERIAL_SYMBOLS, offsetof(IrUnit, symbols), offsetof(IrUnit, nsymbols)}};
  for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
    if (taken[i].table == table) {
      memcpy((char *)u + taken[i].rows, &rows, sizeof rows);
      memcpy((char *)u + taken[i].count, &count, sizeof count);
    }
}

static char *copied(const char *bytes, size_t size) {
  return memcpy(hp_malloc(size), bytes, size);
}

static bool pack_bodies(const Packer *p, const char *record, SerialBytes *bytes, const IrUnit *unit,
                        const SerialFnHead *fns, uint32_t nfns) {
  Bodies value = {{NULL}}, left = {{NULL}};
  size_t at, counts[SERIAL_FN_TABLES];
  bool ok = true;
  for (int t = 0; ok && t < SERIAL_FN_TABLES; t++) {
    counts[t] = serial_rows(fns, nfns, t);
    ok = serial_next(bytes, counts[t], fn_shapes[t].size, &at);
    if (ok) {
      value.rows[t] = (char *)(uintptr_t)(record + at); /* only read */
      left.rows[t] = copied(record + at, counts[t] * fn_shapes[t].size);
    }
  }
  if (ok)
    expect_bodies(unit, false, fns, nfns, &value, &left);
  for (int t = 0; t < SERIAL_FN_TABLES; t++) {
    if (ok)
      pack_table(p, &fn_shapes[t], left.rows[t], counts[t]);
    free(left.rows[t]);
  }
  return ok;
}

static bool pack_all(Packer *p, const SerialHead *head, const char *record, SerialBytes *bytes) {
  IrUnit unit = {0};
  size_t at;
  for (int t = 0; t < SERIAL_UNIT_TABLES; t++) {
    if (!serial_next(bytes, head->counts[t], unit_shapes[t].size, &at))
      return false;
    if (t == SERIAL_STRINGS)
      find_strings(&p->strings, record + at, head->counts[t], true);
    pack_table(p, &unit_shapes[t], record + at, head->counts[t]);
    take_table(&unit, t, record + at, head->counts[t]);
  }
  if (!serial_next(bytes, head->nfunctions, sizeof(SerialFnHead), &at))
    return false;
  const char *fns = record + at;
  pack_table(p, &head_shape, fns, head->nfunctions);
  return pack_bodies(p, record, bytes, &unit, (const void *)fns, head->nfunctions) &&
         bytes->at == bytes->size;
}

bool ir_pack_record(HpBuf *out, IrEnds *ends, const void *record, size_t size) {
  SerialHead head;
  if (size < sizeof head)
    return false;
  memcpy(&head, record, sizeof head);
  hp_buf_addn(out, &head, sizeof head);
  SerialBytes bytes = {sizeof head, size};
  Packer p = {.out = out, .ends = ends};
  bool ok = pack_all(&p, &head, record, &bytes);
  free_strings(&p.strings);
  return ok;
}

/* ---- unpacking ------------------------------------------------------------------------------- */

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

/* The functions' tables, one kind after the other. */
static bool unpack_bodies(Reader *r, const IrUnit *unit, char *record, SerialBytes *bytes,
                          const SerialFnHead *fns, uint32_t nfns) {
  Bodies all;
  for (int t = 0; t < SERIAL_FN_TABLES; t++) {
    size_t at, count = serial_rows(fns, nfns, t);
    if (!serial_next(bytes, count, fn_shapes[t].size, &at) ||
        !unpack_table(r, &fn_shapes[t], record + at, count))
      return false;
    all.rows[t] = record + at;
  }
  expect_bodies(unit, true, fns, nfns, &all, &all);
  return true;
}

static bool unpack_all(Reader *r, const SerialHead *head, char *record, SerialBytes *bytes) {
  IrUnit unit = {0};
  size_t at;
  for (int t = 0; t < SERIAL_UNIT_TABLES; t++) {
    if (!serial_next(bytes, head->counts[t], unit_shapes[t].size, &at) ||
        !unpack_table(r, &unit_shapes[t], record + at, head->counts[t]))
      return false;
    if (t == SERIAL_STRINGS)
      find_strings(&r->strings, record + at, head->counts[t], false);
    take_table(&unit, t, record + at, head->counts[t]);
  }
  if (!serial_next(bytes, head->nfunctions, sizeof(SerialFnHead), &at) ||
      !unpack_table(r, &head_shape, record + at, head->nfunctions))
    return false;
  const SerialFnHead *fns = (const void *)(record + at);
  return unpack_bodies(r, &unit, record, bytes, fns, head->nfunctions) &&
         bytes->at == bytes->size && r->at == r->end;
}

bool ir_unpack_record(const void *packed, size_t packed_size, void *record, size_t size) {
  Reader r = {.at = packed, .end = (const unsigned char *)packed + packed_size};
  SerialHead head;
  if (packed_size < sizeof head || size < sizeof head)
    return false;
  memcpy(&head, packed, sizeof head);
  memcpy(record, &head, sizeof head);
  r.at += sizeof head;
  SerialBytes bytes = {sizeof head, size};
  bool ok = unpack_all(&r, &head, record, &bytes);
  free_strings(&r.strings);
  return ok;
}
