/* docs/ir.md: the reference of the instruction set, made from ops.def and examples.def. */
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
    "This page is made from `ir/ops.def` and `ir/examples.def`. Each opcode has an example: C, "
    "the\n"
    "instruction in the text form (`hplint dis --ir`, whose grammar stands at the top of\n"
    "`ir/parse.c`), and its row in the listing (`hplint dis --all`). Tests make the latter two "
    "from\n"
    "the first.\n"
    "\n"
    "```c\n";

static const char after_prelude[] =
    "```\n"
    "\n"
    "stands before each. A whole function, as listed and as text, is in the README and in\n"
    "`ir/tests/listing`.\n";

const char ir_example_prelude[] = "struct node { int value; struct node *next; char name[32]; };\n";

const IrExample ir_examples[IR_OP_COUNT] = {
#define EXAMPLE(op, c, text, row) [IR_##op] = {c, text, row},
#include "ir/examples.def"
#undef EXAMPLE
};

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
  case 'k':
    return "what is done (xchg, add, sub, and, or, xor, nand, max, min)";
  case 'o':
    return "a memory order (relaxed, consume, acquire, release, seq_cst)";
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

static void example(HpBuf *out, IrOp op) {
  const IrExample *e = &ir_examples[op];
  if (!e->text)
    return; /* a test says so */
  if (e->c)
    hp_buf_addf(out, "\n```c\n%s\n```", e->c);
  hp_buf_addf(out, "\n```\n%s\n%s\n```\n", e->text, e->row);
}

static const char *group(const IrOpInfo *op) {
  if (op->flags & IR_TERM)
    return "Control";
  if (op->flags & IR_CALLS)
    return op->flags & IR_READS ? "Not modelled" : "Calls";
  return op->flags & (IR_READS | IR_WRITES | IR_EFFECT) ? "Memory" : "Values";
}

void ir_reference(HpBuf *out) {
  const char *last = "";
  hp_buf_addf(out, "%s%s%s", intro, ir_example_prelude, after_prelude);
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
