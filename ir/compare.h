/* A function in two versions, row by row: what a change of the source did to the IR. */
#ifndef HPLINT_IR_COMPARE_H
#define HPLINT_IR_COMPARE_H

#include "ir/kinds.h"
#include "ir/text.h"

typedef struct IrVersion {
  const IrUnit *unit;
  const IrFunction *fn;
  const IrAnalysis *an;
} IrVersion;

typedef enum IrDiffMark {
  IR_DIFF_SAME,
  IR_DIFF_CHANGED, /* the same instruction with other operands, or other facts about it */
  IR_DIFF_GONE,
  IR_DIFF_NEW,
} IrDiffMark;
typedef struct IrDiffRow {
  IrDiffMark mark;
  uint32_t a, b; /* rows of the listings, IR_NONE where a side has none */
} IrDiffRow;

/* What can be counted of a version. */
typedef struct IrDiffCounts {
  uint32_t instructions, blocks, loops, depth; /* depth of the deepest loop */
  uint32_t loads, stores, loads_in_loops, stores_in_loops;
  uint32_t calls, calls_in_loops, allocs, allocs_in_loops; /* allocs: see ir_compare */
  uint32_t accesses[IR_AK_COUNT];                          /* in loops */
} IrDiffCounts;

/* The listings' registers and blocks are renumbered so that what did not change reads alike. */
typedef struct IrDiff {
  IrVersion versions[2];
  IrListing *listings[2];
  const uint32_t *numbers[2], *blocks[2]; /* by instruction and block: what they are called */
  IrDiffRow *rows;
  uint32_t nrows, nchanged; /* rows that are not SAME */
  IrDiffCounts counts[2];
  HpArena *arena;
} IrDiff;

/* Rows are aligned by their text without register numbers (patience diff: rows that are unique in
 * both anchor the rest). `all`: nothing folded. `allocates` (may be NULL): may this call take heap
 * memory? */
IrDiff *ir_compare(const IrVersion *a, const IrVersion *b, bool all,
                   bool (*allocates)(void *context, const IrVersion *version, IrInsnId call),
                   void *context);
void ir_diff_free(IrDiff *diff);

typedef struct IrDiffOptions {
  bool colour, unified, all; /* all: also the rows that are the same, far from any change */
  uint32_t width;            /* 0 = 100 */
  const char *names[2];      /* what the versions are called */
} IrDiffOptions;
void ir_diff_print(HpBuf *out, const IrDiff *diff, const IrDiffOptions *options);

/* The counts by name, for text and JSON. */
enum { IR_DIFF_NCOUNTS = 12 + IR_AK_COUNT };
const char *ir_diff_count_name(uint32_t i);
uint32_t ir_diff_count(const IrDiffCounts *counts, uint32_t i);

#endif
