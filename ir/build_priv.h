/* What the parts of the builder share: unit.c (unit tables), build.c (blocks, instructions), ssa.c
 * (variables and phis), finish.c (from the growing form to the compact one). Internal to ir/. */
#ifndef HPLINT_IR_BUILD_PRIV_H
#define HPLINT_IR_BUILD_PRIV_H

#include "ir/build.h"
#include "ir/index.h"

/* A phi that was replaced: its op is this, its aux the IrRef that took its place. */
#define OP_REPLACED ((uint8_t)IR_OP_COUNT)
/* args of a phi whose operands are not filled in yet */
#define PHI_OPEN UINT32_MAX

/* An instruction under construction; a PHI of a variable keeps the variable in aux. */
typedef struct Node {
  IrInsn in;
  IrBlockId block;
  IrInsnId next; /* in the block's list of phis or of other instructions */
} Node;

typedef struct Edge {
  IrBlockId from;
  uint32_t next;
} Edge;

typedef struct Block {
  IrInsnId phi_first, phi_last, first, last;
  uint32_t pred_first, pred_last, npreds; /* list in b->edges, in order of creation */
  uint32_t succs, nsuccs;                 /* into b->succs */
  uint32_t cases, ncases;                 /* into b->cases */
  uint32_t flags;
  IrLocId loc;
  IrSymId label;
  bool sealed, ended;
} Block;

typedef struct Var {
  IrStr name;
  IrTypeId type;
  IrBlockId block; /* where it was written or read last, IR_NONE: nowhere; */
  IrRef value;     /* and its value there, which the table has, too */
} Var;

enum { DEFS_FIRST = 256 };
/* Definitions of variables at the end of blocks, a hash table keyed by both. Entries of an earlier
 * epoch (function) are free, so that starting a function clears nothing; it begins with a small
 * part of the table, so that small functions after a large one stay in the caches. */
typedef struct Def {
  IrBlockId block;
  IrVar var;
  IrRef value;
  uint32_t epoch;
} Def;

/* Output of finish.c, kept from function to function for its memory. */
typedef struct Compact {
  IrInsn *insns;
  uint32_t ninsns, insns_cap;
  IrRef *args;
  uint32_t nargs, args_cap;
  IrAddr *addrs;
  uint32_t naddrs, addrs_cap;
  IrHop *hops;
  uint32_t nhops, hops_cap;
  IrConst *consts;
  uint32_t nconsts, consts_cap;
  IrCase *cases;
  uint32_t ncases, cases_cap;
  uint32_t *edges;
  uint32_t nedges, edges_cap;
  IrSpot *locs;
  uint32_t nlocs, locs_cap;
  IrBlockInfo *infos;
  uint32_t ninfos, infos_cap;
} Compact;

struct IrBuilder {
  IrUnitBuilder *ub;
  bool active;
  IrSymId sym;
  IrLoc loc, name_loc;
  IrTypeId result;
  uint32_t nparams;

  IrBlockId current; /* IR_NONE after a terminator */
  IrLoc where;
  IrLocId where_id;    /* of `where`; IR_NONE until some instruction needs it */
  IrPlaceOf *place_of; /* not NULL: `where` is still to be asked for, of this node */
  void *place_context;
  uint32_t place_node;

  Node *nodes;
  uint32_t nnodes, nodes_cap;
  IrRef *args;
  uint32_t nargs, args_cap;
  IrAddr *addrs;
  uint32_t naddrs, addrs_cap;
  IrHop *hops;
  uint32_t nhops, hops_cap;
  IrConst *consts;
  uint32_t nconsts, consts_cap;
  IrIndex const_index;
  IrLocal *locals;
  uint32_t nlocals, locals_cap;
  IrCase *cases;
  uint32_t ncases, cases_cap;
  IrLoc *locs;
  uint32_t nlocs, locs_cap;
  Block *blocks;
  uint32_t nblocks, blocks_cap;
  Edge *edges;
  uint32_t nedges, edges_cap;
  IrBlockId *succs;
  uint32_t nsuccs, succs_cap;
  Var *vars;
  uint32_t nvars, vars_cap;

  Def *defs;
  uint32_t ndefs, defs_cap, defs_used; /* used: the part in use, a power of two */
  uint32_t epoch;
  IrInsnId *open; /* phis whose operands are to be read */
  uint32_t nopen, open_cap;

  Compact out;
};

struct IrUnitBuilder {
  IrUnit *unit;
  uint32_t strings_cap, files_cap, types_cap, records_cap, fields_cap, symbols_cap, literals_cap,
      inits_cap, functions_cap, macros_cap, spans_cap;
  IrIndex strings, files, types, literals, macros, spans;
  uint32_t last_span;    /* asked for last: neighbours share it */
  uint64_t pointer_size; /* of the first pointer type seen, 8 until then */
  bool *has_body;        /* by symbol, as far as there are functions */
  uint32_t nhas_body, has_body_cap;
  IrBuilder *fn; /* memory kept from function to function */
};

/* New entries of the unit's tables, also when an equal one is there. */
IrTypeId unit_add_type(IrUnitBuilder *b, const IrType *type);
uint32_t unit_add_file(IrUnitBuilder *b, IrFile file);
uint32_t unit_add_literal(IrUnitBuilder *b, IrLiteral literal);

/* The operand with replaced phis followed to what took their place. */
IrRef ssa_resolve(IrBuilder *b, IrRef ref);
/* An empty phi at the front of a block. */
IrInsnId ssa_new_phi(IrBuilder *b, IrBlockId block, IrTypeId type, IrStr name);
/* If all operands are the same value or the phi itself, that value takes its place. */
bool ssa_try_trivial(IrBuilder *b, IrInsnId phi);
void ssa_seal(IrBuilder *b, IrBlockId block);
/* Removes phis that are redundant together (Braun et al., algorithm 5), then those nobody needs.
 * `order` holds the reachable blocks. All operands are resolved afterwards. */
void ssa_simplify(IrBuilder *b, const IrBlockId *order, uint32_t count);
void builder_free(IrBuilder *b);
IrLocId builder_loc(IrBuilder *b, IrLoc loc);

#endif
