/* Counters and cursors that live in memory: `it->pos++`, `a[g++]`, `it->node = it->node->next`.
 *
 * A cell is a scalar whose address does not change in the loop and that nothing in the loop writes
 * but stores to this very place. Which store a load sees is worked out over the blocks of the loop,
 * as for a variable that is put into SSA form. What a cell holds at some point is one number: what
 * the iteration before left, what one store stored, or, where different ones meet, "merged at block
 * b", which stands for all that comes in there, like a PHI. */
#include "ir/analysis_private.h"

#include <stdlib.h>

enum {
  MAX_CELLS = 8,       /* per loop */
  MAX_CANDIDATES = 32, /* loads looked at per loop */
  MAX_BLOCKS = 400,    /* of a loop */
  MAX_MERGES = 32,     /* gone through for what one load can give */
  SAME_DEPTH = 4,      /* loads compared behind one address */
};
enum { HOLDS_NOTHING, HOLDS_CARRIED, HOLDS_OTHERS }; /* NOTHING: not known yet */

static uint32_t of_store(IrInsnId store) {
  return HOLDS_OTHERS + 2 * store;
}
static uint32_t of_merge(IrBlockId block) {
  return HOLDS_OTHERS + 1 + 2 * block;
}
static bool is_store(uint32_t holds) {
  return holds >= HOLDS_OTHERS && !(holds & 1);
}
static uint32_t index_of(uint32_t holds) {
  return (holds - HOLDS_OTHERS) / 2;
}

/* ---- places ---------------------------------------------------------------------------------- */

static bool is_fixed(Ev e) {
  return e.kind == IR_EV_INVARIANT && !(e.flags & EV_MOVES);
}

static bool same_value(const IrAnalysis *an, uint32_t loop, IrRef a, IrRef b, uint32_t depth);

/* Do both name the same place all through the loop? */
static bool same_place(const IrAnalysis *an, uint32_t loop, const IrAddr *a, const IrAddr *b,
                       uint32_t depth) {
  IrRef root_a, root_b;
  int64_t at_a, at_b;
  if (a->size != b->size || a->bit_width != b->bit_width || a->bit_offset != b->bit_offset)
    return false;
  if (ir_constant_address(an->fn, a, &root_a, &at_a) &&
      ir_constant_address(an->fn, b, &root_b, &at_b))
    return at_a == at_b && same_value(an, loop, root_a, root_b, depth);
  return a->offset == b->offset && a->scale == b->scale &&
         same_value(an, loop, a->base, b->base, depth) &&
         same_value(an, loop, a->index, b->index, depth);
}

static bool same_value(const IrAnalysis *an, uint32_t loop, IrRef a, IrRef b, uint32_t depth) {
  const IrFunction *fn = an->fn;
  const IrInsn *x = ir_def(fn, a), *y = ir_def(fn, b);
  if (a == b)
    return true;
  return depth && ir_is(x, IR_LOAD) && ir_is(y, IR_LOAD) && is_fixed(ir_ev_of(an, loop, a)) &&
         is_fixed(ir_ev_of(an, loop, b)) &&
         same_place(an, loop, &fn->addrs[x->aux], &fn->addrs[y->aux], depth - 1);
}

static bool stores_to(const IrAnalysis *an, uint32_t loop, IrInsnId insn, const IrAddr *place) {
  const IrInsn *in = &an->fn->insns[insn];
  const IrAddr *to = in->op == IR_STORE ? &an->fn->addrs[in->aux] : NULL;
  return to && !(to->flags & (IR_MEM_VOLATILE | IR_MEM_ATOMIC)) &&
         an->unit->types[to->type].kind == an->unit->types[place->type].kind &&
         same_place(an, loop, to, place, SAME_DEPTH);
}

/* Can this load be followed: is its place written by stores to it, and by nothing else? */
static bool is_cell(const IrAnalysis *an, uint32_t loop, const IrAddr *place, bool *assumed) {
  const IrWrites *w = &an->priv->writes[loop];
  const IrTypeKind kind = (IrTypeKind)an->unit->types[place->type].kind;
  bool stored = false;
  *assumed = false;
  if ((kind != IR_T_INT && kind != IR_T_PTR) || w->count == IR_MAX_WRITES ||
      place->flags & (IR_MEM_VOLATILE | IR_MEM_ATOMIC | IR_MEM_BITFIELD))
    return false;
  for (uint32_t i = 0; i < w->count; i++) {
    if (stores_to(an, loop, w->insns[i], place)) {
      stored = true;
      continue;
    }
    IrMayWrite may = ir_may_write(an, w->insns[i], place);
    if (may == IR_WRITES_MAYBE)
      return false;
    *assumed = *assumed || may == IR_WRITES_UNLIKELY;
  }
  return stored;
}

/* ---- what it holds where --------------------------------------------------------------------- */

static uint32_t position(const IrLoop *l, IrBlockId block) {
  uint32_t low = 0, high = l->nblocks;
  while (low + 1 < high) {
    uint32_t middle = (low + high) / 2;
    if (l->blocks[middle] <= block)
      low = middle;
    else
      high = middle;
  }
  return low;
}

/* The last of the loop's writes in the block, before `end`, that stores to the cell. */
static IrInsnId last_store(const IrAnalysis *an, uint32_t loop, const IrCell *cell, IrBlockId block,
                           IrInsnId end) {
  const IrWrites *w = &an->priv->writes[loop];
  IrInsnId last = IR_NONE;
  for (uint32_t i = 0; i < w->count; i++) /* in program order */
    if (an->block_of[w->insns[i]] == block && w->insns[i] < end &&
        stores_to(an, loop, w->insns[i], cell->addr))
      last = w->insns[i];
  return last;
}

static uint32_t holds_before(const IrAnalysis *an, uint32_t loop, const IrCell *cell,
                             IrBlockId block, IrInsnId insn) {
  IrInsnId store = last_store(an, loop, cell, block, insn);
  return store != IR_NONE ? of_store(store) : cell->in[position(&an->loops[loop], block)];
}

static uint32_t holds_after(const IrAnalysis *an, uint32_t loop, const IrCell *cell,
                            IrBlockId block) {
  return holds_before(an, loop, cell, block, IR_NONE);
}

static void fill(const IrAnalysis *an, uint32_t loop, IrCell *cell) {
  const IrLoop *l = &an->loops[loop];
  const IrFunction *fn = an->fn;
  uint32_t *out = hp_malloc(l->nblocks * sizeof *out); /* IR_NONE: as at the start */
  for (uint32_t i = 0; i < l->nblocks; i++) {
    IrInsnId store = last_store(an, loop, cell, l->blocks[i], IR_NONE);
    out[i] = store == IR_NONE ? IR_NONE : of_store(store);
  }
  cell->in[position(l, l->header)] = HOLDS_CARRIED;
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t i = 0; i < l->nblocks; i++) {
      const IrBlock *b = &fn->blocks[l->blocks[i]];
      uint32_t holds = HOLDS_NOTHING;
      for (uint32_t k = 0; k < b->npreds && l->blocks[i] != l->header; k++) {
        uint32_t p = position(l, fn->edges[b->preds + k]);
        uint32_t from = out[p] == IR_NONE ? cell->in[p] : out[p];
        if (from != HOLDS_NOTHING && holds != HOLDS_NOTHING && from != holds)
          holds = of_merge(l->blocks[i]);
        else if (from != HOLDS_NOTHING)
          holds = from;
      }
      bool merged = cell->in[i] == of_merge(l->blocks[i]); /* stays so: this ends */
      if (holds != HOLDS_NOTHING && !merged && holds != cell->in[i]) {
        cell->in[i] = cell->in[i] == HOLDS_NOTHING ? holds : of_merge(l->blocks[i]);
        changed = true;
      }
    }
  }
  free(out);
}

/* ---- what a load can give -------------------------------------------------------------------- */

static void add_value(const IrAnalysis *an, uint32_t loop, const IrCell *cell, uint32_t holds,
                      IrCellValues *v) {
  const IrFunction *fn = an->fn;
  if (holds == HOLDS_CARRIED) {
    v->carried = true;
  } else if (is_store(holds)) {
    IrRef ref = ir_arg(fn, &fn->insns[index_of(holds)], 0);
    for (uint32_t i = 0; i < v->count; i++)
      if (v->refs[i] == ref)
        return;
    if (v->count == sizeof v->refs / sizeof *v->refs)
      v->unknown = true;
    else
      v->refs[v->count++] = ref;
  } else if (holds == HOLDS_NOTHING || v->steps++ > MAX_MERGES) {
    v->unknown = true;
  } else {
    const IrBlock *b = &fn->blocks[index_of(holds)];
    for (uint32_t i = 0; i < b->npreds && !v->unknown; i++) {
      uint32_t from = holds_after(an, loop, cell, fn->edges[b->preds + i]);
      if (from != holds) /* round an inner loop, nothing new */
        add_value(an, loop, cell, from, v);
    }
  }
}

IrCellValues ir_cell_values(const IrAnalysis *an, uint32_t loop, const IrCell *cell,
                            IrInsnId load) {
  IrCellValues v = {.count = 0};
  add_value(an, loop, cell, holds_before(an, loop, cell, an->block_of[load], load), &v);
  return v;
}

IrCellValues ir_cell_carried(const IrAnalysis *an, uint32_t loop, const IrCell *cell) {
  const IrLoop *l = &an->loops[loop];
  IrCellValues v = {.count = 0};
  for (uint32_t i = 0; i < l->nlatches; i++)
    add_value(an, loop, cell, holds_after(an, loop, cell, l->latches[i]), &v);
  return v;
}

/* ---- finding them ---------------------------------------------------------------------------- */

const IrCell *ir_cell_of(const IrAnalysis *an, uint32_t loop, IrInsnId load) {
  const IrCells *cells = &an->priv->cells[loop];
  const IrInsn *in = &an->fn->insns[load];
  if (!cells->count || in->op != IR_LOAD || !ir_loop_has_insn(an, loop, load))
    return NULL;
  for (uint32_t i = 0; i < cells->count; i++)
    if (same_place(an, loop, cells->items[i].addr, &an->fn->addrs[in->aux], SAME_DEPTH))
      return &cells->items[i];
  return NULL;
}

static bool reads_fixed_place(const IrAnalysis *an, uint32_t loop, IrInsnId insn) {
  const IrInsn *in = &an->fn->insns[insn];
  return in->op == IR_LOAD && ir_ev_of(an, loop, ir_ref(IR_REF_VALUE, insn)).kind == IR_EV_VARIES &&
         is_fixed(ir_ev_addr(an, loop, an->block_of[insn], &an->fn->addrs[in->aux]));
}

static void add_cell(IrAnalysis *an, uint32_t loop, IrInsnId load, bool assumed) {
  IrCells *cells = &an->priv->cells[loop];
  const IrLoop *l = &an->loops[loop];
  if (!cells->items)
    cells->items = HP_NEW(an->arena, IrCell, MAX_CELLS);
  IrCell *cell = &cells->items[cells->count++];
  *cell = (IrCell){.addr = &an->fn->addrs[an->fn->insns[load].aux],
                   .load = IR_NONE,
                   .in = HP_NEW(an->arena, uint32_t, l->nblocks),
                   .assumed = assumed};
  fill(an, loop, cell);
}

/* What the cell gains in one iteration, the same on all ways round. */
static Ev cell_step(const IrAnalysis *an, uint32_t loop, const IrCell *cell) {
  const Ev varies = {.kind = IR_EV_VARIES};
  IrCellValues v = ir_cell_carried(an, loop, cell);
  if (v.unknown || v.carried || !v.count)
    return varies;
  Ev step = ir_ev_distance(an, loop, cell, v.refs[0]);
  for (uint32_t i = 1; i < v.count && step.kind != IR_EV_VARIES; i++) {
    Ev e = ir_ev_distance(an, loop, cell, v.refs[i]);
    if (e.kind != step.kind || e.step != step.step || e.ref != step.ref)
      return varies;
  }
  step.flags |= cell->assumed ? EV_ASSUMED : 0;
  return step;
}

void ir_find_cells(IrAnalysis *an, uint32_t loop) {
  const IrLoop *l = &an->loops[loop];
  IrCells *cells = &an->priv->cells[loop];
  uint32_t candidates = 0;
  const IrWrites *w = &an->priv->writes[loop];
  if (l->nblocks > MAX_BLOCKS || !w->count || w->count == IR_MAX_WRITES)
    return;
  for (uint32_t k = 0; k < l->nblocks; k++) {
    const IrBlock *b = &an->fn->blocks[l->blocks[k]];
    for (uint32_t i = b->first; i < b->first + b->count; i++) {
      bool assumed;
      if (cells->count == MAX_CELLS || candidates == MAX_CANDIDATES)
        break;
      if (!reads_fixed_place(an, loop, i) || ir_cell_of(an, loop, i))
        continue;
      candidates++;
      if (is_cell(an, loop, &an->fn->addrs[an->fn->insns[i].aux], &assumed))
        add_cell(an, loop, i, assumed);
    }
  }
  for (uint32_t c = 0; c < cells->count; c++)
    for (uint32_t k = 0; k < l->nblocks && cells->items[c].load == IR_NONE; k++) {
      const IrBlock *b = &an->fn->blocks[l->blocks[k]];
      for (uint32_t i = b->first; i < b->first + b->count; i++)
        if (ir_cell_of(an, loop, i) == &cells->items[c] &&
            holds_before(an, loop, &cells->items[c], l->blocks[k], i) == HOLDS_CARRIED) {
          cells->items[c].load = i;
          break;
        }
    }
  for (uint32_t c = 0; c < cells->count; c++)
    cells->items[c].ev = cell_step(an, loop, &cells->items[c]);
}
