/* Messages: "Content-Length: N", other headers, an empty line, N bytes of JSON. */
#include "analyzer/lsp/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { MAX_MESSAGE = 64 << 20, MAX_HEADER = 4096 };

int lsp_input_fill(LspInput *in, int fd) {
  char block[65536];
  ssize_t n;
  do
    n = read(fd, block, sizeof block);
  while (n < 0 && errno == EINTR);
  if (n > 0)
    hp_buf_addn(&in->bytes, block, (size_t)n);
  return n > 0 ? 1 : (int)n;
}

static void drop(LspInput *in, size_t count) {
  HpBuf *b = &in->bytes;
  memmove(b->text, b->text + count, b->length - count + 1);
  b->length -= count;
}

/* Where the next header begins; bytes before it are dropped. False: not there yet. */
static bool find_header(LspInput *in) {
  static const char name[] = "Content-Length:";
  const size_t length = sizeof name - 1;
  const HpBuf *b = &in->bytes;
  for (size_t i = 0; i + length <= b->length; i++)
    if (strncasecmp(b->text + i, name, length) == 0) {
      drop(in, i);
      return true;
    }
  if (b->length >= length) /* the name's beginning may be the last that came */
    drop(in, b->length - (length - 1));
  return false;
}

/* The header at the front: its size and the body's. False when it is incomplete; a broken one is
 * dropped. */
static bool parse_header(LspInput *in, size_t *header, size_t *body) {
  const char *text = in->bytes.text, *end = memmem(text, in->bytes.length, "\r\n\r\n", 4);
  if (!end || end - text > MAX_HEADER) {
    if (end || in->bytes.length > MAX_HEADER)
      drop(in, 1); /* not a header: look for the next one */
    return false;
  }
  const char *digits = text + strlen("Content-Length:");
  digits += strspn(digits, " \t");
  char *after;
  errno = 0;
  unsigned long long n = strtoull(digits, &after, 10);
  if (after == digits || *digits == '-' || errno || *after != '\r' || n > SIZE_MAX / 2) {
    drop(in, 1);
    return false;
  }
  *header = (size_t)(end - text) + 4;
  *body = (size_t)n;
  return true;
}

static bool skip_rest(LspInput *in) {
  size_t n = in->skip < in->bytes.length ? in->skip : in->bytes.length;
  if (n)
    drop(in, n);
  in->skip -= n;
  return in->skip == 0;
}

char *lsp_input_next(LspInput *in, size_t *size) {
  size_t header, body;
  while (skip_rest(in) && find_header(in)) {
    size_t before = in->bytes.length;
    if (!parse_header(in, &header, &body)) {
      if (in->bytes.length == before)
        return NULL; /* incomplete */
      continue;
    }
    if (body > MAX_MESSAGE) {
      drop(in, header);
      in->skip = body;
      continue;
    }
    if (in->bytes.length - header < body)
      return NULL;
    char *message = hp_strndup(in->bytes.text + header, body);
    *size = body;
    drop(in, header + body);
    return message;
  }
  return NULL;
}

void lsp_input_free(LspInput *in) {
  hp_buf_free(&in->bytes);
}

bool lsp_send(int fd, json_t *message) {
  char *body = json_dumps(message, JSON_COMPACT);
  json_decref(message);
  HP_ASSERT(body);
  HpBuf out = {0};
  hp_buf_addf(&out, "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
  free(body);
  size_t sent = 0;
  while (sent < out.length) {
    ssize_t n = write(fd, out.text + sent, out.length - sent);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      break;
    sent += (size_t)n;
  }
  bool ok = sent == out.length;
  hp_buf_free(&out);
  return ok;
}
