/* What can be learnt by looking at a function or record of a program, as a hash.
 *
 * Of a function with a body: the body; the tables of its unit and what the unit's ids mean in the
 * program; its call lists, and the summaries of what its calls do. Of another function: its
 * declaration. Of a record: its layout, and what the program knows about its use; and apart from
 * that, which functions use it. Other functions and records are named in it and not looked into:
 * who looks further notes them too. */
#include "analyzer/engine/judged.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum {
  MAX_DEPTH = 16, /* of types in types */
  PART = 512,     /* functions that are worth a thread */
};

typedef struct Knower {
  const IrProgram *p;
  const Shelf *units;
  Known *known;
  uint64_t *meaning; /* by unit: of its ids in the program */
  uint32_t last;     /* unit that was asked for: neighbours are of one unit */
  HpBuf said;        /* to be hashed: a hash's state takes small pieces more slowly */
} Knower;

static void add(Knower *k, const void *bytes, size_t size) {
  hp_buf_addn(&k->said, bytes, size);
}
static void add_number(Knower *k, uint64_t n) {
  add(k, &n, sizeof n);
}
static void add_text(Knower *k, const char *text) {
  add(k, text, strlen(text) + 1);
}
static void begin(Knower *k) {
  k->said.length = 0;
}
static uint64_t end(Knower *k) {
  uint64_t hash = XXH3_64bits(hp_buf_text(&k->said), k->said.length);
  return hash ? hash : 1;
}

static uint64_t func_name(const Knower *k, PgFunc f) {
  return f == IR_NONE ? 0 : k->known[f].name;
}
static uint64_t record_name(const Knower *k, PgRecord r) {
  return r == IR_NONE ? 0 : k->known[pg_item_of_record(k->p, r)].name;
}

static const char *path_at(const IrUnit *u, IrLoc loc) {
  return loc.line && loc.file < u->nfiles ? ir_str(u, u->files[loc.file].path) : "";
}

/* ---- names ----------------------------------------------------------------------------------- */

static uint64_t name_function(Knower *k, const PgFunction *f) {
  begin(k);
  add_text(k, f->name);
  add_number(k, f->is_static);
  add_text(k, f->fn || f->is_static ? ir_str(f->unit, f->unit->path) : "");
  return end(k);
}

/* Records without a name are told by their places. */
static uint64_t name_record(Knower *k, const PgRecordInfo *info) {
  const IrLoc loc = info->record->loc;
  begin(k);
  add_text(k, info->name);
  add_text(k, path_at(info->unit, loc));
  if (!*info->name || info->record->flags & IR_REC_ANONYMOUS) {
    add_number(k, loc.line);
    add_number(k, loc.column);
  }
  return end(k);
}

static int by_name(const void *a, const void *b) {
  const Known *x = *(Known *const *)a, *y = *(Known *const *)b;
  return (x->name > y->name) - (x->name < y->name);
}

/* A name that several have is nobody's. */
static void drop_doubles(Known *known, uint32_t count) {
  Known **sorted = hp_calloc(count + 1, sizeof *sorted);
  for (uint32_t i = 0; i < count; i++)
    sorted[i] = &known[i];
  qsort(sorted, count, sizeof *sorted, by_name);
  for (uint32_t i = 0, n; i < count; i += n) {
    for (n = 1; i + n < count && sorted[i + n]->name == sorted[i]->name;)
      n++;
    for (uint32_t d = 0; n > 1 && d < n; d++)
      sorted[i + d]->value = 1; /* the mark; names are still compared */
  }
  for (uint32_t i = 0; i < count; i++)
    if (known[i].value)
      known[i] = (Known){0};
  free(sorted);
}

/* ---- values ---------------------------------------------------------------------------------- */

static uint64_t unit_meaning(Knower *k, const IrUnit *u) {
  begin(k);
  for (IrSymId s = 0; s < u->nsymbols; s++)
    add_number(k, func_name(k, pg_func_of(k->p, u, s)));
  for (IrRecordId r = 0; r < u->nrecords; r++)
    add_number(k, record_name(k, pg_record_of(k->p, u, r)));
  return end(k);
}

static void add_unit(Knower *k, const IrUnit *u) {
  uint32_t n = pg_nunits(k->p);
  while (pg_unit(k->p, k->last) != u)
    k->last = (k->last + 1) % n;
  add_number(k, shelf_hashes(k->units, u).tables);
  add_number(k, k->meaning[k->last]);
}

static void add_summary(Knower *k, const PgSummary *s) {
  const int64_t numbers[] = {s->flags,     s->size_arg, s->count_arg,
                             s->freed_arg, s->keeps,    s->fixed_size};
  add(k, numbers, sizeof numbers);
  add_number(k, record_name(k, s->record));
  add_number(k, func_name(k, s->via));
}

static void add_call(Knower *k, const PgCall *call, PgFunc other) {
  const uint32_t numbers[] = {call->insn, call->loop_depth, call->kind, call->ends};
  add(k, numbers, sizeof numbers);
  add_number(k, func_name(k, other));
}

/* Types as deep as a value of them reaches; what pointers point to by its name. False where that is
 * not enough. */
static bool add_type(Knower *k, const IrUnit *u, IrTypeId id, int depth) {
  const IrType *t = &u->types[id];
  const uint64_t numbers[] = {t->kind, t->align_log2, t->flags, t->size, t->count};
  add(k, numbers, sizeof numbers);
  add_text(k, ir_str(u, t->name));
  if (depth == MAX_DEPTH)
    return false;
  if (t->kind == IR_T_ARRAY || t->kind == IR_T_VECTOR || t->kind == IR_T_COMPLEX)
    return add_type(k, u, t->sub, depth + 1);
  IrRecordId record = t->kind == IR_T_RECORD ? t->record : ir_pointee_record(u, id);
  if (record == IR_NONE)
    return true;
  add_number(k, record_name(k, pg_record_of(k->p, u, record)));
  const IrRecord *r = &u->records[record];
  bool known = true;
  for (uint32_t i = 0; i < r->nfields && t->kind == IR_T_RECORD; i++) {
    const IrField *f = &u->fields[r->fields + i];
    const uint64_t places[] = {f->offset_bits, f->width_bits, f->flags};
    add(k, places, sizeof places);
    add_text(k, ir_str(u, f->name));
    known = add_type(k, u, f->type, depth + 1) && known;
  }
  return known;
}

static void add_body(Knower *k, const PgFunction *f) {
  add_number(k, shelf_hashes(k->units, f->unit).functions[f->fn - f->unit->functions]);
  add_unit(k, f->unit);
  for (uint32_t i = 0; i < f->ncalls; i++) {
    const PgCall *call = pg_call(k->p, f->calls[i]);
    add_call(k, call, call->callee);
    add_summary(k, pg_summary(k->p, f->unit, f->fn, &f->fn->insns[call->insn]));
  }
}

static void add_declaration(Knower *k, const PgFunction *f) {
  const IrUnit *u = f->unit;
  const IrType *t = &u->types[f->symbol->type];
  bool known = add_type(k, u, f->symbol->type, 0);
  if (t->kind == IR_T_FUNC)
    known = add_type(k, u, t->sub, 0) && known;
  if (!known)
    add_unit(k, u);
}

static uint64_t know_function(Knower *k, const PgFunction *f) {
  begin(k);
  const uint32_t numbers[] = {f->symbol->flags, f->heat,   f->once,    f->is_static,
                              f->fn != NULL,    f->ncalls, f->ncallers};
  add(k, numbers, sizeof numbers);
  add_summary(k, &f->summary);
  if (f->fn)
    add_body(k, f);
  else
    add_declaration(k, f);
  for (uint32_t i = 0; i < f->ncallers; i++) {
    const PgCall *call = pg_call(k->p, f->callers[i]);
    add_call(k, call, call->caller);
  }
  return end(k);
}

static uint64_t know_record(Knower *k, const PgRecordInfo *info) {
  const IrRecord *r = info->record;
  const IrLoc loc = r->loc;
  begin(k);
  const uint64_t numbers[] = {info->flags, info->array_count, info->nuses, info->nallocs,
                              r->flags,    r->size,           r->align,    r->nfields};
  add(k, numbers, sizeof numbers);
  const uint32_t places[] = {loc.line, loc.end_line, loc.column, loc.end_column};
  add(k, places, sizeof places);
  if (!add_type(k, info->unit, r->type, 0) || loc.macro)
    add_unit(k, info->unit);
  for (uint32_t i = 0; i < info->nuses; i++) {
    const PgLoopUse *use = &info->uses[i];
    const uint64_t use_numbers[] = {use->loop,  use->read,   use->written,
                                    use->walks, use->chased, use->cold};
    add(k, use_numbers, sizeof use_numbers);
    add_number(k, func_name(k, use->func));
  }
  for (uint32_t i = 0; i < r->nfields && info->stored; i++) {
    const PgStored *s = &info->stored[i];
    const int64_t stored_numbers[] = {s->low,        s->high,        s->known,
                                      s->likely_low, s->likely_high, s->likely};
    add(k, stored_numbers, sizeof stored_numbers);
  }
  for (uint32_t i = 0; i < info->nallocs; i++) {
    const PgAllocSite *site = &info->allocs[i];
    const int64_t site_numbers[] = {site->insn, site->count, site->loop_depth};
    add(k, site_numbers, sizeof site_numbers);
    add_number(k, func_name(k, site->func));
  }
  return end(k);
}

static Known know_users(Knower *k, PgRecord r) {
  uint32_t count;
  const PgFunc *users = pg_record_users(k->p, r, &count);
  begin(k);
  add_text(k, "users");
  add_number(k, record_name(k, r));
  Known users_known = {.name = record_name(k, r) ? end(k) : 0};
  begin(k);
  for (uint32_t i = 0; i < count; i++)
    add_number(k, func_name(k, users[i]));
  users_known.value = end(k);
  return users_known;
}

/* ---- all ------------------------------------------------------------------------------------- */

static void name_all(Knower *k, uint32_t nfuncs, uint32_t nrecords) {
  for (PgFunc f = 0; f < nfuncs; f++)
    k->known[f].name = name_function(k, pg_func(k->p, f));
  for (PgRecord r = 0; r < nrecords; r++)
    k->known[nfuncs + r].name = name_record(k, pg_record(k->p, r));
  drop_doubles(k->known, nfuncs + nrecords);
}

/* Values do not depend on each other: those of a part of the functions, and of the records. */
typedef struct Values {
  const Knower *all;
  uint32_t nfuncs, nrecords;
  unsigned parts;
} Values;

static uint32_t share(uint32_t count, unsigned part, unsigned parts) {
  return (uint32_t)((uint64_t)count * part / parts);
}

static void value_part(void *values, unsigned part) {
  const Values *v = values;
  Knower k = *v->all;
  k.said = (HpBuf){0};
  for (PgFunc f = share(v->nfuncs, part, v->parts); f < share(v->nfuncs, part + 1, v->parts); f++)
    k.known[f].value = know_function(&k, pg_func(k.p, f));
  for (PgRecord r = share(v->nrecords, part, v->parts); r < share(v->nrecords, part + 1, v->parts);
       r++) {
    k.known[v->nfuncs + r].value = know_record(&k, pg_record(k.p, r));
    k.known[pg_item_of_users(k.p, r)] = know_users(&k, r);
  }
  hp_buf_free(&k.said);
}

static void value_all(Knower *k, uint32_t nfuncs, uint32_t nrecords, unsigned jobs) {
  for (uint32_t i = 0; i < pg_nunits(k->p); i++)
    k->meaning[i] = unit_meaning(k, pg_unit(k->p, i));
  const unsigned useful = 1 + nfuncs / PART;
  Values v = {k, nfuncs, nrecords, jobs < useful ? jobs : useful};
  hp_parallel(v.parts, value_part, &v);
}

/* Everything is what functions and records say, and the tables of units, which may have neither. */
static void set_special(Knower *k, PgSpecialItem which, uint32_t from, uint32_t to) {
  const bool names = which != PG_ITEM_EVERYTHING;
  begin(k);
  for (uint32_t i = from; i < to; i++)
    add_number(k, names ? k->known[i].name : k->known[i].value);
  for (uint32_t i = 0; i < pg_nunits(k->p) && !names; i++) {
    add_number(k, shelf_hashes(k->units, pg_unit(k->p, i)).tables);
    add_number(k, k->meaning[i]);
  }
  uint64_t value = end(k);
  k->known[pg_item_special(k->p, which)] = (Known){which + 1u, value};
}

Known *knowledge_of(const IrProgram *p, const Shelf *units, unsigned jobs) {
  uint32_t nfuncs = pg_nfuncs(p), nrecords = pg_nrecords(p);
  Knower k = {.p = p,
              .units = units,
              .known = hp_calloc(pg_nitems(p), sizeof *k.known),
              .meaning = hp_calloc(pg_nunits(p), sizeof *k.meaning)};
  name_all(&k, nfuncs, nrecords);
  value_all(&k, nfuncs, nrecords, jobs);
  set_special(&k, PG_ITEM_FUNCTIONS, 0, nfuncs);
  set_special(&k, PG_ITEM_RECORDS, nfuncs, nfuncs + nrecords);
  set_special(&k, PG_ITEM_EVERYTHING, 0, nfuncs + nrecords);
  hp_buf_free(&k.said);
  free(k.meaning);
  return k.known;
}
