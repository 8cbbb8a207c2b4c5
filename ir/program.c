/* Linking units into a program: which symbols of which units are one function, and reading the
 * result.
 *
 * External functions are one by name. Static ones are the unit's own, except that equal bodies at
 * the same place of the same file are one (headers' inline functions, a file compiled twice). When
 * two units define an external name differently, they belong to different programs of one tree:
 * each keeps its own, and other units see those that they can be linked with (alternatives.c).
 *
 * Units are sorted by path and ids given in that order, so that the result does not depend on the
 * order of the arguments. */
#include "ir/program_parts.h"

#include <stdlib.h>
#include <string.h>

/* ---- units ----------------------------------------------------------------------------------- */

static int compare_u32(uint32_t a, uint32_t b) {
  return (a > b) - (a < b);
}

static int by_path(const void *x, const void *y) {
  const IrUnit *a = *(const IrUnit *const *)x, *b = *(const IrUnit *const *)y;
  int order = strcmp(ir_str(a, a->path), ir_str(b, b->path));
  if (!order)
    order = compare_u32(a->nfunctions, b->nfunctions);
  if (!order)
    order = compare_u32(a->nsymbols, b->nsymbols);
  if (!order)
    order = compare_u32(a->nstrings, b->nstrings);
  if (!order && a->nstrings)
    order = memcmp(a->strings, b->strings, a->nstrings);
  for (uint32_t i = 0; !order && i < a->nfunctions; i++)
    order = compare_u32(a->functions[i].ninsns, b->functions[i].ninsns);
  return order;
}

static int by_address(const void *x, const void *y) {
  const PgUnitSlot *a = x, *b = y;
  return ((uintptr_t)a->unit > (uintptr_t)b->unit) - ((uintptr_t)a->unit < (uintptr_t)b->unit);
}

static void take_units(IrProgram *p, const IrUnit *const *units, uint32_t count) {
  p->units = HP_NEW(p->arena, const IrUnit *, count);
  p->by_address = HP_NEW(p->arena, PgUnitSlot, count);
  p->files = HP_NEW(p->arena, uint32_t *, count);
  p->nunits = count;
  if (count)
    memcpy(p->units, units, count * sizeof *units);
  qsort(p->units, count, sizeof *p->units, by_path);
  for (uint32_t i = 0; i < count; i++) {
    const IrUnit *u = p->units[i];
    p->by_address[i] = (PgUnitSlot){u, i};
    p->files[i] = HP_NEW(p->arena, uint32_t, u->nfiles);
    for (uint32_t k = 0; k < u->nfiles; k++)
      p->files[i][k] = pg_intern(&p->names, ir_str(u, u->files[k].path));
  }
  qsort(p->by_address, count, sizeof *p->by_address, by_address);
}

uint32_t pg_unit_index(const IrProgram *p, const IrUnit *unit) {
  uint32_t low = 0, high = p->nunits;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if ((uintptr_t)p->by_address[middle].unit < (uintptr_t)unit)
      low = middle + 1;
    else
      high = middle;
  }
  return low < p->nunits && p->by_address[low].unit == unit ? p->by_address[low].index : IR_NONE;
}

/* ---- functions ------------------------------------------------------------------------------- */

typedef struct Linker {
  IrProgram *p;
  uint32_t alternative_cap;
  PgMap external, bodies; /* name -> function; place, name and body -> function */
  uint32_t cap;           /* of p->funcs */
  uint64_t *body;         /* per function: key of its body, 0 without one */
  uint32_t body_cap;
} Linker;

uint64_t pg_body_hash(const IrUnit *u, const IrFunction *fn) {
  uint64_t h = fn->ninsns;
  for (uint32_t i = 0; i < fn->ninsns; i++) {
    const IrInsn *in = &fn->insns[i];
    h = pg_mix(h, (uint64_t)in->op << 32 | (uint64_t)in->nargs << 16 | in->flags);
    for (uint32_t k = 0; k < in->nargs; k++) {
      IrRef ref = ir_arg(fn, in, k);
      h = pg_mix(h, ir_ref_kind(ref) == IR_REF_VALUE ? ref : ref >> IR_REF_SHIFT);
    }
    if (in->op == IR_CALL)
      h = pg_mix(h, pg_hash_name(ir_str(u, u->symbols[in->aux].name)));
  }
  for (uint32_t i = 0; i < fn->naddrs; i++)
    h = pg_mix(h, pg_mix((uint64_t)fn->addrs[i].offset, fn->addrs[i].size));
  for (uint32_t i = 0; i < fn->nconsts; i++)
    h = pg_mix(h, (uint64_t)fn->consts[i].u.i);
  return h;
}

static uint64_t body_key(IrProgram *p, uint32_t unit, const IrFunction *fn, uint32_t name) {
  const IrUnit *u = p->units[unit];
  uint32_t file = fn->name_loc.file < u->nfiles ? p->files[unit][fn->name_loc.file] : IR_NONE;
  uint64_t body =
      p->options.body ? p->options.body(p->options.made_context, u, fn) : pg_body_hash(u, fn);
  uint64_t h = pg_mix(body, (uint64_t)file << 32 | fn->name_loc.line);
  return pg_mix(h, (uint64_t)name << 1 | 1) | 1;
}

static PgFunc add_function(Linker *l, uint32_t unit, IrSymId sym) {
  IrProgram *p = l->p;
  const IrUnit *u = p->units[unit];
  HP_GROW(p->funcs, p->nfuncs, l->cap);
  HP_GROW(l->body, p->nfuncs, l->body_cap);
  HP_GROW(p->alternative, p->nfuncs, l->alternative_cap);
  p->alternative[p->nfuncs] = p->nfuncs;
  IrSymbol *symbol = hp_arena_copy(p->arena, &u->symbols[sym], sizeof *symbol);
  l->body[p->nfuncs] = 0;
  p->funcs[p->nfuncs] = (PgFunction){.name = ir_str(u, symbol->name),
                                     .unit = u,
                                     .symbol = symbol,
                                     .is_static = (symbol->flags & IR_SYM_INTERNAL) != 0};
  return p->nfuncs++;
}

static void set_body(Linker *l, PgFunc f, uint32_t unit, const IrFunction *fn, uint64_t key) {
  PgFunction *func = &l->p->funcs[f];
  const IrUnit *u = l->p->units[unit];
  IrSymbol *symbol = hp_arena_copy(l->p->arena, &u->symbols[fn->sym], sizeof *symbol);
  symbol->flags |= func->symbol->flags;
  func->symbol = symbol;
  func->name = ir_str(u, symbol->name);
  func->unit = u;
  func->fn = fn;
  l->body[f] = key;
}

/* What the linker calls it; the library's functions go by the name that programs use: fopen, which
 * a header may make fopen64 by an assembler name. */
static uint32_t link_name(IrProgram *p, const IrUnit *u, const IrSymbol *symbol) {
  const char *name = ir_str(u, symbol->name);
  bool library = symbol->link_name && lib_find(&p->names, name);
  return pg_intern(&p->names, library ? name : ir_str(u, ir_link_name(symbol)));
}

/* The program's function for a symbol of a unit; `fn` is its body in that unit, or NULL. */
static PgFunc link_symbol(Linker *l, uint32_t unit, IrSymId sym, const IrFunction *fn) {
  IrProgram *p = l->p;
  const IrSymbol *symbol = &p->units[unit]->symbols[sym];
  uint32_t name = link_name(p, p->units[unit], symbol);
  uint64_t key = fn ? body_key(p, unit, fn, name) : 0;
  if (symbol->flags & IR_SYM_INTERNAL) {
    if (!fn)
      return add_function(l, unit, sym);
    uint32_t *known = pg_map_at(&l->bodies, key);
    if (*known == IR_NONE) {
      *known = add_function(l, unit, sym);
      set_body(l, *known, unit, fn, key);
    }
    return *known;
  }
  uint32_t *known = pg_map_at(&l->external, (uint64_t)name + 1);
  if (*known == IR_NONE)
    *known = add_function(l, unit, sym);
  if (!fn || l->body[*known] == key)
    return *known;
  if (!l->body[*known]) {
    set_body(l, *known, unit, fn, key);
    return *known;
  }
  uint32_t *other = pg_map_at(&l->bodies, key);
  if (*other == IR_NONE) {
    *other = add_function(l, unit, sym);
    set_body(l, *other, unit, fn, key);
    p->alternative[*other] = p->alternative[*known];
    p->alternative[*known] = *other;
  }
  return *other;
}

/* Another name of a function of this unit stands for that. */
static void link_alias(IrProgram *p, uint32_t unit, IrSymId alias) {
  const IrUnit *u = p->units[unit];
  const char *target = ir_str(u, u->symbols[alias].alias);
  for (IrSymId s = 0; s < u->nsymbols; s++)
    if (p->func_of[unit][s] != IR_NONE && s != alias &&
        !strcmp(ir_str(u, ir_link_name(&u->symbols[s])), target)) {
      p->func_of[unit][alias] = p->func_of[unit][s];
      return;
    }
}

static void link_unit(Linker *l, uint32_t unit) {
  IrProgram *p = l->p;
  const IrUnit *u = p->units[unit];
  const IrFunction **body = hp_calloc(u->nsymbols, sizeof *body);
  /* hplint: ignore[HP105] once a link, beside a look-up by name for each */
  for (uint32_t i = 0; i < u->nfunctions; i++)
    body[u->functions[i].sym] = &u->functions[i];
  p->func_of[unit] = HP_NEW(p->arena, uint32_t, u->nsymbols);
  for (IrSymId s = 0; s < u->nsymbols; s++) {
    p->func_of[unit][s] = IR_NONE;
    if (!(u->symbols[s].flags & IR_SYM_FUNCTION))
      continue;
    PgFunc f = link_symbol(l, unit, s, body[s]);
    p->func_of[unit][s] = f;
    IrSymbol *symbol = (IrSymbol *)(uintptr_t)p->funcs[f].symbol; /* our own copy */
    symbol->flags |= u->symbols[s].flags & ~(uint32_t)IR_SYM_INTERNAL;
  }
  for (IrSymId s = 0; s < u->nsymbols; s++)
    if (u->symbols[s].alias && p->func_of[unit][s] != IR_NONE)
      link_alias(p, unit, s);
  free(body);
}

static bool better_named(const PgFunction *a, const PgFunction *b) {
  if (a->is_static != b->is_static)
    return b->is_static;
  return a->fn && !b->fn;
}

static void index_names(IrProgram *p) {
  for (PgFunc f = 0; f < p->nfuncs; f++)
    pg_intern(&p->names, p->funcs[f].name);
  p->nnamed = p->names.count;
  p->named = HP_NEW(p->arena, uint32_t, p->nnamed);
  memset(p->named, 0xff, p->nnamed * sizeof *p->named);
  for (PgFunc f = 0; f < p->nfuncs; f++) {
    uint32_t *at = &p->named[pg_lookup(&p->names, p->funcs[f].name)];
    if (*at == IR_NONE || better_named(&p->funcs[f], &p->funcs[*at]))
      *at = f;
  }
}

/* Library rows hold for functions without a body, and for a program's own allocator under a
 * standard name, whose body would tell less. */
static const LibFunction *library_row(const IrProgram *p, const PgFunction *func) {
  uint32_t name = p->options.nlibrary ? pg_lookup(&p->names, func->name) : IR_NONE;
  uint32_t own = name == IR_NONE ? IR_NONE : pg_map_get(&p->own_index, (uint64_t)name + 1);
  if (own != IR_NONE)
    return &p->own_library[own];
  if (func->is_static)
    return NULL;
  const LibFunction *lib = lib_find(&p->names, func->name);
  bool standard = func->symbol->flags & (IR_SYM_SYSTEM | IR_SYM_BUILTIN);
  if (lib && func->fn && !(standard && lib->flags & (PG_ALLOCATES | PG_FREES)))
    return NULL;
  return lib;
}

static void link_functions(IrProgram *p) {
  Linker l = {.p = p};
  p->func_of = HP_NEW(p->arena, uint32_t *, p->nunits);
  for (uint32_t i = 0; i < p->nunits; i++)
    link_unit(&l, i);
  pg_map_free(&l.external);
  pg_map_free(&l.bodies);
  free(l.body);
  pg_choose_alternatives(p);
  index_names(p);
  p->library = HP_NEW(p->arena, const LibFunction *, p->nfuncs);
  for (PgFunc f = 0; f < p->nfuncs; f++) {
    PgFunction *func = &p->funcs[f];
    p->library[f] = library_row(p, func);
    if (func->fn && p->options.analysis)
      func->an = p->options.analysis(p->options.made_context, func->unit, func->fn);
    if (func->fn && !func->an)
      func->an = ir_analyse(func->unit, func->fn, p->arena);
  }
}

static void take_library(IrProgram *p) {
  for (uint32_t i = 0; i < lib_count; i++)
    pg_intern(&p->names, lib_functions[i].name);
  p->own_library = HP_NEW(p->arena, LibFunction, p->options.nlibrary);
  for (uint32_t i = 0; i < p->options.nlibrary; i++) {
    p->own_library[i] = lib_own_row(&p->names, &p->options.library[i]);
    uint32_t name = pg_intern(&p->names, p->options.library[i].name);
    *pg_map_at(&p->own_index, (uint64_t)name + 1) = i;
  }
}

/* Two steps at a time, where there are threads: what functions do to records by themselves is noted
 * beside the calls and the summaries. */
typedef struct Notes {
  IrProgram *p;
  PgRecordNotes *records;
  PgStoredNotes *stored;
} Notes;

static void link_calls(void *notes, unsigned part) {
  Notes *n = notes;
  if (part) {
    pg_build_calls(n->p);
  } else {
    pg_find_users(n->p);
    n->records = pg_note_records(n->p);
  }
}

static void summarise(void *notes, unsigned part) {
  Notes *n = notes;
  unsigned jobs = n->p->options.jobs;
  if (part)
    pg_summarise(n->p);
  else
    n->stored = pg_note_stored(n->p, jobs > 1 ? jobs - 1 : 1);
}

static void both(HpPart *work, Notes *notes) {
  if (notes->p->options.jobs > 1) {
    hp_parallel(2, work, notes);
  } else {
    work(notes, 0);
    work(notes, 1);
  }
}

static void find_facts(IrProgram *p) {
  Notes notes = {.p = p};
  both(link_calls, &notes);
  if (p->options.calls_known)
    p->options.calls_known(p->options.waiting, p);
  both(summarise, &notes);
  pg_record_facts(notes.records);
  pg_find_stored(notes.stored);
}

IrProgram *ir_program_link(const IrUnit *const *units, uint32_t count, const PgOptions *options) {
  IrProgram *p = hp_calloc(1, sizeof *p);
  p->arena = hp_arena_new();
  if (options)
    p->options = *options;
  take_library(p);
  take_units(p, units, count);
  link_functions(p);
  pg_link_records(p);
  pg_find_constants(p);
  find_facts(p);
  return p;
}

void ir_program_free(IrProgram *p) {
  if (!p)
    return;
  pg_names_free(&p->names);
  pg_map_free(&p->choices);
  pg_map_free(&p->own_index);
  pg_map_free(&p->constants);
  pg_places_free(p->places);
  free(p->chosen);
  free(p->alternative);
  free(p->joined);
  free(p->users);
  free(p->user_starts);
  free(p->calls);
  free(p->funcs);
  free(p->records);
  hp_arena_free(p->arena);
  free(p);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void note_special(const IrProgram *p, PgSpecialItem which) {
  pg_note(pg_item_special(p, which));
}

uint32_t pg_nunits(const IrProgram *p) {
  note_special(p, PG_ITEM_EVERYTHING);
  return p->nunits;
}

const IrUnit *pg_unit(const IrProgram *p, uint32_t i) {
  HP_ASSERT(i < p->nunits);
  note_special(p, PG_ITEM_EVERYTHING);
  return p->units[i];
}

uint32_t pg_nfuncs(const IrProgram *p) {
  note_special(p, PG_ITEM_FUNCTIONS);
  return p->nfuncs;
}

const PgFunction *pg_func(const IrProgram *p, PgFunc f) {
  HP_ASSERT(f < p->nfuncs);
  pg_note(f);
  return &p->funcs[f];
}

const PgCall *pg_call(const IrProgram *p, uint32_t i) {
  HP_ASSERT(i < p->ncalls);
  return &p->calls[i];
}

uint32_t pg_nrecords(const IrProgram *p) {
  note_special(p, PG_ITEM_RECORDS);
  return p->nrecords;
}

const PgRecordInfo *pg_record(const IrProgram *p, PgRecord r) {
  HP_ASSERT(r < p->nrecords);
  pg_note(pg_item_of_record(p, r));
  return &p->records[r];
}

PgFunc pg_func_of(const IrProgram *p, const IrUnit *unit, IrSymId sym) {
  uint32_t index = pg_unit_index(p, unit);
  return index == IR_NONE || sym >= unit->nsymbols ? IR_NONE : p->func_of[index][sym];
}

PgFunc pg_named(const IrProgram *p, const char *name) {
  uint32_t id = pg_lookup(&p->names, name);
  return id < p->nnamed ? p->named[id] : IR_NONE;
}

PgFunc pg_func_named(const IrProgram *p, const char *name) {
  note_special(p, PG_ITEM_EVERYTHING);
  return pg_named(p, name);
}

PgRecord pg_record_of(const IrProgram *p, const IrUnit *unit, IrRecordId id) {
  uint32_t index = pg_unit_index(p, unit);
  return index == IR_NONE || id >= unit->nrecords ? IR_NONE : p->record_of[index][id];
}

PgFunc pg_callee(const IrProgram *p, const IrUnit *unit, const IrFunction *fn, const IrInsn *call) {
  uint32_t index = pg_unit_index(p, unit);
  return index == IR_NONE ? IR_NONE : pg_call_target(p, index, fn, call);
}

const PgCall *pg_targets(const IrProgram *p, const IrUnit *unit, const IrFunction *fn,
                         const IrInsn *call, uint32_t *count) {
  uint32_t index = pg_unit_index(p, unit);
  return index == IR_NONE ? NULL : pg_entries(p, index, fn, call, count);
}

const PgSummary *pg_summary(const IrProgram *p, const IrUnit *unit, const IrFunction *fn,
                            const IrInsn *call) {
  static const PgSummary anything = {.flags = PG_UNKNOWN | PG_WRITES,
                                     .size_arg = -1,
                                     .count_arg = -1,
                                     .freed_arg = -1,
                                     .keeps = ~0u,
                                     .returns = ~0u,
                                     .writes = ~0u,
                                     .cost_kind = PG_COST_LEAST,
                                     .fixed_size = -1,
                                     .record = IR_NONE,
                                     .via = IR_NONE};
  uint32_t n;
  const PgCall *entries = pg_targets(p, unit, fn, call, &n);
  if (!entries)
    return &anything;
  if (entries->joined != IR_NONE)
    return &p->joined[entries->joined];
  return entries->callee == IR_NONE ? &anything : &p->funcs[entries->callee].summary;
}
