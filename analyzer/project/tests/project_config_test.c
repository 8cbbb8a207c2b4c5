/* .hplint.yaml: what it may say, and how it answers to what it may not. */
#include "tree.h"

static void read_text(const char *text, ProjectConfig *config) {
  tree_file(".hplint.yaml", text);
  HpError err = {0};
  if (!config_read(".hplint.yaml", config, &err))
    fail_msg("%s", err.text);
}

static void every_key(void **state) {
  (void)state;
  ProjectConfig c;
  read_text("# ours\n"
            "select: [HP101, alloc-in-loop]\n"
            "ignore: HP3\n"
            "exclude:\n  - gen/*\n  - \"**/old\"\n"
            "vendored: []\n"
            "fail-on: medium\n"
            "limit: 50\n",
            &c);
  assert_string_equal(c.path, ".hplint.yaml");
  assert_string_equal(c.select[0], "HP101");
  assert_string_equal(c.select[1], "alloc-in-loop");
  assert_null(c.select[2]);
  assert_string_equal(c.ignore[0], "HP3");
  assert_string_equal(c.exclude[1], "**/old");
  assert_non_null(c.vendored);
  assert_null(c.vendored[0]);
  assert_string_equal(c.fail_on, "medium");
  assert_int_equal(c.limit, 50);
  config_free(&c);
  const char *const nothing[] = {"", "# only a comment\n", "---\n", "{}\n", "~\n"};
  for (int i = 0; i < 4; i++) {
    read_text(nothing[i], &c);
    assert_null(c.select);
    assert_int_equal(c.limit, 0);
    config_free(&c);
  }
}

static void library(void **state) {
  (void)state;
  ProjectConfig c;
  read_text("library:\n"
            "  my_alloc: malloc\n"
            "  table_new: {count: 1, size: 2, freed-by: table_free}\n"
            "  grow: {like: realloc}\n"
            "  put: {resizes: 2, size: 3}\n"
            "  drop: {frees: 2, locks: true, io: false}\n"
            "  db_commit: {commit: true}\n"
            "  hash: {pure: true}\n",
            &c);
  assert_int_equal(c.nlibrary, 8);
  assert_string_equal(c.library[0].name, "my_alloc");
  assert_string_equal(c.library[0].like, "malloc");
  assert_int_equal(c.library[1].flags, PG_ALLOCATES | PG_FRESH);
  assert_int_equal(c.library[1].count_arg, 0);
  assert_int_equal(c.library[1].size_arg, 1);
  assert_int_equal(c.library[1].freed_arg, -1);
  assert_string_equal(c.library[2].like, "realloc");
  assert_int_equal(c.library[3].freed_arg, 1);
  assert_true(c.library[3].flags & PG_GROWS);
  assert_int_equal(c.library[4].flags, PG_FREES | PG_LOCKS);
  assert_int_equal(c.library[5].flags, PG_COMMITS | PG_IO | PG_BLOCKS);
  assert_int_equal(c.library[6].flags, PG_PURE);
  assert_string_equal(c.library[7].name, "table_free");
  assert_int_equal(c.library[7].flags, PG_FREES);
  assert_int_equal(c.library[7].freed_arg, 0);
  config_free(&c);
  /* What is said of the freeing function stands, wherever it is said. */
  read_text("library:\n  a: {size: 1, freed-by: b}\n  b: {frees: 2}\n", &c);
  assert_int_equal(c.nlibrary, 2);
  assert_int_equal(c.library[1].freed_arg, 1);
  config_free(&c);
  read_text("library:\n", &c);
  assert_int_equal(c.nlibrary, 0);
  config_free(&c);
}

static void mistakes_name_line_and_key(void **state) {
  (void)state;
  static const struct {
    const char *text, *says;
  } table[] = {
      {"limit: 5\nselct: [HP101]\n",
       ".hplint.yaml:2: unknown key \"selct\"; did you mean \"select\"?"},
      {"fail_on: high\n", ":1: unknown key \"fail_on\"; did you mean \"fail-on\"?"},
      {"Vendored: x\n", "did you mean \"vendored\"?"},
      {"something-else: x\n", ":1: unknown key \"something-else\"; the keys are select, ignore, "},
      {"limit: many\n", ":1: limit: a whole number above 0 is expected, not \"many\""},
      {"limit: -3\n", "not \"-3\""},
      {"limit: 0\n", "not \"0\""},
      {"limit: 99999999999\n", "not \"99999999999\""},
      {"limit: 5x\n", "not \"5x\""},
      {"limit: [1]\n", ":1: limit: a whole number above 0 is expected"},
      {"\n\nfail-on: always\n", ":3: fail-on: high, medium or low is expected, not \"always\""},
      {"select:\n  - HP101\n  - {a: b}\n", ":3: select: a list of texts is expected"},
      {"select: {a: b}\n", ":1: select: a list of texts is expected"},
      {"limit: 1\nlimit: 2\n", ":2: limit: given twice"},
      {"- a\n- b\n", ":1: keys with values are expected"},
      {"just text\n", ":1: keys with values are expected"},
      {"limit: 1\nselect: [a, b\nignore: c\n", ":3: not valid YAML"},
      {"limit: \"open\n", "not valid YAML"},
      {"\tlimit: 1\n", ":1: not valid YAML"},
      {"library: 5\n", ":1: library: functions with what they do are expected"},
      {"library: [a]\n", ":1: library: functions with what they do are expected"},
      {"library:\n  f: mallok\n",
       ":2: library: f: \"mallok\" is no function that hplint knows; did you mean \"malloc\"?"},
      {"library:\n  f: {like: nothing_of_the_kind}\n",
       ":2: library: f: \"nothing_of_the_kind\" is no"},
      {"library:\n  f:\n    sise: 1\n", ":3: unknown key \"sise\"; did you mean \"size\"?"},
      {"library:\n  f: {something: 1}\n",
       ":2: unknown key \"something\"; the keys are like, size, "},
      {"library:\n  f: {size: 0}\n", ":2: library: f: size: the number of an argument is expected"},
      {"library:\n  f: {size: 16}\n", "1 to 15, not \"16\""},
      {"library:\n  f: {frees: x}\n", "not \"x\""},
      {"library:\n  f: {blocks: maybe}\n",
       ":2: library: f: blocks: true or false is expected, not"},
      {"library:\n  f: {count: 1}\n", ":2: library: f: count needs size"},
      {"library:\n  f: {count: 1, size: 1}\n", "size and count are one argument"},
      {"library:\n  f: {pure: true, io: true}\n", "a pure function has no other effect"},
      {"library:\n  f: {frees: 1, resizes: 1}\n", "frees and resizes exclude each other"},
      {"library:\n  f: {freed-by: g}\n", "freed-by needs size, fresh or like"},
      {"library:\n  f: {fresh: true, freed-by: 3}\n", "freed-by: the name of a function"},
      {"library:\n  f: {size: 1, size: 2}\n", "library: f: size: given twice"},
      {"library:\n  f: malloc\n  f: free\n", ":3: library: f: given twice"},
      {"library:\n  f: [1]\n", ":2: library: f: a known function or what it does is expected"},
      {"library:\n  \"f()\": malloc\n", "library: the name of a function is expected, not \"f()\""},
      {"\"\\e[31m\": x\n", "unknown key \"\\x1b[31m\""},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    tree_file(".hplint.yaml", table[i].text);
    ProjectConfig c;
    HpError err = {0};
    if (config_read(".hplint.yaml", &c, &err))
      fail_msg("accepted: %s", table[i].text);
    assert_says(err.text, table[i].says);
    assert_null(strchr(err.text, '\n'));
  }
}

static void found_upward_and_named(void **state) {
  (void)state;
  tree_file("src/deep/a.c", "int a;\n");
  tree_file(".hplint.yaml", "limit: 7\n");
  tree_file("other.yaml", "limit: 8\n");
  Project p;
  tree_load(&p, "src/deep");
  assert_string_equal(p.root, tree);
  assert_int_equal(p.config.limit, 7);
  project_free(&p);
  const char *paths[] = {"src/deep"};
  ProjectOptions options = {.paths = paths, .npaths = 1, .config = "other.yaml"};
  HpError err = {0};
  assert_true(project_load(&options, &p, &err));
  assert_int_equal(p.config.limit, 8);
  project_free(&p);
  options.config = "nosuch.yaml";
  assert_false(project_load(&options, &p, &err));
  assert_says(err.text, "nosuch.yaml: No such file");
  project_free(&p);
  tree_file(".hplint.yaml", "limit: 7\nignroe: x\n");
  assert_says(tree_refused("src/deep"),
              ".hplint.yaml:2: unknown key \"ignroe\"; did you mean \"ignore\"?");
}

static void globs(void **state) {
  (void)state;
  static const struct {
    const char *glob, *path;
    bool matches, whole;
  } table[] = {
      {"deps", "deps", true, true},
      {"deps", "deps/lua/a.c", true, false},
      {"deps", "src/deps/a.c", true, false},
      {"deps/", "deps/a.c", true, false},
      {"deps", "mydeps/a.c", false, false},
      {"deps", "depsy", false, false},
      {"/deps", "src/deps", false, false},
      {"/deps", "deps/x", true, false},
      {"src/deps", "src/deps/x", true, false},
      {"src/deps", "a/src/deps", false, false},
      {"**/deps", "a/src/deps", true, true},
      {"**/deps", "deps", true, true},
      {"src/**", "src/a/b.c", true, true},
      {"src/**/gen", "src/gen", true, true},
      {"src/**/gen", "src/a/b/gen/x.c", true, false},
      {"*.pb-c.c", "src/x.pb-c.c", true, true},
      {"src/*.c", "src/a.c", true, true},
      {"src/*.c", "src/sub/a.c", false, false},
      {"gen?", "gen1/x.c", true, false},
      {"[ab].c", "src/b.c", true, true},
      {"./src", "src/a.c", true, false},
      {"", "src", false, false},
      {"/", "src", false, false},
      {"[!a]b", "cb", true, true},
      {"[!a]b", "ab", false, false},
      {"[]x]", "]", true, true},
      {"[x", "[x", true, true},
      {"a*b*c", "aXbXbc", true, true},
      {"a*b*c", "aXbXcb", false, false},
      {"a/**/b/**/c", "a/x/b/y/b/z/c", true, true},
      {"a/**/b/c", "a/b/x/b/c", true, true},
      {"**", "a/b", true, true},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    if (path_matches(table[i].glob, table[i].path) != table[i].matches ||
        path_is_match(table[i].glob, table[i].path) != table[i].whole)
      fail_msg("%s against %s", table[i].glob, table[i].path);
  }
  /* Hostile patterns end soon: a matcher that tries every split would never return. */
  HpBuf glob = {0}, path = {0}, name = {0}, stars = {0};
  for (int i = 0; i < 500; i++) {
    hp_buf_add(&glob, "**/a/");
    hp_buf_add(&path, "a/a/a/");
    hp_buf_add(&name, "aaa");
    hp_buf_add(&stars, "*a");
  }
  hp_buf_add(&glob, "b");
  hp_buf_add(&stars, "b");
  assert_false(path_matches(hp_buf_text(&glob), hp_buf_text(&path)));
  assert_false(path_matches(hp_buf_text(&stars), hp_buf_text(&name)));
  hp_buf_free(&glob), hp_buf_free(&path), hp_buf_free(&name), hp_buf_free(&stars);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TREE_TEST(every_key),
      TREE_TEST(library),
      TREE_TEST(mistakes_name_line_and_key),
      TREE_TEST(found_upward_and_named),
      cmocka_unit_test(globs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
