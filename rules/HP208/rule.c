/* HP208 stack-alloc-in-loop: alloca in a loop takes more stack with each iteration and gives none
 * back before the function returns; a large local array with an initialiser is written anew in each
 * iteration, however little of it is used. A variable-length array costs nothing of that kind: its
 * scope ends with the iteration. */
#include "rules/rule.h"
#include "rules/cycles.h"
#include "rules/heat.h"
#include "rules/touch.h"

extern const char page_HP208[];

enum {
  FEW_TRIPS = 8,
  FEW_BYTES = 4096, /* of stack in all: alloca of constants in a loop of constant length */
  LARGE_CLEAR = 1024,
  LISTED_CLEAR = 2048, /* less takes a few ns */
  LARGE_TABLE = 256,   /* copied from constants: a static table costs nothing */
  CONVERSIONS = 3,
};
static const double MIN_SHARE = 0.2; /* of iterations */

typedef struct Site {
  const IrProgram *p;
  const PgFunction *pf;
  PgFunc func;
  uint32_t loop;
  IrInsnId insn;
} Site;

static bool hot(const Site *s) {
  const IrAnalysis *an = s->pf->an;
  IrBlockId block = an->block_of[s->insn];
  return s->loop != IR_NONE && !an->cold[block] && !an->loops[s->loop].irreducible &&
         heat_per_iteration(an, s->loop, block) >= MIN_SHARE;
}

static bool few_trips(const Site *s) {
  const IrLoop *l = &s->pf->an->loops[s->loop];
  return l->trip == IR_TRIP_CONST && l->count <= FEW_TRIPS;
}

static Finding *begin(const Site *s, Report *r) {
  IrLoc loc = place_of(s->pf->fn, s->insn);
  Finding *f = report_add(r, s->pf->unit, loc);
  finding_in_loop(f, s->p, s->func, s->loop);
  finding_place(r, f, s->pf->unit, place_of_loop(s->pf->an, s->loop),
                "in the iterations of this loop");
  finding_site(f, s->pf->unit, loc, s->func, false);
  return f;
}

/* ---- alloca ---------------------------------------------------------------------------------- */

/* A variable-length array has the type of its elements. */
static bool is_alloca(const PgFunction *pf, const IrInsn *in) {
  const IrUnit *u = pf->unit;
  return in->op == IR_ALLOCA && u->types[u->types[in->type].sub].kind == IR_T_VOID;
}

/* The block's address goes to another place in each iteration (`rows[i] = alloca(n)`), or on to the
 * next iteration: all the blocks live side by side, as they are meant to. */
static bool lives_on(const Site *s, IrRef pointer, uint32_t depth) {
  const IrAnalysis *an = s->pf->an;
  const IrFunction *fn = s->pf->fn;
  uint32_t value = ir_ref_index(pointer);
  for (uint32_t k = an->uses_at[value]; k < an->uses_at[value + 1]; k++) {
    IrInsnId id = an->uses[k];
    const IrInsn *in = &fn->insns[id];
    if (in->op == IR_STORE && ir_arg(fn, in, 0) == pointer &&
        ir_addr_in(an, ir_addr_of(fn, in), s->loop).cls != IR_AC_INVARIANT)
      return true;
    if (in->op == IR_PHI && an->block_of[id] == an->loops[s->loop].header)
      return true;
    if (in->op == IR_CONV && depth && lives_on(s, ir_ref(IR_REF_VALUE, id), depth - 1))
      return true;
  }
  return false;
}

static void report_alloca(const Site *s, Report *r) {
  IrRef size = ir_arg(s->pf->fn, &s->pf->fn->insns[s->insn], 0);
  int64_t bytes;
  bool fixed = ir_const_int(s->pf->fn, size, &bytes);
  const IrLoop *l = &s->pf->an->loops[s->loop];
  if (fixed && l->trip == IR_TRIP_CONST && bytes >= 0 &&
      (double)bytes * (double)l->count <= FEW_BYTES)
    return;
  Finding *f = begin(s, r);
  const char *text = fixed ? NULL : text_of_ref(r, s->pf, size);
  const char *what = fixed           ? report_format(r, "%lld bytes", (long long)bytes)
                     : text && *text ? report_format(r, "%s bytes", text)
                                     : "memory";
  f->message = report_format(
      r, "each iteration takes %s more of the stack, and %s gives back none before it returns",
      what, s->pf->name);
  bool together = lives_on(s, ir_ref(IR_REF_VALUE, s->insn), CONVERSIONS);
  f->help = together
                ? "take one block for all of them before the loop, from the heap if they may be "
                  "many"
                : "allocate once before the loop, or use a local array of the greatest size";
  if (together)
    f->show = SHOW_LOW;
  if (fixed)
    finding_fact(f, "stack per iteration", (double)bytes, "bytes");
  else
    finding_fact_text(f, "stack per iteration", text && *text ? text : "not known");
  f->cost = COST_CACHE_LINE;
  f->severity = f->cold ? SEVERITY_LOW : SEVERITY_HIGH;
  f->bound_factor = 0.9;
  f->saving = 0.5;
  f->saving_why = "each iteration's block is new stack, which is fetched into the cache (and at "
                  "first taken from the system); a block that is used again stays there";
  f->anchor = "alloca";
}

/* ---- initialised arrays ---------------------------------------------------------------------- */

/* The local variable that the instruction writes whole, IR_NONE. */
static uint32_t local_written(const PgFunction *pf, const IrInsn *in) {
  if (in->op != IR_CLEAR && in->op != IR_COPY)
    return IR_NONE;
  const IrAddr *to = &pf->fn->addrs[in->aux];
  uint32_t local = ir_ref_index(to->base);
  if (ir_ref_kind(to->base) != IR_REF_LOCAL || to->offset ||
      ir_ref_kind(to->index) != IR_REF_NONE ||
      to->size != pf->unit->types[pf->fn->locals[local].type].size)
    return IR_NONE;
  return pf->fn->locals[local].flags & IR_LOCAL_PARAM ? IR_NONE : local;
}

/* The array of a string literal: mostly zeros. */
static bool from_text(const PgFunction *pf, const IrInsn *copy) {
  return ir_ref_kind(pf->fn->addrs[copy->aux + 1].base) == IR_REF_STR;
}

static bool from_table(const PgFunction *pf, const IrInsn *copy) {
  IrRef from = pf->fn->addrs[copy->aux + 1].base;
  return ir_ref_kind(from) == IR_REF_SYM &&
         pf->unit->symbols[ir_ref_index(from)].flags & IR_SYM_CONST;
}

/* Declared so. */
static bool stays_constant(const PgFunction *pf, uint32_t local) {
  const IrType *t = &pf->unit->types[pf->fn->locals[local].type];
  return t->flags & IR_TF_CONST ||
         (t->kind == IR_T_ARRAY && pf->unit->types[t->sub].flags & IR_TF_CONST);
}

static void report_written(const Site *s, uint32_t local, uint64_t bytes, bool table, Report *r) {
  Finding *f = begin(s, r);
  const char *name = ir_str(s->pf->unit, s->pf->fn->locals[local].name);
  name = *name ? name : "a local object";
  bool constant = stays_constant(s->pf, local);
  f->message = report_format(r, "each iteration writes the %llu bytes of %s anew: %llu cache lines",
                             (unsigned long long)bytes, name,
                             (unsigned long long)(bytes + CACHE_LINE - 1) / CACHE_LINE);
  f->help = constant ? report_format(r, "make %s static", name)
            : table
                ? report_format(r, "keep the table in a static const array, and copy what changes")
                : report_format(r,
                                "set only what is read of %s, or clear what the last "
                                "iteration has used",
                                name);
  finding_fact(f, "bytes per iteration", (double)bytes, "bytes");
  f->cost = COST_CACHE_LINE;
  f->witness = WITNESS_ACCESS;
  f->severity = heat_severity(f, s->p);
  f->confidence = constant ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM;
  if ((!table && bytes < LISTED_CLEAR) || heat_loop_waits(s->p, s->pf, s->loop))
    f->show = SHOW_LOW; /* reading and writing files takes longer */
  double now = (double)bytes / BYTES_PER_CYCLE;
  f->saving = cycles_saving(now + CYCLES_WORK, CYCLES_WORK);
  f->saving_why = report_format(r,
                                "the bytes that are not read need not be written: some %.0f cycles "
                                "beside %d that stay",
                                now, CYCLES_WORK);
  f->anchor = name;
}

static void check_written(const Site *s, Report *r) {
  const IrInsn *in = &s->pf->fn->insns[s->insn];
  uint32_t local = local_written(s->pf, in);
  if (local == IR_NONE || few_trips(s))
    return;
  uint64_t bytes = s->pf->fn->addrs[in->aux].size;
  bool text = in->op == IR_COPY && from_text(s->pf, in);
  bool table = in->op == IR_COPY && from_table(s->pf, in);
  if ((table && bytes >= LARGE_TABLE) || ((text || in->op == IR_CLEAR) && bytes >= LARGE_CLEAR))
    report_written(s, local, bytes, table, r);
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  for (IrInsnId i = 0; pf->an->nloops && i < pf->fn->ninsns; i++) {
    const IrInsn *in = &pf->fn->insns[i];
    if (in->op != IR_ALLOCA && in->op != IR_CLEAR && in->op != IR_COPY)
      continue;
    Site s = {p, pf, func, pf->an->loop_of[pf->an->block_of[i]], i};
    if (!hot(&s))
      continue;
    if (is_alloca(pf, in))
      report_alloca(&s, r);
    else
      check_written(&s, r);
  }
}

const Rule rule_HP208 = {
    .id = "HP208",
    .name = "stack-alloc-in-loop",
    .summary = "stack memory taken, or a large local array initialised, in each iteration",
    .check_function = check,
    .page = page_HP208,
};
