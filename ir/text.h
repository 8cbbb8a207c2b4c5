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

/* ---- listings -------------------------------------------------------------------------------- */

/* One row of a listing. */
typedef struct IrLine {
  IrInsnId insn;
  IrBlockId block;
  uint32_t line;          /* source line; 0 when the same as the row before, or unknown */
  bool first;             /* of its block's rows */
  bool target;            /* first, and some jump comes here */
  uint32_t depth;         /* loops around it */
  const IrAccess *access; /* what it accesses (of COPY the destination), of the analysis; or NULL */
  char *operands, *meaning;
  uint32_t essence; /* bytes of the meaning that say what it does; facts follow */
} IrLine;
typedef struct IrListing {
  char *title; /* "list_sum (list.c:12): 10 instructions, 4 blocks, 1 loop" */
  IrLine *lines;
  uint32_t nlines, nfolded;
} IrListing;
typedef struct IrListOptions {
  bool all;     /* a row for every instruction: nothing is folded into its users */
  bool classes; /* address classes stand in a column of their own, not in the meaning */
  const uint32_t *numbers, *blocks; /* what instructions and blocks are called, where two listings
                                       are made alike; NULL: as they are */
} IrListOptions;
/* `an` and `options` may be NULL: no facts; the plain listing. The access pointers are `an`'s. */
IrListing *ir_list(const IrUnit *unit, const IrFunction *fn, const IrAnalysis *an,
                   const IrListOptions *options);
void ir_listing_free(IrListing *listing);

/* What a profile says of a source line. */
typedef struct IrCost {
  double hits;  /* executions; negative: unknown */
  double share; /* of the whole profile's time, 0 to 1; negative: unknown */
} IrCost;

typedef struct IrDisOptions {
  bool colour, all, classes;
  uint32_t width; /* columns of the terminal, 0 = 100 */
  /* Rows of these source lines of the function's file are marked; 0: none. */
  uint32_t mark_first, mark_last;
  bool only_marked;
  /* Source text of a line for --source; NULL: none. */
  const char *(*source)(void *context, const char *path, uint32_t line);
  /* False: the profile knows nothing of the line. NULL: no profile. */
  bool (*cost)(void *context, const char *path, uint32_t line, IrCost *out);
  const char *profile; /* its label, shown below the title; NULL: none */
  void *context;
} IrDisOptions;
void ir_dis(HpBuf *out, const IrUnit *unit, const IrFunction *fn, const IrAnalysis *an,
            const IrDisOptions *options);

/* The tree of the function's loops: how often each runs, bytes it touches, accesses by kind, what
 * it calls. */
void ir_dis_loops(HpBuf *out, const IrUnit *unit, const IrFunction *fn, const IrAnalysis *an,
                  const IrDisOptions *options);
/* The control-flow graph in Graphviz's language: blocks with their rows, edges back to a loop's
 * header marked, loops as clusters. */
void ir_dis_graph(HpBuf *out, const IrUnit *unit, const IrFunction *fn, const IrAnalysis *an,
                  const IrDisOptions *options);

/* One instruction in three forms: what examples.def says of each opcode. */
typedef struct IrExample {
  const char *c;    /* NULL: no C makes it */
  const char *text; /* as ir_print_unit writes it, without its place; NULL: the opcode lacks one */
  const char *row;  /* opcode, operands and (meaning), as listed */
} IrExample;
extern const IrExample ir_examples[IR_OP_COUNT];
extern const char ir_example_prelude[]; /* C before each */

/* docs/ir.md: the reference of every opcode, from ops.def and examples.def. */
void ir_reference(HpBuf *out);

#endif
