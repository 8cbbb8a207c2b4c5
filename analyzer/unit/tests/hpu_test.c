/* Record files: what goes in comes out, and nothing else is believed. */
#include "analyzer/unit/hpu.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void encode_one(HpBuf *out) {
  char file[] = "/tree/a.c", flag[] = "-fplugin=x", language[] = "C++", header[] = "gone.h",
       reason[] = "gone.h: file not found", record[] = "IR";
  HpuDrop drops[] = {{0, 1, flag}, {3, 2, language}};
  HpuFile f = {.file = file,
               .key = 7,
               .merit = 1,
               .drops = drops,
               .ndrops = 2,
               .result = {.index = 9,
                          .status = 1,
                          .reason = reason,
                          .missing = (char *[]){header},
                          .nmissing = 1,
                          .parse_seconds = 1.5,
                          .record = record,
                          .record_size = 2}};
  hpu_encode(out, &f);
}

static void comes_back(void **state) {
  (void)state;
  HpBuf bytes = {0};
  HpError err = {0};
  HpuFile f;
  encode_one(&bytes);
  assert_true(hpu_decode(bytes.text, bytes.length, "x", &f, &err));
  assert_string_equal(f.file, "/tree/a.c");
  assert_int_equal(f.key, 7);
  assert_int_equal(f.merit, 1);
  assert_int_equal(f.ndrops, 2);
  assert_int_equal(f.drops[1].kind, 3);
  assert_int_equal(f.drops[1].count, 2);
  assert_string_equal(f.drops[1].what, "C++");
  assert_int_equal(f.result.status, 1);
  assert_string_equal(f.result.reason, "gone.h: file not found");
  assert_string_equal(f.result.missing[0], "gone.h");
  assert_int_equal(f.result.record_size, 2);
  assert_memory_equal(f.result.record, "IR", 2);
  /* What differs from run to run is not there. */
  assert_int_equal(f.result.index, 0);
  assert_true(f.result.parse_seconds == 0);
  hpu_free(&f);
  hp_buf_free(&bytes);
}

static void is_not_believed(void **state) {
  (void)state;
  HpBuf bytes = {0};
  HpuFile f;
  encode_one(&bytes);
  for (size_t size = 0; size < bytes.length; size++) {
    HpError err = {0};
    assert_false(hpu_decode(bytes.text, size, "x.hpu", &f, &err));
    assert_non_null(strstr(err.text, "x.hpu: "));
    assert_null(f.file);
  }
  for (size_t i = 0; i < bytes.length; i++) { /* any byte may be any other: no crash, no leak */
    bytes.text[i] ^= (char)0xA5;
    if (hpu_decode(bytes.text, bytes.length, "x.hpu", &f, NULL))
      hpu_free(&f);
    bytes.text[i] ^= (char)0xA5;
  }
  HpError err = {0};
  bytes.text[8] ^= 1; /* of the front end's number */
  assert_false(hpu_decode(bytes.text, bytes.length, "x.hpu", &f, &err));
  assert_non_null(strstr(err.text, "another version"));
  hp_buf_free(&bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(comes_back),
                                     cmocka_unit_test(is_not_believed)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
