/* Looking at source text where libclang shows too little: blanks, comments, strings, brackets. */
#ifndef HPLINT_ANALYZER_FRONTEND_TEXT_H
#define HPLINT_ANALYZER_FRONTEND_TEXT_H

#include "analyzer/frontend/lower.h"

typedef struct Text {
  const char *at, *end;
} Text;

bool text_starts(const Text *t, const char *word);
/* Past white space, comments and line splices. */
void text_skip_blank(Text *t);
/* Past the string or character constant that starts here. */
void text_skip_quoted(Text *t);
void text_skip_word(Text *t); /* past letters, digits and underscores */
/* Past a bracket that opens here and all up to its partner; false if there is none. */
bool text_skip_bracket(Text *t);
/* Up to the comma or bracket behind an argument. */
void text_skip_argument(Text *t);
/* Past blanks and the character, if it is next. */
bool text_take(Text *t, char c);
/* Past blanks and an identifier, which is copied as far as it fits; "" and false if none is next.
 */
bool text_word(Text *t, char *word, size_t size);
/* The text from a place on. Inside of a macro's definition it ends with that. */
bool text_at_spelling(Lower *l, CXSourceLocation at, Text *out);
/* The definition of the macro that the place lies in, from its name on; false if it lies in none.
 */
bool text_of_macro(Lower *l, CXSourceLocation at, Text *out);
bool text_at_expansion(Lower *l, CXSourceLocation at, Text *out);

#endif
