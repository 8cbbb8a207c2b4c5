/* Work that goes over a whole collection each time it is done: linear searches, walks to the end of
 * a list, shifts by one element, sorts. It is recognised by what a loop or a library call does, and
 * where a function does it to what it is given, its calls do it too. In a loop over the items of
 * that collection such work grows with the square of them. */
#ifndef HPLINT_RULES_SWEEP_H
#define HPLINT_RULES_SWEEP_H

#include "rules/rule.h"

typedef enum SweepKind {
  SWEEP_NONE,
  SWEEP_SEARCH, /* compares elements with a key, and leaves at the one that fits */
  SWEEP_APPEND, /* walks to the last node and links another one there */
  SWEEP_UNLINK, /* walks to the node before one that is at hand, and takes that out */
  SWEEP_SHIFT,  /* moves elements up or down by a constant distance */
  SWEEP_SORT,
} SweepKind;

/* What holds the head of a list or the number of elements: a field, or a variable. */
typedef struct SweepHolder {
  PgRecord record; /* IR_NONE: no field */
  uint32_t field;
  const IrUnit *unit; /* of the variable; NULL: none */
  IrSymId sym;
} SweepHolder;

enum { SWEEP_KEYS = 6 };
typedef struct Sweep {
  SweepKind kind;
  uint32_t loop;  /* the function's own loop, IR_NONE: `call` does it */
  IrInsnId call;  /* IR_NONE: the loop does it */
  PgFunc callee;  /* of `call`: a library function or one that sweeps itself */
  IrInsnId at;    /* what it does in each step: the comparison, the link's load, the store */
  bool linked;    /* over nodes */
  bool ordered;   /* SHIFT: stops where the order is right, as in insertion sort */
  bool global;    /* a variable of the program holds it; then `whole` may be a NONE operand */
  IrRef whole;    /* the array, or the head of the list, as a value of this function */
  IrRef count;    /* elements; a NONE operand when that is not known */
  uint64_t most;  /* elements at most, 0 unknown */
  uint64_t bytes; /* SHIFT: of all that is moved at most, 0 unknown */
  IrRef keys[SWEEP_KEYS]; /* SEARCH: what elements are compared with; UNLINK: the node */
  uint32_t nkeys;
  SweepHolder head, link, size; /* link: of a list's nodes; size: what says how many there are */
} Sweep;

/* What was found out so far. It lives as long as one function is judged: what a judgement looked at
 * is noted, and what an earlier one had found would be missing there. */
typedef struct SweepTable {
  const IrProgram *p;
  HpArena *arena;
  struct SweepEntry *entries; /* by function, open addressing */
  uint32_t count, cap;
} SweepTable;

SweepTable sweep_table(const IrProgram *p);
void sweep_table_free(SweepTable *t);

/* Sweeps of one kind in the function's loops: its own loops inside of others, and calls in loops;
 * each is the next one after `from` instructions. In the order of the instructions. */
uint32_t sweep_in_loops(SweepTable *t, PgFunc f, SweepKind kind, const Sweep **out);

/* The loop around a sweep, IR_NONE; the block that it is entered from. */
uint32_t sweep_around(const PgFunction *pf, const Sweep *s);
IrBlockId sweep_block(const PgFunction *pf, const Sweep *s);
/* Is it the same collection in each iteration of the loop around? */
bool sweep_same_whole(const IrProgram *p, const PgFunction *pf, const Sweep *s, uint32_t loop);
/* Does some key differ between the iterations? */
bool sweep_keys_vary(const IrProgram *p, const PgFunction *pf, const Sweep *s, uint32_t loop);
/* Does the loop put elements in? */
bool sweep_grows(const IrProgram *p, const PgFunction *pf, const Sweep *s, uint32_t loop);
/* The loop runs for more than a few iterations, does the sweep in a good part of them, and is
 * neither irreducible nor cold. */
bool sweep_is_often(const PgFunction *pf, const Sweep *s, uint32_t loop);
/* A sweep that is worth judging: the loop around, which goes to `loop`, is not the one that was
 * told of, goes over the same collection each time, and does so often. */
bool sweep_repeats(const IrProgram *p, const PgFunction *pf, const Sweep *s, uint32_t told,
                   uint32_t *loop);
/* The loop's end depends on the number of elements: it goes over the collection itself. */
bool sweep_bounds_loop(const IrProgram *p, const PgFunction *pf, const Sweep *s, uint32_t loop);
/* The text shows that there are many elements: by the array's size or the trips of the loop, which
 * puts them in, or because that loop reads its items from outside. */
enum { SWEEP_MANY = 256 };
bool sweep_is_many(const IrProgram *p, const PgFunction *pf, const Sweep *s, uint32_t loop);
/* Each iteration fills the collection anew: its array is written by loops inside of this one. */
bool sweep_refilled(const PgFunction *pf, const Sweep *s, uint32_t loop);

/* The function is left, or the iterations end, where the list is not empty: the work meets no more
 * nodes than what the same iteration, or the same call, has put in. */
bool sweep_begins_empty(const IrProgram *p, const PgFunction *pf, const Sweep *s);

/* The place in the source, and texts for messages. */
IrLoc sweep_place(const PgFunction *pf, const Sweep *s);
/* The functions on the way to the one with the loop: steps and cost sites of a finding. */
void sweep_tell(SweepTable *t, Report *r, Finding *f, const PgFunction *pf, const Sweep *s);
const char *sweep_whole_text(Report *r, const PgFunction *pf, const Sweep *s);
const char *sweep_count_text(Report *r, const PgFunction *pf, const Sweep *s);

/* ---- for the files behind this header ------------------------------------------------------- */

/* What a loop without loops inside does. */
Sweep sweep_of_loop(const IrProgram *p, const PgFunction *pf, uint32_t loop);
/* What a call of the C library does: memmove by a constant distance, qsort. */
Sweep sweep_of_library(const IrProgram *p, const PgFunction *pf, IrInsnId call);
/* Shifts (rules/sweep_shift.c). */
Sweep sweep_shift_of_loop(const IrProgram *p, const PgFunction *pf, uint32_t loop);
Sweep sweep_shift_of_call(const PgFunction *pf, IrInsnId call, uint32_t dst, uint32_t src,
                          uint32_t size);
/* What an address names: the last field of its path, or the variable. */
SweepHolder sweep_holder(const IrProgram *p, const PgFunction *pf, const IrAddr *addr);
SweepHolder sweep_holder_of_value(const IrProgram *p, const PgFunction *pf, IrRef ref);
bool sweep_same_holder(const SweepHolder *a, const SweepHolder *b);
/* What a branch asks of `cond`, without `!= 0`, `== 0` and conversions of a truth value; `flipped`:
 * it is asked for 0. */
const IrInsn *sweep_tested(const IrFunction *fn, IrRef cond, IrRef *ref, bool *flipped);
/* The block before the loop. */
IrBlockId sweep_before(const IrAnalysis *an, uint32_t loop);
/* Is the value the same in each iteration, as far as the program's text tells? */
bool sweep_same_value(const IrProgram *p, const PgFunction *pf, uint32_t loop, IrRef ref);
/* The array that an address of a loop walks over, as a value from before the loop. */
IrRef sweep_array_of(const PgFunction *pf, uint32_t loop, IrRef base);
/* The object that a pointer points into: constant distances are left out, and with `elements` the
 * index of an element, but not that of a row. */
IrRef sweep_start_of(const PgFunction *pf, IrRef pointer, bool elements);

#endif
