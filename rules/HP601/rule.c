/* HP601 invariant-call: a call without effects whose arguments, and the memory that it reads, stay
 * the same while the loop runs, but that no compiler moves out of it: the loop writes memory, or
 * the callee is in another file, so that the compiler must take it to change the result. */
#include "rules/heat.h"
#include "rules/sweep.h"
#include "rules/touch.h"

#include <string.h>

extern const char page_HP601[];

enum { FEW_TRIPS = 4, CHEAP = 24 /* instructions */, READ_DEEP = 2, MAX_READS = 24, MAX_SEEN = 32 };
static const double OFTEN = 0.5; /* of iterations */

typedef struct Call {
  const IrProgram *p;
  const PgFunction *pf, *cf;
  PgFunc func;
  uint32_t loop;
  IrInsnId insn;
  SweepHolder reads[MAX_READS]; /* by the program's own function */
  uint32_t nreads;
  bool unknown; /* reads more than that */
} Call;

/* ---- what it reads --------------------------------------------------------------------------- */

/* Fields and variables that a function reads, those it calls included. Plain memory without a name
 * (the elements of an array) makes it unknown. */
static void find_reads(Call *c, const PgFunction *cf, unsigned deep) {
  const IrFunction *fn = cf->fn;
  for (IrInsnId i = 0; fn && i < fn->ninsns && !c->unknown; i++) {
    const IrInsn *in = &fn->insns[i];
    if (in->op == IR_LOAD) {
      SweepHolder held = sweep_holder(c->p, cf, ir_addr_of(fn, in));
      IrRef root = ir_addr_root(fn, ir_addr_of(fn, in)->base);
      if (ir_ref_kind(root) == IR_REF_LOCAL || ir_ref_kind(root) == IR_REF_STR)
        continue;
      c->unknown |= (held.record == IR_NONE && !held.unit) || c->nreads == MAX_READS;
      if (!c->unknown)
        c->reads[c->nreads++] = held;
    } else if (in->op == IR_CALL) {
      PgFunc callee = pg_callee(c->p, cf->unit, fn, in);
      const PgFunction *next = callee == IR_NONE ? NULL : pg_func(c->p, callee);
      c->unknown |=
          !next || deep == 0 || (!next->fn && in->nargs && !strncmp(next->name, "str", 3));
      if (!c->unknown && next->fn)
        find_reads(c, next, deep - 1);
    } else {
      c->unknown |= in->op == IR_COPY || in->op == IR_CALLP;
    }
  }
}

static bool writes_read(const Call *c, const PgFunction *pf, const IrInsn *in) {
  SweepHolder to = sweep_holder(c->p, pf, ir_addr_of(pf->fn, in));
  for (uint32_t i = 0; i < c->nreads; i++)
    if (sweep_same_holder(&to, &c->reads[i]))
      return true;
  return to.record == IR_NONE && !to.unit && in->op != IR_STORE;
}

/* ---- what the loop writes -------------------------------------------------------------------- */

static bool is_argument(const Call *c, IrRef root) {
  const IrInsn *call = &c->pf->fn->insns[c->insn];
  for (uint32_t i = 0; i < call->nargs; i++)
    if (touch_same_pointer(c->pf->fn, ir_addr_root(c->pf->fn, ir_arg(c->pf->fn, call, i)), root))
      return true;
  return false;
}

/* Also a place within it: `end = strrchr(s, '/')`. */
static bool may_be_string(const Call *c, IrRef pointer, unsigned deep) {
  const IrFunction *fn = c->pf->fn;
  IrRef root = ir_addr_root(fn, pointer);
  if (is_argument(c, root))
    return true;
  const IrInsn *in = ir_def(fn, root);
  if (!in || !deep)
    return false;
  if (in->op == IR_PHI) {
    for (uint32_t i = 0; i < in->nargs; i++)
      if (may_be_string(c, ir_arg(fn, in, i), deep - 1))
        return true;
  } else if (in->op == IR_CALL) {
    const PgSummary *s = pg_summary(c->p, c->pf->unit, fn, in);
    for (uint32_t i = 0; i < in->nargs && i < 32; i++)
      if (s->returns >> i & 1 && may_be_string(c, ir_arg(fn, in, i), deep - 1))
        return true;
  }
  return false;
}

static bool same_string(const Call *c, IrRef pointer) {
  enum { DEEP = 3 };
  return may_be_string(c, pointer, DEEP);
}

/* A store into the very string: a character that is surely no terminator keeps its length. */
static bool store_changes(const Call *c, const IrInsn *in, bool length) {
  const IrAddr *to = ir_addr_of(c->pf->fn, in);
  int64_t value;
  if (!same_string(c, to->base))
    return false;
  return !length || to->size != 1 || in->op != IR_STORE ||
         (ir_const_int(c->pf->fn, ir_arg(c->pf->fn, in, 0), &value) && !value);
}

/* May the call change what is read? One that is handed the same memory, or that is not known; and
 * what is shared under a lock may be another thing once it has been given away. */
static bool call_changes(const Call *c, const IrInsn *in) {
  const PgSummary *s = pg_summary(c->p, c->pf->unit, c->pf->fn, in);
  if (s->flags & (PG_LOCKS | PG_UNLOCKS))
    return true;
  if (s->flags & PG_PURE)
    return false;
  if (s->flags & PG_UNKNOWN || c->cf->fn)
    return (s->flags & (PG_UNKNOWN | PG_WRITES)) != 0;
  uint32_t skip = in->op == IR_CALLP;
  for (uint32_t i = skip; i < in->nargs; i++)
    if (i - skip < 32 && (s->writes | s->frees | s->keeps) >> (i - skip) & 1 &&
        same_string(c, ir_arg(c->pf->fn, in, i)))
      return true;
  return (s->flags & PG_WRITES) != 0 && s->writes == 0;
}

typedef struct Writes {
  bool changes; /* what the call reads */
  bool some;    /* something: the compiler cannot know */
} Writes;

static Writes loop_writes(const Call *c, bool length) {
  const IrLoop *l = &c->pf->an->loops[c->loop];
  Writes w = {.changes = false};
  for (uint32_t b = 0; b < l->nblocks && !w.changes; b++) {
    const IrBlock *block = &c->pf->fn->blocks[l->blocks[b]];
    for (uint32_t i = 0; i < block->count; i++) {
      const IrInsn *in = &c->pf->fn->insns[block->first + i];
      bool call = in->op == IR_CALL || in->op == IR_CALLP;
      if (call) {
        w.changes |= call_changes(c, in);
        w.some |= !(pg_summary(c->p, c->pf->unit, c->pf->fn, in)->flags & PG_PURE);
      } else if (ir_ops[in->op].flags & IR_WRITES) {
        w.changes |= !ir_addr_of(c->pf->fn, in) ||
                     (c->cf->fn ? writes_read(c, c->pf, in) : store_changes(c, in, length));
        w.some = true;
      }
    }
  }
  return w;
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* Library functions that take a time that grows with what they read. */
static bool scans(const char *name) {
  static const char *const names[] = {"strlen",      "strnlen", "wcslen",  "strchr",  "strrchr",
                                      "strstr",      "memchr",  "strcmp",  "strncmp", "strcasecmp",
                                      "strncasecmp", "strspn",  "strcspn", "strpbrk", "atoi",
                                      "atol",        "atof"};
  name = strncmp(name, "__builtin_", 10) ? name : name + 10;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!strcmp(name, names[i]))
      return true;
  return false;
}

static bool is_length(const char *name) {
  return strstr(name, "len") != NULL;
}

/* The compiler sees the body and takes the call out, or in line. */
static bool compiler_knows(const Call *c, const Writes *w) {
  bool same_unit = c->cf->unit == c->pf->unit;
  return same_unit && (!w->some || c->cf->summary.cost < CHEAP);
}

static bool has_loop(const PgFunction *cf) {
  return cf->an && cf->an->nloops > 0;
}

static bool is_candidate(Call *c) {
  const PgFunction *pf = c->pf;
  const IrInsn *in = &pf->fn->insns[c->insn];
  const IrLoop *l = &pf->an->loops[c->loop];
  IrBlockId block = pf->an->block_of[c->insn];
  if (l->irreducible || (l->trip == IR_TRIP_CONST && l->count <= FEW_TRIPS) ||
      pf->an->cold[block] || heat_per_iteration(pf->an, c->loop, block) < OFTEN || !in->nargs)
    return false;
  if (!(c->cf->summary.flags & PG_PURE) || c->cf->summary.flags & (PG_UNKNOWN | PG_RECURSIVE) ||
      (!c->cf->fn && !scans(c->cf->name)) ||
      (strstr(c->cf->name, "strlen") && only_compared_with_zero(pf, c->insn)))
    return false;
  bool some = false; /* all literals: folded */
  for (uint32_t i = 0; i < in->nargs; i++) {
    IrRef arg = ir_arg(pf->fn, in, i);
    if (ir_evolution(pf->an, c->loop, arg).kind != IR_EV_INVARIANT)
      return false;
    some |= ir_ref_kind(arg) == IR_REF_VALUE || ir_ref_kind(arg) == IR_REF_LOCAL;
  }
  return some;
}

/* strlen(s): its result may have a name, which says less. */
static const char *call_text(const Call *c, Report *r) {
  const PgFunction *pf = c->pf;
  const IrInsn *in = &pf->fn->insns[c->insn];
  const char *text = report_format(r, "%s(", c->cf->name);
  for (uint32_t i = 0; i < in->nargs; i++) {
    const char *arg = text_of_ref(r, pf, ir_arg(pf->fn, in, i));
    text = report_format(r, "%s%s%s", text, i ? ", " : "", strchr(arg, '%') ? "..." : arg);
  }
  return report_format(r, "%s)", text);
}

/* A scan costs the square where the loop goes over the string too, by its condition or step by
 * step. Elsewhere, and in one loop only, the string may well be short. */
static bool scan_pays(const Call *c) {
  const PgFunction *pf = c->pf;
  const IrInsn *in = &pf->fn->insns[c->insn];
  const IrLoop *l = &pf->an->loops[c->loop];
  if (l->depth > 1 || (is_length(c->cf->name) && pf->an->block_of[c->insn] == l->header))
    return true;
  for (uint32_t i = 0; i < in->nargs; i++)
    if (loop_walks_string(pf, c->loop, ir_arg(pf->fn, in, i)))
      return true;
  return false;
}

static void report_call(const Call *c, Report *r) {
  const PgFunction *pf = c->pf;
  IrLoc loc = place_of(pf->fn, c->insn);
  Finding *f = report_add(r, pf->unit, loc);
  finding_in_loop(f, c->p, c->func, c->loop);
  const char *what = call_text(c, r);
  bool dear = !c->cf->fn || has_loop(c->cf);
  f->message = report_format(
      r, "%s gives the same in each iteration, and is called in each: %s", what,
      dear ? "what it reads is gone over again every time" : "the compiler cannot know that");
  f->help = report_format(r, "call %s once before the loop", c->cf->name);
  finding_fact(f, "calls per iteration", 1, "calls");
  if (c->cf->fn)
    finding_fact(f, "instructions per call", c->cf->summary.cost, "");
  finding_place(r, f, pf->unit, place_of_loop(pf->an, c->loop), "in the iterations of this loop");
  finding_site(f, pf->unit, loc, c->func, true);
  f->witness = WITNESS_CALL;
  f->growth = dear && !c->cf->fn ? GROWTH_SUPERLINEAR : GROWTH_PER_ITERATION;
  f->severity = f->cold ? SEVERITY_LOW : SEVERITY_MEDIUM;
  f->confidence = CONFIDENCE_MEDIUM;
  if (!dear || (!c->cf->fn && !scan_pays(c)) || heat_loop_waits(c->p, pf, c->loop))
    f->show = SHOW_LOW;
  f->saving = 0.95;
  f->saving_why = "all calls but the first go away";
  f->anchor = what;
}

/* One finding a loop and function. */
typedef struct Seen {
  struct {
    uint32_t loop;
    const PgFunction *cf;
  } pairs[MAX_SEEN];
  uint32_t count;
} Seen;

static bool seen_before(Seen *seen, const Call *c) {
  for (uint32_t i = 0; i < seen->count; i++)
    if (seen->pairs[i].loop == c->loop && seen->pairs[i].cf == c->cf)
      return true;
  if (seen->count < MAX_SEEN) {
    seen->pairs[seen->count].loop = c->loop;
    seen->pairs[seen->count++].cf = c->cf;
  }
  return false;
}

static void check_call(Call *c, Seen *seen, Report *r) {
  if (!is_candidate(c))
    return;
  find_reads(c, c->cf, READ_DEEP);
  if (c->cf->fn && c->unknown)
    return;
  Writes w = loop_writes(c, !c->cf->fn && is_length(c->cf->name));
  bool hoisted = c->cf->fn ? compiler_knows(c, &w) : !w.some;
  if (!w.changes && !hoisted && !seen_before(seen, c))
    report_call(c, r);
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  Seen seen = {.count = 0};
  for (uint32_t i = 0; pf->an && i < pf->ncalls; i++) {
    const PgCall *call = pg_call(p, pf->calls[i]);
    if (call->ends || call->kind != PG_CALL_DIRECT || call->callee == IR_NONE ||
        !call->loop_depth || pf->fn->insns[call->insn].op != IR_CALL)
      continue;
    Call c = {.p = p,
              .pf = pf,
              .cf = pg_func(p, call->callee),
              .func = func,
              .loop = pf->an->loop_of[pf->an->block_of[call->insn]],
              .insn = call->insn};
    if (c.loop != IR_NONE)
      check_call(&c, &seen, r);
  }
}

const Rule rule_HP601 = {
    .id = "HP601",
    .name = "invariant-call",
    .summary = "a call that gives the same in each iteration, and that no compiler moves out",
    .check_function = check,
    .page = page_HP601,
};
