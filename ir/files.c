#include "ir/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that shrinks meanwhile is as long as what could be read. */
static char *read_all(int fd, size_t want, size_t *size) {
  char *text = hp_malloc(want + 1);
  size_t got = 0;
  while (got < want) {
    ssize_t n = read(fd, text + got, want - got);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      break;
    got += (size_t)n;
  }
  text[got] = 0;
  if (size)
    *size = got;
  return text;
}

char *hp_read_file(const char *path, size_t limit, size_t *size, HpError *err) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat st;
  if (fd < 0 || fstat(fd, &st)) {
    hp_fail(err, "%s: %s", path, strerror(errno));
    if (fd >= 0)
      close(fd);
    return NULL;
  }
  char *text = NULL;
  if (!S_ISREG(st.st_mode))
    hp_fail(err, "%s: not a regular file", path);
  else if ((uint64_t)st.st_size > limit)
    hp_fail(err, "%s: too large (%lld bytes; at most %zu are read)", path, (long long)st.st_size,
            limit);
  else
    text = read_all(fd, (size_t)st.st_size, size);
  close(fd);
  return text;
}

/* ---- lines ----------------------------------------------------------------------------------- */

bool hp_lines_read(HpLines *lines, const char *path) {
  if (lines->path && !strcmp(lines->path, path))
    return lines->text;
  hp_lines_free(lines);
  lines->path = hp_strdup(path);
  size_t size;
  lines->text = hp_read_file(path, HP_SOURCE_MAX, &size, NULL);
  if (!lines->text)
    return false;
  for (char *line = lines->text, *end = line + size; line < end;) {
    char *stop = memchr(line, '\n', (size_t)(end - line)), *next = stop ? stop + 1 : end;
    if (stop)
      *stop = 0;
    line[strcspn(line, "\r")] = 0;
    HP_GROW(lines->at, lines->count, lines->cap);
    lines->at[lines->count++] = line;
    line = next;
  }
  return true;
}

const char *hp_lines_at(const HpLines *lines, uint32_t number) {
  return number && number <= lines->count ? lines->at[number - 1] : NULL;
}

void hp_lines_free(HpLines *lines) {
  free(lines->path);
  free(lines->text);
  free(lines->at);
  *lines = (HpLines){0};
}

char *hp_path_in(const char *root, const char *file) {
  return file[0] == '/' || !root ? hp_strdup(file) : hp_format("%s/%s", root, file);
}
