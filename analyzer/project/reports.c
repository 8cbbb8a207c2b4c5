/* Whose code is it? Vendored, generated and test code is analysed, since its facts count, but it is
 * not reported, unless it is what was asked for. */
#include "analyzer/project/parts.h"
#include "ir/files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const usual_vendored[] = {
    "deps",      "third_party", "third-party", "thirdparty", "3rdparty", "vendor",    "vendored",
    "external",  "externals",   "subprojects", "test",       "tests",    "testsuite", "unittest",
    "unittests", "unit-tests",  "unit_tests",  "regression", "fuzz",     NULL};

static bool folder_is_vendored(const Project *p, const char *relative) {
  const char *const *glob =
      p->config.vendored ? (const char *const *)p->config.vendored : usual_vendored;
  for (; *glob; glob++)
    if (path_is_match(*glob, relative))
      return true;
  return false;
}

/* Is one of the folders between what was asked for and the file vendored? Those above, and the one
 * asked for, are forgiven: the user named them. */
static bool lies_in_vendored(const Project *p, const char *asked, const char *path) {
  size_t forgiven = strlen(asked);
  char *folder = hp_strdup(path);
  bool vendored = false;
  for (char *slash = strchr(folder + 1, '/'); slash && !vendored; slash = strchr(slash + 1, '/')) {
    if ((size_t)(slash - folder) <= forgiven)
      continue;
    *slash = 0;
    vendored = folder_is_vendored(p, path_from(folder, p->root));
    *slash = '/';
  }
  free(folder);
  return vendored;
}

static bool is_generated(const char *path) {
  char head[HP_HEAD_BYTES];
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return false;
  ssize_t n = read(fd, head, HP_HEAD_BYTES);
  close(fd);
  return n > 0 && hp_says_generated(head, (size_t)n);
}

/* The innermost of the paths asked for that the file lies in; NULL: none. */
static const char *asked_path(const Project *p, const char *path) {
  const char *best = NULL;
  for (uint32_t i = 0; i < p->npaths; i++)
    if (path_below(path, p->paths[i]) && (!best || strlen(p->paths[i]) > strlen(best)))
      best = p->paths[i];
  return best;
}

/* May it be reported, but for what it says? `*named`: it is what was asked for, whatever it says.
 */
static bool is_wanted(const Project *p, const char *path, bool *named) {
  const char *asked = asked_path(p, path);
  *named = asked && !strcmp(asked, path);
  return *named || (asked && !config_excludes(&p->config, path_from(path, p->root)) &&
                    !lies_in_vendored(p, asked, path));
}

bool project_reports(const Project *p, const char *absolute_path) {
  bool named;
  return is_wanted(p, absolute_path, &named) && (named || !is_generated(absolute_path));
}

bool project_reports_code(const Project *p, const char *absolute_path, bool generated) {
  bool named;
  return is_wanted(p, absolute_path, &named) && (named || !generated);
}

bool project_owns(const Project *p, const char *absolute_path) {
  return path_below(absolute_path, p->root);
}

const char *project_relative(const Project *p, const char *absolute_path) {
  return path_from(absolute_path, p->root);
}
