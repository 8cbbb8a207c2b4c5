/* What the IR must say before a finding gets a fix. The text is looked at later (analyzer/fix), and
 * the changed text is analysed again before anybody sees it; so here is only what neither of the
 * two can show: that the program goes on to mean the same. */
#include "rules/fix.h"
#include "ir/interchange.h"
#include "rules/touch.h"

#include <stdlib.h>
#include <string.h>

void finding_no_fix(Finding *f, const char *why) {
  f->fix = (RuleFix){.kind = FIX_REFUSED, .words = why};
}

static void set_fix(Finding *f, RuleFixKind kind, const char *words, const IrLoc *at,
                    uint32_t nat) {
  f->fix = (RuleFix){.kind = kind, .words = words, .nat = nat};
  for (uint32_t i = 0; i < nat; i++) {
    f->fix.at[i] = at[i];
    if (at[i].macro || !at[i].line || at[i].file != f->loc.file) {
      finding_no_fix(f, "a macro wrote part of it");
      return;
    }
  }
}

/* ---- fields ---------------------------------------------------------------------------------- */

void finding_fix_reorder(Report *r, Finding *f, const PgRecordInfo *info, const uint32_t *order) {
  const IrRecord *rec = info->record;
  HpBuf names = {0};
  const char *why = NULL;
  if (rec->flags & IR_REC_OFFSETOF)
    why = "offsetof is used on the record";
  for (uint32_t i = 0; i < rec->nfields && !why; i++) {
    const IrField *field = &info->unit->fields[rec->fields + order[i]];
    if (field->flags & IR_FIELD_BITFIELD)
      why = "the record has bit-fields";
    else if (!*ir_str(info->unit, field->name))
      why = "the record has members without a name";
    hp_buf_addf(&names, "%s%s", i ? "," : "", ir_str(info->unit, field->name));
  }
  if (why)
    finding_no_fix(f, why);
  else
    set_fix(f, rec->flags & IR_REC_IN_MAIN ? FIX_REORDER : FIX_REORDER_ALL,
            hp_arena_strdup(r->arena, hp_buf_text(&names)), &rec->loc, 1);
  hp_buf_free(&names);
}

/* ---- loops ----------------------------------------------------------------------------------- */

static bool used_outside(const IrAnalysis *an, uint32_t loop, IrInsnId value) {
  for (uint32_t k = an->uses_at[value]; k < an->uses_at[value + 1]; k++)
    if (!ir_loop_has_insn(an, loop, an->uses[k]))
      return true;
  return false;
}

/* What the loops' heads work out is worked out in another order and number of times after the
 * exchange, also where the outer loop had no iteration at all: nothing of it may fail. */
static bool heads_are_plain(const IrAnalysis *an, uint32_t outer, uint32_t inner) {
  const IrLoop *l = &an->loops[outer];
  for (uint32_t k = 0; k < l->nblocks; k++) {
    IrBlockId id = l->blocks[k];
    if (ir_loop_contains(an, inner, id) && id != an->loops[inner].header)
      continue;
    const IrBlock *b = &an->fn->blocks[id];
    for (uint32_t i = b->first; i < b->first + b->count; i++) {
      const IrInsn *in = &an->fn->insns[i];
      const IrAddr *a = ir_addr_of(an->fn, in);
      if (in->op == IR_DIV || in->op == IR_REM || in->op == IR_CALL || in->op == IR_CALLP)
        return false;
      if (a && in->op != IR_ADDR &&
          ((ir_ref_kind(a->index) != IR_REF_NONE) ||
           (ir_ref_kind(a->base) != IR_REF_SYM && ir_ref_kind(a->base) != IR_REF_LOCAL)))
        return false;
    }
  }
  return true;
}

static IrRef without_conversions(const IrFunction *fn, IrRef ref) {
  const IrInsn *in;
  while ((in = ir_def(fn, ref)) && in->op == IR_CONV)
    ref = ir_arg(fn, in, 0);
  return ref;
}

/* a[i][j] of a real array: its rows do not overlap, whatever the bounds of the loops. */
static bool has_real_rows(const IrAnalysis *an, const IrAddr *a) {
  const IrInsn *row = ir_def(an->fn, a->base);
  return ir_is(row, IR_ADDR) &&
         (ir_ref_kind(an->fn->addrs[row->aux].base) == IR_REF_SYM ||
          ir_ref_kind(an->fn->addrs[row->aux].base) == IR_REF_LOCAL) &&
         (ir_ref_kind(an->fn->addrs[row->aux].index) != IR_REF_NONE);
}

/* A loop over elements stays within a row: a[i * n + j] with j below n. */
static bool within_row(const IrAnalysis *an, uint32_t loop, const IrAccessInLoop *step,
                       const IrAccessInLoop *row) {
  const IrLoop *l = &an->loops[loop];
  uint64_t by = step->stride < 0 ? 0 - (uint64_t)step->stride : (uint64_t)step->stride;
  uint64_t length = row->stride < 0 ? 0 - (uint64_t)row->stride : (uint64_t)row->stride;
  if (step->cls != IR_AC_UNIT && step->cls != IR_AC_STRIDED)
    return false;
  if (row->cls == IR_AC_SYMBOLIC)
    return l->trip == IR_TRIP_SYMBOLIC && length >= by &&
           (ir_ref_kind(row->step_ref) != IR_REF_NONE) &&
           without_conversions(an->fn, row->step_ref) == without_conversions(an->fn, l->bound);
  return l->trip == IR_TRIP_CONST && l->count < UINT32_MAX && by < UINT32_MAX &&
         l->count * by <= length;
}

/* The dependence test takes subscripts to stay within their dimension. For the two loops of a store
 * this is made sure of. */
static bool stores_stay_in_rows(const IrAnalysis *an, uint32_t outer, uint32_t inner) {
  for (uint32_t i = 0; i < an->naccesses; i++) {
    const IrAccess *access = &an->accesses[i];
    if (!access->write || !ir_loop_contains(an, outer, access->block))
      continue;
    const IrAddr *a = &an->fn->addrs[access->addr];
    IrAccessInLoop in = ir_access_in(an, access, inner), out = ir_access_in(an, access, outer);
    if (in.cls == IR_AC_INVARIANT || out.cls == IR_AC_INVARIANT || has_real_rows(an, a))
      continue;
    if (!within_row(an, outer, &out, &in) && !within_row(an, inner, &in, &out))
      return false;
  }
  return true;
}

static const char *why_not_exchanged(const IrAnalysis *an, uint32_t outer, uint32_t inner) {
  const IrLoop *l = &an->loops[inner];
  if (l->parent != outer)
    return "other loops lie between the two";
  if (ir_can_interchange(an, outer, inner, NULL) != IR_INTERCHANGE_LEGAL)
    return "it is right on a condition only, which a person has to check";
  if (used_outside(an, outer, l->counter) || used_outside(an, outer, an->loops[outer].counter))
    return "a counter is used after the loops";
  if (!heads_are_plain(an, outer, inner))
    return "the loops' bounds are more than variables and constants";
  if (!stores_stay_in_rows(an, outer, inner))
    return "it cannot be shown that what the nest stores lies in rows that do not overlap";
  return NULL;
}

void finding_fix_interchange(Finding *f, const IrAnalysis *an, uint32_t outer, uint32_t inner) {
  const IrLoc at[] = {place_of_loop(an, outer), place_of_loop(an, inner)};
  const char *why = why_not_exchanged(an, outer, inner);
  if (why)
    finding_no_fix(f, why);
  else
    set_fix(f, FIX_INTERCHANGE, "", at, 2);
}

/* ---- blocks of memory ------------------------------------------------------------------------ */

static bool is_library_call(const IrAnalysis *an, IrInsnId call, const char *name) {
  IrSymId callee = ir_callee(&an->fn->insns[call]);
  return callee != IR_NONE && !strcmp(ir_str(an->unit, an->unit->symbols[callee].name), name) &&
         an->unit->symbols[callee].flags & IR_SYM_SYSTEM;
}

/* Can the function be left from here other than through `after`, the code behind the loop? */
static bool returns_past(const IrFunction *fn, IrBlockId from, IrBlockId after) {
  bool *seen = hp_calloc(fn->nblocks, sizeof *seen);
  IrBlockId *stack = hp_calloc(fn->nblocks, sizeof *stack);
  uint32_t top = 0;
  bool past = false;
  stack[top++] = from;
  seen[from] = seen[after] = true;
  if (from == after)
    top = 0;
  while (top && !past) {
    const IrBlock *b = &fn->blocks[stack[--top]];
    past = fn->insns[b->first + b->count - 1].op == IR_RET;
    for (uint32_t i = 0; i < b->nsuccs; i++) {
      IrBlockId next = fn->edges[b->succs + i];
      if (!seen[next]) {
        seen[next] = true;
        stack[top++] = next;
      }
    }
  }
  free(seen);
  free(stack);
  return past;
}

/* Where the loop goes when it is done: from its head, or from its last block. */
static IrBlockId block_behind(const IrAnalysis *an, uint32_t loop) {
  const IrLoop *l = &an->loops[loop];
  const IrBlockId from[] = {l->header, l->nlatches ? l->latches[0] : l->header};
  for (uint32_t k = 0; k < 2; k++) {
    const IrBlock *b = &an->fn->blocks[from[k]];
    for (uint32_t i = 0; i < b->nsuccs; i++)
      if (!ir_loop_contains(an, loop, an->fn->edges[b->succs + i]))
        return an->fn->edges[b->succs + i];
  }
  return IR_NONE;
}

/* Every way out of the loop leads to the code behind it; what leaves because there is no memory has
 * nothing to give back. */
static bool leaves_by_the_end(const IrAnalysis *an, uint32_t loop, IrBlockId null) {
  const IrLoop *l = &an->loops[loop];
  IrBlockId after = block_behind(an, loop);
  if (after == IR_NONE)
    return false;
  for (uint32_t k = 0; k < l->nexits; k++) {
    const IrBlock *b = &an->fn->blocks[l->exits[k]];
    for (uint32_t i = 0; i < b->nsuccs; i++) {
      IrBlockId to = an->fn->edges[b->succs + i];
      if (!ir_loop_contains(an, loop, to) && to != null && returns_past(an->fn, to, after))
        return false;
    }
  }
  return true;
}

static const char *why_not_reused(const IrAnalysis *an, uint32_t loop, IrInsnId call,
                                  IrInsnId release, IrBlockId null) {
  if (!is_library_call(an, call, "malloc"))
    return is_library_call(an, call, "calloc") ? "the block has to be zero in each iteration"
                                               : "the block does not come from malloc itself";
  if (!is_library_call(an, release, "free"))
    return "the block is not given back by free itself";
  if (an->loop_of[an->block_of[release]] != loop)
    return "the block is given back in an inner loop or behind the loop";
  if (!leaves_by_the_end(an, loop, null))
    return "the loop is left in its middle";
  return NULL;
}

void finding_fix_reuse(Finding *f, const IrAnalysis *an, uint32_t loop, IrInsnId call,
                       IrInsnId release, IrBlockId null, IrRef size) {
  const IrLoc at[] = {place_of_loop(an, loop), place_of(an->fn, call), place_of(an->fn, release)};
  const char *why = why_not_reused(an, loop, call, release, null);
  bool fixed = (ir_ref_kind(size) != IR_REF_NONE) &&
               (ir_ref_kind(size) == IR_REF_CONST || ir_loop_invariant(an, loop, size));
  if (why)
    finding_no_fix(f, why);
  else
    set_fix(f, fixed ? FIX_REUSE : FIX_REUSE_GROW, "", at, 3);
}

/* ---- growth ---------------------------------------------------------------------------------- */

/* Is the number only what room there is, and not how many elements there are? Then it is compared,
 * multiplied for a size and added to, and indexes nothing. */
static bool is_only_room(const IrFunction *fn, const IrAnalysis *an, IrInsnId value) {
  for (uint32_t k = an->uses_at[value]; k < an->uses_at[value + 1]; k++) {
    const IrInsn *in = &fn->insns[an->uses[k]];
    const IrAddr *a = ir_addr_of(fn, in);
    IrRef self = ir_ref(IR_REF_VALUE, value);
    if ((a && (a->index == self || a->base == self)) || in->op == IR_RET || in->op == IR_PHI)
      return false;
    bool passes = in->op == IR_CONV || in->op == IR_ADD || in->op == IR_SUB;
    if (passes && !is_only_room(fn, an, an->uses[k]))
      return false;
  }
  return true;
}

/* `count == capacity`: the two are told apart. */
static bool is_compared(const IrFunction *fn, const IrAnalysis *an, IrInsnId value) {
  for (uint32_t k = an->uses_at[value]; k < an->uses_at[value + 1]; k++) {
    const IrInsn *in = &fn->insns[an->uses[k]];
    if (in->op == IR_CONV && is_compared(fn, an, an->uses[k]))
      return true;
    if ((in->op == IR_EQ || in->op == IR_NE || in->op == IR_LT || in->op == IR_LE ||
         in->op == IR_GT || in->op == IR_GE) &&
        ir_ref_kind(ir_arg(fn, in, 0)) == IR_REF_VALUE &&
        ir_ref_kind(ir_arg(fn, in, 1)) == IR_REF_VALUE)
      return true;
  }
  return false;
}

static bool same_field(const IrFunction *fn, const IrAddr *a, const IrAddr *b) {
  return a->nhops && a->nhops == b->nhops &&
         fn->hops[a->hops + a->nhops - 1].record == fn->hops[b->hops + b->nhops - 1].record &&
         fn->hops[a->hops + a->nhops - 1].field == fn->hops[b->hops + b->nhops - 1].field;
}

static const char *why_not_grown(const PgFunction *pf, IrInsnId store, IrInsnId call) {
  const IrFunction *fn = pf->fn;
  const IrAddr *place = ir_addr_of(fn, &fn->insns[store]);
  enum { SMALLEST = 4 }; /* bytes: smaller ones overflow soon */
  if (place->size < SMALLEST)
    return "the capacity is of a small type that would overflow";
  if (store > call || !ir_dominates(pf->an->idom, pf->an->block_of[store], pf->an->block_of[call]))
    return "the number that grows is the count of elements, and there is no capacity";
  bool compared = false;
  for (IrInsnId i = 0; i < fn->ninsns; i++) {
    const IrAddr *a = fn->insns[i].op == IR_LOAD ? ir_addr_of(fn, &fn->insns[i]) : NULL;
    bool same = a && (same_field(fn, a, place) ||
                      (!a->nhops && a->base == place->base && a->offset == place->offset));
    if (same && !is_only_room(fn, pf->an, i))
      return "the number that grows is more than a capacity";
    compared |= same && is_compared(fn, pf->an, i);
  }
  return compared ? NULL : "the number that grows is compared with no count of elements";
}

void finding_fix_grow(Finding *f, const PgFunction *pf, IrInsnId store, IrInsnId call) {
  const IrLoc at = place_of(pf->fn, store);
  const char *why = why_not_grown(pf, store, call);
  if (why)
    finding_no_fix(f, why);
  else
    set_fix(f, FIX_GROW, "", &at, 1);
}
