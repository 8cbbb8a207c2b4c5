/* The examples of docs/ir.md are what the front end makes of their C. */
#include "analyzer/frontend/tests/snippet.h"

/* The instruction as text, without where it stands. */
static bool text_has(const char *text, const char *want) {
  size_t n = strlen(want);
  for (const char *line = text; line; line = strchr(line, '\n')) {
    line += strspn(line, "\n ");
    if (!strncmp(line, want, n) && (!line[n] || line[n] == '\n' || !strncmp(line + n, " at ", 4)))
      return true;
  }
  return false;
}

static char *row_of(const IrFunction *fn, const IrLine *line) {
  const char *op = ir_ops[fn->insns[line->insn].op].name;
  return hp_format(*line->meaning ? "%s%s%s  (%s)" : "%s%s%s", op, *line->operands ? " " : "",
                   line->operands, line->meaning);
}

/* Is it a row of the listing? What rows of the opcode there are goes into `seen`. */
static bool listed(const Snippet *s, IrOp op, const char *want, HpBuf *seen) {
  bool found = false;
  for (uint32_t f = 0; f < s->unit->nfunctions; f++) {
    const IrFunction *fn = &s->unit->functions[f];
    HpArena *arena = hp_arena_new();
    IrListing *l =
        ir_list(s->unit, fn, ir_analyse(s->unit, fn, arena), &(IrListOptions){.all = true});
    for (uint32_t i = 0; i < l->nlines; i++) {
      char *row = row_of(fn, &l->lines[i]);
      found = found || !strcmp(row, want);
      if (fn->insns[l->lines[i].insn].op == op)
        hp_buf_addf(seen, "%s\n", row);
      free(row);
    }
    ir_listing_free(l);
    hp_arena_free(arena);
  }
  return found;
}

static void test_examples(void **state) {
  (void)state;
  uint32_t count = 0;
  for (int op = 0; op < IR_OP_COUNT; op++) {
    const IrExample *e = &ir_examples[op];
    if (!e->c)
      continue;
    char *code = hp_format("%s%s\n", ir_example_prelude, e->c);
    Snippet s = run_code(code);
    HpBuf seen = {0};
    if (!text_has(s.text, e->text))
      fail_msg("ir/examples.def: %s: `%s` is not in:\n%s", ir_ops[op].name, e->text, s.text);
    if (!listed(&s, (IrOp)op, e->row, &seen))
      fail_msg("ir/examples.def: %s: `%s` is not listed; these are:\n%s", ir_ops[op].name, e->row,
               hp_buf_text(&seen));
    hp_buf_free(&seen);
    drop(&s);
    free(code);
    count++;
  }
  assert_true(count > 30);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_examples)};
  return cmocka_run_group_tests(tests, open_frontend, close_frontend);
}
