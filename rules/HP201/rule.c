/* HP201 alloc-in-loop: memory is taken from the heap in each iteration and given back (or lost) in
 * the same one. The allocation may hide behind wrappers: the link step knows which functions return
 * fresh memory and which free an argument.
 *
 * What keeps its memory is no finding, nor what grows a buffer now and then: the free must lie on
 * every path of the iteration that is not cold. */
#include "rules/rule.h"
#include "rules/HP201/retry.h"
#include "rules/cycles.h"
#include "rules/fix.h"
#include "rules/fresh.h"
#include "rules/heat.h"
#include "rules/share.h"
#include "rules/touch.h"

#include <stdlib.h>
#include <string.h>

extern const char page_HP201[];

enum { FEW_TRIPS = 32, FEW_INSIDE = 2, REMOVABLE_BYTES = 4096, MAX_ALIASES = 32, MAX_FREES = 8 };
static const double MIN_SHARE = 0.2; /* of iterations that allocate */

/* One allocation and what becomes of it within its loop. */
typedef struct Alloc {
  const IrProgram *p;
  const PgFunction *pf;
  PgFunc func;
  uint32_t loop;
  IrInsnId call;
  const PgSummary *summary;
  IrRef aliases[MAX_ALIASES]; /* the pointer, converted, and merged with other values */
  uint32_t naliases;
  IrInsnId frees[MAX_FREES];
  uint32_t nfrees;
  bool kept;        /* stored, returned, or merged with memory that is not the heap's */
  bool carried;     /* flows into the next iteration */
  bool passed;      /* some call gets it that does not free it */
  bool opaque_pass; /* and may keep it */
  bool indexed;     /* accessed at addresses that vary */
} Alloc;

/* ---- what becomes of the pointer ------------------------------------------------------------- */

static bool is_alias(const Alloc *a, IrRef ref) {
  for (uint32_t i = 0; i < a->naliases; i++)
    if (a->aliases[i] == ref)
      return true;
  return false;
}

static void add_alias(Alloc *a, IrRef ref) {
  if (is_alias(a, ref))
    return;
  if (a->naliases == MAX_ALIASES)
    a->kept = true; /* too tangled to be sure */
  else
    a->aliases[a->naliases++] = ref;
}

static bool is_loop_phi(const Alloc *a, IrInsnId insn) {
  return a->pf->an->block_of[insn] == a->pf->an->loops[a->loop].header;
}

/* Merged with a stack buffer or a static one: `n > sizeof local ? malloc(n) : local`. */
static bool merges_storage(const IrFunction *fn, const IrInsn *phi) {
  for (uint32_t i = 0; i < phi->nargs; i++) {
    IrRefKind kind = ir_ref_kind(ir_addr_root(fn, ir_arg(fn, phi, i)));
    if (kind == IR_REF_LOCAL || kind == IR_REF_SYM || kind == IR_REF_STR)
      return true;
  }
  return false;
}

/* `arg` is the argument's number, -1 for a pointer into the block, which no function frees. */
static void use_by_call(Alloc *a, IrInsnId id, int arg) {
  const IrInsn *in = &a->pf->fn->insns[id];
  const PgSummary *s = pg_summary(a->p, a->pf->unit, a->pf->fn, in);
  if (in->op == IR_CALL && arg >= 0 && s->freed_arg == arg) {
    if (a->nfrees < MAX_FREES)
      a->frees[a->nfrees++] = id;
    return;
  }
  a->passed = true;
  bool handed_back = arg >= 0 && arg < 32 && s->returns >> arg & 1;
  a->opaque_pass |= in->op != IR_CALL || s->flags & (PG_UNKNOWN | PG_WRITES) || handed_back ||
                    a->pf->unit->types[in->type].kind == IR_T_RECORD; /* it may lie in there */
  if (in->op == IR_CALL && s->flags & PG_GROWS)
    a->kept = true;
}

static void use_of_alias(Alloc *a, IrInsnId id) {
  const IrInsn *in = &a->pf->fn->insns[id];
  IrRef result = ir_ref(IR_REF_VALUE, id);
  for (uint32_t i = 0; i < in->nargs; i++) {
    if (!is_alias(a, ir_arg(a->pf->fn, in, i)))
      continue;
    switch ((IrOp)in->op) {
    case IR_CONV:
      add_alias(a, result);
      break;
    case IR_PHI:
      a->kept |= merges_storage(a->pf->fn, in);
      a->carried |= is_loop_phi(a, id);
      add_alias(a, result);
      break;
    case IR_CALL:
    case IR_CALLP:
      use_by_call(a, id, (int)i);
      break;
    case IR_STORE:
    case IR_RMW:
    case IR_CMPXCHG:
    case IR_RET:
    case IR_ASM:
    case IR_OPAQUE:
      a->kept = true;
      break;
    default:
      break;
    }
  }
}

/* An address inside of the block that goes further than an access: p->next handed on, &p->x kept.
 */
static void use_of_inside(Alloc *a, IrInsnId id) {
  const IrFunction *fn = a->pf->fn;
  const IrInsn *in = &fn->insns[id];
  for (uint32_t i = 0; i < in->nargs; i++) {
    IrRef ref = ir_arg(fn, in, i);
    if (ir_ref_kind(ref) != IR_REF_VALUE || is_alias(a, ref) || !is_alias(a, ir_addr_root(fn, ref)))
      continue;
    if (in->op == IR_STORE || in->op == IR_RET || in->op == IR_ASM || in->op == IR_OPAQUE)
      a->kept = true;
    if (in->op == IR_CALL || in->op == IR_CALLP)
      use_by_call(a, id, -1);
    if (in->op == IR_PHI) /* a pointer that runs over the block */
      add_alias(a, ir_ref(IR_REF_VALUE, id));
  }
}

static void use_by_address(Alloc *a, const IrInsn *in) {
  for (uint32_t i = 0; i < naddrs_of(in); i++) {
    const IrAddr *addr = &a->pf->fn->addrs[in->aux + i];
    if (is_alias(a, ir_addr_root(a->pf->fn, addr->base))) {
      Origin o = touch_origin_of(a->pf->fn, addr);
      int64_t index;
      a->indexed |= !is_alias(a, o.root) || (ir_ref_kind(addr->index) != IR_REF_NONE &&
                                             !ir_const_int(a->pf->fn, addr->index, &index));
    }
  }
}

/* Aliases found late have uses that come early (PHIs): repeat until nothing is new. */
static void follow_pointer(Alloc *a) {
  uint32_t before;
  add_alias(a, ir_ref(IR_REF_VALUE, a->call));
  do {
    before = a->naliases;
    a->nfrees = 0;
    a->passed = a->opaque_pass = false;
    for (uint32_t i = 0; i < a->pf->fn->ninsns; i++) {
      use_of_alias(a, i);
      use_of_inside(a, i);
      use_by_address(a, &a->pf->fn->insns[i]);
    }
  } while (a->naliases != before && !a->kept);
}

/* ---- freed on every path --------------------------------------------------------------------- */

static bool frees_in(const Alloc *a, IrBlockId block) {
  for (uint32_t i = 0; i < a->nfrees; i++)
    if (a->pf->an->block_of[a->frees[i]] == block)
      return true;
  return false;
}

/* The successor that is taken when the allocation failed, IR_NONE when the block does not ask. */
static IrBlockId null_branch(const Alloc *a, const IrBlock *block) {
  const IrFunction *fn = a->pf->fn;
  const IrInsn *end = &fn->insns[block->first + block->count - 1];
  if (end->op != IR_BR)
    return IR_NONE;
  IrRef tested = ir_arg(fn, end, 0);
  bool when_null = false; /* the condition is true when the pointer is null */
  const IrInsn *in = ir_def(fn, tested);
  while (!is_alias(a, tested) && in) {
    int64_t zero;
    if ((in->op == IR_EQ || in->op == IR_NE) && ir_const_int(fn, ir_arg(fn, in, 1), &zero) &&
        zero == 0)
      when_null ^= in->op == IR_EQ;
    else if (in->op != IR_CONV)
      return IR_NONE;
    tested = ir_arg(fn, in, 0);
    in = ir_def(fn, tested);
  }
  return is_alias(a, tested) ? fn->edges[block->succs + (when_null ? 0 : 1)] : IR_NONE;
}

/* Can an iteration end without the free, other than by cold blocks or a failed allocation? */
static bool escapes_free(const Alloc *a) {
  const IrFunction *fn = a->pf->fn;
  const IrAnalysis *an = a->pf->an;
  bool *seen = hp_calloc(fn->nblocks, sizeof *seen);
  IrBlockId *stack = hp_calloc(fn->nblocks, sizeof *stack);
  uint32_t top = 0;
  bool escapes = false;
  stack[top++] = an->block_of[a->call];
  while (top && !escapes) {
    IrBlockId at = stack[--top];
    if (frees_in(a, at))
      continue;
    const IrBlock *block = &fn->blocks[at];
    IrBlockId null = null_branch(a, block);
    for (uint32_t i = 0; i < block->nsuccs; i++) {
      IrBlockId next = fn->edges[block->succs + i];
      if (next == null || an->cold[next] || !ir_loop_contains(an, a->loop, next))
        continue;
      escapes |= next == an->loops[a->loop].header;
      if (!seen[next]) {
        seen[next] = true;
        stack[top++] = next;
      }
    }
  }
  free(seen);
  free(stack);
  return escapes;
}

static bool in_every_iteration(const Alloc *a, IrInsnId insn) {
  return heat_every_iteration(a->pf->an, a->loop, a->pf->an->block_of[insn]);
}

/* A result of NULL ends the loop. */
static bool null_ends_loop(const Alloc *a) {
  const IrFunction *fn = a->pf->fn;
  for (IrBlockId b = 0; b < fn->nblocks; b++) {
    IrBlockId null = null_branch(a, &fn->blocks[b]);
    if (null != IR_NONE && ir_loop_contains(a->pf->an, a->loop, b) &&
        !ir_loop_contains(a->pf->an, a->loop, null))
      return true;
  }
  return false;
}

/* Each iteration takes memory: none goes round without the call, and what is called does not give
 * up before it allocates. */
static bool takes_always(const Alloc *a) {
  return in_every_iteration(a, a->call) &&
         (fresh_always(a->p, a->pf, a->call) || null_ends_loop(a));
}

/* Freed in the iteration, or by the next one (`free(p); p = malloc(n);`) whatever happens. */
static bool freed_each_iteration(const Alloc *a) {
  bool inside = false;
  for (uint32_t i = 0; i < a->nfrees; i++)
    inside |= ir_loop_has_insn(a->pf->an, a->loop, a->frees[i]);
  if (!inside)
    return false;
  if (!a->carried)
    return !escapes_free(a);
  if (!in_every_iteration(a, a->call))
    return false;
  for (uint32_t i = 0; i < a->nfrees; i++)
    if (in_every_iteration(a, a->frees[i]))
      return true;
  return false;
}

/* Never freed, never kept: the next iteration overwrites the last pointer to it. */
static bool lost(const Alloc *a) {
  return a->nfrees == 0 && !a->carried && !a->opaque_pass;
}

/* ---- what is silent -------------------------------------------------------------------------- */

static bool size_in_bytes(const Alloc *a, int64_t *bytes) {
  return fresh_bytes(a->p, a->pf, a->call, bytes);
}

/* clang -O2 and gcc -O2 drop a malloc/free pair whose memory no call sees and whose contents they
 * can forward from store to load: small, of constant size, at constant addresses. */
static bool compiler_removes(const Alloc *a) {
  int64_t bytes;
  PgFunc callee = pg_callee(a->p, a->pf->unit, a->pf->fn, &a->pf->fn->insns[a->call]);
  bool library = callee == IR_NONE || !pg_func(a->p, callee)->fn;
  return library && !a->passed && !a->indexed && !a->carried && size_in_bytes(a, &bytes) &&
         bytes <= REMOVABLE_BYTES;
}

/* fopen and its kind: the heap block is the least of it. */
static bool is_stream(const Alloc *a) {
  PgFunc callee = pg_callee(a->p, a->pf->unit, a->pf->fn, &a->pf->fn->insns[a->call]);
  return a->summary->flags & PG_IO && (callee == IR_NONE || !pg_func(a->p, callee)->fn);
}

static bool allocates_in_loop(const Alloc *a) {
  const IrAnalysis *an = a->pf->an;
  const IrLoop *l = &an->loops[a->loop];
  IrBlockId block = an->block_of[a->call];
  uint64_t few = l->parent == IR_NONE ? FEW_TRIPS : FEW_INSIDE;
  return !l->irreducible && pg_most_trips(a->p, a->func, a->loop) > few && !an->cold[block] &&
         heat_per_iteration(an, a->loop, block) >= MIN_SHARE;
}

/* ---- reporting ------------------------------------------------------------------------------- */

static const char *callee_name(const Alloc *a) {
  IrSymId callee = ir_callee(&a->pf->fn->insns[a->call]);
  return callee == IR_NONE ? "a function" : ir_str(a->pf->unit, a->pf->unit->symbols[callee].name);
}

static const char *size_text(const Alloc *a, Report *r) {
  const IrInsn *call = &a->pf->fn->insns[a->call];
  const PgSummary *s = a->summary;
  if (s->size_arg < 0 || (uint32_t)s->size_arg >= call->nargs)
    return NULL;
  const char *size = text_of_ref(r, a->pf, ir_arg(a->pf->fn, call, (uint32_t)s->size_arg));
  if (s->count_arg < 0 || (uint32_t)s->count_arg >= call->nargs)
    return size;
  return report_format(
      r, "%s * %s", text_of_ref(r, a->pf, ir_arg(a->pf->fn, call, (uint32_t)s->count_arg)), size);
}

static void tell_size(const Alloc *a, Report *r, Finding *f) {
  int64_t bytes;
  const char *what = "memory";
  const char *text = size_text(a, r);
  bool fixed = size_in_bytes(a, &bytes);
  if (fixed) {
    what = report_format(r, "%lld bytes", (long long)bytes);
    finding_fact(f, "bytes per call", (double)bytes, "bytes");
  } else if (text && *text) {
    what = report_format(r, "%s bytes", text);
    finding_fact_text(f, "bytes per call", text);
  }
  f->message = takes_always(a)
                   ? report_format(r, "each iteration takes %s from the heap with %s and %s", what,
                                   callee_name(a), a->nfrees ? "frees it again" : "loses it")
                   : report_format(r, "some iterations take %s from the heap with %s and %s", what,
                                   callee_name(a), a->nfrees ? "free it again" : "lose it");
  f->help = !a->nfrees ? "free the memory, or allocate once before the loop"
            : fixed    ? "allocate once before the loop, or use a local variable"
                       : "keep one buffer for all iterations and let it grow when it is too small";
}

/* How the call reaches the allocator, NULL when it is none that is called by name of a function
 * with a body. *excluded: its constant arguments exclude all ways. */
static const char *path_of(const Alloc *a, Report *r, bool *excluded) {
  const IrInsn *call = &a->pf->fn->insns[a->call];
  PgFunc callee = pg_callee(a->p, a->pf->unit, a->pf->fn, call);
  *excluded = false;
  if (callee == IR_NONE || !pg_func(a->p, callee)->fn)
    return NULL;
  HpBuf buf = {0};
  *excluded = !pg_alloc_path(&buf, a->p, &(PgCallStep){a->func, a->call, callee}, 1);
  const char *text = hp_arena_strdup(r->arena, hp_buf_text(&buf));
  hp_buf_free(&buf);
  return text;
}

/* Called with a number, which may be how much to take. */
static bool is_asked_for(const Alloc *a) {
  const PgFunction *pf = a->pf;
  const IrInsn *call = &pf->fn->insns[a->call];
  for (uint32_t i = 0; i < call->nargs; i++) {
    const IrType *t = &pf->unit->types[ir_ref_type(pf->unit, pf->fn, ir_arg(pf->fn, call, i))];
    if (t->kind == IR_T_INT && t->size >= 4)
      return true;
  }
  return false;
}

/* A function of the same file decides how much it takes: what to change is there, once for all
 * loops that call it. An allocator takes what its callers ask for. */
static void tell_taker(const Alloc *a, Report *r, Finding *f) {
  PgFunc callee = pg_callee(a->p, a->pf->unit, a->pf->fn, &a->pf->fn->insns[a->call]);
  const PgFunction *cf = callee == IR_NONE ? NULL : pg_func(a->p, callee);
  if (cf && cf->fn && callee != a->func && cf->unit == a->pf->unit &&
      cf->fn->loc.file == a->pf->fn->loc.file && !is_asked_for(a))
    finding_place(r, f, cf->unit, cf->fn->name_loc, "%s leaves it to its callers to free",
                  cf->name);
}

/* The function that allocates loops itself, to split or format something: the block is the smaller
 * part of what it does. */
static bool callee_loops(const Alloc *a) {
  PgFunc callee = pg_callee(a->p, a->pf->unit, a->pf->fn, &a->pf->fn->insns[a->call]);
  const PgFunction *cf = callee == IR_NONE ? NULL : pg_func(a->p, callee);
  return cf && cf->an && (cf->an->nloops > 0 || cf->summary.flags & PG_RECURSIVE);
}

/* High where the allocation is a large part of the iteration. */
static RuleSeverity severity_of(const Alloc *a, const Finding *f) {
  if (f->cold)
    return SEVERITY_LOW;
  bool busy = heat_has_inner_loops(a->pf->an, a->loop) || callee_loops(a) ||
              heat_loop_waits(a->p, a->pf, a->loop);
  return busy ? SEVERITY_MEDIUM : SEVERITY_HIGH;
}

/* What goes away with the pair, beside all else that the iteration does. */
static double share_of(const Alloc *a) {
  const PgFunction *pf = a->pf;
  int64_t bytes;
  SharePair pair = {.bytes = size_in_bytes(a, &bytes) ? (double)bytes : 0,
                    .made = share_call_cycles(a->p, pf, &pf->fn->insns[a->call]),
                    .often = heat_per_iteration(pf->an, a->loop, pf->an->block_of[a->call])};
  for (uint32_t i = 0; i < a->nfrees && pair.freed == 0; i++)
    if (ir_loop_has_insn(pf->an, a->loop, a->frees[i]))
      pair.freed = share_call_cycles(a->p, pf, &pf->fn->insns[a->frees[i]]);
  return share_of_pair(a->p, pf, a->loop, pair);
}

/* A branch that few iterations take is no evidence of cost. */
static bool is_rare(const Alloc *a) {
  const IrAnalysis *an = a->pf->an;
  return heat_per_iteration(an, a->loop, an->block_of[a->call]) < SHARE_OFTEN;
}

/* One block for all iterations: where it is the only pointer there is, and one free ends it. */
static void set_fix(const Alloc *a, Finding *f) {
  const IrFunction *fn = a->pf->fn;
  IrBlockId null = IR_NONE;
  bool merged = a->carried;
  for (uint32_t i = 0; i < a->naliases; i++)
    merged |= ir_is(ir_def(fn, a->aliases[i]), IR_PHI);
  for (uint32_t b = 0; b < fn->nblocks && null == IR_NONE; b++)
    null = ir_loop_contains(a->pf->an, a->loop, b) ? null_branch(a, &fn->blocks[b]) : IR_NONE;
  const PgSummary *s = a->summary;
  const IrInsn *call = &fn->insns[a->call];
  bool sized = s->size_arg >= 0 && s->count_arg < 0 && (uint32_t)s->size_arg < call->nargs;
  if (a->nfrees != 1)
    finding_no_fix(f, a->nfrees ? "the block is given back at several places"
                                : "the block is never given back");
  else if (merged)
    finding_no_fix(f, "the pointer is not the same in the whole iteration");
  else
    finding_fix_reuse(f, a->pf->an, a->loop, a->call, a->frees[0], null,
                      sized ? ir_arg(fn, call, (uint32_t)s->size_arg) : ir_ref(IR_REF_NONE, 0));
}

static void report_alloc(const Alloc *a, Report *r) {
  const PgFunction *pf = a->pf;
  bool excluded;
  const char *path = path_of(a, r, &excluded);
  if (excluded)
    return;
  IrLoc loc = place_of(pf->fn, a->call);
  Finding *f = report_add(r, pf->unit, loc);
  finding_in_loop(f, a->p, a->func, a->loop);
  tell_size(a, r, f);
  if (takes_always(a))
    finding_fact(f, "calls per iteration", 1, "calls");
  else
    finding_fact_text(f, "calls per iteration", "at most 1");
  if (path)
    finding_fact_text(f, "path to the allocator", path);
  finding_place(r, f, pf->unit, place_of_loop(pf->an, a->loop), "in the iterations of this loop");
  finding_site(f, pf->unit, loc, a->func, true);
  for (uint32_t i = 0; i < a->nfrees; i++) {
    if (!ir_loop_has_insn(pf->an, a->loop, a->frees[i]))
      continue;
    IrLoc at = place_of(pf->fn, a->frees[i]);
    finding_place(r, f, pf->unit, at,
                  a->carried ? "the next iteration frees it here" : "and freed here");
    finding_site(f, pf->unit, at, a->func, true);
  }
  tell_taker(a, r, f);
  f->witness = WITNESS_CALL;
  f->cost = COST_ALLOCATION;
  f->allocator_time = true;
  f->severity = severity_of(a, f);
  if (heat_call_waits(a->p, pf, &pf->fn->insns[a->call]))
    f->show = SHOW_LOW; /* reading a file costs more than its buffer */
  if (a->nfrees)        /* memory that is lost is a defect, whatever else is done */
    share_tell(f, share_of(a), takes_always(a) ? SHARE_SHOWN : SHARE_HIDDEN);
  if (a->nfrees && is_rare(a))
    f->show = SHOW_LOW;
  if (a->nfrees == 0)
    f->confidence = CONFIDENCE_MEDIUM;
  int64_t bytes;
  double pair = cycles_pair(size_in_bytes(a, &bytes) ? (double)bytes : 0);
  f->saving = cycles_saving(pair + CYCLES_WORK, CYCLES_WORK);
  f->saving_why =
      report_format(r,
                    "a pair of malloc and free takes about %.0f cycles; the iteration's "
                    "own use of the block, taken as %d, stays",
                    pair, CYCLES_WORK);
  f->anchor = callee_name(a);
  set_fix(a, f);
}

static void check_call(const IrProgram *p, PgFunc func, IrInsnId call, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  Alloc a = {.p = p,
             .pf = pf,
             .func = func,
             .loop = pf->an->loop_of[pf->an->block_of[call]],
             .call = call};
  if (a.loop == IR_NONE)
    return;
  a.summary = pg_summary(p, pf->unit, pf->fn, &pf->fn->insns[call]);
  const uint32_t kind = a.summary->flags & (PG_FRESH | PG_GROWS | PG_COLD_ALLOC);
  if (kind != PG_FRESH || !allocates_in_loop(&a) || is_stream(&a))
    return;
  follow_pointer(&a);
  if (!a.kept && (freed_each_iteration(&a) || lost(&a)) && !compiler_removes(&a) &&
      !retry_with_larger(p, pf, a.loop, call))
    report_alloc(&a, r);
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const IrFunction *fn = pg_func(p, func)->fn;
  for (uint32_t i = 0; i < fn->ninsns; i++)
    if (fn->insns[i].op == IR_CALL || fn->insns[i].op == IR_CALLP)
      check_call(p, func, i, r);
}

const Rule rule_HP201 = {
    .id = "HP201",
    .name = "alloc-in-loop",
    .summary = "heap memory taken and given back in each iteration of a loop",
    .check_function = check,
    .page = page_HP201,
};
