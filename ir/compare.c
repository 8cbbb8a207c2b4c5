/* Which rows of two listings belong together, and what the rows are then called. */
#include "ir/compare.h"
#include "ir/align.h"
#include "ir/list_priv.h"

#include <stdlib.h>
#include <string.h>

/* ---- keys ------------------------------------------------------------------------------------ */

/* Texts as numbers, the same for both sides. */
typedef struct Word {
  char *text;
  uint32_t *slot;
} Word;

static int by_text(const void *x, const void *y) {
  const Word *a = x, *b = y;
  return strcmp(a->text, b->text);
}

/* How much of a row its key holds. */
typedef enum KeyKind {
  KEY_ROW,      /* all but the numbers of registers and blocks */
  KEY_MEANING,  /* opcode and meaning: `p->next` at another offset */
  KEY_VARIABLE, /* opcode and the variable that gets the result */
} KeyKind;

static char *key_text(const IrVersion *v, const IrLine *line, KeyKind kind) {
  const IrInsn *in = &v->fn->insns[line->insn];
  const char *op = ir_ops[in->op].name;
  if (kind == KEY_ROW)
    return hp_format("%s %s|%s", op, line->operands, line->meaning);
  if (kind == KEY_MEANING)
    return line->essence ? hp_format("%s %s", op, line->meaning) : NULL;
  return in->name ? hp_format("%s %s", op, ir_str(v->unit, in->name)) : NULL;
}

/* Keys of both listings; those that nothing may be equal to stay UINT32_MAX. */
static void number_keys(const IrVersion *versions, IrListing *const *plain, KeyKind kind,
                        uint32_t *const *keys) {
  uint32_t total = plain[0]->nlines + plain[1]->nlines, count = 0;
  Word *words = hp_calloc(total + 1, sizeof *words);
  for (int side = 0; side < 2; side++)
    for (uint32_t i = 0; i < plain[side]->nlines; i++) {
      keys[side][i] = UINT32_MAX;
      char *text = key_text(&versions[side], &plain[side]->lines[i], kind);
      if (text)
        words[count++] = (Word){text, &keys[side][i]};
    }
  if (count)
    qsort(words, count, sizeof *words, by_text);
  uint32_t number = 0;
  for (uint32_t i = 0; i < count; i++) {
    number += i && strcmp(words[i].text, words[i - 1].text) != 0;
    *words[i].slot = number;
  }
  for (uint32_t i = 0; i < count; i++)
    free(words[i].text);
  free(words);
}

/* ---- pairs ----------------------------------------------------------------------------------- */

/* Between two aligned rows: what is left is aligned by a weaker key. */
static void align_gaps(uint32_t *const *keys, const uint32_t *count, uint32_t *pairs) {
  uint32_t *inner = hp_calloc(count[0] + 1, sizeof *inner);
  for (uint32_t a = 0, b = 0; a < count[0];) {
    if (pairs[a] != IR_NONE) {
      b = pairs[a++] + 1;
      continue;
    }
    uint32_t end = a;
    while (end < count[0] && pairs[end] == IR_NONE)
      end++;
    uint32_t stop = end < count[0] ? pairs[end] : count[1];
    align(keys[0] + a, end - a, keys[1] + b, stop - b, inner);
    for (uint32_t i = 0; i < end - a; i++)
      if (inner[i] != IR_NONE)
        pairs[a + i] = b + inner[i];
    a = end;
  }
  free(inner);
}

static uint32_t *pair_rows(const IrVersion *versions, IrListing *const *plain) {
  const uint32_t count[2] = {plain[0]->nlines, plain[1]->nlines};
  uint32_t *keys[2] = {hp_calloc(count[0] + 1, sizeof **keys),
                       hp_calloc(count[1] + 1, sizeof **keys)};
  uint32_t *pairs = hp_calloc(count[0] + 1, sizeof *pairs);
  memset(pairs, 0xFF, (size_t)count[0] * sizeof *pairs);
  for (KeyKind kind = KEY_ROW; kind <= KEY_VARIABLE; kind++) {
    number_keys(versions, plain, kind, keys);
    align_gaps(keys, count, pairs);
  }
  free(keys[0]);
  free(keys[1]);
  return pairs;
}

/* Both sides merged: what went stands before what came. */
static void merge_rows(IrDiff *d, const uint32_t *pairs, const uint32_t *count) {
  d->rows = HP_NEW(d->arena, IrDiffRow, count[0] + count[1]);
  uint32_t b = 0;
  for (uint32_t a = 0; a < count[0]; a++) {
    if (pairs[a] == IR_NONE) {
      d->rows[d->nrows++] = (IrDiffRow){IR_DIFF_GONE, a, IR_NONE};
      continue;
    }
    for (; b < pairs[a]; b++)
      d->rows[d->nrows++] = (IrDiffRow){IR_DIFF_NEW, IR_NONE, b};
    d->rows[d->nrows++] = (IrDiffRow){IR_DIFF_SAME, a, b++};
  }
  for (; b < count[1]; b++)
    d->rows[d->nrows++] = (IrDiffRow){IR_DIFF_NEW, IR_NONE, b};
}

/* ---- numbers --------------------------------------------------------------------------------- */

typedef struct Naming {
  uint32_t *insns[2], *blocks[2];
  uint32_t insn, block; /* the next free numbers */
} Naming;

static void name_row(Naming *n, IrListing *const *plain, const IrDiffRow *row) {
  const IrLine *a = row->a == IR_NONE ? NULL : &plain[0]->lines[row->a],
               *b = row->b == IR_NONE ? NULL : &plain[1]->lines[row->b];
  if (a)
    n->insns[0][a->insn] = n->insn;
  if (b)
    n->insns[1][b->insn] = n->insn;
  n->insn++;
  if (a && b && n->blocks[0][a->block] == IR_NONE && n->blocks[1][b->block] == IR_NONE)
    n->blocks[0][a->block] = n->blocks[1][b->block] = n->block++;
}

/* Blocks without a partner, in the order of the rows; folded instructions behind all others. */
static void name_rest(Naming *n, const IrVersion *versions, IrListing *const *plain,
                      const IrDiff *d) {
  for (uint32_t i = 0; i < d->nrows; i++)
    for (int side = 0; side < 2; side++) {
      uint32_t at = side ? d->rows[i].b : d->rows[i].a;
      uint32_t *block = at == IR_NONE ? NULL : &n->blocks[side][plain[side]->lines[at].block];
      if (block && *block == IR_NONE)
        *block = n->block++;
    }
  for (int side = 0; side < 2; side++)
    for (uint32_t i = 0; i < versions[side].fn->ninsns; i++)
      if (n->insns[side][i] == IR_NONE)
        n->insns[side][i] = n->insn++;
}

static void give_names(IrDiff *d, IrListing *const *plain) {
  Naming n = {0};
  for (int side = 0; side < 2; side++) {
    const IrFunction *fn = d->versions[side].fn;
    n.insns[side] = HP_NEW(d->arena, uint32_t, fn->ninsns);
    n.blocks[side] = HP_NEW(d->arena, uint32_t, fn->nblocks);
    memset(n.insns[side], 0xFF, fn->ninsns * sizeof(uint32_t));
    memset(n.blocks[side], 0xFF, fn->nblocks * sizeof(uint32_t));
    d->numbers[side] = n.insns[side];
    d->blocks[side] = n.blocks[side];
  }
  for (uint32_t i = 0; i < d->nrows; i++)
    name_row(&n, plain, &d->rows[i]);
  name_rest(&n, d->versions, plain, d);
}

/* ---- counts ---------------------------------------------------------------------------------- */

typedef bool Allocates(void *context, const IrVersion *version, IrInsnId call);

static void count_insn(IrDiffCounts *c, const IrVersion *v, IrInsnId id, Allocates *allocates,
                       void *context) {
  const IrInsn *in = &v->fn->insns[id];
  bool looped = v->an->loop_of[v->an->block_of[id]] != IR_NONE;
  bool call = in->op == IR_CALL || in->op == IR_CALLP;
  bool load = in->op == IR_LOAD, store = in->op == IR_STORE;
  bool alloc = call && allocates && allocates(context, v, id);
  c->loads += load;
  c->stores += store;
  c->calls += call;
  c->allocs += alloc;
  c->loads_in_loops += load && looped;
  c->stores_in_loops += store && looped;
  c->calls_in_loops += call && looped;
  c->allocs_in_loops += alloc && looped;
}

static IrDiffCounts count(const IrVersion *v, Allocates *allocates, void *context) {
  IrDiffCounts c = {
      .instructions = v->fn->ninsns, .blocks = v->fn->nblocks, .loops = v->an->nloops};
  for (uint32_t i = 0; i < v->an->nloops; i++)
    c.depth = v->an->loops[i].depth > c.depth ? v->an->loops[i].depth : c.depth;
  for (IrInsnId i = 0; i < v->fn->ninsns; i++)
    count_insn(&c, v, i, allocates, context);
  for (uint32_t i = 0; i < v->an->naccesses; i++)
    if (v->an->accesses[i].loop != IR_NONE)
      c.accesses[ir_access_kind(v->an->accesses[i].in.cls)]++;
  return c;
}

static const char *const count_names[12] = {
    "instructions", "blocks",         "loops",       "deepest loop",
    "loads",        "loads in loops", "stores",      "stores in loops",
    "calls",        "calls in loops", "allocations", "allocations in loops"};

const char *ir_diff_count_name(uint32_t i) {
  return i < 12 ? count_names[i] : ir_access_kind_name((IrAccessKind)(i - 12));
}

uint32_t ir_diff_count(const IrDiffCounts *c, uint32_t i) {
  const uint32_t values[12] = {c->instructions, c->blocks,         c->loops,  c->depth,
                               c->loads,        c->loads_in_loops, c->stores, c->stores_in_loops,
                               c->calls,        c->calls_in_loops, c->allocs, c->allocs_in_loops};
  return i < 12 ? values[i] : c->accesses[i - 12];
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Without numbers: zeros for every register and block. */
static IrListing *plain_listing(const IrVersion *v, bool all, HpArena *arena) {
  uint32_t most = v->fn->ninsns > v->fn->nblocks ? v->fn->ninsns : v->fn->nblocks;
  const uint32_t *zeros = HP_NEW(arena, uint32_t, most);
  return ir_list(v->unit, v->fn, NULL,
                 &(IrListOptions){.all = all, .numbers = zeros, .blocks = zeros});
}

static void find_changes(IrDiff *d) {
  for (uint32_t i = 0; i < d->nrows; i++) {
    IrDiffRow *row = &d->rows[i];
    if (row->mark == IR_DIFF_SAME) {
      const IrLine *a = &d->listings[0]->lines[row->a], *b = &d->listings[1]->lines[row->b];
      if (strcmp(a->operands, b->operands) != 0 || strcmp(a->meaning, b->meaning) != 0)
        row->mark = IR_DIFF_CHANGED;
    }
    d->nchanged += row->mark != IR_DIFF_SAME;
  }
}

IrDiff *ir_compare(const IrVersion *a, const IrVersion *b, bool all, Allocates *allocates,
                   void *context) {
  IrDiff *d = hp_calloc(1, sizeof *d);
  d->arena = hp_arena_new();
  d->versions[0] = *a;
  d->versions[1] = *b;
  IrListing *plain[2] = {plain_listing(a, all, d->arena), plain_listing(b, all, d->arena)};
  uint32_t *pairs = pair_rows(d->versions, plain);
  merge_rows(d, pairs, (const uint32_t[]){plain[0]->nlines, plain[1]->nlines});
  give_names(d, plain);
  free(pairs);
  for (int side = 0; side < 2; side++) {
    const IrVersion *v = &d->versions[side];
    IrListOptions options = {.all = all, .numbers = d->numbers[side], .blocks = d->blocks[side]};
    d->listings[side] = ir_list(v->unit, v->fn, v->an, &options);
    d->counts[side] = count(v, allocates, context);
    ir_listing_free(plain[side]);
  }
  find_changes(d);
  return d;
}

void ir_diff_free(IrDiff *d) {
  if (!d)
    return;
  ir_listing_free(d->listings[0]);
  ir_listing_free(d->listings[1]);
  hp_arena_free(d->arena);
  free(d);
}
