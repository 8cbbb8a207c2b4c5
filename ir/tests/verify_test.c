/* The verifier finds each thing that can be broken in a unit: a good one is parsed, one member is
 * changed, the fault must be named, and after the change is undone the unit must pass. */
#include "ir/build.h"
#include "ir/text.h"
#include "ir/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char good[] = "unit \"/t.c\"\n"
                           "file \"/t.c\" (main)\n"
                           "record struct inner {\n x: int\n y: int\n}\n"
                           "record struct node {\n"
                           "  value: int\n"
                           "  in: struct inner\n"
                           "  next: struct node *\n"
                           "}\n"
                           "symbol @table: int[10] at 1:1\n"
                           "literal \"text\"\n"
                           "symbol @f.a (internal label)\n"
                           "init @table + 8 = \"text\" + 1\n"
                           "function @f(2): int at 2:1-9:1 named 2:5 {\n"
                           "  local $tmp: struct node at 2:2\n"
                           "entry:\n"
                           "  %p = PARAM struct node * 0 at 3:1 in MAX 1:9\n"      /* 0 */
                           "  %n = PARAM int 1\n"                                  /* 1 */
                           "  JUMP head\n"                                         /* 2 */
                           "head: (loop) at 4:1\n"                                 /* block 1 */
                           "  %q = PHI struct node * [entry: %p], [body: %next]\n" /* 3 */
                           "  %c = NE int %q, 0:struct node *\n"                   /* 4 */
                           "  BR %c, body, out\n"                                  /* 5 */
                           "body:\n"                                               /* block 2 */
                           "  %x = LOAD int [%q + 8] .in.y\n"                      /* 6 */
                           "  STORE int [@table + 4*%n], %x\n"                     /* 7 */
                           "  COPY struct node [$tmp], struct node [%q]\n"         /* 8 */
                           "  %next = LOAD struct node * [%q + 16] .next\n"        /* 9 */
                           "  JUMP head\n"                                         /* 10 */
                           "out:\n"                                                /* block 3 */
                           "  CALL @puts, \"text\"\n"                              /* 11 */
                           "  SWITCH %n, [1: #1, 4..6: #0], a, b\n"                /* 12 */
                           "a: (label) of @f.a\n"                                  /* block 4 */
                           "  OPAQUE \"asm\", %n\n"                                /* 13 */
                           "  RET 1\n"                                             /* 14 */
                           "b:\n"                                                  /* block 5 */
                           "  RET %n\n"                                            /* 15 */
                           "}\n";

static IrUnit *u;
static IrFunction *fn;

static int setup(void **state) {
  (void)state;
  HpError err = {0};
  u = ir_parse_unit(good, sizeof good - 1, "t.ir", &err);
  if (!u)
    fail_msg("%s", err.text);
  fn = &u->functions[0];
  return 0;
}

static int teardown(void **state) {
  (void)state;
  ir_unit_free(u);
  return 0;
}

static void assert_good(void) {
  HpError err = {0};
  if (!ir_verify(u, &err) || !ir_verify_function(u, fn, &err))
    fail_msg("%s", err.text);
}

/* With `lvalue` set to `value` the verifier must say `text`. */
#define BREAK(lvalue, value, want)                                                                 \
  do {                                                                                             \
    HpError err_ = {0};                                                                            \
    __typeof__((lvalue) + 0) old_ = (lvalue);                                                      \
    (lvalue) = (value);                                                                            \
    if (ir_verify(u, &err_))                                                                       \
      fail_msg("line %d: passed with %s = %s", __LINE__, #lvalue, #value);                         \
    if (!strstr(err_.text, want))                                                                  \
      fail_msg("line %d: want '%s', got '%s'", __LINE__, want, err_.text);                         \
    (lvalue) = old_;                                                                               \
    assert_good();                                                                                 \
  } while (0)

static void test_labels_and_inits(void **state) {
  (void)state;
  BREAK(u->inits[0].in, u->nsymbols, "initialiser 0: of symbol");
  BREAK(u->inits[0].in, fn->sym, "initialiser 0: of symbol");
  BREAK(u->inits[0].target, ir_ref(IR_REF_SYM, u->nsymbols), "initialiser 0 points nowhere");
  BREAK(u->inits[0].target, ir_ref(IR_REF_STR, u->nliterals), "initialiser 0 points nowhere");
  BREAK(u->inits[0].target, ir_ref(IR_REF_LOCAL, 0), "initialiser 0 points nowhere");
  BREAK(u->symbols[0].link_name, u->nstrings, "symbol: string");
  BREAK(u->symbols[0].alias, u->nstrings, "symbol: string");
  BREAK(fn->infos[fn->blocks[4].info - 1].label, u->nsymbols, "block 4: label");
  BREAK(fn->infos[fn->blocks[4].info - 1].label, fn->sym, "block 4: label");
  BREAK(fn->infos[fn->blocks[4].info - 1].flags, 0, "block 4: label");
  BREAK(fn->insns[4].op, IR_ASMOUT, "operands");
  BREAK(fn->insns[12].op, IR_ASMGOTO, "operands");
}

static void test_unit_tables(void **state) {
  (void)state;
  assert_good();
  BREAK(u->nstrings, 0, "no strings");
  BREAK(u->strings[u->nstrings - 1], 'x', "strings without end");
  BREAK(u->strings[0], 'x', "strings without end");
  BREAK(u->path, u->nstrings, "path: string");
  BREAK(u->files[0].path, 1u << 30, "file: string");
  BREAK(u->nmacros, 0, "macro 0 is a macro");
  BREAK(u->macros[0].name, 1, "macro 0 is a macro");
  BREAK(u->macros[1].name, u->nstrings, "macro: string");
  BREAK(u->macros[1].file, 1, "macro 1: place in file 1 of 1");
  BREAK(u->symbols[0].loc.macro, 2, "symbol: macro 2 of 2");
  BREAK(u->ntypes, 0, "type 0 is not void");
  BREAK(u->types[0].size, 1, "type 0 is not plain void");
  BREAK(u->types[2].kind, 77, "kind 77");
  BREAK(u->types[3].sub, 3, "which comes later");
  BREAK(u->types[3].sub, IR_NONE, "which comes later");
  BREAK(u->types[1].align_log2, 40, "alignment");
  BREAK(u->types[1].name, IR_NONE, "type: string");
  BREAK(u->types[1].record, 9, "record 9 of 2");
  BREAK(u->types[2].record, 0, "record 0 of 2");
  BREAK(u->records[0].fields, u->nfields, "fields outside of the table");
  BREAK(u->records[0].nfields, 3, "fields outside of the table");
  BREAK(u->records[0].nfields, IR_NONE, "fields outside of the table");
  BREAK(u->records[1].type, u->ntypes, "record: type");
  BREAK(u->records[1].align, 6, "alignment 6");
  BREAK(u->records[1].loc.file, 1, "file 1 of 1");
  BREAK(u->fields[0].name, u->nstrings, "field: string");
  BREAK(u->fields[0].type, u->ntypes, "field: type");
  BREAK(u->fields[0].type, u->records[0].type, "a record contains itself");
  BREAK(u->symbols[0].name, u->nstrings, "symbol: string");
  BREAK(u->symbols[0].type, u->ntypes, "symbol: type");
  BREAK(u->symbols[0].loc.file, 2, "symbol: place");
  BREAK(u->literals[0].length, u->nstrings, "literal 0 outside");
  BREAK(u->literals[0].length, 2, "literal 0 without end");
}

static void test_function_tables(void **state) {
  (void)state;
  BREAK(fn->sym, u->nsymbols, "symbol 4 of 4");
  BREAK(fn->result, u->ntypes, "result: type");
  BREAK(fn->loc.file, 3, "function: place");
  BREAK(fn->nblocks, 0, "no blocks");
  BREAK(fn->nlocs, 0, "no places");
  BREAK(fn->locs[0].line, 1, "place 0");
  BREAK(fn->locs[1].span, u->nspans, "span");
  BREAK(fn->locs[0].span, 1, "place 0");
  BREAK(u->spans[1].file, 1, "place in file 1");
  BREAK(u->spans[1].macro, 2, "macro 2 of 2");
  BREAK(u->spans[0].lines, 1, "span 0");
  BREAK(fn->hops[0].record, 2, "path step 0: record 2");
  BREAK(fn->hops[0].field, 3, "path step 0: field 3 of 3");
  BREAK(fn->consts[0].type, u->ntypes, "constant: type");
  BREAK(fn->consts[0].is_float, 2, "constant 0");
  BREAK(fn->locals[0].loc, fn->nlocs, "local 0: place");
  BREAK(fn->locals[0].name, u->nstrings, "local: string");
  BREAK(fn->locals[0].type, u->ntypes, "local: type");
}

static void test_blocks(void **state) {
  (void)state;
  BREAK(fn->blocks[0].first, 1, "block 0 does not follow");
  BREAK(fn->blocks[1].count, 0, "block 1 does not follow");
  BREAK(fn->blocks[5].count, 9, "block 5 does not follow");
  BREAK(fn->blocks[2].count, 4, "block 3 does not follow");
  BREAK(fn->ninsns, fn->ninsns + 1, "instructions outside of blocks");
  BREAK(fn->blocks[1].succs, fn->nedges, "edges outside");
  BREAK(fn->blocks[1].nsuccs, IR_NONE, "edges outside");
  BREAK(fn->infos[fn->blocks[3].info - 1].cases, 2, "cases outside");
  BREAK(fn->infos[fn->blocks[3].info - 1].loc, fn->nlocs, "block 3: place");
  BREAK(fn->blocks[0].info, fn->ninfos + 1, "block 0: info");
  BREAK(fn->edges[fn->blocks[0].succs], 6, "edge to block 6 of 6");
  BREAK(fn->edges[fn->blocks[1].preds + 1], 1, "predecessors do not fit");
  BREAK(fn->edges[fn->blocks[2].succs], 3, "predecessors do not fit");
  BREAK(fn->edges[fn->blocks[2].preds], 4, "block 2 comes before all its predecessors");
  BREAK(fn->edges[fn->blocks[2].succs], 0, "predecessors do not fit");
  BREAK(fn->cases[0].succ, 2, "bad case 0");
  BREAK(fn->cases[1].low, 7, "bad case 1");
}

static void test_instructions(void **state) {
  (void)state;
  BREAK(fn->insns[4].op, IR_OP_COUNT, "opcode");
  BREAK(fn->insns[4].op, IR_RET, "instruction 4 (RET): a terminator amid");
  BREAK(fn->insns[10].op, IR_STOP, "instruction 10 (STOP): 1 successors");
  BREAK(fn->insns[14].op, IR_NEG, "ends its block and is no terminator");
  BREAK(fn->insns[4].loc, fn->nlocs, "place");
  BREAK(fn->insns[4].name, u->nstrings, "name: string");
  BREAK(fn->insns[4].type, u->ntypes, "result: type");
  BREAK(fn->insns[4].type, 0, "no result type");
  BREAK(fn->insns[7].type, 1, "a result");
  BREAK(fn->insns[4].nargs, 1, "1 operands");
  BREAK(fn->insns[4].nargs, 3, "3 operands");
  BREAK(fn->insns[4].args, fn->nargs, "operands outside");
  BREAK(fn->insns[13].nargs, 60000, "operands outside");
  BREAK(fn->insns[4].aux, 1, "unused member is 1");
  BREAK(fn->insns[0].aux, 2, "parameter 2 of 2");
  BREAK(fn->insns[11].aux, u->nsymbols, "symbol");
  BREAK(fn->insns[13].aux, u->nstrings, "text: string");
  BREAK(fn->insns[6].aux, fn->naddrs, "address");
  BREAK(fn->insns[8].aux, fn->naddrs - 1, "address 5 of 5"); /* it takes two */
  BREAK(fn->insns[12].aux, 1, "cases do not belong here");
  BREAK(fn->insns[5].op, IR_JUMP, "JUMP): 1 operands");
  BREAK(fn->insns[3].nargs, 1, "1 operands for 2 predecessors");
}

static void test_addresses(void **state) {
  (void)state;
  IrAddr *load = &fn->addrs[fn->insns[6].aux], *store = &fn->addrs[fn->insns[7].aux];
  BREAK(load->hops, fn->nhops, "path outside");
  BREAK(load->nhops, IR_LONGEST_PATH, "path outside");
  BREAK(load->base, 0u, "operand 00000000 names nothing");
  BREAK(load->base, 7u << IR_REF_SHIFT, "names nothing");
  BREAK(load->base, ir_ref(IR_REF_LOCAL, 1), "names nothing");
  BREAK(load->base, ir_ref(IR_REF_VALUE, 6), "is not computed");
  BREAK(load->scale, 4u, "scale without index");
  BREAK(load->type, u->ntypes, "address: type");
  BREAK(load->flags, IR_MEM_BITFIELD, "bit-field without bits");
  BREAK(load->bit_width, 3, "bit-field without bits");
  BREAK(load->rmw, IR_RMW_ADD, "read-modify-write");
  BREAK(store->index, ir_ref(IR_REF_SYM, 99), "names nothing");
  BREAK(store->index, ir_ref(IR_REF_VALUE, 9), "is not computed");
}

static void test_operands(void **state) {
  (void)state;
  IrRef *ne = &fn->args[fn->insns[4].args], *phi = &fn->args[fn->insns[3].args],
        *ret = &fn->args[fn->insns[15].args];
  BREAK(ne[0], ir_ref(IR_REF_NONE, 0), "names nothing");
  BREAK(ne[0], ir_ref(IR_REF_VALUE, 99), "value 99 of 16");
  BREAK(ne[0], ir_ref(IR_REF_VALUE, 7), "operand %7 has no value");
  BREAK(ne[0], ir_ref(IR_REF_VALUE, 11), "operand %11 has no value");
  BREAK(ne[0], ir_ref(IR_REF_VALUE, 4), "operand %4 is not computed");
  BREAK(ne[0], ir_ref(IR_REF_VALUE, 9), "operand %9 is not computed");
  BREAK(ne[1], ir_ref(IR_REF_CONST, fn->nconsts), "names nothing");
  BREAK(ne[1], ir_ref(IR_REF_STR, 1), "names nothing");
  BREAK(ne[1], ir_ref(IR_REF_UNDEF, 1), "names nothing");
  BREAK(ret[0], ir_ref(IR_REF_VALUE, 6), "operand %6 is not computed");
  /* a PHI's operand is needed at the end of its predecessor */
  BREAK(phi[0], ir_ref(IR_REF_VALUE, 9), "operand %9 is not computed");
  BREAK(phi[1], ir_ref(IR_REF_VALUE, 99), "value 99");
  IrRef old = phi[1];
  phi[1] = ir_ref(IR_REF_VALUE, 3); /* its own value from the last time round is fine */
  assert_good();
  phi[1] = old;
}

/* A PHI behind another instruction, and an entry that is jumped to. */
static void test_shapes(void **state) {
  (void)state;
  static const struct {
    const char *text, *error;
  } bad[] = {
      {"function @f(0) {\na:\n JUMP b\nb:\n %1 = NEG int 1\n %2 = PHI int [a: 1]\n RET\n}\n",
       "comes after other instructions"},
      {"function @f(0) {\na:\n JUMP b\nb:\n JUMP a\n}\n", "the entry has predecessors"},
      {"function @f(1) {\na:\n JUMP b\nb:\n %1 = PARAM int 0\n RET\n}\n", "parameter 0 of 1"},
      {"function @f(0) {\na:\n SWITCH 1, []\n}\n", "0 successors"},
      {"function @f(0) {\na:\n RET 1, 2\n}\n", "2 operands"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    HpError err = {0};
    assert_null(ir_parse_unit(bad[i].text, strlen(bad[i].text), "t", &err));
    if (!strstr(err.text, bad[i].error))
      fail_msg("want '%s', got '%s'", bad[i].error, err.text);
  }
}

/* Names from a hostile file do not reach the terminal raw. */
static void test_names_are_escaped(void **state) {
  (void)state;
  HpError err = {0};
  static const char text[] = "function @\"\\x1b[2J\"(0) {\na:\n RET %1\nb:\n %1 = NEG int 1\n"
                             " STOP\n}\n";
  assert_null(ir_parse_unit(text, sizeof text - 1, "t", &err));
  assert_non_null(strstr(err.text, "\\x1b[2J"));
  assert_null(strchr(err.text, 0x1b));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_labels_and_inits, setup, teardown),
      cmocka_unit_test_setup_teardown(test_unit_tables, setup, teardown),
      cmocka_unit_test_setup_teardown(test_function_tables, setup, teardown),
      cmocka_unit_test_setup_teardown(test_blocks, setup, teardown),
      cmocka_unit_test_setup_teardown(test_instructions, setup, teardown),
      cmocka_unit_test_setup_teardown(test_addresses, setup, teardown),
      cmocka_unit_test_setup_teardown(test_operands, setup, teardown),
      cmocka_unit_test(test_shapes),
      cmocka_unit_test(test_names_are_escaped),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
