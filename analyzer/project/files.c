/* Walking the tree: which files there are, in an order that is the same every time. */
#include "analyzer/project/parts.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { WALK_DEPTH = 64 };

/* strcmp, not the locale's order. */
static int by_bytes(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_hidden(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

/* Folders that a build system made: their sources are copies, checks and generated code. */
static bool made_by_build(const char *folder) {
  static const char *const marks[] = {"CMakeCache.txt", "meson-info", ".ninja_log",
                                      "config.status"};
  HpBuf mark = {0};
  struct stat st;
  bool there = false;
  for (size_t i = 0; !there && i < sizeof marks / sizeof *marks; i++)
    there = !lstat(path_join_in(&mark, folder, marks[i]), &st);
  hp_buf_free(&mark);
  return there;
}

static bool never_source(const char *name) {
  return !strcmp(name, "node_modules") || !strcmp(name, "CMakeFiles") ||
         !strcmp(name, "__pycache__");
}

static void walk_folder(const char *folder, const WalkVisitor *v, bool in_build, int depth);

/* A link to a file is a file; a link to a folder may lead anywhere, round in circles too. */
static void walk_entry(const char *path, const struct dirent *entry, const WalkVisitor *v,
                       bool in_build, int depth) {
  struct stat st;
  if (lstat(path, &st))
    return;
  if (S_ISDIR(st.st_mode)) {
    if (!never_source(entry->d_name) && (!v->folder || v->folder(v->context, path)))
      walk_folder(path, v, in_build || made_by_build(path), depth + 1);
  } else if (S_ISREG(st.st_mode) || (S_ISLNK(st.st_mode) && path_is_file(path))) {
    v->file(v->context, path, in_build);
  }
}

static void walk_folder(const char *folder, const WalkVisitor *v, bool in_build, int depth) {
  struct dirent **entries;
  int n = depth < WALK_DEPTH ? scandir(folder, &entries, not_hidden, by_bytes) : -1;
  if (n < 0) {
    if (v->unreadable)
      v->unreadable(v->context, folder);
    return;
  }
  HpBuf path = {0};
  for (int i = 0; i < n; i++) {
    walk_entry(path_join_in(&path, folder, entries[i]->d_name), entries[i], v, in_build, depth);
    free(entries[i]);
  }
  hp_buf_free(&path);
  free(entries);
}

void walk(const char *folder, const WalkVisitor *visitor) {
  walk_folder(folder, visitor, false, 0);
}

/* ---- sources -------------------------------------------------------------------------------- */

typedef struct Finding {
  Project *project;
  Words *out;
} Finding;

static bool excluded(const Project *p, const char *path) {
  return config_excludes(&p->config, path_from(path, p->root));
}

static void source_file(void *context, const char *path, bool in_build) {
  const Finding *f = context;
  const char *language = path_language(path);
  if (in_build || !language || strcmp(language, "C") || excluded(f->project, path))
    return;
  words_add(f->out, path);
}

static bool source_folder(void *context, const char *path) {
  const Finding *f = context;
  return !excluded(f->project, path);
}

static void source_unreadable(void *context, const char *path) {
  const Finding *f = context;
  tally(f->project, TALLY_UNREADABLE, path_from(path, f->project->root));
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_unique(Words *w) {
  if (!w->count)
    return;
  qsort(w->items, w->count, sizeof *w->items, by_text);
  uint32_t kept = 1;
  for (uint32_t i = 1; i < w->count; i++) {
    if (strcmp(w->items[i], w->items[kept - 1]))
      w->items[kept++] = w->items[i];
    else
      free(w->items[i]);
  }
  w->count = kept;
}

void find_sources(Project *p, Words *out) {
  Finding f = {p, out};
  WalkVisitor visitor = {&f, source_file, source_folder, source_unreadable};
  bool header = false;
  for (uint32_t i = 0; i < p->npaths; i++) {
    const char *path = p->paths[i], *language = path_language(path);
    if (path_is_folder(path))
      walk(path, &visitor);
    else if (language && !strcmp(language, "header"))
      header = true;
    else
      words_add(out, path); /* named by the user: neither its place nor its name excludes it */
  }
  if (header) /* any unit may see it */
    walk(p->root, &visitor);
  sort_unique(out);
}
