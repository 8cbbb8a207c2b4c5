/* HP108 large-by-value: records above two cache lines are copied in each iteration because they are
 * passed, returned or assigned by value, where a pointer to what is there already would do.
 *
 * A copy that the program keeps (an element of an array filled in, two elements swapped, a
 * parameter that the callee changes) is needed and not reported. */
#include "rules/rule.h"
#include "rules/heat.h"
#include "rules/touch.h"

extern const char page_HP108[];

enum { LARGE = 2 * CACHE_LINE, BYTES_PER_STEP = 32, FEW_TRIPS = 2 };
enum { SMALL_CALLEE = 40 /* instructions: a static function of this size is mostly inlined */ };
static const double MIN_SHARE = 0.1; /* of iterations that copy */

typedef enum ByValue { BY_ARGUMENT, BY_RESULT, BY_ASSIGNMENT } ByValue;

/* One copy in a loop. */
typedef struct Copied {
  ByValue how;
  IrInsnId insn; /* the CALL, or the COPY */
  IrRecordId record;
  uint64_t bytes;
  bool low;
} Copied;

/* ---- what becomes of a local ------------------------------------------------------------------
 */

typedef struct Fate {
  bool written;   /* by something else than the copy that fills it */
  bool kept;      /* copied on as a whole, or its address goes where it is not followed */
  bool handed_on; /* its address is given to a call that only reads it: it has to be in memory */
} Fate;

static bool is_rooted(const PgFunction *pf, IrRef ref, IrRef local) {
  return ir_ref_kind(ref) != IR_REF_NONE && ir_addr_root(pf->fn, ref) == local;
}

/* May the call change what its argument `arg` points to? */
static bool call_writes(const IrProgram *p, const PgFunction *pf, const IrInsn *call,
                        uint32_t arg) {
  const PgSummary *s = pg_summary(p, pf->unit, pf->fn, call);
  uint32_t at = arg - (call->op == IR_CALLP);
  return s->flags & PG_UNKNOWN || at >= 32 || (s->writes | s->keeps | s->returns) >> at & 1;
}

static void note_operands(const IrProgram *p, const PgFunction *pf, const IrInsn *in, IrRef local,
                          Fate *fate) {
  for (uint32_t i = 0; i < in->nargs; i++) {
    if (!is_rooted(pf, ir_arg(pf->fn, in, i), local))
      continue;
    switch ((IrOp)in->op) {
    case IR_CONV:
    case IR_EQ:
    case IR_NE:
      break;
    case IR_CALL:
    case IR_CALLP:
      fate->handed_on = true;
      fate->written |= call_writes(p, pf, in, i);
      break;
    default:
      fate->kept = true;
      break;
    }
  }
}

static void note_memory(const PgFunction *pf, const IrInsn *in, IrRef local, uint64_t bytes,
                        Fate *fate) {
  const IrAddr *a = ir_addr_of(pf->fn, in);
  bool here = is_rooted(pf, a->base, local);
  switch ((IrOp)in->op) {
  case IR_ADDR:
    break;
  case IR_LOAD:
    fate->kept |= here && a->size >= bytes;
    break;
  case IR_COPY:
    fate->written |= here;
    fate->kept |= is_rooted(pf, a[1].base, local) && a[1].size >= bytes;
    break;
  default:
    fate->written |= here;
    break;
  }
}

/* Of a local of `bytes` bytes; `filled` is the instruction that fills it. */
static Fate fate_of(const IrProgram *p, const PgFunction *pf, IrRef local, uint64_t bytes,
                    IrInsnId filled) {
  Fate fate = {0};
  for (IrInsnId i = 0; i < pf->fn->ninsns; i++) {
    const IrInsn *in = &pf->fn->insns[i];
    if (i == filled)
      continue;
    if (ir_addr_of(pf->fn, in))
      note_memory(pf, in, local, bytes, &fate);
    note_operands(p, pf, in, local, &fate);
  }
  return fate;
}

/* ---- the other side of a call ------------------------------------------------------------------
 */

static const PgFunction *body_of(const IrProgram *p, const PgFunction *pf, const IrInsn *call) {
  PgFunc callee = pg_callee(p, pf->unit, pf->fn, call);
  const PgFunction *cf = callee == IR_NONE ? NULL : pg_func(p, callee);
  return cf && cf->fn && cf->an ? cf : NULL;
}

/* A parameter's home is filled by a STORE of the PARAM. */
static bool changes_param(const IrProgram *p, const PgFunction *cf, uint32_t number,
                          uint64_t bytes) {
  for (IrInsnId i = 0; i < cf->fn->ninsns; i++) {
    const IrInsn *in = &cf->fn->insns[i];
    const IrInsn *from = in->op == IR_STORE ? ir_def(cf->fn, ir_arg(cf->fn, in, 0)) : NULL;
    if (!ir_is(from, IR_PARAM) || from->aux != number)
      continue;
    IrRef home = cf->fn->addrs[in->aux].base;
    if (ir_ref_kind(home) != IR_REF_LOCAL)
      return true;
    Fate fate = fate_of(p, cf, home, bytes, i);
    return fate.written || fate.kept;
  }
  return false; /* not used at all */
}

/* Returns what lies in memory that it does not own: `return table[i];`. What it builds in a local
 * is mostly built in the caller's object at once. */
static bool returns_copy(const PgFunction *cf) {
  for (IrInsnId i = 0; i < cf->fn->ninsns; i++) {
    const IrInsn *in = &cf->fn->insns[i];
    if (in->op != IR_RET || !in->nargs || cf->an->cold[cf->an->block_of[i]])
      continue;
    const IrInsn *load = ir_def(cf->fn, ir_arg(cf->fn, in, 0));
    if (!ir_is(load, IR_LOAD))
      return false;
    if (ir_ref_kind(ir_addr_root(cf->fn, cf->fn->addrs[load->aux].base)) == IR_REF_LOCAL)
      return false;
  }
  return true;
}

static bool is_mostly_inlined(const PgFunction *cf) {
  return cf->is_static && cf->fn->ninsns <= SMALL_CALLEE && !cf->an->nloops;
}

/* ---- copies -----------------------------------------------------------------------------------
 */

static IrRecordId large_record(const IrUnit *unit, IrTypeId type, uint64_t *bytes) {
  const IrType *t = &unit->types[type];
  *bytes = t->size;
  return t->kind == IR_T_RECORD && t->size > LARGE ? t->record : IR_NONE;
}

/* The record passed is one that was made for this call: `f((struct s){...})`, `f(g())`. */
static bool is_made_here(const PgFunction *pf, const IrInsn *load) {
  IrRef root = ir_addr_root(pf->fn, pf->fn->addrs[load->aux].base);
  return ir_ref_kind(root) == IR_REF_LOCAL &&
         pf->fn->locals[ir_ref_index(root)].flags & IR_LOCAL_TEMP;
}

static bool by_argument(const IrProgram *p, const PgFunction *pf, IrInsnId call, Copied *out) {
  const IrInsn *in = &pf->fn->insns[call];
  const PgFunction *cf = body_of(p, pf, in);
  for (uint32_t i = in->op == IR_CALLP; i < in->nargs; i++) {
    const IrInsn *load = ir_def(pf->fn, ir_arg(pf->fn, in, i));
    uint64_t bytes;
    if (!ir_is(load, IR_LOAD))
      continue;
    IrRecordId record = large_record(pf->unit, load->type, &bytes);
    if (record == IR_NONE || is_made_here(pf, load))
      continue;
    if (cf && changes_param(p, cf, i - (in->op == IR_CALLP), bytes))
      continue;
    *out = (Copied){BY_ARGUMENT, call, record, bytes, !cf || is_mostly_inlined(cf)};
    return true;
  }
  return false;
}

static bool by_result(const IrProgram *p, const PgFunction *pf, IrInsnId call, Copied *out) {
  const IrInsn *in = &pf->fn->insns[call];
  const PgFunction *cf = body_of(p, pf, in);
  uint64_t bytes;
  IrRecordId record = large_record(pf->unit, in->type, &bytes);
  if (record == IR_NONE || !cf || !returns_copy(cf))
    return false;
  /* The caller puts it in a variable that it only reads. */
  for (uint32_t k = pf->an->uses_at[call]; k < pf->an->uses_at[call + 1]; k++) {
    const IrInsn *use = &pf->fn->insns[pf->an->uses[k]];
    if (use->op != IR_STORE)
      return false;
    IrRef local = pf->fn->addrs[use->aux].base;
    Fate fate = ir_ref_kind(local) == IR_REF_LOCAL ? fate_of(p, pf, local, bytes, pf->an->uses[k])
                                                   : (Fate){.kept = true};
    if (fate.written || fate.kept)
      return false;
  }
  *out = (Copied){BY_RESULT, call, record, bytes, is_mostly_inlined(cf)};
  return true;
}

/* Something in the loop writes records of this type: what was copied may be changed meanwhile. */
static bool loop_writes(const PgFunction *pf, uint32_t loop, IrInsnId copy, IrRecordId record) {
  for (uint32_t i = 0; i < pf->an->naccesses; i++) {
    const IrAccess *access = &pf->an->accesses[i];
    if (!access->write || access->insn == copy || !ir_loop_contains(pf->an, loop, access->block))
      continue;
    if (record_of_addr(pf->unit, pf->fn, &pf->fn->addrs[access->addr]) == record)
      return true;
  }
  return false;
}

/* A local that is only read field by field is no memory at all once it is optimised; one that is
 * handed on is copied. */
static bool by_assignment(const IrProgram *p, const PgFunction *pf, uint32_t loop, IrInsnId copy,
                          Copied *out) {
  const IrAddr *to = &pf->fn->addrs[pf->fn->insns[copy].aux];
  uint64_t bytes;
  IrRecordId record = large_record(pf->unit, to->type, &bytes);
  if (record == IR_NONE || ir_ref_kind(to->base) != IR_REF_LOCAL || to->nhops ||
      ir_ref_kind(to->index) != IR_REF_NONE || to->size != bytes ||
      is_rooted(pf, to[1].base, to->base) || ir_ref_kind(to[1].base) == IR_REF_STR)
    return false;
  if (pf->fn->locals[ir_ref_index(to->base)].flags & IR_LOCAL_TEMP)
    return false;
  Fate fate = fate_of(p, pf, to->base, bytes, copy);
  if (fate.written || fate.kept || !fate.handed_on || loop_writes(pf, loop, copy, record))
    return false;
  *out = (Copied){BY_ASSIGNMENT, copy, record, bytes, false};
  return true;
}

static bool find_copy(const IrProgram *p, const PgFunction *pf, uint32_t loop, IrInsnId id,
                      Copied *out) {
  const IrInsn *in = &pf->fn->insns[id];
  switch ((IrOp)in->op) {
  case IR_CALL:
  case IR_CALLP:
    return by_argument(p, pf, id, out) || by_result(p, pf, id, out);
  case IR_COPY:
    return by_assignment(p, pf, loop, id, out);
  default:
    return false;
  }
}

/* ---- reporting --------------------------------------------------------------------------------
 */

static const char *callee_text(Report *r, const PgFunction *pf, const IrInsn *in) {
  if (in->op == IR_CALL)
    return ir_str(pf->unit, pf->unit->symbols[in->aux].name);
  return report_format(r, "the function at %s", text_of_ref(r, pf, ir_arg(pf->fn, in, 0)));
}

static void tell(Report *r, Finding *f, const PgFunction *pf, const Copied *c) {
  const IrInsn *in = &pf->fn->insns[c->insn];
  const char *name = ir_str(pf->unit, pf->unit->records[c->record].name);
  unsigned long long bytes = c->bytes;
  if (!*name)
    name = "a record";
  switch (c->how) {
  case BY_ARGUMENT:
    f->message = report_format(r, "each call of %s copies %llu bytes: %s is passed by value",
                               callee_text(r, pf, in), bytes, name);
    f->help = report_format(r, "let it take a pointer, const %s *", name);
    break;
  case BY_RESULT:
    f->message = report_format(r, "each call of %s copies %llu bytes: %s is returned by value",
                               callee_text(r, pf, in), bytes, name);
    f->help = "let it return a pointer to what is there already";
    break;
  case BY_ASSIGNMENT:
    f->message =
        report_format(r, "each iteration copies %llu bytes of %s into %s and only reads it", bytes,
                      name, text_of_addr(r, pf, &pf->fn->addrs[in->aux]));
    f->help = "use a pointer to the record instead of a copy";
    break;
  }
  f->anchor = c->how == BY_ASSIGNMENT
                  ? report_format(r, "%s=", text_of_addr(r, pf, &pf->fn->addrs[in->aux]))
                  : report_format(r, "%s(%s)", callee_text(r, pf, in), name);
}

static void report_copy(const IrProgram *p, PgFunc func, uint32_t loop, const Copied *c,
                        Report *r) {
  const PgFunction *pf = pg_func(p, func);
  IrLoc loc = place_of(pf->fn, c->insn);
  Finding *f = report_add(r, pf->unit, loc);
  if (loop != IR_NONE)
    finding_in_loop(f, p, func, loop);
  else
    f->func = func, f->cold = heat_cold_function(p, func);
  f->record = pg_record_of(p, pf->unit, c->record);
  tell(r, f, pf, c);
  const PgFunction *cf = c->how == BY_ASSIGNMENT ? NULL : body_of(p, pf, &pf->fn->insns[c->insn]);
  double steps = (double)c->bytes / BYTES_PER_STEP;
  finding_fact(f, "bytes copied", (double)c->bytes, "bytes");
  finding_fact(f, "cache lines copied", (double)(c->bytes + CACHE_LINE - 1) / CACHE_LINE, "lines");
  if (cf)
    finding_place(r, f, cf->unit, cf->fn->name_loc, "%s is defined here", cf->name);
  finding_site(f, pf->unit, loc, func, false);
  f->witness = c->how == BY_ASSIGNMENT ? WITNESS_ACCESS : WITNESS_CALL;
  f->confidence = cf || c->how == BY_ASSIGNMENT ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM;
  f->show = c->low ? SHOW_LOW : SHOW_LISTED;
  f->cost = COST_CACHE_LINE;
  f->severity = f->show == SHOW_LOW ? SEVERITY_LOW : heat_severity(f, p);
  double work = cf ? cf->summary.cost : steps;
  f->saving = steps / (steps + (work > 1 ? work : 1));
  f->saving_why =
      report_format(r, "%.0f moves of %d bytes are saved, beside some %.0f instructions that stay",
                    steps, BYTES_PER_STEP, work);
}

/* ---- where ------------------------------------------------------------------------------------
 */

static bool is_worth(const IrProgram *p, PgFunc func, uint32_t loop, IrBlockId block) {
  const IrAnalysis *an = pg_func(p, func)->an;
  if (an->cold[block])
    return false;
  if (loop == IR_NONE)
    return heat_nest(p, func, IR_NONE) > 0;
  const IrLoop *l = &an->loops[loop];
  return !(l->trip == IR_TRIP_CONST && l->count <= FEW_TRIPS) &&
         heat_per_iteration(an, loop, block) >= MIN_SHARE;
}

/* The largest copy of each loop, and of what lies outside of the function's loops. */
static void check_loop(const IrProgram *p, PgFunc func, uint32_t loop, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  Copied best = {0};
  for (IrInsnId i = 0; i < pf->fn->ninsns; i++) {
    IrBlockId block = pf->an->block_of[i];
    Copied found;
    uint8_t op = pf->fn->insns[i].op;
    if ((op != IR_CALL && op != IR_CALLP && op != IR_COPY) || pf->an->loop_of[block] != loop ||
        !is_worth(p, func, loop, block) || (loop == IR_NONE && op == IR_COPY))
      continue;
    if (find_copy(p, pf, loop, i, &found) && found.bytes > best.bytes)
      best = found;
  }
  if (best.bytes)
    report_copy(p, func, loop, &best, r);
}

static bool moves_records(const PgFunction *pf) {
  uint64_t bytes;
  for (IrInsnId i = 0; i < pf->fn->ninsns; i++) {
    const IrInsn *in = &pf->fn->insns[i];
    IrTypeId type = in->op == IR_COPY ? pf->fn->addrs[in->aux].type : in->type;
    if ((in->op == IR_COPY || in->op == IR_LOAD || in->op == IR_CALL || in->op == IR_CALLP) &&
        large_record(pf->unit, type, &bytes) != IR_NONE)
      return true;
  }
  return false;
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  if (!moves_records(pf))
    return;
  check_loop(p, func, IR_NONE, r);
  for (uint32_t loop = 0; loop < pf->an->nloops; loop++)
    check_loop(p, func, loop, r);
}

const Rule rule_HP108 = {
    .id = "HP108",
    .name = "large-by-value",
    .summary = "a record above two cache lines is copied per call or iteration by value",
    .check_function = check,
    .page = page_HP108,
};
