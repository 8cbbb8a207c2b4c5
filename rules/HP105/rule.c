/* HP105 sparse-fields: a loop walks an array of records and uses a small part of each, so that most
 * of every cache line it fetches is for nothing. A structure of arrays, or the used fields in an
 * array of their own, brings only what is used.
 *
 * The pass counts as a whole: accesses in inner loops and in called functions that get the element
 * belong to it. When the element goes where it cannot be followed, the rule is silent. */
#include "rules/HP105/rule.h"
#include "rules/cycles.h"
#include "rules/heat.h"
#include "rules/touch.h"

extern const char page_HP105[];

enum {
  SMALL_RECORD = 16,
  L1_BYTES = 32 * 1024,
  MAX_STEP = 8,   /* records a step; beyond, the stride is the matter, not the fields */
  USED_OF = 3,    /* used bytes times this may not exceed what is fetched */
  MAX_ARRAYS = 8, /* walked by one loop */
  LARGEST_RECORD = 1 << 24,
  CALLS_DEEP = 2,
  LARGE = 256 * 1024, /* bytes of an array that certainly does not stay in the nearest caches */
};

/* One array that the loop walks. */
typedef struct Array {
  IrRef root;
  int64_t start; /* as in Place */
  uint64_t stride;
  IrRecordId record;
  Touch touch;
  bool small, large;
  bool leads_on;  /* pointers are read from the elements, and what they point to is used */
  bool read;      /* else the pass only fills it in */
  IrInsnId first; /* access, for its place */
} Array;

typedef struct Pass {
  const IrProgram *p;
  const PgFunction *pf;
  PgFunc func;
  uint32_t loop;
  uint64_t most; /* iterations */
  Array arrays[MAX_ARRAYS];
  uint32_t count;
} Pass;

/* ---- elements -------------------------------------------------------------------------------- */

/* Where in its element an address lies: the way back from the address to the array's root. */
typedef struct Place {
  IrRef root;
  int64_t offset;  /* from the array's start */
  int64_t start;   /* of the array, from the root: it may be a field */
  uint64_t extent; /* when an array inside of the element is indexed: that array's size */
  IrRecordId record;
  uint64_t array; /* bytes of the array when its type tells, 0 */
} Place;

static IrRecordId record_of_size(const IrUnit *unit, IrRecordId record, uint64_t stride) {
  uint64_t size = record == IR_NONE ? 0 : unit->records[record].size;
  return size && size <= LARGEST_RECORD && stride % size == 0 && stride / size <= MAX_STEP
             ? record
             : IR_NONE;
}

static int64_t field_offset(const IrUnit *unit, const IrHop *hop) {
  return (int64_t)(unit->fields[unit->records[hop->record].fields + hop->field].offset_bits / 8);
}

/* Elements of an array take `stride` bytes each. */
static bool steps_over(const IrUnit *unit, IrTypeId array, uint64_t stride) {
  const IrType *t = &unit->types[array];
  return t->kind == IR_T_ARRAY && unit->types[t->sub].size &&
         stride % unit->types[t->sub].size == 0 && stride <= t->size;
}

/* Where the array begins that an address goes into: behind the field of the path that is such an
 * array. */
static int64_t start_in(const IrUnit *unit, const IrFunction *fn, const IrAddr *addr,
                        uint64_t stride) {
  int64_t start = 0;
  for (uint32_t i = 0; i < addr->nhops; i++) {
    const IrHop *hop = &fn->hops[addr->hops + i];
    start = offset_plus(start, field_offset(unit, hop));
    if (steps_over(unit, unit->fields[unit->records[hop->record].fields + hop->field].type, stride))
      return start;
  }
  return 0;
}

static void place_addr(const Pass *pass, const IrAddr *addr, uint64_t stride, Place *at) {
  const PgFunction *pf = pass->pf;
  int64_t index = 0;
  bool variable =
      ir_ref_kind(addr->index) != IR_REF_NONE && !ir_const_int(pf->fn, addr->index, &index);
  IrRecordId record = record_of_size(pf->unit, record_of_addr(pf->unit, pf->fn, addr), stride);
  if (record != IR_NONE && (at->record == IR_NONE || pf->unit->records[record].size == stride))
    at->record = record;
  const IrInsn *base = ir_def(pf->fn, addr->base);
  uint64_t whole =
      ir_is(base, IR_ADDR) && pf->fn->addrs[base->aux].nhops ? pf->fn->addrs[base->aux].size : 0;
  const int64_t start = start_in(pf->unit, pf->fn, addr, stride);
  at->start = offset_plus(at->start, start);
  at->offset = offset_plus(at->offset, offset_plus(offset_plus(addr->offset, -start),
                                                   offset_scaled(index, addr->scale)));
  if (variable && addr->scale < stride && whole && whole < stride) {
    at->extent = whole; /* an array inside the element: all of it */
    at->offset = 0;
  } else if (variable) {
    at->array = whole;
  }
  at->root = addr->base;
}

/* A pointer that walks starts somewhere: what its PHI gets from outside the loop. */
static IrRef start_of(const Pass *pass, IrRef root) {
  const PgFunction *pf = pass->pf;
  const IrInsn *phi = ir_def(pf->fn, root);
  const IrBlock *header = &pf->fn->blocks[pf->an->loops[pass->loop].header];
  if (!ir_is(phi, IR_PHI) ||
      pf->an->block_of[ir_ref_index(root)] != (IrBlockId)(header - pf->fn->blocks))
    return root;
  for (uint32_t i = 0; i < phi->nargs; i++)
    if (!ir_loop_contains(pf->an, pass->loop, pf->fn->edges[header->preds + i]))
      return ir_addr_root(pf->fn, ir_arg(pf->fn, phi, i));
  return root;
}

static Place place_back(const Pass *pass, Place at, uint64_t stride) {
  const IrFunction *fn = pass->pf->fn;
  for (;;) {
    const IrInsn *in = ir_def(fn, at.root);
    int64_t number;
    if (ir_is(in, IR_CONV)) {
      at.root = ir_arg(fn, in, 0);
    } else if (ir_is(in, IR_ADDR)) {
      place_addr(pass, &fn->addrs[in->aux], stride, &at);
    } else if ((ir_is(in, IR_ADD) || ir_is(in, IR_SUB)) &&
               ir_const_int(fn, ir_arg(fn, in, 1), &number)) {
      at.offset =
          offset_plus(at.offset, in->op == IR_ADD ? number : (int64_t)(0 - (uint64_t)number));
      at.root = ir_arg(fn, in, 0);
    } else {
      break;
    }
  }
  if (at.record == IR_NONE)
    at.record = record_of_size(
        pass->pf->unit, ir_pointee_record(pass->pf->unit, ir_ref_type(pass->pf->unit, fn, at.root)),
        stride);
  if (!at.array)
    at.array = bytes_of_object(pass->pf, start_of(pass, at.root));
  return at;
}

static int64_t within(int64_t offset, uint64_t stride) {
  int64_t rest = offset % (int64_t)stride;
  return rest < 0 ? rest + (int64_t)stride : rest;
}

static bool is_of(const Pass *pass, const Array *a, const Place *at) {
  return a->start == at->start && touch_same_pointer(pass->pf->fn, a->root, at->root);
}

static Array *array_of(Pass *pass, const Place *at, uint64_t stride, IrInsnId insn) {
  for (uint32_t i = 0; i < pass->count; i++)
    if (is_of(pass, &pass->arrays[i], at) && pass->arrays[i].stride == stride)
      return &pass->arrays[i];
  if (pass->count == MAX_ARRAYS)
    return NULL;
  uint64_t least = pg_least_trips(pass->p, pass->func, pass->loop);
  Array *a = &pass->arrays[pass->count++];
  *a = (Array){
      .root = at->root, .start = at->start, .stride = stride, .record = at->record, .first = insn};
  a->small = (at->array && at->array <= L1_BYTES) || pass->most <= PG_FEW_TRIPS ||
             pass->most <= L1_BYTES / stride;
  a->large = at->array >= LARGE || least >= LARGE / stride;
  return a;
}

/* ---- the pass -------------------------------------------------------------------------------- */

/* A pointer that is followed, or handed to a function that may: each element brings more lines than
 * its own. */
static bool leads_on(const PgFunction *pf, IrInsnId load) {
  const IrAnalysis *an = pf->an;
  const IrInsn *in = &pf->fn->insns[load];
  if (!ir_is(in, IR_LOAD) || pf->unit->types[in->type].kind != IR_T_PTR)
    return false;
  for (uint32_t k = an->uses_at[load]; k < an->uses_at[load + 1]; k++) {
    IrOp op = (IrOp)pf->fn->insns[an->uses[k]].op;
    if (op < IR_EQ || op > IR_GE)
      return true;
  }
  return false;
}

static void add_access(Pass *pass, const IrAccess *access) {
  const PgFunction *pf = pass->pf;
  IrAccessInLoop in = ir_access_in(pf->an, access, pass->loop);
  if ((in.cls != IR_AC_UNIT && in.cls != IR_AC_STRIDED) || in.stride == 0)
    return;
  uint64_t stride = in.stride < 0 ? 0 - (uint64_t)in.stride : (uint64_t)in.stride;
  const IrAddr *addr = &pf->fn->addrs[access->addr];
  Place at = {.record = IR_NONE};
  place_addr(pass, addr, stride, &at);
  at = place_back(pass, at, stride);
  if (at.record == IR_NONE)
    return;
  Array *a = array_of(pass, &at, stride, access->insn);
  if (!a)
    return;
  if (a->record == IR_NONE || pf->unit->records[at.record].size > pf->unit->records[a->record].size)
    a->record = at.record;
  a->read |= access->read;
  a->leads_on |= leads_on(pf, access->insn);
  int64_t low = within(at.offset, stride);
  touch_add_access(&a->touch, addr, low, at.extent ? at.extent : addr->size);
}

/* How far an address moves with each iteration; 0 if it stays, or nobody knows. The array may be
 * found anew through a pointer in memory in each, as accesses to it find it. */
static int64_t step_of(const Pass *pass, IrRef ref) {
  const PgFunction *pf = pass->pf;
  IrEvolution ev = ir_evolution(pf->an, pass->loop, ref);
  if (ev.kind == IR_EV_AFFINE)
    return ev.step;
  const IrInsn *in = ir_def(pf->fn, ref);
  while (ir_is(in, IR_CONV))
    in = ir_def(pf->fn, ir_arg(pf->fn, in, 0));
  if (!ir_is(in, IR_ADDR))
    return 0;
  IrAccessInLoop at = ir_addr_in(pf->an, &pf->fn->addrs[in->aux], pass->loop);
  return at.cls == IR_AC_UNIT || at.cls == IR_AC_STRIDED ? at.stride : 0;
}

/* An element's address handed on: to a function that is followed, or out of sight. */
static void add_operand(Pass *pass, const IrInsn *in, uint32_t arg, IrInsnId id) {
  const PgFunction *pf = pass->pf;
  IrRef ref = ir_arg(pf->fn, in, arg);
  if (ir_ref_kind(ref) != IR_REF_VALUE ||
      pf->unit->types[ir_ref_type(pf->unit, pf->fn, ref)].kind != IR_T_PTR)
    return;
  int64_t step = step_of(pass, ref);
  if (step == 0)
    return;
  uint64_t stride = step < 0 ? 0 - (uint64_t)step : (uint64_t)step;
  Place at = place_back(pass, (Place){.root = ref, .record = IR_NONE}, stride);
  if (at.record == IR_NONE)
    return;
  Array *a = array_of(pass, &at, stride, id);
  if (!a)
    return;
  a->read = true;
  if (in->op == IR_CALL)
    touch_call(pass->p, pf, in, arg, within(at.offset, stride), CALLS_DEEP, &a->touch);
  else
    a->touch.open = true;
}

static void find_arrays(Pass *pass) {
  const IrAnalysis *an = pass->pf->an;
  const IrLoop *l = &an->loops[pass->loop];
  for (uint32_t i = 0; i < an->naccesses; i++)
    if (!an->cold[an->accesses[i].block] && ir_loop_contains(an, pass->loop, an->accesses[i].block))
      add_access(pass, &an->accesses[i]);
  for (uint32_t b = 0; b < l->nblocks; b++) {
    const IrBlock *block = &pass->pf->fn->blocks[l->blocks[b]];
    for (uint32_t i = 0; i < block->count && !an->cold[l->blocks[b]]; i++) {
      const IrInsn *in = &pass->pf->fn->insns[block->first + i];
      if (in->op == IR_CALL || in->op == IR_CALLP || in->op == IR_OPAQUE || in->op == IR_ASM ||
          in->op == IR_STORE)
        for (uint32_t k = 0; k < in->nargs; k++)
          add_operand(pass, in, k, block->first + i);
    }
  }
}

/* ---- judging --------------------------------------------------------------------------------- */

static bool is_sparse(const Pass *pass, const Array *a) {
  const IrRecord *rec = &pass->pf->unit->records[a->record];
  if (rec->size <= SMALL_RECORD || a->small || a->touch.open || a->touch.count == 0 ||
      rec->flags & (IR_REC_UNION | IR_REC_INVALID))
    return false;
  return (double)touch_bytes(&a->touch) * USED_OF <= touch_fetched(&a->touch, a->stride);
}

static double wasted(const Array *a) {
  return touch_fetched(&a->touch, a->stride) - (double)touch_bytes(&a->touch);
}

static uint64_t bytes_of_mask(const PgRecordInfo *info, uint64_t mask) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < info->record->nfields && i < 64; i++)
    if (mask >> i & 1)
      sum += info->unit->types[info->unit->fields[info->record->fields + i].type].size;
  return sum;
}

/* A loop at least as hot reads half of the record or more: apart, its fields would cost it more. */
static bool others_use_the_rest(const Pass *pass, PgRecord record) {
  if (record == IR_NONE)
    return false;
  const PgRecordInfo *info = pg_record(pass->p, record);
  uint32_t nest = heat_nest(pass->p, pass->func, pass->loop);
  for (uint32_t i = 0; i < info->nuses; i++) {
    const PgLoopUse *use = &info->uses[i];
    if (use->cold || !use->walks || (use->func == pass->func && use->loop == pass->loop))
      continue;
    if (heat_nest(pass->p, use->func, use->loop) >= nest &&
        bytes_of_mask(info, use->read) * 2 >= info->record->size)
      return true;
  }
  return false;
}

/* Every element is worked on alike: no branch beside the loop's test of its counter. A search, or a
 * pass that picks a few elements, is over a short table as a rule, or an index would be there. */
static bool is_straight(const Pass *pass) {
  const IrFunction *fn = pass->pf->fn;
  const IrAnalysis *an = pass->pf->an;
  const IrLoop *l = &an->loops[pass->loop];
  uint32_t ways = l->trip == IR_TRIP_UNKNOWN; /* what ends it is found in the elements */
  for (uint32_t b = 0; b < l->nblocks; b++) {
    const IrBlock *block = &fn->blocks[l->blocks[b]];
    uint32_t n = 0;
    for (uint32_t i = 0; i < block->nsuccs && !an->cold[l->blocks[b]]; i++)
      n += !an->cold[fn->edges[block->succs + i]] ||
           !ir_loop_contains(an, pass->loop, fn->edges[block->succs + i]);
    ways += n > 1;
  }
  return ways <= 1;
}

/* Why the record's fields cannot be moved into arrays of their own: its layout is somebody else's,
 * or code that is not seen may use it. NULL: they can. A record that no header declares is no part
 * of what a library gives to its users. */
static const char *layout_of_others(const PgRecordInfo *info) {
  if (info->record->flags & IR_REC_SYSTEM || info->flags & PG_REC_EXTERNAL)
    return "it is defined outside of the project";
  if (info->flags & PG_REC_HANDED_OUT && !(info->record->flags & IR_REC_IN_MAIN))
    return "a header declares it, and pointers to it may go to code that is not seen here";
  return NULL;
}

static const char *fixed_layout(const Pass *pass, const Array *a) {
  const PgRecord record = pg_record_of(pass->p, pass->pf->unit, a->record);
  return record == IR_NONE ? NULL : layout_of_others(pg_record(pass->p, record));
}

/* Large for certain, or at least as likely as anything: what is worked on without a look. */
static bool is_listed(const Pass *pass, const Array *a) {
  return a->read && !a->leads_on && !fixed_layout(pass, a) && (a->large || is_straight(pass)) &&
         !others_use_the_rest(pass, pg_record_of(pass->p, pass->pf->unit, a->record)) &&
         !heat_has_inner_loops(pass->pf->an, pass->loop) &&
         !heat_loop_calls_much(pass->p, pass->pf, pass->loop);
}

/* The array that wastes most, NULL: none is sparse. */
static const Array *worst_array(Pass *pass) {
  const Array *worst = NULL;
  if (pass->pf->an->loops[pass->loop].irreducible)
    return NULL;
  pass->most = pg_most_trips(pass->p, pass->func, pass->loop);
  find_arrays(pass);
  for (uint32_t i = 0; i < pass->count; i++)
    if (is_sparse(pass, &pass->arrays[i]) && (!worst || wasted(&pass->arrays[i]) > wasted(worst)))
      worst = &pass->arrays[i];
  return worst;
}

bool HP105_lists(const IrProgram *p, PgFunc func, uint32_t loop, PgRecord record) {
  Pass pass = {.p = p, .pf = pg_func(p, func), .func = func, .loop = loop};
  const Array *worst = worst_array(&pass);
  return worst && pg_record_of(p, pass.pf->unit, worst->record) == record &&
         is_listed(&pass, worst) && !heat_cold_loop(p, func, loop);
}

/* ---- reporting ------------------------------------------------------------------------------- */

static void tell_sites(const Pass *pass, const Array *a, Report *r, Finding *f) {
  const PgFunction *pf = pass->pf;
  for (uint32_t i = 0; i < pf->an->naccesses; i++) {
    const IrAccess *access = &pf->an->accesses[i];
    if (!ir_loop_contains(pf->an, pass->loop, access->block))
      continue;
    const IrAddr *addr = &pf->fn->addrs[access->addr];
    Place at = {.record = IR_NONE};
    place_addr(pass, addr, a->stride, &at);
    at = place_back(pass, at, a->stride);
    if (!is_of(pass, a, &at))
      continue;
    IrLoc loc = place_of(pf->fn, access->insn);
    finding_site(f, pf->unit, loc, pass->func, false);
    if (f->nplaces < 4)
      finding_place(r, f, pf->unit, loc, "%s is used", text_of_addr(r, pf, addr));
  }
}

/* With all accesses in a called function, the call is the place. */
static void tell_call(const Pass *pass, const Array *a, Report *r, Finding *f) {
  const PgFunction *pf = pass->pf;
  if (f->nsites)
    return;
  finding_place(r, f, pf->unit, place_of(pf->fn, a->first), "the function called here uses them");
  finding_site(f, pf->unit, place_of(pf->fn, a->first), pass->func, true);
}

/* Both ways each element is worked on; what differs is the lines that are fetched for it. */
static void tell_model(const Pass *pass, const Array *a, double used, double fetched, Finding *f,
                       Report *r) {
  double trips = pass->most == PG_NO_BOUND ? 0 : (double)pass->most;
  double work = used < 8 ? 1 : cycles_work(used);
  double now = work + fetched / CACHE_LINE * cycles_line(r->machine, trips * (double)a->stride);
  double then = work + used / CACHE_LINE * cycles_line(r->machine, trips * used);
  double saving = cycles_saving(now, then);
  f->saving = saving < f->bound_factor ? saving : f->bound_factor;
  f->saving_why = report_format(r,
                                "%.0f bytes of memory traffic per element instead of %.0f: about "
                                "%.1f cycles instead of %.1f",
                                used, fetched, then, now);
}

static void report_array(const Pass *pass, const Array *a, Report *r) {
  const PgFunction *pf = pass->pf;
  const char *name = ir_str(pf->unit, pf->unit->records[a->record].name);
  const char *fields = touch_fields(r, pf->unit, a->record, &a->touch);
  unsigned long long used = touch_bytes(&a->touch);
  double fetched = touch_fetched(&a->touch, a->stride);
  Finding *f = report_add(r, pf->unit, place_of_loop(pf->an, pass->loop));
  finding_in_loop(f, pass->p, pass->func, pass->loop);
  f->record = pg_record_of(pass->p, pf->unit, a->record);
  f->message =
      report_format(r, "this loop uses %llu of the %.0f bytes that it fetches for each %s (%s)",
                    used, fetched, *name ? name : "element", fields);
  f->help =
      report_format(r, "keep %s in %s, apart from the fields that this loop leaves alone", fields,
                    touch_nfields(pf->unit, a->record, &a->touch) > 1 ? "arrays of their own"
                                                                      : "an array of its own");
  finding_fact(f, "bytes used per element", (double)used, "bytes");
  finding_fact(f, "bytes fetched per element", fetched, "bytes");
  finding_fact(f, "record size", (double)pf->unit->records[a->record].size, "bytes");
  finding_fact(f, "used share", 100 * (double)used / fetched, "%");
  finding_fact_text(f, "fields used", fields);
  const char *fixed = fixed_layout(pass, a);
  if (fixed)
    finding_fact_text(f, "others rely on the layout", fixed);
  tell_sites(pass, a, r, f);
  tell_call(pass, a, r, f);
  f->cost = COST_CACHE_LINE;
  f->witness = WITNESS_ACCESS;
  f->severity = f->cold ? SEVERITY_LOW : SEVERITY_MEDIUM;
  f->show = is_listed(pass, a) ? SHOW_LISTED : SHOW_LOW;
  f->bound_factor = 1 - (double)used / fetched;
  tell_model(pass, a, (double)used, fetched, f, r);
  f->anchor = report_format(r, "%s:%s", name, fields);
}

/* At most one finding a loop. */
static void check(const IrProgram *p, PgFunc func, Report *r) {
  const PgFunction *pf = pg_func(p, func);
  for (uint32_t loop = 0; loop < pf->an->nloops; loop++) {
    Pass pass = {.p = p, .pf = pf, .func = func, .loop = loop};
    const Array *worst = worst_array(&pass);
    if (worst)
      report_array(&pass, worst, r);
  }
}

const Rule rule_HP105 = {
    .id = "HP105",
    .name = "sparse-fields",
    .summary = "a loop over an array of records uses a small part of each element",
    .check_function = check,
    .page = page_HP105,
};
