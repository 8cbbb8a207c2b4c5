/* HP102 pointer-chain: to reach its datum each iteration follows two or more pointers in a row
 * (`p[i]->a->b`), each load waiting for the one before. Other iterations can overlap, which is why
 * this costs less than a linked list, and still a cache miss per pointer. */
#include "rules/rule.h"
#include "rules/heat.h"
#include "rules/made.h"
#include "rules/touch.h"

extern const char page_HP102[];

enum { MAX_CHAIN = 8, MIN_DEPENDENT = 2 };
static const double MIN_SHARE = 0.2; /* of iterations that follow the chain */

/* loads[0] is the datum's, loads[n - 1] the first pointer's. */
typedef struct Chain {
  IrInsnId loads[MAX_CHAIN];
  uint32_t count;
  bool varies;
  bool ordered; /* the head's place follows from the loop's counter, or is looked up by it */
} Chain;

static bool in_loop(const IrAnalysis *an, uint32_t loop, IrRef ref) {
  return ir_ref_kind(ref) == IR_REF_VALUE && ir_loop_has_insn(an, loop, ir_ref_index(ref));
}

/* The walking pointer of a chase: HP101 tells about it. */
static bool is_chased(const IrAnalysis *an, IrRef root) {
  for (uint32_t i = 0; i < an->nchases; i++) {
    const IrChase *chase = &an->chases[i];
    if (root == ir_ref(IR_REF_VALUE, chase->phi))
      return true;
    for (uint32_t k = 0; k < chase->nloads; k++)
      if (root == ir_ref(IR_REF_VALUE, chase->loads[k]))
        return true;
  }
  return false;
}

static bool head_varies(const IrAnalysis *an, uint32_t loop, const IrAddr *head) {
  switch (ir_addr_in(an, head, loop).cls) {
  case IR_AC_UNIT:
  case IR_AC_STRIDED:
  case IR_AC_SYMBOLIC:
  case IR_AC_INDIRECT:
    return true;
  case IR_AC_UNKNOWN: /* an index worked out in the loop; a pointer out of a call or a PHI */
    return ir_ref_kind(head->index) != IR_REF_NONE ? !ir_loop_invariant(an, loop, head->index)
                                                   : !ir_loop_invariant(an, loop, head->base);
  case IR_AC_INVARIANT:
  case IR_AC_POINTER:
  case IR_AC_CHASED:
    break;
  }
  return false;
}

/* Follows the datum's address back, load by load, to where the chain begins. False when it is a
 * list's walking pointer. */
static bool follow(const IrAnalysis *an, uint32_t loop, IrInsnId datum, Chain *chain) {
  const IrFunction *fn = an->fn;
  IrInsnId at = datum;
  for (;;) {
    if (chain->count == MAX_CHAIN)
      return false;
    chain->loads[chain->count++] = at;
    const IrAddr *addr = ir_addr_of(fn, &fn->insns[at]);
    IrRef root = ir_addr_root(fn, addr->base);
    if (is_chased(an, root))
      return false;
    if (!ir_is(ir_def(fn, root), IR_LOAD) || !in_loop(an, loop, root)) {
      chain->varies = head_varies(an, loop, addr);
      chain->ordered = ir_addr_in(an, addr, loop).cls != IR_AC_UNKNOWN;
      return true;
    }
    at = ir_ref_index(root);
  }
}

/* Tables of functions are few and stay in the cache: `p[i]->ops->run` is no chain to the data. */
static bool is_function_pointer(const IrUnit *unit, IrTypeId type) {
  const IrType *t = &unit->types[type];
  return t->kind == IR_T_PTR && unit->types[t->sub].kind == IR_T_FUNC;
}

static bool qualifies(const IrProgram *p, PgFunc func, const IrAccess *access, const Chain *chain) {
  const PgFunction *pf = pg_func(p, func);
  const IrAnalysis *an = pf->an;
  if (!chain->varies || chain->count < MIN_DEPENDENT + 1 || an->cold[access->block] ||
      heat_per_iteration(an, access->loop, access->block) < MIN_SHARE)
    return false;
  if (is_function_pointer(pf->unit, an->fn->addrs[access->addr].type))
    return false;
  /* Every hop after the first is a field of a record: rows of rows are HP301's. */
  for (uint32_t i = 0; i + 1 < chain->count; i++)
    if (ir_addr_of(an->fn, &an->fn->insns[chain->loads[i]])->nhops == 0)
      return false;
  return true;
}

static const char *record_name(const PgFunction *pf, IrInsnId load) {
  IrRecordId record = record_of_addr(pf->unit, pf->fn, ir_addr_of(pf->fn, &pf->fn->insns[load]));
  const char *name = record == IR_NONE ? "" : ir_str(pf->unit, pf->unit->records[record].name);
  return *name ? name : "memory";
}

static const char *hops_text(Report *r, const PgFunction *pf, const Chain *chain) {
  const char *text = "";
  for (uint32_t i = chain->count; i-- > 0;)
    text = report_format(r, "%s%s%s", text, *text ? " > " : "", record_name(pf, chain->loads[i]));
  return text;
}

/* Something in the text says that there are many elements: a loop has made what the chain's first
 * pointer leads to, or the text is a part of a program and tells neither who runs this loop nor who
 * makes them. */
static bool many_elements(const IrProgram *p, PgFunc func, const Chain *chain) {
  const PgFunction *pf = pg_func(p, func);
  const IrFunction *fn = pf->fn;
  const IrAddr *head = ir_addr_of(fn, &fn->insns[chain->loads[chain->count - 1]]);
  const IrAddr *next = ir_addr_of(fn, &fn->insns[chain->loads[chain->count - 2]]);
  IrRecordId id = record_of_addr(pf->unit, fn, next);
  PgRecord record = id == IR_NONE ? IR_NONE : pg_record_of(p, pf->unit, id);
  return made_elsewhere(p, func, record) || made_by_loop(p, func, head->base, record);
}

static void report_chain(const IrProgram *p, PgFunc func, uint32_t loop, const Chain *chain,
                         Report *r) {
  const PgFunction *pf = pg_func(p, func);
  const IrFunction *fn = pf->fn;
  uint32_t dependent = chain->count - 1;
  const char *datum = text_of_addr(r, pf, ir_addr_of(fn, &fn->insns[chain->loads[0]]));
  Finding *f = report_add(r, pf->unit, place_of_loop(pf->an, loop));
  finding_in_loop(f, p, func, loop);
  bool always = heat_every_iteration(pf->an, loop, pf->an->block_of[chain->loads[0]]);
  f->message =
      report_format(r,
                    always ? "each iteration waits for %u loads in a row before it has %s"
                           : "some iterations wait for %u loads in a row before they have %s",
                    dependent, datum);
  f->help = chain->ordered
                ? "keep the values that the loop reads in the array itself (or in one array beside "
                  "it), so that no pointer has to be followed"
                : "keep the values that the loop reads in the record that the chain starts with, "
                  "so that no further pointer has to be followed";
  finding_fact(f, "chain length", dependent, "loads");
  finding_fact_text(f, "records", hops_text(r, pf, chain));
  for (uint32_t i = chain->count; i-- > 0;) {
    IrLoc loc = place_of(fn, chain->loads[i]);
    const char *what = text_of_addr(r, pf, ir_addr_of(fn, &fn->insns[chain->loads[i]]));
    finding_place(r, f, pf->unit, loc,
                  i + 1 == chain->count ? "the chain starts with the load of %s"
                                        : "%s waits for the load before",
                  what);
    finding_site(f, pf->unit, loc, func, false);
  }
  f->severity = heat_severity(f, p);
  f->confidence = CONFIDENCE_MEDIUM;
  f->cost = COST_DEPENDENT_MISS;
  f->witness = WITNESS_ACCESS;
  f->show = !chain->ordered || !many_elements(p, func, chain) ||
                    heat_has_inner_loops(pf->an, loop) || heat_loop_waits(p, pf, loop) ||
                    heat_loop_mostly_calls(p, pf, loop)
                ? SHOW_LOW
                : SHOW_LISTED;
  f->saving = (double)dependent / (dependent + 1);
  f->saving_why = report_format(r, "one load an iteration instead of %u that wait for each other",
                                dependent + 1);
  f->anchor = datum;
}

/* The loaded value is only the way to something further: the longer chain is the one to judge. */
static bool leads_on(const IrAnalysis *an, uint32_t loop, IrInsnId load) {
  for (uint32_t i = 0; i < an->naccesses; i++)
    if (ir_loop_contains(an, loop, an->accesses[i].block) &&
        ir_addr_root(an->fn, an->fn->addrs[an->accesses[i].addr].base) ==
            ir_ref(IR_REF_VALUE, load))
      return true;
  return false;
}

/* The longest chain of the loop, the first among equals. */
static void check_loop(const IrProgram *p, PgFunc func, uint32_t loop, Report *r) {
  const IrAnalysis *an = pg_func(p, func)->an;
  Chain best = {0};
  for (uint32_t i = 0; i < an->naccesses; i++) {
    const IrAccess *access = &an->accesses[i];
    const IrInsn *in = &an->fn->insns[access->insn];
    if (access->loop != loop || in->op != IR_LOAD || leads_on(an, loop, access->insn))
      continue;
    Chain chain = {0};
    if (follow(an, loop, access->insn, &chain) && qualifies(p, func, access, &chain) &&
        chain.count > best.count)
      best = chain;
  }
  if (best.count)
    report_chain(p, func, loop, &best, r);
}

static void check(const IrProgram *p, PgFunc func, Report *r) {
  const IrAnalysis *an = pg_func(p, func)->an;
  for (uint32_t loop = 0; loop < an->nloops; loop++) {
    const IrLoop *l = &an->loops[loop];
    if (!l->irreducible && !(l->trip == IR_TRIP_CONST && l->count <= 2))
      check_loop(p, func, loop, r);
  }
}

const Rule rule_HP102 = {
    .id = "HP102",
    .name = "pointer-chain",
    .summary = "two or more dependent loads per iteration to reach the datum",
    .check_function = check,
    .page = page_HP102,
};
