/* Whole units: what is lowered, what broken code gives, files read, deep code. */
#include "analyzer/frontend/tests/snippet.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void what_is_lowered(void **state) {
  (void)state;
  Snippet s = run_code("#include <stdlib.h>\n#include <ctype.h>\n"
                       "static inline int twice(int x) { return x * 2; }\n"
                       "int declared(int);\nint tentative; extern int elsewhere;\n"
                       "int f(int x) { return twice(x) + abs(x) + elsewhere; }\n"
                       "static void unused(void) { }\n");
  assert_int_equal(s.unit->nfunctions, 3);
  assert_string_equal(ir_function_name(s.unit, &s.unit->functions[0]), "twice");
  assert_true(symbol(&s, "twice")->flags & IR_SYM_INLINE);
  assert_true(symbol(&s, "twice")->flags & IR_SYM_INTERNAL);
  assert_true(symbol(&s, "tentative")->flags & IR_SYM_DEFINED);
  assert_false(symbol(&s, "abs")->flags & IR_SYM_DEFINED);
  assert_true(symbol(&s, "abs")->flags & IR_SYM_CONSTFN);
  drop(&s);
}

static void attributes(void **state) {
  (void)state;
  Snippet s = run_code("#include <stdlib.h>\n#include <string.h>\n"
                       "__attribute__((pure)) int p(int *); __attribute__((cold)) void c(void);\n"
                       "void *my(size_t) __attribute__((malloc, alloc_size(1)));\n"
                       "int f(int *x) { c(); free(my(3)); free(malloc(2)); if (*x) exit(1);"
                       " return p(x) + (int)strlen(\"a\"); }\n");
  assert_true(symbol(&s, "p")->flags & IR_SYM_PURE);
  assert_true(symbol(&s, "c")->flags & IR_SYM_COLD);
  assert_true(symbol(&s, "my")->flags & IR_SYM_MALLOC);
  assert_true(symbol(&s, "malloc")->flags & IR_SYM_MALLOC);
  assert_true(symbol(&s, "exit")->flags & IR_SYM_NORETURN);
  assert_true(symbol(&s, "strlen")->flags & IR_SYM_PURE);
  drop(&s);
}

static void redeclarations_are_one_symbol(void **state) {
  (void)state;
  Snippet s =
      run_code("static int s(int); int e(int); extern int v;\n"
               "int a(void) { return s(1) + e(2) + v; }\n"
               "static int s(int x) { return x; } int e(int x) { return s(x); } int v = 2;\n"
               "int b(void) { extern int v; extern int e(int); return e(v); }\n");
  uint32_t named_s = 0, named_e = 0, named_v = 0;
  for (uint32_t i = 0; i < s.unit->nsymbols; i++) {
    const char *name = ir_str(s.unit, s.unit->symbols[i].name);
    named_s += !strcmp(name, "s");
    named_e += !strcmp(name, "e");
    named_v += !strcmp(name, "v");
  }
  assert_int_equal(named_s, 1);
  assert_int_equal(named_e, 1);
  assert_int_equal(named_v, 1);
  assert_true(symbol(&s, "v")->flags & IR_SYM_DEFINED);
  assert_true(symbol(&s, "e")->flags & IR_SYM_DEFINED);
  drop(&s);
}

static void missing_headers(void **state) {
  (void)state;
  Snippet s = run_any("#include \"lua.h\"\n#include <no/such.h>\n#include \"lua.h\"\n"
                      "lua_State *g; int f(struct lua_State *l, unknown_t x) { return x->y + "
                      "call(l); }\nint ok(int n) { while (n) n--; return n; }\n");
  assert_int_equal(s.out.status, FRONTEND_INCOMPLETE);
  assert_string_equal(s.out.reason, "lua.h: file not found (snippet.c:1)");
  assert_int_equal(s.out.nmissing, 2);
  assert_string_equal(s.out.missing[0], "lua.h");
  assert_string_equal(s.out.missing[1], "no/such.h");
  assert_true(s.out.ndiagnostics >= 3);
  assert_int_equal(count_loops(&s, function(&s, "ok")), 1);
  drop(&s);
}

static void broken_code(void **state) {
  (void)state;
  static const char *const sources[] = {
      "int f( {",
      "int f(void) { return x; }",
      "int f(int a) { a.b = 3; return a->c[2]; }",
      "struct s { unknown a; int b; }; int f(struct s *p) { return p->b + p->a; }",
      "int f(void) { for (;; { } return }",
      "int f(void) { goto nowhere; break; case 3: return 1; }",
      "int f(int n) { switch (n) { case n: return 1; case 1: case 1: ; } return g(n)(3)[4]; }",
      "int a[] = {[-1] = 2, .x = 3}; int b[2] = {1, 2, 3}; struct u v = {1};",
      "int f(void) { struct s v = {1, 2}; int w[] = {}; return v.x + (struct q){2}.z; }",
      "void f(void) { int x[n]; sizeof(int[m]); __builtin_offsetof(struct z, y); }",
      "int f(int x) { return _Generic(x, float: 1); }",
      "int f(void) { return ({ int; }) + ({ }) + (int)({ if (1) 2; }); }",
      "typedef struct n n; n v; int f(n *p) { return p->x + *p; }",
      "int f(void) { asm(\"\" : \"=r\"(3) : \"q\"); }",
      "void f(void) { (void)0 ?: 1; __builtin_va_arg(1, int); __builtin_choose_expr(f, 1, 2); }",
      "int f(a, b) { return a + b; } int f(int); void f;",
      "#if\n#else\n#else\nint f(void) { return 0; }",
      "\xff\xfe int f\x01(void) { return '\\x'; }",
      "int f(void) { do { } whil (1); }",
  };
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
    Snippet s = run_any(sources[i]);
    assert_int_equal(s.out.status, FRONTEND_INCOMPLETE);
    assert_non_null(s.out.reason);
    assert_non_null(s.out.unit);
    drop(&s);
  }
}

static void nothing_to_lower(void **state) {
  (void)state;
  static const char *const sources[] = {"",  "\n",     "// only a comment",
                                        ";", "int x;", "typedef int t;"};
  for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
    Snippet s = run_code(sources[i]);
    assert_int_equal(s.unit->nfunctions, 0);
    drop(&s);
  }
}

static void cannot_be_read(void **state) {
  (void)state;
  FrontendInput in = {.file = TEST_BIN_DIR "/no/such/file.c", .directory = TEST_BIN_DIR};
  FrontendOutput out;
  frontend_run(shared, &in, &out);
  assert_int_equal(out.status, FRONTEND_FAILED);
  assert_non_null(out.reason);
  assert_null(out.unit);
  frontend_output_free(&out);
}

static void refused_flags(void **state) {
  (void)state;
  static const char *const flags[] = {"-std=no-such-standard"};
  /* A file on disk: libclang leaks unsaved content when it refuses the flags. */
  FrontendInput in = {.file = __FILE__, .directory = TEST_BIN_DIR, .args = flags, .nargs = 1};
  FrontendOutput out;
  frontend_run(shared, &in, &out);
  assert_int_equal(out.status, FRONTEND_FAILED);
  assert_non_null(out.reason);
  frontend_output_free(&out);
}

/* ---- files ----------------------------------------------------------------------------------- */

static void write_file(const char *path, const char *text) {
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
}

static void files_read(void **state) {
  (void)state;
  char folder[] = "/tmp/frontend_test_XXXXXX";
  assert_non_null(mkdtemp(folder));
  char *source = hp_format("%s/a.c", folder), *header = hp_format("%s/inc/h.h", folder);
  char *inc = hp_format("%s/inc", folder);
  assert_int_equal(mkdir(inc, 0700), 0);
  write_file(source,
             "#include \"h.h\"\n#include \"h.h\"\nint f(struct t *p) { return inline_f(p->x); }\n");
  write_file(header, "#pragma once\nstruct t { int x; };\n"
                     "static inline int inline_f(int x) { return x + 1; }\n");
  static const char *const flags[] = {"-I./inc/../inc"};
  FrontendInput in = {.file = source, .directory = folder, .args = flags, .nargs = 1};
  Snippet s = {0};
  frontend_run(shared, &in, &s.out);
  check_unit(&s);
  assert_int_equal(s.out.status, FRONTEND_OK);
  assert_int_equal(s.out.nfiles, 2);
  assert_string_equal(s.out.files[0].path, source);
  assert_string_equal(s.out.files[1].path, header);
  struct stat st;
  assert_int_equal(stat(header, &st), 0);
  assert_int_equal(s.out.files[1].size, st.st_size);
  assert_int_equal(s.out.files[1].mtime_ns,
                   (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec);
  uint64_t before = s.out.files[1].hash;
  assert_int_equal(s.unit->nfunctions, 2);
  assert_false(record(&s, "struct t")->flags & IR_REC_IN_MAIN);
  const IrFunction *fn = function(&s, "f");
  assert_true(s.unit->files[fn->loc.file].flags & IR_FILE_MAIN);
  assert_true(s.out.parse_seconds > 0 && s.out.lower_seconds > 0);
  drop(&s);
  write_file(header, "#pragma once\nstruct t { long x; };\n"
                     "static inline int inline_f(int x) { return x + 1; }\n");
  frontend_run(shared, &in, &s.out);
  check_unit(&s);
  assert_true(s.out.files[1].hash != before);
  drop(&s);
  unlink(source);
  unlink(header);
  rmdir(inc);
  rmdir(folder);
  free(source);
  free(header);
  free(inc);
}

/* Of what a header defines for each unit anew, only what is used, and what that uses. */
static void unused_parts_of_headers(void **state) {
  (void)state;
  static const char header[] = "static int unused(void) { return 1; }\n"
                               "static int third(void) { return 3; }\n"
                               "static int declared(int);\n"
                               "static int (*const table[])(void) = {third};\n"
                               "static int (*const other[])(void) = {unused};\n"
                               "static inline int second(int i) { return table[i](); }\n"
                               "inline int first(int i) { return second(i); }\n"
                               "static int declared(int i) { return i; }\n"
                               "int defined(void) { return 4; }\n"
                               "static int counter = 1;\nint shared = 2;\n";
  static const char code[] = "#include \"h.h\"\n"
                             "static int own(void) { return 5; }\n"
                             "int f(int i) { return first(i) + declared(i); }\n";
  const FrontendText text = {TEST_BIN_DIR "/h.h", header, sizeof header - 1};
  FrontendInput in = {.file = TEST_BIN_DIR "/snippet.c",
                      .directory = TEST_BIN_DIR,
                      .unsaved = code,
                      .unsaved_size = sizeof code - 1,
                      .texts = &text,
                      .ntexts = 1};
  Snippet s = {0};
  frontend_run(shared, &in, &s.out);
  check_unit(&s);
  assert_int_equal(s.out.status, FRONTEND_OK);
  static const char *const there[] = {"f",     "own",      "first",  "second",
                                      "third", "declared", "defined"};
  for (size_t i = 0; i < sizeof there / sizeof *there; i++)
    assert_non_null(function(&s, there[i]));
  assert_int_equal(s.unit->nfunctions, sizeof there / sizeof *there);
  assert_int_equal(s.unit->ninits, 1);
  assert_non_null(strstr(s.text, "shared"));
  assert_null(strstr(s.text, "unused"));
  assert_null(strstr(s.text, "counter"));
  drop(&s);
}

static void flags_count(void **state) {
  (void)state;
  static const char *const flags[] = {"-DWIDE=1", "-fwrapv", "-std=c99"};
  const char *code = "#if WIDE\nlong f(int x) { return x + 1; }\n#endif\n";
  FrontendInput in = {.file = TEST_BIN_DIR "/x.c",
                      .directory = TEST_BIN_DIR,
                      .args = flags,
                      .nargs = 3,
                      .unsaved = code,
                      .unsaved_size = strlen(code)};
  Snippet s = {0};
  frontend_run(shared, &in, &s.out);
  check_unit(&s);
  assert_int_equal(s.out.status, FRONTEND_OK);
  expect_text(&s, "f", "ADD int");
  drop(&s);
}

static void openmp_regions_are_plain_code(void **state) {
  (void)state;
  static const char *const flags[] = {"-fopenmp", "-fopenmp-simd"};
  const char *code = "double f(double *a, int n) { double s = 0;\n"
                     "#ifndef _OPENMP\n#error\n#endif\n"
                     "#pragma omp parallel for reduction(+ : s)\n"
                     "for (int i = 0; i < n; i++) s += a[i];\n return s; }\n";
  FrontendInput in = {.file = TEST_BIN_DIR "/x.c",
                      .directory = TEST_BIN_DIR,
                      .args = flags,
                      .nargs = 2,
                      .unsaved = code,
                      .unsaved_size = strlen(code)};
  Snippet s = {0};
  frontend_run(shared, &in, &s.out);
  check_unit(&s);
  assert_int_equal(s.out.status, FRONTEND_OK);
  assert_int_equal(count_loops(&s, function(&s, "f")), 1);
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

/* ---- places ---------------------------------------------------------------------------------- */

static void places(void **state) {
  (void)state;
  Snippet s = run_code("struct n { struct n *next; int v; };\n"
                       "#define NEXT(p) ((p)->next)\n"
                       "int g(int);\n"
                       "int f(struct n *p) {\n"
                       "  int s = g(1) +\n"
                       "          g(2);\n"
                       "  p = NEXT(p);\n"
                       "  return s + p->v;\n"
                       "}\n");
  const IrFunction *fn = function(&s, "f");
  assert_int_equal(fn->name_loc.line, 4);
  assert_int_equal(fn->name_loc.column, 5);
  assert_int_equal(fn->name_loc.end_column, 6);
  assert_int_equal(fn->loc.end_line, 9);
  uint32_t call = 0, load = 0;
  for (uint32_t i = 0; i < fn->ninsns; i++) {
    IrLoc at = ir_loc(fn, fn->insns[i].loc);
    if (fn->insns[i].op == IR_CALL) {
      assert_int_equal(at.line, call ? 6 : 5);
      assert_int_equal(at.column, 11);
      assert_int_equal(at.end_column, 15);
      call++;
    } else if (fn->insns[i].op == IR_LOAD) {
      assert_int_equal(at.line, load ? 8 : 7);
      assert_int_equal(at.column, load ? 14 : 7);
      load++;
    }
  }
  assert_int_equal(call, 2);
  assert_int_equal(load, 2);
  drop(&s);
}

/* ---- deep and large code --------------------------------------------------------------------- */

static void repeat(HpBuf *out, const char *text, unsigned times) {
  for (unsigned i = 0; i < times; i++)
    hp_buf_add(out, text);
}

/* The sums x + x + x ... all begin with the first x and end one operand later each. */
static void check_row(const IrFunction *fn, uint32_t column) {
  uint32_t end = column + 1;
  for (uint32_t i = 0; i < fn->ninsns && end < 60000; i++)
    if (fn->insns[i].op == IR_ADD) {
      IrLoc at = ir_loc(fn, fn->insns[i].loc);
      assert_int_equal(at.column, column);
      assert_int_equal(at.end_column, end += 4);
    }
  assert_true(end >= 60000);
}

static void deep_code(void **state) {
  (void)state;
  HpBuf code = {0};
  hp_buf_add(&code, "int f(int x) { if (x == 0) return 1;\n");
  for (unsigned i = 1; i < 10000; i++)
    hp_buf_addf(&code, "else if (x == %u) return %u;\n", i, i);
  hp_buf_add(&code, "return 0; }\nint sum(int x) { return x");
  repeat(&code, " + x", 100000);
  hp_buf_add(&code, "; }\nint neg(int x) { return ");
  repeat(&code, "- ", 5000);
  hp_buf_add(&code, "x; }\nint both(int x) { return x");
  repeat(&code, " && x", 5000);
  hp_buf_add(&code, "; }\nint table[] = {");
  repeat(&code, "1,", 100000);
  hp_buf_add(&code, "};\nvoid g(void) { int local[] = {");
  repeat(&code, "1,", 10000);
  hp_buf_add(&code, "}; (void)local; }\n");
  Snippet s = run_code(code.text);
  assert_int_equal(count_op(function(&s, "f"), IR_BR), 10000);
  assert_int_equal(count_op(function(&s, "sum"), IR_ADD), 100000);
  check_row(function(&s, "sum"), 25);
  assert_int_equal(count_op(function(&s, "neg"), IR_NEG), 5000);
  assert_int_equal(count_op(function(&s, "g"), IR_COPY), 1);
  drop(&s);
  hp_buf_free(&code);
}

/* Of each kind alone, and by turns; the last line has none. */
static void ends_of_lines(void **state) {
  (void)state;
  static const char *const ends[] = {"\n", "\r\n", "\r"};
  for (unsigned kind = 0; kind < 4; kind++) {
    HpBuf code = {0};
    for (unsigned i = 0; i < 60; i++) {
      const char *end = ends[kind < 3 ? kind : i % 3];
      hp_buf_addf(&code, "int f%u(int a) {%s  return a * %u;%s}%s", i, end, i + 3, end,
                  i < 59 ? end : "");
    }
    Snippet s = run_code(hp_buf_text(&code));
    for (unsigned i = 0; i < 60; i++) {
      char name[8];
      snprintf(name, sizeof name, "f%u", i);
      const IrFunction *fn = function(&s, name);
      assert_int_equal(fn->name_loc.line, 3 * i + 1);
      assert_int_equal(fn->name_loc.column, 5);
      assert_int_equal(fn->loc.end_line, 3 * i + 3);
      assert_int_equal(fn->loc.end_column, 2);
      for (uint32_t k = 0; k < fn->ninsns; k++)
        if (fn->insns[k].op == IR_MUL) {
          const IrLoc at = ir_loc(fn, fn->insns[k].loc);
          assert_int_equal(at.line, 3 * i + 2);
          assert_int_equal(at.column, 10);
          assert_int_equal(at.end_line, 3 * i + 2);
        }
      assert_int_equal(count_op(fn, IR_MUL), 1);
    }
    drop(&s);
    hp_buf_free(&code);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_lowered),
      cmocka_unit_test(attributes),
      cmocka_unit_test(redeclarations_are_one_symbol),
      cmocka_unit_test(missing_headers),
      cmocka_unit_test(broken_code),
      cmocka_unit_test(nothing_to_lower),
      cmocka_unit_test(cannot_be_read),
      cmocka_unit_test(refused_flags),
      cmocka_unit_test(files_read),
      cmocka_unit_test(unused_parts_of_headers),
      cmocka_unit_test(flags_count),
      cmocka_unit_test(openmp_regions_are_plain_code),
      cmocka_unit_test(places),
      cmocka_unit_test(ends_of_lines),
      cmocka_unit_test(deep_code),
  };
  return cmocka_run_group_tests(tests, open_frontend, close_frontend);
}
