/* The text form: print, parse, print is identical; what may be left out; errors with their place.
 */
#include "ir/build.h"
#include "ir/serial.h"
#include "ir/text.h"
#include "ir/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static IrUnit *parse(const char *text) {
  HpError err = {0};
  IrUnit *u = ir_parse_unit(text, strlen(text), "t.ir", &err);
  if (!u)
    fail_msg("%s", err.text);
  return u;
}

static char *print(const IrUnit *u) {
  HpBuf out = {0};
  ir_print_unit(&out, u);
  return hp_buf_take(&out);
}

/* Prints, parses and prints again, through the byte form too; the first text. */
static char *assert_round_trip(const IrUnit *u) {
  char *first = print(u);
  IrUnit *again = parse(first);
  char *second = print(again);
  assert_string_equal(first, second);
  HpBuf bytes = {0};
  HpError err = {0};
  ir_write_unit(&bytes, again);
  IrUnit *read = ir_read_unit(bytes.text, bytes.length, "x", &err);
  assert_non_null(read);
  char *third = print(read);
  assert_string_equal(first, third);
  free(second);
  free(third);
  hp_buf_free(&bytes);
  ir_unit_free(again);
  ir_unit_free(read);
  return first;
}

static const char list[] = "; sum of a list\n"
                           "unit \"/src/list.c\"\n"
                           "record struct node {\n"
                           "  value: int\n"
                           "  next: struct node *\n"
                           "  name: char[32]\n"
                           "}\n"
                           "function @list_sum(1): int at 12:1-18:2 named 12:5-13 {\n"
                           "entry:\n"
                           "  %p0 = PARAM struct node * 0 as p at 12\n"
                           "  JUMP head\n"
                           "head: (loop) at 14:3\n"
                           "  %p = PHI struct node * [entry: %p0], [body: %next] as p\n"
                           "  %s = PHI int [body: %s1], [entry: 0] as s ; in any order\n"
                           "  %c = NE int %p, 0:struct node * at 14\n"
                           "  BR %c, body, out\n"
                           "body:\n"
                           "  %v = LOAD int [%p] .value at 15:5-17\n"
                           "  %s1 = ADD.nsw int %s, %v as s\n"
                           "  %next = LOAD struct node * [%p + 8] .next as p at 14\n"
                           "  JUMP head\n"
                           "out:\n"
                           "  CALL @puts, \"bye\\n\"\n"
                           "  RET %s at 17\n"
                           "}\n";

static const char list_printed[] = "unit \"/src/list.c\"\n"
                                   "file \"/src/list.c\" (main)\n"
                                   "type 1 !\"struct node\" = record 0 size 48 align 8\n"
                                   "type 2 !\"int\" = int size 4 align 4\n"
                                   "type 3 !\"struct node *\" = ptr !1 size 8 align 8\n"
                                   "type 4 !\"char\" = int size 1\n"
                                   "type 5 !\"char[32]\" = array !4 size 32 count 32\n"
                                   "record 0 !\"struct node\": !1 size 48 align 8 {\n"
                                   "  value: int +0\n"
                                   "  next: struct node * +8\n"
                                   "  name: char[32] +16\n"
                                   "}\n"
                                   "symbol @list_sum (function defined)\n"
                                   "symbol @puts (function)\n"
                                   "literal \"bye\\n\"\n"
                                   "function @list_sum(1): int at 12:1-18:2 named 12:5-13 {\n"
                                   "b0:\n"
                                   "  %0 = PARAM struct node * 0 as p at 12\n"
                                   "  JUMP b1\n"
                                   "b1: <- b0, b2 (loop) at 14:3\n"
                                   "  %2 = PHI struct node * [b0: %0], [b2: %8] as p\n"
                                   "  %3 = PHI int [b0: 0], [b2: %7] as s\n"
                                   "  %4 = NE int %2, 0:struct node * at 14\n"
                                   "  BR %4, b2, b3\n"
                                   "b2: <- b1\n"
                                   "  %6 = LOAD int [%2] .value at 15:5-17\n"
                                   "  %7 = ADD.nsw int %3, %6 as s\n"
                                   "  %8 = LOAD struct node * [%2 + 8] .next as p at 14\n"
                                   "  JUMP b1\n"
                                   "b3: <- b1\n"
                                   "  CALL @puts, \"bye\\n\"\n"
                                   "  RET %3 at 17\n"
                                   "}\n";

static void test_by_hand(void **state) {
  (void)state;
  IrUnit *u = parse(list);
  char *text = assert_round_trip(u);
  assert_string_equal(text, list_printed);
  assert_int_equal(u->records[0].size, 48);
  assert_int_equal(u->fields[1].offset_bits, 64);
  assert_int_equal(u->functions[0].nblocks, 4);
  free(text);
  ir_unit_free(u);
}

/* Every opcode, every kind of operand, every modifier. */
static void test_everything(void **state) {
  (void)state;
  IrUnit *u = parse("unit \"/src/all.c\"\n"
                    "file \"/src/all.c\" (main)\n"
                    "file \"/usr/include/x \\\"y\\\".h\" (system 0x80)\n"
                    "type !\"int (*)(int)\" = ptr !0 size 8 align 8\n"
                    "type !\"vec\" = vector size 16 align 16 count 4 (const 0x4000)\n"
                    "record struct inner { \n x: int\n y: double\n }\n"
                    "record struct s size 80 align 8 (packed in_main) at 1/4:1-9:2 {\n"
                    "  a: struct inner[4]\n"
                    "  flag: unsigned +64 bit 3 width 5 (bitfield)\n"
                    "  \"\": union u * +72 (anonymous)\n"
                    "}\n"
                    "symbol @table: struct s[10] (internal defined 0x100000) at 3:2\n"
                    "symbol @\"odd name\"\n"
                    "symbol @fopen as fopen64 of \"real one\" (function returns_twice)\n"
                    "symbol @all.label (internal label)\n"
                    "symbol @\"all.label\" (internal label)\n"
                    "symbol @f.count: long (internal)\n"
                    "symbol @f.count: long (internal)\n"
                    "literal \"a\\x00b\\\"\"\n"
                    "literal \"\"\n"
                    "literal \"\"\n"
                    "init @table + 16 = @fopen\n"
                    "init @f.count = @#6 - 4\n"
                    "init @#6 = \"\" + 1\n"
                    "init @table + 8 = #2\n"
                    "function @all(2): double (0x5) {\n"
                    "  local $buf: char[16] (temp) at 5:3\n"
                    "  local $buf: int\n"
                    "  local $: struct s (param 0x10)\n"
                    "a:\n"
                    "  %i = PARAM long 0 as i at 6:1\n"
                    "  %p = PARAM struct s * 1 as p\n"
                    "  %1 = ADD.nsw long %i, -1:long\n"
                    "  %2 = SUB long %i, 0x7FFFFFFFFFFFFFFF:long\n"
                    "  %3 = MUL double 1.5, -0.0\n"
                    "  %4 = DIV float 1e300:float, inf:float\n"
                    "  %nan = DIV double nan, -inf\n"
                    "  %5 = REM long %1, -9223372036854775808:long\n"
                    "  %6 = AND long %5, %1\n"
                    "  %7 = OR.explicit.nsw.0x40 long %5, undef\n"
                    "  %8 = XOR long %5, %1 at -\n"
                    "  %9 = SHL long %5, 3\n"
                    "  %10 = SHR long %5, 3\n"
                    "  %11 = NEG long %5\n"
                    "  %12 = NOT long %5\n"
                    "  %13 = EQ int %5, %1\n"
                    "  %14 = LT int %5, %1 at 1/7:2-8:3\n"
                    "  %15 = LE int %5, %1\n"
                    "  %16 = GT int %5, %1\n"
                    "  %17 = GE int %5, %1 as \"odd name\"\n"
                    "  %18 = CONV.explicit !\"int (*)(int)\" @all\n"
                    "  %19 = PDIFF long %p, @table, 80\n"
                    "  %20 = ADDR struct inner * [%p] .a\n"
                    "  %21 = LOAD double [%20 + 16*%i + 8] .y (volatile atomic)\n"
                    "  %22 = LOAD unsigned [%p + 64] .flag bits 3:5 size 4\n"
                    "  STORE int [@table + 80*%i - 4] .a.x, 7\n"
                    "  STORE int [$#1 + 4*3:long], %22\n"
                    "  COPY struct s [$#2], struct s [%p]\n"
                    "  CLEAR struct inner [%p + 1*undef] .#0:1 of vec size 3\n"
                    "  %23 = RMW int [@f.count] of int (atomic acquire release), xor, 1\n"
                    "  %24 = LOAD long [@#6]\n"
                    "  %30 = CMPXCHG int [@f.count] of int (atomic seq_cst), 1, %23\n"
                    "  FENCE (acquire release)\n"
                    "  %31 = PACK vec 1, %23\n"
                    "  %32 = SPLAT vec %23\n"
                    "  %33 = EXTRACT int %31, 1\n"
                    "  %34 = INSERT vec %31, 0, %33\n"
                    "  %35 = SHUFFLE vec %31, %32, 0, 3, -1\n"
                    "  %36 = CONVEACH vec %35\n"
                    "  %37 = SELECT vec %36, %34, %35\n"
                    "  %va = VAARG int [@f.count] of struct s\n"
                    "  %25 = ALLOCA char * %i\n"
                    "  CALL @\"odd name\"\n"
                    "  %26 = CALL int @printf, \"a\\x00b\\\"\", %25, $buf, $#1\n"
                    "  %27 = CALLP int %18, 1\n"
                    "  CALLP 0:long\n"
                    "  OPAQUE \"asm\"\n"
                    "  %28 = OPAQUE int \"it \\\"is\\\"\", %26, \"\"\n"
                    "  ASM.volatile.memory \"nop\"\n"
                    "  %asm = ASM int \"add %0 : =r, =r : r\", %26\n"
                    "  %out = ASMOUT int %asm, 1\n"
                    "  SWITCH %28, [1: #1, 2..5: #2, -9..-3: #0], d, c, b, b\n"
                    "b: <- a, a\n"
                    "  %29 = PHI int [a: %26], [a: %27]\n"
                    "  BR.likely %29, c, c\n"
                    "c: (loop label) of @#4 at 7\n"
                    "  BR.unlikely 1, c1, c1\n"
                    "c1:\n"
                    "  ASMGOTO c2, d, e\n"
                    "c2: (label) of @all.label\n"
                    "  IGOTO %28, d, e\n"
                    "d:\n"
                    "  STOP\n"
                    "e:\n"
                    "  RET 1.0\n"
                    "}\n"
                    "function @all(0) {\n"
                    "x:\n"
                    "  RET\n"
                    "}\n");
  char *text = assert_round_trip(u);
  assert_non_null(strstr(text, "%9 = OR.nsw.explicit.64 long %7, undef"));
  assert_non_null(strstr(text, "STORE int [@table + 80*%0 - 4] .a.x, 7"));
  assert_non_null(strstr(text, "DIV double nan, -inf"));
  assert_non_null(strstr(text, "MUL double 1.5, -0.0"));
  assert_non_null(strstr(text, "CLEAR vec [%1 + 1*undef] .#0:1 size 3"));
  bool seen[IR_OP_COUNT] = {false};
  for (uint32_t i = 0; i < u->functions[0].ninsns; i++)
    seen[u->functions[0].insns[i].op] = true;
  seen[IR_NE] = seen[IR_JUMP] = true; /* in the list above */
  seen[IR_RET] = true;
  for (int i = 0; i < IR_OP_COUNT; i++)
    if (!seen[i])
      fail_msg("%s is not tried", ir_ops[i].name);
  free(text);
  ir_unit_free(u);
}

typedef struct Bad {
  const char *text, *error;
} Bad;

static const Bad bad[] = {
    {"nonsense", "1:1: expected unit, file, type, record, symbol, literal, init or function"},
    {"unit 5\n", "1:6: expected a path"},
    {"unit \"abc\n", "1:6: string without an end"},
    {"unit \"a\\q\"\n", "1:6: bad escape in a string"},
    {"unit \"a\\x4\"\n", "1:6: bad escape in a string"},
    {"unit \"a\" \"b\"\n", "1:10: expected the end of the line"},
    {"\n\n  \x01\n", "3:3: unexpected character \\x01"},
    {"file \"a\" (huge)\n", "1:11: unknown flag 'huge'"},
    {"type 7 !\"x\" = int\n", "1:6: the next type has number 1"},
    {"type !\"x\" = thing\n", "1:13: unknown kind of type 'thing'"},
    {"type !\"x\" = ptr !9\n", "1:17: there is no type '9'"},
    {"type !\"x\" = int align 3\n", "1:23: an alignment is a power of two"},
    {"symbol @x: zork\n", "1:12: unknown type 'zork'"},
    {"symbol @x: zork *\n", "1:12: unknown type 'zork *'"},
    {"symbol @x at 3:70000\n", "1:16: column too large"},
    {"symbol @x at 5/3\n", "1:14: there is no file 5"},
    {"record struct a {\n x: int\n}\nrecord struct a {\n}\n",
     "4:8: record 'struct a' was declared before"},
    {"record 3 struct a {\n}\n", "1:8: the next record has number 0"},
    {"record struct a {\n x int\n}\n", "2:4: expected ':'"},
    {"record struct a {\n x: int\n", "3:1: expected a field's name"},
    {"record struct a {\n x: struct a\n}\n", "1:1: bad IR: a record contains itself"},
    {"function f(0) {\n}\n", "1:10: expected a symbol as @name"},
    {"function @f(0) {\n}\n", "1:10: bad IR: function 'f': no blocks or no places"},
    {"function @f(0) {\n RET\n}\n", "2:2: expected a local or a block's label"},
    {"function @f(0) {\na:\n RET\n", "1:10: this function has no end"},
    {"function @f(0) {\na:\n HALT\n}\n", "3:2: unknown opcode 'HALT'"},
    {"function @f(0) {\na:\n JUMP b\n}\n", "3:7: block 'b' is not defined"},
    {"function @f(0) {\na:\n RET %x\n}\n", "3:6: value 'x' is not defined"},
    {"function @f(0) {\na:\n RET $x\n}\n", "3:6: unknown local 'x'"},
    {"function @f(0) {\na:\n RET @x\n}\n", "3:6: unknown symbol 'x'"},
    {"function @f(0) {\na:\na:\n RET\n}\n", "3:1: block 'a' is defined twice"},
    {"function @f(1) {\na:\n %1 = PARAM int 0\n %1 = PARAM int 0\n RET\n}\n",
     "4:2: %1 is defined twice"},
    {"function @f(1) {\na:\n %1 = PARAM 0\n RET\n}\n", "3:7: a result needs a type"},
    {"function @f(1) {\na:\n %1 = ADD int 1\n RET\n}\n", "3:16: expected another operand"},
    {"function @f(1) {\na:\n %1 = ADD int 1, 2, 3\n RET\n}\n",
     "3:19: expected the end of the line"},
    {"function @f(1) {\na:\n %1 = LOAD int 5\n RET\n}\n",
     "3:16: expected an address as [base + offset]"},
    {"function @f(1) {\na:\n %1 = LOAD int [5 * 3]\n RET\n}\n", "3:19: expected '+', '-' or ']'"},
    {"function @f(1) {\na:\n %1 = LOAD int [5 + 4*1 + 8*2]\n RET\n}\n",
     "3:27: an address has one index, with a positive scale"},
    {"function @f(1) {\na:\n %1 = LOAD int [5] .x\n RET\n}\n",
     "3:21: '.x': the base points to no known record (say .#record:field)"},
    {"record struct a {\n x: int\n}\nfunction @f(1) {\na:\n %1 = PARAM struct a * 0\n"
     " %2 = LOAD int [%1] .z\n RET\n}\n",
     "7:22: struct a has no field 'z'"},
    {"function @f(1) {\na:\n %1 = LOAD int [5] .#0:0\n RET\n}\n", "3:21: there is no such field"},
    {"function @f(1) {\na:\n RET 99999999999999999999\n}\n", "3:6: number too large"},
    {"function @f(1) {\na:\n SWITCH 1, [1 #1], a\n}\n", "3:15: expected ':'"},
    {"function @f(1) {\na:\n JUMP b\nb:\n %1 = PHI int [a: 1], [c: 2]\n JUMP c\nc:\n RET\n}\n",
     "5:7: PHI does not fit the block's predecessors"},
    /* tables */
    {"unit\n", "1:5: expected a path"},
    {"file \"a\" (main\n", "1:15: expected a flag"},
    {"type \"x\" = int\n", "1:6: expected the type's name as !\"name\""},
    {"type !\"x\" = int size\n", "1:21: expected a size"},
    {"type !\"x\" = array !0 count x\n", "1:28: expected a count"},
    {"record struct a align 3 {\n}\n", "1:23: an alignment is a power of two"},
    {"record struct a {\n x: int + y\n}\n", "2:11: expected an offset"},
    {"record struct a {\n x: int +0 bit z\n}\n", "2:16: expected a bit"},
    {"symbol x\n", "1:8: expected a symbol as @name"},
    {"symbol @x at 4294967296\n", "1:14: number too large for a line"},
    {"symbol @x at 1:2-3:x\n", "1:20: expected a column"},
    {"literal 5\n", "1:9: expected a string"},
    {"init @x = \"a\"\n", "1:6: unknown symbol 'x'"},
    {"symbol @x: int\ninit @x + = @x\n", "2:11: expected an offset"},
    {"symbol @x: int\ninit @x @x\n", "2:9: expected '='"},
    {"symbol @x: int\ninit @x = 5\n", "2:11: expected a symbol or a literal"},
    {"symbol @x: int\ninit @x = #0\n", "2:11: there is no literal #0"},
    {"symbol @x: int\ninit @x = @#9\n", "2:11: there is no symbol #9"},
    /* functions */
    {"function @f {\n}\n", "1:13: expected '('"},
    {"function @f(x) {\n}\n", "1:13: expected the number of parameters"},
    {"function @f(0)\n", "1:15: expected '{'"},
    {"function @f(0) {\n local x: int\n}\n", "2:8: expected the local as $name"},
    {"function @f(0) {\na: <- 5\n RET\n}\n", "2:7: expected a block's label"},
    {"function @f(0) {\na: (leap)\n RET\n}\n", "2:5: unknown flag 'leap'"},
    {"function @f(0) {\na:\n % = NEG int 1\n RET\n}\n", "3:2: expected a value as %name"},
    {"function @f(0) {\na:\n %x NEG int 1\n RET\n}\n", "3:5: expected '='"},
    {"function @f(0) {\na:\n %x = NEG.often int 1\n RET\n}\n", "3:11: unknown flag 'often'"},
    {"function @f(0) {\na:\n RET #4\n}\n", "3:6: there is no literal #4"},
    {"function @f(0) {\na:\n RET 1 as 5\n}\n", "3:11: expected a name"},
    {"function @f(0) {\na:\n %x = LOAD int [5] bits 3:0\n RET\n}\n", "3:25: bits out of range"},
    {"function @f(0) {\na:\n %x = PDIFF long 1, 2, x\n RET\n}\n", "3:24: expected a number"},
    {"function @f(0) {\na:\n OPAQUE 5\n RET\n}\n", "3:9: expected a string"},
    {"function @f(0) {\na:\n SWITCH 1, [2: 1], a\n}\n", "3:16: expected the successor as #1"},
    {"function @f(0) {\na:\n CALL int 5\n RET\n}\n", "3:11: expected a symbol as @name"},
    /* what the verifier finds is told by the line, too */
    {"function @f(1) {\na:\n %1 = PARAM int 1\n RET\n}\n",
     "3:7: bad IR: function 'f', instruction 0 (PARAM): parameter 1 of 1"},
    {"function @f(1) {\na:\n JUMP c\nb:\n JUMP c\nc:\n RET\n}\n",
     "3:2: bad IR: function 'f': block 1 comes before all its predecessors"},
    {"function @f(1) {\na:\n BR 1, b, c\nb:\n %1 = NEG int 1\n JUMP c\nc:\n RET %1\n}\n",
     "8:2: bad IR: function 'f', instruction 3 (RET): operand %1 is not computed on every way "
     "here"},
};

static void test_errors(void **state) {
  (void)state;
  int wrong = 0;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    HpError err = {0};
    char want[300];
    snprintf(want, sizeof want, "t.ir:%s", bad[i].error);
    IrUnit *u = ir_parse_unit(bad[i].text, strlen(bad[i].text), "t.ir", &err);
    if (u || strcmp(err.text, want)) {
      print_error("%s\nwant %s\n got %s\n", bad[i].text, want, u ? "no error" : err.text);
      wrong++;
    }
    ir_unit_free(u);
  }
  assert_int_equal(wrong, 0);
}

/* Cut anywhere and changed anywhere: an error or a unit, never a crash. */
static void test_mangled(void **state) {
  (void)state;
  size_t length = sizeof list_printed - 1;
  uint32_t random = 1;
  for (uint32_t i = 0; i < 6000; i++) {
    char *copy = hp_malloc(length);
    memcpy(copy, list_printed, length);
    size_t size = i < length ? i : length;
    for (int n = 0; i >= length && n < 2; n++) {
      random = random * 1664525 + 1013904223;
      copy[random % length] = list_printed[(random >> 8) % length];
    }
    HpError err = {0};
    IrUnit *u = ir_parse_unit(copy, size, "t.ir", &err);
    assert_int_equal(!u, err.set);
    if (u)
      free(assert_round_trip(u));
    ir_unit_free(u);
    free(copy);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_by_hand),
      cmocka_unit_test(test_everything),
      cmocka_unit_test(test_errors),
      cmocka_unit_test(test_mangled),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
