#include "tests/roundtrip/same.h"

#include <string.h>

typedef struct Pair {
  const IrUnit *u, *v;
  const IrFunction *f, *g; /* the function at work */
  HpError *err;
} Pair;

static bool differs(const Pair *p, const char *what, uint32_t at) {
  return hp_fail(p->err, "%s%s%s %u comes back different", p->f ? ir_function_name(p->u, p->f) : "",
                 p->f ? ": " : "", what, at);
}

static bool same_text(const Pair *p, IrStr s, IrStr t) {
  return !strcmp(ir_str(p->u, s), ir_str(p->v, t));
}

static bool same_macro(const Pair *p, uint32_t m, uint32_t n) {
  const IrMacro *a = &p->u->macros[m], *b = &p->v->macros[n];
  return a->flags == b->flags && a->file == b->file && a->line == b->line &&
         a->column == b->column && same_text(p, a->name, b->name);
}

static bool same_loc(const Pair *p, const IrLoc *a, const IrLoc *b) {
  return a->file == b->file && a->line == b->line && a->column == b->column &&
         a->end_line == b->end_line && a->end_column == b->end_column &&
         same_macro(p, a->macro, b->macro);
}

/* ---- tables of the unit ---------------------------------------------------------------------- */

static bool same_type(const Pair *p, const IrType *a, const IrType *b) {
  return a->kind == b->kind && a->align_log2 == b->align_log2 && a->flags == b->flags &&
         a->sub == b->sub && a->record == b->record && a->size == b->size && a->count == b->count &&
         same_text(p, a->name, b->name);
}

static bool same_field(const Pair *p, const IrField *a, const IrField *b) {
  return a->type == b->type && a->offset_bits == b->offset_bits && a->width_bits == b->width_bits &&
         a->flags == b->flags && same_text(p, a->name, b->name);
}

static bool same_record(const Pair *p, const IrRecord *a, const IrRecord *b) {
  if (a->type != b->type || a->size != b->size || a->align != b->align ||
      a->nfields != b->nfields || a->flags != b->flags || !same_loc(p, &a->loc, &b->loc) ||
      !same_text(p, a->name, b->name))
    return false;
  for (uint32_t i = 0; i < a->nfields; i++)
    if (!same_field(p, &p->u->fields[a->fields + i], &p->v->fields[b->fields + i]))
      return false;
  return true;
}

static bool same_symbol(const Pair *p, const IrSymbol *a, const IrSymbol *b) {
  return a->type == b->type && a->flags == b->flags && same_loc(p, &a->loc, &b->loc) &&
         same_text(p, a->name, b->name) && same_text(p, a->link_name, b->link_name) &&
         same_text(p, a->alias, b->alias);
}

static bool same_init(const IrPointerInit *a, const IrPointerInit *b) {
  return a->in == b->in && a->target == b->target && a->offset == b->offset &&
         a->addend == b->addend;
}

static bool same_literal(const Pair *p, const IrLiteral *a, const IrLiteral *b) {
  return a->length == b->length &&
         !memcmp(p->u->strings + a->offset, p->v->strings + b->offset, a->length);
}

#define SAME_TABLE(what, count, same)                                                              \
  do {                                                                                             \
    if (p->u->count != p->v->count)                                                                \
      return hp_fail(p->err, "%u %ss come back as %u", p->u->count, what, p->v->count);            \
    for (uint32_t i = 0; i < p->u->count; i++)                                                     \
      if (!(same))                                                                                 \
        return differs(p, what, i);                                                                \
  } while (0)

static bool same_tables(const Pair *p) {
  SAME_TABLE("file", nfiles,
             p->u->files[i].flags == p->v->files[i].flags &&
                 same_text(p, p->u->files[i].path, p->v->files[i].path));
  SAME_TABLE("type", ntypes, same_type(p, &p->u->types[i], &p->v->types[i]));
  SAME_TABLE("record", nrecords, same_record(p, &p->u->records[i], &p->v->records[i]));
  SAME_TABLE("symbol", nsymbols, same_symbol(p, &p->u->symbols[i], &p->v->symbols[i]));
  SAME_TABLE("literal", nliterals, same_literal(p, &p->u->literals[i], &p->v->literals[i]));
  SAME_TABLE("initialiser", ninits, same_init(&p->u->inits[i], &p->v->inits[i]));
  return true;
}

/* ---- functions ------------------------------------------------------------------------------- */

static bool same_const(const IrConst *a, const IrConst *b) {
  if (a->type != b->type || a->is_float != b->is_float)
    return false;
  return a->u.i == b->u.i || (a->is_float && a->u.f != a->u.f && b->u.f != b->u.f);
}

static bool same_ref(const Pair *p, IrRef a, IrRef b) {
  if (ir_ref_kind(a) == IR_REF_CONST && ir_ref_kind(b) == IR_REF_CONST)
    return same_const(&p->f->consts[ir_ref_index(a)], &p->g->consts[ir_ref_index(b)]);
  return a == b;
}

static bool same_hops(const Pair *p, const IrAddr *a, const IrAddr *b) {
  if (a->nhops != b->nhops)
    return false;
  for (uint32_t i = 0; i < a->nhops; i++) {
    const IrHop *x = &p->f->hops[a->hops + i], *y = &p->g->hops[b->hops + i];
    if (x->record != y->record || x->field != y->field)
      return false;
  }
  return true;
}

static bool same_addr(const Pair *p, const IrAddr *a, const IrAddr *b) {
  return same_ref(p, a->base, b->base) && same_ref(p, a->index, b->index) &&
         a->offset == b->offset && a->scale == b->scale && a->type == b->type &&
         a->size == b->size && a->flags == b->flags && a->bit_offset == b->bit_offset &&
         a->bit_width == b->bit_width && same_hops(p, a, b);
}

/* What `aux` stands for, by the letters of the opcode's operands. */
static bool same_aux(const Pair *p, const IrInsn *a, const IrInsn *b) {
  for (const char *c = ir_ops[a->op].operands; *c; c++)
    switch (*c) {
    case 'm':
      if (!same_addr(p, &p->f->addrs[a->aux], &p->g->addrs[b->aux]))
        return false;
      break;
    case 'M':
      if (!same_addr(p, &p->f->addrs[a->aux + 1], &p->g->addrs[b->aux + 1]))
        return false;
      break;
    case 's':
    case 'p':
    case 'n':
      if (a->aux != b->aux)
        return false;
      break;
    case 't':
      if (!same_text(p, a->aux, b->aux))
        return false;
      break;
    }
  return true;
}

static bool same_spot(const Pair *p, IrLocId a, IrLocId b) {
  IrLoc x = ir_loc(p->f, a), y = ir_loc(p->g, b);
  return same_loc(p, &x, &y);
}

static bool same_insn(const Pair *p, const IrInsn *a, const IrInsn *b) {
  if (a->op != b->op || a->flags != b->flags || a->nargs != b->nargs || a->type != b->type ||
      !same_text(p, a->name, b->name) || !same_spot(p, a->loc, b->loc))
    return false;
  for (uint32_t i = 0; i < a->nargs; i++)
    if (!same_ref(p, ir_arg(p->f, a, i), ir_arg(p->g, b, i)))
      return false;
  return same_aux(p, a, b);
}

static bool same_info(const Pair *p, const IrBlockInfo *a, const IrBlockInfo *b) {
  if (a->flags != b->flags || a->label != b->label || !same_spot(p, a->loc, b->loc) ||
      a->ncases != b->ncases)
    return false;
  for (uint32_t i = 0; i < a->ncases; i++) {
    const IrCase *c = &p->f->cases[a->cases + i], *d = &p->g->cases[b->cases + i];
    if (c->low != d->low || c->high != d->high || c->succ != d->succ)
      return false;
  }
  return true;
}

static bool same_edges(const Pair *p, uint32_t from, uint32_t to, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (p->f->edges[from + i] != p->g->edges[to + i])
      return false;
  return true;
}

static bool same_block(const Pair *p, const IrBlock *a, const IrBlock *b) {
  return a->first == b->first && a->count == b->count && a->nsuccs == b->nsuccs &&
         a->npreds == b->npreds && same_edges(p, a->succs, b->succs, a->nsuccs) &&
         same_edges(p, a->preds, b->preds, a->npreds) &&
         same_info(p, ir_block_info(p->f, a), ir_block_info(p->g, b));
}

static bool same_local(const Pair *p, const IrLocal *a, const IrLocal *b) {
  return a->type == b->type && a->flags == b->flags && same_spot(p, a->loc, b->loc) &&
         same_text(p, a->name, b->name);
}

static bool same_function(const Pair *p) {
  const IrFunction *f = p->f, *g = p->g;
  if (f->sym != g->sym || f->nparams != g->nparams || f->result != g->result ||
      f->flags != g->flags || f->nblocks != g->nblocks || f->ninsns != g->ninsns ||
      f->nlocals != g->nlocals || !same_loc(p, &f->loc, &g->loc) ||
      !same_loc(p, &f->name_loc, &g->name_loc))
    return hp_fail(p->err, "function %s comes back different", ir_function_name(p->u, f));
  for (uint32_t i = 0; i < f->nlocals; i++)
    if (!same_local(p, &f->locals[i], &g->locals[i]))
      return differs(p, "local", i);
  for (uint32_t i = 0; i < f->nblocks; i++)
    if (!same_block(p, &f->blocks[i], &g->blocks[i]))
      return differs(p, "block", i);
  for (uint32_t i = 0; i < f->ninsns; i++)
    if (!same_insn(p, &f->insns[i], &g->insns[i]))
      return differs(p, "instruction", i);
  return true;
}

bool same_unit(const IrUnit *a, const IrUnit *b, HpError *err) {
  Pair p = {.u = a, .v = b, .err = err};
  if (!same_tables(&p))
    return false;
  if (!same_text(&p, a->path, b->path) || a->nfunctions != b->nfunctions)
    return hp_fail(err, "the unit comes back with another path or number of functions");
  for (uint32_t i = 0; i < a->nfunctions; i++) {
    p.f = &a->functions[i];
    p.g = &b->functions[i];
    if (!same_function(&p))
      return false;
  }
  return true;
}
