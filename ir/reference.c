/* docs/ir.md: the reference of the instruction set, made from ops.def. */
#include "ir/text.h"

#include <string.h>

static const char intro[] =
    "# The IR\n"
    "\n"
    "hplint's intermediate representation: a unit holds types, record layouts, symbols and\n"
    "functions; a function holds basic blocks of instructions in SSA form. Scalars whose address "
    "is\n"
    "not taken are values (`%3`); everything else is memory, reached through an address that "
    "keeps\n"
    "the shape of the access: base, index times scale, constant offset, path of record fields.\n"
    "\n"
    "This page is made from `ir/ops.def`. The examples are in the text form, whose grammar stands "
    "at\n"
    "the top of `ir/parse.c`; in them `%1` and `%2` are integers, `%p` and `%q` point to a\n"
    "`struct node`.\n";

static const char *operand_words(char kind) {
  switch (kind) {
  case 'v':
    return "a value";
  case 'm':
    return "a memory address";
  case 'M':
    return "a second memory address";
  case '*':
    return "any number of values";
  case 's':
    return "a symbol";
  case 'p':
    return "a parameter's number, from 0";
  case 'n':
    return "a number";
  case 't':
    return "a text";
  case 'b':
    return "the blocks that may come next";
  case 'c':
    return "the cases, each with the number of its successor";
  default:
    hp_die("ops.def: unknown kind of operand '%c'", kind);
  }
}

static void operands(HpBuf *out, const IrOpInfo *op) {
  hp_buf_add(out, "- operands: ");
  for (const char *c = op->operands; *c; c++)
    hp_buf_addf(out, "%s%s", c == op->operands ? "" : ", then ", operand_words(*c));
  hp_buf_add(out, *op->operands ? "\n" : "none\n");
}

static void effects(HpBuf *out, const IrOpInfo *op) {
  static const struct {
    uint32_t flag;
    const char *words;
  } words[] = {
      {IR_RESULT, "has a result"},
      {IR_COMMUTES, "its operands may be swapped"},
      {IR_READS, "reads memory"},
      {IR_WRITES, "writes memory"},
      {IR_CALLS, "may run other code"},
      {IR_TERM, "ends its block"},
      {IR_EFFECT, "cannot be removed when its result is unused"},
  };
  const char *separator = "- effects: ";
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    bool no_result = words[i].flag == IR_EFFECT && !(op->flags & IR_RESULT);
    if (!(op->flags & words[i].flag) || no_result)
      continue;
    hp_buf_addf(out, "%s%s", separator, words[i].words);
    separator = "; ";
  }
  hp_buf_add(out, "\n");
}

/* The example's result type; an address or stack memory is a pointer, the rest is int. */
static const char *result_type(IrOp op) {
  if (!(ir_ops[op].flags & IR_RESULT))
    return "";
  return op == IR_ADDR || op == IR_ALLOCA || op == IR_LOAD ? " struct node *" : " int";
}

static void example_operand(HpBuf *out, IrOp op, char kind, uint32_t *values) {
  static const char *const value[] = {"%1", "%2"};
  switch (kind) {
  case 'v':
    hp_buf_add(out, op == IR_CALLP ? "%p" : op == IR_ASMOUT ? "%asm" : value[(*values)++ % 2]);
    break;
  case 'm':
    hp_buf_add(out, op == IR_STORE                    ? "int [%p] .value"
                    : op == IR_COPY || op == IR_CLEAR ? "struct node [%p]"
                    : op == IR_LOAD                   ? "[%p + 8] .next"
                    : op == IR_VAARG                  ? "[%q] of struct node"
                    : op == IR_ADDR                   ? "[%p + 48*%1]"
                                                      : "[%p] .value");
    break;
  case 'M':
    hp_buf_add(out, "struct node [%q]");
    break;
  case '*':
    hp_buf_add(out, op == IR_PHI ? "[a: %1], [b: %2]" : op == IR_RET ? "%1" : "%1, %2");
    break;
  case 's':
    hp_buf_add(out, "@callee");
    break;
  case 'p':
    hp_buf_add(out, "0");
    break;
  case 'n':
    hp_buf_add(out, op == IR_ASMOUT ? "1" : "48");
    break;
  case 't':
    hp_buf_add(out, op == IR_ASM ? "\"addl %2, %0 : =r : r, r\"" : "\"what it is\"");
    break;
  case 'b':
    hp_buf_add(out, op == IR_JUMP ? "a" : op == IR_SWITCH ? "c, a, b" : "a, b");
    break;
  case 'c':
    hp_buf_add(out, "[1: #1, 2..5: #2]");
    break;
  }
}

static void example(HpBuf *out, IrOp op) {
  const IrOpInfo *info = &ir_ops[op];
  uint32_t values = 0;
  hp_buf_addf(out, "\n```\n%s%s%s", info->flags & IR_RESULT ? "%3 = " : "", info->name,
              result_type(op));
  for (const char *c = info->operands; *c; c++) {
    hp_buf_add(out, c == info->operands ? " " : ", ");
    example_operand(out, op, *c, &values);
  }
  hp_buf_add(out, "\n```\n");
}

static const char *group(const IrOpInfo *op) {
  if (op->flags & IR_TERM)
    return "Control";
  if (!strncmp(op->name, "ASM", 3))
    return "Assembly";
  if (op->flags & IR_CALLS)
    return op->flags & IR_READS ? "Not modelled" : "Calls";
  return op->flags & (IR_READS | IR_WRITES | IR_EFFECT) ? "Memory" : "Values";
}

void ir_reference(HpBuf *out) {
  const char *last = "";
  hp_buf_add(out, intro);
  for (int op = 0; op < IR_OP_COUNT; op++) {
    const IrOpInfo *info = &ir_ops[op];
    if (strcmp(group(info), last))
      hp_buf_addf(out, "\n## %s\n", group(info));
    last = group(info);
    hp_buf_addf(out, "\n### %s\n\n%c%s.\n\n", info->name,
                info->meaning[0] >= 'a' ? info->meaning[0] - 'a' + 'A' : info->meaning[0],
                info->meaning + 1);
    operands(out, info);
    effects(out, info);
    example(out, (IrOp)op);
  }
}
