/* hplint's unit record -> facts. */
#include "ir/analysis.h"
#include "tests/oracle/oracle.h"

#include <stdlib.h>
#include <string.h>

typedef struct IrSide {
  const IrUnit *unit;
  const IrFunction *fn;
  UnitFacts *facts;
  FunctionFacts *out;
  uint8_t *uses;        /* USED_*, by instruction */
  const char **records; /* names both sides agree on, by record */
} IrSide;

/* ---- records --------------------------------------------------------------------------------- */

static const char *record_name(UnitFacts *facts, const IrUnit *unit, const IrRecord *r) {
  const char *name = ir_str(unit, r->name);
  if (!*name || r->flags & IR_REC_ANONYMOUS)
    return hp_arena_format(facts->arena, "anon/%llu", (unsigned long long)r->size);
  const char *space = strrchr(name, ' '); /* struct X, or a typedef's name */
  return space ? space + 1 : name;
}

static void add_run(UnitFacts *facts, const char *record, uint64_t start, uint64_t end) {
  HP_GROW(facts->runs, facts->nruns, facts->runs_cap);
  facts->runs[facts->nruns++] = (BitRun){record, start / 8, (end + 7) / 8};
}

static void add_runs(IrSide *s, const IrRecord *r, const char *name) {
  if (r->flags & IR_REC_UNION)
    return;
  uint64_t start = 0, end = 0;
  bool open = false;
  for (uint32_t i = 0; i < r->nfields; i++) {
    const IrField *f = &s->unit->fields[r->fields + i];
    bool bits = f->flags & IR_FIELD_BITFIELD;
    if (open && !bits)
      add_run(s->facts, name, start, end);
    else if (bits && !open)
      start = f->offset_bits;
    if (bits)
      end = f->offset_bits + f->width_bits;
    open = bits;
  }
  if (open)
    add_run(s->facts, name, start, end);
}

/* ---- fields ---------------------------------------------------------------------------------- */

static bool is_aggregate(const IrUnit *u, IrTypeId type) {
  uint8_t kind = u->types[type].kind;
  return kind == IR_T_RECORD || kind == IR_T_ARRAY;
}

static bool is_local(const IrFunction *fn, const IrAddr *a) {
  return ir_ref_kind(ir_addr_root(fn, a->base)) == IR_REF_LOCAL;
}

static uint64_t hop_offset(const IrUnit *u, const IrHop *h) {
  return u->fields[u->records[h->record].fields + h->field].offset_bits / 8;
}

/* Last hop through a struct; those into a union leave no trace in LLVM. NULL: none. With `trim`
 * also those to a first member leave none. */
static const IrHop *last_hop(const IrSide *s, const IrAddr *a, bool trim) {
  for (uint32_t i = a->nhops; i-- > 0;) {
    const IrHop *h = &s->fn->hops[a->hops + i];
    const IrRecord *r = &s->unit->records[h->record];
    if (r->flags & IR_REC_UNION || (trim && !hop_offset(s->unit, h)))
      continue;
    return h;
  }
  return NULL;
}

/* A bit-field at the front of its record: clang gets there without a step, so that LLVM does not
 * know the record. */
static bool is_front_bits(const IrSide *s, const IrAddr *a) {
  if (!(a->flags & IR_MEM_BITFIELD) || !a->nhops)
    return false;
  const IrHop *h = &s->fn->hops[a->hops + a->nhops - 1];
  const BitRun *run = facts_run(s->facts, s->records[h->record], hop_offset(s->unit, h));
  return s->unit->records[h->record].flags & IR_REC_UNION || (run && !run->start);
}

/* The object of a global variable has a type of its own in LLVM where its initialiser asks for one:
 * bit-fields, unions, an array at the end that takes part in the object. */
static bool is_odd(const IrUnit *u, IrTypeId type) {
  const IrType *t = &u->types[type];
  while (t->kind == IR_T_ARRAY)
    t = &u->types[t->sub];
  if (t->kind != IR_T_RECORD)
    return false;
  const IrRecord *r = &u->records[t->record];
  bool odd = r->flags & (IR_REC_UNION | IR_REC_FLEXIBLE | IR_REC_INCOMPLETE);
  for (uint32_t i = 0; i < r->nfields && !odd; i++) {
    const IrField *f = &u->fields[r->fields + i];
    odd = f->flags & IR_FIELD_BITFIELD || is_odd(u, f->type);
  }
  return odd;
}

static void add_field(IrSide *s, const IrHop *h, const char *touch, uint32_t flags) {
  if (!h)
    return;
  uint64_t offset = hop_offset(s->unit, h);
  const IrRecord *r = &s->unit->records[h->record];
  const BitRun *run = facts_run(s->facts, s->records[h->record], offset);
  if (!s->unit->types[s->unit->fields[r->fields + h->field].type].size)
    flags |= FACT_OPTIONAL; /* clang makes no step to what has no size */
  facts_add_field(s->facts, s->out, touch, s->records[h->record], run ? run->start : offset, flags);
}

/* Below a global variable first members are not to be seen: neither the address of one, which is
 * the whole's unless a variable holds that, nor an access in an object of an odd type. */
static void add_global(IrSide *s, const IrAddr *a, const char *touch, uint32_t flags) {
  const IrHop *last = last_hop(s, a, false), *seen = last_hop(s, a, true);
  bool address = !strcmp(touch, "address"), indexed = ir_ref_kind(a->index) != IR_REF_NONE;
  if (!address) {
    bool lost = last != seen && is_odd(s->unit, s->unit->symbols[ir_ref_index(a->base)].type);
    add_field(s, last, touch, flags | (lost ? FACT_OPTIONAL : 0u));
    return;
  }
  uint32_t once = indexed ? 0u : FACT_ONCE;
  if (last != seen)
    add_field(s, last, touch, flags | FACT_OPTIONAL | once);
  add_field(s, seen, touch, flags | once | (indexed && last != seen ? FACT_OPTIONAL : 0u));
}

static void add_touch(IrSide *s, const IrAddr *a, const char *touch, uint32_t flags) {
  IrRefKind base = ir_ref_kind(a->base);
  if (base == IR_REF_CONST) /* the old way to write offsetof, or a pointer that is known */
    flags |= FACT_OPTIONAL;
  if (is_front_bits(s, a)) {
    /* One that fills its unit is written like any other scalar. */
    bool whole = a->bit_width % 8 == 0 && !strcmp(touch, "write");
    facts_add_field(s->facts, s->out, touch, "?", 0, flags | (whole ? FACT_OPTIONAL : 0u));
  } else if (base == IR_REF_SYM) {
    add_global(s, a, touch, flags);
  } else {
    add_field(s, last_hop(s, a, false), touch, flags);
  }
}

/* ---- addresses as values --------------------------------------------------------------------- */

enum {
  USED_FURTHER = 1, /* by a step into a field, or a scalar access at it: `((T *)&p->a)->b` */
  USED_FILLED = 2,  /* stored to, at it or below */
  USED_KEPT = 4,    /* stored in a local variable: an initialiser, which may be copied whole */
  USED_OTHER = 8,
};

/* What a pointer is converted from within one expression; LLVM has no such conversions. */
static IrRef unconverted(const IrSide *s, IrRef ref) {
  for (;;) {
    const IrInsn *def = ir_def(s->fn, ref);
    if (!ir_is(def, IR_CONV) || def->name || s->unit->types[def->type].kind != IR_T_PTR)
      return ref;
    const IrInsn *from = ir_def(s->fn, ir_arg(s->fn, def, 0));
    if (!from || s->unit->types[from->type].kind != IR_T_PTR)
      return ref;
    ref = ir_arg(s->fn, def, 0);
  }
}

/* An ADDR that leads on within one expression: no variable holds it, and it is no array's first
 * element. The chain of steps does not end there. */
static bool leads_on(const IrSide *s, IrRef ref) {
  const IrInsn *def = ir_def(s->fn, ref);
  if (!ir_is(def, IR_ADDR) || def->name)
    return false;
  const IrAddr *a = &s->fn->addrs[def->aux];
  if (!a->nhops)
    return false;
  const IrHop *h = &s->fn->hops[a->hops + a->nhops - 1];
  IrTypeId type = s->unit->fields[s->unit->records[h->record].fields + h->field].type;
  IrTypeId to = s->unit->types[def->type].sub;
  return s->unit->types[type].kind != IR_T_ARRAY || s->unit->types[to].kind == IR_T_ARRAY;
}

static bool is_plain(const IrAddr *a) {
  return !a->nhops && !a->offset && ir_ref_kind(a->index) == IR_REF_NONE;
}

static void note_base(IrSide *s, const IrAddr *a, IrOp op, bool target) {
  IrRef base = unconverted(s, a->base);
  if (ir_ref_kind(base) != IR_REF_VALUE)
    return;
  bool field = a->nhops && ir_ref_kind(a->index) == IR_REF_NONE;
  bool scalar = is_plain(a) && op != IR_ADDR && op != IR_COPY && op != IR_CLEAR &&
                !is_aggregate(s->unit, a->type);
  bool fill = target && (op == IR_STORE || op == IR_CLEAR || op == IR_COPY);
  uint8_t *uses = &s->uses[ir_ref_index(base)];
  if (leads_on(s, base) && (field || scalar))
    *uses |= USED_FURTHER;
  else
    *uses |= fill ? USED_FILLED : USED_OTHER;
}

static void note_uses(IrSide *s) {
  const IrFunction *fn = s->fn;
  for (uint32_t i = 0; i < fn->ninsns; i++) {
    const IrInsn *in = &fn->insns[i];
    bool hidden =
        in->op == IR_CONV && unconverted(s, ir_ref(IR_REF_VALUE, i)) != ir_ref(IR_REF_VALUE, i);
    bool kept = in->op == IR_STORE && is_local(fn, ir_addr_of(fn, in));
    for (uint32_t k = 0; k < in->nargs && !hidden; k++) {
      IrRef arg = unconverted(s, ir_arg(fn, in, k));
      if (ir_ref_kind(arg) == IR_REF_VALUE)
        s->uses[ir_ref_index(arg)] |= kept ? USED_KEPT : USED_OTHER;
    }
    if (in->name)
      s->uses[i] |= USED_OTHER; /* by the variable */
    const IrAddr *a = ir_addr_of(fn, in);
    if (!a)
      continue;
    note_base(s, a, (IrOp)in->op, true);
    if (in->op == IR_COPY)
      note_base(s, a + 1, IR_COPY, false);
  }
}

/* ---- accesses -------------------------------------------------------------------------------- */

/* Where a scalar access really is: at the address it takes as its base. */
static const IrAddr *real_place(const IrSide *s, const IrAddr *a) {
  IrRef base = unconverted(s, a->base);
  return is_plain(a) && leads_on(s, base) ? &s->fn->addrs[ir_def(s->fn, base)->aux] : a;
}

static void add_scalar(IrSide *s, const IrAddr *a, const char *touch, uint32_t flags) {
  if (is_aggregate(s->unit, a->type))
    add_touch(s, a, "address", flags);
  else
    add_touch(s, real_place(s, a), touch, flags);
}

static void add_copy(IrSide *s, const IrAddr *to, const IrAddr *from) {
  if (!to->size) /* nothing to copy */
    return;
  IrRefKind base = ir_ref_kind(from->base);
  bool constant = !from->nhops && (base == IR_REF_SYM || base == IR_REF_STR);
  add_touch(s, to, "address", is_local(s->fn, to) && constant ? FACT_OPTIONAL : 0);
  add_touch(s, from, "address", 0);
}

/* A record that is read whole, to be passed by value: clang may read its scalars. Below a global
 * variable that of the first looks like a read of this member. */
static void add_first_scalar(IrSide *s, const IrAddr *a) {
  const IrType *t = &s->unit->types[a->type];
  const IrField *f = NULL;
  uint32_t record = IR_NONE;
  while (t->kind == IR_T_RECORD && s->unit->records[t->record].nfields) {
    record = t->record;
    f = &s->unit->fields[s->unit->records[record].fields];
    t = &s->unit->types[f->type];
  }
  if (!f || ir_ref_kind(a->base) != IR_REF_SYM || ir_ref_kind(a->index) != IR_REF_NONE)
    return;
  const char *name = f->flags & IR_FIELD_BITFIELD ? "?" : s->records[record];
  facts_add_field(s->facts, s->out, "read", name, 0, FACT_OPTIONAL);
}

/* Known before the program runs: clang copies what is made of it. */
static bool is_constant(const IrFunction *fn, IrRef ref) {
  IrRefKind kind = ir_ref_kind(ref);
  if (kind != IR_REF_VALUE)
    return kind == IR_REF_CONST || kind == IR_REF_STR || kind == IR_REF_SYM;
  const IrInsn *def = ir_def(fn, ref);
  const IrAddr *a = ir_is(def, IR_ADDR) ? &fn->addrs[def->aux] : NULL;
  return a && ir_ref_kind(a->base) == IR_REF_SYM && ir_ref_kind(a->index) == IR_REF_NONE;
}

static void add_memory(IrSide *s, IrInsnId id) {
  const IrFunction *fn = s->fn;
  const IrInsn *in = &fn->insns[id];
  const IrAddr *a = ir_addr_of(fn, in);
  if (!a)
    return;
  bool local = is_local(fn, a);
  switch ((IrOp)in->op) {
  case IR_LOAD: {
    bool coerced = is_aggregate(s->unit, a->type) && ir_ref_kind(a->base) == IR_REF_SYM;
    add_scalar(s, a, "read", coerced ? FACT_OPTIONAL : 0);
    add_first_scalar(s, a);
    break;
  }
  case IR_STORE:
    add_scalar(s, a, "write", local && is_constant(fn, ir_arg(fn, in, 0)) ? FACT_OPTIONAL : 0);
    break;
  case IR_RMW:
  case IR_CMPXCHG:
    add_scalar(s, a, "update", 0);
    break;
  case IR_CLEAR:
    add_scalar(s, a, "write", local ? FACT_OPTIONAL : 0);
    break;
  case IR_COPY:
    add_copy(s, a, a + 1);
    break;
  default: {
    uint8_t uses = s->uses[id] & (USED_OTHER | USED_KEPT | USED_FILLED);
    bool global = ir_ref_kind(a->base) == IR_REF_SYM;
    if (uses)
      add_touch(s, a, "address",
                (local && uses == USED_FILLED) || (global && uses == USED_KEPT) ? FACT_OPTIONAL
                                                                                : 0);
  }
  }
}

/* ---- loops ----------------------------------------------------------------------------------- */

static const uint32_t *successors(const IrGraph *graph, uint32_t block, uint32_t *count) {
  const IrFunction *fn = graph->self;
  *count = fn->blocks[block].nsuccs;
  return fn->edges + fn->blocks[block].succs;
}

static void add_loops(IrSide *s) {
  HpArena *arena = hp_arena_new();
  const IrFunction *fn = s->fn;
  IrGraph graph = {fn, fn->nblocks, successors};
  uint32_t n, *loop_of;
  uint32_t *idom = ir_dominators(&graph, arena);
  const IrLoop *loops = ir_natural_loops(&graph, idom, arena, &n, &loop_of);
  for (uint32_t i = 0; i < n; i++) {
    if (loops[i].irreducible)
      continue;
    uint32_t depth = 1;
    for (uint32_t p = loops[i].parent; p != IR_NONE; p = loops[p].parent)
      depth += !loops[p].irreducible;
    const IrBlock *header = &fn->blocks[loops[i].header];
    const IrBlockInfo *info = ir_block_info(fn, header);
    bool keyword = info->flags & IR_BLOCK_LOOP && info->loc;
    facts_add_loop(s->facts, s->out, depth, keyword ? ir_loc(fn, info->loc).line : 0);
  }
  hp_arena_free(arena);
}

/* ---- the unit -------------------------------------------------------------------------------- */

static void add_function(IrSide *s) {
  const IrUnit *u = s->unit;
  const IrFunction *fn = s->fn;
  s->out = facts_function(s->facts, ir_str(u, ir_link_name(&u->symbols[fn->sym])),
                          ir_str(u, u->files[fn->loc.file].path), fn->name_loc.line);
  s->uses = hp_calloc(fn->ninsns + 1, 1);
  note_uses(s);
  for (uint32_t i = 0; i < fn->ninsns; i++) {
    const IrInsn *in = &fn->insns[i];
    if (in->op == IR_CALL)
      facts_add_call(s->facts, s->out, ir_str(u, ir_link_name(&u->symbols[in->aux])));
    else if (in->op == IR_CALLP)
      facts_add(s->facts, s->out, CALLEES, 0, "(pointer)");
    else
      add_memory(s, i);
  }
  free(s->uses);
  add_loops(s);
}

static void add_named(UnitFacts *facts, const IrUnit *unit) {
  for (uint32_t i = 0; i < unit->nsymbols; i++)
    if ((unit->symbols[i].flags & (IR_SYM_FUNCTION | IR_SYM_SYSTEM)) == IR_SYM_FUNCTION) {
      HP_GROW(facts->named, facts->nnamed, facts->named_cap);
      facts->named[facts->nnamed++] =
          hp_arena_strdup(facts->arena, ir_str(unit, ir_link_name(&unit->symbols[i])));
    }
}

UnitFacts *facts_of_ir(const IrUnit *unit) {
  UnitFacts *facts = unit_facts_new();
  facts->main = hp_arena_strdup(facts->arena, ir_str(unit, unit->path));
  add_named(facts, unit);
  IrSide s = {.unit = unit, .facts = facts};
  s.records = HP_NEW(facts->arena, const char *, unit->nrecords + 1);
  for (uint32_t i = 0; i < unit->nrecords; i++) {
    s.records[i] = record_name(facts, unit, &unit->records[i]);
    add_runs(&s, &unit->records[i], s.records[i]);
  }
  for (uint32_t i = 0; i < unit->nfiles; i++)
    if (unit->files[i].flags & IR_FILE_SYSTEM) {
      HP_GROW(facts->system, facts->nsystem, facts->system_cap);
      facts->system[facts->nsystem++] =
          hp_arena_strdup(facts->arena, ir_str(unit, unit->files[i].path));
    }
  for (uint32_t i = 0; i < unit->nfunctions; i++) {
    s.fn = &unit->functions[i];
    add_function(&s);
  }
  return facts;
}
