/* Strings that are scanned once, built once, and kept with their lengths. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct buffer {
  char *text;
  size_t length, room;
};

static int reserve(struct buffer *b, size_t more) {
  size_t need = b->length + more + 1;
  if (need <= b->room)
    return 0;
  size_t room = b->room < 128 ? 128 : b->room * 2;
  if (room < need)
    room = need;
  char *text = realloc(b->text, room);
  if (!text)
    return -1;
  b->text = text;
  b->room = room;
  return 0;
}
static int add(struct buffer *b, const char *text, size_t n) {
  if (reserve(b, n))
    return -1;
  memcpy(b->text + b->length, text, n);
  b->length += n;
  b->text[b->length] = 0;
  return 0;
}
static int addf(struct buffer *b, const char *format, ...) {
  va_list args;
  va_start(args, format);
  int n = vsnprintf(NULL, 0, format, args);
  va_end(args);
  if (n < 0 || reserve(b, (size_t)n))
    return -1;
  va_start(args, format);
  vsnprintf(b->text + b->length, b->room - b->length, format, args);
  va_end(args);
  b->length += (size_t)n;
  return 0;
}

int as_json(struct buffer *b, const char *const *names, const int *values, int n) {
  if (add(b, "{", 1))
    return -1;
  for (int i = 0; i < n; i++)
    if (addf(b, "%s\"%s\": %d", i ? ", " : "", names[i], values[i]))
      return -1;
  return add(b, "}", 1);
}

int quoted(struct buffer *b, const char *text) {
  for (; *text; text++) {
    if ((*text == '"' || *text == '\\') && add(b, "\\", 1))
      return -1;
    if (add(b, text, 1))
      return -1;
  }
  return 0;
}

/* joined: lengths first, then one block */
char *join(const char *const *parts, int n, char between) {
  size_t size = 1;
  for (int i = 0; i < n; i++)
    size += strlen(parts[i]) + 1;
  char *text = malloc(size), *at = text;
  if (!text)
    return NULL;
  for (int i = 0; i < n; i++) {
    size_t length = strlen(parts[i]);
    memcpy(at, parts[i], length);
    at += length;
    *at++ = between;
  }
  *at = 0;
  return text;
}

/* in place */
void trim(char *line) {
  size_t n = strlen(line);
  while (n && isspace((unsigned char)line[n - 1]))
    n--;
  line[n] = 0;
}
int fields(char *line, char **out, int most) {
  int n = 0;
  for (char *save, *word = strtok_r(line, ",", &save); word && n < most;
       word = strtok_r(NULL, ",", &save))
    out[n++] = word;
  return n;
}
void lower(char *text) {
  for (size_t i = 0, n = strlen(text); i < n; i++)
    text[i] = (char)tolower((unsigned char)text[i]);
}
size_t escape(const char *from, size_t n, char *to) {
  char *at = to;
  for (const char *end = from + n; from < end; from++) {
    if (*from == '&') {
      memcpy(at, "&amp;", 5);
      at += 5;
    } else {
      *at++ = *from;
    }
  }
  return (size_t)(at - to);
}

/* each line's own buffer, on the stack and small */
void print_all(FILE *out, const double *values, int n) {
  for (int i = 0; i < n; i++) {
    char text[32];
    int length = snprintf(text, sizeof text, "%.3f", values[i]);
    fprintf(out, "%*s\n", 20 - length, text);
  }
}

/* a hash that is worked out once for many comparisons */
struct name {
  unsigned hash;
  unsigned length;
  const char *text;
};
const struct name *look_up(const struct name *names, unsigned mask, const char *text, unsigned n) {
  unsigned hash = 5381;
  for (unsigned i = 0; i < n; i++)
    hash = hash * 33 ^ (unsigned char)text[i];
  for (unsigned at = hash & mask; names[at].text; at = (at + 1) & mask)
    if (names[at].hash == hash && names[at].length == n && !memcmp(names[at].text, text, n))
      return &names[at];
  return NULL;
}
