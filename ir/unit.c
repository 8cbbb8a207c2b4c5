/* The tables of a unit under construction. They grow on the heap and move to the unit's arena, at
 * their exact size, when the unit ends. */
#include "ir/build_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

IrUnitBuilder *ir_unit_begin(const char *path) {
  IrUnitBuilder *b = hp_calloc(1, sizeof *b);
  b->unit = hp_calloc(1, sizeof *b->unit);
  b->unit->arena = hp_arena_new();
  b->pointer_size = 8;
  ir_unit_str(b, "");
  ir_unit_type(b, &(IrType){.kind = IR_T_VOID, .record = IR_NONE, .name = ir_unit_str(b, "void")});
  b->unit->path = ir_unit_str(b, path);
  ir_unit_macro(b, (IrMacro){0});
  ir_unit_spot(b, &(IrLoc){0});
  return b;
}

IrUnit *ir_unit_peek(IrUnitBuilder *b) {
  return b->unit;
}

/* ---- strings and literals -------------------------------------------------------------------- */

typedef struct StringKey {
  const IrUnit *unit;
  const char *text;
  size_t length;
} StringKey;

static bool same_bytes(const StringKey *key, IrStr at) {
  const IrUnit *u = key->unit;
  return key->length < u->nstrings - at && !memcmp(u->strings + at, key->text, key->length) &&
         !u->strings[at + key->length];
}

static bool same_string(const void *key, uint32_t id) {
  return same_bytes(key, id);
}

IrStr ir_unit_strn(IrUnitBuilder *b, const char *text, size_t length) {
  IrUnit *u = b->unit;
  StringKey key = {u, text, length};
  uint32_t hash = ir_hash_bytes(text, length);
  IrStr found = ir_index_find(&b->strings, hash, same_string, &key);
  if (found != IR_NONE)
    return found;
  HP_ASSERT(length < UINT32_MAX / 4 && u->nstrings < UINT32_MAX / 4);
  uint32_t need = u->nstrings + (uint32_t)length + 1;
  if (need > b->strings_cap) {
    bool inside = u->strings && text >= u->strings && text < u->strings + u->nstrings;
    size_t offset = inside ? (size_t)(text - u->strings) : 0;
    u->strings = hp_grow(u->strings, &b->strings_cap, need, 1);
    if (inside)
      text = u->strings + offset;
  }
  IrStr at = u->nstrings;
  if (length)
    memcpy(u->strings + at, text, length);
  u->strings[at + length] = 0;
  u->nstrings = need;
  ir_index_add(&b->strings, hash, at);
  return at;
}

IrStr ir_unit_str(IrUnitBuilder *b, const char *text) {
  return text ? ir_unit_strn(b, text, strlen(text)) : 0;
}

typedef struct LiteralKey {
  const IrUnit *unit;
  IrLiteral literal;
} LiteralKey;

static bool same_literal(const void *key, uint32_t id) {
  const LiteralKey *k = key;
  const IrLiteral *l = &k->unit->literals[id];
  return l->offset == k->literal.offset && l->length == k->literal.length;
}

static uint32_t literal_hash(IrLiteral literal) {
  return (uint32_t)ir_hash_mix(literal.offset, literal.length);
}

uint32_t unit_add_literal(IrUnitBuilder *b, IrLiteral literal) {
  IrUnit *u = b->unit;
  HP_GROW(u->literals, u->nliterals, b->literals_cap);
  u->literals[u->nliterals] = literal;
  ir_index_add(&b->literals, literal_hash(literal), u->nliterals);
  return u->nliterals++;
}

uint32_t ir_unit_literal(IrUnitBuilder *b, const char *bytes, uint32_t length) {
  LiteralKey key = {b->unit, {ir_unit_strn(b, bytes, length), length}};
  uint32_t found = ir_index_find(&b->literals, literal_hash(key.literal), same_literal, &key);
  return found != IR_NONE ? found : unit_add_literal(b, key.literal);
}

/* ---- macros ---------------------------------------------------------------------------------- */

typedef struct MacroKey {
  const IrUnit *unit;
  IrMacro macro;
} MacroKey;

static bool same_macro(const void *key, uint32_t id) {
  const MacroKey *k = key;
  return !memcmp(&k->unit->macros[id], &k->macro, sizeof k->macro);
}

uint32_t ir_unit_macro(IrUnitBuilder *b, IrMacro macro) {
  _Static_assert(sizeof macro == 16, "compared and hashed as bytes");
  IrUnit *u = b->unit;
  MacroKey key = {u, macro};
  uint32_t hash = ir_hash_bytes((const char *)&macro, sizeof macro);
  uint32_t found = ir_index_find(&b->macros, hash, same_macro, &key);
  if (found != IR_NONE)
    return found;
  HP_GROW(u->macros, u->nmacros, b->macros_cap);
  u->macros[u->nmacros] = macro;
  ir_index_add(&b->macros, hash, u->nmacros);
  return u->nmacros++;
}

/* ---- places ---------------------------------------------------------------------------------- */

typedef struct SpanKey {
  const IrUnit *unit;
  IrSpan span;
} SpanKey;

static bool same_span(const void *key, uint32_t id) {
  const SpanKey *k = key;
  const IrSpan *s = &k->unit->spans[id];
  return s->file == k->span.file && s->lines == k->span.lines && s->macro == k->span.macro;
}

static uint32_t span_of(IrUnitBuilder *b, IrSpan span) {
  IrUnit *u = b->unit;
  SpanKey key = {u, span};
  if (b->last_span < u->nspans && same_span(&key, b->last_span))
    return b->last_span;
  uint64_t mixed = ir_hash_mix((uint64_t)span.file << 32 | span.lines, span.macro);
  uint32_t hash = (uint32_t)mixed, found = ir_index_find(&b->spans, hash, same_span, &key);
  if (found == IR_NONE) {
    HP_GROW(u->spans, u->nspans, b->spans_cap);
    u->spans[u->nspans] = span;
    ir_index_add(&b->spans, hash, u->nspans);
    found = u->nspans++;
  }
  return b->last_span = found;
}

IrSpot ir_unit_spot(IrUnitBuilder *b, const IrLoc *loc) {
  IrSpan span = {loc->file, loc->end_line - loc->line, loc->macro};
  return (IrSpot){loc->line, loc->column, loc->end_column, span_of(b, span)};
}

void ir_unit_pointer_init(IrUnitBuilder *b, const IrPointerInit *init) {
  IrUnit *u = b->unit;
  HP_ASSERT(init->in < u->nsymbols);
  HP_GROW(u->inits, u->ninits, b->inits_cap);
  u->inits[u->ninits++] = *init;
}

/* ---- files, types, records, symbols ---------------------------------------------------------- */

typedef struct FileKey {
  const IrUnit *unit;
  IrStr path;
} FileKey;

static bool same_file(const void *key, uint32_t id) {
  const FileKey *k = key;
  return k->unit->files[id].path == k->path;
}

static uint32_t file_hash(IrStr path) {
  return (uint32_t)ir_hash_mix(1, path);
}

uint32_t unit_add_file(IrUnitBuilder *b, IrFile file) {
  IrUnit *u = b->unit;
  HP_GROW(u->files, u->nfiles, b->files_cap);
  u->files[u->nfiles] = file;
  ir_index_add(&b->files, file_hash(file.path), u->nfiles);
  return u->nfiles++;
}

uint32_t ir_unit_file(IrUnitBuilder *b, const char *path, uint32_t flags) {
  FileKey key = {b->unit, ir_unit_str(b, path)};
  uint32_t found = ir_index_find(&b->files, file_hash(key.path), same_file, &key);
  return found != IR_NONE ? found : unit_add_file(b, (IrFile){key.path, flags});
}

typedef struct TypeKey {
  const IrUnit *unit;
  const IrType *type;
} TypeKey;

static bool same_type(const void *key, uint32_t id) {
  const TypeKey *k = key;
  const IrType *a = &k->unit->types[id], *t = k->type;
  return a->name == t->name && a->kind == t->kind && a->align_log2 == t->align_log2 &&
         a->flags == t->flags && a->sub == t->sub && a->record == t->record && a->size == t->size &&
         a->count == t->count;
}

static uint32_t type_hash(const IrType *t) {
  uint64_t h = ir_hash_mix(t->name, (uint64_t)t->sub << 32 | t->record);
  h = ir_hash_mix(h, (uint64_t)t->kind << 16 | t->flags);
  return (uint32_t)ir_hash_mix(h, t->size ^ t->count << 20);
}

IrTypeId unit_add_type(IrUnitBuilder *b, const IrType *type) {
  IrUnit *u = b->unit;
  IrType copy = *type; /* `type` may point into the table that moves */
  HP_GROW(u->types, u->ntypes, b->types_cap);
  u->types[u->ntypes] = copy;
  ir_index_add(&b->types, type_hash(&copy), u->ntypes);
  if (copy.kind == IR_T_PTR && copy.size)
    b->pointer_size = copy.size;
  return u->ntypes++;
}

IrTypeId ir_unit_type(IrUnitBuilder *b, const IrType *type) {
  IrType copy = *type;
  if (copy.kind != IR_T_RECORD)
    copy.record = IR_NONE;
  TypeKey key = {b->unit, &copy};
  IrTypeId found = ir_index_find(&b->types, type_hash(&copy), same_type, &key);
  return found != IR_NONE ? found : unit_add_type(b, &copy);
}

/* "T *", or nothing where the star belongs inside: functions and arrays. */
static IrStr pointer_name(IrUnitBuilder *b, IrTypeId pointee) {
  const char *name = ir_str(b->unit, b->unit->types[pointee].name);
  size_t length = strlen(name);
  if (!length || strpbrk(name, "([") || length > 1000)
    return 0;
  char text[1004];
  int pointer_length =
      snprintf(text, sizeof text, "%s%s*", name, name[length - 1] == '*' ? "" : " ");
  return ir_unit_strn(b, text, (size_t)pointer_length);
}

IrTypeId ir_unit_pointer_to(IrUnitBuilder *b, IrTypeId pointee) {
  IrType type = {
      .kind = IR_T_PTR,
      .align_log2 = b->pointer_size == 4 ? 2 : 3,
      .sub = pointee,
      .size = b->pointer_size,
      .name = pointer_name(b, pointee),
  };
  return ir_unit_type(b, &type);
}

IrRecordId ir_unit_record(IrUnitBuilder *b, const IrRecord *record) {
  IrUnit *u = b->unit;
  IrRecord copy = *record;
  HP_GROW(u->records, u->nrecords, b->records_cap);
  u->records[u->nrecords] = copy;
  return u->nrecords++;
}

IrRecord *ir_unit_record_at(IrUnitBuilder *b, IrRecordId id) {
  HP_ASSERT(id < b->unit->nrecords);
  return &b->unit->records[id];
}

void ir_unit_record_fields(IrUnitBuilder *b, IrRecordId id, const IrField *fields, uint32_t count) {
  IrUnit *u = b->unit;
  IrRecord *record = ir_unit_record_at(b, id);
  HP_ASSERT(!record->nfields);
  record->fields = u->nfields;
  record->nfields = count;
  for (uint32_t i = 0; i < count; i++) {
    HP_GROW(u->fields, u->nfields, b->fields_cap);
    u->fields[u->nfields++] = fields[i];
  }
}

IrSymId ir_unit_symbol(IrUnitBuilder *b, const IrSymbol *symbol) {
  IrUnit *u = b->unit;
  IrSymbol copy = *symbol;
  HP_GROW(u->symbols, u->nsymbols, b->symbols_cap);
  u->symbols[u->nsymbols] = copy;
  return u->nsymbols++;
}

IrSymbol *ir_unit_symbol_at(IrUnitBuilder *b, IrSymId id) {
  HP_ASSERT(id < b->unit->nsymbols);
  return &b->unit->symbols[id];
}

/* ---- end ------------------------------------------------------------------------------------- */

#define SETTLE(array, count)                                                                       \
  do {                                                                                             \
    void *old_ = (array);                                                                          \
    (array) = hp_arena_copy(u->arena, old_, (count) * sizeof *(array));                            \
    free(old_);                                                                                    \
  } while (0)

IrUnit *ir_unit_end(IrUnitBuilder *b) {
  IrUnit *u = b->unit;
  HP_ASSERT(!b->fn || !b->fn->active);
  SETTLE(u->strings, u->nstrings);
  SETTLE(u->files, u->nfiles);
  SETTLE(u->macros, u->nmacros);
  SETTLE(u->spans, u->nspans);
  SETTLE(u->types, u->ntypes);
  SETTLE(u->records, u->nrecords);
  SETTLE(u->fields, u->nfields);
  SETTLE(u->symbols, u->nsymbols);
  SETTLE(u->literals, u->nliterals);
  SETTLE(u->inits, u->ninits);
  SETTLE(u->functions, u->nfunctions);
  for (uint32_t i = 0; i < u->nfunctions; i++)
    u->functions[i].spans = u->spans;
  ir_index_free(&b->strings);
  ir_index_free(&b->files);
  ir_index_free(&b->macros);
  ir_index_free(&b->spans);
  ir_index_free(&b->types);
  ir_index_free(&b->literals);
  builder_free(b->fn);
  free(b->has_body);
  free(b);
  return u;
}

void ir_unit_free(IrUnit *unit) {
  if (!unit)
    return;
  hp_arena_free(unit->arena);
  free(unit);
}
