/* HP211 scratch-per-call: a function takes a scratch buffer from the heap and frees it before it
 * returns, and it is called again and again, though by no loop that HP202 can point at: by a
 * library function that sorts or searches, by itself, or through a pointer that has several
 * targets. Blocks of small fixed size are HP205's. */
#include "rules/rule.h"
#include "rules/fresh.h"
#include "rules/heat.h"
#include "rules/scratch.h"
#include "rules/touch.h"

extern const char page_HP211[];

enum { MOST_BYTES = 4096 /* of what HP205 takes */ };

/* Who calls it again and again. */
typedef enum Repeats { BY_NOBODY, BY_LOOP, BY_POINTER, BY_ITSELF, BY_LIBRARY } Repeats;
static const double MIN_SHARE = 0.2; /* of iterations */

static Repeats repeats_by(const IrProgram *p, PgFunc func, const PgCall *call) {
  const IrAnalysis *an = pg_func(p, call->caller)->an;
  IrBlockId block = an->block_of[call->insn];
  uint32_t loop = an->loop_of[block];
  if (call->kind == PG_CALL_BACK)
    return BY_LIBRARY;
  if (call->caller == func)
    return BY_ITSELF;
  if (loop == IR_NONE || heat_cold_loop(p, call->caller, loop))
    return BY_NOBODY;
  bool often = heat_per_iteration(an, loop, block) >= MIN_SHARE;
  return often && call->kind == PG_CALL_ONE_OF ? BY_POINTER : BY_LOOP;
}

static Repeats repeats_of(const IrProgram *p, PgFunc func, const PgCall **by) {
  const PgFunction *pf = pg_func(p, func);
  Repeats found = BY_NOBODY;
  for (uint32_t i = 0; i < pf->ncallers; i++) {
    const PgCall *call = pg_call(p, pf->callers[i]);
    const IrAnalysis *an = pg_func(p, call->caller)->an;
    if (call->ends || !an || an->cold[an->block_of[call->insn]])
      continue;
    Repeats r = repeats_by(p, func, call);
    if (r > found) {
      found = r;
      *by = call;
    }
  }
  return found;
}

static const char *repeats_text(const IrProgram *p, const PgCall *by, Repeats repeats, Report *r) {
  const char *caller = pg_func(p, by->caller)->name;
  switch (repeats) {
  case BY_LIBRARY:
    return report_format(r, "a library function that %s calls calls it back", caller);
  case BY_POINTER:
    return report_format(r, "%s calls it through a pointer in a loop", caller);
  case BY_LOOP:
    return report_format(r, "%s calls it in a loop, in some iterations", caller);
  case BY_ITSELF:
  case BY_NOBODY:
    break;
  }
  return "it calls itself";
}

/* The buffer is a small part of what a call does. */
static bool does_more(const IrProgram *p, const PgFunction *pf) {
  for (uint32_t i = 0; i < pf->an->nloops; i++)
    if (!pf->an->cold[pf->an->loops[i].header] && heat_loop_calls_much(p, pf, i))
      return true;
  for (uint32_t c = 0; c < pf->ncalls; c++) {
    const PgCall *call = pg_call(p, pf->calls[c]);
    if (!call->ends && !pf->an->cold[pf->an->block_of[call->insn]] &&
        heat_call_waits(p, pf, &pf->fn->insns[call->insn]))
      return true;
  }
  return false;
}

static const char *size_of(const PgFunction *pf, const PgSummary *s, const IrInsn *in, Report *r) {
  uint32_t at = (uint32_t)s->size_arg + (in->op == IR_CALLP);
  const char *text =
      s->size_arg >= 0 && at < in->nargs ? text_of_ref(r, pf, ir_arg(pf->fn, in, at)) : "";
  return *text ? report_format(r, "a buffer of %s bytes", text) : "a buffer";
}

static void report_scratch(const IrProgram *p, PgFunc func, const Scratch *s, const PgCall *by,
                           Repeats repeats, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  const IrInsn *in = &pf->fn->insns[s->call];
  IrLoc loc = place_of(pf->fn, s->call), freed = place_of(pf->fn, s->freed);
  Finding *f = report_add(r, pf->unit, loc);
  finding_in_loop(f, p, func, IR_NONE);
  f->message = report_format(
      r, "each call of %s takes %s from the heap and frees it before it returns; %s", pf->name,
      size_of(pf, pg_summary(p, pf->unit, pf->fn, in), in, r), repeats_text(p, by, repeats, r));
  f->help = "let the caller hand over a buffer that it keeps, or use a local one and the heap only "
            "where that is too small";
  finding_fact(f, "allocations per call", 1, "calls");
  finding_fact(f, "share of calls that allocate, estimated", 100 * s->share, "%");
  finding_place(r, f, pf->unit, freed, "freed here");
  finding_place(r, f, pg_func(p, by->caller)->unit, place_of(pg_func(p, by->caller)->fn, by->insn),
                repeats == BY_LIBRARY ? "called back from here, again and again" : "called here");
  finding_site(f, pf->unit, loc, func, true);
  finding_site(f, pf->unit, freed, func, true);
  f->cost = COST_ALLOCATION;
  f->allocator_time = true;
  f->witness = WITNESS_CALL;
  f->confidence = repeats <= BY_POINTER ? CONFIDENCE_MEDIUM : CONFIDENCE_HIGH;
  f->severity = f->cold ? SEVERITY_LOW : SEVERITY_MEDIUM;
  if (repeats == BY_LOOP || does_more(p, pf)) {
    f->show = SHOW_LOW;
    f->severity = SEVERITY_LOW;
  }
  f->saving = 0.95;
  f->saving_why = "every allocation but those that grow the kept buffer goes away";
  f->anchor = pf->name;
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  if (!scratch_has_allocation(p, pf) || heat_cold_function(p, func))
    return;
  const PgCall *by;
  Repeats repeats = repeats_of(p, func, &by);
  if (repeats == BY_NOBODY)
    return;
  ScratchTable table = {.p = p};
  Scratch s = scratch_of(&table, func);
  int64_t bytes;
  bool small = s.steps == 0 && fresh_bytes(p, pf, s.call, &bytes) && bytes <= MOST_BYTES;
  if (s.steps == 0 && !small && !scratch_paid_in_loop(&table, func))
    report_scratch(p, func, &s, by, repeats, r);
  scratch_free(&table);
}

const Rule rule_HP211 = {
    .id = "HP211",
    .name = "scratch-per-call",
    .summary = "a function that is called again and again takes a scratch buffer each time",
    .check_function = check,
    .page = page_HP211,
};
