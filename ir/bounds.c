/* How large integers and trip counts get, as far as the text of the whole program tells: numbers
 * handed over by callers, stored in fields, checked on the way, and the sizes of arrays. */
#include "ir/analysis_private.h"
#include "ir/program_parts.h"

enum {
  DEEPEST = 16,      /* from value to value */
  MOST_STEPS = 512,  /* values looked at */
  MOST_CALLERS = 64, /* of one function */
  MOST_GIVEN = 4,
};

/* Parameters of the function at hand whose values are known beside: the way taken to where the
 * question was asked needs them so. */
typedef struct Given {
  uint32_t number[MOST_GIVEN];
  IrRange range[MOST_GIVEN];
  uint32_t count;
} Given;

typedef struct Likely {
  const IrProgram *p;
  uint32_t steps;
} Likely;

typedef struct Where {
  PgFunc func;
  const PgFunction *pf;
  IrBlockId block;
  const Given *given; /* NULL */
} Where;

static IrRange value(Likely *k, Where at, IrRef ref, uint32_t depth);

/* ---- ranges ---------------------------------------------------------------------------------- */

static const IrRange none = {INT64_MAX, INT64_MIN};

static IrRange calculated(IrOp op, IrRange a, IrRange b) {
  IrRange r = ir_range_all;
  int64_t c[4];
  if (a.low == INT64_MIN || a.high == INT64_MAX || b.low == INT64_MIN || b.high == INT64_MAX)
    return r;
  bool lost = false;
  switch (op) {
  case IR_ADD:
    lost = (int)__builtin_add_overflow(a.low, b.low, &r.low) |
           __builtin_add_overflow(a.high, b.high, &r.high);
    break;
  case IR_SUB:
    lost = (int)__builtin_sub_overflow(a.low, b.high, &r.low) |
           __builtin_sub_overflow(a.high, b.low, &r.high);
    break;
  case IR_MUL:
    lost = (int)__builtin_mul_overflow(a.low, b.low, &c[0]) |
           __builtin_mul_overflow(a.low, b.high, &c[1]) |
           __builtin_mul_overflow(a.high, b.low, &c[2]) |
           __builtin_mul_overflow(a.high, b.high, &c[3]);
    r = (IrRange){c[0], c[0]};
    for (uint32_t i = 1; i < 4; i++)
      r = ir_range_either(r, (IrRange){c[i], c[i]});
    break;
  case IR_SHL:
    lost = b.low != b.high || b.low < 0 || b.low > 30 || a.low < 0 || a.high > INT32_MAX;
    r = lost ? r : (IrRange){a.low << b.low, a.high << b.low};
    break;
  case IR_DIV:
    lost = b.low != b.high || b.low <= 0;
    r = lost ? r : (IrRange){a.low / b.low, a.high / b.low};
    break;
  default:
    lost = true;
    break;
  }
  return lost ? ir_range_all : r;
}

/* ---- callers --------------------------------------------------------------------------------- */

/* What the tests on the way to the block say of the function's parameters. */
static Given given_at(const PgFunction *pf, IrBlockId block, const Given *before) {
  Given g = before ? *before : (Given){.count = 0};
  for (IrInsnId i = 0; i < pf->fn->ninsns && pf->fn->insns[i].op == IR_PARAM; i++) {
    const IrType *t = &pf->unit->types[pf->fn->insns[i].type];
    if (t->kind != IR_T_INT || g.count == MOST_GIVEN)
      continue;
    IrRange r = ir_guarded(pf->an, block, ir_ref(IR_REF_VALUE, i));
    if (r.low == INT64_MIN && r.high == INT64_MAX)
      continue;
    g.number[g.count] = pf->fn->insns[i].aux;
    g.range[g.count++] = r;
  }
  return g;
}

/* May this call hand over what is given? What it hands on of its own parameters is given there. */
static bool call_agrees(Likely *k, const PgCall *call, const Given *in, Given *out,
                        uint32_t depth) {
  const PgFunction *from = pg_func(k->p, call->caller);
  const IrInsn *insn = &from->fn->insns[call->insn];
  out->count = 0;
  for (uint32_t i = 0; i < in->count; i++) {
    int64_t number;
    uint32_t arg = in->number[i] + (insn->op == IR_CALLP);
    if (arg >= insn->nargs)
      continue;
    IrRef ref = ir_arg(from->fn, insn, arg);
    const IrInsn *def = ir_def(from->fn, ref);
    if (ir_const_int(from->fn, ref, &number)) {
      if (number < in->range[i].low || number > in->range[i].high)
        return false;
    } else if (ir_is(def, IR_PARAM)) {
      out->number[out->count] = def->aux;
      out->range[out->count++] = in->range[i];
    } else if (def) {
      Where there = {call->caller, from, from->an->block_of[call->insn], NULL};
      if (ir_range_empty(ir_range_both(value(k, there, ref, depth + 1), in->range[i])))
        return false;
    }
  }
  return true;
}

static IrRange from_callers(Likely *k, Where at, uint32_t number, uint32_t depth) {
  const PgFunction *pf = at.pf;
  IrRange all = none;
  if (!pf->ncallers || pf->ncallers > MOST_CALLERS)
    return ir_range_all;
  Given given = given_at(pf, at.block, at.given);
  for (uint32_t i = 0; i < pf->ncallers; i++) {
    const PgCall *call = pg_call(k->p, pf->callers[i]);
    const PgFunction *from = pg_func(k->p, call->caller);
    const IrInsn *in = &from->fn->insns[call->insn];
    uint32_t shift = in->op == IR_CALLP;
    Given handed;
    if (call->kind > PG_CALL_ONE_OF || number + shift >= in->nargs)
      return ir_range_all;
    if (call->caller == at.func || !call_agrees(k, call, &given, &handed, depth))
      continue;
    Where there = {call->caller, from, from->an->block_of[call->insn], &handed};
    all = ir_range_either(all, value(k, there, ir_arg(from->fn, in, number + shift), depth + 1));
  }
  return ir_range_empty(all) ? ir_range_all : all;
}

static IrRange of_result(Likely *k, Where at, const IrInsn *call, uint32_t depth) {
  PgFunc callee = pg_callee(k->p, at.pf->unit, at.pf->fn, call);
  const PgFunction *cf = callee == IR_NONE ? NULL : pg_func(k->p, callee);
  IrRange all = none;
  if (!cf || !cf->fn || !cf->an || callee == at.func)
    return ir_range_all;
  for (IrBlockId b = 0; b < cf->fn->nblocks; b++) {
    const IrBlock *block = &cf->fn->blocks[b];
    const IrInsn *ret = &cf->fn->insns[block->first + block->count - 1];
    if (ret->op == IR_RET && ret->nargs)
      all = ir_range_either(
          all, value(k, (Where){callee, cf, b, NULL}, ir_arg(cf->fn, ret, 0), depth + 1));
  }
  return ir_range_empty(all) ? ir_range_all : all;
}

/* ---- values ---------------------------------------------------------------------------------- */

static IrRange of_field(const Likely *k, Where at, const IrInsn *load) {
  const IrAddr *a = &at.pf->fn->addrs[load->aux];
  if (!a->nhops)
    return ir_range_all;
  IrHop hop = at.pf->fn->hops[a->hops + a->nhops - 1];
  PgRecord record = pg_record_of(k->p, at.pf->unit, hop.record);
  const PgRecordInfo *info = record == IR_NONE ? NULL : pg_record(k->p, record);
  if (!info || !info->stored || hop.field >= info->record->nfields ||
      !info->stored[hop.field].likely)
    return ir_range_all;
  return (IrRange){info->stored[hop.field].likely_low, info->stored[hop.field].likely_high};
}

/* A counter is not on the other side of where it starts. */
static IrRange of_counter(Likely *k, Where at, uint32_t loop, IrInsnId phi, uint32_t depth) {
  const IrAnalysis *an = at.pf->an;
  Ev e = ir_ev_of(an, loop, ir_ref(IR_REF_VALUE, phi));
  IrRef init = an->loops[loop].irreducible ? ir_no_ref() : ir_phi_init(an, loop, phi);
  if (e.kind != IR_EV_AFFINE || e.flags & (EV_WRAPS | EV_UNBOUNDED) || !ir_has_ref(init))
    return ir_range_all;
  Where there = {at.func, at.pf, an->loops[loop].header, at.given};
  IrRange r = value(k, there, init, depth + 1),
          limits = ir_type_range(&at.pf->unit->types[an->fn->insns[phi].type]);
  return e.step > 0 ? (IrRange){r.low, limits.high} : (IrRange){limits.low, r.high};
}

/* Where ways meet: what each brings, by what holds on it. */
static IrRange of_phi(Likely *k, Where at, IrRef ref, const IrInsn *phi, uint32_t depth) {
  const IrAnalysis *an = at.pf->an;
  IrBlockId block = an->block_of[ir_ref_index(ref)];
  const IrBlock *b = &an->fn->blocks[block];
  uint32_t loop = an->loop_of[block];
  IrRange all = none;
  if (loop != IR_NONE && an->loops[loop].header == block)
    return of_counter(k, at, loop, ir_ref_index(ref), depth);
  for (uint32_t i = 0; i < phi->nargs; i++) {
    IrRef arg = ir_arg(an->fn, phi, i);
    IrBlockId from = an->fn->edges[b->preds + i];
    Where there = {at.func, at.pf, from, at.given};
    IrRange r = value(k, there, arg, depth + 1), way = ir_guarded_edge(an, from, block, arg);
    all = ir_range_either(all, ir_range_empty(ir_range_both(r, way)) ? r : ir_range_both(r, way));
  }
  return ir_range_empty(all) ? ir_range_all : all;
}

static IrRange of_insn(Likely *k, Where at, IrRef ref, const IrInsn *in, uint32_t depth) {
  const IrFunction *fn = at.pf->fn;
  switch (in->op) {
  case IR_PARAM:
    return from_callers(k, at, in->aux, depth);
  case IR_CALL:
    return of_result(k, at, in, depth);
  case IR_LOAD:
    return of_field(k, at, in);
  case IR_PHI:
    return of_phi(k, at, ref, in, depth);
  case IR_CONV:
    return value(k, at, ir_arg(fn, in, 0), depth + 1);
  case IR_SELECT:
    return ir_range_either(value(k, at, ir_arg(fn, in, 1), depth + 1),
                           value(k, at, ir_arg(fn, in, 2), depth + 1));
  case IR_ADD:
  case IR_SUB:
  case IR_MUL:
  case IR_SHL:
  case IR_DIV:
    return calculated((IrOp)in->op, value(k, at, ir_arg(fn, in, 0), depth + 1),
                      value(k, at, ir_arg(fn, in, 1), depth + 1));
  default:
    return ir_range_all;
  }
}

static IrRange value(Likely *k, Where at, IrRef ref, uint32_t depth) {
  int64_t number;
  if (ir_const_int(at.pf->fn, ref, &number))
    return (IrRange){number, number};
  const IrInsn *in = ir_def(at.pf->fn, ref);
  const IrType *t = in ? &at.pf->unit->types[in->type] : NULL;
  if (!t || t->kind != IR_T_INT || !at.pf->an)
    return ir_range_all;
  IrRange all = ir_range_at(at.pf->an, at.block, ref);
  if (depth > DEEPEST || k->steps++ > MOST_STEPS)
    return all;
  IrRange guarded = ir_range_both(all, ir_guarded(at.pf->an, at.block, ref));
  all = ir_range_empty(guarded) ? all : guarded;
  for (uint32_t i = 0; at.given && ir_is(in, IR_PARAM) && i < at.given->count; i++)
    if (at.given->number[i] == in->aux && !ir_range_empty(ir_range_both(all, at.given->range[i])))
      all = ir_range_both(all, at.given->range[i]);
  IrRange made = of_insn(k, at, ref, in, depth), limits = ir_type_range(t);
  bool moves = in->op >= IR_ADD && in->op <= IR_MUL; /* a signed one stays within its type */
  if (moves && !(t->flags & IR_TF_UNSIGNED) && !ir_range_empty(ir_range_both(made, limits)))
    made = ir_range_both(made, limits);
  if (made.low < limits.low || made.high > limits.high)
    return all; /* it leaves the type, and comes back anywhere in it */
  return ir_range_empty(ir_range_both(all, made)) ? all : ir_range_both(all, made);
}

IrRange pg_likely_range(const IrProgram *p, PgFunc func, IrBlockId block, IrRef ref) {
  Likely k = {.p = p};
  return value(&k, (Where){func, pg_func(p, func), block, NULL}, ref, 0);
}

/* ---- trips ----------------------------------------------------------------------------------- */

/* The counting test as the header sees it: from where, by how much, to where. */
typedef struct Course {
  IrRange start, end;
  int64_t step;
  bool to_end; /* the value at the end is counted as well */
} Course;

static IrTest test_of(const IrAnalysis *an, uint32_t loop) {
  const IrFunction *fn = an->fn;
  IrBlockId exit = an->priv->counting_exit[loop];
  const IrBlock *b = &fn->blocks[exit];
  return ir_read_test(an, ir_arg(fn, &fn->insns[b->first + b->count - 1], 0),
                      ir_loop_contains(an, loop, fn->edges[b->succs]));
}

static bool course_of(const IrProgram *p, PgFunc func, uint32_t loop, Course *c) {
  const PgFunction *pf = pg_func(p, func);
  const IrAnalysis *an = pf->an;
  const IrLoop *l = &an->loops[loop];
  if (l->trip != IR_TRIP_SYMBOLIC || l->counter == IR_NONE || !an->priv->exact_trip[loop] ||
      pf->unit->types[pf->fn->insns[l->counter].type].kind != IR_T_INT)
    return false;
  Ev e = ir_ev_of(an, loop, ir_ref(IR_REF_VALUE, l->counter));
  IrRef init = ir_phi_init(an, loop, l->counter);
  if (e.kind != IR_EV_AFFINE || !e.step || !ir_has_ref(init))
    return false;
  IrTest test = test_of(an, loop);
  int64_t number;
  bool fixed = !ir_has_ref(test.right) || ir_const_int(pf->fn, test.right, &number) ||
               ir_const_int(pf->fn, test.left, &number);
  c->step = e.step;
  c->start = pg_likely_range(p, func, l->header, init);
  if (!ir_has_ref(test.right))
    number = 0;
  c->end = fixed ? (IrRange){number, number} : pg_likely_range(p, func, l->header, l->bound);
  c->to_end = test.op == IR_LE || test.op == IR_GE;
  return true;
}

/* Steps between two ends, of which either may be unknown: as far as its type goes. */
static uint64_t steps_of(const Course *c, int64_t start, int64_t end) {
  int64_t way;
  bool open = start <= INT32_MIN || start >= INT32_MAX || end <= INT32_MIN || end >= INT32_MAX;
  if (open || c->step == INT64_MIN || __builtin_sub_overflow(end, start, &way) || way == INT64_MIN)
    return PG_NO_BOUND;
  if (c->step < 0)
    way = -way;
  int64_t step = c->step < 0 ? -c->step : c->step;
  if (way < 0 || (way == 0 && !c->to_end))
    return 0;
  return c->to_end ? (uint64_t)(way / step) + 1 : (uint64_t)((way - 1) / step) + 1;
}

/* ---- arrays ---------------------------------------------------------------------------------- */

static uint64_t array_bytes(const IrUnit *u, IrTypeId type) {
  const IrType *t = &u->types[type];
  return t->kind == IR_T_ARRAY && t->count > 1 ? t->size : 0;
}

static uint64_t pointed_bytes(Likely *k, PgFunc func, IrRef pointer, uint32_t depth);

/* Of what all known callers hand over, the largest. */
static uint64_t handed_bytes(Likely *k, PgFunc func, uint32_t number, uint32_t depth) {
  const PgFunction *pf = pg_func(k->p, func);
  uint64_t most = 0;
  if (!pf->ncallers || pf->ncallers > MOST_CALLERS || depth > DEEPEST || k->steps++ > MOST_STEPS)
    return 0;
  for (uint32_t i = 0; i < pf->ncallers; i++) {
    const PgCall *call = pg_call(k->p, pf->callers[i]);
    const PgFunction *from = pg_func(k->p, call->caller);
    const IrInsn *in = &from->fn->insns[call->insn];
    const uint32_t arg = number + (in->op == IR_CALLP);
    if (call->kind > PG_CALL_ONE_OF || arg >= in->nargs)
      return 0;
    if (call->caller == func)
      continue;
    uint64_t bytes = pointed_bytes(k, call->caller, ir_arg(from->fn, in, arg), depth + 1);
    if (!bytes)
      return 0;
    most = bytes > most ? bytes : most;
  }
  return most;
}

/* A variable's array, one inside of a record, what a constant object points to, or what callers
 * hand over of these: bytes, 0 when the length is not fixed. */
static uint64_t pointed_bytes(Likely *k, PgFunc func, IrRef pointer, uint32_t depth) {
  const PgFunction *pf = pg_func(k->p, func);
  const IrFunction *fn = pf->fn;
  const IrInsn *in = ir_def(fn, pointer);
  while (ir_is(in, IR_CONV))
    in = ir_def(fn, ir_arg(fn, in, 0));
  if (ir_is(in, IR_ADDR) && fn->addrs[in->aux].nhops) {
    const IrAddr *a = &fn->addrs[in->aux];
    const IrHop *hop = &fn->hops[a->hops + a->nhops - 1];
    const IrField *field = &pf->unit->fields[pf->unit->records[hop->record].fields + hop->field];
    uint64_t bytes = array_bytes(pf->unit, a->type); /* a row of it, or the address of an element */
    return bytes ? bytes : array_bytes(pf->unit, field->type);
  }
  IrRef root = ir_addr_root(fn, pointer);
  const IrInsn *from = ir_def(fn, root);
  if (ir_ref_kind(root) == IR_REF_SYM)
    return array_bytes(pf->unit, pf->unit->symbols[ir_ref_index(root)].type);
  if (ir_ref_kind(root) == IR_REF_LOCAL)
    return array_bytes(pf->unit, fn->locals[ir_ref_index(root)].type);
  if (ir_is(from, IR_LOAD))
    return pg_initialised_bytes(k->p, pf, from);
  return ir_is(from, IR_PARAM) ? handed_bytes(k, func, from->aux, depth) : 0;
}

uint64_t pg_most_bytes(const IrProgram *p, PgFunc func, IrRef pointer) {
  Likely k = {.p = p};
  return pointed_bytes(&k, func, pointer, 0);
}

/* Of the array that an address of the loop goes over: also by a pointer that walks from its start.
 */
static uint64_t fixed_bytes(const IrProgram *p, PgFunc func, uint32_t loop, const IrAddr *addr) {
  const PgFunction *pf = pg_func(p, func);
  Likely k = {.p = p};
  IrRef pointer = addr->base, root = ir_addr_root(pf->fn, pointer);
  if (ir_ref_kind(root) == IR_REF_VALUE && ir_is_header_phi(pf->an, loop, ir_ref_index(root))) {
    IrRef init = ir_phi_init(pf->an, loop, ir_ref_index(root));
    pointer = ir_has_ref(init) ? init : pointer;
  }
  return pointed_bytes(&k, func, pointer, 0);
}

static bool dominates_latches(const IrAnalysis *an, uint32_t loop, IrBlockId block) {
  const IrLoop *l = &an->loops[loop];
  for (uint32_t i = 0; i < l->nlatches; i++)
    if (!ir_dom_dominates(&an->priv->dom, block, l->latches[i]))
      return false;
  return true;
}

/* Loops inside are taken to go round. */
static bool in_every_iteration(const IrAnalysis *an, uint32_t loop, IrBlockId block) {
  for (uint32_t at = an->loop_of[block]; at != loop; at = an->loops[at].parent) {
    if (an->loops[at].irreducible || !dominates_latches(an, at, block))
      return false;
    block = an->loops[at].header;
  }
  return dominates_latches(an, loop, block);
}

/* No more steps than the shortest array has room for. */
static uint64_t room_for(const IrProgram *p, PgFunc func, uint32_t loop) {
  const PgFunction *pf = pg_func(p, func);
  const IrAnalysis *an = pf->an;
  uint64_t least = PG_NO_BOUND;
  for (uint32_t i = 0; i < an->naccesses; i++) {
    const IrAccess *a = &an->accesses[i];
    if (!ir_loop_contains(an, loop, a->block) || !in_every_iteration(an, loop, a->block))
      continue;
    uint64_t bytes = fixed_bytes(p, func, loop, &pf->fn->addrs[a->addr]);
    if (!bytes)
      continue;
    IrAccessInLoop in = ir_access_in(an, a, loop);
    if ((in.cls != IR_AC_UNIT && in.cls != IR_AC_STRIDED) || in.wraps || !in.stride)
      continue;
    uint64_t stride = in.stride < 0 ? 0 - (uint64_t)in.stride : (uint64_t)in.stride;
    uint64_t room = (bytes + stride - 1) / stride;
    least = room < least ? room : least;
  }
  return least;
}

uint64_t pg_most_trips(const IrProgram *p, PgFunc func, uint32_t loop) {
  const PgFunction *pf = pg_func(p, func);
  const IrLoop *l = &pf->an->loops[loop];
  Course c;
  if (l->irreducible)
    return PG_NO_BOUND;
  uint64_t most = l->trip == IR_TRIP_CONST ? l->count : room_for(p, func, loop),
           count = PG_NO_BOUND;
  if (course_of(p, func, loop, &c))
    count =
        c.step > 0 ? steps_of(&c, c.start.low, c.end.high) : steps_of(&c, c.start.high, c.end.low);
  count += count != PG_NO_BOUND && l->trip == IR_TRIP_SYMBOLIC &&
           ir_tests_at_end(pf->an, loop, pf->an->priv->counting_exit[loop]);
  return count < most ? count : most;
}

uint64_t pg_least_trips(const IrProgram *p, PgFunc func, uint32_t loop) {
  const PgFunction *pf = pg_func(p, func);
  const IrLoop *l = &pf->an->loops[loop];
  Course c;
  if (l->irreducible)
    return 0;
  if (l->trip == IR_TRIP_CONST)
    return l->count;
  if (!course_of(p, func, loop, &c))
    return 0;
  uint64_t count =
      c.step > 0 ? steps_of(&c, c.start.high, c.end.low) : steps_of(&c, c.start.low, c.end.high);
  return count == PG_NO_BOUND ? 0 : count;
}

bool pg_few_trips(const IrProgram *p, PgFunc func, uint32_t loop) {
  return pg_most_trips(p, func, loop) <= PG_FEW_TRIPS;
}
