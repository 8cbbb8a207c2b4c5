/* Tokens of the IR's text form, one at a time, with sticky failure: after the first error only
 * TOK_END comes, so that every loop of the parser ends. Internal to ir/. */
#ifndef HPLINT_IR_LEX_H
#define HPLINT_IR_LEX_H

#include "ir/support.h"

/* Other kinds are the character itself: punctuation, and % @ $ ! for a name behind that sigil. */
typedef enum TokKind { TOK_END, TOK_LINE, TOK_WORD, TOK_INT, TOK_FLOAT, TOK_STRING } TokKind;
typedef struct Tok {
  int kind;
  const char *text; /* word, name or decoded string; not NUL-terminated */
  size_t length;
  uint64_t number;       /* TOK_INT; a sigil with #number */
  double value;          /* TOK_FLOAT */
  bool spaced;           /* white space before it */
  bool quoted, numbered; /* sigils: "name", #number */
  uint32_t line, column;
} Tok;

typedef struct Lex {
  const char *at, *end, *line_start;
  const char *file;
  uint32_t line;
  HpArena *arena; /* decoded strings */
  HpError *err;
  bool failed;
  Tok tok; /* the current one */
} Lex;

void lex_start(Lex *l, const char *text, size_t length, const char *file, HpArena *arena,
               HpError *err);
void lex_next(Lex *l);
/* The first failure wins. Always false. */
bool lex_fail(Lex *l, const Tok *where, const char *fmt, ...) HP_PRINTF(3, 4);

static inline bool lex_is(const Lex *l, int kind) {
  return l->tok.kind == kind;
}
bool lex_is_word(const Lex *l, const char *word);
/* Takes the token if it is that kind or word. */
bool lex_take(Lex *l, int kind);
bool lex_take_word(Lex *l, const char *word);
/* Takes it or fails. */
bool lex_expect(Lex *l, int kind, const char *what);
uint64_t lex_number(Lex *l, const char *what);
uint32_t lex_number32(Lex *l, const char *what);
/* The token as text, for messages and names: copied into the arena. */
const char *lex_text(Lex *l, const Tok *tok);

#endif
