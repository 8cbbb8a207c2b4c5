/* Chains of indices: `i = next[i]`, the links of hash chains and trees that are kept in an array of
 * numbers. Each step waits for a load as it does along pointers. An automaton, whose next state
 * depends on what it reads as well, is none: `state = table[state][byte]`. */
#include "rules/HP101/rule_walk.h"

#include "rules/heat.h"
#include "rules/nest.h"

#include <string.h>

enum { DEPTH = 12, NARROW = 2 /* bytes of an index that cannot reach far */ };

/* Of a step, when the line that the next one needs is fetched while this one works. */
static const double HIDDEN = 0.25;

/* Worked out from the index alone, and from what the loop leaves as it is. */
static bool from_index(const IrAnalysis *an, uint32_t loop, IrInsnId phi, IrRef ref,
                       unsigned depth) {
  const IrInsn *in = ir_def(an->fn, ref);
  if (!in || ref == ir_ref(IR_REF_VALUE, phi) || ir_loop_invariant(an, loop, ref))
    return true;
  if (!depth || in->op == IR_LOAD ||
      (in->op == IR_PHI && an->block_of[ir_ref_index(ref)] == an->loops[loop].header))
    return false;
  if (in->op == IR_ADDR) {
    const IrAddr *a = &an->fn->addrs[in->aux];
    return from_index(an, loop, phi, a->base, depth - 1) &&
           from_index(an, loop, phi, a->index, depth - 1);
  }
  bool computed = in->op == IR_PHI || in->op == IR_SELECT || in->op == IR_CONV ||
                  (in->op >= IR_ADD && in->op <= IR_NOT);
  for (uint32_t i = 0; i < in->nargs && computed; i++)
    computed = from_index(an, loop, phi, ir_arg(an->fn, in, i), depth - 1);
  return computed;
}

/* What the chain can reach: the table as it is declared, or as far as narrow indices lead; 0: that
 * is not known. */
static uint64_t table_bytes(const PgFunction *pf, const IrAddr *link) {
  uint64_t declared = nest_array_bytes(pf, link);
  uint64_t step = link->scale ? link->scale : link->size;
  uint64_t reach = link->size <= NARROW ? step << (8 * link->size) : 0;
  return reach && (!declared || reach < declared) ? reach : declared;
}

static void report_chain(const IrProgram *p, PgFunc func, const IrAccess *first, const IrAddr *link,
                         uint64_t bytes, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  const IrAnalysis *an = pf->an;
  IrLoc at = place_of(pf->fn, first->in.via);
  const char *what = text_of_addr(r, pf, link);
  what = strchr(what, '%') ? "a number" : what; /* no name of the source's */
  Finding *f = report_add(r, pf->unit, place_of_loop(an, first->loop));
  finding_in_loop(f, p, func, first->loop);
  f->message = report_format(
      r, "each step of this loop waits for the load of %s, which gives the index of the next",
      what);
  f->help = "fetch the next element while this one is worked on (__builtin_prefetch), or keep what "
            "a step looks at beside the index, so that it touches one line";
  finding_place(r, f, pf->unit, at, "the next index comes from here");
  finding_site(f, pf->unit, at, func, false);
  for (uint32_t i = 0; i < an->naccesses; i++) {
    const IrAccess *a = &an->accesses[i];
    if (ir_loop_contains(an, first->loop, a->block) && a->insn != first->in.via &&
        ir_access_in(an, a, first->loop).phi == first->in.phi)
      finding_site(f, pf->unit, place_of(pf->fn, a->insn), func, false);
  }
  finding_fact(f, "dependent loads per step", 1, "loads");
  if (bytes)
    finding_fact(f, "table size", (double)bytes, "bytes");
  else
    finding_fact_text(f, "table size", "unknown");
  finding_fact_text(f, "kind", "chain of indices");
  f->cost = COST_DEPENDENT_MISS;
  f->witness = WITNESS_ACCESS;
  f->confidence = CONFIDENCE_MEDIUM;
  f->severity = heat_severity(f, p);
  f->show = SHOW_LOW; /* how long chains are the text does not tell */
  f->saving = HIDDEN;
  f->saving_why = "a line that is fetched early hides a part of the wait; how much depends on what "
                  "else a step does";
  f->anchor = report_format(r, "index chain %s", what);
}

/* Not a chain of pointers, which rule.c judges. */
static bool follows_index(const IrAnalysis *an, const IrAccess *a) {
  if ((a->in.cls != IR_AC_INDIRECT && a->in.cls != IR_AC_CHASED) || a->in.phi == IR_NONE ||
      a->in.via == IR_NONE)
    return false;
  for (uint32_t i = 0; i < an->nchases; i++)
    if (an->chases[i].loop == a->loop && an->chases[i].phi == a->in.phi)
      return false;
  return true;
}

void walk_check_indices(const IrProgram *p, PgFunc func, uint32_t loop, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  const IrAnalysis *an = pf->an;
  if (an->loops[loop].irreducible || pg_few_trips(p, func, loop))
    return;
  for (uint32_t i = 0; i < an->naccesses; i++) {
    const IrAccess *a = &an->accesses[i];
    if (a->loop != loop || !follows_index(an, a) || an->cold[an->block_of[a->in.via]] ||
        an->loop_of[an->block_of[a->in.via]] != loop)
      continue;
    const IrAddr *link = ir_addr_of(pf->fn, &pf->fn->insns[a->in.via]);
    uint64_t bytes = table_bytes(pf, link);
    if ((bytes && bytes <= r->machine->l2) || !from_index(an, loop, a->in.phi, link->base, DEPTH) ||
        !from_index(an, loop, a->in.phi, link->index, DEPTH))
      continue;
    report_chain(p, func, a, link, bytes, r);
    return;
  }
}
