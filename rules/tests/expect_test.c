/* The rules' own examples, as a user's files: every rules/HPnnn/ *.c goes through hplint-unit, is
 * linked into a program of its own and judged. Expectations stand in the files, on the line that
 * the finding must point at:
 *
 *   for (p = head; p; p = p->next) // expect: HP101 "16 of 48 bytes"
 *   while (n) {                    // expect: HP101 low
 *
 *   p = malloc(n);                 // expect: HP201 severity medium
 *
 * The words stand in the message, the help or a fact. `low` means shown with --all only, `found`
 * either way, without a word it is listed. In tests/clean is code as it should be: no rule may list
 * anything there. A file that expects nothing of its folder's rule must stay silent for it.
 * STEM+more.c is a further unit of the program STEM.c. The first C block under a page's "## Bad"
 * and "## Good" is tested likewise: the one must fire, the other must not. A rule without files of
 * both kinds fails the suite. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ir/build.h"
#include "ir/serial.h"
#include "rules/rule.h"

extern char **environ;

enum { MAX_UNITS = 8, MAX_EXPECTED = 64 };

static char scratch[] = "/tmp/hplint-rules-XXXXXX";

/* ---- files and programs ---------------------------------------------------------------------- */

static char *read_file(const char *path, size_t *size) {
  FILE *in = fopen(path, "rb");
  if (!in)
    fail_msg("%s: cannot be read", path);
  HpBuf buf = {0};
  char chunk[1 << 14];
  for (size_t n; (n = fread(chunk, 1, sizeof chunk, in)) > 0;)
    hp_buf_addn(&buf, chunk, n);
  fclose(in);
  if (size)
    *size = buf.length;
  hp_buf_addn(&buf, "", 0);
  return hp_buf_take(&buf);
}

static void run(const char *const *argv) {
  pid_t pid;
  int status;
  if (posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)argv, environ) != 0)
    fail_msg("%s: cannot be started", argv[0]);
  while (waitpid(pid, &status, 0) < 0)
    continue;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    fail_msg("%s fails on %s", argv[0], argv[6] ? argv[6] : "its input");
}

static IrUnit *compile(const char *source) {
  static unsigned serial;
  char *out = hp_format("%s/%u.hpu", scratch, serial++);
  const char *argv[] = {TEST_BIN_DIR "/hplint-unit", "--ir", out, "--", "cc", "-O2", source, NULL};
  run(argv);
  size_t size;
  char *bytes = read_file(out, &size);
  HpError err = {0};
  IrUnit *unit = ir_read_unit(bytes, size, source, &err);
  if (!unit)
    fail_msg("%s: %s", source, err.text);
  unlink(out);
  free(bytes);
  free(out);
  return unit;
}

/* ---- expectations ---------------------------------------------------------------------------- */

typedef struct Expected {
  const char *path;
  uint32_t line;
  char rule[8];
  bool low, found, met;
  int severity; /* -1: any */
  char text[160];
} Expected;

typedef struct Case {
  const char *paths[MAX_UNITS]; /* heap */
  uint32_t npaths;
  char rule[8]; /* of the folder; "": clean code */
  Expected expected[MAX_EXPECTED];
  uint32_t count;
} Case;

static void parse_expectation(Case *c, const char *path, uint32_t line, const char *at,
                              size_t length) {
  static const char mark[] = "// expect: ";
  const char *end = at + length;
  const char *found = memmem(at, length, mark, sizeof mark - 1);
  if (!found)
    return;
  if (c->count == MAX_EXPECTED)
    fail_msg("%s: too many expectations", path);
  Expected *e = &c->expected[c->count++];
  *e = (Expected){.path = path, .line = line, .severity = -1};
  at = found + sizeof mark - 1;
  if (end - at < 5 || memcmp(at, "HP", 2) != 0)
    fail_msg("%s:%u: expected a rule after 'expect:'", path, line);
  memcpy(e->rule, at, 5);
  at += 5;
  if (end - at >= 4 && memcmp(at, " low", 4) == 0) {
    e->low = true;
    at += 4;
  }
  if (end - at >= 6 && memcmp(at, " found", 6) == 0) {
    e->found = true;
    at += 6;
  }
  static const char *const severities[] = {" severity low", " severity medium", " severity high"};
  for (int i = 0; i < 3; i++) {
    size_t word = strlen(severities[i]);
    if ((size_t)(end - at) >= word && memcmp(at, severities[i], word) == 0)
      e->severity = i;
  }
  const char *quote = memchr(at, '"', (size_t)(end - at));
  const char *close = quote ? memchr(quote + 1, '"', (size_t)(end - quote - 1)) : NULL;
  if (quote && !close)
    fail_msg("%s:%u: the text has no end", path, line);
  if (quote)
    snprintf(e->text, sizeof e->text, "%.*s", (int)(close - quote - 1), quote + 1);
}

static void parse_expectations(Case *c, const char *path) {
  size_t size;
  char *text = read_file(path, &size);
  uint32_t line = 1;
  for (char *at = text; *at; line++) {
    size_t length = strcspn(at, "\n");
    parse_expectation(c, path, line, at, length);
    at += length + (at[length] == '\n');
  }
  free(text);
}

/* ---- judging --------------------------------------------------------------------------------- */

static const char *path_of(const Finding *f) {
  return ir_str(f->unit, f->unit->files[f->loc.file].path);
}

static void describe(HpBuf *buf, const Finding *f) {
  static const char *const severities[] = {"low", "medium", "high"};
  hp_buf_addf(buf, "\n  %s:%u:%u: %s%s, severity %s: %s", path_of(f), f->loc.line, f->loc.column,
              f->rule->id, f->show == SHOW_LOW ? " low" : "", severities[f->severity], f->message);
}

/* In the message, the help, or a fact that is a text. */
static bool says(const Finding *f, const char *words) {
  bool found = strstr(f->message, words) || strstr(f->help, words);
  for (uint32_t i = 0; i < f->nfacts; i++)
    found |= f->facts[i].text && strstr(f->facts[i].text, words);
  return found;
}

static bool meets(const Expected *e, const Finding *f) {
  return !e->met && strcmp(e->rule, f->rule->id) == 0 && e->line == f->loc.line &&
         (e->found || e->low == (f->show == SHOW_LOW)) &&
         (e->severity < 0 || e->severity == (int)f->severity) && says(f, e->text) &&
         strcmp(strrchr(e->path, '/'), strrchr(path_of(f), '/')) == 0;
}

/* Of interest are the folder's rule and those that some expectation names; in clean code whatever
 * is listed. */
static bool concerns(const Case *c, const Finding *f) {
  if (*c->rule ? strcmp(f->rule->id, c->rule) == 0 : f->show == SHOW_LISTED)
    return true;
  for (uint32_t i = 0; i < c->count; i++)
    if (strcmp(f->rule->id, c->expected[i].rule) == 0)
      return true;
  return false;
}

/* What every finding owes its reader. */
static void check_complete(HpBuf *wrong, const Finding *f) {
  HpBuf what = {0};
  if (!*f->message || f->message[strlen(f->message) - 1] == '.')
    hp_buf_add(&what, " message");
  if (!*f->help)
    hp_buf_add(&what, " help");
  if (!*f->saving_why)
    hp_buf_add(&what, " saving_why");
  if (!*f->anchor)
    hp_buf_add(&what, " anchor");
  if (!f->nfacts)
    hp_buf_add(&what, " facts");
  if (!f->nsites && f->cost != COST_SPACE)
    hp_buf_add(&what, " sites");
  if (!(f->saving >= 0 && f->saving <= f->bound_factor && f->bound_factor <= 1))
    hp_buf_add(&what, " saving");
  if (what.length) {
    hp_buf_addf(wrong, "\n lacks or has wrong:%s", hp_buf_text(&what));
    describe(wrong, f);
  }
  hp_buf_free(&what);
}

static void compare(Case *c, const Report *r, HpBuf *wrong) {
  for (uint32_t i = 0; i < r->count; i++) {
    const Finding *f = r->findings[i];
    bool expected = !concerns(c, f);
    for (uint32_t k = 0; k < c->count && !expected; k++)
      if (meets(&c->expected[k], f))
        expected = c->expected[k].met = true;
    if (!expected) {
      hp_buf_add(wrong, "\n not expected:");
      describe(wrong, f);
    }
    check_complete(wrong, f);
  }
  for (uint32_t k = 0; k < c->count; k++)
    if (!c->expected[k].met)
      hp_buf_addf(wrong, "\n missing: %s:%u: %s%s %s", c->expected[k].path, c->expected[k].line,
                  c->expected[k].rule, c->expected[k].low ? " low" : "", c->expected[k].text);
}

/* Kind and words; the words have to outlive the threads that wrote them. */
static bool same_fix(const RuleFix *a, const RuleFix *b) {
  return a->kind == b->kind && !a->words == !b->words &&
         (!a->words || strcmp(a->words, b->words) == 0);
}

static void same_with_threads(const IrProgram *program, const Report *r, HpBuf *wrong) {
  Report again = {.arena = hp_arena_new()};
  rules_run(program, NULL, 3, &again);
  bool same = again.count == r->count;
  for (uint32_t i = 0; same && i < r->count; i++)
    same = strcmp(r->findings[i]->message, again.findings[i]->message) == 0 &&
           r->findings[i]->loc.line == again.findings[i]->loc.line &&
           same_fix(&r->findings[i]->fix, &again.findings[i]->fix);
  if (!same)
    hp_buf_add(wrong, "\n another number of threads changes the report");
  free(again.findings);
  hp_arena_free(again.arena);
}

static void judge(Case *c, HpBuf *wrong) {
  IrUnit *units[MAX_UNITS];
  for (uint32_t i = 0; i < c->npaths; i++)
    units[i] = compile(c->paths[i]);
  IrProgram *program = ir_program_link((const IrUnit *const *)units, c->npaths, NULL);
  Report r = {.arena = hp_arena_new()};
  rules_run(program, NULL, 1, &r);
  compare(c, &r, wrong);
  same_with_threads(program, &r, wrong);
  free(r.findings);
  hp_arena_free(r.arena);
  ir_program_free(program);
  for (uint32_t i = 0; i < c->npaths; i++)
    ir_unit_free(units[i]);
}

static void finish(HpBuf *wrong) {
  if (!wrong->length)
    return;
  static char text[1 << 16];
  snprintf(text, sizeof text, "%s", hp_buf_text(wrong));
  hp_buf_free(wrong);
  fail_msg("%s", text);
}

static void test_file(void **state) {
  Case *c = *state;
  for (uint32_t i = 0; i < c->npaths; i++)
    parse_expectations(c, c->paths[i]);
  HpBuf wrong = {0};
  judge(c, &wrong);
  finish(&wrong);
}

/* ---- coverage and pages ---------------------------------------------------------------------- */

/* The rule's own source, rule.c or rule_IDEA.c, or the second file of a test. */
static bool is_no_test(const char *path) {
  const char *name = strrchr(path, '/') + 1;
  return strncmp(name, "rule", 4) == 0 || strchr(name, '+');
}

static void test_coverage(void **state) {
  const Rule *rule = *state;
  char *pattern = hp_format("%s/rules/%s/*.c", TEST_SOURCE_DIR, rule->id);
  glob_t found = {0};
  glob(pattern, 0, NULL, &found);
  unsigned hits = 0, misses = 0;
  for (size_t i = 0; i < found.gl_pathc; i++) {
    const char *path = found.gl_pathv[i];
    if (is_no_test(path))
      continue;
    Case *c = hp_calloc(1, sizeof *c);
    parse_expectations(c, path);
    bool hit = false;
    for (uint32_t k = 0; k < c->count; k++)
      hit |= strcmp(c->expected[k].rule, rule->id) == 0;
    hits += hit;
    misses += !hit;
    free(c);
  }
  globfree(&found);
  free(pattern);
  if (!hits || !misses)
    fail_msg("%s has %u files that fire and %u that stay silent", rule->id, hits, misses);
}

/* The first C block after the heading, on the heap. */
static char *block_after(const char *page, const char *heading) {
  const char *at = strstr(page, heading);
  const char *open = at ? strstr(at, "\n```c\n") : NULL;
  const char *close = open ? strstr(open + 6, "\n```\n") : NULL;
  if (!close)
    fail_msg("no C block under '%s'", heading);
  return hp_strndup(open + 6, (size_t)(close - open - 5));
}

static unsigned findings_in_block(const Rule *rule, const char *heading, const char *stem) {
  char *path = hp_format("%s/%s-%s.c", scratch, rule->id, stem);
  char *block = block_after(rule->page, heading);
  FILE *out = fopen(path, "w");
  assert_non_null(out);
  fputs(block, out);
  fclose(out);
  const char *cc[] = {"cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", path, NULL};
  run(cc);
  IrUnit *unit = compile(path);
  const IrUnit *units[] = {unit};
  IrProgram *program = ir_program_link(units, 1, NULL);
  Report r = {.arena = hp_arena_new()};
  rules_run(program, NULL, 1, &r);
  unsigned count = 0;
  for (uint32_t i = 0; i < r.count; i++)
    count += r.findings[i]->rule == rule && r.findings[i]->show == SHOW_LISTED;
  free(r.findings);
  hp_arena_free(r.arena);
  ir_program_free(program);
  ir_unit_free(unit);
  unlink(path);
  free(block);
  free(path);
  return count;
}

static void test_page(void **state) {
  const Rule *rule = *state;
  static const char *const headings[] = {
      "## What",      "## Why it costs",      "## Bad",
      "## Good",      "## When to ignore it", "## How the number is computed",
      "## References"};
  for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
    if (!strstr(rule->page, headings[i]))
      fail_msg("%s.md lacks '%s'", rule->id, headings[i]);
  char *title = hp_format("# %s %s\n", rule->id, rule->name);
  assert_true(strncmp(rule->page, title, strlen(title)) == 0);
  free(title);
  if (findings_in_block(rule, "## Bad", "bad") == 0)
    fail_msg("%s.md: the bad example does not fire", rule->id);
  if (findings_in_block(rule, "## Good", "good") != 0)
    fail_msg("%s.md: the good example fires", rule->id);
}

/* ---- the suite ------------------------------------------------------------------------------- */

typedef struct Suite {
  struct CMUnitTest *tests;
  uint32_t count, cap;
} Suite;

static void add_test(Suite *s, char *name, CMUnitTestFunction test, void *state) {
  HP_GROW(s->tests, s->count, s->cap);
  s->tests[s->count++] = (struct CMUnitTest){name, test, NULL, NULL, state};
}

static Case *case_of(const char *path, const char *rule) {
  Case *c = hp_calloc(1, sizeof *c);
  snprintf(c->rule, sizeof c->rule, "%s", rule);
  c->paths[c->npaths++] = hp_strdup(path);
  char *pattern = hp_format("%.*s+*.c", (int)(strlen(path) - 2), path);
  glob_t more = {0};
  glob(pattern, 0, NULL, &more);
  for (size_t i = 0; i < more.gl_pathc && c->npaths < MAX_UNITS; i++)
    c->paths[c->npaths++] = hp_strdup(more.gl_pathv[i]);
  globfree(&more);
  free(pattern);
  return c;
}

static void add_files(Suite *s, const char *folder, const char *rule) {
  char *pattern = hp_format("%s/rules/%s/*.c", TEST_SOURCE_DIR, folder);
  glob_t found = {0};
  glob(pattern, 0, NULL, &found);
  for (size_t i = 0; i < found.gl_pathc; i++) {
    const char *path = found.gl_pathv[i], *name = strrchr(path, '/') + 1;
    if (!is_no_test(path))
      add_test(s, hp_format("%s/%s", folder, name), test_file, case_of(path, rule));
  }
  globfree(&found);
  free(pattern);
}

static void add_rule(Suite *s, const Rule *rule) {
  add_test(s, hp_format("%s has both kinds of files", rule->id), test_coverage, (void *)rule);
  add_test(s, hp_format("%s page", rule->id), test_page, (void *)rule);
  add_files(s, rule->id, rule->id);
}

static void free_suite(Suite *s) {
  for (uint32_t i = 0; i < s->count; i++) {
    if (s->tests[i].test_func == test_file) {
      Case *c = s->tests[i].initial_state;
      for (uint32_t k = 0; k < c->npaths; k++)
        free((void *)c->paths[k]);
      free(c);
    }
    free((void *)s->tests[i].name);
  }
  free(s->tests);
}

int main(int argc, char **argv) {
  Suite suite = {0};
  for (uint32_t i = 0; i < nrules; i++)
    if (argc < 2 || strcmp(argv[1], rules[i]->id) == 0)
      add_rule(&suite, rules[i]);
  if (argc < 2 || strcmp(argv[1], "clean") == 0)
    add_files(&suite, "tests/clean", "");
  if (!mkdtemp(scratch))
    return 2;
  int failed = _cmocka_run_group_tests("rules", suite.tests, suite.count, NULL, NULL);
  rmdir(scratch);
  free_suite(&suite);
  return failed;
}
