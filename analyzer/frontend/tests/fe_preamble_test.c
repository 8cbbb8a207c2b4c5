/* Units with a precompiled preamble are what they are without; where it would not be so, it is
 * refused, or not used. */
#include "snippet.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/fe_preamble_XXXXXX";

static char *in_folder(const char *name) {
  static char paths[8][512];
  static int next;
  char *path = paths[next++ % 8];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

static void put(const char *name, const char *text) {
  FILE *f = fopen(in_folder(name), "w");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
}

static void clear(void) {
  DIR *dir = opendir(folder);
  assert_non_null(dir);
  for (struct dirent *e; (e = readdir(dir));)
    unlink(in_folder(e->d_name));
  closedir(dir);
}

static int begin(void **state) {
  return mkdtemp(folder) ? open_frontend(state) : 1;
}

static int end(void **state) {
  clear();
  rmdir(folder);
  return close_frontend(state);
}

static const char *const flags[] = {"-std=gnu11", "-Iinc", "-I."};

static bool make(const char *text) {
  FrontendInput in = {.file = in_folder(".preamble.c"),
                      .directory = folder,
                      .args = flags,
                      .nargs = 3,
                      .unsaved = text,
                      .unsaved_size = strlen(text)};
  return frontend_make_preamble(shared, &in, in_folder("p.pch"));
}

static Snippet run(const char *file, const char *preamble) {
  FrontendInput in = {.file = in_folder(file),
                      .directory = folder,
                      .args = flags,
                      .nargs = 3,
                      .preamble = preamble ? in_folder(preamble) : NULL};
  Snippet s = {0};
  frontend_run(shared, &in, &s.out);
  check_unit(&s);
  return s;
}

static void same_outputs(const Snippet *a, const Snippet *b) {
  assert_string_equal(a->text, b->text);
  assert_int_equal(a->out.status, b->out.status);
  assert_int_equal(a->out.nfiles, b->out.nfiles);
  for (uint32_t i = 0; i < a->out.nfiles; i++) {
    const FrontendFile *x = &a->out.files[i], *y = &b->out.files[i];
    assert_string_equal(x->path, y->path);
    assert_true(x->size == y->size && x->mtime_ns == y->mtime_ns && x->hash == y->hash);
  }
  assert_int_equal(a->out.nabsent, b->out.nabsent);
  for (uint32_t i = 0; i < a->out.nabsent; i++)
    assert_string_equal(a->out.absent[i], b->out.absent[i]);
}

static const char header[] =
    "#include <stddef.h>\n"
    "#include \"base.h\"\n"
    "#ifndef UNUSUAL\n"
    "struct item { struct item *next; int value; };\n"
    "static inline int item_value(const struct item *i) { return TWICE(i->value) + 17; }\n"
    "static const int primes[] = {2, 3, 5};\n"
    "extern int counter;\n"
    "#endif\n";
static const char base[] = "#define TWICE(x) ((x) * 2)\n"
                           "#if __has_include(\"perhaps.h\")\n#include \"perhaps.h\"\n#endif\n";
static const char unit[] =
    "/* a unit */\n"
    "#include \"items.h\" // first\n"
    "#ifdef WITH_BASE\n# include <base.h>\n#endif\n"
    "#include <string.h>\n"
    "int sum(const struct item *i) {\n"
    "  int sum = 0;\n"
    "  for (; i; i = i->next)\n"
    "    sum += item_value(i) + TWICE(primes[sum & 1]) + (int)strlen(\"abc\");\n"
    "  return sum + counter + __LINE__;\n"
    "}\n";
static const char text[] = "#include \"items.h\"\n#ifdef WITH_BASE\n#include <base.h>\n#endif\n";

static void set_up(void) {
  clear();
  put("items.h", header);
  put("base.h", base);
  put("a.c", unit);
}

/* Nothing of a unit tells that its headers came precompiled, except where they have changed since,
 * unseen: same size, same time. */
static void is_used(bool used) {
  char *path = in_folder("items.h"), other[sizeof header];
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  const struct timespec times[] = {st.st_atim, st.st_mtim};
  Snippet before = run("a.c", "p.pch");
  memcpy(other, header, sizeof other);
  memcpy(strstr(other, "+ 17"), "+ 18", 4);
  put("items.h", other);
  assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
  Snippet after = run("a.c", "p.pch");
  assert_int_equal(!strcmp(before.text, after.text), used);
  put("items.h", header);
  assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
  drop(&before);
  drop(&after);
}

static void nothing_else_comes_out(void **state) {
  (void)state;
  set_up(); /* items.h has no guard: included twice it would be an error */
  assert_true(make(text));
  assert_true(make(text)); /* it is there */
  Snippet plain = run("a.c", NULL), fast = run("a.c", "p.pch");
  assert_int_equal(plain.out.status, FRONTEND_OK);
  same_outputs(&plain, &fast);
  drop(&plain);
  drop(&fast);
  is_used(true);
}

static void editors_text(void **state) {
  (void)state;
  set_up();
  assert_true(make(text));
  HpBuf code = {0};
  hp_buf_add(&code, unit);
  hp_buf_add(&code, "int more(void) { return item_value(0); }\n");
  FrontendInput in = {.file = in_folder("a.c"),
                      .directory = folder,
                      .args = flags,
                      .nargs = 3,
                      .unsaved = hp_buf_text(&code),
                      .unsaved_size = code.length};
  Snippet plain = {0}, fast = {0};
  frontend_run(shared, &in, &plain.out);
  check_unit(&plain);
  in.preamble = in_folder("p.pch");
  frontend_run(shared, &in, &fast.out);
  check_unit(&fast);
  same_outputs(&plain, &fast);
  assert_non_null(function(&fast, "more"));
  drop(&plain);
  drop(&fast);
  hp_buf_free(&code);
}

/* Whoever has changed since, the unit is parsed as it is now. */
static void what_changed_is_seen(void **state) {
  (void)state;
  set_up();
  assert_true(make(text));
  put("base.h", "#define TWICE(x) ((x) * 200)\n");
  Snippet plain = run("a.c", NULL), fast = run("a.c", "p.pch");
  same_outputs(&plain, &fast);
  assert_non_null(strstr(fast.text, "200"));
  drop(&plain);
  drop(&fast);
  assert_true(make(text)); /* anew */
  is_used(true);
}

/* A header that now comes first. */
static void what_appeared_is_seen(void **state) {
  (void)state;
  set_up();
  assert_true(make(text));
  assert_int_equal(mkdir(in_folder("inc"), 0700), 0);
  put("perhaps.h", "#undef TWICE\n#define TWICE(x) ((x) * 77)\n");
  Snippet plain = run("a.c", NULL), fast = run("a.c", "p.pch");
  same_outputs(&plain, &fast);
  assert_non_null(strstr(fast.text, "77"));
  drop(&plain);
  drop(&fast);
  rmdir(in_folder("inc"));
}

/* The unit begins otherwise than those it was made for. */
static void other_beginnings(void **state) {
  (void)state;
  set_up();
  assert_true(make(text));
  static const char *const others[] = {
      "#define UNUSUAL\n#include \"items.h\"\nint x;\n",
      "#include <string.h>\n#include \"items.h\"\nint f(struct item *i);\n",
      "int TWICE(int);\n#include \"items.h\"\n",
      "",
  };
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    put("b.c", others[i]);
    Snippet plain = run("b.c", NULL), fast = run("b.c", "p.pch");
    same_outputs(&plain, &fast);
    drop(&plain);
    drop(&fast);
  }
}

/* A precompiled file is trusted only where it was written. */
static void copies_are_not_read(void **state) {
  (void)state;
  set_up();
  assert_true(make(text));
  char *command = hp_format("cd %s && cp p.pch q.pch && cp p.pch.files q.pch.files", folder);
  assert_int_equal(system(command), 0);
  free(command);
  is_used(true);
  rename(in_folder("q.pch"), in_folder("p.pch"));
  rename(in_folder("q.pch.files"), in_folder("p.pch.files"));
  is_used(false);
}

static void damaged_ones_are_not_read(void **state) {
  (void)state;
  set_up();
  assert_true(make(text));
  Snippet plain = run("a.c", NULL);
  struct stat st;
  assert_int_equal(stat(in_folder("p.pch.files"), &st), 0);
  for (off_t size = st.st_size - 1; size >= 0; size -= 1 + size / 16) {
    assert_int_equal(truncate(in_folder("p.pch.files"), size), 0);
    Snippet fast = run("a.c", "p.pch");
    same_outputs(&plain, &fast);
    drop(&fast);
  }
  drop(&plain);
}

/* As another version of libclang may have written it: the notes are right, and it cannot be read.
 */
static void unreadable_ones_are_removed(void **state) {
  (void)state;
  set_up();
  assert_true(make(text));
  put("p.pch", "no precompiled header");
  struct stat st;
  assert_int_equal(stat(in_folder("p.pch"), &st), 0);
  const uint64_t own[] = {st.st_ino,
                          (uint64_t)st.st_ctim.tv_sec * 1000000000 + (uint64_t)st.st_ctim.tv_nsec,
                          (uint64_t)st.st_size};
  FILE *f = fopen(in_folder("p.pch.files"), "r+");
  assert_non_null(f);
  assert_int_equal(fseek(f, 4, SEEK_SET), 0);
  assert_int_equal(fwrite(own, sizeof own, 1, f), 1);
  fclose(f);
  Snippet plain = run("a.c", NULL), fast = run("a.c", "p.pch");
  same_outputs(&plain, &fast);
  assert_int_not_equal(access(in_folder("p.pch"), F_OK), 0);
  drop(&plain);
  drop(&fast);
  assert_true(make(text));
  is_used(true);
}

static void what_may_not_be_shared(void **state) {
  (void)state;
  static const char *const headers[] = {
      "int defined = 1;\n",
      "int tentative;\n",
      "int function(void) { return 1; }\n",
      "static const char *unit(void) { return __BASE_FILE__; }\n",
      "#pragma push_macro(\"TWICE\")\n",
      "int x = ;\n",
      "#include \"nowhere.h\"\n",
      "struct open {\n",
  };
  for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
    clear();
    put("items.h", headers[i]);
    assert_false(make("#include \"items.h\"\n"));
    assert_int_not_equal(access(in_folder("p.pch.files"), F_OK), 0);
  }
  clear();
  put("items.h",
      "extern int a; inline int f(void) { return a; } static int g(void) { return f(); }\n"
      "static int own = 3; struct s { int x; }; typedef struct s s_t; int h(s_t *);\n");
  assert_true(make("#include \"items.h\"\n"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_else_comes_out),    cmocka_unit_test(editors_text),
      cmocka_unit_test(what_changed_is_seen),      cmocka_unit_test(what_appeared_is_seen),
      cmocka_unit_test(other_beginnings),          cmocka_unit_test(copies_are_not_read),
      cmocka_unit_test(damaged_ones_are_not_read), cmocka_unit_test(unreadable_ones_are_removed),
      cmocka_unit_test(what_may_not_be_shared),
  };
  return cmocka_run_group_tests(tests, begin, end);
}
