/* Watching builds, with bear (when installed) and with the scripts. The compiler is a script too,
 * so that the test needs none. */
#include "tree.h"

#include <jansson.h>

static void capture_setup(void) {
  tree_file("bin/gcc", "#!/bin/sh\necho compiled >> %T/log\n");
  chmod("bin/gcc", 0755);
  tree_file("src dir/a.c", "int a;\n");
  tree_file("b.c", "int b;\n");
}

static int capture(const char *script, HpError *err) {
  char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
  *err = (HpError){0};
  return project_capture(argv, NULL, err);
}

static void check_build(void) {
  capture_setup();
  HpError err;
  assert_int_equal(capture("cd 'src dir' && gcc -O2 '-DS=\"it'\\''s\"' -c a.c -o a.o; cd ..;"
                           "gcc -c b.c; gcc a.o b.o -o prog; exit 3",
                           &err),
                   3);
  assert_false(err.set);
  Project p;
  tree_load(&p, "");
  assert_int_equal(p.nunits, 2);
  assert_string_equal(unit_flags(unit_named(&p, "src dir/a.c")), "-O2 -DS=\"it's\"");
  assert_string_equal(unit_flags(unit_named(&p, "b.c")), "");
  assert_int_equal(unit_named(&p, "b.c")->origin, ORIGIN_DATABASE);
  project_free(&p);
  /* A part of the build: the rest stays. */
  assert_int_equal(capture("gcc -DNEW -c b.c", &err), 0);
  tree_load(&p, "");
  assert_int_equal(p.nunits, 2);
  assert_string_equal(unit_flags(unit_named(&p, "b.c")), "-DNEW");
  project_free(&p);
  assert_int_equal(access("log", F_OK), 0); /* the compiler did run */
}

static void with_scripts(void **state) {
  (void)state;
  char *old = hp_strdup(getenv("PATH")), *path = hp_format("%s/bin:%s", tree, old);
  setenv("PATH", path, 1);
  setenv("HPLINT_CAPTURE", "wrapper", 1);
  check_build();
  unsetenv("HPLINT_CAPTURE");
  setenv("PATH", old, 1);
  free(old), free(path);
}

static void with_bear(void **state) {
  (void)state;
  if (system("command -v bear >/dev/null 2>&1"))
    skip();
  char *old = hp_strdup(getenv("PATH")), *path = hp_format("%s/bin:%s", tree, old);
  setenv("PATH", path, 1);
  check_build();
  setenv("PATH", old, 1);
  free(old), free(path);
}

static void nothing_was_compiled(void **state) {
  (void)state;
  capture_setup();
  setenv("HPLINT_CAPTURE", "wrapper", 1);
  HpError err;
  tree_file("compile_commands.json", "[1]");
  assert_int_equal(capture("echo nothing to be done >/dev/null", &err), -1);
  assert_says(err.text,
              "sh compiled nothing, so compile_commands.json is not written: clean first");
  assert_int_equal(capture("exit 4", &err), 4);
  assert_says(err.text, "sh ended with status 4 and compiled nothing");
  char *missing[] = {(char *)"no-such-build-tool", NULL};
  err = (HpError){0};
  assert_int_equal(project_capture(missing, NULL, &err), -1);
  assert_says(err.text, "no-such-build-tool: no such command");
  json_t *kept = json_load_file("compile_commands.json", 0, NULL);
  assert_int_equal(json_array_size(kept), 1);
  json_decref(kept);
  unsetenv("HPLINT_CAPTURE");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TREE_TEST(with_scripts),
      TREE_TEST(with_bear),
      TREE_TEST(nothing_was_compiled),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
