/* HP207 quadratic-string: a loop appends to a string whose end is looked for anew each time, by
 * strcat, by strlen before the append, or by printing the string into itself. The string stays the
 * same over the loop and nothing in the loop starts it over. A function that appends to the string
 * it is given counts like strcat. */
#include "rules/rule.h"
#include "rules/calls.h"
#include "rules/cycles.h"
#include "rules/heat.h"
#include "rules/touch.h"

#include <string.h>

/* Of the model: appends where their number is not known, their length, writing one. */
static const double USUAL_APPENDS = 1000, PIECE_BYTES = 8, WRITE_CYCLES = 14;

extern const char page_HP207[];

enum {
  FEW_TRIPS = 8,
  SHORT_TRIPS = 128,
  SMALL = 256,
  MEDIUM = 4096,
  DOWN = 3,
  UP = 2,
  MAX_FOUND = 32
};
static const double MIN_SHARE = 0.2; /* of iterations */

/* One place that appends. */
typedef struct Append {
  IrInsnId scan; /* the call that looks for the end */
  IrRef dest;
  const char *how;
} Append;

typedef struct Found {
  Append items[MAX_FOUND];
  uint32_t count;
} Found;

typedef struct Where {
  const IrProgram *p;
  const PgFunction *pf;
  const IrFunction *fn;
  uint32_t loop; /* IR_NONE: the whole function */
} Where;

static bool in_region(const Where *w, IrInsnId id) {
  return w->loop == IR_NONE || ir_loop_has_insn(w->pf->an, w->loop, id);
}

/* ---- appends --------------------------------------------------------------------------------- */

static const char *const cats[] = {"strcat", "strncat", "strlcat", "wcscat", "wcsncat", NULL};
static const char *const prints[] = {"sprintf", "snprintf", NULL};
static const char *const lengths[] = {"strlen", "wcslen", NULL};

static bool appends_to_param(const IrProgram *p, PgFunc func, uint32_t param, int down);

/* The address is given to something that writes there, or stored to. */
static bool is_written(const Where *w, IrInsnId address) {
  const IrAnalysis *an = w->pf->an;
  IrRef ref = ir_ref(IR_REF_VALUE, address);
  for (uint32_t k = an->uses_at[address]; k < an->uses_at[address + 1]; k++) {
    const IrInsn *in = &w->fn->insns[an->uses[k]];
    if (!in_region(w, an->uses[k]))
      continue;
    if (in->op == IR_STORE &&
        ir_addr_root(w->fn, ir_addr_of(w->fn, in)->base) == ir_addr_root(w->fn, ref))
      return true;
    if (in->op == IR_CALL && in->nargs && ir_arg(w->fn, in, 0) == ref &&
        pg_summary(w->p, w->pf->unit, w->fn, in)->writes & 1)
      return true;
  }
  return false;
}

/* base + length, whatever instruction adds. */
static bool appends_at(const Where *w, IrInsnId id, IrRef length, IrRef text) {
  const IrInsn *in = &w->fn->insns[id];
  const IrAddr *a = ir_addr_of(w->fn, in);
  if (a && a->index == length && a->scale <= 4 && touch_same_pointer(w->fn, a->base, text))
    return in->op == IR_STORE || (in->op == IR_ADDR && is_written(w, id));
  return in->op == IR_ADD && ir_arg(w->fn, in, 1) == length &&
         touch_same_pointer(w->fn, ir_arg(w->fn, in, 0), text) && is_written(w, id);
}

/* strlen(s), and what is written at s + that. */
static bool scans_to_append(const Where *w, IrInsnId scan) {
  const IrAnalysis *an = w->pf->an;
  IrRef text = ir_arg(w->fn, &w->fn->insns[scan], 0), lengths_of[4];
  uint32_t n = 0;
  lengths_of[n++] = ir_ref(IR_REF_VALUE, scan);
  for (uint32_t i = 0; i < n; i++) {
    uint32_t value = ir_ref_index(lengths_of[i]);
    for (uint32_t k = an->uses_at[value]; k < an->uses_at[value + 1]; k++) {
      IrInsnId use = an->uses[k];
      if (!in_region(w, use))
        continue;
      if (w->fn->insns[use].op == IR_CONV && n < 4)
        lengths_of[n++] = ir_ref(IR_REF_VALUE, use);
      else if (appends_at(w, use, lengths_of[i], text))
        return true;
    }
  }
  return false;
}

/* sprintf(s, "%s, %d", s, i) */
static bool prints_itself(const IrFunction *fn, const IrInsn *in, uint32_t first) {
  for (uint32_t i = first; i < in->nargs; i++)
    if (touch_same_pointer(fn, ir_arg(fn, in, i), ir_arg(fn, in, 0)))
      return true;
  return false;
}

/* Points to characters, by its type. */
static bool is_text(const Where *w, IrRef ref) {
  const IrUnit *u = w->pf->unit;
  IrTypeId type = ir_ref_kind(ref) == IR_REF_LOCAL ? w->fn->locals[ir_ref_index(ref)].type
                  : ir_ref_kind(ref) == IR_REF_SYM ? u->symbols[ir_ref_index(ref)].type
                                                   : ir_ref_type(u, w->fn, ref);
  const IrType *t = &u->types[type];
  const IrType *sub = &u->types[t->sub];
  return (t->kind == IR_T_PTR || t->kind == IR_T_ARRAY) && sub->kind == IR_T_INT &&
         sub->size == 1 && !(sub->flags & IR_TF_CONST);
}

static bool append_at(const Where *w, IrInsnId id, int down, Append *out) {
  const IrInsn *in = &w->fn->insns[id];
  if (in->op != IR_CALL || !in->nargs)
    return false;
  *out = (Append){id, ir_arg(w->fn, in, 0), NULL};
  int which;
  if ((which = call_of_library(w->p, w->pf, in, cats)) >= 0)
    out->how = cats[which];
  else if ((which = call_of_library(w->p, w->pf, in, prints)) >= 0)
    out->how = prints_itself(w->fn, in, 2 + (uint32_t)which) ? prints[which] : NULL;
  else if ((which = call_of_library(w->p, w->pf, in, lengths)) >= 0)
    out->how = scans_to_append(w, id) ? lengths[which] : NULL;
  if (out->how)
    return true;
  PgFunc callee = pg_callee(w->p, w->pf->unit, w->fn, in);
  if (callee == IR_NONE || !pg_func(w->p, callee)->an || down == 0)
    return false;
  const PgSummary *s = pg_summary(w->p, w->pf->unit, w->fn, in);
  for (uint32_t i = 0; i < in->nargs && i < 32; i++)
    if (s->writes >> i & 1 && is_text(w, ir_arg(w->fn, in, i)) &&
        appends_to_param(w->p, callee, i, down - 1)) {
      *out = (Append){id, ir_arg(w->fn, in, i), pg_func(w->p, callee)->name};
      return true;
    }
  return false;
}

/* ---- starting over --------------------------------------------------------------------------- */

static bool is_append(const Found *found, IrInsnId id) {
  for (uint32_t i = 0; i < found->count; i++)
    if (found->items[i].scan == id)
      return true;
  return false;
}

/* s[0] = 0, or anything else written at its start. */
static bool writes_start(const Where *w, const IrInsn *in, IrRef dest) {
  for (uint32_t i = 0; i < naddrs_of(in) && i < 1; i++) {
    const IrAddr *a = &w->fn->addrs[in->aux];
    if (in->op != IR_STORE && in->op != IR_COPY && in->op != IR_CLEAR)
      return false;
    int64_t index = 0;
    if (ir_ref_kind(a->index) != IR_REF_NONE && !ir_const_int(w->fn, a->index, &index))
      return false;
    if (a->offset + index * a->scale == 0 && touch_same_pointer(w->fn, a->base, dest))
      return true;
  }
  return false;
}

/* Some other call gets the string and may write it: then it may begin anew there. */
static bool writes_by_call(const Where *w, const IrInsn *in, IrRef dest) {
  if (in->op != IR_CALL && in->op != IR_CALLP)
    return false;
  const PgSummary *s = pg_summary(w->p, w->pf->unit, w->fn, in);
  uint32_t skip = in->op == IR_CALLP;
  for (uint32_t i = skip; i < in->nargs; i++) {
    bool writes = i - skip >= 32 || s->writes >> (i - skip) & 1 || s->flags & PG_UNKNOWN ||
                  s->frees >> (i - skip) & 1;
    if (writes && !(s->flags & PG_GROWS) && touch_same_pointer(w->fn, ir_arg(w->fn, in, i), dest))
      return true;
  }
  return false;
}

/* What is written at the end has an address of its own there, and is no fresh start. */
static bool starts_over(const Where *w, const Found *found, IrRef dest) {
  for (IrInsnId i = 0; i < w->fn->ninsns; i++) {
    const IrInsn *in = &w->fn->insns[i];
    if (!in_region(w, i) || is_append(found, i))
      continue;
    if (writes_start(w, in, dest) || writes_by_call(w, in, dest))
      return true;
  }
  return false;
}

static bool appends_to_param(const IrProgram *p, PgFunc func, uint32_t param, int down) {
  const PgFunction *pf = pg_func(p, func);
  Where w = {p, pf, pf->fn, IR_NONE};
  Found found = {.count = 0};
  for (IrInsnId i = 0; i < pf->fn->ninsns; i++) {
    Append a;
    if (pf->an->cold[pf->an->block_of[i]] || found.count == MAX_FOUND ||
        !append_at(&w, i, down, &a))
      continue;
    Origin o = touch_origin(pf->fn, a.dest);
    const IrInsn *root = ir_def(pf->fn, o.root);
    if (ir_is(root, IR_PARAM) && root->aux == param && !o.offset && !o.extent)
      found.items[found.count++] = a;
  }
  return found.count && !starts_over(&w, &found, found.items[0].dest);
}

/* ---- the string ------------------------------------------------------------------------------ */

static IrRef grown_from(const Where *w, IrRef ref) {
  const IrInsn *in = ir_def(w->fn, ref);
  if (!ir_is(in, IR_CALL))
    return ref;
  const PgSummary *s = pg_summary(w->p, w->pf->unit, w->fn, in);
  return s->flags & PG_GROWS && s->freed_arg >= 0 && (uint32_t)s->freed_arg < in->nargs
             ? ir_addr_root(w->fn, ir_arg(w->fn, in, (uint32_t)s->freed_arg))
             : ref;
}

/* s = realloc(s, n) */
static bool carried_by_realloc(const Where *w, IrRef root) {
  IrRef from = grown_from(w, root);
  const IrInsn *phi = ir_def(w->fn, from);
  const IrLoop *l = &w->pf->an->loops[w->loop];
  if (!ir_is(phi, IR_PHI) || w->pf->an->block_of[ir_ref_index(from)] != l->header)
    return false;
  for (uint32_t i = 0; i < phi->nargs; i++) {
    IrRef value = ir_arg(w->fn, phi, i);
    const IrInsn *in = ir_def(w->fn, value);
    for (; ir_is(in, IR_CONV); in = ir_def(w->fn, value))
      value = ir_arg(w->fn, in, 0);
    if (in && ir_loop_has_insn(w->pf->an, w->loop, ir_ref_index(value)) &&
        grown_from(w, value) != from && value != from)
      return false;
  }
  return true;
}

static bool stays(const Where *w, IrRef dest) {
  Origin o = touch_origin(w->fn, dest);
  IrAddr start = {.base = dest, .index = ir_ref(IR_REF_NONE, 0), .size = 1};
  return ir_addr_in(w->pf->an, &start, w->loop).cls == IR_AC_INVARIANT ||
         carried_by_realloc(w, o.root);
}

static uint64_t bytes_of(const Where *w, IrRef dest, int up);

/* The largest that a caller gives; 0 when that of some caller is not known. */
static uint64_t bytes_given(const Where *w, uint32_t param, int up) {
  uint64_t most = 0;
  if (w->pf->symbol && w->pf->symbol->flags & IR_SYM_ADDRESS_TAKEN)
    return 0;
  for (uint32_t i = 0; up && i < w->pf->ncallers; i++) {
    const PgCall *call = pg_call(w->p, w->pf->callers[i]);
    const PgFunction *caller = pg_func(w->p, call->caller);
    const IrInsn *in = caller->an ? &caller->fn->insns[call->insn] : NULL;
    Where there = {w->p, caller, caller->fn, IR_NONE};
    uint64_t bytes = in && call->kind == PG_CALL_DIRECT && in->op == IR_CALL && param < in->nargs
                         ? bytes_of(&there, ir_arg(caller->fn, in, param), up - 1)
                         : 0;
    if (!bytes)
      return 0;
    most = bytes > most ? bytes : most;
  }
  return most;
}

/* Bytes of the object that holds the string; 0: not known. */
static uint64_t bytes_of(const Where *w, IrRef dest, int up) {
  Origin o = touch_origin(w->fn, dest);
  int64_t bytes;
  if (o.extent)
    return o.extent;
  const IrAddr *a = ir_def(w->fn, dest) ? ir_addr_of(w->fn, ir_def(w->fn, dest)) : NULL;
  if (a && ir_def(w->fn, dest)->op == IR_ADDR && a->nhops && a->size > 1)
    return a->size;
  const IrInsn *root = ir_def(w->fn, o.root);
  if (ir_is(root, IR_PARAM))
    return bytes_given(w, root->aux, up);
  if (ir_is(root, IR_CALL)) {
    const PgSummary *s = pg_summary(w->p, w->pf->unit, w->fn, root);
    if (s->flags & PG_FRESH && s->size_arg >= 0 && (uint32_t)s->size_arg < root->nargs &&
        s->count_arg < 0 && ir_const_int(w->fn, ir_arg(w->fn, root, (uint32_t)s->size_arg), &bytes))
      return (uint64_t)bytes;
  }
  return bytes_of_object(w->pf, o.root);
}

/* The most that strncat(s, from, size - strlen(s)) and its kind fill; 0: not known. */
static uint64_t bytes_allowed(const Where *w, PgFunc func, IrInsnId scan) {
  static const char *const bounded[] = {"snprintf", "strncat", "strlcat", NULL};
  const IrInsn *in = &w->fn->insns[scan];
  int which = call_of_library(w->p, w->pf, in, bounded);
  uint32_t arg = which == 0 ? 1 : 2;
  if (which < 0 || arg >= in->nargs)
    return 0;
  IrRef size = ir_arg(w->fn, in, arg);
  while (ir_is(ir_def(w->fn, size), IR_SUB) || ir_is(ir_def(w->fn, size), IR_CONV))
    size = ir_arg(w->fn, ir_def(w->fn, size), 0);
  int64_t high = pg_likely_range(w->p, func, w->pf->an->block_of[scan], size).high;
  return high > 0 ? (uint64_t)high : 0;
}

/* ---- reporting ------------------------------------------------------------------------------- */

static void report_string(const Where *w, PgFunc func, const Found *found, IrRef dest, Report *r) {
  const PgFunction *pf = w->pf;
  const Append *first = &found->items[0];
  const IrLoop *l = &pf->an->loops[w->loop];
  uint64_t bytes = bytes_of(w, dest, UP), allowed = bytes_allowed(w, func, first->scan);
  bytes = allowed && (!bytes || allowed < bytes) ? allowed : bytes;
  if (bytes && bytes <= SMALL)
    return;
  Finding *f = report_add(r, pf->unit, place_of(pf->fn, first->scan));
  finding_in_loop(f, w->p, func, w->loop);
  const char *name = text_of_ref(r, pf, dest);
  name = *name ? name : "the string";
  f->message = report_format(r,
                             "each iteration looks for the end of %s from its start to append to "
                             "it (%s): n appends read n * n / 2 pieces",
                             name, first->how);
  f->help =
      report_format(r, "keep a pointer to the end of %s, or its length, and append there", name);
  finding_fact(f, "pieces read for 1000 appends", 499500, "pieces");
  if (bytes)
    finding_fact(f, "size of the string's array", (double)bytes, "bytes");
  finding_place(r, f, pf->unit, place_of_loop(pf->an, w->loop), "in the iterations of this loop");
  for (uint32_t i = 0; i < found->count; i++) {
    IrLoc at = place_of(pf->fn, found->items[i].scan);
    finding_site(f, pf->unit, at, func, true);
    if (i)
      finding_place(r, f, pf->unit, at, "and here (%s)", found->items[i].how);
  }
  f->growth = GROWTH_SUPERLINEAR;
  f->witness = WITNESS_CALL;
  f->severity = f->cold ? SEVERITY_LOW : SEVERITY_HIGH;
  if ((bytes && bytes <= MEDIUM) || pg_most_trips(w->p, func, w->loop) <= SHORT_TRIPS) {
    f->show = SHOW_LOW; /* the scans are short */
    f->severity = SEVERITY_LOW;
  }
  double appends = l->trip == IR_TRIP_CONST ? (double)l->count : USUAL_APPENDS;
  double length = appends * PIECE_BYTES / 2; /* of the string, on average */
  f->saving = cycles_saving(CYCLES_CALL + length / (2 * BYTES_PER_CYCLE), WRITE_CYCLES);
  f->saving_why =
      report_format(r,
                    "with %.0f appends of %.0f bytes the string has %.0f bytes on "
                    "average, read at %d a cycle after a start of %d; writing the piece, "
                    "some %.0f cycles, is left",
                    appends, PIECE_BYTES, length, 2 * BYTES_PER_CYCLE, CYCLES_CALL, WRITE_CYCLES);
  f->anchor = report_format(r, "%s %s", first->how, name);
}

static bool counts(const Where *w, IrInsnId id) {
  const IrAnalysis *an = w->pf->an;
  const IrLoop *l = &an->loops[w->loop];
  IrBlockId block = an->block_of[id];
  return !l->irreducible && !an->cold[block] &&
         !(l->trip == IR_TRIP_CONST && l->count <= FEW_TRIPS) &&
         heat_per_iteration(an, w->loop, block) >= MIN_SHARE;
}

/* The appends of the loop to the same string, the one at `id` first. */
static Found of_string(const Where *w, IrInsnId id, const Append *first) {
  Found found = {.items = {*first}, .count = 1};
  for (IrInsnId i = 0; i < w->fn->ninsns && found.count < MAX_FOUND; i++) {
    Append a;
    if (i != id && w->fn->insns[i].op == IR_CALL && in_region(w, i) && append_at(w, i, DOWN, &a) &&
        touch_same_pointer(w->fn, a.dest, first->dest))
      found.items[found.count++] = a;
  }
  return found;
}

static void check_loop(Where *w, PgFunc func, IrInsnId id, Found *done, Report *r) {
  Append a;
  w->loop = w->pf->an->loop_of[w->pf->an->block_of[id]];
  if (w->loop == IR_NONE || is_append(done, id) || !counts(w, id) || !append_at(w, id, DOWN, &a))
    return;
  Found found = of_string(w, id, &a);
  for (uint32_t i = 0; i < found.count && done->count < MAX_FOUND; i++)
    done->items[done->count++] = found.items[i];
  if (stays(w, a.dest) && !starts_over(w, &found, a.dest))
    report_string(w, func, &found, a.dest, r);
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  Where w = {p, pf, pf->fn, IR_NONE};
  Found done = {.count = 0};
  for (IrInsnId i = 0; pf->an->nloops && i < pf->fn->ninsns; i++)
    if (pf->fn->insns[i].op == IR_CALL)
      check_loop(&w, func, i, &done, r);
}

const Rule rule_HP207 = {
    .id = "HP207",
    .name = "quadratic-string",
    .summary = "a loop appends to a string and looks for its end anew each time",
    .check_function = check,
    .page = page_HP207,
};
