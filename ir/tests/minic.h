/* A reader of a small piece of C for tests of passes: types, expressions and statements are lowered
 * to IR by ir/build.h as the front end does, without libclang. One pass, no checks: what it cannot
 * read it dies on. Left out: initialisers of aggregates, switch, goto, typedef, unsigned arithmetic
 * rules beyond the result's flag, declarators with parentheses. A function declared `noreturn`,
 * `pure`, `constfn`, `library` or `allocator` before its type gets that flag. */
#ifndef HPLINT_IR_TESTS_MINIC_H
#define HPLINT_IR_TESTS_MINIC_H

#include "ir/build.h"
#include "ir/verify.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MC_NAMES = 256 };

typedef struct McName {
  char name[32];
  enum { MC_VAR, MC_LOCAL, MC_SYM } kind;
  IrTypeId type;
  IrVar var;
  IrRef ref; /* LOCAL, SYM */
} McName;

typedef struct McValue {
  IrRef ref;
  IrTypeId type;
  bool literal; /* an integer constant: `number` */
  int64_t number;
} McValue;

typedef struct McPlace {
  bool is_var;
  IrVar var;
  IrTypeId type;
  IrAddr addr;
  IrHop path[8];
  uint32_t nhops;
} McPlace;

typedef struct Mc {
  const char *at;
  char word[64]; /* the current token; "" at the end */
  bool is_name, is_number;
  uint32_t line;
  IrUnitBuilder *ub;
  IrBuilder *b;
  McName names[MC_NAMES];
  uint32_t nnames;
  IrTypeId result;
  IrBlockId leave, again; /* of the loop around */
  const char *body;       /* of the function, for address-taken names */
} Mc;

/* ---- words ----------------------------------------------------------------------------------- */

static void mc_next(Mc *m) {
  while (isspace((unsigned char)*m->at))
    m->line += *m->at++ == '\n';
  const char *from = m->at;
  m->is_name = isalpha((unsigned char)*from) || *from == '_';
  m->is_number = isdigit((unsigned char)*from);
  if (m->is_name || m->is_number) {
    while (isalnum((unsigned char)*m->at) || *m->at == '_' || (m->is_number && *m->at == '.'))
      m->at++;
  } else if (*from) {
    static const char *const two[] = {"->", "++", "--", "<<", ">>", "<=", ">=", "==",
                                      "!=", "&&", "||", "+=", "-=", "*=", "&=", "|="};
    m->at++;
    for (size_t i = 0; i < sizeof two / sizeof *two; i++)
      if (!strncmp(from, two[i], 2))
        m->at = from + 2;
  }
  size_t n = (size_t)(m->at - from);
  HP_ASSERT(n < sizeof m->word);
  memcpy(m->word, from, n);
  m->word[n] = 0;
}

static bool mc_is(const Mc *m, const char *word) {
  return !strcmp(m->word, word);
}

static bool mc_take(Mc *m, const char *word) {
  bool yes = mc_is(m, word);
  if (yes)
    mc_next(m);
  return yes;
}

static void mc_want(Mc *m, const char *word) {
  if (!mc_take(m, word))
    hp_die("minic: line %u: expected '%s', got '%s'", m->line, word, m->word);
}

/* ---- types ----------------------------------------------------------------------------------- */

static IrType mc_type(const Mc *m, IrTypeId t) {
  return ir_unit_peek(m->ub)->types[t];
}

static IrTypeId mc_scalar(Mc *m, IrTypeKind kind, uint64_t size, uint16_t flags) {
  uint8_t align = size == 8 ? 3 : size == 4 ? 2 : size == 2;
  return ir_unit_type(m->ub, &(IrType){.kind = (uint8_t)kind,
                                       .size = size,
                                       .align_log2 = align,
                                       .flags = flags,
                                       .record = IR_NONE});
}

static IrTypeId mc_int(Mc *m) {
  return mc_scalar(m, IR_T_INT, 4, 0);
}
static IrTypeId mc_long(Mc *m) {
  return mc_scalar(m, IR_T_INT, 8, 0);
}

static IrTypeId mc_array(Mc *m, IrTypeId of, uint64_t count) {
  IrType t = mc_type(m, of);
  return ir_unit_type(m->ub, &(IrType){.kind = IR_T_ARRAY,
                                       .sub = of,
                                       .count = count,
                                       .size = t.size * count,
                                       .align_log2 = t.align_log2,
                                       .record = IR_NONE});
}

static IrRecordId mc_record(Mc *m, const char *tag, bool is_union) {
  IrUnit *u = ir_unit_peek(m->ub);
  for (uint32_t i = 0; i < u->nrecords; i++)
    if (!strcmp(ir_str(u, u->records[i].name), tag))
      return i;
  IrRecordId id = ir_unit_record(m->ub, &(IrRecord){.name = ir_unit_str(m->ub, tag), .align = 1});
  IrTypeId type = ir_unit_type(m->ub, &(IrType){.kind = IR_T_RECORD, .record = id});
  IrRecord *r = ir_unit_record_at(m->ub, id);
  r->type = type;
  r->flags = is_union ? IR_REC_UNION : 0;
  return id;
}

static IrTypeId mc_specifier(Mc *m);

static IrTypeId mc_declarator(Mc *m, IrTypeId type, char name[32]) {
  while (mc_take(m, "*") || mc_take(m, "const"))
    type = ir_unit_pointer_to(m->ub, type);
  name[0] = 0;
  if (m->is_name) {
    snprintf(name, 32, "%.31s", m->word);
    mc_next(m);
  }
  uint64_t sizes[4];
  uint32_t n = 0;
  while (mc_take(m, "[")) {
    sizes[n++] = mc_is(m, "]") ? 0 : strtoull(m->word, NULL, 0);
    if (!mc_is(m, "]"))
      mc_next(m);
    mc_want(m, "]");
  }
  while (n)
    type = mc_array(m, type, sizes[--n]);
  return type;
}

static void mc_fields(Mc *m, IrRecordId id) {
  IrField fields[32];
  uint32_t n = 0;
  uint64_t size = 0, align = 1;
  bool is_union = ir_unit_record_at(m->ub, id)->flags & IR_REC_UNION;
  while (!mc_take(m, "}")) {
    IrTypeId base = mc_specifier(m);
    do {
      char name[32];
      IrTypeId type = mc_declarator(m, base, name);
      IrType t = mc_type(m, type);
      uint64_t a = (uint64_t)1 << t.align_log2, at = is_union ? 0 : (size + a - 1) / a * a;
      fields[n++] = (IrField){.name = ir_unit_str(m->ub, name),
                              .type = type,
                              .offset_bits = at * 8,
                              .width_bits = (uint32_t)(t.size * 8)};
      size = is_union && size > t.size ? size : at + t.size;
      align = a > align ? a : align;
    } while (mc_take(m, ","));
    mc_want(m, ";");
  }
  ir_unit_record_fields(m->ub, id, fields, n);
  IrRecord *r = ir_unit_record_at(m->ub, id);
  r->size = (size + align - 1) / align * align;
  r->align = align;
  IrType *t = &ir_unit_peek(m->ub)->types[r->type];
  t->size = r->size;
  while (((uint64_t)1 << t->align_log2) < align)
    t->align_log2++;
}

static IrTypeId mc_specifier(Mc *m) {
  bool is_unsigned = false, is_struct = mc_is(m, "struct"), is_union = mc_is(m, "union");
  while (mc_take(m, "const") || mc_take(m, "static"))
    continue;
  if (is_struct || is_union) {
    char tag[72];
    mc_next(m);
    snprintf(tag, sizeof tag, "%s %s", is_union ? "union" : "struct", m->word);
    mc_next(m);
    IrRecordId id = mc_record(m, tag, is_union);
    if (mc_take(m, "{"))
      mc_fields(m, id);
    return ir_unit_record_at(m->ub, id)->type;
  }
  if (mc_take(m, "unsigned"))
    is_unsigned = true;
  static const struct {
    const char *word;
    IrTypeKind kind;
    uint64_t size;
  } known[] = {{"char", IR_T_INT, 1},    {"short", IR_T_INT, 2},  {"int", IR_T_INT, 4},
               {"long", IR_T_INT, 8},    {"size_t", IR_T_INT, 8}, {"float", IR_T_FLOAT, 4},
               {"double", IR_T_FLOAT, 8}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (mc_is(m, known[i].word)) {
      is_unsigned = is_unsigned || mc_is(m, "size_t");
      mc_next(m);
      return mc_scalar(m, known[i].kind, known[i].size, is_unsigned ? IR_TF_UNSIGNED : 0);
    }
  if (is_unsigned)
    return mc_scalar(m, IR_T_INT, 4, IR_TF_UNSIGNED);
  mc_want(m, "void");
  return 0;
}

static bool mc_at_type(const Mc *m) {
  static const char *const words[] = {"struct", "union", "unsigned", "char",  "short",  "int",
                                      "long",   "void",  "size_t",   "float", "double", "const"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (mc_is(m, words[i]))
      return true;
  return false;
}

/* ---- places and values ----------------------------------------------------------------------- */

static McPlace mc_place_at(Mc *m, IrRef base, IrTypeId type) {
  McPlace p = {.type = type, .addr = {.base = base, .type = type, .size = mc_type(m, type).size}};
  return p;
}

static IrRef mc_address(Mc *m, McPlace *p, IrTypeId pointer) {
  HP_ASSERT(!p->is_var);
  if (!p->nhops && !p->addr.offset && !p->addr.index)
    return p->addr.base;
  return ir_build_addr(m->b, &p->addr, p->path, p->nhops, pointer);
}

static void mc_start_over(Mc *m, McPlace *p) {
  IrType t = mc_type(m, p->type);
  IrTypeId to = t.kind == IR_T_ARRAY ? t.sub : p->type;
  *p = mc_place_at(m, mc_address(m, p, ir_unit_pointer_to(m->ub, to)), p->type);
}

static McValue mc_load(Mc *m, McPlace *p) {
  if (p->is_var)
    return (McValue){ir_build_read(m->b, p->var), p->type, false, 0};
  IrType t = mc_type(m, p->type);
  if (t.kind != IR_T_ARRAY)
    return (McValue){ir_build_load(m->b, &p->addr, p->path, p->nhops), p->type, false, 0};
  IrTypeId pointer = ir_unit_pointer_to(m->ub, t.sub);
  return (McValue){mc_address(m, p, pointer), pointer, false, 0};
}

static McValue mc_value(IrRef ref, IrTypeId type) {
  return (McValue){ref, type, false, 0};
}

static McValue mc_number(Mc *m, int64_t number, IrTypeId type) {
  return (McValue){ir_build_int(m->b, type, number), type, true, number};
}

static McValue mc_convert(Mc *m, McValue v, IrTypeId to) {
  IrType f = mc_type(m, v.type), t = mc_type(m, to);
  if (v.type == to || !to)
    return v;
  if (v.literal)
    return t.kind == IR_T_FLOAT ? mc_value(ir_build_float(m->b, to, (double)v.number), to)
                                : mc_number(m, v.number, to);
  bool same = f.kind == t.kind && f.size == t.size && f.flags == t.flags;
  if (t.kind == IR_T_PTR && f.kind == IR_T_PTR)
    same = mc_type(m, t.sub).kind != IR_T_RECORD;
  return mc_value(same ? v.ref : ir_build_op1(m->b, IR_CONV, to, v.ref), to);
}

static void mc_store(Mc *m, McPlace *p, McValue v) {
  v = mc_convert(m, v, p->type);
  if (p->is_var)
    ir_build_write(m->b, p->var, v.ref);
  else
    ir_build_store(m->b, &p->addr, p->path, p->nhops, v.ref);
}

static void mc_field(Mc *m, McPlace *p, const char *name) {
  IrRecordId id = mc_type(m, p->type).record;
  HP_ASSERT(id != IR_NONE);
  const IrUnit *u = ir_unit_peek(m->ub);
  const IrRecord *r = &u->records[id];
  for (uint32_t i = 0; i < r->nfields; i++) {
    const IrField *f = &u->fields[r->fields + i];
    if (strcmp(ir_str(u, f->name), name) != 0)
      continue;
    p->path[p->nhops++] = (IrHop){id, i};
    p->addr.offset += (int64_t)(f->offset_bits / 8);
    p->type = p->addr.type = f->type;
    p->addr.size = mc_type(m, f->type).size;
    return;
  }
  hp_die("minic: no field %s", name);
}

static void mc_index(Mc *m, McPlace *p, McValue index, IrTypeId element) {
  if (p->nhops || p->addr.index)
    mc_start_over(m, p);
  IrType t = mc_type(m, element);
  if (index.literal) {
    p->addr.offset += index.number * (int64_t)t.size;
  } else {
    p->addr.index = index.ref;
    p->addr.scale = t.size ? (uint32_t)t.size : 1;
  }
  p->type = p->addr.type = element;
  p->addr.size = t.size;
}

static McName *mc_name(Mc *m, const char *name) {
  for (uint32_t i = m->nnames; i-- > 0;)
    if (!strcmp(m->names[i].name, name))
      return &m->names[i];
  hp_die("minic: line %u: unknown name %s", m->line, name);
}

/* ---- expressions ----------------------------------------------------------------------------- */

typedef struct McExpr { /* a place until its value is asked for */
  bool is_place;
  McPlace place;
  McValue value;
} McExpr;

static McExpr mc_assignment(Mc *m);
static McExpr mc_unary(Mc *m);

static McValue mc_rvalue(Mc *m, McExpr e) {
  return e.is_place ? mc_load(m, &e.place) : e.value;
}

static McExpr mc_of(McValue v) {
  return (McExpr){.value = v};
}

static McExpr mc_placed(McPlace p) {
  return (McExpr){.is_place = true, .place = p};
}

/* The object that a pointer points to; arrays keep their own place. */
static McPlace mc_deref(Mc *m, McExpr e, IrTypeId *element) {
  IrType t = e.is_place ? mc_type(m, e.place.type) : mc_type(m, e.value.type);
  *element = t.sub;
  if (e.is_place && t.kind == IR_T_ARRAY)
    return e.place;
  return mc_place_at(m, mc_rvalue(m, e).ref, t.sub);
}

static McValue mc_pointer_plus(Mc *m, McValue p, McValue n, bool minus) {
  IrTypeId element = mc_type(m, p.type).sub;
  McPlace at = mc_place_at(m, p.ref, element);
  if (minus && n.literal)
    n.number = -n.number;
  else if (minus)
    n.ref = ir_build_op1(m->b, IR_NEG, n.type, n.ref);
  mc_index(m, &at, n, element);
  return mc_value(mc_address(m, &at, p.type), p.type);
}

static IrTypeId mc_common(Mc *m, McValue a, McValue b) {
  IrType x = mc_type(m, a.type), y = mc_type(m, b.type);
  if (x.kind != y.kind)
    return x.kind == IR_T_FLOAT || x.kind == IR_T_PTR ? a.type : b.type;
  if (x.size < 4 && y.size < 4)
    return mc_int(m);
  return x.size > y.size || (x.size == y.size && x.flags & IR_TF_UNSIGNED) ? a.type : b.type;
}

static McValue mc_binary(Mc *m, const char *op, McValue a, McValue b) {
  static const struct {
    const char *text;
    IrOp op;
  } ops[] = {{"+", IR_ADD},  {"-", IR_SUB},  {"*", IR_MUL}, {"/", IR_DIV},
             {"%", IR_REM},  {"&", IR_AND},  {"|", IR_OR},  {"^", IR_XOR},
             {"<<", IR_SHL}, {">>", IR_SHR}, {"==", IR_EQ}, {"!=", IR_NE},
             {"<=", IR_LE},  {">=", IR_GE},  {"<", IR_LT},  {">", IR_GT}};
  bool pa = mc_type(m, a.type).kind == IR_T_PTR, pb = mc_type(m, b.type).kind == IR_T_PTR;
  if (pa != pb && (*op == '+' || *op == '-'))
    return mc_pointer_plus(m, pa ? a : b, pa ? b : a, *op == '-');
  if (pa && pb && *op == '-') {
    IrRef args[] = {a.ref, b.ref};
    uint64_t size = mc_type(m, mc_type(m, a.type).sub).size;
    return mc_value(ir_build_op(m->b, IR_PDIFF, mc_long(m), 0, args, 2, (uint32_t)size),
                    mc_long(m));
  }
  if (a.literal && b.literal && *op == '*')
    return mc_number(m, a.number * b.number, a.type);
  if (a.literal && b.literal && *op == '-')
    return mc_number(m, a.number - b.number, a.type);
  IrTypeId type = mc_common(m, a, b);
  a = mc_convert(m, a, type);
  b = mc_convert(m, b, type);
  for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
    if (!strcmp(ops[i].text, op)) {
      bool compare = ops[i].op >= IR_EQ && ops[i].op <= IR_GE;
      IrTypeId result = compare ? mc_int(m) : type;
      bool is_signed =
          mc_type(m, type).kind == IR_T_INT && !(mc_type(m, type).flags & IR_TF_UNSIGNED);
      uint8_t flags = is_signed && ops[i].op <= IR_MUL ? IR_INSN_NSW : 0;
      return mc_value(ir_build_op2(m->b, ops[i].op, result, flags, a.ref, b.ref), result);
    }
  hp_die("minic: operator %s", op);
}

static McExpr mc_call(Mc *m, McName *f) {
  IrRef args[16];
  uint32_t n = 0;
  while (!mc_is(m, ")")) {
    args[n++] = mc_rvalue(m, mc_assignment(m)).ref;
    if (!mc_take(m, ","))
      break;
  }
  mc_want(m, ")");
  IrTypeId result = mc_type(m, f->type).sub;
  IrRef ref = ir_build_call(m->b, ir_ref_index(f->ref), result, args, n);
  if (ir_unit_symbol_at(m->ub, ir_ref_index(f->ref))->flags & IR_SYM_NORETURN)
    ir_build_stop(m->b);
  return mc_of(mc_value(ref, result));
}

static McExpr mc_primary(Mc *m) {
  if (mc_take(m, "(")) {
    McExpr e = mc_assignment(m);
    mc_want(m, ")");
    return e;
  }
  if (m->is_number) {
    McValue v =
        strchr(m->word, '.')
            ? mc_value(ir_build_float(m->b, mc_scalar(m, IR_T_FLOAT, 8, 0), strtod(m->word, NULL)),
                       mc_scalar(m, IR_T_FLOAT, 8, 0))
            : mc_number(m, strtoll(m->word, NULL, 0), mc_int(m));
    mc_next(m);
    return mc_of(v);
  }
  if (mc_take(m, "NULL"))
    return mc_of(mc_number(m, 0, ir_unit_pointer_to(m->ub, 0)));
  McName *name = mc_name(m, m->word);
  mc_next(m);
  if (mc_type(m, name->type).kind == IR_T_FUNC) {
    mc_want(m, "(");
    return mc_call(m, name);
  }
  if (name->kind == MC_VAR)
    return mc_placed((McPlace){.is_var = true, .var = name->var, .type = name->type});
  return mc_placed(mc_place_at(m, name->ref, name->type));
}

/* Adds to a place; the value before or after. */
static McValue mc_step(Mc *m, McPlace *p, const char *op, bool after) {
  McValue old = mc_load(m, p), now = mc_binary(m, op, old, mc_number(m, 1, mc_int(m)));
  mc_store(m, p, now);
  return after ? old : mc_convert(m, now, p->type);
}

static McExpr mc_postfix(Mc *m) {
  McExpr e = mc_primary(m);
  for (;;) {
    IrTypeId element;
    if (mc_take(m, "[")) {
      McValue i = mc_rvalue(m, mc_assignment(m));
      mc_want(m, "]");
      McPlace p = mc_deref(m, e, &element);
      mc_index(m, &p, i, element);
      e = mc_placed(p);
    } else if (mc_is(m, ".") || mc_is(m, "->")) {
      McPlace p = mc_is(m, ".") ? e.place : mc_deref(m, e, &element);
      mc_next(m);
      mc_field(m, &p, m->word);
      mc_next(m);
      e = mc_placed(p);
    } else if (mc_take(m, "++")) {
      e = mc_of(mc_step(m, &e.place, "+", true));
    } else if (mc_take(m, "--")) {
      e = mc_of(mc_step(m, &e.place, "-", true));
    } else {
      return e;
    }
  }
}

static McExpr mc_cast(Mc *m) {
  char name[32];
  IrTypeId type = mc_declarator(m, mc_specifier(m), name);
  mc_want(m, ")");
  return mc_of(mc_convert(m, mc_rvalue(m, mc_unary(m)), type));
}

static McExpr mc_unary(Mc *m) {
  if (mc_take(m, "-")) {
    McValue v = mc_rvalue(m, mc_unary(m));
    if (v.literal)
      return mc_of(mc_number(m, -v.number, v.type));
    return mc_of(mc_value(ir_build_op1(m->b, IR_NEG, v.type, v.ref), v.type));
  }
  if (mc_take(m, "!"))
    return mc_of(mc_binary(m, "==", mc_rvalue(m, mc_unary(m)), mc_number(m, 0, mc_int(m))));
  if (mc_take(m, "*")) {
    IrTypeId element;
    McPlace p = mc_deref(m, mc_unary(m), &element);
    p.type = p.addr.type = element;
    p.addr.size = mc_type(m, element).size;
    return mc_placed(p);
  }
  if (mc_take(m, "&")) {
    McExpr e = mc_unary(m);
    IrTypeId type = ir_unit_pointer_to(m->ub, e.place.type);
    return mc_of(mc_value(mc_address(m, &e.place, type), type));
  }
  if (mc_is(m, "++") || mc_is(m, "--")) {
    char op[2] = {m->word[0], 0};
    mc_next(m);
    McExpr e = mc_unary(m);
    return mc_of(mc_step(m, &e.place, op, false));
  }
  if (mc_is(m, "(")) {
    Mc back = *m;
    mc_next(m);
    if (mc_at_type(m))
      return mc_cast(m);
    m->at = back.at;
    strcpy(m->word, "(");
    m->is_name = m->is_number = false;
  }
  return mc_postfix(m);
}

static int mc_precedence(const Mc *m) {
  static const char *const levels[][5] = {
      {"|"},        {"^"},      {"&"},          {"==", "!="}, {"<", ">", "<=", ">="},
      {"<<", ">>"}, {"+", "-"}, {"*", "/", "%"}};
  for (int i = 0; i < 8; i++)
    for (int k = 0; k < 5 && levels[i][k]; k++)
      if (mc_is(m, levels[i][k]))
        return i + 1;
  return 0;
}

static McExpr mc_operators(Mc *m, int least) {
  McExpr left = mc_unary(m);
  for (int level; (level = mc_precedence(m)) >= least && level;) {
    char op[3];
    snprintf(op, sizeof op, "%.2s", m->word);
    mc_next(m);
    McValue a = mc_rvalue(m, left);
    left = mc_of(mc_binary(m, op, a, mc_rvalue(m, mc_operators(m, level + 1))));
  }
  return left;
}

static McValue mc_truth(Mc *m, McValue v) {
  return mc_binary(m, "!=", v, mc_number(m, 0, mc_int(m)));
}

/* Two ways that meet with a value each. */
static McValue mc_join(Mc *m, IrBlockId join, McValue a, IrBlockId from_a, McValue b,
                       IrBlockId from_b) {
  IrBlockId blocks[] = {from_a, from_b};
  IrRef values[] = {a.ref, b.ref};
  ir_build_seal(m->b, join);
  ir_build_enter(m->b, join);
  return mc_value(ir_build_phi(m->b, a.type, blocks, values, 2), a.type);
}

static McExpr mc_logical(Mc *m, bool is_or) {
  McExpr e = is_or ? mc_logical(m, false) : mc_operators(m, 1);
  while (mc_is(m, is_or ? "||" : "&&")) {
    mc_next(m);
    IrBlockId more = ir_build_block(m->b), join = ir_build_block(m->b);
    McValue a = mc_rvalue(m, e), known = mc_number(m, is_or, mc_int(m));
    IrBlockId from = ir_build_current(m->b);
    ir_build_branch(m->b, a.ref, is_or ? join : more, is_or ? more : join);
    ir_build_seal(m->b, more);
    ir_build_enter(m->b, more);
    McValue b = mc_truth(m, mc_rvalue(m, is_or ? mc_logical(m, false) : mc_operators(m, 1)));
    IrBlockId end = ir_build_current(m->b);
    ir_build_jump(m->b, join);
    e = mc_of(mc_join(m, join, known, from, b, end));
  }
  return e;
}

static McExpr mc_choice(Mc *m) {
  McExpr e = mc_logical(m, true);
  if (!mc_take(m, "?"))
    return e;
  IrBlockId yes = ir_build_block(m->b), no = ir_build_block(m->b), join = ir_build_block(m->b);
  ir_build_branch(m->b, mc_rvalue(m, e).ref, yes, no);
  ir_build_seal(m->b, yes);
  ir_build_seal(m->b, no);
  ir_build_enter(m->b, yes);
  McValue a = mc_rvalue(m, mc_assignment(m));
  IrBlockId from_a = ir_build_current(m->b);
  ir_build_jump(m->b, join);
  mc_want(m, ":");
  ir_build_enter(m->b, no);
  McValue b = mc_rvalue(m, mc_choice(m));
  IrBlockId from_b = ir_build_current(m->b);
  ir_build_jump(m->b, join);
  return mc_of(mc_join(m, join, a, from_a, b, from_b));
}

static McExpr mc_assignment(Mc *m) {
  McExpr e = mc_choice(m);
  size_t n = strlen(m->word);
  bool assigns = mc_is(m, "=") || (n == 2 && m->word[1] == '=' && strchr("+-*&|", m->word[0]));
  if (!assigns)
    return e;
  HP_ASSERT(e.is_place);
  char op[2] = {n == 2 ? m->word[0] : 0, 0};
  mc_next(m);
  McValue v;
  if (*op) {
    McValue old = mc_load(m, &e.place);
    v = mc_binary(m, op, old, mc_rvalue(m, mc_assignment(m)));
  } else {
    McExpr from = mc_assignment(m);
    if (!e.place.is_var && mc_type(m, e.place.type).kind == IR_T_RECORD) {
      ir_build_copy(m->b, &e.place.addr, e.place.path, e.place.nhops, &from.place.addr,
                    from.place.path, from.place.nhops);
      return e;
    }
    v = mc_rvalue(m, from);
  }
  mc_store(m, &e.place, v);
  return mc_of(mc_convert(m, v, e.place.type));
}

/* A condition in brackets, as branches. */
static void mc_condition(Mc *m, IrBlockId yes, IrBlockId no) {
  do {
    IrBlockId fail = ir_build_block(m->b);
    McValue v = mc_rvalue(m, mc_operators(m, 1));
    while (mc_take(m, "&&")) {
      IrBlockId more = ir_build_block(m->b);
      ir_build_branch(m->b, v.ref, more, fail);
      ir_build_seal(m->b, more);
      ir_build_enter(m->b, more);
      v = mc_rvalue(m, mc_operators(m, 1));
    }
    ir_build_branch(m->b, v.ref, yes, fail);
    ir_build_seal(m->b, fail);
    ir_build_enter(m->b, fail);
  } while (mc_take(m, "||"));
  ir_build_jump(m->b, no);
}

/* ---- statements ------------------------------------------------------------------------------ */

static void mc_statement(Mc *m);

static bool mc_address_taken(const Mc *m, const char *name) {
  size_t n = strlen(name);
  for (const char *p = m->body; (p = strchr(p, '&'));) {
    p++;
    if (!strncmp(p, name, n) && !isalnum((unsigned char)p[n]) && p[n] != '_' && p[n] != '-' &&
        p[n] != '[')
      return true;
  }
  return false;
}

static McName *mc_declare(Mc *m, const char *name, IrTypeId type) {
  IrType t = mc_type(m, type);
  bool memory = t.kind == IR_T_ARRAY || t.kind == IR_T_RECORD || mc_address_taken(m, name);
  HP_ASSERT(m->nnames < MC_NAMES);
  McName *n = &m->names[m->nnames++];
  *n = (McName){.kind = memory ? MC_LOCAL : MC_VAR, .type = type};
  snprintf(n->name, sizeof n->name, "%s", name);
  if (memory)
    n->ref = ir_build_local(m->b, name, type, 0, (IrLoc){0});
  else
    n->var = ir_build_var(m->b, name, type);
  return n;
}

static McPlace mc_name_place(Mc *m, const McName *n) {
  if (n->kind == MC_VAR)
    return (McPlace){.is_var = true, .var = n->var, .type = n->type};
  return mc_place_at(m, n->ref, n->type);
}

static void mc_declaration(Mc *m) {
  IrTypeId base = mc_specifier(m);
  do {
    char name[32];
    IrTypeId type = mc_declarator(m, base, name);
    McName *n = mc_declare(m, name, type);
    if (mc_take(m, "=")) {
      McPlace p = mc_name_place(m, n);
      mc_store(m, &p, mc_rvalue(m, mc_assignment(m)));
    }
  } while (mc_take(m, ","));
  mc_want(m, ";");
}

static void mc_if(Mc *m) {
  IrBlockId yes = ir_build_block(m->b), no = ir_build_block(m->b), join = ir_build_block(m->b);
  mc_want(m, "(");
  mc_condition(m, yes, no);
  mc_want(m, ")");
  ir_build_seal(m->b, yes);
  ir_build_seal(m->b, no);
  ir_build_enter(m->b, yes);
  mc_statement(m);
  if (ir_build_reachable(m->b))
    ir_build_jump(m->b, join);
  ir_build_enter(m->b, no);
  if (mc_take(m, "else"))
    mc_statement(m);
  if (ir_build_reachable(m->b))
    ir_build_jump(m->b, join);
  ir_build_seal(m->b, join);
  ir_build_enter(m->b, join);
}

/* while and for: the condition heads the loop, the step is its latch. */
static void mc_loop(Mc *m, bool is_for) {
  IrBlockId head = ir_build_block(m->b), body = ir_build_block(m->b), step = ir_build_block(m->b),
            out = ir_build_block(m->b), leave = m->leave, again = m->again;
  uint32_t nnames = m->nnames;
  mc_want(m, "(");
  if (is_for && mc_at_type(m))
    mc_declaration(m);
  else if (is_for) {
    if (!mc_is(m, ";"))
      mc_assignment(m);
    mc_want(m, ";");
  }
  ir_build_jump(m->b, head);
  ir_build_mark_loop(m->b, head, (IrLoc){.line = m->line});
  ir_build_enter(m->b, head);
  if (mc_is(m, ";"))
    ir_build_jump(m->b, body);
  else
    mc_condition(m, body, out);
  Mc third = *m;
  if (is_for) { /* read the step later */
    mc_want(m, ";");
    third = *m;
    for (int depth = 0; depth || !mc_is(m, ")"); mc_next(m))
      depth += mc_is(m, "(") - mc_is(m, ")");
  }
  mc_want(m, ")");
  ir_build_seal(m->b, body);
  ir_build_enter(m->b, body);
  m->leave = out;
  m->again = step;
  mc_statement(m);
  if (ir_build_reachable(m->b))
    ir_build_jump(m->b, step);
  ir_build_seal(m->b, step);
  ir_build_enter(m->b, step);
  Mc after = *m;
  m->at = third.at;
  memcpy(m->word, third.word, sizeof m->word);
  m->is_name = third.is_name;
  m->is_number = third.is_number;
  while (is_for && !mc_is(m, ")")) {
    mc_assignment(m);
    mc_take(m, ",");
  }
  m->at = after.at;
  memcpy(m->word, after.word, sizeof m->word);
  m->is_name = after.is_name;
  m->is_number = after.is_number;
  if (ir_build_reachable(m->b))
    ir_build_jump(m->b, head);
  ir_build_seal(m->b, head);
  ir_build_seal(m->b, out);
  ir_build_enter(m->b, out);
  m->leave = leave;
  m->again = again;
  m->nnames = nnames;
}

static void mc_do(Mc *m) {
  IrBlockId body = ir_build_block(m->b), test = ir_build_block(m->b), out = ir_build_block(m->b),
            leave = m->leave, again = m->again;
  ir_build_jump(m->b, body);
  ir_build_mark_loop(m->b, body, (IrLoc){.line = m->line});
  ir_build_enter(m->b, body);
  m->leave = out;
  m->again = test;
  mc_statement(m);
  if (ir_build_reachable(m->b))
    ir_build_jump(m->b, test);
  ir_build_seal(m->b, test);
  ir_build_enter(m->b, test);
  mc_want(m, "while");
  mc_want(m, "(");
  mc_condition(m, body, out);
  mc_want(m, ")");
  mc_want(m, ";");
  ir_build_seal(m->b, body);
  ir_build_seal(m->b, out);
  ir_build_enter(m->b, out);
  m->leave = leave;
  m->again = again;
}

static void mc_statement(Mc *m) {
  if (mc_take(m, "{")) {
    uint32_t nnames = m->nnames;
    while (!mc_take(m, "}"))
      mc_statement(m);
    m->nnames = nnames;
  } else if (mc_take(m, "if")) {
    mc_if(m);
  } else if (mc_take(m, "while")) {
    mc_loop(m, false);
  } else if (mc_take(m, "for")) {
    mc_loop(m, true);
  } else if (mc_take(m, "do")) {
    mc_do(m);
  } else if (mc_take(m, "break")) {
    ir_build_jump(m->b, m->leave);
    mc_want(m, ";");
  } else if (mc_take(m, "continue")) {
    ir_build_jump(m->b, m->again);
    mc_want(m, ";");
  } else if (mc_take(m, "return")) {
    IrRef value = 0;
    if (!mc_is(m, ";"))
      value = mc_convert(m, mc_rvalue(m, mc_assignment(m)), m->result).ref;
    ir_build_return(m->b, value);
    mc_want(m, ";");
  } else if (mc_at_type(m)) {
    mc_declaration(m);
  } else {
    if (!mc_is(m, ";"))
      mc_assignment(m);
    mc_want(m, ";");
  }
}

/* ---- units ----------------------------------------------------------------------------------- */

static void mc_function(Mc *m, IrSymId sym, IrTypeId result) {
  uint32_t nnames = m->nnames, nparams = 0;
  struct {
    char name[32];
    IrTypeId type;
  } params[16];
  while (!mc_take(m, ")")) {
    IrTypeId type = mc_declarator(m, mc_specifier(m), params[nparams].name);
    IrType t = mc_type(m, type);
    params[nparams].type = t.kind == IR_T_ARRAY ? ir_unit_pointer_to(m->ub, t.sub) : type;
    nparams += type != 0;
    mc_take(m, ",");
  }
  if (mc_take(m, ";"))
    return;
  m->body = m->at;
  m->result = result;
  ir_unit_symbol_at(m->ub, sym)->flags |= IR_SYM_DEFINED;
  m->b = ir_build_begin(m->ub, sym, (IrLoc){0}, (IrLoc){0}, result, nparams);
  for (uint32_t i = 0; i < nparams; i++) {
    McName *n = mc_declare(m, params[i].name, params[i].type);
    McPlace p = mc_name_place(m, n);
    IrRef ref = ir_build_param(m->b, i, n->type, n->name);
    mc_store(m, &p, mc_value(ref, n->type));
  }
  mc_statement(m);
  if (ir_build_reachable(m->b))
    ir_build_return(m->b, 0);
  ir_build_end(m->b);
  m->nnames = nnames;
}

static void mc_external(Mc *m) {
  uint32_t flags = 0;
  for (bool more = true; more;) {
    uint32_t flag = mc_is(m, "noreturn")    ? IR_SYM_NORETURN
                    : mc_is(m, "pure")      ? IR_SYM_PURE
                    : mc_is(m, "constfn")   ? IR_SYM_CONSTFN
                    : mc_is(m, "library")   ? IR_SYM_BUILTIN
                    : mc_is(m, "allocator") ? IR_SYM_MALLOC
                                            : 0;
    flags |= flag;
    more = flag != 0;
    if (more)
      mc_next(m);
  }
  IrTypeId base = mc_specifier(m);
  if (mc_take(m, ";"))
    return;
  do {
    char name[32];
    IrTypeId type = mc_declarator(m, base, name);
    bool is_function = mc_take(m, "(");
    IrTypeId object =
        is_function ? ir_unit_type(m->ub, &(IrType){.kind = IR_T_FUNC, .sub = type}) : type;
    IrSymbol s = {.name = ir_unit_str(m->ub, name), .type = object, .flags = flags};
    s.flags |= is_function ? IR_SYM_FUNCTION : IR_SYM_DEFINED;
    IrSymId sym = ir_unit_symbol(m->ub, &s);
    McName *n = &m->names[m->nnames++];
    *n = (McName){.kind = MC_SYM, .type = object, .ref = ir_ref(IR_REF_SYM, sym)};
    memcpy(n->name, name, sizeof name);
    if (is_function) {
      mc_function(m, sym, type);
      return;
    }
  } while (mc_take(m, ","));
  mc_want(m, ";");
}

/* The unit that the text describes, verified. Free with ir_unit_free. */
static inline IrUnit *mc_unit(const char *text) {
  Mc m = {.at = text, .line = 1, .ub = ir_unit_begin("/minic.c"), .body = ""};
  ir_unit_file(m.ub, "/minic.c", IR_FILE_MAIN);
  mc_next(&m);
  while (*m.word)
    mc_external(&m);
  IrUnit *u = ir_unit_end(m.ub);
  HpError err = {0};
  if (!ir_verify(u, &err))
    hp_die("minic: %s\n%s", err.text, text);
  return u;
}

#endif
