/* The listing for people, in the manner of Python's dis: formats the records of list.c. Columns are
 * as wide as the function needs and the terminal allows; a meaning that is too long loses its last
 * facts first. */
#include "ir/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_WIDTH = 110, LEAST_OPERANDS = 8, LEAST_MEANING = 16, HITS_WIDTH = 13 };

typedef struct Dis {
  HpBuf *out;
  const IrUnit *u;
  const IrFunction *fn;
  const IrDisOptions *options;
  bool hits; /* some line of the function has some */
  uint32_t line_width, offset_width, op_width, operands_width, meaning_width;
  HpBuf row;
  uint32_t column; /* written in the row, in characters */
} Dis;

/* ---- text and width -------------------------------------------------------------------------- */

static uint32_t at_least(uint32_t a, uint32_t b) {
  return a > b ? a : b;
}

/* Characters of the first `n` bytes. */
static uint32_t prefix_columns(const char *text, size_t bytes) {
  uint32_t n = 0;
  for (size_t i = 0; i < bytes; i++)
    n += ((unsigned char)text[i] & 0xC0) != 0x80;
  return n;
}

static uint32_t columns(const char *text) {
  return prefix_columns(text, strlen(text));
}

/* Bytes of the first `n` characters. */
static size_t prefix(const char *text, uint32_t n) {
  const char *s = text;
  while (*s && n--) {
    s++;
    while (((unsigned char)*s & 0xC0) == 0x80)
      s++;
  }
  return (size_t)(s - text);
}

/* Text for the row; `colour` is an SGR parameter or NULL. */
static void cell(Dis *d, const char *text, const char *colour) {
  bool paint = colour && d->options->colour && *text;
  if (paint)
    hp_buf_addf(&d->row, "\033[%sm", colour);
  hp_buf_add(&d->row, text);
  if (paint)
    hp_buf_add(&d->row, "\033[0m");
  d->column += columns(text);
}

static void pad_to(Dis *d, uint32_t column) {
  for (; d->column < column; d->column++)
    hp_buf_addc(&d->row, ' ');
}

static void right(Dis *d, const char *text, uint32_t width, const char *colour) {
  uint32_t n = columns(text);
  pad_to(d, d->column + (width > n ? width - n : 0));
  cell(d, text, colour);
}

static void end_row(Dis *d) {
  while (d->row.length && d->row.text[d->row.length - 1] == ' ')
    d->row.length--;
  hp_buf_addn(d->out, hp_buf_text(&d->row), d->row.length);
  hp_buf_addc(d->out, '\n');
  hp_buf_clear(&d->row);
  d->column = 0;
}

static void cut(Dis *d, const char *text, uint32_t width, const char *colour) {
  if (columns(text) <= width) {
    cell(d, text, colour);
    return;
  }
  HpBuf shorter = {0};
  hp_buf_addn(&shorter, text, prefix(text, width - 3));
  hp_buf_add(&shorter, "...");
  cell(d, shorter.text, colour);
  hp_buf_free(&shorter);
}

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

/* As many of the facts (", chased, ...") as fit behind the `head` of a meaning. */
static size_t facts_that_fit(const char *facts, uint32_t room) {
  size_t fit = 0;
  while (facts[fit]) {
    size_t next = fit + 1 + fact_end(facts + fit + 1);
    if (prefix(facts, room) < next)
      break;
    fit = next;
  }
  return fit;
}

/* Makes a meaning fit: without the type, then with a shorter expression, then with fewer facts. */
static void shorten(HpBuf *out, const char *text, uint32_t width, bool typed) {
  size_t head = fact_end(text);
  const char *facts = text + head;
  if (columns(text) > width && typed)
    for (size_t i = 0; i + 1 < head; i++)
      if (text[i] == ':' && text[i + 1] == ' ')
        head = i;
  HpBuf first = {0};
  hp_buf_addn(&first, text, head);
  uint32_t half = at_least(width / 2, 12), full = columns(first.text);
  size_t fit = facts_that_fit(facts, width > half ? width - (full < half ? full : half) : 0);
  uint32_t room = width - prefix_columns(facts, fit);
  if (full > room) {
    first.length = prefix(first.text, room - 3);
    hp_buf_add(&first, "...");
  }
  hp_buf_addn(out, first.text, first.length);
  hp_buf_addn(out, facts, fit);
  hp_buf_free(&first);
}

/* As many cases of a switch as fit, and a sign that there are more. */
static void first_cases(HpBuf *out, const char *text, uint32_t width) {
  size_t fit = prefix(text, width - 5), whole = fit; /* room for ", ..." */
  while (whole && text[whole] != ',')
    whole--;
  hp_buf_addn(out, text, whole ? whole : fit);
  hp_buf_add(out, whole ? ", ..." : "...");
}

static void meaning(Dis *d, const char *text, const IrInsn *in) {
  if (!*text)
    return;
  bool waits = strstr(text, "chased") || strstr(text, "waits for");
  HpBuf shown = {0};
  uint32_t width = d->meaning_width - 2;
  hp_buf_add(&shown, "(");
  if (in->op == IR_SWITCH && columns(text) > width)
    first_cases(&shown, text, width);
  else
    shorten(&shown, text, width, ir_addr_of(d->fn, in) != NULL);
  hp_buf_add(&shown, ")");
  cell(d, shown.text, waits ? "31" : "2");
  hp_buf_free(&shown);
}

/* ---- columns --------------------------------------------------------------------------------- */

static uint32_t digits(uint32_t n) {
  uint32_t count = 1;
  for (; n >= 10; n /= 10)
    count++;
  return count;
}

/* line, mark and offset, opcode: what stands left of the operands. */
static uint32_t operands_at(const Dis *d) {
  return 2 + d->line_width + 4 + d->offset_width + 2 + d->op_width + 2;
}

static uint32_t meaning_at(const Dis *d) {
  return operands_at(d) + d->operands_width + 2;
}

/* Hits of a place's line; negative when unknown. */
static double hits_of(const Dis *d, const IrLoc *loc) {
  if (!d->options->hits || !loc->line)
    return -1;
  return d->options->hits(d->options->context, ir_str(d->u, d->u->files[loc->file].path),
                          loc->line);
}

static bool any_hits(const Dis *d) {
  for (uint32_t i = 0; d->options->hits && i < d->fn->nlocs; i++)
    if (hits_of(d, &d->fn->locs[i]) >= 0)
      return true;
  return false;
}

static void measure(Dis *d, const IrListing *listing) {
  uint32_t width = d->options->width ? d->options->width : DEFAULT_WIDTH;
  uint32_t operands = LEAST_OPERANDS, wide = LEAST_MEANING;
  d->line_width = 4;
  d->offset_width = 3;
  for (uint32_t i = 0; i < listing->nlines; i++) {
    const IrLine *line = &listing->lines[i];
    d->line_width = at_least(d->line_width, digits(line->line));
    d->offset_width = at_least(d->offset_width, digits(line->offset));
    d->op_width = at_least(d->op_width, columns(ir_ops[d->fn->insns[line->insn].op].name));
    operands = at_least(operands, columns(line->operands));
    wide = at_least(wide, columns(line->meaning) + 2);
  }
  uint32_t fixed = operands_at(d) + 2 + 6 + (d->hits ? 1 + HITS_WIDTH : 0);
  uint32_t room = width > fixed + LEAST_OPERANDS + LEAST_MEANING ? width - fixed
                                                                 : LEAST_OPERANDS + LEAST_MEANING;
  uint32_t share = at_least(room * 2 / 5, LEAST_OPERANDS);
  if (operands + wide <= room || operands <= share)
    d->operands_width = operands < room - LEAST_MEANING ? operands : room - LEAST_MEANING;
  else
    d->operands_width = wide < room - share ? room - wide : share;
  d->meaning_width = wide < room - d->operands_width ? wide : room - d->operands_width;
}

static void heading(Dis *d, const IrListing *listing) {
  cell(d, "Disassembly of ", "1");
  cell(d, listing->title, "1");
  end_row(d);
  right(d, "line", 2 + d->line_width, "2");
  right(d, "off", 4 + d->offset_width, "2");
  cell(d, "  op", "2");
  pad_to(d, operands_at(d));
  cell(d, "operands", "2");
  pad_to(d, meaning_at(d));
  cell(d, "meaning", "2");
  pad_to(d, meaning_at(d) + d->meaning_width);
  cell(d, "  loop", "2");
  if (d->hits)
    right(d, "hits", 1 + HITS_WIDTH, "2");
  end_row(d);
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

static void put_hits(Dis *d, const IrLoc *loc) {
  double n = hits_of(d, loc);
  if (!(n >= 0))
    return;
  char text[48];
  grouped(text, sizeof text, n);
  pad_to(d, meaning_at(d) + d->meaning_width + 6);
  right(d, text, 1 + HITS_WIDTH, NULL);
}

/* The source line above the instructions it became; false if its text is unknown. */
static bool source_row(Dis *d, const IrLoc *loc, uint32_t line) {
  if (!d->options->source || !line)
    return false;
  const char *text =
      d->options->source(d->options->context, ir_str(d->u, d->u->files[loc->file].path), line);
  if (!text)
    return false;
  HpBuf shown = {0};
  for (; *text && *text != '\n' && *text != '\r'; text++) {
    if (*text == '\t')
      hp_buf_add(&shown, "    ");
    else
      hp_buf_addc(&shown, *text);
  }
  HpBuf escaped = {0};
  hp_buf_add_escaped(&escaped, hp_buf_text(&shown));
  char number[16];
  snprintf(number, sizeof number, "%u", line);
  right(d, number, 2 + d->line_width, "36");
  cell(d, " | ", "2");
  uint32_t width = d->options->width ? d->options->width : DEFAULT_WIDTH;
  cut(d, hp_buf_text(&escaped), at_least(width, d->column + 20) - d->column, "36");
  end_row(d);
  hp_buf_free(&shown);
  hp_buf_free(&escaped);
  return true;
}

static void row(Dis *d, const IrLine *line) {
  const IrInsn *in = &d->fn->insns[line->insn];
  const IrLoc *loc = &d->fn->locs[in->loc];
  char text[32] = "";
  bool shown = source_row(d, loc, line->line);
  if (line->line && !shown)
    snprintf(text, sizeof text, "%u", line->line);
  right(d, text, 2 + d->line_width, "36");
  cell(d, line->target ? " >> " : "    ", "1");
  snprintf(text, sizeof text, "%u", line->offset);
  right(d, text, d->offset_width, NULL);
  cell(d, "  ", NULL);
  cell(d, ir_ops[in->op].name, op_colour(in));
  pad_to(d, operands_at(d));
  cut(d, line->operands, d->operands_width, NULL);
  pad_to(d, meaning_at(d));
  meaning(d, line->meaning, in);
  if (line->depth) {
    pad_to(d, meaning_at(d) + d->meaning_width);
    snprintf(text, sizeof text, "%u", line->depth);
    right(d, text, 6, NULL);
  }
  if (d->hits)
    put_hits(d, loc);
  end_row(d);
}

void ir_dis(HpBuf *out, const IrUnit *unit, const IrFunction *fn, const IrAnalysis *an,
            const IrDisOptions *options) {
  static const IrDisOptions plain;
  IrListing *listing = ir_list(unit, fn, an);
  Dis d = {.out = out, .u = unit, .fn = fn, .options = options ? options : &plain};
  d.hits = any_hits(&d);
  measure(&d, listing);
  heading(&d, listing);
  for (uint32_t i = 0; i < listing->nlines; i++)
    row(&d, &listing->lines[i]);
  hp_buf_free(&d.row);
  ir_listing_free(listing);
}
