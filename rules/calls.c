/* The compiler's own names of library functions are prefixes and suffixes around the plain one. */
#include "rules/calls.h"

#include <string.h>

static bool is_name(const char *name, const char *plain) {
  static const char *const prefixes[] = {"__builtin_", "__"};
  size_t n = strlen(plain);
  bool checked = false;
  for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
    size_t k = strlen(prefixes[i]);
    if (!strncmp(name, prefixes[i], k)) {
      name += k;
      checked = true;
    }
  }
  return !strncmp(name, plain, n) && (!name[n] || (checked && !strcmp(name + n, "_chk")));
}

int call_of_library(const IrProgram *p, const PgFunction *pf, const IrInsn *call,
                    const char *const *names) {
  PgFunc callee = call->op == IR_CALL ? pg_callee(p, pf->unit, pf->fn, call) : IR_NONE;
  if (callee == IR_NONE || pg_func(p, callee)->fn)
    return -1;
  for (int i = 0; names[i]; i++)
    if (is_name(pg_func(p, callee)->name, names[i]))
      return i;
  return -1;
}

bool call_is_further_target(const IrProgram *p, const PgFunction *pf, uint32_t c) {
  return c && pg_call(p, pf->calls[c - 1])->insn == pg_call(p, pf->calls[c])->insn;
}
