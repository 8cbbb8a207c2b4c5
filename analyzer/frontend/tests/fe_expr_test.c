/* Expressions: which instructions, which operands, which conversions. */
#include "analyzer/frontend/tests/snippet.h"

static void arithmetic(void **state) {
  (void)state;
  Snippet s = run_code(
      "unsigned u(unsigned a, unsigned b) { return a / b % 7 << 2 >> 1; }\n"
      "int i(int a, int b) { return -a * b - ~(a ^ b | 3) + +b; }\n"
      "double d(double a, float b) { return a * b + 1 - .5f; }\n"
      "long w(int a) { return a + 1L; }\n"
      "int fold(void) { return (3 + 4 * 2) / 11 - (5 > 3); }\n"
      "int c(short a, char b) { a += b; b++; return a - b; }\n"
      "int cmp(unsigned a, int b, float x) { return (a < 3u) + (b <= 2) + (x != 0) + !x; }\n");
  expect_text(&s, "i", "MUL.nsw int");
  expect_text(&s, "i", "NEG int");
  expect_text(&s, "u", "DIV unsigned int");
  expect_no_text(&s, "u", "nsw");
  expect_text(&s, "d", "CONV double");
  expect_text(&s, "d", "0.5");
  expect_text(&s, "w", "CONV long");
  expect_text(&s, "fold", "RET 0");
  expect_text(&s, "c", "CONV short");
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

static void conversions(void **state) {
  (void)state;
  Snippet s = run_code("#include <stdint.h>\n#include <stdbool.h>\nvoid *malloc(unsigned long);\n"
                       "struct n { struct n *next; int v; };\n"
                       "struct n *mk(void) { return malloc(sizeof(struct n)); }\n"
                       "struct n *mk2(void) { return (struct n *)malloc(16); }\n"
                       "void *up(struct n *p) { return p; }\n"
                       "bool b(int x) { return x; }\n"
                       "uintptr_t n(void *p) { return (uintptr_t)p; }\n"
                       "int t(double d) { return (int)d; }\n"
                       "void *z(void) { return 0; }\n"
                       "unsigned char k(void) { return (unsigned char)300; }\n"
                       "float fl(void) { return 1; }\n");
  expect_text(&s, "mk", "CONV struct n *");
  expect_text(&s, "mk", "16:unsigned long");
  expect_text(&s, "mk2", "CONV.explicit struct n *");
  expect_no_text(&s, "up", "CONV");
  expect_text(&s, "b", "NE _Bool");
  expect_text(&s, "n", "CONV.explicit");
  expect_text(&s, "k", "RET 44:unsigned char");
  expect_text(&s, "fl", "RET 1.0");
  expect_text(&s, "z", "RET 0:void *");
  drop(&s);
}

static void assignments(void **state) {
  (void)state;
  Snippet s = run_code(
      "int f(int a, int b) { int c = a = b; c += a; c <<= 2; c ^= b; a = c++ + --b; return a + c;"
      " }\n"
      "void m(int *p, char *c) { *p += 2; p[1] |= 4; (*c)--; *p = *c = 1; }\n"
      "char *step(char *s) { while (*s++) ; return s - 1; }\n"
      "long diff(int *a, int *b) { return a - b; }\n"
      "int *idx(int *p, long i) { p += i; return 3 + p; }\n"
      "int comma(int a) { return (a++, a * 2); }\n");
  expect_text(&s, "step", "+ 1]");
  expect_text(&s, "diff", "PDIFF");
  expect_text(&s, "diff", " 4");
  expect_text(&s, "idx", "4*%");
  expect_text(&s, "idx", "+ 12]");
  assert_int_equal(count_op(function(&s, "m"), IR_STORE), 5);
  assert_int_equal(count_op(function(&s, "f"), IR_LOAD), 0);
  drop(&s);
}

static void calls(void **state) {
  (void)state;
  Snippet s = run_code("#include <string.h>\n#include <stdlib.h>\n#include <stdio.h>\n"
                       "int one(int), two(int);\n"
                       "int d(void) { return one(1) + (two)(2) + (*one)(3) + (&two)(4); }\n"
                       "typedef int (*fn)(int); struct ops { fn run; };\n"
                       "int p(fn f, struct ops *o) { return f(1) + (*f)(2) + o->run(3); }\n"
                       "fn pick(int x) { return x ? one : two; }\n"
                       "void lib(char *d, const char *s) { __builtin_memcpy(d, s, 4);"
                       " __builtin___strcpy_chk(d, s, 9); __builtin_printf(\"%d\", 1); }\n"
                       "void *st(unsigned n) { return memset(__builtin_alloca(n), 0, n); }\n"
                       "int k(int x) { return __builtin_constant_p(x) + __builtin_popcount(x); }\n"
                       "void var(const char *f) { printf(f, 1, 2.0, 'c'); }\n");
  expect_calls(&s, "d", "one two one two");
  assert_int_equal(count_op(function(&s, "p"), IR_CALLP), 3);
  expect_text(&s, "p", ".run");
  expect_calls(&s, "lib", "memcpy strcpy printf");
  assert_int_equal(count_op(function(&s, "st"), IR_ALLOCA), 1);
  expect_calls(&s, "k", "__builtin_popcount");
  assert_true(symbol(&s, "__builtin_popcount")->flags & IR_SYM_BUILTIN);
  assert_true(symbol(&s, "__builtin_popcount")->flags & IR_SYM_CONSTFN);
  assert_true(symbol(&s, "one")->flags & IR_SYM_ADDRESS_TAKEN);
  assert_true(symbol(&s, "printf")->flags & IR_SYM_VARIADIC);
  assert_true(symbol(&s, "printf")->flags & IR_SYM_SYSTEM);
  assert_false(symbol(&s, "memset")->flags & IR_SYM_ADDRESS_TAKEN);
  drop(&s);
}

static void records_by_value(void **state) {
  (void)state;
  Snippet s = run_code("struct big { long a[20]; }; struct pt { double x, y; };\n"
                       "struct pt add(struct pt a, struct pt b);\n"
                       "double f(struct pt a) { return add(a, (struct pt){1, 2}).x; }\n"
                       "long g(struct big b) { return b.a[3]; }\n"
                       "long h(struct big *p) { struct big t = *p; t = *p; return g(*p); }\n"
                       "struct pt r(int c, struct pt a, struct pt b) { return c ? a : b; }\n");
  expect_text(&s, "f", "CALL struct pt @add");
  expect_text(&s, "g", "PARAM struct big 0");
  expect_text(&s, "h", "LOAD struct big");
  assert_int_equal(count_op(function(&s, "h"), IR_COPY), 2);
  expect_text(&s, "r", "COPY struct pt");
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

/* As in clang, what is assigned decides which code exists when it is written as a constant. */
static void constants_assigned(void **state) {
  (void)state;
  Snippet s = run_code("int g; struct { int b : 3; } s; void yes(void), no(void);\n"
                       "void f1(void) { if ((g = 0L)) yes(); else no(); }\n"
                       "void f2(int a) { int b; while (!(a = b = 3)) yes(); no(); }\n"
                       "void f3(char c) { if ((c = 256)) yes(); else no(); }\n"
                       "void f4(int n) { if ((g = n)) yes(); else no(); }\n"
                       "void f5(void) { if ((s.b = 8)) yes(); else no(); }\n"
                       "void f6(int a) { a = 0; if (a) yes(); else no(); }\n");
  for (const char *const *f = (const char *const[]){"f1", "f2", "f3", NULL}; *f; f++)
    expect_calls(&s, *f, "no");
  for (const char *const *f = (const char *const[]){"f4", "f5", "f6", NULL}; *f; f++)
    expect_calls(&s, *f, "yes no");
  drop(&s);
}

/* Its operands are what the types are written with, or nothing at all. */
static void types_compatible(void **state) {
  (void)state;
  Snippet s =
      run_code("enum { hot, dog }; struct s { int a; }; struct t { int a; }; int i; double d;\n"
               "#define SAME(a, b) __builtin_types_compatible_p(a, b)\n"
               "int y1(void) { return SAME(typeof(hot), int); }\n"
               "int y2(void) { return SAME(typeof(hot), typeof(dog)); }\n"
               "int y3(void) { return SAME(int[5], int[]); }\n"
               "int y4(void) { return SAME(const int[3], int[3]); }\n"
               "int y5(void) { return SAME(int (*)(int), int (*)()); }\n"
               "int y6(void) { return SAME(const struct s, struct s); }\n"
               "int y7(void) { return SAME(typeof(i), int); }\n"
               "int n1(void) { return SAME(typeof(i), typeof(d)); }\n"
               "int n2(void) { return SAME(struct s, struct t); }\n"
               "int n3(void) { return SAME(long[6], int[5]); }\n"
               "int cast(void) { long l = 5; return hot + (int)l + dog; }\n");
  for (const char *const *f = (const char *const[]){"y1", "y2", "y3", "y4", "y5", "y6", "y7", NULL};
       *f; f++)
    expect_text(&s, *f, "RET 1");
  for (const char *const *f = (const char *const[]){"n1", "n2", "n3", NULL}; *f; f++)
    expect_text(&s, *f, "RET 0");
  expect_text(&s, "cast", "CONV.explicit int");
  assert_false(record(&s, "struct s")->flags & IR_REC_OFFSETOF);
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

static void sizes_and_constants(void **state) {
  (void)state;
  Snippet s = run_code(
      "#include <stddef.h>\nstruct s { char c; long l; int b : 3; };\n"
      "unsigned long f(void) { return sizeof(struct s) + _Alignof(long) + offsetof(struct s, l); "
      "}\n"
      "int g(void) { return 'a' + L'b' + 0x10 + 'ab'; }\n"
      "enum { A = 5, B }; int h(void) { return A + B; }\n"
      "unsigned long v(int n) { int a[n]; double m[n][4]; return sizeof a + sizeof m[0]; }\n"
      "int gen(float x) { return _Generic(x, int: 1, float: 2, default: 3); }\n"
      "int fi(int); float ff(float);\n"
      "float tg(float x) { return _Generic(x, int: fi, float: ff)(x); }\n"
      "int tc(void) { return __builtin_types_compatible_p(int, long) + "
      "__builtin_choose_expr(1, 2, 3); }\n"
      "struct t { int a, b; }; struct u { int c, d; };\n"
      "const unsigned long places[] = {sizeof(struct u), offsetof(struct t, b)};\n"
      "struct u preset = {.d = 1}, plain;\n"
      "const char *name(void) { plain.c = preset.d; return __func__; }\n");
  expect_text(&s, "f", "RET 40:unsigned long");
  expect_text(&s, "h", "RET 11");
  assert_int_equal(count_op(function(&s, "v"), IR_ALLOCA), 2);
  expect_text(&s, "v", "32:unsigned long");
  expect_text(&s, "gen", "RET 2");
  expect_calls(&s, "tg", "ff");
  expect_text(&s, "tc", "RET 2");
  assert_true(record(&s, "struct s")->flags & IR_REC_OFFSETOF);
  assert_true(record(&s, "struct t")->flags & IR_REC_OFFSETOF);
  assert_false(record(&s, "struct u")->flags & IR_REC_OFFSETOF);
  assert_true(symbol(&s, "preset")->flags & IR_SYM_INIT);
  assert_false(symbol(&s, "plain")->flags & IR_SYM_INIT);
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

static void generic_by_type_name(void **state) {
  (void)state;
  Snippet s =
      run_code("void put_int(int *), put_long(long *), put_any(void *);\n"
               "#define PUT(x) _Generic((x), int *: put_i, long *: put_l, default: put_d)(x)\n"
               "void put_i(void *), put_l(void *), put_d(void *);\n"
               "void f(long *p) { PUT(p); }\n"
               "void g(char *p) { PUT(p); }\n");
  expect_calls(&s, "f", "put_l");
  expect_calls(&s, "g", "put_d");
  drop(&s);
}

static void atomics(void **state) {
  (void)state;
  Snippet s = run_code(
      "#include <stdatomic.h>\n_Atomic int n; int plain;\n"
      "int f(void) { n++; n += 2; n = 4; return n; }\n"
      "int g(void) { atomic_fetch_add(&n, 1); return atomic_load_explicit(&n, "
      "memory_order_relaxed); }\n"
      "int h(void) { return __sync_fetch_and_add(&plain, 1) + __atomic_load_n(&plain, 0); }\n"
      "_Bool c(int *e) { return atomic_compare_exchange_strong(&n, e, 7); }\n");
  assert_int_equal(count_op(function(&s, "f"), IR_RMW), 2);
  assert_int_equal(count_op(function(&s, "g"), IR_RMW), 1);
  assert_int_equal(count_op(function(&s, "h"), IR_RMW), 1);
  assert_int_equal(count_op(function(&s, "c"), IR_CMPXCHG), 1);
  expect_text(&s, "f", "atomic");
  expect_text(&s, "g", "LOAD int [@n] (atomic relaxed)");
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

static void what_is_not_modelled(void **state) {
  (void)state;
  Snippet s = run_code(
      "#include <stdarg.h>\n"
      "int f(int n, ...) { va_list ap; va_start(ap, n); int x = va_arg(ap, int); va_end(ap);"
      " return x; }\n"
      "struct s { long a[4]; };\n"
      "long g(va_list ap) { struct s v = va_arg(ap, struct s); return v.a[1]; }\n"
      "typedef float v4 __attribute__((vector_size(16)));\n"
      "v4 v(v4 a, v4 b) { return a * b + (v4){1, 2, 3, 4}; }\n"
      "float e(v4 a, int i) { a[i] = 2; return a[1]; }\n"
      "double c(double _Complex z) { return __real__ z + __imag__ z; }\n");
  expect_text(&s, "f", "VAARG int [$ap]");
  expect_text(&s, "g", "VAARG struct s [%");
  expect_text(&s, "v", "MUL v4");
  assert_int_equal(count_op(function(&s, "e"), IR_STORE), 2);
  drop(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(arithmetic),           cmocka_unit_test(conversions),
      cmocka_unit_test(assignments),          cmocka_unit_test(calls),
      cmocka_unit_test(records_by_value),     cmocka_unit_test(constants_assigned),
      cmocka_unit_test(types_compatible),     cmocka_unit_test(sizes_and_constants),
      cmocka_unit_test(generic_by_type_name), cmocka_unit_test(atomics),
      cmocka_unit_test(what_is_not_modelled),
  };
  return cmocka_run_group_tests(tests, open_frontend, close_frontend);
}
