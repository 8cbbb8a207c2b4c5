/* `cap += 16;` becomes `cap += cap / 2 + 16;`: never less than before, so whoever relies on the
 * room still has it. */
#include "analyzer/fix/text.h"

#include <stdlib.h>
#include <string.h>

/* A place that may be read twice: no call, no step. */
static bool is_plain(const FixText *t, uint32_t first, uint32_t last) {
  static const char *const effects[] = {"(", "{", "++", "--", "=", ";", NULL};
  for (uint32_t i = first; i <= last; i++)
    if (fix_is_any(t, i, effects) || t->tokens[i].comment || t->tokens[i].directive)
      return false;
  return true;
}

/* The first token behind "x +=", or behind "x = x +". */
static uint32_t added(const FixText *t, uint32_t first, uint32_t end, uint32_t *last) {
  uint32_t sign = fix_find(t, first, end, "+=");
  uint32_t set = fix_find(t, first, end, "=");
  *last = sign != NO_TOKEN ? sign - 1 : set - 1;
  if (sign != NO_TOKEN || set == NO_TOKEN || set == first)
    return sign == NO_TOKEN || sign == first ? NO_TOKEN : sign + 1;
  uint32_t length = set - first;
  for (uint32_t i = 0; i < length; i++)
    if (!fix_same(t, first + i, set + 1 + i))
      return NO_TOKEN;
  return fix_is(t, set + 1 + length, "+") ? set + 2 + length : NO_TOKEN;
}

const char *fix_grow(const FixText *t, uint32_t statement, FixEdits *out) {
  static const char *const before[] = {";", "{", "}", ")", NULL};
  uint32_t last, end = fix_statement_end(t, statement);
  uint32_t from = end == NO_TOKEN ? NO_TOKEN : added(t, statement, end, &last);
  if (from == NO_TOKEN || from >= end || !is_plain(t, statement, last) ||
      !fix_is_any(t, statement - 1, before) || !is_plain(t, from, end - 1))
    return "the capacity does not grow in a statement of its own";
  char *place = fix_words(t, statement, last);
  fix_edit(out, t->tokens[from].at, t->tokens[from].at, hp_format("%s / 2 + ", place));
  free(place);
  return NULL;
}
