/* Where a project's store lies: in the project, or in the user's cache folder when the tree is
 * read-only. */
#include "db/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

static bool writable(const char *path) {
  return faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0;
}

/* Can ROOT/.hplint be used? Where it exists in whatever form, store_open judges it: a link there
 * is refused, not avoided. */
static bool usable(const char *root, const char *dir) {
  struct stat st;
  if (lstat(dir, &st) != 0)
    return writable(root);
  return !S_ISDIR(st.st_mode) || writable(dir);
}

/* Makes a folder and those above it, for this user only. */
static bool make_folders(const char *path, HpError *err) {
  char *copy = hp_strdup(path);
  bool ok = true;
  for (char *p = copy + 1; ok && *p; p++) {
    if (*p != '/')
      continue;
    *p = 0;
    ok = mkdir(copy, 0700) == 0 || errno == EEXIST ||
         hp_fail(err, "%s: cannot make this folder: %s", copy, strerror(errno));
    *p = '/';
  }
  free(copy);
  return ok;
}

static char *cache_folder(const char *root, HpError *err) {
  const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  char *real = realpath(root, NULL);
  if (!real) {
    hp_fail(err, "%s: %s", root, strerror(errno));
    return NULL;
  }
  unsigned long long hash = XXH3_64bits(real, strlen(real));
  free(real);
  char *dir = NULL;
  if (cache && cache[0] == '/')
    dir = hp_format("%s/hplint/%016llx", cache, hash);
  else if (home && home[0] == '/')
    dir = hp_format("%s/.cache/hplint/%016llx", home, hash);
  if (!dir)
    hp_fail(err, "%s cannot be written and there is no cache folder: set XDG_CACHE_HOME", root);
  else if (!make_folders(dir, err)) {
    free(dir);
    dir = NULL;
  }
  return dir;
}

char *store_location(const char *root, bool *fallback, HpError *err) {
  char *dir = hp_format("%s/.hplint", root);
  bool elsewhere = !usable(root, dir);
  if (fallback)
    *fallback = elsewhere;
  if (!elsewhere)
    return dir;
  free(dir);
  return cache_folder(root, err);
}
