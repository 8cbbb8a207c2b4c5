/* Paths as text: nothing here follows links, so that a file keeps the name its users know. */
#include "analyzer/project/parts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Drops the last component of the normalised path in `buf`; "/" stays empty here. */
static void drop_component(HpBuf *buf) {
  while (buf->length && buf->text[buf->length - 1] != '/')
    buf->length--;
  if (buf->length)
    buf->length--;
  if (buf->text)
    buf->text[buf->length] = 0;
}

static void add_components(HpBuf *buf, const char *path) {
  while (*path) {
    size_t length = strcspn(path, "/");
    if (length == 2 && path[0] == '.' && path[1] == '.') {
      drop_component(buf);
    } else if (length && !(length == 1 && path[0] == '.')) {
      hp_buf_addc(buf, '/');
      hp_buf_addn(buf, path, length);
    }
    path += length;
    path += *path == '/';
  }
}

char *path_absolute(const char *path, const char *relative_to) {
  HpBuf buf = {0};
  if (*path != '/') {
    char *here = relative_to && *relative_to == '/' ? NULL : getcwd(NULL, 0);
    add_components(&buf, here ? here : "");
    add_components(&buf, relative_to ? relative_to : "");
    free(here);
  }
  add_components(&buf, path);
  if (!buf.length)
    hp_buf_addc(&buf, '/');
  return hp_buf_take(&buf);
}

const char *path_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

char *path_folder(const char *path) {
  const char *slash = strrchr(path, '/');
  if (!slash)
    return hp_strdup(".");
  return hp_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

const char *path_join_in(HpBuf *buf, const char *folder, const char *name) {
  hp_buf_clear(buf);
  hp_buf_add(buf, folder);
  if (!buf->length || buf->text[buf->length - 1] != '/')
    hp_buf_addc(buf, '/');
  hp_buf_add(buf, name);
  return buf->text;
}

char *path_join(const char *folder, const char *name) {
  HpBuf buf = {0};
  path_join_in(&buf, folder, name);
  return hp_buf_take(&buf);
}

char *path_beside(const char *path, const char *name) {
  const char *slash = strrchr(path, '/');
  return slash ? hp_format("%.*s/%s", (int)(slash - path), path, name) : hp_format("./%s", name);
}

bool path_climb(char *path) {
  char *slash = strrchr(path, '/');
  if (!slash || !path[1])
    return false;
  path[slash == path ? 1 : slash - path] = 0;
  return true;
}

bool path_below(const char *path, const char *folder) {
  size_t length = strlen(folder);
  if (length == 1 && *folder == '/')
    return *path == '/';
  return !strncmp(path, folder, length) && (!path[length] || path[length] == '/');
}

const char *path_from(const char *path, const char *root) {
  if (!path_below(path, root))
    return path;
  path += strcmp(root, "/") ? strlen(root) : 0;
  path += *path == '/';
  return *path ? path : ".";
}

bool path_is_file(const char *path) {
  struct stat st;
  return !stat(path, &st) && S_ISREG(st.st_mode);
}

bool path_is_folder(const char *path) {
  struct stat st;
  return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* ---- what a name says ----------------------------------------------------------------------- */

static bool listed(const char *word, const char *list) {
  size_t length = strlen(word);
  for (const char *at = list; (at = strstr(at, word)); at += length)
    if ((at == list || at[-1] == ' ') && (!at[length] || at[length] == ' '))
      return true;
  return false;
}

const char *path_language(const char *path) {
  const char *dot = strrchr(path_name(path), '.');
  if (!dot || !dot[1] || strchr(dot, ' '))
    return NULL;
  static const struct {
    const char *extensions, *language;
  } known[] = {
      {"c i", "C"},
      {"h", "header"},
      {"C cc cp cpp cxx c++ CPP CC ii ixx cppm hh hpp hxx h++ H tcc", "C++"},
      {"m mi M mm mii", "Objective-C"},
      {"s S sx asm", "assembler"},
      {"f F for FOR fpp ftn f77 f90 F90 f95 F95 f03 F03 f08 F08", "Fortran"},
      {"cu hip", "CUDA"},
      {"rs", "Rust"},
      {"go", "Go"},
      {"d", "D"},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (listed(dot + 1, known[i].extensions))
      return known[i].language;
  return NULL;
}
