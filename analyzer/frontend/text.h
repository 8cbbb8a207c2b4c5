/* Reading C source as characters, where libclang does not say what stands there. */
#ifndef HPLINT_ANALYZER_FRONTEND_TEXT_H
#define HPLINT_ANALYZER_FRONTEND_TEXT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Text {
  const char *at, *end;
} Text;

bool text_starts(const Text *t, const char *word);
void text_skip_blank(Text *t);  /* past white space, comments and line splices */
void text_skip_quoted(Text *t); /* past the string or character constant at `at` */
void text_skip_word(Text *t);   /* past letters, digits and underscores */
/* Past the bracketed text that begins at `at`, whatever brackets are inside; false when it never
 * ends. */
bool text_skip_brackets(Text *t);

#endif
