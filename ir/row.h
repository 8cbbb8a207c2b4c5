/* Rows of text in columns: cells, padding, cutting, colours. Widths are in characters, not bytes.
 * For listings, here and in the command line. */
#ifndef HPLINT_IR_ROW_H
#define HPLINT_IR_ROW_H

#include "ir/support.h"

typedef struct Row {
  HpBuf *out; /* gets the rows that are done */
  bool colour;
  uint32_t column; /* characters written in this row */
  HpBuf text;
} Row;

uint32_t row_columns(const char *text);
/* Characters of the first `bytes` bytes; bytes of the first `n` characters. */
uint32_t row_columns_in(const char *text, size_t bytes);
size_t row_bytes_of(const char *text, uint32_t n);

/* `colour`: an SGR parameter or NULL. */
void row_cell(Row *r, const char *text, const char *colour);
void row_pad(Row *r, uint32_t column);
void row_right(Row *r, const char *text, uint32_t width, const char *colour);
/* Cut to `width` with an ellipsis. */
void row_cut(Row *r, const char *text, uint32_t width, const char *colour);
/* Without the spaces at its end. */
void row_end(Row *r);
void row_free(Row *r);

/* A source line for a row: tabs as four spaces, the rest escaped; up to the line's end. */
void row_source(HpBuf *out, const char *text);

static inline uint32_t row_most(uint32_t a, uint32_t b) {
  return a > b ? a : b;
}
static inline uint32_t row_least(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

#endif
