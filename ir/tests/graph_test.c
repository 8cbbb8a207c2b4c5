/* Dominators and loops against naive definitions, on random graphs of all shapes. */
#include "ir/analysis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX = 24 };

typedef struct Graph {
  uint32_t n, count[MAX], succs[MAX][4];
} Graph;

static const uint32_t *graph_succs(const IrGraph *g, uint32_t b, uint32_t *count) {
  const Graph *x = g->self;
  *count = x->count[b];
  return x->succs[b];
}

static uint64_t seed;
static uint32_t rnd(uint32_t below) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(seed >> 33) % below;
}

static void add(Graph *g, uint32_t from, uint32_t to) {
  if (g->count[from] < 4)
    g->succs[from][g->count[from]++] = to;
}

/* All blocks reachable: a random tree first, then random edges, forwards, back and across. */
static Graph random_graph(void) {
  Graph g = {.n = 1 + rnd(MAX - 1)};
  for (uint32_t b = 1; b < g.n; b++) {
    uint32_t from = rnd(b);
    while (g.count[from] > 2)
      from = rnd(b);
    add(&g, from, b);
  }
  for (uint32_t i = rnd(g.n * 2); i > 0; i--)
    add(&g, rnd(g.n), rnd(g.n));
  return g;
}

/* Blocks reached from `from` without passing `without`. */
static uint32_t reach(const Graph *g, uint32_t from, uint32_t without) {
  uint32_t seen = from == without ? 0 : 1u << from;
  for (bool more = true; more;) {
    more = false;
    for (uint32_t b = 0; b < g->n; b++)
      for (uint32_t i = 0; seen >> b & 1 && i < g->count[b]; i++) {
        uint32_t s = g->succs[b][i];
        if (s != without && !(seen >> s & 1)) {
          seen |= 1u << s;
          more = true;
        }
      }
  }
  return seen;
}

static bool naive_dominates(const Graph *g, uint32_t a, uint32_t b) {
  return a == b || !(reach(g, 0, a) >> b & 1);
}

/* The natural loop of all edges back to h, by definition; 0 if there are none. */
static uint32_t naive_loop(const Graph *g, uint32_t h) {
  uint32_t body = 0;
  for (uint32_t b = 0; b < g->n; b++)
    for (uint32_t i = 0; i < g->count[b]; i++)
      if (g->succs[b][i] == h && naive_dominates(g, h, b))
        body |= 1u << b | 1u << h;
  for (bool more = body != 0; more;) {
    more = false;
    for (uint32_t b = 0; b < g->n; b++)
      for (uint32_t i = 0; i < g->count[b]; i++) {
        uint32_t s = g->succs[b][i];
        if (s != h && body >> s & 1 && !(body >> b & 1)) {
          body |= 1u << b;
          more = true;
        }
      }
  }
  return body;
}

static uint32_t set_of(const uint32_t *blocks, uint32_t n) {
  uint32_t set = 0;
  for (uint32_t i = 0; i < n; i++) {
    assert_true(i == 0 || blocks[i - 1] < blocks[i]);
    set |= 1u << blocks[i];
  }
  return set;
}

static void check_dominators(const Graph *g, const uint32_t *idom) {
  for (uint32_t a = 0; a < g->n; a++)
    for (uint32_t b = 0; b < g->n; b++)
      assert_int_equal(ir_dominates(idom, a, b), naive_dominates(g, a, b));
}

static void check_ends(const Graph *g, const IrLoop *l, uint32_t body) {
  uint32_t latches = 0, exits = 0, entries = body & 1;
  for (uint32_t b = 0; b < g->n; b++)
    for (uint32_t i = 0; !(body >> b & 1) && i < g->count[b]; i++)
      entries |= body & 1u << g->succs[b][i];
  assert_int_equal(set_of(l->entries, l->nentries), entries);
  for (uint32_t b = 0; b < g->n; b++)
    for (uint32_t i = 0; body >> b & 1 && i < g->count[b]; i++) {
      if (g->succs[b][i] == l->header)
        latches |= 1u << b;
      if (!(body >> g->succs[b][i] & 1))
        exits |= 1u << b;
    }
  assert_int_equal(set_of(l->latches, l->nlatches), latches);
  assert_int_equal(set_of(l->exits, l->nexits), exits);
}

static void check_nesting(const IrLoop *loops, uint32_t n, uint32_t i) {
  const IrLoop *l = &loops[i];
  uint32_t body = set_of(l->blocks, l->nblocks);
  if (l->parent == IR_NONE) {
    assert_int_equal(l->depth, 1);
  } else {
    assert_true(l->parent < i);
    assert_int_equal(l->depth, loops[l->parent].depth + 1);
    assert_int_equal(body & ~set_of(loops[l->parent].blocks, loops[l->parent].nblocks), 0);
  }
  uint32_t children = 0;
  for (uint32_t k = 0; k < n; k++)
    children += loops[k].parent == i;
  assert_int_equal(l->nchildren, children);
  for (uint32_t k = 0; k < l->nchildren; k++)
    assert_int_equal(loops[l->children[k]].parent, i);
}

/* Every natural loop is found once and whole; what is irreducible is a cycle of several entries. */
static void check_loops(const Graph *g, const IrLoop *loops, uint32_t n, const uint32_t *loop_of) {
  uint32_t found[MAX] = {0}, innermost[MAX];
  memset(innermost, 0xff, sizeof innermost);
  for (uint32_t i = 0; i < n; i++) {
    const IrLoop *l = &loops[i];
    uint32_t body = set_of(l->blocks, l->nblocks);
    check_nesting(loops, n, i);
    check_ends(g, l, body);
    bool dominated = true;
    for (uint32_t b = 0; b < g->n; b++)
      if (body >> b & 1) {
        dominated = dominated && naive_dominates(g, l->header, b);
        innermost[b] = i;
        assert_int_equal(reach(g, b, IR_NONE) & body, body);
      }
    assert_int_equal(l->irreducible, !dominated);
    assert_int_equal(l->irreducible, l->nentries > 1);
    if (!l->irreducible) {
      assert_int_equal(found[l->header], 0);
      found[l->header] = body;
    }
  }
  for (uint32_t b = 0; b < g->n; b++) {
    assert_int_equal(found[b], naive_loop(g, b));
    assert_int_equal(loop_of[b], innermost[b]);
  }
}

static void test_random_graphs(void **state) {
  (void)state;
  uint32_t nirreducible = 0, nnested = 0;
  seed = 7;
  for (uint32_t round = 0; round < 6000; round++) {
    Graph g = random_graph();
    HpArena *arena = hp_arena_new();
    IrGraph graph = {&g, g.n, graph_succs};
    uint32_t *idom = ir_dominators(&graph, arena), n, *loop_of;
    check_dominators(&g, idom);
    IrLoop *loops = ir_natural_loops(&graph, idom, arena, &n, &loop_of);
    check_loops(&g, loops, n, loop_of);
    for (uint32_t i = 0; i < n; i++) {
      nirreducible += loops[i].irreducible;
      nnested += loops[i].depth > 2;
    }
    hp_arena_free(arena);
  }
  assert_true(nirreducible > 500); /* the graphs are worth the name */
  assert_true(nnested > 500);
}

/* A cycle with two entries has no header: it is said to be irreducible and nothing more. */
static void test_two_entries(void **state) {
  (void)state;
  Graph g = {.n = 4};
  add(&g, 0, 1);
  add(&g, 0, 2);
  add(&g, 1, 2);
  add(&g, 2, 1);
  add(&g, 2, 3);
  HpArena *arena = hp_arena_new();
  IrGraph graph = {&g, g.n, graph_succs};
  uint32_t *idom = ir_dominators(&graph, arena), n, *loop_of;
  IrLoop *loops = ir_natural_loops(&graph, idom, arena, &n, &loop_of);
  assert_int_equal(n, 1);
  assert_true(loops[0].irreducible);
  assert_int_equal(loops[0].nblocks, 2);
  assert_int_equal(loop_of[3], IR_NONE);
  hp_arena_free(arena);
}

/* A chain of many blocks and a deep nest: neither recursion nor squares. */
static uint32_t chain_succs[2];
static const uint32_t *nest_succs(const IrGraph *g, uint32_t b, uint32_t *count) {
  uint32_t n = g->nblocks;
  chain_succs[0] = b + 1 < n ? b + 1 : 0;
  chain_succs[1] = n - 1 - b; /* from the second half back to the first, nested */
  *count = b + 1 == n ? 0 : b >= n / 2 + 1 && b < n - 1 ? 2 : 1;
  return chain_succs;
}

static void test_large(void **state) {
  (void)state;
  HpArena *arena = hp_arena_new();
  IrGraph graph = {NULL, 20000, nest_succs};
  uint32_t *idom = ir_dominators(&graph, arena), n, *loop_of;
  IrLoop *loops = ir_natural_loops(&graph, idom, arena, &n, &loop_of);
  assert_true(n >= 100);
  assert_int_equal(loops[0].depth, 1);
  assert_int_equal(loops[0].header, 1);
  for (uint32_t i = 1; i < n; i++)
    assert_int_equal(loops[i].parent, i - 1);
  hp_arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_random_graphs),
      cmocka_unit_test(test_two_entries),
      cmocka_unit_test(test_large),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
