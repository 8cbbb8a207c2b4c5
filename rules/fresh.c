/* Follows the pointer to fresh memory. A store says that the memory is kept when the place stored
 * to is another one in the next iteration, or when its old value went into the block: that is how a
 * list grows at its head. A place that stays the same and is simply overwritten holds one block at
 * a time. */
#include "rules/fresh.h"

#include "rules/touch.h"

#include <stdlib.h>

enum { MAX_ALIASES = 32, PLACE_DEPTH = 4 };

typedef struct Follow {
  const IrProgram *p;
  const PgFunction *pf;
  const IrFunction *fn;
  uint32_t loop;
  IrInsnId call;
  IrRef aliases[MAX_ALIASES]; /* the pointer, and pointers into the block */
  uint32_t naliases;
  bool carried;     /* flows into the next iteration */
  IrInsnId release; /* the last call in every iteration that may free it, by counting references */
  FreshFate fate;
} Follow;

static bool in_region(const Follow *w, IrInsnId insn) {
  return w->loop == IR_NONE || ir_loop_has_insn(w->pf->an, w->loop, insn);
}

static bool is_alias(const Follow *w, IrRef ref) {
  for (uint32_t i = 0; i < w->naliases; i++)
    if (w->aliases[i] == ref)
      return true;
  return false;
}

static void add_alias(Follow *w, IrInsnId insn) {
  IrRef ref = ir_ref(IR_REF_VALUE, insn);
  if (w->naliases < MAX_ALIASES && !is_alias(w, ref))
    w->aliases[w->naliases++] = ref;
}

static void keep(Follow *w, FreshKept kept, IrInsnId at) {
  if (kept <= w->fate.kept)
    return;
  w->fate.kept = kept;
  w->fate.at = at;
}

/* ---- places ---------------------------------------------------------------------------------- */

static bool same_place(const IrFunction *fn, const IrAddr *a, const IrAddr *b, int depth);

static bool same_value(const IrFunction *fn, IrRef a, IrRef b, int depth) {
  const IrInsn *x = ir_def(fn, a), *y = ir_def(fn, b);
  return a == b || (depth && ir_is(x, IR_LOAD) && ir_is(y, IR_LOAD) &&
                    same_place(fn, ir_addr_of(fn, x), ir_addr_of(fn, y), depth - 1));
}

/* Do two addresses name the same object, as they are written? */
static bool same_place(const IrFunction *fn, const IrAddr *a, const IrAddr *b, int depth) {
  if (!same_value(fn, a->index, b->index, depth))
    return false;
  Origin x = touch_origin_of(fn, a), y = touch_origin_of(fn, b);
  return x.offset == y.offset && same_value(fn, x.root, y.root, depth);
}

static const IrAddr *stored_to(const Follow *w, IrInsnId id) {
  const IrInsn *in = &w->fn->insns[id];
  return in->op == IR_STORE && in_region(w, id) ? ir_addr_of(w->fn, in) : NULL;
}

/* `n->next = list->head; list->head = n`: the place's old value went into the block. */
static bool links_old_value(const Follow *w, const IrAddr *place) {
  for (IrInsnId i = 0; i < w->fn->ninsns; i++) {
    const IrAddr *to = stored_to(w, i);
    if (!to || !is_alias(w, ir_addr_root(w->fn, to->base)))
      continue;
    const IrInsn *old = ir_def(w->fn, ir_addr_root(w->fn, ir_arg(w->fn, &w->fn->insns[i], 0)));
    if (ir_is(old, IR_LOAD) && same_place(w->fn, ir_addr_of(w->fn, old), place, PLACE_DEPTH))
      return true;
  }
  return false;
}

/* `free(o->part); o->part = malloc(n)`, by whatever function frees. */
static bool frees_old_value(const Follow *w, const IrAddr *place) {
  for (IrInsnId i = 0; i < w->fn->ninsns; i++) {
    const IrInsn *in = &w->fn->insns[i];
    if (in->op != IR_CALL || in->nargs == 0 || !in_region(w, i) ||
        !(pg_summary(w->p, w->pf->unit, w->fn, in)->flags & PG_FREES))
      continue;
    const IrInsn *old = ir_def(w->fn, ir_addr_root(w->fn, ir_arg(w->fn, in, 0)));
    if (ir_is(old, IR_LOAD) && same_place(w->fn, ir_addr_of(w->fn, old), place, PLACE_DEPTH))
      return true;
  }
  return false;
}

/* Does the branch ask for what lies at the place? */
static bool tests_place(const IrFunction *fn, const IrInsn *branch, const IrAddr *place) {
  const IrInsn *in = branch->op == IR_BR ? ir_def(fn, ir_arg(fn, branch, 0)) : NULL;
  while (ir_is(in, IR_EQ) || ir_is(in, IR_NE) || ir_is(in, IR_CONV))
    in = ir_def(fn, ir_arg(fn, in, 0));
  return ir_is(in, IR_LOAD) && same_place(fn, ir_addr_of(fn, in), place, PLACE_DEPTH);
}

/* `if (!s->buffer) s->buffer = malloc(n)` */
static bool made_at_first_use(const Follow *w, const IrAddr *place) {
  const IrAnalysis *an = w->pf->an;
  for (IrBlockId b = an->block_of[w->call]; b != 0;) {
    b = an->idom[b];
    const IrBlock *block = &w->fn->blocks[b];
    if (tests_place(w->fn, &w->fn->insns[block->first + block->count - 1], place))
      return true;
  }
  return false;
}

/* `if (!set) set = set_new();` with a local variable. */
static bool made_for_variable(const Follow *w) {
  const IrAnalysis *an = w->pf->an;
  IrBlockId header = an->loops[w->loop].header;
  for (IrBlockId b = an->block_of[w->call]; b != header;) {
    b = an->idom[b];
    const IrBlock *block = &w->fn->blocks[b];
    const IrInsn *end = &w->fn->insns[block->first + block->count - 1];
    IrRef tested = end->op == IR_BR ? ir_arg(w->fn, end, 0) : ir_ref(IR_REF_NONE, 0);
    const IrInsn *in = ir_def(w->fn, tested);
    while (ir_is(in, IR_EQ) || ir_is(in, IR_NE) || ir_is(in, IR_CONV)) {
      tested = ir_arg(w->fn, in, 0);
      in = ir_def(w->fn, tested);
    }
    if (ir_is(in, IR_PHI) && is_alias(w, tested) && an->block_of[ir_ref_index(tested)] == header)
      return true;
  }
  return false;
}

/* A structure is filled in a local variable and then copied to where it is kept. */
static IrInsnId copy_of_local(const Follow *w, IrRef local) {
  for (IrInsnId i = 0; i < w->fn->ninsns; i++) {
    const IrInsn *in = &w->fn->insns[i];
    if (in->op == IR_COPY && in_region(w, i) &&
        ir_addr_root(w->fn, w->fn->addrs[in->aux + 1].base) == local)
      return i;
  }
  return IR_NONE;
}

/* ---- uses ------------------------------------------------------------------------------------ */

static void keep_at(Follow *w, const IrAddr *place, IrInsnId at) {
  if (frees_old_value(w, place)) {
    keep(w, FRESH_ONCE, at);
    return;
  }
  if (links_old_value(w, place)) {
    keep(w, FRESH_LINKED, at);
    return;
  }
  if (w->loop != IR_NONE) {
    bool moves = ir_addr_in(w->pf->an, place, w->loop).cls != IR_AC_INVARIANT;
    keep(w, moves ? FRESH_STORED : FRESH_ONCE, at);
    return;
  }
  IrRef root = ir_addr_root(w->fn, place->base);
  const IrInsn *from = ir_def(w->fn, root);
  bool varies = ir_ref_kind(place->index) == IR_REF_VALUE;
  if (ir_ref_kind(root) == IR_REF_LOCAL || made_at_first_use(w, place)) {
    keep(w, FRESH_ONCE, at);
  } else if (ir_is(from, IR_PARAM) && !varies) {
    keep(w, FRESH_IN_PARAM, at);
    w->fate.param = from->aux;
  } else {
    keep(w, from || varies ? FRESH_STORED : FRESH_ONCE, at);
  }
}

static bool returns_fresh(const Follow *w, const IrInsn *in) {
  return in && (in->op == IR_CALL || in->op == IR_CALLP) &&
         pg_summary(w->p, w->pf->unit, w->fn, in)->flags & PG_FRESH;
}

static void use_by_store(Follow *w, IrInsnId id, IrRef value) {
  const IrInsn *in = &w->fn->insns[id];
  const IrAddr *place = ir_addr_of(w->fn, in);
  IrRef root = ir_addr_root(w->fn, place->base);
  if (is_alias(w, root)) {
    if (w->carried && root != ir_addr_root(w->fn, value))
      keep(w, FRESH_LINKED, id); /* this iteration's block and the last one's */
    return;
  }
  if (returns_fresh(w, ir_def(w->fn, root)) && in_region(w, ir_ref_index(root))) {
    keep(w, FRESH_IN_BLOCK, id);
    w->fate.holder = ir_ref_index(root);
    return;
  }
  IrInsnId copy = ir_ref_kind(root) == IR_REF_LOCAL ? copy_of_local(w, root) : IR_NONE;
  if (copy != IR_NONE)
    keep_at(w, &w->fn->addrs[w->fn->insns[copy].aux], copy);
  else
    keep_at(w, place, id);
}

/* Can the iteration (or the function) end after the allocation without this instruction, other than
 * by cold blocks? */
static bool avoidable(const Follow *w, IrInsnId insn) {
  const IrAnalysis *an = w->pf->an;
  bool *seen = hp_calloc(w->fn->nblocks, sizeof *seen);
  IrBlockId *stack = hp_calloc(w->fn->nblocks, sizeof *stack);
  uint32_t top = 0;
  bool ends = false;
  stack[top++] = an->block_of[w->call];
  while (top && !ends) {
    IrBlockId at = stack[--top];
    if (at == an->block_of[insn])
      continue;
    const IrBlock *block = &w->fn->blocks[at];
    ends = w->loop == IR_NONE && w->fn->insns[block->first + block->count - 1].op == IR_RET;
    for (uint32_t i = 0; i < block->nsuccs; i++) {
      IrBlockId next = w->fn->edges[block->succs + i];
      if (an->cold[next] || (w->loop != IR_NONE && !ir_loop_contains(an, w->loop, next)))
        continue;
      ends |= w->loop != IR_NONE && next == an->loops[w->loop].header;
      if (!seen[next])
        stack[top++] = next;
      seen[next] = true;
    }
  }
  free(seen);
  free(stack);
  return ends;
}

static void use_by_call(Follow *w, IrInsnId id, uint32_t arg) {
  const IrInsn *in = &w->fn->insns[id];
  const PgSummary *s = pg_summary(w->p, w->pf->unit, w->fn, in);
  PgFunc callee = pg_callee(w->p, w->pf->unit, w->fn, in);
  if (in->op == IR_CALL && s->freed_arg == (int)arg) {
    w->fate.resized |= (s->flags & PG_GROWS) != 0;
    w->fate.freed |= !avoidable(w, id);
    return;
  }
  if (s->flags & PG_FREES && !avoidable(w, id))
    w->release = id;
  if (arg < 32 && !(s->keeps >> arg & 1))
    return;
  bool known = in->op == IR_CALL && callee != IR_NONE && pg_func(w->p, callee)->fn && arg < 32 &&
               !(s->flags & PG_UNKNOWN);
  keep(w, known ? FRESH_STORED : FRESH_HANDED, id);
}

/* A block is taken off a list of free ones when what was loaded for it is replaced by what it
 * points to. */
static bool pops_list(const Follow *w, IrRef other) {
  const IrInsn *load = ir_def(w->fn, other);
  if (!ir_is(load, IR_LOAD))
    return false;
  for (IrInsnId i = 0; i < w->fn->ninsns; i++) {
    const IrInsn *in = &w->fn->insns[i];
    if (in->op != IR_STORE ||
        !same_place(w->fn, ir_addr_of(w->fn, in), ir_addr_of(w->fn, load), PLACE_DEPTH))
      continue;
    const IrInsn *next = ir_def(w->fn, ir_addr_root(w->fn, ir_arg(w->fn, in, 0)));
    if (ir_is(next, IR_LOAD) &&
        same_value(w->fn, ir_addr_root(w->fn, ir_addr_of(w->fn, next)->base), other, PLACE_DEPTH))
      return true;
  }
  return false;
}

static void use_by_phi(Follow *w, IrInsnId id) {
  const IrAnalysis *an = w->pf->an;
  const IrInsn *in = &w->fn->insns[id];
  bool carries = w->loop != IR_NONE && an->block_of[id] == an->loops[w->loop].header;
  w->carried |= carries;
  for (uint32_t i = 0; i < in->nargs && !carries; i++) {
    IrRef other = ir_addr_root(w->fn, ir_arg(w->fn, in, i));
    if (ir_ref_kind(other) == IR_REF_CONST || is_alias(w, other))
      continue;
    w->fate.merged = true;
    w->fate.recycled |= pops_list(w, other);
  }
  add_alias(w, id);
}

static void use(Follow *w, IrInsnId id, IrRef alias) {
  const IrInsn *in = &w->fn->insns[id];
  if (in->op == IR_ADDR && ir_addr_root(w->fn, ir_addr_of(w->fn, in)->base) ==
                               ir_addr_root(w->fn, alias)) /* not as an index */
    add_alias(w, id);
  for (uint32_t i = 0; i < in->nargs; i++) {
    if (ir_arg(w->fn, in, i) != alias)
      continue;
    switch ((IrOp)in->op) {
    case IR_CONV:
    case IR_ADD:
    case IR_SUB:
      add_alias(w, id);
      break;
    case IR_PHI:
      use_by_phi(w, id);
      break;
    case IR_STORE:
      use_by_store(w, id, alias);
      break;
    case IR_CALL:
      use_by_call(w, id, i);
      break;
    case IR_CALLP:
      keep(w, FRESH_HANDED, id);
      break;
    case IR_RMW:
    case IR_CMPXCHG:
    case IR_ASM:
    case IR_OPAQUE:
      keep(w, FRESH_HANDED, id);
      break;
    case IR_RET:
      keep(w, FRESH_RETURNED, id);
      break;
    default:
      break;
    }
  }
}

/* Twice: what a use means may depend on aliases that were found after it. */
FreshFate fresh_fate(const IrProgram *p, const PgFunction *pf, uint32_t loop, IrInsnId call) {
  Follow w = {.p = p,
              .pf = pf,
              .fn = pf->fn,
              .loop = loop,
              .call = call,
              .release = IR_NONE,
              .fate = {.at = IR_NONE, .holder = IR_NONE}};
  const IrAnalysis *an = pf->an;
  add_alias(&w, call);
  for (int round = 0; round < 2; round++) {
    w.fate.merged = w.fate.recycled = false;
    for (uint32_t a = 0; a < w.naliases; a++) {
      uint32_t value = ir_ref_index(w.aliases[a]);
      for (uint32_t k = an->uses_at[value]; k < an->uses_at[value + 1]; k++)
        if (in_region(&w, an->uses[k]))
          use(&w, an->uses[k], w.aliases[a]);
    }
  }
  if (w.fate.kept <= FRESH_HANDED && w.release != IR_NONE && w.release != w.fate.at)
    w.fate.freed = true;
  if (w.carried && made_for_variable(&w))
    w.fate.kept = FRESH_ONCE;
  return w.fate;
}

/* ---- size ------------------------------------------------------------------------------------ */

static bool constant_arg(const PgFunction *pf, const IrInsn *call, int8_t number, int64_t *value) {
  uint32_t at = (uint32_t)number + (call->op == IR_CALLP);
  return at < call->nargs && ir_const_int(pf->fn, ir_arg(pf->fn, call, at), value);
}

bool fresh_bytes(const IrProgram *p, const PgFunction *pf, IrInsnId id, int64_t *bytes) {
  const IrInsn *call = &pf->fn->insns[id];
  const PgSummary *s = pg_summary(p, pf->unit, pf->fn, call);
  int64_t size, count = 1;
  if (s->fixed_size >= 0) {
    *bytes = s->fixed_size;
    return true;
  }
  if (s->size_arg < 0 || !constant_arg(pf, call, s->size_arg, &size) ||
      (s->count_arg >= 0 && !constant_arg(pf, call, s->count_arg, &count)))
    return false;
  return !__builtin_mul_overflow(size, count, bytes);
}

/* ---- each time ------------------------------------------------------------------------------- */

enum { CALLEES_DEEP = 4, ADDENDS = 6, LARGEST_BLOCK = 1 << 30 };

static bool always_by(const IrProgram *p, const PgFunction *pf, IrInsnId call, int depth);

static bool takes_in(const IrProgram *p, const PgFunction *pf, IrBlockId id, int depth) {
  const IrBlock *block = &pf->fn->blocks[id];
  for (uint32_t i = 0; i < block->count; i++) {
    const IrInsn *in = &pf->fn->insns[block->first + i];
    if ((in->op == IR_CALL || in->op == IR_CALLP) &&
        pg_summary(p, pf->unit, pf->fn, in)->flags & PG_FRESH &&
        always_by(p, pf, block->first + i, depth))
      return true;
  }
  return false;
}

/* The branch asks whether a sum overflows, or a size is beyond all reason. */
static bool asks_for_overflow(const IrFunction *fn, const IrBlock *block) {
  const IrInsn *end = &fn->insns[block->first + block->count - 1];
  const IrInsn *test = end->op == IR_BR ? ir_def(fn, ir_arg(fn, end, 0)) : NULL;
  if (!ir_is(test, IR_LT) && !ir_is(test, IR_LE) && !ir_is(test, IR_GT) && !ir_is(test, IR_GE))
    return false;
  for (uint32_t side = 0; side < 2; side++) {
    int64_t limit;
    IrRef sum = ir_arg(fn, test, side), other = ir_arg(fn, test, 1 - side);
    if (ir_const_int(fn, other, &limit) && (limit < 0 || limit >= LARGEST_BLOCK))
      return true;
    for (int steps = 0; steps < ADDENDS && sum != other; steps++) {
      const IrInsn *in = ir_def(fn, sum);
      if (!ir_is(in, IR_ADD) && !ir_is(in, IR_CONV))
        break;
      sum = ir_arg(fn, in, 0);
      if (in->op == IR_ADD && ir_arg(fn, in, 1) == other)
        return true;
    }
    if (sum == other)
      return true;
  }
  return false;
}

/* The block goes straight to the return. */
static bool gives_up(const IrFunction *fn, IrBlockId id) {
  for (int steps = 0; steps < 2; steps++) {
    const IrBlock *b = &fn->blocks[id];
    if (b->count && fn->insns[b->first + b->count - 1].op == IR_RET)
      return true;
    if (b->nsuccs != 1)
      return false;
    id = fn->edges[b->succs];
  }
  const IrBlock *b = &fn->blocks[id];
  return b->count && fn->insns[b->first + b->count - 1].op == IR_RET;
}

/* Is there a way to a return, cold ones and refusals of a size aside, on which nothing is taken? */
static bool may_take_nothing(const IrProgram *p, const PgFunction *pf, int depth) {
  const IrFunction *fn = pf->fn;
  bool *seen = hp_calloc(fn->nblocks, sizeof *seen);
  IrBlockId *stack = hp_calloc(fn->nblocks, sizeof *stack);
  uint32_t top = 0;
  bool nothing = false;
  stack[top++] = 0;
  seen[0] = true;
  while (top && !nothing) {
    IrBlockId at = stack[--top];
    if (takes_in(p, pf, at, depth))
      continue;
    const IrBlock *block = &fn->blocks[at];
    bool overflow = block->count && asks_for_overflow(fn, block);
    nothing = block->count && fn->insns[block->first + block->count - 1].op == IR_RET;
    for (uint32_t i = 0; i < block->nsuccs; i++) {
      IrBlockId next = fn->edges[block->succs + i];
      if (seen[next] || pf->an->cold[next] || (overflow && gives_up(fn, next)))
        continue;
      seen[next] = true;
      stack[top++] = next;
    }
  }
  free(seen);
  free(stack);
  return nothing;
}

static bool always_by(const IrProgram *p, const PgFunction *pf, IrInsnId call, int depth) {
  PgFunc callee = pg_callee(p, pf->unit, pf->fn, &pf->fn->insns[call]);
  const PgFunction *cf = callee == IR_NONE ? NULL : pg_func(p, callee);
  if (!cf || !cf->fn || !cf->an || depth == 0)
    return true;
  if (cf->summary.size_arg >= 0 || cf->summary.count_arg >= 0)
    return true; /* an allocator: what it refuses is too large */
  return !may_take_nothing(p, cf, depth - 1);
}

bool fresh_always(const IrProgram *p, const PgFunction *pf, IrInsnId call) {
  return always_by(p, pf, call, CALLEES_DEEP);
}
