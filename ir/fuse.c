/* Loop fusion: two neighbours that go round alike may be one loop if no iteration of the second
 * would then come before one of the first that it depends on (Kennedy and McKinley, "Maximizing
 * Loop Parallelism and Improving Data Locality via Loop Fusion and Distribution", LCPC 1993). */
#include "ir/fuse.h"

#include "ir/depend.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ACCESSES = 24, MAX_BETWEEN = 6 };

typedef struct Fusion {
  const IrAnalysis *an;
  uint32_t first, second;
  IrFuse fuse;
  HpBuf *condition;
} Fusion;

/* ILLEGAL is final, UNKNOWN beats CONDITIONAL, that beats LEGAL. */
static void lower_to(Fusion *f, IrFuseKind kind) {
  static const int rank[] = {
      [IR_FUSE_LEGAL] = 0, [IR_FUSE_CONDITIONAL] = 1, [IR_FUSE_UNKNOWN] = 2, [IR_FUSE_ILLEGAL] = 3};
  if (rank[kind] > rank[f->fuse.kind])
    f->fuse.kind = kind;
}

/* ---- the same iterations --------------------------------------------------------------------- */

/* Computed alike from the same, with nothing that changes in between: both loops and what stands
 * between them write no memory that it is loaded from. */
static bool equal_values(const Fusion *f, IrRef a, IrRef b, uint32_t depth) {
  const IrFunction *fn = f->an->fn;
  const IrInsn *x = ir_def(fn, a), *y = ir_def(fn, b);
  int64_t c, d;
  if (a == b)
    return true;
  if (ir_const_int(fn, a, &c) && ir_const_int(fn, b, &d))
    return c == d;
  if (!x || !y || !depth || x->op != y->op || x->type != y->type || x->nargs != y->nargs ||
      x->op == IR_PHI || x->op == IR_PARAM || x->op >= IR_STORE)
    return false;
  for (uint32_t i = 0; i < x->nargs; i++)
    if (!equal_values(f, ir_arg(fn, x, i), ir_arg(fn, y, i), depth - 1))
      return false;
  const IrAddr *from = ir_addr_of(fn, x), *to = ir_addr_of(fn, y);
  if (!from)
    return x->aux == y->aux;
  if (x->op == IR_LOAD && ir_loop_may_write(f->an, f->first, from) == IR_WRITES_MAYBE)
    return false;
  return from->offset == to->offset && from->scale == to->scale && from->size == to->size &&
         equal_values(f, from->base, to->base, depth - 1) &&
         equal_values(f, from->index, to->index, depth - 1);
}

static bool leaves_by_count_alone(const IrAnalysis *an, uint32_t loop) {
  const IrLoop *l = &an->loops[loop];
  return !l->irreducible && l->counter != IR_NONE && l->trip != IR_TRIP_UNKNOWN && l->nexits == 1 &&
         l->exits[0] == an->priv->counting_exit[loop];
}

/* The operation of the test that the loop is left by. */
static const IrInsn *test_of(const IrAnalysis *an, uint32_t loop) {
  const IrBlock *b = &an->fn->blocks[an->loops[loop].exits[0]];
  const IrInsn *branch = &an->fn->insns[b->first + b->count - 1];
  return branch->nargs ? ir_def(an->fn, ir_arg(an->fn, branch, 0)) : NULL;
}

static bool same_iterations(const Fusion *f) {
  const IrAnalysis *an = f->an;
  const IrLoop *a = &an->loops[f->first], *b = &an->loops[f->second];
  if (!leaves_by_count_alone(an, f->first) || !leaves_by_count_alone(an, f->second) ||
      a->trip != b->trip)
    return false;
  IrEvolution of_a = ir_evolution(an, f->first, ir_ref(IR_REF_VALUE, a->counter));
  IrEvolution of_b = ir_evolution(an, f->second, ir_ref(IR_REF_VALUE, b->counter));
  if (of_a.kind != IR_EV_AFFINE || of_b.kind != IR_EV_AFFINE || of_a.step != of_b.step)
    return false;
  IrRef start_a = ir_phi_init(an, f->first, a->counter);
  IrRef start_b = ir_phi_init(an, f->second, b->counter);
  if (!ir_has_ref(start_a) || !ir_has_ref(start_b) || !equal_values(f, start_a, start_b, 6))
    return false;
  if (a->trip == IR_TRIP_CONST)
    return a->count == b->count;
  const IrInsn *x = test_of(an, f->first), *y = test_of(an, f->second);
  return equal_values(f, a->bound, b->bound, 6) && x && y && x->op == y->op &&
         ir_tests_at_end(an, f->first, a->exits[0]) == ir_tests_at_end(an, f->second, b->exits[0]);
}

/* ---- what stands between --------------------------------------------------------------------- */

static bool is_harmless(const Fusion *f, const IrInsn *in) {
  if (ir_has_effect(f->an, in) || in->op == IR_STORE || in->op == IR_COPY || in->op == IR_CLEAR)
    return false;
  return in->op != IR_LOAD ||
         ir_loop_may_write(f->an, f->first, ir_addr_of(f->an->fn, in)) != IR_WRITES_MAYBE;
}

/* From the exit of the first straight to the second, nothing of note on the way. */
static bool are_neighbours(const Fusion *f) {
  const IrAnalysis *an = f->an;
  const IrFunction *fn = an->fn;
  const IrBlock *exit = &fn->blocks[an->loops[f->first].exits[0]];
  IrBlockId at = IR_NONE;
  for (uint32_t i = 0; i < exit->nsuccs; i++)
    if (!ir_loop_contains(an, f->first, fn->edges[exit->succs + i]))
      at = at == IR_NONE ? fn->edges[exit->succs + i] : IR_NONE;
  for (uint32_t steps = 0; at != IR_NONE && steps < MAX_BETWEEN; steps++) {
    const IrBlock *b = &fn->blocks[at];
    if (at == an->loops[f->second].header)
      return true;
    if (b->npreds != 1 || b->nsuccs != 1 || an->loop_of[at] != an->loops[f->first].parent)
      return false;
    for (uint32_t i = b->first; i < b->first + b->count; i++)
      if (!is_harmless(f, &fn->insns[i]))
        return false;
    at = fn->edges[b->succs];
  }
  return false;
}

/* ---- bodies ---------------------------------------------------------------------------------- */

static void check_body(Fusion *f, uint32_t loop) {
  const IrLoop *l = &f->an->loops[loop];
  for (uint32_t k = 0; k < l->nblocks; k++) {
    const IrBlock *b = &f->an->fn->blocks[l->blocks[k]];
    for (uint32_t i = b->first; i < b->first + b->count; i++)
      if (ir_has_effect(f->an, &f->an->fn->insns[i]))
        lower_to(f, IR_FUSE_UNKNOWN);
  }
}

/* A value of the first loop that is used after it and before the second is over: a total that has
 * to be complete. What only goes on to after the second loop is fine. */
static void check_values(Fusion *f) {
  const IrAnalysis *an = f->an;
  const IrLoop *l = &an->loops[f->first];
  IrBlockId last = an->loops[f->second].blocks[an->loops[f->second].nblocks - 1];
  for (uint32_t k = 0; k < l->nblocks; k++) {
    const IrBlock *b = &an->fn->blocks[l->blocks[k]];
    for (IrInsnId v = b->first; v < b->first + b->count; v++)
      for (uint32_t u = an->uses_at[v]; u < an->uses_at[v + 1]; u++) {
        IrBlockId at = an->block_of[an->uses[u]];
        bool between = an->loop_of[at] == l->parent && at > l->header && at < last;
        if (ir_loop_contains(an, f->second, at) || (between && !ir_loop_contains(an, f->first, at)))
          lower_to(f, IR_FUSE_ILLEGAL);
      }
  }
}

/* ---- memory ---------------------------------------------------------------------------------- */

static uint32_t accesses_of(const IrAnalysis *an, uint32_t loop, const IrAccess **out) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < an->naccesses; i++)
    if (ir_loop_contains(an, loop, an->accesses[i].block)) {
      if (n < MAX_ACCESSES)
        out[n] = &an->accesses[i];
      n++;
    }
  return n;
}

/* The loops from `top` down to the block, into `loops`; false when they are too many. */
static bool path_to(const IrAnalysis *an, uint32_t top, IrBlockId block, uint32_t *loops,
                    uint32_t *depth) {
  uint32_t innermost = an->loop_of[block];
  *depth = an->loops[innermost].depth - an->loops[top].depth + 1;
  if (*depth > NEST_MAX)
    return false;
  for (uint32_t l = innermost, i = *depth; i-- > 0; l = an->loops[l].parent)
    loops[i] = l;
  return true;
}

static void needs(Fusion *f, IrDepend *d) {
  const IrAnalysis *an = f->an;
  HpBuf text = {0};
  lower_to(f, IR_FUSE_CONDITIONAL);
  if (d->apart[0]) {
    ir_describe(&text, an->unit, an->fn, d->apart[0]);
    hp_buf_add(&text, " and ");
    ir_describe(&text, an->unit, an->fn, d->apart[1]);
    hp_buf_add(&text, " do not overlap");
  } else {
    hp_buf_add(&text, "no two rows of ");
    ir_describe(&text, an->unit, an->fn, d->rows);
    hp_buf_add(&text, " are the same");
  }
  if (f->condition && !strstr(hp_buf_text(f->condition), hp_buf_text(&text))) {
    if (f->condition->length)
      hp_buf_add(f->condition, "; ");
    hp_buf_add(f->condition, hp_buf_text(&text));
  }
  hp_buf_free(&text);
}

static void note_shared(Fusion *f, const IrDepend *d, const IrAccess *a, const IrAccess *b) {
  const IrAnalysis *an = f->an;
  if (d->kind != IR_DEPEND_SOME || !d->fixed[0] || d->distance[0] ||
      f->fuse.nshared == IR_FUSE_PAIRS)
    return;
  IrRef root = ir_root_of(an, an->fn->addrs[a->addr].base);
  for (uint32_t i = 0; i < f->fuse.nshared; i++)
    if (ir_root_of(an, an->fn->addrs[f->fuse.shared[i].first->addr].base) == root)
      return;
  f->fuse.shared[f->fuse.nshared++] = (IrFusePair){a, b};
}

static void check_pair(Fusion *f, const IrAccess *a, const IrAccess *b) {
  IrNest nest = {.an = f->an};
  bool writes = a->write || b->write;
  if (!path_to(f->an, f->first, a->block, nest.loops, &nest.depth) ||
      !path_to(f->an, f->second, b->block, nest.twins, &nest.ntwins)) {
    if (writes)
      lower_to(f, IR_FUSE_UNKNOWN);
    return;
  }
  IrPlace x = ir_place(&nest, a), y = ir_place(&nest, b);
  IrDepend d = ir_depend(&nest, &x, &y);
  note_shared(f, &d, a, b);
  if (!writes)
    return;
  if (d.rows || (d.kind == IR_DEPEND_UNKNOWN && d.apart[0]))
    needs(f, &d);
  else if (d.kind == IR_DEPEND_UNKNOWN)
    lower_to(f, IR_FUSE_UNKNOWN);
  if (d.kind == IR_DEPEND_SOME && ir_depend_has(&d, 0, IR_AFTER))
    lower_to(f, IR_FUSE_ILLEGAL); /* an iteration of the first that the second has to wait for */
}

static void check_memory(Fusion *f) {
  const IrAccess *a[MAX_ACCESSES], *b[MAX_ACCESSES];
  uint32_t na = accesses_of(f->an, f->first, a), nb = accesses_of(f->an, f->second, b);
  if (na > MAX_ACCESSES || nb > MAX_ACCESSES) {
    lower_to(f, IR_FUSE_UNKNOWN);
    return;
  }
  for (uint32_t i = 0; i < na; i++)
    for (uint32_t k = 0; k < nb; k++)
      if (f->fuse.kind != IR_FUSE_ILLEGAL)
        check_pair(f, a[i], b[k]);
}

IrFuse ir_can_fuse(const IrAnalysis *an, uint32_t first, uint32_t second, HpBuf *condition) {
  HpBuf text = {0};
  Fusion f = {.an = an, .first = first, .second = second, .condition = &text};
  f.fuse.kind = IR_FUSE_UNKNOWN;
  if (first != second && an->loops[first].parent == an->loops[second].parent &&
      same_iterations(&f) && are_neighbours(&f)) {
    f.fuse.kind = IR_FUSE_LEGAL;
    check_body(&f, first);
    check_body(&f, second);
    check_values(&f);
    if (f.fuse.kind == IR_FUSE_LEGAL)
      check_memory(&f);
  }
  if (condition && f.fuse.kind == IR_FUSE_CONDITIONAL)
    hp_buf_add(condition, hp_buf_text(&text));
  hp_buf_free(&text);
  return f.fuse;
}

const char *ir_fuse_name(IrFuseKind kind) {
  static const char *const names[] = {"legal", "conditional", "illegal", "unknown"};
  return names[kind];
}
