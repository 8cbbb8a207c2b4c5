/* HP204 node-per-alloc: a loop makes small objects of a constant size one malloc at a time and
 * keeps them: in a list, in a table, in other objects. The allocation may lie in a constructor that
 * the loop calls, or in a helper that puts what it makes into a list by itself.
 *
 * All objects that one loop makes are one finding. */
#include "rules/rule.h"
#include "rules/cycles.h"
#include "rules/fresh.h"
#include "rules/heat.h"
#include "rules/made.h"
#include "rules/share.h"
#include "rules/touch.h"
#include "rules/way.h"

#include <stdlib.h>
#include <string.h>

extern const char page_HP204[];

enum {
  SMALL = 256,
  FEW_TRIPS = 64,
  FEW_CALLERS = 4,
  CONSTRUCTOR_DEPTH = 3,
  HEAVY_DEPTH = 2,
  MAX_KINDS = 6,
  LEAST_OBJECT = 4,
};
enum { BLOCK_HEADER = ALLOC_OVERHEAD / 2, LEAST_BLOCK = 2 * ALLOC_OVERHEAD, POOL_ALIGN = 8 };
static const double MIN_SHARE = 0.1, SURE_SHARE = 0.2; /* of iterations that allocate */
/* An object of a pool, its pages' first touch included. */
static const double POOL_CYCLES = 3;

/* One place where a loop makes objects. */
typedef struct Node {
  IrInsnId call;  /* in the loop */
  PgFunc in;      /* the function that calls the allocator or a constructor: the loop's own, or */
  IrInsnId alloc; /* a helper, where this is that call; otherwise the same as `call` */
  uint32_t loop;
  int64_t bytes;
  FreshFate fate;
  bool kept, low;
  bool always;      /* in every iteration */
  const char *path; /* to the allocator, "" when the loop calls it itself */
} Node;

typedef struct Nodes {
  const IrProgram *p;
  PgFunc func;
  const PgFunction *pf;
  HpArena *arena; /* the report's */
  Node *items;
  uint32_t count, cap;
} Nodes;

/* ---- which calls ----------------------------------------------------------------------------- */

/* The innermost loop around the block that is not just a few steps of a larger one. */
static uint32_t data_loop(const IrAnalysis *an, IrBlockId block) {
  uint32_t loop = an->loop_of[block];
  while (loop != IR_NONE && an->loops[loop].trip == IR_TRIP_CONST &&
         an->loops[loop].count <= FEW_TRIPS)
    loop = an->loops[loop].parent;
  return loop;
}

static bool makes_small(const IrProgram *p, const PgFunction *pf, IrInsnId call, int64_t *bytes) {
  const IrInsn *in = &pf->fn->insns[call];
  if (in->op != IR_CALL && in->op != IR_CALLP)
    return false;
  const PgSummary *s = pg_summary(p, pf->unit, pf->fn, in);
  return (s->flags & (PG_FRESH | PG_GROWS | PG_COLD_ALLOC)) == PG_FRESH &&
         fresh_bytes(p, pf, call, bytes) && *bytes > 0 && *bytes <= SMALL;
}

static const PgFunction *body_of_callee(const IrProgram *p, const PgFunction *pf, IrInsnId call,
                                        PgFunc *callee) {
  *callee = pg_callee(p, pf->unit, pf->fn, &pf->fn->insns[call]);
  const PgFunction *cf = *callee == IR_NONE ? NULL : pg_func(p, *callee);
  return cf && cf->fn && cf->an ? cf : NULL;
}

/* An allocator or a wrapper of one: the caller says the size. */
static bool takes_size(const PgFunction *cf) {
  return cf->summary.flags & PG_FRESH && cf->summary.fixed_size < 0;
}

/* A constructor or helper that code all over the program calls: which of its loops makes many
 * objects only a profile can tell. */
static bool is_everywhere(const PgFunction *cf) {
  return !takes_size(cf) && cf->ncallers > FEW_CALLERS;
}

/* Does more than to make an object and fill it in. */
static bool works_much(const PgFunction *cf) {
  for (uint32_t l = 0; l < cf->an->nloops && !takes_size(cf); l++)
    if (!cf->an->cold[cf->an->loops[l].header])
      return true;
  return false;
}

static bool is_gone(const FreshFate *fate) {
  return fate->freed || fate->resized || fate->recycled;
}

static bool in_every_iteration(const IrAnalysis *an, uint32_t loop, IrBlockId block) {
  const IrLoop *l = &an->loops[loop];
  for (uint32_t i = 0; i < l->nlatches; i++)
    if (!ir_dominates(an->idom, block, l->latches[i]))
      return false;
  return true;
}

/* The way from the loop to the allocator of this very object: empty when the loop calls that by its
 * name, NULL when the constant arguments on the way exclude it. */
static const char *path_of(const Nodes *ns, const Node *node) {
  PgFunc callee, maker;
  HpBuf buf = {0};
  if (!body_of_callee(ns->p, ns->pf, node->call, &callee))
    return "";
  body_of_callee(ns->p, pg_func(ns->p, node->in), node->alloc, &maker);
  PgCallStep steps[] = {{ns->func, node->call, callee}, {node->in, node->alloc, maker}};
  bool found = pg_alloc_path(&buf, ns->p, steps, node->in == ns->func ? 1 : 2);
  const char *text = found ? hp_arena_strdup(ns->arena, hp_buf_text(&buf)) : NULL;
  hp_buf_free(&buf);
  return text;
}

static void add_node(Nodes *ns, Node node) {
  const IrAnalysis *an = ns->pf->an;
  node.path = path_of(ns, &node);
  if (!node.path)
    return;
  node.always =
      in_every_iteration(an, an->loop_of[an->block_of[node.call]], an->block_of[node.call]);
  HP_GROW(ns->items, ns->count, ns->cap);
  ns->items[ns->count++] = node;
}

/* The helper puts what it makes into something that does not outlive the iteration either. */
static bool fills_passing_object(const Nodes *ns, uint32_t loop, IrInsnId call) {
  const IrFunction *fn = ns->pf->fn;
  const IrInsn *in = &fn->insns[call];
  for (uint32_t i = 0; i < in->nargs; i++) {
    IrRef root = ir_addr_root(fn, ir_arg(fn, in, i));
    const IrInsn *made = ir_def(fn, root);
    if (!ir_is(made, IR_CALL) || !ir_loop_has_insn(ns->pf->an, loop, ir_ref_index(root)) ||
        !(pg_summary(ns->p, ns->pf->unit, fn, made)->flags & PG_FRESH))
      continue;
    FreshFate fate = fresh_fate(ns->p, ns->pf, loop, ir_ref_index(root));
    if (is_gone(&fate) || fate.kept <= FRESH_ONCE)
      return true;
  }
  return false;
}

/* Another call in the loop frees what hangs on the object that the helper filled. */
static bool is_emptied(const Nodes *ns, uint32_t loop, IrInsnId call, IrRef object) {
  const IrFunction *fn = ns->pf->fn;
  IrRef root = ir_addr_root(fn, object);
  for (IrInsnId i = 0; i < fn->ninsns; i++) {
    const IrInsn *in = &fn->insns[i];
    if (i == call || in->op != IR_CALL || !ir_loop_has_insn(ns->pf->an, loop, i) ||
        !(pg_summary(ns->p, ns->pf->unit, fn, in)->flags & PG_FREES))
      continue;
    for (uint32_t k = 0; k < in->nargs; k++)
      if (ir_addr_root(fn, ir_arg(fn, in, k)) == root)
        return true;
  }
  return false;
}

/* The object is another one in each iteration, and keeps what it gets. */
static bool param_keeps(const Nodes *ns, uint32_t loop, IrInsnId call, uint32_t param) {
  const IrInsn *in = &ns->pf->fn->insns[call];
  uint32_t at = param + (in->op == IR_CALLP);
  if (at >= in->nargs)
    return false;
  IrRef object = ir_arg(ns->pf->fn, in, at);
  return !ir_loop_invariant(ns->pf->an, loop, object) && !is_emptied(ns, loop, call, object);
}

/* Made and kept by the called function, outside of its loops. A constructor's object that is kept
 * in the one that it returns shares that one's fate. */
static void add_helpers_nodes(Nodes *ns, IrInsnId call, uint32_t loop, const FreshFate *result) {
  PgFunc callee;
  const PgFunction *cf = body_of_callee(ns->p, ns->pf, call, &callee);
  const uint32_t stop = PG_NORETURN | PG_RECURSIVE | PG_COLD_ALLOC;
  if (!cf || !(cf->summary.flags & PG_ALLOCATES) || cf->summary.flags & stop ||
      fills_passing_object(ns, loop, call))
    return;
  for (IrInsnId i = 0; i < cf->fn->ninsns; i++) {
    int64_t bytes;
    IrBlockId block = cf->an->block_of[i];
    if (cf->an->loop_of[block] != IR_NONE || cf->an->cold[block] ||
        cf->an->freq[block] < MIN_SHARE || !makes_small(ns->p, cf, i, &bytes))
      continue;
    Node node = {.call = call, .in = callee, .alloc = i, .loop = loop, .bytes = bytes};
    node.fate = fresh_fate(ns->p, cf, IR_NONE, i);
    const FreshFate *fate = &node.fate;
    bool kept = fate->kept == FRESH_STORED || fate->kept == FRESH_LINKED;
    if (fate->kept == FRESH_IN_PARAM) {
      kept = param_keeps(ns, loop, call, fate->param);
    } else if (fate->kept == FRESH_IN_BLOCK && result) {
      kept = fresh_fate(ns->p, cf, IR_NONE, fate->holder).kept == FRESH_RETURNED;
      node.fate.kept = result->kept;
      node.fate.holder = result->holder;
    } else if (result) {
      kept = false; /* the one that is returned */
    }
    node.kept = kept && !is_gone(fate);
    node.low =
        works_much(cf) || is_everywhere(cf) || fate->merged || cf->an->freq[block] < SURE_SHARE;
    if (node.kept)
      add_node(ns, node);
  }
}

static void add_nodes(Nodes *ns, IrInsnId call) {
  const IrAnalysis *an = ns->pf->an;
  IrBlockId block = an->block_of[call];
  uint32_t loop = data_loop(an, block);
  if (loop == IR_NONE || an->loops[loop].irreducible || an->cold[block] ||
      heat_per_iteration(an, loop, block) < MIN_SHARE || heat_cold_loop(ns->p, ns->func, loop) ||
      made_times(ns->p, ns->func, call) <= MADE_FEW)
    return;
  Node node = {.call = call, .in = ns->func, .alloc = call, .loop = loop};
  if (!makes_small(ns->p, ns->pf, call, &node.bytes)) {
    add_helpers_nodes(ns, call, loop, NULL);
    return;
  }
  PgFunc callee;
  const PgFunction *cf = body_of_callee(ns->p, ns->pf, call, &callee);
  node.fate = fresh_fate(ns->p, ns->pf, loop, call);
  if (is_gone(&node.fate))
    return;
  node.kept = node.fate.kept == FRESH_STORED || node.fate.kept == FRESH_LINKED ||
              node.fate.kept == FRESH_HANDED;
  node.low = node.fate.kept == FRESH_HANDED || node.fate.merged ||
             (cf && (works_much(cf) || is_everywhere(cf))) ||
             heat_per_iteration(an, loop, block) < SURE_SHARE;
  add_node(ns, node);
  if (cf && node.fate.kept > FRESH_ONCE)
    add_helpers_nodes(ns, call, loop, &node.fate);
}

/* What is stored in an object that is kept is kept, and so on. */
static void keep_what_is_held(Nodes *ns) {
  bool more = true;
  while (more) {
    more = false;
    for (uint32_t i = 0; i < ns->count; i++) {
      Node *held = &ns->items[i];
      if (held->fate.kept != FRESH_IN_BLOCK)
        continue;
      bool was = held->kept;
      held->kept = false;
      for (uint32_t k = 0; k < ns->count; k++)
        if (ns->items[k].call == held->fate.holder && ns->items[k].in == ns->func &&
            ns->items[k].kept)
          held->kept = true;
      more |= held->kept && !was;
    }
  }
}

/* ---- how sure -------------------------------------------------------------------------------- */

/* As many objects as the user typed arguments. */
static bool bound_is_typed(Report *r, const Nodes *ns, uint32_t loop) {
  const IrLoop *l = &ns->pf->an->loops[loop];
  return l->trip == IR_TRIP_SYMBOLIC && strstr(text_of_ref(r, ns->pf, l->bound), "argc");
}

/* Loops and allocates, itself or by what it calls, as an insertion into a tree of strings does. */
static bool is_heavy(const IrProgram *p, PgFunc func, int depth) {
  const PgFunction *cf = pg_func(p, func);
  if (!cf->fn || !cf->an || takes_size(cf) ||
      (cf->summary.flags & (PG_ALLOCATES | PG_COLD_ALLOC)) != PG_ALLOCATES)
    return false;
  if (works_much(cf))
    return true;
  for (uint32_t i = 0; depth && i < cf->ncalls; i++) {
    const PgCall *call = pg_call(p, cf->calls[i]);
    if (call->callee != IR_NONE && !cf->an->cold[cf->an->block_of[call->insn]] &&
        is_heavy(p, call->callee, depth - 1))
      return true;
  }
  return false;
}

/* Something heavy in each iteration: the object's own allocation is the smaller part. */
static bool works_more(const Nodes *ns, uint32_t loop) {
  const IrAnalysis *an = ns->pf->an;
  for (uint32_t i = 0; i < ns->pf->ncalls; i++) {
    const PgCall *call = pg_call(ns->p, ns->pf->calls[i]);
    IrBlockId block = an->block_of[call->insn];
    if (call->callee != IR_NONE && ir_loop_contains(an, loop, block) && !an->cold[block] &&
        is_heavy(ns->p, call->callee, HEAVY_DEPTH))
      return true;
  }
  return false;
}

static bool is_low(Report *r, const Nodes *ns, uint32_t loop) {
  bool all = true;
  for (uint32_t i = 0; i < ns->count; i++)
    if (ns->items[i].loop == loop && ns->items[i].kept)
      all &= ns->items[i].low;
  return all || bound_is_typed(r, ns, loop) || works_more(ns, loop) ||
         heat_loop_waits(ns->p, ns->pf, loop);
}

/* ---- reporting ------------------------------------------------------------------------------- */

static PgRecord record_of(const IrProgram *p, const Node *node) {
  const PgFunction *pf = pg_func(p, node->in);
  const PgSummary *s = pg_summary(p, pf->unit, pf->fn, &pf->fn->insns[node->alloc]);
  if (s->record != IR_NONE)
    return s->record;
  for (PgRecord r = 0; r < pg_nrecords(p); r++) {
    const PgRecordInfo *info = pg_record(p, r);
    for (uint32_t i = 0; i < info->nallocs; i++)
      if (info->allocs[i].func == node->in && info->allocs[i].insn == node->alloc)
        return r;
  }
  return IR_NONE;
}

/* As glibc does it: a header, the whole rounded up. */
static int64_t block_bytes(int64_t bytes) {
  int64_t block = (bytes + BLOCK_HEADER + ALLOC_OVERHEAD - 1) / ALLOC_OVERHEAD * ALLOC_OVERHEAD;
  return block < LEAST_BLOCK ? LEAST_BLOCK : block;
}

static int64_t pooled_bytes(int64_t bytes) {
  return (bytes + POOL_ALIGN - 1) / POOL_ALIGN * POOL_ALIGN;
}

/* Objects of one record or size. */
typedef struct Kind {
  PgRecord record;
  int64_t bytes;
  uint32_t count;
} Kind;

typedef struct Sum {
  Kind kinds[MAX_KINDS];
  uint32_t nkinds, count;
  bool always; /* all in every iteration */
  int64_t bytes, blocks, pooled;
} Sum;

static void count_node(Sum *sum, const IrProgram *p, const Node *node) {
  PgRecord record = record_of(p, node);
  uint32_t k = 0;
  sum->count++;
  sum->always &= node->always;
  sum->bytes += node->bytes;
  sum->blocks += block_bytes(node->bytes);
  sum->pooled += pooled_bytes(node->bytes);
  while (k < sum->nkinds && (sum->kinds[k].record != record || sum->kinds[k].bytes != node->bytes))
    k++;
  if (k == sum->nkinds && k < MAX_KINDS)
    sum->kinds[sum->nkinds++] = (Kind){record, node->bytes, 0};
  if (k < MAX_KINDS)
    sum->kinds[k].count++;
}

static const char *kind_name(const IrProgram *p, const Kind *kind) {
  return kind->record == IR_NONE ? "block" : pg_record(p, kind->record)->name;
}

static const char *kinds_text(Report *r, const IrProgram *p, const Sum *sum) {
  const char *text = "";
  for (uint32_t k = 0; k < sum->nkinds; k++) {
    const Kind *kind = &sum->kinds[k];
    const char *times = kind->count > 1 ? report_format(r, "%u × ", kind->count) : "";
    text = report_format(r, "%s%s%s%s of %lld bytes", text, k ? ", " : "", times,
                         kind_name(p, kind), (long long)kind->bytes);
  }
  return text;
}

static const char *callee_name(const PgFunction *pf, IrInsnId call) {
  IrSymId callee = ir_callee(&pf->fn->insns[call]);
  return callee == IR_NONE ? "a function" : ir_str(pf->unit, pf->unit->symbols[callee].name);
}

/* What keeps the object, in words. */
static const char *kept_text(Report *r, const IrProgram *p, const Node *node) {
  const PgFunction *pf = pg_func(p, node->in);
  const IrInsn *at = node->fate.at == IR_NONE ? NULL : &pf->fn->insns[node->fate.at];
  if (node->fate.kept == FRESH_LINKED)
    return "linked to the others";
  if (at && (at->op == IR_STORE || at->op == IR_COPY))
    return report_format(r, "kept in %s", text_of_addr(r, pf, ir_addr_of(pf->fn, at)));
  if (at && at->op == IR_CALL)
    return report_format(r, "%s %s", node->fate.kept == FRESH_HANDED ? "handed to" : "kept by",
                         callee_name(pf, node->fate.at));
  return "kept";
}

/* The calls between the loop and the allocator, each a place and a site: of optimised code a
 * profile names the line of the inlined allocation, of other code the call in the loop too. What
 * makes the object in another unit is inlined nowhere. */
static void tell_callees(Report *r, Finding *f, const Nodes *ns, const Node *node) {
  PgFunc func = node->in;
  IrInsnId call = node->alloc;
  for (int depth = 0; depth < CONSTRUCTOR_DEPTH; depth++) {
    const PgFunction *pf = pg_func(ns->p, func);
    if (func != ns->func) {
      finding_place(r, f, pf->unit, place_of(pf->fn, call), "%s calls %s", pf->name,
                    callee_name(pf, call));
      if (pf->unit == ns->pf->unit || pf->ncallers == 1 || works_much(pf))
        finding_site(f, pf->unit, place_of(pf->fn, call), func, true);
    }
    PgFunc callee;
    const PgFunction *cf = body_of_callee(ns->p, pf, call, &callee);
    if (!cf || cf->summary.fixed_size != node->bytes)
      return;
    IrInsnId next = IR_NONE;
    for (IrInsnId i = 0; i < cf->fn->ninsns && next == IR_NONE; i++) {
      int64_t bytes;
      if (makes_small(ns->p, cf, i, &bytes) && bytes == node->bytes &&
          fresh_fate(ns->p, cf, IR_NONE, i).kept == FRESH_RETURNED)
        next = i;
    }
    if (next == IR_NONE)
      return;
    func = callee;
    call = next;
  }
}

static void tell_node(Report *r, Finding *f, const Nodes *ns, const Node *node) {
  IrLoc loc = place_of(ns->pf->fn, node->call);
  finding_place(r, f, ns->pf->unit, loc, "made here, %s", kept_text(r, ns->p, node));
  PgFunc callee;
  const PgFunction *cf = body_of_callee(ns->p, ns->pf, node->call, &callee);
  if (!cf || !works_much(cf))
    finding_site(f, ns->pf->unit, loc, ns->func, true);
  tell_callees(r, f, ns, node);
}

static void tell_facts(Report *r, Finding *f, const IrProgram *p, const Sum *sum,
                       const Node *first) {
  finding_fact_text(f, "objects per iteration", kinds_text(r, p, sum));
  finding_fact(f, "allocations per iteration", sum->count, "calls");
  finding_fact(f, "object bytes per iteration", (double)sum->bytes, "bytes");
  finding_fact(f, "allocator overhead", (double)(sum->blocks - sum->bytes), "bytes");
  finding_fact(f, "a pool saves", (double)(sum->blocks - sum->pooled), "bytes");
  finding_fact_text(f, "fate", kept_text(r, p, first));
  if (*first->path)
    finding_fact_text(f, "path to the allocator", first->path);
}

static bool is_made_in(const Node *node, uint32_t loop) {
  return node->kept && node->loop == loop;
}

/* What the pairs of malloc and free take of all that an iteration does. */
static double share_of(const Nodes *ns, uint32_t loop) {
  const IrAnalysis *an = ns->pf->an;
  double pairs = 0;
  for (uint32_t i = 0; i < ns->count; i++)
    if (is_made_in(&ns->items[i], loop))
      pairs += CYCLES_PAIR * heat_per_iteration(an, loop, an->block_of[ns->items[i].call]);
  return pairs / (pairs + share_iteration_cycles(ns->p, ns->pf, loop));
}

/* The blocks' overhead is at least half of what is in them: a pool pays in memory too. What is less
 * than an int is no number or node, but the beginning of a text that grows. */
static bool mostly_overhead(const Sum *sum) {
  return 2 * (sum->blocks - sum->bytes) >= sum->bytes && sum->bytes >= sum->count * LEAST_OBJECT;
}

static const char *help_text(const Sum *sum, const Node *first) {
  if (sum->count > 1)
    return "keep the parts in the object by value and the objects in one array, or take all from a "
           "pool that gets many at once";
  return first->fate.kept == FRESH_LINKED
             ? "take the nodes from a pool that gets many at once, or keep the values in an array"
             : "keep the objects by value in one array, or take them from a pool that gets many at "
               "once";
}

/* What the way through an iteration takes that takes most; returns its first node. */
static const Node *sum_up(const Nodes *ns, uint32_t loop, Sum *sum) {
  const IrAnalysis *an = ns->pf->an;
  uint32_t nblocks = an->fn->nblocks;
  double *weight = hp_calloc(nblocks, sizeof *weight);
  bool *on_way = hp_malloc(nblocks * sizeof *on_way);
  const Node *first = NULL;
  for (uint32_t i = 0; i < ns->count; i++)
    if (is_made_in(&ns->items[i], loop))
      weight[an->block_of[ns->items[i].call]]++;
  way_of_most(an, loop, weight, on_way);
  for (uint32_t i = 0; i < ns->count; i++)
    if (is_made_in(&ns->items[i], loop) && on_way[an->block_of[ns->items[i].call]]) {
      first = first ? first : &ns->items[i];
      count_node(sum, ns->p, &ns->items[i]);
    }
  free(weight);
  free(on_way);
  return first;
}

static void report_loop(Report *r, const Nodes *ns, uint32_t loop) {
  const IrProgram *p = ns->p;
  Sum sum = {.always = true};
  const Node *first = sum_up(ns, loop, &sum);
  if (!first)
    return;
  Finding *f = report_add(r, ns->pf->unit, place_of(ns->pf->fn, first->call));
  finding_in_loop(f, p, ns->func, loop);
  f->record = sum.kinds[0].record;
  const char *kinds = kinds_text(r, p, &sum);
  const char *times = sum.always ? "" : "up to ";
  f->message =
      sum.count == 1
          ? report_format(r, "each iteration takes %sone %s from the heap, which is %s", times,
                          kinds, kept_text(r, p, first))
          : report_format(r, "each iteration takes %s%u small objects from the heap one by one: %s",
                          times, sum.count, kinds);
  f->help = help_text(&sum, first);
  tell_facts(r, f, p, &sum, first);
  finding_place(r, f, ns->pf->unit, place_of_loop(ns->pf->an, loop),
                "in each iteration of this loop");
  for (uint32_t i = 0; i < ns->count; i++)
    if (is_made_in(&ns->items[i], loop))
      tell_node(r, f, ns, &ns->items[i]);
  f->cost = COST_ALLOCATION;
  f->severity =
      f->cold || heat_has_inner_loops(ns->pf->an, loop) ? SEVERITY_MEDIUM : heat_severity(f, p);
  if (is_low(r, ns, loop) || !mostly_overhead(&sum))
    f->show = SHOW_LOW;
  share_tell(f, share_of(ns, loop), sum.always ? SHARE_SHOWN : SHARE_HIDDEN);
  if (first->fate.kept == FRESH_HANDED || first->fate.merged)
    f->confidence = CONFIDENCE_MEDIUM;
  f->saving = cycles_saving(CYCLES_PAIR + POOL_CYCLES, POOL_CYCLES);
  f->saving_why = report_format(r,
                                "malloc and the later free take about %d cycles; a pool gives an "
                                "object in some %.0f",
                                CYCLES_PAIR, POOL_CYCLES);
  f->anchor =
      report_format(r, "%s:%s", kind_name(p, &sum.kinds[0]), callee_name(ns->pf, first->call));
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  Nodes ns = {.p = p, .func = func, .pf = pg_func(p, func), .arena = r->arena};
  const IrFunction *fn = ns.pf->fn;
  if (!ns.pf->an->nloops)
    return;
  for (IrInsnId i = 0; i < fn->ninsns; i++)
    if (fn->insns[i].op == IR_CALL || fn->insns[i].op == IR_CALLP)
      add_nodes(&ns, i);
  keep_what_is_held(&ns);
  for (uint32_t l = 0; l < ns.pf->an->nloops && ns.count; l++)
    report_loop(r, &ns, l);
  free(ns.items);
}

const Rule rule_HP204 = {
    .id = "HP204",
    .name = "node-per-alloc",
    .summary = "small objects of one size allocated one by one in a loop and kept",
    .check_function = check,
    .page = page_HP204,
};
