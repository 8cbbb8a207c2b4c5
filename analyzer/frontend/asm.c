/* Inline assembly. libclang shows the operands, outputs first, but neither where the inputs begin
 * nor the constraints: those stand in the text, which is read here. It is trusted when it has as
 * many operands as the tree. Otherwise (constraints made by macros) the statement counts as one
 * that reads and writes everything, its operands included. */
#include "analyzer/frontend/text.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_OPERANDS = 60 };

typedef struct AsmOperand {
  bool output, reads; /* reads: an input, or an output with `+` */
  bool memory;        /* the constraint allows nothing else */
} AsmOperand;

typedef struct Asm {
  bool understood, is_volatile, is_goto;
  bool qualified; /* the keyword and what follows it were seen */
  bool clobbers;  /* "memory" */
  AsmOperand operands[MOST_OPERANDS];
  uint32_t count, outputs;
  const char *labels; /* the text from the first label on, NULL without labels */
  const char *labels_end;
  HpBuf text; /* template : constraints : constraints : clobbers */
} Asm;

/* ---- the text -------------------------------------------------------------------------------- */

static void qualifiers(Asm *a, Text *t) {
  char word[32];
  for (;;) {
    Text before = *t;
    if (!text_word(t, word, sizeof word)) {
      *t = before;
      return;
    }
    if (!strcmp(word, "goto"))
      a->is_goto = true;
    else if (strstr(word, "volatile"))
      a->is_volatile = true;
    else if (!strstr(word, "inline") && !strstr(word, "const") && !strstr(word, "asm")) {
      *t = before;
      return;
    }
  }
}

/* What a string holds, with escapes of white space as blanks. */
static void add_quoted(HpBuf *out, const char *at, const char *end) {
  for (; at < end; at++) {
    if (*at != '\\' || at + 1 == end) {
      hp_buf_addc(out, *at);
      continue;
    }
    at++;
    if (*at == '\n' || *at == '\r')
      continue;
    if (*at == 'n' && out->length && out->text[out->length - 1] != ';')
      hp_buf_addc(out, ';');
    else if (*at == 't')
      hp_buf_addc(out, ' ');
    else if (*at != 'n')
      hp_buf_addc(out, *at);
  }
}

static bool string_part(HpBuf *out, Text *t) {
  text_skip_blank(t);
  if (t->at >= t->end || *t->at != '"')
    return false;
  const char *start = t->at + 1;
  text_skip_quoted(t);
  if (out)
    add_quoted(out, start, t->at - 1);
  return true;
}

/* Strings, and words that a macro may make strings of, up to `:` or `)`. */
static bool template(Asm *a, Text *t) {
  char word[64];
  for (text_skip_blank(t); t->at < t->end && *t->at != ':' && *t->at != ')'; text_skip_blank(t)) {
    if (string_part(&a->text, t))
      continue;
    if (text_word(t, word, sizeof word))
      hp_buf_add(&a->text, word);
    else if (*t->at == '(' ? !text_skip_bracket(t) : *t->at != '#')
      return false;
    else if (*t->at == '#')
      t->at++;
  }
  return t->at < t->end;
}

/* The constraint of an operand: strings, and `#name` in a macro for some text not known here. */
static bool constraint(HpBuf *out, Text *t) {
  char word[64];
  bool any = false;
  for (;;) {
    if (string_part(out, t)) {
      any = true;
    } else if (any && text_take(t, '#')) {
      if (!text_word(t, word, sizeof word))
        return false;
      hp_buf_add(out, word);
    } else {
      return any;
    }
  }
}

/* Only places in memory will do: `m` and its kind and nothing else. */
static bool only_memory(const char *c) {
  bool any = false;
  for (; *c && *c != '@'; c++) {
    if (strchr("moV<>", *c))
      any = true;
    else if (!strchr("=+&%,*!?#^$ ", *c))
      return false;
  }
  return any;
}

/* [name] "constraint" (expression) */
static bool operand(Asm *a, Text *t, bool output) {
  char word[64];
  HpBuf text = {0};
  if (text_take(t, '[') && !(text_word(t, word, sizeof word) && text_take(t, ']')))
    return false;
  bool ok = constraint(&text, t);
  text_skip_blank(t);
  ok = ok && a->count < MOST_OPERANDS && text_skip_bracket(t);
  if (ok) {
    const char *c = hp_buf_text(&text);
    a->operands[a->count++] = (AsmOperand){
        .output = output, .reads = !output || strchr(c, '+') != NULL, .memory = only_memory(c)};
    a->outputs += output;
    hp_buf_add(&a->text, c);
  }
  hp_buf_free(&text);
  return ok;
}

static bool at_section_end(Text *t) {
  text_skip_blank(t);
  return t->at >= t->end || *t->at == ':' || *t->at == ')';
}

static bool operands(Asm *a, Text *t, bool output) {
  for (bool first = true; !at_section_end(t); first = false) {
    if (!first && !text_take(t, ','))
      return false;
    if (!first)
      hp_buf_add(&a->text, ", ");
    if (!operand(a, t, output))
      return false;
  }
  return true;
}

static bool clobbers(Asm *a, Text *t) {
  for (bool first = true; !at_section_end(t); first = false) {
    HpBuf word = {0};
    bool ok = (first || text_take(t, ',')) && constraint(&word, t);
    a->clobbers |= ok && !strcmp(hp_buf_text(&word), "memory");
    if (ok)
      hp_buf_addf(&a->text, "%s%s", first ? "" : ", ", hp_buf_text(&word));
    hp_buf_free(&word);
    if (!ok)
      return false;
  }
  return true;
}

static bool next_section(Asm *a, Text *t) {
  if (!text_take(t, ':'))
    return false;
  hp_buf_add(&a->text, " : ");
  return true;
}

/* ( template : outputs : inputs : clobbers : labels ) */
static bool body(Asm *a, Text *t) {
  if (!text_take(t, '(') || !template(a, t))
    return false;
  if (next_section(a, t) && !operands(a, t, true))
    return false;
  if (next_section(a, t) && !operands(a, t, false))
    return false;
  if (next_section(a, t) && !clobbers(a, t))
    return false;
  if (text_take(t, ':')) {
    a->labels = t->at;
    char word[64];
    do
      if (!text_word(t, word, sizeof word))
        return false;
    while (text_take(t, ','));
    a->labels_end = t->at;
  }
  return text_take(t, ')');
}

static void forget(Asm *a) {
  a->count = a->outputs = 0;
  a->clobbers = false;
  a->labels = NULL;
  hp_buf_free(&a->text);
}

static bool asm_text(Lower *l, NodeId n, uint32_t operands_shown, Asm *a) {
  CXSourceLocation start = clang_getRangeStart(clang_getCursorExtent(node_cursor(l, n)));
  Text t;
  char word[64];
  if (text_at_spelling(l, start, &t) && text_word(&t, word, sizeof word) && strstr(word, "asm")) {
    qualifiers(a, &t);
    text_skip_blank(&t);
    a->qualified = t.at < t.end && *t.at == '(';
    if (body(a, &t) && a->count == operands_shown)
      return true;
    forget(a);
  }
  /* The keyword comes from a macro: the rest may follow the macro's name. */
  if (text_at_expansion(l, start, &t) && text_word(&t, word, sizeof word)) {
    qualifiers(a, &t);
    if (body(a, &t) && a->count == operands_shown)
      return true;
    forget(a);
  }
  return false;
}

static void read_asm(Lower *l, NodeId n, Asm *a) {
  uint32_t shown = 0;
  for (NODE_KIDS(l, kid, n))
    shown += kind_is_expression(node_kind(l, kid));
  *a = (Asm){0};
  if (node_kind(l, n) == CXCursor_GCCAsmStmt)
    a->understood = asm_text(l, n, shown, a);
  if (!a->understood) {
    a->is_goto |= !a->qualified && l->has_labels && node_kind(l, n) == CXCursor_GCCAsmStmt;
    a->is_volatile = a->clobbers = true;
    hp_buf_add(&a->text, "inline assembly");
  }
  a->is_volatile |= a->is_goto || !a->outputs;
}

/* ---- operands -------------------------------------------------------------------------------- */

static bool is_lvalue(Lower *l, NodeId n) {
  n = node_strip(l, n);
  switch (node_kind(l, n)) {
  case CXCursor_DeclRefExpr:
  case CXCursor_MemberRefExpr:
  case CXCursor_ArraySubscriptExpr:
    return true;
  case CXCursor_UnaryOperator:
    return node_unary(l, n) == CXUnaryOperator_Deref;
  default:
    return false;
  }
}

static bool by_address(Lower *l, const Asm *a, uint32_t i, NodeId n) {
  if (!a->understood)
    return is_lvalue(l, n);
  return a->operands[i].memory || type_is_aggregate(l, node_type(l, n));
}

void asm_scan(Lower *l, NodeId n) {
  Asm a;
  read_asm(l, n, &a);
  uint32_t i = 0;
  for (NODE_KIDS(l, kid, n))
    if (kind_is_expression(node_kind(l, kid)) && by_address(l, &a, i++, kid)) {
      NodeId variable = node_strip_casts(l, kid);
      if (node_kind(l, variable) == CXCursor_DeclRefExpr)
        decl_of(l, clang_getCursorReferenced(node_cursor(l, variable)))->in_memory = true;
    }
  hp_buf_free(&a.text);
}

typedef struct Outputs {
  Place places[MOST_OPERANDS];
  uint32_t count;
} Outputs;

static void push_address(Lower *l, NodeId n, Args *args) {
  Place p;
  place_of(l, node_strip_casts(l, n), &p);
  lower_at(l, n);
  args_push(args, place_address(l, &p, type_pointer_to(l, p.type)));
}

static void push_operands(Lower *l, NodeId n, Asm *a, Args *args, Outputs *out) {
  uint32_t i = 0;
  for (NODE_KIDS(l, kid, n)) {
    if (!kind_is_expression(node_kind(l, kid)))
      continue;
    bool address = by_address(l, a, i, kid);
    bool output = a->understood && a->operands[i].output;
    bool reads = !a->understood || a->operands[i].reads;
    i++;
    if (address) {
      push_address(l, kid, args);
      a->clobbers = true;
    } else if (output) {
      Place *p = &out->places[out->count++];
      place_of(l, kid, p);
      if (reads) {
        lower_at(l, kid);
        args_push(args, place_load(l, p).ref);
      }
    } else {
      args_push(args, lower_value(l, kid).ref);
    }
  }
}

/* ---- asm goto -------------------------------------------------------------------------------- */

static bool label_named(const Asm *a, const char *name) {
  if (!a->labels)
    return false;
  Text t = {a->labels, a->labels_end};
  char word[256];
  while (text_word(&t, word, sizeof word)) {
    if (!strcmp(word, name))
      return true;
    text_take(&t, ',');
  }
  return false;
}

/* The labels of those names; all labels when a name is a macro's parameter. */
static void asm_goto(Lower *l, const Asm *a) {
  IrBlockId *targets = NULL;
  uint32_t count = 0, cap = 0, wanted = a->labels ? 1 : UINT32_MAX;
  for (const char *c = a->labels; c && c < a->labels_end; c++)
    wanted += *c == ',';
  HP_GROW(targets, count, cap);
  targets[count++] = ir_build_block(l->b);
  for (int all = 0; all < 2 && count - 1 < wanted; all++) {
    count = 1;
    for (NodeId n = 0; n < l->tree.count; n++) {
      if (node_kind(l, n) != CXCursor_LabelStmt)
        continue;
      CXString name = clang_getCursorSpelling(node_cursor(l, n));
      if (all || label_named(a, clang_getCString(name))) {
        HP_GROW(targets, count, cap);
        targets[count++] = label_block(l, node_cursor(l, n));
      }
      clang_disposeString(name);
    }
  }
  ir_build_asm_goto(l->b, targets, count);
  ir_build_seal(l->b, targets[0]);
  ir_build_enter(l->b, targets[0]);
  free(targets);
}

void asm_statement(Lower *l, NodeId n) {
  Asm a;
  read_asm(l, n, &a);
  Args args = {0};
  Outputs *out = hp_malloc(sizeof *out);
  out->count = 0;
  push_operands(l, n, &a, &args, out);
  lower_at(l, n);
  uint32_t flags = (a.is_volatile ? IR_INSN_VOLATILE : 0u) | (a.clobbers ? IR_INSN_MEMORY : 0u);
  IrTypeId type = out->count ? type_unqualified(l, out->places[0].type) : 0;
  IrRef result = ir_build_op(l->b, IR_ASM, type, flags, args.refs, args.count,
                             ir_unit_str(l->ub, hp_buf_text(&a.text)));
  IrRef *values = hp_malloc((out->count + 1) * sizeof *values);
  values[0] = result;
  for (uint32_t i = 1; i < out->count; i++)
    values[i] =
        ir_build_op(l->b, IR_ASMOUT, type_unqualified(l, out->places[i].type), 0, &result, 1, i);
  for (uint32_t i = 0; i < out->count; i++)
    place_store(l, &out->places[i], value_of(values[i], out->places[i].type));
  if (a.is_goto)
    asm_goto(l, &a);
  free(values);
  free(out);
  free(args.refs);
  hp_buf_free(&a.text);
}
