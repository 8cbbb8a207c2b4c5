/* The hook in real repositories, with a stand-in for the analysis: every "malloc" is a finding of
 * high severity, every "calloc" one of medium; fingerprints are their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/cli/hook.h"

#define T(text) ((char *)(uintptr_t)(text))

/* ---- the stand-in ---------------------------------------------------------------------------- */

static void add(RunResult *r, int number, int severity, bool suppressed) {
  DbFinding *f = HP_NEW(r->findings.arena, DbFinding, 1);
  *f = (DbFinding){.rule = T("HP201"),
                   .name = T("alloc-in-loop"),
                   .file = T("a.c"),
                   .line = (uint32_t)number + 1,
                   .end_line = (uint32_t)number + 1,
                   .column = 1,
                   .severity = severity,
                   .message = T("found"),
                   .fingerprint = hp_arena_format(r->findings.arena, "%d-%d", severity, number),
                   .compiler_status = T("unchecked"),
                   .suppressed = suppressed ? T("reason") : NULL,
                   .listed = !suppressed};
  f->group = f->fingerprint;
  HP_GROW(r->findings.items, r->findings.count, r->findings.cap);
  r->findings.items[r->findings.count++] = f;
}

static int count_words(const char *text, const char *word) {
  int count = 0;
  for (const char *p = text; (p = strstr(p, word)); p++)
    count++;
  return count;
}

static bool fake_run(const RunOptions *options, RunResult *out, HpError *err) {
  char text[4096] = "";
  assert_true(options->no_record);
  assert_int_equal(options->project.paths[0][0], '/');
  if (options->unsaved) {
    assert_string_equal(options->unsaved_file, options->project.paths[0]);
    memcpy(text, options->unsaved, options->unsaved_size);
  } else {
    FILE *f = fopen(options->project.paths[0], "rb");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    (void)n;
    fclose(f);
  }
  if (strstr(text, "FAIL"))
    return hp_fail(err, "the analysis failed");
  out->findings.arena = hp_arena_new();
  for (int i = count_words(text, "malloc"); i-- > 0;)
    add(out, i, 2, strstr(text, "ignore") != NULL);
  for (int i = count_words(text, "calloc"); i-- > 0;)
    add(out, i, 1, false);
  return true;
}

/* ---- repositories ---------------------------------------------------------------------------- */

static void shell(const char *command) {
  if (system(command) != 0)
    fail_msg("%s", command);
}

static int make_repository(void **state) {
  char folder[] = "/tmp/hplint hook'XXXXXX";
  assert_non_null(mkdtemp(folder));
  assert_int_equal(chdir(folder), 0);
  setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
  setenv("HOME", folder, 1);
  shell("git init -q . && git config user.email a@example.org && git config user.name a && "
        "printf 'calloc malloc\\n' > a.c && git add a.c");
  *state = hp_strdup(folder);
  return 0;
}

static int remove_repository(void **state) {
  assert_int_equal(chdir("/"), 0);
  unsetenv("GIT_CONFIG_NOSYSTEM");
  char *command = hp_format("rm -rf \"%s\"", (char *)*state);
  shell(command);
  free(command);
  free(*state);
  return 0;
}

static void expect_run(int status) {
  HpError err = {0};
  int got = hook_run_with(fake_run, &err);
  if (got != status)
    fail_msg("%d instead of %d: %s", got, status, err.text);
  assert_int_equal(err.set, status == 2);
}

static char *file_text(const char *path) {
  char *text = hp_calloc(1, 8192);
  FILE *f = fopen(path, "r");
  assert_non_null(f);
  size_t n = fread(text, 1, 8191, f);
  (void)n;
  fclose(f);
  return text;
}

/* ---- run ------------------------------------------------------------------------------------- */

static void first_commit(void **state) {
  (void)state;
  expect_run(1); /* HEAD does not exist: all are new */
  shell("printf 'calloc\\n' > a.c && git add a.c");
  expect_run(0); /* medium */
}

static void only_new_ones(void **state) {
  (void)state;
  shell("git commit -qm one");
  expect_run(0); /* nothing staged */
  shell("printf 'moved calloc malloc\\n' > a.c && git add a.c");
  expect_run(0); /* the one that HEAD has */
  shell("printf 'malloc malloc\\n' > a.c && git add a.c");
  expect_run(1);
  shell("printf 'malloc malloc ignore\\n' > a.c && git add a.c");
  expect_run(0); /* suppressed */
}

/* What counts is the index, not the working tree. */
static void staged_content(void **state) {
  (void)state;
  shell("git commit -qm one && printf 'malloc malloc\\n' > a.c && git add a.c && "
        "printf 'nothing\\n' > a.c");
  expect_run(1);
  shell("git add a.c && printf 'malloc malloc\\n' > a.c");
  expect_run(0);
}

static void renamed_and_odd(void **state) {
  (void)state;
  shell("seq 100 >> a.c && git add a.c && git commit -qm one && mkdir sub && git mv a.c 'sub/b "
        "\xc3\xa4.c'");
  expect_run(0); /* the old version is a.c's */
  shell("cd sub && echo malloc >> 'b \xc3\xa4.c' && git add . && echo malloc > note.txt && git add "
        ".");
  assert_int_equal(chdir("sub"), 0);
  expect_run(1); /* from a folder below the top too */
}

static void other_files(void **state) {
  (void)state;
  shell("git commit -qm one && git rm -q a.c && echo malloc > x.txt && echo malloc > x.cpp && "
        "git add . && ln -s a.c link.c && git add .");
  expect_run(0); /* deleted, no C, a link to nothing */
}

/* What cannot be analysed is said, and stops no commit. */
static void failures_do_not_stop(void **state) {
  (void)state;
  shell("echo FAIL > f.c && git add f.c && git rm -q --cached a.c");
  expect_run(0);
  shell("git add a.c");
  expect_run(1); /* the others are checked */
  shell("rm a.c");
  expect_run(0);
}

static void old_version_fails(void **state) {
  (void)state;
  shell("echo FAIL malloc > a.c && git add a.c && git commit -qm one && echo malloc > a.c && "
        "git add a.c");
  expect_run(1);
}

static void outside(void **state) {
  (void)state;
  shell("rm -rf .git");
  setenv("GIT_CEILING_DIRECTORIES", "/tmp", 1);
  expect_run(2);
  HpError err = {0};
  assert_int_equal(hook_install(false, &err), 2);
  assert_non_null(strstr(err.text, "not in a git repository"));
  unsetenv("GIT_CEILING_DIRECTORIES");
}

/* ---- install --------------------------------------------------------------------------------- */

static void installs(void **state) {
  (void)state;
  HpError err = {0};
  assert_int_equal(hook_install(false, &err), 0);
  assert_int_equal(access(".git/hooks/pre-commit", X_OK), 0);
  char *text = file_text(".git/hooks/pre-commit");
  assert_non_null(strstr(text, "hook run"));
  free(text);
  shell("sh -n .git/hooks/pre-commit");
  assert_int_equal(hook_install(false, &err), 0); /* ours: renewed */
  shell("test $(ls .git/hooks | grep -vc sample) = 1");
}

/* The script itself: it starts this test program, which stands in for hplint (see main). */
static void stops_commits(void **state) {
  (void)state;
  HpError err = {0};
  assert_int_equal(hook_install(false, &err), 0);
  assert_int_not_equal(system("git commit -qm one >/dev/null 2>&1"), 0);
  shell("git commit -qm one --no-verify");
  shell("printf 'more calloc malloc\\n' > a.c");
  shell("git commit -qam two"); /* -a: git gives the hook an index of its own */
  shell("printf 'malloc malloc\\n' > a.c");
  assert_int_not_equal(system("git commit -qam three >/dev/null 2>&1"), 0);
}

static void foreign_hook(void **state) {
  (void)state;
  HpError err = {0};
  shell("mkdir -p .git/hooks && printf '#!/bin/sh\\necho first >> log\\ntest ! -e no\\n' > "
        ".git/hooks/pre-commit && chmod +x "
        ".git/hooks/pre-commit && cp .git/hooks/pre-commit before");
  assert_int_equal(hook_install(false, &err), 2);
  assert_non_null(strstr(err.text, "there is another hook"));
  shell("cmp before .git/hooks/pre-commit");
  err = (HpError){0};
  assert_int_equal(hook_install(true, &err), 0);
  shell("cmp before .git/hooks/pre-commit.before-hplint");
  shell("printf 'calloc\\n' > a.c && git add a.c && git commit -qm one && test -s log");
  shell("touch no && printf 'calloc calloc\\n' > a.c");
  assert_int_not_equal(system("git commit -qam two"), 0); /* the kept one has its say */
  /* A foreign one again: the one set aside is not overwritten. */
  shell("cp before .git/hooks/pre-commit");
  assert_int_equal(hook_install(true, &err), 2);
  assert_non_null(strstr(err.text, "is in the way"));
  shell("cmp before .git/hooks/pre-commit && cmp before .git/hooks/pre-commit.before-hplint");
}

static void linked_hook(void **state) {
  (void)state;
  HpError err = {0};
  shell("echo mine > target && mkdir -p .git/hooks && ln -s ../../target .git/hooks/pre-commit");
  assert_int_equal(hook_install(false, &err), 2);
  err = (HpError){0};
  assert_int_equal(hook_install(true, &err), 0);
  shell("test \"$(cat target)\" = mine && test -L .git/hooks/pre-commit.before-hplint");
}

static void hooks_path(void **state) {
  (void)state;
  HpError err = {0};
  shell("git config core.hooksPath .husky && mkdir sub");
  assert_int_equal(chdir("sub"), 0);
  assert_int_equal(hook_install(false, &err), 0);
  shell("test -x ../.husky/pre-commit && test ! -e ../.git/hooks/pre-commit");
}

int main(int argc, char **argv) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_repository, remove_repository)
  const struct CMUnitTest tests[] = {
      TEST(first_commit),      TEST(only_new_ones), TEST(staged_content),
      TEST(renamed_and_odd),   TEST(other_files),   TEST(failures_do_not_stop),
      TEST(old_version_fails), TEST(outside),       TEST(installs),
      TEST(stops_commits),     TEST(foreign_hook),  TEST(linked_hook),
      TEST(hooks_path)};
  if (argc == 3 && !strcmp(argv[1], "hook") && !strcmp(argv[2], "run"))
    return hook_run_with(fake_run, NULL);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
