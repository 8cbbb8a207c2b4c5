/* HP306 materialised-stream: a function takes a block from the heap, fills it from front to back in
 * one loop (or reads a whole file into it), goes over it once in the same order in another, and
 * gives it back. Each item could be used as it comes. */
#include "ir/analysis.h"
#include "rules/fresh.h"
#include "rules/heat.h"
#include "rules/touch.h"

#include <string.h>

extern const char page_HP306[];

enum { SMALL_BYTES = 4096, FEW_TRIPS = 16 };

typedef struct Stream {
  const IrProgram *p;
  const PgFunction *pf;
  PgFunc func;
  IrRef block;
  IrInsnId call, filled; /* filled: the call that reads a file into it, IR_NONE */
  IrInsnId store, load;  /* the first of each, IR_NONE */
  uint32_t writer, reader;
  bool freed;
} Stream;

/* ---- uses of the block ----------------------------------------------------------------------- */

static bool is_input(const Stream *s, const IrInsn *in) {
  static const char *const names[] = {"fread", "read", "pread", "recv"};
  PgFunc callee = in->op == IR_CALL ? pg_callee(s->p, s->pf->unit, s->pf->fn, in) : IR_NONE;
  if (callee == IR_NONE || pg_func(s->p, callee)->fn)
    return false;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!strcmp(pg_func(s->p, callee)->name, names[i]))
      return true;
  return false;
}

static bool steps_forward(const Stream *s, const IrAddr *addr, uint32_t loop, int64_t *stride) {
  IrAccessInLoop in = ir_addr_in(s->pf->an, addr, loop);
  *stride = in.stride;
  return (in.cls == IR_AC_UNIT || in.cls == IR_AC_STRIDED) && in.stride > 0 && !in.wraps;
}

/* One more access: all stores in one loop and all loads in another, in turn and at one element. */
static bool add_access(Stream *s, IrInsnId id) {
  const IrFunction *fn = s->pf->fn;
  const IrInsn *in = &fn->insns[id];
  bool store = in->op == IR_STORE;
  IrInsnId *first = store ? &s->store : &s->load;
  uint32_t *home = store ? &s->writer : &s->reader;
  uint32_t loop = s->pf->an->loop_of[s->pf->an->block_of[id]];
  const IrAddr *addr = ir_addr_of(fn, in);
  int64_t stride, other;
  if (loop == IR_NONE || (*home != IR_NONE && *home != loop) ||
      !steps_forward(s, addr, loop, &stride) || addr->offset < 0 || addr->offset >= stride)
    return false;
  if (*first == IR_NONE) {
    *first = id;
    *home = loop;
    return true;
  }
  const IrAddr *before = ir_addr_of(fn, &fn->insns[*first]);
  return steps_forward(s, before, loop, &other) && other == stride && before->index == addr->index;
}

static bool rooted(const Stream *s, IrRef ref) {
  return ir_addr_root(s->pf->fn, ref) == s->block;
}

/* False when the pointer goes where it is not followed. */
static bool add_use(Stream *s, IrInsnId id) {
  const IrFunction *fn = s->pf->fn;
  const IrInsn *in = &fn->insns[id];
  bool used = false;
  for (uint32_t i = 0; i < in->nargs; i++)
    used |= rooted(s, ir_arg(fn, in, i));
  bool at = false;
  for (uint32_t i = 0; i < naddrs_of(in); i++)
    at |= rooted(s, fn->addrs[in->aux + i].base);
  if (at)
    return !used && (in->op == IR_LOAD || in->op == IR_STORE) && add_access(s, id);
  if (!used || in->op == IR_CONV || in->op == IR_EQ || in->op == IR_NE || in->op == IR_BR ||
      in->op == IR_ADD)
    return true;
  if (in->op != IR_CALL)
    return false;
  int freed = pg_summary(s->p, s->pf->unit, fn, in)->freed_arg;
  if (freed >= 0 && (uint32_t)freed < in->nargs && rooted(s, ir_arg(fn, in, (uint32_t)freed)) &&
      !(pg_summary(s->p, s->pf->unit, fn, in)->flags & PG_GROWS))
    return s->freed = true;
  if (!is_input(s, in) || s->filled != IR_NONE ||
      s->pf->an->loop_of[s->pf->an->block_of[id]] != IR_NONE)
    return false;
  s->filled = id;
  return true;
}

static bool follow(Stream *s) {
  for (IrInsnId i = 0; i < s->pf->fn->ninsns; i++)
    if (i != s->call && !add_use(s, i))
      return false;
  return s->freed && s->reader != IR_NONE && s->load != IR_NONE &&
         (s->writer != IR_NONE) != (s->filled != IR_NONE);
}

/* ---- may the passes be one? ------------------------------------------------------------------ */

/* Does the reader need the whole of what the writer found: a sum, a maximum? Counters are fine: how
 * many there are is known at the end of one pass too. */
static bool needs_all(const Stream *s) {
  const IrFunction *fn = s->pf->fn;
  const IrAnalysis *an = s->pf->an;
  const IrBlock *b = &fn->blocks[an->loops[s->writer].header];
  for (IrInsnId i = b->first; i < b->first + b->count && fn->insns[i].op == IR_PHI; i++) {
    if (ir_evolution(an, s->writer, ir_ref(IR_REF_VALUE, i)).kind == IR_EV_AFFINE)
      continue;
    for (uint32_t k = an->uses_at[i]; k < an->uses_at[i + 1]; k++)
      if (!ir_loop_has_insn(an, s->writer, an->uses[k]))
        return true;
  }
  return false;
}

/* Does the reader write what the writer reads (the array changed in place), or call what may? Does
 * the writer write anything else? */
static bool entangled(const Stream *s) {
  const IrFunction *fn = s->pf->fn;
  const IrAnalysis *an = s->pf->an;
  for (IrInsnId i = 0; i < fn->ninsns; i++) {
    const IrInsn *in = &fn->insns[i];
    bool writes = (ir_ops[in->op].flags & IR_WRITES) != 0;
    bool call = in->op == IR_CALL || in->op == IR_CALLP;
    if (ir_loop_has_insn(an, s->writer, i) &&
        ((writes && !rooted(s, ir_addr_of(fn, in) ? ir_addr_of(fn, in)->base : s->block)) ||
         (call && !(pg_summary(s->p, s->pf->unit, fn, in)->flags & PG_PURE))))
      return true;
    if (!writes || !ir_loop_has_insn(an, s->reader, i))
      continue;
    for (uint32_t k = 0; k < an->naccesses && ir_addr_of(fn, in); k++) {
      const IrAccess *a = &an->accesses[k];
      if (a->read && ir_loop_contains(an, s->writer, a->block) &&
          touch_same_pointer(fn, ir_addr_root(fn, fn->addrs[a->addr].base),
                             ir_addr_root(fn, ir_addr_of(fn, in)->base)))
        return true;
    }
  }
  return false;
}

static bool is_stream(const Stream *s) {
  const IrAnalysis *an = s->pf->an;
  const IrLoop *reader = &an->loops[s->reader];
  IrBlockId from = s->filled != IR_NONE ? an->block_of[s->filled] : an->loops[s->writer].header;
  uint32_t around = s->filled != IR_NONE ? IR_NONE : an->loops[s->writer].parent;
  if (reader->parent != around || !ir_dominates(an->idom, from, reader->header) ||
      an->cold[reader->header] || (reader->trip == IR_TRIP_CONST && reader->count <= FEW_TRIPS))
    return false;
  return s->filled != IR_NONE || (s->writer != s->reader && !needs_all(s) && !entangled(s));
}

/* ---- reporting ------------------------------------------------------------------------------- */

static void report_stream(const Stream *s, Report *r) {
  const PgFunction *pf = s->pf;
  const IrFunction *fn = pf->fn;
  bool file = s->filled != IR_NONE;
  IrLoc loc = place_of(fn, s->call);
  Finding *f = report_add(r, pf->unit, loc);
  finding_in_loop(f, s->p, s->func, s->reader);
  const char *what = text_of_ref(r, pf, s->block);
  what = strchr(what, '%') || strchr(what, '(') ? "the block" : what;
  uint32_t line = place_of_loop(pf->an, s->reader).line;
  f->message = file
                   ? report_format(r,
                                   "%s holds the whole input, and the loop at line %u goes over it "
                                   "once, from front to back",
                                   what, line)
                   : report_format(r,
                                   "%s is filled by the loop at line %u and read once, in the same "
                                   "order, by the one at line %u",
                                   what, place_of_loop(pf->an, s->writer).line, line);
  f->help = file ? "read and use it in pieces of some 64 KiB"
                 : "use each item where it is made, in one loop and without the block";
  finding_fact(f, "passes over the data now", 2, "");
  finding_place(r, f, pf->unit, file ? place_of(fn, s->filled) : place_of(fn, s->store),
                "written here");
  finding_place(r, f, pf->unit, place_of(fn, s->load), "read here");
  finding_site(f, pf->unit, place_of(fn, s->load), s->func, false);
  if (!file)
    finding_site(f, pf->unit, place_of(fn, s->store), s->func, false);
  f->cost = COST_CACHE_LINE;
  f->severity = SEVERITY_LOW;
  f->confidence = CONFIDENCE_MEDIUM;
  f->saving = 0.5;
  f->saving_why = "the data is not written to memory and read back";
  f->anchor = what;
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  for (uint32_t c = 0; pf->an && pf->an->nloops && c < pf->ncalls; c++) {
    const PgCall *call = pg_call(p, pf->calls[c]);
    const IrInsn *in = &pf->fn->insns[call->insn];
    const uint32_t flags = pg_summary(p, pf->unit, pf->fn, in)->flags;
    int64_t bytes;
    if (call->ends || (flags & (PG_FRESH | PG_GROWS)) != PG_FRESH ||
        (fresh_bytes(p, pf, call->insn, &bytes) && bytes <= SMALL_BYTES))
      continue;
    Stream s = {.p = p,
                .pf = pf,
                .func = func,
                .block = ir_ref(IR_REF_VALUE, call->insn),
                .call = call->insn,
                .filled = IR_NONE,
                .store = IR_NONE,
                .load = IR_NONE,
                .writer = IR_NONE,
                .reader = IR_NONE};
    if (follow(&s) && is_stream(&s))
      report_stream(&s, r);
  }
}

const Rule rule_HP306 = {
    .id = "HP306",
    .name = "materialised-stream",
    .summary = "a whole array or file is kept in memory for one pass over it from front to back",
    .check_function = check,
    .page = page_HP306,
};
