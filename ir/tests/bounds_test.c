/* How often a loop goes round at most, by what the whole program's text says: the first loop of the
 * function f. */
#include "ir/program.h"
#include "ir/tests/minic.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

typedef struct Case {
  const char *name, *text;
  uint64_t most, least;
} Case;

#define NO PG_NO_BOUND
#define LOOP(n) "for (int i = 0; i < " n "; i++) out[i] = i;"
#define PRELUDE                                                                                    \
  "int table[8], size; struct state { int channels; int table[6]; int other; };"                   \
  "noreturn void die(void); int read_int(int *to);"

static const Case cases[] = {
    {"counted", "void f(int *out) { " LOOP("5") " }", 5, 5},
    {"nobody knows", "void f(int *out, int n) { " LOOP("n") " }", NO, 0},
    {"one caller", "void f(int *out, int n) { " LOOP("n") " } void g(int *o) { f(o, 3); }", 3, 3},
    {"two callers",
     "void f(int *out, int n) { " LOOP("n") " } void g(int *o) { f(o, 2); } "
                                            "void h(int *o) { f(o, 4); }",
     4, 2},
    {"a caller that does not say",
     "void f(int *out, int n) { " LOOP("n") " } void g(int *o) { f(o, 2); } "
                                            "void h(int *o, int n) { f(o, n); }",
     NO, 0},
    {"handed on",
     "void f(int *out, int n) { " LOOP("n") " } void m(int *o, int n) { f(o, n * 2); } "
                                            "void g(int *o) { m(o, 3); }",
     6, 6},
    {"calls itself",
     "void f(int *out, int n) { " LOOP("n") " if (n > 1) f(out, n - 1); } "
                                            "void g(int *o) { f(o, 3); }",
     3, 3},
    {"checked on entry", "void f(int *out, int n) { if (n > 4) return; " LOOP("n") " }", 4, 0},
    {"one of two", "void f(int *out, int n) { if (n != 1 && n != 2) return; " LOOP("n") " }", 2, 1},
    {"checked among other things",
     "void f(int *out, int n, int k) { if (k != 8 && k != 16 || n != 1 && n != 2) return; " LOOP(
         "n") " }",
     2, 1},
    {"either of two checks",
     "void f(int *out, int n, int k) { if (k > 3 && n > 4) return; " LOOP("n") " }", NO, 0},
    {"asserted", "void f(int *out, int n) { if (!(n <= 7)) die(); " LOOP("n") " }", 7, 0},
    {"checked too late", "void f(int *out, int n) { " LOOP("n") " if (n > 4) out[0] = 1; }", NO, 0},
    {"checked the other way", "void f(int *out, int n) { if (n < 4) return; " LOOP("n") " }", NO,
     4},
    {"the lesser", "void f(int *out, int n) { " LOOP("(n < 6 ? n : 6)") " }", 6, 0},
    {"cut to a constant", "void f(int *out, int n) { if (n > 6) n = 6; " LOOP("n") " }", 6, 0},
    {"the greater", "void f(int *out, int n) { " LOOP("(n > 6 ? n : 6)") " }", NO, 6},
    {"returned by a function",
     "int g(int k) { if (k) return 3; return 9; } "
     "void f(int *out, int k) { int n = g(k); " LOOP("n") " }",
     9, 3},
    {"a field of small numbers",
     "void a(struct state *s) { s->channels = 1; } void b(struct state *s) { s->channels = 2; } "
     "void f(int *out, struct state *s) { int n = s->channels; " LOOP("n") " }",
     2, 0},
    {"a field that is checked before",
     "int init(struct state *s, int n) { if (n != 1 && n != 2) return -1; s->channels = n; "
     "return 0; } void f(int *out, struct state *s) { int n = s->channels; " LOOP("n") " }",
     2, 0},
    {"a field of anything",
     "void init(struct state *s, int n) { s->channels = n; } "
     "void f(int *out, struct state *s) { int n = s->channels; " LOOP("n") " }",
     NO, 0},
    {"a field that counts",
     "void a(struct state *s) { s->channels = 0; } void b(struct state *s) { s->channels += 1; } "
     "void f(int *out, struct state *s) { int n = s->channels; " LOOP("n") " }",
     NO, 0},
    {"a field whose address is taken",
     "void a(struct state *s) { s->channels = 1; read_int(&s->channels); } "
     "void f(int *out, struct state *s) { int n = s->channels; " LOOP("n") " }",
     NO, 0},
    {"another argument tells",
     "void f(int *out, int kind, int n) { if (kind == 2) { " LOOP(
         "n") " } } "
              "void g(int *o) { f(o, 2, 3); } void h(int *o, int n) { f(o, 1, n); }",
     3, 3},
    {"another argument tells, one call further",
     "void f(int *out, int kind, int n) { if (kind == 2) { " LOOP(
         "n") " } } "
              "void m(int *o, int kind, int n) { f(o, kind, n); } "
              "void g(int *o) { m(o, 2, 3); } void h(int *o, int n) { m(o, 1, n); }",
     3, 3},
    {"an array of eight", "void f(int n) { for (int i = 0; i < n; i++) table[i] = i; }", 8, 0},
    {"every second of eight", "void f(int n) { for (int i = 0; i < n; i += 2) table[i] = i; }", 4,
     0},
    {"an array in a record",
     "void f(struct state *s, int n) { for (int i = 0; i < n; i++) s->table[i] = i; }", 6, 0},
    {"an array that some iterations use",
     "void f(int n) { for (int i = 0; i < n; i++) if (i < 8) table[i] = i; }", NO, 0},
    {"an array that callers hand over",
     "void f(int *out, int n) { " LOOP("n") " } void g(int n) { f(table, n); }", 8, 0},
    {"the largest of them, also from further up",
     "void f(int *out, int n) { " LOOP(
         "n") " } void m(int *o, int n) { f(o, n); } "
              "void g(struct state *s, int n) { m(s->table, n); f(table, n); }",
     8, 0},
    {"one of them of no fixed length",
     "void f(int *out, int n) { " LOOP("n") " } void g(int n) { f(table, n); } "
                                            "void h(int *all, int n) { f(all, n); }",
     NO, 0},
    {"an array that an inner loop adds to",
     "void f(int *out, int n, int m) { for (int i = 0; i < n; i++) for (int j = 0; j < m; j++) "
     "out[i] = out[i] + j; } void g(int n, int m) { f(table, n, m); }",
     8, 0},
    {"downwards",
     "void f(int *out, int n) { if (n > 5) return; "
     "for (int i = n; i > 0; i--) out[i] = i; }",
     5, 0},
};

static void trips(void **state) {
  const Case *c = *state;
  char text[4096];
  snprintf(text, sizeof text, "%s%s", PRELUDE, c->text);
  IrUnit *u = mc_unit(text);
  const IrUnit *units[] = {u};
  IrProgram *p = ir_program_link(units, 1, NULL);
  PgFunc f = pg_func_named(p, "f");
  assert_int_not_equal(f, IR_NONE);
  assert_true(pg_func(p, f)->an->nloops >= 1);
  uint64_t most = pg_most_trips(p, f, 0), least = pg_least_trips(p, f, 0);
  if (most != c->most || least != c->least)
    fail_msg("%s: %llu to %llu trips, wanted %llu to %llu", c->name, (unsigned long long)least,
             (unsigned long long)most, (unsigned long long)c->least, (unsigned long long)c->most);
  assert_int_equal(pg_few_trips(p, f, 0), c->most <= PG_FEW_TRIPS);
  ir_program_free(p);
  ir_unit_free(u);
}

int main(void) {
  enum { N = sizeof cases / sizeof *cases };
  struct CMUnitTest tests[N];
  for (uint32_t i = 0; i < N; i++)
    tests[i] = (struct CMUnitTest){cases[i].name, trips, NULL, NULL, (void *)(uintptr_t)&cases[i]};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
