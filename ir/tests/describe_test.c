/* Operands and addresses in C's words. */
#include "ir/build.h"
#include "ir/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char head[] = "unit \"/t.c\"\n"
                           "type !\"int\" = int size 4 align 4\n"
                           "type !\"int[20]\" = array !1 size 80 align 4 count 20\n"
                           "type !\"int (*)[20]\" = ptr !2 size 8 align 8\n"
                           "type !\"int[10][20]\" = array !2 size 800 align 4 count 10\n"
                           "record struct point {\n x: int\n y: int\n}\n"
                           "record union u {\n i: int\n f: float\n}\n"
                           "record struct node {\n"
                           "  value: int\n"
                           "  next: struct node *\n"
                           "  name: char[32]\n"
                           "  at: struct point\n"
                           "  many: struct point[4]\n"
                           "  \"\": union u (anonymous)\n"
                           "  bits: unsigned +92 bit 3 width 5 (bitfield)\n"
                           "  tail: int[0]\n"
                           "}\n"
                           "symbol @global: int\n"
                           "symbol @table: int[20]\n"
                           "symbol @grid: !\"int[10][20]\"\n"
                           "symbol @head: struct node *\n"
                           "symbol @nodes: struct node[8]\n"
                           "symbol @strlen: int (function)\n"
                           "symbol @\"bad\\x1bname\": int\n"
                           "function @f(4) {\n"
                           "  local $buf: char[16]\n"
                           "  local $pt: struct point\n"
                           "  local $: struct point (temp)\n"
                           "b:\n";

/* An instruction and how its result reads; for STORE how its address does. */
typedef struct Row {
  const char *insn, *want;
} Row;

static const Row rows[] = {
    {"%p = PARAM struct node * 0 as p", "p"},
    {"%i = PARAM long 1 as i", "i"},
    {"%q = PARAM int * 2 as q", "q"},
    {"%pp = PARAM struct node * 3", "%3"},
    {"%v = LOAD int [%p] .value", "p->value"},
    {"%n = LOAD struct node * [%p + 8] .next", "p->next"},
    {"%nn = LOAD struct node * [%n + 8] .next", "p->next->next"},
    {"%named = LOAD struct node * [%p + 8] .next as n", "n"},
    {"%nv = LOAD int [%named] .value", "n->value"},
    {"%ay = LOAD int [%p + 52] .at.y", "p->at.y"},
    {"%c0 = LOAD char [%p + 16] .name", "p->name[0]"},
    {"%c3 = LOAD char [%p + 19] .name", "p->name[3]"},
    {"%na = ADDR char * [%p + 16] .name", "p->name"},
    {"%na5 = ADDR char * [%p + 21] .name", "&p->name[5]"},
    {"%ci = LOAD char [%na + 1*%i]", "p->name[i]"},
    {"%ci1 = LOAD char [%na + 1*%i + 1]", "p->name[i + 1]"},
    {"%ci2 = LOAD char [%na + 1*%i - 1]", "p->name[i - 1]"},
    {"%ma = ADDR struct point * [%p + 56] .many", "p->many"},
    {"%mi = LOAD int [%ma + 8*%i + 4] .y", "p->many[i].y"},
    {"%m2 = LOAD int [%ma + 16] .x", "p->many[2].x"},
    {"%an = LOAD float [%p + 88] .#2:5.f", "p->f"},
    {"%bf = LOAD unsigned [%p + 92] .bits bits 3:5", "p->bits"},
    {"%ta = ADDR int * [%p + 96] .tail", "p->tail"},
    {"%ti = LOAD int [%ta + 4*%i]", "p->tail[i]"},
    {"%aa = ADDR struct point * [%p + 48] .at", "&p->at"},
    {"%aax = LOAD int [%aa] .x", "p->at.x"},
    {"%qi = LOAD int [%q + 4*%i]", "q[i]"},
    {"%q3 = LOAD int [%q + 12]", "q[3]"},
    {"%qm = LOAD int [%q - 4]", "q[-1]"},
    {"%qs = LOAD int [%q]", "*q"},
    {"%qo = LOAD int [%q + 3]", "*(q + 3 bytes)"},
    {"%qa = ADDR int * [%q + 4*%i]", "&q[i]"},
    {"%qb = ADDR int * [%qa + 8]", "&q[i + 2]"},
    {"%qv = LOAD int [%qa - 4]", "q[i - 1]"},
    {"%qk = AND long %i, 7:long", "i & 7"},
    {"%qc = ADDR int * [%q + 4*%qk]", "&q[i & 7]"},
    {"%qd = LOAD int [%qc + 4]", "q[(i & 7) + 1]"},
    {"%qe = LOAD int [%qa + 3]", "*(&q[i] + 3 bytes)"},
    {"%g = LOAD int [@global]", "global"},
    {"%ga = ADDR int * [@global]", "&global"},
    {"%t0 = LOAD int [@table]", "table[0]"},
    {"%t3 = LOAD int [@table + 12]", "table[3]"},
    {"%ti2 = LOAD int [@table + 4*%i + 8]", "table[i + 2]"},
    {"%taa = ADDR int * [@table + 12]", "&table[3]"},
    {"%row = ADDR !\"int (*)[20]\" [@grid + 80*%i]", "grid[i]"},
    {"%cell = LOAD int [%row + 4*%i]", "grid[i][i]"},
    {"%cell2 = LOAD int [@grid + 168]", "grid[2][2]"},
    {"%hd = LOAD struct node * [@head]", "head"},
    {"%hv = LOAD int [%hd] .value", "head->value"},
    {"%ns = LOAD int [@nodes + 96*%i] .value", "nodes[i].value"},
    {"%ns2 = LOAD int [@nodes + 192] .value", "nodes[2].value"},
    {"%nj = LOAD int [%p + 96*%i] .value", "p[i].value"},
    {"%nk = LOAD int [%p + 192] .value", "p[2].value"},
    {"STORE int [$pt + 4] .y, %v", "pt.y"},
    {"STORE int [$#2] .x, %v", "(temporary).x"},
    {"STORE char [$buf + 1*%i], 0:char", "buf[i]"},
    {"%sum = ADD int %v, 1", "p->value + 1"},
    {"%mul = MUL int %sum, %sum", "(p->value + 1) * (p->value + 1)"},
    {"%sub = SUB int 1, %sum", "1 - (p->value + 1)"},
    {"%cmp = LT int %mul, 5", "(p->value + 1) * (p->value + 1) < 5"},
    {"%nul = EQ int %p, 0:struct node *", "p == NULL"},
    {"%not = NOT int %sum", "~(p->value + 1)"},
    {"%len = CALL int @strlen, $buf", "strlen(buf)"},
    {"%len2 = CALL int @strlen, \"a\\n\\x1b\\\"\"", "strlen(\"a\\n\\x1b\\\"\")"},
    {"%len3 = CALL int @strlen, \"0123456789012345678901234567890123456789\"",
     "strlen(\"01234567890123456789012345678...\")"},
    {"%fp = CALLP int %hd, $pt, @strlen", "head(&pt, strlen)"},
    {"%cv = CONV long %v", "p->value"},
    {"%ce = CONV.explicit long %sum", "(long)(p->value + 1)"},
    {"%cp = CONV.explicit struct point * %q", "(struct point *)q"},
    {"%cpx = LOAD int [%cp] .x", "((struct point *)q)->x"},
    {"%ch = ADD int 97:char, 0:char", "'a' + 0"},
    {"%un = ADD int 4294967295:unsigned, undef", "4294967295 + undefined"},
    {"%fl = ADD double 1.5, -2e300", "1.5 + -2e+300"},
    {"%bad = LOAD int [@\"bad\\x1bname\"]", "bad\\x1bname"},
    {"%op = OPAQUE int \"asm\"", "%74"},
    {"%d1 = ADD int %op, %op", "%74 + %74"},
};
enum { ROWS = sizeof rows / sizeof *rows };

static IrUnit *unit(void) {
  HpBuf text = {0};
  hp_buf_add(&text, head);
  for (size_t i = 0; i < ROWS; i++)
    hp_buf_addf(&text, "  %s\n", rows[i].insn);
  hp_buf_add(&text, "  STOP\n}\n");
  HpError err = {0};
  IrUnit *u = ir_parse_unit(text.text, text.length, "t", &err);
  if (!u)
    fail_msg("%s", err.text);
  hp_buf_free(&text);
  return u;
}

static void test_rows(void **state) {
  (void)state;
  IrUnit *u = unit();
  const IrFunction *fn = &u->functions[0];
  for (uint32_t i = 0; i < ROWS; i++) {
    HpBuf out = {0};
    if (fn->insns[i].type)
      ir_describe(&out, u, fn, ir_ref(IR_REF_VALUE, i));
    else
      ir_describe_addr(&out, u, fn, ir_addr_of(fn, &fn->insns[i]));
    if (strcmp(hp_buf_text(&out), rows[i].want))
      fail_msg("%s\nwant %s\n got %s", rows[i].insn, rows[i].want, hp_buf_text(&out));
    hp_buf_free(&out);
  }
  ir_unit_free(u);
}

/* Expressions that double at each step, and a loop of unnamed phis: short, and it ends. */
static void test_bounds(void **state) {
  (void)state;
  HpBuf text = {0};
  hp_buf_add(&text, "function @f(2) {\na:\n  %0 = PARAM int 0 as x\n");
  for (int i = 1; i < 40; i++)
    hp_buf_addf(&text, "  %%%d = ADD int %%%d, %%%d\n", i, i - 1, i - 1);
  hp_buf_add(&text, "  JUMP b\nb:\n  %p = PHI int [a: %39], [b: %q]\n"
                    "  %q = ADD int %p, %q0\n  JUMP b\n}\n");
  char *self = strstr(text.text, "%q0");
  memcpy(self, "%p ", 3);
  HpError err = {0};
  IrUnit *u = ir_parse_unit(text.text, text.length, "t", &err);
  if (!u)
    fail_msg("%s", err.text);
  for (uint32_t i = 0; i < u->functions[0].ninsns; i++) {
    HpBuf out = {0};
    if (u->functions[0].insns[i].type)
      ir_describe(&out, u, &u->functions[0], ir_ref(IR_REF_VALUE, i));
    assert_true(out.length <= 120);
    hp_buf_free(&out);
  }
  HpBuf out = {0};
  hp_buf_add(&out, "before ");
  ir_describe(&out, u, &u->functions[0], ir_ref(IR_REF_VALUE, 3));
  assert_string_equal(out.text, "before x + x + (x + x) + (x + x + (x + x))");
  hp_buf_free(&out);
  hp_buf_free(&text);
  ir_unit_free(u);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rows),
      cmocka_unit_test(test_bounds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
