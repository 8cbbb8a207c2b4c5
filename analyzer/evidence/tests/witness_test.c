/* hplint-witness on small units: what it says of calls, accesses and loops in them. Places are
 * marked in the sources: the line of `@name` is asked about. */
#include "analyzer/evidence/ask.h"
#include "analyzer/unit/worker.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- asking ---------------------------------------------------------------------------------- */

static char folder[] = "/tmp/hplint-witness-XXXXXX";

typedef struct Asked {
  HpArena *arena;
  HpBuf message;
  EvidenceReply reply;
  char *failure;
} Asked;

static const char *message_of(void *context, uint32_t unit, size_t *size) {
  Asked *a = context;
  (void)unit;
  *size = a->message.length;
  return hp_buf_text(&a->message);
}

static void on_done(void *context, UnitResult *r) {
  Asked *a = context;
  if (r->record)
    assert_true(evidence_get_reply(r->record, r->record_size, a->arena, &a->reply));
  else
    a->failure = hp_arena_strdup(a->arena, r->reason ? r->reason : "");
  unit_result_free(r);
}

static uint32_t line_of(const char *source, const char *mark) {
  const char *at = strstr(source, mark);
  assert_non_null(at);
  uint32_t line = 1;
  for (const char *p = source; p < at; p++)
    line += *p == '\n';
  return line;
}

static void run(Asked *a, const char *file, const char *const *flags, uint32_t nflags,
                const EvidenceAsk *ask) {
  *a = (Asked){.arena = hp_arena_new()};
  evidence_put_asks(&a->message, ask, 1);
  char *args[16] = {0};
  for (uint32_t i = 0; i < nflags; i++)
    args[i] = (char *)(uintptr_t)flags[i];
  ProjectUnit unit = {
      .file = (char *)(uintptr_t)file, .directory = folder, .args = args, .nargs = nflags};
  Project project = {.units = &unit, .nunits = 1};
  PoolOptions po = {.jobs = 1,
                    .program = TEST_BIN_DIR "/hplint-witness",
                    .message = message_of,
                    .message_context = a};
  HpError err = {0};
  Pool *pool = pool_start(&po, &err);
  assert_non_null(pool);
  uint32_t first = 0;
  assert_true(pool_run(pool, &project, &first, 1, on_done, a, NULL, &err));
  pool_stop(pool);
}

/* Asks about the line of @here in `function`, whose loop is on the line of @loop if there is one,
 * and compares the answer with `expected`, "status: reason" with * for any text at its end. */
static void check_flags(EvidenceKind kind, const char *function, const char *source,
                        const char *const *flags, uint32_t nflags, const char *expected) {
  char *file = hp_format("%s/a.c", folder);
  FILE *f = fopen(file, "w");
  assert_non_null(f);
  fputs(source, f);
  fclose(f);
  char *name = (char *)(uintptr_t)function;
  uint32_t line = line_of(source, "@here");
  EvidencePlace place = {file, name, line, 0, line, 0};
  EvidenceAsk ask = {.kind = kind,
                     .function = name,
                     .file = file,
                     .loop_line = strstr(source, "@loop") ? line_of(source, "@loop") : 0,
                     .places = &place,
                     .nplaces = 1};
  Asked a;
  run(&a, file, flags, nflags, &ask);
  assert_null(a.failure);
  assert_int_equal(a.reply.nanswers, 1);
  const EvidenceAnswer *answer = &a.reply.answers[0];
  char *said = hp_format("%s: %s", evidence_status_name(answer->status), answer->reason);
  size_t length = strlen(expected);
  if (length && expected[length - 1] == '*')
    said[strlen(said) < length - 1 ? strlen(said) : length - 1] = 0, length--;
  char *wanted = hp_strndup(expected, length);
  assert_string_equal(said, wanted);
  free(wanted);
  free(said);
  hp_buf_free(&a.message);
  hp_arena_free(a.arena);
  unlink(file);
  free(file);
}

static void check(EvidenceKind kind, const char *function, const char *source,
                  const char *expected) {
  const char *flags[] = {"-O2"};
  check_flags(kind, function, source, flags, 1, expected);
}

/* ---- calls ----------------------------------------------------------------------------------- */

static void strlen_of_an_unchanged_string_is_hoisted(void **state) {
  (void)state;
  check(EVIDENCE_CALL, "count",
        "#include <string.h>\n"
        "int count(const char *s) {\n"
        "  int n = 0;\n"
        "  for (size_t i = 0; i < strlen(s); i++) /* @loop @here */\n"
        "    n += s[i] == 'x';\n"
        "  return n;\n"
        "}\n",
        "optimised-away: the call of strlen was moved out of the loop");
}

static void strlen_of_a_changed_string_remains(void **state) {
  (void)state;
  check(EVIDENCE_CALL, "change",
        "#include <string.h>\n"
        "void change(char *s) {\n"
        "  for (size_t i = 0; i < strlen(s); i++) /* @loop @here */\n"
        "    if (s[i] == 'x')\n"
        "      s[i] = 0;\n"
        "}\n",
        "remains: strlen is still called in the loop");
}

static void memory_that_never_escapes_is_not_allocated(void **state) {
  (void)state;
  check(EVIDENCE_CALL, "pairs",
        "#include <stdlib.h>\n"
        "int pairs(int n) {\n"
        "  int sum = 0;\n"
        "  for (int i = 0; i < n; i++) { /* @loop */\n"
        "    int *p = malloc(16); if (p) { *p = i; sum += *p; free(p); } /* @here */\n"
        "  }\n"
        "  return sum;\n"
        "}\n",
        "optimised-away: the call of malloc and free was removed");
}

static void memory_that_escapes_is(void **state) {
  (void)state;
  check(EVIDENCE_CALL, "pairs",
        "#include <stdlib.h>\n"
        "int use(int *);\n"
        "int pairs(int n) {\n"
        "  int sum = 0;\n"
        "  for (int i = 0; i < n; i++) { /* @loop */\n"
        "    int *p = malloc(16); sum += use(p); free(p); /* @here */\n"
        "  }\n"
        "  return sum;\n"
        "}\n",
        "remains: malloc, use and free are still called in the loop");
}

static void pow_of_two_is_folded(void **state) {
  (void)state;
  check(EVIDENCE_CALL, "squares",
        "#include <math.h>\n"
        "double squares(const double *a, int n) {\n"
        "  double sum = 0;\n"
        "  for (int i = 0; i < n; i++) /* @loop */\n"
        "    sum += pow(a[i], 2); /* @here */\n"
        "  return sum;\n"
        "}\n",
        "optimised-away: the call of pow was replaced by instructions");
}

static void pow_of_three_stays(void **state) {
  (void)state;
  check(EVIDENCE_CALL, "cubes",
        "#include <math.h>\n"
        "double cubes(const double *a, int n) {\n"
        "  double sum = 0;\n"
        "  for (int i = 0; i < n; i++) /* @loop */\n"
        "    sum += pow(a[i], 3); /* @here */\n"
        "  return sum;\n"
        "}\n",
        "remains: pow is still called in the loop");
}

/* The wrapper's call is gone, but what it did is not. */
static void an_inlined_wrapper_is_followed(void **state) {
  (void)state;
  check(EVIDENCE_CALL, "work",
        "#include <stdlib.h>\n"
        "int use(int *);\n"
        "static int *get(int n) { int *p = malloc(n); if (!p) abort(); return p; }\n"
        "int work(int n) {\n"
        "  int sum = 0;\n"
        "  for (int i = 0; i < n; i++) { /* @loop */\n"
        "    int *p = get(16); /* @here */\n"
        "    sum += use(p);\n"
        "    free(p);\n"
        "  }\n"
        "  return sum;\n"
        "}\n",
        "remains: get is still called in the loop*");
}

/* Inlined, the string is known: judged where it is called from, too. */
static void the_copy_that_is_inlined_counts(void **state) {
  (void)state;
  check(EVIDENCE_CALL, "spaces",
        "#include <string.h>\n"
        "static void spaces(char *s) {\n"
        "  for (size_t i = 0; i < strlen(s); i++) /* @loop @here */\n"
        "    s[i] = s[i] == '\\t' ? 0 : s[i];\n"
        "}\n"
        "void both(char *a, char *b) { spaces(a); spaces(b); }\n",
        "remains: strlen is still called in the loop");
}

/* ---- accesses -------------------------------------------------------------------------------- */

static void a_column_order_nest_remains(void **state) {
  (void)state;
  check(EVIDENCE_ACCESS, "columns",
        "double columns(double (*m)[512], int n) {\n"
        "  double sum = 0;\n"
        "  for (int j = 0; j < n; j++)\n"
        "    for (int i = 0; i < n; i++) /* @loop */\n"
        "      sum += m[i][j]; /* @here */\n"
        "  return sum;\n"
        "}\n",
        "remains: the access is still made in the loop; not vectorised: cannot prove it is safe to "
        "reorder floating-point operations*");
}

/* The remark has two lines. */
static void what_one_iteration_leaves_to_the_next(void **state) {
  (void)state;
  check(
      EVIDENCE_ACCESS, "sums",
      "void sums(long *a, int n) {\n"
      "  for (int i = 5; i < n; i++) /* @loop */\n"
      "    a[i] += a[i - 1]; /* @here */\n"
      "}\n",
      "remains: the access is still made in the loop; not vectorised: unsafe dependent memory "
      "operations in loop. Use #pragma clang loop distribute(enable) to allow loop distribution to "
      "attempt to isolate the offending operations into a separate loop. Backward loop carried "
      "data "
      "dependence*");
}

/* Two neighbours at once are no vectorised loop. */
static void pairs_are_no_vectorised_loop(void **state) {
  (void)state;
  check(EVIDENCE_ACCESS, "pairs",
        "void pairs(double *restrict to, const double *restrict from, const int *at, int n) {\n"
        "  double re = 0, im = 0;\n"
        "  for (int i = 0; i < n; i++) { /* @loop */\n"
        "    re += from[2 * at[i]];  im += from[2 * at[i] + 1]; /* @here */\n"
        "  }\n"
        "  to[0] = re; to[1] = im;\n"
        "}\n",
        "remains: both accesses are still made in the loop; not vectorised: cannot prove it is "
        "safe to "
        "reorder floating-point operations; of one iteration 2 elements are worked on at once");
}

static void an_invariant_load_is_hoisted(void **state) {
  (void)state;
  check(EVIDENCE_ACCESS, "fill",
        "struct s { long n; };\n"
        "void fill(double *a, const struct s *s) {\n"
        "  for (long i = 0; /* @loop */\n"
        "       i < s->n; /* @here */\n"
        "       i++)\n"
        "    a[i] = a[i] * 2;\n"
        "}\n",
        "optimised-away: the access is no longer made in the loop");
}

static void a_load_that_a_store_may_change_stays(void **state) {
  (void)state;
  check(EVIDENCE_ACCESS, "fill",
        "struct s { long n; };\n"
        "void fill(long *a, const struct s *s) {\n"
        "  for (long i = 0; /* @loop */\n"
        "       i < s->n; /* @here */\n"
        "       i++)\n"
        "    a[i] = a[i] * 2;\n"
        "}\n",
        "remains: the access is still made in the loop*");
}

static void a_list_is_still_walked(void **state) {
  (void)state;
  check(EVIDENCE_ACCESS, "walk",
        "struct node { struct node *next; long value; };\n"
        "long walk(const struct node *p) {\n"
        "  long sum = 0;\n"
        "  while (p) { /* @loop */\n"
        "    sum += p->value;\n"
        "    p = p->next; /* @here */\n"
        "  }\n"
        "  return sum;\n"
        "}\n",
        "remains: the access is still made in the loop*");
}

/* One load of an address that is chosen: it has neither's alias tag. */
static void merged_loads_are_still_made(void **state) {
  (void)state;
  check(EVIDENCE_ACCESS, "pick",
        "struct d { int *a, *b; char pad[48]; };\n"
        "extern int all;\n"
        "int *pick(struct d *d, int n) {\n"
        "  for (int i = 0; i < n; i++) { /* @loop */\n"
        "    int *p = all ?\n"
        "             d[i].a : d[i].b; /* @here */\n"
        "    if (p[0] + p[1]) return p;\n"
        "  }\n"
        "  return 0;\n"
        "}\n",
        "remains: both accesses are still made in the loop*");
}

static void vectors_are_no_acquittal(void **state) {
  (void)state;
  check(EVIDENCE_ACCESS, "sum",
        "struct p { int x, y, z, w; };\n"
        "int sum(const struct p *p, int n) {\n"
        "  int t = 0;\n"
        "  for (int i = 0; i < n; i++) /* @loop */\n"
        "    t += p[i].x; /* @here */\n"
        "  return t;\n"
        "}\n",
        "remains: the access is still made in the loop; vectorised, width 4*");
}

/* ---- conversions ----------------------------------------------------------------------------- */

static void a_double_constant_is_converted_by_vectors(void **state) {
  (void)state;
  check(EVIDENCE_ROUND, "scale",
        "void scale(float *a, int n) {\n"
        "  for (int i = 0; i < n; i++) /* @loop */\n"
        "    a[i] = a[i] * 0.1; /* @here */\n"
        "}\n",
        "remains: the conversion is still made in the loop; vectorised, width 4*");
}

/* Every second element is taken out of vectors of twice the width. */
static void the_width_is_the_vectorisers(void **state) {
  (void)state;
  check(EVIDENCE_ROUND, "pairs",
        "void pairs(float *restrict out, const float *restrict a, int n) {\n"
        "  for (int i = 0; i < n; i++) /* @loop */\n"
        "    out[i] = a[2 * i] * a[2 * i + 1] * 0.1; /* @here */\n"
        "}\n",
        "remains: the conversion is still made in the loop; vectorised, width 4*");
}

static void a_conversion_of_what_stays_is_hoisted(void **state) {
  (void)state;
  check(EVIDENCE_ROUND, "fill",
        "void fill(float *a, int n, float level) {\n"
        "  for (int i = 0; i < n; i++) { /* @loop */\n"
        "    float quiet = level * 0.1; /* @here */\n"
        "    a[i] += quiet;\n"
        "  }\n"
        "}\n",
        "optimised-away: the conversion is no longer made in the loop");
}

/* ---- loops ----------------------------------------------------------------------------------- */

static void a_loop_of_stores_becomes_memset(void **state) {
  (void)state;
  check(EVIDENCE_LOOP, "clear",
        "void clear(char *a, int n) {\n"
        "  for (int i = 0; i < n; i++) /* @loop @here */\n"
        "    a[i] = 0;\n"
        "}\n",
        "optimised-away: the loop was replaced by memset or memcpy");
}

static void a_loop_without_use_is_removed(void **state) {
  (void)state;
  check(EVIDENCE_LOOP, "nothing",
        "int nothing(const int *a, int n) {\n"
        "  int t = 0;\n"
        "  for (int i = 0; i < n; i++) /* @loop @here */\n"
        "    t += a[i];\n"
        "  return n;\n"
        "}\n",
        "optimised-away: the loop was removed");
}

static void a_short_loop_is_unrolled_and_remains(void **state) {
  (void)state;
  check(EVIDENCE_LOOP, "four",
        "int get(int);\n"
        "int four(void) {\n"
        "  int t = 0;\n"
        "  for (int i = 0; i < 4; i++) /* @loop @here */\n"
        "    t += get(i);\n"
        "  return t;\n"
        "}\n",
        "remains: the loop was unrolled completely");
}

static void an_unrolled_call_is_not_hoisted(void **state) {
  (void)state;
  check(EVIDENCE_CALL, "four",
        "int get(int);\n"
        "int four(void) {\n"
        "  int t = 0;\n"
        "  for (int i = 0; i < 4; i++) /* @loop */\n"
        "    t += get(i); /* @here */\n"
        "  return t;\n"
        "}\n",
        "remains: get is still called in the loop");
}

/* ---- flags and failures ---------------------------------------------------------------------- */

static const char strlen_loop[] = "#include <string.h>\n"
                                  "int count(const char *s) {\n"
                                  "  int n = 0;\n"
                                  "  for (size_t i = 0; i < strlen(s); i++) /* @loop @here */\n"
                                  "    n += s[i] == 'x';\n"
                                  "  return n;\n"
                                  "}\n";

static void lower_levels_are_judged_at_two(void **state) {
  (void)state;
  const char *flags[] = {"-O0"};
  check_flags(EVIDENCE_CALL, "count", strlen_loop, flags, 1,
              "optimised-away: the call of strlen was moved out of the loop");
}

static void an_unknown_flag_is_dropped(void **state) {
  (void)state;
  const char *flags[] = {"-O2", "-mno-such-machine-option", "-fno-such-flag"};
  check_flags(EVIDENCE_CALL, "count", strlen_loop, flags, 3,
              "optimised-away: the call of strlen was moved out of the loop");
}

static void a_unit_that_does_not_compile_is_unknown(void **state) {
  (void)state;
  check(EVIDENCE_CALL, "f", "int f(void) { return lost(); } /* @here */ int x = ;\n",
        "unknown: clang cannot compile it: *");
}

static void a_function_without_code_is_unknown(void **state) {
  (void)state;
  check(EVIDENCE_CALL, "unused",
        "int g(int);\n"
        "static int unused(int a) { return g(a); } /* @here */\n"
        "int other;\n",
        "unknown: clang makes no code of the function in this unit");
}

static int make_folder(void **state) {
  (void)state;
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
  (void)state;
  return rmdir(folder); /* which must be empty: no other file is written */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(strlen_of_an_unchanged_string_is_hoisted),
      cmocka_unit_test(strlen_of_a_changed_string_remains),
      cmocka_unit_test(memory_that_never_escapes_is_not_allocated),
      cmocka_unit_test(memory_that_escapes_is),
      cmocka_unit_test(pow_of_two_is_folded),
      cmocka_unit_test(pow_of_three_stays),
      cmocka_unit_test(an_inlined_wrapper_is_followed),
      cmocka_unit_test(the_copy_that_is_inlined_counts),
      cmocka_unit_test(a_column_order_nest_remains),
      cmocka_unit_test(what_one_iteration_leaves_to_the_next),
      cmocka_unit_test(pairs_are_no_vectorised_loop),
      cmocka_unit_test(an_invariant_load_is_hoisted),
      cmocka_unit_test(a_load_that_a_store_may_change_stays),
      cmocka_unit_test(a_list_is_still_walked),
      cmocka_unit_test(merged_loads_are_still_made),
      cmocka_unit_test(vectors_are_no_acquittal),
      cmocka_unit_test(a_double_constant_is_converted_by_vectors),
      cmocka_unit_test(the_width_is_the_vectorisers),
      cmocka_unit_test(a_conversion_of_what_stays_is_hoisted),
      cmocka_unit_test(a_loop_of_stores_becomes_memset),
      cmocka_unit_test(a_loop_without_use_is_removed),
      cmocka_unit_test(a_short_loop_is_unrolled_and_remains),
      cmocka_unit_test(an_unrolled_call_is_not_hoisted),
      cmocka_unit_test(lower_levels_are_judged_at_two),
      cmocka_unit_test(an_unknown_flag_is_dropped),
      cmocka_unit_test(a_unit_that_does_not_compile_is_unknown),
      cmocka_unit_test(a_function_without_code_is_unknown),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
