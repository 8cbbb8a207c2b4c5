/* The pool against workers that misbehave. This program plays the worker too: with FAKE_WORKER set
 * it does what the unit's file name says. */
#include "analyzer/unit/worker.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the worker ----------------------------------------------------------------------------- */

static void answer(const WorkerRequest *request, size_t record_size) {
  HpBuf said = {0}, out = {0};
  for (uint32_t i = 0; i < request->nargs; i++)
    hp_buf_addf(&said, "%s%s", i ? " " : "", request->args[i]);
  char *record = hp_calloc(1, record_size + 1);
  memset(record, 'r', record_size);
  if (request->preamble && !request->make_preamble)
    hp_buf_add(&said, " with a preamble");
  UnitResult result = {.status = request->make_preamble ? 0
                                 : request->unsaved     ? 1
                                                        : 0,
                       .reason = said.text,
                       .record = record,
                       .record_size = record_size,
                       .opaque = (uint32_t)request->unsaved_size};
  worker_encode(&out, &result);
  if (!message_write(1, out.text, out.length))
    _exit(9);
  free(record);
  hp_buf_free(&said);
  hp_buf_free(&out);
}

static void eat_memory(void) {
  for (;;) {
    void *piece = malloc(64 << 20);
    if (!piece)
      hp_die("out of memory (67108864 bytes)");
    memset(piece, 1, 4096);
  }
}

static void flood_stderr(void) {
  for (int i = 0; i < 40000; i++)
    fputs("a warning that nobody asked for\n", stderr);
}

static void misbehave(const char *what, uint32_t served, const WorkerRequest *request) {
  static const char garbage[] = "Hello, this is no message at all, and it goes on for a while\n";
  if (!strcmp(what, "crash"))
    raise(SIGSEGV);
  if (!strcmp(what, "abort"))
    hp_die("lower.c:7: internal error: x < n");
  if (!strcmp(what, "tired") && served) /* fails only in a worker that is not fresh */
    raise(SIGBUS);
  if (!strcmp(what, "hang") || !strcmp(what, "deaf")) {
    if (!strcmp(what, "deaf"))
      dup2(2, 0), dup2(2, 1); /* hangs up, but lives */
    for (;;)
      pause();
  }
  if (!strcmp(what, "garbage") && write(1, garbage, sizeof garbage) > 0)
    pause();
  if (!strcmp(what, "damaged")) {
    message_write(1, garbage, sizeof garbage);
    pause();
  }
  if (!strcmp(what, "half") && write(1, "\377\0\0\0abc", 7) == 7)
    _exit(0);
  if (!strcmp(what, "memory"))
    eat_memory();
  if (!strcmp(what, "noisy"))
    flood_stderr();
  if (!strcmp(what, "exit3"))
    _exit(3);
  answer(request, !strcmp(what, "big") ? 20 << 20 : 5);
}

/* As the preamble's text says. */
static void make_preamble(const WorkerRequest *request) {
  if (strstr(request->unsaved, "crash.h"))
    raise(SIGSEGV);
  for (; strstr(request->unsaved, "hang.h");)
    pause();
  UnitResult refused = {.status = 2};
  HpBuf out = {0};
  worker_encode(&out, &refused);
  if (!strstr(request->unsaved, "refuse.h"))
    answer(request, 0);
  else if (!message_write(1, out.text, out.length))
    _exit(9);
  hp_buf_free(&out);
}

static int play_worker(void) {
  if (!strcmp(getenv("FAKE_WORKER"), "no-library")) {
    fputs("hplint-unit: error while loading shared libraries: libclang-19.so.19\n", stderr);
    return 127;
  }
  signal(SIGSEGV, SIG_DFL); /* a sanitizer would answer instead */
  signal(SIGBUS, SIG_DFL);
  HpBuf in = {0};
  HpError err = {0};
  for (uint32_t served = 0; message_read(0, &in, &err) == 1; served++) {
    WorkerRequest request;
    if (!worker_request_decode(in.text, in.length, &request, &err))
      return 8;
    const char *slash = strrchr(request.file, '/');
    if (request.make_preamble)
      make_preamble(&request);
    else if (request.preamble && !strncmp(slash + 1, "weak", 4))
      raise(SIGSEGV); /* reading it, not the unit, is to blame */
    else
      misbehave(slash + 1, served, &request);
    worker_request_free(&request);
  }
  hp_buf_free(&in);
  return 0;
}

/* ---- what the pool makes of it -------------------------------------------------------------- */

typedef struct Seen {
  uint32_t count;
  uint32_t order[64];
  UnitResult results[64]; /* by index */
  int *cancel;            /* set after the first result */
} Seen;

static void on_done(void *context, UnitResult *result) {
  Seen *seen = context;
  assert_true(result->index < 64);
  assert_null(seen->results[result->index].reason); /* each unit once */
  seen->order[seen->count++] = result->index;
  seen->results[result->index] = *result;
  if (seen->cancel)
    *seen->cancel = 1;
}

static void free_seen(Seen *seen) {
  for (int i = 0; i < 64; i++)
    unit_result_free(&seen->results[i]);
}

static char self[4096];

static Pool *start(unsigned jobs, unsigned seconds, unsigned megabytes) {
  PoolOptions options = {.jobs = jobs, .seconds = seconds, .megabytes = megabytes, .program = self};
  HpError err = {0};
  Pool *pool = pool_start(&options, &err);
  assert_non_null(pool);
  return pool;
}

/* Units named /nowhere/NAME, with one flag that names their place. */
static Project make_project(const char *const *names, uint32_t n) {
  Project p = {0};
  p.units = hp_calloc(n, sizeof *p.units);
  p.nunits = n;
  for (uint32_t i = 0; i < n; i++) {
    p.units[i].file = hp_format("/nowhere/%s", names[i]);
    p.units[i].directory = hp_strdup("/nowhere");
    p.units[i].args = hp_calloc(2, sizeof(char *));
    p.units[i].args[p.units[i].nargs++] = hp_format("-DUNIT=%u", i);
  }
  return p;
}

static void run_names(Pool *pool, const char *const *names, uint32_t n, Seen *seen) {
  Project p = make_project(names, n);
  uint32_t indexes[64];
  for (uint32_t i = 0; i < n; i++)
    indexes[i] = i;
  HpError err = {0};
  bool ok = pool_run(pool, &p, indexes, n, on_done, seen, NULL, &err);
  if (!ok)
    fail_msg("%s", err.text);
  assert_int_equal(seen->count, n);
  project_free(&p);
}

static void assert_good(const Seen *seen, uint32_t i) {
  char *want = hp_format("-DUNIT=%u", i);
  assert_int_equal(seen->results[i].status, 0);
  assert_string_equal(seen->results[i].reason, want);
  assert_int_equal(seen->results[i].record_size, 5);
  assert_memory_equal(seen->results[i].record, "rrrrr", 5);
  free(want);
}

static void assert_failed(const Seen *seen, uint32_t i, const char *reason) {
  assert_int_equal(seen->results[i].status, 2);
  assert_null(seen->results[i].record);
  if (!strstr(seen->results[i].reason, reason))
    fail_msg("\"%s\" is not in \"%s\"", reason, seen->results[i].reason);
}

static void good_units_in_order(void **state) {
  (void)state;
  const char *names[] = {"a", "b", "c", "d", "e", "f", "g"};
  Pool *pool = start(1, 30, 0);
  for (int again = 0; again < 2; again++) {
    Seen seen = {0};
    run_names(pool, names, 7, &seen);
    for (uint32_t i = 0; i < 7; i++) {
      assert_good(&seen, i);
      assert_int_equal(seen.order[i], i); /* equal sizes: as given */
    }
    free_seen(&seen);
  }
  pool_stop(pool);
}

static void biggest_first(void **state) {
  (void)state;
  char folder[] = "/tmp/hplint-pool-XXXXXX";
  assert_non_null(mkdtemp(folder));
  const size_t sizes[] = {10, 3000, 200, 3000};
  const char *names[] = {"a", "b", "c", "d"};
  Project p = make_project(names, 4);
  for (uint32_t i = 0; i < 4; i++) {
    free(p.units[i].file);
    p.units[i].file = hp_format("%s/%s", folder, names[i]);
    FILE *f = fopen(p.units[i].file, "w");
    for (size_t k = 0; k < sizes[i]; k++)
      fputc(' ', f);
    fclose(f);
  }
  Pool *pool = start(1, 30, 0);
  Seen seen = {0};
  const uint32_t indexes[] = {0, 1, 2, 3}, want[] = {1, 3, 2, 0};
  assert_true(pool_run(pool, &p, indexes, 4, on_done, &seen, NULL, NULL));
  assert_memory_equal(seen.order, want, sizeof want);
  for (uint32_t i = 0; i < 4; i++)
    unlink(p.units[i].file);
  rmdir(folder);
  free_seen(&seen);
  pool_stop(pool);
  project_free(&p);
}

static void bad_units_lose_only_themselves(void **state) {
  (void)state;
  const char *names[] = {"a", "crash", "b", "garbage", "c",     "half", "d",     "abort",
                         "e", "exit3", "f", "damaged", "noisy", "g",    "crash", "h"};
  for (unsigned jobs = 1; jobs <= 3; jobs++) {
    Pool *pool = start(jobs, 30, 0);
    Seen seen = {0};
    run_names(pool, names, 16, &seen);
    const uint32_t good[] = {0, 2, 4, 6, 8, 10, 12, 13, 15};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
      assert_good(&seen, good[i]);
    assert_failed(&seen, 1, "crashed (signal 11)");
    assert_failed(&seen, 14, "crashed (signal 11)");
    assert_failed(&seen, 3, "garbage");
    assert_failed(&seen, 5, "gave up (exit status 0)");
    assert_failed(&seen, 7, "crashed (signal 6): hplint: lower.c:7: internal error: x < n");
    assert_failed(&seen, 9, "gave up (exit status 3)");
    assert_failed(&seen, 11, "cut off or damaged");
    free_seen(&seen);
    pool_stop(pool);
  }
}

static void a_hang_ends_at_the_limit(void **state) {
  (void)state;
  const char *names[] = {"hang", "a", "hang", "b"};
  Pool *pool = start(2, 4, 0); /* time for the others on a busy machine, too */
  Seen seen = {0};
  run_names(pool, names, 4, &seen);
  assert_failed(&seen, 0, "took more than 4 s");
  assert_failed(&seen, 2, "took more than 4 s");
  assert_good(&seen, 1);
  assert_good(&seen, 3);
  free_seen(&seen);
  pool_stop(pool);
}

static void a_worker_that_hangs_up_but_lives(void **state) {
  (void)state;
  const char *names[] = {"deaf", "a"};
  Pool *pool = start(1, 60, 0);
  Seen seen = {0};
  run_names(pool, names, 2, &seen);
  assert_failed(&seen, 0, "signal 9");
  assert_good(&seen, 1);
  free_seen(&seen);
  pool_stop(pool);
}

static void memory_is_limited(void **state) {
  (void)state;
#if defined(__SANITIZE_ADDRESS__)
  skip();
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  skip();
#endif
#endif
  const char *names[] = {"a", "memory", "b"};
  Pool *pool = start(1, 60, 512);
  Seen seen = {0};
  run_names(pool, names, 3, &seen);
  assert_failed(&seen, 1, "ran out of memory (limit 512 MB)");
  assert_good(&seen, 0);
  assert_good(&seen, 2);
  free_seen(&seen);
  pool_stop(pool);
}

static void a_used_worker_is_not_held_against_a_unit(void **state) {
  (void)state;
  const char *names[] = {"a", "tired", "b"};
  Pool *pool = start(1, 30, 0);
  Seen seen = {0};
  run_names(pool, names, 3, &seen);
  for (uint32_t i = 0; i < 3; i++)
    assert_good(&seen, i);
  free_seen(&seen);
  pool_stop(pool);
}

static void big_answers_and_unsaved_text(void **state) {
  (void)state;
  const char *names[] = {"big", "a"};
  Project p = make_project(names, 2);
  Pool *pool = start(1, 60, 0);
  UnitResult result;
  HpError err = {0};
  assert_true(pool_run_one(pool, &p.units[0], NULL, 0, &result, &err));
  assert_int_equal(result.record_size, 20 << 20);
  assert_int_equal(result.status, 0);
  unit_result_free(&result);
  size_t size = 3 << 20; /* more than a socket holds */
  char *text = hp_calloc(1, size);
  assert_true(pool_run_one(pool, &p.units[1], text, size, &result, &err));
  assert_int_equal(result.status, 1);
  assert_int_equal(result.opaque, size);
  unit_result_free(&result);
  assert_true(pool_run_one(pool, &p.units[1], "", 0, &result, &err)); /* an empty buffer */
  assert_int_equal(result.status, 1);
  unit_result_free(&result);
  free(text);
  pool_stop(pool);
  project_free(&p);
}

static void cancel_returns_early(void **state) {
  (void)state;
  const char *names[] = {"a", "hang", "b", "c"};
  Project p = make_project(names, 4);
  Pool *pool = start(1, 60, 0);
  int cancel = 0;
  Seen seen = {.cancel = &cancel};
  const uint32_t indexes[] = {0, 1, 2, 3};
  HpError err = {0};
  assert_true(pool_run(pool, &p, indexes, 4, on_done, &seen, &cancel, &err));
  assert_int_equal(seen.count, 1);
  free_seen(&seen);
  pool_stop(pool);
  project_free(&p);
}

static void a_missing_program_is_one_line(void **state) {
  (void)state;
  PoolOptions options = {.jobs = 2, .program = "/nowhere/hplint-unit"};
  HpError err = {0};
  assert_null(pool_start(&options, &err));
  assert_non_null(strstr(err.text, "/nowhere/hplint-unit"));
  options.program = NULL; /* nothing lies beside this test */
  err = (HpError){0};
  assert_null(pool_start(&options, &err));
  assert_non_null(strstr(err.text, "hplint-unit"));
  assert_null(strchr(err.text, '\n'));
}

typedef struct Meanwhile {
  Seen seen;
  int called;
} Meanwhile;

static void note_meanwhile(void *context) {
  Meanwhile *m = context;
  assert_int_equal(m->seen.count, 0);
  m->called++;
}

/* What goes on meanwhile must not wait for the first unit, which may be the only one. */
static void meanwhile_comes_before_any_answer(void **state) {
  (void)state;
  const char *names[] = {"a"};
  Meanwhile m = {0};
  HpError err = {0};
  PoolOptions options = {
      .jobs = 1, .program = self, .meanwhile = note_meanwhile, .meanwhile_context = &m};
  Pool *pool = pool_start(&options, &err);
  assert_non_null(pool);
  run_names(pool, names, 1, &m.seen);
  assert_int_equal(m.called, 1);
  free_seen(&m.seen);
  pool_stop(pool);
}

static void a_program_that_cannot_run_is_one_line(void **state) {
  (void)state;
  const char *names[] = {"a", "b", "c"};
  Project p = make_project(names, 3);
  setenv("FAKE_WORKER", "no-library", 1);
  Pool *pool = start(2, 30, 0);
  const uint32_t indexes[] = {0, 1, 2};
  Seen seen = {0};
  HpError err = {0};
  assert_false(pool_run(pool, &p, indexes, 3, on_done, &seen, NULL, &err));
  assert_int_equal(seen.count, 0);
  assert_non_null(strstr(err.text, "cannot be run"));
  assert_non_null(strstr(err.text, "libclang-19.so.19"));
  setenv("FAKE_WORKER", "1", 1);
  pool_stop(pool);
  project_free(&p);
}

/* ---- preambles ------------------------------------------------------------------------------- */

static char preamble_folder[] = "/tmp/pool_test_XXXXXX";

/* So many files NAME0.c, ... that begin with the header, all with the same flags. */
static void add_files(Project *p, const char *name, const char *header, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    HP_GROW(p->units, p->nunits, p->cap);
    ProjectUnit *u = &p->units[p->nunits++];
    *u = (ProjectUnit){.file = hp_format("%s/%s%u.c", preamble_folder, name, i),
                       .directory = hp_strdup(preamble_folder),
                       .args = hp_calloc(2, sizeof(char *))};
    u->args[u->nargs++] = hp_strdup("-DX");
    FILE *f = fopen(u->file, "w");
    assert_non_null(f);
    fprintf(f, "// %u\n#include <%s>\nint x;\n", i, header);
    fclose(f);
  }
}

static void run_with_preambles(Project *p, unsigned jobs, Seen *seen, uint32_t plans) {
  uint32_t indexes[64];
  for (uint32_t i = 0; i < p->nunits; i++)
    indexes[i] = i;
  Pool *pool = start(jobs, 1, 0);
  Preambles *preambles = preambles_plan(preamble_folder, p, indexes, p->nunits, NULL, 0);
  assert_int_equal(preambles_count(preambles), plans);
  pool_set_preambles(pool, preambles);
  assert_true(pool_run(pool, p, indexes, p->nunits, on_done, seen, NULL, NULL));
  preambles_end(preambles);
  pool_stop(pool);
  assert_int_equal(seen->count, p->nunits);
}

static void preambles_are_made_first(void **state) {
  (void)state;
  for (unsigned jobs = 1; jobs <= 4; jobs++) {
    Project p = {0};
    add_files(&p, "many", "ok.h", 8);
    add_files(&p, "few", "other.h", 3);
    add_files(&p, "refused", "refuse.h", 8);
    add_files(&p, "crashed", "crash.h", 8);
    add_files(&p, "late", "hang.h", 8);
    add_files(&p, "weak", "ok.h", 2);
    Seen seen = {0};
    run_with_preambles(&p, jobs, &seen, 4);
    for (uint32_t i = 0; i < p.nunits; i++) {
      assert_int_equal(seen.results[i].status, 0);
      assert_string_equal(seen.results[i].reason, i < 8 ? "-DX with a preamble" : "-DX");
    }
    free_seen(&seen);
    project_free(&p);
  }
}

static uint32_t planned(const Project *p, uint32_t count) {
  uint32_t indexes[64];
  for (uint32_t i = 0; i < count; i++)
    indexes[i] = i;
  Preambles *preambles = preambles_plan(preamble_folder, p, indexes, count, NULL, 0);
  uint32_t plans = preambles_count(preambles);
  preambles_end(preambles);
  return plans;
}

static void who_shares_a_preamble(void **state) {
  (void)state;
  Project p = {0};
  add_files(&p, "a", "ok.h", 8);
  assert_int_equal(planned(&p, 8), 1);
  assert_int_equal(planned(&p, 2), 0); /* too few, and there is none yet */
  free(p.units[0].args[0]);
  p.units[0].args[0] = hp_strdup("-DY");
  for (uint32_t i = 1; i < 4; i++)
    unlink(p.units[i].file); /* not there: nothing is known */
  assert_int_equal(planned(&p, 8), 0);
  add_files(&p, "b", "ok.h", 8);
  for (uint32_t i = 0; i < p.nunits; i++) {
    free(p.units[i].args[0]);
    p.units[i].args[0] = hp_strdup(i & 1 ? "-include" : "-imacrosx.h");
  }
  assert_int_equal(planned(&p, p.nunits), 0); /* these come before */
  project_free(&p);
}

/* What an earlier run has left is used by a single unit, too, and its text decides if there is one.
 */
static void left_preambles(void **state) {
  (void)state;
  Project p = {0};
  add_files(&p, "c", "left.h", 8);
  uint32_t all[] = {0, 1, 2, 3, 4, 5, 6, 7};
  Preambles *first = preambles_plan(preamble_folder, &p, all, 8, NULL, 0);
  assert_int_equal(preambles_count(first), 1);
  assert_int_equal(preambles_at(first, 0)->state, PREAMBLE_WANTED);
  assert_string_equal(preambles_at(first, 0)->text, "#include <left.h>\n");
  FILE *f = fopen(preambles_at(first, 0)->path, "w");
  assert_non_null(f);
  fclose(f);
  preambles_end(first);
  Preambles *one = preambles_plan(preamble_folder, &p, all, 1, NULL, 0);
  assert_non_null(preambles_of(one, 0));
  assert_int_equal(preambles_of(one, 0)->state, PREAMBLE_THERE);
  preambles_end(one);
  static const char same[] = "#include <left.h>\n#include <more.h>\n", other[] = "int y;\n";
  one = preambles_plan(preamble_folder, &p, all, 1, same, sizeof same - 1);
  assert_non_null(preambles_of(one, 0));
  preambles_end(one);
  one = preambles_plan(preamble_folder, &p, all, 1, other, sizeof other - 1);
  assert_null(preambles_of(one, 0));
  preambles_end(one);
  project_free(&p);
}

static int make_folder(void **state) {
  (void)state;
  return mkdtemp(preamble_folder) ? 0 : 1;
}

static int remove_folder(void **state) {
  (void)state;
  char *command = hp_format("rm -r %s", preamble_folder);
  int failed = system(command);
  free(command);
  return failed;
}

int main(void) {
  if (getenv("FAKE_WORKER"))
    return play_worker();
  ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
  if (n < 0)
    return 1;
  setenv("FAKE_WORKER", "1", 1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(good_units_in_order),
      cmocka_unit_test(biggest_first),
      cmocka_unit_test(bad_units_lose_only_themselves),
      cmocka_unit_test(a_hang_ends_at_the_limit),
      cmocka_unit_test(a_worker_that_hangs_up_but_lives),
      cmocka_unit_test(memory_is_limited),
      cmocka_unit_test(a_used_worker_is_not_held_against_a_unit),
      cmocka_unit_test(big_answers_and_unsaved_text),
      cmocka_unit_test(cancel_returns_early),
      cmocka_unit_test(a_missing_program_is_one_line),
      cmocka_unit_test(meanwhile_comes_before_any_answer),
      cmocka_unit_test(a_program_that_cannot_run_is_one_line),
      cmocka_unit_test(preambles_are_made_first),
      cmocka_unit_test(who_shares_a_preamble),
      cmocka_unit_test(left_preambles),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
