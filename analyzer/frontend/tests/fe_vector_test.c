/* Complex numbers and vectors. */
#include "analyzer/frontend/tests/snippet.h"

static void complex_numbers(void **state) {
  (void)state;
  Snippet s =
      run_code("typedef double _Complex dc;\n"
               "dc conj(dc);\n"
               "dc add(dc a, dc b) { return (a + b) * a / b - a; }\n"
               "dc real_left(double x, dc z) { return x - z; }\n"
               "dc real_right(dc z, int x) { return z * x; }\n"
               "dc over(double x, dc z) { return x / z; }\n"
               "double parts(dc z) { return __real__ z + __imag__ z; }\n"
               "dc build(double x, double y) { dc z; __real__ z = x; __imag__ z = y; return z; }\n"
               "dc list(double x) { dc z = {x, 2}; return z; }\n"
               "dc made(double x) { return __builtin_complex(x, 1.0); }\n"
               "dc unit(void) { return 2.0i; }\n"
               "dc conjugate(dc z) { return -~z; }\n"
               "int truth(dc z) { return z ? 1 : !z + (z == 1.0); }\n"
               "float _Complex narrow(dc z) { return z; }\n"
               "double cut(dc z) { return z; }\n"
               "_Bool flag(dc z) { return z; }\n"
               "dc step(dc z, float f) { z += f; z *= z; z++; return z; }\n"
               "dc through(dc *p, int i) { p[i] -= 1; return conj(p[i]); }\n");
  expect_text(&s, "add", "ADD dc %0, %1");
  expect_text(&s, "add", "MUL ");
  expect_text(&s, "add", "DIV ");
  expect_text(&s, "real_left", "SUB double %0, %2");
  expect_text(&s, "real_left", "NEG double %3");
  assert_int_equal(count_op(function(&s, "real_right"), IR_MUL), 2);
  expect_text(&s, "over", "%0, 0.0");
  expect_text(&s, "parts", "EXTRACT double %0, 0");
  expect_text(&s, "parts", "EXTRACT double %0, 1");
  assert_int_equal(function(&s, "parts")->nlocals, 0);
  expect_text(&s, "build", "STORE double [$z + 8], %1");
  expect_text(&s, "list", "%0, 2.0");
  expect_text(&s, "made", "%0, 1.0");
  expect_text(&s, "unit", "0.0, 2.0");
  expect_text(&s, "conjugate", "NEG double");
  expect_text(&s, "truth", "NE int %0");
  expect_text(&s, "truth", "EQ int %0");
  expect_text(&s, "narrow", "CONV float");
  expect_text(&s, "narrow", "PACK _Complex float");
  expect_text(&s, "cut", "EXTRACT double %0, 0");
  expect_text(&s, "flag", "NE _Bool %0");
  expect_text(&s, "step", "MUL ");
  expect_text(&s, "through", "[%0 + 16*");
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

static void vectors(void **state) {
  (void)state;
  Snippet s = run_code("typedef float v4 __attribute__((vector_size(16)));\n"
                       "typedef int i4 __attribute__((vector_size(16)));\n"
                       "typedef double d4 __attribute__((vector_size(32)));\n"
                       "v4 arithmetic(v4 a, v4 b) { return -a * b + (v4){1, 2, 3, 4}; }\n"
                       "v4 scalar(v4 a, float s) { a *= s; return 2 * a; }\n"
                       "i4 shift(i4 a, int n) { a <<= 2; return (a >> n) ^ ~a; }\n"
                       "i4 less(v4 a, v4 b) { return a < b; }\n"
                       "v4 zeros(float x) { v4 v = {x}; return v; }\n"
                       "i4 bits(v4 v) { return (i4)v; }\n"
                       "d4 each(v4 v) { return __builtin_convertvector(v, d4); }\n"
                       "v4 mix(v4 a, v4 b) { return __builtin_shufflevector(a, b, 0, 5, 2, -1); }\n"
                       "float at(v4 v, int i) { v[i] = 2; return v[1]; }\n"
                       "v4 memory(v4 *p, int i) { p[i] += p[0]; return p[i]; }\n"
                       "struct s { v4 v; int n; } both(v4 a) { struct s r = {a, 3}; return r; }\n"
                       "v4 flat(void) { v4 a[2] = {1, 2, 3, 4, 5, 6, 7, 8}; return a[1]; }\n");
  expect_text(&s, "arithmetic", "NEG v4 %0");
  expect_text(&s, "arithmetic", "PACK v4 1.0:float, 2.0:float");
  expect_text(&s, "scalar", "SPLAT v4 %1");
  expect_text(&s, "scalar", "SPLAT v4 2.0:float");
  expect_text(&s, "shift", "SHL i4");
  expect_text(&s, "shift", "NOT i4");
  expect_text(&s, "less", "LT ");
  expect_text(&s, "zeros", "PACK v4 %0, 0.0:float, 0.0:float, 0.0:float");
  expect_text(&s, "bits", "CONV i4 %0");
  expect_text(&s, "each", "CONVEACH d4 %0");
  expect_text(&s, "mix", "SHUFFLE v4 %0, %1, 0, 5, 2, -1");
  expect_text(&s, "at", "STORE float [$v + 4*%");
  expect_text(&s, "memory", "16*");
  expect_text(&s, "both", "STORE v4 [$r] .v, %0");
  expect_text(&s, "flat", "STORE float [$a + 28], 8.0:float");
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

static void elements_by_name(void **state) {
  (void)state;
  Snippet s = run_code("typedef float e4 __attribute__((ext_vector_type(4)));\n"
                       "typedef float e2 __attribute__((ext_vector_type(2)));\n"
                       "float one(e4 v) { return v.z + v.s3; }\n"
                       "e2 two(e4 v) { return v.wx; }\n"
                       "e2 half(e4 v) { return v.hi + v.even; }\n"
                       "e4 write(e4 v, float x) { v.y = x; v.zw = v.xx; v.x += 1; return v; }\n"
                       "float through(e4 *p) { p->x = 1; return p->y; }\n"
                       "e4 spread(float x) { return (e4)x; }\n");
  expect_text(&s, "one", "EXTRACT float %0, 2");
  expect_text(&s, "one", "EXTRACT float %0, 3");
  expect_text(&s, "two", "%0, %0, 3, 0");
  expect_text(&s, "half", "%0, %0, 2, 3");
  expect_text(&s, "half", "%0, %0, 0, 2");
  expect_text(&s, "write", "STORE float [$v + 4], %2");
  expect_text(&s, "write", "INSERT e4");
  expect_text(&s, "through", "STORE float [%0], 1.0:float");
  expect_text(&s, "spread", "SPLAT e4 %0");
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

static void intrinsics(void **state) {
  (void)state;
  Snippet s = run_code("#include <immintrin.h>\n"
                       "float sum(const float *p, int n) { __m128 s = _mm_setzero_ps();\n"
                       "  for (int i = 0; i < n; i += 4) s = _mm_add_ps(s, _mm_loadu_ps(p + i));\n"
                       "  return s[0] + s[1] + s[2] + s[3]; }\n"
                       "__m128i direct(__m128i a) {"
                       " return (__m128i)__builtin_ia32_psllwi128((__v8hi)a, 3); }\n"
                       "void pause(void) { __builtin_ia32_pause(); }\n");
  expect_text(&s, "sum", "_mm_add_ps");
  expect_text(&s, "direct", "__builtin_ia32_psllwi128");
  assert_true(symbol(&s, "__builtin_ia32_psllwi128")->flags & IR_SYM_CONSTFN);
  assert_false(symbol(&s, "__builtin_ia32_pause")->flags & (IR_SYM_CONSTFN | IR_SYM_PURE));
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(complex_numbers),
      cmocka_unit_test(vectors),
      cmocka_unit_test(elements_by_name),
      cmocka_unit_test(intrinsics),
  };
  return cmocka_run_group_tests(tests, open_frontend, close_frontend);
}
