/* HP202 hidden-alloc-in-loop: a loop calls a function that takes memory from the heap and gives it
 * back before it returns, by itself or further down. Where the call's own result is what is freed,
 * HP201 says so. */
#include "rules/calls.h"
#include "rules/cycles.h"
#include "rules/fresh.h"
#include "rules/heat.h"
#include "rules/scratch.h"
#include "rules/share.h"
#include "rules/touch.h"

extern const char page_HP202[];

enum { MAX_SEEN = 512 };

typedef struct Hidden {
  const IrProgram *p;
  ScratchTable *table;
  const PgFunction *pf;
  PgFunc func, callee; /* callee: what the loop calls */
  uint32_t loop;
  IrInsnId call;
  PgFunc home; /* the function that allocates and frees */
} Hidden;

static PgFunc home_of(ScratchTable *table, PgFunc f) {
  while (scratch_of(table, f).steps)
    f = scratch_of(table, f).next;
  return f;
}

/* ---- reporting ------------------------------------------------------------------------------- */

static const char *name_of(const Hidden *h, PgFunc f) {
  return pg_func(h->p, f)->name;
}

/* log_line > format > malloc; NULL when the constant arguments on the way exclude it. */
static const char *path_text(const Hidden *h, Report *r) {
  enum { MOST = 12 };
  PgCallStep steps[MOST] = {{h->func, h->call, h->callee}};
  uint32_t n = 1;
  HpBuf buf = {0};
  Scratch s = scratch_of(h->table, h->callee);
  for (PgFunc f = h->callee; n < MOST; f = s.next, s = scratch_of(h->table, f)) {
    steps[n++] = (PgCallStep){f, s.call, s.next};
    if (!s.steps)
      break;
  }
  bool found = pg_alloc_path(&buf, h->p, steps, n);
  if (found && s.next == IR_NONE)
    hp_buf_add(&buf, " > an allocator behind a pointer");
  const char *text = found ? hp_arena_strdup(r->arena, hp_buf_text(&buf)) : NULL;
  hp_buf_free(&buf);
  return text;
}

static void tell_steps(const Hidden *h, Report *r, Finding *f) {
  finding_place(r, f, h->pf->unit, place_of_loop(h->pf->an, h->loop),
                "in the iterations of this loop");
  for (PgFunc at = h->callee; at != h->home; at = scratch_of(h->table, at).next) {
    const PgFunction *pf = pg_func(h->p, at);
    finding_place(r, f, pf->unit, place_of(pf->fn, scratch_of(h->table, at).call), "%s calls %s",
                  pf->name, name_of(h, scratch_of(h->table, at).next));
  }
  const PgFunction *home = pg_func(h->p, h->home);
  const Scratch s = scratch_of(h->table, h->home);
  finding_place(r, f, home->unit, place_of(home->fn, s.call), "%s takes the memory here",
                home->name);
  finding_place(r, f, home->unit, place_of(home->fn, s.freed), "and gives it back here");
  finding_site(f, home->unit, place_of(home->fn, s.call), h->home, true);
  finding_site(f, home->unit, place_of(home->fn, s.freed), h->home, true);
}

typedef enum WayWork { WAY_SHORT, WAY_MORE, WAY_LOOPS_CALL } WayWork;

/* Calls besides the one on the way: of what allocates too, or of what is not known. */
static bool calls_more(const Hidden *h, const PgFunction *pf, IrInsnId on_the_way) {
  for (uint32_t c = 0; c < pf->ncalls; c++) {
    const PgCall *call = pg_call(h->p, pf->calls[c]);
    const IrInsn *in = &pf->fn->insns[call->insn];
    if (call->insn != on_the_way && !call->ends && !pf->an->cold[pf->an->block_of[call->insn]] &&
        pg_summary(h->p, pf->unit, pf->fn, in)->flags & (PG_ALLOCATES | PG_UNKNOWN))
      return true;
  }
  return false;
}

static WayWork work_of(const Hidden *h, PgFunc f) {
  const PgFunction *pf = pg_func(h->p, f);
  bool more = pf->summary.flags & PG_RECURSIVE || calls_more(h, pf, scratch_of(h->table, f).call);
  WayWork work = more ? WAY_MORE : WAY_SHORT;
  for (uint32_t i = 0; i < pf->an->nloops; i++) {
    if (pf->an->cold[pf->an->loops[i].header])
      continue;
    work = WAY_MORE;
    if (heat_loop_calls_much(h->p, pf, i))
      return WAY_LOOPS_CALL;
  }
  return work;
}

/* What the functions on the way do besides: calls of others and loops that fill the buffer, or
 * loops that call others for each element, against which the allocation is little. */
static WayWork work_on_the_way(const Hidden *h) {
  WayWork most = WAY_SHORT;
  for (PgFunc at = h->callee;; at = scratch_of(h->table, at).next) {
    WayWork work = work_of(h, at);
    most = work > most ? work : most;
    if (at == h->home)
      return most;
  }
}

static RuleSeverity severity_of(const Hidden *h, const Finding *f) {
  if (f->cold)
    return SEVERITY_LOW;
  bool busy = heat_has_inner_loops(h->pf->an, h->loop) || work_on_the_way(h) ||
              heat_loop_waits(h->p, h->pf, h->loop);
  return busy ? SEVERITY_MEDIUM : SEVERITY_HIGH;
}

static bool same_each_time(const Hidden *h) {
  const PgFunction *home = pg_func(h->p, h->home);
  return fresh_always(h->p, home, scratch_of(h->table, h->home).call) &&
         heat_every_iteration(h->pf->an, h->loop, h->pf->an->block_of[h->call]) &&
         scratch_of(h->table, h->callee).share > 0.99;
}

/* Pairs an iteration, by the static estimate. */
static double often(const Hidden *h) {
  const IrAnalysis *an = h->pf->an;
  return heat_per_iteration(an, h->loop, an->block_of[h->call]) *
         scratch_of(h->table, h->callee).share;
}

/* What goes away with the pair, beside all else that the iteration does. */
static double share_of(const Hidden *h, double bytes) {
  const PgFunction *pf = h->pf, *home = pg_func(h->p, h->home);
  const Scratch s = scratch_of(h->table, h->home);
  SharePair pair = {.bytes = bytes,
                    .made = share_call_cycles(h->p, home, &home->fn->insns[s.call]),
                    .freed = share_call_cycles(h->p, home, &home->fn->insns[s.freed]),
                    .often = often(h)};
  return share_of_pair(h->p, pf, h->loop, pair);
}

/* The copy that a call made is only read, by one call that tells a number: a comparison. */
static bool only_compared(const Hidden *h) {
  const PgFunction *home = pg_func(h->p, h->home);
  const Scratch s = scratch_of(h->table, h->home);
  const IrFunction *fn = home->fn;
  const PgSummary *made = pg_summary(h->p, home->unit, fn, &fn->insns[s.call]);
  const IrAnalysis *an = home->an;
  uint32_t readers = 0;
  if (made->size_arg >= 0 || made->fixed_size >= 0)
    return false;
  for (uint32_t k = an->uses_at[s.call]; k < an->uses_at[s.call + 1]; k++) {
    const IrInsn *use = &fn->insns[an->uses[k]];
    if (an->uses[k] == s.freed || use->op == IR_EQ || use->op == IR_NE)
      continue;
    if (use->op != IR_CALL || home->unit->types[use->type].kind != IR_T_INT)
      return false;
    const PgSummary *read = pg_summary(h->p, home->unit, fn, use);
    for (uint32_t i = 0; i < use->nargs && i < 32; i++)
      if (ir_arg(fn, use, i) == ir_ref(IR_REF_VALUE, s.call) &&
          (read->writes | read->keeps | read->frees) >> i & 1)
        return false;
    readers++;
  }
  return readers == 1;
}

/* What makes the copy makes it of a number on some way: there the text lies nowhere yet. */
static bool may_be_number(const Hidden *h) {
  const PgFunction *home = pg_func(h->p, h->home);
  PgFunc maker = scratch_of(h->table, h->home).next;
  const PgFunction *mf = maker == IR_NONE ? NULL : pg_func(h->p, maker);
  for (uint32_t c = 0; mf && mf != home && mf->an && c < mf->ncalls; c++) {
    const PgCall *call = pg_call(h->p, mf->calls[c]);
    const IrInsn *in = &mf->fn->insns[call->insn];
    const PgSummary *s = pg_summary(h->p, mf->unit, mf->fn, in);
    if (in->op != IR_CALL || in->nargs != 1 || !(s->flags & PG_FRESH) || s->size_arg >= 0 ||
        s->count_arg >= 0 || mf->an->cold[mf->an->block_of[call->insn]])
      continue;
    if (mf->unit->types[ir_ref_type(mf->unit, mf->fn, ir_arg(mf->fn, in, 0))].kind == IR_T_INT)
      return true;
  }
  return false;
}

static const char *help_text(const Hidden *h, bool fixed, Report *r) {
  const char *home = name_of(h, h->home);
  if (only_compared(h) && may_be_number(h))
    return report_format(r,
                         "in %s, compare the bytes where they lie, and write a number into a local "
                         "buffer, without the copy",
                         home);
  if (only_compared(h))
    return report_format(r, "in %s, compare the bytes where they lie, without the copy", home);
  return fixed ? report_format(r, "give %s a local variable, or memory that its caller keeps", home)
               : report_format(r, "let the caller of %s keep the buffer for all iterations", home);
}

static void report_hidden(const Hidden *h, Report *r) {
  const PgFunction *pf = h->pf;
  const PgFunction *home = pg_func(h->p, h->home);
  const IrInsn *call = &pf->fn->insns[h->call];
  IrLoc loc = place_of(pf->fn, h->call);
  const char *path = path_text(h, r);
  if (!path)
    return;
  Finding *f = report_add(r, pf->unit, loc);
  finding_in_loop(f, h->p, h->func, h->loop);
  int64_t bytes;
  bool fixed = fresh_bytes(h->p, home, scratch_of(h->table, h->home).call, &bytes);
  const char *what = fixed ? report_format(r, "%lld bytes", (long long)bytes) : "memory";
  bool always = same_each_time(h);
  f->message = report_format(
      r, "%s %s, which takes %s from the heap%s and frees it again",
      always ? "each iteration calls" : "some iterations call", name_of(h, h->callee), what,
      h->callee == h->home ? "" : report_format(r, " in %s", name_of(h, h->home)));
  f->help = help_text(h, fixed, r);
  if (fixed)
    finding_fact(f, "bytes per call", (double)bytes, "bytes");
  if (always)
    finding_fact(f, "allocations per iteration", 1, "calls");
  else
    finding_fact_text(f, "allocations per iteration", "at most 1");
  finding_fact_text(f, "path to the allocator", path);
  tell_steps(h, r, f);
  f->cost = COST_ALLOCATION;
  f->witness = WITNESS_CALL;
  f->allocator_time = true;
  f->severity = severity_of(h, f);
  if (heat_call_waits(h->p, pf, call) || work_on_the_way(h) == WAY_LOOPS_CALL)
    f->show = SHOW_LOW; /* that takes longer than any allocator */
  share_tell(f, share_of(h, fixed ? (double)bytes : 0), always ? SHARE_SHOWN : SHARE_HIDDEN);
  if (often(h) < SHARE_OFTEN)
    f->show = SHOW_LOW;
  f->confidence = always ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM;
  double pair = cycles_pair(fixed ? (double)bytes : 0);
  f->saving = cycles_saving(pair + CYCLES_WORK, CYCLES_WORK);
  f->saving_why = report_format(r,
                                "a pair of malloc and free takes about %.0f cycles; the call's own "
                                "use of the block, taken as %d, stays",
                                pair, CYCLES_WORK);
  f->anchor = report_format(r, "%s by %s", name_of(h, h->home), name_of(h, h->callee));
}

/* ---- loops ----------------------------------------------------------------------------------- */

/* One finding per loop and allocation, however many calls lead there. */
typedef struct Seen {
  struct {
    uint32_t loop;
    PgFunc home;
  } pairs[MAX_SEEN];
  uint32_t count;
} Seen;

static bool seen_before(Seen *seen, uint32_t loop, PgFunc home) {
  for (uint32_t i = 0; i < seen->count; i++)
    if (seen->pairs[i].loop == loop && seen->pairs[i].home == home)
      return true;
  if (seen->count < MAX_SEEN) {
    seen->pairs[seen->count].loop = loop;
    seen->pairs[seen->count++].home = home;
  }
  return false;
}

static void check_call(Hidden *h, Seen *seen, Report *r) {
  const IrInsn *in = &h->pf->fn->insns[h->call];
  h->loop = h->pf->an->loop_of[h->pf->an->block_of[h->call]];
  if (h->loop == IR_NONE)
    return;
  h->callee = scratch_target(h->table, h->pf, in);
  if (h->callee == IR_NONE || !scratch_in_loop(h->table, h->pf, h->call, h->callee))
    return;
  h->home = home_of(h->table, h->callee);
  if (!seen_before(seen, h->loop, h->home))
    report_hidden(h, r);
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  ScratchTable table = {.p = p};
  Hidden h = {.p = p, .table = &table, .func = func, .pf = pg_func(p, func)};
  Seen seen = {.count = 0};
  for (uint32_t c = 0; h.pf->an && c < h.pf->ncalls; c++) {
    const PgCall *call = pg_call(p, h.pf->calls[c]);
    if (call->ends || !call->loop_depth || call_is_further_target(p, h.pf, c))
      continue;
    h.call = call->insn;
    check_call(&h, &seen, r);
  }
  scratch_free(&table);
}

const Rule rule_HP202 = {
    .id = "HP202",
    .name = "hidden-alloc-in-loop",
    .summary = "a loop calls a function that takes heap memory and frees it before it returns",
    .check_function = check,
    .page = page_HP202,
};
