/* Project files and profile files are named by different tools: relative, absolute, from the
 * machine that built, or by their base name only. Equal paths match; else the only path that ends
 * in the other one's. What fits two files fits none: a wrong match would send time to the wrong
 * code. */
#include "db/names.h"
#include "db/parts.h"

#include <stdlib.h>
#include <string.h>

/* Is `tail` a whole-component end of `path`? */
static bool ends_in(const char *path, const char *tail) {
  size_t n = strlen(path), m = strlen(tail);
  return n > m && path[n - m - 1] == '/' && strcmp(path + n - m, tail) == 0;
}

static bool alike(const char *a, const char *b) {
  return ends_in(a, b) || ends_in(b, a);
}

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* Numbers of base names, so that most pairs cost one comparison of numbers. */
static uint32_t *base_names(DbNames *bases, const DbNames *files) {
  uint32_t *numbers = hp_calloc(files->count, sizeof *numbers);
  for (uint32_t i = 0; i < files->count; i++)
    numbers[i] = db_names_add(bases, base_name(files->items[i]), NULL);
  return numbers;
}

/* The only file of `files` that is alike; DB_NAME_NONE for none or several. */
static uint32_t only_alike(const char *path, uint32_t base, const DbNames *files,
                           const uint32_t *file_bases) {
  uint32_t found = DB_NAME_NONE;
  for (uint32_t i = 0; i < files->count; i++) {
    if (file_bases[i] != base || !alike(path, files->items[i]))
      continue;
    if (found != DB_NAME_NONE)
      return DB_NAME_NONE;
    found = i;
  }
  return found;
}

uint32_t *db_match_files(const DbNames *sites, const DbNames *project, const DbNames *profiled) {
  DbNames bases = {0};
  uint32_t *site_bases = base_names(&bases, sites), *project_bases = base_names(&bases, project),
           *profiled_bases = base_names(&bases, profiled);
  uint32_t *match = hp_calloc(sites->count, sizeof *match);
  for (uint32_t i = 0; i < sites->count; i++) {
    const char *path = sites->items[i];
    match[i] = db_names_find(profiled, path);
    if (match[i] != DB_NAME_NONE)
      continue;
    uint32_t p = only_alike(path, site_bases[i], profiled, profiled_bases);
    /* A file that carries another project file's very name is that file. */
    if (p != DB_NAME_NONE && db_names_find(project, profiled->items[p]) == DB_NAME_NONE &&
        only_alike(profiled->items[p], profiled_bases[p], project, project_bases) != DB_NAME_NONE)
      match[i] = p;
  }
  db_names_free(&bases);
  free(site_bases);
  free(project_bases);
  free(profiled_bases);
  return match;
}
