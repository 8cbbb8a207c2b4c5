/* Numbers and strings as bytes, and back: little-endian, a string behind its length. A reader
 * trusts nothing: what is read may be cut off or garbage. */
#include "ir/wire.h"

#include <stdlib.h>
#include <string.h>

enum { NO_STRING = 0xFFFFFFFF }; /* length of a NULL string */

/* ---- writing -------------------------------------------------------------------------------- */

static void wire_put_bytes(HpBuf *out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; i++)
    hp_buf_addc(out, (char)(value >> (8 * i) & 0xFF));
}

void wire_put_u32(HpBuf *out, uint32_t value) {
  wire_put_bytes(out, value, 4);
}

void wire_put_u64(HpBuf *out, uint64_t value) {
  wire_put_bytes(out, value, 8);
}

void wire_put_double(HpBuf *out, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  wire_put_u64(out, bits);
}

void wire_put_string(HpBuf *out, const char *text) {
  if (!text) {
    wire_put_u32(out, (uint32_t)NO_STRING);
    return;
  }
  size_t length = strlen(text);
  HP_ASSERT(length < (uint32_t)NO_STRING);
  wire_put_u32(out, (uint32_t)length);
  hp_buf_addn(out, text, length);
}

/* ---- reading -------------------------------------------------------------------------------- */

uint64_t wire_get_bytes(WireReader *r, unsigned bytes) {
  if (r->bad || r->left < bytes) {
    r->bad = true;
    return 0;
  }
  uint64_t value = 0;
  for (unsigned i = 0; i < bytes; i++)
    value |= (uint64_t)r->at[i] << (8 * i);
  r->at += bytes;
  r->left -= bytes;
  return value;
}

uint32_t wire_get_u32(WireReader *r) {
  return (uint32_t)wire_get_bytes(r, 4);
}

double wire_get_double(WireReader *r) {
  uint64_t bits = wire_get_bytes(r, 8);
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* A heap string, or NULL for a NULL string and for bad input. */
char *wire_get_string(WireReader *r) {
  uint32_t length = wire_get_u32(r);
  if (r->bad || length == (uint32_t)NO_STRING)
    return NULL;
  if (length > r->left || memchr(r->at, 0, length)) {
    r->bad = true;
    return NULL;
  }
  char *text = hp_strndup((const char *)r->at, length);
  r->at += length;
  r->left -= length;
  return text;
}

/* A string that must be there: "" when the input is bad. */
char *wire_get_text(WireReader *r) {
  char *text = wire_get_string(r);
  if (!text) {
    r->bad = true;
    return hp_strdup("");
  }
  return text;
}

/* Number of elements that follow, each of at least `least` bytes: an absurd count is bad input, not
 * an allocation. */
uint32_t wire_get_count(WireReader *r, size_t least) {
  uint32_t count = wire_get_u32(r);
  if (count > r->left / least)
    r->bad = true;
  return r->bad ? 0 : count;
}
