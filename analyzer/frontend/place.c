/* Lvalues. A place keeps the shape of the access: base, one index, a constant offset and the record
 * fields passed through; what does not fit (an index below a field) starts over from an ADDR. */
#include "analyzer/frontend/lower.h"

/* The place is of an object of this type from now on. */
static void set_object(Lower *l, Place *p, IrTypeId type) {
  const IrType *t = ir_type(l, type);
  p->type = type;
  if (t->flags & IR_TF_VOLATILE)
    p->addr.flags |= IR_MEM_VOLATILE;
  if (t->flags & IR_TF_ATOMIC)
    p->addr.flags |= IR_MEM_ATOMIC | IR_MEM_SEQ_CST;
  p->addr.size = t->size;
  p->addr.type = type_unqualified(l, type);
}

void place_at(Lower *l, IrRef base, IrTypeId type, Place *out) {
  out->is_var = false;
  out->addr = (IrAddr){.base = base};
  out->nhops = 0;
  set_object(l, out, type);
}

void place_temp(Lower *l, IrTypeId type, const char *name, Place *out) {
  place_at(l, ir_build_local(l->b, name, type, IR_LOCAL_TEMP, ir_build_where(l->b)), type, out);
}

static void place_unknown(Lower *l, const char *reason, IrTypeId type, Place *out) {
  place_at(l, value_opaque(l, reason, type_pointer_to(l, type), NULL, 0).ref, type, out);
}

void place_var(Lower *l, const Decl *d, Place *out) {
  switch ((DeclKind)d->kind) {
  case DECL_VAR:
    out->is_var = true;
    out->var = d->var;
    out->type = d->type;
    out->addr = (IrAddr){0};
    out->nhops = 0;
    return;
  case DECL_LOCAL:
    place_at(l, d->ref, d->type, out);
    return;
  case DECL_SYM:
    place_at(l, ir_ref(IR_REF_SYM, d->sym), d->type, out);
    return;
  case DECL_ENUM:
  case DECL_NEW:
    break;
  }
  place_unknown(l, "unknown declaration", d->type, out);
}

/* ---- shape ----------------------------------------------------------------------------------- */

IrRef place_address(Lower *l, Place *p, IrTypeId pointer_type) {
  if (p->is_var) { /* an address that the scan did not foresee: a copy stands in */
    IrRef value = ir_build_read(l->b, p->var);
    place_temp(l, p->type, "copy", p);
    ir_build_store(l->b, &p->addr, NULL, 0, value);
  }
  if (!p->nhops && !p->addr.offset && ir_ref_kind(p->addr.index) == IR_REF_NONE)
    return p->addr.base;
  return ir_build_addr(l->b, &p->addr, p->path, p->nhops, type_unqualified(l, pointer_type));
}

static void start_over(Lower *l, Place *p) {
  uint16_t flags = p->addr.flags;
  IrTypeId type = p->type;
  IrTypeId to = type_kind(l, type) == IR_T_ARRAY ? ir_type(l, type)->sub : type;
  IrRef base = place_address(l, p, type_pointer_to(l, to));
  place_at(l, base, type, p);
  p->addr.flags |= flags;
}

/* Bytes that an access to a bit-field touches: its declared type's unit, or as few bytes as hold it
 * where that unit does not (packed records). */
static void bitfield(Place *p, const IrField *f, const IrRecord *r, int64_t record_offset) {
  uint64_t unit = p->addr.size ? p->addr.size : 4, first = f->offset_bits;
  uint64_t byte = first / 8 / unit * unit, size = unit;
  if (first - byte * 8 + f->width_bits > unit * 8 || byte + unit > r->size) {
    byte = first / 8;
    size = (first % 8 + f->width_bits + 7) / 8;
  }
  p->addr.offset = record_offset + (int64_t)byte;
  p->addr.size = size ? size : 1;
  p->addr.flags |= IR_MEM_BITFIELD;
  p->addr.bit_offset = (uint8_t)(first - byte * 8);
  p->addr.bit_width = (uint8_t)f->width_bits;
}

void place_field(Lower *l, Place *p, IrHop hop, IrTypeId type) {
  if (p->nhops == PLACE_HOPS || p->is_var)
    start_over(l, p);
  const IrRecord *r = &l->unit->records[hop.record];
  const IrField *f = &l->unit->fields[r->fields + hop.field];
  p->path[p->nhops++] = hop;
  int64_t record_offset = p->addr.offset;
  p->addr.offset += (int64_t)(f->offset_bits / 8);
  bool bits = f->flags & IR_FIELD_BITFIELD;
  set_object(l, p, type);
  r = &l->unit->records[hop.record];
  if (bits)
    bitfield(p, &l->unit->fields[r->fields + hop.field], r, record_offset);
}

/* From an array, or from the first of several elements, to the one at `index`. */
void place_index(Lower *l, Place *p, Value index, IrTypeId element) {
  if (p->nhops || p->is_var)
    start_over(l, p);
  uint64_t step = type_step(l, element);
  if (value_is_int(index)) {
    p->addr.offset = (int64_t)((uint64_t)p->addr.offset + (uint64_t)index.u.number * step);
  } else {
    if (ir_ref_kind(p->addr.index) != IR_REF_NONE)
      start_over(l, p);
    p->addr.index = index.ref;
    p->addr.scale = step <= UINT32_MAX ? (uint32_t)step : UINT32_MAX;
  }
  set_object(l, p, element);
}

/* The same where elements have a size only known at run time. */
static void place_index_vla(Lower *l, Place *p, NodeId n, Value index, IrTypeId element) {
  Value elements;
  uint64_t scale;
  if (!vla_index(l, n, index, &elements, &scale)) {
    IrRef args[] = {p->addr.base, index.ref};
    IrTypeId pointer = type_pointer_to(l, element);
    place_at(l, value_opaque(l, "element of unknown size", pointer, args, 2).ref, element, p);
    return;
  }
  if (p->nhops || p->is_var || ir_ref_kind(p->addr.index) != IR_REF_NONE)
    start_over(l, p);
  if (value_is_int(elements)) {
    p->addr.offset += elements.u.number * (int64_t)scale;
  } else {
    p->addr.index = elements.ref;
    p->addr.scale = (uint32_t)scale;
  }
  set_object(l, p, element);
}

/* ---- access ---------------------------------------------------------------------------------- */

Value place_load(Lower *l, Place *p) {
  IrTypeId type = type_unqualified(l, p->type);
  if (p->is_var)
    return value_of(ir_build_read(l->b, p->var), type);
  switch (type_kind(l, type)) {
  case IR_T_ARRAY: {
    IrTypeId element = ir_type(l, type)->sub, pointer = type_pointer_to(l, element);
    p->addr.type = element; /* ADDR: what the result points to */
    p->addr.size = ir_type(l, element)->size;
    return value_of(place_address(l, p, pointer), pointer);
  }
  case IR_T_FUNC: {
    IrTypeId pointer = type_pointer_to(l, type);
    return value_of(place_address(l, p, pointer), pointer);
  }
  case IR_T_VOID:
    return value_none();
  default:
    return value_of(ir_build_load(l->b, &p->addr, p->path, p->nhops), type);
  }
}

void place_store(Lower *l, Place *p, Value v) {
  if (p->is_var)
    ir_build_write(l->b, p->var, v.ref);
  else
    ir_build_store(l->b, &p->addr, p->path, p->nhops, v.ref);
}

void place_copy(Lower *l, Place *to, Place *from) {
  ir_build_copy(l->b, &to->addr, to->path, to->nhops, &from->addr, from->path, from->nhops);
}

void place_not_atomic(Place *p) {
  p->addr.flags &= (uint16_t)~(IR_MEM_ATOMIC | IR_MEM_ORDER);
}

void place_clear(Lower *l, Place *p) {
  ir_build_clear(l->b, &p->addr, p->path, p->nhops);
}

/* ---- from the tree --------------------------------------------------------------------------- */

static void mark_address_taken(Lower *l, IrRef ref) {
  if (ir_ref_kind(ref) == IR_REF_SYM) {
    IrSymbol *s = ir_unit_symbol_at(l->ub, ir_ref_index(ref));
    if (s->flags & IR_SYM_FUNCTION)
      s->flags |= IR_SYM_ADDRESS_TAKEN;
  }
}

static void subscript(Lower *l, NodeId pointer, NodeId index, NodeId whole, IrTypeId type,
                      Place *out) {
  place_deref(l, pointer, type, out);
  Value i = lower_value(l, index);
  if (ir_type(l, type)->flags & IR_TF_VLA)
    place_index_vla(l, out, whole, i, type);
  else
    place_index(l, out, i, type);
}

/* `*pointer` and the like: an object of `type` where the pointer points to. */
void place_deref(Lower *l, NodeId pointer, IrTypeId type, Place *out) {
  NodeId n = node_strip(l, pointer);
  enum CXCursorKind kind = node_kind(l, n);
  if (kind == CXCursor_UnexposedExpr && node_kids(l, n) == 1 &&
      kind_is_expression(node_kind(l, n + 1))) {
    IrTypeKind from = type_kind(l, node_type(l, n + 1));
    if (from == IR_T_ARRAY) { /* decays: the array's place, seen as its first element */
      place_of(l, n + 1, out);
      if (out->nhops) {
        lower_at(l, n + 1);
        start_over(l, out);
      }
      set_object(l, out, type);
      return;
    }
    if (from == IR_T_FUNC) {
      place_of(l, n + 1, out);
      return;
    }
  }
  if (kind == CXCursor_UnaryOperator && node_kids(l, n) == 1 &&
      node_unary(l, n) == CXUnaryOperator_AddrOf) {
    place_of(l, n + 1, out);
    return;
  }
  if (kind == CXCursor_BinaryOperator && node_kids(l, n) == 2) {
    NodeId x = n + 1, y = node_next(l, x);
    bool first = type_kind(l, node_type(l, x)) == IR_T_PTR;
    NodeId p = first ? x : y, i = first ? y : x;
    if (node_binary(l, n) == CXBinaryOperator_Add && type_kind(l, node_type(l, p)) == IR_T_PTR &&
        !(ir_type(l, type)->flags & IR_TF_VLA)) {
      place_deref(l, p, type, out);
      place_index(l, out, lower_value(l, i), type);
      return;
    }
  }
  place_at(l, lower_value(l, n).ref, type, out);
}

/* Anonymous members on the way from one record to another inside it, outermost last in `out`;
 * their number, or 0 when there is no way. */
static uint32_t anonymous_way(const Lower *l, IrRecordId from, IrRecordId to, IrHop *out,
                              uint32_t most) {
  const IrRecord *r = &l->unit->records[from];
  for (uint32_t i = 0; i < r->nfields; i++) {
    const IrField *f = &l->unit->fields[r->fields + i];
    const IrType *t = ir_type(l, f->type);
    if (!(f->flags & IR_FIELD_ANONYMOUS) || t->kind != IR_T_RECORD || !most)
      continue;
    uint32_t below = t->record == to ? 0 : anonymous_way(l, t->record, to, out, most - 1);
    if (t->record == to || below) {
      out[below] = (IrHop){from, i};
      return below + 1;
    }
  }
  return 0;
}

/* libclang leaves out the anonymous member next to a named one: `p->x` for p->(anonymous).x. */
static void enter_anonymous(Lower *l, Place *p, IrRecordId to) {
  enum { MOST = 8 };
  const IrType *t = ir_type(l, p->type);
  if (t->kind != IR_T_RECORD || t->record == to)
    return;
  records_flush(l);
  IrHop way[MOST + 1];
  uint16_t qualifiers = t->flags & IR_TF_VOLATILE;
  for (uint32_t i = anonymous_way(l, t->record, to, way, MOST); i-- > 0;) {
    const IrRecord *r = &l->unit->records[way[i].record];
    place_field(l, p, way[i], l->unit->fields[r->fields + way[i].field].type);
  }
  p->addr.flags |= qualifiers ? IR_MEM_VOLATILE : 0;
}

static void member(Lower *l, NodeId n, Place *out) {
  IrTypeId type = node_type(l, n);
  IrHop hop;
  if (!node_kids(l, n) || !field_of(l, clang_getCursorReferenced(node_cursor(l, n)), &hop)) {
    place_unknown(l, "unknown member", type, out);
    return;
  }
  NodeId base = n + 1;
  IrTypeId of = node_type(l, base);
  if (type_kind(l, of) == IR_T_PTR)
    place_deref(l, base, ir_type(l, of)->sub, out);
  else
    place_of(l, base, out);
  enter_anonymous(l, out, hop.record);
  place_field(l, out, hop, type);
}

static void element(Lower *l, NodeId n, Place *out) {
  IrTypeId type = node_type(l, n);
  if (node_kids(l, n) != 2) {
    place_unknown(l, "subscript", type, out);
    return;
  }
  NodeId x = n + 1, y = node_next(l, x);
  if (type_kind(l, node_type(l, x)) == IR_T_VECTOR) {
    place_of(l, x, out);
    place_index(l, out, lower_value(l, y), type);
  } else if (type_kind(l, node_type(l, x)) == IR_T_PTR) {
    subscript(l, x, y, n, type, out);
  } else {
    subscript(l, y, x, n, type, out);
  }
}

static void string_literal(Lower *l, NodeId n, Place *out) {
  IrTypeId type = node_type(l, n);
  place_at(l, string_ref(l, n), type, out);
}

static void unary(Lower *l, NodeId n, Place *out) {
  IrTypeId type = node_type(l, n);
  enum CXUnaryOperatorKind op = node_unary(l, n);
  switch (op) {
  case CXUnaryOperator_Deref:
    place_deref(l, n + 1, type, out);
    return;
  case CXUnaryOperator_Real:
  case CXUnaryOperator_Imag:
    place_of(l, n + 1, out);
    if (type_kind(l, out->type) == IR_T_COMPLEX && !out->is_var) {
      if (op == CXUnaryOperator_Imag)
        out->addr.offset += (int64_t)ir_type(l, type)->size;
      set_object(l, out, type);
    }
    return;
  default:
    place_unknown(l, "operator as lvalue", type, out);
  }
}

/* Something that has no place of its own (a call's result) gets one. */
static void materialise(Lower *l, NodeId n, Place *out) {
  IrTypeId type = node_type(l, n);
  lower_at(l, n);
  place_temp(l, type, "temporary", out);
  Place to = *out;
  lower_into(l, n, &to);
}

/* One element of a vector by name. */
static bool swizzle_place(Lower *l, NodeId n, Place *out) {
  Swizzle s;
  if (type_is_aggregate(l, node_type(l, n)) || !swizzle_of(l, n, &s) || s.count != 1)
    return false;
  swizzle_base(l, n, out);
  place_index(l, out, value_int(l, l->t_int, s.index[0]), node_type(l, n));
  return true;
}

void place_of(Lower *l, NodeId n, Place *out) {
  n = node_strip(l, n);
  switch (node_kind(l, n)) {
  case CXCursor_DeclRefExpr:
    place_var(l, node_decl_use(l, n), out);
    if (!out->is_var)
      mark_address_taken(l, out->addr.base);
    return;
  case CXCursor_MemberRefExpr:
    member(l, n, out);
    return;
  case CXCursor_ArraySubscriptExpr:
    element(l, n, out);
    return;
  case CXCursor_StringLiteral:
    string_literal(l, n, out);
    return;
  case CXCursor_UnaryOperator:
    if (node_kids(l, n) == 1) {
      unary(l, n, out);
      return;
    }
    break;
  case CXCursor_GenericSelectionExpr: {
    NodeId choice = generic_choice(l, n);
    if (choice != NO_NODE) {
      place_of(l, choice, out);
      return;
    }
    break;
  }
  case CXCursor_UnexposedExpr:
    /* A load of a whole record, __func__ over its string: the operand's place. */
    if (node_kids(l, n) == 1 && kind_is_expression(node_kind(l, n + 1)) &&
        type_kind(l, node_type(l, n)) == type_kind(l, node_type(l, n + 1)) &&
        type_is_aggregate(l, node_type(l, n))) {
      place_of(l, n + 1, out);
      return;
    }
    if (swizzle_place(l, n, out))
      return;
    break;
  default:
    break;
  }
  materialise(l, n, out);
}
