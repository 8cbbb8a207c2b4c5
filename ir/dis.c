/* The listing for people, in the manner of Python's dis: formats the records of list.c. Columns are
 * as wide as the function needs and the terminal allows; a meaning that is too long loses its last
 * facts first. */
#include "ir/dis_priv.h"
#include "ir/kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  LEAST_OPERANDS = 8,
  MOST_OPERANDS = 44, /* a few long rows would push all meanings away */
  GOOD_OPERANDS = 18, /* a branch with its targets */
  LEAST_MEANING = 16,
  LOOP_WIDTH = 6,
  HITS_WIDTH = 14,
  SHARE_WIDTH = 8,
  BAR_WIDTH = 8, /* half of it where there is little room */
  NARROW = 90,
  MAX_ENTRIES = 4,
};

typedef struct Dis {
  Row row;
  const IrUnit *u;
  const IrFunction *fn;
  const IrDisOptions *options;
  IrCost *costs;     /* by row; of the first row of each source line */
  double hottest;    /* the greatest share, or hits where no shares are known */
  bool hits, shares; /* some row has them */
  uint32_t line_width, block_width, number_width, op_width, operands_width, meaning_width,
      class_width;
} Dis;

/* Where a fact ends: at a comma outside of brackets and quotes, or the end. */
static size_t fact_end(const char *text) {
  int depth = 0;
  bool quoted = false;
  size_t i = 0;
  for (; text[i]; i++) {
    char c = text[i];
    if (c == '"' && (!i || text[i - 1] != '\\'))
      quoted = !quoted;
    else if (!quoted && (c == '(' || c == '['))
      depth++;
    else if (!quoted && (c == ')' || c == ']'))
      depth--;
    else if (!quoted && depth <= 0 && c == ',')
      break;
  }
  return i;
}

/* As many of the facts (", chased, …") as fit behind the `head` of a meaning. */
static size_t facts_that_fit(const char *facts, uint32_t room) {
  size_t fit = 0;
  while (facts[fit]) {
    size_t next = fit + 1 + fact_end(facts + fit + 1);
    if (row_bytes_of(facts, room) < next)
      break;
    fit = next;
  }
  return fit;
}

/* Makes a meaning fit: without the type, then with a shorter expression, then with fewer facts. */
static void shorten(HpBuf *out, const char *text, uint32_t width, bool typed) {
  size_t head = fact_end(text);
  const char *facts = text + head;
  if (row_columns(text) > width && typed)
    for (size_t i = 0; i + 1 < head; i++)
      if (text[i] == ':' && text[i + 1] == ' ')
        head = i;
  HpBuf first = {0};
  hp_buf_addn(&first, text, head);
  uint32_t half = row_most(width / 2, 12), full = row_columns(first.text);
  size_t fit = facts_that_fit(facts, width > half ? width - (full < half ? full : half) : 0);
  uint32_t room = width - row_columns_in(facts, fit);
  if (full > room) {
    first.length = row_bytes_of(first.text, room - 1);
    hp_buf_add(&first, "…");
  }
  hp_buf_addn(out, first.text, first.length);
  hp_buf_addn(out, facts, fit);
  hp_buf_free(&first);
}

/* As many cases of a switch as fit, and a sign that there are more. */
static void first_cases(HpBuf *out, const char *text, uint32_t width) {
  size_t fit = row_bytes_of(text, width - 3), whole = fit; /* room for ", …" */
  while (whole && text[whole] != ',')
    whole--;
  hp_buf_addn(out, text, whole ? whole : fit);
  hp_buf_add(out, whole ? ", …" : "…");
}

static void meaning(Dis *d, const char *text, const IrInsn *in) {
  if (!*text)
    return;
  bool waits = strstr(text, "chased") || strstr(text, "waits for");
  HpBuf shown = {0};
  uint32_t width = d->meaning_width - 2;
  hp_buf_add(&shown, "(");
  if (in->op == IR_SWITCH && row_columns(text) > width)
    first_cases(&shown, text, width);
  else
    shorten(&shown, text, width, ir_addr_of(d->fn, in) != NULL);
  hp_buf_add(&shown, ")");
  row_cell(&d->row, shown.text, waits ? "31" : "2");
  hp_buf_free(&shown);
}

uint32_t dis_width(const IrDisOptions *options) {
  enum { DEFAULT_WIDTH = 100 };
  return options->width ? options->width : DEFAULT_WIDTH;
}

/* ---- what a profile says --------------------------------------------------------------------- */

static const char *path_of(const Dis *d, IrLoc loc) {
  return ir_str(d->u, d->u->files[loc.file].path);
}

static IrLoc place_of(const Dis *d, const IrLine *line) {
  return ir_loc(d->fn, d->fn->insns[line->insn].loc);
}

/* A line's cost stands once, at its first row: loops come back to their lines. */
static void find_costs(Dis *d, const IrListing *listing) {
  if (!d->options->cost)
    return;
  d->costs = hp_calloc(listing->nlines, sizeof *d->costs);
  IrLoc *seen = hp_calloc(listing->nlines, sizeof *seen);
  uint32_t nseen = 0;
  for (uint32_t i = 0; i < listing->nlines; i++) {
    IrCost *cost = &d->costs[i];
    *cost = (IrCost){-1, -1};
    IrLoc loc = place_of(d, &listing->lines[i]);
    bool known = !loc.line || !listing->lines[i].line;
    for (uint32_t k = 0; k < nseen && !known; k++)
      known = seen[k].line == loc.line && seen[k].file == loc.file;
    if (known)
      continue;
    seen[nseen++] = loc;
    if (!d->options->cost(d->options->context, path_of(d, loc), loc.line, cost))
      *cost = (IrCost){-1, -1};
    d->hits |= cost->hits >= 0;
    d->shares |= cost->share >= 0;
  }
  for (uint32_t i = 0; i < listing->nlines; i++) {
    double heat = d->shares ? d->costs[i].share : d->costs[i].hits;
    d->hottest = heat > d->hottest ? heat : d->hottest;
  }
  free(seen);
}

/* 1234567 as "1 234 567". */
static void grouped(char *text, size_t size, double n) {
  char plain[32];
  snprintf(plain, sizeof plain, "%.0f", n < 1e18 ? n : 1e18);
  size_t length = strlen(plain), at = 0;
  for (size_t i = 0; i < length && at + 2 < size; i++) {
    if (i && (length - i) % 3 == 0)
      text[at++] = ' ';
    text[at++] = plain[i];
  }
  text[at] = 0;
}

static uint32_t bar_width(const Dis *d) {
  return dis_width(d->options) < NARROW ? BAR_WIDTH / 2 : BAR_WIDTH;
}

/* As long as the row is hot, in eighths of a character. */
static void bar(Dis *d, double heat) {
  static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  uint32_t n = (uint32_t)(heat / d->hottest * bar_width(d) * 8 + 0.5);
  HpBuf text = {0};
  for (uint32_t i = 0; i < n / 8; i++)
    hp_buf_add(&text, "█");
  hp_buf_add(&text, eighths[n ? n % 8 : 1]);
  row_cell(&d->row, text.text, heat >= d->hottest / 2 ? "31" : heat >= d->hottest / 8 ? "33" : "2");
  hp_buf_free(&text);
}

static void put_cost(Dis *d, const IrCost *cost) {
  char text[48] = "";
  if (d->hits) {
    if (cost->hits >= 0)
      grouped(text, sizeof text, cost->hits);
    row_right(&d->row, text, HITS_WIDTH, NULL);
  }
  double heat = d->shares ? cost->share : cost->hits;
  *text = 0;
  if (d->shares) {
    if (cost->share >= 0)
      snprintf(text, sizeof text, "%.1f%%", 100 * cost->share);
    row_right(&d->row, text, SHARE_WIDTH, heat >= d->hottest / 2 ? "31" : NULL);
  }
  if (heat > 0) {
    row_cell(&d->row, " ", NULL);
    bar(d, heat);
  }
}

/* ---- columns --------------------------------------------------------------------------------- */

static uint32_t digits(uint32_t n) {
  uint32_t count = 1;
  for (; n >= 10; n /= 10)
    count++;
  return count;
}

/* line, mark, block, number, opcode: what stands left of the operands. */
static uint32_t operands_at(const Dis *d) {
  return 2 + d->line_width + 4 + d->block_width + 1 + d->number_width + 2 + d->op_width + 2;
}

static uint32_t meaning_at(const Dis *d) {
  return operands_at(d) + d->operands_width + 2;
}

static uint32_t cost_width(const Dis *d) {
  return (d->hits ? HITS_WIDTH : 0) + (d->shares ? SHARE_WIDTH : 0) +
         (d->hits || d->shares ? 1 + bar_width(d) : 0);
}

static void measure(Dis *d, const IrListing *listing) {
  uint32_t operands = LEAST_OPERANDS, wide = LEAST_MEANING, width = dis_width(d->options);
  d->line_width = 4;
  d->number_width = 2;
  d->block_width = row_most(3, 1 + digits(d->fn->nblocks - 1));
  for (uint32_t i = 0; i < listing->nlines; i++) {
    const IrLine *line = &listing->lines[i];
    d->line_width = row_most(d->line_width, digits(line->line));
    d->number_width = row_most(d->number_width, digits(line->insn));
    d->op_width = row_most(d->op_width, row_columns(ir_ops[d->fn->insns[line->insn].op].name));
    operands = row_most(operands, row_least(row_columns(line->operands), MOST_OPERANDS));
    wide = row_most(wide, row_columns(line->meaning) + 2);
  }
  d->class_width = d->options->classes ? 15 : 0;
  uint32_t fixed = operands_at(d) + 2 + d->class_width + LOOP_WIDTH + cost_width(d);
  uint32_t room = width > fixed + LEAST_OPERANDS + LEAST_MEANING ? width - fixed
                                                                 : LEAST_OPERANDS + LEAST_MEANING;
  uint32_t share = row_most(room * 2 / 5, row_least(operands, GOOD_OPERANDS));
  if (operands + wide <= room || operands <= share)
    d->operands_width = row_least(operands, room - LEAST_MEANING);
  else
    d->operands_width = wide < room - share ? room - wide : share;
  d->meaning_width = row_least(wide, room - d->operands_width);
}

static void heading(Dis *d) {
  Row *r = &d->row;
  row_right(r, "line", 2 + d->line_width, "2");
  row_cell(r, "    blk", "2");
  row_right(r, "no", operands_at(d) - d->op_width - 4 - r->column, "2");
  row_cell(r, "  op", "2");
  row_pad(r, operands_at(d));
  row_cell(r, "operands", "2");
  row_pad(r, meaning_at(d));
  row_cell(r, "meaning", "2");
  row_pad(r, meaning_at(d) + d->meaning_width);
  if (d->class_width)
    row_cell(r, "  class", "2");
  row_pad(r, meaning_at(d) + d->meaning_width + d->class_width);
  row_right(r, "loop", LOOP_WIDTH, "2");
  if (d->hits)
    row_right(r, "hits", HITS_WIDTH, "2");
  if (d->shares)
    row_right(r, "time", SHARE_WIDTH, "2");
  row_end(r);
}

/* What the facts below cannot say. */
static void notes(Dis *d, const IrAnalysis *an) {
  HpBuf text = {0};
  for (uint32_t i = 0; an && i < an->nloops; i++) {
    const IrLoop *loop = &an->loops[i];
    if (!loop->irreducible)
      continue;
    hp_buf_clear(&text);
    hp_buf_addf(&text, "note: irreducible loop at line %u, entered at several blocks (",
                ir_loc(d->fn, loop->loc).line);
    for (uint32_t k = 0; k < loop->nentries && k < MAX_ENTRIES; k++)
      hp_buf_addf(&text, k ? ", b%u" : "b%u", loop->entries[k]);
    hp_buf_addf(&text, "%s): iterations unknown", loop->nentries > MAX_ENTRIES ? ", …" : "");
    row_cut(&d->row, text.text, dis_width(d->options), "33");
    row_end(&d->row);
  }
  hp_buf_free(&text);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static const char *op_colour(const IrInsn *in) {
  uint32_t flags = ir_ops[in->op].flags;
  if (flags & IR_CALLS)
    return "35";
  if (flags & (IR_READS | IR_WRITES))
    return "33";
  return flags & IR_TERM ? "34" : NULL;
}

static bool marked(const Dis *d, IrLoc loc) {
  const IrDisOptions *o = d->options;
  return o->mark_first && loc.file == d->fn->loc.file && loc.line >= o->mark_first &&
         loc.line <= o->mark_last;
}

/* The source line above the instructions it became; false if its text is unknown. */
static bool source_row(Dis *d, IrLoc loc, uint32_t line) {
  if (!d->options->source || !line)
    return false;
  const char *text = d->options->source(d->options->context, path_of(d, loc), line);
  if (!text)
    return false;
  HpBuf escaped = {0};
  row_source(&escaped, text);
  char number[16];
  snprintf(number, sizeof number, "%u", line);
  bool here = marked(d, loc);
  row_cell(&d->row, here ? "▶ " : "  ", "1;32");
  row_right(&d->row, number, d->line_width, "36");
  row_cell(&d->row, " │ ", "2");
  row_cut(&d->row, hp_buf_text(&escaped),
          row_most(dis_width(d->options), d->row.column + 20) - d->row.column,
          here ? "1;36" : "36");
  row_end(&d->row);
  hp_buf_free(&escaped);
  return true;
}

static void left(Dis *d, const IrLine *line, bool numbered) {
  char text[32] = "";
  Row *r = &d->row;
  row_cell(r, marked(d, place_of(d, line)) ? "▶ " : "  ", "1;32");
  if (line->line && numbered)
    snprintf(text, sizeof text, "%u", line->line);
  row_right(r, text, d->line_width, "36");
  row_cell(r, line->target ? " >> " : "    ", "1");
  snprintf(text, sizeof text, "b%u", line->block);
  row_cell(r, line->first ? text : "", "1");
  snprintf(text, sizeof text, "%u", line->insn);
  row_right(r, text, operands_at(d) - d->op_width - 4 - r->column, NULL);
  row_cell(r, "  ", NULL);
  const IrInsn *in = &d->fn->insns[line->insn];
  row_cell(r, ir_ops[in->op].name, op_colour(in));
}

static const char *kind_colour(IrAccessKind kind) {
  return kind == IR_AK_CHASE || kind == IR_AK_GATHER ? "31" : kind == IR_AK_UNIT ? "32" : NULL;
}

static void put_row(Dis *d, const IrLine *line, const IrCost *cost) {
  Row *r = &d->row;
  bool shown = source_row(d, place_of(d, line), line->line);
  left(d, line, !shown);
  row_pad(r, operands_at(d));
  row_cut(r, line->operands, d->operands_width, NULL);
  row_pad(r, meaning_at(d));
  meaning(d, line->meaning, &d->fn->insns[line->insn]);
  if (d->class_width && line->access && line->access->loop != IR_NONE) {
    IrAccessKind kind = ir_access_kind(line->access->in.cls);
    row_pad(r, meaning_at(d) + d->meaning_width + 2);
    row_cell(r, ir_access_kind_name(kind), kind_colour(kind));
  }
  uint32_t end = meaning_at(d) + d->meaning_width + d->class_width;
  if (line->depth) {
    char text[16];
    row_pad(r, end);
    snprintf(text, sizeof text, "%u", line->depth);
    row_right(r, text, LOOP_WIDTH, NULL);
  }
  if (cost && (cost->hits >= 0 || cost->share >= 0)) {
    row_pad(r, end + LOOP_WIDTH);
    put_cost(d, cost);
  }
  row_end(r);
}

static void title(Dis *d, const IrListing *listing, const IrAnalysis *an) {
  row_cell(&d->row, "Disassembly of ", "1");
  row_cut(&d->row, listing->title, dis_width(d->options) - d->row.column, "1");
  row_end(&d->row);
  if (d->options->profile && d->costs) {
    HpBuf text = {0};
    double sum = 0;
    for (uint32_t i = 0; i < listing->nlines; i++)
      sum += d->costs[i].share > 0 ? d->costs[i].share : 0;
    hp_buf_addf(&text, "profile: %s", d->options->profile);
    if (d->shares)
      hp_buf_addf(&text, "; %.1f%% of the time in these lines", 100 * sum);
    else if (!d->hits)
      hp_buf_add(&text, ": nothing of this function");
    row_cut(&d->row, text.text, dis_width(d->options), "2");
    row_end(&d->row);
    hp_buf_free(&text);
  }
  notes(d, an);
}

void ir_dis(HpBuf *out, const IrUnit *unit, const IrFunction *fn, const IrAnalysis *an,
            const IrDisOptions *options) {
  static const IrDisOptions plain;
  options = options ? options : &plain;
  IrListing *listing =
      ir_list(unit, fn, an, &(IrListOptions){.all = options->all, .classes = options->classes});
  Dis d = {.row = {.out = out, .colour = options->colour}, .u = unit, .fn = fn, .options = options};
  find_costs(&d, listing);
  measure(&d, listing);
  title(&d, listing, an);
  heading(&d);
  for (uint32_t i = 0; i < listing->nlines; i++) {
    const IrLine *line = &listing->lines[i];
    if (!options->only_marked || marked(&d, place_of(&d, line)))
      put_row(&d, line, d.costs ? &d.costs[i] : NULL);
  }
  free(d.costs);
  row_free(&d.row);
  ir_listing_free(listing);
}
