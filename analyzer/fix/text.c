#include "analyzer/fix/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- tokens ---------------------------------------------------------------------------------- */

typedef struct Scanner {
  FixText *t;
  size_t at;
  bool line_begins, comment, directive;
} Scanner;

static char ahead(const Scanner *s, size_t by) {
  return s->at + by < s->t->size ? s->t->text[s->at + by] : 0;
}

/* To the end of the line, lines that end in a backslash joined; comments that begin there too. */
static void skip_directive(Scanner *s) {
  while (s->at < s->t->size && ahead(s, 0) != '\n') {
    if (ahead(s, 0) == '\\' && ahead(s, 1) == '\n') {
      s->at += 2;
    } else if (ahead(s, 0) == '\\' && ahead(s, 1) == '\r' && ahead(s, 2) == '\n') {
      s->at += 3;
    } else if (ahead(s, 0) == '/' && ahead(s, 1) == '*') {
      const char *end = memmem(s->t->text + s->at + 2, s->t->size - s->at - 2, "*/", 2);
      s->at = end ? (size_t)(end - s->t->text) + 2 : s->t->size;
    } else {
      s->at++;
    }
  }
  s->directive = true;
}

static bool skip_space(Scanner *s) {
  char c = ahead(s, 0);
  if (c == '\n') {
    s->line_begins = true;
    s->at++;
  } else if (isspace((unsigned char)c) || (c == '\\' && isspace((unsigned char)ahead(s, 1)))) {
    s->at++;
  } else if (c == '/' && ahead(s, 1) == '/') {
    const char *end = memchr(s->t->text + s->at, '\n', s->t->size - s->at);
    s->at = end ? (size_t)(end - s->t->text) : s->t->size;
    s->comment = true;
  } else if (c == '/' && ahead(s, 1) == '*') {
    const char *end = memmem(s->t->text + s->at + 2, s->t->size - s->at - 2, "*/", 2);
    s->at = end ? (size_t)(end - s->t->text) + 2 : s->t->size;
    s->comment = true;
  } else if (c == '#' && s->line_begins) {
    skip_directive(s);
  } else {
    return false;
  }
  return true;
}

static bool is_name(char c) {
  return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static void quoted(Scanner *s) {
  char quote = ahead(s, 0);
  for (s->at++; s->at < s->t->size && ahead(s, 0) != quote && ahead(s, 0) != '\n'; s->at++)
    if (ahead(s, 0) == '\\')
      s->at++;
  s->at = s->at < s->t->size ? s->at + 1 : s->t->size;
}

static void mark(Scanner *s) {
  static const char *const longer[] = {
      "<<=", ">>=", "...", "++", "--", "->", "+=", "-=", "*=", "/=", "%=",
      "&=",  "|=",  "^=",  "==", "!=", "<=", ">=", "&&", "||", "<<", ">>"};
  for (size_t i = 0; i < sizeof longer / sizeof *longer; i++) {
    size_t n = strlen(longer[i]);
    if (n <= s->t->size - s->at && !memcmp(s->t->text + s->at, longer[i], n)) {
      s->at += n;
      return;
    }
  }
  s->at++;
}

static FixTokenKind token(Scanner *s) {
  char c = ahead(s, 0);
  if (c == '"' || c == '\'') {
    quoted(s);
    return TOKEN_LITERAL;
  }
  bool number = isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)ahead(s, 1)));
  if (!number && !is_name(c)) {
    mark(s);
    return TOKEN_MARK;
  }
  for (char last = 0; s->at < s->t->size; s->at++) {
    c = ahead(s, 0);
    bool sign = number && (c == '+' || c == '-') && strchr("eEpP", last) && last;
    if (!is_name(c) && !(number && c == '.') && !sign)
      break;
    last = c;
  }
  return number ? TOKEN_LITERAL : TOKEN_WORD;
}

FixText fix_text_new(const char *text, size_t size) {
  FixText t = {.text = text, .size = size};
  Scanner s = {.t = &t, .line_begins = true};
  while (s.at < size) {
    if (skip_space(&s))
      continue;
    HP_GROW(t.tokens, t.count, t.cap);
    FixToken *new = &t.tokens[t.count++];
    *new = (FixToken){.at = s.at, .comment = s.comment, .directive = s.directive};
    new->kind = token(&s);
    new->end = s.at;
    s.line_begins = s.comment = s.directive = false;
  }
  return t;
}

void fix_text_free(FixText *t) {
  free(t->tokens);
}

uint32_t fix_token_at(const FixText *t, uint32_t line, uint32_t column) {
  const char *at = t->text, *end = t->text + t->size;
  for (; at && line > 1; line--) {
    at = memchr(at, '\n', (size_t)(end - at));
    at = at ? at + 1 : NULL;
  }
  if (!at || !column || column > (size_t)(end - at))
    return NO_TOKEN;
  size_t offset = (size_t)(at - t->text) + column - 1;
  uint32_t low = 0, high = t->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (t->tokens[middle].at < offset)
      low = middle + 1;
    else
      high = middle;
  }
  return low < t->count && t->tokens[low].at == offset ? low : NO_TOKEN;
}

bool fix_is(const FixText *t, uint32_t i, const char *word) {
  if (i >= t->count)
    return false;
  size_t size = t->tokens[i].end - t->tokens[i].at;
  return strlen(word) == size && !memcmp(t->text + t->tokens[i].at, word, size);
}

bool fix_is_any(const FixText *t, uint32_t i, const char *const *words) {
  for (; *words; words++)
    if (fix_is(t, i, *words))
      return true;
  return false;
}

bool fix_is_word(const FixText *t, uint32_t i) {
  return i < t->count && t->tokens[i].kind == TOKEN_WORD;
}

bool fix_same(const FixText *t, uint32_t i, uint32_t k) {
  if (i >= t->count || k >= t->count)
    return false;
  size_t size = t->tokens[i].end - t->tokens[i].at;
  return size == t->tokens[k].end - t->tokens[k].at &&
         !memcmp(t->text + t->tokens[i].at, t->text + t->tokens[k].at, size);
}

uint32_t fix_match(const FixText *t, uint32_t i) {
  static const char *const open[] = {"(", "[", "{", NULL}, *const close[] = {")", "]", "}", NULL};
  for (uint32_t depth = 0; i < t->count; i++) {
    depth += fix_is_any(t, i, open);
    if (fix_is_any(t, i, close) && --depth == 0)
      return i;
    if (depth == 0)
      break;
  }
  return NO_TOKEN;
}

/* With the `if` whose branch it is. */
static uint32_t end_of_if(const FixText *t, uint32_t i) {
  uint32_t head = fix_match(t, i + 1);
  uint32_t end = head == NO_TOKEN ? NO_TOKEN : fix_statement_end(t, head + 1);
  if (end != NO_TOKEN && fix_is(t, end + 1, "else"))
    end = fix_statement_end(t, end + 2);
  return end;
}

uint32_t fix_statement_end(const FixText *t, uint32_t i) {
  static const char *const heads[] = {"for", "while", "switch", NULL};
  static const char *const open[] = {"(", "[", "{", NULL}, *const close[] = {")", "]", "}", NULL};
  if (fix_is(t, i, "{"))
    return fix_match(t, i);
  if (fix_is(t, i, "if"))
    return end_of_if(t, i);
  if (fix_is_any(t, i, heads)) {
    uint32_t head = fix_match(t, i + 1);
    return head == NO_TOKEN ? NO_TOKEN : fix_statement_end(t, head + 1);
  }
  if (fix_is(t, i, "do")) {
    uint32_t body = fix_statement_end(t, i + 1);
    uint32_t head = fix_is(t, body + 1, "while") ? fix_match(t, body + 2) : NO_TOKEN;
    return fix_is(t, head + 1, ";") ? head + 1 : NO_TOKEN;
  }
  for (; i < t->count && !fix_is(t, i, ";"); i++) {
    if (fix_is_any(t, i, close))
      return NO_TOKEN;
    if (fix_is_any(t, i, open) && (i = fix_match(t, i)) == NO_TOKEN)
      return NO_TOKEN;
  }
  return i < t->count ? i : NO_TOKEN;
}

bool fix_has_directive(const FixText *t, uint32_t from, uint32_t to) {
  for (uint32_t i = from; i <= to && i < t->count; i++)
    if (t->tokens[i].directive)
      return true;
  return false;
}

uint32_t fix_find(const FixText *t, uint32_t first, uint32_t last, const char *word) {
  for (uint32_t i = first; i <= last && i < t->count; i++)
    if (fix_is(t, i, word))
      return i;
  return NO_TOKEN;
}

char *fix_words(const FixText *t, uint32_t first, uint32_t last) {
  size_t from = t->tokens[first].at;
  return hp_strndup(t->text + from, t->tokens[last].end - from);
}

/* ---- lines ----------------------------------------------------------------------------------- */

size_t fix_line_start(const FixText *t, size_t at) {
  while (at > 0 && t->text[at - 1] != '\n')
    at--;
  return at;
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool fix_first_on_line(const FixText *t, size_t at) {
  while (at > 0 && is_blank(t->text[at - 1]))
    at--;
  return at == 0 || t->text[at - 1] == '\n';
}

char *fix_indent(const FixText *t, size_t at) {
  size_t start = fix_line_start(t, at), end = start;
  while (end < t->size && is_blank(t->text[end]))
    end++;
  return hp_strndup(t->text + start, end - start);
}

const char *fix_newline(const FixText *t) {
  const char *end = memchr(t->text, '\n', t->size);
  return end && end > t->text && end[-1] == '\r' ? "\r\n" : "\n";
}

size_t fix_behind_comments(const FixText *t, size_t at) {
  size_t behind = at;
  while (at < t->size) {
    const char *rest = t->text + at, *end = NULL;
    size_t left = t->size - at;
    if (is_blank(*rest) || *rest == '\r') {
      at++;
      continue;
    }
    if (*rest == '\n')
      return behind;
    if (left > 1 && !memcmp(rest, "//", 2)) {
      end = memchr(rest, '\n', left);
      end = end ? end : t->text + t->size;
      return (size_t)(end - t->text) - (end[-1] == '\r');
    }
    if (left < 4 || memcmp(rest, "/*", 2) || !(end = memmem(rest + 2, left - 2, "*/", 2)))
      return behind;
    at = behind = (size_t)(end - t->text) + 2;
  }
  return behind;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the edit owns the text */
void fix_edit(FixEdits *edits, size_t from, size_t to, char *text) {
  HP_GROW(edits->items, edits->count, edits->cap);
  edits->items[edits->count++] = (FixEdit){.from = from, .to = to, .text = text};
}
