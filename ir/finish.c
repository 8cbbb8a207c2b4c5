/* The end of a function under construction: blocks are ordered, what cannot be reached is dropped,
 * phis are cleaned up, and everything moves to compact arrays in the unit's arena.
 *
 * The order is a reverse postorder in which the blocks of a loop stay together: the depth-first
 * search takes edges that leave loops first. Loops are found in one pass as in Wei, Mao, Zou, Chen,
 * "A New Algorithm for Identifying Loops in Decompilation", SAS 2007. */
#include "ir/build_priv.h"

#include <stdlib.h>
#include <string.h>

/* ---- loops and order ------------------------------------------------------------------------- */

typedef struct Frame {
  IrBlockId block;
  uint32_t next; /* successor */
} Frame;

typedef struct Order {
  IrBuilder *b;
  Frame *frames;
  IrBlockId *header;  /* of the innermost loop around a block that is not this block, IR_NONE */
  uint32_t *path_pos; /* position on the path of the search, 0 off it */
  bool *seen, *is_header;
  uint32_t *depth;  /* of the loop of a header, 1 outermost; 0 not known yet */
  IrBlockId *succs; /* like b->succs, each block's in order of visit */
  IrBlockId *order; /* result */
  uint32_t count, nheaders;
} Order;

/* Notes that `block` lies in the loop of `head`, weaving the two chains of headers together. */
static void tag_header(Order *o, IrBlockId block, IrBlockId head) {
  if (block == head || head == IR_NONE)
    return;
  IrBlockId a = block, h = head;
  while (o->header[a] != IR_NONE) {
    IrBlockId up = o->header[a];
    if (up == h)
      return;
    if (o->path_pos[up] < o->path_pos[h]) {
      o->header[a] = h;
      a = h;
      h = up;
    } else {
      a = up;
    }
  }
  o->header[a] = h;
}

/* An edge to a block that was seen before. */
static void tag_edge(Order *o, IrBlockId from, IrBlockId to) {
  if (o->path_pos[to]) {
    o->nheaders += !o->is_header[to];
    o->is_header[to] = true;
    tag_header(o, from, to);
    return;
  }
  for (IrBlockId h = o->header[to]; h != IR_NONE; h = o->header[h])
    if (o->path_pos[h]) {
      tag_header(o, from, h);
      return;
    }
}

static void find_loops(Order *o) {
  IrBuilder *b = o->b;
  uint32_t n = 0;
  o->seen[0] = true;
  o->path_pos[0] = 1;
  o->frames[n++] = (Frame){0, 0};
  while (n) {
    Frame *f = &o->frames[n - 1];
    const Block *k = &b->blocks[f->block];
    if (f->next < k->nsuccs) {
      IrBlockId to = b->succs[k->succs + f->next++];
      if (o->seen[to]) {
        tag_edge(o, f->block, to);
      } else {
        o->seen[to] = true;
        o->frames[n++] = (Frame){to, 0};
        o->path_pos[to] = n;
      }
      continue;
    }
    o->path_pos[f->block] = 0;
    n--;
    if (n)
      tag_header(o, o->frames[n - 1].block, o->header[f->block]);
  }
}

static IrBlockId loop_of(const Order *o, IrBlockId block) {
  return o->is_header[block] ? block : o->header[block];
}

static uint32_t loop_depth(Order *o, IrBlockId head) {
  uint32_t depth = 0;
  IrBlockId h = head;
  for (; h != IR_NONE && !o->depth[h]; h = o->header[h])
    depth++;
  depth += h == IR_NONE ? 0 : o->depth[h];
  for (uint32_t d = depth; head != h; head = o->header[head])
    o->depth[head] = d--;
  return depth;
}

/* How many loops contain both ends of an edge. */
static uint32_t common_depth(Order *o, IrBlockId from, IrBlockId to) {
  IrBlockId a = loop_of(o, from), c = loop_of(o, to);
  while (a != c) {
    if (loop_depth(o, a) >= loop_depth(o, c))
      a = o->header[a];
    else
      c = o->header[c];
  }
  return loop_depth(o, a);
}

static int compare_keys(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

/* Edges that leave more loops are visited earlier and so end up later; among equals the listing
 * keeps the order of the successors, with the default of a switch last. */
static void visit_order(Order *o, IrBlockId block, uint64_t *keys) {
  const Block *k = &o->b->blocks[block];
  const IrBlockId *succs = o->b->succs + k->succs;
  for (uint64_t i = 0; i < k->nsuccs; i++) {
    uint64_t depth = o->nheaders ? common_depth(o, block, succs[i]) : 0;
    uint64_t late = k->ncases && i == 0 ? 0 : k->nsuccs - i;
    keys[i] = depth << 48 | late << 24 | i;
  }
  if (k->nsuccs > 1)
    qsort(keys, k->nsuccs, sizeof *keys, compare_keys);
  for (uint32_t i = 0; i < k->nsuccs; i++)
    o->succs[k->succs + i] = succs[keys[i] & 0xFFFFFF];
}

static void visit_orders(Order *o) {
  uint32_t most = 0;
  for (uint32_t i = 0; i < o->b->nblocks; i++)
    if (o->seen[i] && o->b->blocks[i].nsuccs > most)
      most = o->b->blocks[i].nsuccs;
  HP_ASSERT(most < 1u << 24);
  uint64_t *keys = hp_malloc(most * sizeof *keys);
  for (uint32_t i = 0; i < o->b->nblocks; i++)
    if (o->seen[i] && o->b->blocks[i].nsuccs)
      visit_order(o, i, keys);
  free(keys);
}

static void postorder(Order *o) {
  IrBuilder *b = o->b;
  uint32_t n = 0, at = o->count;
  o->seen[0] = false; /* all reachable blocks were seen: now false means visited */
  o->frames[n++] = (Frame){0, 0};
  while (n) {
    Frame *f = &o->frames[n - 1];
    const Block *k = &b->blocks[f->block];
    if (f->next < k->nsuccs) {
      IrBlockId to = o->succs[k->succs + f->next++];
      if (o->seen[to]) {
        o->seen[to] = false;
        o->frames[n++] = (Frame){to, 0};
      }
      continue;
    }
    o->order[--at] = f->block;
    n--;
  }
}

/* The reachable blocks in their final order, on the heap. */
static IrBlockId *order_blocks(IrBuilder *b, uint32_t *count) {
  size_t n = b->nblocks;
  Order o = {.b = b};
  o.frames = hp_malloc(n * sizeof *o.frames);
  o.header = hp_malloc(n * sizeof *o.header);
  memset(o.header, 0xFF, n * sizeof *o.header);
  o.path_pos = hp_calloc(n * 2, sizeof *o.path_pos);
  o.depth = o.path_pos + n;
  o.seen = hp_calloc(n * 2, sizeof *o.seen);
  o.is_header = o.seen + n;
  o.succs = hp_malloc(b->nsuccs * sizeof *o.succs);
  o.order = hp_malloc(n * sizeof *o.order);
  find_loops(&o);
  for (size_t i = 0; i < n; i++)
    o.count += o.seen[i];
  visit_orders(&o);
  postorder(&o);
  free(o.frames);
  free(o.header);
  free(o.path_pos);
  free(o.seen);
  free(o.succs);
  *count = o.count;
  return o.order;
}

/* ---- what cannot be reached ------------------------------------------------------------------ */

static bool has_dead_pred(const IrBuilder *b, const Block *k, const uint32_t *number) {
  for (uint32_t e = k->pred_first; e != IR_NONE; e = b->edges[e].next)
    if (number[b->edges[e].from] == IR_NONE)
      return true;
  return false;
}

/* Drops the predecessors without a number from a block, and their operands from its phis. */
static void drop_dead_preds(IrBuilder *b, Block *k, const uint32_t *number) {
  if (!has_dead_pred(b, k, number))
    return;
  uint32_t kept = 0, i = 0, *link = &k->pred_first;
  k->pred_last = IR_NONE;
  bool *dead = hp_calloc(k->npreds, sizeof *dead);
  for (uint32_t e = k->pred_first; e != IR_NONE; e = b->edges[e].next, i++) {
    dead[i] = number[b->edges[e].from] == IR_NONE;
    if (dead[i])
      continue;
    *link = e;
    link = &b->edges[e].next;
    k->pred_last = e;
    kept++;
  }
  *link = IR_NONE;
  for (IrInsnId v = k->phi_first; v != IR_NONE; v = b->nodes[v].next) {
    IrInsn *in = &b->nodes[v].in;
    if (in->op != IR_PHI)
      continue;
    uint32_t n = 0;
    for (uint32_t a = 0; a < in->nargs; a++)
      if (!dead[a])
        b->args[in->args + n++] = b->args[in->args + a];
    in->nargs = (uint16_t)n;
  }
  k->npreds = kept;
  free(dead);
}

/* ---- compact arrays -------------------------------------------------------------------------- */

enum { PATHS = 32 };

typedef struct Finish {
  IrBuilder *b;
  Compact *out;
  const IrBlockId *order;
  uint32_t count;
  uint32_t *block_number; /* by block: place in `order`, IR_NONE when unreachable */
  uint32_t *insn_number;  /* by node */
  uint32_t *const_number; /* by constant, IR_NONE until used */
  uint32_t *loc_number;   /* by place, IR_NONE until used */
  uint32_t paths[PATHS];  /* by hash: 1 + where a path that was met begins, 0: none */
} Finish;

static IrRef out_ref(Finish *f, IrRef ref) {
  uint32_t i = ir_ref_index(ref);
  Compact *out = f->out;
  if (ir_ref_kind(ref) == IR_REF_VALUE) /* a value that only unreachable code computes is none */
    return f->insn_number[i] == IR_NONE ? ir_build_undef()
                                        : ir_ref(IR_REF_VALUE, f->insn_number[i]);
  if (ir_ref_kind(ref) != IR_REF_CONST)
    return ref;
  if (f->const_number[i] == IR_NONE) {
    HP_GROW(out->consts, out->nconsts, out->consts_cap);
    f->const_number[i] = out->nconsts;
    out->consts[out->nconsts++] = f->b->consts[i];
  }
  return ir_ref(IR_REF_CONST, f->const_number[i]);
}

static IrLocId out_loc(Finish *f, IrLocId loc) {
  Compact *out = f->out;
  if (f->loc_number[loc] == IR_NONE) {
    HP_GROW(out->locs, out->nlocs, out->locs_cap);
    f->loc_number[loc] = out->nlocs;
    out->locs[out->nlocs++] = ir_unit_spot(f->b->ub, &f->b->locs[loc]);
  }
  return f->loc_number[loc];
}

/* Where the path is in the table. Functions walk the same few paths again and again. */
static uint32_t out_path(Finish *f, uint32_t from, uint32_t count) {
  Compact *out = f->out;
  if (!count)
    return 0;
  const IrHop *path = f->b->hops + from;
  uint32_t hash = path[count - 1].record * 31 + path[count - 1].field * 7 + count;
  uint32_t *met = &f->paths[hash % PATHS];
  if (*met && out->nhops - (*met - 1) >= count &&
      !memcmp(&out->hops[*met - 1], path, count * sizeof *path))
    return *met - 1;
  *met = out->nhops + 1;
  for (uint32_t i = 0; i < count; i++) {
    HP_GROW(out->hops, out->nhops, out->hops_cap);
    out->hops[out->nhops++] = path[i];
  }
  return *met - 1;
}

static uint32_t out_addr(Finish *f, uint32_t addr) {
  Compact *out = f->out;
  IrAddr a = f->b->addrs[addr];
  a.base = out_ref(f, a.base);
  a.index = out_ref(f, a.index);
  a.hops = out_path(f, a.hops, a.nhops) & IR_MOST_HOPS;
  HP_GROW(out->addrs, out->naddrs, out->addrs_cap);
  out->addrs[out->naddrs] = a;
  return out->naddrs++;
}

static uint32_t out_cases(Finish *f, const Block *k) {
  Compact *out = f->out;
  uint32_t at = out->ncases;
  for (uint32_t i = 0; i < k->ncases; i++) {
    HP_GROW(out->cases, out->ncases, out->cases_cap);
    out->cases[out->ncases++] = f->b->cases[k->cases + i];
  }
  return at;
}

static void out_insn(Finish *f, IrInsnId id, const Block *k) {
  Compact *out = f->out;
  IrInsn in = f->b->nodes[id].in;
  uint32_t from = in.args;
  in.args = out->nargs;
  for (uint32_t i = 0; i < in.nargs; i++) {
    IrRef ref = out_ref(f, f->b->args[from + i]);
    HP_GROW(out->args, out->nargs, out->args_cap);
    out->args[out->nargs++] = ref;
  }
  switch ((IrOp)in.op) {
  case IR_PHI:
    in.aux = 0;
    if (!in.loc)
      in.loc = k->loc;
    if (!in.loc && k->first != IR_NONE)
      in.loc = f->b->nodes[k->first].in.loc;
    break;
  case IR_COPY: {
    uint32_t to = out_addr(f, in.aux);
    out_addr(f, in.aux + 1);
    in.aux = to;
    break;
  }
  case IR_ADDR:
  case IR_LOAD:
  case IR_STORE:
  case IR_CLEAR:
  case IR_RMW:
  case IR_CMPXCHG:
  case IR_VAARG:
    in.aux = out_addr(f, in.aux);
    break;
  case IR_SWITCH:
    in.aux = out_cases(f, k);
    break;
  default:
    break;
  }
  in.loc = out_loc(f, in.loc);
  HP_GROW(out->insns, out->ninsns, out->insns_cap);
  out->insns[out->ninsns++] = in;
}

static void out_edge(Finish *f, IrBlockId block) {
  HP_GROW(f->out->edges, f->out->nedges, f->out->edges_cap);
  f->out->edges[f->out->nedges++] = f->block_number[block];
}

static uint32_t out_info(Finish *f, const Block *k) {
  Compact *out = f->out;
  const IrInsn *last = k->last == IR_NONE ? NULL : &f->b->nodes[k->last].in;
  if (!k->flags && !k->loc && !ir_is(last, IR_SWITCH))
    return 0;
  HP_GROW(out->infos, out->ninfos, out->infos_cap);
  out->infos[out->ninfos] = (IrBlockInfo){.flags = k->flags,
                                          .loc = out_loc(f, k->loc),
                                          .label = k->label,
                                          .cases = out->ncases,
                                          .ncases = k->ncases};
  return ++out->ninfos;
}

static IrBlock out_block(Finish *f, IrBlockId id) {
  IrBuilder *b = f->b;
  Compact *out = f->out;
  const Block *k = &b->blocks[id];
  IrBlock block = {
      .first = out->ninsns,
      .nsuccs = k->nsuccs,
      .npreds = k->npreds,
      .info = out_info(f, k),
  };
  for (IrInsnId v = k->phi_first; v != IR_NONE; v = b->nodes[v].next)
    out_insn(f, v, k);
  for (IrInsnId v = k->first; v != IR_NONE; v = b->nodes[v].next)
    out_insn(f, v, k);
  block.count = out->ninsns - block.first;
  block.succs = out->nedges;
  for (uint32_t i = 0; i < k->nsuccs; i++)
    out_edge(f, b->succs[k->succs + i]);
  block.preds = out->nedges;
  for (uint32_t e = k->pred_first; e != IR_NONE; e = b->edges[e].next)
    out_edge(f, b->edges[e].from);
  return block;
}

static void number_insns(Finish *f) {
  IrBuilder *b = f->b;
  uint32_t n = 0;
  for (uint32_t i = 0; i < f->count; i++) {
    const Block *k = &b->blocks[f->order[i]];
    for (IrInsnId v = k->phi_first; v != IR_NONE; v = b->nodes[v].next)
      f->insn_number[v] = n++;
    for (IrInsnId v = k->first; v != IR_NONE; v = b->nodes[v].next)
      f->insn_number[v] = n++;
  }
}

#define COPY_OUT(array, count)                                                                     \
  (fn->array = hp_arena_copy(arena, out->array, out->count * sizeof *out->array),                  \
   fn->count = out->count)

/* The last body counts: gnu89 allows another one after that of an `extern inline` function. */
static void drop_function(IrUnit *u, IrSymId sym) {
  for (uint32_t i = 0; i < u->nfunctions; i++)
    if (u->functions[i].sym == sym) {
      u->nfunctions--;
      memmove(&u->functions[i], &u->functions[i + 1], (u->nfunctions - i) * sizeof *u->functions);
      return;
    }
}

/* From now on it does. */
static bool had_body(IrUnitBuilder *ub, IrSymId sym) {
  while (ub->nhas_body <= sym) {
    HP_GROW(ub->has_body, ub->nhas_body, ub->has_body_cap);
    ub->has_body[ub->nhas_body++] = false;
  }
  bool had = ub->has_body[sym];
  ub->has_body[sym] = true;
  return had;
}

static void add_function(Finish *f, IrBlock *blocks) {
  IrBuilder *b = f->b;
  IrUnitBuilder *ub = b->ub;
  IrUnit *u = ub->unit;
  HpArena *arena = u->arena;
  const Compact *out = f->out;
  if (had_body(ub, b->sym))
    drop_function(u, b->sym);
  HP_GROW(u->functions, u->nfunctions, ub->functions_cap);
  IrFunction *fn = &u->functions[u->nfunctions++];
  *fn = (IrFunction){
      .sym = b->sym,
      .loc = b->loc,
      .name_loc = b->name_loc,
      .nparams = b->nparams,
      .result = b->result,
      .blocks = blocks,
      .nblocks = f->count,
      .locals = hp_arena_copy(arena, b->locals, b->nlocals * sizeof *b->locals),
      .nlocals = b->nlocals,
  };
  COPY_OUT(infos, ninfos);
  COPY_OUT(insns, ninsns);
  COPY_OUT(args, nargs);
  COPY_OUT(addrs, naddrs);
  COPY_OUT(hops, nhops);
  COPY_OUT(consts, nconsts);
  COPY_OUT(edges, nedges);
  COPY_OUT(cases, ncases);
  COPY_OUT(locs, nlocs);
}

static void compact(Finish *f) {
  IrBuilder *b = f->b;
  Compact *out = f->out;
  out->ninsns = out->nargs = out->naddrs = out->nhops = out->nconsts = out->ncases = 0;
  out->nedges = out->nlocs = out->ninfos = 0;
  f->loc_number[0] = IR_NONE;
  out_loc(f, 0);
  number_insns(f);
  IrBlock *blocks = HP_NEW(b->ub->unit->arena, IrBlock, f->count);
  for (uint32_t i = 0; i < f->count; i++)
    blocks[i] = out_block(f, f->order[i]);
  for (uint32_t i = 0; i < b->nlocals; i++)
    b->locals[i].loc = out_loc(f, b->locals[i].loc);
  add_function(f, blocks);
}

/* ---- the end --------------------------------------------------------------------------------- */

/* Every block gets a terminator and all its predecessors are known. */
static void close_blocks(IrBuilder *b) {
  ir_build_stop(b);
  for (IrBlockId i = 0; i < b->nblocks; i++) {
    if (b->blocks[i].ended)
      continue;
    b->current = i;
    ir_build_stop(b);
  }
  for (IrBlockId i = 0; i < b->nblocks; i++)
    ssa_seal(b, i);
}

void ir_build_end(IrBuilder *b) {
  HP_ASSERT(b->active);
  close_blocks(b);
  Finish f = {.b = b, .out = &b->out};
  IrBlockId *order = order_blocks(b, &f.count);
  f.order = order;
  size_t total = (size_t)b->nblocks + b->nnodes + b->nconsts + b->nlocs;
  uint32_t *numbers = hp_malloc(total * sizeof *numbers);
  memset(numbers, 0xFF, total * sizeof *numbers);
  f.block_number = numbers;
  f.insn_number = f.block_number + b->nblocks;
  f.const_number = f.insn_number + b->nnodes;
  f.loc_number = f.const_number + b->nconsts;
  for (uint32_t i = 0; i < f.count; i++)
    f.block_number[order[i]] = i;
  for (uint32_t i = 0; i < f.count; i++)
    drop_dead_preds(b, &b->blocks[order[i]], f.block_number);
  ssa_simplify(b, order, f.count);
  compact(&f);
  free(numbers);
  free(order);
  b->active = false;
}
