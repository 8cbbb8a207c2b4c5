/* What most numbers of a function's tables follow from: numbers of blocks, edges, operands and
 * addresses from the order in which ir_build_end writes them, types from operands, members and
 * callees, all that is numbered at its first use from what was used so far. Packed records hold
 * what is left (columns.c).
 *
 * One walk serves both ways, so that they cannot differ: each number is turned once, into what is
 * left or back, with an expectation that rests on such as are turned already, are not turned at all
 * or come with the unit. The tables may hold anything: whatever is looked up is checked. */
#include "ir/serial_parts.h"

#include <stdlib.h>
#include <string.h>

struct Expect {
  const IrUnit *unit;
  bool back;
  IrFunction value, left;      /* back: the same tables */
  uint32_t next_sym, next_str; /* the first that was not used yet */
  uint16_t *call_args;         /* by symbol: operands of its last call */
  /* Of the function: */
  uint32_t edge, arg, addr, const_, loc; /* the next one */
  uint32_t nparams, last_args[IR_OP_COUNT];
  /* Edges that come into blocks, in the order in which they were seen. By block: the first and the
   * last, their count; by edge: where it is from, the next one. */
  uint32_t *in_first, *in_last, *in_count, *in_from, *in_next;
  uint32_t blocks_room, edges_room;
};

Expect *serial_expect_new(const IrUnit *unit, bool back) {
  Expect *e = hp_calloc(1, sizeof *e);
  *e = (Expect){.unit = unit, .back = back};
  e->call_args = hp_calloc(unit->nsymbols, sizeof *e->call_args);
  return e;
}

void serial_expect_free(Expect *e) {
  if (!e)
    return;
  free(e->call_args);
  free(e->in_first);
  free(e->in_from);
  free(e);
}

/* ---- turning --------------------------------------------------------------------------------- */

static inline uint32_t turn(const Expect *e, uint32_t *value, uint32_t *left, uint32_t expected) {
  if (e->back)
    return *value = *left + expected;
  *left = *value - expected;
  return *value;
}

/* Things numbered at their first use: 0 is the next new one, else one more than its number. */
static inline uint32_t turn_used(const Expect *e, uint32_t *value, uint32_t *left, uint32_t *next) {
  if (e->back)
    *value = !*left ? *next : *left <= *next ? *left - 1 : *left;
  else
    *left = *value == *next ? 0 : *value < *next ? *value + 1 : *value;
  *next += *value == *next;
  return *value;
}

/* The same where those used last are likely again: how far back. */
static inline uint32_t turn_recent(const Expect *e, uint32_t *value, uint32_t *left,
                                   uint32_t *next) {
  turn(e, value, left, *next);
  *next += *value == *next;
  return *value;
}

static uint32_t turn_index(Expect *e, uint32_t kind, uint32_t *value, uint32_t *left,
                           uint32_t insn) {
  switch ((IrRefKind)kind) {
  case IR_REF_VALUE:
    if (e->back)
      return *value = (insn - *left) & IR_REF_MASK;
    *left = (insn - *value) & IR_REF_MASK;
    return *value;
  case IR_REF_CONST:
    return turn_used(e, value, left, &e->const_);
  case IR_REF_SYM:
    return turn_used(e, value, left, &e->next_sym);
  case IR_REF_STR:
    return turn_used(e, value, left, &e->next_str);
  default:
    return turn(e, value, left, 0);
  }
}

/* An operand of the instruction; its kind stays. */
static IrRef turn_ref(Expect *e, IrRef *value, IrRef *left, uint32_t insn) {
  uint32_t kind = (e->back ? *left : *value) >> IR_REF_SHIFT;
  uint32_t index = *value & IR_REF_MASK, rest = *left & IR_REF_MASK;
  turn_index(e, kind, &index, &rest, insn);
  if (e->back)
    return *value = ir_ref((IrRefKind)kind, index);
  *left = ir_ref((IrRefKind)kind, rest);
  return *value;
}

/* ---- blocks and edges ------------------------------------------------------------------------ */

static void make_room(Expect *e) {
  uint32_t nblocks = e->value.nblocks, nedges = e->value.nedges;
  if (nblocks >= e->blocks_room) {
    e->blocks_room = nblocks + 1;
    e->in_first = hp_realloc(e->in_first, (size_t)e->blocks_room * 3 * sizeof *e->in_first);
  }
  if (nedges >= e->edges_room) {
    e->edges_room = nedges + 1;
    e->in_from = hp_realloc(e->in_from, (size_t)e->edges_room * 2 * sizeof *e->in_from);
  }
  e->in_last = e->in_first + nblocks;
  e->in_count = e->in_last + nblocks;
  e->in_next = e->in_from + nedges;
  for (uint32_t i = 0; i < nblocks; i++) {
    e->in_first[i] = e->in_last[i] = IR_NONE;
    e->in_count[i] = 0;
  }
}

static void note_edge(Expect *e, uint32_t edge, IrBlockId from, IrBlockId to) {
  if (to >= e->value.nblocks)
    return;
  e->in_from[edge] = from;
  e->in_next[edge] = IR_NONE;
  if (e->in_last[to] == IR_NONE)
    e->in_first[to] = edge;
  else
    e->in_next[e->in_last[to]] = edge;
  e->in_last[to] = edge;
  e->in_count[to]++;
}

static bool ends_block(const IrInsn *in) {
  return in->op < IR_OP_COUNT && (ir_ops[in->op].flags & IR_TERM);
}

/* The first successor is usually the next block. */
static void turn_succs(Expect *e, IrBlockId block, uint32_t count) {
  for (uint32_t i = 0; i < count && e->edge < e->value.nedges; i++, e->edge++) {
    uint32_t *to = &e->value.edges[e->edge];
    turn(e, to, &e->left.edges[e->edge], block + 1);
    note_edge(e, e->edge, block, *to);
  }
}

/* Those further up are known. */
static void turn_preds(Expect *e, IrBlockId block, uint32_t count) {
  uint32_t in = e->in_first[block];
  for (uint32_t i = 0; i < count && e->edge < e->value.nedges; i++, e->edge++) {
    turn(e, &e->value.edges[e->edge], &e->left.edges[e->edge],
         in == IR_NONE ? block : e->in_from[in]);
    in = in == IR_NONE ? IR_NONE : e->in_next[in];
  }
}

static void turn_blocks(Expect *e) {
  uint32_t insn = 0;
  for (IrBlockId b = 0; b < e->value.nblocks; b++) {
    IrBlock *value = &e->value.blocks[b], *left = &e->left.blocks[b];
    uint32_t first = insn, succs = 0;
    while (insn < e->value.ninsns && !ends_block(&e->value.insns[insn]))
      insn++;
    if (insn < e->value.ninsns) {
      IrOp op = (IrOp)e->value.insns[insn++].op;
      succs = op == IR_JUMP ? 1 : op == IR_RET || op == IR_STOP ? 0 : 2;
    }
    turn(e, &value->first, &left->first, first);
    turn(e, &value->count, &left->count, insn - first);
    turn(e, &value->succs, &left->succs, e->edge);
    turn_succs(e, b, turn(e, &value->nsuccs, &left->nsuccs, succs));
    turn(e, &value->preds, &left->preds, e->edge);
    turn_preds(e, b, turn(e, &value->npreds, &left->npreds, e->in_count[b]));
  }
}

/* ---- types ----------------------------------------------------------------------------------- */

static const IrType *type_at(const Expect *e, IrTypeId id) {
  static const IrType none;
  return id < e->unit->ntypes ? &e->unit->types[id] : &none;
}

/* Of an operand, where it is turned already. */
static IrTypeId operand_type(const Expect *e, IrRef ref, uint32_t insn) {
  uint32_t index = ir_ref_index(ref);
  if (ir_ref_kind(ref) == IR_REF_VALUE && index < insn)
    return e->value.insns[index].type;
  if (ir_ref_kind(ref) == IR_REF_CONST && index < e->value.nconsts)
    return e->value.consts[index].type;
  return 0;
}

static IrTypeId symbol_type(const Expect *e, IrSymId sym) {
  return sym < e->unit->nsymbols ? e->unit->symbols[sym].type : 0;
}

/* Of the object at an address: the last member's of its path, else what the base points to. */
static IrTypeId object_type(const Expect *e, const IrAddr *a, uint32_t insn) {
  uint32_t last = a->hops + a->nhops - 1;
  if (a->nhops && last < e->value.nhops) {
    const IrHop *hop = &e->value.hops[last];
    const IrRecord *r = hop->record < e->unit->nrecords ? &e->unit->records[hop->record] : NULL;
    uint64_t field = r ? (uint64_t)r->fields + hop->field : e->unit->nfields;
    return field < e->unit->nfields ? e->unit->fields[field].type : 0;
  }
  uint32_t index = ir_ref_index(a->base);
  switch (ir_ref_kind(a->base)) {
  case IR_REF_LOCAL:
    return index < e->value.nlocals ? e->value.locals[index].type : 0;
  case IR_REF_SYM:
    return symbol_type(e, index);
  default:
    return type_at(e, operand_type(e, a->base, insn))->sub;
  }
}

static void turn_addr(Expect *e, uint32_t insn) {
  if (e->addr >= e->value.naddrs)
    return;
  IrAddr *value = &e->value.addrs[e->addr], *left = &e->left.addrs[e->addr];
  e->addr++;
  turn_ref(e, &value->base, &left->base, insn);
  turn_ref(e, &value->index, &left->index, insn);
  turn(e, &value->type, &left->type, object_type(e, value, insn));
  uint64_t size = type_at(e, value->type)->size;
  if (e->back)
    value->size = left->size + size;
  else
    left->size = value->size - size;
}

static IrTypeId result_type(const Expect *e, const IrInsn *in, uint32_t insn, uint32_t arg) {
  IrTypeId first = arg < e->arg ? operand_type(e, e->value.args[arg], insn) : 0;
  switch ((IrOp)in->op) {
  case IR_LOAD:
  case IR_RMW:
  case IR_CMPXCHG:
  case IR_VAARG:
    return in->aux < e->addr ? e->value.addrs[in->aux].type : 0;
  case IR_CALL:
    return type_at(e, symbol_type(e, in->aux))->sub;
  case IR_CALLP:
    return type_at(e, type_at(e, first)->sub)->sub;
  case IR_PHI:
  case IR_ADD:
  case IR_SUB:
  case IR_MUL:
  case IR_DIV:
  case IR_REM:
  case IR_AND:
  case IR_OR:
  case IR_XOR:
  case IR_SHL:
  case IR_SHR:
  case IR_NEG:
  case IR_NOT:
    return first;
  default:
    return 0;
  }
}

/* ---- instructions ---------------------------------------------------------------------------- */

static void turn_aux(Expect *e, IrInsn *value, IrInsn *left, uint32_t naddrs) {
  if (value->op == IR_CALL)
    turn_used(e, &value->aux, &left->aux, &e->next_sym);
  else if (naddrs)
    turn(e, &value->aux, &left->aux, e->addr);
  else if (value->op == IR_PARAM)
    turn(e, &value->aux, &left->aux, e->nparams++);
  else
    turn(e, &value->aux, &left->aux, 0);
}

static uint32_t expected_args(const Expect *e, const IrInsn *in, IrBlockId block) {
  if (in->op == IR_PHI)
    return block < e->value.nblocks ? e->value.blocks[block].npreds : 0;
  if (in->op == IR_CALL && in->aux < e->unit->nsymbols)
    return e->call_args[in->aux];
  return in->op < IR_OP_COUNT ? e->last_args[in->op] : 0;
}

static uint32_t turn_nargs(Expect *e, IrInsn *value, IrInsn *left, IrBlockId block) {
  uint16_t expected = (uint16_t)expected_args(e, value, block);
  if (e->back)
    value->nargs = (uint16_t)(left->nargs + expected);
  else
    left->nargs = (uint16_t)(value->nargs - expected);
  if (value->op == IR_CALL && value->aux < e->unit->nsymbols)
    e->call_args[value->aux] = value->nargs;
  else if (value->op < IR_OP_COUNT)
    e->last_args[value->op] = value->nargs;
  return value->nargs;
}

static void turn_insns(Expect *e) {
  IrBlockId block = 0;
  for (uint32_t i = 0; i < e->value.ninsns; i++) {
    IrInsn *value = &e->value.insns[i], *left = &e->left.insns[i];
    uint32_t first = e->arg, naddrs = value->op < IR_OP_COUNT ? ir_op_naddrs(value->op) : 0;
    turn_aux(e, value, left, naddrs);
    turn(e, &value->args, &left->args, first);
    uint32_t nargs = turn_nargs(e, value, left, block);
    for (uint32_t k = 0; k < nargs && e->arg < e->value.nargs; k++, e->arg++)
      turn_ref(e, &e->value.args[e->arg], &e->left.args[e->arg], i);
    for (uint32_t k = 0; k < naddrs; k++)
      turn_addr(e, i);
    turn(e, &value->type, &left->type, result_type(e, value, i, first));
    turn_recent(e, &value->loc, &left->loc, &e->loc);
    block += ends_block(value);
  }
}

void serial_expect(Expect *e, const IrFunction *value, const IrFunction *left) {
  e->value = *value;
  e->left = *left;
  e->edge = e->arg = e->addr = e->const_ = e->loc = e->nparams = 0;
  make_room(e);
  turn_blocks(e);
  turn_insns(e);
}
