/* Statements: the flow graph has the loops, branches and calls of the source. */
#include "analyzer/frontend/tests/snippet.h"

static void check_loops(const char *code, uint32_t loops) {
  Snippet s = run_code(code);
  const IrFunction *fn = function(&s, "f");
  if (count_loops(&s, fn) != loops)
    fail_msg("%u loops instead of %u in:\n%s", count_loops(&s, fn), loops, s.text);
  drop(&s);
}

static void loops_of_every_kind(void **state) {
  (void)state;
  check_loops("int f(int n) { int s = 0; while (n--) s += n; return s; }", 1);
  check_loops("int f(int n) { int s = 0; do s += n; while (--n); return s; }", 1);
  check_loops("int f(int n) { int s = 0; for (int i = 0; i < n; i++) s += i; return s; }", 1);
  check_loops("int g(void); void f(void) { while (1) if (g()) break; }", 1);
  check_loops("int g(void); void f(void) { for (;;) { if (g()) return; } }", 1);
  check_loops("void f(int n) { for (int i = 0; i < n; i++) for (int j = i; j; j--) ; }", 2);
  check_loops("int g(int); void f(int n) { again: if (g(n)) goto again; }", 1);
}

static void loops_that_are_none(void **state) {
  (void)state;
  check_loops("int g(void); void f(void) { do { if (g()) break; g(); } while (0); }", 0);
  check_loops("int g(void); void f(void) { do { if (g()) continue; g(); } while (0); }", 0);
  check_loops("int g(void); void f(void) { while (0) g(); }", 0);
  check_loops("int g(void); void f(void) { for (; 0;) g(); }", 0);
  check_loops("int g(void); void f(void) { while (g()) { g(); break; } }", 0);
}

static void parts_of_for(void **state) {
  (void)state;
  check_loops("int g(void); void f(int n) { for (; n;) g(); }", 1);
  check_loops("int g(void); void f(int n) { for (; n; n--) g(); }", 1);
  check_loops("int g(void); void f(int n) { for (n = 3; ; n--) if (g()) return; }", 1);
  check_loops("int g(void); void f(int n) { for (/* ; */ ; /* ) */ ; n--) if (g()) return; }", 1);
  check_loops("int g(void); void f(int n) { for (n = ';'; n != ')';) n = g(); }", 1);
  check_loops("#define EACH(i, n) for (i = 0; i < n; i++)\n"
              "int g(int); void f(int n) { int i; EACH(i, n) g(i); }",
              1);
  check_loops("#define DOWN(i) for (; i > 0; i--)\nint g(int);\n"
              "void f(int n) { DOWN(n) g(n); }",
              1);
  check_loops("#define FOREVER for\nint g(int); void f(int n) { FOREVER (; n; ) n = g(n); }", 1);
  Snippet s = run_code("int g(void); void f(int n) { for (; n; n--) g(); }");
  expect_text(&s, "f", "BR %");
  expect_text(&s, "f", "SUB");
  drop(&s);
}

static void loop_marks_have_the_keyword(void **state) {
  (void)state;
  Snippet s = run_code("#define EACH(i, n) \\\n for (i = 0; i < n; i++)\n"
                       "int g(int);\n"
                       "void f(int n) { int i;\n  EACH(i, n)\n    g(i); }\n"
                       "void h(int n) {\n\n  while (n--)\n    ; }\n");
  uint32_t line = 0;
  assert_int_equal(marked_loops(function(&s, "f"), &line), 1);
  assert_int_equal(line, 5);
  assert_int_equal(marked_loops(function(&s, "h"), &line), 1);
  assert_int_equal(line, 9);
  drop(&s);
}

static void dead_code_by_literals_only(void **state) {
  (void)state;
  Snippet s =
      run_code("int a(void), b(void), c(void); enum { ON = 1 }; static const int never = 0;\n"
               "void f(void) { if (0) a(); if (ON) b(); else a(); if (sizeof(int) == 4 && 1) c();"
               "  if (never || 0) a(); if (1 ? 0 : 1) a(); }\n"
               "void g(void) { int debug = 0; if (debug) a(); }\n"
               "void h(void) { goto in; if (0) { in: a(); } }\n"
               "void s(void) { switch (2) { case 1: a(); break; case 2: b(); case 3: c(); break;"
               " default: a(); } }\n"
               "void r(void) { return; a(); }\n");
  expect_calls(&s, "f", "b c");
  expect_calls(&s, "g", "a");
  expect_calls(&s, "h", "a");
  expect_calls(&s, "s", "b c");
  expect_calls(&s, "r", "");
  drop(&s);
}

static void switches(void **state) {
  (void)state;
  Snippet s = run_code(
      "int a(int), b(int);\n"
      "int f(int x) { switch (x) { case 1: case 2: a(x); case 'c': return b(x); case 10 ... 20:"
      " break; default: x--; } return x; }\n"
      "void duff(int n, char *p) { switch (n & 3) { case 0: do { *p++ = 0; case 3: *p++ = 0;"
      " case 2: *p++ = 0; case 1: *p++ = 0; } while ((n -= 4) > 0); } }\n"
      "int inner(int x, int y) { switch (x) { case 1: switch (y) { case 1: return a(1); } break;"
      " case 2: return b(2); } return 0; }\n"
      "int none(int x) { switch (x) { } return x; }\n"
      "enum e { P, Q, R }; int en(enum e v) { switch (v) { case P: return a(0); case Q: return"
      " b(0); case R: break; } return 9; }\n");
  expect_text(&s, "f", "10..20");
  expect_text(&s, "f", "1: #1, 2: #1, 99: #2");
  assert_int_equal(count_op(function(&s, "f"), IR_RET), 2);
  assert_int_equal(count_loops(&s, function(&s, "duff")), 1);
  assert_int_equal(count_op(function(&s, "duff"), IR_STORE), 4);
  assert_int_equal(count_op(function(&s, "inner"), IR_SWITCH), 2);
  expect_calls(&s, "inner", "a b");
  assert_int_equal(count_op(function(&s, "en"), IR_SWITCH), 1);
  drop(&s);
  s = run_code(
      "int f(int x) { switch (x) { case 9 ... 3: return 1; case 5: return 2; } return 0; }\n"
      "int g(unsigned long x) { switch (x) { case 5 ... ~0ul: return 1; } return 0; }\n");
  assert_int_equal(function(&s, "f")->ncases, 1);
  assert_int_equal(function(&s, "g")->ncases, 2);
  drop(&s);
}

static void gotos(void **state) {
  (void)state;
  Snippet s = run_code("int g(int);\n"
                       "int f(int n) { if (n) goto out; g(1); out: return g(2); }\n"
                       "int into(int n) { if (n) goto in; while (n < 9) { in: n = g(n); }"
                       " return n; }\n"
                       "int vm(unsigned char *p) { static void *ops[] = {&&add, &&sub, &&end};"
                       " int a = 0; goto *ops[*p++]; add: a++; goto *ops[*p++];"
                       " sub: a--; goto *ops[*p++]; end: return a; }\n");
  expect_calls(&s, "f", "g g");
  assert_int_equal(count_op(function(&s, "vm"), IR_IGOTO), 1);
  assert_int_equal(count_loops(&s, function(&s, "vm")), 1);
  expect_calls(&s, "into", "g");
  drop(&s);
}

static void short_circuits(void **state) {
  (void)state;
  Snippet s = run_code("int a(void), b(void), c(void);\n"
                       "void f(void) { if (a() && (b() || !c())) a(); }\n"
                       "int g(int x, int y) { return x && y; }\n"
                       "int h(int x, int y) { int r = !x || y > 2; return r; }\n"
                       "int k(int x) { return x ? a() : b(); }\n"
                       "int e(int x) { return x ?: b(); }\n"
                       "#define likely(x) __builtin_expect(!!(x), 1)\n"
                       "void l(int *p) { if (likely(p && *p)) a(); }\n");
  assert_int_equal(count_op(function(&s, "f"), IR_PHI), 0);
  assert_int_equal(count_op(function(&s, "f"), IR_BR), 3);
  assert_int_equal(count_op(function(&s, "g"), IR_PHI), 1);
  assert_int_equal(count_op(function(&s, "h"), IR_PHI), 1);
  assert_int_equal(count_op(function(&s, "k"), IR_PHI), 1);
  assert_int_equal(count_op(function(&s, "e"), IR_PHI), 1);
  assert_int_equal(count_op(function(&s, "l"), IR_BR), 2);
  expect_calls(&s, "l", "a");
  drop(&s);
}

static void statement_expressions(void **state) {
  (void)state;
  Snippet s = run_code("int g(int); struct s { int a[8]; } ;\n"
                       "#define MAX(a, b) ({ __typeof__(a) x_ = (a); __typeof__(b) y_ = (b);"
                       " x_ > y_ ? x_ : y_; })\n"
                       "int f(int a, int b) { return MAX(a, g(b)); }\n"
                       "int h(struct s *p) { return ({ struct s t = *p; t; }).a[1]; }\n"
                       "void v(int n) { ({ if (n) g(n); }); }\n"
                       "int lp(int n) { while (({ g(n); n--; })) ; return n; }\n");
  assert_int_equal(count_op(function(&s, "f"), IR_PHI), 1);
  expect_calls(&s, "v", "g");
  assert_int_equal(count_loops(&s, function(&s, "lp")), 1);
  assert_int_equal(count_op(function(&s, "h"), IR_COPY), 2);
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

static void ends_of_functions(void **state) {
  (void)state;
  Snippet s = run_code(
      "void die(int) __attribute__((noreturn)); _Noreturn void quit(void);\n"
      "int f(int x) { if (x) die(x); return 1; }\n"
      "int g(int x) { if (x) return 1; quit(); }\n"
      "int u(int x) { switch (x) { case 1: return 2; default: __builtin_unreachable(); } }\n"
      "void v(void) { }\n"
      "int main(void) { }\n"
      "int k(x, y) int x; float y; { return x + (int)y; }\n");
  assert_int_equal(count_op(function(&s, "f"), IR_STOP), 1);
  assert_int_equal(count_op(function(&s, "g"), IR_STOP), 1);
  assert_int_equal(count_op(function(&s, "u"), IR_STOP), 1);
  assert_true(symbol(&s, "die")->flags & IR_SYM_NORETURN);
  assert_true(symbol(&s, "quit")->flags & IR_SYM_NORETURN);
  expect_text(&s, "main", "RET 0");
  assert_int_equal(function(&s, "k")->nparams, 2);
  drop(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(loops_of_every_kind),
      cmocka_unit_test(loops_that_are_none),
      cmocka_unit_test(parts_of_for),
      cmocka_unit_test(loop_marks_have_the_keyword),
      cmocka_unit_test(dead_code_by_literals_only),
      cmocka_unit_test(switches),
      cmocka_unit_test(gotos),
      cmocka_unit_test(short_circuits),
      cmocka_unit_test(statement_expressions),
      cmocka_unit_test(ends_of_functions),
  };
  return cmocka_run_group_tests(tests, open_frontend, close_frontend);
}
