/* The parser of the text form. What ir_print_unit writes reads back to the same unit; for tests
 * written by hand much may be left out.
 *
 *   unit     = { "unit" STRING | file | type | record | symbol | literal | init | function }, one a
 *              line
 *   file     = "file" STRING [FLAGS]
 *   type     = "type" [N] !STRING "=" KIND [RECORD-N] [TYPE] { "size" N | "align" N | "count" N }
 *              [FLAGS]                       KIND: void int float ptr array record func vector ...
 *   record   = "record" [N] NAME [":" TYPE] { "size" N | "align" N } [FLAGS] ["at" PLACE]
 *              "{" { field } "}"
 *   field    = WORD ":" TYPE ["+" BYTES ["bit" N]] ["width" BITS] [FLAGS]
 *   symbol   = "symbol" @NAME ["as" LINK-NAME] ["of" ALIASED] [":" TYPE] [FLAGS] ["at" PLACE]
 *   literal  = "literal" STRING
 *   init     = "init" @NAME ["+" OFFSET] "=" (@NAME | STRING | #N) [("+" | "-") ADDEND]
 *   function = "function" @NAME "(" NPARAMS ")" [":" RESULT] [FLAGS] ["at" PLACE] ["named" PLACE]
 *              "{" { local } { block } "}"
 *   local    = "local" $NAME ":" TYPE [FLAGS] ["at" PLACE]
 *   block    = LABEL ":" ["<-" LABEL { "," LABEL }] [FLAGS] ["of" @LABEL] ["at" PLACE] { insn }
 *   insn     = ["%"NAME "="] OPCODE { "." FLAG } [TYPE] [operands] ["as" WORD] ["at" PLACE]
 *   operands are those of ops.def, with commas between them:
 *     value    = %NAME | $LOCAL | @SYMBOL | STRING | "undef" | ["-"] NUMBER [":" TYPE]
 *     address  = "[" value ["+" SCALE "*" value] [("+" | "-") OFFSET] "]" { "." FIELD }
 *                { "of" TYPE | "size" N | "bits" FIRST ":" WIDTH | FLAGS }
 *                STORE, COPY and CLEAR have the object's type before the bracket.
 *     PHI      = { "[" LABEL ":" value "]" }, or plain values in the order of the predecessors
 *     cases    = "[" { LOW [".." HIGH] ":" "#"SUCCESSOR } "]"
 *   TYPE     = words, stars and one bound as in `struct node *` or `int[4]`; !STRING for any other
 *              spelling; !N for type N
 *   FLAGS    = "(" { WORD | N } ")"
 *   PLACE    = [FILE "/"] LINE [":" COLUMN ["-" [END-LINE ":"] END-COLUMN]] | "-"
 *
 * A comment runs from `;` to the end of the line. An instruction without "at" has the place of the
 * one before. Entries of the tables with equal names are told apart by number: @#3, $#3, #3.
 *
 * May be left out: files, types that C programmers know (int, size_t, pointers, arrays, const),
 * record sizes and field offsets (laid out naturally), a record's own type, symbols of functions
 * that are called, literals, predecessors, the `:int` and `:double` of constants. */
#include "ir/parse_priv.h"

#include "ir/verify_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- small parts ----------------------------------------------------------------------------- */

uint32_t parse_flag(Parse *p, const FlagName *names) {
  Lex *l = &p->lex;
  for (const FlagName *f = names; f->name; f++)
    if (lex_take_word(l, f->name))
      return f->flag;
  if (lex_is(l, TOK_INT))
    return lex_number32(l, "a flag");
  if (lex_is(l, TOK_WORD))
    lex_fail(l, &l->tok, "unknown flag '%s'", lex_text(l, &l->tok));
  else
    lex_fail(l, &l->tok, "expected a flag");
  return 0;
}

uint32_t parse_flags(Parse *p, const FlagName *names) {
  uint32_t flags = 0;
  if (!lex_take(&p->lex, '('))
    return 0;
  while (!lex_take(&p->lex, ')') && !p->lex.failed)
    flags |= parse_flag(p, names);
  return flags;
}

static uint16_t column(Parse *p) {
  Tok at = p->lex.tok;
  uint64_t n = lex_number(&p->lex, "a column");
  if (n > UINT16_MAX)
    lex_fail(&p->lex, &at, "column too large");
  return (uint16_t)n;
}

static IrLoc parse_range(Parse *p) {
  Lex *l = &p->lex;
  IrLoc loc = {0};
  if (lex_take(l, '-'))
    return loc;
  Tok at = l->tok;
  loc.line = lex_number32(l, "a line");
  if (lex_take(l, '/')) {
    loc.file = loc.line;
    loc.line = lex_number32(l, "a line");
  }
  if (lex_take(l, ':'))
    loc.column = column(p);
  if (lex_take(l, '-')) {
    Tok end = l->tok;
    uint32_t n = lex_number32(l, "the place's end");
    if (lex_take(l, ':')) {
      loc.end_line = n;
      loc.end_column = column(p);
    } else {
      if (n > UINT16_MAX)
        lex_fail(l, &end, "column too large");
      loc.end_line = loc.line;
      loc.end_column = (uint16_t)n;
    }
  }
  if (loc.file >= p->u->nfiles && (loc.file || loc.line)) {
    if (loc.file)
      lex_fail(l, &at, "there is no file %u", loc.file);
    else /* a test without a file line */
      ir_unit_file(p->ub, ir_str(p->u, p->u->path), IR_FILE_MAIN);
  }
  return loc;
}

IrLoc parse_place(Parse *p) {
  IrLoc loc = parse_range(p);
  if (lex_take_word(&p->lex, "in")) {
    IrMacro m = {.name = parse_word(p, "a macro's name")};
    if (lex_take_word(&p->lex, "argument"))
      m.flags = IR_MACRO_ARGUMENT;
    IrLoc at = parse_range(p);
    m.file = at.file;
    m.line = at.line;
    m.column = at.column;
    loc.macro = ir_unit_macro(p->ub, m);
  }
  return loc;
}

static IrLoc parse_at(Parse *p, const char *word) {
  return lex_take_word(&p->lex, word) ? parse_place(p) : (IrLoc){0};
}

IrStr parse_word(Parse *p, const char *what) {
  Lex *l = &p->lex;
  if (!lex_is(l, TOK_WORD) && !lex_is(l, TOK_STRING)) {
    lex_fail(l, &l->tok, "expected %s", what);
    return 0;
  }
  IrStr s = ir_unit_str(p->ub, lex_text(l, &l->tok));
  lex_next(l);
  return s;
}

static void end_line(Parse *p) {
  if (!lex_is(&p->lex, TOK_END))
    lex_expect(&p->lex, TOK_LINE, "the end of the line");
}

/* ---- names ----------------------------------------------------------------------------------- */

typedef struct NameKey {
  const IrUnit *u;
  const char *bytes;
  size_t length;
} NameKey;

static bool equals(const NameKey *k, IrStr s) {
  const char *text = ir_str(k->u, s);
  return strlen(text) == k->length && !memcmp(text, k->bytes, k->length);
}
static bool is_type(const void *key, uint32_t id) {
  const NameKey *k = key;
  return equals(k, k->u->types[id].name);
}
static bool is_symbol(const void *key, uint32_t id) {
  const NameKey *k = key;
  return equals(k, k->u->symbols[id].name);
}
static bool is_literal(const void *key, uint32_t id) {
  const NameKey *k = key;
  const IrLiteral *l = &k->u->literals[id];
  return l->length == k->length && !memcmp(k->u->strings + l->offset, k->bytes, k->length);
}

/* The first entry of that name; `add` if there is none yet. */
static uint32_t find_name(Parse *p, IrIndex *index, IrIndexSame *same, const char *bytes,
                          size_t length, uint32_t add) {
  NameKey key = {p->u, bytes, length};
  uint32_t hash = ir_hash_bytes(bytes, length);
  uint32_t found = ir_index_find(index, hash, same, &key);
  if (found != IR_NONE || add == IR_NONE)
    return found;
  ir_index_add(index, hash, add);
  return add;
}

static uint32_t find_text(Parse *p, IrIndex *index, IrIndexSame *same, IrStr name, uint32_t add) {
  const char *text = ir_str(p->u, name);
  return *text ? find_name(p, index, same, text, strlen(text), add) : IR_NONE;
}

/* ---- types ----------------------------------------------------------------------------------- */

static IrTypeId new_type(Parse *p, const IrType *type) {
  IrTypeId id = unit_add_type(p->ub, type);
  find_text(p, &p->types, is_type, p->u->types[id].name, id);
  return id;
}

typedef struct Builtin {
  const char *name;
  uint8_t kind, size;
  uint16_t flags;
} Builtin;

static const Builtin builtins[] = {
    {"_Bool", IR_T_INT, 1, IR_TF_UNSIGNED | IR_TF_BOOL},
    {"bool", IR_T_INT, 1, IR_TF_UNSIGNED | IR_TF_BOOL},
    {"char", IR_T_INT, 1, 0},
    {"signed char", IR_T_INT, 1, 0},
    {"unsigned char", IR_T_INT, 1, IR_TF_UNSIGNED},
    {"short", IR_T_INT, 2, 0},
    {"unsigned short", IR_T_INT, 2, IR_TF_UNSIGNED},
    {"int", IR_T_INT, 4, 0},
    {"unsigned", IR_T_INT, 4, IR_TF_UNSIGNED},
    {"unsigned int", IR_T_INT, 4, IR_TF_UNSIGNED},
    {"long", IR_T_INT, 8, 0},
    {"unsigned long", IR_T_INT, 8, IR_TF_UNSIGNED},
    {"long long", IR_T_INT, 8, 0},
    {"unsigned long long", IR_T_INT, 8, IR_TF_UNSIGNED},
    {"size_t", IR_T_INT, 8, IR_TF_UNSIGNED},
    {"ssize_t", IR_T_INT, 8, 0},
    {"ptrdiff_t", IR_T_INT, 8, 0},
    {"intptr_t", IR_T_INT, 8, 0},
    {"uintptr_t", IR_T_INT, 8, IR_TF_UNSIGNED},
    {"int8_t", IR_T_INT, 1, 0},
    {"uint8_t", IR_T_INT, 1, IR_TF_UNSIGNED},
    {"int16_t", IR_T_INT, 2, 0},
    {"uint16_t", IR_T_INT, 2, IR_TF_UNSIGNED},
    {"int32_t", IR_T_INT, 4, 0},
    {"uint32_t", IR_T_INT, 4, IR_TF_UNSIGNED},
    {"int64_t", IR_T_INT, 8, 0},
    {"uint64_t", IR_T_INT, 8, IR_TF_UNSIGNED},
    {"float", IR_T_FLOAT, 4, 0},
    {"double", IR_T_FLOAT, 8, 0},
    {"long double", IR_T_FLOAT, 16, 0},
};

static uint8_t log2_of(uint64_t n) {
  uint8_t bits = 0;
  while (n > 1 && bits < 31) {
    n >>= 1;
    bits++;
  }
  return bits;
}

static IrTypeId type_named(Parse *p, const char *name, size_t length, uint32_t depth);

static IrTypeId new_builtin(Parse *p, IrStr name) {
  const char *text = ir_str(p->u, name);
  for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++) {
    const Builtin *b = &builtins[i];
    if (strcmp(b->name, text))
      continue;
    return new_type(p, &(IrType){.kind = b->kind,
                                 .align_log2 = log2_of(b->size),
                                 .flags = b->flags,
                                 .record = IR_NONE,
                                 .name = name,
                                 .size = b->size});
  }
  return IR_NONE;
}

static IrTypeId new_pointer(Parse *p, const char *text, size_t length, uint32_t depth) {
  size_t n = length - 1;
  while (n && text[n - 1] == ' ')
    n--;
  IrTypeId sub = type_named(p, text, n, depth + 1);
  if (sub == IR_NONE)
    return IR_NONE;
  return new_type(p, &(IrType){.kind = IR_T_PTR,
                               .align_log2 = 3,
                               .sub = sub,
                               .record = IR_NONE,
                               .name = ir_unit_strn(p->ub, text, length),
                               .size = 8});
}

static IrTypeId new_array(Parse *p, const char *text, size_t length, uint32_t depth) {
  size_t n = length - 1;
  while (n && isdigit((unsigned char)text[n - 1]))
    n--;
  if (n < 2 || text[n - 1] != '[' || n == length - 1)
    return IR_NONE;
  IrTypeId sub = type_named(p, text, n - 1, depth + 1);
  if (sub == IR_NONE)
    return IR_NONE;
  IrType type = {.kind = IR_T_ARRAY, .sub = sub, .record = IR_NONE};
  type.align_log2 = p->u->types[sub].align_log2;
  type.count = strtoull(text + n, NULL, 10);
  type.size = type.count * p->u->types[sub].size;
  type.name = ir_unit_strn(p->ub, text, length);
  return new_type(p, &type);
}

static IrTypeId new_const(Parse *p, const char *text, size_t length, uint32_t depth) {
  IrTypeId base = type_named(p, text + 6, length - 6, depth + 1);
  if (base == IR_NONE)
    return IR_NONE;
  IrType type = p->u->types[base];
  type.flags |= IR_TF_CONST;
  type.name = ir_unit_strn(p->ub, text, length);
  return new_type(p, &type);
}

/* A record that is named before it is declared, or never. */
static IrTypeId new_record_type(Parse *p, IrStr name, uint32_t flags) {
  IrRecordId id = ir_unit_record(p->ub, &(IrRecord){.name = name, .align = 1, .flags = flags});
  while (p->nawaited <= id) {
    HP_GROW(p->awaited, p->nawaited, p->awaited_cap);
    p->awaited[p->nawaited++] = false;
  }
  p->awaited[id] = true;
  IrTypeId type = new_type(p, &(IrType){.kind = IR_T_RECORD, .record = id, .name = name});
  p->u->records[id].type = type;
  return type;
}

static bool starts(const char *text, const char *prefix) {
  return !strncmp(text, prefix, strlen(prefix));
}

/* The type of that name; C's own and those made from known ones come into being. */
static IrTypeId type_named(Parse *p, const char *name, size_t length, uint32_t depth) {
  IrTypeId id = find_name(p, &p->types, is_type, name, length, IR_NONE);
  if (id != IR_NONE || !length || depth > 50)
    return id;
  IrStr s = ir_unit_strn(p->ub, name, length);
  if (name[length - 1] == '*')
    return new_pointer(p, name, length, depth);
  if (name[length - 1] == ']')
    return new_array(p, name, length, depth);
  const char *text = lex_text(&p->lex, &(Tok){.text = name, .length = length});
  if (starts(text, "const "))
    return new_const(p, text, length, depth);
  if (starts(text, "struct "))
    return new_record_type(p, s, IR_REC_INCOMPLETE);
  if (starts(text, "union "))
    return new_record_type(p, s, IR_REC_INCOMPLETE | IR_REC_UNION);
  if (starts(text, "enum "))
    return new_type(p, &(IrType){.kind = IR_T_INT,
                                 .align_log2 = 2,
                                 .flags = IR_TF_UNSIGNED | IR_TF_ENUM,
                                 .record = IR_NONE,
                                 .name = s,
                                 .size = 4});
  return new_builtin(p, s);
}

IrTypeId parse_builtin(Parse *p, const char *name) {
  return type_named(p, name, strlen(name), 0);
}

bool parse_at_type(const Parse *p) {
  const Tok *t = &p->lex.tok;
  return t->kind == '!' || (t->kind == TOK_WORD && !text_reserved(t->text, t->length));
}

/* `struct node *`, `int[4]`: one blank between words and before the stars. */
static void bare_spelling(Parse *p, HpBuf *name) {
  Lex *l = &p->lex;
  while (lex_is(l, TOK_WORD) && parse_at_type(p)) {
    if (name->length)
      hp_buf_addc(name, ' ');
    hp_buf_addn(name, l->tok.text, l->tok.length);
    lex_next(l);
  }
  for (bool first = true; lex_is(l, '*'); first = false) {
    hp_buf_add(name, first ? " *" : "*");
    lex_next(l);
  }
  if (lex_is(l, '[') && !l->tok.spaced) {
    lex_next(l);
    hp_buf_addf(name, "[%llu]", (unsigned long long)lex_number(l, "the array's length"));
    lex_expect(l, ']', "']'");
  }
}

/* The name as written, in the arena; `*id` is set when it was a number. */
static const char *type_spelling(Parse *p, IrTypeId *id) {
  Lex *l = &p->lex;
  Tok at = l->tok;
  *id = IR_NONE;
  if (lex_is(l, '!') && !at.quoted && at.length) {
    const char *text = lex_text(l, &at);
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    if (*end || n >= p->u->ntypes)
      lex_fail(l, &at, "there is no type '%s'", text);
    *id = (IrTypeId)n;
    lex_take(l, '!');
    return "";
  }
  if (lex_take(l, '!'))
    return lex_text(l, &at);
  HpBuf name = {0};
  bare_spelling(p, &name);
  if (!name.length)
    lex_fail(l, &at, "expected a type");
  const char *text = lex_text(l, &(Tok){.text = hp_buf_text(&name), .length = name.length});
  hp_buf_free(&name);
  return text;
}

IrTypeId parse_type(Parse *p) {
  Tok at = p->lex.tok;
  IrTypeId id;
  const char *name = type_spelling(p, &id);
  if (p->lex.failed)
    return 0;
  if (id == IR_NONE)
    id = type_named(p, name, strlen(name), 0);
  if (id != IR_NONE)
    return id;
  lex_fail(&p->lex, &at, "unknown type '%s'", name);
  return 0;
}

static uint8_t parse_align(Parse *p) {
  Tok at = p->lex.tok;
  uint64_t n = lex_number(&p->lex, "an alignment");
  if (!n || n & (n - 1) || n > 1u << 31)
    lex_fail(&p->lex, &at, "an alignment is a power of two");
  return log2_of(n);
}

/* 0 for a record that is only declared. */
static uint64_t record_align(Parse *p) {
  Tok at = p->lex.tok;
  uint64_t n = lex_number(&p->lex, "an alignment");
  if (n & (n - 1))
    lex_fail(&p->lex, &at, "an alignment is a power of two");
  return n;
}

static void type_line(Parse *p) {
  Lex *l = &p->lex;
  Tok at = l->tok;
  if (lex_is(l, TOK_INT) && lex_number(l, "") != p->u->ntypes) {
    lex_fail(l, &at, "the next type has number %u", p->u->ntypes);
    return;
  }
  IrType type = {.record = IR_NONE, .name = ir_unit_str(p->ub, lex_text(l, &l->tok))};
  lex_expect(l, '!', "the type's name as !\"name\"");
  lex_expect(l, '=', "'='");
  while (type.kind <= IR_T_OTHER && !lex_is_word(l, text_type_kinds[type.kind]))
    type.kind++;
  if (type.kind > IR_T_OTHER)
    lex_fail(l, &l->tok, "unknown kind of type '%s'", lex_text(l, &l->tok));
  lex_take(l, TOK_WORD);
  if (type.kind == IR_T_RECORD)
    type.record = lex_number32(l, "the record's number");
  if (parse_at_type(p))
    type.sub = parse_type(p);
  for (;;) {
    if (lex_take_word(l, "size"))
      type.size = lex_number(l, "a size");
    else if (lex_take_word(l, "align"))
      type.align_log2 = parse_align(p);
    else if (lex_take_word(l, "count"))
      type.count = lex_number(l, "a count");
    else
      break;
  }
  type.flags = (uint16_t)parse_flags(p, text_type_flags);
  new_type(p, &type);
}

/* ---- records --------------------------------------------------------------------------------- */

typedef struct RecordLine {
  IrRecordId id;
  uint64_t size, align; /* as written; UINT64_MAX when not */
  uint32_t flags;
  IrLoc loc;
  IrField *fields;
  uint32_t nfields, cap;
  uint64_t end_bits, most_align; /* natural layout so far */
} RecordLine;

static uint64_t round_up(uint64_t n, uint64_t to) {
  return to ? (n + to - 1) / to * to : n;
}

static void field_line(Parse *p, RecordLine *r) {
  Lex *l = &p->lex;
  IrField f = {.name = parse_word(p, "a field's name")};
  lex_expect(l, ':', "':'");
  f.type = parse_type(p);
  const IrType *type = &p->u->types[f.type];
  uint64_t align = 1ull << type->align_log2;
  f.offset_bits = r->flags & IR_REC_UNION ? 0 : round_up(r->end_bits, align * 8);
  f.width_bits = (uint32_t)(type->size * 8);
  if (lex_take(l, '+')) {
    f.offset_bits = lex_number(l, "an offset") * 8;
    if (lex_take_word(l, "bit"))
      f.offset_bits += lex_number(l, "a bit");
  }
  if (lex_take_word(l, "width"))
    f.width_bits = lex_number32(l, "a width");
  f.flags = parse_flags(p, text_field_flags);
  if (f.offset_bits + f.width_bits > r->end_bits)
    r->end_bits = f.offset_bits + f.width_bits;
  if (align > r->most_align)
    r->most_align = align;
  HP_GROW(r->fields, r->nfields, r->cap);
  r->fields[r->nfields++] = f;
  end_line(p);
}

/* The record to fill: number N, one that was named already, or a new one. */
static IrRecordId record_for(Parse *p, const Tok *at, bool numbered, uint64_t number,
                             const char *name) {
  if (numbered && number != p->u->nrecords) {
    lex_fail(&p->lex, at, "the next record has number %u", p->u->nrecords);
    return 0;
  }
  IrTypeId type = find_name(p, &p->types, is_type, name, strlen(name), IR_NONE);
  if (!numbered && type != IR_NONE && p->u->types[type].kind == IR_T_RECORD) {
    IrRecordId id = p->u->types[type].record;
    if (id < p->nawaited && p->awaited[id]) {
      p->awaited[id] = false;
      return id;
    }
    if (id != p->u->nrecords) {
      lex_fail(&p->lex, at, "record '%s' was declared before", name);
      return 0;
    }
  }
  return ir_unit_record(p->ub, &(IrRecord){.name = ir_unit_str(p->ub, name)});
}

static IrTypeId own_type(Parse *p, const RecordLine *r, const char *name) {
  IrTypeId type = find_name(p, &p->types, is_type, name, strlen(name), IR_NONE);
  if (type != IR_NONE && p->u->types[type].record == r->id)
    return type;
  return new_type(
      p, &(IrType){.kind = IR_T_RECORD, .record = r->id, .name = ir_unit_str(p->ub, name)});
}

static void record_head(Parse *p, RecordLine *r) {
  Lex *l = &p->lex;
  Tok at = l->tok;
  IrTypeId ignored;
  bool numbered = lex_take(l, TOK_INT);
  const char *name = type_spelling(p, &ignored);
  r->id = record_for(p, &at, numbered, at.number, name);
  IrTypeId type = lex_take(l, ':') ? parse_type(p) : IR_NONE;
  if (!l->failed)
    p->u->records[r->id].type = type != IR_NONE ? type : own_type(p, r, name);
  for (;;) {
    if (lex_take_word(l, "size"))
      r->size = lex_number(l, "a size");
    else if (lex_take_word(l, "align"))
      r->align = record_align(p);
    else
      break;
  }
  r->flags = parse_flags(p, text_record_flags);
  if (starts(name, "union ") && !numbered)
    r->flags |= IR_REC_UNION;
  r->loc = parse_at(p, "at");
  lex_expect(l, '{', "'{'");
  end_line(p);
}

static void record_lines(Parse *p) {
  Lex *l = &p->lex;
  RecordLine r = {.size = UINT64_MAX, .align = UINT64_MAX, .most_align = 1};
  record_head(p, &r);
  while (!l->failed && !lex_take(l, '}'))
    if (!lex_take(l, TOK_LINE))
      field_line(p, &r);
  if (!l->failed) {
    ir_unit_record_fields(p->ub, r.id, r.fields, r.nfields);
    IrRecord *rec = &p->u->records[r.id];
    rec->flags = r.flags;
    rec->loc = r.loc;
    rec->align = r.align != UINT64_MAX ? r.align : r.most_align;
    rec->size = r.size != UINT64_MAX ? r.size : round_up((r.end_bits + 7) / 8, rec->align);
    IrType *type = &p->u->types[rec->type];
    if (type->kind == IR_T_RECORD && !type->size) {
      type->size = rec->size;
      type->align_log2 = log2_of(rec->align);
    }
  }
  free(r.fields);
}

/* ---- symbols, literals, files ---------------------------------------------------------------- */

IrSymId parse_symbol(Parse *p, uint32_t flags) {
  Lex *l = &p->lex;
  Tok at = l->tok;
  if (!lex_expect(l, '@', "a symbol as @name"))
    return 0;
  if (at.numbered) {
    if (at.number >= p->u->nsymbols)
      lex_fail(l, &at, "there is no symbol #%llu", (unsigned long long)at.number);
    return l->failed ? 0 : (IrSymId)at.number;
  }
  uint32_t add = flags ? p->u->nsymbols : IR_NONE;
  if (!at.length) {
    lex_fail(l, &at, "expected a symbol's name");
    return 0;
  }
  IrSymId id = find_name(p, &p->symbols, is_symbol, at.text, at.length, add);
  if (id == IR_NONE)
    lex_fail(l, &at, "unknown symbol '%s'", lex_text(l, &at));
  else if (id == p->u->nsymbols)
    ir_unit_symbol(p->ub,
                   &(IrSymbol){.name = ir_unit_strn(p->ub, at.text, at.length), .flags = flags});
  return id;
}

static void symbol_line(Parse *p) {
  Lex *l = &p->lex;
  IrSymbol s = {.name = ir_unit_str(p->ub, lex_text(l, &l->tok))};
  lex_expect(l, '@', "a symbol as @name");
  if (lex_take_word(l, "as"))
    s.link_name = parse_word(p, "a name");
  if (lex_take_word(l, "of"))
    s.alias = parse_word(p, "a name");
  if (lex_take(l, ':'))
    s.type = parse_type(p);
  s.flags = parse_flags(p, text_symbol_flags);
  s.loc = parse_at(p, "at");
  IrSymId id = ir_unit_symbol(p->ub, &s);
  find_text(p, &p->symbols, is_symbol, s.name, id);
}

static uint32_t new_literal(Parse *p, const Tok *string) {
  IrLiteral literal = {.length = (uint32_t)string->length};
  literal.offset = ir_unit_strn(p->ub, string->text, string->length);
  return unit_add_literal(p->ub, literal);
}

uint32_t parse_literal(Parse *p, const Tok *string) {
  uint32_t found =
      find_name(p, &p->literals, is_literal, string->text, string->length, p->u->nliterals);
  return found == p->u->nliterals ? new_literal(p, string) : found;
}

static void literal_line(Parse *p) {
  Tok at = p->lex.tok;
  if (!lex_expect(&p->lex, TOK_STRING, "a string"))
    return;
  uint32_t id = new_literal(p, &at);
  find_name(p, &p->literals, is_literal, at.text, at.length, id);
}

static IrRef init_target(Parse *p) {
  Lex *l = &p->lex;
  Tok at = l->tok;
  if (lex_is(l, '@'))
    return ir_ref(IR_REF_SYM, parse_symbol(p, 0));
  if (lex_take(l, TOK_STRING))
    return ir_ref(IR_REF_STR, parse_literal(p, &at));
  if (!lex_expect(l, '#', "a symbol or a literal"))
    return 0;
  uint32_t n = lex_number32(l, "a literal's number");
  if (n >= p->u->nliterals)
    lex_fail(l, &at, "there is no literal #%u", n);
  return l->failed ? 0 : ir_ref(IR_REF_STR, n);
}

static void init_line(Parse *p) {
  Lex *l = &p->lex;
  IrPointerInit init = {.in = parse_symbol(p, 0)};
  if (lex_take(l, '+'))
    init.offset = lex_number(l, "an offset");
  lex_expect(l, '=', "'='");
  init.target = init_target(p);
  bool minus = lex_is(l, '-');
  if (lex_take(l, '+') || lex_take(l, '-')) {
    uint64_t n = lex_number(l, "an addend");
    init.addend = (int64_t)(minus ? -n : n);
  }
  if (!l->failed)
    ir_unit_pointer_init(p->ub, &init);
}

static void file_line(Parse *p) {
  IrStr path = parse_word(p, "a path");
  unit_add_file(p->ub, (IrFile){path, parse_flags(p, text_file_flags)});
}

/* ---- units ----------------------------------------------------------------------------------- */

static void parse_line(Parse *p) {
  Lex *l = &p->lex;
  if (lex_take_word(l, "unit"))
    p->u->path = parse_word(p, "a path");
  else if (lex_take_word(l, "file"))
    file_line(p);
  else if (lex_take_word(l, "type"))
    type_line(p);
  else if (lex_take_word(l, "record"))
    record_lines(p);
  else if (lex_take_word(l, "symbol"))
    symbol_line(p);
  else if (lex_take_word(l, "literal"))
    literal_line(p);
  else if (lex_take_word(l, "init"))
    init_line(p);
  else if (lex_take_word(l, "function"))
    parse_function(p);
  else
    lex_fail(l, &l->tok, "expected unit, file, type, record, symbol, literal, init or function");
  if (!l->failed)
    end_line(p);
}

/* The verifier's fault, told by the line of the instruction it is about. */
static bool verify_text(Parse *p, const IrUnit *u, HpError *err) {
  HpError fault = {0};
  IrFault where;
  if (verify_unit(u, &where, &fault))
    return true;
  Tok at = {.line = 1, .column = 1};
  if (where.function != IR_NONE) {
    uint32_t place = p->first_place[where.function];
    place += where.insn == IR_NONE ? 0 : where.insn;
    at.line = p->places[place].line;
    at.column = p->places[place].column;
  }
  return hp_fail(err, "%s:%u:%u: %s", p->lex.file, at.line, at.column, fault.text);
}

IrUnit *ir_parse_unit(const char *text, size_t length, const char *file, HpError *err) {
  HpError own = {0};
  Parse p = {.ub = ir_unit_begin(file), .arena = hp_arena_new()};
  p.u = ir_unit_peek(p.ub);
  find_text(&p, &p.types, is_type, p.u->types[0].name, 0);
  lex_start(&p.lex, text, length, file, p.arena, &own);
  while (!lex_is(&p.lex, TOK_END))
    if (!lex_take(&p.lex, TOK_LINE))
      parse_line(&p);
  IrUnit *u = ir_unit_end(p.ub);
  if (own.set || !verify_text(&p, u, &own)) {
    hp_fail(err, "%s", own.text);
    ir_unit_free(u);
    u = NULL;
  }
  ir_index_free(&p.types);
  ir_index_free(&p.symbols);
  ir_index_free(&p.literals);
  free(p.awaited);
  free(p.places);
  free(p.first_place);
  hp_arena_free(p.arena);
  return u;
}
