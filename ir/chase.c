/* Pointer chasing: a PHI of a loop header whose next value is loaded from where it points to.
 *
 * Forwards from the PHI, every value computed from it gets the least number of loads on the way.
 * Backwards from the value that comes round the back edge, through merges and arithmetic, the loads
 * with a number are the ways that the pointer moves on. A pointer that is also moved by plain
 * arithmetic (p += p->length, a program counter that jumps now and then) walks an array and is no
 * chase, nor is one that a call computes. `p = &table[p->next]` is a chain of indexes, like
 * `i = next[i]`, and kept apart. A cursor that lives in memory, `it->pos = it->pos->next`, is
 * walked in the same way: the loads of what the iteration before left stand for the PHI. */
#include "ir/analysis_private.h"

#include <stdlib.h>

enum { MAX_REACHED = 4096, MAX_WAYS = 16, MAX_ROOTS = 8 };

typedef struct Walk {
  IrAnalysis *an;
  uint32_t loop;
  IrInsnId phi;       /* or the cell's first load */
  const IrCell *cell; /* that is walked by, NULL for a PHI */
  IrInsnId roots[MAX_ROOTS];
  uint32_t nroots; /* the PHI, or loads of the cell */
  uint32_t *loads; /* by instruction: loads since the PHI, IR_NONE: not derived from it */
  IrInsnId *reached, *level, *next; /* each with room for all instructions */
  uint32_t nreached;
  bool *seen; /* by instruction: visited backwards */
  IrInsnId *stack, *visited;
  IrInsnId ways[MAX_WAYS];
  uint32_t nways;
  bool spoilt;
  bool indexed; /* the pointer is worked out from a fixed table and a loaded index */
} Walk;

typedef struct Found {
  IrChase *items;
  uint32_t count, cap;
  uint32_t *at;
} Found;

/* ---- forwards -------------------------------------------------------------------------------- */

static bool derives(IrOp op) {
  switch (op) {
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
  case IR_CONV:
  case IR_PDIFF:
  case IR_PACK:
  case IR_SPLAT:
  case IR_EXTRACT:
  case IR_INSERT:
  case IR_SHUFFLE:
  case IR_SELECT:
  case IR_CONVEACH:
  case IR_ADDR:
  case IR_LOAD:
    return true;
  default:
    return false;
  }
}

/* Level by level, so that the first number a value gets is the least. */
static void put(Walk *w, IrInsnId v, uint32_t loads, IrInsnId *level, uint32_t *n) {
  if (w->loads[v] != IR_NONE || w->nreached == MAX_REACHED)
    return;
  w->loads[v] = loads;
  w->reached[w->nreached++] = v;
  level[(*n)++] = v;
}

static void reach(Walk *w) {
  const IrAnalysis *an = w->an;
  uint32_t nlevel = 0, nnext = 0;
  w->nreached = 0;
  for (uint32_t i = 0; i < w->nroots; i++)
    put(w, w->roots[i], 0, w->level, &nlevel);
  for (uint32_t loads = 0; nlevel; loads++) {
    while (nlevel) {
      IrInsnId v = w->level[--nlevel];
      for (uint32_t k = an->uses_at[v]; k < an->uses_at[v + 1]; k++) {
        IrInsnId u = an->uses[k];
        IrOp op = (IrOp)an->fn->insns[u].op;
        if (!derives(op) || !ir_loop_has_insn(an, w->loop, u))
          continue;
        if (op == IR_LOAD)
          put(w, u, loads + 1, w->next, &nnext);
        else
          put(w, u, loads, w->level, &nlevel);
      }
    }
    IrInsnId *swap = w->level;
    w->level = w->next;
    w->next = swap;
    nlevel = nnext;
    nnext = 0;
  }
}

/* ---- backwards ------------------------------------------------------------------------------- */

static uint32_t loads_to(const Walk *w, IrRef ref) {
  return ir_ref_kind(ref) == IR_REF_VALUE ? w->loads[ir_ref_index(ref)] : IR_NONE;
}

static bool is_root(const Walk *w, IrInsnId v) {
  for (uint32_t i = 0; i < w->nroots; i++)
    if (w->roots[i] == v)
      return true;
  return false;
}

/* Queues an operand; `moved`: something was added on the way here. */
static void look_at(Walk *w, uint32_t *n, uint32_t *nvisited, IrRef ref, bool moved) {
  if (ir_ref_kind(ref) != IR_REF_VALUE)
    return;
  IrInsnId v = ir_ref_index(ref);
  if (is_root(w, v)) {
    w->spoilt = w->spoilt || moved;
  } else if (!w->seen[v] && ir_loop_has_insn(w->an, w->loop, v)) {
    w->seen[v] = true;
    w->visited[(*nvisited)++] = v;
    w->stack[(*n)++] = v;
  }
}

/* Operands of arithmetic: those nearest to the PHI decide how the result hangs on it. */
static void look_at_operands(Walk *w, uint32_t *n, uint32_t *nvisited, const IrInsn *in) {
  const IrFunction *fn = w->an->fn;
  IrRef refs[4] = {0};
  uint32_t count = 0;
  bool near = false;
  if (in->op == IR_ADDR) {
    refs[count++] = fn->addrs[in->aux].base;
    refs[count++] = fn->addrs[in->aux].index;
    /* The element that a loaded index picks, in a fixed table or one that hangs on the node. */
    w->indexed = w->indexed || loads_to(w, refs[0]) == IR_NONE ||
                 (ir_has_ref(refs[1]) && loads_to(w, refs[1]) != IR_NONE && loads_to(w, refs[1]));
  } else {
    for (uint32_t i = 0; i < in->nargs && count < 4; i++)
      refs[count++] = ir_arg(fn, in, i);
  }
  for (uint32_t i = 0; i < count; i++)
    near = near || loads_to(w, refs[i]) == 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t loads = loads_to(w, refs[i]);
    if (loads != IR_NONE && (!near || loads == 0))
      look_at(w, n, nvisited, refs[i], in->op != IR_CONV);
  }
}

/* What was stored in this iteration where `load` reads; what an earlier one left is no way on. */
static void look_through(Walk *w, uint32_t *n, uint32_t *nvisited, const IrCell *cell,
                         IrInsnId load) {
  IrCellValues v = ir_cell_values(w->an, w->loop, cell, load);
  for (uint32_t i = 0; i < v.count; i++)
    look_at(w, n, nvisited, v.refs[i], false);
  w->spoilt = w->spoilt || v.unknown || (v.carried && cell != w->cell);
}

static void visit(Walk *w, uint32_t *n, uint32_t *nvisited, IrInsnId v) {
  const IrFunction *fn = w->an->fn;
  const IrInsn *in = &fn->insns[v];
  switch ((IrOp)in->op) {
  case IR_PHI:
    for (uint32_t i = 0; i < in->nargs; i++)
      look_at(w, n, nvisited, ir_arg(fn, in, i), false);
    break;
  case IR_LOAD: {
    const IrCell *cell = ir_cell_of(w->an, w->loop, v);
    if (cell)
      look_through(w, n, nvisited, cell, v);
    else if (w->loads[v] != IR_NONE && w->nways < MAX_WAYS)
      w->ways[w->nways++] = v;
    break;
  }
  case IR_CALL:
  case IR_CALLP:
  case IR_OPAQUE:
  case IR_RMW:
  case IR_CMPXCHG:
  case IR_VAARG:
  case IR_ASM:
  case IR_ASMOUT:
    w->spoilt = true;
    break;
  default:
    if (derives((IrOp)in->op))
      look_at_operands(w, n, nvisited, in);
  }
}

static void find_ways(Walk *w) {
  const IrFunction *fn = w->an->fn;
  const IrInsn *phi = &fn->insns[w->phi];
  const IrBlock *header = &fn->blocks[w->an->loops[w->loop].header];
  uint32_t n = 0, nvisited = 0;
  w->nways = 0;
  w->spoilt = w->indexed = false;
  if (w->cell) {
    IrCellValues v = ir_cell_carried(w->an, w->loop, w->cell);
    for (uint32_t i = 0; i < v.count; i++)
      look_at(w, &n, &nvisited, v.refs[i], false);
    w->spoilt = v.unknown;
  }
  for (uint32_t i = 0; i < header->npreds && !w->cell; i++)
    if (ir_loop_contains(w->an, w->loop, fn->edges[header->preds + i]))
      look_at(w, &n, &nvisited, ir_arg(fn, phi, i), false);
  while (n)
    visit(w, &n, &nvisited, w->stack[--n]);
  for (uint32_t i = 0; i < nvisited; i++)
    w->seen[w->visited[i]] = false;
}

/* ---- what is chased -------------------------------------------------------------------------- */

/* The record that a list head is embedded in, when the loop steps back to its start. */
static IrRecordId container(const IrAnalysis *an, IrInsnId value, bool moved, uint32_t depth) {
  const IrFunction *fn = an->fn;
  for (uint32_t k = an->uses_at[value]; k < an->uses_at[value + 1]; k++) {
    IrInsnId u = an->uses[k];
    const IrInsn *in = &fn->insns[u];
    bool steps_back = moved;
    if (in->op == IR_ADDR && fn->addrs[in->aux].base == ir_ref(IR_REF_VALUE, value) &&
        !ir_has_ref(fn->addrs[in->aux].index))
      steps_back = moved || fn->addrs[in->aux].offset < 0;
    else if (in->op != IR_CONV)
      continue;
    IrRecordId r = steps_back ? ir_pointee_record(an->unit, in->type) : IR_NONE;
    if (r == IR_NONE && depth < 4)
      r = container(an, u, steps_back, depth + 1);
    if (r != IR_NONE)
      return r;
  }
  return IR_NONE;
}

static IrRecordId node_record(const IrAnalysis *an, IrInsnId phi, IrInsnId load) {
  const IrFunction *fn = an->fn;
  const IrAddr *a = &fn->addrs[fn->insns[load].aux];
  IrRecordId r = container(an, phi, false, 0);
  if (r == IR_NONE)
    r = ir_pointee_record(an->unit, fn->insns[phi].type);
  if (r == IR_NONE && a->nhops)
    r = fn->hops[a->hops].record;
  /* pp = &(*pp)->next: the path is on the address that comes round. */
  for (uint32_t k = an->uses_at[load]; r == IR_NONE && k < an->uses_at[load + 1]; k++) {
    const IrAddr *u = ir_addr_of(fn, &fn->insns[an->uses[k]]);
    if (u && u->nhops && u->base == ir_ref(IR_REF_VALUE, load))
      r = fn->hops[u->hops].record;
  }
  return r;
}

static int by_insn(const void *a, const void *b) {
  IrInsnId x = *(const IrInsnId *)a, y = *(const IrInsnId *)b;
  return x < y ? -1 : x > y;
}

static void add_chase(Walk *w, Found *out) {
  IrChase c = {.loop = w->loop,
               .phi = w->phi,
               .roots = hp_arena_copy(w->an->arena, w->roots, w->nroots * sizeof *w->roots),
               .nroots = w->nroots,
               .nloads = w->nways,
               .hops = IR_NONE};
  qsort(w->ways, w->nways, sizeof *w->ways, by_insn);
  c.loads = hp_arena_copy(w->an->arena, w->ways, w->nways * sizeof *w->ways);
  for (uint32_t i = 0; i < w->nways; i++)
    if (w->loads[w->ways[i]] < c.hops)
      c.hops = w->loads[w->ways[i]];
  c.record = node_record(w->an, w->phi, w->ways[0]);
  HP_GROW(out->items, out->count, out->cap);
  out->items[out->count++] = c;
}

static void try_phi(Walk *w, Found *pointers, Found *indexes) {
  uint8_t kind = w->an->unit->types[w->an->fn->insns[w->phi].type].kind;
  if (kind != IR_T_PTR && kind != IR_T_INT)
    return;
  reach(w);
  find_ways(w);
  if (w->nways && !w->spoilt)
    add_chase(w, kind == IR_T_PTR && !w->indexed ? pointers : indexes);
  for (uint32_t i = 0; i < w->nreached; i++)
    w->loads[w->reached[i]] = IR_NONE;
}

/* The loads of the cell that read what the iteration before left there. */
static void find_roots(Walk *w) {
  const IrAnalysis *an = w->an;
  const IrLoop *l = &an->loops[w->loop];
  w->nroots = 0;
  for (uint32_t k = 0; k < l->nblocks; k++) {
    const IrBlock *b = &an->fn->blocks[l->blocks[k]];
    for (uint32_t i = b->first; i < b->first + b->count && w->nroots < MAX_ROOTS; i++)
      if (an->fn->insns[i].op == IR_LOAD && ir_cell_of(an, w->loop, i) == w->cell) {
        IrCellValues v = ir_cell_values(an, w->loop, w->cell, i);
        if (v.carried && !v.count && !v.unknown)
          w->roots[w->nroots++] = i;
      }
  }
}

static void in_cells(Walk *w, Found *pointers, Found *indexes) {
  const IrCells *cells = &w->an->priv->cells[w->loop];
  for (uint32_t i = 0; i < cells->count; i++) {
    w->cell = &cells->items[i];
    w->phi = w->cell->load;
    if (w->phi == IR_NONE || w->cell->ev.kind != IR_EV_VARIES)
      continue;
    find_roots(w);
    try_phi(w, pointers, indexes);
  }
  w->cell = NULL;
}

static void in_loop(Walk *w, uint32_t loop, Found *pointers, Found *indexes) {
  const IrAnalysis *an = w->an;
  const IrBlock *b = &an->fn->blocks[an->loops[loop].header];
  w->loop = loop;
  for (uint32_t i = b->first; i < b->first + b->count && an->fn->insns[i].op == IR_PHI; i++)
    if (ir_ev_of(an, loop, ir_ref(IR_REF_VALUE, i)).kind == IR_EV_VARIES) {
      w->phi = w->roots[0] = i;
      w->nroots = 1;
      try_phi(w, pointers, indexes);
    }
  in_cells(w, pointers, indexes);
}

static void in_loops(IrAnalysis *an, Found *pointers, Found *indexes) {
  uint32_t n = an->fn->ninsns;
  HpArena *temp = hp_arena_new();
  Walk w = {.an = an, .loads = HP_NEW(temp, uint32_t, n)};
  w.reached = HP_NEW(temp, IrInsnId, n);
  w.level = HP_NEW(temp, IrInsnId, n);
  w.next = HP_NEW(temp, IrInsnId, n);
  w.seen = HP_NEW(temp, bool, n);
  w.stack = HP_NEW(temp, IrInsnId, n);
  w.visited = HP_NEW(temp, IrInsnId, n);
  for (uint32_t i = 0; i < n; i++)
    w.loads[i] = IR_NONE;
  for (uint32_t l = 0; l < an->nloops; l++) {
    if (!an->loops[l].irreducible)
      in_loop(&w, l, pointers, indexes);
    pointers->at[l + 1] = pointers->count;
    indexes->at[l + 1] = indexes->count;
  }
  hp_arena_free(temp);
}

void ir_find_chases(IrAnalysis *an) {
  Found pointers = {.at = HP_NEW(an->arena, uint32_t, an->nloops + 1u)};
  Found indexes = {.at = HP_NEW(an->arena, uint32_t, an->nloops + 1u)};
  if (an->nloops)
    in_loops(an, &pointers, &indexes);
  an->nchases = pointers.count;
  an->chases = hp_arena_copy(an->arena, pointers.items, pointers.count * sizeof(IrChase));
  an->priv->chases_at = pointers.at;
  an->priv->index_chases = hp_arena_copy(an->arena, indexes.items, indexes.count * sizeof(IrChase));
  an->priv->index_chases_at = indexes.at;
  free(pointers.items);
  free(indexes.items);
}

/* ---- questions ------------------------------------------------------------------------------- */

/* Reads the same link: in `for (; *pp; pp = &(*pp)->next)` both *pp are one and the same. */
static bool moves_with(const IrAnalysis *an, const IrChase *c, IrInsnId load) {
  const IrFunction *fn = an->fn;
  const IrAddr *a = &fn->addrs[fn->insns[load].aux];
  for (uint32_t i = 0; i < c->nloads; i++) {
    const IrAddr *b = &fn->addrs[fn->insns[c->loads[i]].aux];
    if (c->loads[i] == load || (a->base == b->base && a->index == b->index &&
                                a->offset == b->offset && a->scale == b->scale))
      return true;
  }
  return false;
}

static bool walks_with(const IrChase *c, IrInsnId insn) {
  for (uint32_t i = 0; i < c->nroots; i++)
    if (c->roots[i] == insn)
      return true;
  return false;
}

static const IrChase *find(const IrAnalysis *an, uint32_t loop, IrInsnId insn, bool is_phi) {
  const struct IrAnalysisPrivate *p = an->priv;
  for (uint32_t i = p->chases_at[loop]; i < p->chases_at[loop + 1]; i++)
    if (is_phi ? walks_with(&an->chases[i], insn) : moves_with(an, &an->chases[i], insn))
      return &an->chases[i];
  for (uint32_t i = p->index_chases_at[loop]; i < p->index_chases_at[loop + 1]; i++)
    if (is_phi ? walks_with(&p->index_chases[i], insn) : moves_with(an, &p->index_chases[i], insn))
      return &p->index_chases[i];
  return NULL;
}

const IrChase *ir_chase_of_phi(const IrAnalysis *an, uint32_t loop, IrInsnId phi) {
  return find(an, loop, phi, true);
}

const IrChase *ir_chase_of_load(const IrAnalysis *an, uint32_t loop, IrInsnId load) {
  return find(an, loop, load, false);
}

static bool same_link(const IrFunction *fn, IrInsnId x, IrInsnId y) {
  const IrAddr *a = ir_addr_of(fn, &fn->insns[x]), *b = ir_addr_of(fn, &fn->insns[y]);
  return a && b && a->offset == b->offset && a->index == b->index;
}

uint32_t ir_chase_links(const IrFunction *fn, const IrChase *chase) {
  uint32_t links = 0;
  for (uint32_t i = 0; i < chase->nloads; i++) {
    uint32_t before = 0;
    while (before < i && !same_link(fn, chase->loads[i], chase->loads[before]))
      before++;
    links += before == i;
  }
  return links;
}
