/* Control flow that C hides: scopes with cleanup functions, labels as values, assembly, loops made
 * by macros, and what initialisers of static storage say of calls to come. */
#include "analyzer/frontend/tests/snippet.h"

/* ---- variable arguments ---------------------------------------------------------------------- */

static void variable_arguments(void **state) {
  (void)state;
  Snippet s = run_code(
      "#include <stdarg.h>\n#define NEXT(l, T) va_arg(l, T)\n"
      "struct big { int x[9]; }; typedef int (*fn)(int);\n"
      "int sum(int n, ...) { va_list ap; va_start(ap, n); int s = 0;"
      " while (n--) s += NEXT(ap, int); va_end(ap); return s; }\n"
      "int big(int n, ...) { va_list ap, other; va_start(ap, n); va_copy(other, ap);"
      " struct big b = NEXT(ap, struct big); va_end(ap);"
      " return b.x[1] + va_arg(other, struct big).x[2]; }\n"
      "int call(va_list ap, va_list *far) { int (*f)(int) = va_arg(ap, int (*)(int));"
      " return f(1) + va_arg(*far, fn)(2) + *va_arg(ap, char *); }\n"
      "struct holder { va_list ap; }; long in(struct holder *h) { return va_arg(h->ap, long); }\n");
  assert_int_equal(s.out.opaque, 0);
  expect_text(&s, "sum", "VAARG int [$ap] of struct __va_list_tag");
  assert_int_equal(count_loops(&s, function(&s, "sum")), 1);
  assert_int_equal(count_op(function(&s, "big"), IR_VAARG), 2);
  expect_text(&s, "big", "VAARG struct big [$other]");
  assert_int_equal(count_op(function(&s, "call"), IR_VAARG), 3);
  assert_int_equal(count_op(function(&s, "call"), IR_CALLP), 2);
  expect_text(&s, "in", "VAARG long [%");
  drop(&s);
}

/* ---- assembly -------------------------------------------------------------------------------- */

static void assembly(void **state) {
  (void)state;
  Snippet s = run_code(
      "#define barrier() __asm__ __volatile__(\"\" : : : \"memory\")\n#define ASM __asm__\n"
      "int hide(int x) { asm(\"\" : \"+r\"(x)); return x; }\n"
      "int two(int a, int b) { int q, r; asm(\"div %2\" : \"=a\"(q), \"=d\"(r) : \"r\"(b), \"0\"(a)"
      " : \"cc\"); return q + r; }\n"
      "int named(int x) { int r; asm(/* : */ \"mov %[in],\" \" %[out]\\n\\tnop\" : [out] \"=r\" (r)"
      " : [in] \"g\" (x)); return r; }\n"
      "void place(int *p, int v) { asm volatile(\"xchg\" : \"+m\"(*p) : \"r\"(v)); }\n"
      "void field(struct { int a, b; } *p) { asm(\"cpuid\" : \"=r\"(p->b)); }\n"
      "int macros(int x) { barrier(); ASM(\"neg %0\" : \"+r\"(x)); return x; }\n"
      "void basic(void) { asm(\"nop\"); }\n"
      "long call(long n) { register long r asm(\"r10\") = n; asm volatile(\"syscall\" : \"+r\"(r));"
      " return r; }\n"
      "int flags(int x) { int z; asm(\"test %1, %1\" : \"=@ccz\"(z) : \"r\"(x)); return z; }\n");
  assert_int_equal(s.out.opaque, 0);
  expect_text(&s, "hide", "ASM int \" : +r\", %0 as x");
  expect_no_text(&s, "hide", "local $");
  expect_text(&s, "two", "ASM int \"div %2 : =a, =d : r, 0 : cc\", %1, %0 as q");
  expect_text(&s, "two", "ASMOUT int %2, 1 as r");
  expect_text(&s, "named", "\"mov %[in], %[out]; nop : =r : g\", %0");
  expect_text(&s, "place", "ASM.volatile.memory \"xchg : +m : r\", %0, %1");
  expect_text(&s, "field", "STORE int [%0 + 4] .b, %");
  expect_text(&s, "macros", "ASM.volatile.memory \" :  :  : memory\"");
  expect_text(&s, "macros", "ASM int \"neg %0 : +r\", %0");
  expect_text(&s, "basic", "ASM.volatile \"nop\"");
  expect_no_text(&s, "call", "local $");
  expect_no_text(&s, "flags", "memory");
  drop(&s);
}

/* What cannot be read takes and gives everything. */
static void assembly_of_macros(void **state) {
  (void)state;
  Snippet s = run_code("#define OUT(x) : \"=r\"(x)\n#define INS \"r\"(a), \"r\"(b)\n"
                       "int f(int a, int b) { int r; asm(\"add\" OUT(r) : INS); return r; }\n"
                       "#define LET(to, from) asm(\"mov %1, %0\" : \"=\" \"r\"(to) : \"r\"(from))\n"
                       "int g(int a) { int r; LET(r, a); return r; }\n");
  assert_int_equal(s.out.opaque, 0);
  expect_text(&s, "f", "ASM.volatile.memory \"inline assembly\"");
  expect_text(&s, "f", "local $r");
  expect_text(&s, "g", "ASM int \"mov %1, %0 : =r : r\", %0 as r");
  drop(&s);
}

static void assembly_that_jumps(void **state) {
  (void)state;
  Snippet s =
      run_code("int f(int x) { asm goto(\"jmp %l[out]\" : : \"r\"(x) : : out, far); return 1;"
               " out: return 2; far: return 3; other: return 4; }\n"
               "int g(int x) { int r; asm volatile goto(\"x\" : \"=r\"(r) : : : again); return r;"
               " again: return r + 1; }\n"
               "#define BRANCH(l) asm goto(\"jmp %l0\" : : : : l)\n"
               "int h(void) { BRANCH(a); return 0; a: return 1; b: return 2; }\n"
               "int loop(int n) { top: n++; asm goto(\"\" : : : : top); return n; }\n");
  assert_int_equal(count_op(function(&s, "f"), IR_ASMGOTO), 1);
  assert_int_equal(count_op(function(&s, "f"), IR_RET), 3);
  assert_int_equal(count_op(function(&s, "g"), IR_RET), 2);
  /* The label is the macro's parameter: all are possible. */
  assert_int_equal(count_op(function(&s, "h"), IR_RET), 3);
  assert_int_equal(count_loops(&s, function(&s, "loop")), 1);
  drop(&s);
}

/* ---- labels as values ------------------------------------------------------------------------ */

static void labels_as_values(void **state) {
  (void)state;
  Snippet s =
      run_code("int vm(unsigned char *p) { static const void *const ops[] = {&&add, &&sub, &&end};"
               " int a = 0;\n#define NEXT goto *ops[*p++]\n"
               " NEXT; add: a++; NEXT; sub: a--; NEXT; end: return a; other: return 9; }\n"
               "int near(int n, int a) { static const int to[] = {&&x - &&x, &&y - &&x};"
               " goto *(&&x + to[n]); x: a++; y: return a; }\n"
               "void *give(void) { here: return &&here; }\n");
  assert_int_equal(s.out.opaque, 0);
  const IrFunction *vm = function(&s, "vm");
  assert_int_equal(count_op(vm, IR_IGOTO), 1);
  assert_int_equal(count_loops(&s, vm), 1);
  assert_int_equal(count_op(vm, IR_RET), 1); /* `other` is nowhere's target */
  assert_non_null(strstr(s.text, "init @vm.ops = @vm.add\n"));
  assert_non_null(strstr(s.text, "init @vm.ops + 16 = @vm.end\n"));
  expect_text(&s, "vm", "(label) of @vm.sub");
  assert_true(symbol(&s, "vm.add")->flags & IR_SYM_LABEL);
  expect_text(&s, "near", "ADDR void * [@near.x + 1*%");
  expect_text(&s, "give", "RET @give.here");
  drop(&s);
}

/* ---- cleanup --------------------------------------------------------------------------------- */

static void cleanups(void **state) {
  (void)state;
  Snippet s = run_code(
      "void a(int *), b(int *); int g(void);\n"
      "#define A __attribute__((cleanup(a)))\n#define B __attribute__((__cleanup__(b)))\n"
      "#define _cleanup_(f) __attribute__((__cleanup__(f)))\n#define NAME(x) x##_##done\n"
      "#define AUTO(T) _cleanup_(NAME(T))\nstatic void T_done(int *p) {}\n"
      "int pasted(void) { void local(int *); AUTO(T) int x = 1; int z __attribute__((unused)),"
      " y _cleanup_(local) = 2; return g(); }\n"
      "int falls(void) { A int x = 1; B int y = 2; return g(); }\n"
      "void order(void) { A int x = 1; { B int y = 2; } g(); }\n"
      "int loop(int n) { for (int i = 0; i < n; i++) { A int x = i; if (x == 5) continue;"
      " if (x == 6) break; if (x == 7) return 3; if (x == 8) goto out; g(); } out: return 4; }\n"
      "void init(void) { for (A int x = g(); x; x--) if (g()) break; }\n"
      "int value(void) { return ({ A int x = 3; x + 1; }) + 2; }\n"
      "void back(void) { again: ; A int x = 1; if (g()) goto again; }\n"
      "void never(void) { A int x = 1; __builtin_trap(); }\n"
      "void sw(int n) { switch (n) { case 1: { A int x = 1; break; } case 2: g(); } }\n");
  assert_int_equal(s.out.opaque, 0);
  expect_calls(&s, "falls", "g b a");
  expect_calls(&s, "pasted", "g local T_done");
  expect_calls(&s, "order", "b g a");
  expect_calls(&s, "loop", "g a");
  assert_int_equal(count_loops(&s, function(&s, "loop")), 1);
  assert_int_equal(count_op(function(&s, "loop"), IR_RET), 2);
  expect_calls(&s, "init", "g g a");
  assert_int_equal(count_loops(&s, function(&s, "init")), 1);
  expect_text(&s, "value", "RET");
  expect_calls(&s, "value", "a");
  expect_calls(&s, "back", "g a");
  assert_int_equal(count_loops(&s, function(&s, "back")), 1);
  expect_calls(&s, "never", "__builtin_trap");
  expect_calls(&s, "sw", "a g");
  expect_text(&s, "falls", "CALL @a, $x");
  drop(&s);
}

/* ---- loops made by macros -------------------------------------------------------------------- */

/* Opcodes, operands and edges; places and names aside. */
static char *shape(const Snippet *s, const char *name) {
  const IrFunction *fn = function(s, name);
  HpBuf out = {0};
  for (uint32_t b = 0; b < fn->nblocks; b++) {
    hp_buf_addf(&out, "b%u%s:", b,
                ir_block_info(fn, &fn->blocks[b])->flags & IR_BLOCK_LOOP ? " loop" : "");
    for (uint32_t i = 0; i < fn->blocks[b].nsuccs; i++)
      hp_buf_addf(&out, " %u", fn->edges[fn->blocks[b].succs + i]);
    for (uint32_t i = 0; i < fn->blocks[b].count; i++) {
      const IrInsn *in = &fn->insns[fn->blocks[b].first + i];
      hp_buf_addf(&out, "\n  %s", ir_ops[in->op].name);
      for (uint32_t k = 0; k < in->nargs; k++)
        hp_buf_addf(&out, " %x", ir_arg(fn, in, k));
      const IrAddr *a = ir_addr_of(fn, in);
      if (a)
        hp_buf_addf(&out, " [%x %x %lld]", a->base, a->index, (long long)a->offset);
    }
    hp_buf_add(&out, "\n");
  }
  return hp_buf_take(&out);
}

/* `m` is written with macros, `p` without. */
static void same_loops(const char *code) {
  Snippet s = run_code(code);
  char *with = shape(&s, "m"), *without = shape(&s, "p");
  if (strcmp(with, without))
    fail_msg("%s\nwith macros:\n%s\nwithout:\n%s", code, with, without);
  assert_int_equal(s.out.opaque, 0);
  assert_true(count_loops(&s, function(&s, "m")) > 0);
  free(with);
  free(without);
  drop(&s);
}

#define LIST "struct list { struct list *next, *prev; }; struct item { long key; struct list at; };"

static void loops_of_macros(void **state) {
  (void)state;
  same_loops("int g(int);\n#define FOREVER for (;;)\n"
             "void m(int n) { FOREVER { if (g(n)) break; } }\n"
             "void p(int n) { for (;;) { if (g(n)) break; } }\n");
  same_loops("int g(int);\n#define until(x) while (!(x))\n"
             "void m(int n) { until (g(n)) n++; }\nvoid p(int n) { while (!(g(n))) n++; }\n");
  same_loops("int g(int);\n#define repeat do {\n#define until(x) } while (!(x))\n"
             "void m(int n) { repeat n++; until(g(n)); }\n"
             "void p(int n) { do { n++; } while (!(g(n))); }\n");
  same_loops("int g(int);\n#define EACH(i, n) for (int i = 0, end_ = (n); i < end_; i++)\n"
             "void m(int n) { EACH(i, g(n)) g(i); }\n"
             "void p(int n) { for (int i = 0, end_ = (g(n)); i < end_; i++) g(i); }\n");
  same_loops(LIST "int g(struct item *);\n"
                  "#define offsetof_(t, m) __builtin_offsetof(t, m)\n"
                  "#define container_of(p, t, m) ({ const __typeof__(((t *)0)->m) *m_ = (p);"
                  " (t *)((char *)m_ - offsetof_(t, m)); })\n"
                  "#define list_for_each_entry(pos, head, member)"
                  " for (pos = container_of((head)->next, __typeof__(*pos), member);"
                  " &pos->member != (head);"
                  " pos = container_of(pos->member.next, __typeof__(*pos), member))\n"
                  "void m(struct list *h) { struct item *e; list_for_each_entry(e, h, at) g(e); }\n"
                  "void p(struct list *h) { struct item *e; for (e = ({ const struct list *m_ ="
                  " (h)->next; (struct item *)((char *)m_ - 8); }); &e->at != (h);"
                  " e = ({ const struct list *m_ = e->at.next; (struct item *)((char *)m_ - 8); }))"
                  " g(e); }\n");
  same_loops(LIST
             "int g(struct list *);\n"
             "#define list_for_each_safe(pos, n, head)"
             " for (pos = (head)->next, n = pos->next; pos != (head); pos = n, n = pos->next)\n"
             "void m(struct list *h) { struct list *i, *t; list_for_each_safe(i, t, h) g(i); }\n"
             "void p(struct list *h) { struct list *i, *t; for (i = (h)->next, t = i->next;"
             " i != (h); i = t, t = i->next) g(i); }\n");
  same_loops("#include <sys/queue.h>\nint g(int);\n"
             "struct n { int v; TAILQ_ENTRY(n) link; }; TAILQ_HEAD(q, n);\n"
             "void m(struct q *h) { struct n *e; TAILQ_FOREACH(e, h, link) g(e->v); }\n"
             "void p(struct q *h) { struct n *e; for (e = h->tqh_first; e; e = e->link.tqe_next)"
             " g(e->v); }\n");
  same_loops("int g(int);\n#define FOR(init, cond, step) for (init; cond; step)\n"
             "void m(int n) { FOR(, n > 0, n--) g(n); FOR(n = 9, , ) { if (g(n)) break; } }\n"
             "void p(int n) { for (; n > 0; n--) g(n); for (n = 9; ; ) { if (g(n)) break; } }\n");
}

/* do { } while (0) is no loop, whatever it is made of. */
static void macros_without_loops(void **state) {
  (void)state;
  Snippet s = run_code("int g(int);\n#define ONCE(x) do { if (x) break; g(1); } while (0)\n"
                       "#define ALSO(x) do { g(x); } while (0U)\n"
                       "void f(int n) { ONCE(n); ALSO(n); if (n) ONCE(2); else ALSO(3); }\n");
  assert_int_equal(count_loops(&s, function(&s, "f")), 0);
  drop(&s);
}

/* break and continue in a loop's own conditions are that loop's, as clang has it. */
static void jumps_in_conditions(void **state) {
  (void)state;
  Snippet s = run_code(
      "int g(int);\n"
      "int c(int n) { for (int i = 0; ({ if (g(i)) break; i < n; }); i++) g(2); return n; }\n"
      "int i(int n) { for (int i = 0; i < n; ({ if (g(i)) break; i++; })) g(2); return n; }\n"
      "int j(int n) { for (int i = 0; i < n; ({ if (g(i)) continue; i++; })) g(2); return n; }\n"
      "int w(int n) { while (({ if (g(n)) continue; n--; })) g(2); return n; }\n"
      "int d(int n) { do g(2); while (({ if (g(n)) break; if (g(3)) continue; n--; }));"
      " return n; }\n"
      "int outer(int n) { while (n--) { while (({ if (g(n)) break; 1; })) ; } return n; }\n"
      "int out(int x) { return x + ({ if (x > 3) goto out; x * 2; }); out: return -1; }\n"
      "int back(int n) { int s = ({ again: n++; if (n < 9) goto again; n; }); return s; }\n");
  static const struct {
    const char *name;
    uint32_t loops;
  } want[] = {{"c", 1}, {"i", 1},     {"j", 2},   {"w", 1},
              {"d", 2}, {"outer", 2}, {"out", 0}, {"back", 1}};
  assert_int_equal(s.out.opaque, 0);
  for (size_t i = 0; i < sizeof want / sizeof *want; i++)
    if (count_loops(&s, function(&s, want[i].name)) != want[i].loops)
      fail_msg("%s: %u loops", want[i].name, count_loops(&s, function(&s, want[i].name)));
  drop(&s);
}

static void labels_before_loops(void **state) {
  (void)state;
  static const struct {
    const char *body;
    uint32_t loops; /* as clang has them */
  } cases[] = {
      {"check: while (g(3)) { if (g(n)) goto check; n++; }", 2},
      {"check: while (1) { if (g(n)) goto check; if (g(2)) break; n++; }", 2},
      {"check: for (;;) { if (g(n)) goto check; if (g(2)) break; n++; }", 2},
      {"check: do { if (g(n)) goto check; n++; } while (g(n));", 2},
      {"check: while (g(n)) n++;", 1},
      {"while (1) { again: while (1) { if (g(n)) goto again; if (g(2)) break; } }", 3},
      {"for (;;) { switch (g(n)) { case 1: continue; case 2: goto out; case 3: break;"
       " default: n++; } } out:;",
       1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *code = hp_format("int g(int); void f(int n) { %s }", cases[i].body);
    Snippet s = run_code(code);
    if (count_loops(&s, function(&s, "f")) != cases[i].loops)
      fail_msg("%u loops, want %u: %s", count_loops(&s, function(&s, "f")), cases[i].loops, code);
    drop(&s);
    free(code);
  }
}

/* ---- branches that are expected -------------------------------------------------------------- */

static void expected_branches(void **state) {
  (void)state;
  Snippet s = run_code("#define likely(x) __builtin_expect(!!(x), 1)\n#define unlikely(x) "
                       "__builtin_expect(!!(x), 0)\n"
                       "int g(int);\n"
                       "void yes(int n) { if (likely(n > 3)) g(n); }\n"
                       "void no(int n) { if (unlikely(n > 3)) g(n); }\n"
                       "void turned(int n) { if (!unlikely(n)) g(n); }\n"
                       "void both(int n) { if (likely(n && g(1))) g(n); }\n"
                       "void one(int n) { if (likely(n || g(1))) g(n); }\n"
                       "void p(int n) { if (__builtin_expect_with_probability(n, 1, 0.1)) g(n); }\n"
                       "void loop(int n) { while (likely(n--)) g(n); }\n"
                       "void after(int n) { if (likely(n) && g(2)) g(n); }\n"
                       "int value(int n) { return __builtin_expect(n, 1) ? g(1) : 2; }\n");
  expect_text(&s, "yes", "BR.likely");
  expect_text(&s, "no", "BR.unlikely");
  expect_text(&s, "turned", "BR.unlikely %0, b2, b1"); /* to where n is not zero */
  expect_text(&s, "both", "BR.likely %0");
  expect_no_text(&s, "both", "BR %");
  expect_no_text(&s, "one", "BR.");
  expect_text(&s, "p", "BR.unlikely");
  expect_text(&s, "loop", "BR.likely");
  expect_text(&s, "after", "BR.likely %0");
  expect_text(&s, "after", "BR %");
  expect_text(&s, "value", "BR.likely");
  drop(&s);
  s = run_code("int g(int); void f(int n) { while (__builtin_expect(n, 1)) n = g(n); }\n"
               "void h(int n) { while (n) n = g(n); }\n"
               "void r(int n) { if (__builtin_expect(n == 3, 1)) g(1); else g(2); }\n");
  HpArena *arena = hp_arena_new();
  const IrFunction *fn = function(&s, "r");
  const IrAnalysis *an = ir_analyse(s.unit, fn, arena);
  assert_true(an->freq[1] > 0.9); /* against the rule that equality is rare */
  hp_arena_free(arena);
  drop(&s);
}

/* ---- functions ------------------------------------------------------------------------------- */

static void functions_of_old(void **state) {
  (void)state;
  Snippet s = run_code("int k(x, y, z, c) short x; float y; char *z; char c;"
                       " { return x + (int)y + *z + c; }\n"
                       "int later(); int use(void) { return later(1, 2.0) + __func__[1]; }\n"
                       "int block(void) { extern int far(int); extern long v; static int n;"
                       " return far(1) + (int)v + n++; }\n");
  expect_text(&s, "k", "PARAM double 1 as y");
  expect_text(&s, "k", "CONV float %");
  expect_text(&s, "k", "PARAM int 0 as x");
  expect_calls(&s, "use", "later");
  assert_true(symbol(&s, "block.n")->flags & IR_SYM_INTERNAL);
  assert_false(symbol(&s, "v")->flags & IR_SYM_DEFINED);
  drop(&s);
}

static void names_for_the_linker(void **state) {
  (void)state;
  Snippet s =
      run_code("#include <setjmp.h>\n"
               "int fopen_(void) __asm__(\"fopen64\"); extern int v __asm__(\"real_v\");\n"
               "int plain(void); int same(void) __asm__(\"same\");\n"
               "int twice(void) __attribute__((returns_twice));\n"
               "int impl(void) { return 1; } int al(void) __attribute__((alias(\"impl\")));\n"
               "jmp_buf at; int f(void) { volatile int n = 1; if (setjmp(at)) return n;"
               " return fopen_() + v + plain() + same() + twice() + al(); }\n");
  assert_string_equal(ir_str(s.unit, symbol(&s, "fopen_")->link_name), "fopen64");
  assert_string_equal(ir_str(s.unit, symbol(&s, "v")->link_name), "real_v");
  assert_int_equal(symbol(&s, "plain")->link_name, 0);
  assert_int_equal(symbol(&s, "same")->link_name, 0);
  assert_string_equal(ir_str(s.unit, symbol(&s, "al")->alias), "impl");
  assert_true(symbol(&s, "_setjmp")->flags & IR_SYM_RETURNS_TWICE);
  assert_true(symbol(&s, "twice")->flags & IR_SYM_RETURNS_TWICE);
  drop(&s);
}

static void odd_switches(void **state) {
  (void)state;
  Snippet s = run_code(
      "int g(int); _Bool t;\n"
      "int b(void) { switch (t) { case 0: return g(1); case 1: return g(2); } return 3; }\n"
      "int wide(__int128 n) { switch (n) { case -1: return 1; case 1L << 40: return 2; } return "
      "0;}\n"
      "int first(int n) { switch (n) { int x; case 1: x = g(n); return x; default: x = 2;"
      " return x; } }\n"
      "int inside(int n) { switch (n) while (n < 9) { case 1: n += g(n); case 2: n++; } return n; "
      "}\n"
      "int fall(int n) { switch (n) { case 1: n++; [[fallthrough]]; case 2: n--;"
      " __attribute__((fallthrough)); default: return n; } }\n"
      "int tail(int n) { __attribute__((musttail)) return g(n); }\n"
      "void unrolled(int n) {\n_Pragma(\"clang loop unroll(full)\")\n"
      " for (int i = 0; i < n; i++) g(i);\n#pragma GCC unroll 4\n while (n--) g(n); }\n");
  assert_int_equal(s.out.opaque, 0);
  assert_int_equal(function(&s, "b")->ncases, 2);
  expect_text(&s, "wide", "1099511627776: #2");
  assert_int_equal(count_op(function(&s, "first"), IR_RET), 2);
  assert_int_equal(count_loops(&s, function(&s, "inside")), 1);
  assert_int_equal(count_op(function(&s, "fall"), IR_PHI), 2);
  expect_calls(&s, "tail", "g");
  assert_int_equal(count_loops(&s, function(&s, "unrolled")), 2);
  drop(&s);
}

/* ---- initialisers ---------------------------------------------------------------------------- */

static void expect_init(const Snippet *s, const char *what) {
  char *line = hp_format("\ninit %s\n", what);
  if (!strstr(s->text, line))
    fail_msg("no %s in\n%s", line, s->text);
  free(line);
}

static void pointers_of_initialisers(void **state) {
  (void)state;
  Snippet s = run_code(
      "struct sub { const char *text; int (*g)(int); };\n"
      "struct ops { int n; int (*f)(int); struct { struct sub s[2]; }; union { void *p; long l; }; "
      "};\n"
      "int a(int x) { return x; } int b(int x) { return -x; } int arr[10];\n"
      "static const struct ops o[] = {{1, a, {{{\"x\", b}, \"y\"}}}, {.f = &b, .s[1].g = a,"
      " .p = &arr[2]}};\n"
      "int (*const table[300])(int) = {[0 ... 298] = a, [299] = b};\n"
      "int *third = arr + 3; char *mid = 2 + \"hello\"; long num = (long)&arr[1];\n"
      "struct ops *made = &(struct ops){3, a}; const char **strings = (const char *[]){\"p\", "
      "\"q\"};\n"
      "int *in = &((struct ops *)0)->n; char flat[] = \"text\"; int *cond = sizeof(int) == 4 ? arr"
      " : (int *)0; const char *const *deep = &o[1].s[1].text;\n"
      "void (*cast)(void) = (void (*)(void))b; void *self = &self;\n"
      "int f(int i) { static struct sub local = {.g = b}; return o[i].f(1) + local.g(2); }\n"
      "int big(void) { int (*t[20])(int) = {a, b, a, b, a, b, a, b, a, b, a, b, a, b, a, b, a};"
      " return t[3](1); }\n");
  static const char *const wanted[] = {"@o + 8 = @a",
                                       "@o + 16 = \"x\"",
                                       "@o + 24 = @b",
                                       "@o + 32 = \"y\"",
                                       "@o + 64 = @b",
                                       "@o + 96 = @a",
                                       "@o + 104 = @arr + 8",
                                       "@table = @a",
                                       "@table + 2384 = @a",
                                       "@table + 2392 = @b",
                                       "@third = @arr + 12",
                                       "@mid = \"hello\" + 2",
                                       "@num = @arr + 4",
                                       "@made = @made.literal.0",
                                       "@made.literal.0 + 8 = @a",
                                       "@strings = @strings.literal.0",
                                       "@strings.literal.0 + 8 = \"q\"",
                                       "@cond = @arr",
                                       "@deep = @o + 88",
                                       "@cast = @b",
                                       "@self = @self",
                                       "@f.local + 8 = @b",
                                       "@big.constant.0 + 8 = @b"};
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
    expect_init(&s, wanted[i]);
  assert_null(strstr(s.text, "init @in"));
  assert_null(strstr(s.text, "init @flat"));
  drop(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(variable_arguments),       cmocka_unit_test(assembly),
      cmocka_unit_test(assembly_of_macros),       cmocka_unit_test(assembly_that_jumps),
      cmocka_unit_test(labels_as_values),         cmocka_unit_test(cleanups),
      cmocka_unit_test(loops_of_macros),          cmocka_unit_test(macros_without_loops),
      cmocka_unit_test(labels_before_loops),      cmocka_unit_test(jumps_in_conditions),
      cmocka_unit_test(expected_branches),        cmocka_unit_test(functions_of_old),
      cmocka_unit_test(names_for_the_linker),     cmocka_unit_test(odd_switches),
      cmocka_unit_test(pointers_of_initialisers),
  };
  return cmocka_run_group_tests(tests, open_frontend, close_frontend);
}
