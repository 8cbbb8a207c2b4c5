/* Operands and addresses as a C programmer would write them.
 *
 * A value that a source variable got is called by that variable; other values are written out from
 * their definition, down to a fixed depth, and the whole is cut at a fixed length. Names and
 * literals of the analysed program are escaped on the way. */
#include "ir/describe_priv.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

enum { MAX_DEPTH = 6, MAX_LENGTH = 120, MAX_LITERAL = 32 };

/* How tightly an operator binds, as in C. */
typedef enum Binding {
  BIND_NONE,
  BIND_OR,
  BIND_XOR,
  BIND_AND,
  BIND_EQUAL,
  BIND_ORDER,
  BIND_SHIFT,
  BIND_ADD,
  BIND_MUL,
  BIND_UNARY,
  BIND_POSTFIX,
} Binding;

typedef struct Describe {
  HpBuf *out;
  const IrUnit *u;
  const IrFunction *fn;
  const uint32_t *numbers; /* what registers are called, by instruction; NULL: as they are */
  uint32_t depth;
} Describe;

static void operand(Describe *d, IrRef ref, Binding around);
static void definition(Describe *d, IrInsnId id, Binding around);

static bool full(const Describe *d) {
  return d->out->length > MAX_LENGTH;
}

static void put(Describe *d, const char *text) {
  hp_buf_add(d->out, text);
}

static void put_register(Describe *d, IrInsnId id) {
  hp_buf_addf(d->out, "%%%u", d->numbers ? d->numbers[id] : id);
}

static bool put_name(Describe *d, IrStr name) {
  hp_buf_add_escaped(d->out, ir_str(d->u, name));
  return *ir_str(d->u, name) != 0;
}

/* ---- leaves ---------------------------------------------------------------------------------- */

static void literal(Describe *d, uint32_t id) {
  const IrLiteral *l = &d->u->literals[id];
  const char *bytes = d->u->strings + l->offset;
  uint32_t shown = l->length > MAX_LITERAL ? MAX_LITERAL - 3 : l->length;
  put(d, "\"");
  for (uint32_t i = 0; i < shown; i++) {
    unsigned char c = (unsigned char)bytes[i];
    if (c == '\n')
      put(d, "\\n");
    else if (c == '"' || c == '\\')
      hp_buf_addf(d->out, "\\%c", c);
    else if (c >= 0x20 && c < 0x7F)
      hp_buf_addc(d->out, (char)c);
    else
      hp_buf_addf(d->out, "\\x%02x", c);
  }
  put(d, shown < l->length ? "...\"" : "\"");
}

static void constant(Describe *d, const IrConst *c) {
  const IrType *t = &d->u->types[c->type];
  if (c->is_float)
    hp_buf_addf(d->out, "%g", c->u.f);
  else if (t->kind == IR_T_PTR && !c->u.i)
    put(d, "NULL");
  else if (t->kind == IR_T_PTR)
    hp_buf_addf(d->out, "0x%" PRIx64, (uint64_t)c->u.i);
  else if (t->kind == IR_T_INT && !(t->flags & IR_TF_BOOL) && t->size == 1 &&
           isalnum((int)c->u.i & 0xFF) && c->u.i > 0 && c->u.i < 128)
    hp_buf_addf(d->out, "'%c'", (char)c->u.i);
  else if (t->flags & IR_TF_UNSIGNED)
    hp_buf_addf(d->out, "%" PRIu64, (uint64_t)c->u.i);
  else
    hp_buf_addf(d->out, "%" PRId64, c->u.i);
}

static void local_name(Describe *d, uint32_t id) {
  if (!put_name(d, d->fn->locals[id].name))
    put(d, "(temporary)");
}

/* The address of a local or a symbol as a value: arrays and functions stand for themselves. */
static void object_address(Describe *d, IrTypeId type, bool function) {
  if (!function && d->u->types[type].kind != IR_T_ARRAY)
    put(d, "&");
}

/* ---- places ---------------------------------------------------------------------------------- */

/* What has been written of a place so far. */
typedef struct Place {
  IrTypeId type; /* of the object written, or pointed to */
  bool pointer;  /* the text is a pointer to the object, not the object */
  uint32_t
      zeros; /* further `[0]` that the object needs; left out where it stands for its address */
} Place;

static void put_zeros(Describe *d, uint32_t zeros) {
  for (; zeros; zeros--)
    put(d, "[0]");
}

/* What a path starts from: an object by its name, or a pointer. */
static Place place_of_base(Describe *d, IrRef base, IrTypeId fallback);

static IrTypeId pointee(const Describe *d, IrRef ref) {
  const IrType *t = &d->u->types[ir_ref_type(d->u, d->fn, ref)];
  return t->kind == IR_T_PTR ? t->sub : 0;
}

static uint64_t size_of(const Describe *d, IrTypeId type) {
  return d->u->types[type].size;
}

/* `*offset` bytes into nested arrays, until the object is as small as what is accessed. */
static void subscripts(Describe *d, Place *p, int64_t *offset, const IrAddr *a) {
  while (d->u->types[p->type].kind == IR_T_ARRAY && p->type != a->type) {
    IrTypeId element = d->u->types[p->type].sub;
    int64_t size = (int64_t)size_of(d, element);
    if (size <= 0 || *offset < 0 || (a->size > (uint64_t)size && size_of(d, p->type)))
      return;
    if (*offset / size || p->zeros) {
      put_zeros(d, p->zeros);
      p->zeros = 0;
    }
    if (*offset / size)
      hp_buf_addf(d->out, "[%" PRId64 "]", *offset / size);
    else
      p->zeros++;
    *offset %= size;
    p->type = element;
  }
}

/* [i], [i + 2]: the part of the offset that is whole elements joins the index. */
static void indexed(Describe *d, Place *p, const IrAddr *a, int64_t *offset) {
  IrTypeId element = p->type;
  if (!p->pointer && p->zeros) {
    put_zeros(d, p->zeros - 1);
  } else if (!p->pointer && d->u->types[p->type].kind == IR_T_ARRAY) {
    element = d->u->types[p->type].sub;
  }
  p->zeros = 0;
  int64_t scale = a->scale ? a->scale : 1;
  put(d, "[");
  operand(d, a->index, *offset / scale ? BIND_ADD : BIND_NONE);
  int64_t whole = *offset / scale;
  if (*offset % scale < 0)
    whole--;
  if (whole)
    hp_buf_addf(d->out, " %c %" PRIu64, whole < 0 ? '-' : '+',
                whole < 0 ? -(uint64_t)whole : (uint64_t)whole);
  put(d, "]");
  *offset -= whole * scale;
  p->pointer = false;
  p->type = size_of(d, element) == (uint64_t)scale || !a->nhops ? element : 0;
}

/* A pointer or array without an index, some whole elements further: p[2]. */
static void whole_elements(Describe *d, Place *p, int64_t *offset) {
  int64_t size = (int64_t)size_of(d, p->type);
  if (!p->pointer || size <= 0 || !*offset || *offset % size)
    return;
  hp_buf_addf(d->out, "[%" PRId64 "]", *offset / size);
  *offset = 0;
  p->pointer = false;
}

/* The same for an array that stood for its first element: p->name[5]. */
static void later_element(Describe *d, Place *p, int64_t *offset) {
  int64_t size = (int64_t)size_of(d, p->type);
  if (p->pointer || !p->zeros || size <= 0 || !(*offset / size))
    return;
  put_zeros(d, p->zeros - 1);
  hp_buf_addf(d->out, "[%" PRId64 "]", *offset / size);
  p->zeros = 0;
  *offset %= size;
}

static int64_t path_offset(const Describe *d, const IrAddr *a) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < a->nhops; i++) {
    const IrHop *hop = &d->fn->hops[a->hops + i];
    bytes += d->u->fields[d->u->records[hop->record].fields + hop->field].offset_bits / 8;
  }
  return (int64_t)bytes;
}

static void path(Describe *d, Place *p, const IrAddr *a) {
  for (uint32_t i = 0; i < a->nhops; i++) {
    const IrHop *hop = &d->fn->hops[a->hops + i];
    const IrField *f = &d->u->fields[d->u->records[hop->record].fields + hop->field];
    p->type = f->type;
    if (!*ir_str(d->u, f->name))
      continue; /* C does not write anonymous members */
    put_zeros(d, p->zeros);
    p->zeros = 0;
    put(d, p->pointer ? "->" : ".");
    put_name(d, f->name);
    p->pointer = false;
  }
}

/* Bytes that belong behind the path: inside an array that is its last field. */
static int64_t behind_path(const Describe *d, const IrAddr *a, int64_t rest) {
  if (!a->nhops || rest < 0)
    return 0;
  const IrHop *hop = &d->fn->hops[a->hops + a->nhops - 1];
  const IrType *last =
      &d->u->types[d->u->fields[d->u->records[hop->record].fields + hop->field].type];
  bool flexible = last->kind == IR_T_ARRAY && !last->size;
  return last->kind == IR_T_ARRAY && (flexible || (uint64_t)rest < last->size) ? rest : 0;
}

/* `rest` bytes behind an element `text`, which ends in its index, are whole elements further. */
static bool shifts_index(const Describe *d, const Place *p, const IrAddr *a, int64_t rest,
                         const char *text) {
  size_t length = strlen(text);
  return rest && !p->pointer && p->type == a->type && !a->nhops && a->size && length &&
         text[length - 1] == ']' && rest % (int64_t)a->size == 0 &&
         size_of(d, p->type) == a->size && d->u->types[p->type].kind != IR_T_ARRAY;
}

/* a[i] becomes a[i + 2], a[i & m] becomes a[(i & m) + 2]. */
static void shift_index(Describe *d, const char *text, int64_t by) {
  size_t end = strlen(text) - 1, open = end;
  for (int depth = 1; open && depth; depth += text[open] == ']' ? 1 : text[open] == '[' ? -1 : 0)
    open--;
  const char *index = text + open + 1;
  size_t length = end - open - 1;
  const char *brackets = memchr(index, ' ', length) ? "()" : "";
  hp_buf_addn(d->out, text, open + 1);
  hp_buf_addn(d->out, brackets, *brackets != 0);
  hp_buf_addn(d->out, index, length);
  hp_buf_addf(d->out, "%s %c %" PRIu64 "]", *brackets ? brackets + 1 : "", by < 0 ? '-' : '+',
              by < 0 ? 0 - (uint64_t)by : (uint64_t)by);
}

/* Writes the place as an lvalue, but for trailing zero subscripts. */
static Place place(Describe *d, const IrAddr *a) {
  size_t start = d->out->length;
  Place p = place_of_base(d, a->base, a->type);
  int64_t rest = (int64_t)((uint64_t)a->offset - (uint64_t)path_offset(d, a));
  if (a->flags & IR_MEM_BITFIELD)
    rest = 0; /* the offset is that of the storage unit */
  int64_t behind = behind_path(d, a, rest);
  rest -= behind;
  if (ir_ref_kind(a->index) != IR_REF_NONE)
    indexed(d, &p, a, &rest);
  else
    whole_elements(d, &p, &rest);
  later_element(d, &p, &rest);
  if (!p.pointer && !a->nhops)
    subscripts(d, &p, &rest, a);
  else if (!p.pointer)
    subscripts(d, &p, &rest, &(IrAddr){.type = IR_NONE}); /* down to the record */
  path(d, &p, a);
  if (a->nhops)
    subscripts(d, &p, &behind, a);
  rest += behind;
  if (!rest && !p.pointer)
    return p;
  put_zeros(d, p.zeros);
  HpBuf text = {0};
  hp_buf_add(&text, d->out->text + start);
  d->out->length = start;
  if (shifts_index(d, &p, a, rest, hp_buf_text(&text)))
    shift_index(d, hp_buf_text(&text), rest / (int64_t)a->size);
  else if (rest) /* not at any element: bytes of something else */
    hp_buf_addf(d->out, "*(%s%s %c %" PRIu64 " bytes)", p.pointer ? "" : "&", hp_buf_text(&text),
                rest < 0 ? '-' : '+', rest < 0 ? -(uint64_t)rest : (uint64_t)rest);
  else
    hp_buf_addf(d->out, "*%s", hp_buf_text(&text));
  hp_buf_free(&text);
  return (Place){.type = a->type};
}

static Place place_of_base(Describe *d, IrRef base, IrTypeId fallback) {
  uint32_t i = ir_ref_index(base);
  switch (ir_ref_kind(base)) {
  case IR_REF_LOCAL:
    local_name(d, i);
    return (Place){.type = d->fn->locals[i].type};
  case IR_REF_SYM:
    put_name(d, d->u->symbols[i].name);
    return (Place){.type = d->u->symbols[i].type ? d->u->symbols[i].type : fallback};
  case IR_REF_STR:
    literal(d, i);
    return (Place){.type = fallback, .pointer = true};
  default:
    break;
  }
  const IrInsn *in = ir_def(d->fn, base);
  if (in && in->op == IR_ADDR && !in->name && d->depth < MAX_DEPTH && !full(d)) {
    d->depth++;
    const IrAddr *a = &d->fn->addrs[in->aux];
    Place p = place(d, a);
    if (!p.zeros)
      p.type = a->type;
    d->depth--;
    return p;
  }
  operand(d, base, BIND_POSTFIX);
  IrTypeId type = pointee(d, base);
  return (Place){.type = type ? type : fallback, .pointer = true};
}

static void object(Describe *d, const IrAddr *a, Binding around) {
  size_t start = d->out->length;
  Place p = place(d, a);
  put_zeros(d, p.zeros);
  if (around == BIND_POSTFIX && d->out->text[start] == '*') { /* (*p)->x */
    HpBuf text = {0};
    hp_buf_add(&text, d->out->text + start);
    d->out->length = start;
    hp_buf_addf(d->out, "(%s)", hp_buf_text(&text));
    hp_buf_free(&text);
  }
}

/* &p->a[3]; an array's first element is the array itself. */
static void address(Describe *d, const IrAddr *a, Binding around) {
  size_t start = d->out->length;
  Place p = place(d, a);
  if (p.zeros) {
    put_zeros(d, p.zeros - 1);
    return;
  }
  if (d->u->types[a->type].kind == IR_T_ARRAY)
    return;
  HpBuf text = {0};
  hp_buf_add(&text, d->out->text + start);
  d->out->length = start;
  bool brackets = around > BIND_UNARY;
  if (text.text[0] == '*' && text.text[1] != '(') /* &*p is p */
    hp_buf_add(d->out, text.text + 1);
  else
    hp_buf_addf(d->out, brackets ? "(&%s)" : "&%s", hp_buf_text(&text));
  hp_buf_free(&text);
}

/* ---- instructions ---------------------------------------------------------------------------- */

static void binary(Describe *d, const IrInsn *in, const char *op, Binding binding, Binding around) {
  if (around > binding)
    put(d, "(");
  operand(d, ir_arg(d->fn, in, 0), binding);
  hp_buf_addf(d->out, " %s ", op);
  operand(d, ir_arg(d->fn, in, 1), (Binding)(binding + 1));
  if (around > binding)
    put(d, ")");
}

static void unary(Describe *d, const IrInsn *in, const char *op, Binding around) {
  if (around > BIND_UNARY)
    put(d, "(");
  put(d, op);
  operand(d, ir_arg(d->fn, in, 0), BIND_UNARY);
  if (around > BIND_UNARY)
    put(d, ")");
}

/* v[i], or a part of a complex number. */
static void extract(Describe *d, const IrInsn *in, Binding around) {
  IrTypeId of = ir_ref_type(d->u, d->fn, ir_arg(d->fn, in, 0));
  int64_t part;
  if (d->u->types[of].kind == IR_T_COMPLEX && ir_const_int(d->fn, ir_arg(d->fn, in, 1), &part)) {
    unary(d, in, part ? "__imag__ " : "__real__ ", around);
    return;
  }
  operand(d, ir_arg(d->fn, in, 0), BIND_POSTFIX);
  put(d, "[");
  operand(d, ir_arg(d->fn, in, 1), BIND_NONE);
  put(d, "]");
}

static void conversion(Describe *d, const IrInsn *in, Binding around) {
  if (!(in->flags & IR_INSN_EXPLICIT) || !d->u->types[in->type].name) {
    operand(d, ir_arg(d->fn, in, 0), around);
    return;
  }
  put(d, around > BIND_UNARY ? "((" : "(");
  put_name(d, d->u->types[in->type].name);
  put(d, ")");
  operand(d, ir_arg(d->fn, in, 0), BIND_UNARY);
  if (around > BIND_UNARY)
    put(d, ")");
}

static void arguments(Describe *d, const IrInsn *in, uint32_t from) {
  put(d, "(");
  for (uint32_t i = from; i < in->nargs && !full(d); i++) {
    if (i > from)
      put(d, ", ");
    operand(d, ir_arg(d->fn, in, i), BIND_NONE);
  }
  put(d, ")");
}

typedef struct Operator {
  const char *text;
  Binding binding;
} Operator;

static const Operator operators[IR_OP_COUNT] = {
    [IR_ADD] = {"+", BIND_ADD},    [IR_SUB] = {"-", BIND_ADD},    [IR_PDIFF] = {"-", BIND_ADD},
    [IR_MUL] = {"*", BIND_MUL},    [IR_DIV] = {"/", BIND_MUL},    [IR_REM] = {"%", BIND_MUL},
    [IR_AND] = {"&", BIND_AND},    [IR_OR] = {"|", BIND_OR},      [IR_XOR] = {"^", BIND_XOR},
    [IR_SHL] = {"<<", BIND_SHIFT}, [IR_SHR] = {">>", BIND_SHIFT}, [IR_EQ] = {"==", BIND_EQUAL},
    [IR_NE] = {"!=", BIND_EQUAL},  [IR_LT] = {"<", BIND_ORDER},   [IR_LE] = {"<=", BIND_ORDER},
    [IR_GT] = {">", BIND_ORDER},   [IR_GE] = {">=", BIND_ORDER},
};

/* s + 1 where the variable s moves on. */
static bool moved_pointer(Describe *d, const IrInsn *in) {
  const IrAddr *a = &d->fn->addrs[in->aux];
  const IrInsn *base = ir_def(d->fn, a->base);
  uint64_t size = a->scale ? a->scale : a->size;
  int64_t steps = size ? a->offset / (int64_t)size : 0;
  if (!base || !in->name || base->name != in->name || a->nhops || !size ||
      a->offset % (int64_t)size)
    return false;
  put_name(d, in->name);
  if (ir_ref_kind(a->index) != IR_REF_NONE) {
    put(d, " + ");
    operand(d, a->index, BIND_MUL);
  }
  if (steps)
    hp_buf_addf(d->out, " %c %" PRIu64, steps < 0 ? '-' : '+',
                steps < 0 ? -(uint64_t)steps : (uint64_t)steps);
  return true;
}

/* The expression that an instruction computes, whatever its result is called. */
static void definition(Describe *d, IrInsnId id, Binding around) {
  const IrInsn *in = &d->fn->insns[id];
  switch ((IrOp)in->op) {
  case IR_NEG:
    unary(d, in, "-", around);
    break;
  case IR_NOT:
    unary(d, in, "~", around);
    break;
  case IR_CONV:
    conversion(d, in, around);
    break;
  case IR_ADDR:
    if (!moved_pointer(d, in))
      address(d, &d->fn->addrs[in->aux], around);
    break;
  case IR_LOAD:
    object(d, &d->fn->addrs[in->aux], around);
    break;
  case IR_PACK:
    put(d, "{");
    for (uint32_t i = 0; i < in->nargs; i++) {
      put(d, i ? ", " : "");
      operand(d, ir_arg(d->fn, in, i), BIND_NONE);
    }
    put(d, "}");
    break;
  case IR_SPLAT:
  case IR_INSERT:
  case IR_SHUFFLE:
  case IR_CONVEACH:
  case IR_SELECT:
    for (const char *c = ir_ops[in->op].name; *c; c++)
      hp_buf_addc(d->out, (char)(*c | 32));
    arguments(d, in, 0);
    break;
  case IR_EXTRACT:
    extract(d, in, around);
    break;
  case IR_ALLOCA:
    put(d, "alloca");
    arguments(d, in, 0);
    break;
  case IR_CALL:
    put_name(d, d->u->symbols[in->aux].name);
    arguments(d, in, 0);
    break;
  case IR_CALLP:
    operand(d, ir_arg(d->fn, in, 0), BIND_POSTFIX);
    arguments(d, in, 1);
    break;
  default:
    if (operators[in->op].text)
      binary(d, in, operators[in->op].text, operators[in->op].binding, around);
    else
      put_register(d, id);
    break;
  }
}

static void value(Describe *d, IrInsnId id, Binding around) {
  /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a function with values has instructions */
  if (put_name(d, d->fn->insns[id].name))
    return;
  if (d->depth >= MAX_DEPTH) {
    put_register(d, id);
    return;
  }
  d->depth++;
  definition(d, id, around);
  d->depth--;
}

static void operand(Describe *d, IrRef ref, Binding around) {
  uint32_t i = ir_ref_index(ref);
  if (full(d))
    return;
  switch (ir_ref_kind(ref)) {
  case IR_REF_NONE:
    break;
  case IR_REF_VALUE:
    value(d, i, around);
    break;
  case IR_REF_CONST:
    constant(d, &d->fn->consts[i]);
    break;
  case IR_REF_LOCAL:
    object_address(d, d->fn->locals[i].type, false);
    local_name(d, i);
    break;
  case IR_REF_SYM:
    object_address(d, d->u->symbols[i].type, d->u->symbols[i].flags & IR_SYM_FUNCTION);
    put_name(d, d->u->symbols[i].name);
    break;
  case IR_REF_STR:
    literal(d, i);
    break;
  case IR_REF_UNDEF:
    put(d, "undefined");
    break;
  }
}

/* ---- entry points ---------------------------------------------------------------------------- */

/* The text, cut where it is too long, behind what `out` holds. */
static void deliver(HpBuf *out, HpBuf *text) {
  size_t n = text->length;
  if (n > MAX_LENGTH) {
    n = MAX_LENGTH - 3;
    while (n && ((unsigned char)text->text[n] & 0xC0) == 0x80)
      n--; /* not amid a character */
  }
  hp_buf_addn(out, hp_buf_text(text), n);
  if (n < text->length)
    hp_buf_add(out, "...");
  hp_buf_free(text);
}

void describe_value(HpBuf *out, const Describing *how, IrRef ref) {
  HpBuf text = {0};
  hp_buf_add(&text, "");
  Describe d = {.out = &text, .u = how->unit, .fn = how->fn, .numbers = how->numbers};
  operand(&d, ref, BIND_NONE);
  deliver(out, &text);
}

void describe_object(HpBuf *out, const Describing *how, const IrAddr *addr) {
  HpBuf text = {0};
  hp_buf_add(&text, "");
  Describe d = {.out = &text, .u = how->unit, .fn = how->fn, .numbers = how->numbers};
  object(&d, addr, BIND_NONE);
  deliver(out, &text);
}

void describe_definition(HpBuf *out, const Describing *how, IrInsnId insn) {
  HpBuf text = {0};
  hp_buf_add(&text, "");
  Describe d = {.out = &text, .u = how->unit, .fn = how->fn, .numbers = how->numbers};
  definition(&d, insn, BIND_NONE);
  deliver(out, &text);
}

void ir_describe(HpBuf *out, const IrUnit *u, const IrFunction *fn, IrRef ref) {
  describe_value(out, &(Describing){u, fn, NULL}, ref);
}

void ir_describe_addr(HpBuf *out, const IrUnit *u, const IrFunction *fn, const IrAddr *addr) {
  describe_object(out, &(Describing){u, fn, NULL}, addr);
}

void ir_describe_macro(HpBuf *out, const IrUnit *u, const IrLoc *loc) {
  if (!loc->macro)
    return;
  const IrMacro *m = &u->macros[loc->macro];
  bool argument = m->flags & IR_MACRO_ARGUMENT;
  hp_buf_add(out, !m->line ? "made by macro " : argument ? "argument of macro " : "in macro ");
  hp_buf_add_escaped(out, ir_str(u, m->name));
  if (!m->line || argument)
    return;
  const char *path = ir_str(u, u->files[m->file].path), *slash = strrchr(path, '/');
  hp_buf_add(out, ", ");
  hp_buf_add_escaped(out, slash ? slash + 1 : path);
  hp_buf_addf(out, ":%u", m->line);
}
