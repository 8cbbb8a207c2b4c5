/* The nodes of a walk: which values lead to the current node, what a node is, and which of its
 * bytes the steps touch. */
#include "rules/HP101/rule_walk.h"

#include "rules/heat.h"

enum { CALLS_DEEP = 2 };

/* ---- what leads to the current node ---------------------------------------------------------- */

void walk_add_root(Walk *w, IrRef root, int64_t shift) {
  for (uint32_t i = 0; i < w->nroots; i++)
    if (w->roots[i] == root)
      return;
  if (w->nroots < WALK_MAX_ROOTS) {
    w->shifts[w->nroots] = shift;
    w->roots[w->nroots++] = root;
  }
}

bool walk_rooted(const Walk *w, IrRef pointer) {
  IrRef root = touch_origin(w->pf->fn, pointer).root;
  for (uint32_t i = 0; i < w->nroots; i++)
    if (root == w->roots[i])
      return true;
  return false;
}

/* Does the value come from a load through the walking pointer, or a call on it? */
bool walk_reads_node(const Walk *w, IrRef ref, unsigned depth) {
  const IrFunction *fn = w->pf->fn;
  const IrInsn *in = ir_def(fn, ref);
  if (!in || depth == 0)
    return false;
  if (in->op == IR_LOAD)
    return walk_rooted(w, fn->addrs[in->aux].base) ||
           walk_reads_node(w, fn->addrs[in->aux].base, depth - 1);
  if (in->op == IR_PHI || in->op == IR_PARAM)
    return false;
  for (uint32_t i = 0; i < in->nargs; i++)
    if ((in->op == IR_CALL && walk_rooted(w, ir_arg(fn, in, i))) ||
        walk_reads_node(w, ir_arg(fn, in, i), depth - 1))
      return true;
  return false;
}

/* The next pointer itself, tested for the end of the list, is no key; nor is it when the program
 * reads it again, or reads the one after it. */
bool walk_is_link(const Walk *w, IrRef ref) {
  const IrFunction *fn = w->pf->fn;
  IrRef root = touch_origin(fn, ref).root;
  for (uint32_t i = 0; i < w->nroots; i++)
    if (root == w->roots[i])
      return true;
  const IrInsn *in = ir_def(fn, root);
  return ir_is(in, IR_LOAD) && w->record != IR_NONE &&
         ir_pointee_record(w->pf->unit, in->type) == w->record && walk_reads_node(w, root, 6);
}

bool walk_indexed(const IrFunction *fn, const IrAddr *addr) {
  int64_t number;
  return addr && ir_ref_kind(addr->index) != IR_REF_NONE && !ir_const_int(fn, addr->index, &number);
}

/* The index that picks the link itself: level[i] of a skip list, child[dir] of a tree; NONE. An
 * offset in bytes is no index: it says where nodes of any kind keep their link. */
IrRef walk_link_index(const PgFunction *pf, const IrAddr *addr) {
  const IrInsn *base = ir_def(pf->fn, addr->base);
  if (walk_indexed(pf->fn, addr) && addr->scale > 1)
    return addr->index;
  if (ir_is(base, IR_ADDR) && walk_indexed(pf->fn, &pf->fn->addrs[base->aux]))
    return pf->fn->addrs[base->aux].index;
  return ir_ref(IR_REF_NONE, 0);
}

/* ---- what the steps touch -------------------------------------------------------------------- */

/* The record that an access names: of `((union any *)p)->table.size` the table. */
static IrRecordId named_record(const IrUnit *unit, const IrFunction *fn, const IrAddr *addr) {
  const IrHop *hop = &fn->hops[addr->hops], *last = hop + addr->nhops - 1;
  while (hop < last && unit->records[hop->record].flags & IR_REC_UNION)
    hop++;
  return hop->record;
}

static const IrField *last_field(const PgFunction *pf, const IrAddr *addr, IrRecordId *record) {
  const IrHop *hop = &pf->fn->hops[addr->hops + addr->nhops - 1];
  *record = hop->record;
  return &pf->unit->fields[pf->unit->records[hop->record].fields + hop->field];
}

const IrField *walk_link_field(const Walk *w, IrRecordId *record) {
  const IrFunction *fn = w->pf->fn;
  if (w->addr && w->addr->nhops)
    return last_field(w->pf, w->addr, record);
  /* p->link[0]: the field is in the address of the array */
  const IrInsn *array = w->addr ? ir_def(fn, w->addr->base) : NULL;
  while (ir_is(array, IR_CONV))
    array = ir_def(fn, ir_arg(fn, array, 0));
  if (ir_is(array, IR_ADDR) && fn->addrs[array->aux].nhops)
    return last_field(w->pf, &fn->addrs[array->aux], record);
  /* p = &(*p)->next: the field that the walking pointer points to */
  const IrAnalysis *an = w->pf->an;
  for (uint32_t k = an->uses_at[w->at]; w->addr && k < an->uses_at[w->at + 1]; k++) {
    const IrInsn *from = &fn->insns[an->uses[k]];
    const IrAddr *addr = from->op == IR_ADDR ? &fn->addrs[from->aux] : NULL;
    if (!addr || !addr->nhops || addr->base != ir_ref(IR_REF_VALUE, w->at))
      continue;
    return last_field(w->pf, addr, record);
  }
  return NULL;
}

static bool on_every_step(const Walk *w, IrBlockId block) {
  return w->loop != IR_NONE && heat_every_iteration(w->pf->an, w->loop, block);
}

/* With `container_of` the walking pointer points into the node: the largest record that accesses
 * through it name is the node, and it starts at the access less its path. A larger record with the
 * same start is the node's if every step uses it so; if only some do, nodes differ. */
static int64_t find_node(Walk *w) {
  const IrUnit *unit = w->pf->unit;
  const IrFunction *fn = w->pf->fn;
  int64_t start = 0;
  uint64_t size = w->record == IR_NONE ? 0 : unit->records[w->record].size;
  uint64_t largest = size;
  for (uint32_t i = 0; i < w->pf->an->naccesses; i++) {
    const IrAccess *access = &w->pf->an->accesses[i];
    if (w->loop != IR_NONE && !ir_loop_contains(w->pf->an, w->loop, access->block))
      continue;
    const IrAddr *addr = &fn->addrs[access->addr];
    Origin o = touch_origin_of(fn, addr);
    uint32_t k = 0;
    while (k < w->nroots && o.root != w->roots[k])
      k++;
    if (k == w->nroots || !addr->nhops)
      continue;
    IrRecordId record = named_record(unit, fn, addr);
    int64_t at = offset_plus(o.offset, w->shifts[k] - path_offset(unit, fn, addr));
    if (unit->records[record].size > largest && at == 0)
      largest = unit->records[record].size;
    if (unit->records[record].size >= size &&
        (at != 0 || size == 0 || record == w->record || on_every_step(w, access->block))) {
      size = unit->records[record].size;
      w->record = record;
      start = at;
    }
  }
  w->header_only = start == 0 && largest > size;
  return start;
}

/* Ends in an array of unknown length: `char name[]`, or spelled `item a[1]`. */
static bool ends_open(const IrUnit *unit, const IrRecord *rec) {
  if (rec->flags & IR_REC_FLEXIBLE || !rec->nfields || rec->flags & IR_REC_UNION)
    return rec->flags & IR_REC_FLEXIBLE;
  const IrType *last = &unit->types[unit->fields[rec->fields + rec->nfields - 1].type];
  return last->kind == IR_T_ARRAY && last->count == 1;
}

/* Bytes of a node, 0 when it ends in an array of unknown length, or when nodes differ. */
bool walk_begins_larger(const PgRecordInfo *info) {
  bool sized = false;
  for (uint32_t i = 0; i < info->nallocs; i++)
    sized |= info->allocs[i].count == 1;
  return info->flags & PG_REC_PREFIX && info->nallocs && !sized;
}

uint64_t walk_known_size(const Walk *w) {
  const IrUnit *unit = w->pf->unit;
  const IrRecord *rec = &unit->records[w->record];
  PgRecord record = pg_record_of(w->p, unit, w->record);
  bool begins = record != IR_NONE && walk_begins_larger(pg_record(w->p, record));
  return w->header_only || begins || ends_open(unit, rec) ? 0 : rec->size;
}

/* Does the record have a field like this one, in itself or in a record or union inside? */
static bool has_part(const IrUnit *unit, IrRecordId id, int64_t offset, uint64_t size,
                     unsigned depth) {
  const IrRecord *rec = &unit->records[id];
  for (uint32_t i = 0; i < rec->nfields && depth; i++) {
    const IrField *field = &unit->fields[rec->fields + i];
    const IrType *type = &unit->types[field->type];
    int64_t at = offset - (int64_t)(field->offset_bits / 8);
    bool open = type->kind == IR_T_ARRAY && !type->count && i + 1 == rec->nfields;
    if (at < 0 || (!open && (uint64_t)at >= type->size))
      continue;
    if (type->kind == IR_T_RECORD ? has_part(unit, type->record, at, size, depth - 1)
                                  : type->kind == IR_T_ARRAY || (at == 0 && type->size == size))
      return true;
  }
  return false;
}

/* Some access takes the node for another record, and means a field that `record` does not have. */
static bool meets_others(const Walk *w, int64_t start) {
  enum { DEEP = 4 };
  const IrUnit *unit = w->pf->unit;
  const IrFunction *fn = w->pf->fn;
  for (uint32_t i = 0; w->record != IR_NONE && i < w->pf->an->naccesses; i++) {
    const IrAccess *access = &w->pf->an->accesses[i];
    const IrAddr *addr = &fn->addrs[access->addr];
    if (!addr->nhops || addr->flags & IR_MEM_BITFIELD ||
        (w->loop != IR_NONE && !ir_loop_contains(w->pf->an, w->loop, access->block)))
      continue;
    Origin o = touch_origin_of(fn, addr);
    for (uint32_t k = 0; k < w->nroots; k++)
      if (o.root == w->roots[k] && named_record(unit, fn, addr) != w->record &&
          !has_part(unit, w->record, offset_plus(o.offset, w->shifts[k] - start), addr->size, DEEP))
        return true;
  }
  return false;
}

void walk_find_touched(Walk *w) {
  for (uint32_t i = 0; i < w->nroots; i++)
    touch_through(w->p, w->pf, w->loop, w->roots[i], w->shifts[i], CALLS_DEEP, &w->touch);
  int64_t start = find_node(w);
  PgRecord record = w->record == IR_NONE ? IR_NONE : pg_record_of(w->p, w->pf->unit, w->record);
  w->mixed = w->header_only || meets_others(w, start) ||
             (record != IR_NONE && walk_begins_larger(pg_record(w->p, record)));
  touch_rebase(&w->touch, start, w->record == IR_NONE ? 0 : walk_known_size(w));
  if (w->record != IR_NONE && walk_known_size(w))
    touch_clip(&w->touch, w->pf->unit, w->record);
  if (w->header_only && w->record != IR_NONE) { /* what lies beyond is of one kind of node only */
    touch_rebase(&w->touch, 0, w->pf->unit->records[w->record].size);
    w->touch.open = true;
  }
}
