/* A record as it lies in memory, row by row, in the manner of pahole; and every place where a
 * program uses its fields. */
#ifndef HPLINT_IR_LAYOUT_H
#define HPLINT_IR_LAYOUT_H

#include "ir/program.h"

/* ---- rows ------------------------------------------------------------------------------------ */

typedef enum IrLayoutKind {
  IR_LAYOUT_FIELD,
  IR_LAYOUT_OPEN,  /* a field whose record is shown in the rows up to its CLOSE */
  IR_LAYOUT_CLOSE, /* the same field again */
  IR_LAYOUT_HOLE,  /* between fields; fewer than 8 bits: of bits */
  IR_LAYOUT_TAIL,  /* the same after the last field */
  IR_LAYOUT_LINE,  /* a cache line begins here, or `bits` before this offset, inside of the field
                      above */
} IrLayoutKind;
typedef struct IrLayoutRow {
  IrLayoutKind kind;
  uint32_t depth;    /* 0: of the record itself */
  IrRecordId record; /* whose row it is; IR_NONE for LINE */
  uint32_t field;    /* of that record; IR_NONE: no field's row */
  uint64_t at;       /* bits from the start of the outermost record */
  uint64_t bits;     /* how many */
} IrLayoutRow;
typedef struct IrLayout {
  IrLayoutRow *rows;
  uint32_t count, cap;
  /* Of the record itself, without the records in it. */
  uint32_t holes, bit_holes;
  uint64_t hole_bytes, hole_bits, tail_bytes, tail_bits;
} IrLayout;

enum { IR_LAYOUT_CACHE_LINE = 64 };

/* Records without a name are always shown inside; `expand` shows those with a name too. The object
 * is taken to start on a cache line. Free with ir_layout_free. */
IrLayout ir_layout(const IrUnit *unit, IrRecordId record, bool expand);
void ir_layout_free(IrLayout *layout);
/* The record that a field is, or holds an array of; IR_NONE. */
IrRecordId ir_field_record(const IrUnit *unit, const IrField *field);
/* Appends a declaration as C has it: `char *names[4]`, `void (*done)(int)`, `unsigned int kind:4`.
 */
void ir_declare(HpBuf *out, const IrUnit *unit, const IrField *field);

/* ---- uses ------------------------------------------------------------------------------------ */

/* One access to a field, or to something inside of it. */
typedef struct PgFieldSite {
  uint64_t at, bits; /* which bits of the field; of an array element at a run-time index, those of
                        the first */
  PgRecord record;
  uint32_t field; /* IR_NONE: the record is copied or cleared whole */
  PgFunc func;
  IrInsnId insn;
  uint32_t loop;      /* innermost, in func's analysis; IR_NONE */
  bool read, written; /* neither: its address is handed on */
  bool cold;          /* on a cold path */
} PgFieldSite;
typedef struct PgFieldSites {
  PgFieldSite *sites; /* in the program's order; the caller frees */
  uint32_t count, cap;
} PgFieldSites;
/* The sites in one function, of one record; IR_NONE: in all, of all. */
PgFieldSites pg_field_sites(const IrProgram *p, PgFunc func, PgRecord record);

#endif
