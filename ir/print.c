/* The printer of the text form that round-trips: see parse.c for the grammar. */
#include "ir/index.h"
#include "ir/text_priv.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* A name stands for the first table entry that has it; others are written by number. */
typedef struct Print {
  HpBuf *out;
  const IrUnit *u;
  const IrFunction *fn;
  bool *type_named, *sym_named, *literal_named, *local_named;
  IrLocId loc; /* of the last instruction */
} Print;

static void put(Print *p, const char *text) {
  hp_buf_add(p->out, text);
}

/* ---- words ----------------------------------------------------------------------------------- */

static void put_quoted(Print *p, const char *bytes, size_t length) {
  hp_buf_addc(p->out, '"');
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)bytes[i];
    if (c == '"' || c == '\\')
      hp_buf_addf(p->out, "\\%c", c);
    else if (c == '\n')
      put(p, "\\n");
    else if (c >= 0x20 && c < 0x7F)
      hp_buf_addc(p->out, (char)c);
    else
      hp_buf_addf(p->out, "\\x%02x", c);
  }
  hp_buf_addc(p->out, '"');
}

static void put_string(Print *p, IrStr s) {
  const char *text = ir_str(p->u, s);
  put_quoted(p, text, strlen(text));
}

static bool plain_name(const char *name) {
  if (!*name)
    return false;
  for (; *name; name++)
    if (!isalnum((unsigned char)*name) && !strchr("_.$", *name))
      return false;
  return true;
}

static bool plain_word(const char *name) {
  return plain_name(name) && !strpbrk(name, ".$") && !isdigit((unsigned char)*name);
}

/* A name after a sigil. */
static void put_name(Print *p, IrStr s) {
  const char *text = ir_str(p->u, s);
  if (plain_name(text))
    put(p, text);
  else if (*text)
    put_string(p, s);
}

static void put_word(Print *p, IrStr s) {
  const char *text = ir_str(p->u, s);
  if (plain_word(text))
    put(p, text);
  else
    put_string(p, s);
}

static void put_flags(Print *p, uint32_t flags, const FlagName *names) {
  if (!flags)
    return;
  const char *separator = " (";
  for (; names->name; names++)
    if (flags & names->flag) {
      hp_buf_addf(p->out, "%s%s", separator, names->name);
      flags &= ~names->flag;
      separator = " ";
    }
  if (flags)
    hp_buf_addf(p->out, "%s0x%x", separator, flags);
  put(p, ")");
}

static void put_range(Print *p, const IrLoc *loc) {
  if (!loc->line && !loc->file && !loc->column && !loc->end_line && !loc->end_column) {
    put(p, "-");
    return;
  }
  if (loc->file)
    hp_buf_addf(p->out, "%u/", loc->file);
  hp_buf_addf(p->out, "%u", loc->line);
  bool end = loc->end_line || loc->end_column;
  if (loc->column || end)
    hp_buf_addf(p->out, ":%u", loc->column);
  if (end && loc->end_line == loc->line)
    hp_buf_addf(p->out, "-%u", loc->end_column);
  else if (end)
    hp_buf_addf(p->out, "-%u:%u", loc->end_line, loc->end_column);
}

/* 2/12:3-20 in max 1/4:7, or `in max argument 2/12:7`: file/line:column. */
static void put_place(Print *p, const IrLoc *loc) {
  put_range(p, loc);
  if (!loc->macro)
    return;
  const IrMacro *m = &p->u->macros[loc->macro];
  put(p, " in ");
  put_word(p, m->name);
  put(p, m->flags & IR_MACRO_ARGUMENT ? " argument " : " ");
  put_range(p, &(IrLoc){.file = m->file, .line = m->line, .column = m->column});
}

static void put_loc(Print *p, const char *word, const IrLoc *loc) {
  if (!loc->line && !loc->file && !loc->column && !loc->end_line && !loc->end_column)
    return;
  hp_buf_addf(p->out, " %s ", word);
  put_place(p, loc);
}

static void put_type(Print *p, IrTypeId type) {
  const char *name = ir_str(p->u, p->u->types[type].name);
  if (!p->type_named[type]) {
    hp_buf_addf(p->out, "!%u", type);
  } else if (text_bare_type(name)) {
    put(p, name);
  } else {
    put(p, "!");
    put_string(p, p->u->types[type].name);
  }
}

/* ---- tables ---------------------------------------------------------------------------------- */

static void print_type(Print *p, IrTypeId id) {
  const IrType *t = &p->u->types[id];
  hp_buf_addf(p->out, "type %u !", id);
  put_string(p, t->name);
  hp_buf_addf(p->out, " = %s", text_type_kinds[t->kind]);
  if (t->kind == IR_T_RECORD)
    hp_buf_addf(p->out, " %u", t->record);
  if (t->sub || t->kind == IR_T_PTR || t->kind == IR_T_ARRAY || t->kind == IR_T_FUNC)
    hp_buf_addf(p->out, " !%u", t->sub);
  if (t->size)
    hp_buf_addf(p->out, " size %" PRIu64, t->size);
  if (t->align_log2)
    hp_buf_addf(p->out, " align %u", 1u << t->align_log2);
  if (t->count)
    hp_buf_addf(p->out, " count %" PRIu64, t->count);
  put_flags(p, t->flags, text_type_flags);
  put(p, "\n");
}

static void print_field(Print *p, const IrField *f) {
  uint64_t bits = p->u->types[f->type].size * 8;
  put(p, "  ");
  put_word(p, f->name);
  put(p, ": ");
  put_type(p, f->type);
  hp_buf_addf(p->out, " +%" PRIu64, f->offset_bits / 8);
  if (f->offset_bits % 8)
    hp_buf_addf(p->out, " bit %" PRIu64, f->offset_bits % 8);
  if (f->width_bits != bits)
    hp_buf_addf(p->out, " width %u", f->width_bits);
  put_flags(p, f->flags, text_field_flags);
  put(p, "\n");
}

static void print_record(Print *p, IrRecordId id) {
  const IrRecord *r = &p->u->records[id];
  hp_buf_addf(p->out, "record %u !", id);
  put_string(p, r->name);
  hp_buf_addf(p->out, ": !%u size %" PRIu64 " align %" PRIu64, r->type, r->size, r->align);
  put_flags(p, r->flags, text_record_flags);
  put_loc(p, "at", &r->loc);
  put(p, " {\n");
  for (uint32_t i = 0; i < r->nfields; i++)
    print_field(p, &p->u->fields[r->fields + i]);
  put(p, "}\n");
}

static void print_symbol(Print *p, const IrSymbol *s) {
  put(p, "symbol @");
  put_name(p, s->name);
  if (s->link_name) {
    put(p, " as ");
    put_word(p, s->link_name);
  }
  if (s->alias) {
    put(p, " of ");
    put_word(p, s->alias);
  }
  if (s->type) {
    put(p, ": ");
    put_type(p, s->type);
  }
  put_flags(p, s->flags, text_symbol_flags);
  put_loc(p, "at", &s->loc);
  put(p, "\n");
}

static void put_symbol(Print *p, IrSymId i) {
  put(p, "@");
  if (p->sym_named[i])
    put_name(p, p->u->symbols[i].name);
  else
    hp_buf_addf(p->out, "#%u", i);
}

static void put_literal(Print *p, uint32_t i) {
  if (p->literal_named[i])
    put_quoted(p, p->u->strings + p->u->literals[i].offset, p->u->literals[i].length);
  else
    hp_buf_addf(p->out, "#%u", i);
}

static void print_init(Print *p, const IrPointerInit *init) {
  put(p, "init ");
  put_symbol(p, init->in);
  if (init->offset)
    hp_buf_addf(p->out, " + %" PRIu64, init->offset);
  put(p, " = ");
  if (ir_ref_kind(init->target) == IR_REF_STR)
    put_literal(p, ir_ref_index(init->target));
  else
    put_symbol(p, ir_ref_index(init->target));
  if (init->addend)
    hp_buf_addf(p->out, " %c %" PRIu64, init->addend < 0 ? '-' : '+',
                init->addend < 0 ? -(uint64_t)init->addend : (uint64_t)init->addend);
  put(p, "\n");
}

static void print_tables(Print *p) {
  const IrUnit *u = p->u;
  put(p, "unit ");
  put_string(p, u->path);
  put(p, "\n");
  for (uint32_t i = 0; i < u->nfiles; i++) {
    put(p, "file ");
    put_string(p, u->files[i].path);
    put_flags(p, u->files[i].flags, text_file_flags);
    put(p, "\n");
  }
  for (uint32_t i = 1; i < u->ntypes; i++)
    print_type(p, i);
  for (uint32_t i = 0; i < u->nrecords; i++)
    print_record(p, i);
  for (uint32_t i = 0; i < u->nsymbols; i++)
    print_symbol(p, &u->symbols[i]);
  for (uint32_t i = 0; i < u->nliterals; i++) {
    put(p, "literal ");
    put_quoted(p, u->strings + u->literals[i].offset, u->literals[i].length);
    put(p, "\n");
  }
  for (uint32_t i = 0; i < u->ninits; i++)
    print_init(p, &u->inits[i]);
}

/* ---- operands -------------------------------------------------------------------------------- */

static bool is_named(Print *p, IrTypeId type, const char *name) {
  return p->type_named[type] && !strcmp(ir_str(p->u, p->u->types[type].name), name);
}

static void put_float(Print *p, double value) {
  char text[40];
  snprintf(text, sizeof text, "%.17g", value);
  if (isnan(value))
    put(p, "nan");
  else
    hp_buf_addf(p->out, "%s%s", text, strpbrk(text, ".en") ? "" : ".0");
}

static void put_const(Print *p, const IrConst *c) {
  if (c->is_float)
    put_float(p, c->u.f);
  else
    hp_buf_addf(p->out, "%" PRId64, c->u.i);
  if (is_named(p, c->type, c->is_float ? "double" : "int"))
    return;
  put(p, ":");
  put_type(p, c->type);
}

static void put_ref(Print *p, IrRef ref) {
  uint32_t i = ir_ref_index(ref);
  switch (ir_ref_kind(ref)) {
  case IR_REF_NONE:
  case IR_REF_UNDEF:
    put(p, "undef");
    break;
  case IR_REF_VALUE:
    hp_buf_addf(p->out, "%%%u", i);
    break;
  case IR_REF_CONST:
    put_const(p, &p->fn->consts[i]);
    break;
  case IR_REF_LOCAL:
    put(p, "$");
    if (p->local_named[i])
      put_name(p, p->fn->locals[i].name);
    else
      hp_buf_addf(p->out, "#%u", i);
    break;
  case IR_REF_SYM:
    put_symbol(p, i);
    break;
  case IR_REF_STR:
    put_literal(p, i);
    break;
  }
}

/* A field by name where the name says which one, else by numbers. */
static void put_hop(Print *p, const IrHop *hop, IrRecordId expected) {
  const IrRecord *r = &p->u->records[hop->record];
  const IrField *fields = p->u->fields + r->fields;
  IrStr name = fields[hop->field].name;
  bool clear = expected == hop->record && *ir_str(p->u, name);
  for (uint32_t i = 0; clear && i < hop->field; i++)
    clear = strcmp(ir_str(p->u, fields[i].name), ir_str(p->u, name)) != 0;
  put(p, ".");
  if (clear)
    put_word(p, name);
  else
    hp_buf_addf(p->out, "#%u:%u", hop->record, hop->field);
}

static void put_path(Print *p, const IrAddr *a) {
  IrRecordId record = text_path_record(p->u, p->fn, a->base);
  if (a->nhops)
    put(p, " ");
  for (uint32_t i = 0; i < a->nhops; i++) {
    const IrHop *hop = &p->fn->hops[a->hops + i];
    put_hop(p, hop, record);
    record = text_next_record(p->u, hop->record, hop->field);
  }
}

static void put_addr(Print *p, const IrAddr *a, IrTypeId object) {
  put(p, "[");
  put_ref(p, a->base);
  if (ir_ref_kind(a->index) != IR_REF_NONE) {
    hp_buf_addf(p->out, " + %u*", a->scale);
    put_ref(p, a->index);
  }
  if (a->offset)
    hp_buf_addf(p->out, " %c %" PRIu64, a->offset < 0 ? '-' : '+',
                a->offset < 0 ? -(uint64_t)a->offset : (uint64_t)a->offset);
  put(p, "]");
  put_path(p, a);
  if (a->type != object) {
    put(p, " of ");
    put_type(p, a->type);
  }
  if (a->size != p->u->types[a->type].size)
    hp_buf_addf(p->out, " size %" PRIu64, a->size);
  if (a->bit_width)
    hp_buf_addf(p->out, " bits %u:%u", a->bit_offset, a->bit_width);
  put_flags(p, a->flags & ~(uint32_t)IR_MEM_BITFIELD, text_memory_flags);
}

static void put_memory(Print *p, const IrInsn *in, uint32_t addr) {
  const IrAddr *a = &p->fn->addrs[addr];
  IrTypeId object = text_default_object(p->u, in->op, in->type);
  if (!(ir_ops[in->op].flags & IR_RESULT)) {
    put_type(p, a->type);
    put(p, " ");
    object = a->type;
  }
  put_addr(p, a, object);
}

static void put_cases(Print *p, const IrBlock *k) {
  put(p, "[");
  const IrBlockInfo *info = ir_block_info(p->fn, k);
  for (uint32_t i = 0; i < info->ncases; i++) {
    const IrCase *c = &p->fn->cases[info->cases + i];
    hp_buf_addf(p->out, "%s%" PRId64, i ? ", " : "", c->low);
    if (c->high != c->low)
      hp_buf_addf(p->out, "..%" PRId64, c->high);
    hp_buf_addf(p->out, ": #%u", c->succ);
  }
  put(p, "]");
}

/* ---- instructions ---------------------------------------------------------------------------- */

static const char *separate(bool *first, IrTypeId type) {
  const char *text = !*first ? ", " : type ? " " : "";
  *first = false;
  return text;
}

static void put_args(Print *p, const IrInsn *in, uint32_t from, const IrBlock *k, bool *first) {
  for (uint32_t i = from; i < in->nargs; i++) {
    put(p, separate(first, in->type));
    if (in->op == IR_PHI)
      hp_buf_addf(p->out, "[b%u: ", p->fn->edges[k->preds + i]);
    put_ref(p, ir_arg(p->fn, in, i));
    if (in->op == IR_PHI)
      put(p, "]");
  }
}

static void put_operands(Print *p, const IrInsn *in, const IrBlock *k) {
  uint32_t arg = 0;
  bool first = true;
  for (const char *c = ir_ops[in->op].operands; *c; c++) {
    if (*c == '*') {
      put_args(p, in, arg, k, &first);
      continue;
    }
    if (*c != 'b')
      put(p, separate(&first, in->type));
    switch (*c) {
    case 'v':
      put_ref(p, ir_arg(p->fn, in, arg++));
      break;
    case 'm':
      put_memory(p, in, in->aux);
      break;
    case 'M':
      put_memory(p, in, in->aux + 1);
      break;
    case 's':
      put_symbol(p, in->aux);
      break;
    case 'k':
      put(p, text_rmw[p->fn->addrs[in->aux].rmw]);
      break;
    case 'o':
      put_flags(p, in->aux, text_memory_flags);
      break;
    case 'p':
    case 'n':
      hp_buf_addf(p->out, "%u", in->aux);
      break;
    case 't':
      put_string(p, in->aux);
      break;
    case 'c':
      put_cases(p, k);
      break;
    case 'b':
      for (uint32_t i = 0; i < k->nsuccs; i++)
        hp_buf_addf(p->out, "%sb%u", separate(&first, in->type), p->fn->edges[k->succs + i]);
      break;
    }
  }
}

static bool same_place(const IrLoc *a, const IrLoc *b) {
  return a->file == b->file && a->line == b->line && a->column == b->column &&
         a->end_line == b->end_line && a->end_column == b->end_column && a->macro == b->macro;
}

static void print_insn(Print *p, IrInsnId id, const IrBlock *k) {
  const IrInsn *in = &p->fn->insns[id];
  put(p, "  ");
  if (in->type)
    hp_buf_addf(p->out, "%%%u = ", id);
  put(p, ir_ops[in->op].name);
  uint32_t flags = in->flags;
  for (const FlagName *f = text_insn_flags; f->name; f++)
    if (flags & f->flag) {
      hp_buf_addf(p->out, ".%s", f->name);
      flags &= ~f->flag;
    }
  if (flags)
    hp_buf_addf(p->out, ".%u", flags);
  char first = *ir_ops[in->op].operands;
  if (in->type || (first && first != 'o')) /* an order brings its own */
    put(p, " ");
  if (in->type)
    put_type(p, in->type);
  put_operands(p, in, k);
  if (*ir_str(p->u, in->name)) {
    put(p, " as ");
    put_word(p, in->name);
  }
  IrLoc loc = ir_loc(p->fn, in->loc);
  IrLoc before = ir_loc(p->fn, p->loc);
  if (!same_place(&loc, &before)) {
    put(p, " at ");
    put_place(p, &loc);
  }
  p->loc = in->loc;
  put(p, "\n");
}

static void print_block(Print *p, IrBlockId id) {
  const IrFunction *fn = p->fn;
  const IrBlock *k = &fn->blocks[id];
  hp_buf_addf(p->out, "b%u:", id);
  for (uint32_t i = 0; i < k->npreds; i++)
    hp_buf_addf(p->out, "%sb%u", i ? ", " : " <- ", fn->edges[k->preds + i]);
  const IrBlockInfo *info = ir_block_info(fn, k);
  put_flags(p, info->flags, text_block_flags);
  if (info->flags & IR_BLOCK_LABEL) {
    put(p, " of ");
    put_symbol(p, info->label);
  }
  IrLoc at = ir_loc(fn, info->loc);
  put_loc(p, "at", &at);
  put(p, "\n");
  for (uint32_t i = 0; i < k->count; i++)
    print_insn(p, k->first + i, k);
}

/* ---- functions and names --------------------------------------------------------------------- */

typedef struct NameKey {
  const char *bytes;
  size_t length;
  const Print *p;
} NameKey;

typedef NameKey NameOf(const Print *p, uint32_t id);

static NameKey text_key(const Print *p, IrStr s) {
  return (NameKey){ir_str(p->u, s), strlen(ir_str(p->u, s)), p};
}
static NameKey type_name(const Print *p, uint32_t id) {
  return text_key(p, p->u->types[id].name);
}
static NameKey symbol_name(const Print *p, uint32_t id) {
  return text_key(p, p->u->symbols[id].name);
}
static NameKey local_name(const Print *p, uint32_t id) {
  return text_key(p, p->fn->locals[id].name);
}
static NameKey literal_name(const Print *p, uint32_t id) {
  const IrLiteral *l = &p->u->literals[id];
  return (NameKey){p->u->strings + l->offset, l->length, p};
}

typedef struct Lookup {
  NameKey key;
  NameOf *name;
} Lookup;

static bool same_name(const void *key, uint32_t id) {
  const Lookup *l = key;
  NameKey other = l->name(l->key.p, id);
  return other.length == l->key.length && !memcmp(other.bytes, l->key.bytes, other.length);
}

/* By entry: is it the first one of its name? `empty`: may the name be empty? */
static bool *first_of_name(const Print *p, uint32_t count, NameOf *name, bool empty) {
  bool *first = hp_calloc(count, sizeof *first);
  IrIndex index = {0};
  for (uint32_t i = 0; i < count; i++) {
    Lookup l = {name(p, i), name};
    if (!l.key.length && !empty)
      continue;
    uint32_t hash = ir_hash_bytes(l.key.bytes, l.key.length);
    if (ir_index_find(&index, hash, same_name, &l) != IR_NONE)
      continue;
    first[i] = true;
    ir_index_add(&index, hash, i);
  }
  ir_index_free(&index);
  return first;
}

static void print_function(Print *p, const IrFunction *fn) {
  p->fn = fn;
  p->loc = 0;
  p->local_named = first_of_name(p, fn->nlocals, local_name, false);
  put(p, "function ");
  put_symbol(p, fn->sym);
  hp_buf_addf(p->out, "(%u)", fn->nparams);
  if (fn->result) {
    put(p, ": ");
    put_type(p, fn->result);
  }
  put_flags(p, fn->flags, text_no_flags);
  put_loc(p, "at", &fn->loc);
  put_loc(p, "named", &fn->name_loc);
  put(p, " {\n");
  for (uint32_t i = 0; i < fn->nlocals; i++) {
    const IrLocal *l = &fn->locals[i];
    put(p, "  local $");
    put_name(p, l->name);
    put(p, ": ");
    put_type(p, l->type);
    put_flags(p, l->flags, text_local_flags);
    IrLoc at = ir_loc(fn, l->loc);
    put_loc(p, "at", &at);
    put(p, "\n");
  }
  for (uint32_t b = 0; b < fn->nblocks; b++)
    print_block(p, b);
  put(p, "}\n");
  free(p->local_named);
}

void ir_print_unit(HpBuf *out, const IrUnit *unit) {
  Print p = {.out = out, .u = unit};
  p.type_named = first_of_name(&p, unit->ntypes, type_name, false);
  p.sym_named = first_of_name(&p, unit->nsymbols, symbol_name, false);
  p.literal_named = first_of_name(&p, unit->nliterals, literal_name, true);
  print_tables(&p);
  for (uint32_t i = 0; i < unit->nfunctions; i++)
    print_function(&p, &unit->functions[i]);
  free(p.type_named);
  free(p.sym_named);
  free(p.literal_named);
}
