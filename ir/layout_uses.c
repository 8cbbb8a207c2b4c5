/* Where a program uses the fields of its records. An access reaches a field along the path of its
 * address; an index into an array inside of a record splits the address in two, so that the path
 * goes on in the ADDR below. */
#include "ir/layout.h"

#include <stdlib.h>

typedef struct Search {
  const IrProgram *p;
  PgRecord wanted;
  PgFunc func;
  const PgFunction *pf;
  PgFieldSites *out;
} Search;

static void add(Search *s, const PgFieldSite *site, IrRecordId record, uint32_t field, uint64_t at,
                uint64_t bits) {
  PgRecord r = pg_record_of(s->p, s->pf->unit, record);
  if (r == IR_NONE || (s->wanted != IR_NONE && r != s->wanted))
    return;
  PgFieldSites *out = s->out;
  HP_GROW(out->sites, out->count, out->cap);
  out->sites[out->count] = *site;
  out->sites[out->count].record = r;
  out->sites[out->count].field = field;
  out->sites[out->count].at = at;
  out->sites[out->count++].bits = bits;
}

/* The hops of one address, from the innermost out; `at` bits into what the last one reaches. The
 * distance to the address's start is the result. */
static uint64_t add_path(Search *s, const PgFieldSite *site, const IrAddr *a, uint64_t at,
                         uint64_t bits) {
  const IrUnit *u = s->pf->unit;
  for (uint32_t h = a->nhops; h--;) {
    IrHop hop = s->pf->fn->hops[a->hops + h];
    add(s, site, hop.record, hop.field, at, bits);
    at += u->fields[u->records[hop.record].fields + hop.field].offset_bits;
  }
  return at;
}

/* Bits from where an address without an index points, to what it accesses. */
static uint64_t distance(const IrAddr *a) {
  bool known = ir_ref_kind(a->index) == IR_REF_NONE && a->offset > 0;
  return known ? (uint64_t)a->offset * 8 : 0;
}

static void add_access(Search *s, const PgFieldSite *site, const IrAddr *a) {
  const IrFunction *fn = s->pf->fn;
  const IrType *type = &s->pf->unit->types[a->type];
  bool bit_field = (a->flags & IR_MEM_BITFIELD) != 0;
  uint64_t bits = bit_field ? a->bit_width : a->size * 8;
  if (type->kind == IR_T_RECORD && type->record != IR_NONE && (site->read || site->written))
    add(s, site, type->record, IR_NONE, 0, bits);
  add_path(s, site, a, 0, bits);
  uint64_t at = distance(a);
  for (const IrInsn *in = ir_def(fn, a->base); in && (in->op == IR_ADDR || in->op == IR_CONV);) {
    if (in->op == IR_CONV) {
      in = ir_def(fn, ir_arg(fn, in, 0));
      continue;
    }
    a = &fn->addrs[in->aux];
    add_path(s, site, a, at, bits);
    at += distance(a);
    in = ir_def(fn, a->base);
  }
}

/* Does the address go where accesses cannot be seen: to a call, into memory? */
static bool handed_on(const Search *s, IrInsnId addr, int down) {
  const IrAnalysis *an = s->pf->an;
  for (uint32_t k = an->uses_at[addr]; k < an->uses_at[addr + 1]; k++) {
    const IrInsn *in = &s->pf->fn->insns[an->uses[k]];
    switch ((IrOp)in->op) {
    case IR_CALL:
    case IR_CALLP:
    case IR_RET:
    case IR_ASM:
    case IR_OPAQUE:
      return true;
    case IR_STORE: /* as the value, not as the place */
      if (in->nargs && ir_arg(s->pf->fn, in, 0) == ir_ref(IR_REF_VALUE, addr))
        return true;
      break;
    case IR_CONV:
      if (down && handed_on(s, an->uses[k], down - 1))
        return true;
      break;
    default:
      break;
    }
  }
  return false;
}

static PgFieldSite site_at(const Search *s, IrInsnId insn) {
  const IrAnalysis *an = s->pf->an;
  IrBlockId block = an->block_of[insn];
  return (PgFieldSite){
      .func = s->func, .insn = insn, .loop = an->loop_of[block], .cold = an->cold[block]};
}

static void search_function(Search *s) {
  const IrFunction *fn = s->pf->fn;
  const IrAnalysis *an = s->pf->an;
  for (uint32_t i = 0; i < an->naccesses; i++) {
    PgFieldSite site = site_at(s, an->accesses[i].insn);
    site.read = an->accesses[i].read;
    site.written = an->accesses[i].write;
    add_access(s, &site, &fn->addrs[an->accesses[i].addr]);
  }
  for (IrInsnId i = 0; i < fn->ninsns; i++) {
    if (fn->insns[i].op != IR_ADDR || !fn->addrs[fn->insns[i].aux].nhops || !handed_on(s, i, 1))
      continue;
    PgFieldSite site = site_at(s, i);
    add_access(s, &site, &fn->addrs[fn->insns[i].aux]);
  }
}

PgFieldSites pg_field_sites(const IrProgram *p, PgFunc func, PgRecord record) {
  PgFieldSites out = {0};
  Search s = {.p = p, .wanted = record, .out = &out};
  uint32_t count = func == IR_NONE ? 0 : 1;
  const PgFunc *users = func == IR_NONE ? NULL : &func; /* NULL: all */
  if (func == IR_NONE && record != IR_NONE)
    users = pg_record_users(p, record, &count);
  else if (func == IR_NONE)
    count = pg_nfuncs(p);
  for (uint32_t i = 0; i < count; i++) {
    s.func = users ? users[i] : i;
    s.pf = pg_func(p, s.func);
    if (s.pf->fn && s.pf->an)
      search_function(&s);
  }
  return out;
}
