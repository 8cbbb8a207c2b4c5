/* HP206 redundant-clear: memory is set to zero (calloc, memset, an initialiser) and the next thing
 * that happens to it, on every way, is that all of it is written anew: by a copy, another fill, a
 * loop over all elements, or a function that writes a string and ends it. */
#include "rules/HP206/clear.h"
#include "rules/cycles.h"
#include "rules/heat.h"
#include "rules/touch.h"

#include <stdlib.h>

/* Of the model: a clear of unknown length, and writing a short text. */
static const double USUAL_BYTES = 256, WRITE_CYCLES = 12;

extern const char page_HP206[];

enum { SMALL = 256, LARGE = 65536, NESTED = 2 };

/* ---- the way from the clear ------------------------------------------------------------------ */

typedef struct Walk {
  const Clear *c;
  bool *seen;
  IrBlockId *stack;
  uint32_t top;
  Writer writer; /* the first that was met */
} Walk;

static void push(Walk *w, IrBlockId block) {
  if (!w->seen[block])
    w->stack[w->top++] = block;
  w->seen[block] = true;
}

/* What comes first in the block from `first` on: 1 a writer of all, -1 another use, 0 neither. */
static int first_use(Walk *w, IrBlockId block, IrInsnId first) {
  const PgFunction *pf = w->c->pf;
  const IrBlock *b = &pf->fn->blocks[block];
  Writer writer;
  uint32_t loop = pf->an->loop_of[block];
  if (first == b->first && loop != IR_NONE && pf->an->loops[loop].header == block &&
      clear_written_by_loop(w->c, loop, &writer)) {
    w->writer = w->writer.at == IR_NONE ? writer : w->writer;
    return 1;
  }
  for (IrInsnId i = first; i < b->first + b->count; i++) {
    if (clear_written_by(w->c, i, &writer)) {
      w->writer = w->writer.at == IR_NONE ? writer : w->writer;
      return 1;
    }
    if (clear_used_by(w->c, i))
      return -1;
  }
  return 0;
}

/* Every way from the clear that is not cold comes to a writer of all before any other use. */
static Writer written_anew(const Clear *c) {
  const PgFunction *pf = c->pf;
  Walk w = {.c = c,
            .seen = hp_calloc(pf->fn->nblocks, sizeof *w.seen),
            .stack = hp_calloc(pf->fn->nblocks, sizeof *w.stack),
            .writer = {.at = IR_NONE}};
  IrBlockId block = pf->an->block_of[c->insn];
  IrInsnId first = c->insn + 1;
  bool used = false;
  for (bool more = true; more && !used;) {
    int found = first_use(&w, block, first);
    used = found < 0;
    const IrBlock *b = &pf->fn->blocks[block];
    for (uint32_t i = 0; !found && i < b->nsuccs; i++) {
      IrBlockId next = pf->fn->edges[b->succs + i];
      used |= next == pf->an->block_of[c->insn]; /* round a loop: whose use is it? */
      if (!pf->an->cold[next])
        push(&w, next);
    }
    more = w.top > 0;
    if (more) {
      block = w.stack[--w.top];
      first = pf->fn->blocks[block].first;
    }
  }
  free(w.seen);
  free(w.stack);
  if (used)
    w.writer.at = IR_NONE;
  return w.writer;
}

/* ---- reporting ------------------------------------------------------------------------------- */

static const char *what_of(const Clear *c, Report *r) {
  const char *name = text_of_ref(r, c->pf, c->pointer);
  return c->kind == CLEAR_CALLOC || !*name ? "the block" : name;
}

static const char *help_of(const Clear *c, const Writer *w, Report *r) {
  if (c->kind == CLEAR_CALLOC)
    return "take the block with malloc";
  if (w->text)
    return report_format(r, "leave the clearing out: %s ends the text itself", w->how);
  return "leave the clearing out";
}

/* Made in a loop, or in a function that is called in nests of loops or for each item that a loop
 * reads: a loop of a caller that nothing is known of may be that of a set-up. */
static bool is_repeated(const IrProgram *p, const PgFunction *pf, uint32_t loop) {
  if (loop != IR_NONE || pf->heat >= NESTED)
    return true;
  for (uint32_t i = 0; i < pf->ncallers; i++) {
    const PgCall *call = pg_call(p, pf->callers[i]);
    const PgFunction *caller = pg_func(p, call->caller);
    uint32_t around = caller->an ? caller->an->loop_of[caller->an->block_of[call->insn]] : IR_NONE;
    if (!call->ends && around != IR_NONE && heat_loop_reads(p, caller, around))
      return true;
  }
  return false;
}

static void report_clear(const IrProgram *p, PgFunc func, const Clear *c, const Writer *w,
                         Report *r) {
  const PgFunction *pf = c->pf;
  uint32_t loop = pf->an->loop_of[pf->an->block_of[c->insn]];
  IrLoc loc = place_of(pf->fn, c->insn);
  Finding *f = report_add(r, pf->unit, loc);
  finding_in_loop(f, p, func, loop);
  f->cold |= loop == IR_NONE && pf->once;
  bool always = loop != IR_NONE && heat_every_iteration(pf->an, loop, pf->an->block_of[c->insn]);
  const char *each = loop == IR_NONE ? "each call" : always ? "each iteration" : "some iterations";
  const char *bytes = c->fixed ? report_format(r, "%lld bytes of ", (long long)c->bytes) : "";
  f->message = report_format(r, "%s %s %s%s, which %s then %s", each,
                             loop == IR_NONE || always ? "clears" : "clear", bytes, what_of(c, r),
                             w->how, w->text ? "writes and ends with a zero byte" : "writes whole");
  f->help = help_of(c, w, r);
  if (c->fixed)
    finding_fact(f, "bytes cleared", (double)c->bytes, "bytes");
  else
    finding_fact_text(f, "bytes cleared", "as many as are written");
  finding_place(r, f, pf->unit, place_of(pf->fn, w->at), "written here");
  finding_site(f, pf->unit, loc, func, c->kind != CLEAR_INSN);
  f->cost = COST_CACHE_LINE;
  f->witness = c->kind == CLEAR_INSN ? WITNESS_ACCESS : WITNESS_CALL;
  f->growth = loop != IR_NONE || pf->heat ? GROWTH_PER_ITERATION : GROWTH_CONSTANT;
  f->severity = f->cold ? SEVERITY_LOW : SEVERITY_MEDIUM;
  bool repeated = is_repeated(p, pf, loop);
  if (f->cold || !(repeated || (c->fixed && c->bytes >= LARGE)) ||
      (loop != IR_NONE && heat_loop_waits(p, pf, loop))) {
    f->severity = SEVERITY_LOW;
    f->show = SHOW_LOW;
  }
  f->bound_factor = c->kind == CLEAR_CALLOC ? 0.6 : 1;
  double bytes_cleared = c->fixed ? (double)c->bytes : USUAL_BYTES;
  f->saving = c->kind == CLEAR_CALLOC
                  ? 0.4
                  : cycles_saving(CYCLES_CALL + CYCLES_WORK + bytes_cleared / BYTES_PER_CYCLE,
                                  WRITE_CYCLES);
  f->saving_why = c->kind == CLEAR_CALLOC
                      ? "of taking the block and clearing it only the first is left; blocks fresh "
                        "from the system are zero and cost nothing to clear"
                      : report_format(r,
                                      "clearing %.0f bytes takes about %.0f cycles, writing a "
                                      "short text %.0f",
                                      bytes_cleared, CYCLES_CALL + bytes_cleared / BYTES_PER_CYCLE,
                                      WRITE_CYCLES);
  f->anchor = what_of(c, r);
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  for (IrInsnId i = 0; i < pf->fn->ninsns; i++) {
    Clear c;
    IrBlockId block = pf->an->block_of[i];
    if (pf->an->cold[block] || !clear_at(p, pf, i, &c) || (c.fixed && c.bytes < SMALL))
      continue;
    Writer w = written_anew(&c);
    if (w.at != IR_NONE && !(w.text && clear_seen_whole(&c)) && !heat_cold_function(p, func))
      report_clear(p, func, &c, &w, r);
  }
}

const Rule rule_HP206 = {
    .id = "HP206",
    .name = "redundant-clear",
    .summary = "memory is cleared and then wholly overwritten",
    .check_function = check,
    .page = page_HP206,
};
