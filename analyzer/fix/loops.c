/* Two loops change places by their heads: all else, body and formatting, stays where it is. */
#include "analyzer/fix/text.h"

#include <stdlib.h>

/* `for (TYPE name = start; test; step)` with one of each. */
typedef struct Head {
  uint32_t open, close, name;
} Head;

static bool read_head(const FixText *t, uint32_t loop, Head *h) {
  uint32_t semicolons = 0, depth = 0;
  h->open = loop + 1;
  h->close = fix_is(t, loop, "for") && fix_is(t, h->open, "(") ? fix_match(t, h->open) : NO_TOKEN;
  h->name = NO_TOKEN;
  if (h->close == NO_TOKEN)
    return false;
  for (uint32_t i = h->open + 1; i < h->close; i++) {
    depth += fix_is(t, i, "(") || fix_is(t, i, "[");
    depth -= fix_is(t, i, ")") || fix_is(t, i, "]");
    semicolons += fix_is(t, i, ";");
    if (fix_is(t, i, ",") || fix_is(t, i, "{") || t->tokens[i].directive)
      return false;
    if (!semicolons && fix_is(t, i, "=") && h->name == NO_TOKEN && depth == 0)
      h->name = i - 1;
  }
  return semicolons == 2 && fix_is_word(t, h->name);
}

static bool mentions(const FixText *t, const Head *h, uint32_t name) {
  for (uint32_t i = h->open; i < h->close; i++)
    if (fix_same(t, i, name))
      return true;
  return false;
}

/* Between the heads there is nothing but a brace, and behind the inner statement nothing but the
 * other one. */
static bool is_perfect(const FixText *t, const Head *outer, uint32_t inner) {
  uint32_t next = outer->close + 1, end = fix_statement_end(t, inner);
  bool braced = fix_is(t, next, "{");
  return next + braced == inner && end != NO_TOKEN && (!braced || fix_is(t, end + 1, "}"));
}

static bool comment_between(const FixText *t, uint32_t first, uint32_t last) {
  for (uint32_t i = first; i <= last; i++)
    if (t->tokens[i].comment)
      return true;
  return false;
}

const char *fix_interchange(const FixText *t, uint32_t outer, uint32_t inner, FixEdits *out) {
  Head a, b;
  if (inner == NO_TOKEN || outer == NO_TOKEN || !read_head(t, outer, &a) ||
      !read_head(t, inner, &b))
    return "a loop is no `for` with one counter, one test and one step";
  if (inner < outer || !is_perfect(t, &a, inner))
    return "something stands between the two loops";
  if (comment_between(t, outer + 1, inner))
    return "a comment between the loops would be out of place";
  if (fix_has_directive(t, outer, fix_statement_end(t, outer)) ||
      fix_find(t, outer ? outer - 1 : 0, inner, "_Pragma") != NO_TOKEN)
    return "a line of the preprocessor stands before or in the loops";
  if (fix_same(t, a.name, b.name) || mentions(t, &a, b.name) || mentions(t, &b, a.name))
    return "the head of one loop uses the counter of the other";
  fix_edit(out, t->tokens[a.open].at, t->tokens[a.close].end, fix_words(t, b.open, b.close));
  fix_edit(out, t->tokens[b.open].at, t->tokens[b.close].end, fix_words(t, a.open, a.close));
  return NULL;
}
