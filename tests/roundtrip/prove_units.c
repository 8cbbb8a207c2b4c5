/* Proves units good: for each file that hplint-unit wrote,
 *   - it reads back and verifies;
 *   - print -> parse -> print is identical, and what was parsed is the same unit, table by table;
 *   - every function can be analysed and listed, and the unit linked and judged by every rule.
 *
 * usage: prove_units FILE.hpu...
 * A line for each file on standard output: "ok FILE functions N instructions N opaque N", or
 * "bad FILE: what". The exit status is 1 when one was bad. Who dies on a file names the one before
 * it last: the driver (prove.py) tells the two apart. */
#include "ir/build.h"
#include "ir/files.h"
#include "ir/serial.h"
#include "ir/text.h"
#include "rules/rule.h"
#include "tests/roundtrip/same.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_UNIT = 1 << 30 };

/* The line of `a` where the two texts part, with its number. */
static bool parted(const char *a, const char *b, HpError *err) {
  unsigned line = 1;
  const char *start = a, *other = b;
  for (size_t i = 0; a[i] && a[i] == b[i]; i++)
    if (a[i] == '\n') {
      line++;
      start = a + i + 1;
      other = b + i + 1;
    }
  return hp_fail(err, "line %u of the text: '%.*s' comes back as '%.*s'", line,
                 (int)strcspn(start, "\n"), start, (int)strcspn(other, "\n"), other);
}

static bool round_trip(const IrUnit *unit, HpError *err) {
  HpBuf first = {0}, second = {0};
  ir_print_unit(&first, unit);
  IrUnit *again = ir_parse_unit(hp_buf_text(&first), first.length, "text", err);
  bool ok = again != NULL;
  if (ok) {
    ir_print_unit(&second, again);
    ok = !strcmp(hp_buf_text(&first), hp_buf_text(&second))
             ? same_unit(unit, again, err)
             : parted(hp_buf_text(&first), hp_buf_text(&second), err);
  }
  ir_unit_free(again);
  hp_buf_free(&first);
  hp_buf_free(&second);
  return ok;
}

/* Nothing to compare with: that it comes to an end is the test. */
static bool use(const IrUnit *unit, HpError *err) {
  IrDisOptions options = {0};
  HpBuf listing = {0};
  for (uint32_t i = 0; i < unit->nfunctions; i++) {
    const IrFunction *fn = &unit->functions[i];
    HpArena *arena = hp_arena_new();
    hp_buf_clear(&listing);
    ir_dis(&listing, unit, fn, ir_analyse(unit, fn, arena), &options);
    hp_arena_free(arena);
    if (!listing.length)
      hp_fail(err, "%s: an empty listing", ir_function_name(unit, fn));
  }
  hp_buf_free(&listing);
  IrProgram *program = ir_program_link(&unit, 1, NULL);
  Report report = {.arena = hp_arena_new(), .program = program};
  rules_run(program, NULL, 1, &report);
  free(report.findings);
  hp_arena_free(report.arena);
  ir_program_free(program);
  return !err->set;
}

static void say_ok(const char *path, const IrUnit *unit) {
  uint64_t insns = 0, opaque = 0;
  for (uint32_t i = 0; i < unit->nfunctions; i++) {
    const IrFunction *fn = &unit->functions[i];
    insns += fn->ninsns;
    for (uint32_t j = 0; j < fn->ninsns; j++)
      opaque += fn->insns[j].op == IR_OPAQUE;
  }
  printf("ok %s functions %u instructions %llu opaque %llu\n", path, unit->nfunctions,
         (unsigned long long)insns, (unsigned long long)opaque);
}

static bool prove(const char *path) {
  HpError err = {0};
  size_t size = 0;
  char *bytes = hp_read_file(path, LARGEST_UNIT, &size, &err);
  IrUnit *unit = bytes ? ir_read_unit(bytes, size, path, &err) : NULL;
  bool ok = unit && round_trip(unit, &err) && use(unit, &err);
  if (ok)
    say_ok(path, unit);
  else
    printf("bad %s: %s\n", path, err.text);
  ir_unit_free(unit);
  free(bytes);
  return ok;
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  bool ok = true;
  for (int i = 1; i < argc; i++)
    ok = prove(argv[i]) && ok;
  return ok ? 0 : 1;
}
