/* Texts and positions. LSP counts columns in UTF-16 units from 0, the IR in bytes from 1. */
#include "analyzer/lsp/internal.h"

#include <stdlib.h>
#include <string.h>

static void index_lines(LspText *t) {
  t->nlines = 0;
  HP_GROW(t->lines, t->nlines, t->lines_cap);
  t->lines[t->nlines++] = 0;
  for (size_t i = 0; i < t->size; i++) {
    char c = t->bytes[i];
    if (c == '\n' || (c == '\r' && t->bytes[i + 1] != '\n')) {
      HP_GROW(t->lines, t->nlines, t->lines_cap);
      t->lines[t->nlines++] = i + 1;
    }
  }
}

LspText lsp_text_new(const char *bytes, size_t size) {
  LspText t = {.bytes = hp_strndup(bytes, size), .size = size};
  index_lines(&t);
  return t;
}

void lsp_text_free(LspText *t) {
  free(t->bytes);
  free(t->lines);
  *t = (LspText){0};
}

/* End of a line without its line break. */
static size_t line_end(const LspText *t, uint32_t line) {
  size_t end = line + 1 < t->nlines ? t->lines[line + 1] : t->size;
  while (end > t->lines[line] && (t->bytes[end - 1] == '\n' || t->bytes[end - 1] == '\r'))
    end--;
  return end;
}

/* Bytes of the character at `s` (at most `left`), and its UTF-16 units. A byte that begins no
 * character counts as one unit, as decoders put one replacement character in its place. */
static size_t char_size(const char *s, size_t left, unsigned *units) {
  unsigned char c = (unsigned char)*s;
  size_t size = c < 0x80 ? 1 : c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
  *units = size == 4 ? 2 : 1;
  for (size_t i = 1; i < size; i++)
    if (i >= left || (s[i] & 0xC0) != 0x80) {
      *units = 1;
      return 1;
    }
  return size;
}

size_t lsp_offset(const LspText *t, int64_t line, int64_t character) {
  if (line < 0)
    return 0;
  if (line >= t->nlines)
    return t->size;
  size_t at = t->lines[line], end = line_end(t, (uint32_t)line);
  unsigned units;
  for (int64_t seen = 0; at < end; seen += units) {
    size_t size = char_size(t->bytes + at, end - at, &units);
    if (seen + units > character)
      break;
    at += size;
  }
  return at;
}

json_t *lsp_position(const LspText *t, uint32_t line, uint32_t column) {
  if (line > t->nlines || !line) { /* beyond the text: its last line, or its first */
    line = line ? t->nlines : 1;
    column = 1;
  }
  size_t at = t->lines[line - 1], end = line_end(t, line - 1);
  size_t target = at + (column ? column - 1 : 0);
  unsigned units;
  json_int_t character = 0;
  while (at < end) {
    size_t size = char_size(t->bytes + at, end - at, &units);
    if (at + size > target)
      break;
    at += size;
    character += units;
  }
  return json_pack("{sIsI}", "line", (json_int_t)line - 1, "character", character);
}

void lsp_text_replace(LspText *t, size_t from, size_t to, const char *with, size_t size) {
  if (from > to) {
    size_t swap = from;
    from = to;
    to = swap;
  }
  HpBuf next = {0};
  hp_buf_addn(&next, t->bytes, from);
  hp_buf_addn(&next, with, size);
  hp_buf_addn(&next, t->bytes + to, t->size - to);
  free(t->bytes);
  t->size = next.length;
  t->bytes = hp_buf_take(&next);
  index_lines(t);
}
