/* Record layouts. A record's fields are lowered some time after the record itself (records_flush),
 * since records refer to each other through pointers in circles. */
#include "analyzer/frontend/lower.h"

#include <stdlib.h>
#include <string.h>

static IrStr record_name(Lower *l, CXCursor decl, bool *anonymous) {
  CXString spelled = clang_getTypeSpelling(clang_getCursorType(decl));
  const char *text = clang_getCString(spelled);
  *anonymous = strstr(text, "(unnamed") || strstr(text, "(anonymous");
  IrStr name = *anonymous ? 0 : ir_unit_str(l->ub, text);
  clang_disposeString(spelled);
  return name;
}

IrRecordId record_of(Lower *l, CXCursor decl) {
  uint32_t id = map_get(&l->record_map, cursor_key(decl));
  if (id != MAP_NONE)
    return id;
  CXCursor def = clang_getCursorDefinition(decl);
  bool defined = !clang_Cursor_isNull(def);
  CXCursor key = defined ? def : clang_getCanonicalCursor(decl);
  id = map_get(&l->record_map, cursor_key(key));
  if (id == MAP_NONE) {
    CXType type = clang_getCursorType(key);
    bool anonymous;
    IrRecord r = {.name = record_name(l, key, &anonymous), .loc = lower_loc(l, key)};
    long long size = defined ? clang_Type_getSizeOf(type) : 0;
    long long align = defined ? clang_Type_getAlignOf(type) : 0;
    r.size = size > 0 ? (uint64_t)size : 0;
    r.align = align > 0 ? (uint64_t)align : 0;
    r.flags = (key.kind == CXCursor_UnionDecl ? IR_REC_UNION : 0u) |
              (lower_in_system(l, key) ? IR_REC_SYSTEM : 0u) |
              (lower_in_main(l, key) ? IR_REC_IN_MAIN : 0u) | (anonymous ? IR_REC_ANONYMOUS : 0u) |
              (defined ? 0u : IR_REC_INCOMPLETE) |
              (size < 0 || clang_isInvalidDeclaration(key) ? IR_REC_INVALID : 0u);
    id = ir_unit_record(l->ub, &r);
    map_put(&l->record_map, cursor_key(key), id);
    IrTypeId t = type_of(l, type); /* finds the record just added */
    ir_unit_record_at(l->ub, id)->type = t;
    if (defined) {
      uint32_t count = l->npending;
      HP_GROW(l->pending, count, l->pending_cap);
      HP_GROW(l->pending_ids, count, l->pending_ids_cap);
      l->pending[l->npending] = key;
      l->pending_ids[l->npending++] = id;
    }
  }
  map_put(&l->record_map, cursor_key(decl), id);
  return id;
}

/* ---- fields ---------------------------------------------------------------------------------- */

typedef struct Fields {
  CXCursor *cursors;
  uint32_t count, cap;
  uint32_t flags; /* IR_REC_* from attributes */
} Fields;

static enum CXVisitorResult collect_field(CXCursor c, CXClientData data) {
  Fields *f = data;
  HP_GROW(f->cursors, f->count, f->cap);
  f->cursors[f->count++] = c;
  return CXVisit_Continue;
}

static enum CXChildVisitResult collect_attribute(CXCursor c, CXCursor parent, CXClientData data) {
  (void)parent;
  Fields *f = data;
  if (c.kind == CXCursor_PackedAttr)
    f->flags |= IR_REC_PACKED;
  else if (c.kind == CXCursor_AlignedAttr)
    f->flags |= IR_REC_ALIGNED;
  return CXChildVisit_Continue;
}

static IrField lower_field(Lower *l, CXCursor c, uint32_t *record_flags) {
  CXType type = clang_getCursorType(c);
  IrField out = {.type = type_of(l, type)};
  CXString name = clang_getCursorSpelling(c);
  const char *text = clang_getCString(name);
  bool named = text[0] && !strchr(text, '(');
  out.name = named ? ir_unit_str(l->ub, text) : 0;
  clang_disposeString(name);
  const IrType *t = ir_type(l, out.type);
  out.width_bits = t->size < UINT32_MAX / 8 ? (uint32_t)t->size * 8 : UINT32_MAX;
  if (clang_Cursor_isBitField(c)) {
    int width = clang_getFieldDeclBitWidth(c);
    out.width_bits = width > 0 ? (uint32_t)width : 0;
    out.flags |= IR_FIELD_BITFIELD;
  } else if (!named) {
    out.flags |= IR_FIELD_ANONYMOUS;
  }
  if (t->kind == IR_T_ARRAY && !t->count)
    out.flags |= IR_FIELD_FLEXIBLE;
  if (clang_isInvalidDeclaration(c))
    *record_flags |= IR_REC_INVALID;
  return out;
}

static uint64_t round_up(uint64_t n, uint64_t to) {
  return to ? (n + to - 1) / to * to : n;
}

static uint64_t ask_offset(CXCursor field, uint32_t *flags) {
  long long offset = clang_Cursor_getOffsetOfField(field);
  if (offset < 0)
    *flags |= IR_REC_INVALID;
  return offset < 0 ? 0 : (uint64_t)offset;
}

/* Offsets by the usual rule of C; libclang's own query checks the whole record for each field,
 * which for records of hundreds of fields is slow, so that only the last field is asked for, and
 * all of them if that one disagrees (bit-fields, attributes, pragma pack). */
static void offsets(Lower *l, const CXCursor *cursors, IrField *fields, uint32_t count,
                    bool is_union, uint64_t record_size, uint32_t *flags) {
  uint64_t at = 0;
  bool plain = true;
  for (uint32_t i = 0; i < count; i++) {
    const IrType *t = ir_type(l, fields[i].type);
    plain &= !(fields[i].flags & IR_FIELD_BITFIELD);
    uint64_t align = (uint64_t)1 << t->align_log2;
    uint64_t offset = is_union ? 0 : round_up(at, align);
    fields[i].offset_bits = offset * 8;
    at = offset + t->size;
  }
  if (!count || (is_union && plain))
    return;
  if (plain && ask_offset(cursors[count - 1], flags) == fields[count - 1].offset_bits &&
      at <= record_size)
    return;
  for (uint32_t i = 0; i < count; i++)
    fields[i].offset_bits = ask_offset(cursors[i], flags);
}

/* Packing and alignment that attributes below the record, typedefs or pragmas brought about show in
 * the figures. */
static uint32_t shape_flags(const Lower *l, const IrRecord *r, const IrField *fields,
                            uint32_t count) {
  uint32_t flags = 0;
  uint64_t at = 0, widest = 1;
  for (uint32_t i = 0; i < count; i++) {
    const IrType *t = ir_type(l, fields[i].type);
    uint64_t align = (uint64_t)1 << t->align_log2, offset = fields[i].offset_bits / 8;
    if (align > widest)
      widest = align;
    if (fields[i].flags & IR_FIELD_BITFIELD) {
      at = (fields[i].offset_bits + fields[i].width_bits + 7) / 8;
      continue;
    }
    if (offset % align)
      flags |= IR_REC_PACKED;
    if (!(r->flags & IR_REC_UNION) && offset > round_up(at, align) && i &&
        !(fields[i - 1].flags & IR_FIELD_BITFIELD))
      flags |= IR_REC_ALIGNED;
    at = offset + t->size;
    if (fields[i].flags & IR_FIELD_FLEXIBLE && i + 1 == count)
      flags |= IR_REC_FLEXIBLE;
    if (t->kind == IR_T_RECORD && i + 1 == count &&
        l->unit->records[t->record].flags & IR_REC_FLEXIBLE)
      flags |= IR_REC_FLEXIBLE;
  }
  if (r->align > widest)
    flags |= IR_REC_ALIGNED;
  if (count && r->align && r->align < widest)
    flags |= IR_REC_PACKED;
  return flags;
}

static void lower_fields(Lower *l, CXCursor decl, IrRecordId id) {
  Fields found = {0};
  /* A record's children leave out the implicit fields of anonymous members. */
  clang_Type_visitFields(clang_getCursorType(decl), collect_field, &found);
  clang_visitChildren(decl, collect_attribute, &found);
  IrField *fields = hp_calloc(found.count + 1, sizeof *fields);
  for (uint32_t i = 0; i < found.count; i++) {
    fields[i] = lower_field(l, found.cursors[i], &found.flags);
    HP_GROW(l->hops, l->nhops, l->hops_cap);
    map_put(&l->field_map, cursor_key(found.cursors[i]), l->nhops);
    l->hops[l->nhops++] = (IrHop){id, i};
  }
  IrRecord r = *ir_unit_record_at(l->ub, id);
  offsets(l, found.cursors, fields, found.count, r.flags & IR_REC_UNION, r.size, &found.flags);
  found.flags |= shape_flags(l, &r, fields, found.count);
  ir_unit_record_fields(l->ub, id, fields, found.count);
  ir_unit_record_at(l->ub, id)->flags |= found.flags;
  free(fields);
  free(found.cursors);
}

void records_flush(Lower *l) {
  while (l->npending) {
    l->npending--;
    lower_fields(l, l->pending[l->npending], l->pending_ids[l->npending]);
  }
}

bool field_of(Lower *l, CXCursor field, IrHop *out) {
  uint32_t at = map_get(&l->field_map, cursor_key(field));
  if (at == MAP_NONE) {
    CXCursor parent = clang_getCursorSemanticParent(field);
    if (parent.kind != CXCursor_StructDecl && parent.kind != CXCursor_UnionDecl)
      return false;
    record_of(l, parent);
    records_flush(l);
    at = map_get(&l->field_map, cursor_key(field));
  }
  if (at == MAP_NONE)
    return false;
  *out = l->hops[at];
  return true;
}
