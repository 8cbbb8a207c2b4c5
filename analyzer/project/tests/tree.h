/* Small trees of files for tests, made in a temporary folder and removed again. */
#ifndef HPLINT_ANALYZER_PROJECT_TESTS_TREE_H
#define HPLINT_ANALYZER_PROJECT_TESTS_TREE_H

#include "analyzer/project/parts.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char tree[256]; /* the folder of the running test */

static inline int tree_make(void **state) {
  (void)state;
  snprintf(tree, sizeof tree, "/tmp/hplint-test-XXXXXX");
  if (!mkdtemp(tree))
    return -1;
  char *real = realpath(tree, NULL);
  snprintf(tree, sizeof tree, "%s", real);
  free(real);
  return chdir(tree);
}

static inline int tree_unlink(const char *path, const struct stat *st, int type, struct FTW *ftw) {
  (void)st, (void)type, (void)ftw;
  return remove(path);
}

static inline int tree_remove(void **state) {
  (void)state;
  return chdir("/") || nftw(tree, tree_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

/* Writes tree/NAME, its folders made; %T in the text is the tree's path. */
static inline void tree_file(const char *name, const char *text) {
  char *path = path_join(tree, name);
  for (char *slash = strchr(path + strlen(tree) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    mkdir(path, 0755);
    *slash = '/';
  }
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  for (const char *at = text; *at; at++) {
    if (at[0] == '%' && at[1] == 'T') {
      fputs(tree, f);
      at++;
    } else {
      fputc(*at, f);
    }
  }
  fclose(f);
  free(path);
}

/* Loads one path ("": the tree itself) or fails the test. */
static inline void tree_load(Project *p, const char *name) {
  char *path = *name ? path_join(tree, name) : hp_strdup(tree);
  const char *paths[] = {path};
  ProjectOptions options = {.paths = paths, .npaths = 1};
  HpError err = {0};
  if (!project_load(&options, p, &err))
    fail_msg("%s", err.text);
  free(path);
}

/* The error of a load that must fail, in a static buffer. */
static inline const char *tree_refused(const char *name) {
  static HpError err;
  err = (HpError){0};
  char *path = *name ? path_join(tree, name) : hp_strdup(tree);
  const char *paths[] = {path};
  ProjectOptions options = {.paths = paths, .npaths = 1};
  Project p;
  assert_false(project_load(&options, &p, &err));
  assert_true(err.set);
  assert_null(strchr(err.text, '\n'));
  project_free(&p);
  free(path);
  return err.text;
}

/* A unit's flags as one text, the tree's path as %T; in a static buffer. */
static inline const char *unit_flags(const ProjectUnit *u) {
  static char text[8192];
  HpBuf buf = {0};
  for (uint32_t i = 0; i < u->nargs; i++) {
    const char *arg = u->args[i], *at = strstr(arg, tree);
    hp_buf_add(&buf, i ? " " : "");
    if (*tree && at)
      hp_buf_addf(&buf, "%.*s%%T%s", (int)(at - arg), arg, at + strlen(tree));
    else
      hp_buf_add(&buf, arg);
  }
  snprintf(text, sizeof text, "%s", hp_buf_text(&buf));
  hp_buf_free(&buf);
  return text;
}

static inline const ProjectUnit *unit_named(const Project *p, const char *name) {
  for (uint32_t i = 0; i < p->nunits; i++)
    if (!strcmp(path_from(p->units[i].file, tree), name))
      return &p->units[i];
  return NULL;
}

static inline bool has_note(const Project *p, const char *part) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < p->nnotes; i++)
    n += strstr(p->notes[i], part) != NULL;
  assert_true(n <= 1); /* said once */
  return n == 1;
}

static inline void assert_says(const char *text, const char *part) {
  if (!strstr(text, part))
    fail_msg("\"%s\" is not in \"%s\"", part, text);
}

#define TREE_TEST(function) cmocka_unit_test_setup_teardown(function, tree_make, tree_remove)

#endif
