/* Messages: what goes in comes out, and nothing that is cut or damaged is believed. */
#include "analyzer/unit/worker.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void fill(UnitResult *r, char **missing, DbFileStamp *files) {
  missing[0] = (char *)"lua.h";
  missing[1] = (char *)"";
  files[0] = (DbFileStamp){(char *)"/a/b.c", 123456789012, -5, 0xFEDCBA9876543210};
  *r = (UnitResult){.index = 7,
                    .status = 1,
                    .reason = (char *)"lua.h: file not found",
                    .missing = missing,
                    .nmissing = 2,
                    .files = files,
                    .nfiles = 1,
                    .absent = missing,
                    .nabsent = 1,
                    .record = (char *)"\0rec\377",
                    .record_size = 5,
                    .opaque = 3,
                    .parse_seconds = 0.25,
                    .lower_seconds = 1e-9};
}

static void results_round_trip(void **state) {
  (void)state;
  char *missing[2];
  DbFileStamp files[1];
  UnitResult r, back;
  fill(&r, missing, files);
  HpBuf bytes = {0};
  worker_encode(&bytes, &r);
  HpError err = {0};
  assert_true(worker_decode(bytes.text, bytes.length, &back, &err));
  assert_int_equal(back.index, 7);
  assert_int_equal(back.status, 1);
  assert_string_equal(back.reason, r.reason);
  assert_int_equal(back.nmissing, 2);
  assert_string_equal(back.missing[0], "lua.h");
  assert_string_equal(back.missing[1], "");
  assert_int_equal(back.nfiles, 1);
  assert_string_equal(back.files[0].path, "/a/b.c");
  assert_true(back.files[0].size == 123456789012 && back.files[0].mtime_ns == -5);
  assert_true(back.files[0].hash == 0xFEDCBA9876543210);
  assert_int_equal(back.nabsent, 1);
  assert_string_equal(back.absent[0], "lua.h");
  assert_int_equal(back.record_size, 5);
  assert_memory_equal(back.record, r.record, 5);
  assert_true(back.parse_seconds == 0.25 && back.lower_seconds == 1e-9);
  unit_result_free(&back);
  hp_buf_free(&bytes);
}

static void cut_and_damaged_results_are_refused(void **state) {
  (void)state;
  char *missing[2];
  DbFileStamp files[1];
  UnitResult r, back;
  fill(&r, missing, files);
  HpBuf bytes = {0};
  worker_encode(&bytes, &r);
  for (size_t cut = 0; cut < bytes.length; cut++) {
    HpError err = {0};
    assert_false(worker_decode(bytes.text, cut, &back, &err));
    assert_true(err.set);
  }
  hp_buf_addc(&bytes, 'x'); /* something after the end */
  assert_false(worker_decode(bytes.text, bytes.length, &back, NULL));
  for (size_t i = 0; i < bytes.length - 1; i++) { /* any byte flipped: no crash, no leak */
    bytes.text[i] ^= (char)0xFF;
    if (worker_decode(bytes.text, bytes.length - 1, &back, NULL))
      unit_result_free(&back);
    bytes.text[i] ^= (char)0xFF;
  }
  hp_buf_free(&bytes);
}

/* Sent and received without copies; `frame` as the pool has read it. */
static void records_stay_in_their_frame(void **state) {
  (void)state;
  char *missing[2];
  DbFileStamp files[1];
  UnitResult r, back;
  fill(&r, missing, files);
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  assert_true(worker_send(ends[1], &r));
  close(ends[1]);
  HpBuf frame = {0}, encoded = {0}, framed = {0};
  hp_buf_reserve(&frame, 4096);
  ssize_t got = read(ends[0], frame.text, 4096);
  close(ends[0]);
  assert_true(got > 0);
  frame.length = (size_t)got;
  worker_encode(&encoded, &r);
  message_frame(&framed, encoded.text, encoded.length);
  assert_int_equal(framed.length, frame.length);
  assert_memory_equal(framed.text, frame.text, frame.length);
  HpError err = {0};
  HpBuf cut = {.text = hp_strndup(frame.text, frame.length), .length = frame.length - 1};
  assert_false(worker_decode_frame(&cut, &back, &err));
  assert_non_null(cut.text); /* still the caller's */
  hp_buf_free(&cut);
  assert_true(worker_decode_frame(&frame, &back, NULL));
  assert_null(frame.text);
  assert_string_equal(back.missing[0], "lua.h");
  assert_int_equal(back.record_size, 5);
  assert_memory_equal(back.record, r.record, 5);
  unit_result_free(&back);
  hp_buf_free(&encoded);
  hp_buf_free(&framed);
}

static void requests_round_trip(void **state) {
  (void)state;
  char *args[] = {(char *)"-DA=\"x y\"", (char *)"-I/inc", NULL};
  ProjectUnit unit = {.file = (char *)"/a.c", .directory = (char *)"/", .args = args, .nargs = 2};
  const char *const texts[] = {NULL, "", "int\0x;"};
  const size_t sizes[] = {0, 0, 6};
  for (int i = 0; i < 3; i++) {
    HpBuf bytes = {0};
    WorkerText others[] = {{(char *)"/b.h", (char *)"int\0h;", 6}, {(char *)"/c.h", (char *)"", 0}};
    WorkerRequest asked = {.unsaved = (char *)(uintptr_t)texts[i],
                           .unsaved_size = sizes[i],
                           .texts = others,
                           .ntexts = (uint32_t)i,
                           .preamble = i ? (char *)"/p.pch" : NULL,
                           .make_preamble = i == 2};
    worker_request_encode(&bytes, &unit, &asked);
    WorkerRequest back;
    HpError err = {0};
    assert_true(worker_request_decode(bytes.text, bytes.length, &back, &err));
    assert_string_equal(back.file, "/a.c");
    assert_string_equal(back.directory, "/");
    assert_int_equal(back.nargs, 2);
    assert_string_equal(back.args[0], args[0]);
    assert_string_equal(back.args[1], args[1]);
    assert_null(back.args[2]);
    assert_int_equal(back.ntexts, i);
    if (i) {
      assert_string_equal(back.texts[0].path, "/b.h");
      assert_int_equal(back.texts[0].size, 6);
      assert_memory_equal(back.texts[0].text, others[0].text, 6);
    }
    assert_true(i ? !strcmp(back.preamble, "/p.pch") : !back.preamble);
    assert_int_equal(back.make_preamble, i == 2);
    assert_int_equal(back.unsaved_size, sizes[i]);
    assert_true(!back.unsaved == !texts[i]);
    if (texts[i])
      assert_memory_equal(back.unsaved, texts[i], sizes[i]);
    worker_request_free(&back);
    for (size_t cut = 0; cut < bytes.length; cut++)
      if (worker_request_decode(bytes.text, cut, &back, NULL))
        worker_request_free(&back);
    hp_buf_free(&bytes);
  }
}

static void framing_over_a_pipe(void **state) {
  (void)state;
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  assert_true(message_write(ends[1], "hello", 5));
  assert_true(message_write(ends[1], "", 0));
  assert_int_equal(write(ends[1], "\012\0\0\0abc", 7), 7); /* promises ten bytes */
  close(ends[1]);
  HpBuf in = {0};
  HpError err = {0};
  assert_int_equal(message_read(ends[0], &in, &err), 1);
  assert_string_equal(in.text, "hello");
  assert_int_equal(message_read(ends[0], &in, &err), 1);
  assert_int_equal(in.length, 0);
  assert_int_equal(message_read(ends[0], &in, &err), -1);
  assert_true(err.set);
  assert_int_equal(message_read(ends[0], &in, &err), 0);
  close(ends[0]);
  hp_buf_free(&in);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(results_round_trip),
      cmocka_unit_test(records_stay_in_their_frame),
      cmocka_unit_test(cut_and_damaged_results_are_refused),
      cmocka_unit_test(requests_round_trip),
      cmocka_unit_test(framing_over_a_pipe),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
