/* Blocks, operands and instructions of a function under construction. */
#include "ir/build_priv.h"

#include <stdlib.h>
#include <string.h>

/* ---- begin and end --------------------------------------------------------------------------- */

IrBuilder *ir_build_begin(IrUnitBuilder *unit, IrSymId sym, IrLoc loc, IrLoc name_loc,
                          IrTypeId result, uint32_t nparams) {
  IrBuilder *b = unit->fn;
  if (!b)
    b = unit->fn = hp_calloc(1, sizeof *b);
  HP_ASSERT(!b->active && sym < unit->unit->nsymbols);
  b->ub = unit;
  b->active = true;
  b->sym = sym;
  b->loc = loc;
  b->name_loc = name_loc;
  b->result = result;
  b->nparams = nparams;
  b->nnodes = b->nargs = b->naddrs = b->nhops = b->nconsts = b->nlocals = b->ncases = b->nlocs = 0;
  b->nblocks = b->nedges = b->nsuccs = b->nvars = b->ndefs = b->nopen = 0;
  b->defs_used = b->defs_cap < DEFS_FIRST ? b->defs_cap : DEFS_FIRST;
  b->epoch++;
  ir_index_clear(&b->const_index);
  HP_GROW(b->locs, b->nlocs, b->locs_cap);
  b->locs[b->nlocs++] = (IrLoc){0};
  b->where = (IrLoc){0};
  b->where_id = 0;
  b->place_of = NULL;
  IrBlockId entry = ir_build_block(b);
  b->blocks[entry].sealed = true;
  b->current = entry;
  return b;
}

void ir_build_abandon(IrBuilder *b) {
  b->active = false;
}

void builder_free(IrBuilder *b) {
  if (!b)
    return;
  void *memory[] = {b->nodes,     b->args,      b->addrs,    b->hops,       b->consts,
                    b->locals,    b->cases,     b->locs,     b->blocks,     b->edges,
                    b->succs,     b->vars,      b->defs,     b->open,       b->out.insns,
                    b->out.args,  b->out.addrs, b->out.hops, b->out.consts, b->out.cases,
                    b->out.edges, b->out.locs,  b->out.infos};
  for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
    free(memory[i]);
  ir_index_free(&b->const_index);
  free(b);
}

/* ---- places ---------------------------------------------------------------------------------- */

static bool same_loc(const IrLoc *a, const IrLoc *b) {
  return a->line == b->line && a->column == b->column && a->file == b->file &&
         a->end_line == b->end_line && a->end_column == b->end_column && a->macro == b->macro;
}

/* Neighbouring instructions share their place; looking a few entries back finds nearly all. */
IrLocId builder_loc(IrBuilder *b, IrLoc loc) {
  if (!loc.line)
    return 0;
  for (uint32_t i = b->nlocs, n = 0; i > 1 && n < 4; n++)
    if (same_loc(&b->locs[--i], &loc))
      return i;
  HP_GROW(b->locs, b->nlocs, b->locs_cap);
  b->locs[b->nlocs] = loc;
  return b->nlocs++;
}

void ir_build_at(IrBuilder *b, IrLoc loc) {
  b->place_of = NULL;
  if (same_loc(&b->where, &loc))
    return;
  b->where = loc;
  b->where_id = IR_NONE;
}

void ir_build_at_node(IrBuilder *b, IrPlaceOf *place_of, void *context, uint32_t node) {
  b->place_of = place_of;
  b->place_context = context;
  b->place_node = node;
}

IrLoc ir_build_where(IrBuilder *b) {
  if (b->place_of)
    ir_build_at(b, b->place_of(b->place_context, b->place_node));
  return b->where;
}

static IrLocId here(IrBuilder *b) {
  ir_build_where(b);
  if (b->where_id == IR_NONE)
    b->where_id = builder_loc(b, b->where);
  return b->where_id;
}

/* ---- operands -------------------------------------------------------------------------------- */

typedef struct ConstKey {
  const IrBuilder *b;
  IrConst c;
} ConstKey;

static bool same_const(const void *key, uint32_t id) {
  const ConstKey *k = key;
  const IrConst *c = &k->b->consts[id];
  return c->type == k->c.type && c->is_float == k->c.is_float && c->u.i == k->c.u.i;
}

static IrRef add_const(IrBuilder *b, IrConst c) {
  ConstKey key = {b, c};
  uint32_t hash = (uint32_t)ir_hash_mix((uint64_t)c.type << 1 | c.is_float, (uint64_t)c.u.i);
  uint32_t found = ir_index_find(&b->const_index, hash, same_const, &key);
  if (found == IR_NONE) {
    HP_GROW(b->consts, b->nconsts, b->consts_cap);
    b->consts[b->nconsts] = c;
    ir_index_add(&b->const_index, hash, b->nconsts);
    found = b->nconsts++;
  }
  return ir_ref(IR_REF_CONST, found);
}

IrRef ir_build_int(IrBuilder *b, IrTypeId type, int64_t value) {
  const IrType *t = &b->ub->unit->types[type];
  if (t->size && t->size < 8) {
    uint32_t unused = 64 - (uint32_t)t->size * 8;
    uint64_t up = (uint64_t)value << unused;
    bool is_signed = t->kind == IR_T_INT && !(t->flags & (IR_TF_UNSIGNED | IR_TF_BOOL));
    value = is_signed ? (int64_t)up >> unused : (int64_t)(up >> unused);
  }
  return add_const(b, (IrConst){.type = type, .u.i = value});
}

IrRef ir_build_float(IrBuilder *b, IrTypeId type, double value) {
  return add_const(b, (IrConst){.type = type, .is_float = 1, .u.f = value});
}

IrRef ir_build_local(IrBuilder *b, const char *name, IrTypeId type, uint32_t flags, IrLoc loc) {
  IrStr label = ir_unit_str(b->ub, name);
  IrLocId at = builder_loc(b, loc);
  HP_GROW(b->locals, b->nlocals, b->locals_cap);
  b->locals[b->nlocals] = (IrLocal){.name = label, .type = type, .flags = flags, .loc = at};
  return ir_ref(IR_REF_LOCAL, b->nlocals++);
}

/* An operand as it goes into an instruction. The value of a void expression counts as undefined. */
static IrRef operand(IrBuilder *b, IrRef ref) {
  uint32_t index = ir_ref_index(ref);
  switch (ir_ref_kind(ref)) {
  case IR_REF_NONE:
    return ir_build_undef();
  case IR_REF_VALUE:
    HP_ASSERT(index < b->nnodes);
    return ssa_resolve(b, ref);
  case IR_REF_CONST:
    HP_ASSERT(index < b->nconsts);
    return ref;
  case IR_REF_LOCAL:
    HP_ASSERT(index < b->nlocals);
    return ref;
  case IR_REF_SYM:
    HP_ASSERT(index < b->ub->unit->nsymbols);
    return ref;
  case IR_REF_STR:
    HP_ASSERT(index < b->ub->unit->nliterals);
    return ref;
  case IR_REF_UNDEF:
    return ref;
  }
  hp_die("builder: bad operand %08x", ref);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

IrBlockId ir_build_block(IrBuilder *b) {
  HP_GROW(b->blocks, b->nblocks, b->blocks_cap);
  b->blocks[b->nblocks] = (Block){
      .phi_first = IR_NONE,
      .phi_last = IR_NONE,
      .first = IR_NONE,
      .last = IR_NONE,
      .pred_first = IR_NONE,
      .pred_last = IR_NONE,
  };
  return b->nblocks++;
}

void ir_build_enter(IrBuilder *b, IrBlockId block) {
  HP_ASSERT(block < b->nblocks && b->current == IR_NONE);
  Block *k = &b->blocks[block];
  HP_ASSERT(!k->ended);
  b->current = block && k->sealed && !k->npreds ? IR_NONE : block;
}

void ir_build_seal(IrBuilder *b, IrBlockId block) {
  HP_ASSERT(block < b->nblocks);
  ssa_seal(b, block);
}

void ir_build_mark_loop(IrBuilder *b, IrBlockId header, IrLoc keyword) {
  HP_ASSERT(header < b->nblocks);
  b->blocks[header].flags |= IR_BLOCK_LOOP;
  b->blocks[header].loc = builder_loc(b, keyword);
}

void ir_build_mark_label(IrBuilder *b, IrBlockId block, IrSymId label) {
  HP_ASSERT(block < b->nblocks && label < b->ub->unit->nsymbols);
  b->blocks[block].flags |= IR_BLOCK_LABEL;
  b->blocks[block].label = label;
}

bool ir_build_reachable(const IrBuilder *b) {
  return b->current != IR_NONE;
}

IrBlockId ir_build_current(const IrBuilder *b) {
  return b->current;
}

/* ---- instructions ---------------------------------------------------------------------------- */

/* Appends an instruction whose operands are the last `nargs` of b->args. */
static IrInsnId append(IrBuilder *b, IrInsn in) {
  in.loc = here(b);
  IrInsnId id = b->nnodes;
  HP_ASSERT(id < IR_REF_MASK);
  HP_GROW(b->nodes, b->nnodes, b->nodes_cap);
  b->nodes[b->nnodes++] = (Node){in, b->current, IR_NONE};
  Block *k = &b->blocks[b->current];
  if (k->last == IR_NONE)
    k->first = id;
  else
    b->nodes[k->last].next = id;
  k->last = id;
  return id;
}

static uint32_t push_args(IrBuilder *b, const IrRef *args, uint32_t n) {
  HP_ASSERT(n <= UINT16_MAX);
  uint32_t at = b->nargs;
  for (uint32_t i = 0; i < n; i++) {
    IrRef ref = operand(b, args[i]);
    HP_GROW(b->args, b->nargs, b->args_cap);
    b->args[b->nargs++] = ref;
  }
  return at;
}

static IrRef emit(IrBuilder *b, IrOp op, IrTypeId type, uint32_t flags, const IrRef *args,
                  uint32_t n, uint32_t aux) {
  bool result = (ir_ops[op].flags & IR_RESULT) && type;
  if (b->current == IR_NONE)
    return result ? ir_build_undef() : 0;
  IrInsn in = {.op = (uint8_t)op, .flags = (uint8_t)flags, .nargs = (uint16_t)n, .type = type};
  in.aux = aux;
  in.args = push_args(b, args, n);
  IrInsnId id = append(b, in);
  return result ? ir_ref(IR_REF_VALUE, id) : 0;
}

IrRef ir_build_op(IrBuilder *b, IrOp op, IrTypeId type, uint32_t flags, const IrRef *args,
                  uint32_t nargs, uint32_t aux) {
  HP_ASSERT(op < IR_OP_COUNT && op != IR_PHI && !(ir_ops[op].flags & IR_TERM));
  HP_ASSERT(!strpbrk(ir_ops[op].operands, "mM"));
  return emit(b, op, type, flags, args, nargs, aux);
}

IrRef ir_build_op1(IrBuilder *b, IrOp op, IrTypeId type, IrRef x) {
  return ir_build_op(b, op, type, 0, &x, 1, 0);
}

IrRef ir_build_op2(IrBuilder *b, IrOp op, IrTypeId type, uint32_t flags, IrRef x, IrRef y) {
  return ir_build_op(b, op, type, flags, (IrRef[]){x, y}, 2, 0);
}

IrRef ir_build_param(IrBuilder *b, uint32_t number, IrTypeId type, const char *name) {
  HP_ASSERT(number < b->nparams);
  IrRef ref = ir_build_op(b, IR_PARAM, type, 0, NULL, 0, number);
  if (ir_ref_kind(ref) == IR_REF_VALUE)
    b->nodes[ir_ref_index(ref)].in.name = ir_unit_str(b->ub, name);
  return ref;
}

/* ---- memory ---------------------------------------------------------------------------------- */

static uint32_t push_addr(IrBuilder *b, const IrAddr *addr, const IrHop *path, uint32_t nhops) {
  IrAddr a = *addr;
  a.base = operand(b, a.base);
  if (ir_ref_kind(a.index) == IR_REF_NONE)
    a.index = a.scale = 0;
  else
    a.index = operand(b, a.index);
  if (nhops > IR_LONGEST_PATH || b->nhops > IR_MOST_HOPS - nhops)
    nhops = 0; /* what the path tells is missed, no more */
  a.hops = b->nhops & IR_MOST_HOPS;
  a.nhops = nhops;
  a.flags = (a.bit_width ? a.flags | IR_MEM_BITFIELD : a.flags & ~IR_MEM_BITFIELD) & 0xFFF;
  for (uint32_t i = 0; i < nhops; i++) {
    HP_GROW(b->hops, b->nhops, b->hops_cap);
    b->hops[b->nhops++] = path[i];
  }
  HP_GROW(b->addrs, b->naddrs, b->addrs_cap);
  b->addrs[b->naddrs] = a;
  return b->naddrs++;
}

static IrRef emit_memory(IrBuilder *b, IrOp op, IrTypeId type, const IrAddr *addr,
                         const IrHop *path, uint32_t nhops, const IrRef *args, uint32_t n) {
  uint32_t at = b->current == IR_NONE ? 0 : push_addr(b, addr, path, nhops);
  if (b->current != IR_NONE && op != IR_RMW)
    b->addrs[at].rmw = IR_RMW_NONE;
  return emit(b, op, type, 0, args, n, at);
}

IrRef ir_build_addr(IrBuilder *b, const IrAddr *addr, const IrHop *path, uint32_t nhops,
                    IrTypeId pointer_type) {
  return emit_memory(b, IR_ADDR, pointer_type, addr, path, nhops, NULL, 0);
}

IrRef ir_build_load(IrBuilder *b, const IrAddr *addr, const IrHop *path, uint32_t nhops) {
  return emit_memory(b, IR_LOAD, addr->type, addr, path, nhops, NULL, 0);
}

void ir_build_store(IrBuilder *b, const IrAddr *addr, const IrHop *path, uint32_t nhops,
                    IrRef value) {
  emit_memory(b, IR_STORE, 0, addr, path, nhops, &value, 1);
}

void ir_build_copy(IrBuilder *b, const IrAddr *to, const IrHop *to_path, uint32_t to_hops,
                   const IrAddr *from, const IrHop *from_path, uint32_t from_hops) {
  if (b->current == IR_NONE)
    return;
  uint32_t at = push_addr(b, to, to_path, to_hops);
  push_addr(b, from, from_path, from_hops);
  emit(b, IR_COPY, 0, 0, NULL, 0, at);
}

void ir_build_clear(IrBuilder *b, const IrAddr *addr, const IrHop *path, uint32_t nhops) {
  emit_memory(b, IR_CLEAR, 0, addr, path, nhops, NULL, 0);
}

IrRef ir_build_rmw(IrBuilder *b, const IrAddr *addr, const IrHop *path, uint32_t nhops, IrRmw what,
                   IrRef value) {
  HP_ASSERT(what > IR_RMW_NONE && what < IR_RMW_COUNT);
  IrAddr a = *addr;
  a.rmw = (uint8_t)what;
  return emit_memory(b, IR_RMW, a.type, &a, path, nhops, &value, 1);
}

IrRef ir_build_cmpxchg(IrBuilder *b, const IrAddr *addr, const IrHop *path, uint32_t nhops,
                       IrRef expected, IrRef desired) {
  return emit_memory(b, IR_CMPXCHG, addr->type, addr, path, nhops, (IrRef[]){expected, desired}, 2);
}

void ir_build_fence(IrBuilder *b, uint32_t order) {
  emit(b, IR_FENCE, 0, 0, NULL, 0, order);
}

IrRef ir_build_vaarg(IrBuilder *b, const IrAddr *list, const IrHop *path, uint32_t nhops,
                     IrTypeId type) {
  return emit_memory(b, IR_VAARG, type, list, path, nhops, NULL, 0);
}

/* ---- calls and the rest ---------------------------------------------------------------------- */

IrRef ir_build_call(IrBuilder *b, IrSymId callee, IrTypeId type, const IrRef *args, uint32_t n) {
  HP_ASSERT(callee < b->ub->unit->nsymbols);
  return emit(b, IR_CALL, type, 0, args, n, callee);
}

IrRef ir_build_call_pointer(IrBuilder *b, IrRef callee, IrTypeId type, const IrRef *args,
                            uint32_t n) {
  IrRef few[16], *all = n < 16 ? few : hp_malloc((n + 1) * sizeof *all);
  all[0] = callee;
  if (n)
    memcpy(all + 1, args, n * sizeof *all);
  IrRef result = emit(b, IR_CALLP, type, 0, all, n + 1, 0);
  if (all != few)
    free(all);
  return result;
}

IrRef ir_build_opaque(IrBuilder *b, const char *reason, IrTypeId type, const IrRef *args,
                      uint32_t n) {
  return emit(b, IR_OPAQUE, type, 0, args, n, ir_unit_str(b->ub, reason));
}

/* ---- terminators ----------------------------------------------------------------------------- */

static void add_edge(IrBuilder *b, IrBlockId from, IrBlockId to) {
  HP_ASSERT(to < b->nblocks && !b->blocks[to].sealed);
  Block *k = &b->blocks[to];
  uint32_t id = b->nedges;
  HP_GROW(b->edges, b->nedges, b->edges_cap);
  b->edges[b->nedges++] = (Edge){from, IR_NONE};
  if (k->pred_last == IR_NONE)
    k->pred_first = id;
  else
    b->edges[k->pred_last].next = id;
  k->pred_last = id;
  k->npreds++;
  HP_GROW(b->succs, b->nsuccs, b->succs_cap);
  b->succs[b->nsuccs++] = to;
}

static void terminate(IrBuilder *b, IrOp op, uint32_t flags, const IrRef *args, uint32_t n,
                      uint32_t aux, const IrBlockId *targets, uint32_t ntargets) {
  if (b->current == IR_NONE)
    return;
  IrBlockId from = b->current;
  emit(b, op, 0, flags, args, n, aux);
  b->blocks[from].succs = b->nsuccs;
  b->blocks[from].nsuccs = ntargets;
  for (uint32_t i = 0; i < ntargets; i++)
    add_edge(b, from, targets[i]);
  b->blocks[from].ended = true;
  b->current = IR_NONE;
}

void ir_build_jump(IrBuilder *b, IrBlockId to) {
  terminate(b, IR_JUMP, 0, NULL, 0, 0, &to, 1);
}

void ir_build_branch(IrBuilder *b, IrRef condition, IrBlockId yes, IrBlockId no) {
  ir_build_branch_hint(b, condition, yes, no, 0);
}

void ir_build_branch_hint(IrBuilder *b, IrRef condition, IrBlockId yes, IrBlockId no,
                          uint32_t flags) {
  terminate(b, IR_BR, flags, &condition, 1, 0, (IrBlockId[]){yes, no}, 2);
}

void ir_build_switch(IrBuilder *b, IrRef value, const IrCase *cases, uint32_t ncases,
                     const IrBlockId *targets, uint32_t ntargets) {
  if (b->current == IR_NONE)
    return;
  HP_ASSERT(ntargets);
  Block *k = &b->blocks[b->current];
  k->cases = b->ncases;
  k->ncases = ncases;
  for (uint32_t i = 0; i < ncases; i++) {
    HP_ASSERT(cases[i].succ < ntargets);
    HP_GROW(b->cases, b->ncases, b->cases_cap);
    b->cases[b->ncases++] = cases[i];
  }
  terminate(b, IR_SWITCH, 0, &value, 1, k->cases, targets, ntargets);
}

void ir_build_indirect(IrBuilder *b, IrRef target, const IrBlockId *targets, uint32_t ntargets) {
  terminate(b, IR_IGOTO, 0, &target, 1, 0, targets, ntargets);
}

void ir_build_asm_goto(IrBuilder *b, const IrBlockId *targets, uint32_t ntargets) {
  terminate(b, IR_ASMGOTO, 0, NULL, 0, 0, targets, ntargets);
}

void ir_build_return(IrBuilder *b, IrRef value) {
  terminate(b, IR_RET, 0, &value, ir_ref_kind(value) != IR_REF_NONE, 0, NULL, 0);
}

void ir_build_stop(IrBuilder *b) {
  terminate(b, IR_STOP, 0, NULL, 0, 0, NULL, 0);
}
