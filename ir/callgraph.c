/* The call graph: which functions call which, direct and through pointers with one possible target;
 * its strongly connected components (Tarjan, "Depth-first search and linear graph algorithms",
 * 1972), which come out callees first; and from the callers' side how deep in loops a function
 * runs.
 *
 * A call through a pointer has a known target when the pointer is a function, or is loaded from a
 * field or a global (or an array that is one) into which the program puts only that function, by
 * initialisers and stores. Nothing is known of a place that something else than a function is
 * stored to, or whose own address goes anywhere. Fields count over all objects of their record. */
#include "ir/program_parts.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_HEAT = 8, SEVERAL = IR_NONE - 1 };

/* ---- places that hold function pointers ------------------------------------------------------ */

/* Operand behind conversions. */
static IrRef unconverted(const IrFunction *fn, IrRef ref) {
  for (const IrInsn *in = ir_def(fn, ref); ir_is(in, IR_CONV); in = ir_def(fn, ref))
    ref = ir_arg(fn, in, 0);
  return ref;
}

static PgFunc function_ref(const IrProgram *p, uint32_t unit, const IrFunction *fn, IrRef ref) {
  ref = unconverted(fn, ref);
  return ir_ref_kind(ref) == IR_REF_SYM ? pg_sym_func(p, unit, ir_ref_index(ref)) : IR_NONE;
}

/* A pointer to a function, or an array of them. */
static bool holds_function(const IrUnit *u, IrTypeId type) {
  const IrType *t = &u->types[type];
  while (t->kind == IR_T_ARRAY)
    t = &u->types[t->sub];
  return t->kind == IR_T_PTR && u->types[t->sub].kind == IR_T_FUNC;
}

static uint64_t field_key(const IrProgram *p, uint32_t unit, IrHop field) {
  PgRecord r = p->record_of[unit][field.record];
  return r == IR_NONE ? 0 : pg_mix(pg_mix(2, r), field.field) | 1;
}

static uint64_t global_key(const IrProgram *p, uint32_t unit, IrSymId sym) {
  const IrUnit *u = p->units[unit];
  const IrSymbol *symbol = &u->symbols[sym];
  if (!holds_function(u, symbol->type))
    return 0;
  uint32_t name = pg_lookup(&p->names, ir_str(u, ir_link_name(symbol)));
  if (symbol->flags & IR_SYM_INTERNAL)
    return pg_mix(pg_mix(3, unit), sym) | 1;
  return name == IR_NONE ? 0 : pg_mix(4, name) | 1;
}

/* Key of the field or global at an address; 0 when it is neither. */
static uint64_t place_key(const IrProgram *p, uint32_t unit, const IrFunction *fn,
                          const IrAddr *a) {
  if (a->nhops)
    return field_key(p, unit, fn->hops[a->hops + a->nhops - 1]);
  if (ir_ref_kind(a->base) == IR_REF_SYM)
    return global_key(p, unit, ir_ref_index(a->base));
  const IrInsn *array = ir_def(fn, a->base); /* p->table[i] starts from the table's address */
  return ir_is(array, IR_ADDR) && holds_function(p->units[unit], a->type)
             ? place_key(p, unit, fn, &fn->addrs[array->aux])
             : 0;
}

static void note_target(IrProgram *p, uint64_t key, PgFunc f) {
  if (!key)
    return;
  uint32_t *target = pg_map_at(&p->targets, key);
  *target = f != IR_NONE && (*target == IR_NONE || *target == f) ? f : (uint32_t)SEVERAL;
}

static void note_store(IrProgram *p, uint32_t unit, const IrFunction *fn, const IrInsn *in) {
  const IrAddr *a = &fn->addrs[in->aux];
  int64_t null;
  IrRef value = unconverted(fn, ir_arg(fn, in, 0));
  if (!holds_function(p->units[unit], a->type) || (ir_const_int(fn, value, &null) && !null))
    return;
  note_target(p, place_key(p, unit, fn, a), function_ref(p, unit, fn, value));
}

/* The address of such a place is an operand: who knows what is written through it. */
static void note_escapes(IrProgram *p, uint32_t unit, const IrFunction *fn, const IrInsn *in) {
  const IrUnit *u = p->units[unit];
  for (uint32_t i = 0; i < in->nargs; i++) {
    IrRef ref = unconverted(fn, ir_arg(fn, in, i));
    const IrInsn *address = ir_def(fn, ref);
    uint32_t sym = ir_ref_index(ref);
    if (ir_is(address, IR_ADDR) && holds_function(u, fn->addrs[address->aux].type))
      note_target(p, place_key(p, unit, fn, &fn->addrs[address->aux]), IR_NONE);
    else if (ir_ref_kind(ref) == IR_REF_SYM && !(u->symbols[sym].flags & IR_SYM_CONST))
      note_target(p, global_key(p, unit, sym), IR_NONE);
  }
}

/* What lies at an offset of a type: down to the pointer, all members of a union. */
static void note_init_at(IrProgram *p, uint32_t unit, IrTypeId type, uint64_t offset, uint64_t key,
                         PgFunc f) {
  const IrUnit *u = p->units[unit];
  const IrType *t = &u->types[type];
  if (holds_function(u, type)) {
    note_target(p, key, f);
    return;
  }
  if (t->kind == IR_T_ARRAY && u->types[t->sub].size)
    note_init_at(p, unit, t->sub, offset % u->types[t->sub].size, key, f);
  if (t->kind != IR_T_RECORD)
    return;
  const IrRecord *r = &u->records[t->record];
  for (uint32_t i = 0; i < r->nfields; i++) {
    const IrField *field = &u->fields[r->fields + i];
    uint64_t from = field->offset_bits / 8, size = u->types[field->type].size;
    if (offset >= from && (offset - from < size || field->flags & IR_FIELD_FLEXIBLE))
      note_init_at(p, unit, field->type, offset - from, field_key(p, unit, (IrHop){t->record, i}),
                   f);
  }
}

static void note_inits(IrProgram *p, uint32_t unit) {
  const IrUnit *u = p->units[unit];
  for (uint32_t i = 0; i < u->ninits; i++) {
    const IrPointerInit *init = &u->inits[i];
    PgFunc f = ir_ref_kind(init->target) == IR_REF_SYM && !init->addend
                   ? pg_sym_func(p, unit, ir_ref_index(init->target))
                   : IR_NONE;
    note_init_at(p, unit, u->symbols[init->in].type, init->offset, global_key(p, unit, init->in),
                 f);
  }
}

/* Globals of all units go by their names. */
static void intern_globals(IrProgram *p, uint32_t unit) {
  const IrUnit *u = p->units[unit];
  for (uint32_t s = 0; s < u->nsymbols; s++)
    if (!(u->symbols[s].flags & IR_SYM_INTERNAL) && holds_function(u, u->symbols[s].type))
      pg_intern(&p->names, ir_str(u, ir_link_name(&u->symbols[s])));
}

static void find_targets(IrProgram *p) {
  for (uint32_t unit = 0; unit < p->nunits; unit++)
    intern_globals(p, unit);
  for (uint32_t unit = 0; unit < p->nunits; unit++)
    note_inits(p, unit);
  for (PgFunc f = 0; f < p->nfuncs; f++) {
    const IrFunction *fn = p->funcs[f].fn;
    uint32_t unit = fn ? pg_unit_index(p, p->funcs[f].unit) : 0;
    for (uint32_t i = 0; fn && i < fn->ninsns; i++) {
      if (fn->insns[i].op == IR_STORE)
        note_store(p, unit, fn, &fn->insns[i]);
      note_escapes(p, unit, fn, &fn->insns[i]);
    }
  }
}

PgFunc pg_call_target(const IrProgram *p, uint32_t unit, const IrFunction *fn, const IrInsn *call) {
  if (call->op == IR_CALL)
    return pg_sym_func(p, unit, call->aux);
  if (call->op != IR_CALLP)
    return IR_NONE;
  IrRef pointer = unconverted(fn, ir_arg(fn, call, 0));
  if (ir_ref_kind(pointer) == IR_REF_SYM)
    return pg_sym_func(p, unit, ir_ref_index(pointer));
  const IrInsn *load = ir_def(fn, pointer);
  if (!ir_is(load, IR_LOAD))
    return IR_NONE;
  const IrAddr *place = &fn->addrs[load->aux];
  uint64_t key = place_key(p, unit, fn, place);
  uint32_t target = key ? pg_map_get(&p->targets, key) : IR_NONE;
  return target < p->nfuncs ? target : pg_hook_target(p, unit, fn, call, place);
}

/* ---- calls ----------------------------------------------------------------------------------- */

static uint32_t depth_of(const IrAnalysis *an, IrBlockId block) {
  uint32_t loop = an->loop_of[block];
  return loop == IR_NONE ? 0 : an->loops[loop].depth;
}

static bool is_call(const IrInsn *in) {
  return in->op == IR_CALL || in->op == IR_CALLP;
}

static void collect_calls(IrProgram *p, PgFunc f) {
  PgFunction *func = &p->funcs[f];
  const IrFunction *fn = func->fn;
  uint32_t unit = pg_unit_index(p, func->unit);
  for (IrInsnId i = 0; i < fn->ninsns; i++) {
    if (!is_call(&fn->insns[i]))
      continue;
    p->calls[p->ncalls++] = (PgCall){.caller = f,
                                     .callee = pg_call_target(p, unit, fn, &fn->insns[i]),
                                     .insn = i,
                                     .loop_depth = depth_of(func->an, func->an->block_of[i])};
    func->ncalls++;
  }
}

static uint32_t count_calls(const IrProgram *p) {
  uint32_t count = 0;
  for (PgFunc f = 0; f < p->nfuncs; f++)
    for (uint32_t i = 0; p->funcs[f].fn && i < p->funcs[f].fn->ninsns; i++)
      count += is_call(&p->funcs[f].fn->insns[i]);
  return count;
}

/* Call lists by caller are runs of the table; by callee they are sorted by counting. */
static void index_calls(IrProgram *p) {
  uint32_t *ids = HP_NEW(p->arena, uint32_t, p->ncalls);
  uint32_t *back = HP_NEW(p->arena, uint32_t, p->ncalls);
  uint32_t *fill = hp_calloc(p->nfuncs, sizeof *fill);
  for (uint32_t c = 0; c < p->ncalls; c++) {
    ids[c] = c;
    if (p->calls[c].callee != IR_NONE)
      p->funcs[p->calls[c].callee].ncallers++;
  }
  uint32_t calls = 0, callers = 0;
  for (PgFunc f = 0; f < p->nfuncs; f++) {
    p->funcs[f].calls = ids + calls;
    p->funcs[f].callers = back + callers;
    fill[f] = callers;
    calls += p->funcs[f].ncalls;
    callers += p->funcs[f].ncallers;
  }
  for (uint32_t c = 0; c < p->ncalls; c++)
    if (p->calls[c].callee != IR_NONE)
      back[fill[p->calls[c].callee]++] = c;
  free(fill);
}

/* ---- components ------------------------------------------------------------------------------ */

typedef struct Tarjan {
  IrProgram *p;
  uint32_t *index, *low, *next; /* next: position in the call list of a function being visited */
  uint32_t *stack, *path;       /* open components; the way of the search */
  uint32_t nstack, npath, count;
} Tarjan;

static void enter(Tarjan *t, PgFunc f) {
  t->index[f] = t->low[f] = ++t->count;
  t->stack[t->nstack++] = f;
  t->path[t->npath++] = f;
}

static void close_component(Tarjan *t, PgFunc root) {
  IrProgram *p = t->p;
  uint32_t at = p->scc_starts[p->nsccs];
  PgFunc f;
  do {
    f = t->stack[--t->nstack];
    p->funcs[f].scc = p->nsccs;
    p->scc_members[at++] = f;
  } while (f != root);
  p->scc_starts[++p->nsccs] = at;
}

static void leave(Tarjan *t, PgFunc f) {
  if (t->low[f] == t->index[f])
    close_component(t, f);
  if (--t->npath) {
    PgFunc parent = t->path[t->npath - 1];
    if (t->low[f] < t->low[parent])
      t->low[parent] = t->low[f];
  }
}

static void visit(Tarjan *t, PgFunc start) {
  IrProgram *p = t->p;
  enter(t, start);
  while (t->npath) {
    PgFunc f = t->path[t->npath - 1];
    if (t->next[f] == p->funcs[f].ncalls) {
      leave(t, f);
      continue;
    }
    PgFunc callee = p->calls[p->funcs[f].calls[t->next[f]++]].callee;
    if (callee == IR_NONE)
      continue;
    if (!t->index[callee])
      enter(t, callee);
    else if (p->funcs[callee].scc == IR_NONE && t->index[callee] < t->low[f])
      t->low[f] = t->index[callee];
  }
}

static void find_components(IrProgram *p) {
  uint32_t n = p->nfuncs;
  p->scc_members = HP_NEW(p->arena, uint32_t, n);
  p->scc_starts = HP_NEW(p->arena, uint32_t, n + 1);
  uint32_t *memory = hp_calloc((size_t)n * 5, sizeof *memory);
  Tarjan t = {.p = p,
              .index = memory,
              .low = memory + n,
              .next = memory + 2 * (size_t)n,
              .stack = memory + 3 * (size_t)n,
              .path = memory + 4 * (size_t)n};
  for (PgFunc f = 0; f < n; f++)
    p->funcs[f].scc = IR_NONE;
  for (PgFunc f = 0; f < n; f++)
    if (!t.index[f])
      visit(&t, f);
  free(memory);
}

/* ---- heat ------------------------------------------------------------------------------------ */

/* Functions handed to qsort and its kind run once per element. */
static void heat_callbacks(IrProgram *p, uint32_t *base) {
  for (uint32_t c = 0; c < p->ncalls; c++) {
    const PgCall *call = &p->calls[c];
    const LibFunction *lib = call->callee == IR_NONE ? NULL : p->library[call->callee];
    if (!lib || !(lib->flags & LIB_CALLS_BACK))
      continue;
    const PgFunction *caller = &p->funcs[call->caller];
    const IrInsn *in = &caller->fn->insns[call->insn];
    for (uint32_t i = 0; i < in->nargs; i++) {
      PgFunc f =
          function_ref(p, pg_unit_index(p, caller->unit), caller->fn, ir_arg(caller->fn, in, i));
      if (f != IR_NONE && base[f] < call->loop_depth + 1)
        base[f] = call->loop_depth + 1;
    }
  }
}

static void heat_component(IrProgram *p, uint32_t s, const uint32_t *base) {
  uint32_t outside = 0, inside = 0, from = p->scc_starts[s], to = p->scc_starts[s + 1];
  for (uint32_t i = from; i < to; i++) {
    const PgFunction *f = &p->funcs[p->scc_members[i]];
    if (base[p->scc_members[i]] > outside)
      outside = base[p->scc_members[i]];
    for (uint32_t c = 0; c < f->ncallers; c++) {
      const PgCall *call = &p->calls[f->callers[c]];
      const PgFunction *caller = &p->funcs[call->caller];
      if (caller->an->cold[caller->an->block_of[call->insn]])
        continue;
      uint32_t *best = caller->scc == s ? &inside : &outside;
      uint32_t heat = call->loop_depth + (caller->scc == s ? 0 : caller->heat);
      *best = heat > *best ? heat : *best;
    }
  }
  for (uint32_t i = from; i < to; i++)
    p->funcs[p->scc_members[i]].heat = outside + inside < MAX_HEAT ? outside + inside : MAX_HEAT;
}

static bool runs_once(const IrProgram *p, const PgFunction *f) {
  if (!f->is_static && !strcmp(f->name, "main"))
    return true;
  if (f->symbol->flags & IR_SYM_ADDRESS_TAKEN || !f->ncallers)
    return false;
  for (uint32_t c = 0; c < f->ncallers; c++) {
    const PgCall *call = &p->calls[f->callers[c]];
    const PgFunction *caller = &p->funcs[call->caller];
    if (call->loop_depth || !caller->once || caller->scc == f->scc)
      return false;
  }
  return true;
}

void pg_build_calls(IrProgram *p) {
  find_targets(p);
  p->calls = HP_NEW(p->arena, PgCall, count_calls(p));
  for (PgFunc f = 0; f < p->nfuncs; f++)
    if (p->funcs[f].fn)
      collect_calls(p, f);
  index_calls(p);
  find_components(p);
  uint32_t *base = hp_calloc(p->nfuncs, sizeof *base);
  heat_callbacks(p, base);
  for (uint32_t s = p->nsccs; s-- > 0;) {
    heat_component(p, s, base);
    if (p->scc_starts[s + 1] - p->scc_starts[s] == 1) {
      PgFunction *f = &p->funcs[p->scc_members[p->scc_starts[s]]];
      f->once = runs_once(p, f);
    }
  }
  free(base);
}
