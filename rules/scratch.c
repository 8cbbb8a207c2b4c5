/* Memory that a function takes and gives back before it returns. The pointer is followed through
 * conversions, merges with NULL and reallocations; the frees must lie on every way from the
 * allocation to a return, cold ones and those of a failed allocation aside. */
#include "rules/scratch.h"

#include "rules/calls.h"
#include "rules/fresh.h"
#include "rules/heat.h"
#include "rules/touch.h"

#include <stdlib.h>

enum {
  MAX_ALIASES = 24,
  MAX_FREES = 12,
  REMOVABLE_BYTES = 4096,
  MAX_STEPS = 6,
  FEW_TRIPS = 32,
  FEW_INSIDE = 2
};
static const double MIN_SHARE = 0.5; /* of a function's calls */
static const double MIN_OF_ITERATIONS = 0.2;
static const Scratch NO_SCRATCH = {
    .steps = IR_NONE, .call = IR_NONE, .freed = IR_NONE, .next = IR_NONE};

typedef struct Block {
  const IrProgram *p;
  const PgFunction *pf;
  IrInsnId call;
  IrRef aliases[MAX_ALIASES];
  uint32_t naliases;
  IrInsnId frees[MAX_FREES];
  uint32_t nfrees;
  bool seen; /* used by something that the compiler cannot see through */
  bool lost; /* merged with other memory, or too tangled */
} Block;

/* ---- the pointer ----------------------------------------------------------------------------- */

static bool is_alias(const Block *b, IrRef ref) {
  for (uint32_t i = 0; i < b->naliases; i++)
    if (b->aliases[i] == ref)
      return true;
  return false;
}

static void add_alias(Block *b, IrInsnId insn) {
  IrRef ref = ir_ref(IR_REF_VALUE, insn);
  if (is_alias(b, ref))
    return;
  b->lost |= b->naliases == MAX_ALIASES;
  if (!b->lost)
    b->aliases[b->naliases++] = ref;
}

/* What a merge of the pointer with other values is. */
typedef enum Merge {
  MERGE_SAME,  /* the pointer, or NULL */
  MERGE_WALKS, /* a pointer that runs over the block */
  MERGE_OTHER, /* perhaps other memory */
} Merge;

static Merge merge_of(const Block *b, IrInsnId phi) {
  const IrFunction *fn = b->pf->fn;
  Merge merge = MERGE_SAME;
  for (uint32_t i = 0; i < fn->insns[phi].nargs; i++) {
    IrRef ref = ir_arg(fn, &fn->insns[phi], i);
    IrRef root = ir_addr_root(fn, ref);
    int64_t null;
    if (ir_ref_kind(ref) == IR_REF_UNDEF || is_alias(b, ref) ||
        (ir_const_int(fn, root, &null) && !null))
      continue;
    if (!is_alias(b, root) && root != ir_ref(IR_REF_VALUE, phi))
      return MERGE_OTHER;
    merge = MERGE_WALKS;
  }
  return merge;
}

static void use_by_merge(Block *b, IrInsnId phi) {
  switch (merge_of(b, phi)) {
  case MERGE_SAME:
    add_alias(b, phi);
    break;
  case MERGE_WALKS:
    b->seen = true;
    break;
  case MERGE_OTHER:
    b->lost = true;
    break;
  }
}

static void use_by_call(Block *b, IrInsnId id, uint32_t at) {
  const IrInsn *in = &b->pf->fn->insns[id];
  const PgSummary *s = pg_summary(b->p, b->pf->unit, b->pf->fn, in);
  uint32_t skip = in->op == IR_CALLP;
  if (at < skip || s->freed_arg < 0 || (uint32_t)s->freed_arg != at - skip) {
    b->seen = true;
  } else if (s->flags & PG_GROWS) {
    b->seen = true;
    add_alias(b, id);
  } else if (b->nfrees < MAX_FREES) {
    b->frees[b->nfrees++] = id;
  }
}

static void use(Block *b, IrInsnId id, IrRef alias) {
  const IrInsn *in = &b->pf->fn->insns[id];
  int64_t index;
  const IrAddr *a = ir_addr_of(b->pf->fn, in);
  if (a && ir_ref_kind(a->index) != IR_REF_NONE && !ir_const_int(b->pf->fn, a->index, &index))
    b->seen = true;
  for (uint32_t i = 0; i < in->nargs; i++) {
    if (ir_arg(b->pf->fn, in, i) != alias)
      continue;
    if (in->op == IR_CONV)
      add_alias(b, id);
    else if (in->op == IR_PHI)
      use_by_merge(b, id);
    else if (in->op == IR_CALL || in->op == IR_CALLP)
      use_by_call(b, id, i);
    else if (in->op != IR_EQ && in->op != IR_NE && in->op != IR_BR)
      b->seen = true;
  }
  if (in->op == IR_ADDR)
    b->seen = true; /* where that goes is not followed here */
}

static void follow(Block *b) {
  const IrAnalysis *an = b->pf->an;
  add_alias(b, b->call);
  for (uint32_t a = 0; a < b->naliases && !b->lost; a++) {
    uint32_t value = ir_ref_index(b->aliases[a]);
    for (uint32_t k = an->uses_at[value]; k < an->uses_at[value + 1]; k++)
      use(b, an->uses[k], b->aliases[a]);
  }
}

/* ---- freed before it returns ----------------------------------------------------------------- */

static bool frees_in(const Block *b, IrBlockId block) {
  for (uint32_t i = 0; i < b->nfrees; i++)
    if (b->pf->an->block_of[b->frees[i]] == block)
      return true;
  return false;
}

/* The successor for a failed allocation, IR_NONE when the block does not ask. */
static IrBlockId null_branch(const Block *b, const IrBlock *block) {
  const IrFunction *fn = b->pf->fn;
  const IrInsn *end = &fn->insns[block->first + block->count - 1];
  bool when_null = false;
  if (end->op != IR_BR)
    return IR_NONE;
  IrRef tested = ir_arg(fn, end, 0);
  for (const IrInsn *in; !is_alias(b, tested) && (in = ir_def(fn, tested));) {
    int64_t zero;
    if ((in->op == IR_EQ || in->op == IR_NE) && ir_const_int(fn, ir_arg(fn, in, 1), &zero) && !zero)
      when_null ^= in->op == IR_EQ;
    else if (in->op != IR_CONV)
      return IR_NONE;
    tested = ir_arg(fn, in, 0);
  }
  return is_alias(b, tested) ? fn->edges[block->succs + !when_null] : IR_NONE;
}

static bool may_return_with_it(const Block *b) {
  const IrFunction *fn = b->pf->fn;
  const IrAnalysis *an = b->pf->an;
  bool *seen = hp_calloc(fn->nblocks, sizeof *seen);
  IrBlockId *stack = hp_calloc(fn->nblocks, sizeof *stack);
  uint32_t top = 0;
  bool leaks = false;
  stack[top++] = an->block_of[b->call];
  while (top && !leaks) {
    IrBlockId at = stack[--top];
    if (frees_in(b, at))
      continue;
    const IrBlock *block = &fn->blocks[at];
    leaks = fn->insns[block->first + block->count - 1].op == IR_RET;
    IrBlockId null = null_branch(b, block);
    for (uint32_t i = 0; i < block->nsuccs; i++) {
      IrBlockId next = fn->edges[block->succs + i];
      if (next == null || an->cold[next] || seen[next])
        continue;
      seen[next] = true;
      stack[top++] = next;
    }
  }
  free(seen);
  free(stack);
  return leaks;
}

/* clang -O2 and gcc -O2 drop a malloc/free pair that nothing else sees. */
static bool compiler_removes(const Block *b) {
  int64_t bytes;
  PgFunc callee = pg_callee(b->p, b->pf->unit, b->pf->fn, &b->pf->fn->insns[b->call]);
  bool library = callee != IR_NONE && !pg_func(b->p, callee)->fn;
  return library && !b->seen && fresh_bytes(b->p, b->pf, b->call, &bytes) &&
         bytes <= REMOVABLE_BYTES;
}

/* Made at first use, or for an object that stays: fresh_fate tells. */
bool scratch_block(const IrProgram *p, const PgFunction *pf, IrInsnId call, IrInsnId *freed) {
  Block b = {.p = p, .pf = pf, .call = call};
  follow(&b);
  if (b.lost || !b.nfrees || may_return_with_it(&b) || compiler_removes(&b))
    return false;
  FreshFate fate = fresh_fate(p, pf, IR_NONE, call);
  if (fate.kept > FRESH_HANDED || fate.kept == FRESH_ONCE || fate.recycled || fate.merged)
    return false;
  *freed = b.frees[b.nfrees - 1];
  return true;
}

bool scratch_is_allocation(const IrProgram *p, const PgFunction *pf, const IrInsn *call) {
  const PgSummary *s = pg_summary(p, pf->unit, pf->fn, call);
  return (s->flags & (PG_FRESH | PG_GROWS | PG_COLD_ALLOC | PG_IO)) == PG_FRESH;
}

bool scratch_has_allocation(const IrProgram *p, const PgFunction *pf) {
  if (!pf->an || !(pf->summary.flags & PG_ALLOCATES))
    return false;
  for (uint32_t c = 0; c < pf->ncalls; c++) {
    const PgCall *call = pg_call(p, pf->calls[c]);
    if (!call->loop_depth && !pf->an->cold[pf->an->block_of[call->insn]] &&
        scratch_is_allocation(p, pf, &pf->fn->insns[call->insn]))
      return true;
  }
  return false;
}

/* ---- once an object -------------------------------------------------------------------------- */

typedef struct FieldOf {
  PgRecord record;
  uint32_t field;
} FieldOf;

static FieldOf field_at(const IrProgram *p, const PgFunction *pf, const IrAddr *a) {
  if (!a->nhops)
    return (FieldOf){IR_NONE, 0};
  IrHop hop = pf->fn->hops[a->hops + a->nhops - 1];
  return (FieldOf){pg_record_of(p, pf->unit, hop.record), hop.field};
}

/* The field that a branch asks for. */
static FieldOf field_asked(const IrProgram *p, const PgFunction *pf, IrBlockId block) {
  const IrBlock *b = &pf->fn->blocks[block];
  const IrInsn *end = &pf->fn->insns[b->first + b->count - 1];
  const IrInsn *in = end->nargs ? ir_def(pf->fn, ir_arg(pf->fn, end, 0)) : NULL;
  while (in && in->op != IR_LOAD && in->op != IR_PHI && in->op != IR_CALL && in->nargs)
    in = ir_def(pf->fn, ir_arg(pf->fn, in, 0));
  return ir_is(in, IR_LOAD) && (end->op == IR_BR || end->op == IR_SWITCH)
             ? field_at(p, pf, ir_addr_of(pf->fn, in))
             : (FieldOf){IR_NONE, 0};
}

static bool stores_field(const IrProgram *p, const PgFunction *pf, FieldOf field) {
  for (IrInsnId i = 0; i < pf->fn->ninsns; i++) {
    if (pf->fn->insns[i].op != IR_STORE)
      continue;
    FieldOf to = field_at(p, pf, ir_addr_of(pf->fn, &pf->fn->insns[i]));
    if (to.record == field.record && to.field == field.field)
      return true;
  }
  return false;
}

static bool changes(ScratchTable *t, PgFunc next, FieldOf field) {
  for (;; next = scratch_of(t, next).next) {
    if (stores_field(t->p, pg_func(t->p, next), field))
      return true;
    if (!scratch_of(t, next).steps)
      return false;
  }
}

bool scratch_once_an_object(ScratchTable *t, const PgFunction *pf, IrInsnId call, PgFunc next) {
  for (IrBlockId b = pf->an->block_of[call]; b;) {
    b = pf->an->idom[b];
    FieldOf field = field_asked(t->p, pf, b);
    if (field.record != IR_NONE && changes(t, next, field))
      return true;
  }
  return false;
}

/* ---- functions ------------------------------------------------------------------------------- */

static double share_of(const PgFunction *pf, IrInsnId insn) {
  double entry = pf->an->freq[0];
  return entry > 0 ? pf->an->freq[pf->an->block_of[insn]] / entry : 0;
}

/* Calls in loops of the function are findings there. */
static bool counts(const PgFunction *pf, const PgCall *call, double *share) {
  IrBlockId block = pf->an->block_of[call->insn];
  *share = share_of(pf, call->insn);
  return !call->ends && !call->loop_depth && !pf->an->cold[block] && *share >= MIN_SHARE &&
         ir_irreducible_around(pf->an, block) == IR_NONE;
}

typedef struct ScratchEntry {
  PgFunc f;
  bool used;
  Scratch scratch;
} ScratchEntry;

static ScratchEntry *entry_of(ScratchTable *t, PgFunc f) {
  uint32_t at = (f * 0x9E3779B1u) & (t->cap - 1);
  while (t->entries[at].used && t->entries[at].f != f)
    at = (at + 1) & (t->cap - 1);
  return &t->entries[at];
}

static void enlarge(ScratchTable *t) {
  ScratchTable old = *t;
  t->cap = old.cap ? 2 * old.cap : 64;
  t->entries = hp_calloc(t->cap, sizeof *t->entries);
  for (uint32_t i = 0; i < old.cap; i++)
    if (old.entries[i].used)
      *entry_of(t, old.entries[i].f) = old.entries[i];
  free(old.entries);
}

static void put(ScratchTable *t, PgFunc f, Scratch scratch) {
  if (2 * (t->count + 1) > t->cap)
    enlarge(t);
  ScratchEntry *e = entry_of(t, f);
  t->count += !e->used;
  *e = (ScratchEntry){f, true, scratch};
}

static Scratch look_at(ScratchTable *t, const PgFunction *pf) {
  const IrProgram *p = t->p;
  Scratch best = NO_SCRATCH;
  for (uint32_t c = 0; c < pf->ncalls; c++) {
    const PgCall *call = pg_call(p, pf->calls[c]);
    const IrInsn *in = &pf->fn->insns[call->insn];
    double share;
    if (call_is_further_target(p, pf, c) || !counts(pf, call, &share))
      continue;
    IrInsnId freed;
    if (scratch_is_allocation(p, pf, in)) {
      if (scratch_block(p, pf, call->insn, &freed))
        return (Scratch){0, call->insn, freed, pg_callee(p, pf->unit, pf->fn, in), share};
      continue; /* what it does besides is the smaller part */
    }
    PgFunc next = scratch_target(t, pf, in);
    Scratch there = next == IR_NONE ? NO_SCRATCH : scratch_of(t, next);
    if (there.steps == IR_NONE || there.share * share < MIN_SHARE || there.steps + 1 >= MAX_STEPS ||
        there.steps + 1 >= best.steps || scratch_once_an_object(t, pf, call->insn, next))
      continue;
    best = (Scratch){there.steps + 1, call->insn, IR_NONE, next, there.share * share};
  }
  return best;
}

Scratch scratch_of(ScratchTable *t, PgFunc f) {
  if (t->cap && entry_of(t, f)->used)
    return entry_of(t, f)->scratch;
  put(t, f, NO_SCRATCH); /* while it is looked at: a way round is none */
  const PgFunction *pf = pg_func(t->p, f);
  if (pf->an && pf->summary.flags & PG_ALLOCATES)
    put(t, f, look_at(t, pf));
  return entry_of(t, f)->scratch;
}

PgFunc scratch_target(ScratchTable *t, const PgFunction *pf, const IrInsn *call) {
  uint32_t n;
  const PgCall *entries = pg_targets(t->p, pf->unit, pf->fn, call, &n);
  for (uint32_t i = 0; entries && i < n; i++) {
    bool target = entries[i].kind == PG_CALL_DIRECT || entries[i].kind == PG_CALL_ONE_OF;
    if (target &&
        (entries[i].callee == IR_NONE || scratch_of(t, entries[i].callee).steps == IR_NONE))
      return IR_NONE;
  }
  return entries ? entries->callee : IR_NONE;
}

/* ---- loops around ---------------------------------------------------------------------------- */

bool scratch_in_loop(ScratchTable *t, const PgFunction *pf, IrInsnId call, PgFunc next) {
  const IrAnalysis *an = pf->an;
  IrBlockId block = an->block_of[call];
  uint32_t loop = an->loop_of[block];
  if (loop == IR_NONE || an->cold[block] || an->loops[loop].irreducible)
    return false;
  const IrLoop *l = &an->loops[loop];
  PgFunc func = pg_func_of(t->p, pf->unit, pf->fn->sym);
  uint64_t few = l->parent == IR_NONE ? FEW_TRIPS : FEW_INSIDE;
  return pg_most_trips(t->p, func, loop) > few &&
         heat_per_iteration(an, loop, block) * scratch_of(t, next).share >= MIN_OF_ITERATIONS &&
         !scratch_once_an_object(t, pf, call, next);
}

static bool paid_in_loop(ScratchTable *t, PgFunc f, unsigned up) {
  const PgFunction *pf = pg_func(t->p, f);
  for (uint32_t i = 0; i < pf->ncallers; i++) {
    const PgCall *call = pg_call(t->p, pf->callers[i]);
    const PgFunction *caller = pg_func(t->p, call->caller);
    if (call->ends || !caller->an)
      continue;
    PgFunc next = scratch_target(t, caller, &caller->fn->insns[call->insn]);
    if (next == IR_NONE)
      continue;
    if (scratch_in_loop(t, caller, call->insn, next))
      return true;
    Scratch s = scratch_of(t, call->caller);
    if (up && s.steps != IR_NONE && s.steps && s.call == call->insn &&
        paid_in_loop(t, call->caller, up - 1))
      return true;
  }
  return false;
}

bool scratch_paid_in_loop(ScratchTable *t, PgFunc f) {
  return paid_in_loop(t, f, MAX_STEPS);
}

void scratch_free(ScratchTable *t) {
  free(t->entries);
  *t = (ScratchTable){.p = t->p};
}
