/* What a function does, worked out from its IR: dominators, natural loops with nesting, induction
 * variables and trip counts, the address class of every memory access in every loop around it, and
 * which blocks are cold. One call computes everything; results live in the given arena. */
#ifndef HPLINT_IR_ANALYSIS_H
#define HPLINT_IR_ANALYSIS_H

#include "ir/ir.h"

/* A flow graph that dominators and loops work on, so that the same code serves hplint's IR and
 * LLVM's: `succs(graph, block, &count)` gives a block's successors; block 0 is the entry and every
 * block is reachable. */
typedef struct IrGraph {
  const void *self;
  uint32_t nblocks;
  const uint32_t *(*succs)(const struct IrGraph *graph, uint32_t block, uint32_t *count);
} IrGraph;

typedef enum IrTripKind {
  IR_TRIP_UNKNOWN,
  IR_TRIP_CONST,    /* `count` iterations of the body, fewer when it leaves by another way */
  IR_TRIP_SYMBOLIC, /* bounded by the loop-invariant value `bound` (not exactly equal to it) */
} IrTripKind;

typedef struct IrLoop {
  uint32_t *blocks;   /* all blocks, those of inner loops included; ascending */
  uint32_t *latches;  /* blocks with an edge back to the header */
  uint32_t *exits;    /* blocks inside with an edge that leaves */
  uint32_t *children; /* loops directly inside */
  uint32_t *entries;  /* blocks inside that an edge from outside, or the call, enters: the header
                         alone, unless irreducible */
  uint64_t count;     /* of iterations, see trip */
  uint32_t nblocks, nlatches, nexits, nchildren, nentries;
  IrBlockId header;
  uint32_t parent; /* enclosing loop, IR_NONE at the top */
  uint32_t depth;  /* 1 = outermost */
  IrTripKind trip;
  IrRef bound;
  IrInsnId counter; /* the PHI that the exit test counts, IR_NONE if none */
  IrLocId loc;      /* keyword, else the first place in the header */
  /* A cycle that is entered at more than one block: a goto into a loop, the blocks of a computed
   * goto. It goes round like any loop, but has no iterations that start at one place: no trip
   * count, no counters, no chases, and all accesses are UNKNOWN in it. Natural loops inside of it
   * are loops of their own and fully analysed; cycles with several entries inside of it are not
   * told apart. `header` is a stand-in: the one block that dominates most. */
  bool irreducible;
} IrLoop;

/* How a value changes from one iteration of a loop to the next. */
typedef enum IrEvolutionKind {
  IR_EV_INVARIANT,
  IR_EV_AFFINE,   /* grows by the constant `step` each iteration */
  IR_EV_SYMBOLIC, /* grows by a loop-invariant amount that is not a constant: `step` * `step_ref`
                     when it is a multiple of a single value, else step_ref is a NONE operand */
  IR_EV_VARIES,   /* anything else */
} IrEvolutionKind;
typedef struct IrEvolution {
  IrEvolutionKind kind;
  int64_t step;
  IrRef step_ref;
} IrEvolution;

/* Address class of an access with respect to one loop. */
typedef enum IrAccessClass {
  IR_AC_INVARIANT, /* same address in each iteration */
  IR_AC_UNIT,      /* |stride| is the size of the element accessed: neighbours in turn */
  IR_AC_STRIDED,   /* constant stride of `stride` bytes otherwise */
  IR_AC_SYMBOLIC,  /* loop-invariant stride that is not a constant */
  IR_AC_INDIRECT,  /* the index was loaded in this loop: a[idx[i]]; `via` is that LOAD */
  IR_AC_POINTER,   /* the base was loaded in this loop from a varying address: p[i]->x; via */
  IR_AC_CHASED, /* the base comes from the previous iteration's node: p = p->next; via is the LOAD
                   that chases, `phi` the PHI of the walking pointer */
  IR_AC_UNKNOWN,
} IrAccessClass;
typedef struct IrAccessInLoop {
  IrAccessClass cls;
  int64_t stride;    /* bytes per iteration: UNIT, STRIDED; SYMBOLIC: times step_ref */
  IrInsnId via, phi; /* IR_NONE when there is none. INDIRECT: phi is set when the loaded index is
                        itself found by a chain of loads: i = next[i] */
  IrRef step_ref;    /* SYMBOLIC: the loop-invariant factor when there is a single one */
  bool wraps; /* UNIT, STRIDED, SYMBOLIC: so it goes, but now and then it starts over: a ring buffer
                 (i & mask, i % n), an unsigned index that nothing keeps from overflowing */
} IrAccessInLoop;

/* One memory access: LOAD, STORE, RMW, CLEAR, each side of a COPY. */
typedef struct IrAccess {
  IrInsnId insn;
  uint32_t addr; /* fn->addrs */
  IrBlockId block;
  uint32_t loop; /* innermost, IR_NONE outside loops */
  bool write, read;
  IrAccessInLoop in; /* with respect to `loop`; cls INVARIANT outside loops */
} IrAccess;

/* A recurrence through memory: in each iteration `load` reads, from the node that `phi` points to,
 * the pointer that phi holds in the next iteration. */
typedef struct IrChase {
  uint32_t loop;
  IrInsnId phi;
  /* What holds the pointer as an iteration begins: the PHI, or, where the pointer is kept in memory
   * (it->pos = it->pos->next), the loads that read what the iteration before left there, `phi`
   * being the first of them. */
  IrInsnId *roots;
  uint32_t nroots;
  IrInsnId *loads, nloads; /* one a way round the loop: left and right of a tree descent */
  IrRecordId record;       /* of the node, IR_NONE if not a record */
  uint32_t hops;           /* dependent loads from one node to the next: 1 for p = p->next */
} IrChase;
/* How many different links the loads follow: two in a tree descent, one where each way round the
 * loop takes the same. */
uint32_t ir_chase_links(const IrFunction *fn, const IrChase *chase);

typedef struct IrAnalysis {
  const IrUnit *unit;
  const IrFunction *fn;
  HpArena *arena;
  uint32_t *idom;      /* by block; the entry's is itself */
  uint32_t *loop_of;   /* by block: innermost loop, IR_NONE */
  IrBlockId *block_of; /* by instruction */
  IrLoop *loops;       /* outer loops before the loops inside them, in block order */
  uint32_t nloops;
  IrAccess *accesses; /* in instruction order */
  uint32_t naccesses;
  IrChase *chases;
  uint32_t nchases;
  bool *cold;   /* by block: leads only to abort, exit or an error return (see ir/cold.c) */
  double *freq; /* by block: static estimate of executions per call (Wu and Larus, MICRO 1994) */
  uint32_t *uses_at, *uses;       /* uses of value v: insns uses[uses_at[v] .. uses_at[v + 1]], each
                                     instruction once */
  struct IrAnalysisPrivate *priv; /* what the queries below look up */
} IrAnalysis;

IrAnalysis *ir_analyse(const IrUnit *unit, const IrFunction *fn, HpArena *arena);

/* Cooper, Harvey, Kennedy: "A Simple, Fast Dominance Algorithm". idom[nblocks] in the arena. */
uint32_t *ir_dominators(const IrGraph *graph, HpArena *arena);
bool ir_dominates(const uint32_t *idom, uint32_t a, uint32_t b);
/* Natural loops, outer before inner; fills only the graph members of IrLoop. `loop_of` as above. */
IrLoop *ir_natural_loops(const IrGraph *graph, const uint32_t *idom, HpArena *arena,
                         uint32_t *nloops, uint32_t **loop_of);

static inline bool ir_loop_contains(const IrAnalysis *an, uint32_t loop, IrBlockId block) {
  uint32_t l = an->loop_of[block], depth = an->loops[loop].depth;
  while (l != IR_NONE && an->loops[l].depth > depth)
    l = an->loops[l].parent;
  return l == loop;
}
/* Of a block whose branch asks whether a counter of its innermost loop is at a value that stays:
 * the successor that is taken when it is, which one iteration is. IR_NONE of others. */
uint32_t ir_equal_once(const IrAnalysis *an, IrBlockId block);
/* Is the block behind such a branch: one iteration of the loop gets there? */
bool ir_once_a_loop(const IrAnalysis *an, uint32_t loop, IrBlockId block);
/* The innermost irreducible loop around the block, IR_NONE if there is none. */
uint32_t ir_irreducible_around(const IrAnalysis *an, IrBlockId block);
static inline bool ir_loop_has_insn(const IrAnalysis *an, uint32_t loop, IrInsnId insn) {
  return ir_loop_contains(an, loop, an->block_of[insn]);
}
/* False when the value may change while the loop runs. True is a proof, also for loads: nothing in
 * the loop, calls included, may write what they read. */
bool ir_loop_invariant(const IrAnalysis *an, uint32_t loop, IrRef ref);
/* How a value moves with the given loop. Counters of loops inside of it are taken at the same
 * iteration: in `for (i..) for (j..) a[i * n + j]` the index is SYMBOLIC with step n in the loop of
 * i, and j itself is INVARIANT there (ir_loop_invariant says no). A counter that may overflow,
 * since that is defined for its type and no test of the loop keeps it from that, VARIES. Other sums
 * and conversions of 32 bits or more are taken not to overflow: programs are judged by what they
 * mean.
 */
IrEvolution ir_evolution(const IrAnalysis *an, uint32_t loop, IrRef ref);
/* Class of an access in any loop around it. Classes say what the program does when it runs well,
 * not what can be proven: a pointer or an index that is loaded again and again from a place that
 * the loop does not store to counts as unchanged, though a call might change it (unless the call is
 * handed that very object). */
IrAccessInLoop ir_access_in(const IrAnalysis *an, const IrAccess *access, uint32_t loop);
/* Bounds of an integer where it is used in `block` (IR_NONE: anywhere): of its type at least. */
typedef struct IrRange {
  int64_t low, high;
} IrRange;
IrRange ir_range_at(const IrAnalysis *an, IrBlockId block, IrRef ref);
/* Class of any address. */
IrAccessInLoop ir_addr_in(const IrAnalysis *an, const IrAddr *addr, uint32_t loop);
/* Root of an address: follows ADDR, CONV between pointers and constant pointer arithmetic to the
 * operand where the pointer comes from (PARAM, LOAD, CALL, PHI, local, symbol, ...). */
IrRef ir_addr_root(const IrFunction *fn, IrRef base);
const char *ir_access_class_name(IrAccessClass cls);

#endif
