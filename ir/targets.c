/* Which functions a pointer may be: for calls through pointers, and for functions handed to qsort
 * and its kind.
 *
 * Places hold function pointers: fields (over all objects of their record), globals, parameters;
 * arrays of them count as one. What the program puts into each is gathered from initialisers,
 * stores and calls, and flows from place to place until nothing changes (Andersen, "Program
 * Analysis and Specialization for the C Programming Language", 1994, cut down to function
 * pointers). A place is *open*, its targets a lower bound, when something unknown is stored to it,
 * when its own address goes anywhere, when it has more than MAX_TARGETS, or, for a parameter of an
 * external function, when no unit has a main, as in a library: its users are not seen. A function
 * whose address is taken may be called by every call through a pointer that has as many arguments.
 */
#include "ir/analysis_private.h"
#include "ir/program_parts.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TARGETS = PG_MAX_TARGETS, MAX_SOURCES = 16, MAX_MERGES = 24 };

typedef struct PgPlace {
  PgFunc targets[MAX_TARGETS];
  uint32_t count;
  bool open, param;
} PgPlace;

/* What is in the place `from` is also in `to`. */
typedef struct PlaceFlow {
  uint32_t from, to;
} PlaceFlow;

/* A parameter that holds a function, of a function whose address is taken. */
typedef struct TakenParam {
  PgFunc f;
  uint32_t param;
} TakenParam;

struct PgPlaces {
  PgMap index; /* key -> place */
  PgPlace *places;
  uint32_t count, cap;
  PlaceFlow *flows;
  uint32_t nflows, flow_cap;
  TakenParam *taken;
  uint32_t ntaken, taken_cap;
  bool closed; /* the program has a main: all callers of external functions are seen */
};

/* What a pointer may be: functions, and what places hold. */
typedef struct Sources {
  PgFunc funcs[MAX_SOURCES];
  uint32_t places[MAX_SOURCES];
  IrInsnId merges[MAX_MERGES]; /* PHIs that were followed */
  uint32_t nfuncs, nplaces, nmerges;
  bool open;
} Sources;

/* ---- places ---------------------------------------------------------------------------------- */

/* Operand behind conversions. */
static IrRef unconverted(const IrFunction *fn, IrRef ref) {
  for (const IrInsn *in = ir_def(fn, ref); ir_is(in, IR_CONV); in = ir_def(fn, ref))
    ref = ir_arg(fn, in, 0);
  return ref;
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

static uint64_t param_key(PgFunc f, uint32_t param) {
  return pg_mix(pg_mix(5, f), param) | 1;
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

static uint32_t place_at(PgPlaces *s, uint64_t key) {
  uint32_t *at = pg_map_at(&s->index, key);
  if (*at == IR_NONE) {
    HP_GROW(s->places, s->count, s->cap);
    s->places[s->count] = (PgPlace){.count = 0};
    *at = s->count++;
  }
  return *at;
}

static bool has_target(const PgPlace *place, PgFunc f) {
  for (uint32_t i = 0; i < place->count; i++)
    if (place->targets[i] == f)
      return true;
  return false;
}

static bool add_target(PgPlace *place, PgFunc f) {
  if (has_target(place, f) || (place->open && place->count == MAX_TARGETS))
    return false;
  if (place->count == MAX_TARGETS)
    place->open = true;
  else
    place->targets[place->count++] = f;
  return true;
}

static void open_place(PgPlaces *s, uint64_t key) {
  uint32_t at = key ? place_at(s, key) : IR_NONE;
  if (at != IR_NONE)
    s->places[at].open = true;
}

/* ---- where a pointer comes from -------------------------------------------------------------- */

static void add_source(uint32_t *list, uint32_t *count, uint32_t what, bool *open) {
  for (uint32_t i = 0; i < *count; i++)
    if (list[i] == what)
      return;
  if (*count == MAX_SOURCES)
    *open = true;
  else
    list[(*count)++] = what;
}

static void from_place(PgPlaces *s, uint64_t key, Sources *out) {
  if (key)
    add_source(out->places, &out->nplaces, place_at(s, key), &out->open);
  else
    out->open = true;
}

static void gather(const IrProgram *p, uint32_t unit, PgFunc f, const IrFunction *fn, IrRef ref,
                   Sources *out);

static void gather_merged(const IrProgram *p, uint32_t unit, PgFunc f, const IrFunction *fn,
                          IrInsnId phi, Sources *out) {
  for (uint32_t i = 0; i < out->nmerges; i++)
    if (out->merges[i] == phi)
      return;
  if (out->nmerges == MAX_MERGES) {
    out->open = true;
    return;
  }
  out->merges[out->nmerges++] = phi;
  for (uint32_t i = 0; i < fn->insns[phi].nargs; i++)
    gather(p, unit, f, fn, ir_arg(fn, &fn->insns[phi], i), out);
}

static void gather(const IrProgram *p, uint32_t unit, PgFunc f, const IrFunction *fn, IrRef ref,
                   Sources *out) {
  ref = unconverted(fn, ref);
  const IrInsn *in = ir_def(fn, ref);
  int64_t null;
  if (ir_const_int(fn, ref, &null) && !null)
    return;
  if (ir_ref_kind(ref) == IR_REF_SYM) {
    PgFunc target = pg_sym_func(p, unit, ir_ref_index(ref));
    if (target == IR_NONE)
      out->open = true;
    else
      add_source(out->funcs, &out->nfuncs, target, &out->open);
  } else if (ir_is(in, IR_PHI)) {
    gather_merged(p, unit, f, fn, ir_ref_index(ref), out);
  } else if (ir_is(in, IR_LOAD)) {
    from_place(p->places, place_key(p, unit, fn, &fn->addrs[in->aux]), out);
  } else if (ir_is(in, IR_PARAM) && holds_function(p->units[unit], in->type)) {
    from_place(p->places, param_key(f, in->aux), out);
  } else {
    out->open = true;
  }
}

static void put(PgPlaces *s, uint64_t key, const Sources *from) {
  if (!key)
    return;
  uint32_t to = place_at(s, key);
  s->places[to].open |= from->open;
  for (uint32_t i = 0; i < from->nfuncs; i++)
    add_target(&s->places[to], from->funcs[i]);
  for (uint32_t i = 0; i < from->nplaces; i++) {
    if (from->places[i] == to)
      continue;
    HP_GROW(s->flows, s->nflows, s->flow_cap);
    s->flows[s->nflows++] = (PlaceFlow){from->places[i], to};
  }
}

/* ---- which instructions are looked at -------------------------------------------------------- */

/* See note_escapes. */
static bool names_place(const IrUnit *u, const IrFunction *fn, const IrInsn *in) {
  for (uint32_t i = 0; i < in->nargs; i++) {
    IrRef ref = unconverted(fn, ir_arg(fn, in, i));
    const IrInsn *address = ir_def(fn, ref);
    if (ir_ref_kind(ref) == IR_REF_SYM ||
        (ir_is(address, IR_ADDR) && holds_function(u, fn->addrs[address->aux].type)))
      return true;
  }
  return false;
}

void ir_find_links(IrAnalysis *an) {
  const IrFunction *fn = an->fn;
  IrInsnId *found = hp_malloc(fn->ninsns * sizeof *found);
  uint32_t count = 0;
  for (IrInsnId i = 0; i < fn->ninsns; i++) {
    const IrInsn *in = &fn->insns[i];
    if (in->op == IR_CALL || in->op == IR_CALLP ||
        (in->op == IR_STORE && holds_function(an->unit, fn->addrs[in->aux].type)) ||
        names_place(an->unit, fn, in))
      found[count++] = i;
  }
  an->priv->links = hp_arena_copy(an->arena, found, count * sizeof *found);
  an->priv->nlinks = count;
  free(found);
}

/* ---- what the program puts where ------------------------------------------------------------- */

static void note_store(IrProgram *p, uint32_t unit, PgFunc f, const IrFunction *fn,
                       const IrInsn *in) {
  const IrAddr *a = &fn->addrs[in->aux];
  if (!holds_function(p->units[unit], a->type))
    return;
  Sources from = {.nfuncs = 0};
  gather(p, unit, f, fn, ir_arg(fn, in, 0), &from);
  put(p->places, place_key(p, unit, fn, a), &from);
}

/* The address of such a place is an operand: who knows what is written through it. */
static void note_escapes(IrProgram *p, uint32_t unit, const IrFunction *fn, const IrInsn *in) {
  const IrUnit *u = p->units[unit];
  for (uint32_t i = 0; i < in->nargs; i++) {
    IrRef ref = unconverted(fn, ir_arg(fn, in, i));
    const IrInsn *address = ir_def(fn, ref);
    uint32_t sym = ir_ref_index(ref);
    if (ir_is(address, IR_ADDR) && holds_function(u, fn->addrs[address->aux].type))
      open_place(p->places, place_key(p, unit, fn, &fn->addrs[address->aux]));
    else if (ir_ref_kind(ref) == IR_REF_SYM && !(u->symbols[sym].flags & IR_SYM_CONST))
      open_place(p->places, global_key(p, unit, sym));
  }
}

/* Arguments of a call of a function with a body flow into its parameters. */
static void note_arguments(IrProgram *p, uint32_t unit, PgFunc f, const IrFunction *fn,
                           const IrInsn *in) {
  PgFunc callee = pg_sym_func(p, unit, in->aux);
  if (!p->funcs[callee].fn)
    return;
  for (uint32_t i = 0; i < in->nargs; i++) {
    uint64_t key = param_key(callee, i);
    if (pg_map_get(&p->places->index, key) == IR_NONE)
      continue;
    Sources from = {.nfuncs = 0};
    gather(p, unit, f, fn, ir_arg(fn, in, i), &from);
    put(p->places, key, &from);
  }
}

/* Any function whose address is taken and that has as many parameters may be meant. */
static void note_pointer_arguments(IrProgram *p, uint32_t unit, PgFunc f, const IrFunction *fn,
                                   const IrInsn *in) {
  for (uint32_t i = 1; i < in->nargs; i++) {
    IrRef ref = unconverted(fn, ir_arg(fn, in, i));
    bool function =
        ir_ref_kind(ref) == IR_REF_SYM && pg_sym_func(p, unit, ir_ref_index(ref)) != IR_NONE;
    if (!function && !holds_function(p->units[unit], ir_ref_type(p->units[unit], fn, ref)))
      continue;
    Sources from = {.nfuncs = 0};
    gather(p, unit, f, fn, ref, &from);
    for (uint32_t k = 0; k < p->places->ntaken; k++) {
      TakenParam to = p->places->taken[k];
      if (to.param == i - 1 && p->funcs[to.f].fn->nparams == in->nargs - 1u)
        put(p->places, param_key(to.f, to.param), &from);
    }
  }
}

/* Parameters become places before anything flows into them. */
static void note_params(IrProgram *p, PgFunc f) {
  const PgFunction *func = &p->funcs[f];
  bool taken = func->symbol->flags & IR_SYM_ADDRESS_TAKEN;
  bool open = ((!func->is_static || taken) && !p->places->closed) || p->alternative[f] != f;
  for (uint32_t i = 0; i < func->fn->ninsns && func->fn->insns[i].op == IR_PARAM; i++) {
    const IrInsn *in = &func->fn->insns[i];
    if (!holds_function(func->unit, in->type))
      continue;
    uint32_t at = place_at(p->places, param_key(f, in->aux));
    p->places->places[at].open |= open;
    p->places->places[at].param = true;
    if (!taken)
      continue;
    HP_GROW(p->places->taken, p->places->ntaken, p->places->taken_cap);
    p->places->taken[p->places->ntaken++] = (TakenParam){f, in->aux};
  }
}

/* What lies at an offset of a type: down to the pointer, all members of a union. */
static void note_init_at(IrProgram *p, uint32_t unit, IrTypeId type, uint64_t offset, uint64_t key,
                         const Sources *from) {
  const IrUnit *u = p->units[unit];
  const IrType *t = &u->types[type];
  if (holds_function(u, type)) {
    put(p->places, key, from);
    return;
  }
  if (t->kind == IR_T_ARRAY && u->types[t->sub].size)
    note_init_at(p, unit, t->sub, offset % u->types[t->sub].size, key, from);
  if (t->kind != IR_T_RECORD)
    return;
  const IrRecord *r = &u->records[t->record];
  for (uint32_t i = 0; i < r->nfields; i++) {
    const IrField *field = &u->fields[r->fields + i];
    uint64_t begin = field->offset_bits / 8, size = u->types[field->type].size;
    if (offset >= begin && (offset - begin < size || field->flags & IR_FIELD_FLEXIBLE))
      note_init_at(p, unit, field->type, offset - begin, field_key(p, unit, (IrHop){t->record, i}),
                   from);
  }
}

static void note_inits(IrProgram *p, uint32_t unit) {
  const IrUnit *u = p->units[unit];
  for (uint32_t i = 0; i < u->ninits; i++) {
    const IrPointerInit *init = &u->inits[i];
    PgFunc f = ir_ref_kind(init->target) == IR_REF_SYM && !init->addend
                   ? pg_sym_func(p, unit, ir_ref_index(init->target))
                   : IR_NONE;
    Sources from = {.open = f == IR_NONE};
    if (f != IR_NONE)
      from.funcs[from.nfuncs++] = f;
    note_init_at(p, unit, u->symbols[init->in].type, init->offset, global_key(p, unit, init->in),
                 &from);
  }
}

/* Globals of all units go by their names. */
static void intern_globals(IrProgram *p, uint32_t unit) {
  const IrUnit *u = p->units[unit];
  for (uint32_t s = 0; s < u->nsymbols; s++)
    if (!(u->symbols[s].flags & IR_SYM_INTERNAL) && holds_function(u, u->symbols[s].type))
      pg_intern(&p->names, ir_str(u, ir_link_name(&u->symbols[s])));
}

/* What nothing is seen to be put into is set by somebody else; a parameter's function is not
 * called. */
static void open_unset(PgPlaces *s) {
  bool *set = hp_calloc(s->count + 1, sizeof *set);
  for (uint32_t i = 0; i < s->nflows; i++)
    set[s->flows[i].to] = true;
  for (uint32_t i = 0; i < s->count; i++)
    s->places[i].open |= !set[i] && !s->places[i].count && !s->places[i].param;
  free(set);
}

static void let_flow(PgPlaces *s) {
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t i = 0; i < s->nflows; i++) {
      const PgPlace *from = &s->places[s->flows[i].from];
      PgPlace *to = &s->places[s->flows[i].to];
      if (from->open && !to->open)
        changed = to->open = true;
      for (uint32_t k = 0; k < from->count; k++)
        changed |= add_target(to, from->targets[k]);
    }
  }
}

static void note_body(IrProgram *p, PgFunc f) {
  const PgFunction *func = &p->funcs[f];
  const IrFunction *fn = func->fn;
  uint32_t unit = pg_unit_index(p, func->unit);
  for (uint32_t i = 0; i < func->an->priv->nlinks; i++) {
    const IrInsn *in = &fn->insns[func->an->priv->links[i]];
    if (in->op == IR_STORE)
      note_store(p, unit, f, fn, in);
    if (in->op == IR_CALL)
      note_arguments(p, unit, f, fn, in);
    if (in->op == IR_CALLP)
      note_pointer_arguments(p, unit, f, fn, in);
    note_escapes(p, unit, fn, in);
  }
}

static bool has_main(const IrProgram *p) {
  PgFunc f = pg_func_named(p, "main");
  return f != IR_NONE && p->funcs[f].fn && !p->funcs[f].is_static;
}

void pg_find_targets(IrProgram *p) {
  p->places = hp_calloc(1, sizeof *p->places);
  p->places->closed = has_main(p);
  for (uint32_t unit = 0; unit < p->nunits; unit++)
    intern_globals(p, unit);
  for (uint32_t unit = 0; unit < p->nunits; unit++)
    note_inits(p, unit);
  for (PgFunc f = 0; f < p->nfuncs; f++)
    if (p->funcs[f].fn)
      note_params(p, f);
  for (PgFunc f = 0; f < p->nfuncs; f++)
    if (p->funcs[f].fn)
      note_body(p, f);
  open_unset(p->places);
  let_flow(p->places);
}

void pg_places_free(PgPlaces *s) {
  if (!s)
    return;
  pg_map_free(&s->index);
  free(s->places);
  free(s->flows);
  free(s->taken);
  free(s);
}

/* ---- reading --------------------------------------------------------------------------------- */

bool pg_pointer_targets(const IrProgram *p, PgFunc f, IrRef pointer, PgFunc *out, uint32_t *count) {
  const PgFunction *func = &p->funcs[f];
  PgPlace all = {.count = 0};
  Sources from = {.nfuncs = 0};
  gather(p, pg_unit_index(p, func->unit), f, func->fn, pointer, &from);
  all.open = from.open;
  for (uint32_t i = 0; i < from.nfuncs; i++)
    add_target(&all, from.funcs[i]);
  for (uint32_t i = 0; i < from.nplaces; i++) {
    const PgPlace *place = &p->places->places[from.places[i]];
    all.open |= place->open || !place->count;
    for (uint32_t k = 0; k < place->count; k++)
      add_target(&all, place->targets[k]);
  }
  memcpy(out, all.targets, all.count * sizeof *out);
  *count = all.count;
  return !all.open;
}
