/* HP608 known-length: a string is gone over for its end though its length is at hand: strlen,
 * strcpy, strcat or strdup of a string whose strlen the function has already, or that snprintf,
 * memcpy with a terminator or strlen-like calls have just made. The string must be unchanged in
 * between, which is what the compiler cannot tell. */
#include "rules/heat.h"
#include "rules/touch.h"

#include <stdlib.h>
#include <string.h>

extern const char page_HP608[];

enum { MAX_STRINGS = 64, PATH_DEEP = 4 };

/* Which argument a library function goes over to find its end, -1 none. */
static int scanned_argument(const char *name) {
  static const struct {
    const char *name;
    int arg;
  } scans[] = {{"strlen", 0}, {"strdup", 0}, {"strcpy", 1},
               {"strcat", 1}, {"stpcpy", 1}, {"fputs", 0}};
  for (size_t i = 0; i < sizeof scans / sizeof *scans; i++)
    if (!strcmp(name, scans[i].name))
      return scans[i].arg;
  return -1;
}

/* A string whose length a value is. */
typedef struct Known {
  IrInsnId by; /* the call that gave the length */
  IrRef string;
  const char *name; /* of that call's function */
  bool reread;      /* the pointer was read again for the scan in question */
  bool told;        /* one finding a string */
} Known;

typedef struct Strings {
  const IrProgram *p;
  const PgFunction *pf;
  PgFunc func;
  Known known[MAX_STRINGS];
  uint32_t count;
} Strings;

static const char *library_name(const Strings *s, const IrInsn *in) {
  PgFunc callee = in->op == IR_CALL ? pg_callee(s->p, s->pf->unit, s->pf->fn, in) : IR_NONE;
  if (callee == IR_NONE || pg_func(s->p, callee)->fn)
    return NULL;
  const char *name = pg_func(s->p, callee)->name;
  return strncmp(name, "__builtin_", 10) ? name : name + 10;
}

static IrRef pointer_of(const Strings *s, IrRef ref) {
  const IrFunction *fn = s->pf->fn;
  for (const IrInsn *in; (in = ir_def(fn, ref)) && in->op == IR_CONV;)
    ref = ir_arg(fn, in, 0);
  return ref;
}

/* ---- is it unchanged? ------------------------------------------------------------------------ */

/* Does the pointer lead to the string: itself, or to the object that its pointer was read from? */
static bool leads_to(const PgFunction *pf, IrRef pointer, IrRef string) {
  const IrFunction *fn = pf->fn;
  IrRef from = ir_addr_root(fn, pointer), to = ir_addr_root(fn, string);
  for (unsigned i = 0; i < PATH_DEEP; i++) {
    if (touch_same_pointer(fn, from, to))
      return true;
    const IrInsn *in = ir_def(fn, to);
    if (!ir_is(in, IR_LOAD))
      return false;
    to = ir_addr_root(fn, ir_addr_of(fn, in)->base);
  }
  return false;
}

/* A call that is handed what leads to the string, and may write there. */
static bool call_changes(const Strings *s, const IrInsn *in, IrRef string, bool reread) {
  const PgSummary *sum = pg_summary(s->p, s->pf->unit, s->pf->fn, in);
  if (sum->flags & PG_PURE)
    return false;
  if (reread && sum->flags & (PG_UNKNOWN | PG_WRITES) && !library_name(s, in))
    return true;
  uint32_t skip = in->op == IR_CALLP;
  for (uint32_t i = skip; i < in->nargs; i++) {
    bool writes = sum->flags & PG_UNKNOWN || i - skip >= 32 ||
                  (sum->writes | sum->frees | sum->outs) >> (i - skip) & 1;
    if (writes && leads_to(s->pf, ir_arg(s->pf->fn, in, i), string))
      return true;
  }
  return false;
}

/* May the instruction change the string, or, where its pointer is read again, that? Another
 * object's bytes are taken to be apart. */
static bool may_change(const Strings *s, const IrInsn *in, IrRef string, bool reread) {
  const IrFunction *fn = s->pf->fn;
  if (in->op == IR_CALL || in->op == IR_CALLP)
    return call_changes(s, in, string, reread);
  if (!(ir_ops[in->op].flags & IR_WRITES))
    return false;
  const IrAddr *to = ir_addr_of(fn, in);
  const IrInsn *made = ir_def(fn, ir_addr_root(fn, string));
  const IrAddr *from = reread && ir_is(made, IR_LOAD) ? ir_addr_of(fn, made) : NULL;
  return !to || (from && to->offset == from->offset && to->size == from->size) ||
         touch_same_pointer(fn, ir_addr_root(fn, to->base), ir_addr_root(fn, string));
}

/* Something that the compiler does not see through: for all it knows the string is another one. */
static bool hides(const Strings *s, const IrInsn *in) {
  if (in->op == IR_CALL || in->op == IR_CALLP)
    return !(pg_summary(s->p, s->pf->unit, s->pf->fn, in)->flags & PG_PURE);
  return (ir_ops[in->op].flags & (IR_WRITES | IR_CALLS)) != 0;
}

static bool block_changes(const Strings *s, IrInsnId from, IrInsnId to, const Known *k,
                          bool *opaque) {
  for (IrInsnId i = from; i < to; i++) {
    const IrInsn *in = &s->pf->fn->insns[i];
    if (may_change(s, in, k->string, k->reread))
      return true;
    *opaque |= hides(s, in);
  }
  return false;
}

/* Everything on a way from `by` to `at`, backwards from there; and some of it is what the compiler
 * cannot see through, else it takes the one result for both. */
static bool unchanged(const Strings *s, const Known *k, IrInsnId at, bool *opaque) {
  const IrFunction *fn = s->pf->fn;
  const IrAnalysis *an = s->pf->an;
  IrBlockId home = an->block_of[k->by];
  bool *seen = hp_calloc(fn->nblocks, sizeof *seen), ok = true;
  IrBlockId *stack = hp_calloc(fn->nblocks, sizeof *stack);
  uint32_t top = 0;
  IrBlockId here = an->block_of[at];
  IrInsnId first = here == home && k->by < at ? k->by + 1 : fn->blocks[here].first;
  ok = !block_changes(s, first, at, k, opaque);
  if (here != home || k->by > at)
    stack[top++] = here;
  while (top && ok) {
    const IrBlock *b = &fn->blocks[stack[--top]];
    for (uint32_t i = 0; i < b->npreds && ok; i++) {
      IrBlockId pred = fn->edges[b->preds + i];
      if (seen[pred])
        continue;
      seen[pred] = true;
      const IrBlock *pb = &fn->blocks[pred];
      IrInsnId start = pred == home ? k->by + 1 : pb->first;
      ok = !block_changes(s, start, pb->first + pb->count, k, opaque);
      if (pred != home)
        stack[top++] = pred;
    }
  }
  free(seen);
  free(stack);
  return ok;
}

/* ---- reporting ------------------------------------------------------------------------------- */

/* Most strings are short: the scan is felt where loops nest, or where the loop goes over the string
 * as well. */
static bool pays(const PgFunction *pf, uint32_t loop, IrRef string) {
  return loop != IR_NONE && (pf->an->loops[loop].depth > 1 || loop_walks_string(pf, loop, string));
}

static void report_scan(const Strings *s, const Known *k, IrInsnId at, const char *name,
                        Report *r) {
  const PgFunction *pf = s->pf;
  uint32_t loop = pf->an->loop_of[pf->an->block_of[at]];
  IrLoc loc = place_of(pf->fn, at);
  Finding *f = report_add(r, pf->unit, loc);
  finding_in_loop(f, s->p, s->func, loop);
  const char *string = text_of_ref(r, pf, k->string);
  const char *what = strchr(string, '%') || strstr(string, "…") ? "a string" : string;
  bool formats = strcmp(k->name, "strlen") != 0;
  IrLoc by = place_of(pf->fn, k->by);
  f->message = report_format(r, "%s looks for the end of %s, whose length %s at line %u has given",
                             name, what, k->name, by.line);
  f->help = !strcmp(name, "strlen")   ? "use the length that is at hand"
            : !strcmp(name, "fputs")  ? "use fwrite with the length"
            : !strcmp(name, "strdup") ? "use malloc and memcpy with the length"
                                      : "use memcpy with the length and its terminator";
  finding_place(r, f, pf->unit, by, formats ? "its result is the length" : "the length");
  finding_fact_text(f, "bytes scanned", "the string's length");
  finding_site(f, pf->unit, loc, s->func, true);
  f->witness = WITNESS_CALL;
  f->severity = f->cold || loop == IR_NONE ? SEVERITY_LOW : SEVERITY_MEDIUM;
  if (!pays(pf, loop, k->string) || heat_loop_waits(s->p, pf, loop) || strcmp(name, "strlen") != 0)
    f->show = SHOW_LOW;
  f->confidence = formats ? CONFIDENCE_MEDIUM : CONFIDENCE_HIGH;
  f->saving = !strcmp(name, "strlen") ? 0.95 : 0.3;
  f->saving_why = !strcmp(name, "strlen") ? "nothing is scanned"
                                          : "copying takes the most of the time, scanning the rest";
  f->anchor = report_format(r, "%s %s", name, what);
}

/* ---- functions ------------------------------------------------------------------------------- */

static void learn(Strings *s, IrInsnId at, const char *name) {
  const IrFunction *fn = s->pf->fn;
  const IrInsn *in = &fn->insns[at];
  bool length = !strcmp(name, "strlen") && in->nargs == 1 && !only_compared_with_zero(s->pf, at);
  bool made = (!strcmp(name, "sprintf") || !strcmp(name, "vsprintf")) && in->nargs >= 2 &&
              s->pf->an->uses_at[at] < s->pf->an->uses_at[at + 1];
  if ((!length && !made) || s->count == MAX_STRINGS)
    return;
  IrRef string = pointer_of(s, ir_arg(fn, in, 0));
  if (ir_ref_kind(string) == IR_REF_VALUE || ir_ref_kind(string) == IR_REF_LOCAL)
    s->known[s->count++] = (Known){at, string, name, false, false};
}

static Known *known_at(Strings *s, IrInsnId at, IrRef string) {
  const IrAnalysis *an = s->pf->an;
  for (uint32_t i = s->count; i-- > 0;) {
    Known *k = &s->known[i];
    bool opaque = strcmp(k->name, "strlen") != 0;
    k->reread = k->string != string;
    bool before = an->block_of[k->by] == an->block_of[at]
                      ? k->by < at
                      : ir_dominates(an->idom, an->block_of[k->by], an->block_of[at]);
    if (before && touch_same_pointer(s->pf->fn, k->string, string) &&
        unchanged(s, k, at, &opaque) && opaque)
      return k;
  }
  return NULL;
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  Strings s = {.p = p, .pf = pg_func(p, func), .func = func};
  const PgFunction *pf = s.pf;
  for (uint32_t c = 0; pf->an && c < pf->ncalls; c++) {
    const PgCall *call = pg_call(p, pf->calls[c]);
    const IrInsn *in = &pf->fn->insns[call->insn];
    const char *name = call->kind == PG_CALL_DIRECT ? library_name(&s, in) : NULL;
    int arg = name && !call->ends ? scanned_argument(name) : -1;
    if (arg == 0 && !strcmp(name, "strlen") && only_compared_with_zero(pf, call->insn))
      continue;
    bool again = false;
    if (arg >= 0 && (uint32_t)arg < in->nargs && !pf->an->cold[pf->an->block_of[call->insn]]) {
      Known *k = known_at(&s, call->insn, pointer_of(&s, ir_arg(pf->fn, in, (uint32_t)arg)));
      if (k && !k->told)
        report_scan(&s, k, call->insn, name, r);
      again = k != NULL;
      if (k)
        k->told = true;
    }
    if (name && !again)
      learn(&s, call->insn, name);
  }
}

const Rule rule_HP608 = {
    .id = "HP608",
    .name = "known-length",
    .summary = "a string is gone over for its end though its length is at hand",
    .check_function = check,
    .page = page_HP608,
};
