/* What the passes behind ir/analysis.h share. */
#ifndef HPLINT_IR_ANALYSIS_PRIVATE_H
#define HPLINT_IR_ANALYSIS_PRIVATE_H

#include "ir/analysis.h"

/* ---- graphs ---------------------------------------------------------------------------------- */

/* Lists of one kind for each of n things: list i is items[at[i] .. at[i + 1]). On the heap. */
typedef struct IrLists {
  uint32_t *at, *items;
} IrLists;
IrLists ir_graph_preds(const IrGraph *graph);
void ir_lists_free(IrLists *lists);

/* The dominator tree numbered in preorder; in[] is IR_NONE for unreachable blocks. */
typedef struct IrDomOrder {
  uint32_t *in, *out;
} IrDomOrder;
IrDomOrder ir_dom_order(const uint32_t *idom, uint32_t nblocks, HpArena *arena);
/* The same of a function, whose blocks are in reverse postorder with their predecessors at hand:
 * each has one with a smaller number, so that dominators have smaller numbers too. idom[nblocks],
 * room[3 * nblocks]. Does any edge go back? Only then there are loops. */
bool ir_block_dominators(const IrFunction *fn, uint32_t *idom);
IrDomOrder ir_block_dom_order(const uint32_t *idom, uint32_t nblocks, uint32_t *room);
static inline bool ir_dom_dominates(const IrDomOrder *d, uint32_t a, uint32_t b) {
  return d->in[b] - d->in[a] < d->out[a] - d->in[a];
}

/* ---- evolution ------------------------------------------------------------------------------- */

enum {
  EV_ASSUMED =
      1,        /* provided that calls in the loop leave the memory alone that it is loaded from */
  EV_MOVES = 2, /* follows the counter of a loop further inside */
  EV_WRAPS = 4, /* now and then it starts over: not to be computed with, but so it goes */
  EV_UNBOUNDED = 8, /* of a counter, while its loop is worked out: it may overflow its type, unless
                       a test of the loop turns out to keep it from that. Becomes WRAPS. */
  EV_DOUBTED = 16,  /* was unbounded at first; the same things are to be looked at again */
};
/* An IrEvolution as it is kept: amount per iteration is step, or step * ref. */
typedef struct Ev {
  int64_t step;
  IrRef ref;
  uint8_t kind, flags; /* IrEvolutionKind, EV_* */
} Ev;

/* Instructions of a loop that may write memory; when there are IR_MAX_WRITES of them, there are
 * more and anything may be written. */
enum { IR_MAX_WRITES = 256 };
typedef struct IrWrites {
  IrInsnId *insns;
  uint32_t count;
} IrWrites;

/* A scalar in memory that a loop changes by stores to this very place alone, so that it can be
 * followed like a PHI. */
typedef struct IrCell {
  const IrAddr *addr; /* of one of its loads */
  IrInsnId load;      /* the first that reads what the iteration before has left; IR_NONE */
  uint32_t *in;       /* by position in the loop's blocks: what it holds there; see ir/cells.c */
  Ev ev;
  bool assumed; /* calls in the loop are taken to leave it alone */
} IrCell;
typedef struct IrCells {
  IrCell *items;
  uint32_t count;
} IrCells;

struct IrAnalysisPrivate {
  IrDomOrder dom;
  IrRef *root;      /* by instruction with a result: ir_addr_root of it */
  bool *escaped;    /* by local: its address may be known to others */
  IrWrites *writes; /* by loop */
  IrCells *cells;   /* by loop */
  /* Evolutions of the instructions of block b in the k-th loop around it, counted from the
   * outermost: evs[starts[slot[b] + k] ...]; IR_NONE when the nest is too deep to keep. */
  uint32_t *slot, *starts;
  Ev *evs;
  uint32_t *chases_at; /* by loop: chases of loop l are chases[chases_at[l] .. chases_at[l + 1]) */
  IrChase *index_chases; /* recurrences of integers through memory: i = next[i] */
  uint32_t *index_chases_at;
  bool *exact_trip; /* by loop: its test depends on the counter's start and `bound` alone */
  /* By loop: the last value of its counter that passes the test, when that is a constant though the
   * number of iterations is not; has_limit says so. */
  int64_t *limit;
  bool *has_limit;
  uint32_t *counting_exit; /* by loop: the block whose test gave the trip count, IR_NONE */
  IrRef *tested;           /* what branches compare with numbers */
  uint32_t ntested;
  IrInsnId *links; /* what the call graph comes from: calls, and what may put functions somewhere */
  uint32_t nlinks;
};

/* ir/alias.c */
typedef enum IrMayWrite {
  IR_WRITES_NOT,
  IR_WRITES_UNLIKELY, /* only a call that was not handed it, or a store through a pointer that the
                         language lets alias anything */
  IR_WRITES_MAYBE,
} IrMayWrite;
void ir_find_roots(IrAnalysis *an);
void ir_find_writes(IrAnalysis *an);
/* May this instruction of a loop's writes change what is at `addr`? */
IrMayWrite ir_may_write(const IrAnalysis *an, IrInsnId insn, const IrAddr *addr);
/* May the loop change what is at `addr`, whose own address does not change in the loop? */
IrMayWrite ir_loop_may_write(const IrAnalysis *an, uint32_t loop, const IrAddr *addr);
IrRef ir_root_of(const IrAnalysis *an, IrRef ref);
/* The address as root + constant offset; false when something variable is added. */
bool ir_constant_address(const IrFunction *fn, const IrAddr *addr, IrRef *root, int64_t *offset);
/* The same for a value; integers with constants added too. */
void ir_constant_part(const IrFunction *fn, IrRef ref, IrRef *root, int64_t *offset);
/* Are the objects that two roots point to surely distinct? */
bool ir_distinct_roots(const IrAnalysis *an, IrRef a, IrRef b);
/* Can accesses of these two shapes touch the same bytes, by types and fields alone? */
IrMayWrite ir_types_may_alias(const IrAnalysis *an, const IrAddr *a, const IrAddr *b);

/* ir/induction.c */
void ir_find_evolutions(IrAnalysis *an); /* and trip counts, cells */
Ev ir_ev_of(const IrAnalysis *an, uint32_t loop, IrRef ref);
/* The same where it is used in `block`: a counter that an inner loop has left there is unknown.
 * IR_NONE for no place in particular. */
Ev ir_ev_at(const IrAnalysis *an, uint32_t loop, IrBlockId block, IrRef ref);
Ev ir_ev_addr(const IrAnalysis *an, uint32_t loop, IrBlockId block, const IrAddr *addr);
/* A test of the loop keeps the counter from overflowing. */
void ir_counter_is_bounded(const IrAnalysis *an, uint32_t loop, IrInsnId phi);
/* Operand of a loop header's PHI that comes from outside; a NONE operand when there are several. */
IrRef ir_phi_init(const IrAnalysis *an, uint32_t loop, IrInsnId phi);

/* How much `ref` is more than the cell at the start of the iteration, as the evolution that adding
 * it once an iteration would make. */
Ev ir_ev_distance(const IrAnalysis *an, uint32_t loop, const IrCell *cell, IrRef ref);

/* Ranges as sets of numbers; one whose low end is above its high end is empty. */
static const IrRange ir_range_all = {INT64_MIN, INT64_MAX};
static inline bool ir_range_empty(IrRange r) {
  return r.low > r.high;
}
static inline IrRange ir_range_both(IrRange a, IrRange b) {
  return (IrRange){a.low > b.low ? a.low : b.low, a.high < b.high ? a.high : b.high};
}
static inline IrRange ir_range_either(IrRange a, IrRange b) {
  if (ir_range_empty(a) || ir_range_empty(b))
    return ir_range_empty(a) ? b : a;
  return (IrRange){a.low < b.low ? a.low : b.low, a.high > b.high ? a.high : b.high};
}

/* ir/ranges.c, ir/guards.c */
IrRange ir_type_range(const IrType *type);
void ir_find_tested(IrAnalysis *an);
/* What the branches on every way from the function's entry to the block say of a value: it was
 * compared with numbers, or a load of the same place was. Everything when nothing does. */
IrRange ir_guarded(const IrAnalysis *an, IrBlockId block, IrRef ref);
/* The same for what goes by one edge. */
IrRange ir_guarded_edge(const IrAnalysis *an, IrBlockId from, IrBlockId to, IrRef ref);
bool ir_fits(const IrAnalysis *an, IrBlockId block, IrRef ref, const IrType *type);
uint32_t ir_low_zero_bits(const IrFunction *fn, IrRef ref);

/* ir/cells.c */
typedef struct IrCellValues { /* what a load of a cell can give */
  IrRef refs[8];              /* values stored since the iteration began, or before, if `carried` */
  uint32_t count, steps;
  bool carried; /* what the iteration before left, also */
  bool unknown; /* more than that */
} IrCellValues;
/* Finds the cells of a loop, once its invariants are known. */
void ir_find_cells(IrAnalysis *an, uint32_t loop);
/* The cell that a LOAD in the loop reads, else NULL. */
const IrCell *ir_cell_of(const IrAnalysis *an, uint32_t loop, IrInsnId load);
IrCellValues ir_cell_values(const IrAnalysis *an, uint32_t loop, const IrCell *cell, IrInsnId load);
/* What the iteration before leaves in the cell. */
IrCellValues ir_cell_carried(const IrAnalysis *an, uint32_t loop, const IrCell *cell);

/* ir/chase.c: the chase of this loop that walks with `phi`, or that moves on with `load`. */
const IrChase *ir_chase_of_phi(const IrAnalysis *an, uint32_t loop, IrInsnId phi);
const IrChase *ir_chase_of_load(const IrAnalysis *an, uint32_t loop, IrInsnId load);

/* What a condition compares: EQ ... GE; right is a NONE operand for 0. */
typedef struct IrTest {
  IrOp op;
  IrRef left, right;
  bool is_unsigned;
} IrTest;
/* ir/trip.c: takes `(a < b) != 0`, `!(a < b)` and conversions apart; a bare value is tested against
 * 0. What holds when the condition comes out as `when_true`. */
IrTest ir_read_test(const IrAnalysis *an, IrRef ref, bool when_true);

/* ir/trip.c: of one loop, as far as the evolutions in it are known. */
void ir_find_trip(IrAnalysis *an, uint32_t loop);
/* Is the loop left at its counting test alone, so that its trip count is exact? */
bool ir_trip_is_exact(const IrAnalysis *an, uint32_t loop);
bool ir_tests_at_end(const IrAnalysis *an, uint32_t loop, IrBlockId exit);

/* ir/chase.c, ir/access.c, ir/cold.c, ir/freq.c, ir/targets.c */
void ir_find_chases(IrAnalysis *an);
void ir_find_accesses(IrAnalysis *an);
void ir_find_cold(IrAnalysis *an);
void ir_find_frequencies(IrAnalysis *an);
void ir_find_links(IrAnalysis *an);

static inline IrRef ir_no_ref(void) {
  return ir_ref(IR_REF_NONE, 0);
}
static inline bool ir_has_ref(IrRef ref) {
  return ir_ref_kind(ref) != IR_REF_NONE;
}
static inline bool ir_is_header_phi(const IrAnalysis *an, uint32_t loop, IrInsnId insn) {
  return an->fn->insns[insn].op == IR_PHI && an->block_of[insn] == an->loops[loop].header;
}

#endif
