/* `hplint record` with real profilers on a program compiled here. Skipped where perf, valgrind or
 * the compiler cannot be used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analyzer/cli/record.h"

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/record_test_XXXXXX";
static char *program;

/* hot N [STATUS [FILE]]: with FILE it says by making it that N steps are done, and goes on. */
static const char source[] = "#include <stdlib.h>\n"
                             "static volatile long sink;\n"
                             "__attribute__((noinline)) static void hot(long n) {\n"
                             "  for (long i = 0; i < n; i++)\n"
                             "    sink += i;\n"
                             "}\n"
                             "#include <stdio.h>\n"
                             "int main(int argc, char **argv) {\n"
                             "  hot(argc > 1 ? atol(argv[1]) : 100000000);\n"
                             "  if (argc > 3 && fopen(argv[3], \"w\"))\n"
                             "    hot(1000000000000);\n"
                             "  return argc > 2 ? atoi(argv[2]) : 0;\n"
                             "}\n";

static int build(void **state) {
  (void)state;
  if (!mkdtemp(dir))
    return -1;
  char *path = hp_format("%s/hot.c", dir);
  FILE *f = fopen(path, "w");
  fputs(source, f);
  fclose(f);
  program = hp_format("%s/hot", dir);
  char *line = hp_format("cc -O2 -g -o %s %s", program, path);
  if (system(line)) {
    free(program);
    program = NULL;
  }
  free(line);
  free(path);
  return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
  (void)st;
  (void)type;
  (void)ftw;
  return remove(path);
}

static int clean(void **state) {
  (void)state;
  free(program);
  return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static Store *open_store(void) {
  HpError err = {0};
  char *path = hp_format("%s/.hplint", dir);
  Store *s = store_open(path, true, &err);
  free(path);
  if (!s)
    fail_msg("%s", err.text);
  return s;
}

/* The command's status; skips the test where the profiler cannot run. */
static int run(Store *s, RecordOptions o, char *const *command) {
  HpError err = {0};
  o.store = s;
  o.root = dir;
  o.quiet = true;
  int status = record_command(command, &o, &err);
  if (status < 0 && (strstr(err.text, "perf cannot record here") ||
                     strstr(err.text, "is not installed") || strstr(err.text, "does not run here")))
    skip();
  if (status < 0)
    fail_msg("%s", err.text);
  return status;
}

static int64_t newest(Store *s) {
  HpError err = {0};
  int64_t id;
  assert_true(store_find_profile(s, 0, &id, NULL, &err));
  return id;
}

/* Nothing but the database is left in the store's folder. */
static void check_tidy(void) {
  char *line = hp_format("ls %s/.hplint | grep -q record", dir);
  assert_int_not_equal(system(line), 0);
  free(line);
}

static void perf_is_imported_and_the_status_passed_on(void **state) {
  (void)state;
  if (!program)
    skip();
  Store *s = open_store();
  char *command[] = {program, (char *)"1000000000", (char *)"7", NULL};
  assert_int_equal(run(s, (RecordOptions){0}, command), 7);
  int64_t id = newest(s);
  assert_int_not_equal(id, 0);
  double hot = store_line_hits(s, id, "hot.c", 4) > 0 ? store_line_hits(s, id, "hot.c", 4) : 0;
  hot += store_line_hits(s, id, "hot.c", 5);
  assert_true(hot > 50e6); /* ns; a round takes a cycle at least: five times that and more */
  check_tidy();
  store_close(s);
}

static void callgrind_is_exact_and_keeps_its_output(void **state) {
  (void)state;
  if (!program)
    skip();
  Store *s = open_store();
  char *output = hp_format("%s/100%%.out", dir);
  char *command[] = {program, (char *)"1000", (char *)"3", NULL};
  assert_int_equal(run(s, (RecordOptions){.callgrind = true, .output = output}, command), 3);
  assert_float_equal(store_line_hits(s, newest(s), "hot.c", 5), 1000, 0);
  HpError err = {0};
  Profile *p = profile_read(output, &err);
  assert_non_null(p);
  assert_string_equal(p->format, "callgrind");
  profile_free(p);
  check_tidy();
  free(output);
  store_close(s);
}

/* Ctrl-C goes to the whole foreground group: the recording ends and is still stored. */
static void interrupt_ends_and_stores(void **state) {
  (void)state;
  if (!program)
    skip();
  Store *s = open_store();
  int64_t before = newest(s);
  store_close(s);
  char *under_way = hp_format("%s/under-way", dir);
  pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    signal(SIGINT, SIG_DFL);
    HpError err = {0};
    char *command[] = {program, (char *)"100000000", (char *)"0", under_way, NULL};
    RecordOptions o = {.store = open_store(), .root = dir, .quiet = true};
    int status = record_command(command, &o, &err);
    store_close(o.store);
    _exit(status < 0 ? 77 : status);
  }
  int status;
  pid_t ended = 0;
  while (access(under_way, F_OK) && !(ended = waitpid(pid, &status, WNOHANG)))
    usleep(10 * 1000);
  if (!ended) {
    kill(-pid, SIGINT);
    ended = waitpid(pid, &status, 0);
  }
  unlink(under_way);
  free(under_way);
  assert_int_equal(ended, pid);
  assert_true(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77)
    skip();
  assert_int_equal(WEXITSTATUS(status), 128 + SIGINT);
  s = open_store();
  assert_true(newest(s) > before);
  store_close(s);
  check_tidy();
}

static void what_cannot_be_recorded_is_said(void **state) {
  (void)state;
  Store *s = open_store();
  int64_t before = newest(s);
  HpError err = {0};
  RecordOptions o = {.store = s, .root = dir, .quiet = true};
  char *none[] = {NULL}, *missing[] = {(char *)"no-such-command", NULL},
       *folder[] = {(char *)"/nonexistent/x", NULL};
  assert_int_equal(record_command(none, &o, &err), -1);
  assert_non_null(strstr(err.text, "nothing to record"));
  err = (HpError){0};
  assert_int_equal(record_command(missing, &o, &err), -1);
  assert_string_equal(err.text, "no-such-command: command not found");
  err = (HpError){0};
  assert_int_equal(record_command(folder, &o, &err), -1);
  assert_non_null(strstr(err.text, "No such file"));
  assert_int_equal(newest(s), before);
  store_close(s);
}

/* Without perf nothing slower is started unasked. */
static void missing_perf_offers_callgrind(void **state) {
  (void)state;
  char *mark = hp_format("%s/started", dir), *old = hp_strdup(getenv("PATH"));
  char *touch[] = {(char *)"/usr/bin/touch", mark, NULL};
  Store *s = open_store();
  HpError err = {0};
  RecordOptions o = {.store = s, .root = dir, .quiet = true};
  setenv("PATH", dir, 1);
  int status = record_command(touch, &o, &err);
  setenv("PATH", old, 1);
  assert_int_equal(status, -1);
  assert_non_null(strstr(err.text, "perf is not installed"));
  assert_non_null(strstr(err.text, "--callgrind"));
  assert_null(strchr(err.text, '\n'));
  assert_int_not_equal(access(mark, F_OK), 0);
  store_close(s);
  free(mark);
  free(old);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(perf_is_imported_and_the_status_passed_on),
      cmocka_unit_test(callgrind_is_exact_and_keeps_its_output),
      cmocka_unit_test(interrupt_ends_and_stores),
      cmocka_unit_test(what_cannot_be_recorded_is_said),
      cmocka_unit_test(missing_perf_offers_callgrind),
  };
  return cmocka_run_group_tests(tests, build, clean);
}
