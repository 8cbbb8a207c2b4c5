/* JSON written straight into a buffer, where values would be many: the text is what jansson makes
 * of the same values with JSON_INDENT(2). */
#ifndef HPLINT_ANALYZER_OUTPUT_JSONTEXT_H
#define HPLINT_ANALYZER_OUTPUT_JSONTEXT_H

#include "ir/support.h"

typedef struct JsonText {
  HpBuf *out;
  uint32_t depth; /* of indentation */
  bool inside;    /* something stands in the object or list at hand */
} JsonText;

/* `key`: NULL in a list. Objects by '{', lists by '['; the end takes the same sign. */
void json_text_begin(JsonText *t, const char *key, char kind);
void json_text_end(JsonText *t, char kind);
/* NULL is null; text that is no UTF-8 is shown escaped (db_json_text). */
void json_text_string(JsonText *t, const char *key, const char *text);
void json_text_integer(JsonText *t, const char *key, int64_t value);
void json_text_real(JsonText *t, const char *key, double value);
void json_text_boolean(JsonText *t, const char *key, bool value);

#endif
