/* Guessed flags: with nothing recorded, headers are searched where projects keep them.
 *
 * Three lists, in this order: -iquote of the project's own folders, -I of folders found for what
 * was missing, -I of the own folders. So "sds.h" means the project's own and <sds.h> the library's
 * when both have one, which is what their authors mean by the two spellings. */
#include "analyzer/project/headers.h"

#include <stdlib.h>
#include <string.h>

enum {
  CLIMB_LIMIT = 32,
  LOOK_LIMIT = 400 /* files looked at for one unit */
};

/* ---- folders -------------------------------------------------------------------------------- */

/* Would -I of this folder hide a header of the system? */
static bool hides_system_header(const char *folder) {
  static const char *const names[] = {
      "assert.h",  "ctype.h",  "errno.h",  "fcntl.h",  "features.h", "float.h",  "getopt.h",
      "limits.h",  "locale.h", "math.h",   "poll.h",   "pthread.h",  "sched.h",  "search.h",
      "signal.h",  "stdarg.h", "stddef.h", "stdint.h", "stdio.h",    "stdlib.h", "string.h",
      "strings.h", "syslog.h", "time.h",   "unistd.h", "wchar.h",    NULL};
  return folder_has_any(folder, names);
}

static bool has_word(const Words *words, const char *text) {
  for (uint32_t i = 0; i < words->count; i++)
    if (!strcmp(words->items[i], text))
      return true;
  return false;
}

static void add_once(Words *folders, const char *folder) {
  if (!has_word(folders, folder))
    words_add(folders, folder);
}

static void add_existing(Words *folders, const char *folder, const char *name) {
  char *path = path_join(folder, name);
  if (path_is_folder(path))
    add_once(folders, path);
  free(path);
}

/* The file's folder and those above it up to the tree's root, with their include/ and src/. */
static void own_folders(const HeaderIndex *index, const char *folder, Words *folders) {
  char *at = hp_strdup(folder);
  for (int i = 0; i < CLIMB_LIMIT; i++) {
    add_once(folders, at);
    add_existing(folders, at, "include");
    add_existing(folders, at, "src");
    if (!path_below(at, index->root) || !strcmp(at, index->root) || !path_climb(at))
      break;
  }
  free(at);
}

static void include_flag(Words *flags, const char *folder) {
  if (hides_system_header(folder)) {
    words_add(flags, "-idirafter");
    words_add(flags, folder);
  } else {
    words_take(flags, hp_format("-I%s", folder));
  }
}

/* ---- a look ahead --------------------------------------------------------------------------- */

static bool in_folders(const Words *folders, const char *name, char **path) {
  for (uint32_t i = 0; i < folders->count; i++) {
    *path = path_join(folders->items[i], name);
    if (path_is_file(*path))
      return true;
    free(*path);
  }
  return false;
}

/* The compiler's own headers, in no folder that is known here. */
static bool is_compilers(const char *name) {
  static const char *const names[] = {"stddef.h", "stdarg.h", "stdbool.h",     "stdatomic.h",
                                      "float.h",  "limits.h", "iso646.h",      "stdalign.h",
                                      "stdint.h", "omp.h",    "stdnoreturn.h", "varargs.h",
                                      "tgmath.h", "cpuid.h",  "unwind.h",      NULL};
  for (const char *const *n = names; *n; n++)
    if (!strcmp(name, *n))
      return true;
  size_t length = strlen(name);
  return length > 8 && !strcmp(name + length - 8, "intrin.h");
}

static bool in_system(const char *name) {
  static const char *const folders[] = {"/usr/include", "/usr/local/include",
#ifdef __linux__
                                        "/usr/include/x86_64-linux-gnu",
                                        "/usr/include/aarch64-linux-gnu",
#endif
                                        NULL};
  if (is_compilers(name))
    return true;
  const char *const wanted[] = {name, NULL};
  for (const char *const *f = folders; *f; f++)
    if (folder_has_any(*f, wanted))
      return true;
  return false;
}

typedef struct Look {
  Project *project;
  const char *file;
  const Words *own;
  Words found; /* folders for what is missing */
  Words seen;  /* the file and its headers, in the order met */
} Look;

/* Finds one header as the parser would; follows it when it is the project's. */
static void look_up(Look *look, const char *includer, const char *name, bool angled) {
  char *path = NULL;
  bool here = false;
  if (!angled) {
    char *folder = path_folder(includer);
    path = path_absolute(name, folder);
    free(folder);
    here = path_is_file(path);
    if (!here)
      free(path);
    here = here || in_folders(look->own, name, &path);
  }
  here = here || in_folders(&look->found, name, &path);
  here = here || in_folders(look->own, name, &path);
  if (!here && in_system(name))
    return;
  const char *folder = here ? NULL : project_find_header(look->project, look->file, name);
  if (folder) {
    words_add(&look->found, folder);
    path = path_join(folder, name);
    here = true;
  }
  if (here && look->seen.count < LOOK_LIMIT)
    add_once(&look->seen, path);
  if (here)
    free(path);
}

static void look_ahead(Look *look, HeaderIndex *index) {
  words_add(&look->seen, look->file);
  for (uint32_t i = 0; i < look->seen.count; i++) {
    const char *path = look->seen.items[i];
    const ScannedFile *file = scanned_file(index, path);
    for (uint32_t k = 0; k < file->angled.count; k++)
      look_up(look, path, file->angled.items[k], true);
    for (uint32_t k = 0; k < file->quoted.count; k++)
      look_up(look, path, file->quoted.items[k], false);
  }
}

/* ---- units ---------------------------------------------------------------------------------- */

void guess_unit(Project *p, const char *file, ProjectUnit *out) {
  HeaderIndex *index = header_index(p);
  char *folder = path_folder(file);
  if (!index->last_folder || strcmp(index->last_folder, folder)) {
    words_free(&index->own);
    free(index->last_folder);
    index->last_folder = hp_strdup(folder);
    own_folders(index, folder, &index->own);
  }
  Look look = {.project = p, .file = file, .own = &index->own};
  look_ahead(&look, index);
  Words flags = {0};
  words_add(&flags, "-std=gnu17");
  words_add(&flags, "-D_GNU_SOURCE");
  for (uint32_t i = 0; i < index->own.count; i++) {
    words_add(&flags, "-iquote");
    words_add(&flags, index->own.items[i]);
  }
  for (uint32_t i = 0; i < look.found.count; i++)
    include_flag(&flags, look.found.items[i]);
  for (uint32_t i = 0; i < index->own.count; i++)
    include_flag(&flags, index->own.items[i]);
  flags_from_list(p, folder, file, flags.items, flags.count, ORIGIN_GUESSED, out);
  words_free(&flags);
  words_free(&look.found);
  words_free(&look.seen);
  free(folder);
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool named_by_user(const Project *p, const char *file) {
  for (uint32_t i = 0; i < p->npaths; i++)
    if (!strcmp(p->paths[i], file))
      return true;
  return false;
}

/* ae_epoll.c, included by ae.c: a part of that unit and none of its own, unless the user names it.
 */
void drop_included_sources(Project *p) {
  HeaderIndex *index = header_index(p);
  Words parts = {0};
  for (uint32_t i = 0; i < p->nunits; i++) {
    const ScannedFile *file = scanned_file(index, p->units[i].file);
    for (uint32_t k = 0; k < file->sources.count; k++)
      if (!strchr(file->sources.items[k], '/') &&
          strcmp(file->sources.items[k], path_name(file->path)))
        words_take(&parts, path_beside(file->path, file->sources.items[k]));
  }
  if (parts.count)
    qsort(parts.items, parts.count, sizeof *parts.items, by_text);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < p->nunits; i++) {
    ProjectUnit *u = &p->units[i];
    bool part =
        parts.count && bsearch(&u->file, parts.items, parts.count, sizeof *parts.items, by_text);
    if (part && !named_by_user(p, u->file)) {
      tally(p, TALLY_PART, path_from(u->file, p->root));
      unit_free(u);
    } else {
      p->units[kept++] = *u;
    }
  }
  p->nunits = kept;
  words_free(&parts);
}

/* Where -I flags begin: found folders come before the own ones. */
static uint32_t first_include(const ProjectUnit *u) {
  for (uint32_t i = 0; i < u->nargs; i++)
    if (!strncmp(u->args[i], "-I", 2) || !strcmp(u->args[i], "-idirafter"))
      return i;
  return u->nargs;
}

static bool insert_args(ProjectUnit *u, const Words *more) {
  if (!more->count)
    return false;
  uint32_t at = first_include(u);
  Words all = {0};
  for (uint32_t i = 0; i < u->nargs; i++) {
    for (uint32_t k = 0; i == at && k < more->count; k++)
      words_add(&all, more->items[k]);
    words_take(&all, u->args[i]);
  }
  for (uint32_t k = 0; at == u->nargs && k < more->count; k++)
    words_add(&all, more->items[k]);
  free(u->args);
  u->nargs = all.count;
  u->args = words_release(&all);
  unit_renew_key(u);
  return true;
}

static bool has_folder(const ProjectUnit *u, const Words *more, const char *folder) {
  for (uint32_t i = 0; i < u->nargs; i++)
    if (!strcmp(u->args[i], folder) ||
        (!strncmp(u->args[i], "-I", 2) && !strcmp(u->args[i] + 2, folder)))
      return true;
  if (has_word(more, folder))
    return true;
  char *flag = hp_format("-I%s", folder);
  bool there = has_word(more, flag);
  free(flag);
  return there;
}

bool project_guess_retry(Project *p, ProjectUnit *u, const char *const *missing,
                         uint32_t nmissing) {
  if (u->origin != ORIGIN_GUESSED)
    return false;
  header_index(p);
  Words more = {0};
  for (uint32_t i = 0; i < nmissing; i++) {
    const char *folder = project_find_header(p, u->file, missing[i]);
    if (folder && !has_folder(u, &more, folder))
      include_flag(&more, folder);
  }
  bool changed = insert_args(u, &more);
  words_free(&more);
  return changed;
}
