/* Reading files, their lines, and near words. */
#include "ir/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/hplint-files-XXXXXX";

static int make_folder(void **state) {
  (void)state;
  return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state) {
  (void)state;
  return rmdir(folder);
}

/* Path of a new file with these bytes; the caller removes and frees. */
static char *file_with(const char *bytes, size_t size) {
  char *path = hp_path_in(folder, "file");
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, size, f), size);
  assert_int_equal(fclose(f), 0);
  return path;
}

static void drop(char *path) {
  assert_int_equal(unlink(path), 0);
  free(path);
}

static void whole_files(void **state) {
  (void)state;
  char *path = file_with("a\0b\n", 4);
  size_t size;
  char *text = hp_read_file(path, 4, &size, NULL);
  assert_int_equal(size, 4);
  assert_memory_equal(text, "a\0b\n", 5);
  free(text);
  HpError err = {0};
  assert_null(hp_read_file(path, 3, &size, &err));
  assert_non_null(strstr(err.text, "too large (4 bytes"));
  drop(path);
}

/* Wherever it is: at the ends, and across those of the pieces that are read. */
static void words_of_a_file(void **state) {
  (void)state;
  enum { SIZE = 600000 };
  static const char word[] = {'w', 'o', 'r', 'd', '!'};
  static const size_t starts[] = {0,      1,      262138, 262139, 262140,
                                  262143, 262144, 524281, 524288, 599995};
  char *bytes = malloc(SIZE);
  assert_non_null(bytes);
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
    memset(bytes, 'w', SIZE);
    memcpy(bytes + starts[i], word, sizeof word);
    char *path = file_with(bytes, SIZE);
    assert_true(hp_file_has(path, SIZE, "word!"));
    assert_false(hp_file_has(path, SIZE, "word?"));
    assert_false(hp_file_has(path, SIZE - 1, "word!"));
    drop(path);
  }
  free(bytes);
  char *path = file_with("ab", 2);
  assert_false(hp_file_has(path, 100, "abc"));
  assert_true(hp_file_has(path, 100, "ab"));
  drop(path);
  assert_false(hp_file_has(path = hp_path_in(folder, "none"), 100, "ab"));
  free(path);
}

static void what_is_no_file(void **state) {
  (void)state;
  HpError err = {0};
  assert_null(hp_read_file(folder, 100, NULL, &err));
  assert_non_null(strstr(err.text, "not a regular file"));
  err.set = false;
  char *pipe = hp_path_in(folder, "pipe");
  assert_int_equal(mkfifo(pipe, 0600), 0);
  assert_null(hp_read_file(pipe, 100, NULL, &err)); /* and does not wait for a writer */
  assert_non_null(strstr(err.text, "not a regular file"));
  drop(pipe);
  err.set = false;
  assert_null(hp_read_file("/nonexistent/x", 100, NULL, &err));
  assert_non_null(strstr(err.text, "/nonexistent/x: No such file"));
}

static void lines_of_a_file(void **state) {
  (void)state;
  char *path = file_with("one\r\n\nthree", 11);
  HpLines lines = {0};
  assert_true(hp_lines_read(&lines, path));
  assert_int_equal(lines.count, 3);
  assert_null(hp_lines_at(&lines, 0));
  assert_string_equal(hp_lines_at(&lines, 1), "one");
  assert_string_equal(hp_lines_at(&lines, 2), "");
  assert_string_equal(hp_lines_at(&lines, 3), "three");
  assert_null(hp_lines_at(&lines, 4));
  assert_false(hp_lines_read(&lines, "/nonexistent/x"));
  assert_null(hp_lines_at(&lines, 1));
  assert_true(hp_lines_read(&lines, path));
  assert_string_equal(hp_lines_at(&lines, 3), "three");
  hp_lines_free(&lines);
  drop(path);
}

static void empty_file_has_no_lines(void **state) {
  (void)state;
  char *path = file_with("", 0);
  HpLines lines = {0};
  assert_true(hp_lines_read(&lines, path));
  assert_int_equal(lines.count, 0);
  hp_lines_free(&lines);
  drop(path);
}

static void paths_below_a_root(void **state) {
  (void)state;
  const char *const expected[] = {"/a", "b", "/r/b"};
  char *got[] = {hp_path_in("/r", "/a"), hp_path_in(NULL, "b"), hp_path_in("/r", "b")};
  for (size_t i = 0; i < 3; i++) {
    assert_string_equal(got[i], expected[i]);
    free(got[i]);
  }
}

static void near_words(void **state) {
  (void)state;
  assert_int_equal(hp_word_distance("kitten", "Sitting"), 3);
  assert_int_equal(hp_word_distance("same", "SAME"), 0);
  assert_int_equal(hp_word_distance("", "abc"), 3);
  char longer[101];
  memset(longer, 'x', 100);
  longer[100] = 0;
  assert_int_equal(hp_word_distance(longer, "x"), 100);
  const char *const words[] = {"select", "ignore", "exclude"};
  assert_string_equal(hp_nearest("ingore", words, 3), "ignore");
  assert_string_equal(hp_nearest("exlude", words, 3), "exclude");
  assert_string_equal(hp_nearest("any", words, 0), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whole_files),        cmocka_unit_test(what_is_no_file),
      cmocka_unit_test(lines_of_a_file),    cmocka_unit_test(empty_file_has_no_lines),
      cmocka_unit_test(paths_below_a_root), cmocka_unit_test(near_words),
      cmocka_unit_test(words_of_a_file),
  };
  return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
