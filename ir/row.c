#include "ir/row.h"

#include <string.h>

uint32_t row_columns_in(const char *text, size_t bytes) {
  uint32_t n = 0;
  for (size_t i = 0; i < bytes; i++)
    n += ((unsigned char)text[i] & 0xC0) != 0x80;
  return n;
}

uint32_t row_columns(const char *text) {
  return row_columns_in(text, strlen(text));
}

size_t row_bytes_of(const char *text, uint32_t n) {
  const char *s = text;
  while (*s && n--) {
    s++;
    while (((unsigned char)*s & 0xC0) == 0x80)
      s++;
  }
  return (size_t)(s - text);
}

void row_cell(Row *r, const char *text, const char *colour) {
  bool paint = colour && r->colour && *text;
  if (paint)
    hp_buf_addf(&r->text, "\033[%sm", colour);
  hp_buf_add(&r->text, text);
  if (paint)
    hp_buf_add(&r->text, "\033[0m");
  r->column += row_columns(text);
}

void row_pad(Row *r, uint32_t column) {
  for (; r->column < column; r->column++)
    hp_buf_addc(&r->text, ' ');
}

void row_right(Row *r, const char *text, uint32_t width, const char *colour) {
  uint32_t n = row_columns(text);
  row_pad(r, r->column + (width > n ? width - n : 0));
  row_cell(r, text, colour);
}

void row_cut(Row *r, const char *text, uint32_t width, const char *colour) {
  if (row_columns(text) <= width) {
    row_cell(r, text, colour);
    return;
  }
  HpBuf shorter = {0};
  hp_buf_addn(&shorter, text, row_bytes_of(text, width ? width - 1 : 0));
  hp_buf_add(&shorter, "…");
  row_cell(r, shorter.text, colour);
  hp_buf_free(&shorter);
}

void row_end(Row *r) {
  while (r->text.length && r->text.text[r->text.length - 1] == ' ')
    r->text.length--;
  hp_buf_addn(r->out, hp_buf_text(&r->text), r->text.length);
  hp_buf_addc(r->out, '\n');
  hp_buf_clear(&r->text);
  r->column = 0;
}

void row_free(Row *r) {
  hp_buf_free(&r->text);
}

void row_source(HpBuf *out, const char *text) {
  HpBuf plain = {0};
  for (; *text && *text != '\n' && *text != '\r'; text++) {
    if (*text == '\t')
      hp_buf_add(&plain, "    ");
    else
      hp_buf_addc(&plain, *text);
  }
  hp_buf_add_escaped(out, hp_buf_text(&plain));
  hp_buf_free(&plain);
}
