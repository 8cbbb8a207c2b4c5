#include "analyzer/frontend/text.h"

#include <ctype.h>
#include <string.h>

bool text_starts(const Text *t, const char *word) {
  size_t length = strlen(word);
  return (size_t)(t->end - t->at) >= length && !memcmp(t->at, word, length);
}

/* A line continued by a backslash: its length, or 0. */
static size_t splice(const Text *t) {
  if (text_starts(t, "\\\n"))
    return 2;
  return text_starts(t, "\\\r\n") ? 3 : 0;
}

void text_skip_blank(Text *t) {
  while (t->at < t->end) {
    size_t joined = splice(t);
    if (joined) {
      t->at += joined;
    } else if (isspace((unsigned char)*t->at)) {
      t->at++;
    } else if (text_starts(t, "//")) {
      while (t->at < t->end && *t->at != '\n')
        t->at += splice(t) ? splice(t) : 1;
    } else if (text_starts(t, "/*")) {
      const char *close = memmem(t->at + 2, (size_t)(t->end - t->at - 2), "*/", 2);
      t->at = close ? close + 2 : t->end;
    } else {
      return;
    }
  }
}

void text_skip_quoted(Text *t) {
  char quote = *t->at++;
  while (t->at < t->end && *t->at != quote)
    t->at += *t->at == '\\' && t->at + 1 < t->end ? 2 : 1;
  if (t->at < t->end)
    t->at++;
}

void text_skip_word(Text *t) {
  while (t->at < t->end && (isalnum((unsigned char)*t->at) || *t->at == '_'))
    t->at++;
}

bool text_skip_bracket(Text *t) {
  uint32_t depth = 0;
  for (text_skip_blank(t); t->at < t->end; text_skip_blank(t)) {
    char c = *t->at;
    if (c == '"' || c == '\'') {
      text_skip_quoted(t);
      continue;
    }
    t->at++;
    if (c == '(' || c == '[' || c == '{')
      depth++;
    else if ((c == ')' || c == ']' || c == '}') && --depth == 0)
      return true;
    if (!depth)
      return false;
  }
  return false;
}

void text_skip_argument(Text *t) {
  for (text_skip_blank(t); t->at < t->end && *t->at != ',' && *t->at != ')'; text_skip_blank(t)) {
    if (*t->at == '"' || *t->at == '\'')
      text_skip_quoted(t);
    else if (*t->at == '(' || *t->at == '[' || *t->at == '{')
      text_skip_bracket(t);
    else
      t->at++;
  }
}

bool text_take(Text *t, char c) {
  text_skip_blank(t);
  if (t->at >= t->end || *t->at != c)
    return false;
  t->at++;
  return true;
}

bool text_word(Text *t, char *word, size_t size) {
  size_t n = 0;
  text_skip_blank(t);
  word[0] = 0;
  if (t->at >= t->end || isdigit((unsigned char)*t->at))
    return false;
  for (; t->at < t->end && (isalnum((unsigned char)*t->at) || *t->at == '_'); t->at++)
    if (n + 1 < size)
      word[n++] = *t->at;
  word[n] = 0;
  return n != 0;
}

static bool line_goes_on(const char *text, const char *newline) {
  if (newline > text && newline[-1] == '\r')
    newline--;
  return newline > text && newline[-1] == '\\';
}

/* The `#` of the directive that a place lies in, or NULL. */
static const char *directive_start(const char *text, const char *at) {
  const char *start = at;
  while (start > text && (start[-1] != '\n' || line_goes_on(text, start - 1)))
    start--;
  while (start < at && (*start == ' ' || *start == '\t'))
    start++;
  return start < at && *start == '#' ? start : NULL;
}

/* A directive ends with its line, whatever follows. */
static void end_with_directive(const char *text, Text *t) {
  if (!directive_start(text, t->at))
    return;
  const char *end = t->at;
  while (end < t->end && (*end != '\n' || line_goes_on(text, end)))
    end++;
  t->end = end;
}

static bool text_from(Lower *l, CXFile file, CXSourceLocation inside, unsigned offset, Text *out) {
  FileEntry *f = lower_file(l, file, inside);
  size_t size = 0;
  const char *text = f ? file_text(l, f, &size) : NULL;
  if (!text || offset >= size)
    return false;
  *out = (Text){text + offset, text + size};
  end_with_directive(text, out);
  return true;
}

bool text_at_spelling(Lower *l, CXSourceLocation at, Text *out) {
  CXFile file = NULL;
  unsigned offset = 0;
  clang_getSpellingLocation(at, &file, NULL, NULL, &offset);
  return text_from(l, file, at, offset, out);
}

bool text_of_macro(Lower *l, CXSourceLocation at, Text *out) {
  CXFile file = NULL;
  unsigned offset = 0;
  clang_getSpellingLocation(at, &file, NULL, NULL, &offset);
  if (!text_from(l, file, at, offset, out))
    return false;
  char word[16];
  const char *start = directive_start(out->at - offset, out->at);
  if (!start)
    return false;
  out->at = start + 1;
  return text_word(out, word, sizeof word) && !strcmp(word, "define");
}

bool text_at_expansion(Lower *l, CXSourceLocation at, Text *out) {
  CXFile file = NULL;
  unsigned offset = 0;
  clang_getExpansionLocation(at, &file, NULL, NULL, &offset);
  return text_from(l, file, at, offset, out);
}
