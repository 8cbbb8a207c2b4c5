/* The changed files, written beside the old ones and moved over them. */
#include "analyzer/fix/fix.h"

#include "ir/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the file really is, heap; NULL when that is not below the root. */
static char *real_file(const FixFile *f, const char *root, HpError *err) {
  char *base = realpath(root, NULL), *path = realpath(f->path, NULL);
  size_t length = base ? strlen(base) : 0;
  if (length && base[length - 1] == '/') /* the root of all */
    length--;
  if (!base || !path || strncmp(path, base, length) || path[length] != '/') {
    hp_fail(err, "%s lies outside of %s: it is not changed", f->name, root);
    free(path);
    path = NULL;
  }
  free(base);
  return path;
}

static bool is_unchanged(const FixFile *f, const char *path) {
  size_t size;
  char *now = hp_read_file(path, HP_SOURCE_MAX, &size, NULL);
  bool same = now && size == f->size && !memcmp(now, f->text, size);
  free(now);
  return same;
}

static bool write_all(int fd, const HpBuf *text) {
  for (size_t at = 0; at < text->length;) {
    ssize_t n = write(fd, text->text + at, text->length - at);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    at += (size_t)n;
  }
  return fsync(fd) == 0;
}

/* With the mode, and if that is allowed the owner, of the old one. */
static bool replace(const char *path, const HpBuf *text) {
  struct stat st;
  char *temporary = hp_format("%s.hplint-XXXXXX", path);
  int fd = stat(path, &st) == 0 && access(path, W_OK) == 0 ? mkstemp(temporary) : -1;
  bool ok = false;
  if (fd >= 0) {
    ok = (fchown(fd, st.st_uid, st.st_gid) == 0 || errno == EPERM) &&
         fchmod(fd, st.st_mode & 07777) == 0 && write_all(fd, text);
    ok = close(fd) == 0 && ok && rename(temporary, path) == 0;
    if (!ok) {
      int why = errno;
      unlink(temporary);
      errno = why;
    }
  }
  free(temporary);
  return ok;
}

static bool write_file(const FixPlan *plan, uint32_t file, const char *root, HpError *err) {
  const FixFile *f = &plan->files[file];
  char *path = real_file(f, root, err);
  if (!path)
    return false;
  HpBuf text = {0};
  fix_apply(plan, file, &text);
  bool ok = is_unchanged(f, path) ||
            hp_fail(err, "%s has changed since it was analysed: run again", f->name);
  ok = ok &&
       (replace(path, &text) || hp_fail(err, "%s cannot be written: %s", f->name, strerror(errno)));
  hp_buf_free(&text);
  free(path);
  return ok;
}

bool fix_write(const FixPlan *plan, const char *root, uint32_t *written, HpError *err) {
  bool ok = true;
  *written = 0;
  for (uint32_t file = 0; file < plan->nfiles; file++) {
    uint32_t fixes = 0;
    for (uint32_t i = 0; i < plan->nfixes; i++)
      fixes += !plan->fixes[i].why && plan->fixes[i].file == file;
    if (!fixes)
      continue;
    if (write_file(plan, file, root, err))
      *written += fixes;
    else
      ok = false;
  }
  return ok;
}
