/* HP101's private header: a walk over linked nodes, as the files of this rule know it. rule.c finds
 * walks, rule_iterator.c those of a step a call, rule_index.c chains of indices, rule_walk.c looks
 * at their nodes, rule_kind.c judges them, rule_report.c tells of them. */
#ifndef HPLINT_RULES_HP101_RULE_WALK_H
#define HPLINT_RULES_HP101_RULE_WALK_H

#include "rules/rule.h"
#include "rules/touch.h"

enum { WALK_MAX_ROOTS = 8 };

/* Why a walk is worth less than it looks. */
typedef enum WalkKind {
  WALK_LIST,
  WALK_SEARCH,
  WALK_TO_END,
  WALK_TREE_DESCENT,
  WALK_TREE,
  WALK_HASH_CHAIN,
  WALK_SKIP_LIST,
  WALK_FREES,
  WALK_UPWARDS,
  WALK_WAITS,
  WALK_BUSY,
  WALK_CALLS,
  WALK_ITERATOR,
} WalkKind;

typedef struct Walk {
  const IrProgram *p;
  const PgFunction *pf;
  PgFunc func;
  uint32_t loop; /* IR_NONE: recursion, or a step a call */
  IrInsnId phi;
  IrRef roots[WALK_MAX_ROOTS];    /* pointers to the current node: the PHI and what flows into it */
  int64_t shifts[WALK_MAX_ROOTS]; /* of each: how far behind the loaded link's target it points */
  uint32_t nroots;
  const IrInsn *load; /* the load that chases; in an accessor: the CALL */
  const IrAddr *addr; /* of that load, NULL with an accessor */
  IrInsnId at;        /* `load` as an id, in pf */
  uint32_t ways, hops;
  bool one_direction; /* of several ways, what picks one does not change: a list walked backwards */
  IrRecordId record;
  bool mixed;       /* what lies at one place is a field of this record in some nodes, of another
                       record in others */
  bool sometimes;   /* some iterations stay at their node */
  bool header_only; /* nodes are of several records that begin with `record` */
  Touch touch;
  WalkKind kind;
} Walk;

/* ---- nodes (rule_walk.c) --------------------------------------------------------------------- */

/* One more pointer to the current node, `shift` bytes behind what the link points to; past
 * WALK_MAX_ROOTS it is left out. */
void walk_add_root(Walk *w, IrRef root, int64_t shift);
/* Does the pointer lead to the current node? */
bool walk_rooted(const Walk *w, IrRef pointer);
/* Does the value come from a load through the walking pointer, or a call on it? */
bool walk_reads_node(const Walk *w, IrRef ref, unsigned depth);
/* The next pointer itself, also when the program reads it again, or reads the one after it. */
bool walk_is_link(const Walk *w, IrRef ref);
/* The address has an index that is no constant. */
bool walk_indexed(const IrFunction *fn, const IrAddr *addr);
/* The index that picks the link itself: level[i] of a skip list, child[dir] of a tree; NONE. */
IrRef walk_link_index(const PgFunction *pf, const IrAddr *addr);
/* The field that the walk goes on by, NULL when it has no name; *record is the one it is in. */
const IrField *walk_link_field(const Walk *w, IrRecordId *record);
/* Fills `touch` from the roots and `record`; makes `record` the node's. */
void walk_find_touched(Walk *w);
/* Objects that are allocated as this record are larger: other records begin like it, and no
 * allocation has its size. */
bool walk_begins_larger(const PgRecordInfo *info);
/* Bytes of a node, 0 when it ends in an array of unknown length, or when nodes differ. */
uint64_t walk_known_size(const Walk *w);

/* `p = next(p)`: the call is of a small function that returns a field of what `from` leads to. */
bool walk_steps_by_call(const IrProgram *p, const PgFunction *pf, const IrInsn *call, IrRef from);

/* ---- iterators (rule_iterator.c) ------------------------------------------------------------- */

/* One step along a list in each call: the place is kept in an object that a parameter points to. */
void walk_check_iterator(const IrProgram *p, PgFunc func, Report *r);

/* ---- chains of indices (rule_index.c) ---------------------------------------------------------
 */

/* At most one finding a loop. */
void walk_check_indices(const IrProgram *p, PgFunc func, uint32_t loop, Report *r);

/* ---- judgement (rule_kind.c) ----------------------------------------------------------------- */

/* No linked traversal: the program's text bounds the loop to a few steps. */
bool walk_stops_early(const Walk *w);
/* No linked traversal: a loop over an array that takes a step along a list now and then. */
bool walk_beside_array(const Walk *w);
/* No linked traversal: a list of blocks, each with an array that an inner loop walks. */
bool walk_by_blocks(const Walk *w);
WalkKind walk_kind_of_loop(const Walk *w);
/* The walk takes its nodes apart: every step gives its node back and does little else. */
bool walk_only_frees(const Walk *w);
/* An index picks the link, see walk_link_index. */
bool walk_picks_link(const Walk *w);

/* ---- reporting (rule_report.c) --------------------------------------------------------------- */

/* Adds the finding at `loc`. */
void walk_report(const Walk *w, Report *r, IrLoc loc);

#endif
