/* Addresses, paths, initialisers, layouts. */
#include "analyzer/frontend/tests/snippet.h"

static void shapes_of_access(void **state) {
  (void)state;
  Snippet s =
      run_code("struct in { int k, b; }; struct s { struct s *next; struct in a; int arr[4];"
               " struct in tab[3]; union { long l; double d; }; }; struct s g; struct s *tbl[9];\n"
               "int f(struct s *p) { return p->a.b; }\n"
               "int x(struct s *v, int i) { return v[i].a.b; }\n"
               "int y(struct s *p, int i) { return p->arr[i]; }\n"
               "int z(struct s *p, int i) { return p->tab[i].b + i[p->arr]; }\n"
               "long u(struct s *p) { return p->l + (long)p->d; }\n"
               "int w(void) { return g.a.b + g.arr[2]; }\n"
               "int t(int i) { return tbl[i]->next->a.k; }\n"
               "int d(struct s *p) { return (*p).a.k + (&g)->a.k + (*(p + 2)).a.k + *p->arr; }\n"
               "int m(int a[][20], int i, int j) { return a[i][j]; }\n"
               "int c(int *p) { return p[3] + *(p - 1) + 2[p]; }\n");
  expect_text(&s, "f", "LOAD int [%0 + 12] .a.b");
  expect_text(&s, "x", "[%0 + 64*%1 + 12] .a.b");
  expect_text(&s, "y", "ADDR int * [%0 + 16] .arr");
  expect_text(&s, "z", ".tab");
  expect_text(&s, "u", ".l");
  expect_text(&s, "w", "[@g + 12] .a.b");
  expect_text(&s, "t", "[@tbl + 8*%0]");
  expect_text(&s, "t", ".next");
  expect_text(&s, "d", "[%0 + 136] .a.k");
  expect_text(&s, "d", "[@g + 8] .a.k");
  expect_text(&s, "m", "[%0 + 80*%1]");
  expect_text(&s, "c", "[%0 + 12]");
  expect_text(&s, "c", "[%0 - 4]");
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

static void registers_and_memory(void **state) {
  (void)state;
  Snippet s = run_code("void g(int *); int h(int);\n"
                       "int a(void) { int x = 1; g(&x); return x; }\n"
                       "int b(void) { int x = 1; x = h(x); return x; }\n"
                       "int c(void) { volatile int x = 1; return x; }\n"
                       "int d(int p) { g(&p); return p; }\n"
                       "int e(int n) { static int calls; return calls += n; }\n"
                       "extern int ext; int f(void) { extern int other; return ext + other; }\n"
                       "static _Thread_local int tls; int t(void) { return tls; }\n");
  assert_int_equal(count_op(function(&s, "a"), IR_LOAD), 1);
  assert_int_equal(count_op(function(&s, "b"), IR_LOAD), 0);
  expect_text(&s, "c", "volatile");
  expect_text(&s, "d", "(param)");
  assert_true(symbol(&s, "e.calls")->flags & IR_SYM_INTERNAL);
  assert_false(symbol(&s, "ext")->flags & IR_SYM_DEFINED);
  assert_false(symbol(&s, "other")->flags & IR_SYM_INTERNAL);
  assert_true(symbol(&s, "tls")->flags & IR_SYM_THREAD);
  drop(&s);
}

static void bitfields(void **state) {
  (void)state;
  Snippet s = run_code("struct b { unsigned a : 3, : 2, c : 9; int d : 20; };\n"
                       "struct __attribute__((packed)) q { char x; unsigned y : 12, z : 25; };\n"
                       "void f(struct b *p) { p->c++; p->d = p->a; }\n"
                       "unsigned g(struct q *p) { return p->z; }\n");
  const IrFunction *fn = function(&s, "f");
  for (uint32_t i = 0; i < fn->ninsns; i++) {
    const IrAddr *a = ir_addr_of(fn, &fn->insns[i]);
    if (a) {
      assert_true(a->flags & IR_MEM_BITFIELD);
      assert_int_equal(a->size, 4);
      assert_true(a->bit_offset + a->bit_width <= 32);
    }
  }
  fn = function(&s, "g");
  const IrAddr *z = &fn->addrs[0];
  assert_true((uint64_t)z->offset + z->size <= record(&s, "struct q")->size);
  assert_int_equal(z->bit_width, 25);
  assert_true(record(&s, "struct q")->flags & IR_REC_PACKED);
  drop(&s);
}

static void initialisers(void **state) {
  (void)state;
  Snippet s = run_code(
      "struct in { int a, b; }; struct s { int x; struct in p[2]; char n[8]; int y; };\n"
      "int take(struct s *);\n"
      "int full(void) { struct in v = {1, 2}; return v.a; }\n"
      "int zero(void) { struct s v = {0}; return take(&v); }\n"
      "int part(void) { struct s v = {.y = 3, .p[1].b = 4}; return take(&v); }\n"
      "int flat(int k) { struct s v = {1, 2, 3, 4, k, \"abc\", 6}; return take(&v); }\n"
      "int str(void) { char b[] = \"text\"; char c[16] = \"x\"; return b[0] + c[0]; }\n"
      "int lit(void) { return take(&(struct s){.x = 1}); }\n"
      "int copy(struct in *q) { struct in r[2] = {*q, {5}}; return r[0].a; }\n"
      "int range(void) { int a[6] = {[1 ... 3] = 7, [5] = 1}; return a[2]; }\n"
      "int big(void) { int a[20] = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20};"
      " return a[3]; }\n"
      "int scalar(void) { int x = {5}; return x; }\n"
      "union u { int i; double d; }; double un(void) { union u v = {.d = 1}; return v.d; }\n");
  assert_int_equal(count_op(function(&s, "full"), IR_STORE), 2);
  assert_int_equal(count_op(function(&s, "full"), IR_CLEAR), 0);
  assert_int_equal(count_op(function(&s, "zero"), IR_CLEAR), 1);
  assert_int_equal(count_op(function(&s, "zero"), IR_STORE), 0);
  assert_int_equal(count_op(function(&s, "part"), IR_CLEAR), 1);
  assert_int_equal(count_op(function(&s, "part"), IR_STORE), 2);
  assert_int_equal(count_op(function(&s, "flat"), IR_STORE), 6);
  assert_int_equal(count_op(function(&s, "flat"), IR_COPY), 1);
  assert_int_equal(count_op(function(&s, "str"), IR_COPY), 2);
  assert_int_equal(count_op(function(&s, "lit"), IR_STORE), 1);
  assert_int_equal(count_op(function(&s, "copy"), IR_COPY), 1);
  assert_int_equal(count_op(function(&s, "range"), IR_STORE), 4);
  assert_int_equal(count_op(function(&s, "big"), IR_COPY), 1);
  assert_int_equal(count_op(function(&s, "big"), IR_STORE), 0);
  expect_text(&s, "scalar", "RET 5");
  assert_int_equal(count_op(function(&s, "un"), IR_STORE), 1);
  assert_true(record(&s, "struct s")->flags & IR_REC_POSITIONAL_INIT);
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

static void static_initialisers(void **state) {
  (void)state;
  Snippet s = run_code("int cmd(int), other(int), unused(int);\n"
                       "struct row { const char *name; int (*run)(int); int n; };\n"
                       "struct opt { int a, b; };\n"
                       "struct row table[] = {{\"a\", cmd, 1}, {\"b\", other, 2}};\n"
                       "struct opt by_name = {.b = 1, .a = 2};\n"
                       "int f(int x) { static struct row local = {.run = other};"
                       " return table[x].run(x) + local.n + unused(x); }\n");
  assert_true(symbol(&s, "cmd")->flags & IR_SYM_ADDRESS_TAKEN);
  assert_true(symbol(&s, "other")->flags & IR_SYM_ADDRESS_TAKEN);
  assert_false(symbol(&s, "unused")->flags & IR_SYM_ADDRESS_TAKEN);
  assert_true(record(&s, "struct row")->flags & IR_REC_POSITIONAL_INIT);
  assert_false(record(&s, "struct opt")->flags & IR_REC_POSITIONAL_INIT);
  assert_true(symbol(&s, "table")->flags & IR_SYM_DEFINED);
  drop(&s);
}

static void layouts(void **state) {
  (void)state;
  Snippet s = run_code(
      "#include <stdio.h>\n#include <string.h>\n"
      "typedef struct { char c; double d; } pair;\n"
      "struct flex { int n; char tail[]; };\n"
      "struct al { char c; int x __attribute__((aligned(16))); };\n"
      "#pragma pack(push, 1)\nstruct pk { char c; int x; };\n#pragma pack(pop)\n"
      "struct prefix { int tag; }; struct sub { int tag; char rest[60]; };\n"
      "struct fwd; struct holder { struct fwd *p; union { int i; float f; } u; };\n"
      "int f(pair *p, struct flex *x, struct al *a, struct pk *k, struct sub *s, struct holder *h,"
      " FILE *o) { fwrite(k, sizeof *k, 1, o); return ((struct prefix *)s)->tag + p->c + x->n +"
      " a->x + k->x + h->u.i; }\n");
  assert_int_equal(record(&s, "pair")->size, 16);
  assert_true(record(&s, "struct flex")->flags & IR_REC_FLEXIBLE);
  assert_true(record(&s, "struct al")->flags & IR_REC_ALIGNED);
  assert_true(record(&s, "struct pk")->flags & IR_REC_PACKED);
  assert_true(record(&s, "struct pk")->flags & IR_REC_SIZEOF_BYTES);
  assert_true(record(&s, "struct sub")->flags & IR_REC_CAST);
  assert_true(record(&s, "struct prefix")->flags & IR_REC_CAST);
  assert_true(record(&s, "struct fwd")->flags & IR_REC_INCOMPLETE);
  assert_true(record(&s, "pair")->flags & IR_REC_IN_MAIN);
  assert_true(record(&s, "struct _IO_FILE")->flags & IR_REC_SYSTEM);
  assert_false(record(&s, "pair")->flags &
               (IR_REC_PACKED | IR_REC_ALIGNED | IR_REC_FLEXIBLE | IR_REC_CAST));
  const IrRecord *al = record(&s, "struct al");
  assert_int_equal(s.unit->fields[al->fields + 1].offset_bits, 128);
  drop(&s);
}

static void anonymous_members(void **state) {
  (void)state;
  Snippet s =
      run_code("struct b { int x; struct { int q; union { int r; float s; }; }; long end; };\n"
               "int f(struct b *p) { return p->r + p->q; }\n"
               "float g(struct b v) { return v.s; }\n"
               "struct b *take(struct b *);\n"
               "long h(void) { struct b v = {.x = 1, .s = 2, .end = 3}; return "
               "take(&v)->end; }\n");
  assert_int_equal(record(&s, "struct b")->nfields, 3);
  expect_text(&s, "f", "[%0 + 8]");
  expect_text(&s, "f", "[%0 + 4]");
  expect_text(&s, "g", "[$v + 8]");
  expect_text(&s, "h", "STORE float [$v + 8]");
  const IrFunction *fn = function(&s, "f");
  uint32_t longest = 0;
  for (uint32_t i = 0; i < fn->naddrs; i++)
    longest = fn->addrs[i].nhops > longest ? fn->addrs[i].nhops : longest;
  assert_int_equal(longest, 3); /* the struct, the union, r */
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

static void variable_arrays(void **state) {
  (void)state;
  Snippet s = run_code("double f(int n, int m, double a[n][m], int i, int j) { return a[i][j]; }\n"
                       "int g(int n) { int v[n]; v[n - 1] = 2; return v[0]; }\n"
                       "double h(int n) { double (*p)[n] = 0; return p[2][1]; }\n"
                       "void l(int n) { for (int i = 0; i < n; i++) { char b[i + 1]; b[i] = 0; } "
                       "}\n");
  expect_text(&s, "f", "MUL unsigned long");
  assert_int_equal(count_op(function(&s, "g"), IR_ALLOCA), 1);
  assert_int_equal(count_op(function(&s, "l"), IR_ALLOCA), 1);
  expect_text(&s, "h", "MUL");
  assert_int_equal(s.out.opaque, 0);
  drop(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shapes_of_access),    cmocka_unit_test(registers_and_memory),
      cmocka_unit_test(bitfields),           cmocka_unit_test(initialisers),
      cmocka_unit_test(static_initialisers), cmocka_unit_test(layouts),
      cmocka_unit_test(variable_arrays),     cmocka_unit_test(anonymous_members),
  };
  return cmocka_run_group_tests(tests, open_frontend, close_frontend);
}
