/* The index of a tree's headers: where could a missing one be? Nothing is invented: a header that a
 * build would generate stays missing. */
#include "analyzer/project/headers.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
  INDEX_LIMIT = 400000, /* files looked at: someone's whole home folder is no project */
};

/* ---- the tree ------------------------------------------------------------------------------- */

bool folder_has_any(const char *folder, const char *const *names) {
  HpBuf path = {0};
  bool there = false;
  for (; !there && *names; names++)
    there = path_is_file(path_join_in(&path, folder, *names));
  hp_buf_free(&path);
  return there;
}

/* Without version control the root is what was asked for, and that may be just src/. Its headers
 * may lie beside it: go up while a build file says that the folder above is the same project. */
static char *tree_root(const char *root) {
  static const char *const marks[] = {"configure.ac",   "configure",   "Makefile",    "GNUmakefile",
                                      "CMakeLists.txt", "meson.build", "Makefile.am", NULL};
  static const char *const ends[] = {".hplint.yaml", ".git/HEAD", NULL};
  char *folder = hp_strdup(root);
  for (int up = 0; up < 3 && !folder_has_any(folder, ends); up++) {
    char *above = path_folder(folder);
    if (!strcmp(above, "/") || !folder_may_mark(above, root) || !folder_has_any(above, marks)) {
      free(above);
      break;
    }
    free(folder);
    folder = above;
  }
  return folder;
}

HeaderIndex *header_index(Project *p) {
  if (!p->headers) {
    p->headers = hp_calloc(1, sizeof *p->headers);
    p->headers->root = tree_root(p->root);
  }
  return p->headers;
}

void headers_free(Project *p) {
  HeaderIndex *index = p->headers;
  if (!index)
    return;
  for (uint32_t i = 0; i < index->count; i++)
    free(index->items[i].path);
  free(index->items);
  free(index->root);
  free(index->last_folder);
  words_free(&index->folders);
  words_free(&index->own);
  scanned_free(index);
  free(index);
  p->headers = NULL;
}

/* ---- the index ------------------------------------------------------------------------------ */

static bool may_be_included(const char *name) {
  static const char *const endings[] = {".h", ".inc", ".def", ".tbl", ".c", ".x", ".hpp", NULL};
  const char *dot = strrchr(name, '.');
  for (const char *const *e = endings; dot && *e; e++)
    if (!strcmp(dot, *e))
      return true;
  return false;
}

static void index_file(void *context, const char *path, bool in_build) {
  (void)in_build; /* generated headers are as good as others */
  HeaderIndex *index = context;
  index->seen++;
  if (!may_be_included(path_name(path)))
    return;
  char *copy = hp_strdup(path);
  HP_GROW(index->items, index->count, index->cap);
  index->items[index->count++] = (Header){copy, path_name(copy)};
}

static bool index_folder(void *context, const char *path) {
  (void)path;
  const HeaderIndex *index = context;
  return index->seen < INDEX_LIMIT;
}

static int by_name(const void *a, const void *b) {
  const Header *x = a, *y = b;
  int order = strcmp(x->name, y->name);
  return order ? order : strcmp(x->path, y->path);
}

static void build_index(HeaderIndex *index) {
  if (index->built)
    return;
  index->built = true;
  WalkVisitor visitor = {.context = index, .file = index_file, .folder = index_folder};
  walk(index->root, &visitor);
  if (index->count)
    qsort(index->items, index->count, sizeof *index->items, by_name);
}

static uint32_t first_named(const HeaderIndex *index, const char *name) {
  uint32_t low = 0, high = index->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (strcmp(index->items[middle].name, name) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* ---- the nearest one ------------------------------------------------------------------------ */

static uint32_t components(const char *path) {
  uint32_t n = 0;
  for (; *path; path++)
    n += *path == '/';
  return n;
}

/* Folders up from `from` and down again to `folder`. */
static uint32_t steps_between(const char *from, const char *folder) {
  uint32_t common = 0;
  size_t i = 0;
  for (; from[i] && from[i] == folder[i]; i++)
    common += from[i] == '/';
  if (from[i] == '/' && !folder[i]) /* `folder` is an ancestor of `from` */
    common++;
  uint32_t up = components(from), down = components(folder) + 1;
  return up - (common < up ? common : up) + (down - (common < down ? common : down));
}

/* A bare config.h is one project's own: that of a library in the same tree would lie. */
static bool too_far(const char *header, uint32_t steps) {
  return (!strcmp(header, "config.h") || !strcmp(header, "version.h")) && steps > 3;
}

static bool ends_with(const char *path, const char *suffix) {
  size_t n = strlen(path), m = strlen(suffix);
  return n > m && path[n - m - 1] == '/' && !strcmp(path + n - m, suffix);
}

static const char *remember(HeaderIndex *index, char *folder) {
  for (uint32_t i = 0; i < index->folders.count; i++)
    if (!strcmp(index->folders.items[i], folder)) {
      free(folder);
      return index->folders.items[i];
    }
  words_take(&index->folders, folder);
  return folder;
}

/* "../common/x.h" found at A/common/x.h: A/common/../common/x.h is the same file. */
static char *folder_for(const char *path, const char *suffix, uint32_t climbs) {
  char *base = hp_strndup(path, strlen(path) - strlen(suffix) - 1);
  if (!climbs)
    return base;
  size_t first = strcspn(suffix, "/");
  char *folder =
      suffix[first] && climbs == 1 ? hp_format("%s/%.*s", base, (int)first, suffix) : NULL;
  free(base);
  return folder;
}

const char *project_find_header(const Project *p, const char *from, const char *header) {
  HeaderIndex *index = p->headers;
  if (!index)
    return NULL;
  build_index(index);
  uint32_t climbs = 0;
  const char *suffix = header;
  while (!strncmp(suffix, "../", 3) || !strncmp(suffix, "./", 2)) {
    climbs += suffix[1] == '.';
    suffix += suffix[1] == '.' ? 3 : 2;
  }
  const char *name = path_name(suffix);
  char *best = NULL;
  uint32_t least = UINT32_MAX;
  for (uint32_t i = first_named(index, name); i < index->count; i++) {
    const Header *h = &index->items[i];
    if (strcmp(h->name, name))
      break;
    char *folder = ends_with(h->path, suffix) ? folder_for(h->path, suffix, climbs) : NULL;
    uint32_t steps = folder ? steps_between(from, folder) : UINT32_MAX;
    if (folder && !too_far(header, steps) && steps < least) {
      free(best);
      best = folder;
      least = steps;
    } else {
      free(folder);
    }
  }
  return best ? remember(index, best) : NULL;
}
