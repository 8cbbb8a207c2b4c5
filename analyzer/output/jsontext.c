/* Whatever is not plain (text beyond ASCII, fractions) is left to jansson. */
#include "analyzer/output/jsontext.h"

#include "db/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void new_line(JsonText *t) {
  hp_buf_addc(t->out, '\n');
  for (uint32_t i = 0; i < t->depth; i++)
    hp_buf_addn(t->out, "  ", 2);
}

/* Takes the value. */
static void add_value(HpBuf *out, json_t *value) {
  char *text = json_dumps(value, JSON_ENCODE_ANY);
  hp_buf_add(out, text ? text : "null");
  free(text);
  json_decref(value);
}

static size_t plain_length(const char *text) {
  size_t n = 0;
  while (text[n] >= ' ' && text[n] != '"' && text[n] != '\\')
    n++;
  return n;
}

static bool is_ascii(const char *text) {
  for (; *text; text++)
    if (*text & 0x80)
      return false;
  return true;
}

static void add_escape(HpBuf *out, char c) {
  static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
  const char *at = strchr(plain, c);
  if (at)
    hp_buf_addf(out, "\\%c", letters[at - plain]);
  else
    hp_buf_addf(out, "\\u%04X", (unsigned)c);
}

static void add_string(HpBuf *out, const char *text) {
  if (!is_ascii(text)) {
    add_value(out, db_json_text(text));
    return;
  }
  hp_buf_addc(out, '"');
  for (;;) {
    size_t n = plain_length(text);
    hp_buf_addn(out, text, n);
    text += n;
    if (!*text)
      break;
    add_escape(out, *text++);
  }
  hp_buf_addc(out, '"');
}

/* Before a value. */
static void begin_value(JsonText *t, const char *key) {
  if (t->inside)
    hp_buf_addc(t->out, ',');
  if (t->depth)
    new_line(t);
  t->inside = true;
  if (!key)
    return;
  add_string(t->out, key);
  hp_buf_addn(t->out, ": ", 2);
}

void json_text_begin(JsonText *t, const char *key, char kind) {
  begin_value(t, key);
  hp_buf_addc(t->out, kind);
  t->depth++;
  t->inside = false;
}

void json_text_end(JsonText *t, char kind) {
  t->depth--;
  if (t->inside)
    new_line(t);
  hp_buf_addc(t->out, kind == '{' ? '}' : ']');
  t->inside = true;
}

void json_text_string(JsonText *t, const char *key, const char *text) {
  begin_value(t, key);
  if (text)
    add_string(t->out, text);
  else
    hp_buf_addn(t->out, "null", 4);
}

void json_text_integer(JsonText *t, const char *key, int64_t value) {
  begin_value(t, key);
  hp_buf_addf(t->out, "%lld", (long long)value);
}

void json_text_real(JsonText *t, const char *key, double value) {
  const double exact = 1e15; /* below, whole numbers are written without an exponent */
  begin_value(t, key);
  if (value > -exact && value < exact && value == trunc(value) && !(value == 0 && signbit(value)))
    hp_buf_addf(t->out, "%lld.0", (long long)value);
  else
    add_value(t->out, json_real(value));
}

void json_text_boolean(JsonText *t, const char *key, bool value) {
  begin_value(t, key);
  hp_buf_add(t->out, value ? "true" : "false");
}
