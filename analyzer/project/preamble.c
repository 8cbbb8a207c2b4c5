#include "analyzer/project/preamble.h"

#include <stdlib.h>
#include <string.h>

typedef struct Scan {
  const char *at, *end;
  HpBuf out;   /* the directives */
  char *blank; /* the end, where the text may be written to; NULL: it is only read */
} Scan;

/* ---- space ----------------------------------------------------------------------------------- */

static void skip_blanks(Scan *s) {
  while (s->at < s->end && (*s->at == ' ' || *s->at == '\t'))
    s->at++;
}

/* The end of the line; NULL when it goes on in the next one, or the text ends before it does. */
static const char *end_of_line(const Scan *s) {
  const char *end = memchr(s->at, '\n', (size_t)(s->end - s->at));
  size_t length = end ? (size_t)(end - s->at) : 0;
  /* A backslash, or the trigraph for one. */
  bool goes_on = memchr(s->at, '\\', length) || memmem(s->at, length, "?\?/", 3);
  return goes_on ? NULL : end;
}

/* Behind a comment; false: none begins here, or it does not end as it should. */
static bool skip_comment(Scan *s) {
  const char *end = NULL;
  if (s->end - s->at < 2 || s->at[0] != '/')
    return false;
  if (s->at[1] == '*') {
    const char *close = memmem(s->at + 2, (size_t)(s->end - s->at - 2), "*/", 2);
    end = close ? close + 2 : NULL;
  } else if (s->at[1] == '/') {
    end = end_of_line(s);
  }
  s->at = end ? end : s->at;
  return end;
}

/* Behind blanks, ends of lines and comments. */
static void skip_space(Scan *s) {
  do
    while (s->at < s->end && *s->at && strchr(" \t\r\n\f\v", *s->at))
      s->at++;
  while (skip_comment(s));
}

/* Nothing but comments up to the end of the line. */
static bool skip_rest(Scan *s) {
  do
    skip_blanks(s);
  while (skip_comment(s));
  return s->at < s->end && (*s->at == '\n' || *s->at == '\r');
}

/* ---- directives ------------------------------------------------------------------------------ */

typedef enum Kind { KIND_NONE, KIND_INCLUDE, KIND_IF, KIND_ELSE, KIND_ENDIF } Kind;

static Kind kind_of(const char *word, size_t length) {
  static const struct {
    const char *word;
    Kind kind;
  } words[] = {{"include", KIND_INCLUDE}, {"if", KIND_IF},     {"ifdef", KIND_IF},
               {"ifndef", KIND_IF},       {"else", KIND_ELSE}, {"elif", KIND_ELSE},
               {"endif", KIND_ENDIF}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strlen(words[i].word) == length && !memcmp(word, words[i].word, length))
      return words[i].kind;
  return KIND_NONE;
}

/* Behind the name of an include, with its quotes or angles. */
static bool skip_name(Scan *s) {
  const char *line = end_of_line(s);
  if (!line || s->at == line || (*s->at != '"' && *s->at != '<'))
    return false;
  const char *close = memchr(s->at + 1, *s->at == '"' ? '"' : '>', (size_t)(line - s->at - 1));
  s->at = close ? close + 1 : s->at;
  return close;
}

/* Behind a condition without comments. */
static bool skip_condition(Scan *s) {
  const char *line = end_of_line(s);
  size_t length = line ? (size_t)(line - s->at) : 0;
  if (!line || memmem(s->at, length, "/*", 2) || memmem(s->at, length, "//", 2))
    return false;
  s->at = line;
  while (s->at[-1] == '\r' || s->at[-1] == ' ' || s->at[-1] == '\t')
    s->at--;
  return true;
}

/* With one blank behind its word, if anything is. */
static void take(Scan *s, const char *word, const char *word_end, const char *rest) {
  hp_buf_addc(&s->out, '#');
  hp_buf_addn(&s->out, word, (size_t)(word_end - word));
  if (rest < s->at) {
    hp_buf_addc(&s->out, ' ');
    hp_buf_addn(&s->out, rest, (size_t)(s->at - rest));
  }
  hp_buf_addc(&s->out, '\n');
}

/* One directive; what may follow it in its line are comments. */
static Kind directive(Scan *s) {
  skip_space(s);
  const char *start = s->at;
  if (s->at == s->end || *s->at != '#')
    return KIND_NONE;
  s->at++;
  skip_blanks(s);
  const char *word = s->at;
  while (s->at < s->end && *s->at >= 'a' && *s->at <= 'z')
    s->at++;
  const char *word_end = s->at;
  Kind kind = kind_of(word, (size_t)(word_end - word));
  skip_blanks(s);
  const char *rest = s->at;
  if ((kind == KIND_INCLUDE && !skip_name(s)) ||
      ((kind == KIND_IF || kind == KIND_ELSE) && !skip_condition(s)))
    return KIND_NONE;
  take(s, word, word_end, rest);
  if (s->blank)
    memset(s->blank - (s->end - start), ' ', (size_t)(s->at - start));
  return skip_rest(s) ? kind : KIND_NONE;
}

/* An include, or a conditional to its end. */
static bool part(Scan *s) {
  uint32_t depth = 0;
  do {
    Kind kind = directive(s);
    if (kind == KIND_NONE || (!depth && kind != KIND_INCLUDE && kind != KIND_IF))
      return false;
    depth += kind == KIND_IF;
    depth -= kind == KIND_ENDIF;
  } while (depth);
  return true;
}

static void parts_of(Scan *s, uint32_t most, PreambleParts *parts) {
  *parts = (PreambleParts){0};
  size_t length = 0;
  while (parts->count < most && part(s))
    length = parts->ends[parts->count++] = s->out.length;
  s->out.length = length;
  hp_buf_addn(&s->out, "", 0);
}

char *preamble_directives(const char *text, size_t size, PreambleParts *parts) {
  Scan s = {.at = text, .end = text + size};
  parts_of(&s, PREAMBLE_LONGEST, parts);
  return hp_buf_take(&s.out);
}

bool preamble_blank(char *text, size_t size, const char *directives) {
  PreambleParts parts;
  size_t length = strlen(directives);
  char *all = preamble_directives(text, size, &parts);
  uint32_t count = 0;
  while (count < parts.count && parts.ends[count] < length)
    count++;
  bool same =
      count < parts.count && parts.ends[count] == length && !memcmp(all, directives, length);
  free(all);
  if (!same)
    return false;
  Scan s = {.at = text, .end = text + size, .blank = text + size};
  parts_of(&s, count + 1, &parts);
  hp_buf_free(&s.out);
  return true;
}
