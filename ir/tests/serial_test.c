/* Units as bytes: equal after a round trip, and bytes that are cut off or altered are refused or
 * harmless, never a crash. */
#include "ir/build.h"
#include "ir/serial.h"
#include "ir/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* while (p) { s += p->v; p = p->next; g(&p->v); } with a switch and a literal thrown in. */
static void add_function(IrUnitBuilder *ub, IrTypeId int_type, IrTypeId node_ptr, IrSymId sym,
                         IrSymId g) {
  IrBuilder *b =
      ir_build_begin(ub, sym, (IrLoc){.line = 3, .column = 1}, (IrLoc){.line = 3}, int_type, 1);
  IrVar p = ir_build_var(b, "p", node_ptr), s = ir_build_var(b, "s", int_type);
  ir_build_write(b, p, ir_build_param(b, 0, node_ptr, "p"));
  ir_build_write(b, s, ir_build_int(b, int_type, 0));
  IrRef local = ir_build_local(b, "tmp", int_type, 0, (IrLoc){.line = 4});
  IrBlockId head = ir_build_block(b), body = ir_build_block(b), out = ir_build_block(b),
            other = ir_build_block(b);
  ir_build_jump(b, head);
  ir_build_enter(b, head);
  ir_build_mark_loop(b, head, (IrLoc){.line = 5, .column = 3});
  ir_build_branch(b, ir_build_read(b, p), body, out);
  ir_build_seal(b, body);
  ir_build_enter(b, body);
  IrMacro macro = {.name = ir_unit_str(ub, "MAX"), .line = 2, .column = 19};
  assert_int_equal(ir_unit_macro(ub, macro), 1); /* the same for both functions */
  ir_build_at(b, (IrLoc){.line = 6, .column = 5, .macro = 1});
  IrAddr v = {.base = ir_build_read(b, p), .type = int_type, .size = 4};
  IrRef value = ir_build_load(b, &v, (IrHop[]){{0, 0}}, 1);
  ir_build_write(b, s, ir_build_op2(b, IR_ADD, int_type, IR_INSN_NSW, ir_build_read(b, s), value));
  IrAddr home = {.base = local, .type = int_type, .size = 4};
  ir_build_store(b, &home, NULL, 0, value);
  ir_build_call(b, g, 0, (IrRef[]){local, ir_ref(IR_REF_STR, ir_unit_literal(ub, "x\0y", 3))}, 2);
  IrAddr next = {.base = ir_build_read(b, p), .offset = 8, .type = node_ptr, .size = 8};
  ir_build_write(b, p, ir_build_load(b, &next, (IrHop[]){{0, 1}}, 1));
  ir_build_jump(b, head);
  ir_build_seal(b, head);
  ir_build_seal(b, out);
  ir_build_enter(b, out);
  ir_build_switch(b, ir_build_read(b, s), (IrCase[]){{1, 4, 1}, {-9, -9, 0}}, 2,
                  (IrBlockId[]){other, other}, 2);
  ir_build_seal(b, other);
  ir_build_enter(b, other);
  ir_build_return(b, ir_build_read(b, s));
  ir_build_end(b);
}

static IrUnit *sample(void) {
  IrUnitBuilder *ub = ir_unit_begin("/dir/list.c");
  ir_unit_file(ub, "/dir/list.c", IR_FILE_MAIN);
  IrTypeId int_type = ir_unit_type(
      ub, &(IrType){.kind = IR_T_INT, .size = 4, .align_log2 = 2, .name = ir_unit_str(ub, "int")});
  IrRecordId rec = ir_unit_record(ub, &(IrRecord){.name = ir_unit_str(ub, "struct node"),
                                                  .size = 16,
                                                  .align = 8,
                                                  .flags = IR_REC_IN_MAIN});
  IrTypeId node = ir_unit_type(ub, &(IrType){.kind = IR_T_RECORD,
                                             .record = rec,
                                             .size = 16,
                                             .align_log2 = 3,
                                             .name = ir_unit_str(ub, "struct node")});
  IrTypeId node_ptr = ir_unit_pointer_to(ub, node);
  ir_unit_record_at(ub, rec)->type = node;
  ir_unit_record_fields(ub, rec,
                        (IrField[]){{ir_unit_str(ub, "v"), int_type, 0, 32, 0},
                                    {ir_unit_str(ub, "next"), node_ptr, 64, 64, 0}},
                        2);
  IrSymId f = ir_unit_symbol(
      ub, &(IrSymbol){.name = ir_unit_str(ub, "f"), .flags = IR_SYM_FUNCTION | IR_SYM_DEFINED});
  IrSymId g =
      ir_unit_symbol(ub, &(IrSymbol){.name = ir_unit_str(ub, "g"), .flags = IR_SYM_FUNCTION});
  add_function(ub, int_type, node_ptr, f, g);
  add_function(ub, int_type, node_ptr, g, f);
  IrUnit *u = ir_unit_end(ub);
  HpError err = {0};
  if (!ir_verify(u, &err))
    fail_msg("%s", err.text);
  return u;
}

static HpBuf sample_bytes(void) {
  IrUnit *u = sample();
  HpBuf bytes = {0};
  ir_write_unit(&bytes, u);
  ir_unit_free(u);
  return bytes;
}

static void test_round_trip(void **state) {
  (void)state;
  HpBuf bytes = sample_bytes(), again = {0};
  HpError err = {0};
  IrUnit *u = ir_read_unit(bytes.text, bytes.length, "x.hpu", &err);
  if (!u)
    fail_msg("%s", err.text);
  assert_int_equal(u->nfunctions, 2);
  assert_string_equal(ir_str(u, u->path), "/dir/list.c");
  assert_string_equal(ir_function_name(u, &u->functions[1]), "g");
  assert_string_equal(ir_str(u, u->records[0].name), "struct node");
  assert_int_equal(
      ir_loc(&u->functions[0], ir_block_info(&u->functions[0], &u->functions[0].blocks[1])->loc)
          .line,
      5);
  assert_int_equal(u->nmacros, 2);
  assert_string_equal(ir_str(u, u->macros[1].name), "MAX");
  assert_int_equal(u->macros[1].column, 19);
  assert_memory_equal(u->strings + u->literals[0].offset, "x\0y", 4);
  ir_write_unit(&again, u);
  assert_int_equal(bytes.length, again.length);
  assert_memory_equal(bytes.text, again.text, bytes.length);
  ir_unit_free(u);
  hp_buf_free(&bytes);
  hp_buf_free(&again);
}

/* Equal units, equal bytes: the cache and the comparison of runs rest on it. */
static void test_deterministic(void **state) {
  (void)state;
  HpBuf a = sample_bytes(), b = sample_bytes();
  assert_int_equal(a.length, b.length);
  assert_memory_equal(a.text, b.text, a.length);
  hp_buf_free(&a);
  hp_buf_free(&b);
}

static void test_empty_unit(void **state) {
  (void)state;
  IrUnit *u = ir_unit_end(ir_unit_begin(""));
  HpBuf bytes = {0};
  ir_write_unit(&bytes, u);
  ir_unit_free(u);
  HpError err = {0};
  u = ir_read_unit(bytes.text, bytes.length, "x", &err);
  assert_non_null(u);
  assert_int_equal(u->nfunctions, 0);
  assert_int_equal(u->ntypes, 1);
  ir_unit_free(u);
  hp_buf_free(&bytes);
}

/* A copy of exactly `size` bytes, so that reading past them is seen. */
static IrUnit *read_exact(const char *bytes, size_t size, HpError *err) {
  char *copy = hp_malloc(size);
  memcpy(copy, bytes, size);
  IrUnit *u = ir_read_unit(copy, size, "x.hpu", err);
  free(copy);
  return u;
}

static void test_cut_off(void **state) {
  (void)state;
  HpBuf bytes = sample_bytes();
  for (size_t size = 0; size < bytes.length; size++) {
    HpError err = {0};
    assert_null(read_exact(bytes.text, size, &err));
    assert_true(err.set);
    assert_non_null(strstr(err.text, "x.hpu: "));
  }
  hp_buf_addn(&bytes, "more", 4);
  HpError err = {0};
  assert_null(read_exact(bytes.text, bytes.length, &err));
  hp_buf_free(&bytes);
}

static void test_other_versions(void **state) {
  (void)state;
  HpBuf bytes = sample_bytes();
  HpError err = {0};
  bytes.text[8]++;
  assert_null(read_exact(bytes.text, bytes.length, &err));
  char *want =
      hp_format("version %u, this is version %u", IR_SERIAL_VERSION + 1, IR_SERIAL_VERSION);
  assert_non_null(strstr(err.text, want));
  free(want);
  bytes.text[8]--;
  bytes.text[0] = 'X';
  err = (HpError){0};
  assert_null(read_exact(bytes.text, bytes.length, &err));
  assert_string_equal(err.text, "x.hpu: not a unit record");
  hp_buf_free(&bytes);
}

static uint32_t next_random(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(*state >> 33);
}

/* What the reader lets through can be written again: all of it is in range. */
static uint32_t try_garbled(const char *bytes, size_t size) {
  HpError err = {0};
  IrUnit *u = read_exact(bytes, size, &err);
  assert_int_equal(!u, err.set);
  if (!u)
    return 1;
  HpBuf again = {0};
  ir_write_unit(&again, u);
  hp_buf_free(&again);
  ir_unit_free(u);
  return 0;
}

static void test_garbled(void **state) {
  (void)state;
  HpBuf bytes = sample_bytes();
  uint64_t seed = 1;
  uint32_t refused = 0;
  enum { ROUNDS = 30000 };
  for (int i = 0; i < ROUNDS; i++) {
    char *copy = hp_malloc(bytes.length);
    memcpy(copy, bytes.text, bytes.length);
    for (uint32_t n = 1 + next_random(&seed) % 3; n--;) {
      uint32_t at = 24 + next_random(&seed) % (uint32_t)(bytes.length - 24);
      if (next_random(&seed) % 4)
        copy[at] ^= (char)(1 << next_random(&seed) % 8);
      else
        copy[at] = (char)next_random(&seed);
    }
    refused += try_garbled(copy, bytes.length);
    free(copy);
  }
  assert_true(refused > ROUNDS / 4); /* the verifier does look */
  hp_buf_free(&bytes);
}

/* Every 32-bit word set to what breaks careless sums. */
static void test_extreme_words(void **state) {
  (void)state;
  HpBuf bytes = sample_bytes();
  static const uint32_t values[] = {0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x20000000};
  for (size_t at = 8; at + 4 <= bytes.length; at += 4)
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
      uint32_t old;
      memcpy(&old, bytes.text + at, 4);
      memcpy(bytes.text + at, &values[i], 4);
      try_garbled(bytes.text, bytes.length);
      memcpy(bytes.text + at, &old, 4);
    }
  hp_buf_free(&bytes);
}

/* ---- columns --------------------------------------------------------------------------------- */

static bool unpacks(const HpBuf *packed, size_t size, HpBuf *out) {
  char *record = hp_calloc(1, size);
  bool ok = ir_unpack_record(packed->text, packed->length, record, size);
  hp_buf_clear(out);
  if (ok)
    hp_buf_addn(out, record, size);
  free(record);
  return ok;
}

static void assert_packs(const HpBuf *record) {
  HpBuf packed = {0}, back = {0};
  assert_true(ir_pack_record(&packed, NULL, record->text, record->length));
  assert_true(unpacks(&packed, record->length, &back));
  assert_memory_equal(back.text, record->text, record->length);
  assert_false(unpacks(&packed, record->length + 8, &back));
  assert_false(unpacks(&packed, record->length - 8, &back));
  hp_buf_free(&packed);
  hp_buf_free(&back);
}

static void test_columns(void **state) {
  (void)state;
  IrUnit *u = sample();
  HpBuf record = {0}, none = {0};
  ir_write_unit(&record, u);
  assert_packs(&record);
  for (size_t size = 0; size < record.length; size += 8)
    assert_false(ir_pack_record(&none, NULL, record.text, size));
  hp_buf_free(&none);
  hp_buf_free(&record);
  ir_unit_free(u);
}

/* Comes back but for a word of padding, which the packed bytes do not have. */
static void assert_back(const HpBuf *record, const HpBuf *back, size_t at, bool padding) {
  assert_int_equal(back->length, record->length);
  assert_memory_equal(back->text, record->text, at);
  if (!padding)
    assert_memory_equal(back->text + at, record->text + at, 4);
  assert_memory_equal(back->text + at + 4, record->text + at + 4, record->length - at - 4);
}

/* Whatever the tables hold comes back, also where it is not what the columns expect. */
static void test_any_columns(void **state) {
  (void)state;
  IrUnit *u = sample();
  HpBuf record = {0}, usual = {0};
  ir_write_unit(&record, u);
  assert_true(ir_pack_record(&usual, NULL, record.text, record.length));
  size_t tables = record.length / 16 * 4; /* heads and counts lie further in front */
  for (size_t at = record.length - tables; at + 4 <= record.length; at += 4) {
    uint32_t old, extremes[] = {0, 1, 0x7fffffff, 0x80000000, UINT32_MAX};
    memcpy(&old, record.text + at, 4);
    for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++) {
      HpBuf packed = {0}, back = {0};
      memcpy(record.text + at, &extremes[i], 4);
      assert_true(ir_pack_record(&packed, NULL, record.text, record.length));
      assert_true(unpacks(&packed, record.length, &back));
      bool padding = extremes[i] != old && packed.length == usual.length &&
                     !memcmp(packed.text, usual.text, usual.length);
      assert_back(&record, &back, at, padding);
      hp_buf_free(&packed);
      hp_buf_free(&back);
    }
    memcpy(record.text + at, &old, 4);
  }
  hp_buf_free(&usual);
  hp_buf_free(&record);
  ir_unit_free(u);
}

/* Where columns end: ascending, the last one at the end; and numbers that follow from others take
 * a byte, so that a record is far smaller packed. */
static void test_ends_of_columns(void **state) {
  (void)state;
  IrUnit *u = sample();
  HpBuf record = {0}, packed = {0};
  IrEnds ends = {0};
  ir_write_unit(&record, u);
  assert_true(ir_pack_record(&packed, &ends, record.text, record.length));
  assert_true(ends.count > 100);
  size_t last = 0;
  for (uint32_t i = 0; i < ends.count; i++) {
    assert_true(ends.items[i] >= last);
    last = ends.items[i];
  }
  assert_int_equal(last, packed.length);
  assert_true(packed.length < record.length / 2);
  hp_buf_free(&packed);
  free(ends.items);
  hp_buf_free(&record);
  ir_unit_free(u);
}

static void test_damaged_columns(void **state) {
  (void)state;
  IrUnit *u = sample();
  HpBuf record = {0}, packed = {0}, back = {0};
  ir_write_unit(&record, u);
  assert_true(ir_pack_record(&packed, NULL, record.text, record.length));
  for (size_t size = packed.length; size-- > 0;) {
    HpBuf cut = {0}; /* in a block of its own, so that a byte too far is seen */
    hp_buf_addn(&cut, packed.text, size);
    cut.text = hp_realloc(cut.text, size ? size : 1);
    assert_false(unpacks(&cut, record.length, &back));
    hp_buf_free(&cut);
  }
  for (size_t at = 0; at < packed.length; at++) {
    char old = packed.text[at];
    for (int bit = 0; bit < 8; bit++) {
      packed.text[at] = (char)(old ^ 1 << bit);
      unpacks(&packed, record.length, &back);
    }
    packed.text[at] = old;
  }
  hp_buf_free(&packed);
  hp_buf_free(&record);
  hp_buf_free(&back);
  ir_unit_free(u);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_round_trip),      cmocka_unit_test(test_deterministic),
      cmocka_unit_test(test_empty_unit),      cmocka_unit_test(test_cut_off),
      cmocka_unit_test(test_other_versions),  cmocka_unit_test(test_garbled),
      cmocka_unit_test(test_extreme_words),   cmocka_unit_test(test_columns),
      cmocka_unit_test(test_any_columns),     cmocka_unit_test(test_damaged_columns),
      cmocka_unit_test(test_ends_of_columns),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
