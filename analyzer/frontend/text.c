/* Reading C source as characters. */
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

bool text_skip_brackets(Text *t) {
  int depth = 0;
  for (; t->at < t->end; text_skip_blank(t)) {
    char c = *t->at;
    if (c == '"' || c == '\'') {
      text_skip_quoted(t);
      continue;
    }
    t->at++;
    if (c == '(' || c == '[' || c == '{')
      depth++;
    else if ((c == ')' || c == ']' || c == '}') && --depth <= 0)
      return true;
  }
  return false;
}
