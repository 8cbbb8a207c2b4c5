/* Initialisers. libclang shows them as written: without the braces that may be left out, without
 * the zeros, with designators. The walk here keeps a stack of the subobjects entered so far, as
 * C's own rule (6.7.10) describes it. With a static place it only looks: initialisers of static
 * storage emit nothing, but say which records are initialised by position, and what pointers point
 * to. */
#include "analyzer/frontend/lower.h"

#include <stdlib.h>
#include <string.h>

enum {
  MOST_LEVELS = 16,
  MOST_LEAVES = 1 << 20,
  LARGE_CONSTANT = 16, /* a constant list longer than this is copied from a constant */
  LONGEST_RANGE = 64,
  LONGEST_STATIC_RANGE = 4096,
};

typedef struct Level {
  IrTypeId type;
  uint64_t index;
  uint64_t offset; /* in the static object */
  Place place;     /* of the record, or of the array's first element */
} Level;

typedef struct List {
  Lower *l;
  bool emit, cleared;
  StaticPlace at; /* without `emit`: of the current subobject */
  bool trivial;   /* `{0}`: no position is meant */
  Level *levels;
  uint32_t depth;
} List;

/* Emits for the place `to`, or looks for the static place `at`. */
static void init_object(Lower *l, Place *to, const StaticPlace *at, IrTypeId type, NodeId n,
                        bool cleared);

/* ---- shapes ---------------------------------------------------------------------------------- */

static const IrField *field_at(const Lower *l, IrTypeId record, uint64_t index) {
  const IrRecord *r = &l->unit->records[ir_type(l, record)->record];
  return index < r->nfields ? &l->unit->fields[r->fields + index] : NULL;
}

static bool is_filler(const IrField *f) {
  return f->flags & IR_FIELD_BITFIELD && !f->name;
}

/* Vectors take their elements one by one, too, where no braces say that it is for them. */
static bool has_elements(const Lower *l, IrTypeId type) {
  return type_kind(l, type) == IR_T_ARRAY || type_kind(l, type) == IR_T_VECTOR;
}

/* Scalars in an object of the type; a union counts as its first member. */
static uint64_t leaves_of(const Lower *l, IrTypeId type) {
  const IrType *t = ir_type(l, type);
  if (has_elements(l, type)) {
    uint64_t each = leaves_of(l, t->sub);
    return each && t->count > MOST_LEAVES / each ? MOST_LEAVES : t->count * each;
  }
  if (t->kind != IR_T_RECORD)
    return 1;
  const IrRecord *r = &l->unit->records[t->record];
  uint64_t sum = 0;
  for (uint32_t i = 0; i < r->nfields; i++) {
    const IrField *f = field_at(l, type, i);
    if (!is_filler(f) && !(f->flags & IR_FIELD_FLEXIBLE))
      sum += leaves_of(l, f->type);
    if (r->flags & IR_REC_UNION)
      break;
  }
  return sum > MOST_LEAVES ? MOST_LEAVES : sum;
}

static bool is_designated(Lower *l, NodeId n) {
  return node_kind(l, n) == CXCursor_UnexposedExpr && node_type(l, n) == 0 && node_kids(l, n) > 1;
}

static uint64_t leaves_written(Lower *l, NodeId list) {
  uint64_t sum = 0;
  for (NODE_KIDS(l, kid, list)) {
    NodeId n = is_designated(l, kid) ? node_last_kid(l, kid) : kid;
    n = node_strip(l, n);
    if (node_kind(l, n) == CXCursor_InitListExpr)
      sum += leaves_written(l, n);
    else
      sum += type_is_aggregate(l, node_type(l, n)) || has_elements(l, node_type(l, n))
                 ? leaves_of(l, node_type(l, n))
                 : 1;
  }
  return sum;
}

static bool covers(Lower *l, IrTypeId type, NodeId n);

/* `{.a = 1, .b = 2}` names each field once. */
static bool covers_by_name(Lower *l, IrTypeId type, NodeId list) {
  const IrRecord *r = &l->unit->records[ir_type(l, type)->record];
  enum { MOST_FIELDS = 64 };
  uint64_t seen = 0, all = 0;
  if (r->nfields > MOST_FIELDS)
    return false;
  for (uint32_t i = 0; i < r->nfields; i++)
    all |= is_filler(field_at(l, type, i)) ? 0 : (uint64_t)1 << i;
  for (NODE_KIDS(l, kid, list)) {
    IrHop hop;
    if (!is_designated(l, kid) || node_kids(l, kid) != 2 ||
        node_kind(l, kid + 1) != CXCursor_MemberRef ||
        !field_of(l, clang_getCursorReferenced(node_cursor(l, kid + 1)), &hop) ||
        hop.record != ir_type(l, type)->record ||
        !covers(l, field_at(l, type, hop.field)->type, node_last_kid(l, kid)))
      return false;
    seen |= (uint64_t)1 << hop.field;
  }
  return seen == all;
}

static bool has_designators(Lower *l, NodeId list) {
  for (NODE_KIDS(l, kid, list)) {
    NodeId n = node_strip(l, kid);
    if (is_designated(l, kid) ||
        (node_kind(l, n) == CXCursor_InitListExpr && has_designators(l, n)))
      return true;
  }
  return false;
}

/* Is every part of the object written? If not, the rest is zero, and the whole is cleared first. */
static bool covers(Lower *l, IrTypeId type, NodeId n) {
  n = node_strip(l, n);
  bool list = node_kind(l, n) == CXCursor_InitListExpr;
  if (!type_is_aggregate(l, type))
    return !list || node_kids(l, n) > 0;
  if (!list) /* a string clears what it leaves */
    return type_kind(l, node_type(l, n)) == type_kind(l, type);
  if (!has_designators(l, n))
    return leaves_written(l, n) >= leaves_of(l, type);
  return type_kind(l, type) == IR_T_RECORD &&
         !(l->unit->records[ir_type(l, type)->record].flags & IR_REC_UNION) &&
         covers_by_name(l, type, n);
}

/* Nothing but constants below? Then the compiler copies the whole from one. */
static bool is_constant(Lower *l, NodeId list) {
  for (NodeId n = list; n < l->tree.nodes[list].end; n++) {
    switch (node_kind(l, n)) {
    case CXCursor_InitListExpr:
    case CXCursor_IntegerLiteral:
    case CXCursor_CharacterLiteral:
    case CXCursor_FloatingLiteral:
    case CXCursor_StringLiteral:
    case CXCursor_UnexposedExpr:
    case CXCursor_ParenExpr:
    case CXCursor_UnaryExpr:
    case CXCursor_CStyleCastExpr:
    case CXCursor_MemberRef:
    case CXCursor_TypeRef:
      break;
    case CXCursor_UnaryOperator:
      if (node_unary(l, n) != CXUnaryOperator_Minus)
        return false;
      break;
    case CXCursor_DeclRefExpr: {
      CXCursor decl = clang_getCursorReferenced(node_cursor(l, n));
      if (decl.kind != CXCursor_EnumConstantDecl && decl.kind != CXCursor_FunctionDecl)
        return false;
      break;
    }
    default:
      return false;
    }
  }
  return true;
}

/* ---- levels ---------------------------------------------------------------------------------- */

static void push(List *s, IrTypeId type, const Place *place) {
  Level *v = &s->levels[s->depth++];
  v->type = type;
  v->index = 0;
  v->offset = s->at.offset;
  if (s->emit) {
    v->place = *place;
    if (has_elements(s->l, type))
      place_index(s->l, &v->place, value_int(s->l, s->l->t_int, 0), ir_type(s->l, type)->sub);
  }
}

/* Positions left at a level; unnamed bit-fields are passed over. */
static bool at_end(List *s) {
  Level *v = &s->levels[s->depth - 1];
  const IrType *t = ir_type(s->l, v->type);
  if (has_elements(s->l, v->type))
    return t->count && v->index >= t->count;
  if (t->kind != IR_T_RECORD)
    return v->index > 0;
  const IrField *f;
  while ((f = field_at(s->l, v->type, v->index)) && is_filler(f))
    v->index++;
  return !f || (v->index && s->l->unit->records[t->record].flags & IR_REC_UNION);
}

/* Type and place of the subobject a level stands at. */
static IrTypeId current(List *s, Place *place) {
  Level *v = &s->levels[s->depth - 1];
  const IrType *t = ir_type(s->l, v->type);
  if (s->emit)
    *place = v->place;
  s->at.offset = v->offset;
  if (has_elements(s->l, v->type)) {
    IrTypeId element = t->sub;
    s->at.offset += v->index * ir_type(s->l, element)->size;
    if (s->emit)
      place_index(s->l, place, value_int(s->l, s->l->t_long, (int64_t)v->index), element);
    return element;
  }
  if (t->kind != IR_T_RECORD)
    return v->type;
  const IrField *f = field_at(s->l, v->type, v->index);
  IrTypeId type = f->type;
  s->at.offset += f->offset_bits / 8;
  if (s->emit)
    place_field(s->l, place, (IrHop){t->record, (uint32_t)v->index}, type);
  return type;
}

/* Can the expression initialise the whole subobject, or only its first part? */
static bool fits_whole(Lower *l, IrTypeId type, NodeId n) {
  n = node_strip(l, n);
  enum CXCursorKind kind = node_kind(l, n);
  if (kind == CXCursor_InitListExpr)
    return true;
  if (type_kind(l, type) == IR_T_VECTOR)
    return type_kind(l, node_type(l, n)) == IR_T_VECTOR;
  if (!type_is_aggregate(l, type))
    return true;
  const IrType *t = ir_type(l, type), *from = ir_type(l, node_type(l, n));
  if (t->kind == IR_T_ARRAY)
    return from->kind == IR_T_ARRAY && type_kind(l, t->sub) == IR_T_INT &&
           (kind == CXCursor_StringLiteral || kind == CXCursor_CompoundLiteralExpr ||
            kind == CXCursor_UnexposedExpr);
  return from->kind == IR_T_RECORD && from->record == t->record;
}

static void note_position(List *s) {
  Level *v = &s->levels[s->depth - 1];
  if (!s->trivial && type_kind(s->l, v->type) == IR_T_RECORD)
    record_flag(s->l, v->type, IR_REC_POSITIONAL_INIT);
}

static void drop(List *s, NodeId n) {
  if (s->emit)
    lower_effect(s->l, n);
}

static void positional(List *s, NodeId n) {
  while (s->depth > 1 && at_end(s)) {
    s->depth--;
    s->levels[s->depth - 1].index++;
  }
  if (at_end(s)) {
    drop(s, n);
    return;
  }
  note_position(s);
  Place place;
  IrTypeId type = current(s, &place);
  while (!fits_whole(s->l, type, n)) {
    if (s->depth == MOST_LEVELS) {
      drop(s, n);
      return;
    }
    push(s, type, &place);
    if (at_end(s)) { /* an empty record takes nothing */
      s->depth--;
      s->levels[s->depth - 1].index++;
      positional(s, n);
      return;
    }
    note_position(s);
    type = current(s, &place);
  }
  init_object(s->l, &place, s->emit ? NULL : &s->at, type, n, s->cleared);
  s->levels[s->depth - 1].index++;
}

/* ---- designators ----------------------------------------------------------------------------- */

/* `[a ... b]` shows as two indexes, as `[a][b]` does: the text between tells. */
static bool is_range(Lower *l, NodeId from, NodeId to) {
  CXFile file = NULL, other = NULL;
  unsigned start = 0, end = 0;
  CXSourceLocation after = clang_getRangeEnd(clang_getCursorExtent(node_cursor(l, from)));
  CXSourceLocation before = clang_getRangeStart(clang_getCursorExtent(node_cursor(l, to)));
  clang_getSpellingLocation(after, &file, NULL, NULL, &start);
  clang_getSpellingLocation(before, &other, NULL, NULL, &end);
  FileEntry *f = lower_file(l, file, after);
  size_t size = 0;
  const char *text = f ? file_text(l, f, &size) : NULL;
  if (!text || file != other || end > size || end < start)
    return false;
  return memmem(text + start, end - start, "...", 3) != NULL;
}

static bool enter(List *s) {
  Place place;
  if (s->depth == MOST_LEVELS || at_end(s))
    return false;
  IrTypeId type = current(s, &place);
  if (!type_is_aggregate(s->l, type))
    return false;
  push(s, type, &place);
  return true;
}

/* Moves the levels to what the designator names; `last` gets the end of a range. */
static bool go_to(List *s, NodeId designated, NodeId value, uint64_t *last) {
  s->depth = 1;
  bool first = true;
  for (NODE_KIDS(s->l, kid, designated)) {
    if (kid == value)
      break;
    if (!first && !enter(s))
      return false;
    first = false;
    Level *v = &s->levels[s->depth - 1];
    if (node_kind(s->l, kid) == CXCursor_MemberRef) {
      IrHop hop;
      if (!field_of(s->l, clang_getCursorReferenced(node_cursor(s->l, kid)), &hop) ||
          type_kind(s->l, v->type) != IR_T_RECORD || ir_type(s->l, v->type)->record != hop.record)
        return false;
      v->index = hop.field;
      *last = v->index;
      continue;
    }
    int64_t number;
    if (type_kind(s->l, v->type) != IR_T_ARRAY || !evaluate_int(node_cursor(s->l, kid), &number))
      return false;
    v->index = *last = (uint64_t)number;
    NodeId next = node_next(s->l, kid);
    if (next < value && node_kind(s->l, next) != CXCursor_MemberRef && is_range(s->l, kid, next) &&
        evaluate_int(node_cursor(s->l, next), &number)) {
      *last = (uint64_t)number;
      return node_next(s->l, next) == value;
    }
  }
  return true;
}

static void designated(List *s, NodeId n) {
  NodeId value = node_last_kid(s->l, n);
  uint64_t last = 0;
  if (!go_to(s, n, value, &last)) {
    if (s->emit)
      value_opaque(s->l, "designator", 0, NULL, 0);
    drop(s, value);
    s->depth = 1;
    return;
  }
  Level *v = &s->levels[s->depth - 1];
  uint64_t first = v->index;
  if (last > first && (s->l->has_labels || last - first >= LONGEST_RANGE) && s->emit) {
    IrRef base = v->place.addr.base;
    value_opaque(s->l, "initialised range", 0, &base, 1);
  }
  uint64_t most = !s->emit ? LONGEST_STATIC_RANGE : s->l->has_labels ? 1 : LONGEST_RANGE;
  for (; v->index <= last; v->index++) {
    /* A value with labels inside can only be lowered once. */
    bool skipped = v->index - first >= most;
    if (skipped)
      continue;
    Place place;
    if (type_kind(s->l, v->type) == IR_T_RECORD && !field_at(s->l, v->type, v->index))
      break;
    IrTypeId type = current(s, &place);
    if (fits_whole(s->l, type, value)) {
      init_object(s->l, &place, s->emit ? NULL : &s->at, type, value, s->cleared);
    } else if (s->depth < MOST_LEVELS) { /* `.a = 1, 2` where a is a record: its first part */
      push(s, type, &place);
      positional(s, value);
      return;
    }
  }
}

/* ---- objects --------------------------------------------------------------------------------- */

static bool is_zero_literal(Lower *l, NodeId n) {
  n = node_strip_casts(l, n);
  int64_t number;
  return node_kind(l, n) == CXCursor_IntegerLiteral && evaluate_int(node_cursor(l, n), &number) &&
         !number;
}

static void init_list(Lower *l, const Place *to, const StaticPlace *at, IrTypeId type, NodeId n,
                      bool cleared) {
  if (!node_kids(l, n))
    return;
  List s = {.l = l, .emit = !at, .cleared = cleared};
  if (at)
    s.at = *at;
  s.trivial = node_kids(l, n) == 1 && is_zero_literal(l, n + 1);
  s.levels = hp_malloc(sizeof *s.levels * MOST_LEVELS);
  push(&s, type, to);
  for (NODE_KIDS(l, kid, n)) {
    if (is_designated(l, kid))
      designated(&s, kid);
    else
      positional(&s, kid);
  }
  free(s.levels);
}

/* A string for an array of characters: as many of its bytes as fit. */
static void init_string(Lower *l, Place *to, IrTypeId type, NodeId n, bool cleared) {
  uint64_t have = ir_type(l, node_type(l, n))->size, want = ir_type(l, type)->size;
  if (!want)
    want = have;
  uint64_t width = ir_type(l, ir_type(l, type)->sub)->size;
  if (want > have && !cleared)
    place_clear(l, to);
  if (have <= width && want > have) /* "": all zeros */
    return;
  Place from;
  place_of(l, n, &from);
  to->addr.size = from.addr.size = have < want ? have : want;
  lower_at(l, n);
  place_copy(l, to, &from);
}

static bool is_zero(Value v) {
  return v.literal && (v.is_real ? v.u.real == 0 : v.u.number == 0);
}

static void init_scalar(Lower *l, Place *to, IrTypeId type, NodeId n, bool cleared) {
  place_not_atomic(to);
  if (node_kind(l, n) == CXCursor_InitListExpr && !type_has_parts(l, type)) {
    if (!node_kids(l, n)) {
      if (!cleared)
        place_clear(l, to);
      return;
    }
    n++;
  }
  Value v = value_convert(l, lower_value(l, n), type, false);
  if (cleared && is_zero(v))
    return;
  lower_at(l, n);
  place_store(l, to, v);
}

static void init_object(Lower *l, Place *to, const StaticPlace *at, IrTypeId type, NodeId n,
                        bool cleared) {
  n = node_strip(l, n);
  bool aggregate = type_is_aggregate(l, type);
  if (!aggregate) {
    if (at)
      static_pointer(l, at, type, n);
    else
      init_scalar(l, to, type, n, cleared);
    return;
  }
  if (node_kind(l, n) == CXCursor_InitListExpr) {
    /* `char a[] = {"text"}` */
    NodeId only = node_kids(l, n) == 1 ? node_strip(l, n + 1) : NO_NODE;
    bool string = type_kind(l, type) == IR_T_ARRAY && only != NO_NODE &&
                  node_kind(l, only) == CXCursor_StringLiteral && fits_whole(l, type, only);
    if (string)
      init_object(l, to, at, type, only, cleared);
    else
      init_list(l, to, at, type, n, cleared);
    return;
  }
  if (at) {
    NodeId literal = node_strip_casts(l, n);
    NodeId list =
        node_kind(l, literal) == CXCursor_CompoundLiteralExpr ? node_last_kid(l, literal) : NO_NODE;
    if (list != NO_NODE)
      init_object(l, NULL, at, type, list, cleared);
    return;
  }
  if (node_kind(l, n) == CXCursor_StringLiteral)
    init_string(l, to, type, n, cleared);
  else
    lower_into(l, n, to);
}

/* ---- from outside ---------------------------------------------------------------------------- */

static void copy_constant(Lower *l, Place *to, NodeId n, IrTypeId type) {
  char *name = hp_format("%s.constant.%u", l->function, l->temps++);
  IrSymbol s = {.name = ir_unit_str(l->ub, name),
                .type = to->type,
                .flags = IR_SYM_INTERNAL | IR_SYM_DEFINED | IR_SYM_CONST,
                .loc = lower_loc(l, node_cursor(l, n))};
  free(name);
  Place from;
  IrSymId sym = ir_unit_symbol(l->ub, &s);
  scan_static_init(l, n, type, sym);
  place_at(l, ir_ref(IR_REF_SYM, sym), to->type, &from);
  lower_at(l, n);
  place_copy(l, to, &from);
}

void lower_init(Lower *l, Place *to, NodeId n) {
  records_flush(l);
  n = node_strip(l, n);
  IrTypeId type = to->type;
  if (node_kind(l, n) != CXCursor_InitListExpr || !type_is_aggregate(l, type)) {
    init_object(l, to, NULL, type, n, false);
    return;
  }
  uint64_t written = leaves_written(l, n);
  lower_at(l, n);
  if (written > LARGE_CONSTANT && is_constant(l, n)) {
    copy_constant(l, to, n, type);
    return;
  }
  bool cleared = !covers(l, type, n);
  if (cleared)
    place_clear(l, to);
  init_object(l, to, NULL, type, n, cleared);
}

void init_static(Lower *l, const StaticPlace *at, IrTypeId type, NodeId init) {
  init_object(l, NULL, at, type, init, false);
}

void scan_static_init(Lower *l, NodeId init, IrTypeId type, IrSymId object) {
  records_flush(l);
  ir_unit_symbol_at(l->ub, object)->flags |= IR_SYM_INIT;
  for (NodeId n = init; n < l->tree.nodes[init].end; n++) {
    /* `offsetof(struct s, a)` shows as the type, then members. */
    if (node_kind(l, n) == CXCursor_TypeRef && n + 1 < l->tree.nodes[init].end &&
        node_kind(l, n + 1) == CXCursor_MemberRef)
      record_flag(l, type_of(l, clang_getCursorType(node_cursor(l, n))), IR_REC_OFFSETOF);
    if (node_kind(l, n) != CXCursor_DeclRefExpr)
      continue;
    CXCursor decl = clang_getCursorReferenced(node_cursor(l, n));
    if (decl.kind == CXCursor_FunctionDecl)
      ir_unit_symbol_at(l->ub, symbol_of(l, decl))->flags |= IR_SYM_ADDRESS_TAKEN;
  }
  init_static(l, &(StaticPlace){object, 0}, type, init);
}
