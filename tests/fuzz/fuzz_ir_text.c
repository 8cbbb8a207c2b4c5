/* Any text is IR or gets an error, and IR prints and parses to the same text. */
#include "ir/build.h"
#include "ir/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  HpError err = {0};
  IrUnit *u = ir_parse_unit((const char *)data, size, "fuzz", &err);
  HP_ASSERT(!u == err.set);
  if (!u)
    return 0;
  HpBuf first = {0}, second = {0};
  ir_print_unit(&first, u);
  ir_unit_free(u);
  u = ir_parse_unit(first.text, first.length, "printed", &err);
  if (!u)
    hp_die("%s\n%s", err.text, first.text);
  ir_print_unit(&second, u);
  HP_ASSERT(!strcmp(first.text, second.text));
  ir_unit_free(u);
  hp_buf_free(&first);
  hp_buf_free(&second);
  return 0;
}
