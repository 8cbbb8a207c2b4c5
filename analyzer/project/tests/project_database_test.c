/* Compile databases as they are found, and which units come of them. */
#include "tree.h"

static void sources(void) {
  tree_file("src/a.c", "int a;\n");
  tree_file("src/b.c", "int b;\n");
  tree_file("src/sub/c.c", "int c;\n");
  tree_file("lib/d.c", "int d;\n");
}

static void arguments_and_commands(void **state) {
  (void)state;
  sources();
  tree_file(
      "compile_commands.json",
      "[{\"directory\":\"%T\",\"file\":\"src/a.c\","
      "\"arguments\":[\"cc\",\"-DX=1 2\",\"-O2\",\"-c\",\"src/a.c\"]},"
      "{\"directory\":\"src/sub\",\"file\":\"../b.c\","
      "\"command\":\"cc -DQ='\\\"it\\\"' -I../inc -c ../b.c -o b.o\"},"
      "{\"directory\":\".\",\"file\":\"%T/src/./sub//c.c\",\"command\":\"cc -c src/sub/c.c\"}]");
  Project p;
  tree_load(&p, "");
  assert_int_equal(p.nunits, 3);
  assert_string_equal(p.root, tree);
  const ProjectUnit *a = unit_named(&p, "src/a.c"), *b = unit_named(&p, "src/b.c"),
                    *c = unit_named(&p, "src/sub/c.c");
  assert_true(a && b && c);
  assert_string_equal(unit_flags(a), "-DX=1 2 -O2");
  assert_true(a->optimised && !b->optimised && a->origin == ORIGIN_DATABASE);
  assert_string_equal(unit_flags(b), "-DQ=\"it\" -I../inc");
  assert_string_equal(path_from(b->directory, tree), "src/sub");
  assert_string_equal(unit_flags(c), "");
  assert_int_equal(p.nnotes, 0);
  project_free(&p);
}

/* The database holds real paths, the user comes by a link. */
static void reached_by_a_link(void **state) {
  (void)state;
  tree_file("disk/proj/src/a.c", "int a;\n");
  tree_file("disk/proj/src/b.c", "int b;\n");
  tree_file("disk/proj/build/compile_commands.json",
            "[{\"directory\":\"%T/disk/proj/build\",\"file\":\"../src/a.c\","
            "\"command\":\"cc -DA -I../inc -c ../src/a.c\"},"
            "{\"directory\":\"%T/disk/proj/build\",\"file\":\"%T/disk/proj/src/b.c\","
            "\"command\":\"cc -DB -c ../src/b.c\"}]");
  assert_int_equal(symlink("disk/proj", "link"), 0);
  Project p;
  tree_load(&p, "link");
  assert_int_equal(p.nunits, 2);
  const ProjectUnit *a = unit_named(&p, "link/src/a.c"), *b = unit_named(&p, "link/src/b.c");
  assert_true(a && b);
  assert_string_equal(unit_flags(a), "-DA -I../inc");
  assert_string_equal(path_from(a->directory, tree), "link/build");
  assert_string_equal(unit_flags(b), "-DB");
  assert_true(b->origin == ORIGIN_DATABASE);
  project_free(&p);
}

static void messy_entries(void **state) {
  (void)state;
  sources();
  tree_file("lib/x.cpp", "");
  tree_file("lib/s.S", "");
  tree_file(
      "compile_commands.json",
      "[{\"directory\":\"%T\",\"file\":\"src/a.c\",\"command\":\"cc -fplugin=e.so src/a.c\"},"
      "{\"directory\":\"%T\",\"file\":\"src/gone.c\",\"command\":\"cc src/gone.c\"},"
      "{\"directory\":\"%T\",\"file\":\"src/gone2.c\",\"command\":\"cc src/gone2.c\"},"
      "{\"directory\":\"%T\",\"file\":\"lib/x.cpp\",\"command\":\"c++ lib/x.cpp\"},"
      "{\"directory\":\"%T\",\"file\":\"lib/s.S\",\"command\":\"cc lib/s.S\"},"
      "{\"directory\":\"%T\",\"file\":\"prog.o\",\"command\":\"cc prog.o -o prog\"},"
      "{\"directory\":\"%T\",\"file\":\"src/b.c\"},"
      "{\"directory\":\"%T\",\"file\":7,\"command\":\"cc\"},"
      "{\"directory\":\"%T\",\"file\":\"src/b.c\",\"arguments\":[\"cc\",7]},"
      "[], 3, null,"
      "{\"directory\":\"%T\",\"file\":\"src/b.c\",\"arguments\":[\"clang\",\"-cc1\",\"-D\",\"X\","
      "\"-x\",\"c\",\"src/b.c\"]}]");
  Project p;
  tree_load(&p, "");
  assert_int_equal(p.nunits, 2);
  assert_string_equal(unit_flags(unit_named(&p, "src/a.c")), "");
  assert_string_equal(unit_flags(unit_named(&p, "src/b.c")), "-DX");
  assert_true(has_note(&p, "dropped 1 compiler flag that would run code or read outside settings: "
                           "-fplugin=e.so"));
  assert_true(has_note(&p, "2 files of the compile database no longer exist: src/gone.c"));
  assert_true(has_note(&p, "skipped 2 units that are not C: 1 C++, 1 assembler"));
  assert_true(has_note(&p, "ignored 7 entries of the compile database without a C file"));
  project_free(&p);
}

static void one_unit_for_each_file(void **state) {
  (void)state;
  sources();
  tree_file(
      "compile_commands.json",
      "[{\"directory\":\"%T\",\"file\":\"src/a.c\",\"command\":\"cc -O0 -DA -DB -DC src/a.c\"},"
      "{\"directory\":\"%T\",\"file\":\"src/a.c\",\"command\":\"cc -O2 -DA src/a.c\"},"
      "{\"directory\":\"%T/src\",\"file\":\"a.c\",\"command\":\"cc -O2 -DA -DB a.c\"},"
      "{\"directory\":\"%T\",\"file\":\"src/b.c\",\"command\":\"cc -DB src/b.c -o x.o\"},"
      "{\"directory\":\"%T\",\"file\":\"src/b.c\",\"command\":\"gcc -DB src/b.c -o y.o\"}]");
  Project p;
  tree_load(&p, "");
  assert_int_equal(p.nunits, 2);
  assert_string_equal(unit_flags(unit_named(&p, "src/a.c")), "-O2 -DA -DB");
  assert_true(has_note(&p, "1 file is recorded more than once with different flags"));
  project_free(&p);
}

static void broken_databases(void **state) {
  (void)state;
  sources();
  static const struct {
    const char *text, *says;
  } table[] = {
      {"", "compile_commands.json:1:0: not a compile database: the file is empty"},
      {"[{\"directory\": \"x\",\n  \"file\" \"y\"}]",
       "compile_commands.json:2:12: not a compile database"},
      {"[{\"directory\"", "compile_commands.json:1:"},
      {"{\"directory\": \"x\"}", "compile_commands.json:1:1: not a compile database: an array"},
      {"7", "not a compile database"},
      {"\001\002\003", "not a compile database"},
      {"[]", "compile_commands.json: holds no entries; `hplint capture -- make`"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    tree_file("compile_commands.json", table[i].text);
    assert_says(tree_refused("src"), table[i].says);
  }
}

#define ONE(file, flags)                                                                           \
  "[{\"directory\":\"%T\",\"file\":\"" file "\",\"command\":\"cc " flags " " file "\"}]"

static void where_databases_are_found(void **state) {
  (void)state;
  sources();
  tree_file("build/compile_commands.json", ONE("src/sub/c.c", "-DBUILD"));
  Project p;
  tree_load(&p, "src/sub"); /* upward, and in build/ beside */
  assert_int_equal(p.nunits, 1);
  assert_string_equal(unit_flags(&p.units[0]), "-DBUILD");
  assert_string_equal(p.root, tree); /* not build/ */
  project_free(&p);
  tree_file("src/compile_commands.json", ONE("src/sub/c.c", "-DNEARER"));
  tree_load(&p, "src/sub");
  assert_string_equal(unit_flags(&p.units[0]), "-DNEARER");
  project_free(&p);
  const char *const given[] = {"build", "build/compile_commands.json", "."};
  for (int i = 0; i < 3; i++) {
    const char *paths[] = {"src"};
    ProjectOptions options = {.paths = paths, .npaths = 1, .database = given[i]};
    HpError err = {0};
    assert_true(project_load(&options, &p, &err));
    assert_string_equal(unit_flags(&p.units[0]), "-DBUILD");
    project_free(&p);
  }
  const char *const wrong[] = {"nosuch", "lib"};
  for (int i = 0; i < 2; i++) {
    ProjectOptions options = {.database = wrong[i]};
    HpError err = {0};
    assert_false(project_load(&options, &p, &err));
    assert_says(err.text, wrong[i]);
    project_free(&p);
  }
}

static void only_what_was_asked_for(void **state) {
  (void)state;
  sources();
  tree_file("src/a.h", "");
  tree_file(".hplint.yaml", "exclude: [lib]\n");
  tree_file("compile_commands.json",
            "[{\"directory\":\"%T\",\"file\":\"src/a.c\",\"command\":\"cc -DA src/a.c\"},"
            "{\"directory\":\"%T\",\"file\":\"src/sub/c.c\",\"command\":\"cc -DC src/sub/c.c\"},"
            "{\"directory\":\"%T\",\"file\":\"lib/d.c\",\"command\":\"cc -DD lib/d.c\"}]");
  Project p;
  tree_load(&p, "src/sub");
  assert_int_equal(p.nunits, 1);
  assert_non_null(unit_named(&p, "src/sub/c.c"));
  project_free(&p);
  tree_load(&p, ""); /* lib/ is excluded */
  assert_int_equal(p.nunits, 2);
  project_free(&p);
  tree_load(&p, "src/a.h"); /* any unit may use a header; findings only in the header */
  assert_int_equal(p.nunits, 2);
  char *a_h = path_join(tree, "src/a.h"), *a_c = path_join(tree, "src/a.c");
  assert_true(project_reports(&p, a_h));
  assert_false(project_reports(&p, a_c));
  free(a_h), free(a_c);
  project_free(&p);
  tree_load(&p, "src/b.c"); /* not recorded: borrows */
  assert_int_equal(p.nunits, 1);
  assert_string_equal(unit_flags(&p.units[0]), "-DA");
  assert_int_equal(p.units[0].origin, ORIGIN_GUESSED);
  assert_true(
      has_note(&p, "1 file is not in the compile database: flags of the nearest unit used"));
  project_free(&p);
}

static void flags_files_and_command_lines(void **state) {
  (void)state;
  sources();
  tree_file("compile_flags.txt", "# ours\n-DFILE\n\n  -Iinc dir\t\r\n-fplugin=e.so\n");
  Project p;
  tree_load(&p, "src");
  assert_int_equal(p.nunits, 3);
  assert_string_equal(unit_flags(&p.units[0]), "-DFILE -Iinc dir");
  assert_string_equal(p.units[0].directory, tree);
  assert_int_equal(p.units[0].origin, ORIGIN_FLAGS_FILE);
  assert_true(has_note(&p, "-fplugin=e.so"));
  project_free(&p);
  tree_file("compile_commands.json", "broken"); /* not looked at */
  const char *flags[] = {"-DLINE", "-O2", "-o", "x"}, *paths[] = {"src/sub", "src/a.c"};
  ProjectOptions options = {.paths = paths, .npaths = 2, .flags = flags, .nflags = 4};
  HpError err = {0};
  assert_true(project_load(&options, &p, &err));
  assert_int_equal(p.nunits, 2);
  assert_string_equal(unit_flags(&p.units[1]), "-DLINE -O2");
  assert_true(p.units[1].optimised && p.units[1].origin == ORIGIN_COMMAND_LINE);
  project_free(&p);
}

static void bad_paths_do_not_stop_good_ones(void **state) {
  (void)state;
  sources();
  tree_file("lib/x.cpp", "");
  mkdir("empty", 0755);
  const char *paths[] = {"nosuch.c", "src/a.c", "lib/x.cpp", "src"};
  ProjectOptions options = {.paths = paths, .npaths = 4};
  HpError err = {0};
  Project p;
  assert_true(project_load(&options, &p, &err));
  assert_int_equal(p.nunits, 3); /* src/a.c once */
  assert_int_equal(p.nproblems, 2);
  assert_string_equal(p.problems[0], "nosuch.c: no such file or folder");
  assert_string_equal(p.problems[1], "lib/x.cpp: C++ is not analysed, only C");
  project_free(&p);
  assert_says(tree_refused("nosuch"), "no such file or folder");
  assert_says(tree_refused("empty"), "no C file here");
  assert_says(tree_refused("lib/x.cpp"), "C++ is not analysed");
}

static void escapes_in_paths_do_not_reach_notes(void **state) {
  (void)state;
  sources();
  tree_file("compile_commands.json",
            "[{\"directory\":\"%T\",\"file\":\"src/a.c\",\"command\":\"cc src/a.c\"},"
            "{\"directory\":\"%T\",\"file\":\"\\u001b[31m.c\",\"command\":\"cc x\"}]");
  Project p;
  tree_load(&p, "");
  assert_true(has_note(&p, "\\x1b[31m.c"));
  project_free(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TREE_TEST(arguments_and_commands),
      TREE_TEST(reached_by_a_link),
      TREE_TEST(messy_entries),
      TREE_TEST(one_unit_for_each_file),
      TREE_TEST(broken_databases),
      TREE_TEST(where_databases_are_found),
      TREE_TEST(only_what_was_asked_for),
      TREE_TEST(flags_files_and_command_lines),
      TREE_TEST(bad_paths_do_not_stop_good_ones),
      TREE_TEST(escapes_in_paths_do_not_reach_notes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
