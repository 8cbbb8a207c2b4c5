/* Any bytes are a unit or get an error; what is read can be written and printed, and the print
 * parses. */
#include "ir/build.h"
#include "ir/serial.h"
#include "ir/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  HpError err = {0};
  IrUnit *u = ir_read_unit(data, size, "fuzz", &err);
  HP_ASSERT(!u == err.set);
  if (!u)
    return 0;
  HpBuf bytes = {0}, text = {0};
  ir_write_unit(&bytes, u);
  HP_ASSERT(bytes.length == size);
  ir_print_unit(&text, u);
  ir_unit_free(u);
  u = ir_parse_unit(text.text, text.length, "printed", &err);
  if (!u)
    hp_die("%s\n%s", err.text, text.text);
  ir_unit_free(u);
  hp_buf_free(&bytes);
  hp_buf_free(&text);
  return 0;
}
