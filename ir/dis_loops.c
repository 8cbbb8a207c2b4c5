/* The loops of a function as a tree: how often each runs, what it touches, how, and what it calls.
 */
#include "ir/dis_priv.h"
#include "ir/kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CALLEES = 8 };

typedef struct Loops {
  Row row;
  const IrUnit *u;
  const IrFunction *fn;
  const IrAnalysis *an;
  const IrLoopFacts *facts;
  const IrDisOptions *options;
} Loops;

/* ---- words ----------------------------------------------------------------------------------- */

static void put_count(HpBuf *out, double n) {
  char text[48];
  if (n >= 1e15)
    snprintf(text, sizeof text, "%.1e", n);
  else
    snprintf(text, sizeof text, "%.0f", n);
  size_t length = strlen(text);
  for (size_t i = 0; i < length; i++) {
    if (i && (length - i) % 3 == 0 && n < 1e15)
      hp_buf_addc(out, ' ');
    hp_buf_addc(out, text[i]);
  }
}

static void put_bytes(HpBuf *out, double n) {
  put_count(out, n);
  hp_buf_add(out, n == 1 ? " byte" : " bytes");
}

static void put_trips(const Loops *l, HpBuf *out, uint32_t id) {
  const IrLoop *loop = &l->an->loops[id];
  double estimate = l->facts[id].trips;
  if (loop->irreducible) {
    hp_buf_add(out, "irreducible: entered at several blocks, iterations unknown");
    return;
  }
  if (loop->trip == IR_TRIP_CONST) {
    hp_buf_add(out, loop->nexits > 1 ? "at most " : "");
    put_count(out, (double)loop->count);
    hp_buf_add(out, loop->count == 1 ? " iteration" : " iterations");
    return;
  }
  if (loop->trip == IR_TRIP_SYMBOLIC) {
    hp_buf_add(out, "iterations bounded by ");
    ir_describe_bound(out, l->an, id);
  } else {
    hp_buf_add(out, "iterations unknown");
  }
  hp_buf_addf(out, ", estimated %.3g", estimate);
}

static void put_touched(const Loops *l, HpBuf *out, uint32_t id) {
  const IrLoopFacts *f = &l->facts[id];
  const IrLoop *loop = &l->an->loops[id];
  put_bytes(out, (double)f->step_bytes);
  hp_buf_add(out, loop->nchildren ? " an iteration + inner loops" : " an iteration");
  if (f->fixed_bytes) {
    hp_buf_add(out, ", ");
    put_count(out, (double)f->fixed_bytes);
    hp_buf_add(out, " that stay");
  }
  bool exact = loop->trip == IR_TRIP_CONST && !loop->nchildren;
  hp_buf_add(out, exact ? ", at most " : ", about ");
  put_count(out, ir_loop_footprint(l->an, l->facts, id));
  hp_buf_add(out, " in all");
}

static void put_accesses(const Loops *l, HpBuf *out, uint32_t id) {
  const char *comma = "";
  for (IrAccessKind k = 0; k < IR_AK_COUNT; k++) {
    if (!l->facts[id].accesses[k])
      continue;
    hp_buf_addf(out, "%s%u %s", comma, l->facts[id].accesses[k], ir_access_kind_name(k));
    comma = ", ";
  }
}

/* Each callee once, with how many calls of it stand in the loop's own blocks. */
static void put_calls(const Loops *l, HpBuf *out, uint32_t id) {
  IrSymId seen[MAX_CALLEES];
  uint32_t count[MAX_CALLEES], n = 0, more = 0, pointers = 0;
  for (IrInsnId i = 0; i < l->fn->ninsns; i++) {
    const IrInsn *in = &l->fn->insns[i];
    if (l->an->loop_of[l->an->block_of[i]] != id)
      continue;
    pointers += in->op == IR_CALLP;
    if (in->op != IR_CALL)
      continue;
    uint32_t k = 0;
    while (k < n && seen[k] != in->aux)
      k++;
    if (k == MAX_CALLEES) {
      more++;
      continue;
    }
    if (k == n) {
      seen[n] = in->aux;
      count[n++] = 0;
    }
    count[k]++;
  }
  for (uint32_t k = 0; k < n; k++) {
    hp_buf_add(out, k ? ", " : "");
    hp_buf_add_escaped(out, ir_str(l->u, l->u->symbols[seen[k]].name));
    if (count[k] > 1)
      hp_buf_addf(out, " ×%u", count[k]);
  }
  if (more)
    hp_buf_addf(out, ", %u more", more);
  if (pointers)
    hp_buf_addf(out, "%s%u through pointers", n ? ", " : "", pointers);
}

/* ---- the tree -------------------------------------------------------------------------------- */

/* The lines that lead from the loops around to this one. */
static void rails(Loops *l, const HpBuf *stem, const char *last) {
  row_cell(&l->row, hp_buf_text(stem), "2");
  row_cell(&l->row, last, "2");
}

static void fact(Loops *l, const HpBuf *stem, bool children, const char *name, const HpBuf *text,
                 const char *colour) {
  if (!text->length)
    return;
  rails(l, stem, children ? "  │   " : "      ");
  row_cell(&l->row, name, "2");
  row_pad(&l->row, row_columns(hp_buf_text(stem)) + 6 + 10);
  uint32_t width = dis_width(l->options);
  row_cut(&l->row, text->text, row_most(width, l->row.column + 16) - l->row.column, colour);
  row_end(&l->row);
}

static void source_of(Loops *l, const HpBuf *stem, bool children, const IrLoc *loc) {
  const char *text = l->options->source && loc->line
                         ? l->options->source(l->options->context,
                                              ir_str(l->u, l->u->files[loc->file].path), loc->line)
                         : NULL;
  if (!text)
    return;
  HpBuf shown = {0};
  row_source(&shown, text + strspn(text, " \t"));
  fact(l, stem, children, "source", &shown, "36");
  hp_buf_free(&shown);
}

static void facts_of(Loops *l, const HpBuf *stem, uint32_t id) {
  const IrLoop *loop = &l->an->loops[id];
  HpBuf text = {0};
  bool more = loop->nchildren;
  IrLoc at = ir_loc(l->fn, loop->loc);
  source_of(l, stem, more, &at);
  put_touched(l, &text, id);
  fact(l, stem, more, "touches", &text, NULL);
  hp_buf_clear(&text);
  put_accesses(l, &text, id);
  const uint32_t *n = l->facts[id].accesses;
  fact(l, stem, more, "accesses", &text, n[IR_AK_CHASE] || n[IR_AK_GATHER] ? "31" : NULL);
  hp_buf_clear(&text);
  put_calls(l, &text, id);
  fact(l, stem, more, "calls", &text, "35");
  hp_buf_free(&text);
}

static void loop_at(Loops *l, const HpBuf *stem, bool last, uint32_t id) {
  const IrLoop *loop = &l->an->loops[id];
  HpBuf text = {0}, below = {0};
  char head[64];
  rails(l, stem, last ? "  └─ " : "  ├─ ");
  snprintf(head, sizeof head, "line %u", ir_loc(l->fn, loop->loc).line);
  row_cell(&l->row, head, "1");
  const IrBlockInfo *info = ir_block_info(l->fn, &l->fn->blocks[loop->header]);
  bool written = info->flags & IR_BLOCK_LOOP; /* for, while, do */
  snprintf(head, sizeof head, "  b%u, %u block%s, %s", loop->header, loop->nblocks,
           loop->nblocks == 1 ? "" : "s", written ? "" : "made by jumps, ");
  row_cell(&l->row, head, NULL);
  put_trips(l, &text, id);
  row_cut(&l->row, text.text, row_most(dis_width(l->options), l->row.column + 16) - l->row.column,
          loop->irreducible ? "33" : NULL);
  row_end(&l->row);
  hp_buf_add(&below, hp_buf_text(stem));
  hp_buf_add(&below, last ? "   " : "  │");
  facts_of(l, &below, id);
  for (uint32_t i = 0; i < loop->nchildren; i++)
    loop_at(l, &below, i + 1 == loop->nchildren, loop->children[i]);
  hp_buf_free(&text);
  hp_buf_free(&below);
}

void ir_dis_loops(HpBuf *out, const IrUnit *unit, const IrFunction *fn, const IrAnalysis *an,
                  const IrDisOptions *options) {
  static const IrDisOptions plain;
  HpArena *arena = hp_arena_new();
  Loops l = {.row = {.out = out, .colour = options && options->colour},
             .u = unit,
             .fn = fn,
             .an = an,
             .facts = ir_loop_facts(an, arena),
             .options = options ? options : &plain};
  IrListing *listing = ir_list(unit, fn, an, NULL);
  row_cell(&l.row, "Loops of ", "1");
  row_cut(&l.row, listing->title, dis_width(l.options) - l.row.column, "1");
  row_end(&l.row);
  uint32_t left = 0;
  for (uint32_t i = 0; i < an->nloops; i++)
    left += an->loops[i].parent == IR_NONE;
  const HpBuf stem = {0};
  for (uint32_t i = 0; i < an->nloops; i++)
    if (an->loops[i].parent == IR_NONE)
      loop_at(&l, &stem, !--left, i);
  ir_listing_free(listing);
  row_free(&l.row);
  hp_arena_free(arena);
}
