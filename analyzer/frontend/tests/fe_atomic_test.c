/* Atomic accesses: what is read and written, how, and in which order. */
#include "analyzer/frontend/tests/snippet.h"

static void operators(void **state) {
  (void)state;
  Snippet s = run_code("#include <stdatomic.h>\n"
                       "atomic_int n; _Atomic double d; _Atomic _Bool b; int *_Atomic p;\n"
                       "int inc(void) { return n++ + --n; }\n"
                       "void inc_b(void) { b++; }\n"
                       "int add(void) { return n += 3; }\n"
                       "void mul(void) { n *= 2; }\n"
                       "void fl(void) { d += 1.5; }\n"
                       "void or(void) { b |= 1; }\n"
                       "int *ptr(void) { return ++p; }\n"
                       "int init(void) { _Atomic int x = 5; return x; }\n"
                       "void in(_Atomic long *q, struct { _Atomic char c; } *r) { *q ^= 1;"
                       " r->c -= 2; }\n");
  expect_text(&s, "inc", "RMW int [@n] (atomic seq_cst), add, 1");
  expect_text(&s, "inc", "sub, 1");
  expect_text(&s, "inc", "SUB int");
  expect_text(&s, "add", "add, 3");
  expect_text(&s, "mul", "MUL.nsw int");
  expect_text(&s, "mul", "CMPXCHG int [@n] (atomic seq_cst)");
  expect_text(&s, "fl", "ADD double");
  expect_text(&s, "fl", "CMPXCHG unsigned long [@d]");
  expect_text(&s, "or", "OR int");
  expect_text(&s, "or", "CMPXCHG _Bool [@b]");
  expect_text(&s, "inc_b", "CMPXCHG _Bool [@b]");
  expect_text(&s, "ptr", "add, 4:long");
  expect_text(&s, "ptr", "ADDR int *");
  expect_text(&s, "init", "STORE int [$x], 5");
  expect_text(&s, "init", "LOAD int [$x] (atomic seq_cst)");
  expect_text(&s, "in", "RMW long [%0] (atomic seq_cst), xor, 1:long");
  expect_text(&s, "in", "RMW char [%1] .c (atomic seq_cst), sub, 2:char");
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

static void standard_functions(void **state) {
  (void)state;
  Snippet s = run_code(
      "#include <stdatomic.h>\n"
      "int ld(atomic_int *p) { return atomic_load_explicit(p, memory_order_acquire); }\n"
      "void st(atomic_int *p) { atomic_store_explicit(p, 1, memory_order_release); }\n"
      "int x(atomic_int *p) { return atomic_exchange(p, 2); }\n"
      "int f(atomic_int *p) { return atomic_fetch_sub_explicit(p, 3, memory_order_relaxed) +"
      " atomic_fetch_or(p, 4); }\n"
      "char *q(char *_Atomic *p) { return atomic_fetch_add(p, 5); }\n"
      "short *q2(short *_Atomic *p) { return atomic_fetch_add(p, 5); }\n"
      "_Bool c(atomic_int *p, int *e) { return atomic_compare_exchange_weak_explicit(p, e, 7,"
      " memory_order_acq_rel, memory_order_relaxed); }\n"
      "_Bool flag(atomic_flag *p) { _Bool b = atomic_flag_test_and_set(p); atomic_flag_clear(p);"
      " return b; }\n"
      "void fence(int o) { atomic_thread_fence(memory_order_release);"
      " atomic_thread_fence(memory_order_relaxed); __sync_synchronize(); }\n"
      "int any(atomic_int *p, int order) { return atomic_load_explicit(p, order); }\n"
      "void in(atomic_int *p) { atomic_init(p, 1); }\n"
      "int lock_free(atomic_int *p) { return atomic_is_lock_free(p); }\n");
  expect_text(&s, "ld", "LOAD int [%0] (atomic acquire)");
  expect_text(&s, "st", "STORE int [%0] (atomic release), 1");
  expect_text(&s, "x", "RMW int [%0] (atomic seq_cst), xchg, 2");
  expect_text(&s, "f", "(atomic relaxed), sub, 3");
  expect_text(&s, "f", "or, 4");
  expect_text(&s, "q", "add, 5:long");
  expect_text(&s, "q2", "add, 10:long");
  expect_text(&s, "c", "CMPXCHG int [%0] (atomic acquire release), %2, 7");
  expect_text(&s, "c", "EQ _Bool %3, %2");
  expect_text(&s, "c", "STORE int [%1], %3");
  expect_text(&s, "flag", "xchg, 1:_Bool");
  expect_text(&s, "fence", "FENCE (release)");
  expect_text(&s, "fence", "FENCE (seq_cst)");
  assert_int_equal(count_op(function(&s, "fence"), IR_FENCE), 2);
  expect_text(&s, "any", "LOAD int [%0] (atomic)");
  expect_text(&s, "in", "STORE int [%0], 1");
  expect_text(&s, "lock_free", "RET 1");
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

static void compiler_builtins(void **state) {
  (void)state;
  Snippet s = run_code(
      "struct p { int a, b; }; struct big { long a[5]; };\n"
      "int a(int *p) { return __atomic_add_fetch(p, 1, 0) + __atomic_fetch_nand(p, 2, 5); }\n"
      "int m(int *p) { return __atomic_max_fetch(p, 9, 5); }\n"
      "short *g(short **p) { return __atomic_add_fetch(p, 6, 5); }\n"
      "void x(struct p *p, struct p *v, struct p *r) { __atomic_exchange(p, v, r, 4); }\n"
      "_Bool c(struct p *p, struct p *e, struct p *d) {"
      " return __atomic_compare_exchange(p, e, d, 0, 5, 0); }\n"
      "void l(struct p *p, struct p *r) { __atomic_load(p, r, 2); __atomic_store(p, r, 3); }\n"
      "void big(struct big *p, struct big *r) { __atomic_load(p, r, 2); }\n"
      "int s(int *p) { return __sync_bool_compare_and_swap(p, 1, 2) +"
      " __sync_val_compare_and_swap(p, 3, 4) + __sync_nand_and_fetch(p, 5); }\n"
      "void lock(volatile int *p) { while (__sync_lock_test_and_set(p, 1)) ;"
      " __sync_lock_release(p); }\n"
      "_Bool tas(void *p) { _Bool b = __atomic_test_and_set(p, 2); __atomic_clear(p, 3);"
      " return b; }\n"
      "double d(_Atomic double *p, double e) { __c11_atomic_compare_exchange_strong(p, &e, 2.0, 5,"
      " 5); return e; }\n");
  expect_text(&s, "a", "(atomic relaxed), add, 1");
  expect_text(&s, "a", "nand, 2");
  expect_text(&s, "m", "max, 9");
  expect_text(&s, "m", "SELECT int");
  expect_text(&s, "g", "add, 6:long");
  expect_text(&s, "x", "RMW unsigned long [%0] (atomic acquire release), xchg");
  expect_text(&s, "c", "CMPXCHG unsigned long [%0] (atomic seq_cst)");
  expect_text(&s, "l", "LOAD unsigned long [%0] (atomic acquire)");
  expect_text(&s, "l", "STORE unsigned long [%0] (atomic release)");
  expect_text(&s, "big", "CALL @__atomic_load, 40:unsigned long, %0, %1, 2");
  expect_text(&s, "s", "CMPXCHG int [%0] (atomic seq_cst), 1, 2");
  expect_text(&s, "s", "CMPXCHG int [%0] (atomic seq_cst), 3, 4");
  expect_text(&s, "s", "NOT int");
  expect_text(&s, "lock", "(volatile atomic acquire), xchg, 1");
  expect_text(&s, "lock", "STORE int [%0] (volatile atomic release), 0");
  expect_text(&s, "tas", "RMW char [%0] (atomic acquire), xchg, 1:char");
  expect_text(&s, "d", "CMPXCHG unsigned long [%0]");
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(operators),
      cmocka_unit_test(standard_functions),
      cmocka_unit_test(compiler_builtins),
  };
  return cmocka_run_group_tests(tests, open_frontend, close_frontend);
}
