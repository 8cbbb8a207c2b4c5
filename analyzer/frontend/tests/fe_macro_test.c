/* Places of code that macros made: where it was expanded, and where it was written. */
#include "analyzer/frontend/tests/snippet.h"
#include "ir/build.h"

#include <stdio.h>
#include <unistd.h>

static IrLoc place(const IrFunction *fn, IrOp op, uint32_t which) {
  for (uint32_t i = 0; i < fn->ninsns; i++)
    if (fn->insns[i].op == op && !which--)
      return ir_loc(fn, fn->insns[i].loc);
  fail_msg("no such %s", ir_ops[op].name);
  return (IrLoc){0};
}

static const IrMacro *macro(const Snippet *s, IrLoc at) {
  assert_true(at.macro < s->unit->nmacros);
  return &s->unit->macros[at.macro];
}

/* The instruction stands in this line, and was written in a macro's body or argument at that place.
 */
static void expect_macro(const Snippet *s, IrLoc at, uint32_t line, const char *name,
                         uint32_t spelled_line, uint32_t spelled_column, uint32_t flags) {
  const IrMacro *m = macro(s, at);
  assert_int_equal(at.line, line);
  assert_string_equal(ir_str(s->unit, m->name), name);
  assert_int_equal(m->line, spelled_line);
  assert_int_equal(m->column, spelled_column);
  assert_int_equal(m->flags, flags);
}

static void expect_plain(IrLoc at, uint32_t line, uint32_t column) {
  assert_int_equal(at.macro, 0);
  assert_int_equal(at.line, line);
  assert_int_equal(at.column, column);
}

static void body_and_arguments(void **state) {
  (void)state;
  Snippet s = run_code("struct n { struct n *next; int v; };\n"
                       "#define NEXT(p) ((p)->next)\n"
                       "int g(int); int h(int);\n"
                       "#define TWICE(x) (g(1) +  \\\n"
                       "   h(2) * (x))\n"
                       "struct n *f(struct n *p) { return NEXT(p); }\n"
                       "int k(struct n *p) { return TWICE(p->v); }\n"
                       "int m(struct n *p) { return TWICE(0) + p->v; }\n"
                       "int plain(struct n *p) { return p->v; }\n");
  expect_macro(&s, place(function(&s, "f"), IR_LOAD, 0), 6, "NEXT", 2, 23, 0);
  const IrFunction *k = function(&s, "k");
  expect_macro(&s, place(k, IR_CALL, 0), 7, "TWICE", 4, 19, 0);
  expect_macro(&s, place(k, IR_CALL, 1), 7, "TWICE", 5, 4, 0);
  expect_macro(&s, place(k, IR_LOAD, 0), 7, "TWICE", 7, 38, IR_MACRO_ARGUMENT);
  /* The sum begins in a macro but is no part of it; nor is what stands behind. */
  const IrFunction *m = function(&s, "m");
  uint32_t sums = 0;
  for (uint32_t i = 0; i < m->ninsns; i++)
    if (m->insns[i].op == IR_ADD && !ir_loc(m, m->insns[i].loc).macro)
      sums++;
  assert_int_equal(sums, 1);
  expect_plain(place(m, IR_LOAD, 0), 8, 40);
  const IrFunction *plain = function(&s, "plain");
  for (uint32_t i = 0; i < plain->nlocs; i++)
    assert_int_equal(ir_loc(plain, i).macro, 0);
  drop(&s);
}

static void nested(void **state) {
  (void)state;
  Snippet s = run_code("int g(int);\n"
                       "#define INNER(x) g(x)\n"
                       "#define MIDDLE(x) INNER((x) + 1)\n"
                       "#define OUTER(x) MIDDLE(x)\n"
                       "int f(int a) { return OUTER(a * 2); }\n"
                       "#define ALIAS INNER\n"
                       "int h(int a) { return ALIAS (a); }\n"
                       "int twice(int a) { return INNER(INNER(a)); }\n");
  const IrFunction *f = function(&s, "f");
  expect_macro(&s, place(f, IR_CALL, 0), 5, "OUTER", 2, 18, 0);
  expect_macro(&s, place(f, IR_MUL, 0), 5, "OUTER", 5, 29, IR_MACRO_ARGUMENT);
  expect_macro(&s, place(f, IR_ADD, 0), 5, "OUTER", 3, 25, 0);
  expect_macro(&s, place(function(&s, "h"), IR_CALL, 0), 7, "ALIAS", 2, 18, 0);
  const IrFunction *twice = function(&s, "twice");
  IrLoc inner = place(twice, IR_CALL, 0), outer = place(twice, IR_CALL, 1);
  expect_macro(&s, inner, 8, "INNER", 2, 18, 0);
  expect_macro(&s, outer, 8, "INNER", 2, 18, 0);
  assert_int_equal(inner.macro, outer.macro); /* one entry */
  drop(&s);
}

static void pastes(void **state) {
  (void)state;
  Snippet s = run_code("int get_a(int); int f(int);\n"
                       "#define GET(x) get_##x(1)\n"
                       "#define CALL(name, x) name(x)\n"
                       "#define TEXT(x) #x\n"
                       "const char *t(void); int u(const char *);\n"
                       "int k(void) { return GET(a); }\n"
                       "int m(void) { return CALL(f, 3); }\n"
                       "int n(void) { return u(TEXT(a b)); }\n");
  /* The pasted token was written nowhere. */
  expect_macro(&s, place(function(&s, "k"), IR_CALL, 0), 6, "GET", 0, 0, 0);
  expect_macro(&s, place(function(&s, "m"), IR_CALL, 0), 7, "CALL", 7, 27, IR_MACRO_ARGUMENT);
  expect_plain(place(function(&s, "n"), IR_CALL, 0), 8, 22);
  drop(&s);
}

static void loops(void **state) {
  (void)state;
  Snippet s = run_code("struct n { struct n *next; int v; };\n"
                       "#define each(p, head) for (p = (head); p; p = p->next)\n"
                       "int f(struct n *head) {\n"
                       "  int s = 0;\n"
                       "  struct n *p;\n"
                       "  each(p, head)\n"
                       "    s += p->v;\n"
                       "  return s;\n"
                       "}\n");
  const IrFunction *f = function(&s, "f");
  expect_plain(place(f, IR_LOAD, 0), 7, 10);
  expect_macro(&s, place(f, IR_LOAD, 1), 6, "each", 2, 50, 0);
  uint32_t marked = 0;
  for (uint32_t i = 0; i < f->nblocks; i++)
    if (ir_block_info(f, &f->blocks[i])->flags & IR_BLOCK_LOOP) {
      expect_macro(&s, ir_loc(f, ir_block_info(f, &f->blocks[i])->loc), 6, "each", 2, 23, 0);
      marked++;
    }
  assert_int_equal(marked, 1);
  drop(&s);
}

/* #line and _Pragma change nothing: places are those of the text. */
static void directives(void **state) {
  (void)state;
  Snippet s = run_code("int g(int);\n"
                       "#line 500 \"other.c\"\n"
                       "#define CALL(x) _Pragma(\"GCC diagnostic push\") g(x)\n"
                       "int f(int a) { CALL(1); return g(a); }\n"
                       "int h(int a) { _Pragma(\"GCC diagnostic pop\") return g(a); }\n");
  const IrFunction *f = function(&s, "f");
  expect_macro(&s, place(f, IR_CALL, 0), 4, "CALL", 3, 48, 0);
  expect_plain(place(f, IR_CALL, 1), 4, 32);
  expect_plain(place(function(&s, "h"), IR_CALL, 0), 5, 53);
  drop(&s);
}

/* Bodies in a header that nothing else comes from, and a file that is included twice. */
static void other_files(void **state) {
  (void)state;
  const char *path = TEST_BIN_DIR "/fe_macro_test.h";
  FILE *header = fopen(path, "w");
  assert_non_null(header);
  fputs("#define FAR(x) (g(x))\r\n#ifdef BODY\r\nint BODY(int a)\r\n{\r\n  return "
        "g(a);\r\n}\r\n#endif\r\n",
        header);
  fclose(header);
  Snippet s = run_code("int g(int);\n"
                       "#define BODY one\n"
                       "#include \"fe_macro_test.h\"\n"
                       "#undef BODY\n"
                       "#define BODY two\n"
                       "#include \"fe_macro_test.h\"\n"
                       "int f(int a) { return FAR(a); }\n");
  IrLoc at = place(function(&s, "f"), IR_CALL, 0);
  expect_macro(&s, at, 7, "FAR", 1, 17, 0);
  const char *file = ir_str(s.unit, s.unit->files[macro(&s, at)->file].path);
  assert_string_equal(strrchr(file, '/'), "/fe_macro_test.h");
  const char *const names[] = {"one", "two"};
  for (int i = 0; i < 2; i++) {
    const IrFunction *fn = function(&s, names[i]);
    IrLoc call = place(fn, IR_CALL, 0);
    expect_plain(call, 5, 10);
    assert_int_equal(call.file, macro(&s, at)->file);
    assert_int_equal(fn->name_loc.line, 3);
    assert_string_equal(ir_str(s.unit, macro(&s, fn->name_loc)->name), "BODY");
  }
  drop(&s);
  unlink(path);
}

static void survives_text(void **state) {
  (void)state;
  Snippet s = run_code("int g(int);\n"
                       "#define CALL(x) g(x)\n"
                       "#define PASTE(x) x##1\n"
                       "int f(int a1) { return CALL(PASTE(a)) + CALL(g(2)); }\n");
  assert_non_null(strstr(s.text, " in CALL 2:17"));
  assert_non_null(strstr(s.text, " in CALL argument 4:46"));
  HpError err = {0};
  IrUnit *again = ir_parse_unit(s.text, strlen(s.text), "text", &err);
  if (!again)
    fail_msg("%s", err.text);
  assert_int_equal(again->nmacros, s.unit->nmacros);
  HpBuf text = {0};
  ir_print_unit(&text, again);
  assert_string_equal(text.text, s.text);
  hp_buf_free(&text);
  ir_unit_free(again);
  drop(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(body_and_arguments),
      cmocka_unit_test(nested),
      cmocka_unit_test(pastes),
      cmocka_unit_test(loops),
      cmocka_unit_test(directives),
      cmocka_unit_test(other_files),
      cmocka_unit_test(survives_text),
  };
  return cmocka_run_group_tests(tests, open_frontend, close_frontend);
}
