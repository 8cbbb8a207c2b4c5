/* Projects without a compile database: which files, which folders, whose code. */
#include "tree.h"

#include "analyzer/project/headers.h"

static void includes_that_hold_in_any_build(void **state) {
  (void)state;
  ScannedFile f = {0};
  scan_includes(
      "/* a.h\n#include \"comment.h\" */\n"
      "#ifndef A_H\n#define A_H\n"
      "  #  include \"one.h\" /* why */\n"
      "#include <two/x.h>\n"
      "// #include \"comment2.h\"\n"
      "#ifdef USE_X\n#include \"x.h\"\n#include \"part.c\"\n#else\n#include <y.h>\n#endif\n"
      "#if 0\n#if 1\n#include \"z.h\"\n#endif\n#endif\n"
      "#include MACRO\n#include\n#include \"\n#include \"\"\n#include_next <n.h>\n"
      "char *s = \"/*\"; /* and\n#include \"comment3.h\"\n*/ #include \"three.h\"\n"
      "int x; /* open */ int y; /*\n*/\n#include \"four.h\"\n"
      "#endif\n#include \"five.h\"",
      &f);
  const char *const quoted[] = {"one.h", "three.h", "four.h", "five.h"};
  assert_int_equal(f.quoted.count, 4);
  for (int i = 0; i < 4; i++)
    assert_string_equal(f.quoted.items[i], quoted[i]);
  assert_int_equal(f.angled.count, 1);
  assert_string_equal(f.angled.items[0], "two/x.h");
  assert_int_equal(f.sources.count, 1);
  assert_string_equal(f.sources.items[0], "part.c");
  words_free(&f.quoted), words_free(&f.angled), words_free(&f.sources);
}

/* A miniature of redis: own headers, libraries in the tree, one header name in both. */
static void library_tree(void) {
  tree_file("Makefile", "");
  tree_file("src/main.c", "#include \"sds.h\"\n#include <lua.h>\n#include \"net/net.h\"\n"
                          "#include <stdio.h>\n#ifdef WITH_X\n#include <x/x.h>\n#endif\n");
  tree_file("src/cli.c", "#include <hiredis.h>\n#include <sds.h>\n");
  tree_file("src/sds.h", "");
  tree_file("src/net/net.h", "#include <hdr_histogram.h>\n#include \"../sds.h\"\n");
  tree_file("deps/hiredis/hiredis.h", "");
  tree_file("deps/hiredis/sds.h", "");
  tree_file("deps/lua/src/lua.h", "");
  tree_file("deps/lua/src/lapi.c", "#include \"lua.h\"\n");
  tree_file("deps/lua/old/src/lua.h", "");
  tree_file("deps/hdr/hdr_histogram.h", "");
  tree_file("deps/x/include/x/x.h", "");
  tree_file("deps/compat/stdio.h", ""); /* the system has one */
}

static void libraries_of_the_tree(void **state) {
  (void)state;
  library_tree();
  assert_int_equal(chdir("src"), 0);
  Project p;
  tree_load(&p, "src"); /* no version control: the libraries lie outside the root */
  assert_int_equal(p.nunits, 2);
  assert_string_equal(path_from(p.root, tree), "src");
  assert_true(has_note(&p, "no compile_commands.json found: compiler flags are guessed"));
  const ProjectUnit *main_c = unit_named(&p, "src/main.c"), *cli = unit_named(&p, "src/cli.c");
  assert_string_equal(unit_flags(main_c), "-std=gnu17 -D_GNU_SOURCE -iquote %T/src -iquote %T "
                                          "-I%T/deps/lua/src -I%T/deps/hdr -I%T/src -I%T");
  assert_int_equal(main_c->origin, ORIGIN_GUESSED);
  /* <sds.h> beside <hiredis.h> is the library's. */
  assert_string_equal(unit_flags(cli), "-std=gnu17 -D_GNU_SOURCE -iquote %T/src -iquote %T "
                                       "-I%T/deps/hiredis -I%T/src -I%T");
  project_free(&p);
}

static void a_second_try_after_a_parse(void **state) {
  (void)state;
  library_tree();
  Project p;
  tree_load(&p, "src/main.c");
  ProjectUnit *u = &p.units[0];
  uint64_t key = u->key;
  const char *missing[] = {"x/x.h", "nowhere.h", "release.h"};
  assert_true(project_guess_retry(&p, u, missing, 3));
  assert_string_equal(unit_flags(u), "-std=gnu17 -D_GNU_SOURCE -iquote %T/src -iquote %T "
                                     "-I%T/deps/x/include -I%T/deps/lua/src -I%T/deps/hdr "
                                     "-I%T/src -I%T");
  assert_true(u->key != key);
  assert_false(project_guess_retry(&p, u, missing, 3)); /* nothing new */
  u->origin = ORIGIN_DATABASE;
  const char *other[] = {"hiredis.h"};
  assert_false(project_guess_retry(&p, u, other, 1)); /* recorded flags are not touched */
  project_free(&p);
}

/* Whoever may write to /tmp must not add include folders to the projects below it. */
static void a_build_file_anybody_can_write(void **state) {
  (void)state;
  tree_file("pub/Makefile", "all:\n");
  tree_file("pub/lib/far.h", "");
  tree_file("pub/src/a.c", "#include <far.h>\n");
  assert_int_equal(chmod("pub", 0777), 0);
  assert_int_equal(chdir("pub/src"), 0);
  Project p;
  tree_load(&p, "pub/src");
  assert_string_equal(unit_flags(unit_named(&p, "pub/src/a.c")),
                      "-std=gnu17 -D_GNU_SOURCE -iquote %T/pub/src -I%T/pub/src");
  project_free(&p);
  assert_int_equal(chdir(tree), 0);
  assert_int_equal(chmod("pub", 0755), 0);
  assert_int_equal(chdir("pub/src"), 0);
  tree_load(&p, "pub/src");
  assert_non_null(strstr(unit_flags(unit_named(&p, "pub/src/a.c")), "pub/lib"));
  project_free(&p);
}

static void check_found(const Project *p, const char *from, const char *header, const char *want) {
  char *path = path_join(tree, from);
  const char *folder = project_find_header(p, path, header);
  if (!want)
    assert_null(folder);
  else if (!folder || strcmp(path_from(folder, tree), want))
    fail_msg("%s from %s: %s, not %s", header, from, folder ? folder : "nothing", want);
  free(path);
}

static void the_nearest_header(void **state) {
  (void)state;
  library_tree();
  tree_file("a/b/c.c", "");
  tree_file("a/inc/u.h", "");
  tree_file("z/inc/u.h", "");
  tree_file("z/common/v.h", "");
  tree_file("deps/lua/config.h", "");
  tree_file("compat/string.h", "");
  tree_file("compat/strange.h", "");
  Project p;
  tree_load(&p, "");
  check_found(&p, "a/b/c.c", "u.h", "a/inc");
  check_found(&p, "z/c.c", "u.h", "z/inc");
  check_found(&p, "z/c.c", "inc/u.h", "z");
  check_found(&p, "src/main.c", "lua.h", "deps/lua/src");
  check_found(&p, "src/main.c", "x/x.h", "deps/x/include");
  check_found(&p, "src/main.c", "x.h", "deps/x/include/x");
  check_found(&p, "a/b/c.c", "../common/v.h", "z/common");
  check_found(&p, "src/main.c", "nosuch.h", NULL);
  check_found(&p, "src/main.c", "clude/x/x.h", NULL);  /* whole names only */
  check_found(&p, "src/a/b/main.c", "config.h", NULL); /* another project's */
  check_found(&p, "deps/lua/src/lapi.c", "config.h", "deps/lua");
  /* A folder with a string.h of its own must not hide the system's. */
  const char *missing[] = {"strange.h"};
  ProjectUnit u = {.file = path_join(tree, "src/main.c"),
                   .directory = hp_strdup(tree),
                   .origin = ORIGIN_GUESSED};
  assert_true(project_guess_retry(&p, &u, missing, 1));
  assert_string_equal(unit_flags(&u), "-idirafter %T/compat");
  unit_free(&u);
  project_free(&p);
}

static void which_files_are_units(void **state) {
  (void)state;
  tree_file("a.c", "#ifdef A\n#include \"a_part.c\"\n#endif\n#include \"a.c\"\n");
  tree_file("a_part.c", "");
  tree_file("tests/t.c", "#include \"../b.c\"\n");
  tree_file("b.c", "");
  tree_file("x.cpp", "");
  tree_file(".hidden/h.c", "");
  tree_file(".h.c", "");
  tree_file("out/CMakeCache.txt", "");
  tree_file("out/gen.c", "");
  tree_file("node_modules/n.c", "");
  tree_file("skip/me/s.c", "");
  tree_file("README", "");
  tree_file(".hplint.yaml", "exclude: skip/*\n");
  assert_int_equal(symlink("..", "tests/up"), 0); /* a circle */
  Project p;
  tree_load(&p, "");
  const char *const want[] = {"a.c", "b.c", "tests/t.c"};
  assert_int_equal(p.nunits, 3);
  for (uint32_t i = 0; i < 3; i++)
    assert_string_equal(path_from(p.units[i].file, tree), want[i]);
  assert_true(has_note(&p, "1 C file is included by others, and analysed there: a_part.c"));
  project_free(&p);
  tree_load(&p, "a_part.c"); /* named: analysed */
  assert_int_equal(p.nunits, 1);
  project_free(&p);
  tree_load(&p, "skip/me/s.c");
  assert_int_equal(p.nunits, 1);
  project_free(&p);
}

static void whose_code_is_reported(void **state) {
  (void)state;
  static const struct {
    const char *file, *text;
    bool reported;
  } files[] = {
      {"src/a.c", "int a;\n", true},
      {"src/talk.c", "/* This table was\n * generated by hand. */\nint a;\n", true},
      {"src/say.c", "const char *s = \"automatically generated, do not edit\";\n", true},
      {"deps/lua/l.c", "int l;\n", false},
      {"src/third_party/t.c", "int t;\n", false},
      {"tests/t.c", "int t;\n", false},
      {"src/test/t.c", "int t;\n", false},
      {"src/testing/t.c", "int t;\n", true}, /* a module's name */
      {"src/depth.c", "int d;\n", true},
      {"src/parse.c", "/* A Bison parser, made by GNU Bison 3.8.2.  */\n", false},
      {"src/lex.c",
       "#line 2 \"lex.c\"\n\n#define YY_INT\n\n/* A lexical scanner generated by flex */\n", false},
      {"src/cmd.c", "/* Automatically generated by x.py, do not edit. */\n", false},
      {"src/lemon.c", "/*\n** 2000\n** Driver template for the LEMON parser generator.\n*/\n",
       false},
  };
  size_t n = sizeof files / sizeof *files;
  mkdir(".git", 0755);
  for (size_t i = 0; i < n; i++)
    tree_file(files[i].file, files[i].text);
  Project p;
  tree_load(&p, "");
  assert_int_equal(p.nunits, n); /* all are analysed */
  for (size_t i = 0; i < n; i++) {
    char *path = path_join(tree, files[i].file);
    if (project_reports(&p, path) != files[i].reported)
      fail_msg("%s", files[i].file);
    assert_true(project_owns(&p, path));
    assert_string_equal(project_relative(&p, path), files[i].file);
    free(path);
  }
  assert_false(project_reports(&p, "/usr/include/stdio.h"));
  assert_false(project_owns(&p, "/usr/include/stdio.h"));
  assert_string_equal(project_relative(&p, "/usr/include/stdio.h"), "/usr/include/stdio.h");
  project_free(&p);
}

static bool reports(const Project *p, const char *name) {
  char *path = path_join(tree, name);
  bool is = project_reports(p, path);
  free(path);
  return is;
}

static void what_was_named_is_reported(void **state) {
  (void)state;
  mkdir(".git", 0755);
  tree_file("deps/lua/src/l.c", "");
  tree_file("deps/lua/tests/t.c", "");
  tree_file("deps/gen.c", "/* Automatically generated */\n");
  tree_file("src/a.c", "");
  Project p;
  tree_load(&p, "deps");
  assert_true(reports(&p, "deps/lua/src/l.c"));
  assert_false(reports(&p, "deps/lua/tests/t.c")); /* tests of what was named */
  assert_false(reports(&p, "deps/gen.c"));
  assert_false(reports(&p, "src/a.c"));
  project_free(&p);
  tree_load(&p, "deps/lua/tests");
  assert_true(reports(&p, "deps/lua/tests/t.c"));
  project_free(&p);
  tree_load(&p, "deps/gen.c");
  assert_true(reports(&p, "deps/gen.c"));
  project_free(&p);
  tree_file(".hplint.yaml", "vendored: [src, deps/lua]\n");
  tree_load(&p, "");
  assert_false(reports(&p, "src/a.c"));
  assert_false(reports(&p, "deps/lua/src/l.c"));
  assert_false(reports(&p, "deps/lua/tests/t.c"));
  assert_true(reports(&p, "deps/x.c"));
  project_free(&p);
  tree_load(&p, "deps/lua");
  assert_true(reports(&p, "deps/lua/tests/t.c")); /* the config says nothing about tests/ */
  project_free(&p);
}

static void roots(void **state) {
  (void)state;
  tree_file("a/b/c/x.c", "");
  char *home = hp_strdup(getenv("HOME") ? getenv("HOME") : "/"), *a = path_join(tree, "a");
  Project p;
  tree_load(&p, "a/b/c/x.c"); /* the current folder, when it is above */
  assert_string_equal(p.root, tree);
  project_free(&p);
  setenv("HOME", tree, 1); /* but not a whole home folder, nor the whole machine */
  tree_load(&p, "a/b/c/x.c");
  assert_string_equal(path_from(p.root, tree), "a/b/c");
  project_free(&p);
  setenv("HOME", home, 1);
  char *open_folder = path_join(tree, "a"), *planted = path_join(tree, "a/.hplint.yaml");
  tree_file("a/.hplint.yaml", ""); /* anybody may have put it there */
  chmod(open_folder, 01777);
  tree_load(&p, "a/b/c/x.c");
  assert_string_not_equal(path_from(p.root, tree), "a");
  project_free(&p);
  chmod(open_folder, 0755);
  tree_load(&p, "a/b/c/x.c");
  assert_string_equal(path_from(p.root, tree), "a");
  project_free(&p);
  unlink(planted);
  free(open_folder), free(planted);
  assert_int_equal(chdir("/"), 0);
  tree_load(&p, "a/b/c/x.c");
  assert_string_equal(path_from(p.root, tree), "a/b/c");
  project_free(&p);
  tree_file("a/.git", "gitdir: elsewhere\n"); /* a worktree */
  tree_load(&p, "a/b/c");
  assert_string_equal(path_from(p.root, tree), "a");
  project_free(&p);
  tree_file("a/b/.hplint.yaml", "");
  tree_load(&p, "a/b/c");
  assert_string_equal(path_from(p.root, tree), "a/b");
  project_free(&p);
  /* What lies in the home folder is not about the project below it. */
  char *config = path_join(tree, "a/b/.hplint.yaml");
  unlink(config);
  free(config);
  setenv("HOME", a, 1);
  tree_load(&p, "a/b/c");
  assert_string_equal(path_from(p.root, tree), "a/b/c");
  project_free(&p);
  setenv("HOME", home, 1);
  free(home), free(a);
}

static void absolute_paths(void **state) {
  (void)state;
  static const struct {
    const char *path, *base, *want;
  } table[] = {
      {"/a/./b//c/../d/", NULL, "/a/b/d"},
      {"/../..", NULL, "/"},
      {"x", "/a/b", "/a/b/x"},
      {"../x", "/a/b/", "/a/x"},
      {"../../../x", "/a", "/x"},
      {"/x", "/a", "/x"},
      {".", "/a", "/a"},
      {"a..b/...", "/", "/a..b/..."},
      {"", "/a", "/a"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    char *got = path_absolute(table[i].path, table[i].base);
    assert_string_equal(got, table[i].want);
    free(got);
  }
  char *here = getcwd(NULL, 0), *got = path_absolute("x", "y"), *want = hp_format("%s/y/x", here);
  assert_string_equal(got, want);
  free(here), free(got), free(want);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(includes_that_hold_in_any_build),
      TREE_TEST(libraries_of_the_tree),
      TREE_TEST(a_second_try_after_a_parse),
      TREE_TEST(the_nearest_header),
      TREE_TEST(a_build_file_anybody_can_write),
      TREE_TEST(which_files_are_units),
      TREE_TEST(whose_code_is_reported),
      TREE_TEST(what_was_named_is_reported),
      TREE_TEST(roots),
      TREE_TEST(absolute_paths),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
