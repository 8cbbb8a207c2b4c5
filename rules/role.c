#include "rules/role.h"

#include "rules/side.h"
#include "rules/words.h"

#include <stdlib.h>
#include <string.h>

/* What is known of a function. */
typedef struct State {
  const char *seed; /* why, by its name, its file or its program, unless others speak against it */
  PgFunc from;      /* only called from there, and from what is as rare; IR_NONE: the seed */
  bool rare;
  bool by_name; /* the seed is its name: not where a loop of other code calls it */
  bool handed;  /* its address goes elsewhere in a body: who calls it is not known */
  bool hooked;  /* its address is put into fields of records */
  bool loose;   /* its address is in an initialiser, elsewhere */
} State;

/* A field of a record that holds functions, and one that is put there or reads it. */
typedef struct Slot {
  uint64_t field;
  PgFunc func;
} Slot;
typedef struct Slots {
  Slot *items;
  uint32_t count, cap;
} Slots;

struct Roles {
  const IrProgram *p;
  HpArena *arena;
  State *states;
  SideKind *units; /* by unit of the program */
  uint32_t nfuncs;
  uint32_t *unit_of; /* by function: its unit's number; IR_NONE without a body */
  PgFunc *order;     /* by component of the call graph, callers first */
  Slots puts, reads; /* by function; by field */
};

/* ---- seeds ----------------------------------------------------------------------------------- */

typedef const char *(*Relative)(const void *context, const char *path);

static void number_units(Roles *r) {
  r->unit_of = hp_calloc(r->nfuncs, sizeof *r->unit_of);
  memset(r->unit_of, 0xff, r->nfuncs * sizeof *r->unit_of);
  for (uint32_t i = 0; i < pg_nunits(r->p); i++) {
    const IrUnit *u = pg_unit(r->p, i);
    for (uint32_t k = 0; k < u->nfunctions; k++) {
      PgFunc f = pg_func_of(r->p, u, u->functions[k].sym);
      if (f != IR_NONE && pg_func(r->p, f)->unit == u)
        r->unit_of[f] = i;
    }
  }
}

/* A tree that is all tests or examples is looked at for their sake. */
static const char **place_seeds(Roles *r, Relative relative, const void *context) {
  uint32_t n = pg_nunits(r->p);
  const char **seeds = hp_calloc(n, sizeof *seeds);
  uint64_t all = 0, rare = 0;
  for (uint32_t i = 0; i < n; i++) {
    const IrUnit *u = pg_unit(r->p, i);
    const char *path = relative(context, ir_str(u, u->path));
    const char *role = words_place(path);
    uint64_t size = 0;
    /* hplint: ignore[HP105] once a run, and everything else of them is used often */
    for (uint32_t k = 0; k < u->nfunctions; k++)
      size += u->functions[k].ninsns;
    all += size;
    rare += role ? size : 0;
    if (role)
      seeds[i] = hp_arena_format(r->arena, "%s (%s)", role, path);
    else if (r->units[i] == SIDE_BESIDE)
      seeds[i] = hp_arena_format(r->arena, "only programs beside the main one reach %s", path);
  }
  for (uint32_t i = 0; i < n && rare > all / 2; i++)
    seeds[i] = NULL;
  return seeds;
}

static bool of_main_file(const PgFunction *pf) {
  return pf->fn->loc.file < pf->unit->nfiles &&
         pf->unit->files[pf->fn->loc.file].flags & IR_FILE_MAIN;
}

static void seed(Roles *r, const char *const *places) {
  for (PgFunc f = 0; f < r->nfuncs; f++) {
    const PgFunction *pf = pg_func(r->p, f);
    State *s = &r->states[f];
    s->from = IR_NONE;
    if (!pf->fn)
      continue;
    if (of_main_file(pf) && (s->seed = places[r->unit_of[f]]))
      continue;
    /* who calls a library's functions is not seen: there the words alone tell */
    const bool open = r->units[r->unit_of[f]] == SIDE_OPEN;
    const char *role = words_role(pf->name, pf->once || open);
    s->seed = role && strcmp(pf->name, "main") != 0 ? role : NULL;
    s->by_name = s->seed != NULL;
  }
}

/* ---- function pointers ----------------------------------------------------------------------- */

static void add_slot(Slots *s, uint64_t field, PgFunc func) {
  HP_GROW(s->items, s->count, s->cap);
  s->items[s->count++] = (Slot){field, func};
}

static uint64_t field_key(const IrProgram *p, const IrUnit *u, IrRecordId record, uint32_t field) {
  PgRecord r = pg_record_of(p, u, record);
  return r == IR_NONE ? 0 : ((uint64_t)r + 1) << 32 | field;
}

/* The field at an offset of a type that is a pointer; 0 when it is in none. */
static uint64_t field_at(const IrProgram *p, const IrUnit *u, IrTypeId type, uint64_t offset) {
  uint64_t key = 0;
  for (;;) {
    const IrType *t = &u->types[type];
    if (t->kind == IR_T_ARRAY && u->types[t->sub].size) {
      offset %= u->types[t->sub].size;
      type = t->sub;
      continue;
    }
    if (t->kind != IR_T_RECORD)
      return t->kind == IR_T_PTR ? key : 0;
    const IrRecord *record = &u->records[t->record];
    uint32_t i = 0;
    for (; i < record->nfields; i++) {
      const IrField *f = &u->fields[record->fields + i];
      if (offset >= f->offset_bits / 8 && offset - f->offset_bits / 8 < u->types[f->type].size)
        break;
    }
    if (i == record->nfields || record->flags & IR_REC_UNION)
      return 0;
    key = field_key(p, u, t->record, i);
    offset -= u->fields[record->fields + i].offset_bits / 8;
    type = u->fields[record->fields + i].type;
  }
}

static void look_at_inits(Roles *r, const IrUnit *u) {
  for (uint32_t i = 0; i < u->ninits; i++) {
    const IrPointerInit *init = &u->inits[i];
    if (ir_ref_kind(init->target) != IR_REF_SYM)
      continue;
    PgFunc f = pg_func_of(r->p, u, ir_ref_index(init->target));
    if (f == IR_NONE)
      continue;
    uint64_t key = field_at(r->p, u, u->symbols[init->in].type, init->offset);
    r->states[f].hooked |= key != 0;
    r->states[f].loose |= key == 0;
    if (key)
      add_slot(&r->puts, key, f);
  }
}

static bool may_hold_function(const IrUnit *u, IrTypeId type) {
  const IrType *t = &u->types[type];
  return t->kind == IR_T_PTR && u->types[t->sub].kind == IR_T_FUNC;
}

/* Where a function is put that an instruction has as an operand: a field, or 0. */
static uint64_t put_into(const Roles *r, const PgFunction *pf, const IrInsn *in) {
  if (in->op != IR_STORE)
    return 0;
  const IrAddr *a = &pf->fn->addrs[in->aux];
  if (!a->nhops)
    return 0;
  IrHop hop = pf->fn->hops[a->hops + a->nhops - 1];
  return field_key(r->p, pf->unit, hop.record, hop.field);
}

static void look_at_operands(Roles *r, const PgFunction *pf, const IrInsn *in) {
  for (uint32_t k = 0; k < in->nargs; k++) {
    IrRef ref = ir_arg(pf->fn, in, k);
    if (ir_ref_kind(ref) != IR_REF_SYM ||
        !(pf->unit->symbols[ir_ref_index(ref)].flags & IR_SYM_FUNCTION))
      continue;
    PgFunc target = pg_func_of(r->p, pf->unit, ir_ref_index(ref));
    if (target == IR_NONE)
      continue;
    uint64_t key = put_into(r, pf, in);
    r->states[target].hooked |= key != 0;
    r->states[target].handed |= key == 0;
    if (key)
      add_slot(&r->puts, key, target);
  }
}

static void look_at_body(Roles *r, PgFunc f) {
  const PgFunction *pf = pg_func(r->p, f);
  const IrFunction *fn = pf->fn;
  for (uint32_t i = 0; i < fn->ninsns; i++) {
    const IrInsn *in = &fn->insns[i];
    look_at_operands(r, pf, in);
    if (in->op != IR_LOAD)
      continue;
    const IrAddr *a = &fn->addrs[in->aux];
    if (!a->nhops || !may_hold_function(pf->unit, a->type))
      continue;
    IrHop hop = fn->hops[a->hops + a->nhops - 1];
    uint64_t key = field_key(r->p, pf->unit, hop.record, hop.field);
    if (key)
      add_slot(&r->reads, key, f);
  }
}

static int by_func(const void *a, const void *b) {
  const Slot *x = a, *y = b;
  return (x->func > y->func) - (x->func < y->func);
}
static int by_field(const void *a, const void *b) {
  const Slot *x = a, *y = b;
  int order = (x->field > y->field) - (x->field < y->field);
  return order ? order : by_func(a, b);
}

static void find_pointers(Roles *r) {
  for (uint32_t i = 0; i < pg_nunits(r->p); i++)
    look_at_inits(r, pg_unit(r->p, i));
  for (PgFunc f = 0; f < r->nfuncs; f++)
    if (pg_func(r->p, f)->fn)
      look_at_body(r, f);
  if (r->puts.count)
    qsort(r->puts.items, r->puts.count, sizeof *r->puts.items, by_func);
  if (r->reads.count)
    qsort(r->reads.items, r->reads.count, sizeof *r->reads.items, by_field);
}

static bool is_rare(const Roles *r, PgFunc f, bool named) {
  return r->states[f].rare || (named && r->states[f].seed);
}

/* The first in sorted slots that is not less. */
static uint32_t slot_at(const Slots *s, Slot key, int (*compare)(const void *, const void *)) {
  uint32_t low = 0, high = s->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (compare(&s->items[middle], &key) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* All that read the field run rarely, and somebody does: `*from`. `named`: or have such a name. */
static bool read_rarely(const Roles *r, uint64_t field, bool named, PgFunc *from) {
  uint32_t i = slot_at(&r->reads, (Slot){field, 0}, by_field);
  if (i == r->reads.count || r->reads.items[i].field != field)
    return false;
  *from = r->reads.items[i].func;
  for (; i < r->reads.count && r->reads.items[i].field == field; i++)
    if (!is_rare(r, r->reads.items[i].func, named))
      return false;
  return true;
}

static bool hooked_rarely(const Roles *r, PgFunc f, bool named, PgFunc *from) {
  uint32_t i = slot_at(&r->puts, (Slot){0, f}, by_func);
  for (; i < r->puts.count && r->puts.items[i].func == f; i++)
    if (!read_rarely(r, r->puts.items[i].field, named, from))
      return false;
  return true;
}

/* ---- what nothing calls ---------------------------------------------------------------------- */

/* Of a program's code one part in so many at most has no caller, or it is a library with a program:
 * what nothing calls there is for others. */
enum { UNCALLED_SHARE = 20 };

static bool nothing_calls(const Roles *r, PgFunc f) {
  const PgFunction *pf = pg_func(r->p, f);
  const State *s = &r->states[f];
  if (!pf->fn || s->handed || s->loose || s->hooked || !strcmp(pf->name, "main") ||
      r->units[r->unit_of[f]] != SIDE_PRODUCT || pf->symbol->flags & IR_SYM_ADDRESS_TAKEN)
    return false;
  for (uint32_t i = 0; i < pf->ncallers; i++)
    if (pg_call(r->p, pf->callers[i])->caller != f)
      return false;
  return true;
}

static void seed_uncalled(Roles *r) {
  uint64_t all = 0, uncalled = 0;
  for (PgFunc f = 0; f < r->nfuncs; f++) {
    const PgFunction *pf = pg_func(r->p, f);
    if (!pf->fn || r->units[r->unit_of[f]] != SIDE_PRODUCT)
      continue;
    all += pf->fn->ninsns;
    uncalled += nothing_calls(r, f) ? pf->fn->ninsns : 0;
  }
  for (PgFunc f = 0; f < r->nfuncs && uncalled <= all / UNCALLED_SHARE; f++) {
    if (!nothing_calls(r, f))
      continue;
    r->states[f].seed = "nothing in the program calls it";
    r->states[f].by_name = false;
  }
}

/* ---- callers --------------------------------------------------------------------------------- */

/* The call is made where the program usually comes. */
static bool is_usual(const Roles *r, const PgCall *call) {
  const PgFunction *caller = pg_func(r->p, call->caller);
  return !r->states[call->caller].rare && !call->ends &&
         !caller->an->cold[caller->an->block_of[call->insn]];
}

/* Others than those that this reading knows may call it. */
static bool is_open(const Roles *r, PgFunc f) {
  const PgFunction *pf = pg_func(r->p, f);
  const State *s = &r->states[f];
  if (s->handed || s->loose)
    return true;
  return !pf->is_static && r->units[r->unit_of[f]] != SIDE_PRODUCT;
}

/* Nobody calls it but what runs rarely and its own component of the call graph; `*from`: who. */
static bool called_rarely(const Roles *r, PgFunc f, PgFunc *from) {
  const PgFunction *pf = pg_func(r->p, f);
  const State *s = &r->states[f];
  if (is_open(r, f) || (s->hooked && !hooked_rarely(r, f, false, from)))
    return false;
  for (uint32_t i = 0; i < pf->ncallers; i++) {
    const PgCall *call = pg_call(r->p, pf->callers[i]);
    const bool inside = pg_func(r->p, call->caller)->scc == pf->scc;
    const bool pointer = s->hooked && call->kind == PG_CALL_ONE_OF;
    if (inside || pointer)
      continue;
    if (is_usual(r, call))
      return false;
    if (r->states[call->caller].rare && *from == IR_NONE)
      *from = call->caller;
  }
  return true;
}

/* A loop of usual code calls it: then its name is no reason. */
static bool in_usual_loop(const Roles *r, PgFunc f) {
  const PgFunction *pf = pg_func(r->p, f);
  for (uint32_t i = 0; i < pf->ncallers; i++) {
    const PgCall *call = pg_call(r->p, pf->callers[i]);
    if (call->caller != f && call->kind == PG_CALL_DIRECT && call->loop_depth &&
        !pg_func(r->p, call->caller)->once && !is_rare(r, call->caller, true) && is_usual(r, call))
      return true;
  }
  return false;
}

/* Its name is taken for what it is there for, and those of others that speak for it. Configuration
 * is also what code is about that runs often (ngx_http_core_find_config_phase): not where it is
 * called through a pointer by such. */
static bool name_counts(const Roles *r, PgFunc f) {
  const State *s = &r->states[f];
  PgFunc from;
  const bool of_once = s->seed == words_start_up || s->seed == words_shutdown;
  if (of_once && !pg_func(r->p, f)->once && (s->handed || s->loose || s->hooked))
    return false;
  if (!strcmp(s->seed, words_configuration) && (s->handed || s->loose || s->hooked))
    return s->hooked && !s->handed && !s->loose && hooked_rarely(r, f, true, &from);
  return !in_usual_loop(r, f);
}

static bool judge_seed(Roles *r, PgFunc f) {
  State *s = &r->states[f];
  if (s->rare || !s->seed || (s->by_name && !name_counts(r, f)))
    return false;
  return s->rare = true;
}

/* Functions that call each other are rare together. */
static bool judge_component(Roles *r, const PgFunc *members, uint32_t count) {
  PgFunc from = IR_NONE;
  bool changed = false, all = true;
  for (uint32_t i = 0; i < count; i++)
    changed |= judge_seed(r, members[i]);
  for (uint32_t i = 0; i < count && all; i++)
    all = r->states[members[i]].rare ||
          (pg_func(r->p, members[i])->fn && called_rarely(r, members[i], &from));
  for (uint32_t i = 0; i < count && all && from != IR_NONE; i++) {
    State *s = &r->states[members[i]];
    if (s->rare)
      continue;
    s->rare = changed = true;
    s->from = from;
  }
  return changed;
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* Components are numbered callees first. */
static void sort_functions(Roles *r) {
  uint32_t *start = hp_calloc((size_t)r->nfuncs + 1, sizeof *start);
  r->order = hp_calloc(r->nfuncs, sizeof *r->order);
  for (PgFunc f = 0; f < r->nfuncs; f++)
    start[r->nfuncs - pg_func(r->p, f)->scc]++;
  for (uint32_t i = 1; i <= r->nfuncs; i++)
    start[i] += start[i - 1];
  for (PgFunc f = 0; f < r->nfuncs; f++)
    r->order[start[r->nfuncs - pg_func(r->p, f)->scc - 1]++] = f;
  free(start);
}

/* What is rare makes more so, until nothing changes. */
static void spread(Roles *r) {
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t i = 0, end; i < r->nfuncs; i = end) {
      uint32_t scc = pg_func(r->p, r->order[i])->scc;
      for (end = i + 1; end < r->nfuncs && pg_func(r->p, r->order[end])->scc == scc;)
        end++;
      changed |= judge_component(r, &r->order[i], end - i);
    }
  }
}

Roles *roles_new(const IrProgram *p, const char *(*relative)(const void *context, const char *path),
                 const void *context) {
  Roles *r = hp_calloc(1, sizeof *r);
  *r = (Roles){.p = p, .arena = hp_arena_new(), .nfuncs = pg_nfuncs(p), .units = side_units(p)};
  r->states = hp_calloc(r->nfuncs, sizeof *r->states);
  number_units(r);
  const char **places = place_seeds(r, relative, context);
  seed(r, places);
  free(places);
  find_pointers(r);
  seed_uncalled(r);
  sort_functions(r);
  spread(r);
  return r;
}

void roles_free(Roles *r) {
  if (!r)
    return;
  free(r->puts.items);
  free(r->reads.items);
  free(r->order);
  free(r->unit_of);
  free(r->states);
  free(r->units);
  hp_arena_free(r->arena);
  free(r);
}

bool roles_rare(const Roles *r, PgFunc f) {
  return r->states[f].rare;
}

const char *roles_why(Roles *r, PgFunc f) {
  const State *s = &r->states[f];
  if (!s->rare || s->from == IR_NONE)
    return s->rare ? s->seed : NULL;
  const State *root = s;
  while (root->from != IR_NONE)
    root = &r->states[root->from];
  return hp_arena_format(r->arena, "%s; called from %s", root->seed, pg_func(r->p, s->from)->name);
}
