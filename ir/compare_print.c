/* Two versions of a function as text: side by side, or one below the other. */
#include "ir/compare.h"
#include "ir/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  CONTEXT = 3,
  DEFAULT_WIDTH = 100,
  BOTH_WIDTH = 64 /* of a half with operands and meaning */
};

typedef struct Print {
  Row row;
  const IrDiff *d;
  const IrDiffOptions *options;
  uint32_t width, line_width, number_width, op_width, operands_width;
} Print;

static const IrLine *line_of(const IrDiff *d, int side, const IrDiffRow *row) {
  uint32_t at = side ? row->b : row->a;
  return at == IR_NONE ? NULL : &d->listings[side]->lines[at];
}

static uint32_t place_of(const IrDiff *d, int side, const IrLine *line) {
  const IrFunction *fn = d->versions[side].fn;
  return ir_loc(fn, fn->insns[line->insn].loc).line;
}

static const char *op_of(const IrDiff *d, int side, const IrLine *line) {
  return ir_ops[d->versions[side].fn->insns[line->insn].op].name;
}

static uint32_t digits(uint32_t n) {
  uint32_t count = 1;
  for (; n >= 10; n /= 10)
    count++;
  return count;
}

static void measure(Print *p) {
  p->width = p->options->width ? p->options->width : DEFAULT_WIDTH;
  p->line_width = 4;
  p->number_width = digits(p->d->nrows);
  for (int side = 0; side < 2; side++)
    for (uint32_t i = 0; i < p->d->listings[side]->nlines; i++) {
      const IrLine *line = &p->d->listings[side]->lines[i];
      p->line_width = row_most(p->line_width, digits(place_of(p->d, side, line)));
      p->op_width = row_most(p->op_width, row_columns(op_of(p->d, side, line)));
      p->operands_width = row_most(p->operands_width, row_columns(line->operands));
    }
}

/* ---- one row --------------------------------------------------------------------------------- */

/* Line, opcode, operands, meaning in `width` columns; the C reading alone where that is narrow. */
static void put_line(Print *p, int side, const IrLine *line, uint32_t width, const char *colour) {
  Row *r = &p->row;
  uint32_t start = r->column, operands = p->operands_width;
  char text[32];
  snprintf(text, sizeof text, "%u", place_of(p->d, side, line));
  row_right(r, text, p->line_width, "36");
  *text = 0;
  if (line->first)
    snprintf(text, sizeof text, "b%u", p->d->blocks[side][line->block]);
  row_pad(r, start + p->line_width + 1);
  row_cell(r, text, "1");
  row_pad(r, start + p->line_width + 5);
  row_cell(r, op_of(p->d, side, line), colour);
  row_pad(r, start + p->line_width + 5 + p->op_width + 1);
  uint32_t used = r->column - start, room = width > used + 8 ? width - used : 8;
  bool narrow = width < BOTH_WIDTH && line->essence;
  operands = narrow ? 0 : row_least(operands, *line->meaning ? room * 2 / 5 : room);
  if (!narrow) {
    row_cut(r, line->operands, operands, colour);
    row_pad(r, start + used + operands + 1);
    room -= row_least(operands + 1, room);
  }
  if (*line->meaning && room > 2) {
    HpBuf meaning = {0};
    hp_buf_addf(&meaning, narrow ? "%s" : "(%s)", line->meaning);
    row_cut(r, meaning.text, room, colour ? colour : narrow ? NULL : "2");
    hp_buf_free(&meaning);
  }
}

static void beside(Print *p, const IrDiffRow *row) {
  static const char *const gutters[] = {" │ ", " ~ ", " < ", " > "};
  static const char *const left[] = {NULL, "33", "31", NULL}, *const right[] = {NULL, "33", NULL,
                                                                                "32"};
  uint32_t half = (p->width - 3) / 2;
  const IrLine *a = line_of(p->d, 0, row), *b = line_of(p->d, 1, row);
  if (a)
    put_line(p, 0, a, half, left[row->mark]);
  row_pad(&p->row, half);
  row_cell(&p->row, gutters[row->mark], row->mark == IR_DIFF_SAME ? "2" : "1");
  if (b)
    put_line(p, 1, b, half, right[row->mark]);
  row_end(&p->row);
}

static void below(Print *p, int side, const IrDiffRow *row) {
  static const char *const signs[] = {"  ", NULL, "- ", "+ "};
  IrDiffMark mark = row->mark == IR_DIFF_CHANGED ? (side ? IR_DIFF_NEW : IR_DIFF_GONE) : row->mark;
  const char *colour = mark == IR_DIFF_GONE ? "31" : mark == IR_DIFF_NEW ? "32" : NULL;
  row_cell(&p->row, signs[mark], colour);
  put_line(p, side, line_of(p->d, side, row), p->width - 2, colour);
  row_end(&p->row);
}

/* Rows `from` to `to`, which changed: all of the first version before all of the second. */
static void put_changed(Print *p, uint32_t from, uint32_t to) {
  for (uint32_t i = from; i < to; i++) {
    if (!p->options->unified)
      beside(p, &p->d->rows[i]);
    else if (p->d->rows[i].a != IR_NONE)
      below(p, 0, &p->d->rows[i]);
  }
  for (uint32_t i = from; p->options->unified && i < to; i++)
    if (p->d->rows[i].b != IR_NONE)
      below(p, 1, &p->d->rows[i]);
}

/* Rows that are the same: those near a change, and how many there are between. */
static void put_same(Print *p, uint32_t from, uint32_t to) {
  uint32_t head = from ? CONTEXT : 0, tail = to < p->d->nrows ? CONTEXT : 0;
  bool whole = p->options->all || to - from <= head + tail + 1;
  for (uint32_t i = from; i < to; i++) {
    if (!whole && i == from + head) {
      char text[48];
      snprintf(text, sizeof text, "⋯ %u rows the same", to - from - head - tail);
      row_cell(&p->row, "  ", NULL);
      row_cell(&p->row, text, "2");
      row_end(&p->row);
      i = to - tail;
    }
    if (i >= to)
      break;
    if (p->options->unified)
      below(p, 1, &p->d->rows[i]);
    else
      beside(p, &p->d->rows[i]);
  }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void heading(Print *p) {
  uint32_t half = (p->width - 3) / 2;
  for (int side = 0; side < 2; side++) {
    const char *sign = side ? "+++ " : "--- ";
    HpBuf text = {0};
    hp_buf_addf(&text, "%s%s: %s", p->options->unified ? sign : "",
                p->options->names[side] ? p->options->names[side] : "",
                p->d->listings[side]->title);
    row_cut(&p->row, text.text, p->options->unified ? p->width : half, "1");
    hp_buf_free(&text);
    if (p->options->unified) {
      row_end(&p->row);
    } else if (!side) {
      row_pad(&p->row, half);
      row_cell(&p->row, " │ ", "2");
    }
  }
  if (!p->options->unified)
    row_end(&p->row);
}

/* What the change did: shown where the two differ, and what people ask for first always. */
static void summary(Print *p) {
  Row *r = &p->row;
  enum { NAME = 24, NUMBER = 9 };
  bool always[IR_DIFF_NCOUNTS] = {[0] = true, [2] = true, [5] = true, [9] = true, [11] = true};
  row_pad(r, NAME);
  row_right(r, "before", NUMBER, "2");
  row_right(r, "after", NUMBER, "2");
  row_end(r);
  for (uint32_t i = 0; i < IR_DIFF_NCOUNTS; i++) {
    uint32_t a = ir_diff_count(&p->d->counts[0], i), b = ir_diff_count(&p->d->counts[1], i);
    if (a == b && (!always[i] || !a))
      continue;
    char text[32];
    row_cell(r, i < 12 ? "  " : "  accesses: ", NULL);
    row_cell(r, ir_diff_count_name(i), NULL);
    row_pad(r, NAME + 3);
    for (int side = 0; side < 2; side++) {
      snprintf(text, sizeof text, "%u", side ? b : a);
      row_right(r, text, side ? NUMBER : NUMBER - 3, NULL);
    }
    snprintf(text, sizeof text, "%+lld", (long long)b - (long long)a);
    if (a != b)
      row_right(r, text, NUMBER, b < a ? "32" : "33");
    row_end(r);
  }
}

void ir_diff_print(HpBuf *out, const IrDiff *diff, const IrDiffOptions *options) {
  Print p = {.row = {.out = out, .colour = options->colour}, .d = diff, .options = options};
  measure(&p);
  heading(&p);
  for (uint32_t i = 0, next; i < diff->nrows; i = next) {
    bool same = diff->rows[i].mark == IR_DIFF_SAME;
    for (next = i; next < diff->nrows && (diff->rows[next].mark == IR_DIFF_SAME) == same;)
      next++;
    if (same)
      put_same(&p, i, next);
    else
      put_changed(&p, i, next);
  }
  hp_buf_addc(out, '\n');
  summary(&p);
  row_free(&p.row);
}
