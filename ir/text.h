/* The text forms of IR.
 *
 * ir_print writes the form that round-trips: print -> parse -> print is identical. ir_parse reads
 * it, and rejects bad text with line and column. ir_dis writes the listing for people, as Python's
 * dis does for bytecode; it is made from records (IrLine), never parsed. */
#ifndef HPLINT_IR_TEXT_H
#define HPLINT_IR_TEXT_H

#include "ir/analysis.h"

void ir_print_unit(HpBuf *out, const IrUnit *unit);
/* NULL and `err` ("file:line:column: what") when the text is not IR. The result is verified. */
IrUnit *ir_parse_unit(const char *text, size_t length, const char *file, HpError *err);

/* One line of a listing. */
typedef struct IrLine {
  IrInsnId insn;
  IrBlockId block;
  uint32_t offset;          /* as shown: two a step, as in dis */
  uint32_t line;            /* source line; 0 when the same as the line before */
  bool target;              /* some jump comes here */
  uint32_t depth;           /* loops around it */
  char *operands, *meaning; /* owned by the listing */
} IrLine;
typedef struct IrListing {
  char *title; /* "list_sum (list.c:12): 4 blocks, 1 loop" */
  IrLine *lines;
  uint32_t nlines;
} IrListing;
IrListing *ir_list(const IrUnit *unit, const IrFunction *fn, const IrAnalysis *an);
void ir_listing_free(IrListing *listing);

typedef struct IrDisOptions {
  bool colour;
  uint32_t width; /* columns of the terminal, 0 = 110 */
  /* Source text of a line for --source; NULL: none. */
  const char *(*source)(void *context, const char *path, uint32_t line);
  /* Hits of a line from a profile; negative: unknown. NULL: no hits column. */
  double (*hits)(void *context, const char *path, uint32_t line);
  void *context;
} IrDisOptions;
void ir_dis(HpBuf *out, const IrUnit *unit, const IrFunction *fn, const IrAnalysis *an,
            const IrDisOptions *options);

/* docs/ir.md: the reference of every opcode, from ops.def. */
void ir_reference(HpBuf *out);

#endif
