/* What messages and record files are made of: numbers and strings as bytes. */
#ifndef HPLINT_IR_WIRE_H
#define HPLINT_IR_WIRE_H

#include "ir/support.h"

void wire_put_u32(HpBuf *out, uint32_t value);
void wire_put_u64(HpBuf *out, uint64_t value);
void wire_put_double(HpBuf *out, double value);
void wire_put_string(HpBuf *out, const char *text); /* NULL is fine */

/* Bytes still to be read. Once they turn out to be bad, everything read is 0 or empty. */
typedef struct WireReader {
  const unsigned char *at;
  size_t left;
  bool bad;
} WireReader;

uint64_t wire_get_bytes(WireReader *r, unsigned bytes);
uint32_t wire_get_u32(WireReader *r);
double wire_get_double(WireReader *r);
/* A heap string, or NULL for a NULL string and for bad input. */
char *wire_get_string(WireReader *r);
/* A string that must be there: "" when the input is bad. */
char *wire_get_text(WireReader *r);
/* Number of elements that follow, each of at least `least` bytes: an absurd count is bad input, not
 * an allocation. */
uint32_t wire_get_count(WireReader *r, size_t least);

#endif
