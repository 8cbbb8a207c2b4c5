/* C text as tokens: enough of it to find statements and declarations in code that is known to
 * compile. */
#ifndef HPLINT_ANALYZER_FIX_TEXT_H
#define HPLINT_ANALYZER_FIX_TEXT_H

#include "analyzer/fix/fix.h"

typedef enum FixTokenKind { TOKEN_WORD, TOKEN_LITERAL, TOKEN_MARK } FixTokenKind;

/* Comments and lines of the preprocessor are no tokens: the next one says that they were there. */
typedef struct FixToken {
  size_t at, end;
  FixTokenKind kind;
  bool comment, directive;
} FixToken;

typedef struct FixText {
  const char *text;
  size_t size;
  FixToken *tokens;
  uint32_t count, cap;
} FixText;

enum { NO_TOKEN = UINT32_MAX };

FixText fix_text_new(const char *text, size_t size);
void fix_text_free(FixText *t);

/* The token that begins at a place, NO_TOKEN. */
uint32_t fix_token_at(const FixText *t, uint32_t line, uint32_t column);
/* These take any number, NO_TOKEN and those past the end too. */
bool fix_is(const FixText *t, uint32_t i, const char *word);
bool fix_is_any(const FixText *t, uint32_t i, const char *const *words);
bool fix_is_word(const FixText *t, uint32_t i);
bool fix_same(const FixText *t, uint32_t i, uint32_t k);
/* The bracket that closes the one at i. */
uint32_t fix_match(const FixText *t, uint32_t i);
/* The last token of the statement that begins at i. */
uint32_t fix_statement_end(const FixText *t, uint32_t i);
/* Does a line of the preprocessor stand between two tokens, or before the first? */
bool fix_has_directive(const FixText *t, uint32_t from, uint32_t to);
/* The first token first .. last that is the word, NO_TOKEN. */
uint32_t fix_find(const FixText *t, uint32_t first, uint32_t last, const char *word);
/* From the start of token `first` to the end of token `last`; heap. */
char *fix_words(const FixText *t, uint32_t first, uint32_t last);

/* ---- lines ----------------------------------------------------------------------------------- */

size_t fix_line_start(const FixText *t, size_t at);
bool fix_first_on_line(const FixText *t, size_t at);
/* The white space that the line begins with; heap. */
char *fix_indent(const FixText *t, size_t at);
const char *fix_newline(const FixText *t);
/* Behind the comments that follow on the same line; `at` when there is other code. */
size_t fix_behind_comments(const FixText *t, size_t at);

void fix_edit(FixEdits *edits, size_t from, size_t to, char *text);

/* ---- kinds of fixes: NULL or why not, a text of the program ---------------------------------- */

const char *fix_interchange(const FixText *t, uint32_t outer, uint32_t inner, FixEdits *out);
const char *fix_reuse(const FixText *t, uint32_t loop, uint32_t call, uint32_t release, bool grows,
                      FixEdits *out);
const char *fix_reorder(const FixText *t, uint32_t record, const char *names, FixEdits *out);
const char *fix_grow(const FixText *t, uint32_t statement, FixEdits *out);

#endif
