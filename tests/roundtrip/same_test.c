/* The comparison of units sees every single change. */
#include "ir/build.h"
#include "ir/text.h"
#include "tests/roundtrip/same.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char base[] = "unit \"/a.c\"\n"
                           "file \"/a.c\" (main)\n"
                           "type !\"t *\" = ptr !0 size 8 align 8 (const)\n"
                           "record struct s size 24 align 8 at 1:1-2:2 {\n"
                           "  x: int +0\n"
                           "  y: double +8\n"
                           "  z: unsigned +16 bit 3 width 5 (bitfield)\n"
                           "}\n"
                           "symbol @g: int (defined) at 3:1\n"
                           "symbol @h as h2 of g: long (defined) at 3:2\n"
                           "symbol @k: long at 3:3\n"
                           "init @h + 4 = @g + 2\n"
                           "literal \"text\"\n"
                           "function @f(2): int at 4:1-9:2 named 4:5-6 {\n"
                           "  local $buf: char[16] (temp) at 5:3\n"
                           "a:\n"
                           "  %0 = PARAM int 0 as i at 4:7 in M 1:9\n"
                           "  %1 = PARAM struct s * 1 as p\n"
                           "  %2 = ADD.nsw int %0, 7\n"
                           "  %3 = MUL double 1.5, 2.5\n"
                           "  %4 = LOAD double [%1 + 24*%0 + 8] .y (volatile)\n"
                           "  %5 = LOAD unsigned [%1 + 16] .z bits 3:5 size 4\n"
                           "  COPY struct s [$buf], struct s [%1]\n"
                           "  %7 = PDIFF long %1, %1, 24\n"
                           "  OPAQUE \"asm\", %2\n"
                           "  SWITCH %2, [1: #1, 2..5: #2], b, c, d\n"
                           "b: (loop) at 6:3\n"
                           "  %10 = PHI int [a: %0], [b: %2]\n"
                           "  BR %10, b, c\n"
                           "c:\n"
                           "  CALL @f, \"text\"\n"
                           "  JUMP d\n"
                           "d:\n"
                           "  RET %2\n"
                           "}\n";

typedef struct Change {
  const char *from, *to, *says;
} Change;

static const Change changes[] = {
    {"unit \"/a.c\"", "unit \"/b.c\"", "another path"},
    {"(main)", "(main system)", "file 0"},
    {"ptr !0 size 8 align 8 (const)", "ptr !0 size 8 align 8", "type 1"},
    {"ptr !0 size 8", "ptr !0 size 4", "type 1"},
    {"\"t *\"", "\"u *\"", "type 1"},
    {"struct s size 24 align 8 at 1:1", "struct s size 24 align 8 at 1:3", "record 0"},
    {"x: int +0", "x: int +4", "record 0"},
    {"x: int +0", "w: int +0", "record 0"},
    {"width 5 (bitfield)", "width 4 (bitfield)", "record 0"},
    {"@g: int (defined)", "@g: int (internal)", "symbol 0"},
    {"@k: long", "@m: long", "symbol 2"},
    {"as h2", "as h3", "symbol 1"},
    {"of g", "of f", "symbol 1"},
    {"init @h + 4", "init @h + 8", "initialiser 0"},
    {"= @g + 2", "= @h + 2", "initialiser 0"},
    {"= @g + 2", "= @g + 3", "initialiser 0"},
    {"in M 1:9", "in N 1:9", "instruction 0"},
    {"in M 1:9", "in M 1:8", "instruction 0"},
    {"in M 1:9", "in M argument 1:9", "instruction 0"},
    {" in M 1:9", "", "instruction 0"},
    {"literal \"text\"", "literal \"tex\\x00\"", "literals come back as"},
    {"@f(2): int at 4:1", "@f(2): int at 4:2", "function f"},
    {"named 4:5-6", "named 4:5-7", "function f"},
    {"$buf: char[16] (temp)", "$buf: char[16]", "local 0"},
    {"$buf: char[16] (temp) at 5:3", "$buf: char[16] (temp) at 5:4", "local 0"},
    {"as i at", "as j at", "instruction 0"},
    {"4:7", "4:8", "instruction 0"},
    {"ADD.nsw int %0, 7", "ADD int %0, 7", "instruction 2"},
    {"ADD.nsw int %0, 7", "SUB.nsw int %0, 7", "instruction 2"},
    {"ADD.nsw int %0, 7", "ADD.nsw int %0, 8", "instruction 2"},
    {"ADD.nsw int %0, 7", "ADD.nsw int 7, %0", "instruction 2"},
    {"1.5, 2.5", "1.5, -2.5", "instruction 3"},
    {"24*%0 + 8] .y", "24*%0 + 16] .y", "instruction 4"},
    {"24*%0 + 8] .y", "16*%0 + 8] .y", "instruction 4"},
    {".y (volatile)", ".x (volatile)", "instruction 4"},
    {".y (volatile)", ".y (atomic)", "instruction 4"},
    {"bits 3:5", "bits 3:6", "instruction 5"},
    {"bits 3:5 size 4", "bits 3:5 size 2", "instruction 5"},
    {"struct s [%1]\n", "struct s [%1 + 24]\n", "instruction 6"},
    {"%1, %1, 24", "%1, %1, 8", "instruction 7"},
    {"\"asm\"", "\"asx\"", "instruction 8"},
    {"\"asm\", %2", "\"asm\", %0", "instruction 8"},
    {"2..5: #2", "2..6: #2", "block 0"},
    {"2..5: #2", "2..5: #1", "block 0"},
    {"b: (loop) at", "b: at", "block 1"},
    {"6:3", "6:4", "block 1"},
    {"BR %10, b, c", "BR %10, c, b", "block 1"},
    {"RET %2", "RET", "instruction 14"},
};

static IrUnit *parse(const char *text) {
  HpError err = {0};
  IrUnit *u = ir_parse_unit(text, strlen(text), "t.ir", &err);
  if (!u)
    fail_msg("%s\n%s", err.text, text);
  return u;
}

static void test_same(void **state) {
  (void)state;
  HpError err = {0};
  IrUnit *a = parse(base), *b = parse(base);
  if (!same_unit(a, b, &err))
    fail_msg("%s", err.text);
  ir_unit_free(a);
  ir_unit_free(b);
}

static void test_changes(void **state) {
  (void)state;
  IrUnit *a = parse(base);
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    const Change *c = &changes[i];
    const char *at = strstr(base, c->from);
    assert_non_null(at);
    char *text = hp_format("%.*s%s%s", (int)(at - base), base, c->to, at + strlen(c->from));
    IrUnit *b = parse(text);
    HpError err = {0};
    if (same_unit(a, b, &err) || !strstr(err.text, c->says))
      fail_msg("'%s' for '%s': wants '%s', got '%s'", c->to, c->from, c->says, err.text);
    ir_unit_free(b);
    free(text);
  }
  ir_unit_free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_same), cmocka_unit_test(test_changes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
