/* The control-flow graph in Graphviz's language: `hplint dis --cfg F.c:f | dot -Tsvg`. */
#include "ir/dis_priv.h"
#include "ir/kinds.h"

#include <stdlib.h>
#include <string.h>

enum { ROW_MAX = 72 };

typedef struct Graph {
  HpBuf *out;
  const IrUnit *u;
  const IrFunction *fn;
  const IrAnalysis *an;
  const IrDisOptions *options;
  const IrListing *listing;
  uint32_t *first_line; /* by block: its rows in the listing, first_line[b] .. first_line[b + 1] */
} Graph;

/* Text inside of a quoted label. */
static void put_label(HpBuf *out, const char *text) {
  for (; *text; text++) {
    if (*text == '"' || *text == '\\')
      hp_buf_addc(out, '\\');
    hp_buf_addc(out, *text);
  }
}

static void put_row(Graph *g, const IrLine *line) {
  HpBuf text = {0}, shown = {0};
  const IrInsn *in = &g->fn->insns[line->insn];
  uint32_t at = ir_loc(g->fn, in->loc).line;
  if ((line->line || line->first) && at)
    hp_buf_addf(&text, "%5u  ", at);
  else
    hp_buf_add(&text, "       ");
  hp_buf_addf(&text, "%-6s %s", ir_ops[in->op].name, line->operands);
  if (line->essence) {
    hp_buf_add(&text, "  (");
    hp_buf_addn(&text, line->meaning, line->essence);
    hp_buf_add(&text, ")");
  }
  uint32_t most = g->options->width ? g->options->width : ROW_MAX;
  Row row = {.out = &shown};
  row_cut(&row, text.text, most, NULL);
  row_end(&row);
  shown.text[shown.length - 1] = 0; /* the newline */
  put_label(g->out, shown.text);
  hp_buf_add(g->out, "\\l");
  row_free(&row);
  hp_buf_free(&text);
  hp_buf_free(&shown);
}

static void put_block(Graph *g, IrBlockId b, uint32_t indent) {
  const char *style = g->an->cold[b] ? ", color=\"#999999\", fontcolor=\"#777777\"" : "";
  hp_buf_addf(g->out, "%*sb%u [label=\"b%u%s\\l", (int)indent, "", b, b,
              g->an->cold[b] ? ", cold" : "");
  for (uint32_t i = g->first_line[b]; i < g->first_line[b + 1]; i++)
    put_row(g, &g->listing->lines[i]);
  hp_buf_addf(g->out, "\"%s];\n", style);
}

static void put_trips(Graph *g, uint32_t id) {
  const IrLoop *loop = &g->an->loops[id];
  HpBuf text = {0};
  hp_buf_addf(&text, "loop, line %u", ir_loc(g->fn, loop->loc).line);
  if (loop->irreducible)
    hp_buf_add(&text, ", irreducible");
  else if (loop->trip == IR_TRIP_CONST)
    hp_buf_addf(&text, ", %llu iterations", (unsigned long long)loop->count);
  else if (loop->trip == IR_TRIP_SYMBOLIC) {
    hp_buf_add(&text, ", bounded by ");
    ir_describe_bound(&text, g->an, id);
  }
  put_label(g->out, text.text);
  hp_buf_free(&text);
}

/* The loop's own blocks, then the loops inside of it, each a cluster. */
static void put_loop(Graph *g, uint32_t id, uint32_t indent) {
  const IrLoop *loop = &g->an->loops[id];
  hp_buf_addf(g->out, "%*ssubgraph cluster_loop%u {\n", (int)indent, "", id);
  hp_buf_addf(g->out, "%*slabel=\"", (int)indent + 2, "");
  put_trips(g, id);
  hp_buf_add(g->out, "\";\n");
  for (uint32_t i = 0; i < loop->nblocks; i++)
    if (g->an->loop_of[loop->blocks[i]] == id)
      put_block(g, loop->blocks[i], indent + 2);
  for (uint32_t i = 0; i < loop->nchildren; i++)
    put_loop(g, loop->children[i], indent + 2);
  hp_buf_addf(g->out, "%*s}\n", (int)indent, "");
}

static bool goes_back(const Graph *g, IrBlockId from, IrBlockId to) {
  uint32_t loop = g->an->loop_of[to];
  return loop != IR_NONE && g->an->loops[loop].header == to && ir_loop_contains(g->an, loop, from);
}

static void put_edges(Graph *g, IrBlockId b) {
  const IrBlock *k = &g->fn->blocks[b];
  IrOp end = (IrOp)g->fn->insns[k->first + k->count - 1].op;
  for (uint32_t i = 0; i < k->nsuccs; i++) {
    IrBlockId to = g->fn->edges[k->succs + i];
    const char *label = end == IR_BR ? (i ? "no" : "yes") : "";
    if (end == IR_SWITCH && !i)
      label = "default";
    hp_buf_addf(g->out, "  b%u -> b%u [label=\"%s\"", b, to, label);
    if (goes_back(g, b, to))
      hp_buf_addf(g->out, ", class=\"back\", color=\"#c0392b\", penwidth=2, constraint=false");
    hp_buf_add(g->out, "];\n");
  }
}

static void find_rows(Graph *g, HpArena *arena) {
  g->first_line = HP_NEW(arena, uint32_t, g->fn->nblocks + 1);
  uint32_t at = 0;
  for (IrBlockId b = 0; b < g->fn->nblocks; b++) {
    g->first_line[b] = at;
    while (at < g->listing->nlines && g->listing->lines[at].block == b)
      at++;
  }
  g->first_line[g->fn->nblocks] = at;
}

void ir_dis_graph(HpBuf *out, const IrUnit *unit, const IrFunction *fn, const IrAnalysis *an,
                  const IrDisOptions *options) {
  static const IrDisOptions plain;
  HpArena *arena = hp_arena_new();
  Graph g = {.out = out, .u = unit, .fn = fn, .an = an, .options = options ? options : &plain};
  IrListing *listing = ir_list(unit, fn, an, &(IrListOptions){.all = g.options->all});
  g.listing = listing;
  find_rows(&g, arena);
  HpBuf name = {0};
  hp_buf_add_escaped(&name, ir_function_name(unit, fn));
  hp_buf_add(out, "digraph \"");
  put_label(out, name.text);
  hp_buf_add(out, "\" {\n  graph [labeljust=l, fontname=monospace, fontsize=10, style=rounded, "
                  "color=\"#2980b9\", label=\"");
  put_label(out, listing->title);
  hp_buf_add(out, "\"];\n  node [shape=box, fontname=monospace, fontsize=9];\n"
                  "  edge [fontname=monospace, fontsize=9];\n");
  for (IrBlockId b = 0; b < fn->nblocks; b++)
    if (an->loop_of[b] == IR_NONE)
      put_block(&g, b, 2);
  for (uint32_t i = 0; i < an->nloops; i++)
    if (an->loops[i].parent == IR_NONE)
      put_loop(&g, i, 2);
  for (IrBlockId b = 0; b < fn->nblocks; b++)
    put_edges(&g, b);
  hp_buf_add(out, "}\n");
  hp_buf_free(&name);
  ir_listing_free(listing);
  hp_arena_free(arena);
}
