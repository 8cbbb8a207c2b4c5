/* Heap memory that a call returned: how large it is, and what becomes of it in the loop or function
 * around the call. The pointer is followed through conversions, merges and the blocks that it is
 * stored in. */
#ifndef HPLINT_RULES_FRESH_H
#define HPLINT_RULES_FRESH_H

#include "rules/rule.h"

/* Where the pointer is kept, the surest last. */
typedef enum FreshKept {
  FRESH_LOST,     /* nothing that is seen keeps it */
  FRESH_ONCE,     /* a place that holds one block at a time: a buffer made at first use */
  FRESH_HANDED,   /* given to code that is not known */
  FRESH_RETURNED, /* of functions only */
  FRESH_IN_BLOCK, /* stored in another fresh block */
  FRESH_IN_PARAM, /* of functions only: stored in the object that a parameter points to */
  FRESH_STORED,   /* in a table, in an object */
  FRESH_LINKED,   /* to others of its kind */
} FreshKept;

typedef struct FreshFate {
  FreshKept kept;
  IrInsnId at;     /* the STORE, COPY or call that keeps it, IR_NONE */
  IrInsnId holder; /* IN_BLOCK: the call that returned the other block */
  uint32_t param;  /* IN_PARAM */
  bool freed;      /* given back in every iteration (or call) */
  bool resized;    /* given to realloc */
  bool recycled;   /* taken from a list of free blocks when there is one */
  bool merged;     /* the code after it goes on with this block or with one that it found */
} FreshFate;

/* In the loop; IR_NONE: in the function. The call is one whose summary says FRESH. */
FreshFate fresh_fate(const IrProgram *p, const PgFunction *pf, uint32_t loop, IrInsnId call);

/* The number of bytes that the call allocates, when it is the same in every call. */
bool fresh_bytes(const IrProgram *p, const PgFunction *pf, IrInsnId call, int64_t *bytes);

/* Does a call that returns fresh memory take some each time? A constructor may find nothing and
 * return NULL before it allocates. What fails only for sizes that are too large counts as always.
 */
bool fresh_always(const IrProgram *p, const PgFunction *pf, IrInsnId call);

#endif
