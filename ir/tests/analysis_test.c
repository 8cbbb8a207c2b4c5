/* Small loops with what is known about them: trip count, and the class of the access whose value is
 * handed to hit(). */
#include "ir/analysis.h"
#include "ir/tests/minic.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { UNKNOWN = -1, SYMBOLIC = -2, ANY = -3 };

typedef struct Case {
  const char *name, *body;
  uint32_t loop; /* the loop asked about, in program order */
  IrAccessClass cls;
  int64_t stride;
  int64_t trip; /* a count, UNKNOWN, SYMBOLIC or ANY */
} Case;

static const char prelude[] =
    "constfn void hit(long v); constfn void hitf(double v); void call(void); pure int cond(void);\n"
    "struct node { int x; struct node *next; struct node *left, *right; long idx; };\n"
    "struct rec { int x; int y; double z; double w; };\n"
    "struct iter { struct node *pos; int *data; int n; char text[16]; };\n"
    "struct list { struct list *next; };\n"
    "struct item { long key; int off; struct list link; };\n"
    "int g[1000]; double m[100][50]; struct rec recs[64]; int state; int *gp;\n"
    "struct iter *advance(struct iter *it); struct node *step(struct node *p);\n";

static const Case cases[] = {
    /* ---- counting ---- */
    {"up", "void f(int *a) { for (int i = 0; i < 10; i++) hit(a[i]); }", 0, IR_AC_UNIT, 4, 10},
    {"up by 3", "void f(int *a) { for (int i = 1; i < 10; i += 3) hit(a[i]); }", 0, IR_AC_STRIDED,
     12, 3},
    {"up to and with", "void f(int *a) { for (int i = 0; i <= 10; i++) hit(a[i]); }", 0, IR_AC_UNIT,
     4, 11},
    {"down", "void f(int *a) { for (int i = 9; i >= 0; i--) hit(a[i]); }", 0, IR_AC_UNIT, -4, 10},
    {"down by 2", "void f(int *a) { for (int i = 10; i > 1; i = i - 2) hit(a[i]); }", 0,
     IR_AC_STRIDED, -8, 5},
    {"never", "void f(int *a) { for (int i = 5; i < 5; i++) hit(a[i]); }", 0, IR_AC_UNIT, 4, 0},
    {"not equal", "void f(int *a) { for (int i = 0; i != 12; i += 4) hit(a[i]); }", 0,
     IR_AC_STRIDED, 16, 3},
    {"not equal, missed", "void f(int *a) { for (int i = 0; i != 10; i += 4) hit(a[i]); }", 0,
     IR_AC_STRIDED, 16, UNKNOWN},
    {"limit on the left", "void f(int *a) { for (int i = 0; 7 > i; i++) hit(a[i]); }", 0,
     IR_AC_UNIT, 4, 7},
    {"wrong way", "void f(int *a) { for (int i = 0; i < 10; i--) hit(a[i]); }", 0, IR_AC_UNIT, -4,
     UNKNOWN},
    {"unsigned never below 0", "void f(int *a) { for (unsigned i = 9; i >= 0; i--) hit(a[i]); }", 0,
     IR_AC_UNIT, -4, UNKNOWN},
    {"n times", "void f(int *a, int n) { for (int i = 0; i < n; i++) hit(a[i]); }", 0, IR_AC_UNIT,
     4, SYMBOLIC},
    {"n down to 0", "void f(int *a, int n) { for (int i = n - 1; i >= 0; i--) hit(a[i]); }", 0,
     IR_AC_UNIT, -4, SYMBOLIC},
    {"while n--", "void f(int *a, int n) { while (n--) hit(a[n]); }", 0, IR_AC_UNIT, -4, SYMBOLIC},
    {"while 8--", "void f(int *a) { int n = 8; while (n--) hit(a[n]); }", 0, IR_AC_UNIT, -4, 8},
    {"while n-- > 0", "void f(int *a, size_t n) { while (n-- > 0) hit(a[n]); }", 0, IR_AC_UNIT, -4,
     SYMBOLIC},
    {"do while", "void f(int *a) { int i = 0; do { hit(a[i]); i++; } while (i < 10); }", 0,
     IR_AC_UNIT, 4, 10},
    {"do once", "void f(int *a) { int i = 0; do { hit(a[i]); i++; } while (i < 1); }", 0,
     IR_AC_UNIT, 4, 1},
    {"from n to n + 4", "void f(int *a, int n) { for (int i = n; i < n + 4; i++) hit(a[i]); }", 0,
     IR_AC_UNIT, 4, 4},
    {"step unknown", "void f(int *a, int n, int s) { for (int i = 0; i < n; i += s) hit(a[i]); }",
     0, IR_AC_SYMBOLIC, 4, SYMBOLIC},
    {"doubling", "void f(int *a, int n) { for (int i = 1; i < n; i *= 2) hit(a[i]); }", 0,
     IR_AC_UNKNOWN, 0, UNKNOWN},
    {"narrow counter", "void f(int *a) { for (unsigned char i = 0; i < 10; i++) hit(a[i]); }", 0,
     IR_AC_UNIT, 4, 10},
    {"wide index",
     "void f(int *a, unsigned n) { for (unsigned i = 0; i < n; i++) hit(a[(long)i]); }", 0,
     IR_AC_UNIT, 4, SYMBOLIC},
    {"break too", "void f(int *a) { for (int i = 0; i < 9; i++) { if (a[i]) break; hit(a[i]); } }",
     0, IR_AC_UNIT, 4, 9},
    {"continue",
     "void f(int *a) { for (int i = 0; i < 9; i++) { if (cond()) continue; hit(a[i]); } }", 0,
     IR_AC_UNIT, 4, 9},
    {"and", "void f(int *a, int n) { for (int i = 0; i < 9 && a[i] != n; i++) hit(a[i]); }", 0,
     IR_AC_UNIT, 4, 9},
    {"for ever", "void f(int *a) { int i = 0; for (;;) { hit(a[i]); i++; } }", 0, IR_AC_UNIT, 4,
     UNKNOWN},
    {"test in the middle is not always made",
     "void f(int *a) { int i = 0; for (;;) { if (cond()) { if (i > 9) break; } hit(a[i]); i++; } }",
     0, IR_AC_UNIT, 4, UNKNOWN},
    {"bound changes",
     "void f(int *a, int n) { for (int i = 0; i < n; i++) { n = n - a[i]; hit(a[i]); } }", 0,
     IR_AC_UNIT, 4, UNKNOWN},
    {"bound in memory", "void f(struct iter *t) { for (int i = 0; i < t->n; i++) hit(g[i]); }", 0,
     IR_AC_UNIT, 4, SYMBOLIC},
    {"bound in memory is written",
     "void f(struct iter *t) { for (int i = 0; i < t->n; i++) { hit(g[i]); t->n = t->n - 1; } }", 0,
     IR_AC_UNIT, 4, UNKNOWN},
    /* ---- pointers that count ---- */
    {"pointer to the end",
     "void f(int *a, int n) { int *e = a + n; for (int *p = a; p != e; p++) hit(*p); }", 0,
     IR_AC_UNIT, 4, SYMBOLIC},
    {"pointer to a constant end", "void f(int *a) { for (int *p = a; p < a + 16; p++) hit(*p); }",
     0, IR_AC_UNIT, 4, 16},
    {"pointer after ++", "void f(int *a, int *e) { while (a < e) hit(*a++); }", 0, IR_AC_UNIT, 4,
     SYMBOLIC},
    {"string", "void f(char *s) { while (*s) { hit(*s); s++; } }", 0, IR_AC_UNIT, 1, UNKNOWN},
    {"records by pointer", "void f(struct rec *p, struct rec *e) { for (; p < e; p++) hit(p->y); }",
     0, IR_AC_STRIDED, 24, SYMBOLIC},
    {"pointer, step n", "void f(int *p, int *e, int n) { for (; p < e; p += n) hit(*p); }", 0,
     IR_AC_SYMBOLIC, 4, SYMBOLIC},
    {"last from the pointer",
     "void f(int *p, int n) { for (int i = 0; i < n; i++) { p++; hit(p[-1]); } }", 0, IR_AC_UNIT, 4,
     SYMBOLIC},
    {"now and then", "void f(int *p) { for (int i = 0; i < 9; i++) { if (cond()) p++; hit(*p); } }",
     0, IR_AC_UNKNOWN, 0, 9},
    {"both ways the same",
     "void f(int *p) { for (int i = 0; i < 9; i++) { hit(*p); if (cond()) p++; else p = p + 1; } }",
     0, IR_AC_UNIT, 4, 9},
    {"by the data", "void f(char *p, char *e) { while (p < e) { hit(*p); p += *p; } }", 0,
     IR_AC_UNKNOWN, 0, UNKNOWN},
    /* ---- shapes of addresses ---- */
    {"same place", "void f(int *a, int k) { for (int i = 0; i < 9; i++) hit(a[k]); }", 0,
     IR_AC_INVARIANT, 0, 9},
    {"2 i + 1", "void f(int *a) { for (int i = 0; i < 9; i++) hit(a[2 * i + 1]); }", 0,
     IR_AC_STRIDED, 8, 9},
    {"i << 3", "void f(int *a) { for (int i = 0; i < 9; i++) hit(a[i << 3]); }", 0, IR_AC_STRIDED,
     32, 9},
    {"n - i", "void f(int *a, int n) { for (int i = 0; i < n; i++) hit(a[n - 1 - i]); }", 0,
     IR_AC_UNIT, -4, SYMBOLIC},
    {"i * i", "void f(int *a) { for (int i = 0; i < 9; i++) hit(a[i * i]); }", 0, IR_AC_UNKNOWN, 0,
     9},
    {"i % n", "void f(int *a, int n) { for (int i = 0; i < 9; i++) hit(a[i % n]); }", 0, IR_AC_UNIT,
     4, 9},
    {"sum of sums",
     "void f(int *a) { int k = 0; for (int i = 0; i < 9; i++) { k += i; hit(a[k]); } }", 0,
     IR_AC_UNKNOWN, 0, 9},
    {"i - p", "void f(int *a, int *p) { for (int i = 0; i < 9; i++, p++) hit(a[p - a]); }", 0,
     IR_AC_UNIT, 4, 9},
    {"field of a record", "void f(void) { for (int i = 0; i < 64; i++) hit(recs[i].y); }", 0,
     IR_AC_STRIDED, 24, 64},
    {"array in a record",
     "void f(struct iter *t) { for (int i = 0; i < 16; i++) hit(t->text[i]); }", 0, IR_AC_UNIT, 1,
     16},
    {"local array", "void f(int n) { int a[32]; for (int i = 0; i < n; i++) hit(a[i]); }", 0,
     IR_AC_UNIT, 4, SYMBOLIC},
    {"one of two fixed pointers",
     "void f(int *a, int *b, int c) { for (int i = 0; i < 9; i++) { int *p = c ? a : b; hit(p[i]); "
     "} }",
     0, IR_AC_UNIT, 4, 9},
    /* ---- nests ---- */
    {"row by row, inner",
     "void f(void) { for (int i = 0; i < 100; i++) for (int j = 0; j < 50; j++) hitf(m[i][j]); }",
     1, IR_AC_UNIT, 8, 50},
    {"row by row, outer",
     "void f(void) { for (int i = 0; i < 100; i++) for (int j = 0; j < 50; j++) hitf(m[i][j]); }",
     0, IR_AC_STRIDED, 400, 100},
    {"column by column, inner",
     "void f(void) { for (int j = 0; j < 50; j++) for (int i = 0; i < 100; i++) hitf(m[i][j]); }",
     1, IR_AC_STRIDED, 400, 100},
    {"column by column, outer",
     "void f(void) { for (int j = 0; j < 50; j++) for (int i = 0; i < 100; i++) hitf(m[i][j]); }",
     0, IR_AC_UNIT, 8, 50},
    {"i n + j, inner",
     "void f(double *a, int n) { for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) hitf(a[i "
     "* n + j]); }",
     1, IR_AC_UNIT, 8, SYMBOLIC},
    {"i n + j, outer",
     "void f(double *a, int n) { for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) hitf(a[i "
     "* n + j]); }",
     0, IR_AC_SYMBOLIC, 8, SYMBOLIC},
    {"j n + i, inner",
     "void f(double *a, int n) { for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) hitf(a[j "
     "* n + i]); }",
     1, IR_AC_SYMBOLIC, 8, SYMBOLIC},
    {"triangle",
     "void f(int *a, int n) { for (int i = 0; i < n; i++) for (int j = i; j < n; j++) hit(a[j]); }",
     0, IR_AC_UNIT, 4, SYMBOLIC},
    {"rows by pointer, inner",
     "void f(double **r, int n) { for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) "
     "hitf(r[i][j]); }",
     1, IR_AC_UNIT, 8, SYMBOLIC},
    {"rows by pointer, outer",
     "void f(double **r, int n) { for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) "
     "hitf(r[i][j]); }",
     0, IR_AC_POINTER, 0, SYMBOLIC},
    {"rows by pointer, stores of numbers between",
     "void f(double **r, int n) { for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) { "
     "hitf(r[i][j]); r[i][j] = 0; } }",
     1, IR_AC_UNIT, 8, SYMBOLIC},
    {"where an inner loop stopped",
     "void f(int *a, char *s) { for (int i = 0; i < 9; i++) { int j = 0; while (s[j] > i) j++; "
     "hit(a[j]); } }",
     0, IR_AC_UNKNOWN, 0, 9},
    {"pointer moved on by an inner loop",
     "void f(int *a, char *s) { for (int i = 0; i < 9; i++) { while (*s > i) s++; hit(*s); } }", 0,
     IR_AC_UNKNOWN, 0, 9},
    /* ---- indirect and pointer ---- */
    {"gather", "void f(int *a, int *k) { for (int i = 0; i < 9; i++) hit(a[k[i]]); }", 0,
     IR_AC_INDIRECT, 0, 9},
    {"gather, computed",
     "void f(int *a, int *k) { for (int i = 0; i < 9; i++) hit(a[(k[i] * 7 + 3) & 255]); }", 0,
     IR_AC_INDIRECT, 0, 9},
    {"gather of records",
     "void f(struct rec *a, long *k) { for (int i = 0; i < 9; i++) hit(a[k[i]].y); }", 0,
     IR_AC_INDIRECT, 0, 9},
    {"gather by address",
     "void f(struct rec *a, long *k) { for (int i = 0; i < 9; i++) { struct rec *r = &a[k[i]]; "
     "hit(r->y); } }",
     0, IR_AC_INDIRECT, 0, 9},
    {"index linked", "void f(int *next, int *a, int i) { while (i) { hit(a[i]); i = next[i]; } }",
     0, IR_AC_INDIRECT, 0, UNKNOWN},
    {"the same index each time",
     "void f(int *a, int *k) { for (int i = 0; i < 9; i++) hit(a[k[2]]); }", 0, IR_AC_INVARIANT, 0,
     9},
    {"counter in memory",
     "void f(int *a) { for (int i = 0; i < 9; i++) { hit(a[state]); state = state + 1; } }", 0,
     IR_AC_UNIT, 4, 9},
    {"table of pointers", "void f(struct node **p) { for (int i = 0; i < 9; i++) hit(p[i]->x); }",
     0, IR_AC_POINTER, 0, 9},
    {"table of pointers, walked", "void f(struct node **p) { for (; *p; p++) hit((*p)->x); }", 0,
     IR_AC_POINTER, 0, UNKNOWN},
    {"table of pointers, null skipped",
     "void f(struct node **p, int n) { for (int i = 0; i < n; i++) { struct node *q = p[i]; if "
     "(!q) continue; hit(q->x); } }",
     0, IR_AC_POINTER, 0, SYMBOLIC},
    {"two pointers deep",
     "void f(struct node **p) { for (int i = 0; i < 9; i++) hit(p[i]->left->x); }", 0,
     IR_AC_POINTER, 0, 9},
    {"behind a fixed pointer",
     "void f(struct iter *t) { for (int i = 0; i < 9; i++) hit(t->data[i]); }", 0, IR_AC_UNIT, 4,
     9},
    {"behind a fixed pointer, calls",
     "void f(struct iter *t) { for (int i = 0; i < 9; i++) { call(); hit(t->data[i]); } }", 0,
     IR_AC_UNIT, 4, 9},
    {"behind a global pointer, stores of ints",
     "void f(void) { for (int i = 0; i < 9; i++) { hit(gp[i]); gp[i] = 0; } }", 0, IR_AC_UNIT, 4,
     9},
    {"cursor moved by the call",
     "void f(struct iter *t) { for (int i = 0; i < 9; i++) { advance(t); hit(t->pos->x); } }", 0,
     IR_AC_UNKNOWN, 0, 9},
    {"cursor moved in memory",
     "void f(struct iter *t) { for (int i = 0; i < 9; i++) { hit(t->pos->x); t->pos = "
     "t->pos->next; } }",
     0, IR_AC_CHASED, 0, 9},
    {"cursor moved in memory, and by a call",
     "void f(struct iter *t) { for (int i = 0; i < 9; i++) { advance(t); hit(t->pos->x); t->pos = "
     "t->pos->next; } }",
     0, IR_AC_UNKNOWN, 0, 9},
    {"next by a call", "void f(struct node *p) { while (p) { hit(p->x); p = step(p); } }", 0,
     IR_AC_UNKNOWN, 0, UNKNOWN},
    /* ---- chased ---- */
    {"list", "void f(struct node *p) { while (p) { hit(p->x); p = p->next; } }", 0, IR_AC_CHASED, 0,
     UNKNOWN},
    {"list, for",
     "void f(struct node *h) { for (struct node *p = h; p != NULL; p = p->next) hit(p->x); }", 0,
     IR_AC_CHASED, 0, UNKNOWN},
    {"list, next kept",
     "void f(struct node *p) { while (p) { struct node *n = p->next; hit(p->x); call(); p = n; } }",
     0, IR_AC_CHASED, 0, UNKNOWN},
    {"list, seen through next",
     "void f(struct node *p) { while (p) { struct node *n = p->next; hit(n->x); p = n; } }", 0,
     IR_AC_CHASED, 0, UNKNOWN},
    {"list, the one before",
     "void f(struct node *p) { struct node *q = p; while (p) { hit(q->x); q = p; p = p->next; } }",
     0, IR_AC_CHASED, 0, UNKNOWN},
    {"list, data behind the node",
     "void f(struct node *p) { while (p) { hit(p->left->x); p = p->next; } }", 0, IR_AC_POINTER, 0,
     UNKNOWN},
    {"list, sometimes",
     "void f(struct node *p) { for (int i = 0; i < 9; i++) { hit(p->x); if (cond()) p = p->next; } "
     "}",
     0, IR_AC_CHASED, 0, 9},
    {"two steps at once", "void f(struct node *p) { while (p) { hit(p->x); p = p->left->next; } }",
     0, IR_AC_CHASED, 0, UNKNOWN},
    {"tree",
     "void f(struct node *p, int k) { while (p) { hit(p->x); p = k < p->x ? p->left : p->right; } "
     "}",
     0, IR_AC_CHASED, 0, UNKNOWN},
    {"tree, if",
     "void f(struct node *p, int k) { while (p) { hit(p->x); if (k < p->x) p = p->left; else p = "
     "p->right; } }",
     0, IR_AC_CHASED, 0, UNKNOWN},
    {"pointer to the link",
     "void f(struct node *h) { for (struct node **pp = &h; *pp; pp = &(*pp)->next) hit((*pp)->x); "
     "}",
     0, IR_AC_CHASED, 0, UNKNOWN},
    {"embedded link",
     "void f(struct list *h) { for (struct list *l = h->next; l != h; l = l->next) { struct item "
     "*t = (struct item *)((char *)l - 16); hit(t->key); } }",
     0, IR_AC_CHASED, 0, UNKNOWN},
    {"buckets, inner",
     "void f(struct node **b) { for (int i = 0; i < 9; i++) for (struct node *p = b[i]; p; p = "
     "p->next) hit(p->x); }",
     1, IR_AC_CHASED, 0, UNKNOWN},
    {"buckets, outer",
     "void f(struct node **b) { for (int i = 0; i < 9; i++) for (struct node *p = b[i]; p; p = "
     "p->next) hit(p->x); }",
     0, IR_AC_POINTER, 0, 9},
    {"skipping loop",
     "void f(struct node *p) { while (p) { while (p && p->x < 0) p = p->next; if (!p) break; "
     "hit(p->x); p = p->next; } }",
     0, IR_AC_CHASED, 0, UNKNOWN},
    {"index kept in the node",
     "void f(struct node *p, int *a) { while (p) { hit(a[p->idx]); p = p->next; } }", 0,
     IR_AC_INDIRECT, 0, UNKNOWN},
    {"best so far is no walk",
     "void f(struct node *p) { struct node *b = p; while (p) { if (p->x > b->x) b = p; hit(b->x); "
     "p = p->next; } }",
     0, IR_AC_UNKNOWN, 0, UNKNOWN},
};

/* ---- the table ------------------------------------------------------------------------------- */

typedef struct Subject {
  IrUnit *unit;
  HpArena *arena;
  const IrFunction *fn;
  IrAnalysis *an;
} Subject;

static Subject subject(const char *body) {
  char *text = hp_format("%s%s", prelude, body);
  Subject s = {.unit = mc_unit(text), .arena = hp_arena_new()};
  s.fn = &s.unit->functions[s.unit->nfunctions - 1];
  s.an = ir_analyse(s.unit, s.fn, s.arena);
  free(text);
  return s;
}

static void done(Subject *s) {
  hp_arena_free(s->arena);
  ir_unit_free(s->unit);
}

static IrSymId symbol(const Subject *s, const char *name) {
  for (uint32_t i = 0; i < s->unit->nsymbols; i++)
    if (!strcmp(ir_str(s->unit, s->unit->symbols[i].name), name))
      return i;
  fail_msg("no symbol %s", name);
  return 0;
}

/* What was handed to hit() or hitf(). */
static IrRef hit(const Subject *s) {
  IrSymId a = symbol(s, "hit"), b = symbol(s, "hitf");
  for (uint32_t i = 0; i < s->fn->ninsns; i++) {
    const IrInsn *in = &s->fn->insns[i];
    if (ir_callee(in) == a || ir_callee(in) == b) {
      IrRef ref = ir_arg(s->fn, in, 0);
      return ref;
    }
  }
  fail_msg("no hit");
  return 0;
}

static const IrAccess *hit_access(const Subject *s) {
  IrRef ref = hit(s);
  for (const IrInsn *in; (in = ir_def(s->fn, ref)) && in->op == IR_CONV;)
    ref = ir_arg(s->fn, in, 0);
  for (uint32_t i = 0; i < s->an->naccesses; i++)
    if (s->an->accesses[i].insn == ir_ref_index(ref))
      return &s->an->accesses[i];
  fail_msg("hit() was not handed a load");
  return NULL;
}

static int64_t trip_of(const IrLoop *l) {
  if (l->trip == IR_TRIP_CONST)
    return (int64_t)l->count;
  return l->trip == IR_TRIP_SYMBOLIC ? SYMBOLIC : UNKNOWN;
}

static void test_case(void **state) {
  const Case *c = *state;
  Subject s = subject(c->body);
  assert_true(c->loop < s.an->nloops);
  const IrAccess *a = hit_access(&s);
  IrAccessInLoop in = ir_access_in(s.an, a, c->loop);
  assert_string_equal(ir_access_class_name(in.cls), ir_access_class_name(c->cls));
  if (c->cls != IR_AC_UNKNOWN)
    assert_int_equal(in.stride, c->stride);
  if (c->trip != ANY)
    assert_int_equal(trip_of(&s.an->loops[c->loop]), c->trip);
  bool has_via = c->cls == IR_AC_INDIRECT || c->cls == IR_AC_POINTER || c->cls == IR_AC_CHASED;
  assert_int_equal(in.via != IR_NONE, has_via);
  if (has_via)
    assert_int_equal(s.fn->insns[in.via].op, IR_LOAD);
  done(&s);
}

/* ---- chases ---------------------------------------------------------------------------------- */

typedef struct ChaseCase {
  const char *name, *body;
  uint32_t chases, loads, hops; /* of the first */
  const char *record;
} ChaseCase;

static const ChaseCase chase_cases[] = {
    {"list", "void f(struct node *p) { while (p) { hit(p->x); p = p->next; } }", 1, 1, 1,
     "struct node"},
    {"tree", "void f(struct node *p, int k) { while (p) p = k < p->x ? p->left : p->right; }", 1, 2,
     1, "struct node"},
    {"two steps", "void f(struct node *p) { while (p) p = p->left->next; }", 1, 1, 2,
     "struct node"},
    {"link",
     "void f(struct node *h) { for (struct node **pp = &h; *pp; pp = &(*pp)->next) call(); }", 1, 1,
     1, "struct node"},
    {"embedded",
     "void f(struct list *h) { for (struct list *l = h->next; l != h; l = l->next) { struct item "
     "*t = (struct item *)((char *)l - 16); hit(t->key); } }",
     1, 1, 1, "struct item"},
    {"skip list",
     "struct s { struct s *level[8]; int k; }; void f(struct s *p, int i) { while (p->level[i]) p "
     "= p->level[i]; }",
     1, 1, 1, "struct s"},
    {"two at a time",
     "void f(struct node *a, struct node *b) { while (a && b) { if (a->x < b->x) a = a->next; else "
     "b = b->next; } }",
     2, 1, 1, "struct node"},
    {"in the next bucket when done",
     "void f(struct node **t, int n) { struct node *p = t[0]; for (int i = 0; i < n;) { if (p) p = "
     "p->next; else p = t[i++]; } }",
     1, 1, 1, "struct node"},
    {"inner and outer",
     "void f(struct node *p) { while (p) { while (p && p->x < 0) p = p->next; if (!p) break; p = "
     "p->next; } }",
     2, 1, 1, "struct node"},
    {"table", "void f(struct node **p) { for (int i = 0; i < 9; i++) hit(p[i]->x); }", 0, 0, 0,
     NULL},
    {"cursor", "void f(struct iter *t) { while (t->pos) { advance(t); hit(t->pos->x); } }", 0, 0, 0,
     NULL},
    {"cursor in memory",
     "void f(struct iter *t) { while (t->pos) { hit(t->pos->x); t->pos = t->pos->next; } }", 1, 1,
     1, "struct node"},
    {"call", "void f(struct node *p) { while (p) p = step(p); }", 0, 0, 0, NULL},
    {"lengths", "void f(int *p, int *e) { while (p < e) p += *p; }", 0, 0, 0, NULL},
    {"jumps", "void f(int *p, int **t) { while (*p) { if (*p > 9) p = t[*p]; else p++; } }", 0, 0,
     0, NULL},
    {"index list", "void f(int *next, int i) { while (i) i = next[i]; }", 0, 0, 0, NULL},
    {"hash of a string", "int f(char *s) { int h = 0; while (*s) h = h * 31 + *s++; return h; }", 0,
     0, 0, NULL},
};

static void test_chase(void **state) {
  const ChaseCase *c = *state;
  Subject s = subject(c->body);
  assert_int_equal(s.an->nchases, c->chases);
  if (c->chases) {
    const IrChase *chase = &s.an->chases[0];
    assert_int_equal(chase->nloads, c->loads);
    assert_int_equal(chase->hops, c->hops);
    assert_true(chase->record != IR_NONE);
    assert_string_equal(ir_str(s.unit, s.unit->records[chase->record].name), c->record);
    assert_int_equal(s.an->block_of[chase->phi], s.an->loops[chase->loop].header);
  }
  done(&s);
}

/* ---- evolution and invariance ---------------------------------------------------------------- */

static void test_evolution(void **state) {
  (void)state;
  Subject s = subject("void f(double *a, int n) { for (int i = 0; i < n; i++)"
                      " for (int j = 0; j < n; j++) hit(i * n + j); }");
  IrRef index = hit(&s);
  while (ir_is(ir_def(s.fn, index), IR_CONV))
    index = ir_arg(s.fn, ir_def(s.fn, index), 0);
  const IrInsn *sum = ir_def(s.fn, index);
  assert_int_equal(sum->op, IR_ADD);
  IrEvolution inner = ir_evolution(s.an, 1, index), outer = ir_evolution(s.an, 0, index);
  assert_int_equal(inner.kind, IR_EV_AFFINE);
  assert_int_equal(inner.step, 1);
  assert_int_equal(outer.kind, IR_EV_SYMBOLIC);
  assert_int_equal(outer.step, 1);
  assert_int_equal(ir_def(s.fn, outer.step_ref)->op, IR_PARAM);
  IrRef row = ir_arg(s.fn, sum, 0), j = ir_arg(s.fn, sum, 1);
  assert_true(ir_loop_invariant(s.an, 1, row));
  assert_false(ir_loop_invariant(s.an, 0, row));
  assert_false(ir_loop_invariant(s.an, 1, j));
  assert_false(ir_loop_invariant(s.an, 0, j)); /* it counts, though from 0 each time */
  assert_int_equal(ir_evolution(s.an, 0, j).kind, IR_EV_INVARIANT);
  assert_int_equal(s.an->loops[0].counter, ir_ref_index(ir_arg(s.fn, ir_def(s.fn, row), 0)));
  assert_int_equal(s.an->loops[1].counter, ir_ref_index(j));
  done(&s);
}

typedef struct InvariantCase {
  const char *name, *body;
  bool invariant;
} InvariantCase;

/* hit() gets the value asked about; loop 0. */
static const InvariantCase invariant_cases[] = {
    {"field, nothing written", "void f(struct iter *t) { for (int i = 0; i < 9; i++) hit(t->n); }",
     true},
    {"field, a call could",
     "void f(struct iter *t) { for (int i = 0; i < 9; i++) { call(); hit(t->n); } }", false},
    {"field, another field",
     "void f(struct iter *t) { for (int i = 0; i < 9; i++) { t->pos = NULL; hit(t->n); } }", true},
    {"field, the field",
     "void f(struct iter *t) { for (int i = 0; i < 9; i++) { t->n = i; hit(t->n); } }", false},
    {"field, the field of another",
     "void f(struct iter *t, struct iter *u) { for (int i = 0; i < 9; i++) { u->n = i; hit(t->n); "
     "} }",
     false},
    {"int, stores of doubles",
     "void f(int *p, double *d) { for (int i = 0; i < 9; i++) { d[i] = 0; hit(*p); } }", true},
    {"int, stores of ints",
     "void f(int *p, int *d) { for (int i = 0; i < 9; i++) { d[i] = 0; hit(*p); } }", false},
    {"int, stores of chars",
     "void f(int *p, char *d) { for (int i = 0; i < 9; i++) { d[i] = 0; hit(*p); } }", false},
    {"own local, calls",
     "void f(void) { int a[4]; for (int i = 0; i < 9; i++) { call(); hit(a[1]); } }", true},
    {"lent local, calls",
     "library void fill(int *p); void f(void) { int a[4]; fill(a); for (int i = 0; i < 9; i++) { "
     "call(); hit(a[1]); } }",
     true},
    {"given local, calls",
     "void keep(int *p); void f(void) { int a[4]; keep(a); for (int i = 0; i < 9; i++) { call(); "
     "hit(a[1]); } }",
     false},
    {"global against local",
     "void f(void) { int a[9]; for (int i = 0; i < 9; i++) { a[i] = 0; hit(state); } }", true},
    {"global against parameter",
     "void f(int *a) { for (int i = 0; i < 9; i++) { a[i] = 0; hit(state); } }", false},
    {"elements apart", "void f(int *a) { for (int i = 0; i < 9; i++) { a[1] = i; hit(a[2]); } }",
     true},
    {"elements that meet",
     "void f(int *a) { for (int i = 0; i < 9; i++) { a[i] = i; hit(a[2]); } }", false},
    {"union",
     "union u { int i; float f; }; void f(union u *p) { for (int i = 0; i < 9; i++) { p->f = 0; "
     "hit(p->i); } }",
     false},
    {"arithmetic", "void f(int a, int b) { for (int i = 0; i < 9; i++) hit((a / b) ^ (a << 2)); }",
     true},
    {"chosen by what is fixed",
     "void f(int a, int b) { for (int i = 0; i < 9; i++) hit(a ? a : b); }", true},
    {"chosen by what varies",
     "void f(int a, int b) { for (int i = 0; i < 9; i++) hit(i & 1 ? a : b); }", false},
};

static void test_invariant(void **state) {
  const InvariantCase *c = *state;
  Subject s = subject(c->body);
  assert_int_equal(ir_loop_invariant(s.an, 0, hit(&s)), c->invariant);
  done(&s);
}

/* ---- cold code, frequencies, uses ------------------------------------------------------------ */

static IrBlockId block_calling(const Subject *s, const char *name) {
  IrSymId sym = symbol(s, name);
  for (uint32_t i = 0; i < s->fn->ninsns; i++)
    if (ir_callee(&s->fn->insns[i]) == sym)
      return s->an->block_of[i];
  fail_msg("no call of %s", name);
  return 0;
}

typedef struct ColdCase {
  const char *name, *body;
  bool cold; /* the block that calls call() */
} ColdCase;

static const ColdCase cold_cases[] = {
    {"dies", "noreturn void die(void); void f(int n) { if (n) { call(); die(); } }", true},
    {"dies later",
     "noreturn void die(void); void f(int n) { if (n) { call(); if (n > 1) die(); else die(); } }",
     true},
    {"may die", "noreturn void die(void); void f(int n) { if (n) { call(); if (n > 1) die(); } }",
     false},
    {"no memory",
     "allocator void *get(long n); int *f(void) { int *p = (int *)get(4); if (!p) { call(); return "
     "NULL; } *p = 1; return p; }",
     true},
    {"negative result",
     "int op(void); int f(void) { if (op() < 0) { call(); return -1; } return 0; }", true},
    {"found nothing, goes on",
     "int *look(void); int f(void) { int *p = look(); if (!p) { call(); return 0; } return *p; }",
     false},
    {"strings differ",
     "pure int cmp(char *a, char *b); int f(char *a, char *b) { if (cmp(a, b) != 0) { call(); "
     "return -1; } return 0; }",
     false},
    {"early return", "int f(int n) { if (n < 0) { call(); return -1; } return n; }", false},
    {"in a loop",
     "noreturn void die(void); void f(int *a) { for (int i = 0; i < 9; i++) if (!a[i]) { call(); "
     "die(); } }",
     true},
};

static void test_cold(void **state) {
  const ColdCase *c = *state;
  Subject s = subject(c->body);
  assert_int_equal(s.an->cold[block_calling(&s, "call")], c->cold);
  assert_false(s.an->cold[0]);
  done(&s);
}

static void test_freq(void **state) {
  (void)state;
  Subject s =
      subject("noreturn void die(void); void f(int *a, int n) { for (int i = 0; i < 100; i++)"
              " for (int j = 0; j < n; j++) { hit(a[j]); if (a[j] == 7) { call(); die(); } }"
              " state = 1; }");
  const double *freq = s.an->freq;
  double inner = freq[block_calling(&s, "hit")], rare = freq[block_calling(&s, "call")];
  assert_true(freq[0] == 1);
  double outer = freq[s.an->loops[0].header];
  assert_true(outer > 50 && outer < 101.5);
  assert_true(inner > outer * 2);
  assert_true(rare < inner / 50);
  done(&s);
}

typedef struct OnceCase {
  const char *name, *body;
  bool once; /* the block that calls call(), in the loop around it */
} OnceCase;

#define LOOP(body) "void f(int *a, int n, int m) { for (int i = 0; i < n; i++) { " body " } }"
static const OnceCase once_cases[] = {
    {"once: first", LOOP("if (i == 0) call(); hit(i);"), true},
    {"once: last", LOOP("hit(i); if (i == n - 1) call();"), true},
    {"once: a sum", LOOP("if (i + 1 == n) call(); hit(i);"), true},
    {"once: from the other side", LOOP("if (m == i) { hit(i); call(); } hit(i);"), true},
    {"once: not", LOOP("if (!i) call(); hit(i);"), true},
    {"once: the other way", LOOP("if (i) hit(i); else call(); hit(i);"), true},
    {"once: differs", LOOP("if (i != m) hit(i); else { call(); }"), true},
    {"once: a step further", LOOP("if (i == m) { if (a[i]) { call(); } } hit(i);"), true},
    {"once: all but the first", LOOP("if (i != 0) call(); hit(i);"), false},
    {"once: an element", LOOP("if (a[i] == 0) call(); hit(i);"), false},
    {"once: less", LOOP("if (i < m) call(); hit(i);"), false},
    {"once: the value moves, too", LOOP("if (i == m) call(); m += 2;"), false},
    {"once: both ways", LOOP("if (i == 0) hit(i); call();"), false},
    {"once: in an inner loop", LOOP("for (int j = 0; j < m; j++) if (i == 2) call(); hit(i);"),
     false},
};

static void test_once(void **state) {
  const OnceCase *c = *state;
  Subject s = subject(c->body);
  IrBlockId block = block_calling(&s, "call");
  assert_int_equal(ir_once_a_loop(s.an, s.an->loop_of[block], block), c->once);
  if (c->once) {
    double each = s.an->freq[s.an->loops[s.an->loop_of[block]].header];
    assert_true(s.an->freq[block] < each / 5);
  }
  done(&s);
}

static void test_uses(void **state) {
  (void)state;
  Subject s = subject("int f(int *a, int n) { return a[n] + n * n; }");
  for (uint32_t v = 0; v < s.fn->ninsns; v++)
    for (uint32_t k = s.an->uses_at[v]; k < s.an->uses_at[v + 1]; k++) {
      assert_true(s.an->uses[k] > v); /* no loops here */
      assert_true(k == s.an->uses_at[v] || s.an->uses[k - 1] < s.an->uses[k]);
    }
  uint32_t n = 0;
  while (s.fn->insns[n].op != IR_PARAM || s.fn->insns[n].aux != 1)
    n++;
  assert_int_equal(s.an->uses_at[n + 1] - s.an->uses_at[n], 2); /* the load, the product once */
  done(&s);
}

static void test_copies(void **state) {
  (void)state;
  Subject s = subject(
      "void f(struct rec *a, struct rec *b) { for (int i = 0; i < 9; i++) a[i] = b[2 * i]; }");
  assert_int_equal(s.an->naccesses, 2);
  const IrAccess *to = &s.an->accesses[0], *from = &s.an->accesses[1];
  assert_true(to->write && !to->read && from->read && !from->write);
  assert_int_equal(to->in.cls, IR_AC_UNIT);
  assert_int_equal(from->in.cls, IR_AC_STRIDED);
  assert_int_equal(from->in.stride, 48);
  done(&s);
}

static void test_no_loops(void **state) {
  (void)state;
  Subject s = subject("void f(struct node *p) { hit(p->next->x); }");
  assert_int_equal(s.an->nloops, 0);
  assert_int_equal(s.an->naccesses, 2);
  assert_int_equal(s.an->accesses[1].in.cls, IR_AC_INVARIANT);
  assert_int_equal(s.an->accesses[1].loop, IR_NONE);
  done(&s);
}

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define ADD_TABLE(table, run)                                                                      \
  for (size_t i = 0; i < COUNT(table); i++)                                                        \
    tests[n++] = (struct CMUnitTest) {                                                             \
      .name = (table)[i].name, .test_func = (run), .initial_state = (void *)(uintptr_t)&(table)[i] \
    }

int main(void) {
  struct CMUnitTest tests[256] = {
      cmocka_unit_test(test_evolution), cmocka_unit_test(test_freq),
      cmocka_unit_test(test_uses),      cmocka_unit_test(test_copies),
      cmocka_unit_test(test_no_loops),
  };
  size_t n = 5;
  ADD_TABLE(cases, test_case);
  ADD_TABLE(chase_cases, test_chase);
  ADD_TABLE(invariant_cases, test_invariant);
  ADD_TABLE(cold_cases, test_cold);
  ADD_TABLE(once_cases, test_once);
  /* cmocka_run_group_tests counts its array at compile time */
  return _cmocka_run_group_tests("analysis", tests, n, NULL, NULL);
}
