/* The real hplint-unit: as a worker of the pool, and writing a record to a file. */
#include "analyzer/unit/worker.h"
#include "ir/build.h"
#include "ir/serial.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PROGRAM TEST_BIN_DIR "/hplint-unit"

static const char source[] = "#include <stdio.h>\n"
                             "int f(int n) { while (n--) printf(\"%d\", n); return n; }\n";
static char folder[] = "/tmp/unit_program_XXXXXX";
static char *file;

static int set_up(void **state) {
  (void)state;
  if (!mkdtemp(folder))
    return -1;
  file = hp_format("%s/a.c", folder);
  FILE *f = fopen(file, "w");
  if (!f || fputs(source, f) < 0)
    return -1;
  return fclose(f);
}

static int tear_down(void **state) {
  (void)state;
  unlink(file);
  free(file);
  return rmdir(folder);
}

/* Exit status of the program with these arguments; both its streams go to /dev/null. */
static int status_of(const char *arguments) {
  char *command = hp_format("cd %s && " PROGRAM " %s >/dev/null 2>&1", folder, arguments);
  int status = system(command);
  free(command);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static UnitResult ask(Pool *pool, const char *unsaved) {
  ProjectUnit unit = {.file = file, .directory = folder, .args = (char *[]){NULL}};
  UnitResult result;
  HpError err = {0};
  if (!pool_run_one(pool, &unit, unsaved, unsaved ? strlen(unsaved) : 0, &result, &err))
    fail_msg("%s", err.text);
  return result;
}

static void works_for_the_pool(void **state) {
  (void)state;
  HpError err = {0};
  Pool *pool = pool_start(&(PoolOptions){.jobs = 1, .program = PROGRAM}, &err);
  assert_non_null(pool);
  for (int i = 0; i < 2; i++) { /* a worker serves more than one unit */
    UnitResult r = ask(pool, NULL);
    assert_int_equal(r.status, 0);
    assert_true(r.nfiles > 1);
    assert_string_equal(r.files[0].path, file);
    IrUnit *unit = ir_read_unit(r.record, r.record_size, "record", &err);
    assert_non_null(unit);
    assert_int_equal(unit->nfunctions, 1);
    ir_unit_free(unit);
    unit_result_free(&r);
  }
  UnitResult r =
      ask(pool, "#include \"gone.h\"\n#pragma message \"noise\"\nint g, h(void) { return g; }");
  assert_int_equal(r.status, 1);
  assert_int_equal(r.nmissing, 1);
  assert_string_equal(r.missing[0], "gone.h");
  assert_non_null(r.record);
  unit_result_free(&r);
  pool_stop(pool);
}

static void writes_the_same_record(void **state) {
  (void)state;
  HpError err = {0};
  assert_int_equal(status_of("--ir a.hpu -- cc -c a.c -o a.o"), 0);
  char *path = hp_format("%s/a.hpu", folder), *object = hp_format("%s/a.o", folder);
  assert_int_equal(access(object, F_OK), -1);
  FILE *f = fopen(path, "rb");
  assert_non_null(f);
  char bytes[1 << 16];
  size_t size = fread(bytes, 1, sizeof bytes, f);
  fclose(f);
  Pool *pool = pool_start(&(PoolOptions){.jobs = 1, .program = PROGRAM}, &err);
  UnitResult r = ask(pool, NULL);
  assert_int_equal(size, r.record_size);
  assert_memory_equal(bytes, r.record, size);
  unit_result_free(&r);
  pool_stop(pool);
  unlink(path);
  free(path);
  free(object);
}

static void wrong_use(void **state) {
  (void)state;
  assert_int_equal(status_of("--version"), 0);
  assert_int_equal(status_of("--help"), 0);
  assert_int_equal(status_of("a.c"), 2);
  assert_int_equal(status_of("-o a.hpu --"), 2);
  assert_int_equal(status_of("-o a.hpu -- cc -c"), 2);
  assert_int_equal(status_of("-o a.hpu -- cc -c gone.c"), 2);
  assert_int_equal(status_of("-o no/such/a.hpu -- cc -c a.c"), 2);
  assert_int_equal(status_of("</dev/null"), 0);
  assert_int_equal(status_of("<a.c"), 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(works_for_the_pool),
      cmocka_unit_test(writes_the_same_record),
      cmocka_unit_test(wrong_use),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
