/* The loop forest of a flow graph. A loop is a strongly connected region; its inner loops are the
 * strongly connected regions left when the edges back to its header are cut (Steensgaard's view of
 * Havlak's forest). Where the header dominates the region, the region is the natural loop of all
 * back edges to that header; otherwise the region is irreducible, and only the edges into its
 * stand-in header from blocks that this does not dominate are cut, so that natural loops inside
 * are found all the same. Cost: edges times depth of nesting. */
#include "ir/analysis_private.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 128 }; /* deeper nests are left whole, so that no input costs n squared */
typedef enum Cut { CUT_NONE, CUT_IRREDUCIBLE, CUT_ALL } Cut;

typedef struct Task { /* nodes[lo .. hi) are to be split; they are inside `loop` */
  uint32_t lo, hi, loop, level;
} Task;

typedef struct Forest {
  const IrGraph *graph;
  IrDomOrder dom;
  HpArena *arena;
  uint32_t *nodes, *scratch;  /* blocks, permuted so that each region is a run */
  uint32_t *region, nregions; /* by block: number of the smallest region known so far */
  uint8_t *cut;               /* by block: Cut */
  uint32_t *index, *low, *stack, *path, *next;
  IrLoop *loops;
  uint32_t nloops, cap;
  Task *tasks;
  uint32_t ntasks, tasks_cap;
} Forest;

static bool edge_cut(const Forest *f, uint32_t from, uint32_t to) {
  return f->cut[to] == CUT_ALL ||
         (f->cut[to] == CUT_IRREDUCIBLE && !ir_dom_dominates(&f->dom, to, from));
}

static bool edge_inside(const Forest *f, uint32_t from, uint32_t to) {
  return f->region[to] == f->region[from] && !edge_cut(f, from, to);
}

static bool self_loop(const Forest *f, uint32_t b) {
  uint32_t count;
  const uint32_t *succs = f->graph->succs(f->graph, b, &count);
  for (uint32_t i = 0; i < count; i++)
    if (succs[i] == b && !edge_cut(f, b, b))
      return true;
  return false;
}

static int by_id(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static IrLoop *new_loop(Forest *f, uint32_t lo, uint32_t hi, uint32_t header, uint32_t parent) {
  uint32_t depth = parent == IR_NONE ? 1 : f->loops[parent].depth + 1;
  HP_GROW(f->loops, f->nloops, f->cap);
  IrLoop *l = &f->loops[f->nloops++];
  *l = (IrLoop){.header = header, .parent = parent, .depth = depth, .counter = IR_NONE};
  l->bound = ir_no_ref();
  l->nblocks = hi - lo;
  l->blocks = hp_arena_copy(f->arena, f->nodes + lo, (hi - lo) * sizeof(uint32_t));
  qsort(l->blocks, l->nblocks, sizeof(uint32_t), by_id);
  return l;
}

/* nodes[lo .. hi) is a cycle inside `task`: adds the loop and queues its inside. An irreducible
 * region is taken apart for the natural loops in it, but what is irreducible inside of it is no
 * loop of its own: the blocks of a computed goto all lead to each other, in one loop. */
static void add_cycle(Forest *f, uint32_t lo, uint32_t hi, Task task) {
  uint32_t header = f->nodes[lo], loop = task.loop;
  for (uint32_t i = lo; i < hi; i++)
    if (f->dom.in[f->nodes[i]] < f->dom.in[header])
      header = f->nodes[i];
  bool reducible = true;
  for (uint32_t i = lo; i < hi && reducible; i++)
    reducible = ir_dom_dominates(&f->dom, header, f->nodes[i]);
  if (reducible || loop == IR_NONE || !f->loops[loop].irreducible) {
    new_loop(f, lo, hi, header, loop)->irreducible = !reducible;
    loop = f->nloops - 1;
  }
  if (task.level == MAX_DEPTH)
    return;
  f->cut[header] = reducible ? CUT_ALL : CUT_IRREDUCIBLE;
  f->nregions++;
  for (uint32_t i = lo; i < hi; i++)
    f->region[f->nodes[i]] = f->nregions;
  HP_GROW(f->tasks, f->ntasks, f->tasks_cap);
  f->tasks[f->ntasks++] = (Task){lo, hi, loop, task.level + 1};
}

/* Tarjan's components of one region, from `root`; each is written to scratch[*out ..] as it is
 * found. `runs` gets the end of every component. */
typedef struct Tarjan {
  uint32_t clock, nstack, out;
  uint32_t *runs, nruns, runs_cap;
} Tarjan;

static void pop_component(Forest *f, Tarjan *t, uint32_t b) {
  uint32_t v;
  do {
    v = f->stack[--t->nstack];
    f->low[v] = IR_NONE; /* off the stack */
    f->scratch[t->out++] = v;
  } while (v != b);
  HP_GROW(t->runs, t->nruns, t->runs_cap);
  t->runs[t->nruns++] = t->out;
}

static void enter(Forest *f, Tarjan *t, uint32_t b) {
  f->index[b] = f->low[b] = t->clock++;
  f->next[b] = 0;
  f->stack[t->nstack++] = b;
}

static void components_from(Forest *f, Tarjan *t, uint32_t root) {
  uint32_t depth = 0;
  enter(f, t, root);
  f->path[depth++] = root;
  while (depth) {
    uint32_t b = f->path[depth - 1], count;
    const uint32_t *succs = f->graph->succs(f->graph, b, &count);
    if (f->next[b] == count) {
      depth--;
      uint32_t low = f->low[b];
      if (low == f->index[b])
        pop_component(f, t, b);
      if (depth && low < f->low[f->path[depth - 1]])
        f->low[f->path[depth - 1]] = low;
      continue;
    }
    uint32_t s = succs[f->next[b]++];
    if (!edge_inside(f, b, s))
      continue;
    if (f->index[s] == IR_NONE) {
      enter(f, t, s);
      f->path[depth++] = s;
    } else if (f->low[s] != IR_NONE && f->index[s] < f->low[b]) {
      f->low[b] = f->index[s];
    }
  }
}

static void split(Forest *f, Task task) {
  Tarjan t = {0};
  for (uint32_t i = task.lo; i < task.hi; i++)
    f->index[f->nodes[i]] = IR_NONE;
  for (uint32_t i = task.lo; i < task.hi; i++)
    if (f->index[f->nodes[i]] == IR_NONE)
      components_from(f, &t, f->nodes[i]);
  memcpy(f->nodes + task.lo, f->scratch, (task.hi - task.lo) * sizeof(uint32_t));
  uint32_t lo = task.lo;
  for (uint32_t i = 0; i < t.nruns; i++) {
    uint32_t hi = task.lo + t.runs[i];
    if (hi - lo > 1 || self_loop(f, f->nodes[lo]))
      add_cycle(f, lo, hi, task);
    lo = hi;
  }
  free(t.runs);
}

static void find_loops(Forest *f) {
  uint32_t n = f->graph->nblocks, reachable = 0;
  for (uint32_t b = 0; b < n; b++)
    if (f->dom.in[b] != IR_NONE)
      f->nodes[reachable++] = b;
  split(f, (Task){0, reachable, IR_NONE, 0}); /* region 0: the whole graph */
  while (f->ntasks)
    split(f, f->tasks[--f->ntasks]);
}

/* ---- the finished table ---------------------------------------------------------------------- */

static int by_header(const void *a, const void *b) {
  const IrLoop *x = a, *y = b;
  if (x->header != y->header)
    return x->header < y->header ? -1 : 1;
  return x->depth < y->depth ? -1 : x->depth > y->depth;
}

/* Outer before inner, loops side by side in order of their headers: sorts by header, then lays out
 * the forest in preorder. */
static IrLoop *in_preorder(Forest *f) {
  uint32_t n = f->nloops, done = 0;
  if (!n)
    return HP_NEW(f->arena, IrLoop, 1);
  IrLoop *out = HP_NEW(f->arena, IrLoop, n);
  uint32_t *new_id = hp_malloc(n * sizeof(uint32_t));
  uint32_t *first = hp_malloc((n + 1) * sizeof(uint32_t)), *next = hp_malloc(n * sizeof(uint32_t));
  for (uint32_t i = 0; i <= n; i++)
    first[i] = IR_NONE;
  IrLoop *sorted = hp_malloc(n * sizeof(IrLoop));
  for (uint32_t i = 0; i < n; i++) {
    sorted[i] = f->loops[i];
    sorted[i].count = i; /* where it was; mended below */
  }
  qsort(sorted, n, sizeof(IrLoop), by_header);
  for (uint32_t i = n; i-- > 0;) {
    uint32_t parent = sorted[i].parent == IR_NONE ? n : sorted[i].parent;
    next[i] = first[parent];
    first[parent] = i;
  }
  uint32_t depth = 0;
  uint32_t *cursor = hp_malloc((MAX_DEPTH + 2) * sizeof(uint32_t));
  cursor[depth] = first[n];
  for (;;) {
    uint32_t i = cursor[depth];
    if (i == IR_NONE) {
      if (!depth--)
        break;
      continue;
    }
    cursor[depth] = next[i];
    uint32_t old = (uint32_t)sorted[i].count;
    new_id[old] = done;
    out[done] = sorted[i];
    out[done].count = 0;
    if (out[done].parent != IR_NONE)
      out[done].parent = new_id[out[done].parent];
    done++;
    if (first[old] != IR_NONE)
      cursor[++depth] = first[old];
  }
  HP_ASSERT(done == n);
  free(new_id);
  free(first);
  free(next);
  free(sorted);
  free(cursor);
  return out;
}

static bool inside(const IrLoop *loops, const uint32_t *loop_of, uint32_t loop, uint32_t b) {
  uint32_t l = loop_of[b];
  while (l != IR_NONE && loops[l].depth > loops[loop].depth)
    l = loops[l].parent;
  return l == loop;
}

static void find_ends(Forest *f, IrLoop *loops, const uint32_t *loop_of, uint32_t loop) {
  IrLoop *l = &loops[loop];
  uint32_t *latches = f->stack, *exits = f->path;
  for (uint32_t i = 0; i < l->nblocks; i++) {
    uint32_t b = l->blocks[i], count;
    const uint32_t *succs = f->graph->succs(f->graph, b, &count);
    bool latch = false, exit = false;
    for (uint32_t k = 0; k < count; k++) {
      latch = latch || succs[k] == l->header;
      exit = exit || !inside(loops, loop_of, loop, succs[k]);
    }
    if (latch)
      latches[l->nlatches++] = b;
    if (exit)
      exits[l->nexits++] = b;
  }
  l->latches = hp_arena_copy(f->arena, latches, l->nlatches * sizeof(uint32_t));
  l->exits = hp_arena_copy(f->arena, exits, l->nexits * sizeof(uint32_t));
}

static void find_entries(Forest *f, const IrLists *preds, IrLoop *loops, const uint32_t *loop_of,
                         uint32_t loop) {
  IrLoop *l = &loops[loop];
  uint32_t *entries = f->stack;
  for (uint32_t i = 0; i < l->nblocks; i++) {
    uint32_t b = l->blocks[i];
    bool entry = b == 0;
    for (uint32_t k = preds->at[b]; k < preds->at[b + 1] && !entry; k++)
      entry =
          f->dom.in[preds->items[k]] != IR_NONE && !inside(loops, loop_of, loop, preds->items[k]);
    if (entry)
      entries[l->nentries++] = b;
  }
  l->entries = hp_arena_copy(f->arena, entries, l->nentries * sizeof(uint32_t));
}

static void link_children(Forest *f, IrLoop *loops) {
  for (uint32_t i = 0; i < f->nloops; i++)
    if (loops[i].parent != IR_NONE)
      loops[loops[i].parent].nchildren++;
  for (uint32_t i = 0; i < f->nloops; i++) {
    if (loops[i].nchildren)
      loops[i].children = HP_NEW(f->arena, uint32_t, loops[i].nchildren);
    loops[i].nchildren = 0;
    if (loops[i].parent != IR_NONE) {
      IrLoop *p = &loops[loops[i].parent];
      p->children[p->nchildren++] = i;
    }
  }
}

static IrLoop *finish(Forest *f, uint32_t **loop_of) {
  uint32_t n = f->graph->nblocks;
  IrLoop *loops = in_preorder(f);
  *loop_of = HP_NEW(f->arena, uint32_t, n);
  for (uint32_t b = 0; b < n; b++)
    (*loop_of)[b] = IR_NONE;
  for (uint32_t i = 0; i < f->nloops; i++) /* inner loops come later and win */
    for (uint32_t k = 0; k < loops[i].nblocks; k++)
      (*loop_of)[loops[i].blocks[k]] = i;
  IrLists preds = ir_graph_preds(f->graph);
  for (uint32_t i = 0; i < f->nloops; i++) {
    find_ends(f, loops, *loop_of, i);
    find_entries(f, &preds, loops, *loop_of, i);
  }
  ir_lists_free(&preds);
  link_children(f, loops);
  return loops;
}

IrLoop *ir_natural_loops(const IrGraph *graph, const uint32_t *idom, HpArena *arena,
                         uint32_t *nloops, uint32_t **loop_of) {
  uint32_t n = graph->nblocks;
  HpArena *temp = hp_arena_new();
  Forest f = {.graph = graph, .dom = ir_dom_order(idom, n, temp), .arena = arena};
  f.nodes = HP_NEW(temp, uint32_t, n);
  f.scratch = HP_NEW(temp, uint32_t, n);
  f.region = HP_NEW(temp, uint32_t, n);
  f.cut = HP_NEW(temp, uint8_t, n);
  f.index = HP_NEW(temp, uint32_t, n);
  f.low = HP_NEW(temp, uint32_t, n);
  f.stack = HP_NEW(temp, uint32_t, n);
  f.path = HP_NEW(temp, uint32_t, n);
  f.next = HP_NEW(temp, uint32_t, n);
  find_loops(&f);
  IrLoop *loops = finish(&f, loop_of);
  *nloops = f.nloops;
  free(f.loops);
  free(f.tasks);
  hp_arena_free(temp);
  return loops;
}
