/* Interchange against running it: small nests of loops are made up at random, run in the order they
 * are written in and in the order after the interchange, and where that gives other results the
 * interchange must not have been called legal. A condition is taken at its word where the test can
 * do what it says: rewrite bounds, split off what stands between the loops. */
#include "ir/interchange.h"
#include "ir/tests/minic.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { DEPTH = 3, STATEMENTS = 3, FLAT = 256, SIDE = 16, MAX_POINTS = 512 };
enum { ROUNDS = 6000 };

typedef struct Sum { /* c + k[0] * i + k[1] * j + k[2] * k */
  int c, k[DEPTH];
} Sum;
typedef struct Place { /* x[at], y[at], z[at][column] or the register s */
  char array;
  Sum at, column;
} Place;
typedef struct Statement {
  Place to, from;
  int kind; /* to = from * 3 + i, to += from, to = 7 * i + j, to = to + from * 5 */
} Statement;
typedef struct Range { /* counter = from (+ an outer counter); counter < to; += step, or downwards
                        */
  int from, to, step, from_outer;
} Range;
typedef struct Nest {
  uint32_t depth, nbody;
  Range range[DEPTH];
  Statement body[STATEMENTS], before; /* before: between the outermost loop and the next */
  bool has_before;
} Nest;
typedef struct Memory {
  uint32_t x[FLAT], y[FLAT], z[SIDE][SIDE], s;
  bool outside;
} Memory;

static uint64_t seed;
static int rnd(int low, int high) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return low + (int)((seed >> 33) % (uint64_t)(high - low + 1));
}

/* ---- made up --------------------------------------------------------------------------------- */

static Sum random_sum(uint32_t depth, int base) {
  static const int factors[] = {0, 0, 1, 1, 1, -1, 2, 3, 6, 8, 16};
  Sum s = {.c = base + rnd(-2, 2)};
  for (uint32_t i = 0; i < depth; i++)
    s.k[i] = factors[rnd(0, 10)];
  return s;
}

static Sum near_counter(uint32_t depth, int which) {
  Sum s = {.c = 2 + rnd(-1, 1)};
  s.k[which % (int)depth] = 1;
  return s;
}

/* Mostly near some place met before, so that there is something to depend on. */
static Place random_place(uint32_t depth, const Place *near) {
  Place p = {.array = "xxyz"[rnd(0, 3)]};
  if (near && near->array != 's' && rnd(0, 2)) {
    p = *near;
    p.at.c += rnd(-2, 2);
    p.column.c += rnd(-1, 1);
    if (!rnd(0, 3))
      p.at.k[rnd(0, (int)depth - 1)] += rnd(-1, 1);
    return p;
  }
  if (p.array == 'z') {
    int row = rnd(0, (int)depth - 1);
    p.at = near_counter(depth, row);
    p.column = near_counter(depth, row + rnd(0, 2));
  } else {
    p.at = random_sum(depth, 40);
  }
  return p;
}

static Statement random_statement(uint32_t depth, const Statement *near) {
  Statement s = {.kind = rnd(0, 3)};
  s.to = random_place(depth, near ? &near->to : NULL);
  s.from = random_place(depth, &s.to);
  if (!rnd(0, 9)) {
    s.to.array = 's';
    s.kind = 1;
  }
  return s;
}

static Nest random_nest(void) {
  Nest n = {.depth = (uint32_t)rnd(2, DEPTH), .nbody = (uint32_t)rnd(1, 2)};
  for (uint32_t i = 0; i < n.depth; i++) {
    Range *r = &n.range[i];
    *r = (Range){.from = rnd(0, 2), .to = rnd(3, 6), .step = rnd(0, 4) ? 1 : 2, .from_outer = -1};
    if (!rnd(0, 5)) /* downwards */
      *r = (Range){.from = rnd(3, 5), .to = rnd(0, 1), .step = -1, .from_outer = -1};
    else if (i && !rnd(0, 5))
      r->from_outer = (int)i - 1;
  }
  for (uint32_t i = 0; i < n.nbody; i++)
    n.body[i] = random_statement(n.depth, i ? &n.body[i - 1] : NULL);
  n.has_before = n.depth == 2 && !rnd(0, 5);
  if (n.has_before) {
    n.before = random_statement(1, NULL);
    n.before.to.array = n.before.to.array == 's' ? 'x' : n.before.to.array;
    n.before.kind = n.before.kind == 2 ? 0 : n.before.kind;
  }
  return n;
}

/* ---- as C ------------------------------------------------------------------------------------ */

static void put_sum(HpBuf *out, const Sum *s) {
  hp_buf_addf(out, "%d", s->c);
  for (uint32_t i = 0; i < DEPTH; i++)
    if (s->k[i])
      hp_buf_addf(out, " %c %d * %c", s->k[i] < 0 ? '-' : '+', abs(s->k[i]), "ijk"[i]);
}

static void put_place(HpBuf *out, const Place *p) {
  hp_buf_addc(out, p->array);
  if (p->array == 's')
    return;
  hp_buf_addc(out, '[');
  put_sum(out, &p->at);
  if (p->array == 'z') {
    hp_buf_add(out, "][");
    put_sum(out, &p->column);
  }
  hp_buf_addc(out, ']');
}

static void put_statement(HpBuf *out, const Statement *s) {
  put_place(out, &s->to);
  hp_buf_add(out, s->kind == 1 ? " += " : " = ");
  if (s->kind == 2) {
    hp_buf_add(out, "7 * i + j");
  } else {
    if (s->kind == 3) {
      put_place(out, &s->to);
      hp_buf_add(out, " + ");
    }
    put_place(out, &s->from);
    hp_buf_add(out, s->kind == 0 ? " * 3 + i" : s->kind == 3 ? " * 5" : "");
  }
  hp_buf_add(out, "; ");
}

static char *text_of_nest(const Nest *n) {
  HpBuf out = {0};
  hp_buf_addf(&out, "int x[%d]; int y[%d]; int z[%d][%d]; int f(void) { int s = 0; ", FLAT, FLAT,
              SIDE, SIDE);
  for (uint32_t i = 0; i < n->depth; i++) {
    const Range *r = &n->range[i];
    char c = "ijk"[i];
    hp_buf_addf(&out, "for (int %c = %d", c, r->from);
    if (r->from_outer >= 0)
      hp_buf_addf(&out, " + %c", "ijk"[r->from_outer]);
    hp_buf_addf(&out, "; %c %c %d; %c += %d) { ", c, r->step < 0 ? '>' : '<', r->to, c, r->step);
    if (i == 0 && n->has_before)
      put_statement(&out, &n->before);
  }
  for (uint32_t i = 0; i < n->nbody; i++)
    put_statement(&out, &n->body[i]);
  for (uint32_t i = 0; i < n->depth; i++)
    hp_buf_add(&out, "} ");
  hp_buf_add(&out, "return s; }");
  return hp_buf_take(&out);
}

/* ---- run ------------------------------------------------------------------------------------- */

static int value_of(const Sum *s, const int *at) {
  int v = s->c;
  for (uint32_t i = 0; i < DEPTH; i++)
    v += s->k[i] * at[i];
  return v;
}

static uint32_t *cell(Memory *m, const Place *p, const int *at) {
  int row = value_of(&p->at, at), column = value_of(&p->column, at);
  if (p->array == 's')
    return &m->s;
  if (p->array == 'z') {
    m->outside = m->outside || row < 0 || row >= SIDE || column < 0 || column >= SIDE;
    return m->outside ? &m->s : &m->z[row][column];
  }
  m->outside = m->outside || row < 0 || row >= FLAT;
  return m->outside ? &m->s : p->array == 'x' ? &m->x[row] : &m->y[row];
}

static void run_statement(Memory *m, const Statement *s, const int *at) {
  uint32_t from = *cell(m, &s->from, at), *to = cell(m, &s->to, at);
  switch (s->kind) {
  case 0:
    *to = from * 3 + (uint32_t)at[0];
    break;
  case 1:
    *to += from;
    break;
  case 2:
    *to = 7 * (uint32_t)at[0] + (uint32_t)at[1];
    break;
  default:
    *to += from * 5;
  }
}

static void start(Memory *m) {
  *m = (Memory){.s = 0};
  for (uint32_t i = 0; i < FLAT; i++) {
    m->x[i] = i * 2654435761u + 17;
    m->y[i] = i * 40503u + 3;
    m->z[i / SIDE][i % SIDE] = i * 69069u + 1;
  }
}

typedef struct Points {
  int at[MAX_POINTS][DEPTH];
  uint32_t n;
} Points;

static void enumerate(const Nest *n, uint32_t level, int *at, Points *out) {
  if (level == n->depth) {
    if (out->n < MAX_POINTS)
      memcpy(out->at[out->n++], at, DEPTH * sizeof *at);
    return;
  }
  const Range *r = &n->range[level];
  int from = r->from + (r->from_outer >= 0 ? at[r->from_outer] : 0);
  for (at[level] = from; r->step < 0 ? at[level] > r->to : at[level] < r->to; at[level] += r->step)
    enumerate(n, level + 1, at, out);
  at[level] = 0;
}

static void run_as_written(const Nest *n, const Points *p, Memory *m) {
  start(m);
  const Range *r = &n->range[0];
  uint32_t next = 0;
  for (int i = r->from; r->step < 0 ? i > r->to : i < r->to; i += r->step) {
    if (n->has_before)
      run_statement(m, &n->before, (int[DEPTH]){i});
    for (; next < p->n && p->at[next][0] == i; next++)
      for (uint32_t k = 0; k < n->nbody; k++)
        run_statement(m, &n->body[k], p->at[next]);
  }
}

static const Nest *sorting; /* qsort has no argument for it */
static uint32_t swap_a, swap_b;
static int by_new_order(const void *a, const void *b) {
  const int *x = a, *y = b;
  for (uint32_t i = 0; i < sorting->depth; i++) {
    uint32_t level = i == swap_a ? swap_b : i == swap_b ? swap_a : i;
    if (x[level] != y[level])
      return (x[level] < y[level] ? -1 : 1) * (sorting->range[level].step < 0 ? -1 : 1);
  }
  return 0;
}

static void run_interchanged(const Nest *n, uint32_t outer, uint32_t inner, Points *p, Memory *m) {
  start(m);
  const Range *r = &n->range[0];
  for (int i = r->from; n->has_before && (r->step < 0 ? i > r->to : i < r->to); i += r->step)
    run_statement(m, &n->before, (int[DEPTH]){i});
  sorting = n;
  swap_a = outer;
  swap_b = inner;
  qsort(p->at, p->n, sizeof *p->at, by_new_order);
  for (uint32_t i = 0; i < p->n; i++)
    for (uint32_t k = 0; k < n->nbody; k++)
      run_statement(m, &n->body[k], p->at[i]);
}

static bool same_memory(const Memory *a, const Memory *b) {
  return !memcmp(a->x, b->x, sizeof a->x) && !memcmp(a->y, b->y, sizeof a->y) &&
         !memcmp(a->z, b->z, sizeof a->z) && a->s == b->s;
}

/* ---- judged ---------------------------------------------------------------------------------- */

typedef struct Tally {
  uint32_t legal, conditional, needless; /* needless: refused, though the results were the same */
  uint32_t wrong_order;                  /* the results differ */
} Tally;

/* Conditions that the other order above has fulfilled. */
static bool is_fulfilled(const char *condition) {
  static const char *const known[] = {
      "the bounds are rewritten, since those of the inner loop depend on the outer one",
      "what stands between the loops is split off into a loop of its own"};
  char *rest = hp_strdup(condition), *save = NULL;
  bool all = true;
  for (char *part = strtok_r(rest, ";", &save); part; part = strtok_r(NULL, ";", &save)) {
    part += strspn(part, " ");
    all = all && (!strcmp(part, known[0]) || !strcmp(part, known[1]));
  }
  free(rest);
  return all;
}

static void check_pair(const Nest *n, const IrAnalysis *an, uint32_t outer, uint32_t inner,
                       const char *text, Tally *tally) {
  Points points = {.n = 0};
  Memory before, after;
  enumerate(n, 0, (int[DEPTH]){0}, &points);
  run_as_written(n, &points, &before);
  run_interchanged(n, outer, inner, &points, &after);
  if (before.outside || after.outside)
    return;
  HpBuf condition = {0};
  IrInterchange got = ir_can_interchange(an, outer, inner, &condition);
  bool same = same_memory(&before, &after);
  bool allowed = got == IR_INTERCHANGE_LEGAL ||
                 (got == IR_INTERCHANGE_CONDITIONAL && is_fulfilled(hp_buf_text(&condition)));
  if (allowed && !same)
    fail_msg("loops %u and %u of\n  %s\nmay not change places (said: %s %s)", outer, inner, text,
             ir_interchange_name(got), hp_buf_text(&condition));
  tally->legal += got == IR_INTERCHANGE_LEGAL;
  tally->conditional += got == IR_INTERCHANGE_CONDITIONAL && allowed;
  tally->needless += !allowed && same;
  tally->wrong_order += !same;
  hp_buf_free(&condition);
}

static void test_random_nests(void **state) {
  (void)state;
  Tally tally = {0};
  seed = 11;
  for (uint32_t round = 0; round < ROUNDS; round++) {
    Nest n = random_nest();
    char *text = text_of_nest(&n);
    IrUnit *unit = mc_unit(text);
    HpArena *arena = hp_arena_new();
    IrAnalysis *an = ir_analyse(unit, &unit->functions[0], arena);
    assert_int_equal(an->nloops, n.depth);
    for (uint32_t inner = 1; inner < n.depth; inner++)
      for (uint32_t outer = 0; outer < inner; outer++)
        check_pair(&n, an, outer, inner, text, &tally);
    hp_arena_free(arena);
    ir_unit_free(unit);
    free(text);
  }
  print_message("legal %u, conditional %u, needlessly refused %u, rightly refused %u\n",
                tally.legal, tally.conditional, tally.needless, tally.wrong_order);
  assert_true(tally.legal > 500); /* nests worth the name */
  assert_true(tally.conditional > 50);
  assert_true(tally.wrong_order > 500);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_nests)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
