/* Corners of the language: wide and odd numbers, choices at compile time, bit-fields, builtins. */
#include "analyzer/frontend/tests/snippet.h"

static void wide_numbers(void **state) {
  (void)state;
  Snippet s = run_code(
      "typedef unsigned __int128 u128;\n"
      "u128 both(void) { return ((u128)0x123456789abcdef0 << 64) | 0xfedcba9876543210u; }\n"
      "u128 ones(void) { return -1; }\n"
      "u128 zero_extended(void) { return 0xffffffffffffffffull; }\n"
      "__int128 negative(void) { return -(__int128)5; }\n"
      "unsigned _BitInt(7) seven(unsigned _BitInt(7) x, int y) { x += 1; return x + (_BitInt(7))y;"
      " }\n"
      "unsigned _BitInt(7) wrap(void) { return (unsigned _BitInt(7))200; }\n"
      "_BitInt(200) digits(void) { return 123456789012345678901234567890wb; }\n"
      "_Float16 half(_Float16 x) { return x * 2; }\n"
      "const unsigned short *pair(void) { return u\"x\\U0001F600\"; }\n"
      "char narrow(char c) { c++; return c; }\n"
      "_Bool flag(_Bool b) { return ++b; }\n");
  expect_text(&s, "both", "CONV u128 -81985529216486896:unsigned long");
  expect_text(&s, "ones", "RET -1:u128");
  expect_text(&s, "zero_extended", "CONV u128 -1:unsigned long long");
  expect_text(&s, "negative", "RET -5:__int128");
  expect_text(&s, "seven", "CONV");
  assert_non_null(strstr(s.text, "count 7"));
  expect_text(&s, "wrap", "RET 72:");
  expect_text(&s, "digits", "6692605942:");
  expect_text(&s, "half", "MUL _Float16");
  assert_non_null(strstr(s.text, "literal \"x\\x00=\\xd8\\x00\\xde\""));
  expect_text(&s, "narrow", "ADD char");
  expect_text(&s, "flag", "NE _Bool");
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

static void choices(void **state) {
  (void)state;
  Snippet s = run_code(
      "typedef unsigned int u32; struct s { int x; };\n"
      "int a(const int *p) { return _Generic(p, int *: 1, const int *: 2, default: 3); }\n"
      "int b(int arr[3]) { return _Generic(arr, int *: 1, default: 2); }\n"
      "int c(void) { return _Generic(\"x\", char *: 1, const char *: 2); }\n"
      "void i(void *), l(void *), u(void *), d(void *);\n"
      "#define PICK(x) _Generic((x), int *: i, long unsigned int *: l, u32 *: u, default: d)(x)\n"
      "void e(unsigned long *p, unsigned *q, int *r, char *t) { PICK(p); PICK(q); PICK(r); PICK(t);"
      " }\n"
      "void g(int v[static 2]) { PICK(v); int w[4]; PICK(w); }\n"
      "int same(int x, long y) { return __builtin_types_compatible_p(__typeof__(x), int) * 2 +"
      " __builtin_types_compatible_p(__typeof__(x), __typeof__(y)); }\n"
      "int known(int x, int y) { return __builtin_choose_expr(!__builtin_constant_p(x), 3, y++); "
      "}\n"
      "struct in { int x, y[4]; }; struct out { char c; struct in a[3]; };\n"
      "unsigned long at(int n) { return __builtin_offsetof(struct out, a[n].y[1]); }\n"
      "int deduced(int x) { __auto_type y = x * 2.5; __typeof__(y) z = y; return z; }\n");
  expect_text(&s, "a", "RET 2");
  expect_text(&s, "b", "RET 1");
  expect_text(&s, "c", "RET 1");
  expect_calls(&s, "e", "l u i d");
  expect_calls(&s, "g", "i i");
  expect_text(&s, "same", "RET 2");
  expect_text(&s, "known", "RET 3");
  expect_text(&s, "at", "MUL unsigned long %1, 20:unsigned long");
  assert_int_equal(count_op(function(&s, "deduced"), IR_CONV), 2);
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

static void bit_fields(void **state) {
  (void)state;
  Snippet s = run_code(
      "struct b { unsigned u : 3; int i : 5; unsigned : 0; unsigned long w : 40; _Bool f : 1; };\n"
      "int value(struct b *p, int x) { return p->u = x; }\n"
      "int sign(struct b *p, int x) { return p->i = x; }\n"
      "void effect(struct b *p, int x) { p->u = x; p->i += x; ++p->u; }\n"
      "int step(struct b *p) { return ++p->u + p->i--; }\n"
      "int folded(struct b *p) { return p->u = 9; }\n"
      "void half(struct b *p) { p->u /= -2; }\n"
      "unsigned long wide(struct b *p, unsigned long x) { return p->w = x; }\n"
      "int flag(struct b *p, int x) { return p->f = x; }\n");
  expect_text(&s, "value", "bits 0:3");
  expect_text(&s, "value", "AND unsigned int");
  expect_text(&s, "sign", "SHR int");
  assert_int_equal(count_op(function(&s, "effect"), IR_AND), 0);
  assert_int_equal(count_op(function(&s, "effect"), IR_SHL), 0);
  expect_text(&s, "step", "AND unsigned int");
  expect_text(&s, "folded", "CONV int 1:");
  expect_text(&s, "half", "DIV int");
  expect_text(&s, "wide", "AND unsigned long %1");
  expect_no_text(&s, "flag", "AND");
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

static void checked_arithmetic(void **state) {
  (void)state;
  Snippet s = run_code(
      "_Bool a(int x, int y, int *r) { return __builtin_add_overflow(x, y, r); }\n"
      "_Bool m(unsigned long x, unsigned long y, unsigned long *r) {"
      " return __builtin_umull_overflow(x, y, r); }\n"
      "_Bool s(long x, unsigned char y, short *r) { return __builtin_sub_overflow(x, y, r); }\n"
      "_Bool big(__int128 x, int y, int *r) { return __builtin_mul_overflow(x, y, r); }\n");
  expect_text(&s, "a", "ADD int %0, %1");
  expect_text(&s, "a", "ADD.nsw long");
  expect_text(&s, "a", "NE _Bool");
  expect_text(&s, "m", "MUL unsigned __int128");
  expect_text(&s, "m", "MUL unsigned long %0, %1");
  expect_text(&s, "s", "SUB.nsw __int128");
  expect_calls(&s, "big", "__builtin_mul_overflow");
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

static void objects(void **state) {
  (void)state;
  Snippet s = run_code(
      "struct p { int a, b; };\n"
      "void swap(struct p *x, int c) { *x = c ? (struct p){x->b, x->a} : *x; }\n"
      "struct p get(void); int member(void) { return get().b + (0, get()).a; }\n"
      "int scalar(int x) { return (int){x} + *&(int){3}; }\n"
      "struct s { struct p a, b; int n[3]; char t[4]; };\n"
      "struct s some(int v) { struct s s = {.b.b = v, .n[1 ... 2] = v, .t = \"abcd\", .a = {1}};"
      " return s; }\n"
      "struct p all(int v) { struct p p = {.b = v, .a = 1}; return p; }\n"
      "struct p twice(int v) { struct p p = {.b = v, .b = 1}; return p; }\n"
      "char last(void) { char s[4] = \"abcd\"; return s[3]; }\n");
  expect_text(&s, "some", "CLEAR struct s [$s]");
  expect_no_text(&s, "all", "CLEAR");
  expect_text(&s, "twice", "CLEAR");
  expect_text(&s, "last", "char[4] [\"abcd\"]");
  expect_text(&s, "swap", "COPY struct p [%0], struct p [$temporary]");
  expect_text(&s, "member", ".b");
  expect_text(&s, "scalar", "ADD");
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(wide_numbers),       cmocka_unit_test(choices), cmocka_unit_test(bit_fields),
      cmocka_unit_test(checked_arithmetic), cmocka_unit_test(objects),
  };
  return cmocka_run_group_tests(tests, open_frontend, close_frontend);
}
