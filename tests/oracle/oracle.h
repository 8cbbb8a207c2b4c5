/* The oracle test: what clang's own unoptimised bitcode and hplint's IR say about the same unit,
 * reduced to the same facts and compared. docs/oracle.md defines the facts.
 *
 *   facts.c        the facts of a unit, names that both sides agree on
 *   flow.c         reachable blocks and natural loops of an LLVM function
 *   facts_llvm.c   bitcode -> facts
 *   facts_ir.c     unit record -> facts
 *   compare.c      differences of two sets of facts
 *   command.c      a compiler's command -> the command that makes the bitcode
 *   oracle.c       the program */
#ifndef HPLINT_TESTS_ORACLE_H
#define HPLINT_TESTS_ORACLE_H

#include "ir/ir.h"

#include <llvm-c/Core.h>

typedef enum Criterion { CALLEES, LOOPS, FIELDS, CRITERIA } Criterion;
extern const char *const criterion_names[CRITERIA];

enum {
  FACT_OPTIONAL = 1, /* may be there as often as this or less: the sides are free in it */
  FACT_ONCE = 2,     /* counts once a function, however often it is there, on the other side, too */
};
typedef struct Fact {
  const char *text;
  uint32_t flags;
} Fact;
typedef struct FactList {
  Fact *items;
  uint32_t count, cap;
} FactList;

typedef struct FunctionFacts {
  const char *name, *file;
  uint32_t line;
  FactList lists[CRITERIA];
} FunctionFacts;

/* Neighbouring bit-fields of a record, as bytes [start, end): clang reads and writes them in units
 * of its own choice, so that they are only told apart from other runs. */
typedef struct BitRun {
  const char *record;
  uint64_t start, end;
} BitRun;

typedef struct UnitFacts {
  HpArena *arena;
  FunctionFacts *functions;
  uint32_t nfunctions, functions_cap;
  BitRun *runs;
  uint32_t nruns, runs_cap;
  const char **system; /* paths of system headers, whose functions hplint leaves out */
  uint32_t nsystem, system_cap;
  const char *main;   /* path of the file that the unit is of */
  const char **named; /* functions that it names, but for those of system headers */
  uint32_t nnamed, named_cap;
} UnitFacts;

UnitFacts *unit_facts_new(void);
void unit_facts_free(UnitFacts *u);
FunctionFacts *facts_function(UnitFacts *u, const char *name, const char *file, uint32_t line);
void facts_add(UnitFacts *u, FunctionFacts *f, Criterion criterion, uint32_t flags, const char *fmt,
               ...) HP_PRINTF(5, 6);
/* A direct callee, under the name that both sides agree on. */
void facts_add_call(UnitFacts *u, FunctionFacts *f, const char *name);
/* line 0: made by goto, there is no keyword. */
void facts_add_loop(UnitFacts *u, FunctionFacts *f, uint32_t depth, uint32_t line);
/* `touch`: read, write, update (atomic) or address. */
void facts_add_field(UnitFacts *u, FunctionFacts *f, const char *touch, const char *record,
                     uint64_t offset, uint32_t flags);
/* The run that holds this byte; NULL when it belongs to no bit-field. */
const BitRun *facts_run(const UnitFacts *u, const char *record, uint64_t offset);
void facts_sort(UnitFacts *u);

UnitFacts *facts_of_ir(const IrUnit *unit);
/* `ir`: the other side's, for its bit-fields. NULL and `err` when it cannot be read. */
UnitFacts *facts_of_bitcode(const char *path, const UnitFacts *ir, HpError *err);

/* ---- flow of an LLVM function ---------------------------------------------------------------- */

typedef struct FlowLoop {
  uint32_t header, depth, line; /* line of the keyword, 0 without one */
} FlowLoop;
typedef struct Flow {
  HpArena *arena;
  LLVMBasicBlockRef *blocks; /* reachable ones, in reverse postorder */
  uint32_t nblocks;
  FlowLoop *loops;
  uint32_t nloops;
} Flow;
/* Branches on constants are taken one way only. */
Flow *flow_of(LLVMValueRef function);
void flow_free(Flow *flow);

/* ---- comparison ------------------------------------------------------------------------------ */

typedef struct Difference {
  const char *function, *file, *what; /* what: a criterion, or "missing" */
  uint32_t line;
  char *clang, *hplint; /* facts that only one side has, comma-separated */
} Difference;
typedef struct Comparison {
  uint32_t functions, agree[CRITERIA]; /* functions both sides have; those that agree */
  uint32_t facts[CRITERIA];            /* compared */
  Difference *differences;
  uint32_t ndifferences, cap;
} Comparison;
/* Sorts all. A function that `clang` lacks, or that differs there, may agree with `second` instead
 * (NULL: there is none). */
Comparison *compare_units(UnitFacts *clang, UnitFacts *second, UnitFacts *hplint);
void comparison_free(Comparison *c);

/* Prints, each ended by NUL, the arguments after `clang` that make the bitcode of this command's
 * unit, for the first or the second witness. 2 when there is no unit in it. */
int print_command(char **command, int count, bool second);

#endif
