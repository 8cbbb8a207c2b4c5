/* Functions of the text form: see parse.c for the grammar.
 *
 * Blocks and values are numbered as they come; labels are entries of two name tables, and operands
 * name table entries until the function's end, when every label is known. */
#include "ir/parse_priv.h"

#include <math.h>
#include <stdlib.h>

/* ---- labels ---------------------------------------------------------------------------------- */

typedef struct Label {
  Tok use;     /* its first mention */
  uint32_t id; /* block or instruction, IR_NONE until it is defined */
} Label;

typedef struct Labels {
  Label *items;
  uint32_t count, cap;
  IrIndex index;
} Labels;

typedef struct LabelKey {
  const Labels *labels;
  const Tok *tok;
} LabelKey;

static bool same_label(const void *key, uint32_t id) {
  const LabelKey *k = key;
  const Tok *other = &k->labels->items[id].use;
  return other->length == k->tok->length && !memcmp(other->text, k->tok->text, other->length);
}

/* The label's entry, new if it was not mentioned before. */
static uint32_t label_of(Labels *labels, const Tok *tok) {
  LabelKey key = {labels, tok};
  uint32_t hash = ir_hash_bytes(tok->text, tok->length);
  uint32_t found = ir_index_find(&labels->index, hash, same_label, &key);
  if (found != IR_NONE)
    return found;
  ir_index_add(&labels->index, hash, labels->count);
  HP_GROW(labels->items, labels->count, labels->cap);
  labels->items[labels->count] = (Label){*tok, IR_NONE};
  return labels->count++;
}

/* The same as a pointer, good until the next label. */
static Label *label_at(Labels *labels, const Tok *tok) {
  uint32_t id = label_of(labels, tok);
  return &labels->items[id];
}

static void labels_free(Labels *labels) {
  free(labels->items);
  ir_index_free(&labels->index);
}

/* ---- a function being read ------------------------------------------------------------------- */

typedef struct ParseFn {
  Parse *p;
  Compact c;
  IrBlock *blocks;
  uint32_t nblocks, blocks_cap;
  IrBlockInfo info; /* of the current block */
  IrLocal *locals;
  uint32_t nlocals, locals_cap;
  uint32_t *arg_labels; /* by operand: the block label of a PHI's, else IR_NONE */
  uint32_t narg_labels, arg_labels_cap;
  Labels values, labels, local_names; /* of instructions, blocks, locals */
  IrLocId loc;
  bool in_block;
} ParseFn;

static bool take(ParseFn *f, int kind) {
  return lex_take(&f->p->lex, kind);
}

static bool failed(const ParseFn *f) {
  return f->p->lex.failed;
}

static IrLocId add_loc(ParseFn *f, IrLoc loc) {
  Compact *c = &f->c;
  if (!loc.line && !loc.file && !loc.column && !loc.end_line && !loc.end_column)
    return 0;
  HP_GROW(c->locs, c->nlocs, c->locs_cap);
  c->locs[c->nlocs] = ir_unit_spot(f->p->ub, &loc);
  return c->nlocs++;
}

static IrLocId optional_loc(ParseFn *f) {
  return lex_take_word(&f->p->lex, "at") ? add_loc(f, parse_place(f->p)) : 0;
}

/* The tables read so far as a function, for those who ask about operands. */
static IrFunction view(const ParseFn *f) {
  return (IrFunction){.insns = f->c.insns, .consts = f->c.consts, .locals = f->locals};
}

/* ---- operands -------------------------------------------------------------------------------- */

static IrRef local_operand(ParseFn *f) {
  Lex *l = &f->p->lex;
  Tok at = l->tok;
  lex_next(l);
  uint32_t id = (uint32_t)at.number;
  if (!at.numbered)
    id = label_at(&f->local_names, &at)->id;
  if (id >= f->nlocals || (at.numbered && at.number > id)) {
    lex_fail(l, &at, "unknown local '%s'", lex_text(l, &at));
    return 0;
  }
  return ir_ref(IR_REF_LOCAL, id);
}

static IrRef constant(ParseFn *f) {
  Lex *l = &f->p->lex;
  bool negative = lex_take(l, '-');
  IrConst c = {.is_float = lex_is(l, TOK_FLOAT)};
  Tok at = l->tok;
  double special = lex_is_word(l, "inf") ? INFINITY : NAN;
  if (lex_take_word(l, "inf") || lex_take_word(l, "nan")) {
    c.is_float = 1;
    c.u.f = negative ? -special : special;
  } else if (lex_take(l, TOK_FLOAT)) {
    c.u.f = negative ? -at.value : at.value;
  } else {
    uint64_t n = lex_number(l, "an operand");
    c.u.i = (int64_t)(negative ? -n : n);
  }
  c.type = take(f, ':') ? parse_type(f->p) : parse_builtin(f->p, c.is_float ? "double" : "int");
  HP_GROW(f->c.consts, f->c.nconsts, f->c.consts_cap);
  f->c.consts[f->c.nconsts] = c;
  return ir_ref(IR_REF_CONST, f->c.nconsts++);
}

/* `#3`: a literal that equals an earlier one. */
static IrRef literal_number(ParseFn *f) {
  Lex *l = &f->p->lex;
  Tok at = l->tok;
  lex_next(l);
  uint32_t n = lex_number32(l, "a literal's number");
  if (n >= f->p->u->nliterals)
    lex_fail(l, &at, "there is no literal #%u", n);
  return failed(f) ? 0 : ir_ref(IR_REF_STR, n);
}

/* A value is named by its label until the function's end. */
static IrRef operand(ParseFn *f) {
  Lex *l = &f->p->lex;
  Tok at = l->tok;
  switch (at.kind) {
  case '%':
    if (!at.length)
      lex_fail(l, &at, "expected a value as %%name");
    lex_next(l);
    return ir_ref(IR_REF_VALUE, label_of(&f->values, &at));
  case '$':
    return local_operand(f);
  case '@':
    return ir_ref(IR_REF_SYM, parse_symbol(f->p, 0));
  case '#':
    return literal_number(f);
  case TOK_STRING:
    lex_next(l);
    return ir_ref(IR_REF_STR, parse_literal(f->p, &at));
  default:
    return lex_take_word(l, "undef") ? ir_ref(IR_REF_UNDEF, 0) : constant(f);
  }
}

static void add_arg(ParseFn *f, IrRef ref, uint32_t label) {
  HP_GROW(f->c.args, f->c.nargs, f->c.args_cap);
  f->c.args[f->c.nargs++] = ref;
  HP_GROW(f->arg_labels, f->narg_labels, f->arg_labels_cap);
  f->arg_labels[f->narg_labels++] = label;
}

/* ---- addresses ------------------------------------------------------------------------------- */

/* [base + 8*index + 16] */
static void address_terms(ParseFn *f, IrAddr *a) {
  Lex *l = &f->p->lex;
  lex_expect(l, '[', "an address as [base + offset]");
  a->base = operand(f);
  while (!failed(f) && !take(f, ']')) {
    bool minus = lex_is(l, '-');
    if (!minus && !lex_is(l, '+')) {
      lex_expect(l, ']', "'+', '-' or ']'");
      return;
    }
    lex_next(l);
    Tok at = l->tok;
    uint64_t n = lex_number(l, "an offset or a scale");
    if (!take(f, '*')) {
      a->offset = (int64_t)((uint64_t)a->offset + (minus ? -n : n));
      continue;
    }
    if (a->index || minus || n > UINT32_MAX)
      lex_fail(l, &at, "an address has one index, with a positive scale");
    a->scale = (uint32_t)n;
    a->index = operand(f);
  }
}

/* The record the path starts in; the base may be a value, which still goes by its label. */
static IrRecordId path_start(ParseFn *f, IrRef base) {
  if (ir_ref_kind(base) == IR_REF_VALUE) {
    uint32_t id = f->values.items[ir_ref_index(base)].id;
    if (id == IR_NONE)
      return IR_NONE;
    base = ir_ref(IR_REF_VALUE, id);
  }
  IrFunction fn = view(f);
  return text_path_record(f->p->u, &fn, base);
}

static uint32_t field_named(ParseFn *f, IrRecordId record, const char *name) {
  const IrUnit *u = f->p->u;
  if (record >= u->nrecords) /* none, or one that a type names in advance */
    return IR_NONE;
  const IrRecord *r = &u->records[record];
  for (uint32_t i = 0; i < r->nfields; i++)
    if (!strcmp(ir_str(u, u->fields[r->fields + i].name), name))
      return i;
  return IR_NONE;
}

/* The step behind a dot: a field's name, or #record:field. */
static IrHop hop(ParseFn *f, IrRecordId record) {
  Lex *l = &f->p->lex;
  const IrUnit *u = f->p->u;
  Tok at = l->tok;
  IrHop h = {0};
  if (take(f, '#')) {
    h.record = lex_number32(l, "a record's number");
    lex_expect(l, ':', "':'");
    h.field = lex_number32(l, "a field's number");
    if (h.record >= u->nrecords || h.field >= u->records[h.record].nfields)
      lex_fail(l, &at, "there is no such field");
    return h;
  }
  const char *name = lex_text(l, &at);
  if (!take(f, TOK_WORD) && !lex_expect(l, TOK_STRING, "a field"))
    return h;
  h.record = record;
  h.field = field_named(f, record, name);
  if (record >= u->nrecords)
    lex_fail(l, &at, "'.%s': the base points to no known record (say .#record:field)", name);
  else if (h.field == IR_NONE)
    lex_fail(l, &at, "%s has no field '%s'", ir_str(u, u->records[record].name), name);
  return h;
}

static void path(ParseFn *f, IrAddr *a) {
  IrRecordId record = path_start(f, a->base);
  uint32_t start = f->c.nhops;
  while (take(f, '.') && !failed(f)) {
    IrHop h = hop(f, record);
    if (failed(f))
      return;
    HP_GROW(f->c.hops, f->c.nhops, f->c.hops_cap);
    f->c.hops[f->c.nhops++] = h;
    record = text_next_record(f->p->u, h.record, h.field);
    if (f->c.nhops - start > IR_LONGEST_PATH || f->c.nhops > IR_MOST_HOPS) {
      lex_fail(&f->p->lex, &f->p->lex.tok, "the path has too many fields");
      return;
    }
  }
  a->hops = start & IR_MOST_HOPS;
  a->nhops = (f->c.nhops - start) & IR_LONGEST_PATH;
}

static void bits(ParseFn *f, IrAddr *a) {
  Lex *l = &f->p->lex;
  Tok at = l->tok;
  uint32_t first = lex_number32(l, "the first bit");
  lex_expect(l, ':', "':'");
  uint32_t width = lex_number32(l, "a width");
  if (first > UINT8_MAX || width > UINT8_MAX || !width)
    lex_fail(l, &at, "bits out of range");
  a->bit_offset = (uint8_t)first;
  a->bit_width = (uint8_t)width;
  a->flags |= IR_MEM_BITFIELD;
}

/* `object`: what it is of unless the text says; returns its place in the table. */
static uint32_t address(ParseFn *f, IrTypeId object) {
  Lex *l = &f->p->lex;
  IrAddr a = {.type = object};
  bool sized = false;
  address_terms(f, &a);
  path(f, &a);
  while (!failed(f)) {
    if (lex_take_word(l, "of")) {
      a.type = parse_type(f->p);
    } else if (lex_take_word(l, "size")) {
      a.size = lex_number(l, "a size");
      sized = true;
    } else if (lex_take_word(l, "bits")) {
      bits(f, &a);
    } else if (lex_is(l, '(')) {
      a.flags |= (uint16_t)parse_flags(f->p, text_memory_flags);
    } else {
      break;
    }
  }
  if (!sized)
    a.size = f->p->u->types[a.type].size;
  HP_GROW(f->c.addrs, f->c.naddrs, f->c.addrs_cap);
  f->c.addrs[f->c.naddrs] = a;
  return f->c.naddrs++;
}

static uint32_t memory(ParseFn *f, const IrInsn *in) {
  if (!(ir_ops[in->op].flags & IR_RESULT))
    return address(f, parse_type(f->p));
  return address(f, text_default_object(f->p->u, in->op, in->type));
}

/* ---- the other kinds of operands ------------------------------------------------------------- */

static bool at_operands_end(const ParseFn *f) {
  const Lex *l = &f->p->lex;
  return lex_is(l, TOK_LINE) || lex_is(l, TOK_END) || lex_is_word(l, "as") || lex_is_word(l, "at");
}

/* Before each operand: a comma, but not before the first. */
static bool more(ParseFn *f, bool *first) {
  bool yes = *first ? !at_operands_end(f) : take(f, ',');
  *first = false;
  return yes && !failed(f);
}

static void expect_more(ParseFn *f, bool *first) {
  if (!more(f, first) && !failed(f))
    lex_fail(&f->p->lex, &f->p->lex.tok, "expected another operand");
}

static void phi_operand(ParseFn *f) {
  Lex *l = &f->p->lex;
  uint32_t label = IR_NONE;
  bool labelled = take(f, '[');
  if (labelled) {
    Tok at = l->tok;
    if (lex_expect(l, TOK_WORD, "a block's label"))
      label = label_of(&f->labels, &at);
    lex_expect(l, ':', "':'");
  }
  add_arg(f, operand(f), label);
  if (labelled)
    lex_expect(l, ']', "']'");
}

static int64_t case_value(ParseFn *f) {
  bool negative = take(f, '-');
  uint64_t n = lex_number(&f->p->lex, "a case's value");
  return (int64_t)(negative ? -n : n);
}

static void cases(ParseFn *f) {
  Lex *l = &f->p->lex;
  f->info.cases = f->c.ncases;
  lex_expect(l, '[', "the cases as [1: #1, 2..5: #2]");
  for (bool first = true; !failed(f) && !take(f, ']'); first = false) {
    if (!first)
      lex_expect(l, ',', "',' or ']'");
    IrCase c = {.low = case_value(f)};
    c.high = c.low;
    if (take(f, '.')) {
      lex_expect(l, '.', "'..'");
      c.high = case_value(f);
    }
    lex_expect(l, ':', "':'");
    lex_expect(l, '#', "the successor as #1");
    c.succ = lex_number32(l, "a successor's number");
    HP_GROW(f->c.cases, f->c.ncases, f->c.cases_cap);
    f->c.cases[f->c.ncases++] = c;
  }
  f->info.ncases = f->c.ncases - f->info.cases;
}

static void add_edge(ParseFn *f, uint32_t label) {
  HP_GROW(f->c.edges, f->c.nedges, f->c.edges_cap);
  f->c.edges[f->c.nedges++] = label;
}

/* Labels with commas between them, to the edges; how many. */
static uint32_t edge_labels(ParseFn *f, bool first) {
  Lex *l = &f->p->lex;
  uint32_t n = 0;
  while (more(f, &first)) {
    Tok at = l->tok;
    if (!lex_expect(l, TOK_WORD, "a block's label"))
      break;
    add_edge(f, label_of(&f->labels, &at));
    n++;
  }
  return n;
}

static IrStr text_operand(ParseFn *f) {
  Lex *l = &f->p->lex;
  IrStr s = lex_is(l, TOK_STRING) ? ir_unit_str(f->p->ub, lex_text(l, &l->tok)) : 0;
  lex_expect(l, TOK_STRING, "a string");
  return s;
}

static uint8_t rmw(ParseFn *f) {
  Lex *l = &f->p->lex;
  for (int i = IR_RMW_XCHG; i < IR_RMW_COUNT; i++)
    if (lex_take_word(l, text_rmw[i]))
      return (uint8_t)i;
  lex_fail(l, &l->tok, "expected what is done: xchg, add, sub, and, or, xor, nand, max or min");
  return IR_RMW_NONE;
}

static void operands(ParseFn *f, IrInsn *in, IrBlock *k) {
  bool first = true;
  for (const char *c = ir_ops[in->op].operands; *c && !failed(f); c++) {
    if (*c == '*') {
      while (more(f, &first)) {
        if (in->op == IR_PHI)
          phi_operand(f);
        else
          add_arg(f, operand(f), IR_NONE);
      }
      continue;
    }
    if (*c == 'b') {
      k->succs = f->c.nedges;
      k->nsuccs = edge_labels(f, first);
      continue;
    }
    expect_more(f, &first);
    switch (*c) {
    case 'v':
      add_arg(f, operand(f), IR_NONE);
      break;
    case 'm':
      in->aux = memory(f, in);
      break;
    case 'M':
      memory(f, in);
      break;
    case 's':
      in->aux = parse_symbol(f->p, IR_SYM_FUNCTION);
      break;
    case 'k':
      f->c.addrs[in->aux].rmw = rmw(f);
      break;
    case 'o':
      in->aux = parse_flags(f->p, text_memory_flags);
      break;
    case 'p':
    case 'n':
      in->aux = lex_number32(&f->p->lex, "a number");
      break;
    case 't':
      in->aux = text_operand(f);
      break;
    case 'c':
      cases(f);
      in->aux = f->info.cases;
      break;
    }
  }
}

/* ---- instructions and blocks ----------------------------------------------------------------- */

static void add_place(Parse *p, const Tok *at) {
  HP_GROW(p->places, p->nplaces, p->places_cap);
  p->places[p->nplaces++] = (InsnPlace){at->line, at->column};
}

static void opcode(ParseFn *f, const Tok *name, IrInsn *in) {
  Lex *l = &f->p->lex;
  in->op = 0;
  while (in->op < IR_OP_COUNT && (strlen(ir_ops[in->op].name) != name->length ||
                                  memcmp(ir_ops[in->op].name, name->text, name->length)))
    in->op++;
  if (in->op == IR_OP_COUNT) {
    in->op = 0;
    lex_fail(l, name, "unknown opcode '%s'", lex_text(l, name));
  }
  while (take(f, '.'))
    in->flags |= (uint8_t)parse_flag(f->p, text_insn_flags);
}

/* The instruction behind its opcode's name, which is in `name` already. */
static void insn(ParseFn *f, const Tok *name, const Tok *result) {
  Lex *l = &f->p->lex;
  IrInsn in = {.args = f->c.nargs};
  IrBlock *k = &f->blocks[f->nblocks - 1];
  opcode(f, name, &in);
  if ((ir_ops[in.op].flags & IR_RESULT) && parse_at_type(f->p))
    in.type = parse_type(f->p);
  if (result->kind == '%' && !in.type)
    lex_fail(l, name, "a result needs a type");
  operands(f, &in, k);
  uint32_t n = f->c.nargs - in.args;
  if (n > UINT16_MAX)
    lex_fail(l, name, "too many operands");
  in.nargs = (uint16_t)n;
  if (lex_take_word(l, "as"))
    in.name = parse_word(f->p, "a name");
  if (lex_take_word(l, "at"))
    f->loc = add_loc(f, parse_place(f->p));
  in.loc = f->loc;
  if (result->kind == '%') {
    Label *label = label_at(&f->values, result);
    if (label->id != IR_NONE)
      lex_fail(l, result, "%%%s is defined twice", lex_text(l, result));
    label->id = f->c.ninsns;
  }
  add_place(f->p, name);
  HP_GROW(f->c.insns, f->c.ninsns, f->c.insns_cap);
  f->c.insns[f->c.ninsns++] = in;
  k->count++;
}

/* The info of the block that ends here, if it is worth keeping. */
static void keep_info(ParseFn *f) {
  const IrBlockInfo *i = &f->info;
  bool is_switch = f->c.ninsns && f->c.insns[f->c.ninsns - 1].op == IR_SWITCH;
  if (!f->nblocks || (!i->flags && !i->loc && !i->label && !is_switch))
    return;
  HP_GROW(f->c.infos, f->c.ninfos, f->c.infos_cap);
  f->c.infos[f->c.ninfos++] = *i;
  f->blocks[f->nblocks - 1].info = f->c.ninfos;
}

static void block(ParseFn *f, const Tok *name) {
  Lex *l = &f->p->lex;
  lex_expect(l, ':', "':'");
  Label *label = label_at(&f->labels, name);
  if (label->id != IR_NONE)
    lex_fail(l, name, "block '%s' is defined twice", lex_text(l, name));
  label->id = f->nblocks;
  IrBlock k = {.first = f->c.ninsns, .preds = f->c.nedges};
  if (take(f, '<')) {
    lex_expect(l, '-', "'<-'");
    k.npreds = edge_labels(f, true);
  }
  k.succs = f->c.nedges;
  keep_info(f);
  f->info = (IrBlockInfo){.flags = parse_flags(f->p, text_block_flags)};
  if (lex_take_word(l, "of"))
    f->info.label = parse_symbol(f->p, 0);
  f->info.loc = optional_loc(f);
  HP_GROW(f->blocks, f->nblocks, f->blocks_cap);
  f->blocks[f->nblocks++] = k;
}

static void local(ParseFn *f) {
  Lex *l = &f->p->lex;
  Tok at = l->tok;
  lex_expect(l, '$', "the local as $name");
  IrLocal local = {.name = ir_unit_str(f->p->ub, lex_text(l, &at))};
  lex_expect(l, ':', "':'");
  local.type = parse_type(f->p);
  local.flags = parse_flags(f->p, text_local_flags);
  local.loc = optional_loc(f);
  if (at.length) {
    Label *name = label_at(&f->local_names, &at);
    if (name->id == IR_NONE)
      name->id = f->nlocals;
  }
  HP_GROW(f->locals, f->nlocals, f->locals_cap);
  f->locals[f->nlocals++] = local;
}

static void body_line(ParseFn *f) {
  Lex *l = &f->p->lex;
  Tok result = {0}, name = l->tok;
  if (name.kind == '%') {
    result = name;
    if (!name.length)
      lex_fail(l, &name, "expected a value as %%name");
    lex_next(l);
    lex_expect(l, '=', "'='");
    name = l->tok;
  }
  if (!lex_expect(l, TOK_WORD, "an instruction, a block's label or '}'"))
    return;
  if (!result.kind && lex_is(l, ':'))
    block(f, &name);
  else if (!f->nblocks && name.length == 5 && !memcmp(name.text, "local", 5))
    local(f);
  else if (!f->nblocks)
    lex_fail(l, &name, "expected a local or a block's label");
  else
    insn(f, &name, &result);
  if (!failed(f) && !lex_is(l, '}'))
    lex_expect(l, TOK_LINE, "the end of the line");
}

/* ---- the end of a function ------------------------------------------------------------------- */

static bool all_defined(ParseFn *f, const Labels *labels, const char *what) {
  for (uint32_t i = 0; i < labels->count; i++)
    if (labels->items[i].id == IR_NONE)
      return lex_fail(&f->p->lex, &labels->items[i].use, "%s '%s' is not defined", what,
                      lex_text(&f->p->lex, &labels->items[i].use));
  return true;
}

static void resolve(const ParseFn *f, IrRef *ref) {
  if (ir_ref_kind(*ref) == IR_REF_VALUE)
    *ref = ir_ref(IR_REF_VALUE, f->values.items[ir_ref_index(*ref)].id);
}

static void resolve_labels(ParseFn *f) {
  Compact *c = &f->c;
  for (uint32_t i = 0; i < c->nargs; i++) {
    resolve(f, &c->args[i]);
    if (f->arg_labels[i] != IR_NONE)
      f->arg_labels[i] = f->labels.items[f->arg_labels[i]].id;
  }
  for (uint32_t i = 0; i < c->naddrs; i++) {
    resolve(f, &c->addrs[i].base);
    resolve(f, &c->addrs[i].index);
  }
  for (uint32_t i = 0; i < c->nedges; i++)
    c->edges[i] = f->labels.items[c->edges[i]].id;
}

/* Predecessors that the text leaves out, in order of the edges: counted, then listed. */
static void fill_preds(ParseFn *f) {
  uint32_t n = f->nblocks, *count = hp_calloc(n, sizeof *count);
  bool *missing = hp_calloc(n, sizeof *missing);
  for (uint32_t b = 0; b < n; b++)
    missing[b] = !f->blocks[b].npreds;
  for (uint32_t b = 0; b < n; b++)
    for (uint32_t i = 0; i < f->blocks[b].nsuccs; i++)
      count[f->c.edges[f->blocks[b].succs + i]]++;
  for (uint32_t b = 0; b < n; b++)
    if (missing[b]) {
      f->blocks[b].preds = f->c.nedges;
      for (uint32_t i = 0; i < count[b]; i++)
        add_edge(f, 0);
    }
  for (uint32_t b = 0; b < n; b++)
    for (uint32_t i = 0; i < f->blocks[b].nsuccs; i++) {
      uint32_t to = f->c.edges[f->blocks[b].succs + i];
      IrBlock *k = &f->blocks[to];
      if (missing[to])
        f->c.edges[k->preds + k->npreds++] = b;
    }
  free(count);
  free(missing);
}

/* A PHI's operands with labels, put in the order of the predecessors. */
static bool order_phi(ParseFn *f, const IrInsn *in, const IrBlock *k, IrRef *sorted) {
  if (!in->nargs)
    return !k->npreds;
  IrRef *args = f->c.args + in->args;
  uint32_t *from = f->arg_labels + in->args;
  bool in_order = in->nargs == k->npreds;
  for (uint32_t i = 0; in_order && i < k->npreds; i++)
    in_order = from[i] == IR_NONE || from[i] == f->c.edges[k->preds + i];
  if (in_order)
    return true;
  if (in->nargs != k->npreds)
    return false;
  for (uint32_t i = 0; i < k->npreds; i++) {
    uint32_t j = 0;
    while (j < in->nargs && from[j] != f->c.edges[k->preds + i])
      j++;
    if (j == in->nargs)
      return false;
    sorted[i] = args[j];
    from[j] = IR_NONE; /* taken */
  }
  memcpy(args, sorted, in->nargs * sizeof *args);
  return true;
}

static void order_phis(ParseFn *f, uint32_t first_place) {
  IrRef *sorted = hp_malloc(UINT16_MAX * sizeof *sorted);
  for (uint32_t b = 0; b < f->nblocks; b++)
    for (uint32_t i = 0; i < f->blocks[b].count; i++) {
      IrInsnId id = f->blocks[b].first + i;
      const IrInsn *in = &f->c.insns[id];
      if (in->op != IR_PHI || order_phi(f, in, &f->blocks[b], sorted))
        continue;
      InsnPlace at = f->p->places[first_place + id];
      lex_fail(&f->p->lex, &(Tok){.line = at.line, .column = at.column},
               "PHI does not fit the block's predecessors");
    }
  free(sorted);
}

#define MOVE(array, count)                                                                         \
  (fn->array = hp_arena_copy(arena, f->c.array, f->c.count * sizeof *f->c.array),                  \
   fn->count = f->c.count)

static void add_function(ParseFn *f, IrFunction *head) {
  IrUnitBuilder *ub = f->p->ub;
  IrUnit *u = f->p->u;
  HpArena *arena = u->arena;
  HP_GROW(u->functions, u->nfunctions, ub->functions_cap);
  IrFunction *fn = &u->functions[u->nfunctions++];
  *fn = *head;
  fn->blocks = hp_arena_copy(arena, f->blocks, f->nblocks * sizeof *f->blocks);
  fn->nblocks = f->nblocks;
  fn->locals = hp_arena_copy(arena, f->locals, f->nlocals * sizeof *f->locals);
  fn->nlocals = f->nlocals;
  MOVE(infos, ninfos);
  MOVE(insns, ninsns);
  MOVE(args, nargs);
  MOVE(addrs, naddrs);
  MOVE(hops, nhops);
  MOVE(consts, nconsts);
  MOVE(edges, nedges);
  MOVE(cases, ncases);
  MOVE(locs, nlocs);
}

static void finish(ParseFn *f, IrFunction *head, uint32_t first_place) {
  if (!all_defined(f, &f->labels, "block") || !all_defined(f, &f->values, "value"))
    return;
  keep_info(f);
  resolve_labels(f);
  fill_preds(f);
  order_phis(f, first_place);
  if (!failed(f))
    add_function(f, head);
}

static void function_head(Parse *p, IrFunction *fn) {
  Lex *l = &p->lex;
  fn->sym = parse_symbol(p, IR_SYM_FUNCTION | IR_SYM_DEFINED);
  lex_expect(l, '(', "'('");
  fn->nparams = lex_number32(l, "the number of parameters");
  lex_expect(l, ')', "')'");
  if (lex_take(l, ':'))
    fn->result = parse_type(p);
  fn->flags = parse_flags(p, text_no_flags);
  if (lex_take_word(l, "at"))
    fn->loc = parse_place(p);
  if (lex_take_word(l, "named"))
    fn->name_loc = parse_place(p);
}

void parse_function(Parse *p) {
  Lex *l = &p->lex;
  IrFunction head = {0};
  ParseFn f = {.p = p};
  HP_GROW(p->first_place, p->nfirst, p->first_cap);
  uint32_t first_place = p->first_place[p->nfirst++] = p->nplaces;
  Tok at = l->tok;
  function_head(p, &head);
  lex_expect(l, '{', "'{'");
  HP_GROW(f.c.locs, f.c.nlocs, f.c.locs_cap);
  f.c.locs[f.c.nlocs++] = (IrSpot){0};
  while (!l->failed && !lex_take(l, '}')) {
    if (lex_is(l, TOK_END))
      lex_fail(l, &at, "this function has no end");
    else if (!lex_take(l, TOK_LINE))
      body_line(&f);
  }
  if (!l->failed)
    finish(&f, &head, first_place);
  if (first_place == p->nplaces) /* a function without instructions still has a place */
    add_place(p, &at);
  void *memory[] = {f.c.insns, f.c.args, f.c.addrs, f.c.hops, f.c.consts, f.c.cases,
                    f.c.edges, f.c.locs, f.c.infos, f.blocks, f.locals,   f.arg_labels};
  for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
    free(memory[i]);
  labels_free(&f.values);
  labels_free(&f.labels);
  labels_free(&f.local_names);
}
