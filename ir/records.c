/* Facts of every record over the whole program: which fields each loop reads and writes, and
 * whether it walks over objects of the record; where it is allocated; arrays of it; what else sees
 * its bytes or its beginning.
 *
 * Accesses in cold blocks of a loop that is not cold are left out: what an error branch touches is
 * no reason to lay a record out in some way. */
#include "ir/program_parts.h"

#include <stdlib.h>
#include <string.h>

enum { MANY = 8 /* more elements make an array */ };

typedef struct Use {
  PgLoopUse use;
  PgRecord record;
  uint32_t previous; /* use of the same record, IR_NONE */
} Use;

typedef struct Site {
  PgAllocSite site;
  PgRecord record;
} Site;

typedef struct PgRecordNotes {
  IrProgram *p;
  PgFunc f;
  const PgFunction *func;
  const IrUnit *u;
  const IrFunction *fn;
  const IrAnalysis *an;
  uint32_t unit;
  const uint32_t *record_of;
  Use *uses;
  uint32_t nuses, uses_cap;
  uint32_t *last_use; /* by record */
  Site *sites;
  uint32_t nsites, sites_cap;
} Facts;

/* ---- uses in loops --------------------------------------------------------------------------- */

static PgLoopUse *use_of(Facts *w, PgRecord r, uint32_t loop) {
  for (uint32_t i = w->last_use[r]; i != IR_NONE; i = w->uses[i].previous) {
    PgLoopUse *use = &w->uses[i].use;
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): i is an index of w->uses */
    if (use->func != w->f)
      break;
    if (use->loop == loop)
      return use;
  }
  HP_GROW(w->uses, w->nuses, w->uses_cap);
  w->uses[w->nuses] = (Use){.use = {.func = w->f, .loop = loop}, .record = r};
  IrBlockId header = w->an->loops[loop].header;
  w->uses[w->nuses].use.cold = w->an->cold[header];
  w->uses[w->nuses].use.times = w->an->freq[0] > 0 ? w->an->freq[header] / w->an->freq[0] : 0;
  w->uses[w->nuses].previous = w->last_use[r];
  w->last_use[r] = w->nuses;
  return &w->uses[w->nuses++].use;
}

static uint64_t field_bit(uint32_t field) {
  return (uint64_t)1 << (field < 63 ? field : 63);
}

static void touch(PgLoopUse *use, uint64_t fields, const IrAccess *access) {
  if (access->read)
    use->read |= fields;
  if (access->write)
    use->written |= fields;
}

/* Do the addresses move from one object of the record to another? */
static bool moves(IrAccessInLoop in, uint64_t record_size) {
  switch (in.cls) {
  case IR_AC_UNIT:
  case IR_AC_STRIDED:
    return (uint64_t)llabs(in.stride) >= record_size;
  case IR_AC_SYMBOLIC:
  case IR_AC_INDIRECT:
  case IR_AC_POINTER:
  case IR_AC_CHASED:
    return true;
  case IR_AC_INVARIANT:
  case IR_AC_UNKNOWN:
    return false;
  }
  return false;
}

static void note_path(Facts *w, const IrAccess *access, const IrAddr *a, IrAccessInLoop in) {
  for (uint32_t h = 0; h < a->nhops; h++) {
    IrHop hop = w->fn->hops[a->hops + h];
    PgLoopUse *use = use_of(w, w->record_of[hop.record], access->loop);
    touch(use, field_bit(hop.field), access);
    if (h)
      continue;
    use->walks |= moves(in, w->u->records[hop.record].size);
    use->chased |= in.cls == IR_AC_CHASED;
  }
}

/* A record copied or cleared whole: all its fields. */
static void note_whole(Facts *w, const IrAccess *access, const IrAddr *a) {
  IrRecordId id = w->u->types[a->type].record;
  if (w->u->types[a->type].kind != IR_T_RECORD || id == IR_NONE)
    return;
  PgLoopUse *use = use_of(w, w->record_of[id], access->loop);
  uint32_t n = w->u->records[id].nfields;
  touch(use, n >= 64 ? UINT64_MAX : ((uint64_t)1 << n) - 1, access);
  if (!a->nhops) {
    use->walks |= moves(access->in, w->u->records[id].size);
    use->chased |= access->in.cls == IR_AC_CHASED;
  }
}

static void note_access(Facts *w, const IrAccess *access) {
  if (access->loop == IR_NONE ||
      (w->an->cold[access->block] && !w->an->cold[w->an->loops[access->loop].header]))
    return;
  const IrAddr *a = &w->fn->addrs[access->addr];
  note_path(w, access, a, access->in);
  note_whole(w, access, a);
  /* p->a[i]: the path to `a` is in the ADDR below. */
  for (const IrInsn *in = ir_def(w->fn, a->base); in && (in->op == IR_ADDR || in->op == IR_CONV);) {
    if (in->op == IR_CONV) {
      in = ir_def(w->fn, ir_arg(w->fn, in, 0));
      continue;
    }
    a = &w->fn->addrs[in->aux];
    if (a->nhops)
      note_path(w, access, a, ir_addr_in(w->an, a, access->loop));
    in = ir_def(w->fn, a->base);
  }
}

static void note_loops(Facts *w) {
  for (uint32_t i = 0; i < w->an->naccesses; i++)
    note_access(w, &w->an->accesses[i]);
  for (uint32_t i = 0; i < w->an->nchases; i++) {
    const IrChase *chase = &w->an->chases[i];
    if (chase->record == IR_NONE)
      continue;
    PgLoopUse *use = use_of(w, w->record_of[chase->record], chase->loop);
    use->walks = use->chased = true;
  }
}

/* ---- allocation sites ------------------------------------------------------------------------ */

/* A size as `constant` + `unit` * something only known at run time; unit 0: nothing more. */
typedef struct Extent {
  int64_t constant, unit;
} Extent;

static int64_t gcd(int64_t a, int64_t b) {
  while (b) {
    int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return llabs(a);
}

static Extent times(Extent a, Extent b) {
  Extent r = {0, 1};
  int64_t cross;
  if (a.unit && b.unit) {
    if (a.constant || b.constant || __builtin_mul_overflow(a.unit, b.unit, &r.unit))
      r.unit = 1;
    return r;
  }
  if (__builtin_mul_overflow(a.constant, b.constant, &r.constant) ||
      __builtin_mul_overflow(a.unit ? a.unit : b.unit, a.unit ? b.constant : a.constant, &cross))
    return (Extent){0, 1};
  r.unit = llabs(cross);
  return r;
}

static Extent extent_of(const IrFunction *fn, IrRef ref, int depth) {
  int64_t value;
  if (ir_const_int(fn, ref, &value))
    return (Extent){value, 0};
  const IrInsn *in = ir_def(fn, ref);
  Extent any = {0, 1}, x, y;
  if (!in || depth > 12)
    return any;
  switch ((IrOp)in->op) {
  case IR_CONV:
    return extent_of(fn, ir_arg(fn, in, 0), depth + 1);
  case IR_ADD:
    x = extent_of(fn, ir_arg(fn, in, 0), depth + 1);
    y = extent_of(fn, ir_arg(fn, in, 1), depth + 1);
    if (__builtin_add_overflow(x.constant, y.constant, &any.constant))
      return (Extent){0, 1};
    any.unit = gcd(x.unit, y.unit);
    return any;
  case IR_MUL:
    return times(extent_of(fn, ir_arg(fn, in, 0), depth + 1),
                 extent_of(fn, ir_arg(fn, in, 1), depth + 1));
  case IR_SHL:
    if (ir_const_int(fn, ir_arg(fn, in, 1), &value) && value >= 0 && value < 62)
      return times(extent_of(fn, ir_arg(fn, in, 0), depth + 1), (Extent){(int64_t)1 << value, 0});
    return any;
  default:
    return any;
  }
}

static Extent call_extent(const IrProgram *p, PgFunc callee, const IrFunction *fn,
                          const IrInsn *in) {
  SizeForm size = p->flows[callee].size;
  uint32_t skip = in->op == IR_CALLP, a = (uint32_t)size.a + skip, b = (uint32_t)size.b + skip;
  Extent any = {0, 1};
  if (size.kind == SIZE_FIXED)
    return (Extent){size.bytes, 0};
  if (size.kind == SIZE_NONE || size.kind == SIZE_UNKNOWN || a >= in->nargs || b >= in->nargs)
    return any;
  Extent first = extent_of(fn, ir_arg(fn, in, a), 0);
  if (size.kind == SIZE_ARG)
    return first;
  return times(first, size.kind == SIZE_ARG_ARG ? extent_of(fn, ir_arg(fn, in, b), 0)
                                                : (Extent){size.bytes, 0});
}

/* How many objects of a size fit. One object may be followed by a tail. */
enum { NOT_FOR_IT = 0, RUN_TIME_COUNT = -1, RUN_TIME_BYTES = -2 };
static int64_t elements(Extent extent, uint64_t record_size) {
  int64_t size = (int64_t)record_size;
  if (size <= 0)
    return NOT_FOR_IT;
  if (!extent.unit) {
    if (extent.constant < size)
      return NOT_FOR_IT;
    return extent.constant % size ? 1 : extent.constant / size;
  }
  if (extent.unit % size == 0 && extent.constant % size == 0)
    return RUN_TIME_COUNT;
  if (extent.constant >= size)
    return 1;
  return extent.unit == 1 && !extent.constant ? RUN_TIME_BYTES : NOT_FOR_IT;
}

/* Records that a use of a pointer says it points to; IR_NONE if it says nothing. `next` is a value
 * that is the same pointer. */
static IrRecordId told_by_use(const IrUnit *u, const IrFunction *fn, IrRef value, IrInsnId id,
                              IrInsnId *next) {
  const IrInsn *in = &fn->insns[id];
  const IrAddr *a = ir_addr_of(fn, in);
  *next = IR_NONE;
  switch ((IrOp)in->op) {
  case IR_CONV:
  case IR_PHI:
    *next = id;
    return ir_pointee_record(u, in->type);
  case IR_RET:
    return ir_pointee_record(u, fn->result);
  case IR_ADDR:
  case IR_LOAD:
  case IR_STORE:
  case IR_CLEAR:
  case IR_COPY:
  case IR_RMW:
  case IR_CMPXCHG:
    if (in->op == IR_COPY && a->base != value)
      a++;
    if (a->base == value)
      return a->nhops ? fn->hops[a->hops].record : u->types[a->type].record;
    return in->op == IR_STORE ? ir_pointee_record(u, a->type) : IR_NONE;
  default:
    return IR_NONE;
  }
}

enum { MAX_SAME = 16 /* values followed for one pointer */ };

PgRecord pg_site_record(const IrProgram *p, PgFunc f, IrInsnId id, int64_t *count) {
  const PgFunction *func = &p->funcs[f];
  const IrFunction *fn = func->fn;
  const IrAnalysis *an = func->an;
  const IrInsn *call = &fn->insns[id];
  uint32_t unit = pg_unit_index(p, func->unit);
  PgFunc callee = pg_call_target(p, unit, fn, call);
  *count = 1;
  if (callee == IR_NONE || p->funcs[callee].summary.record != IR_NONE)
    return callee == IR_NONE ? IR_NONE : p->funcs[callee].summary.record;
  Extent extent = call_extent(p, callee, fn, call);
  IrInsnId same[MAX_SAME] = {id};
  for (uint32_t i = 0, n = 1; i < n; i++) {
    IrRef value = ir_ref(IR_REF_VALUE, same[i]);
    for (uint32_t k = an->uses_at[same[i]]; k < an->uses_at[same[i] + 1]; k++) {
      IrInsnId next;
      IrRecordId record = told_by_use(func->unit, fn, value, an->uses[k], &next);
      int64_t fit = record == IR_NONE ? 0 : elements(extent, func->unit->records[record].size);
      if (fit) {
        *count = fit;
        return p->record_of[unit][record];
      }
      bool known = next == IR_NONE || n == MAX_SAME;
      for (uint32_t j = 0; j < n; j++)
        known |= same[j] == next;
      if (!known)
        same[n++] = next;
    }
  }
  return IR_NONE;
}

/* Is the function called in a loop, or what passes its result on? Loops further up do not count:
 * what a server's main loop makes once in a while is no crowd. */
enum { CONSTRUCTORS_UP = 3 };
static bool called_in_loop(const IrProgram *p, PgFunc f, int up) {
  const PgFunction *func = &p->funcs[f];
  for (uint32_t i = 0; i < func->ncallers; i++) {
    const PgCall *call = &p->calls[func->callers[i]];
    bool passes_on = p->funcs[call->caller].summary.flags & PG_FRESH;
    if (call->loop_depth || (up && passes_on && called_in_loop(p, call->caller, up - 1)))
      return true;
  }
  return false;
}

/* Calls of a constructor are not sites: the call in it is. */
static void note_alloc(Facts *w, const PgCall *call) {
  const PgSummary *to = &w->p->funcs[call->callee].summary;
  if (!(to->flags & PG_FRESH) || to->record != IR_NONE)
    return;
  int64_t count;
  PgRecord r = pg_site_record(w->p, w->f, call->insn, &count);
  if (r == IR_NONE)
    return;
  HP_GROW(w->sites, w->nsites, w->sites_cap);
  w->sites[w->nsites++] = (Site){{w->f, call->insn, count < 0 ? -1 : count, call->loop_depth}, r};
  bool cold = w->an->cold[w->an->block_of[call->insn]];
  if (count == RUN_TIME_COUNT || count > MANY)
    w->p->records[r].flags |= PG_REC_HEAP_ARRAY;
  if (count == 1 && !cold && (call->loop_depth || called_in_loop(w->p, w->f, CONSTRUCTORS_UP)))
    w->p->records[r].flags |= PG_REC_ALLOC_LOOP;
}

/* ---- bytes and beginnings -------------------------------------------------------------------- */

static IrRecordId element_record(const IrUnit *u, IrTypeId type, uint64_t *count) {
  *count = 1;
  while (u->types[type].kind == IR_T_ARRAY) {
    *count *= u->types[type].count;
    type = u->types[type].sub;
  }
  return u->types[type].kind == IR_T_RECORD ? u->types[type].record : IR_NONE;
}

/* The record whose objects a pointer points to, whatever it was converted to since. */
static IrRecordId pointed_record(const IrUnit *u, const IrFunction *fn, IrRef ref) {
  uint64_t count;
  for (const IrInsn *in; (in = ir_def(fn, ref));) {
    IrRecordId record = ir_pointee_record(u, in->type);
    if (record != IR_NONE)
      return record;
    if (in->op == IR_ADDR)
      return element_record(u, fn->addrs[in->aux].type, &count);
    if (in->op != IR_CONV)
      return IR_NONE;
    ref = ir_arg(fn, in, 0);
  }
  if (ir_ref_kind(ref) == IR_REF_LOCAL)
    return element_record(u, fn->locals[ir_ref_index(ref)].type, &count);
  if (ir_ref_kind(ref) == IR_REF_SYM)
    return element_record(u, u->symbols[ir_ref_index(ref)].type, &count);
  return IR_NONE;
}

static bool has_constant(const IrFunction *fn, const IrInsn *in, uint64_t wanted) {
  int64_t value;
  for (uint32_t i = 0; i < in->nargs; i++)
    if (ir_const_int(fn, ir_arg(fn, in, i), &value) && (uint64_t)value == wanted)
      return true;
  return false;
}

/* The program's own functions that read bytes (hashes, writers) must be given the record's size
 * too: a string function gets a name in a record. */
static void note_bytes(Facts *w, const PgCall *call) {
  const IrInsn *in = &w->fn->insns[call->insn];
  uint32_t mask = w->p->flows[call->callee].bytes, skip = in->op == IR_CALLP;
  for (uint32_t k = 0; k < 32 && mask >> k && k + skip < in->nargs; k++) {
    if (!(mask >> k & 1))
      continue;
    IrRecordId id = pointed_record(w->u, w->fn, ir_arg(w->fn, in, k + skip));
    if (id == IR_NONE)
      continue;
    if (w->p->library[call->callee] || has_constant(w->fn, in, w->u->records[id].size))
      w->p->records[w->record_of[id]].flags |= PG_REC_BYTES_ESCAPE;
  }
}

static void note_handed_out(Facts *w, IrRef ref) {
  IrRecordId id = pointed_record(w->u, w->fn, ref);
  if (id != IR_NONE)
    w->p->records[w->record_of[id]].flags |= PG_REC_HANDED_OUT;
}

/* Calls through pointers that may lead out of the program. */
static void note_callbacks(Facts *w) {
  for (uint32_t i = 0; i < w->func->ncalls; i++) {
    const PgCall *call = &w->p->calls[w->func->calls[i]];
    const IrInsn *in = &w->fn->insns[call->insn];
    for (uint32_t k = 1; call->callee == IR_NONE && in->op == IR_CALLP && k < in->nargs; k++)
      note_handed_out(w, ir_arg(w->fn, in, k));
  }
}

/* What a function returns that only code outside of the program can call. */
static void note_results(Facts *w) {
  if (w->func->ncallers || w->func->symbol->flags & (IR_SYM_INTERNAL | IR_SYM_ADDRESS_TAKEN))
    return;
  for (IrInsnId i = 0; i < w->fn->ninsns; i++) {
    const IrInsn *in = &w->fn->insns[i];
    if (in->op == IR_RET && in->nargs)
      note_handed_out(w, ir_arg(w->fn, in, 0));
  }
}

static void note_calls(Facts *w) {
  for (uint32_t i = 0; i < w->func->ncalls; i++) {
    const PgCall *call = &w->p->calls[w->func->calls[i]];
    if (call->callee == IR_NONE || call->kind == PG_CALL_BACK || call->kind == PG_CALL_LATER)
      continue;
    if (call->kind == PG_CALL_DIRECT)
      note_alloc(w, call);
    note_bytes(w, call);
  }
}

/* `(struct tail *)(p + 1)` says nothing about what p's record begins with. */
static bool beside(const IrFunction *fn, IrRef ref) {
  const IrInsn *in = ir_def(fn, ref);
  if (!ir_is(in, IR_ADDR))
    return false;
  const IrAddr *a = &fn->addrs[in->aux];
  return !a->nhops && (a->offset || ir_ref_kind(a->index) != IR_REF_NONE);
}

/* The address of a file's bytes: mmap of a descriptor that is not -1. */
static bool maps_file(const Facts *w, IrRef ref) {
  enum { DESCRIPTOR = 4 };
  const IrInsn *in = ir_def(w->fn, ref);
  IrSymId callee = ir_is(in, IR_CALL) ? ir_callee(in) : IR_NONE;
  if (callee == IR_NONE || in->nargs <= DESCRIPTOR)
    return false;
  const char *name = ir_str(w->u, w->u->symbols[callee].name);
  int64_t none;
  return (!strcmp(name, "mmap") || !strcmp(name, "mmap64")) &&
         !(ir_const_int(w->fn, ir_arg(w->fn, in, DESCRIPTOR), &none) && none == -1);
}

static void note_casts(Facts *w) {
  for (IrInsnId i = 0; i < w->fn->ninsns; i++) {
    const IrInsn *in = &w->fn->insns[i];
    if (in->op != IR_CONV)
      continue;
    IrRecordId to = ir_pointee_record(w->u, in->type);
    if (to != IR_NONE && maps_file(w, ir_arg(w->fn, in, 0)))
      w->p->records[w->record_of[to]].flags |= PG_REC_BYTES_ESCAPE;
    IrRecordId from = to == IR_NONE ? IR_NONE : pointed_record(w->u, w->fn, ir_arg(w->fn, in, 0));
    if (from == IR_NONE || w->record_of[from] == w->record_of[to] ||
        beside(w->fn, ir_arg(w->fn, in, 0)))
      continue;
    w->p->records[w->record_of[from]].flags |= PG_REC_PREFIX;
    w->p->records[w->record_of[to]].flags |= PG_REC_PREFIX;
  }
}

/* ---- arrays ---------------------------------------------------------------------------------- */

static void note_array(IrProgram *p, uint32_t unit, IrTypeId type) {
  const IrUnit *u = p->units[unit];
  uint64_t count;
  IrRecordId id = u->types[type].kind == IR_T_ARRAY ? element_record(u, type, &count) : IR_NONE;
  if (id == IR_NONE)
    return;
  PgRecordInfo *info = &p->records[p->record_of[unit][id]];
  if (count > MANY)
    info->flags |= PG_REC_ARRAY;
  if (count > info->array_count)
    info->array_count = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

static void note_arrays(IrProgram *p) {
  for (uint32_t i = 0; i < p->nunits; i++) {
    const IrUnit *u = p->units[i];
    for (uint32_t s = 0; s < u->nsymbols; s++)
      if (!(u->symbols[s].flags & IR_SYM_FUNCTION))
        note_array(p, i, u->symbols[s].type);
    for (uint32_t f = 0; f < u->nfields; f++)
      note_array(p, i, u->fields[f].type);
    for (uint32_t f = 0; f < u->nfunctions; f++)
      for (uint32_t k = 0; k < u->functions[f].nlocals; k++)
        note_array(p, i, u->functions[f].locals[k].type);
  }
}

/* ---- together -------------------------------------------------------------------------------- */

static void turn_to(Facts *w, PgFunc f) {
  w->f = f;
  w->func = &w->p->funcs[f];
  w->u = w->func->unit;
  w->fn = w->func->fn;
  w->an = w->func->an;
  w->unit = pg_unit_index(w->p, w->u);
  w->record_of = w->p->record_of[w->unit];
}

static void hand_out_uses(Facts *w) {
  IrProgram *p = w->p;
  PgLoopUse *sorted = HP_NEW(p->arena, PgLoopUse, w->nuses);
  for (uint32_t i = 0; i < w->nuses; i++) {
    PgRecordInfo *info = &p->records[w->uses[i].record];
    info->nuses++;
    if (w->uses[i].use.chased && !w->uses[i].use.cold)
      info->flags |= PG_REC_CHASED;
  }
  for (PgRecord r = 0; r < p->nrecords; r++) {
    p->records[r].uses = sorted;
    sorted += p->records[r].nuses;
    p->records[r].nuses = 0;
  }
  for (uint32_t i = 0; i < w->nuses; i++) {
    PgRecordInfo *info = &p->records[w->uses[i].record];
    ((PgLoopUse *)(uintptr_t)info->uses)[info->nuses++] = w->uses[i].use;
  }
}

static void hand_out_sites(Facts *w) {
  IrProgram *p = w->p;
  PgAllocSite *sorted = HP_NEW(p->arena, PgAllocSite, w->nsites);
  for (uint32_t i = 0; i < w->nsites; i++)
    p->records[w->sites[i].record].nallocs++;
  for (PgRecord r = 0; r < p->nrecords; r++) {
    p->records[r].allocs = sorted;
    sorted += p->records[r].nallocs;
    p->records[r].nallocs = 0;
  }
  for (uint32_t i = 0; i < w->nsites; i++) {
    PgRecordInfo *info = &p->records[w->sites[i].record];
    ((PgAllocSite *)(uintptr_t)info->allocs)[info->nallocs++] = w->sites[i].site;
  }
}

PgRecordNotes *pg_note_records(IrProgram *p) {
  Facts *w = hp_calloc(1, sizeof *w);
  *w = (Facts){.p = p, .last_use = hp_malloc(p->nrecords * sizeof *w->last_use)};
  for (PgRecord r = 0; r < p->nrecords; r++) {
    w->last_use[r] = IR_NONE;
    if (p->records[r].record->flags & IR_REC_SIZEOF_BYTES)
      p->records[r].flags |= PG_REC_BYTES_ESCAPE;
    if (p->records[r].record->flags & IR_REC_CAST)
      p->records[r].flags |= PG_REC_PREFIX;
  }
  note_arrays(p);
  for (PgFunc f = 0; f < p->nfuncs; f++) {
    if (!p->funcs[f].fn)
      continue;
    turn_to(w, f);
    note_loops(w);
    note_casts(w);
  }
  return w;
}

void pg_record_facts(PgRecordNotes *w) {
  const IrProgram *p = w->p;
  const bool whole = pg_is_whole(p);
  for (PgFunc f = 0; f < p->nfuncs; f++) {
    if (!p->funcs[f].fn)
      continue;
    turn_to(w, f);
    note_calls(w);
    if (!whole) {
      note_callbacks(w);
      note_results(w);
    }
  }
  hand_out_uses(w);
  hand_out_sites(w);
  free(w->uses);
  free(w->sites);
  free(w->last_use);
  free(w);
}
