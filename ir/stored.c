/* The values that a program stores in the integer fields of its records: constants, flags put
 * together from constants, results of comparisons, parameters whose every call hands over such
 * values. What is said of a field is a proof as far as C's rules on types go: where a field can be
 * written in a way that is not followed (its address is taken or worked out by offsetof, bytes come
 * from elsewhere, code outside of the program knows the record) nothing is said.
 *
 * Zero is always among the values: memory is cleared before it is filled in. Integers of a
 * bit-field or of one byte are left out, since nothing narrower is wanted of them. */
#include "ir/analysis_private.h"
#include "ir/program_parts.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_STEPS = 64, MOST_CALLERS = 64, DEEPEST = 6, LIBRARY_PART = 8 };

typedef struct Range {
  int64_t low, high;
  bool any; /* some value; false: none yet */
} Range;

/* A field, and what was stored in it so far. */
typedef struct Field {
  Range range, likely;
  bool wanted, unknown, bitwise;
} Field;

/* Outside, unless it turns out that the callee does not write through its parameter, or returns
 * fresh memory. */
typedef struct Pending {
  PgFunc callee;
  uint32_t param; /* IR_NONE: the result */
  PgRecord record;
  bool perhaps;
} Pending;

typedef struct PgStoredNotes {
  IrProgram *p;
  uint32_t *first; /* by record: of its fields */
  Field *fields;
  bool *outside; /* by record: bytes come from where they are not followed */
  bool *foreign; /* that is seen, and not only possible */
  bool whole;    /* all code that can see a record is here */
  Pending *pending;
  uint32_t npending, pending_cap;
  /* of the function at hand */
  PgFunc f;
  const PgFunction *pf;
  uint32_t unit;
} Stored;

/* ---- ranges ---------------------------------------------------------------------------------- */

static const Range nothing = {0, 0, false};

static Range join(Range a, Range b) {
  if (!a.any || !b.any)
    return a.any ? a : b;
  return (Range){a.low < b.low ? a.low : b.low, a.high > b.high ? a.high : b.high, true};
}

static Range from_ir(IrRange r) {
  return (Range){r.low, r.high, true};
}

/* The least 2^k - 1 that is not below. */
static int64_t mask_of(int64_t n) {
  int64_t mask = 0;
  while (mask < n)
    mask = mask * 2 + 1;
  return mask;
}

/* What is being followed back: a store's value, until `steps` are spent. */
typedef struct Trace {
  Stored *w;
  PgRecord record; /* the field's own old value adds nothing */
  uint32_t field, steps;
  bool bitwise; /* old bits are kept and others are added */
} Trace;

static Range trace(Trace *t, PgFunc f, IrBlockId block, IrRef ref, uint32_t depth);

static bool loads_itself(const Trace *t, const PgFunction *pf, const IrInsn *load) {
  const IrAddr *a = &pf->fn->addrs[load->aux];
  if (!a->nhops)
    return false;
  IrHop hop = pf->fn->hops[a->hops + a->nhops - 1];
  uint32_t unit = pg_unit_index(t->w->p, pf->unit);
  return hop.field == t->field && t->w->p->record_of[unit][hop.record] == t->record;
}

static bool is_closed(const Stored *w, const PgFunction *pf) {
  return (pf->is_static || w->whole) && pf->ncallers && pf->ncallers <= MOST_CALLERS &&
         !(pf->symbol && pf->symbol->flags & IR_SYM_ADDRESS_TAKEN);
}

/* Every call is known, and what it hands over. */
static Range trace_param(Trace *t, PgFunc f, uint32_t number, IrRange type, uint32_t depth) {
  const IrProgram *p = t->w->p;
  const PgFunction *pf = &p->funcs[f];
  Range all = nothing;
  if (!is_closed(t->w, pf))
    return from_ir(type);
  for (uint32_t i = 0; i < pf->ncallers; i++) {
    const PgCall *call = &p->calls[pf->callers[i]];
    const PgFunction *from = &p->funcs[call->caller];
    const IrInsn *in = &from->fn->insns[call->insn];
    if (call->kind != PG_CALL_DIRECT || in->op != IR_CALL || number >= in->nargs)
      return from_ir(type);
    all = join(all, trace(t, call->caller, from->an->block_of[call->insn],
                          ir_arg(from->fn, in, number), depth + 1));
  }
  return all;
}

static Range trace_call(Trace *t, PgFunc f, const IrInsn *in, IrRange type, uint32_t depth) {
  const IrProgram *p = t->w->p;
  const PgFunction *pf = &p->funcs[f];
  PgFunc callee = pg_call_target(p, pg_unit_index(p, pf->unit), pf->fn, in);
  const PgFunction *cf = callee == IR_NONE ? NULL : &p->funcs[callee];
  Range all = nothing;
  if (!cf || !cf->fn)
    return from_ir(type);
  for (uint32_t b = 0; b < cf->fn->nblocks; b++) {
    const IrBlock *block = &cf->fn->blocks[b];
    const IrInsn *ret = &cf->fn->insns[block->first + block->count - 1];
    if (ret->op == IR_RET && ret->nargs)
      all = join(all, trace(t, callee, b, ir_arg(cf->fn, ret, 0), depth + 1));
  }
  return all;
}

/* Bits of both, nothing below zero. */
static Range trace_bits(Trace *t, PgFunc f, IrBlockId block, const IrInsn *in, IrRange type,
                        uint32_t depth) {
  const IrFunction *fn = t->w->p->funcs[f].fn;
  const IrInsn *x = ir_def(fn, ir_arg(fn, in, 0));
  const IrInsn *y = ir_def(fn, ir_arg(fn, in, 1));
  const PgFunction *pf = &t->w->p->funcs[f];
  bool self = (ir_is(x, IR_LOAD) && loads_itself(t, pf, x)) ||
              (ir_is(y, IR_LOAD) && loads_itself(t, pf, y));
  t->bitwise |= self;
  if (in->op == IR_AND && self)
    return nothing; /* some of its own bits */
  Range a = trace(t, f, block, ir_arg(fn, in, 0), depth + 1);
  Range b = trace(t, f, block, ir_arg(fn, in, 1), depth + 1);
  if (in->op == IR_AND && ((a.any && a.low >= 0) || (b.any && b.low >= 0))) {
    int64_t high = a.any && a.low >= 0 ? a.high : INT64_MAX;
    if (b.any && b.low >= 0 && b.high < high)
      high = b.high;
    return (Range){0, high, true};
  }
  Range both = join(a, b);
  if (!both.any || in->op == IR_AND)
    return both.any ? from_ir(type) : both;
  return both.low >= 0 ? (Range){0, mask_of(both.high), true} : from_ir(type);
}

static Range trace_insn(Trace *t, PgFunc f, IrBlockId block, IrRef ref, IrRange type,
                        uint32_t depth) {
  const PgFunction *pf = &t->w->p->funcs[f];
  const IrInsn *in = ir_def(pf->fn, ref);
  Range all = nothing;
  switch (in->op) {
  case IR_PHI: {
    uint32_t loop = pf->an->loop_of[pf->an->block_of[ir_ref_index(ref)]];
    if (loop != IR_NONE && ir_is_header_phi(pf->an, loop, ir_ref_index(ref)))
      return from_ir(ir_range_at(pf->an, block, ref));
    for (uint32_t i = 0; i < in->nargs; i++)
      all = join(all, trace(t, f, IR_NONE, ir_arg(pf->fn, in, i), depth + 1));
    return all;
  }
  case IR_SELECT:
    return join(trace(t, f, block, ir_arg(pf->fn, in, 1), depth + 1),
                trace(t, f, block, ir_arg(pf->fn, in, 2), depth + 1));
  case IR_CONV:
    if (pf->unit->types[ir_ref_type(pf->unit, pf->fn, ir_arg(pf->fn, in, 0))].kind != IR_T_INT)
      return from_ir(type);
    all = trace(t, f, block, ir_arg(pf->fn, in, 0), depth + 1);
    return all.any && (all.low < type.low || all.high > type.high) ? from_ir(type) : all;
  case IR_LOAD:
    return loads_itself(t, pf, in) ? nothing : from_ir(ir_range_at(pf->an, block, ref));
  case IR_PARAM:
    return trace_param(t, f, in->aux, type, depth);
  case IR_CALL:
    return trace_call(t, f, in, type, depth);
  case IR_AND:
  case IR_OR:
  case IR_XOR:
    return trace_bits(t, f, block, in, type, depth);
  default:
    return from_ir(ir_range_at(pf->an, block, ref));
  }
}

static Range trace(Trace *t, PgFunc f, IrBlockId block, IrRef ref, uint32_t depth) {
  const PgFunction *pf = &t->w->p->funcs[f];
  const IrInsn *in = ir_def(pf->fn, ref);
  int64_t number;
  if (ir_const_int(pf->fn, ref, &number))
    return (Range){number, number, true};
  if (!in)
    return (Range){INT64_MIN, INT64_MAX, true};
  IrRange type = ir_type_range(&pf->unit->types[in->type]);
  if (depth > DEEPEST || t->steps++ > MOST_STEPS)
    return from_ir(type);
  return trace_insn(t, f, block, ref, type, depth);
}

/* ---- stores ---------------------------------------------------------------------------------- */

static Field *field_of(const Stored *w, IrHop hop) {
  PgRecord r = w->p->record_of[w->unit][hop.record];
  return r == IR_NONE || hop.field >= w->p->records[r].record->nfields
             ? NULL
             : &w->fields[w->first[r] + hop.field];
}

/* The field that an address ends in. */
static Field *last_field(const Stored *w, const IrAddr *a, IrHop *hop) {
  if (!a->nhops)
    return NULL;
  *hop = w->pf->fn->hops[a->hops + a->nhops - 1];
  return field_of(w, *hop);
}

static void note_likely(Stored *w, IrInsnId id, IrHop hop, Field *field) {
  const IrFunction *fn = w->pf->fn;
  IrRef value = ir_arg(fn, &fn->insns[id], 0);
  const IrInsn *in = ir_def(fn, value);
  Trace t = {.w = w, .record = w->p->record_of[w->unit][hop.record], .field = hop.field};
  IrRange limits = ir_type_range(
      &w->pf->unit
           ->types[w->pf->unit->fields[w->pf->unit->records[hop.record].fields + hop.field].type]);
  bool lost =
      field->likely.any && field->likely.low <= limits.low && field->likely.high >= limits.high;
  if (lost || (ir_is(in, IR_LOAD) && loads_itself(&t, w->pf, in)))
    return;
  field->likely =
      join(field->likely, from_ir(pg_likely_range(w->p, w->f, w->pf->an->block_of[id], value)));
}

static void note_value(Stored *w, IrInsnId id, IrHop hop, Field *field) {
  const IrInsn *in = &w->pf->fn->insns[id];
  if (field->unknown)
    return;
  note_likely(w, id, hop, field);
  Trace t = {.w = w, .record = w->p->record_of[w->unit][hop.record], .field = hop.field};
  field->range =
      join(field->range, trace(&t, w->f, w->pf->an->block_of[id], ir_arg(w->pf->fn, in, 0), 0));
  field->bitwise |= t.bitwise;
}

/* `perhaps`: that need not be so. */
static void mark_outside(Stored *w, IrRecordId id, bool perhaps) {
  PgRecord r = id == IR_NONE ? IR_NONE : w->p->record_of[w->unit][id];
  if (r == IR_NONE)
    return;
  w->outside[r] = true;
  w->foreign[r] |= !perhaps;
}

/* The same if a summary says so that is not there yet. */
static void mark_if(Stored *w, PgFunc callee, uint32_t param, IrRecordId id, bool perhaps) {
  PgRecord r = w->p->record_of[w->unit][id];
  if (r == IR_NONE)
    return;
  HP_GROW(w->pending, w->npending, w->pending_cap);
  w->pending[w->npending++] = (Pending){callee, param, r, perhaps};
}

static IrRecordId record_in(const IrUnit *u, IrTypeId type) {
  while (u->types[type].kind == IR_T_ARRAY)
    type = u->types[type].sub;
  return u->types[type].kind == IR_T_RECORD ? u->types[type].record : IR_NONE;
}

/* The record that lies where a pointer points, whatever the pointer was converted to; IR_NONE
 * where the types do not tell, or it points to a field that is no record. */
static IrRecordId record_behind(const Stored *w, IrRef ref) {
  const IrUnit *u = w->pf->unit;
  const IrFunction *fn = w->pf->fn;
  for (const IrInsn *in; (in = ir_def(fn, ref));) {
    IrRecordId record = ir_pointee_record(u, in->type);
    if (record != IR_NONE)
      return record;
    if (in->op == IR_ADDR && fn->addrs[in->aux].nhops)
      return record_in(u, fn->addrs[in->aux].type);
    if (in->op == IR_ADDR)
      ref = fn->addrs[in->aux].base;
    else if (in->op == IR_CONV || in->op == IR_ADD || in->op == IR_SUB)
      ref = ir_arg(fn, in, 0);
    else
      return IR_NONE;
  }
  if (ir_ref_kind(ref) == IR_REF_LOCAL)
    return record_in(u, fn->locals[ir_ref_index(ref)].type);
  if (ir_ref_kind(ref) == IR_REF_SYM)
    return record_in(u, u->symbols[ir_ref_index(ref)].type);
  return IR_NONE;
}

/* An access without a path: of the record as a whole, or of its bytes through another pointer. */
static void note_bytes(Stored *w, const IrAddr *a) {
  IrRecordId behind = record_behind(w, a->base);
  if (behind == IR_NONE || record_in(w->pf->unit, a->type) == behind)
    return;
  mark_outside(w, behind, false);
}

static void note_copy(Stored *w, const IrAddr *to) {
  IrRecordId record = record_in(w->pf->unit, to->type);
  if (record != IR_NONE && record_in(w->pf->unit, to[1].type) != record)
    mark_outside(w, record, false);
  if (!to->nhops)
    note_bytes(w, to);
}

static void note_access(Stored *w, IrInsnId id) {
  const IrInsn *in = &w->pf->fn->insns[id];
  const IrAddr *a = &w->pf->fn->addrs[in->aux];
  IrHop hop;
  Field *field = last_field(w, a, &hop);
  if (in->op == IR_STORE && field && field->wanted) {
    const IrField *f = &w->pf->unit->fields[w->pf->unit->records[hop.record].fields + hop.field];
    if (a->size == w->pf->unit->types[f->type].size)
      note_value(w, id, hop, field);
    else
      field->unknown = true;
  } else if (field && in->op != IR_CLEAR && in->op != IR_COPY) {
    field->unknown = true; /* atomics, and their kind */
  }
  if (in->op == IR_COPY)
    note_copy(w, a);
  else if (!a->nhops)
    note_bytes(w, a);
}

/* `&p->kind`: who has it may write. */
static void note_address(Stored *w, IrInsnId id) {
  IrHop hop;
  const IrAddr *a = &w->pf->fn->addrs[w->pf->fn->insns[id].aux];
  Field *field = last_field(w, a, &hop);
  if (field)
    field->unknown = true;
}

/* ---- calls ----------------------------------------------------------------------------------- */

static bool copies_within(const Stored *w, const IrInsn *in, uint32_t to, IrRecordId record) {
  return to + 1 < in->nargs && record_behind(w, ir_arg(w->pf->fn, in, to + 1)) == record;
}

/* A library function writes through the pointer. */
static bool library_writes(const Stored *w, const LibFunction *row, const IrInsn *in, uint32_t arg,
                           IrRecordId record) {
  int64_t value;
  if (arg >= 16 || !(row->writes >> arg & 1) || !strcmp(row->name, "qsort"))
    return false;
  if (!strcmp(row->name, "memset"))
    return !(in->nargs > 1 && ir_const_int(w->pf->fn, ir_arg(w->pf->fn, in, 1), &value) && !value);
  if (!strcmp(row->name, "memcpy") || !strcmp(row->name, "memmove"))
    return !copies_within(w, in, arg, record);
  return true;
}

/* The callee knows that it gets a record, so that its stores are of fields. */
static bool takes_record(const PgFunction *cf, uint32_t number) {
  for (IrInsnId i = 0; i < cf->fn->ninsns && cf->fn->insns[i].op == IR_PARAM; i++)
    if (cf->fn->insns[i].aux == number)
      return ir_pointee_record(cf->unit, cf->fn->insns[i].type) != IR_NONE;
  return true; /* not used at all */
}

typedef enum Writes { WRITES_NOT, WRITES, WRITES_BY_SUMMARY } Writes;

static Writes yes_or_no(bool yes) {
  return yes ? WRITES : WRITES_NOT;
}

static Writes call_writes(const Stored *w, const IrInsn *in, uint32_t arg, IrRecordId record) {
  const IrProgram *p = w->p;
  bool typed = ir_pointee_record(w->pf->unit, ir_ref_type(w->pf->unit, w->pf->fn,
                                                          ir_arg(w->pf->fn, in, arg))) == record;
  PgFunc callee = pg_call_target(p, w->unit, w->pf->fn, in);
  uint32_t at = arg - (in->op == IR_CALLP);
  if (callee == IR_NONE)
    return yes_or_no(in->op == IR_CALL || !typed); /* targets get it by its type, and are ours */
  const PgFunction *cf = &p->funcs[callee];
  if (p->library[callee])
    return yes_or_no(library_writes(w, p->library[callee], in, at, record));
  if (!cf->fn)
    return WRITES;
  if (takes_record(cf, at))
    return WRITES_NOT;
  return at < 32 ? WRITES_BY_SUMMARY : WRITES;
}

/* `(char *)p + p->offset`: something in the same block, not the record itself. */
static bool lies_behind(const IrFunction *fn, IrRef ref) {
  int64_t number;
  for (const IrInsn *in; (in = ir_def(fn, ref));) {
    if (in->op == IR_ADDR && ir_has_ref(fn->addrs[in->aux].index) &&
        !ir_const_int(fn, fn->addrs[in->aux].index, &number))
      return true;
    if (in->op == IR_ADD && !ir_const_int(fn, ir_arg(fn, in, 1), &number))
      return true;
    if (in->op == IR_ADDR)
      ref = fn->addrs[in->aux].base;
    else if (in->op == IR_CONV || in->op == IR_ADD || in->op == IR_SUB)
      ref = ir_arg(fn, in, 0);
    else
      return false;
  }
  return false;
}

static void note_call(Stored *w, const IrInsn *in) {
  const IrFunction *fn = w->pf->fn;
  for (uint32_t i = in->op == IR_CALLP; i < in->nargs; i++) {
    IrRecordId record = record_behind(w, ir_arg(fn, in, i));
    Writes writes = record == IR_NONE ? WRITES_NOT : call_writes(w, in, i, record);
    if (writes == WRITES)
      mark_outside(w, record, lies_behind(fn, ir_arg(fn, in, i)));
    if (writes == WRITES_BY_SUMMARY)
      mark_if(w, pg_call_target(w->p, w->unit, fn, in), i - (in->op == IR_CALLP), record,
              lies_behind(fn, ir_arg(fn, in, i)));
  }
  PgFunc callee = pg_call_target(w->p, w->unit, fn, in);
  IrRecordId result = record_in(w->pf->unit, in->type);
  if (result != IR_NONE && (callee == IR_NONE || !w->p->funcs[callee].fn))
    mark_outside(w, result, false);
}

/* Bytes that are taken for a record: read from a file, mapped, cut from a buffer of characters. */
static void note_conversion(Stored *w, const IrInsn *in) {
  const IrUnit *u = w->pf->unit;
  const IrFunction *fn = w->pf->fn;
  IrRecordId to = ir_pointee_record(u, in->type);
  IrRef from = ir_arg(fn, in, 0);
  const IrType *t = &u->types[ir_ref_type(u, fn, from)];
  if (to == IR_NONE || t->kind != IR_T_PTR || record_behind(w, from) != IR_NONE)
    return;
  const IrInsn *root = ir_def(fn, ir_addr_root(fn, from));
  bool call = ir_is(root, IR_CALL) || ir_is(root, IR_CALLP);
  PgFunc callee = call ? pg_call_target(w->p, w->unit, fn, root) : IR_NONE;
  bool bytes = u->types[t->sub].kind == IR_T_INT || u->types[t->sub].kind == IR_T_ARRAY;
  bool foreign = callee != IR_NONE && !w->p->funcs[callee].fn;
  if (callee != IR_NONE && (bytes || foreign))
    mark_if(w, callee, IR_NONE, to, false);
  else if (bytes)
    mark_outside(w, to, !call && root); /* a part of a larger block, as a rule */
}

static void note_opaque(Stored *w, const IrInsn *in) {
  for (uint32_t i = 0; i < in->nargs; i++)
    mark_outside(w, record_behind(w, ir_arg(w->pf->fn, in, i)), false);
}

static void note_insn(Stored *w, IrInsnId id) {
  const IrInsn *in = &w->pf->fn->insns[id];
  switch ((IrOp)in->op) {
  case IR_STORE:
  case IR_COPY:
  case IR_CLEAR:
  case IR_RMW:
  case IR_CMPXCHG:
  case IR_VAARG:
    note_access(w, id);
    break;
  case IR_ADDR:
    note_address(w, id);
    break;
  case IR_CALL:
  case IR_CALLP:
    note_call(w, in);
    break;
  case IR_CONV:
    note_conversion(w, in);
    break;
  case IR_ASM:
  case IR_OPAQUE:
    note_opaque(w, in);
    break;
  default:
    break;
  }
}

/* ---- records --------------------------------------------------------------------------------- */

static bool is_wanted(const IrUnit *u, const IrField *f) {
  const IrType *t = &u->types[f->type];
  return t->kind == IR_T_INT && t->size >= 2 && t->size <= 8 && !(f->flags & IR_FIELD_BITFIELD) &&
         !(t->flags & (IR_TF_VOLATILE | IR_TF_ATOMIC)) && !t->count;
}

static void begin_fields(Stored *w) {
  const IrProgram *p = w->p;
  uint32_t n = 0;
  for (PgRecord r = 0; r < p->nrecords; r++) {
    w->first[r] = n;
    n += p->records[r].record->nfields;
  }
  w->fields = hp_calloc(n + 1, sizeof *w->fields);
  for (PgRecord r = 0; r < p->nrecords; r++) {
    const PgRecordInfo *info = &p->records[r];
    w->foreign[r] = info->record->flags & IR_REC_UNION;
    w->outside[r] = info->record->flags & (IR_REC_UNION | IR_REC_OFFSETOF) ||
                    (!w->whole && !(info->record->flags & IR_REC_IN_MAIN));
    for (uint32_t i = 0; i < info->record->nfields; i++)
      w->fields[w->first[r] + i].wanted =
          is_wanted(info->unit, &info->unit->fields[info->record->fields + i]);
  }
}

/* An initialiser holds the address of a variable, or of something in it: `{"port", &server.port}`.
 * A pointer to its start is one to the first field or to the whole. */
static void note_pointer(Stored *w, const IrPointerInit *init) {
  const IrUnit *u = w->p->units[w->unit];
  if (ir_ref_kind(init->target) != IR_REF_SYM)
    return;
  IrRecordId id = record_in(u, u->symbols[ir_ref_index(init->target)].type);
  const IrRecord *r = id == IR_NONE ? NULL : &u->records[id];
  if (!r || !r->nfields)
    return;
  if (r->size && init->addend % (int64_t)r->size) {
    mark_outside(w, id, false);
    return;
  }
  Field *field = field_of(w, (IrHop){id, 0});
  if (field)
    field->unknown = true;
  mark_outside(w, record_in(u, u->fields[r->fields].type), false);
}

/* Records in unions share their bytes; initialisers' numbers are not kept. */
static void note_declarations(Stored *w) {
  for (w->unit = 0; w->unit < w->p->nunits; w->unit++) {
    const IrUnit *u = w->p->units[w->unit];
    for (uint32_t r = 0; r < u->nrecords; r++)
      for (uint32_t i = 0; u->records[r].flags & IR_REC_UNION && i < u->records[r].nfields; i++)
        mark_outside(w, record_in(u, u->fields[u->records[r].fields + i].type), false);
    for (uint32_t s = 0; s < u->nsymbols; s++)
      if (u->symbols[s].flags & IR_SYM_INIT)
        mark_outside(w, record_in(u, u->symbols[s].type), false);
    for (uint32_t i = 0; i < u->ninits; i++)
      note_pointer(w, &u->inits[i]);
  }
}

/* What other facts of the program say of records. */
static void mark_by_facts(const Stored *w) {
  const uint32_t seen = PG_REC_EXTERNAL | PG_REC_CONFLICT;
  for (PgRecord r = 0; r < w->p->nrecords; r++) {
    uint32_t flags = w->p->records[r].flags;
    w->foreign[r] |= (flags & seen) != 0;
    w->outside[r] |= (flags & (seen | PG_REC_BYTES_ESCAPE | PG_REC_PREFIX)) != 0;
  }
  for (uint32_t i = 0; i < w->npending; i++) {
    const Pending *pending = &w->pending[i];
    const PgSummary *s = &w->p->funcs[pending->callee].summary;
    if (pending->param == IR_NONE ? s->flags & PG_FRESH : !(s->writes >> pending->param & 1))
      continue;
    w->outside[pending->record] = true;
    w->foreign[pending->record] |= !pending->perhaps;
  }
}

/* What lies in an object whose bytes come from outside comes from there too. */
static void spread_inside(const Stored *w, bool *outside) {
  for (bool more = true; more;) {
    more = false;
    for (PgRecord r = 0; r < w->p->nrecords; r++) {
      const PgRecordInfo *info = &w->p->records[r];
      uint32_t unit = pg_unit_index(w->p, info->unit);
      for (uint32_t i = 0; outside[r] && i < info->record->nfields; i++) {
        IrRecordId in = record_in(info->unit, info->unit->fields[info->record->fields + i].type);
        PgRecord inner = in == IR_NONE ? IR_NONE : w->p->record_of[unit][in];
        if (inner == IR_NONE || outside[inner])
          continue;
        outside[inner] = more = true;
      }
    }
  }
}

bool pg_is_whole(const IrProgram *p) {
  PgFunc start = pg_named(p, "main");
  uint32_t external = 0, uncalled = 0;
  if (start == IR_NONE || !p->funcs[start].fn)
    return false;
  for (PgFunc f = 0; f < p->nfuncs; f++) {
    const PgFunction *pf = &p->funcs[f];
    uint32_t flags = pf->symbol ? pf->symbol->flags : 0;
    bool known = pf->fn || p->library[f] || flags & (IR_SYM_SYSTEM | IR_SYM_BUILTIN);
    if (!known && pf->ncallers)
      return false;
    if (!pf->fn || pf->is_static || flags & IR_SYM_INLINE)
      continue;
    external++;
    uncalled += !pf->ncallers && !(flags & IR_SYM_ADDRESS_TAKEN);
  }
  return uncalled <= external / LIBRARY_PART + 1;
}

static PgStored known_of(const Field *f) {
  Range all = join(f->range, (Range){0, 0, true});
  if (f->bitwise && all.low >= 0)
    all.high = mask_of(all.high);
  bool known = f->wanted && !f->unknown && f->range.any && !(f->bitwise && all.low < 0);
  return known ? (PgStored){.low = all.low, .high = all.high, .known = true} : (PgStored){0};
}

static void add_likely(PgStored *s, const Field *f, const IrType *type) {
  Range all = join(f->likely, (Range){0, 0, true});
  IrRange limits = ir_type_range(type);
  s->likely =
      f->wanted && !f->unknown && f->likely.any && (all.low > limits.low || all.high < limits.high);
  s->likely_low = s->likely ? all.low : 0;
  s->likely_high = s->likely ? all.high : 0;
}

static void hand_out(Stored *w) {
  for (PgRecord r = 0; r < w->p->nrecords; r++) {
    PgRecordInfo *info = &w->p->records[r];
    uint32_t n = info->record->nfields, known = 0;
    if (w->outside[r] && w->foreign[r])
      continue;
    PgStored *stored = HP_NEW(w->p->arena, PgStored, n);
    for (uint32_t i = 0; i < n; i++) {
      const Field *f = &w->fields[w->first[r] + i];
      if (!w->outside[r])
        stored[i] = known_of(f);
      if (!w->foreign[r])
        add_likely(&stored[i], f,
                   &info->unit->types[info->unit->fields[info->record->fields + i].type]);
      known += stored[i].known || stored[i].likely;
    }
    info->stored = known ? stored : NULL;
  }
}

/* ---- in parts -------------------------------------------------------------------------------- */

/* What functions store is noted apart for each part of them and joined: neither the order nor the
 * number of parts shows in what is handed out. */
enum { MOST_PARTS = 8 };
typedef struct Parts {
  Stored all[MOST_PARTS];
  PgFunc start[MOST_PARTS + 1];
} Parts;

static void note_functions(void *parts, unsigned part) {
  Parts *all = parts;
  Stored *w = &all->all[part];
  for (w->f = all->start[part]; w->f < all->start[part + 1]; w->f++) {
    w->pf = &w->p->funcs[w->f];
    if (!w->pf->fn || !w->pf->an)
      continue;
    w->unit = pg_unit_index(w->p, w->pf->unit);
    for (IrInsnId i = 0; i < w->pf->fn->ninsns; i++)
      note_insn(w, i);
  }
}

static uint32_t count_fields(const Stored *w) {
  uint32_t last = w->p->nrecords;
  return last ? w->first[last - 1] + w->p->records[last - 1].record->nfields : 0;
}

/* The same with nothing noted. */
static Stored empty_copy(const Stored *of) {
  uint32_t n = count_fields(of);
  Stored w = *of;
  w.pending = NULL;
  w.npending = w.pending_cap = 0;
  w.fields = hp_calloc(n + 1, sizeof *w.fields);
  w.outside = hp_calloc(of->p->nrecords + 1, sizeof *w.outside);
  w.foreign = hp_calloc(of->p->nrecords + 1, sizeof *w.foreign);
  for (uint32_t i = 0; i < n; i++)
    w.fields[i].wanted = of->fields[i].wanted;
  return w;
}

static void free_notes(Stored *w) {
  free(w->pending);
  free(w->fields);
  free(w->outside);
  free(w->foreign);
}

static void add_notes(Stored *w, const Stored *from) {
  uint32_t n = count_fields(w);
  for (uint32_t i = 0; i < n; i++) {
    Field *f = &w->fields[i];
    const Field *x = &from->fields[i];
    f->range = join(f->range, x->range);
    f->likely = join(f->likely, x->likely);
    f->unknown |= x->unknown;
    f->bitwise |= x->bitwise;
  }
  for (PgRecord r = 0; r < w->p->nrecords; r++) {
    w->outside[r] |= from->outside[r];
    w->foreign[r] |= from->foreign[r];
  }
  for (uint32_t i = 0; i < from->npending; i++) {
    HP_GROW(w->pending, w->npending, w->pending_cap);
    w->pending[w->npending++] = from->pending[i];
  }
}

static void note_all(Stored *w, unsigned jobs) {
  const IrProgram *p = w->p;
  Parts parts = {.all = {*w}};
  unsigned count = jobs > MOST_PARTS ? MOST_PARTS : jobs ? jobs : 1;
  for (unsigned i = 1; i < count; i++) {
    parts.all[i] = empty_copy(w);
    parts.start[i] = (PgFunc)((uint64_t)p->nfuncs * i / count);
  }
  parts.start[count] = p->nfuncs;
  hp_parallel(count, note_functions, &parts);
  *w = parts.all[0];
  for (unsigned i = 1; i < count; i++) {
    add_notes(w, &parts.all[i]);
    free_notes(&parts.all[i]);
  }
}

PgStoredNotes *pg_note_stored(IrProgram *p, unsigned jobs) {
  Stored *w = hp_calloc(1, sizeof *w);
  *w = (Stored){.p = p,
                .first = hp_calloc(p->nrecords + 1, sizeof *w->first),
                .outside = hp_calloc(p->nrecords + 1, sizeof *w->outside),
                .foreign = hp_calloc(p->nrecords + 1, sizeof *w->foreign),
                .whole = pg_is_whole(p)};
  begin_fields(w);
  note_declarations(w);
  note_all(w, jobs);
  return w;
}

void pg_find_stored(PgStoredNotes *w) {
  mark_by_facts(w);
  spread_inside(w, w->outside);
  spread_inside(w, w->foreign);
  hand_out(w);
  free_notes(w);
  free(w->first);
  free(w);
}
