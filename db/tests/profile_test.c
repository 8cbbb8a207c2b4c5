/* The readers, on recordings of data/sample.c made by the real tools: perf.data (with its expected
 * lines as perf script saw them), perf script, callgrind and gcov; then on what is broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/profile.h"
#include "db/readers.h"
#include "db/tests/profile_tools.h"

#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

/* ---- perf.data ------------------------------------------------------------------------------ */

#define PERIOD 1001001.0 /* ns, at 999 Hz */

/* data/sample.perf.expect holds what perf itself made of the recording. */
static void perf_data_agrees_with_perf(void **state) {
  (void)state;
  Profile *p = read_good(DATA "/sample.perf.data");
  assert_string_equal(p->format, "perf.data");
  assert_string_equal(p->metric, "time");
  assert_string_equal(p->command, "./sample 200 30");
  FILE *f = fopen(DATA "/sample.perf.expect", "r");
  assert_non_null(f);
  char text[256], name[64];
  unsigned line, count, checked = 0, self_lines = 0;
  while (fgets(text, sizeof text, f)) {
    if (sscanf(text, "samples %u", &count) == 1) {
      assert_float_equal(p->samples, count, 0);
      assert_float_equal(p->total, count * PERIOD, 0);
      checked++;
    } else if (sscanf(text, "self %63s %u %u", name, &line, &count) == 3) {
      const ProfLine *l = find_line(p, "/src/sample.c", line, name);
      assert_non_null(l);
      assert_float_equal(l->self, count * PERIOD, 0);
      checked++;
      self_lines++;
    } else if (sscanf(text, "with %63s %u", name, &count) == 2) {
      assert_float_equal(find_function(p, name)->total, count * PERIOD, 0);
      checked++;
    }
  }
  fclose(f);
  assert_int_equal(checked, 11);
  assert_int_equal(lines_of(p, "/src/sample.c"), self_lines);
  profile_free(p);
}

static void perf_data_counts_recursion_and_inlining_once(void **state) {
  (void)state;
  Profile *p = read_good(DATA "/sample.perf.data");
  const ProfFunction *fib = find_function(p, "fib");
  assert_float_equal(fib->self, fib->total, 0);
  assert_int_equal(fib->line, 25);
  const ProfFunction *cube = find_function(p, "cube");
  assert_float_equal(cube->self, 0, 0);
  assert_float_equal(cube->total, 14 * PERIOD, 0);
  /* The line that calls fib again costs what all of fib costs, however deep it is. */
  assert_float_equal(find_call(p, 28, "fib", "fib")->total, fib->total, 0);
  assert_float_equal(find_call(p, 14, "cube", "square")->total, 14 * PERIOD, 0);
  assert_float_equal(find_call(p, 48, "main", "hot")->total, 47 * PERIOD, 0);
  profile_free(p);
}

static void perf_data_keeps_stacks(void **state) {
  (void)state;
  Profile *p = read_good(DATA "/sample.perf.data");
  double weight = 0, samples = 0;
  for (uint32_t i = 0; i < p->nstacks; i++) {
    const ProfStack *s = &p->stacks[i];
    assert_true(s->count > 0 && s->first + s->count <= p->nstack_frames);
    for (uint32_t k = 0; k < s->count; k++) {
      assert_true(p->stack_frames[s->first + k] < p->nframes);
      for (uint32_t j = 0; j < k; j++) /* a frame shows once in a stack */
        assert_int_not_equal(p->stack_frames[s->first + k], p->stack_frames[s->first + j]);
    }
    weight += s->weight;
    samples += s->samples;
  }
  assert_float_equal(weight, p->total, 0);
  assert_float_equal(samples, p->samples, 0);
  profile_free(p);
}

/* A binary of the same name but another build gives no names at all. */
static void perf_data_uses_no_names_of_another_build(void **state) {
  (void)state;
  char dir[] = "/tmp/profile_test_XXXXXX";
  assert_non_null(mkdtemp(dir));
  char *recording = join(dir, "perf.data"), *binary = join(dir, "sample");
  copy_file(DATA "/sample.perf.data", recording);
  copy_file("/proc/self/exe", binary);
  Profile *p = read_good(recording);
  assert_int_equal(lines_of(p, "/src/sample.c"), 0);
  assert_null(find_function(p, "hot"));
  assert_true(has_warning(p, "/src/sample is missing"));
  profile_free(p);
  copy_file(DATA "/sample", binary); /* the right one again */
  p = read_good(recording);
  assert_int_equal(lines_of(p, "/src/sample.c"), 5);
  assert_false(has_warning(p, "/src/sample"));
  profile_free(p);
  remove_folder(dir);
  free(recording);
  free(binary);
}

/* ---- perf script ---------------------------------------------------------------------------- */

static void perf_script_has_functions_without_the_binary(void **state) {
  (void)state;
  Profile *p = read_good(DATA "/sample.script.txt");
  assert_string_equal(p->format, "perf-script");
  assert_float_equal(p->samples, 52, 0);
  assert_float_equal(p->total, 52 * PERIOD, 0);
  assert_float_equal(find_function(p, "hot.constprop.0")->self, 45 * PERIOD, 0);
  assert_float_equal(find_function(p, "fib")->self, 4 * PERIOD, 0);
  assert_float_equal(find_function(p, "fib")->total, 4 * PERIOD, 0);
  assert_float_equal(find_function(p, "main")->total, 52 * PERIOD, 0);
  assert_float_equal(find_function(p, "[kernel]")->self, 2 * PERIOD, 0);
  assert_float_equal(find_function(p, "[kernel]")->total, 2 * PERIOD, 0);
  assert_true(has_warning(p, "/src/sample is missing"));
  profile_free(p);
}

/* The recording's text with the binary's path replaced, in a file of its own. */
static char *script_for(const char *binary) {
  char *text = read_whole(DATA "/sample.script.txt"), *path = hp_strdup("/tmp/profile_test_XXXXXX");
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  FILE *f = fdopen(fd, "w");
  for (char *at = text, *hit; at; at = hit ? hit + strlen("/src/sample") : NULL) {
    hit = strstr(at, "/src/sample");
    fwrite(at, 1, hit ? (size_t)(hit - at) : strlen(at), f);
    if (hit)
      fputs(binary, f);
  }
  fclose(f);
  free(text);
  return path;
}

/* Two readers, one recording: the same lines and functions. */
static void perf_script_agrees_with_perf_data(void **state) {
  (void)state;
  char *path = script_for(DATA "/sample");
  Profile *text = read_good(path), *data = read_good(DATA "/sample.perf.data");
  for (uint32_t i = 0; i < data->nlines; i++) {
    const ProfLine *l = &data->lines[i];
    const ProfLine *other = find_line(text, l->file, l->line, l->function);
    assert_non_null(other);
    assert_float_equal(l->self, other->self, 0);
  }
  assert_int_equal(data->nlines, text->nlines);
  assert_float_equal(find_function(text, "cube")->total, find_function(data, "cube")->total, 0);
  assert_float_equal(find_call(text, 48, "main", "hot")->total, 47 * PERIOD, 0);
  assert_float_equal(text->lost, data->lost, 0);
  profile_free(text);
  profile_free(data);
  unlink(path);
  free(path);
}

static void perf_script_notices_another_build(void **state) {
  (void)state;
  char exe[4096];
  ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
  assert_true(n > 0);
  exe[n] = 0;
  char *path = script_for(exe);
  Profile *p = read_good(path);
  assert_true(has_warning(p, "another build"));
  assert_float_equal(find_function(p, "fib")->self, 4 * PERIOD, 0); /* the text's own names stay */
  for (uint32_t i = 0; i < p->nlines; i++)
    assert_string_not_equal(p->lines[i].function, "fib");
  profile_free(p);
  unlink(path);
  free(path);
}

static Profile *script(const char *text) {
  ReadInput in = {"text", (const uint8_t *)text, strlen(text), 0, true};
  assert_true(perfscript_detect(&in));
  HpError err = {0};
  Profile *p = perfscript_read(&in, &err);
  if (!p)
    fail_msg("%s", err.text);
  return p;
}

static void perf_script_reads_its_variants(void **state) {
  (void)state;
  /* One line a sample, a command with blanks, no offsets, other events left out. */
  Profile *p = script("my prog (x)  12/12 [001]  10.000001:   5 cycles:u:   401000 f (/bin/x)\n"
                      "my prog (x)  12/12 [001]  10.000002:   7 cycles:u:   401010 f (/bin/x)\n"
                      "my prog (x)  12/12 [001]  10.000003:   9 instructions:u: 401010 g (/bin/x)\n"
                      "my prog (x)  12/12 [001]  10.000004:   2 cycles:u: ffffffff81000000 k "
                      "([kernel.kallsyms])\n");
  assert_string_equal(p->metric, "cycles");
  assert_float_equal(p->total, 14, 0);
  assert_float_equal(find_function(p, "f")->self, 12, 0);
  assert_float_equal(find_function(p, "[kernel]")->self, 2, 0);
  assert_null(find_function(p, "g"));
  assert_true(has_warning(p, "1 samples of other events"));
  assert_int_equal(p->nstacks, 0);
  profile_free(p);
  /* A chain that ends nowhere is garbage above its innermost address; one that ends in main is
   * not. */
  p = script("a 1 1.000001: 3 cpu-clock:\n\t 10 f+0x1 (/x)\n\t 20 g+0x2 (/x)\n\n"
             "a 1 1.000002: 4 cpu-clock:\n\t 10 f+0x1 (/x)\n\t 20 g+0x2 (/x)\n\t 30 main (/x)\n\n"
             "a 1 1.000003: 5 cpu-clock:\n\tffffffff81000010 k1 ([kernel.kallsyms])\n"
             "\tffffffff81000020 k2 ([kernel.kallsyms])\n\t 20 g+0x2 (/x)\n");
  assert_float_equal(find_function(p, "f")->total, 7, 0);
  assert_float_equal(find_function(p, "g")->total, 9, 0);
  assert_float_equal(find_function(p, "[kernel]")->total, 5, 0);
  assert_float_equal(find_function(p, "main")->total, 4, 0);
  assert_true(has_warning(p, "call chains do not reach main"));
  profile_free(p);
}

/* `-F srcline` puts the place under the frame: used where the binary is not here. No offsets: then
 * `ip` must lie in the symbol of the binary that is here. */
static void perf_script_reads_srcline(void **state) {
  (void)state;
  Profile *p = script("a 1 1.000001: 3 cpu-clock:\n\t 10 f (/x)\n  ./src//f.c:12\n"
                      "\t 20 main (/x)\n  m.c:7\n\n"
                      "a 1 1.000002: 4 cpu-clock:\n\t 10 f (/x)\n  ??:0\n\t 20 main (/x)\n");
  assert_float_equal(find_line(p, "src/f.c", 12, "f")->self, 3, 0);
  assert_float_equal(find_call(p, 7, "main", "f")->total, 3, 0);
  assert_float_equal(find_function(p, "f")->self, 7, 0);
  assert_float_equal(p->lost, 4, 0);
  profile_free(p);
  char *text = read_whole(DATA "/sample.script.txt");
  for (char *plus; (plus = strstr(text, "+0x"));) /* the same recording without offsets */
    memmove(plus, plus + strcspn(plus, " "), strlen(plus + strcspn(plus, " ")) + 1);
  HpBuf with = {0};
  for (char *at = text, *hit; at; at = hit ? hit + strlen("/src/sample") : NULL) {
    hit = strstr(at, "/src/sample");
    hp_buf_addn(&with, at, hit ? (size_t)(hit - at) : strlen(at));
    hp_buf_add(&with, hit ? DATA "/sample" : "");
  }
  ReadInput in = {"text", (const uint8_t *)with.text, with.length, 0, false};
  HpError err = {0};
  p = perfscript_read(&in, &err);
  assert_non_null(p);
  assert_float_equal(find_line(p, "/src/sample.c", 21, "hot")->self, 23 * PERIOD, 0);
  assert_float_equal(find_call(p, 48, "main", "hot")->total, 47 * PERIOD, 0);
  assert_float_equal(find_function(p, "cube")->total, 14 * PERIOD, 0);
  profile_free(p);
  hp_buf_free(&with);
  free(text);
}

/* ---- callgrind ------------------------------------------------------------------------------ */

/* Numbers as callgrind_annotate prints them; executions as the program makes them: fib(15) makes
 * 2 * fib(16) - 1 = 1,973 calls. */
static void callgrind_counts_are_exact(void **state) {
  (void)state;
  Profile *p = read_good(DATA "/sample.callgrind.out");
  assert_string_equal(p->format, "callgrind");
  assert_string_equal(p->command, "./sample 2 15");
  assert_float_equal(p->total, 10821497, 0); /* the file's own summary */
  const ProfFunction *fib = find_function(p, "fib"), *hot = find_function(p, "hot.constprop.0");
  assert_float_equal(fib->calls, 1973, 0);
  assert_float_equal(fib->self, 27619, 0);
  assert_float_equal(fib->total, 27619, 0);
  assert_string_equal(fib->file, "/src/sample.c");
  assert_int_equal(fib->line, 25);
  assert_float_equal(hot->calls, 2, 0);
  assert_float_equal(hot->total, 4200012, 0);
  /* Two functions that call each other: even's calls contain odd's, and the other way round. */
  assert_float_equal(find_function(p, "even")->calls, 12, 0);
  assert_float_equal(find_function(p, "even")->total, 124 + 90, 0);
  assert_float_equal(find_function(p, "odd")->calls, 10, 0);
  assert_float_equal(find_function(p, "main")->total, 10821497, 0);
  static const struct {
    unsigned line;
    double hits;
  } lines[] = {{10, 200000}, {20, 200000}, {21, 200000}, {25, 1973},   {28, 986},
               {33, 12},     {37, 10},     {44, 100000}, {45, 100000}, {48, 2}};
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
    assert_float_equal(hits_of(p, "/src/sample.c", lines[i].line), lines[i].hits, 0);
  assert_float_equal(find_call(p, 48, "main", "hot.constprop.0")->total, 4200012, 0);
  assert_float_equal(find_call(p, 45, "main", "rand")->calls, 100000, 0);
  profile_free(p);
}

static Profile *callgrind(const char *text, HpError *err) {
  ReadInput in = {"text", (const uint8_t *)text, strlen(text), 0, true};
  assert_true(callgrind_detect(&in));
  return callgrind_read(&in, err);
}

static void callgrind_reads_its_notation(void **state) {
  (void)state;
  HpError err = {0};
  Profile *p = callgrind("# callgrind format\nversion: 1\npositions: line\nevents: Dr Ir\n"
                         "fl=(1) a.c\nfn=(1) main\n10 1 5\n+2 1 7\n"
                         "cfi=(2) b.c\ncfn=(2) work\ncalls=3 +40\n* 9 90\n" /* not line 12's own */
                         "-1 1\n"                                           /* Ir left off: 0 */
                         "jcnd=1/2 +5\n*\n* 0 2\n" /* no cost after jcnd= */
                         "fl=(2)\nfn=(2)\n52 9 30\n"
                         "cfn=(3) work'2\ncalls=4 52\n* 0 60\n"
                         "fn=(3)\n52 0 60\ncfn=(3)\ncalls=9 52\n* 0 640\n",
                         &err);
  assert_non_null(p);
  assert_float_equal(find_line(p, "a.c", 10, "main")->self, 5, 0);
  assert_float_equal(find_line(p, "a.c", 12, "main")->self, 7, 0);
  assert_float_equal(find_line(p, "a.c", 11, "main")->self, 2, 0);
  assert_float_equal(p->total, 5 + 7 + 2 + 30 + 60, 0);
  const ProfFunction *work = find_function(p, "work");
  assert_float_equal(work->self, 90, 0);
  assert_float_equal(work->total, 90, 0); /* 640 is counted again and again */
  assert_float_equal(work->calls, 3 + 4 + 9, 0);
  assert_int_equal(work->line, 52);
  assert_float_equal(find_function(p, "main")->total, 14 + 90, 0);
  assert_float_equal(find_call(p, 12, "main", "work")->total, 90, 0);
  assert_float_equal(find_call(p, 52, "work", "work")->total, 60, 0);
  profile_free(p);
}

static void callgrind_says_what_is_broken(void **state) {
  (void)state;
  static const struct {
    const char *body, *what;
  } bad[] = {
      {"fn=(1) f\n1 1\n", "before the events"},
      {"events: Ir\n1 1\n", "before its function"},
      {"events: Ir\nfn=(1) f\nx y\n", "neither name, header nor cost"},
      {"events: Ir\nfn=(1)\n", "not defined"},
      {"events: Ir\nfn=(99999999999) f\n", "not defined"},
      {"events: Ir\nfn=(1) f\n1 x\n", "no number"},
      {"events: Ir\nfn=(1) f\ncalls=z 1\n", "calls="},
      {"events: Ir\nfn=(1) f\n1 0\n", "counted nothing"},
      {"events: Ir\n", "empty"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    HpError err = {0};
    char *text = hp_format("# callgrind format\n%s", bad[i].body);
    assert_null(callgrind(text, &err));
    assert_non_null(strstr(err.text, bad[i].what));
    assert_null(strchr(err.text, '\n'));
    free(text);
  }
}

/* ---- gcov ----------------------------------------------------------------------------------- */

static void check_gcov_sample(const Profile *p) {
  assert_string_equal(p->format, "gcov");
  static const struct {
    unsigned line;
    double hits;
  } lines[] = {{10, 200000}, {14, 200000}, {20, 200002}, {25, 1973},   {27, 987},
               {28, 986},    {33, 12},     {37, 10},     {44, 100001}, {51, 2}};
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
    assert_float_equal(hits_of(p, "/src/sample.c", lines[i].line), lines[i].hits, 0);
  assert_float_equal(find_function(p, "fib")->calls, 1973, 0);
  assert_float_equal(find_function(p, "square")->calls, 200000, 0);
  assert_int_equal(find_function(p, "square")->line, 9);
}

static void gcov_json_is_exact(void **state) {
  (void)state;
  Profile *p = read_good(DATA "/sample.gcov.json");
  check_gcov_sample(p);
  profile_free(p);
  char path[] = "/tmp/profile_test_XXXXXX";
  close(mkstemp(path));
  char *text = read_whole(DATA "/sample.gcov.json");
  gzFile z = gzopen(path, "wb");
  assert_int_equal(gzwrite(z, text, (unsigned)strlen(text)), strlen(text));
  gzclose(z);
  p = read_good(path);
  check_gcov_sample(p);
  profile_free(p);
  assert_int_equal(truncate(path, 200), 0);
  read_bad(path, "broken or cut off");
  unlink(path);
  free(text);
}

static Profile *gcov_json(const char *text, HpError *err) {
  ReadInput in = {"text", (const uint8_t *)text, strlen(text), 0, true};
  assert_true(gcov_json_detect(&in));
  return gcov_json_read(&in, err);
}

#define UNIT(name, count)                                                                          \
  "{\"current_working_directory\": \"/w\", \"files\": [{\"file\": \"inc/../h.h\", \"functions\": " \
  "[{\"name\": \"" name "\", \"start_line\": 3, \"end_line\": 5, \"execution_count\": " count      \
  "}], \"lines\": [{\"line_number\": 4, \"count\": " count ", \"function_name\": null}, "          \
  "{\"line_number\": 9, \"count\": 1}]}]}\n"

static void gcov_sums_headers_over_units(void **state) {
  (void)state;
  HpError err = {0};
  Profile *p = gcov_json(UNIT("f", "7") UNIT("f", "30"), &err);
  assert_non_null(p);
  assert_float_equal(hits_of(p, "/w/h.h", 4), 37, 0);
  assert_non_null(find_line(p, "/w/h.h", 4, "f")); /* by its lines, the name is null */
  assert_float_equal(find_function(p, "f")->calls, 37, 0);
  assert_float_equal(hits_of(p, "/w/h.h", 9), 2, 0);
  profile_free(p);
  assert_null(gcov_json("{\"files\": [", &err));
  assert_non_null(strstr(err.text, "broken JSON"));
  err = (HpError){0};
  assert_null(gcov_json("{\"dhatFileVersion\": 2}", &err));
  assert_non_null(strstr(err.text, "not gcov's"));
  err = (HpError){0};
  assert_null(gcov_json("{\"files\": []}", &err));
  assert_non_null(strstr(err.text, "empty"));
}

static bool shell(const char *dir, const char *command) {
  char *line = hp_format("cd %s && { %s; } >/dev/null 2>&1", dir, command);
  int status = system(line);
  free(line);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* .gcda files of a program compiled here: a header of two units, then what goes wrong. */
static void gcda_files_go_through_gcov(void **state) {
  (void)state;
  char dir[] = "/tmp/profile_test_XXXXXX";
  assert_non_null(mkdtemp(dir));
  bool built =
      !access("/usr/bin/gcov", X_OK) &&
      shell(dir, "printf 'static inline int twice(int x) {\\n  return x + x;\\n}\\n' >h.h; "
                 "printf '#include \"h.h\"\\nint other(int n) {\\n  int t = 0;\\n  while "
                 "(n-- > 0)\\n    t += twice(n);\\n  return t;\\n}\\n' >b.c; "
                 "printf '#include \"h.h\"\\nint other(int);\\nint main(void) {\\n  int t "
                 "= 0;\\n  for (int i = 0; i < 1000; i++)\\n    t += twice(i);\\n  return "
                 "t + other(7) == 1;\\n}\\n' >a.c; mkdir sub; "
                 "/usr/bin/gcc -O0 --coverage -c a.c && /usr/bin/gcc -O0 --coverage -c -o "
                 "sub/b.o b.c && /usr/bin/gcc --coverage a.o sub/b.o -o t && ./t");
  if (!built) {
    remove_folder(dir);
    skip(); /* no gcc here */
  }
  char *a = join(dir, "a.gcda"), *header = join(dir, "h.h");
  Profile *p = read_good(dir);
  assert_float_equal(hits_of(p, header, 2), 1007, 0);
  assert_float_equal(find_function(p, "twice")->calls, 1007, 0);
  assert_float_equal(find_function(p, "other")->calls, 1, 0);
  profile_free(p);
  p = read_good(a); /* one unit alone */
  assert_float_equal(hits_of(p, header, 2), 1000, 0);
  profile_free(p);
  /* Compiled again: the counts of before say nothing. */
  assert_true(shell(dir, "/usr/bin/gcc -O0 -DX --coverage -c a.c -Dtwice=twice2"));
  read_bad(a, "another compilation");
  p = read_good(dir);
  assert_float_equal(hits_of(p, header, 2), 7, 0);
  assert_true(has_warning(p, "another compilation"));
  profile_free(p);
  assert_true(shell(dir, "rm a.gcno"));
  read_bad(a, ".gcno file");
  assert_true(shell(dir, "rm *.gcda sub/*.gcda"));
  read_bad(dir, "no .gcda file");
  remove_folder(dir);
  free(a);
  free(header);
}

/* ---- what is no profile --------------------------------------------------------------------- */

static void bad_input_is_one_clear_line(void **state) {
  (void)state;
  static const struct {
    const char *content, *what;
  } bad[] = {
      {"", "empty"},
      {"hello\nworld\n", "not a profile"},
      {"\x7f"
       "ELF\2\1\1",
       "not a profile"},
      {"PERFILE2", "cut off"},
      {"2ELIFREP................", "byte order"},
      {"gmon.............", "gprof"},
      {"oncg1234", "notes"},
      {"desc: I1 cache:\n", "cachegrind"},
      {"\x1f\x8b\x08garbage", "broken or cut off"},
      {"{", "broken JSON"},
      {"adcg", ""},
      {"# callgrind format\n", "empty"},
  };
  char path[] = "/tmp/profile_test_XXXXXX";
  close(mkstemp(path));
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    FILE *f = fopen(path, "wb");
    fputs(bad[i].content, f);
    fclose(f);
    read_bad(path, bad[i].what);
  }
  unlink(path);
  read_bad(path, "No such file");
  read_bad("/dev/null", "not a file");
}

/* Cut anywhere, a recording gives an error or what could be read of it, with a word about it. */
static void cut_recordings_are_noticed(void **state) {
  (void)state;
  size_t size;
  char *data = read_bytes(DATA "/sample.perf.data", &size);
  unsigned partial = 0;
  for (size_t n = 8; n < size - 2000; n += 1511) {
    char *copy = hp_malloc(n); /* of the exact size, for the sanitizer */
    memcpy(copy, data, n);
    ReadInput in = {"cut", (const uint8_t *)copy, n, 0, true};
    HpError err = {0};
    Profile *p = perfdata_read(&in, &err);
    if (p) {
      assert_true(has_warning(p, "cut off"));
      assert_true(p->samples < 52);
      partial++;
    } else {
      assert_true(err.set && !strchr(err.text, '\n'));
    }
    profile_free(p);
    free(copy);
  }
  assert_true(partial > 20);
  free(data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(perf_data_agrees_with_perf),
      cmocka_unit_test(perf_data_counts_recursion_and_inlining_once),
      cmocka_unit_test(perf_data_keeps_stacks),
      cmocka_unit_test(perf_data_uses_no_names_of_another_build),
      cmocka_unit_test(perf_script_has_functions_without_the_binary),
      cmocka_unit_test(perf_script_agrees_with_perf_data),
      cmocka_unit_test(perf_script_notices_another_build),
      cmocka_unit_test(perf_script_reads_its_variants),
      cmocka_unit_test(perf_script_reads_srcline),
      cmocka_unit_test(callgrind_counts_are_exact),
      cmocka_unit_test(callgrind_reads_its_notation),
      cmocka_unit_test(callgrind_says_what_is_broken),
      cmocka_unit_test(gcov_json_is_exact),
      cmocka_unit_test(gcov_sums_headers_over_units),
      cmocka_unit_test(gcda_files_go_through_gcov),
      cmocka_unit_test(bad_input_is_one_clear_line),
      cmocka_unit_test(cut_recordings_are_noticed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
