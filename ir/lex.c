#include "ir/lex.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool lex_fail(Lex *l, const Tok *where, const char *fmt, ...) {
  char what[600];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(what, sizeof what, fmt, ap);
  va_end(ap);
  if (!l->failed)
    hp_fail(l->err, "%s:%u:%u: %s", l->file, where->line, where->column, what);
  l->failed = true;
  l->tok.kind = TOK_END;
  return false;
}

void lex_start(Lex *l, const char *text, size_t length, const char *file, HpArena *arena,
               HpError *err) {
  *l = (Lex){.at = text,
             .end = text + length,
             .line_start = text,
             .file = file,
             .line = 1,
             .arena = arena,
             .err = err};
  lex_next(l);
}

static bool word_start(int c) {
  return c == '_' || isalpha(c);
}

static int peek(const Lex *l, size_t ahead) {
  return (size_t)(l->end - l->at) > ahead ? (unsigned char)l->at[ahead] : 0;
}

/* Blanks and comments; a `;` starts one that runs to the end of the line. */
static void skip_blanks(Lex *l) {
  while (l->at < l->end && (*l->at == ' ' || *l->at == '\t' || *l->at == '\r' || *l->at == ';')) {
    l->tok.spaced = true;
    if (*l->at == ';')
      while (l->at < l->end && *l->at != '\n')
        l->at++;
    else
      l->at++;
  }
}

static int hex_digit(int c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = tolower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The character behind a backslash; -1 if there is no such escape. */
static int escape(Lex *l) {
  int c = peek(l, 0);
  if (c == 'x') {
    int high = hex_digit(peek(l, 1)), low = high < 0 ? -1 : hex_digit(peek(l, 2));
    l->at += 3;
    return low < 0 ? -1 : high * 16 + low;
  }
  l->at++;
  switch (c) {
  case 'n':
    return '\n';
  case 't':
    return '\t';
  case '0':
    return 0;
  case '"':
  case '\\':
    return c;
  default:
    return -1;
  }
}

static void lex_string(Lex *l) {
  HpBuf bytes = {0};
  const char *problem = NULL;
  l->at++;
  while (!problem && peek(l, 0) != '"') {
    int c = l->at < l->end ? (unsigned char)*l->at : '\n';
    if (c == '\n') {
      problem = "string without an end";
      break;
    }
    l->at++;
    if (c == '\\') {
      c = peek(l, 0) ? escape(l) : -1;
      if (c < 0 || l->at > l->end)
        problem = "bad escape in a string";
    }
    hp_buf_addc(&bytes, (char)c);
  }
  l->tok.length = bytes.length;
  l->tok.text = bytes.length ? hp_arena_copy(l->arena, bytes.text, bytes.length) : "";
  hp_buf_free(&bytes);
  if (problem)
    lex_fail(l, &l->tok, "%s", problem);
  else
    l->at++;
}

static uint64_t digits(Lex *l) {
  uint64_t n = 0;
  bool hex = peek(l, 0) == '0' && (peek(l, 1) == 'x' || peek(l, 1) == 'X');
  uint64_t base = hex ? 16 : 10;
  l->at += hex ? 2 : 0;
  for (;; l->at++) {
    int d = hex ? hex_digit(peek(l, 0)) : isdigit(peek(l, 0)) ? peek(l, 0) - '0' : -1;
    if (d < 0 || l->failed)
      return n;
    if (n > (UINT64_MAX - (uint64_t)d) / base)
      lex_fail(l, &l->tok, "number too large");
    n = n * base + (uint64_t)d;
  }
}

/* Is the number at `at` written with a fraction or an exponent? */
static bool is_float(const Lex *l) {
  size_t i = 0;
  while (isdigit(peek(l, i)))
    i++;
  if (peek(l, i) == '.')
    return isdigit(peek(l, i + 1));
  if (peek(l, i) != 'e')
    return false;
  i++;
  return isdigit(peek(l, i)) ||
         ((peek(l, i) == '+' || peek(l, i) == '-') && isdigit(peek(l, i + 1)));
}

static void lex_float(Lex *l) {
  char text[64];
  size_t n = 0;
  while (n < sizeof text - 1 &&
         (isalnum(peek(l, n)) || peek(l, n) == '.' ||
          ((peek(l, n) == '+' || peek(l, n) == '-') && n && text[n - 1] == 'e'))) {
    text[n] = (char)peek(l, n);
    n++;
  }
  text[n] = 0;
  char *end;
  l->tok.value = strtod(text, &end);
  l->at += end - text;
  l->tok.kind = TOK_FLOAT;
}

static void lex_name(Lex *l) {
  const char *start = l->at;
  while (isalnum(peek(l, 0)) || peek(l, 0) == '_' || peek(l, 0) == '.' || peek(l, 0) == '$')
    l->at++;
  l->tok.text = start;
  l->tok.length = (size_t)(l->at - start);
}

static void lex_sigil(Lex *l) {
  l->tok.kind = (unsigned char)*l->at++;
  if (peek(l, 0) == '"') {
    l->tok.quoted = true;
    lex_string(l);
  } else if (peek(l, 0) == '#' && isdigit(peek(l, 1))) {
    l->at++;
    l->tok.numbered = true;
    l->tok.number = digits(l);
  } else {
    lex_name(l);
  }
}

static void lex_word(Lex *l) {
  const char *start = l->at;
  while (word_start(peek(l, 0)) || isdigit(peek(l, 0)))
    l->at++;
  l->tok.kind = TOK_WORD;
  l->tok.text = start;
  l->tok.length = (size_t)(l->at - start);
}

void lex_next(Lex *l) {
  if (l->failed)
    return;
  l->tok = (Tok){.text = ""};
  skip_blanks(l);
  l->tok.line = l->line;
  l->tok.column = (uint32_t)(l->at - l->line_start) + 1;
  int c = peek(l, 0);
  if (l->at == l->end) {
    l->tok.kind = TOK_END;
  } else if (c == '\n') {
    l->tok.kind = TOK_LINE;
    l->at++;
    l->line++;
    l->line_start = l->at;
  } else if (isdigit(c)) {
    l->tok.kind = TOK_INT;
    if (is_float(l))
      lex_float(l);
    else
      l->tok.number = digits(l);
  } else if (word_start(c)) {
    lex_word(l);
  } else if (c == '"') {
    l->tok.kind = TOK_STRING;
    lex_string(l);
  } else if (c && strchr("%@$!", c)) {
    lex_sigil(l);
  } else if (c > 0x20 && c < 0x7F) {
    l->tok.kind = c;
    l->at++;
  } else {
    lex_fail(l, &l->tok, "unexpected character \\x%02x", c);
  }
}

bool lex_is_word(const Lex *l, const char *word) {
  return l->tok.kind == TOK_WORD && l->tok.length == strlen(word) &&
         !memcmp(l->tok.text, word, l->tok.length);
}

bool lex_take(Lex *l, int kind) {
  if (l->tok.kind != kind)
    return false;
  lex_next(l);
  return true;
}

bool lex_take_word(Lex *l, const char *word) {
  if (!lex_is_word(l, word))
    return false;
  lex_next(l);
  return true;
}

bool lex_expect(Lex *l, int kind, const char *what) {
  return lex_take(l, kind) || lex_fail(l, &l->tok, "expected %s", what);
}

uint64_t lex_number(Lex *l, const char *what) {
  uint64_t n = l->tok.number;
  return lex_expect(l, TOK_INT, what) ? n : 0;
}

uint32_t lex_number32(Lex *l, const char *what) {
  Tok at = l->tok;
  uint64_t n = lex_number(l, what);
  if (n > UINT32_MAX)
    lex_fail(l, &at, "number too large for %s", what);
  return (uint32_t)n;
}

const char *lex_text(Lex *l, const Tok *tok) {
  char *copy = hp_arena_alloc(l->arena, tok->length + 1);
  if (tok->length)
    memcpy(copy, tok->text, tok->length);
  return copy;
}
