/* One block of memory for all iterations of a loop. The allocation stays where it is, under a
 * question: is there a block yet, and is it large enough? So nothing is allocated that was not
 * before, and what is done without memory stays as it is. The free moves behind the loop.
 *
 *   char *line = malloc(n);           if (!line)
 *                                       line = malloc(n);
 */
#include "analyzer/fix/text.h"

#include <stdlib.h>
#include <string.h>

typedef struct Reuse {
  const FixText *t;
  bool grows, declared;               /* TYPE *name = malloc(...), else name = malloc(...) */
  uint32_t loop, body, body_end, end; /* of the loop; its braces; its last token */
  uint32_t first, name, call, last;   /* of the allocation; `last` is its semicolon */
  uint32_t release;
} Reuse;

static const char *const ends[] = {";", "{", "}", NULL}; /* what a statement can follow */

/* ---- what stands there ----------------------------------------------------------------------- */

static const char *find_loop(Reuse *r) {
  const FixText *t = r->t;
  uint32_t loop = r->loop;
  r->body = fix_is(t, loop, "do") ? loop + 1 : fix_match(t, loop + 1) + 1;
  r->end = fix_statement_end(t, loop);
  if (!fix_is(t, r->body, "{") || r->end == NO_TOKEN)
    return "the loop has no body in braces";
  r->body_end = fix_match(t, r->body);
  if (!loop || !fix_is_any(t, loop - 1, ends) || !fix_first_on_line(t, t->tokens[loop].at))
    return "the loop does not begin a line of its own";
  return fix_has_directive(t, loop, r->end + 1)
             ? "a line of the preprocessor stands before, in or behind the loop"
             : NULL;
}

/* In the loop's body itself, not in a statement inside of it. */
static bool directly_inside(const Reuse *r, uint32_t token) {
  uint32_t depth = 0;
  if (token <= r->body || token >= r->body_end)
    return false;
  for (uint32_t i = r->body; i < token; i++)
    depth += (uint32_t)fix_is(r->t, i, "{") - (uint32_t)fix_is(r->t, i, "}");
  return depth == 1;
}

/* Words and stars only: a type as it may be written once more. */
static bool is_type(const FixText *t, uint32_t first, uint32_t name) {
  static const char *const storage[] = {"static",   "register", "auto",       "typedef",
                                        "restrict", "volatile", "__restrict", NULL};
  for (uint32_t i = first; i < name; i++)
    if ((!fix_is_word(t, i) && !fix_is(t, i, "*")) || fix_is_any(t, i, storage) ||
        t->tokens[i].comment)
      return false;
  return name > first && fix_is(t, name - 1, "*");
}

static const char *find_allocation(Reuse *r) {
  const FixText *t = r->t;
  static const char *const unknown = "the allocation is no statement `name = malloc(...);`";
  uint32_t at = r->call, close = fix_match(t, r->call + 1);
  if (!fix_is(t, r->call, "malloc") || !fix_is(t, close + 1, ";"))
    return unknown;
  r->last = close + 1;
  if (fix_is(t, at - 1, ")")) { /* a cast */
    for (at--; at && !fix_is(t, at, "("); at--)
      if (!fix_is(t, at, ")") && !fix_is(t, at, "*") && !fix_is_word(t, at))
        return unknown;
  }
  if (at < 2 || !fix_is(t, at - 1, "=") || !fix_is_word(t, at - 2))
    return unknown;
  r->name = r->first = at - 2;
  while (r->first && !fix_is_any(t, r->first - 1, ends))
    r->first--;
  r->declared = r->first != r->name;
  if (r->declared && !is_type(t, r->first, r->name))
    return "the pointer's declaration is more than a type and a name";
  return directly_inside(r, r->first) && fix_first_on_line(t, t->tokens[r->first].at) ? NULL
                                                                                      : unknown;
}

static const char *find_release(const Reuse *r) {
  const FixText *t = r->t;
  uint32_t i = r->release;
  bool plain = fix_is(t, i, "free") && fix_is(t, i + 1, "(") && fix_same(t, i + 2, r->name) &&
               fix_is(t, i + 3, ")") && fix_is(t, i + 4, ";") && fix_is_any(t, i - 1, ends);
  return plain && i > r->last && directly_inside(r, i)
             ? NULL
             : "the free is no statement of its own in the loop's body";
}

/* ---- what else is done with the name --------------------------------------------------------- */

static bool changes(const FixText *t, uint32_t i) {
  static const char *const after[] = {
      "=", "++", "--", "+=", "-=", "*=", "/=", "|=", "&=", "^=", NULL};
  static const char *const before[] = {"&", "++", "--", NULL};
  return fix_is_any(t, i + 1, after) || fix_is_any(t, i - 1, before);
}

static const char *check_inside(const Reuse *r) {
  for (uint32_t i = r->loop; i <= r->end; i++) {
    if (i == r->name || !fix_same(r->t, i, r->name) || fix_is(r->t, i - 1, ".") ||
        fix_is(r->t, i - 1, "->"))
      continue;
    if (i < r->first || i > r->body_end)
      return "the pointer's name is used before the allocation";
    if (i > r->first && i < r->name)
      return "the pointer has the name of its type";
    if (changes(r->t, i))
      return "the pointer is changed in the loop";
    if (i > r->release + 4)
      return "the pointer is used behind the free";
  }
  return NULL;
}

/* Where the block that holds the loop ends. */
static uint32_t end_of_block(const FixText *t, uint32_t i) {
  for (; i < t->count && !fix_is(t, i, "}"); i++)
    if (fix_is(t, i, "{") && (i = fix_match(t, i)) == NO_TOKEN)
      break;
  return i < t->count ? i : NO_TOKEN;
}

/* The brace that opens the function. */
static uint32_t start_of_function(const FixText *t, uint32_t i) {
  uint32_t depth = 0, start = NO_TOKEN;
  while (i--) {
    depth += fix_is(t, i, "}");
    if (fix_is(t, i, "{")) {
      if (depth)
        depth--;
      else
        start = i;
    }
  }
  return start;
}

/* A pointer that is declared outside of the loop must serve the loop alone. */
static const char *check_outside(const Reuse *r) {
  const FixText *t = r->t;
  uint32_t start = r->declared ? r->end : start_of_function(t, r->loop), uses = 0;
  uint32_t end = start == NO_TOKEN ? NO_TOKEN
                 : r->declared     ? end_of_block(t, r->end + 1)
                                   : fix_match(t, start);
  if (end == NO_TOKEN)
    return "the function's text is not understood";
  for (uint32_t i = start; i < end; i++) {
    if ((i >= r->loop && i <= r->end) || !fix_same(t, i, r->name) || fix_is(t, i - 1, ".") ||
        fix_is(t, i - 1, "->"))
      continue;
    bool declaration = i < r->loop && fix_is(t, i - 1, "*") &&
                       (fix_is(t, i + 1, ";") || fix_is(t, i + 1, ",")) && fix_is_word(t, i - 2);
    if (r->declared || !declaration)
      return "the pointer's name is used outside of the loop, too";
    uses++;
  }
  return r->declared || uses == 1 ? NULL : "the pointer is not declared in the function";
}

/* ---- ways out of the loop -------------------------------------------------------------------- */

/* The last token of `if (!name) ...` behind the allocation; the allocation's last one without. */
static uint32_t end_of_null_check(const Reuse *r) {
  const FixText *t = r->t;
  uint32_t i = r->last + 1, name = r->name;
  if (!fix_is(t, i, "if") || !fix_is(t, i + 1, "("))
    return r->last;
  bool null = fix_is(t, i + 2, "!") && fix_same(t, i + 3, name) && fix_is(t, i + 4, ")");
  for (uint32_t k = 0; k < 2; k++) { /* name == NULL, NULL == name */
    uint32_t other = i + (k ? 2 : 4);
    null |= fix_same(t, i + (k ? 4 : 2), name) && fix_is(t, i + 3, "==") &&
            (fix_is(t, other, "NULL") || fix_is(t, other, "0")) && fix_is(t, i + 5, ")");
  }
  uint32_t close = null ? fix_match(t, i + 1) : NO_TOKEN;
  uint32_t end = null ? fix_statement_end(t, close + 1) : NO_TOKEN;
  return end == NO_TOKEN ? r->last : end;
}

static const char *check_exits(const Reuse *r) {
  static const char *const jumps[] = {"return", "goto", "longjmp", "siglongjmp", NULL};
  uint32_t checked = end_of_null_check(r);
  for (uint32_t i = r->body; i < r->body_end; i++)
    if (fix_is_any(r->t, i, jumps) && !(i > r->last && i <= checked))
      return "the loop is left in its middle";
  return NULL;
}

/* ---- edits ----------------------------------------------------------------------------------- */

/* The start of the loop's line, comments on lines of their own above it included. */
static size_t before_loop(const FixText *t, size_t at) {
  for (size_t start = fix_line_start(t, at); start > 0;) {
    size_t above = fix_line_start(t, start - 1), text = above;
    while (t->text[text] == ' ' || t->text[text] == '\t')
      text++;
    bool comment = !strncmp(t->text + text, "//", 2) || !strncmp(t->text + text, "/*", 2);
    if (!comment || fix_behind_comments(t, text) < start - 1 - (t->text[start - 2] == '\r'))
      return start;
    start = above;
  }
  return 0;
}

/* What the body is indented more than the loop. */
static const char *step_of(const char *body, const char *loop) {
  size_t n = strlen(loop);
  return !strncmp(body, loop, n) && body[n] ? body + n : "  ";
}

static void write_before(const Reuse *r, const char *name, FixEdits *out) {
  const FixText *t = r->t;
  size_t at = before_loop(t, t->tokens[r->loop].at);
  const char *eol = fix_newline(t);
  char *indent = fix_indent(t, t->tokens[r->loop].at);
  char *left = fix_words(t, r->first, r->name);
  HpBuf text = {0};
  hp_buf_addf(&text, "%s%s = NULL;%s", indent, left, eol);
  if (r->grows)
    hp_buf_addf(&text, "%ssize_t %s_size = 0;%s", indent, name, eol);
  fix_edit(out, at, at, hp_buf_take(&text));
  free(indent);
  free(left);
}

static void write_allocation(const Reuse *r, const char *name, FixEdits *out) {
  const FixText *t = r->t;
  size_t from = t->tokens[r->first].at;
  const char *eol = fix_newline(t);
  char *indent = fix_indent(t, from), *outer = fix_indent(t, t->tokens[r->loop].at);
  const char *step = step_of(indent, outer);
  if (!r->grows) {
    fix_edit(out, from, t->tokens[r->name].end,
             hp_format("if (!%s)%s%s%s%s", name, eol, indent, step, name));
  } else {
    char *size = fix_words(t, r->call + 2, r->last - 2);
    char *left = fix_words(t, r->name, r->call); /* with the cast */
    HpBuf text = {0};
    hp_buf_addf(&text, "size_t %s_need = %s;%s", name, size, eol);
    hp_buf_addf(&text, "%sif (!%s || %s_size < %s_need) {%s", indent, name, name, name, eol);
    hp_buf_addf(&text, "%s%sfree(%s);%s", indent, step, name, eol);
    hp_buf_addf(&text, "%s%s%s(%s_need);%s", indent, step, left, name, eol);
    hp_buf_addf(&text, "%s%s%s_size = %s_need;%s%s}", indent, step, name, name, eol, indent);
    fix_edit(out, from, t->tokens[r->last].end, hp_buf_take(&text));
    free(size);
    free(left);
  }
  free(indent);
  free(outer);
}

/* The whole line when nothing else is on it. */
static void remove_release(const Reuse *r, FixEdits *out) {
  const FixText *t = r->t;
  size_t from = t->tokens[r->release].at, to = t->tokens[r->release + 4].end, next = to;
  while (next < t->size && strchr(" \t\r", t->text[next]))
    next++;
  if (fix_first_on_line(t, from) && next < t->size && t->text[next] == '\n') {
    from = fix_line_start(t, from);
    to = next + 1;
  }
  fix_edit(out, from, to, hp_strdup(""));
}

static void write_after(const Reuse *r, const char *name, FixEdits *out) {
  const FixText *t = r->t;
  size_t at = fix_behind_comments(t, t->tokens[r->end].end);
  char *indent = fix_indent(t, t->tokens[r->loop].at);
  fix_edit(out, at, at, hp_format("%s%sfree(%s);", fix_newline(t), indent, name));
  free(indent);
}

static bool is_new_name(const FixText *t, const char *name, const char *tail) {
  char *word = hp_format("%s_%s", name, tail);
  bool new = fix_find(t, 0, t->count, word) == NO_TOKEN;
  free(word);
  return new;
}

const char *fix_reuse(const FixText *t, uint32_t loop, uint32_t call, uint32_t release, bool grows,
                      FixEdits *out) {
  Reuse r = {.t = t, .grows = grows, .loop = loop, .call = call, .release = release};
  if (loop == NO_TOKEN || call == NO_TOKEN || release == NO_TOKEN)
    return "a macro wrote part of it";
  const char *why = find_loop(&r);
  why = why ? why : find_allocation(&r);
  why = why ? why : find_release(&r);
  why = why ? why : check_inside(&r);
  why = why ? why : check_outside(&r);
  why = why ? why : check_exits(&r);
  if (why)
    return why;
  char *name = fix_words(t, r.name, r.name);
  if (grows && (!is_new_name(t, name, "size") || !is_new_name(t, name, "need"))) {
    free(name);
    return "the names that the new variables would get are taken";
  }
  write_before(&r, name, out);
  write_allocation(&r, name, out);
  remove_release(&r, out);
  write_after(&r, name, out);
  free(name);
  return NULL;
}
