/* The members of a record in another order. A member takes along the comments and the white space
 * before it, and the comment behind it on its line. */
#include "analyzer/fix/text.h"

#include <stdlib.h>
#include <string.h>

/* One declaration, of one or more fields. */
typedef struct Member {
  size_t from, to;
  uint32_t place, index; /* of its first field in the new order; as declared */
  bool headed, apart;    /* a comment stands above it; a blank line does */
} Member;

typedef struct Body {
  const FixText *t;
  const char *names; /* in the new order, joined by commas */
  uint32_t nnames, met;
  Member *members;
  uint32_t count, cap;
} Body;

/* Place of a name in the new order; NO_TOKEN. */
static uint32_t place_of_name(const Body *b, uint32_t name) {
  size_t size = b->t->tokens[name].end - b->t->tokens[name].at;
  const char *word = b->t->text + b->t->tokens[name].at;
  uint32_t place = 0;
  for (const char *at = b->names;; place++) {
    size_t length = strcspn(at, ",");
    if (length == size && !memcmp(at, word, size))
      return place;
    if (!at[length])
      return NO_TOKEN;
    at += length + 1;
  }
}

/* The name that first .. last declare: the last word, or the one in `(*name)(...)`. */
static uint32_t declared_name(const FixText *t, uint32_t first, uint32_t last) {
  uint32_t name = NO_TOKEN;
  for (uint32_t i = first; i <= last; i++) {
    if (fix_is(t, i, ":"))
      return NO_TOKEN;
    if (fix_is(t, i, "{")) {
      i = fix_match(t, i);
    } else if (fix_is(t, i, "[")) {
      return name;
    } else if (fix_is(t, i, "(")) {
      return fix_is(t, i + 1, "*") && fix_is_word(t, i + 2) && fix_is(t, i + 3, ")") ? i + 2
                                                                                     : NO_TOKEN;
    } else if (fix_is_word(t, i)) {
      name = i;
    }
  }
  return name;
}

/* The fields of the declaration first .. last, without its semicolon. */
static bool read_names(Body *b, uint32_t first, uint32_t last, Member *m) {
  uint32_t from = first;
  for (uint32_t i = first; i <= last + 1; i++) {
    if (i <= last && (fix_is(b->t, i, "{") || fix_is(b->t, i, "(") || fix_is(b->t, i, "[")))
      i = fix_match(b->t, i);
    if (i <= last && !fix_is(b->t, i, ","))
      continue;
    uint32_t name = i > from ? declared_name(b->t, from, i - 1) : NO_TOKEN;
    uint32_t place = name == NO_TOKEN ? NO_TOKEN : place_of_name(b, name);
    if (place == NO_TOKEN)
      return false;
    m->place = place < m->place ? place : m->place;
    b->met++;
    from = i + 1;
  }
  return true;
}

static bool starts_comment(const FixText *t, size_t at) {
  return at + 1 < t->size && t->text[at] == '/' &&
         (t->text[at + 1] == '/' || t->text[at + 1] == '*');
}

/* Behind a member and its comment, also where that goes on in lines of its own, further to the
 * right than the member. */
static size_t behind_member(const FixText *t, uint32_t first, uint32_t last) {
  size_t end = t->tokens[last].end, to = fix_behind_comments(t, end);
  size_t column = t->tokens[first].at - fix_line_start(t, t->tokens[first].at);
  while (to != end) {
    size_t next = to, line;
    while (next < t->size && (t->text[next] == ' ' || t->text[next] == '\r'))
      next++;
    if (next >= t->size || t->text[next] != '\n')
      break;
    for (line = ++next; next < t->size && (t->text[next] == ' ' || t->text[next] == '\t');)
      next++;
    if (!starts_comment(t, next) || next - line <= column)
      break;
    to = fix_behind_comments(t, next);
  }
  return to;
}

/* What stands above the member, since the last one. */
static void look_above(const FixText *t, Member *m, uint32_t first) {
  uint32_t newlines = 0;
  m->headed = t->tokens[first].comment;
  for (size_t at = m->from; at < t->tokens[first].at; at++) {
    newlines = t->text[at] == '\n' ? newlines + 1 : strchr(" \t\r", t->text[at]) ? newlines : 0;
    m->apart |= newlines > 1;
  }
  /* a comment that belongs to the opening brace or the last member does not count */
  size_t at = m->from;
  while (at < t->tokens[first].at && strchr(" \t\r\n", t->text[at]))
    at++;
  m->headed &= at < t->tokens[first].at;
}

static const char *read_members(Body *b, uint32_t open, uint32_t close) {
  size_t from = fix_behind_comments(b->t, b->t->tokens[open].end);
  for (uint32_t i = open + 1; i < close;) {
    uint32_t end = fix_statement_end(b->t, i);
    if (end == NO_TOKEN || end >= close)
      return "the record's text is not understood";
    Member m = {.from = from, .place = NO_TOKEN, .index = b->count};
    m.to = from = behind_member(b->t, i, end);
    look_above(b->t, &m, i);
    if (end == i || !read_names(b, i, end - 1, &m))
      return "a member's declaration is not understood";
    HP_GROW(b->members, b->count, b->cap);
    b->members[b->count++] = m;
    i = end + 1;
  }
  return b->met == b->nnames && b->count > 1 ? NULL : "a macro declares some of its members";
}

static int by_place(const void *a, const void *b) {
  const Member *x = a, *y = b;
  return (x->place > y->place) - (x->place < y->place);
}

static bool moved(const Body *b) {
  for (uint32_t i = 0; i < b->count; i++)
    if (b->members[i].index != i)
      return true;
  return false;
}

/* Members below a comment that may be about all of them: up to a blank line or the next comment. */
static bool parts_a_group(const Member *declared, const Member *sorted, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    uint32_t at = 0, size = 1;
    while (declared[i].headed && i + size < count && !declared[i + size].headed &&
           !declared[i + size].apart)
      size++;
    while (sorted[at].index != i)
      at++;
    for (uint32_t k = 1; k < size; k++)
      if (at + k >= count || sorted[at + k].index != i + k)
        return true;
  }
  return false;
}

/* Past the empty lines that a member would bring to the top of the record. */
static size_t behind_empty_lines(const FixText *t, size_t from) {
  size_t kept = from;
  for (size_t at = from; at < t->size && strchr(" \t\r\n", t->text[at]); at++)
    if (t->text[at] == '\n')
      kept = at > from && t->text[at - 1] == '\r' ? at - 1 : at;
  return kept;
}

static const char *write_members(Body *b, FixEdits *out) {
  size_t from = b->members[0].from, to = b->members[b->count - 1].to;
  HpBuf text = {0};
  Member *declared = hp_calloc(b->count, sizeof *declared);
  memcpy(declared, b->members, b->count * sizeof *declared);
  qsort(b->members, b->count, sizeof *b->members, by_place);
  if (b->members[0].apart && !declared[0].apart)
    b->members[0].from = behind_empty_lines(b->t, b->members[0].from);
  for (uint32_t i = 0; i < b->count; i++)
    hp_buf_addn(&text, b->t->text + b->members[i].from, b->members[i].to - b->members[i].from);
  const char *why = !moved(b) ? "several fields of one declaration would have to be parted"
                    : parts_a_group(declared, b->members, b->count)
                        ? "a comment stands above several members that would be parted"
                        : NULL;
  free(declared);
  if (why) {
    hp_buf_free(&text);
    return why;
  }
  fix_edit(out, from, to, hp_buf_take(&text));
  return NULL;
}

const char *fix_reorder(const FixText *t, uint32_t record, const char *names, FixEdits *out) {
  uint32_t open = record;
  while (fix_is_word(t, open))
    open++;
  uint32_t close = fix_is(t, open, "{") ? fix_match(t, open) : NO_TOKEN;
  if (close == NO_TOKEN)
    return "the record's text is not understood";
  if (fix_has_directive(t, open, close))
    return "a line of the preprocessor stands in the record";
  Body b = {.t = t, .names = names, .nnames = 1};
  for (const char *at = names; *at; at++)
    b.nnames += *at == ',';
  const char *why = read_members(&b, open, close);
  if (!why)
    why = write_members(&b, out);
  free(b.members);
  return why;
}
